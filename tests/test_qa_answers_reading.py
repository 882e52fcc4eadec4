"""What is read decides: which sentence answers, how sure that is, and the no."""

from dataclasses import replace

import pytest
from fakes import FakeEmbedder, FakeReader, make_document

from embeddings.onnx_encoder import OnnxEncoder
from qa.answers.composing import READ_THRESHOLD
from qa.answers.confidence import read_probability
from qa.answers.reading import MOST_READ, worth_reading
from qa.assistant import Assistant, load_reader
from qa.corpus.passages import split_document
from qa.index.building import make_snapshot
from qa.types import Answer, Document, Hit, Message, Status

MEASURE = """青澜市夜校补贴办法

第一条 夜校面向全市职工开放，周一至周五上课。

第二条 每门课程收费二百元，困难职工免费。

第三条 夜校由市总工会主办，设在工人文化宫。
"""


def library() -> Document:
    return replace(make_document(MEASURE, "夜校.txt"), title="青澜市夜校补贴办法")


def assistant_with(reader: FakeReader) -> Assistant:
    document = library()
    snapshot = make_snapshot([document], split_document(document), FakeEmbedder())
    return Assistant(snapshot, FakeEmbedder(), reader=reader)


def ask(assistant: Assistant, question: str) -> Answer:
    return assistant.ask([Message("user", question)])


@pytest.mark.parametrize("liked", ["二百元", "总工会", "周一"])
def test_the_sentence_that_the_reader_likes_is_the_answer(liked: str) -> None:
    answer = ask(assistant_with(FakeReader(liked)), "夜校怎么办？")
    assert answer.status is Status.GROUNDED
    assert [liked in citation.cited_text for citation in answer.citations] == [True]
    assert answer.confidence > 0.9


def test_what_the_reader_finds_nowhere_is_refused() -> None:
    answer = ask(assistant_with(FakeReader("校长")), "夜校的校长是哪一位？")
    assert (answer.status, answer.citations) == (Status.NO_ANSWER, ())
    assert answer.confidence < READ_THRESHOLD


def test_passages_are_read_under_their_titles_and_once_a_question() -> None:
    reader = FakeReader("二百元")
    ask(assistant_with(reader), "夜校收费多少？")
    assert 0 < len(reader.headings) <= MOST_READ
    assert set(reader.headings) == {"青澜市夜校补贴办法"}
    assert len(reader.read_texts) == len(set(reader.read_texts))


@pytest.mark.parametrize(
    ("scores", "read"),
    [([5.0, 2.0, 1.0, 0.5], 3), ([5.0, 4.9, 4.8, 4.0, 3.2], 4), ([5.0] * 12, MOST_READ), ([], 0)],
)
def test_what_the_search_puts_far_behind_is_not_read(scores: list[float], read: int) -> None:
    passage = split_document(make_document("夜校收费二百元。\n", "a.md"))[0].passage
    assert len(worth_reading([Hit(passage, score) for score in scores])) == read


def test_the_probability_rises_with_what_is_read() -> None:
    rising = [read_probability(logit) for logit in (-60.0, -8.0, -2.0, 0.0, 2.0, 8.0, 60.0)]
    assert rising == sorted(rising)
    assert rising[0] < READ_THRESHOLD < rising[-1]


def test_the_probability_falls_where_the_search_finds_little() -> None:
    familiar, *others = [read_probability(0.0, search) for search in (9.0, 4.0, 2.0, 0.0, -9.0)]
    assert familiar == read_probability(0.0) > others[0] > others[1] > others[2] == others[3]


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("上一门课要交多少钱？", "二百元"),
        ("夜校是誰主辦的？", "总工会"),
        ("How much does a course at the night school cost?", "二百元"),
    ],
)
def test_the_bundled_reader_answers_in_three_scripts(question: str, said: str) -> None:
    encoder = OnnxEncoder()
    document = library()
    snapshot = make_snapshot([document], split_document(document), encoder)
    answer = ask(Assistant(snapshot, encoder, reader=load_reader(encoder)), question)
    assert answer.status is Status.GROUNDED
    assert said in answer.citations[0].cited_text

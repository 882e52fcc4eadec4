"""What holds for every answer, and what may not be asked."""

import json
import re
import subprocess
import sys
import unicodedata
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from fakes import TEXTS, FakeEmbedder, FakeReader, make_document, texts
from hypothesis import given
from hypothesis import strategies as st

from embeddings.onnx_encoder import OnnxEncoder
from embeddings.types import Embedder, Reader
from qa.assistant import Assistant, load_embedder, open_assistant
from qa.corpus.paragraphs import Paragraph, split_paragraphs
from qa.corpus.passages import split_document
from qa.errors import (
    IndexMismatchError,
    IndexNotFoundError,
    InvalidQuestionError,
    ModelUnavailableError,
)
from qa.index.building import make_snapshot, write_snapshot
from qa.language.text import detect_language, split_sentences, squash
from qa.questions.asking import is_greeting
from qa.questions.checking import MAX_QUESTION_LENGTH
from qa.settings import Settings
from qa.types import Answer, Citation, Language, Message, Status, Timings

GOLD = sorted((Path(__file__).parents[1] / "eval" / "gold").glob("[ez]*.jsonl"))

TEXT = (
    "# 第一章\n\n“国家级经开区目前有23\n\n2家，遍布31个省（区、\n\n市），坚守使命。”吉小枫说。\n\n"
    "工作方案部署16项措施。它很重要。\n\n商务部印发方案。\n\n國家級經開區始于1984年。\n"
)


NEAR_LOGIT = 0.0
"""What a reader says of a sentence that is near an answer, where the search finds little."""


def small_assistant(
    *contents: str, embedder: Embedder | None = None, reader: Reader | None = None
) -> Assistant:
    documents = [
        make_document(text, f"{number}.txt", language=detect_language(text))
        for number, text in enumerate(contents)
    ]
    passages = [passage for document in documents for passage in split_document(document)]
    embedder = embedder or FakeEmbedder()
    snapshot = make_snapshot(documents, passages, embedder)
    return Assistant(snapshot, embedder, reader=reader or FakeReader())


def ask(assistant: Assistant, question: str, *, top_k: int = 5) -> Answer:
    return assistant.ask([Message("user", question)], top_k=top_k)


@cache
def paragraphs(text: str) -> list[Paragraph]:
    return split_paragraphs(text)


def check_citation(assistant: Assistant, citation: Citation, number: int) -> None:
    document = assistant.document(citation.document_id)
    cited = document.text[citation.start_char : citation.end_char]
    assert squash(cited) == squash(citation.cited_text) != ""
    assert cited == cited.strip()
    assert citation.index == number
    assert (citation.title, citation.publisher, citation.date, citation.source) == (
        *(document.title, document.publisher, document.date, document.source),
    )
    # The paragraph is the one that holds the place.
    paragraph = paragraphs(document.text)[citation.paragraph - 1]
    assert paragraph.start <= citation.start_char < citation.end_char <= paragraph.end


def check_answer(assistant: Assistant, answer: Answer, *, top_k: int = 5) -> None:
    """What holds for every answer to every question."""
    assert answer.language is detect_language(answer.question)
    assert 0 <= answer.confidence <= 1
    for number, citation in enumerate(answer.citations, start=1):
        check_citation(assistant, citation, number)
    text = answer.text
    if answer.short_answer:
        first, _, text = text.partition("\n")
        of_short = first.removeprefix(answer.short_answer)
        assert re.fullmatch(r" (?:\[\d+\])+", of_short)
        giving = {int(mark) for mark in re.findall(r"\[(\d+)\]", of_short)}
        assert giving <= {citation.index for citation in answer.citations}
    marks = [int(m) for m in re.findall(r" \[(\d+)\](?=\s|$)", text)]
    if answer.status is Status.NO_ANSWER:
        assert answer.citations == ()
        assert answer.text
        assert detect_language(answer.text) is answer.language
    else:
        assert marks == [c.index for c in answer.citations] != []
        places = [(c.document_id, c.start_char) for c in answer.citations]
        assert len(set(places)) == len(places)
    ids = [hit.passage.id for hit in answer.hits]
    assert len(set(ids)) == len(ids) <= top_k
    scores = [hit.score for hit in answer.hits]
    assert scores == sorted(scores, reverse=True)
    for hit in answer.hits:
        text = assistant.document(hit.passage.document_id).text
        assert squash(text[hit.passage.start : hit.passage.end]) == squash(hit.passage.text)
    timings = answer.timings_ms
    assert min(timings.embed, timings.search, timings.answer) >= 0
    assert timings.total == pytest.approx(timings.embed + timings.search + timings.answer, abs=0.05)


def without_timings(answer: Answer) -> Answer:
    return replace(answer, timings_ms=Timings(0, 0, 0, 0))


def gold_questions(path: Path) -> list[str]:
    lines = path.read_text(encoding="utf-8").splitlines()
    return [str(json.loads(line)["question"]) for line in lines]


@pytest.mark.slow
@pytest.mark.parametrize("path", GOLD, ids=lambda path: path.stem)
def test_every_answer_to_the_gold_questions_checks_out(assistant: Assistant, path: Path) -> None:
    questions = gold_questions(path)
    assert len(questions) >= 80
    statuses = set()
    for question in questions:
        answer = ask(assistant, question)
        check_answer(assistant, answer)
        assert answer.language == path.stem
        assert len(answer.hits) == (0 if is_greeting(question) else 5)
        statuses.add(answer.status)
    assert {Status.GROUNDED, Status.NO_ANSWER} <= statuses


@pytest.mark.slow
def test_threads_get_the_answers_that_one_would(assistant: Assistant) -> None:
    questions = [question for path in GOLD for question in gold_questions(path)[::12]]
    alone = [without_timings(ask(assistant, question)) for question in questions]
    with ThreadPoolExecutor(4) as threads:
        together = list(threads.map(lambda question: ask(assistant, question), questions))
    assert [without_timings(answer) for answer in together] == alone


@pytest.mark.parametrize("top_k", [1, 2, 3, 50, 10_000])
def test_as_many_passages_as_were_asked_for(assistant: Assistant, top_k: int) -> None:
    answer = ask(assistant, "国家级经开区有多少家？", top_k=top_k)
    check_answer(assistant, answer, top_k=top_k)
    passages = ask(assistant, "国家级经开区有多少家？", top_k=100_000).hits
    assert answer.hits == passages[:top_k]
    assert len(answer.hits) == min(top_k, len(passages))


@pytest.mark.parametrize(
    ("question", "language"),
    [
        ("国家级经开区有多少家？", Language.SIMPLIFIED),
        ("國家級經開區有多少家？", Language.TRADITIONAL),
        ("How many national-level development zones are there?", Language.ENGLISH),
    ],
)
def test_each_script_gets_its_answer(
    assistant: Assistant, question: str, language: Language
) -> None:
    answer = ask(assistant, question)
    check_answer(assistant, answer)
    assert (answer.question, answer.language, answer.status) == (question, language, "grounded")
    if language is not Language.ENGLISH:
        assert "232" in answer.text


@pytest.mark.parametrize(
    ("question", "why"),
    [
        ("2022年望江市的夜校补贴多少？", "最接近的内容说的是2024年，不是您问的2022年。"),
        ("2022年望江市的夜校補貼多少？", "最接近的內容說的是2024年，不是您問的2022年。"),
        ("What did the night schools of Wangjiang get in 2022?", "about 2024, not about 2022"),
        ("苏州市的夜校补贴多少？", "文件没有就“苏州市”说到这一点。"),
    ],
)
def test_a_no_says_what_is_there_instead(question: str, why: str) -> None:
    text = "望江市夜校补贴办法\n\n2024年望江市的夜校补贴为每门课二百元。\n"
    near = FakeReader("校长", others=NEAR_LOGIT)
    answer = ask(small_assistant(text, reader=near), question)
    assert answer.status is Status.NO_ANSWER
    assert why in answer.text


@pytest.mark.parametrize(
    ("question", "post"),
    [
        ("吉小枫是什么人？", "商务部外资司二级巡视员吉小枫"),
        ("張召堂擔任什麼職務？", "副會長張召堂"),
        ("What position does Shen Lei hold?", "deputy director"),
    ],
)
def test_who_somebody_is_is_said_where_the_post_stands(
    assistant: Assistant, question: str, post: str
) -> None:
    assert post in ask(assistant, question).text


@pytest.mark.parametrize("greeting", ["你好，在吗？", "謝謝！", "Hello there!"])
def test_a_greeting_is_no_question(assistant: Assistant, greeting: str) -> None:
    answer = ask(assistant, greeting)
    assert (answer.status, answer.citations, answer.hits) == (Status.NO_ANSWER, (), ())


def test_the_deciding_words_lie_in_the_citation(assistant: Assistant) -> None:
    answer = ask(assistant, "国家级经开区有多少家？")
    marked = [
        citation.cited_text[start:end]
        for citation in answer.citations
        for start, end in citation.answer_spans
    ]
    assert any("232" in text for text in marked)


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("谁赢得了1966年世界杯？", "文件中没有说明。"),
        ("誰贏得了1966年世界盃？", "文件中沒有說明。"),
        ("Who won the 1966 World Cup?", "The documents do not say."),
    ],
)
def test_what_the_documents_do_not_say_is_said_in_the_asker_s_language(
    assistant: Assistant, question: str, text: str
) -> None:
    answer = ask(assistant, question)
    check_answer(assistant, answer)
    assert (answer.status, answer.text, answer.citations) == (Status.NO_ANSWER, text, ())
    assert len(answer.hits) == 5


@pytest.mark.parametrize(
    "question",
    [
        *("龘龘龘？", "xyzzy qwrtp", "🙂🙂", "？！", "\u200b", "232", "的", "the", "ＡＢＣ", "[1]"),
        *(text for text in TEXTS.values() if text.strip() and "\x85" not in text),
    ],
)
def test_odd_questions_are_answered_or_refused_in_order(
    assistant: Assistant, question: str
) -> None:
    check_answer(assistant, ask(assistant, question))


@pytest.mark.slow
@pytest.mark.parametrize("repeated", ["国家级经开区", "龘", "1", "x ", "What is a zone? ", "。"])
def test_the_longest_questions_are_answered(assistant: Assistant, repeated: str) -> None:
    question = (repeated * MAX_QUESTION_LENGTH)[: MAX_QUESTION_LENGTH - 1] + "？"
    answer = ask(assistant, question)
    check_answer(assistant, answer)
    assert answer.timings_ms.total < 20_000


def test_white_space_around_a_question_does_not_matter(assistant: Assistant) -> None:
    plain = ask(assistant, "国家级经开区有多少家？")
    spaced = ask(assistant, " \n\u3000国家级经开区有多少家？\r\n")
    assert without_timings(spaced) == without_timings(plain)


@pytest.mark.parametrize(
    ("question", "message"),
    [
        ("", "empty"),
        (" \u3000\n\t", "empty"),
        ("长" * (MAX_QUESTION_LENGTH + 1), "has 2,001 characters; at most 2,000"),
        ("a\0b", "U+0000"),
        ("a\x1b[0mb", "U+001B"),
        ("a\x85b", "U+0085"),
        ("\ud800", "U+D800"),
        ("经开区\udfff？", "U+DFFF"),
    ],
)
def test_what_is_no_question_is_refused(question: str, message: str) -> None:
    embedder = FakeEmbedder()
    snapshot = make_snapshot([], [], embedder)
    with pytest.raises(InvalidQuestionError, match=re.escape(message)):
        ask(Assistant(snapshot, embedder, reader=FakeReader()), question)


def test_line_breaks_and_tabs_may_be_in_a_question() -> None:
    answer = ask(small_assistant(TEXT), "国家级经开区\n\t有多少家？\r\n谢谢")
    assert answer.question == "国家级经开区\n\t有多少家？\r\n谢谢"


@pytest.mark.parametrize(
    "messages",
    [[], [Message("assistant", "经开区")], [Message("system", "a"), Message("assistant", "b")]],
)
def test_without_a_user_message_there_is_no_question(messages: Sequence[Message]) -> None:
    with pytest.raises(InvalidQuestionError, match="no user message"):
        small_assistant(TEXT).ask(messages)


def test_the_last_user_message_is_the_question() -> None:
    messages = [
        *(Message("user", "一？"), Message("assistant", "一。")),
        *(Message("user", "二？"), Message("assistant", "二。"), Message("system", "三？")),
    ]
    assert small_assistant(TEXT).ask(messages).question == "二？"


def test_each_sentence_is_cited_at_its_place() -> None:
    assistant = small_assistant(TEXT, "The zone opened in May. It has 16 measures.")
    answered = 0
    for document in assistant.documents:
        for start, end in split_sentences(document.text):
            answer = ask(assistant, document.text[start:end])
            check_answer(assistant, answer)
            answered += answer.status is not Status.NO_ANSWER
    assert answered > 0


def test_a_sentence_that_a_page_broke_is_cited_whole(encoder: OnnxEncoder) -> None:
    assistant = small_assistant(TEXT, "天气很好。", "It rains.", embedder=encoder)
    citation = ask(assistant, "国家级经开区有多少家，遍布多少个省？").citations[0]
    assert citation.cited_text == (
        "“国家级经开区目前有232家，遍布31个省（区、市），坚守使命。”吉小枫说。"
    )
    places = (TEXT.index("“国家级"), TEXT.index("\n\n工作方案"))
    assert (citation.start_char, citation.end_char) == places
    assert (citation.paragraph, citation.source) == (2, "0.txt")


CORPORA = {
    "nothing": [],
    "one passage": ["国家级经开区有232家。"],
    "one word": ["经"],
    "English alone": ["The zone opened in May.", "It has 16 measures."],
    "Chinese alone": ["经开区有232家。", "國家級經開區始于1984年。"],
    "the same passage thrice": ["经开区有232家。", "经开区有232家。\n", "经开区有232家。 "],
    "no words at all": ["🙂🙂", "……"],
    "a long passage without a sentence end": ["经开区" * 2_000],
}


@pytest.mark.parametrize("name", CORPORA)
@pytest.mark.parametrize(
    "question", ["经开区有多少家？", "國家級經開區有232家。", "When did the zone open?", "🙂", "龘"]
)
def test_small_and_odd_corpora(name: str, question: str) -> None:
    assistant = small_assistant(*CORPORA[name])
    check_answer(assistant, ask(assistant, question))


SMALL = small_assistant(TEXT, *(text for text in TEXTS.values() if text.strip()))


@given(question=texts.map(lambda text: text[:300]), top_k=st.integers(1, 20))
def test_any_question_is_answered_or_refused(question: str, top_k: int) -> None:
    try:
        answer = ask(SMALL, question, top_k=top_k)
    except InvalidQuestionError:
        categories = {unicodedata.category(character) for character in question.strip()}
        assert not categories or "Cc" in categories
    else:
        check_answer(SMALL, answer, top_k=top_k)


def test_documents_are_known_by_their_ids() -> None:
    assistant = small_assistant("经开区。", "The zone.")
    assert [assistant.document(d.id) for d in assistant.documents] == list(assistant.documents)
    with pytest.raises(KeyError):
        assistant.document("absent")


def test_the_bundled_model_is_the_default(encoder: OnnxEncoder) -> None:
    assert load_embedder().model_id == encoder.model_id


@pytest.mark.slow
def test_a_model_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailableError, match="absent"):
        load_embedder(str(tmp_path / "absent"))


def test_an_assistant_is_opened_where_the_index_is(seed_index: Path) -> None:
    assistant = open_assistant(Settings.read({}, index=seed_index))
    assert len(assistant.documents) == 2
    assert ask(assistant, "国家级经开区有多少家？").status is Status.GROUNDED


def test_no_index_is_an_error_unless_the_seeds_may_be_indexed(tmp_path: Path) -> None:
    with pytest.raises(IndexNotFoundError):
        open_assistant(Settings.read({}, index=tmp_path / "absent"))
    assert not (tmp_path / "absent").exists()


def test_an_index_of_another_model_is_refused(tmp_path: Path) -> None:
    document = make_document("经开区。")
    snapshot = make_snapshot([document], split_document(document), FakeEmbedder())
    write_snapshot(snapshot, tmp_path)
    with pytest.raises(IndexMismatchError, match="wenzheng index --index"):
        open_assistant(Settings.read({}, index=tmp_path), build_if_missing=True)


@pytest.mark.slow
def test_torch_is_not_imported_to_answer(seed_index: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from qa.assistant import open_assistant; "
        "from qa.settings import Settings; from qa.types import Message; "
        "open_assistant(Settings.read({}, index=Path(sys.argv[1])))"
        ".ask([Message('user', '经开区有多少家？')]); "
        "print({'torch', 'transformers', 'sentence_transformers'} & set(sys.modules))"
    )
    command = [sys.executable, "-c", code, str(seed_index)]
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    assert run.stdout == "set()\n"

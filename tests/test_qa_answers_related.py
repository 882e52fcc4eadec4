"""Questions to go on with: asked by the documents answered from, and answered there for sure."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from fakes import FakeEmbedder, FakeReader, make_document, make_led_answer

from embeddings.onnx_encoder import OnnxEncoder
from qa.answers.related import RelatedQuestions
from qa.assistant import load_reader
from qa.corpus.passages import split_document
from qa.index.building import make_snapshot
from qa.index.store import Snapshot
from qa.types import Citation, Hit, Language

TEXT = """换证常见问题

问：要考试吗？
答：只考科目一，费用10元。

2. 收多少钱？
答：工本费10元。

Q3. 多久能拿到证？
答：当天领取，邮寄另付12元。

四、为什么要换证？
答：因为要换。
"""
OTHER = "停车问答\n\n问：停车收费吗？\n答：每小时5元。\n"


def snapshot_of(*texts: str) -> Snapshot:
    documents = [make_document(text, f"{number}.txt") for number, text in enumerate(texts)]
    passages = [passage for document in documents for passage in split_document(document)]
    return make_snapshot(documents, passages, FakeEmbedder())


def related(
    snapshot: Snapshot,
    *,
    liked: str = "元",
    without: str = "",
    language: Language = Language.SIMPLIFIED,
    citations: Sequence[Citation] = (),
) -> tuple[str, ...]:
    """What is related where every passage is found, in order, and the reader likes a word."""
    hits = [Hit(passage, 1.0) for passage in snapshot.passages]
    questions = RelatedQuestions(snapshot, FakeReader(liked))
    return questions.near(hits, language, without=without, citations=citations)


def test_they_are_asked_without_their_numbers_where_the_reader_is_sure_of_the_answer() -> None:
    assert related(snapshot_of(TEXT)) == ("要考试吗？", "收多少钱？", "多久能拿到证？")
    assert related(snapshot_of(TEXT), liked="科目一") == ("要考试吗？",)
    assert related(snapshot_of(TEXT), liked="nothing of it") == ()


def test_they_are_in_the_asker_s_script_and_not_what_was_asked() -> None:
    found = related(snapshot_of(TEXT), language=Language.TRADITIONAL, without="收多少錢？")
    assert found == ("要考試嗎？", "多久能拿到證？")


def test_they_are_of_the_documents_cited_and_not_what_was_just_answered() -> None:
    snapshot = snapshot_of(TEXT, OTHER)
    cited = make_led_answer("").citations[0]
    (first, _) = snapshot.documents
    start = first.text.index("工本费")
    here = placed(cited, first.id, start)
    assert related(snapshot, citations=[here]) == ("要考试吗？", "多久能拿到证？")
    elsewhere = placed(cited, snapshot.documents[1].id, 0)
    assert related(snapshot, citations=[elsewhere]) == ("停车收费吗？",)


def placed(citation: Citation, document_id: str, start: int) -> Citation:
    return replace(citation, document_id=document_id, start_char=start, end_char=start + 3)


@pytest.mark.slow
def test_the_bundled_reader_tells_an_answer_from_a_heading_that_only_asks(
    encoder: OnnxEncoder,
) -> None:
    text = (
        "收费问答\n\n问：收多少钱？\n答：工本费10元。\n\n问：明天几点开会？\n答：苹果是红色的。\n"
    )
    snapshot = snapshot_of(text)
    hits = [Hit(passage, 1.0) for passage in snapshot.passages]
    questions = RelatedQuestions(snapshot, load_reader(encoder))
    assert questions.near(hits, Language.SIMPLIFIED, without="") == ("收多少钱？",)

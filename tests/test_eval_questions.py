import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.questions import (
    Evidence,
    InputFileError,
    Place,
    find_places,
    load_gold,
    locate_evidence,
    parse_pair,
)
from qa.corpus.files import find_files, read_document
from qa.index.building import seed_folder
from qa.language.text import squash
from qa.types import Document, Language

GOOD: dict[str, object] = {
    "id": "hans-number-01",
    "language": "zh-Hans",
    "kind": "number",
    "question": "一共有多少家？",
    "evidence": [{"source": "a.txt", "text": "目前已有232家"}],
    "answers": ["232家"],
}


def document(text: str, source: str = "a.txt") -> Document:
    return Document(id="d", title="", language=Language.SIMPLIFIED, source=source, text=text)


def line(**changes: object) -> str:
    return json.dumps({**GOOD, **changes}, ensure_ascii=False)


def test_a_pair_is_read_as_written() -> None:
    pair = parse_pair(line(items=["甲", "乙"], stated=3, note="n"), "x.jsonl:1")
    assert pair.id == "hans-number-01"
    assert pair.language is Language.SIMPLIFIED
    assert pair.evidence == (Evidence("a.txt", "目前已有232家"),)
    assert pair.answers == ("232家",)
    assert pair.items == ("甲", "乙")
    assert pair.stated == 3
    assert parse_pair(line(), "").stated == 0
    assert pair.note == "n"
    assert pair.where == "x.jsonl:1"
    assert pair.answerable


def test_an_unanswerable_pair() -> None:
    assert not parse_pair(line(kind="unanswerable", evidence=[], answers=[]), "").answerable


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{", "not JSON"),
        ("[]", "not a JSON object"),
        ('{"id": "a"}', "missing or unknown keys: answers, evidence, kind, language, question"),
        (line(anwsers=["232家"]), "unknown keys: anwsers"),
        (line(language="zh"), "language 'zh' is not one of zh-Hans, zh-Hant, en"),
        (line(question="  "), "question must be a text"),
        (line(id=7), "id must be a text"),
        (line(answers="232家"), "answers must be a list of texts"),
        (line(answers=[""]), "answers must be a text that is not blank"),
        (line(answers=[]), "needs evidence, and answers or items"),
        (line(evidence=[]), "needs evidence, and answers or items"),
        (line(evidence=["目前"]), "evidence must be a list of objects"),
        (line(evidence=[{"source": "a.txt"}]), "text must be a text"),
        (line(kind="list"), "a pair of kind list needs items"),
        (line(items=["甲", "乙"], stated=1), "stated is less than the number of items"),
        (line(items=["甲"], stated="3"), "stated must be a whole number"),
        (line(items=["甲"], stated=True), "stated must be a whole number"),
        (line(kind="unanswerable"), "no evidence and no answers"),
    ],
)
def test_a_line_that_is_no_pair_is_named(tmp_path: Path, text: str, reason: str) -> None:
    path = tmp_path / "pairs.jsonl"
    path.write_text(f"{line(id='other')}\n\n{text}\n", encoding="utf-8")
    with pytest.raises(InputFileError, match=re.escape(f"{path}:3: ")) as caught:
        load_gold(tmp_path)
    assert reason in str(caught.value)


def test_an_id_used_twice_names_both_lines(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text(line() + "\n", encoding="utf-8")
    (tmp_path / "b.jsonl").write_text(line() + "\n", encoding="utf-8")
    with pytest.raises(InputFileError, match=r"b\.jsonl:1: id .* also used at .*a\.jsonl:1"):
        load_gold(tmp_path)


@pytest.mark.parametrize("content", [None, b"", b"\xff\xfe"])
def test_a_folder_without_pairs_is_named(tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / "a.jsonl").write_bytes(content)
    with pytest.raises(InputFileError, match=re.escape(str(tmp_path))):
        load_gold(tmp_path)


def test_a_quote_is_found_across_line_ends() -> None:
    text = "目前已有 23\n\n2 家、遍布 31\n个省"
    assert find_places(document(text), "232家、") == (Place("d", 5, 13),)


def test_a_quote_is_found_wherever_it_stands() -> None:
    assert find_places(document("甲甲甲"), "甲甲") == (Place("d", 0, 2), Place("d", 1, 3))
    assert find_places(document("甲"), "乙") == ()
    assert find_places(document("甲 乙"), " ") == ()


SPACED = st.text(alphabet="甲乙a😀 \n　", min_size=1)


@given(SPACED, SPACED, SPACED)
def test_what_is_found_is_the_quote(before: str, quote: str, after: str) -> None:
    text = before + quote + after
    places = find_places(document(text), quote)
    assert all(squash(text[place.start : place.end]) == squash(quote) for place in places)
    assert bool(places) is bool(quote.strip())
    assert squash(text).count(squash(quote) or "missing") <= len(places)


def test_evidence_of_another_document_is_an_error_with_its_line() -> None:
    pair = parse_pair(line(), "pairs.jsonl:7")
    with pytest.raises(InputFileError, match=r"pairs\.jsonl:7: no document a\.txt"):
        locate_evidence(pair, [document("目前已有232家", source="b.txt")])
    with pytest.raises(InputFileError, match=r"pairs\.jsonl:7: a\.txt does not hold"):
        locate_evidence(pair, [document("目前已有233家")])


def test_every_gold_pair_of_the_project_is_found_in_the_seeds() -> None:
    documents = [read_document(file) for file in find_files([seed_folder()])[0]]
    texts = {one.id: one.text for one in documents}
    pairs = load_gold(Path(__file__).parent.parent / "eval" / "gold")
    for pair in pairs:
        located = locate_evidence(pair, documents)
        assert len(located) == len(pair.evidence)
        for evidence, places in zip(pair.evidence, located, strict=True):
            for place in places:
                found = texts[place.document_id][place.start : place.end]
                assert squash(found) == squash(evidence.text), pair.id

"""The gold pairs are well formed, and every evidence text stands in the document it names."""

import json
import re
from collections import Counter
from functools import cache
from pathlib import Path
from typing import NotRequired, TypedDict

import pytest
from opencc import OpenCC

ROOT = Path(__file__).parent.parent
FILES = sorted((ROOT / "eval" / "gold").glob("*.jsonl"))
PREFIXES = {"zh-Hans": "hans", "zh-Hant": "hant", "en": "en"}
KINDS = [
    "area",
    "measure",
    "number",
    "date",
    "person",
    "place",
    "company",
    "how",
    "why",
    "list",
    "definition",
    "unanswerable",
]
HAN = re.compile(r"[\u4e00-\u9fff]")
to_simplified = OpenCC("t2s").convert


class Evidence(TypedDict):
    source: str
    text: str


class Pair(TypedDict):
    id: str
    language: str
    kind: str
    question: str
    evidence: list[Evidence]
    answers: list[str]
    items: NotRequired[list[str]]
    stated: NotRequired[int]
    note: NotRequired[str]


def read_pairs(path: Path) -> list[Pair]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def squash(text: str) -> str:
    return re.sub(r"\s", "", text)


@cache
def source_text(name: str) -> str:
    return squash((ROOT / "seeds" / "documents" / name).read_text(encoding="utf-8"))


@cache
def renderings(name: str) -> list[tuple[str, str]]:
    """The sentences of a document, each with its English."""
    path = ROOT / "seeds" / "translations" / f"{Path(name).stem}.jsonl"
    entries = map(json.loads, path.read_text(encoding="utf-8").splitlines())
    return [(squash(entry["original"]), squash(entry["translation"])) for entry in entries]


def wording(evidence: Evidence) -> str:
    """An evidence text with the English of its sentences behind it."""
    text = squash(evidence["text"])
    english = [english for original, english in renderings(evidence["source"]) if original in text]
    return "\n".join([text, *english])


PAIRS = [pair for path in FILES for pair in read_pairs(path)]
ANSWERABLE = [pair for pair in PAIRS if pair["kind"] != "unanswerable"]
UNANSWERABLE = [pair for pair in PAIRS if pair["kind"] == "unanswerable"]


def accepted(pair: Pair) -> list[str]:
    """Return every string of which an answer may be made: accepted answers and list items."""
    return pair["answers"] + pair.get("items", [])


def test_each_language_has_its_file() -> None:
    assert [path.stem for path in FILES] == sorted(PREFIXES)
    for path in FILES:
        assert {pair["language"] for pair in read_pairs(path)} == {path.stem}


def test_ids_and_questions_are_unique() -> None:
    repeated_ids = [i for i, n in Counter(pair["id"] for pair in PAIRS).items() if n > 1]
    repeated = [q for q, n in Counter(pair["question"] for pair in PAIRS).items() if n > 1]
    assert not repeated_ids
    assert not repeated


def test_ids_say_language_and_kind() -> None:
    for pair in PAIRS:
        assert pair["kind"] in KINDS
        assert re.fullmatch(rf"{PREFIXES[pair['language']]}-{pair['kind']}-\d\d", pair["id"])


def test_questions_are_in_the_script_of_their_language() -> None:
    for pair in PAIRS:
        question = pair["question"]
        if pair["language"] == "en":
            assert question.isascii(), pair["id"]
            continue
        assert HAN.search(question), pair["id"]
        is_simplified = to_simplified(question) == question
        assert is_simplified == (pair["language"] == "zh-Hans"), pair["id"]


def test_evidence_stands_in_its_source() -> None:
    for pair in PAIRS:
        for evidence in pair["evidence"]:
            assert squash(evidence["text"]), pair["id"]
            assert squash(evidence["text"]) in source_text(evidence["source"]), pair["id"]


def test_evidence_is_listed_once() -> None:
    for pair in PAIRS:
        places = [(evidence["source"], evidence["text"]) for evidence in pair["evidence"]]
        assert len(places) == len(set(places)), pair["id"]


def test_answerable_pairs_have_evidence_and_answers() -> None:
    for pair in ANSWERABLE:
        assert pair["evidence"], pair["id"]
        assert accepted(pair), pair["id"]
        assert all(answer.strip() for answer in accepted(pair)), pair["id"]
        assert pair["kind"] != "list" or pair.get("items"), pair["id"]


def test_unanswerable_pairs_have_neither_and_say_why() -> None:
    for pair in UNANSWERABLE:
        assert pair["evidence"] == [], pair["id"]
        assert accepted(pair) == [], pair["id"]
        assert pair.get("note"), pair["id"]


def test_an_accepted_answer_stands_in_the_evidence() -> None:
    for pair in ANSWERABLE:
        texts = [wording(evidence) for evidence in pair["evidence"]]
        assert any(squash(a) in text for a in accepted(pair) for text in texts), pair["id"]


def test_each_evidence_answers_on_its_own() -> None:
    """Each place holds an accepted answer or an item, whichever script the place is in."""
    for pair in ANSWERABLE:
        answers = [to_simplified(squash(answer)) for answer in accepted(pair)]
        for evidence in pair["evidence"]:
            text = to_simplified(wording(evidence))
            assert any(answer in text for answer in answers), (pair["id"], evidence["text"])


def test_items_are_worded_as_in_the_documents_or_their_renderings() -> None:
    for pair in ANSWERABLE:
        texts = [wording(evidence) for evidence in pair["evidence"]]
        for item in pair.get("items", []):
            assert any(squash(item) in text for text in texts), (pair["id"], item)
            assert item.isascii() or pair["language"] != "en" or not HAN.search(item), pair["id"]


def test_a_stated_number_is_that_of_the_items_or_more_and_then_explained() -> None:
    stated = [pair for pair in ANSWERABLE if "stated" in pair]
    assert len(stated) >= 12
    for pair in stated:
        assert pair["stated"] >= len(pair["items"]), pair["id"]
        assert pair["stated"] == len(pair["items"]) or pair.get("note"), pair["id"]


def test_there_are_enough_pairs() -> None:
    assert len(PAIRS) >= 120
    assert len(UNANSWERABLE) >= 30


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_has_enough_pairs(kind: str) -> None:
    assert sum(pair["kind"] == kind for pair in PAIRS) >= 8


@pytest.mark.parametrize("language", PREFIXES)
def test_each_language_has_both_sorts(language: str) -> None:
    assert sum(pair["language"] == language for pair in ANSWERABLE) >= 30
    assert sum(pair["language"] == language for pair in UNANSWERABLE) >= 10


def test_both_documents_are_asked_about_in_every_language() -> None:
    for language in PREFIXES:
        pairs = [pair for pair in ANSWERABLE if pair["language"] == language]
        sources = Counter(evidence["source"] for pair in pairs for evidence in pair["evidence"])
        assert len(sources) == 2
        assert min(sources.values()) >= 15

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
GOLD = ROOT / "eval" / "gold"
CONVERSATIONS = GOLD / "conversations.jsonl"
FILES = sorted(path for path in GOLD.glob("*.jsonl") if path != CONVERSATIONS)
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
    full: NotRequired[str]
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


def read_turns() -> list[list[Pair]]:
    lines = CONVERSATIONS.read_text(encoding="utf-8").splitlines()
    return [json.loads(line)["turns"] for line in lines]


PAIRS = [pair for path in FILES for pair in read_pairs(path)]
TURNS = [turn for turns in read_turns() for turn in turns]
FOLLOW_UPS = [turn for turns in read_turns() for turn in turns[1:]]
ANSWERABLE = [pair for pair in PAIRS + TURNS if pair["kind"] != "unanswerable"]
UNANSWERABLE = [pair for pair in PAIRS + TURNS if pair["kind"] == "unanswerable"]


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
    written = [(pair, pair["question"]) for pair in PAIRS]
    # What is typed as a follow-up may be too short to tell the script.
    written += [(turn, turn.get("full", turn["question"])) for turn in TURNS]
    for pair, question in written:
        if pair["language"] == "en":
            assert question.isascii(), pair["id"]
            continue
        assert HAN.search(question), pair["id"]
        is_simplified = to_simplified(question) == question
        assert is_simplified == (pair["language"] == "zh-Hans"), pair["id"]


def test_evidence_stands_in_its_source() -> None:
    for pair in PAIRS + TURNS:
        for evidence in pair["evidence"]:
            assert squash(evidence["text"]), pair["id"]
            assert squash(evidence["text"]) in source_text(evidence["source"]), pair["id"]


def test_evidence_is_listed_once() -> None:
    for pair in PAIRS + TURNS:
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
    assert sum(pair["kind"] == "unanswerable" for pair in PAIRS) >= 30


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_has_enough_pairs(kind: str) -> None:
    assert sum(pair["kind"] == kind for pair in PAIRS) >= 8


@pytest.mark.parametrize("language", PREFIXES)
def test_each_language_has_both_sorts(language: str) -> None:
    kinds = [pair["kind"] for pair in PAIRS if pair["language"] == language]
    assert len(kinds) - kinds.count("unanswerable") >= 30
    assert kinds.count("unanswerable") >= 10


def test_both_documents_are_asked_about_in_every_language() -> None:
    for language in PREFIXES:
        pairs = [pair for pair in PAIRS if pair["language"] == language]
        sources = Counter(evidence["source"] for pair in pairs for evidence in pair["evidence"])
        assert len(sources) == 2
        assert min(sources.values()) >= 15


def test_follow_ups_are_written_in_full_too() -> None:
    assert all(turn["full"].strip() for turn in FOLLOW_UPS)
    assert all("full" not in turns[0] for turns in read_turns())
    repeated = [q for q, n in Counter(turn["question"] for turn in FOLLOW_UPS).items() if n > 4]
    assert not repeated


def test_there_are_enough_conversations_of_every_sort() -> None:
    conversations = read_turns()
    assert len(conversations) >= 48
    assert all(2 <= len(turns) <= 4 for turns in conversations)
    by_language = Counter(turns[0]["language"] for turns in conversations)
    assert min(by_language[language] for language in PREFIXES) >= 16
    changes = [t for t in conversations if any(f["full"] == f["question"] for f in t[1:])]
    switches = [t for t in conversations if len({turn["language"] for turn in t}) > 1]
    assert len(changes) >= 12
    assert len(switches) >= 6
    assert sum(turn["kind"] == "unanswerable" for turn in FOLLOW_UPS) >= 6


def test_ids_of_turns_name_conversation_and_place() -> None:
    for number, turns in enumerate(read_turns()):
        names = [turn["id"].rsplit("-", 1) for turn in turns]
        assert len({conversation for conversation, _ in names}) == 1, number
        assert [place for _, place in names] == [str(n) for n in range(1, len(turns) + 1)]
    assert len({turn["id"] for turn in TURNS}) == len(TURNS)

"""A document as it is read: the English of its sentences stands where they do."""

import json
from pathlib import Path

import pytest

from qa.assistant import Assistant
from qa.language.text import squash

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize("number", [0, 1])
def test_every_rendering_of_a_document_stands_at_its_sentence(
    assistant: Assistant, number: int
) -> None:
    document = assistant.documents[number]
    file = (ROOT / "seeds" / "translations" / document.source).with_suffix(".jsonl")
    lines = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    expected = {(squash(line["original"]), squash(line["translation"])) for line in lines}
    found = assistant.renderings(document.id)
    shown = [(squash(document.text[one.start : one.end]), squash(one.text)) for one in found]
    assert set(shown) == expected
    assert [one.start for one in found] == sorted(one.start for one in found)


def test_an_unknown_document_has_no_renderings(assistant: Assistant) -> None:
    assert assistant.renderings("000000000000") == ()

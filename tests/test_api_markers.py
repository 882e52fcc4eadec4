"""The marks of an answer beside brackets that a document has itself."""

import io
from dataclasses import replace

import pytest
from fakes import make_answer, make_document, make_led_answer
from rich.console import Console

from api.markers import find_markers, markers_of, quoted_in, unmistakable
from api.terminal.answers import AnswerPrinter
from qa.types import Answer, Document

OWN = "补贴见 [2] 和 [1] 的规定。"


def with_its_own_marks() -> Answer:
    led = make_led_answer("q")
    first = replace(led.citations[0], cited_text=OWN, end_char=len(OWN), answer_spans=())
    return replace(
        make_answer("q", f"{OWN} [1]\n补贴由区里发放。 [2]"),
        language=led.language,
        status=led.status,
        citations=(first, led.citations[1]),
    )


def test_marks_within_what_is_quoted_are_none() -> None:
    answer = with_its_own_marks()
    markers = markers_of(answer)
    assert [marker.index for marker in markers] == [1, 2]
    assert [marker.start for marker in markers] == [len(OWN) + 1, len(answer.text) - 3]
    assert [m.index for m in find_markers(answer.text, {1, 2})] == [2, 1, 1, 2]  # without knowing


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("", ""),
        ("见[3]。 [1]", "见［3］。 [1]"),
        ("[x] [1] [12]", "[x] [1] ［12］"),
        (f"{OWN} [1]", "补贴见 ［2］ 和 ［1］ 的规定。 [1]"),
    ],
)
def test_what_looks_like_a_mark_gets_other_brackets_one_for_one(text: str, shown: str) -> None:
    quoted = quoted_in(with_its_own_marks())
    found = unmistakable(text, find_markers(text, {1, 2}, quoted))
    assert found == shown
    assert len(found) == len(text)


def test_the_command_line_shows_a_document_s_brackets_as_its_own() -> None:
    console = Console(file=io.StringIO(), width=100, markup=False, highlight=False)
    document: Document = make_document("x")
    AnswerPrinter(console, lambda _id: document).print(with_its_own_marks())
    written = console.file.getvalue()  # type: ignore[attr-defined]
    assert "补贴见 ［2］ 和 ［1］ 的规定。 [1]" in written
    assert "补贴由区里发放。 [2]" in written

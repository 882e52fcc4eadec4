"""Lines are glued to the text of a paragraph or cell, and every character keeps its place."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from qa.corpus.readers.pdf.characters import SOFT_HYPHEN
from qa.corpus.readers.pdf.lines import Line, is_set_wide, is_wide

_WORD = re.compile(r"[A-Za-zÀ-ÿ]+(?:-[A-Za-zÀ-ÿ]+)*+")
_TAIL = re.compile(r"[A-Za-zÀ-ÿ]{1,40}$")
_HEAD = re.compile(r"[A-Za-zÀ-ÿ]{1,40}")
_ADDRESS = re.compile(r"(?:https?://|www\.)\S{0,400}[/_=?&@#%]$")

_ENDINGS = frozenset(
    "able al ally als ance ances ant ants ary ation ations ed ence ent ents er ers es ful ible ies"
    " ing ings ise ised ising ism ist ists ities ity ive ives ization ize ized izing less ly ment"
    " mental ments ness ory ous ship ships sion sions tion tions ture tures ular".split()
)
"""What hyphens part from a word that may also stand alone: develop-ment."""

_WHOLE_TAIL = 5
"""Letters; a shorter word behind a hyphen may be a syllable of a longer one: pro-gram."""

_HYPHENS = f"-‐{SOFT_HYPHEN}"


@dataclass(frozen=True, slots=True, eq=False)
class Span:
    """Text with the places of its characters; page -1 and no boxes where it has none."""

    text: str
    page: int = -1
    boxes: NDArray[np.float32] | None = None


@dataclass(slots=True)
class Writer:
    """Collects spans to a text and the arrays of its layout."""

    _parts: list[str] = field(default_factory=list)
    _pages: list[NDArray[np.int32]] = field(default_factory=list)
    _boxes: list[NDArray[np.float32]] = field(default_factory=list)

    def write(self, spans: Iterable[Span]) -> None:
        """Add spans."""
        for span in spans:
            if not span.text:
                continue
            self._parts.append(span.text)
            self._pages.append(np.full(len(span.text), span.page, np.int32))
            boxes = np.zeros((len(span.text), 4), np.float32) if span.boxes is None else span.boxes
            self._boxes.append(boxes)

    def paragraph(self, spans: Iterable[Span]) -> None:
        """Add a paragraph, behind a blank line."""
        self.write([Span("\n\n" if self._parts else ""), *spans])

    def row(self, spans: Iterable[Span], *, first: bool) -> None:
        """Add a row of a table; only the first stands behind a blank line."""
        self.write([Span("\n" * (1 + first) if self._parts else ""), *spans])

    def text(self) -> str:
        """All that has been written."""
        return "".join(self._parts)

    def layout(self) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
        """(characters,) pages and (characters, 4) boxes."""
        if not self._parts:
            return np.zeros(0, np.int32), np.zeros((0, 4), np.float32)
        return np.concatenate(self._pages), np.concatenate(self._boxes).astype(np.float32)


class Gluer:
    """Joins lines; whether a word has its hyphen, the words of the same file tell."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._words: Counter[str] = Counter()
        was_broken = False
        for text in texts:
            found = _WORD.findall(text.lower())
            is_broken = text.endswith(tuple(_HYPHENS))
            # What stands on either side of a hyphen at the end of a line tells nothing.
            for word in found[was_broken : len(found) - is_broken]:
                self._words.update({word, *word.split("-")})
            was_broken = is_broken

    def glue(self, lines: Sequence[Line], *, cell: bool = False) -> list[Span]:
        """The spans of a paragraph, or of a cell, where `|` is escaped."""
        spans: list[Span] = []
        for number, line in enumerate(lines):
            text, boxes = line.text, line.boxes
            after = lines[number + 1].text if number + 1 < len(lines) else ""
            glue = self._between(text, after) if after else ""
            if text.endswith(tuple(_HYPHENS)) and after and glue == "":
                text, boxes = text[:-1], boxes[:-1]
            text = text.replace(SOFT_HYPHEN, "-")
            spans += _escaped(text, line.page, boxes) if cell else [Span(text, line.page, boxes)]
            spans.append(Span("" if glue == "-" else glue))
        return spans

    def _between(self, before: str, after: str) -> str:
        """What parts two lines: a space, nothing, or "-" for a hyphen that stays."""
        if before.endswith(tuple(_HYPHENS)) and len(before) > 1 and before[-2].isalpha():
            return "" if self._is_soft(before, after) else "-"
        wide = is_set_wide(before[-1], before) or is_set_wide(after[0], after)
        if wide or before[-1] == "@" or _ADDRESS.search(before[-400:]):
            return "-" if before.endswith(tuple(_HYPHENS)) else ""
        if before[-1].isdigit() and after[0].isdigit() and any(map(is_wide, before)):
            return ""  # Chinese type breaks numbers
        if before[-1] in "-–/" and len(before) > 1 and before[-2] != " ":
            return "-"
        return " "

    def _is_soft(self, before: str, after: str) -> bool:
        """Whether a hyphen at the end of a line is not the word's own."""
        first, second = _TAIL.search(before[:-1][-40:]), _HEAD.match(after)
        if not first or not second or not after[0].islower():
            return False
        head, tail = first.group().lower(), second.group().lower()
        if self._words[f"{head}-{tail}"] or self._words[head + tail]:
            return self._words[head + tail] >= self._words[f"{head}-{tail}"]
        if tail in _ENDINGS or len(head) < 2:
            return True
        return not (self._words[head] or (self._words[tail] and len(tail) >= _WHOLE_TAIL))


def _escaped(text: str, page: int, boxes: NDArray[np.float32]) -> list[Span]:
    spans: list[Span] = []
    start = 0
    for number, character in enumerate(text):
        if character == "|":
            spans += [Span(text[start:number], page, boxes[start:number]), Span("\\")]
            start = number
    return [*spans, Span(text[start:], page, boxes[start:])]

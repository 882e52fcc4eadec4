"""White space and line breaks of a paragraph: which of its breaks part lines, which only wrap.

HTML counts all white space as one space. Chinese pages set gaps with wide spaces, indents with
several of them, and their source is wrapped between characters where no space is meant.
"""

import re
import unicodedata
from collections.abc import Sequence
from itertools import pairwise

from qa.corpus.labels import read_label
from qa.corpus.paragraphs import ARTICLE

BREAK = "\0"
"""Stands for <br>; HTML has no such character."""

_GAPS = " \t\n\r\f\v\u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
_GAP = re.compile(f"[{_GAPS}]+")
_UNSEEN = re.compile(
    "[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u21a9\ufe0e\ufe0f\ufeff\ufff9-\ufffc\ue000-\uf8ff]"
)
"""Characters without width, marks of direction, those of icon fonts, ↩ of notes."""

_WIDE_GAP = re.compile("\u3000|[\u00a0\u2000-\u200a]{2}")
_SENTENCE_END = tuple("。！？!?；;：:.…”」』）)")
_WRAPPED_COLUMNS = 30
"""Columns of the shortest line that can be full: 15 Chinese characters in a narrow mail."""

_SLACK = 4
"""Columns by which full lines may differ; ragged lines of words by a long word more."""

_WORD = 12
_WRAPPED_LINES = 4
"""Lines that one paragraph has at least where its breaks only wrap it: an address has three."""


def lines_of(text: str, *, keeps_gaps: bool = False) -> list[str]:
    """Return the lines of a paragraph with breaks; with `keeps_gaps` white space within stays.

    >>> lines_of("联系人：王某\\0电话：12345\\0\\0　　附注")
    ['联系人：王某', '电话：12345', '附注']
    """
    parts: list[list[str]] = [[]]
    for piece in text.split(BREAK):
        line = piece.rstrip() if keeps_gaps else tidy(piece)
        if line.strip():
            parts[-1].append(line)
        elif parts[-1]:
            parts.append([])
    if keeps_gaps:
        return [_UNSEEN.sub("", line) for part in parts for line in part]
    return [line for part in parts for line in _unwrapped(part)]


def joined(text: str) -> str:
    """Return a paragraph as one line, its breaks undone."""
    lines = [line for piece in text.split(BREAK) if (line := tidy(piece))]
    whole = lines[0] if lines else ""
    for line in lines[1:]:
        whole = _join(whole, line)
    return whole


def tidy(text: str) -> str:
    """Return a text with its white space as it is read, and none at its ends."""
    return _GAP.sub(_gap, _UNSEEN.sub("", text)).strip(" \u3000")


def columns(text: str) -> int:
    """How wide a text is; a wide character takes two columns."""
    return sum(2 if unicodedata.east_asian_width(char) in "WFA" else 1 for char in text)


def _gap(found: re.Match[str]) -> str:
    """One space; a wide one where a gap was set; none where the source wraps Chinese text."""
    gap, text = found.group(), found.string
    before = text[found.start() - 1 : found.start()]
    after = text[found.end() : found.end() + 1]
    if not (_is_wide(before) and _is_wide(after)):
        return " "
    if _WIDE_GAP.search(gap):
        return "\u3000"
    return "" if "\n" in gap else " "


def _is_wide(character: str) -> bool:
    return bool(character) and unicodedata.east_asian_width(character) in "WF"


def _join(first: str, second: str) -> str:
    return first + ("" if _is_wide(first[-1]) and _is_wide(second[0]) else " ") + second


def _unwrapped(lines: Sequence[str]) -> list[str]:
    """Undo the breaks of lines that were broken at a margin."""
    slack = _SLACK + _WORD * (sum(map(columns, lines)) < 1.5 * sum(map(len, lines)))
    margin = max(map(columns, lines), default=0) - slack
    if not _is_wrapped(lines, margin):
        return list(lines)
    whole = [lines[0]]
    for before, line in pairwise(lines):
        if columns(before) < margin or read_label(line)[0] or ARTICLE.match(line):
            whole.append(line)
        else:
            whole[-1] = _join(whole[-1], line)
    return whole


def _is_wrapped(lines: Sequence[str], margin: int) -> bool:
    """Whether lines break off at a margin, most of them within a sentence."""
    before_last = lines[:-1]
    if len(lines) < _WRAPPED_LINES or margin < _WRAPPED_COLUMNS - _SLACK:
        return False
    full = [line for line in before_last if columns(line) >= margin]
    open_ended = [line for line in full if not line.endswith(_SENTENCE_END)]
    return 3 * len(full) >= 2 * len(before_last) and 2 * len(open_ended) >= len(full)

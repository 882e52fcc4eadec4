"""Lines of a plain mail become paragraphs: what was wrapped at a margin is joined again."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile

from qa.corpus.labels import read_label
from qa.corpus.paragraphs import ARTICLE
from qa.corpus.tables import cells

_WIDEST = 100
"""Columns. Mails are wrapped at 72 to 78 (RFC 5322 asks for 78); longer lines are whole."""

_NARROWEST = 40
"""Columns; no program wraps more narrowly, but addresses are written so."""

_USUAL = 60
"""Columns; two lines of one length at least so long are enough to show a margin."""

_NEAR = 12
"""Columns: a long English word, by which the last word of a full line may miss the margin."""

_AT_MARGIN = 3
"""Lines that reach a margin, for it to be one."""

_PUNCTUATION = 4
"""Columns of two wide characters: Chinese punctuation may not begin a line."""


@dataclass(frozen=True, slots=True)
class Margin:
    """Where lines were wrapped: at a column, or at so many characters; 0 where at none."""

    columns: int = 0
    characters: int = 0


def unwrap(lines: Sequence[str], margin: Margin) -> list[str]:
    """The paragraphs of lines that were wrapped at a margin.

    >>> unwrap(["", "One line", "and two.", ""], Margin(columns=11))
    ['One line and two.']
    """
    found: list[str] = []
    before = ""
    for line in map(str.strip, lines):
        if line and before and _runs_on(before, line, margin):
            found[-1] = _joined(found[-1], line)
        elif line:
            found.append(line)
        before = line
    return found


def margin_of(lines: Sequence[str]) -> Margin:
    """Where lines were wrapped."""
    written = [line.strip() for line in lines if not cells(line.strip())]
    widths = [_columns(line) for line in written]
    whole = sum(w > _WIDEST and " " in line for w, line in zip(widths, written, strict=True))
    usual = [width for width in widths if _NARROWEST <= width <= _WIDEST]
    if not usual:
        return Margin()
    columns = max(usual)
    close = sum(width > columns - _PUNCTUATION for width in usual)
    near = sum(width > columns - _NEAR for width in usual)
    longest = max(map(len, written))
    equal = sum(len(line) == longest and _is_wide(line[0]) for line in written)
    return Margin(
        columns if max(whole + 1, _AT_MARGIN) <= near or (close > 1 and columns >= _USUAL) else 0,
        longest if equal >= _AT_MARGIN else 0,
    )


def _runs_on(line: str, following: str, margin: Margin) -> bool:
    """Whether a line was full: the first word of the next would not have fitted."""
    if read_label(following)[0] or ARTICLE.match(following) or cells(line) or cells(following):
        return False
    if margin.characters:
        return len(line) >= margin.characters - 1
    if not margin.columns:
        return False
    is_wide = _is_wide(following[0])
    word = following[0] if is_wide else "".join(takewhile(_is_of_word, following))
    ends = line.endswith(("。", "！", "？"))
    slack = _PUNCTUATION if (is_wide or _is_wide(line[-1])) and not ends else 0
    return _columns(line) + (not is_wide) + _columns(word) + slack > margin.columns


def _joined(line: str, following: str) -> str:
    glued = _is_wide(line[-1]) or _is_wide(following[0])
    return f"{line}{following}" if glued else f"{line} {following}"


def _columns(text: str) -> int:
    return sum(2 if _is_wide(char) else 1 for char in text)


def _is_of_word(char: str) -> bool:
    return not (char.isspace() or _is_wide(char))


def _is_wide(char: str) -> bool:
    return unicodedata.east_asian_width(char) in "WFA"

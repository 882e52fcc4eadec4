"""The heads of a table's columns: which of its first rows they are, and how they read as one.

A head that is merged, or has empty cells behind it, speaks for the columns that the row below
parts: 补贴 over 甲类 and 乙类 becomes 补贴 甲类 and 补贴 乙类.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

MAX_HEADS = 4
"""Rows of heads. The deepest of statistical yearbooks have three, and one of units."""

_SHORT = 60
"""Characters; a longer cell is no head of a column."""

_FIGURE = re.compile(
    r"(?!(?:19|20)\d\d$)[£$¥€+\-−–<>≤≥约]?\s?\d[\d,.]*+\s?(?:[%％‰万亿元]|万元|亿元)?$"
)
"""A figure; 2024 and 1月 are none, for columns are called so."""

_WIDE_LETTER = re.compile(r"(?<=[\u3400-\u9fff]) (?=[\u3400-\u9fff])")

Cell = tuple[int, int]


@dataclass(slots=True)
class Row:
    """A row with what merged cells say in it: of each column the text, and where that begins.

    own: the columns in which a cell with text begins
    strong: whether it is bold or on a colour throughout
    """

    number: int
    texts: list[str]
    origins: list[Cell | None]
    own: set[int]
    strong: bool

    def sources(self) -> set[Cell]:
        """Where what stands in the row begins."""
        return {origin for origin in self.origins if origin}


def head_of(rows: Sequence[Row], column: int) -> str:
    """The heads of a column, from the widest to its own: 补贴 甲类."""
    found: list[str] = []
    for number, row in enumerate(rows):
        text = row.texts[column]
        if not text and number < len(rows) - 1 and rows[number + 1].texts[column]:
            text = _to_the_left(row, column)
        text = _WIDE_LETTER.sub("", text)
        if text and text not in found:
            found.append(text)
    return " ".join(found)


def _to_the_left(row: Row, column: int) -> str:
    """The text that an empty head belongs to."""
    return next((row.texts[c] for c in range(column - 1, -1, -1) if row.texts[c]), "")


def count_heads(rows: list[Row], columns: list[int], *, headed: bool | None) -> int:
    """How many of the first rows of a table are heads of its columns."""
    if headed is False or len(columns) < 2:
        return 0
    count = 1
    while count < min(MAX_HEADS, len(rows) - 1) and _goes_on(rows, count, columns):
        count += 1
    heads, below = rows[:count], rows[count:]
    if any(len(text) > _SHORT for row in heads for text in row.texts):
        return 0
    is_set_off = rows[0].strong and bool(below) and not below[0].strong
    filled = sum(bool(head_of(heads, column)) for column in columns)
    if not 2 * filled > len(columns):
        return 0
    figures = sum(_figures(row, columns) for row in heads)
    if headed or (is_set_off and 2 * figures <= filled):
        return count
    usual = sorted(_figures(row, columns) for row in below)[len(below) // 2] if below else 0
    sure = count > 1 or usual > 0 or (len(below) > 1 and len(columns) > 2)
    return count if figures == 0 and sure else 0


def _goes_on(rows: list[Row], number: int, columns: Sequence[int]) -> bool:
    """Whether a row is a further one of heads: it only parts what stands wide above it."""
    above, row = rows[number - 1], rows[number]
    if _figures(row, columns) or not row.own:
        return False
    parted = set[int]()
    for place, column in enumerate(columns):
        before = columns[place - 1] if place else -1
        behind = columns[place + 1] if place + 1 < len(columns) else -1
        origin = above.origins[column]
        beside = {above.origins[c] for c in (before, behind) if c >= 0}
        is_empty = behind >= 0 and origin and above.origins[behind] is None and behind in row.own
        if (origin and origin in beside) or is_empty or (origin is None and place > 0):
            parted.add(column)
    others = [column for column in columns if column not in parted]
    covered = all(row.origins[c] == above.origins[c] or not row.texts[c] for c in others)
    return bool(parted) and row.own <= parted and covered


def _figures(row: Row, columns: Sequence[int]) -> int:
    return sum(bool(_FIGURE.match(row.texts[column])) for column in columns)

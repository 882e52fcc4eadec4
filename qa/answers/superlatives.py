"""Which row of a table, or which of two that are named, has the most or the least of what is asked:
figures are compared, not read.

A reader finds the table and cannot tell 16.2 from 18.6 by size.
"""

import re
from collections.abc import Sequence
from decimal import Decimal

from qa.answers.reading import Candidate
from qa.answers.short import asked_column, column_at, named_cells
from qa.index.rows import Row
from qa.index.store import Snapshot
from qa.language.quantities import MULTIPLIERS
from qa.language.text import fold
from qa.types import BlockKind

_WHICH = re.compile(r"[哪何谁边]|什么|\b(?:which|what|who|where)\b")
_MOST = re.compile(
    r"最(?:高|多|大|贵|长|远|重|久|强)|\b(?:highest|most|largest|biggest|longest|greatest|dearest|"
    r"heaviest|farthest)\b"
)
_LEAST = re.compile(
    r"最(?:低|少|小|便宜|短|近|轻|平|抵|差)|\b(?:lowest|least|smallest|cheapest|shortest|fewest|"
    r"lightest|nearest)\b"
)
_MORE = re.compile(
    r"[高大贵长远重久强]|多(?!少)|\b(?:higher|more|larger|bigger|longer|greater|dearer|heavier|farther)\b"
)
_LESS = re.compile(
    r"[低小短近轻平抵差]|(?<!多)少|便宜|\b(?:lower|less|smaller|cheaper|shorter|fewer|lighter|nearer)\b"
)
_NAMES = re.compile(
    r"最(?:高|低|多|少|大)(?:工资|生活|限|额|不|可|给|补|奖|按)|\bat (?:most|least)\b"
)
"""Where such a word names a kind of figure and compares none: the minimum wage, at most."""

_NUMBER = re.compile(r"(?<!\d)(\d{1,12}(?:,\d{3}){0,4}(?:\.\d{1,6})?)\s?(万亿|亿|千万|百万|万|千)?")
FEWEST_ROWS = 2

Table = dict[int, list[tuple[str, str]]]
"""The cells of each row of a table, by its number, with the heads of their columns."""


def direction(question: str, *, of_two: bool = False) -> int:
    """1 where a question asks which has the most, -1 which has the least, 0 for any other.

    `of_two` is whether it names what is compared: then more and less tell it too.

    >>> direction("哪条线最便宜？"), direction("最高补贴多少？"), direction("Which costs the most?")
    (-1, 0, 1)
    >>> direction("甲线和乙线哪条便宜？"), direction("甲线和乙线哪条便宜？", of_two=True)
    (0, -1)
    """
    folded = _NAMES.sub(" ", fold(question))
    if not _WHICH.search(folded):
        return 0
    most = _MOST.search(folded) or (of_two and _MORE.search(folded))
    least = _LEAST.search(folded) or (of_two and _LESS.search(folded))
    return bool(most) - bool(least)


def extreme(question: str, candidates: Sequence[Candidate], snapshot: Snapshot) -> list[Candidate]:
    """The row of the best candidate's table that has the most, or least, of what is asked.

    Of rows that the question names, where it names several: the others are behind it. Where the
    columns do not agree on it, that of the question tells. Empty where the best is no row, the
    question names one row alone, or it cannot be told which column is meant.
    """
    best, folded = candidates[0], fold(question)
    if best.kind is not BlockKind.ROW or not _WHICH.search(folded):
        return []
    row = snapshot.rows[best.row]
    table = _table(row, best.number)
    named = {n: cells for n, cells in table.items() if fold(cells[0][1]) in folded}
    sign = direction(question, of_two=len(named) > 1)
    if not sign or len(table) < FEWEST_ROWS or len(named) == 1:
        return []
    table = named or table
    figures = _figures(table)
    tops = {column: _top(table, column, sign) for column in figures}
    if len(set(tops.values())) > 1:
        tops = {column: tops[column] for column in _meant(folded, best, row, figures)}
    by_place = {c.place: c for c in candidates}
    wanted = dict.fromkeys([*tops.values(), *named]) if tops else {}
    return [by_place[best.row, n] for n in wanted if (best.row, n) in by_place]


def _table(row: Row, number: int) -> Table:
    """The rows around one whose columns have no other heads than its own."""
    rows = {
        other: named_cells(row.sentence(other))
        for other, kind in enumerate(row.kinds)
        if kind is BlockKind.ROW
    }
    heads = {head for head, _ in rows[number]}
    return {other: cells for other, cells in rows.items() if {h for h, _ in cells} <= heads}


def _figures(table: Table) -> list[int]:
    """The columns that have figures in several rows; the first has the names of the rows."""
    columns = range(1, max(map(len, table.values())))
    return [c for c in columns if len(_values(table, c)) >= FEWEST_ROWS]


def _top(table: Table, column: int, sign: int) -> int:
    """The number of the row that has the most in a column, or with the sign -1 the least."""
    values = _values(table, column)
    return max(values, key=lambda number: sign * values[number])


def _values(table: Table, column: int) -> dict[int, Decimal]:
    values = {n: _value(cells[column][1]) for n, cells in table.items() if column < len(cells)}
    return {number: value for number, value in values.items() if value is not None}


def _meant(question: str, best: Candidate, row: Row, figures: Sequence[int]) -> list[int]:
    """The column that a question asks for: by the words of its head, else the one in which the
    reader sees the deciding words; none where neither tells."""
    text = row.sentence(best.number)
    heads = [head for head, _ in named_cells(text)]
    column = asked_column(question, [h if n in figures else "" for n, h in enumerate(heads)])
    found = column if column in figures else column_at(text, best.span.start)
    return [found] if found in figures else []


def _value(cell: str) -> Decimal | None:
    """The first figure of a cell."""
    found = _NUMBER.search(fold(cell))
    if not found:
        return None
    return Decimal(found[1].replace(",", "")) * MULTIPLIERS.get(found[2] or "", 1)

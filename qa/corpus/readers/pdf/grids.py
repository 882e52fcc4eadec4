"""The grids that the ruled lines of a page make.

A grid's cells may span several rows and columns: where no line parts two of them they are one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from qa.corpus.readers.pdf.rules import LENGTH, TOLERANCE, Rule

_FEWEST_CUT = 3
"""Upright lines that end alike where a row is cut: the sides of a table and one between."""

_MOST_CELLS = 4_000


@dataclass(frozen=True, slots=True, eq=False)
class Grid:
    """A table's lines.

    xs, ys: where its columns and rows part, ascending
    cells: (rows, columns) the number of the cell that each square belongs to
    cut: whether the end of a page or column cuts its first row, and its last
    """

    xs: tuple[float, ...]
    ys: tuple[float, ...]
    cells: NDArray[np.intp]
    cut: tuple[bool, bool]

    def holds(self, x: NDArray[np.floating], y: NDArray[np.floating]) -> NDArray[np.bool_]:
        """Which points lie inside."""
        return (self.xs[0] <= x) & (x <= self.xs[-1]) & (self.ys[0] <= y) & (y <= self.ys[-1])


def _levels(values: Sequence[float]) -> list[tuple[float, float]]:
    """Groups of values that lie close, as their least and greatest."""
    groups: list[tuple[float, float]] = []
    for value in sorted(values):
        if groups and value - groups[-1][0] <= TOLERANCE:
            groups[-1] = (groups[-1][0], value)
        else:
            groups.append((value, value))
    return groups


def find_grids(rows: Sequence[Rule], columns: Sequence[Rule]) -> list[Grid]:
    """The grids of lines that meet; a frame around text alone is none."""
    groups: list[tuple[list[Rule], list[Rule]]] = []
    open_rows, open_columns = set(range(len(rows))), set(range(len(columns)))
    while open_rows:
        todo_rows, todo_columns = [open_rows.pop()], list[int]()
        group: tuple[list[Rule], list[Rule]] = ([], [])
        while todo_rows or todo_columns:
            if todo_rows:
                row = rows[todo_rows.pop()]
                group[0].append(row)
                met = [number for number in open_columns if _meet(row, columns[number])]
                open_columns.difference_update(met)
                todo_columns += met
            else:
                column = columns[todo_columns.pop()]
                group[1].append(column)
                met = [number for number in open_rows if _meet(rows[number], column)]
                open_rows.difference_update(met)
                todo_rows += met
        groups.append(group)
    return [grid for group in groups if (grid := _grid(*group)) is not None]


def _meet(row: Rule, column: Rule) -> bool:
    return (
        row.start - TOLERANCE <= column.at <= row.end + TOLERANCE
        and column.start - TOLERANCE <= row.at <= column.end + TOLERANCE
    )


def _grid(rows: Sequence[Rule], columns: Sequence[Rule]) -> Grid | None:
    """The grid of lines that meet, with sides that are not drawn where all its lines end.

    A closed table has no line where the end of a page or column cuts a row.
    """
    if not rows:
        return None
    left, right = min(row.start for row in rows), max(row.end for row in rows)
    top, bottom = min(row.at for row in rows), max(row.at for row in rows)
    above = _cut([(c.at, c.start) for c in columns if c.start < top - LENGTH], left, right)
    below = _cut([(c.at, c.end) for c in columns if c.end > bottom + LENGTH], left, right)
    ys = [sum(level) / 2 for level in _levels([*(row.at for row in rows), *above, *below])]
    xs = [sum(level) / 2 for level in _levels([column.at for column in columns] + [left, right])]
    if len(ys) < 2 or len(xs) < 3 or (len(ys) - 1) * (len(xs) - 1) > _MOST_CELLS:
        return None
    cells = np.arange((len(ys) - 1) * (len(xs) - 1)).reshape(len(ys) - 1, len(xs) - 1)
    middle_x = [(a + b) / 2 for a, b in pairwise(xs)]
    middle_y = [(a + b) / 2 for a, b in pairwise(ys)]
    for row, y in enumerate(middle_y):
        for column, x in enumerate(middle_x):
            if column and not _parts(columns, xs[column], y):
                cells[cells == cells[row, column]] = cells[row, column - 1]
            if row and not _parts(rows, ys[row], x):
                cells[cells == cells[row, column]] = cells[row - 1, column]
    whole = len(np.unique(cells)) > 1
    return Grid(tuple(xs), tuple(ys), cells, (bool(above), bool(below))) if whole else None


def _cut(sides: Sequence[tuple[float, float]], left: float, right: float) -> list[float]:
    """Where upright lines end beyond the last level one, if they are all those of a table's row."""
    ats, ends = [at for at, _ in sides], [end for _, end in sides]
    is_row = (
        len(sides) >= _FEWEST_CUT
        and min(ats) - left <= TOLERANCE >= right - max(ats)
        and max(ends) - min(ends) <= TOLERANCE
    )
    return ends if is_row else []


def _parts(rules: Sequence[Rule], at: float, along: float) -> bool:
    """Whether one of the lines runs there."""
    return any(abs(rule.at - at) <= TOLERANCE and rule.start <= along <= rule.end for rule in rules)

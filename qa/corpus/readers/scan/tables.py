"""Tables on scanned pages: rows whose cells stand below one another."""

import re
from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from qa.corpus.readers.scan.cells import Cell, TableRow, ruled_table
from qa.corpus.readers.scan.rows import Row

_WIDE_GAP = 1.4
"""Sizes: a gap that parts cells. One of one is set between Chinese words, too."""

_PROSE = 12
"""Sizes of a cell that reaches the margin: it is a line that goes on, not a table's."""

_FEWEST_ROWS = 3
"""Rows with several cells, one below the other, that are a table."""

_BESIDE = 0.3
"""Sizes by which lines may overlap in height, as boxes that are cut loosely do."""

_CLOSE = 1.3
"""Sizes between the lines of one cell, at most."""


_NUMBER = re.compile(
    r"第.{1,8}[条條章节節编編]|[（(]?[一二三四五六七八九十\da-z]{1,4}[）)、.．]?|[-•●·]"
)


def cells_of(row: Row) -> list[Cell]:
    """The parts of a line between wide gaps."""
    cells, start = [], 0
    for number, character in enumerate(row.text):
        gap = row.boxes[number, 2] - row.boxes[number, 0]
        if character == " " and gap > _WIDE_GAP * row.body:
            cells.append(Cell(row, start, number))
            start = number + 1
    return [*cells, Cell(row, start, len(row.text))]


def find_tables(rows: Sequence[Row]) -> list[Row | list[TableRow]]:
    """The lines in order, with those of a table put together to its rows."""
    found: list[Row | list[TableRow]] = []
    number = 0
    while number < len(rows):
        grid = rows[number].grid
        end = _end(rows, number) if grid is None else _end_of_grid(rows, number)
        table = _table(rows[number:end]) if grid is None else ruled_table(rows[number:end], grid)
        if table:
            found.append(table)
            number = end
        else:
            found.append(rows[number])
            number += 1
    return found


def _end(rows: Sequence[Row], start: int) -> int:
    """Up to where the lines from `start` on may be of one table."""
    if len(cells_of(rows[start])) < 2:
        return start
    inside = cells_of(rows[start])[0].right
    end = start + 1
    while end < len(rows):
        row, above = rows[end], rows[end - 1]
        if row.page != above.page or row.first != above.first or row.grid:
            break
        cells = cells_of(row)
        if len(cells) < 2 and (row.top - above.bottom > _CLOSE * row.body or row.left < inside):
            break
        inside = max(inside, cells[0].right) if len(cells) > 1 else inside
        end += 1
    while len(cells_of(rows[end - 1])) < 2:
        end -= 1
    return end


def _table(rows: Sequence[Row]) -> list[TableRow]:
    """The rows of a table, none where the lines are not one."""
    split = [cells_of(row) for row in rows]
    several = [cells for cells in split if len(cells) > 1]
    if len(several) < _FEWEST_ROWS:
        return []
    if any(_is_prose(cells[-1]) for cells in several if len(cells) == 2):
        return []
    if any(_is_beside(row, above) for above, row in pairwise(rows)):
        return []
    columns = _columns(several)
    if len(columns) < 2 or (len(columns) == 2 and _are_numbers(several)):
        return []
    table: list[TableRow] = []
    for row in rows:
        cells = _by_column(row, columns)
        if any(_spans(cell, columns) for cell in cells):
            return []
        placed: TableRow = [[] for _ in columns]
        for cell in cells:
            placed[_nearest(cell, columns)].append(cell)
        goes_on = not placed[0] and len(cells) < len(columns) and bool(table)
        if goes_on and all(not lines or table[-1][at] for at, lines in enumerate(placed)):
            for at, lines in enumerate(placed):
                table[-1][at] += lines
        else:
            table.append(placed)
    return table if len(table) >= _FEWEST_ROWS else []


def _is_beside(row: Row, above: Row) -> bool:
    """Whether two lines stand partly beside each other, as those of cells of several lines do."""
    return row.top < above.bottom - _BESIDE * row.body


def _by_column(row: Row, columns: Sequence[tuple[float, float]]) -> list[Cell]:
    """The parts of a line by the column that their words stand in: a narrow gap may part them."""
    cells: list[Cell] = []
    start = 0
    for word in row.text.split(" "):
        end = start + len(word)
        if word:
            cell = Cell(row, start, end)
            if cells and _nearest(cells[-1], columns) == _nearest(cell, columns):
                cells[-1] = Cell(row, cells[-1].start, end)
            else:
                cells.append(cell)
        start = end + 1
    return cells


def _spans(cell: Cell, columns: Sequence[tuple[float, float]]) -> bool:
    """Whether a cell reaches into two columns, so that it cannot be told whose it is."""
    least = cell.row.body
    shared = (min(cell.right, end) - max(cell.left, start) for start, end in columns)
    return sum(overlap > least for overlap in shared) > 1


def _is_prose(cell: Cell) -> bool:
    row = cell.row
    return row.room < 1 and cell.right - cell.left > _PROSE * row.body


def _are_numbers(rows: Sequence[Sequence[Cell]]) -> bool:
    """Whether the first cells are only the numbers of paragraphs, as 第一条 and a space are."""
    first = [cells[0].row.text[: cells[0].end] for cells in rows]
    return sum(bool(_NUMBER.fullmatch(text)) for text in first) * 2 > len(first)


def _end_of_grid(rows: Sequence[Row], start: int) -> int:
    """Up to where the lines are in the same ruled table."""
    end = start
    while end < len(rows) and rows[end].grid is rows[start].grid:
        end += 1
    return end


def _columns(rows: Sequence[Sequence[Cell]]) -> list[tuple[float, float]]:
    """Where the columns are, by the rows with the most cells, of which there are two; [] where
    these do not stand below one another."""
    counts = [len(cells) for cells in rows]
    often = [count for count in counts if counts.count(count) > 1]
    if not often:
        return []
    count = max(often)
    full = [cells for cells in rows if len(cells) == count]
    columns = [
        (
            float(np.median([cells[at].left for cells in full])),
            float(np.median([cells[at].right for cells in full])),
        )
        for at in range(count)
    ]
    apart = all(left[1] <= right[0] for left, right in pairwise(columns))
    aligned = sum(
        all(_overlaps(cell, column) for cell, column in zip(cells, columns, strict=True))
        for cells in full
    )
    return columns if apart and aligned * 10 >= len(full) * 8 else []


def _overlaps(cell: Cell, column: tuple[float, float]) -> bool:
    return cell.left < column[1] and cell.right > column[0]


def _nearest(cell: Cell, columns: Sequence[tuple[float, float]]) -> int:
    def distance(at: int) -> float:
        left, right = columns[at]
        overlap = min(cell.right, right) - max(cell.left, left)
        return -overlap if overlap > 0 else abs(cell.left + cell.right - left - right)

    return min(range(len(columns)), key=lambda at: (distance(at) > 0, distance(at)))

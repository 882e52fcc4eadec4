"""Tables of a PDF: those in a grid of lines, and those that go on over a page break."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from qa.corpus.readers.pdf.glyphs import Glyphs
from qa.corpus.readers.pdf.grids import Grid
from qa.corpus.readers.pdf.lines import Line, find_lines

Cell = tuple[Line, ...]
"""The lines of a cell; none where it is empty."""

_FILLED = 0.3
"""Of a grid's cells: with fewer that have text it is the frame of a drawing."""


_SAME_EDGE_OVER = 6.0
"""Points by which the edges of a table differ from page to page."""


_BROKEN = 12
"""Characters of a cell's last line, at least, where a page break may have cut its text."""

_CLOSE = 0.5
"""Of the size: characters of a word, or of a line of Chinese, are closer."""

_ENDS = ("。", "；", ".", ";")


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """A table: its rows of cells, how many of them name its columns, and where it stands.

    first: how many characters of the page come before it
    last_page: where it goes on up to; its other places are those on its first page
    cut: whether the end of a page or column cuts its first row, and its last
    """

    page: int
    rows: tuple[tuple[Cell, ...], ...]
    heads: int
    first: int
    left: float
    right: float
    top: float
    bottom: float
    last_page: int = -1
    cut: tuple[bool, bool] = (False, False)

    @property
    def columns(self) -> int:
        """How many columns it has."""
        return len(self.rows[0])


def ruled_table(glyphs: Glyphs, page: int, grid: Grid) -> tuple[Table, NDArray[np.bool_]] | None:
    """The table in a grid, and which characters it holds; None where the grid has little text."""
    x = (glyphs.upright[:, 0] + glyphs.upright[:, 2]) / 2
    y = glyphs.baselines - 0.3 * glyphs.sizes
    inside = _by_words(grid.holds(x, y), glyphs)
    if not inside.any():
        return None
    rows = np.clip(np.searchsorted(grid.ys, y) - 1, 0, len(grid.ys) - 2)
    columns = np.clip(np.searchsorted(grid.xs, x) - 1, 0, len(grid.xs) - 2)
    owner = np.where(inside, grid.cells[rows, columns], -1)
    found: dict[int, Cell] = {
        int(cell): tuple(find_lines(glyphs.taken(owner == cell), page))
        for cell in np.unique(owner[inside])
    }
    if len(found) < _FILLED * len(np.unique(grid.cells)) or not _all_oblong(grid, found):
        return None
    table = [
        [
            () if column and cell == line[column - 1] else found.get(int(cell), ())
            for column, cell in enumerate(line)
        ]
        for line in grid.cells
    ]
    heads = _spanned_heads(grid)
    if heads > 1:
        repeated = [[found.get(int(cell), ()) for cell in line] for line in grid.cells[:heads]]
        table[:heads] = [combined(repeated)]
    kept = [tuple(row) for row in table if any(row)]
    if not kept:
        return None
    heads = 1 if heads > 1 else bold_heads(kept)
    first = int(np.flatnonzero(inside)[0])
    edges = (grid.xs[0], grid.xs[-1], grid.ys[0], grid.ys[-1])
    return Table(page, tuple(kept), heads, first, *edges, page, grid.cut), inside


def _by_words(inside: NDArray[np.bool_], glyphs: Glyphs) -> NDArray[np.bool_]:
    """The same for all of what is set close, as most of it is: tables stick out over other text."""
    left, right = glyphs.upright[:, 0], glyphs.upright[:, 2]
    parted = np.abs(left[1:] - right[:-1]) > _CLOSE * glyphs.sizes[1:]
    parted |= np.abs(np.diff(glyphs.baselines)) > _CLOSE * glyphs.sizes[1:]
    starts = np.append(0, np.flatnonzero(parted) + 1)
    counts = np.diff(np.append(starts, len(inside)))
    return np.repeat(np.add.reduceat(inside.astype(np.intp), starts) * 2 > counts, counts)


def _all_oblong(grid: Grid, chosen: Iterable[int]) -> bool:
    """Whether cells are oblong; in a drawing they are not."""
    for cell in chosen:
        rows, columns = np.nonzero(grid.cells == cell)
        if len(rows) != (np.ptp(rows) + 1) * (np.ptp(columns) + 1):
            return False
    return True


def _spanned_heads(grid: Grid) -> int:
    """How many rows name the columns, where the first has cells over several columns."""
    first = grid.cells[0]
    spans = Counter(first.tolist())
    if len(spans) < 2 or max(spans.values()) < 2 or len(grid.ys) < 4:
        return 1
    row = 1
    while row < len(grid.cells) - 1 and set(grid.cells[row].tolist()) & set(first.tolist()):
        row += 1
    return row if row > 1 else 1


def combined(rows: Sequence[Sequence[Cell]]) -> list[Cell]:
    """One row of the heads of the columns out of several: the upper ones before the lower."""
    heads: list[Cell] = []
    for column in zip(*rows, strict=True):
        cell: list[Line] = []
        for part in column:
            cell += [line for line in part if not any(line is other for other in cell)]
        heads.append(tuple(cell))
    return heads


def bold_heads(rows: Sequence[Sequence[Cell]]) -> int:
    """1 where the first row is bold and the next is not."""
    if len(rows) < 2:
        return 0
    first, second = ([line for cell in row for line in cell] for row in rows[:2])
    return int(all(line.bold for line in first) and not all(line.bold for line in second))


def joined(before: Table, table: Table) -> Table | None:
    """Two tables as one where the second is the rest of the first, in the next column or page."""
    shifted = abs(table.left - before.left) > _SAME_EDGE_OVER
    wider = abs((table.right - table.left) - (before.right - before.left)) > _SAME_EDGE_OVER
    follows = table.page == before.last_page + (not shifted)  # in the next column, or on a page
    if not follows or wider or table.columns != before.columns:
        return None
    rows = list(table.rows)
    while rows and len(table.rows) - len(rows) < len(before.rows):
        repeated = before.rows[len(table.rows) - len(rows)]
        if [_words(cell) for cell in repeated] != [_words(cell) for cell in rows[0]]:
            break
        del rows[0]
    whole = list(before.rows)
    if rows and before.cut[1] and table.cut[0]:
        whole, rows = _mended(whole, rows)
    elif rows and len(rows) == len(table.rows):
        whole, rows = _continued(whole, rows)
    cut = (before.cut[0], table.cut[1])
    return replace(before, rows=(*whole, *rows), last_page=table.page, cut=cut)


def _mended(
    rows: list[tuple[Cell, ...]], more: list[tuple[Cell, ...]]
) -> tuple[list[tuple[Cell, ...]], list[tuple[Cell, ...]]]:
    """The rows before and behind a break that parts a row."""
    rest = tuple(a + b for a, b in zip(rows[-1], more[0], strict=True))
    return [*rows[:-1], rest], more[1:]


def _continued(
    rows: list[tuple[Cell, ...]], more: list[tuple[Cell, ...]]
) -> tuple[list[tuple[Cell, ...]], list[tuple[Cell, ...]]]:
    """The rows before and behind a page break that may part a row, or a cell of several rows."""
    first, body = more[0], rows[1:] or rows
    lacking = [
        number
        for number, cell in enumerate(first)
        if not cell and sum(bool(row[number]) for row in body) > 0.8 * len(body)
    ]
    if not lacking:
        return rows, more
    above = [_words(old) for old, new in zip(rows[-1], first, strict=True) if old and new]
    broken = all(len(text) >= _BROKEN and not text.endswith(_ENDS) for text in above)
    if lacking == list(range(len(lacking))) and all(first[len(lacking) :]) and not broken:
        cells = rows[-1]  # a cell over several rows, on the page before
        while more and not any(more[0][number] for number in lacking):
            row = (*cells[: len(lacking)], *more[0][len(lacking) :])
            rows, more = [*rows, row], more[1:]
        return rows, more
    return _mended(rows, more)


def _words(cell: Cell) -> str:
    return "".join("".join(line.text.split()) for line in cell)

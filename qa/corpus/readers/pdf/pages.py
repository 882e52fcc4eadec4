"""One page of a PDF becomes lines and tables in reading order."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pypdfium2 as pdfium

from qa.corpus.readers.pdf.aligned_tables import aligned_tables
from qa.corpus.readers.pdf.frames import Frame
from qa.corpus.readers.pdf.glyphs import Glyphs
from qa.corpus.readers.pdf.grids import Grid, find_grids
from qa.corpus.readers.pdf.lines import Line, find_lines
from qa.corpus.readers.pdf.open_tables import open_regions, open_table
from qa.corpus.readers.pdf.order import in_reading_order
from qa.corpus.readers.pdf.rules import Boxes, Rule, find_rules
from qa.corpus.readers.pdf.tables import Table, ruled_table

_MARK_SIZE = (0.2, 0.6)
_MARK_GAP = (0.15, 2.0)
"""Of the size of an item: the width of its drawn mark, and the white space behind it."""


def read_blocks(
    page: pdfium.PdfPage, glyphs: Glyphs, number: int, frame: Frame
) -> list[Line | Table]:
    """The lines and tables of a page in reading order."""
    is_upright = bool(np.array_equal(glyphs.boxes, glyphs.upright))
    rows, columns, dots = (
        find_rules(page, frame) if is_upright else ([], [], np.zeros((0, 4), np.float32))
    )
    grids = find_grids(rows, columns)
    tables: list[tuple[int, Table]] = []
    left = np.arange(len(glyphs.text))
    for grid in grids:
        found = ruled_table(glyphs, number, grid)
        if found is not None and not _is_open_head(grid, grids, rows):
            left = np.setdiff1d(left, np.flatnonzero(found[1]), assume_unique=True)
            tables.append((found[0].first, found[0]))
    rest = glyphs.taken(left) if len(left) < len(glyphs.text) else glyphs
    breaks = np.flatnonzero(np.diff(left) > 1) + 1  # where a table's characters were
    lines = [
        line
        for first, last in pairwise([0, *breaks.tolist(), len(left)])
        for line in find_lines(rest.taken(slice(first, last)), number)
    ]
    starts = np.cumsum([0, *(sum(char != " " for char in line.text) for line in lines)])
    anchors: list[tuple[Line | None, Table]] = []
    for first, table in sorted(tables, key=lambda entry: entry[0]):
        place = int(np.searchsorted(starts, int(np.searchsorted(left, first))))
        anchors.append((lines[place] if place < len(lines) else None, table))
    blocks: list[Line | Table] = list(lines)
    for region in open_regions(rows, [grid for grid in grids if len(grid.ys) > 2]):
        here = [block for block in blocks if isinstance(block, Line)]
        if (opened := open_table(here, region)) is not None:
            blocks = _replaced(blocks, *opened)
    blocks = with_aligned_tables(blocks)
    for anchor, table in anchors:
        blocks.insert(_place(blocks, anchor, table), table)
    return in_reading_order(with_marks(blocks, dots))


def with_marks(blocks: Sequence[Line | Table], dots: Boxes) -> list[Line | Table]:
    """The blocks with the marks of items that are drawn, each before the line to its right."""
    found = list(blocks)
    for dot in dots:
        left, top, right, bottom = dot.tolist()
        beside = [
            (block.left, number)
            for number, block in enumerate(found)
            if isinstance(block, Line)
            and block.top < (top + bottom) / 2 < block.baseline
            and block.left >= right
        ]
        place = min(beside, default=(0.0, -1))[1]
        line = found[place] if beside else None
        if isinstance(line, Line) and _is_mark(right - left, line.left - right, line.size):
            found[place] = line.marked(dot)
    return found


def _is_mark(wide: float, apart: float, size: float) -> bool:
    """Whether a dot is as wide, and as far from its line, as the mark of an item."""
    low, high = _MARK_SIZE
    return low * size < wide < high * size and _MARK_GAP[0] * size < apart < _MARK_GAP[1] * size


def with_aligned_tables(blocks: Sequence[Line | Table]) -> list[Line | Table]:
    """The blocks with tables where lines have cells that align."""
    found = list(blocks)
    for table, held in aligned_tables([block for block in blocks if isinstance(block, Line)]):
        found = _replaced(found, table, held)
    return found


def _is_open_head(grid: Grid, grids: Sequence[Grid], rows: Sequence[Rule]) -> bool:
    """Whether a grid is only the head of a table whose rows go on below without lines."""
    below = [
        row.at
        for row in rows
        if row.at > grid.ys[-1] + 3
        and abs(row.start - grid.xs[0]) <= 3
        and abs(row.end - grid.xs[-1]) <= 3
    ]
    next_grids = [other.ys[0] for other in grids if other.ys[0] > grid.ys[-1] - 3]
    return len(grid.ys) == 2 and bool(below) and min(below) < min(next_grids, default=1e9) - 3


def _replaced(
    blocks: Sequence[Line | Table], table: Table, held: Sequence[Line]
) -> list[Line | Table]:
    """The blocks with a table in the place of its lines."""
    gone = {id(line) for line in held}
    first = next(n for n, block in enumerate(blocks) if id(block) in gone)
    kept: list[Line | Table] = [block for block in blocks[:first] if id(block) not in gone]
    return [*kept, table, *(block for block in blocks[first:] if id(block) not in gone)]


def _place(blocks: Sequence[Line | Table], anchor: Line | None, table: Table) -> int:
    """Where a table goes: before the line that follows it, or by its height."""
    if anchor is None:
        return len(blocks)
    for number, block in enumerate(blocks):
        if block is anchor:
            return number
    return next((n for n, block in enumerate(blocks) if block.top > table.top), len(blocks))

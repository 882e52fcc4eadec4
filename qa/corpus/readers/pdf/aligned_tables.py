"""Tables of a PDF of which only the places of their cells tell.

They are taken for tables where that is certain: several rows with as many cells each, short, one
below the other.
"""

import re
from collections.abc import Sequence

from qa.corpus.readers.pdf.lines import Line
from qa.corpus.readers.pdf.open_tables import columns_of
from qa.corpus.readers.pdf.tables import Table, bold_heads

_FEWEST_ROWS = 3
"""Rows of a table without lines: two may align by chance."""

_PROSE_LENGTH = 60
"""Characters; most cells of a table without lines are shorter, most lines of columns longer or
about as long."""

_SHORT = 20
"""Characters that cells have on average, where they are words: lines of three columns of a page
have more."""

_FIGURE = re.compile(r"[£$¥€+\-−–<>≤≥约約(]?\s?\d[\d,. ]{0,20}[%％‰)]?[^\d\s]{0,5}|[-–—:.…]{1,3}")


def aligned_tables(lines: Sequence[Line]) -> list[tuple[Table, list[Line]]]:
    """Tables of which only the cells' places tell, with the lines of text that they hold."""
    found: list[tuple[Table, list[Line]]] = []
    start = 0
    while start < len(lines):
        end = start
        while end < len(lines) and _follows(lines[start:end], lines[end]):
            end += 1
        run = list(lines[start:end])
        if len(run) >= _FEWEST_ROWS and (table := _aligned(run)) is not None:
            found.append((table, run))
        start = max(end, start + 1)
    return found


def _follows(run: Sequence[Line], line: Line) -> bool:
    """Whether a line can be the next row: with as many cells, each below that above it."""
    if not line.gaps:
        return False
    if not run:
        return True
    above, cells = run[-1].cells(), line.cells()
    return (
        len(above) == len(cells)
        and 0 < line.baseline - run[-1].baseline < 4 * line.size
        and all(a.left < b.right and b.left < a.right for a, b in zip(above, cells, strict=True))
    )


def _aligned(run: Sequence[Line]) -> Table | None:
    rows = [line.cells() for line in run]
    cells = [cell for row in rows for cell in row]
    columns = columns_of([[cell] for cell in cells])
    others = [cell for row in rows[1:] for cell in row[1:]]
    figures = sum(bool(_FIGURE.fullmatch(cell.text)) for cell in others) > 0.5 * len(others)
    short = sum(len(cell.text) for cell in cells) < _SHORT * len(cells)
    if (
        len(columns) != len(rows[0])
        or any(len(cell.text) > _PROSE_LENGTH for cell in cells)
        or not (figures or (short and len(columns) > 2 and len(rows) > _FEWEST_ROWS))
    ):
        return None
    table = tuple(tuple((cell,) for cell in row) for row in rows)
    edges = (columns[0][0], columns[-1][1], run[0].top, run[-1].bottom)
    return Table(run[0].page, table, bold_heads(table), 0, *edges, run[0].page)

"""A grid of cells becomes text: titles and notes as lines, tables with the heads of their columns.

A grid is what a sheet, a CSV file or a table of a slide has. Empty rows part its tables.
"""

import re
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, field

from qa.corpus.readers.sheet.heads import Cell, Row, count_heads, head_of
from qa.corpus.tables import MAX_COLUMNS

_WIDE = 2 / 3
"""Of a table's columns: a cell that is merged across so many speaks for all of them."""

_FIELD = re.compile(r"[^：:]{1,14}[：:]")
_SECTION = re.compile(
    r"[一二三四五六七八九十]{1,3}、|[（(][一二三四五六七八九十]{1,3}[）)]|第.{1,3}[章节]"
)


@dataclass(slots=True)
class Grid:
    """Rows of cells; a merged cell has its text in its upper left.

    spans: of merged cells, by row and column, how many rows and columns they take
    strong: rows that are bold or on a colour throughout
    headed: whether the first row of a table names its columns, for all that is known; None where
        that must be seen
    """

    rows: list[list[str]]
    spans: dict[Cell, Cell] = field(default_factory=dict)
    strong: set[int] = field(default_factory=set)
    headed: bool | None = None


def one_line(text: str) -> str:
    """A text without line breaks and doubled spaces."""
    return " ".join(text.split())


def table_row(cells: Sequence[str]) -> str:
    """A row of a table in the form that is parsed.

    >>> table_row(["甲|乙", ""])
    '| 甲\\\\|乙 |  |'
    """
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def grid_lines(grid: Grid) -> Iterator[str]:
    """The lines of a grid; an empty one parts paragraphs and tables."""
    heads: list[str] = []
    for region in _regions(grid):
        heads = yield from _region_lines(region, grid, heads)


def _regions(grid: Grid) -> Iterator[list[Row]]:
    """Rows with text between rows without."""
    region: list[Row] = []
    for row in _filled(grid):
        if row.sources():
            if row.own:
                region.append(row)
        elif region:
            yield region
            region = []
    if region:
        yield region


def _filled(grid: Grid) -> Iterator[Row]:
    """The rows, with merged cells filled in."""
    open_: dict[int, tuple[Cell, int, str]] = {}  # by column: where from, last row, text
    for number, cells in enumerate(grid.rows):
        if not open_ and not any(cells):
            yield Row(number, [], [], set(), strong=False)
            continue
        texts, origins = list(cells), list[Cell | None]([None] * len(cells))
        own = {column for column, text in enumerate(texts) if text}
        for column in range(len(cells)):
            span = grid.spans.get((number, column))
            if span and texts[column]:
                last = number + span[0] - 1
                for across in range(column, min(len(cells), column + span[1])):
                    open_[across] = ((number, column), last, texts[column])
            if (known := open_.get(column)) and number <= known[1]:
                origins[column], _, texts[column] = known
                own -= {column} if known[0] != (number, column) else set()
            elif known:
                del open_[column]
            if origins[column] is None and texts[column]:
                origins[column] = (number, column)
        yield Row(number, texts, origins, own, number in grid.strong)


def _region_lines(
    region: list[Row], grid: Grid, before: list[str]
) -> Generator[str, None, list[str]]:
    """The lines of one region; returns the heads of its last table."""
    first, last = 0, len(region)
    while first < last and _is_line(region[first]):
        first += 1
    while last > first and _is_line(region[last - 1]):
        last -= 1
    for row in region[:first]:
        yield from _plain(row)
    table, heads = region[first:last], before
    if table:
        columns = sorted({c for row in table for c, text in enumerate(row.texts) if text})
        heads = yield from _table(table, columns, grid, before)
    for row in region[last:]:
        yield from _plain(row)
    return heads


def _is_line(row: Row) -> bool:
    """Whether a row above or below a table is text: one cell, or names with what they are."""
    first = row.texts[min(row.own)]
    return len(row.sources()) == 1 or bool(_FIELD.match(first))


def _plain(row: Row) -> Iterator[str]:
    """The cells of a row that is no table, a line each; one that ends with a colon leads in."""
    lines = [""]
    for column in sorted(row.own):
        lines[-1] += row.texts[column]
        if not lines[-1].endswith(("：", ":")):
            lines.append("")
    for line in filter(None, lines):
        yield line
        yield ""


def _table(
    rows: list[Row], columns: list[int], grid: Grid, before: list[str]
) -> Generator[str, None, list[str]]:
    """The lines of a table; returns its heads."""
    count = count_heads(rows, columns, headed=grid.headed)
    heads = [head_of(rows[:count], column) for column in columns] if count else []
    if not heads and len(before) == len(columns):
        heads = before  # it goes on behind an empty row
    if len(rows) == 1 and not heads:
        yield _alone([rows[0].texts[column] for column in columns])
        yield ""
        return heads
    body = rows[count:]
    parts: list[tuple[str, list[list[str]]]] = [("", [])]
    for row in body:
        if _is_section(row, columns):
            parts.append((next(row.texts[column] for column in sorted(row.own)), []))
        else:
            parts[-1][1].append(_values(row, columns))
    for section, values in parts:
        if section:
            yield section
            yield ""
        if values or (heads and len(parts) == 1):
            yield from _written(heads, values)
    return heads


def _written(heads: list[str], rows: list[list[str]]) -> Iterator[str]:
    """The rows under their heads; a wide table in several, each with the first column."""
    width = len(heads or rows[0])
    bands = [list(range(min(width, MAX_COLUMNS)))]
    while bands[-1][-1] < width - 1:
        start = bands[-1][-1] + 1
        bands.append([0, *range(start, min(width, start + MAX_COLUMNS - 1))])
    for band in bands:
        if heads:
            yield table_row([heads[column] for column in band])
            yield "| " + " | ".join("---" for _ in band) + " |"
        for row in rows:
            yield table_row([row[column] for column in band])
        yield ""


def _values(row: Row, columns: Sequence[int]) -> list[str]:
    """The cells of a row. What is merged across stands in each column, but a label only once."""
    values = []
    for column in columns:
        origin = row.origins[column]
        is_label = origin is not None and origin[1] == columns[0] and column > columns[0]
        values.append("" if is_label else row.texts[column])
    return values


def _is_section(row: Row, columns: Sequence[int]) -> bool:
    """Whether a row within a table is a heading of the rows below."""
    if len(row.sources()) != 1 or not row.own:
        return False
    filled = [column for column in columns if row.origins[column]]
    text = row.texts[filled[0]]
    across = len(filled) > max(1, _WIDE * len(columns))
    return across or (len(columns) > 1 and filled[0] == columns[0] and bool(_SECTION.match(text)))


def _alone(cells: Sequence[str]) -> str:
    """A row that is no table."""
    filled = [cell for cell in cells if cell]
    if len(filled) == 2:
        return filled[0].rstrip("：:") + "：" + filled[1]
    return "；".join(filled)

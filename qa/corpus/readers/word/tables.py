"""Tables of a Word file: cells that span others are repeated, so that each row reads alone."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from qa.corpus.readers.word.lines import join
from qa.corpus.readers.word.package import Element
from qa.corpus.readers.word.runs import DROPPED
from qa.corpus.readers.word.styles import W, integer, is_on, value

MAX_COLUMNS = 63
"""Columns of a Word table."""

_HEAD_ROWS = 3
"""Rows of a head that spanning cells make."""

_HEAD_LENGTH = 40
"""Characters of a column's head; longer ones are a form's text."""

_FIGURE = re.compile(r"[£$¥€+−–<>≤≥约約-]{0,2}\s?\d[\d,.]{0,20}\s?(?:[%％‰]|[^\d\s]{0,5})$")
_BARE = re.compile(r"[\d.,]{1,20}[%％]?$")
_YEAR = re.compile(r"(?:19|20)\d\d(?:\s?年.{0,4})?$")
_SENTENCE = re.compile(r"[。；;！？：:]$")
_WRAPPERS = frozenset(W + name for name in "sdt sdtContent customXml ins moveTo smartTag".split())


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell as it stands in the file: its place in the grid, and where it goes on."""

    element: Element
    column: int
    span: int
    goes_on: bool  # it is a part of the cell above it


@dataclass(frozen=True, slots=True)
class Table:
    """The texts of a table: head (at most one row), rows, and lines around it."""

    above: list[str]
    head: list[str]
    rows: list[list[str]]
    below: list[str]


def rows_of(table: Element) -> list[tuple[list[Cell], bool]]:
    """The rows of a table that changes have left, each with whether it is a head."""
    found = []
    for row in _inside(table, f"{W}tr"):
        properties = row.find(f"{W}trPr")
        if properties is not None and properties.find(f"{W}del") is not None:
            continue
        column = min(integer(value(properties, "gridBefore")) or 0, MAX_COLUMNS)
        cells: list[Cell] = []
        for element in _inside(row, f"{W}tc"):
            own = element.find(f"{W}tcPr")
            if own is not None and own.find(f"{W}cellDel") is not None:
                continue
            span = max(1, min(integer(value(own, "gridSpan")) or 1, MAX_COLUMNS - column))
            if _merge(own, "hMerge") == "continue" and cells:
                last = cells.pop()
                cells.append(Cell(last.element, last.column, last.span + span, last.goes_on))
            elif column < MAX_COLUMNS:
                cells.append(Cell(element, column, span, _merge(own, "vMerge") == "continue"))
            column += span
        if cells:
            found.append((cells, bool(is_on(properties, "tblHeader"))))
    return found


def _merge(properties: Element | None, name: str) -> str:
    """What a cell says of a merge: restart, continue or nothing."""
    element = properties.find(W + name) if properties is not None else None
    return "" if element is None else str(element.get(f"{W}val", "continue"))


def _inside(parent: Element, tag: str) -> Iterator[Element]:
    for element in parent:
        if element.tag == tag:
            yield element
        elif element.tag in _WRAPPERS and element.tag not in DROPPED:
            yield from _inside(element, tag)


def is_layout(rows: Sequence[tuple[Sequence[Cell], bool]]) -> bool:
    """Whether a table only places text: it has one row or one column."""
    return len(rows) == 1 or all(len(cells) == 1 for cells, _ in rows)


def read_table(
    rows: Sequence[tuple[Sequence[Cell], bool]], read: Callable[[Element], str]
) -> Table:
    """Read a table with the text of its cells. `read` is called once a cell, in their order."""
    starts = sorted({cell.column for cells, _ in rows for cell in cells})
    grid: list[list[str]] = []
    wholes: list[str] = []  # for each row the text of its only cell, where that spans the table
    for cells, _ in rows:
        above = grid[-1] if grid else [""] * len(starts)
        line = [""] * len(starts)
        for cell in cells:
            text = read(cell.element)
            places = [i for i, s in enumerate(starts) if cell.column <= s < cell.column + cell.span]
            for place in places:
                line[place] = above[place] if cell.goes_on and not text else text
        whole = len(cells) == 1 and not cells[0].goes_on and cells[0].span > 1
        wholes.append(line[0] if whole else "")
        grid.append(line)
    return _arranged(rows, grid, wholes)


def _arranged(
    rows: Sequence[tuple[Sequence[Cell], bool]], grid: list[list[str]], wholes: list[str]
) -> Table:
    """Take titles and notes that span a table out of it, and find its head."""
    first, last = 0, len(grid)
    while first < last and (wholes[first] or not any(grid[first])):
        first += 1
    while last > first and (wholes[last - 1] or not any(grid[last - 1])):
        last -= 1
    above = [line for line in wholes[:first] if line]
    below = [line for line in wholes[last:] if line]
    used = [place for place in range(len(grid[0])) if any(line[place] for line in grid[first:last])]
    heads = _head_rows(rows[first:last], grid[first:last])
    body = []
    for number in range(first + heads, last):
        line = [grid[number][place] for place in used]
        if wholes[number]:
            line = [wholes[number], *[""] * (len(used) - 1)]
        if any(line):
            body.append(line)
    head = [_stacked([line[place] for line in grid[first : first + heads]]) for place in used]
    return Table(above, head if heads else [], body, below)


def _head_rows(rows: Sequence[tuple[Sequence[Cell], bool]], grid: Sequence[Sequence[str]]) -> int:
    """How many rows are heads of columns; those that say so, or the first if it looks like one."""
    marked = 0
    while marked < len(rows) - 1 and rows[marked][1]:
        marked += 1
    if marked or len(rows) < 2:
        return marked
    heads = 1
    while heads < min(_HEAD_ROWS, len(rows) - 1) and _hangs_on(rows[heads - 1][0], rows[heads][0]):
        heads += 1
    return heads if name_columns(grid[:heads], grid[heads:]) else 0


def _hangs_on(above: Sequence[Cell], below: Sequence[Cell]) -> bool:
    """Whether a row parts the spanning heads above it, and other heads reach down into it."""
    return any(cell.span > 1 for cell in above) and any(cell.goes_on for cell in below)


def name_columns(heads: Sequence[Sequence[str]], rows: Sequence[Sequence[str]]) -> bool:
    """Whether lines could be the heads of rows: short, no sentences, with fewer figures."""
    usual = sorted(map(_figures, rows))[len(rows) // 2]
    return all(
        sum(map(bool, line)) >= min(2, len(line))
        and (_figures(line) == 0 or _figures(line) < usual)  # 20 ft, above rows of prices
        and not any(len(x) > _HEAD_LENGTH or _SENTENCE.search(x) or _is_number(x) for x in line)
        for line in heads
    )


def _is_number(text: str) -> bool:
    return bool(_BARE.match(text)) and not _YEAR.match(text)


def _figures(line: Sequence[str]) -> int:
    return sum(bool(_FIGURE.match(text)) and not _YEAR.match(text) for text in line)


def _stacked(texts: Sequence[str]) -> str:
    """The heads over one column, the widest first; what spans them is said once."""
    return " ".join(dict.fromkeys(text for text in texts if text))


def join_cell(lines: Sequence[str]) -> str:
    """The lines of a cell as one: 序 / 号 is a word, sentences follow on one another."""
    joined = ""
    for line in lines:
        tight = not joined or min(len(joined), len(line)) == 1 or joined[-1] in "，、；。：（《"
        joined = join([joined, line]) if tight else f"{joined} {line}"
    return joined


def as_row(cells: Sequence[str]) -> str:
    """A row in the form of the text.

    >>> as_row(["一档", "6|7"])
    '| 一档 | 6\\\\|7 |'
    """
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"

"""Tables of a PDF between horizontal lines, without vertical ones."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from qa.corpus.readers.pdf.grids import Grid
from qa.corpus.readers.pdf.lines import Line
from qa.corpus.readers.pdf.rules import Rule
from qa.corpus.readers.pdf.tables import Cell, Table, combined

_SAME_EDGE = 3.0
"""Points by which the ends of one table's lines differ."""

_CHANNEL = 0.6
"""Of the size: white space down all rows that parts columns; words are parted by half of that."""

_FEWEST_RULES = 3
"""Lines of a table without vertical ones: above, below, and under the heads of its columns."""

_FEWEST_ROWS = 3
"""Rows of a table without lines: two may align by chance."""


def open_regions(rules: Sequence[Rule], grids: Sequence[Grid]) -> list[list[Rule]]:
    """Groups of horizontal lines of the same length that hold a table without vertical ones."""
    left = sorted(rules, key=lambda rule: rule.at)
    groups: list[list[Rule]] = []
    while left:
        alike = [
            rule
            for rule in left
            if abs(rule.start - left[0].start) <= _SAME_EDGE
            and abs(rule.end - left[0].end) <= _SAME_EDGE
        ]
        left = [rule for rule in left if rule not in alike]
        if len(alike) >= _FEWEST_RULES and not any(_covers(grid, alike) for grid in grids):
            groups.append(alike)
    return groups


def _covers(grid: Grid, rules: Sequence[Rule]) -> bool:
    """Whether a grid has what lies between the lines."""
    inside = sum(grid.ys[0] - _SAME_EDGE <= rule.at <= grid.ys[-1] + _SAME_EDGE for rule in rules)
    return inside > len(rules) / 2 and len(grid.ys) > 2


def open_table(lines: Sequence[Line], rules: Sequence[Rule]) -> tuple[Table, list[Line]] | None:
    """The table between horizontal lines, and the lines of text that it holds."""
    while len(rules) > _FEWEST_RULES and _is_heading(lines, rules[0].at, rules[1].at):
        rules = rules[1:]
    top, under_heads, bottom = rules[0], rules[1], rules[-1]
    inside = [
        line
        for line in lines
        if top.at < line.baseline <= bottom.at
        and line.left >= top.start - _SAME_EDGE
        and line.right <= top.end + _SAME_EDGE
    ]
    body = [line for line in inside if line.baseline > under_heads.at]
    if not body:
        return None
    bands = _banded(body, [rule.at for rule in rules[1:]])
    rows = bands or _rows(body)
    columns = columns_of(rows)
    placed = [_placed(row, columns) for row in rows]
    whole = sum(sum(map(bool, row)) > 1 for row in placed)
    if whole < 2 or _is_prose(rows, columns):
        return None
    heads = [line for line in inside if line.baseline <= under_heads.at]
    head = combined([_placed(row, columns, spread=True) for row in _rows(heads)] or [[]])
    placed = placed if bands else _unwrapped(placed)
    table = [tuple(row) for row in ([head] if any(head) else []) + placed]
    edges = (top.start, top.end, top.at, bottom.at, inside[0].page)
    return Table(inside[0].page, tuple(table), int(any(head)), 0, *edges), inside


def _is_heading(lines: Sequence[Line], top: float, bottom: float) -> bool:
    """Whether no more than a line without cells stands between two heights."""
    between = [line for line in lines if top < line.baseline <= bottom]
    return len(between) < 2 and not any(line.gaps for line in between)


def _banded(lines: Sequence[Line], ys: Sequence[float]) -> list[list[Line]]:
    """The cells of lines between one horizontal line and the next; none where some are empty."""
    bands: list[list[Line]] = [[] for _ in ys[1:]]
    for line in lines:
        number = int(np.searchsorted(ys, line.baseline)) - 1
        bands[min(max(number, 0), len(bands) - 1)].append(line)
    return bands if len(bands) >= _FEWEST_ROWS and all(bands) else []


def _rows(lines: Sequence[Line]) -> list[list[Line]]:
    """The lines by the baselines that they share, from top to bottom."""
    rows: list[list[Line]] = []
    for line in sorted(lines, key=lambda line: line.baseline):
        if rows and line.baseline - rows[-1][0].baseline <= 0.3 * line.size:
            rows[-1].append(line)
        else:
            rows.append([line])
    return [sorted(row, key=lambda line: line.left) for row in rows]


def columns_of(rows: Sequence[Sequence[Line]]) -> list[tuple[float, float]]:
    """Where text stands, as intervals that white space parts in every row."""
    columns: list[tuple[float, float]] = []
    words = [word for row in rows for line in row for word in _words_of(line)]
    size = max(line.size for row in rows for line in row)
    for left, right in sorted(words):
        if columns and left <= columns[-1][1] + _CHANNEL * size:
            columns[-1] = (columns[-1][0], max(columns[-1][1], right))
        else:
            columns.append((left, right))
    return columns


def _words_of(line: Line) -> list[tuple[float, float]]:
    """From where to where the words of a line go."""
    starts = [0, *(place for place in range(1, len(line.text)) if line.text[place - 1] == " ")]
    ends = [*(start - 2 for start in starts[1:]), len(line.text) - 1]
    return [
        (float(line.upright[start, 0]), float(line.upright[end, 2]))
        for start, end in zip(starts, ends, strict=True)
        if end >= start
    ]


def _is_prose(rows: Sequence[Sequence[Line]], columns: Sequence[tuple[float, float]]) -> bool:
    """Whether the columns are those of a page: lines that mostly fill them."""
    cells = [
        (number, line)
        for row in rows
        for number, cell in enumerate(_placed(row, columns))
        for line in cell
    ]
    filled = sum(
        line.right - line.left > 0.8 * (columns[number][1] - columns[number][0])
        for number, line in cells
    )
    long = sum(len(line.text) for _, line in cells) > 15 * len(cells)
    return len(columns) < 4 and long and filled > 0.5 * len(cells) and len(rows) > 4


def _placed(
    row: Sequence[Line], columns: Sequence[tuple[float, float]], *, spread: bool = False
) -> list[Cell]:
    """The lines of a row, cut at the columns; `spread` puts a cell over several in each."""
    cells: list[list[Line]] = [[] for _ in columns]
    for line in row:
        if spread:
            for part in _parts(line, columns):
                for number in _columns_shared(part, columns):
                    cells[number].append(part)
            continue
        for number, part in _cut_at(line, columns):
            cells[number].append(part)
    return [tuple(cell) for cell in cells]


def _parts(line: Line, columns: Sequence[tuple[float, float]]) -> list[Line]:
    """The heads in a line: its cells, cut also where a space stands between two columns."""
    words = _words_of(line)
    starts = [place for place in range(1, len(line.text)) if line.text[place - 1] == " "]
    cuts = {0, len(line.text), *line.gaps}
    for start, (before, after) in zip(starts, pairwise(words), strict=False):
        wide = after[0] - before[1] > _CHANNEL * line.size
        if wide and any(before[1] < b[0] and a[1] < after[0] for a, b in pairwise(columns)):
            cuts.add(start)
    return [line.part(first, last) for first, last in pairwise(sorted(cuts))]


def _columns_shared(line: Line, columns: Sequence[tuple[float, float]]) -> list[int]:
    """The columns that a cell shares width with, or the nearest."""
    shared = [min(line.right, right) - max(line.left, left) for left, right in columns]
    return [number for number, width in enumerate(shared) if width > 0] or [int(np.argmax(shared))]


def _cut_at(line: Line, columns: Sequence[tuple[float, float]]) -> list[tuple[int, Line]]:
    """The parts of a line, each with the number of its column."""
    middles = (line.upright[:, 0] + line.upright[:, 2]) / 2
    edges = [(a[1] + b[0]) / 2 for a, b in pairwise(columns)]
    numbers = np.searchsorted(edges, middles)
    starts = [0, *(np.flatnonzero(np.diff(numbers)) + 1).tolist(), len(numbers)]
    return [
        (int(numbers[first]), line.part(first, last))
        for first, last in pairwise(starts)
        if line.text[first:last].strip()
    ]


def _unwrapped(rows: Sequence[Sequence[Cell]]) -> list[list[Cell]]:
    """The rows; one whose first cell is empty, and that has few cells, goes on the one before."""
    found: list[list[Cell]] = []
    for row in rows:
        filled = sum(bool(cell) for cell in row)
        if found and not row[0] and filled <= len(row) / 2:
            found[-1] = [a + b for a, b in zip(found[-1], row, strict=True)]
        else:
            found.append(list(row))
    return found

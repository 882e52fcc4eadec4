"""The ruled lines of a page of a PDF, and the grids that they make.

A grid's cells may span several rows and columns: where no line parts two of them they are one.
"""

import ctypes
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c
from numpy.typing import NDArray

from qa.corpus.readers.pdf.frames import Frame

_THICKNESS = 3.0
"""Points; a filled rectangle that is thinner is a line."""

_LENGTH = 6.0
"""Points; a shorter line parts nothing: the lowest row of a table is higher than that."""

_TOLERANCE = 3.0
"""Points; lines that meet in a corner miss it by up to that, and double lines lie so close."""

_MOST_OBJECTS = 60_000
_MOST_BOXES = 20_000
_MOST_RULES = 1_000
"""A page with more of them holds a drawing: browsers draw every side of each cell, but of the
longest table some hundred lines remain when those are joined."""

_MOST_CELLS = 4_000
_DEEPEST = 4  # forms within forms

Matrix = tuple[float, float, float, float, float, float]
_IDENTITY: Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Rule:
    """A line along an axis: at y (or x) `at`, from `start` to `end`, in points as shown."""

    at: float
    start: float
    end: float


@dataclass(frozen=True, slots=True, eq=False)
class Grid:
    """A table's lines.

    xs, ys: where its columns and rows part, ascending
    cells: (rows, columns) the number of the cell that each square belongs to
    """

    xs: tuple[float, ...]
    ys: tuple[float, ...]
    cells: NDArray[np.intp]

    def holds(self, x: NDArray[np.floating], y: NDArray[np.floating]) -> NDArray[np.bool_]:
        """Which points lie inside."""
        return (self.xs[0] <= x) & (x <= self.xs[-1]) & (self.ys[0] <= y) & (y <= self.ys[-1])


def find_rules(page: pdfium.PdfPage, frame: Frame) -> tuple[list[Rule], list[Rule]]:
    """The horizontal and the vertical lines of a page; none where they are a drawing."""
    boxes: list[tuple[float, float, float, float]] = []
    left = _MOST_OBJECTS
    count = min(pdfium_c.FPDFPage_CountObjects(page), _MOST_OBJECTS)
    stack: list[tuple[object, Matrix, int]] = [
        (pdfium_c.FPDFPage_GetObject(page, number), _IDENTITY, 0) for number in range(count)
    ]
    while stack and left > 0 and len(boxes) <= _MOST_BOXES:
        item, matrix, depth = stack.pop()
        left -= 1
        kind = pdfium_c.FPDFPageObj_GetType(item)
        if kind == pdfium_c.FPDF_PAGEOBJ_PATH:
            boxes += _thin_boxes(item, _product(_matrix(item), matrix))
        elif kind == pdfium_c.FPDF_PAGEOBJ_FORM and depth < _DEEPEST:
            inner = _product(_matrix(item), matrix)
            count = min(pdfium_c.FPDFFormObj_CountObjects(item), left)
            stack += [
                (pdfium_c.FPDFFormObj_GetObject(item, number), inner, depth + 1)
                for number in range(count)
            ]
    if not boxes or len(boxes) > _MOST_BOXES:
        return [], []
    shown = frame.shown(np.array(boxes, np.float64))
    rows: list[Rule] = []
    columns: list[Rule] = []
    for x0, y0, x1, y1 in shown.tolist():
        if x1 - x0 >= max(_LENGTH, y1 - y0):
            rows.append(Rule((y0 + y1) / 2, x0, x1))
        elif y1 - y0 >= _LENGTH:
            columns.append(Rule((x0 + x1) / 2, y0, y1))
    rows, columns = _merged(rows), _merged(columns)
    return (rows, columns) if len(rows) + len(columns) <= _MOST_RULES else ([], [])


def _matrix(item: object) -> Matrix:
    found = pdfium_c.FS_MATRIX()
    pdfium_c.FPDFPageObj_GetMatrix(item, found)
    return (found.a, found.b, found.c, found.d, found.e, found.f)


def _product(first: Matrix, then: Matrix) -> Matrix:
    a, b, c, d, e, f = first
    p, q, r, s, t, u = then
    return (
        a * p + b * r, a * q + b * s, c * p + d * r, c * q + d * s,
        e * p + f * r + t, e * q + f * s + u,
    )  # fmt: skip


def _thin_boxes(path: object, matrix: Matrix) -> Iterator[tuple[float, float, float, float]]:
    """The lines along an axis that a path draws, as boxes of left, bottom, right, top."""
    fill, stroke = ctypes.c_int(), ctypes.c_int()
    pdfium_c.FPDFPath_GetDrawMode(path, fill, stroke)
    if not (fill.value or stroke.value):
        return  # it only clips
    for outline in _outlines(path, matrix):
        xs, ys = [x for x, _ in outline], [y for _, y in outline]
        box = (min(xs), min(ys), max(xs), max(ys))
        if min(box[2] - box[0], box[3] - box[1]) <= _THICKNESS:
            yield box
        elif stroke.value:
            for (x0, y0), (x1, y1) in pairwise(outline):
                if min(abs(x1 - x0), abs(y1 - y0)) <= _THICKNESS / 2:
                    yield min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)


def _outlines(path: object, matrix: Matrix) -> Iterator[list[tuple[float, float]]]:
    """The parts of a path that are made of straight lines only."""
    a, b, c, d, e, f = matrix
    x, y = ctypes.c_float(), ctypes.c_float()
    outline: list[tuple[float, float]] = []
    straight = True
    for number in range(min(pdfium_c.FPDFPath_CountSegments(path), _MOST_BOXES)):
        segment = pdfium_c.FPDFPath_GetPathSegment(path, number)
        kind = pdfium_c.FPDFPathSegment_GetType(segment)
        pdfium_c.FPDFPathSegment_GetPoint(segment, x, y)
        if kind == pdfium_c.FPDF_SEGMENT_MOVETO:
            if straight and len(outline) > 1:
                yield outline
            outline, straight = [], True
        straight = straight and kind != pdfium_c.FPDF_SEGMENT_BEZIERTO
        outline.append((a * x.value + c * y.value + e, b * x.value + d * y.value + f))
        if pdfium_c.FPDFPathSegment_GetClose(segment):
            outline.append(outline[0])
    if straight and len(outline) > 1:
        yield outline


def _merged(rules: list[Rule]) -> list[Rule]:
    """Lines that go on in one another, as those of cells side by side, are one."""
    found: list[Rule] = []
    ordered = sorted(rules, key=lambda rule: rule.at)
    first = 0
    while first < len(ordered):
        last = first
        while last < len(ordered) and ordered[last].at - ordered[first].at <= _TOLERANCE:
            last += 1
        level = sorted(ordered[first:last], key=lambda rule: rule.start)
        at = sum(rule.at for rule in level) / len(level)
        start, end = level[0].start, level[0].end
        for rule in level[1:]:
            if rule.start > end + _TOLERANCE:
                found.append(Rule(at, start, end))
                start, end = rule.start, rule.end
            end = max(end, rule.end)
        found.append(Rule(at, start, end))
        first = last
    return found


def _levels(values: Sequence[float]) -> list[tuple[float, float]]:
    """Groups of values that lie close, as their least and greatest."""
    groups: list[tuple[float, float]] = []
    for value in sorted(values):
        if groups and value - groups[-1][0] <= _TOLERANCE:
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
        row.start - _TOLERANCE <= column.at <= row.end + _TOLERANCE
        and column.start - _TOLERANCE <= row.at <= column.end + _TOLERANCE
    )


def _grid(rows: Sequence[Rule], columns: Sequence[Rule]) -> Grid | None:
    """The grid of lines that meet, with sides that are not drawn where all its rows end."""
    if len(rows) < 2:
        return None
    left, right = min(row.start for row in rows), max(row.end for row in rows)
    ys = [sum(level) / 2 for level in _levels([row.at for row in rows])]
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
    return Grid(tuple(xs), tuple(ys), cells) if len(np.unique(cells)) > 1 else None


def _parts(rules: Sequence[Rule], at: float, along: float) -> bool:
    """Whether one of the lines runs there."""
    return any(
        abs(rule.at - at) <= _TOLERANCE and rule.start <= along <= rule.end for rule in rules
    )

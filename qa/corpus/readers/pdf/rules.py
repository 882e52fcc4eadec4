"""What is drawn on a page of a PDF: ruled lines, and the marks of items."""

import ctypes
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c
from numpy.typing import NDArray

from qa.corpus.readers.pdf.frames import Frame

_THICKNESS = 3.0
"""Points; a filled rectangle that is thinner is a line."""

LENGTH = 6.0
"""Points; a shorter line parts nothing: the lowest row of a table is higher than that."""

TOLERANCE = 3.0
"""Points; lines that meet in a corner miss it by up to that, and double lines lie so close."""

_MOST_OBJECTS = 60_000
_MOST_BOXES = 20_000
_MOST_RULES = 1_000
"""A page with more of them holds a drawing: browsers draw every side of each cell, but of the
longest table some hundred lines remain when those are joined."""

_DEEPEST = 4  # forms within forms

_SMALLEST_DOT, _LARGEST_DOT = 1.5, 8.0  # points
_MOST_DOTS = 100  # of a page with lists; more are a drawing

Boxes = NDArray[np.float32]
Box = tuple[float, float, float, float]
Matrix = tuple[float, float, float, float, float, float]
_IDENTITY: Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Rule:
    """A line along an axis: at y (or x) `at`, from `start` to `end`, in points as shown."""

    at: float
    start: float
    end: float


def find_rules(page: pdfium.PdfPage, frame: Frame) -> tuple[list[Rule], list[Rule], Boxes]:
    """The horizontal and the vertical lines of a page, and its (n, 4) dots; none of a drawing."""
    boxes: list[Box] = []
    dots: list[Box] = []
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
            dots += _dot(item, matrix)
        elif kind == pdfium_c.FPDF_PAGEOBJ_FORM and depth < _DEEPEST:
            inner = _product(_matrix(item), matrix)
            count = min(pdfium_c.FPDFFormObj_CountObjects(item), left)
            stack += [
                (pdfium_c.FPDFFormObj_GetObject(item, number), inner, depth + 1)
                for number in range(count)
            ]
    dots = dots if len(dots) <= _MOST_DOTS else []
    marks = frame.shown(np.array(dots, np.float64).reshape(-1, 4))
    if len(boxes) > _MOST_BOXES:
        return [], [], marks
    shown = frame.shown(np.array(boxes, np.float64).reshape(-1, 4))
    rows: list[Rule] = []
    columns: list[Rule] = []
    for x0, y0, x1, y1 in shown.tolist():
        if x1 - x0 >= max(LENGTH, y1 - y0):
            rows.append(Rule((y0 + y1) / 2, x0, x1))
        elif y1 - y0 >= LENGTH:
            columns.append(Rule((x0 + x1) / 2, y0, y1))
    rows, columns = _merged(rows), _merged(columns)
    return (rows, columns, marks) if len(rows) + len(columns) <= _MOST_RULES else ([], [], marks)


def _dot(path: object, matrix: Matrix) -> list[Box]:
    """The box of a path as small, and as wide as high, as browsers draw the mark of an item."""
    sides = [ctypes.c_float() for _ in range(4)]
    pdfium_c.FPDFPageObj_GetBounds(path, *sides)
    left, bottom, right, top = (side.value for side in sides)
    wide, high = right - left, top - bottom
    if not _SMALLEST_DOT <= wide <= _LARGEST_DOT or abs(wide - high) > 0.1 * wide:
        return []
    a, b, c, d, e, f = matrix
    xs, ys = (
        (a * left + c * bottom + e, a * right + c * top + e),
        (b * left + d * bottom + f, b * right + d * top + f),
    )
    return [(min(xs), min(ys), max(xs), max(ys))]


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


def _thin_boxes(path: object, matrix: Matrix) -> Iterator[Box]:
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
        while last < len(ordered) and ordered[last].at - ordered[first].at <= TOLERANCE:
            last += 1
        level = sorted(ordered[first:last], key=lambda rule: rule.start)
        at = sum(rule.at for rule in level) / len(level)
        start, end = level[0].start, level[0].end
        for rule in level[1:]:
            if rule.start > end + TOLERANCE:
                found.append(Rule(at, start, end))
                start, end = rule.start, rule.end
            end = max(end, rule.end)
        found.append(Rule(at, start, end))
        first = last
    return found

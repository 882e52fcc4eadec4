"""The pieces of writing found in a picture become lines, in the order in which they are read.

Pieces that stand beside one another are one line. Two columns are read one after the other only
where a clear gutter parts prose on both sides; the cells of a table stay in their row.
"""

import math
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from qa.corpus.readers.scan.rules import Grid

_SAME_ROW = 0.5
"""Of the lower piece's height: how far the middles of the pieces of a row may differ."""

_GAP = 0.35
"""Of the size: a gap between pieces that is a space. Detection cuts Chinese lines closer."""

_WIDE_SIGNS = dict(zip(",;:?!()", "，；：？！（）", strict=True))

_FEWEST_ROWS = 6
"""Lines on either side of a gutter, at least: fewer are a table, or chance."""

_PROSE_WIDTH = 0.6
"""Of a column's width: what most of its lines fill, where it is prose and not a table's cells."""

_MIDDLE = (0.2, 0.8)
"""Of the text's width: where a gutter lies; that of three columns at a third."""

_GUTTER = 0.8
"""Of the size: how wide a gutter is at least."""


@dataclass(frozen=True, slots=True, eq=False)
class ScannedLine:
    """A line that was read.

    confidence: from 0 to 1, the mean of its characters'
    boxes: (characters, 4) float32: left, top, right, bottom in pixels of the picture as given; the
        box of a space is the gap itself, so a wide one parts cells
    """

    text: str
    confidence: float
    boxes: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class ScannedPage:
    """The lines of a page in reading order.

    angle: radians by which the writing is turned clockwise, up to pi for one upside down
    grids: the ruled tables, in pixels of the picture when it is turned back about its corner
    """

    lines: list[ScannedLine] = field(default_factory=list)
    angle: float = 0.0
    grids: list[Grid] = field(default_factory=list)


def is_wide(character: str) -> bool:
    """Whether a character takes a square, as Chinese ones and their punctuation do."""
    return unicodedata.east_asian_width(character) in "WF"


def turned(boxes: NDArray[np.float32], angle: float) -> NDArray[np.float32]:
    """Boxes turned clockwise about the origin, each about its middle by the nearest right angle."""
    middles = (boxes[:, :2] + boxes[:, 2:]) / 2
    halves = (boxes[:, 2:] - boxes[:, :2]) / 2
    cosine, sine = math.cos(angle), math.sin(angle)
    middles = middles @ np.array([[cosine, sine], [-sine, cosine]])
    if round(angle / (math.pi / 2)) % 2:
        halves = halves[:, ::-1]
    return np.hstack([middles - halves, middles + halves]).astype(np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class Piece:
    """Writing that was found as one, its boxes turned upright.

    confidences: (characters,)
    box: left, top, right, bottom of all of it
    """

    text: str
    confidences: NDArray[np.float32]
    boxes: NDArray[np.float32]
    box: tuple[float, float, float, float]

    @property
    def middle(self) -> float:
        """Where its middle is, from the top."""
        return (self.box[1] + self.box[3]) / 2

    @property
    def height(self) -> float:
        """Its height, which is about its size."""
        return self.box[3] - self.box[1]


def in_lines(pieces: Sequence[Piece], angle: float, grids: Sequence[Grid]) -> ScannedPage:
    """Join the pieces of a page to its lines."""
    if not pieces:
        return ScannedPage()
    lines = [_joined(row, angle) for part in _parts(pieces) for row in rows_of(part)]
    return ScannedPage(lines, angle, list(grids))


def rows_of(pieces: Sequence[Piece]) -> list[list[Piece]]:
    """The pieces row by row, each from left to right."""
    rows: list[list[Piece]] = []
    for piece in sorted(pieces, key=lambda piece: piece.middle):
        for row in reversed(rows[-3:]):
            if all(_are_beside(piece, other) for other in row):
                row.append(piece)
                break
        else:
            rows.append([piece])
    rows.sort(key=lambda row: sum(piece.middle for piece in row) / len(row))
    return [sorted(row, key=lambda piece: piece.box[0]) for row in rows]


def _are_beside(piece: Piece, other: Piece) -> bool:
    lower = min(piece.height, other.height)
    overlap = min(piece.box[2], other.box[2]) - max(piece.box[0], other.box[0])
    return abs(piece.middle - other.middle) < _SAME_ROW * lower and overlap < lower


def _joined(row: Sequence[Piece], angle: float) -> ScannedLine:
    texts, boxes = [row[0].text], [row[0].boxes]
    for before, piece in pairwise(row):
        left, right = before.box[2], piece.box[0]
        size = min(before.height, piece.height)
        both_wide = is_wide(before.text[-1]) and is_wide(piece.text[0])
        if right - left > _GAP * size or not both_wide:
            texts.append(" ")
            gap = [min(left, right), piece.box[1], max(left, right), piece.box[3]]
            boxes.append(np.array([gap], dtype=np.float32))
        texts.append(piece.text)
        boxes.append(piece.boxes)
    confidences = np.concatenate([piece.confidences for piece in row])
    text, places = _with_wide_signs("".join(texts)), np.concatenate(boxes)
    kept = [number for number in range(len(text)) if not _is_idle(text, places, number)]
    return ScannedLine(
        "".join(text[number] for number in kept),
        float(confidences.mean()),
        turned(places[kept], angle),
    )


def _is_idle(text: str, places: NDArray[np.float32], number: int) -> bool:
    """Whether a character is a space that only the half empty square of a Chinese sign makes."""
    if text[number] != " " or not 0 < number < len(text) - 1:
        return False
    before, after = text[number - 1], text[number + 1]
    wide_sign = any(is_wide(sign) and not sign.isalnum() for sign in (before, after))
    left, top, right, bottom = places[number]
    return wide_sign and is_wide(before) and is_wide(after) and right - left < bottom - top


def _with_wide_signs(text: str) -> str:
    """The text with the signs of Chinese type beside Chinese, where both kinds look the same."""
    found = list(text)
    for number, sign in enumerate(text):
        if sign in _WIDE_SIGNS:
            before = found[number - 1] if number else ""
            beside = text[number + 1 : number + 2] if sign == "(" else before
            if beside and is_wide(beside):
                found[number] = _WIDE_SIGNS[sign]
    return "".join(found)


def _parts(pieces: Sequence[Piece]) -> list[list[Piece]]:
    """The parts of a page that are read one after another: all of it, or columns and what is
    between them."""
    gutter = _gutter(pieces) if len(pieces) >= 2 * _FEWEST_ROWS else None
    if gutter is None:
        return [list(pieces)]
    parts: list[list[Piece]] = []
    left: list[Piece] = []
    right: list[Piece] = []
    for row in rows_of(pieces):
        if all(piece.box[2] <= gutter or piece.box[0] >= gutter for piece in row):
            left.extend(piece for piece in row if piece.box[2] <= gutter)
            right.extend(piece for piece in row if piece.box[0] >= gutter)
            continue
        parts += [*_parts(left), *_parts(right), row]
        left, right = [], []
    return [part for part in (*parts, *_parts(left), *_parts(right)) if part]


def _gutter(pieces: Sequence[Piece]) -> float | None:
    """Where a gutter parts two columns of prose, None where none does."""
    size = float(np.median([piece.height for piece in pieces]))
    first = min(piece.box[0] for piece in pieces)
    width = max(piece.box[2] for piece in pieces) - first
    places = np.arange(first + _MIDDLE[0] * width, first + _MIDDLE[1] * width, size / 4)
    if not len(places):
        return None
    lefts = np.array([piece.box[0] for piece in pieces])[:, None]
    rights = np.array([piece.box[2] for piece in pieces])[:, None]
    half = _GUTTER * size / 2
    crossing = ((lefts < places + half) & (rights > places - half)).sum(axis=0)
    best = np.flatnonzero(crossing == crossing.min())
    place = float(places[best[len(best) // 2]])
    sides = [
        [piece for piece in pieces if piece.box[2] <= place],
        [piece for piece in pieces if piece.box[0] >= place],
    ]
    if crossing.min() > min(map(len, sides)) / 2:
        return None
    return place if all(_is_prose(rows_of(side)) or _has_gutter(side) for side in sides) else None


def _has_gutter(pieces: Sequence[Piece]) -> bool:
    return len(pieces) >= 2 * _FEWEST_ROWS and _gutter(pieces) is not None


def _is_prose(rows: Sequence[Sequence[Piece]]) -> bool:
    """Whether the rows of one side are lines that fill a column."""
    if len(rows) < _FEWEST_ROWS:
        return False
    lefts = sorted(row[0].box[0] for row in rows)
    rights = sorted(row[-1].box[2] for row in rows)
    width = rights[len(rights) * 9 // 10] - lefts[len(lefts) // 10]
    full = sum(row[-1].box[2] - row[0].box[0] >= _PROSE_WIDTH * width for row in rows)
    alone = sum(len(row) == 1 for row in rows)
    return full * 2 >= len(rows) and alone * 10 >= len(rows) * 9

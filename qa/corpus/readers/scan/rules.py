"""The ruled tables of a picture: rules that cross part it into cells."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

_ACROSS = 2.5
"""Sizes of type that a rule across is long at least; the longest stroke of a character is one."""

_DOWN = 1.3
"""Sizes that a rule down is long at least: a row of a table is higher than its type."""

_DARKER = 12
"""Of 255, by which ink is darker than what is around it."""

_AROUND = 31
"""Pixels, odd: the square that ink is compared with, about as large as a character."""

_SAME = 0.35
"""Of the size: how far two rules are apart that are one, drawn or scanned unevenly."""

_COVERED = 0.6
"""Of a cell's side: how much of it is ruled, where scans leave gaps."""

_MOST_RULES = 400
"""Rules of a table one way; more are a pattern."""


@dataclass(frozen=True, slots=True, eq=False)
class Grid:
    """A ruled table, turned upright.

    rows, columns: where its rules across and down are, ascending
    owners: (rows, columns) the number of the cell that each place belongs to, in reading order;
        a cell that spans has several places
    """

    rows: NDArray[np.float64]
    columns: NDArray[np.float64]
    owners: NDArray[np.int32]

    def owner(self, across: float, down: float) -> int | None:
        """The cell that a point is in, None where it is outside."""
        row = int(np.searchsorted(self.rows, down)) - 1
        column = int(np.searchsorted(self.columns, across)) - 1
        if 0 <= row < self.owners.shape[0] and 0 <= column < self.owners.shape[1]:
            return int(self.owners[row, column])
        return None

    def scaled(self, scale: float) -> "Grid":
        """The same on a picture that is larger by so much."""
        return Grid(self.rows * scale, self.columns * scale, self.owners)


def find_grids(image: NDArray[np.uint8], angle: float, size: float) -> list[Grid]:
    """The ruled tables of a BGR picture whose writing is turned, and has a size in pixels."""
    grey, offset = _upright(image, angle)
    ink = cv2.adaptiveThreshold(
        grey, 255, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY_INV, _AROUND, _DARKER
    )
    across = _rules(ink, (max(3, round(_ACROSS * size)), 1))
    down = _rules(ink, (1, max(3, round(_DOWN * size))))
    _, labels, boxes, _ = cv2.connectedComponentsWithStats(
        cv2.dilate(across | down, np.ones((3, 3), np.uint8))
    )
    grids = []
    for number in range(1, len(boxes)):
        left, top, width, height, _ = boxes[number]
        if width < 2 * _ACROSS * size or height < 2 * size:
            continue
        part = slice(top, top + height), slice(left, left + width)
        is_own = labels[part] == number
        grid = _grid(across[part] * is_own, down[part] * is_own, size)
        if grid:
            rows, columns = grid.rows + top + offset[1], grid.columns + left + offset[0]
            grids.append(Grid(rows, columns, grid.owners))
    return sorted(grids, key=lambda grid: float(grid.rows[0]))


def _upright(image: NDArray[np.uint8], angle: float) -> tuple[Any, NDArray[np.float64]]:
    """The picture in grey, turned about its corner, and where its new corner is."""
    height, width = image.shape[:2]
    cosine, sine = math.cos(angle), math.sin(angle)
    turn = np.array([[cosine, sine], [-sine, cosine]])
    corners = np.array([[0, 0], [width, 0], [0, height], [width, height]]) @ turn.T
    offset = corners.min(axis=0)
    size = np.ceil(corners.max(axis=0) - offset).astype(int)
    matrix = np.hstack([turn, -offset[:, None]])
    grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
    flat = cv2.warpAffine(
        grey, matrix, (int(size[0]), int(size[1])), borderMode=cv2.BORDER_REPLICATE
    )
    return flat, offset


def _rules(ink: Any, kernel: tuple[int, int]) -> Any:
    """What of the ink is as long as a rule; rules may waver by a pixel."""
    across = (1, 3) if kernel[1] == 1 else (3, 1)
    thick = cv2.dilate(ink, cv2.getStructuringElement(cv2.MORPH_RECT, across))
    return cv2.morphologyEx(
        thick, cv2.MORPH_OPEN, cv2.getStructuringElement(cv2.MORPH_RECT, kernel)
    )


def _grid(across: Any, down: Any, size: float) -> Grid | None:
    """The grid of rules that are connected, None where they part nothing."""
    rows, columns = _levels(across.T, size), _levels(down, size)
    if not (2 < len(rows) <= _MOST_RULES and 2 < len(columns) <= _MOST_RULES):
        return None
    half = max(2, round(_SAME * size / 2))
    has_right = np.zeros((len(rows) - 1, len(columns) - 1), dtype=bool)
    has_bottom = has_right.copy()
    for row, (top, bottom) in enumerate(pairwise(rows)):
        for column, (left, right) in enumerate(pairwise(columns)):
            side = down[int(top) : int(bottom), _near(right, half)]
            has_right[row, column] = side.any(axis=1).mean() >= _COVERED
            foot = across[_near(bottom, half), int(left) : int(right)]
            has_bottom[row, column] = foot.any(axis=0).mean() >= _COVERED
    owners = _owners(has_right, has_bottom)
    if len(np.unique(owners)) < 4 or not has_right[:, :-1].any():
        return None
    return Grid(np.array(rows), np.array(columns), owners)


def _near(place: float, half: int) -> slice:
    return slice(max(0, int(place) - half), int(place) + half + 1)


def _levels(rules: Any, size: float) -> list[float]:
    """Where the rules down are, from left to right; those that are nearly one are taken for one."""
    inked = np.flatnonzero(rules.any(axis=0))
    if not len(inked):
        return []
    groups = np.split(inked, np.flatnonzero(np.diff(inked) > max(2.0, _SAME * size)) + 1)
    return [float(group[0] + group[-1]) / 2 for group in groups]


def _owners(has_right: NDArray[np.bool_], has_bottom: NDArray[np.bool_]) -> NDArray[np.int32]:
    """The cell of each place: places without a rule between them are one cell."""
    owners = np.arange(has_right.size, dtype=np.int32).reshape(has_right.shape)
    for row, column in np.ndindex(has_right.shape):
        if column and not has_right[row, column - 1]:
            owners[owners == owners[row, column]] = owners[row, column - 1]
        if row and not has_bottom[row - 1, column]:
            owners[owners == owners[row, column]] = owners[row - 1, column]
    return owners


def cuts(
    grids: Sequence[Grid], box: tuple[float, float, float, float]
) -> list[tuple[float, float]]:
    """The stretches of an upright box between rules down, from left to right."""
    left, top, right, bottom = box
    middle = (top + bottom) / 2
    at: list[float] = []
    for grid in grids:
        if not grid.rows[0] < middle < grid.rows[-1]:
            continue
        for number, place in enumerate(grid.columns):
            if left < place < right and _is_ruled(grid, number, middle):
                at.append(float(place))
    edges = [left, *at, right]
    rule = 0.08 * (bottom - top)  # half of a rule's width, with what blurs it
    return [
        (start + (rule if start in at else 0.0), end - (rule if end in at else 0.0))
        for start, end in pairwise(edges)
        if end - start > (bottom - top) / 3
    ]


def _is_ruled(grid: Grid, number: int, down: float) -> bool:
    """Whether a column's rule is drawn at a height: no cell spans it there."""
    if number in (0, len(grid.columns) - 1):
        return True
    row = int(np.searchsorted(grid.rows, down)) - 1
    return bool(grid.owners[row, number - 1] != grid.owners[row, number])

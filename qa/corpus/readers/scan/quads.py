"""Pieces of writing as they are found in a picture: quadrangles, turned as their writing is.

A quadrangle is (4, 2) float32, its corners from the one where the writing begins, clockwise.
"""

import math
from collections.abc import Iterator, Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from qa.corpus.readers.scan.lines import is_wide, turned
from qa.corpus.readers.scan.rules import Grid, cuts

_READ_HEIGHT = 48
"""Pixels of a line's height that the recogniser sees."""

_OTHER_ANGLE = math.radians(8)
"""A piece turned so much against its page is of a seal, or is no writing."""

_PADDING = 0.1
"""Of a found piece's height, above and below its characters."""

TYPE_HEIGHT = 1 - 2 * _PADDING
"""Of a found piece's height: that of its type."""

_GAP = 0.6
"""Sizes: a gap between characters that is a space; type that is set to fill a line has less."""

_TRIMMED = 0.06
"""Of a found piece's height, above and below, that is not shown to the recogniser: with larger
type it misses less of the Traditional 、 that stands in the middle (seen in two lines)."""


def extents(corners: NDArray[np.float32]) -> NDArray[np.float32]:
    """The width and height of each piece, (pieces, 2)."""
    across = np.linalg.norm(corners[:, 1] - corners[:, 0], axis=1)
    down = np.linalg.norm(corners[:, 3] - corners[:, 0], axis=1)
    return np.stack([across, down], axis=1)


def angle_of(corners: NDArray[np.float32]) -> float:
    """The angle of the longest half of the pieces, in their middle."""
    longest = corners[: max(1, len(corners) // 2)]
    along = longest[:, 1] - longest[:, 0] + longest[:, 2] - longest[:, 3]
    mean = along.sum(axis=0)
    about = math.atan2(mean[1], mean[0])
    angles = np.arctan2(along[:, 1], along[:, 0]) - about
    return about + float(np.median((angles + math.pi) % (2 * math.pi) - math.pi))


def lies_along(quad: NDArray[np.float32], angle: float) -> bool:
    """Whether a piece is turned as its page; one that is nearly square cannot tell."""
    width, height = extents(quad[None])[0]
    off = math.atan2(*(quad[1] - quad[0])[::-1]) - angle
    off = (off + math.pi) % (2 * math.pi) - math.pi
    return abs(off) < _OTHER_ANGLE or max(width, height) < 2 * min(width, height)


def upright(quad: NDArray[np.float32], angle: float) -> tuple[float, float, float, float]:
    """The box of a piece, turned upright."""
    middle = quad.mean(axis=0)[None]
    across, down = turned(np.hstack([middle, middle]), -angle)[0, :2]
    width, height = extents(quad[None])[0] / 2
    return across - width, down - height, across + width, down + height


def parted(
    quad: NDArray[np.float32], angle: float, grids: Sequence[Grid]
) -> Iterator[NDArray[np.float32]]:
    """The parts of a piece between the rules that it crosses."""
    box = upright(quad, angle)
    width = box[2] - box[0]
    for left, right in cuts(grids, box):
        start, end = (left - box[0]) / width, (right - box[0]) / width
        above, below = quad[1] - quad[0], quad[2] - quad[3]
        yield np.array(
            [
                quad[0] + start * above,
                quad[0] + end * above,
                quad[3] + end * below,
                quad[3] + start * below,
            ],
            dtype=np.float32,
        )


def cut_out(image: NDArray[np.uint8], quad: NDArray[np.float32]) -> Any:
    """What is in a quadrangle, level, as the recogniser is to see it."""
    down = _TRIMMED * (quad[[3, 2]] - quad[[0, 1]])
    quad = quad + np.vstack([down, -down[::-1]])
    width, height = extents(quad[None])[0]
    scale = max(1.0, _READ_HEIGHT / height)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    flat = np.array([[0, 0], [size[0], 0], size, [0, size[1]]], dtype=np.float32)
    return cv2.warpPerspective(
        image,
        cv2.getPerspectiveTransform(quad, flat),
        size,
        flags=cv2.INTER_CUBIC,
        borderMode=cv2.BORDER_REPLICATE,
    )


def gaps_in(text: str, places: NDArray[np.float64], width: float, height: float) -> list[int]:
    """The numbers of the characters that stand behind a gap which was not read as a space."""
    size = height * TYPE_HEIGHT
    return [
        number
        for number in range(1, len(text))
        if text[number - 1].isalnum()
        and text[number].isalnum()
        and (places[number] - places[number - 1]) * width
        > size * (_GAP + sum(1.0 if is_wide(c) else 0.5 for c in text[number - 1 : number + 1]) / 2)
    ]


def boxes_of(
    text: str, places: NDArray[np.float64], width: float, height: float
) -> NDArray[np.float64]:
    """The boxes of a piece's characters from its upper left corner, (characters, 4).

    What is known is only where each has its middle; it goes halfway to the next, and is no wider
    than a square, or than two thirds of one where it is Latin. A space is what is left between.
    """
    size = height * TYPE_HEIGHT
    middles = places * width
    solid = np.flatnonzero(~np.isnan(places))
    known = middles[solid]
    halves = np.array([size / 2 if is_wide(text[number]) else size / 3 for number in solid])
    between = (known[1:] + known[:-1]) / 2
    lefts = np.maximum(known - halves, np.concatenate([[0.0], between]))
    rights = np.minimum(known + halves, np.concatenate([between, [width]]))
    boxes = np.zeros((len(text), 4))
    boxes[:, 1], boxes[:, 3] = height * _PADDING, height * (1 - _PADDING)
    boxes[solid, 0], boxes[solid, 2] = lefts, np.maximum(rights, lefts)
    for number in np.flatnonzero(np.isnan(places)):
        boxes[number, 0] = boxes[number - 1, 2]
        after = solid[np.searchsorted(solid, number)]
        boxes[number, 2] = max(boxes[number, 0], boxes[after, 0])
    return boxes

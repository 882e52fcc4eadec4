"""The lines of scanned pages with their place in the text: margins, size, what is no text."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from qa.corpus.readers.scan.lines import ScannedLine, ScannedPage, turned
from qa.corpus.readers.scan.margins import pattern_of, running_heads, without_numbers
from qa.corpus.readers.scan.rules import Grid

_LARGEST = 1.3
"""Of the height of its boxes: the size of a line at most. Type that is set wide seems larger."""

_WIDTHS = {"Lu": 0.68, "Ll": 0.5, "Nd": 0.53}
"""Of the size: how wide a character of a category is that is no square, about as in Times and
Helvetica; others, which are signs, take 0.3."""

_SIGN = 0.3
_PERCENT = 0.85

_LOOSE = 0.85
_FEW = 6
"""The boxes of a line of fewer characters are cut looser by a sixth, and up to a quarter."""

_TELLING = 4
"""Characters of a line that tells a margin: less may be a stain."""

_NARROWEST = 12
"""Sizes of a column: lines of which all are shorter are no full lines."""

_LIKE = 0.12
"""Of the size: lines that differ by more are no lines of the text."""

_MANY = 8
"""Lines of a page from which on a margin is one that several of them share."""

_CENTRED = 1.5
"""Sizes by which the middle of a centred line is off at most."""

_SET_IN = 2.6
"""Sizes that a centred line is set in at least, more than the first line of a paragraph."""


@dataclass(frozen=True, slots=True, eq=False)
class Row:
    """A line on its page, turned upright; lengths in pixels of the picture.

    places: (characters, 4) boxes as the page is shown, in points
    boxes: (characters, 4) upright
    first, last: the left and the right margin
    body: the size of most of the page's type
    grid: the ruled table that it stands in
    """

    text: str
    page: int
    places: NDArray[np.float32]
    boxes: NDArray[np.float32]
    size: float
    first: float
    last: float
    body: float
    grid: Grid | None = None

    @property
    def left(self) -> float:
        """Where it begins."""
        return float(self.boxes[0, 0])

    @property
    def right(self) -> float:
        """Where it ends."""
        return float(self.boxes[-1, 2])

    @property
    def top(self) -> float:
        """Its upper edge."""
        return float(self.boxes[:, 1].min())

    @property
    def bottom(self) -> float:
        """Its lower edge."""
        return float(self.boxes[:, 3].max())

    @property
    def indent(self) -> float:
        """Sizes by which it is set in."""
        return (self.left - self.first) / self.body

    @property
    def room(self) -> float:
        """Sizes that are left behind it."""
        return (self.last - self.right) / self.body

    @property
    def is_centred(self) -> bool:
        """Whether it stands in the middle, set in on both sides."""
        off = abs(self.left + self.right - self.first - self.last) / 2
        is_set_in = min(self.indent, self.room) > _SET_IN
        return off < _CENTRED * self.body and (is_set_in or self.size > 1.2 * self.body)


def rows_of_pages(
    pages: Sequence[ScannedPage], heights: Sequence[int], scales: Sequence[float]
) -> list[Row]:
    """The lines of the text, without page numbers and running heads.

    heights: of the pages, along their writing, in pixels; scales: points of a pixel
    """
    kept = [without_numbers(page, height) for page, height in zip(pages, heights, strict=True)]
    heads = running_heads(kept)
    rows: list[Row] = []
    for number, (page, lines) in enumerate(zip(pages, kept, strict=True)):
        own = [line for line in lines if pattern_of(line) not in heads]
        runs = _runs(own, page.angle)
        for run in runs:
            above = rows[-1] if rows and len(runs) == 1 and len(run) < _MANY else None
            rows += _placed(run, number, page, scales[number], above)
    return rows


def _runs(lines: Sequence[ScannedLine], angle: float) -> list[list[tuple[ScannedLine, np.ndarray]]]:
    """The lines of a page by columns: a new one begins where the next line is higher up."""
    runs: list[list[tuple[ScannedLine, np.ndarray]]] = []
    above = np.inf
    for line in lines:
        boxes = turned(line.boxes, -angle)
        middle = float(boxes[:, [1, 3]].mean())
        if middle < above:
            runs.append([])
        runs[-1].append((line, boxes))
        above = middle
    return runs


def _placed(
    run: Sequence[tuple[ScannedLine, np.ndarray]],
    number: int,
    page: ScannedPage,
    scale: float,
    above: Row | None,
) -> list[Row]:
    sizes = [_size(line.text, boxes) for line, boxes in run]
    body = _body([len(line.text) for line, _ in run], sizes)
    body = body or float(np.median(np.concatenate([b[:, 3] - b[:, 1] for _, b in run])))
    telling = [
        boxes
        for (line, boxes), size in zip(run, sizes, strict=True)
        if len(line.text) >= _TELLING and abs(size - body) < _LIKE * body
    ] or [boxes for _, boxes in run]
    first = -_margin([-float(boxes[0, 0]) for boxes in telling], body)
    last = _margin([float(boxes[-1, 2]) for boxes in telling], body)
    last = max(last, first + _NARROWEST * body)
    if above and abs(above.body - body) < _LIKE * body:  # too few lines have no margins of theirs
        first, last = min(first, above.first), max(last, above.last)
    return [
        Row(
            line.text,
            number,
            line.boxes * scale,
            boxes,
            size or body,
            first,
            last,
            body,
            _grid(boxes, page.grids),
        )
        for (line, boxes), size in zip(run, sizes, strict=True)
    ]


def _margin(ends: Sequence[float], body: float) -> float:
    """The outermost place where lines end, of long texts where several do."""
    shared = sorted(ends)
    if len(shared) < _MANY:
        return shared[-1]
    return max((end for before, end in pairwise(shared) if end - before < body), default=shared[-1])


def _grid(boxes: np.ndarray, grids: Sequence[Grid]) -> Grid | None:
    """The ruled table that a line's middle is in."""
    middles = (boxes[:, :2] + boxes[:, 2:]) / 2
    across, down = middles[len(middles) // 2]
    return next((grid for grid in grids if grid.owner(across, down) is not None), None)


def _body(lengths: Sequence[int], sizes: Sequence[float]) -> float:
    """The size of the middle character, 0 where none is known."""
    known = sorted((size, length) for size, length in zip(sizes, lengths, strict=True) if size)
    past = np.cumsum([length for _, length in known])
    return known[int(np.searchsorted(past, past[-1] / 2))][0] if known else 0.0


def _size(text: str, boxes: np.ndarray) -> float:
    """The size of type by how far its characters are apart; 0 where there is but one."""
    middles = (boxes[:, 0] + boxes[:, 2]) / 2
    widths = np.array([_width(character) for character in text])
    pairs = np.flatnonzero((widths[1:] > 0) & (widths[:-1] > 0))
    if not len(pairs):
        return 0.0
    distance = float((middles[pairs + 1] - middles[pairs]).sum())
    size = 2 * distance / float((widths[pairs + 1] + widths[pairs]).sum())
    height = float(np.median(boxes[:, 3] - boxes[:, 1]))
    return min(size, height * (_LARGEST if len(text) >= _FEW else _LOOSE))


def _width(character: str) -> float:
    """How wide a character is, of its size; nothing where it is a space."""
    if character.isspace():
        return 0.0
    if unicodedata.east_asian_width(character) in "WFA":  # A: ①, → and “ as Chinese type has them
        return 1.0
    return _PERCENT if character in "%‰" else _WIDTHS.get(unicodedata.category(character), _SIGN)

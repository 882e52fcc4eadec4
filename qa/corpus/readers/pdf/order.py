"""The lines and tables of a page in the order in which they are read.

It is that of the page's stream, which is nearly always the writer's. Only where lines jump back and
forth across a gutter are the columns read one after the other, and only where the stream jumps up
the page does what stands above come first.
"""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from qa.corpus.readers.pdf.lines import Line
from qa.corpus.readers.pdf.tables import Table

_MOST_PARTS = 1_000
"""Upward jumps of a stream; a page with more has scattered words, as a map does."""

_MOST_LINES = 1_000
"""Lines of which a gutter is looked for; the densest page of a gazette has some 300."""

_FEWEST_ROWS = 6
"""Lines on either side of a gutter, at least: fewer are a table, or chance."""

_PROSE_WIDTH = 0.6
"""Of a column's width: what most of its lines fill, where it is prose and not a table's cells."""

_CELLS_IN_PROSE = 0.1
"""Of the lines beside a gutter: more that have wide gaps of their own are rows of a table."""

_FEWEST_JUMPS = 4
"""Jumps across a gutter: columns that are read one after the other have one, with a heading or a
footnote between two or three."""


def in_reading_order(blocks: Sequence[Line | Table]) -> list[Line | Table]:
    """The blocks in reading order: where the stream jumps up the page, what is above comes first.

    Parts of the stream that run down the page keep its order, unless one lies wholly above
    another that shares its width.
    """
    parts: list[list[Line | Table]] = []
    run: list[Line] = []
    for block in [*blocks, None]:
        if isinstance(block, Line):
            run.append(block)
            continue
        for line in _columns_in_order(run):
            if not parts or line.top < parts[-1][-1].top - 2 * line.size:
                parts.append([])
            parts[-1].append(line)
        run = []
        if block is not None:
            parts.append([block])
    if len(parts) > _MOST_PARTS:
        return [block for part in parts for block in part]
    above = _above(parts)
    waiting = above.sum(axis=0)
    left = np.ones(len(parts), np.bool_)
    found: list[Line | Table] = []
    while left.any():
        ready = np.flatnonzero(left & (waiting == 0))
        chosen = int(ready[0] if len(ready) else np.flatnonzero(left)[0])
        left[chosen] = False
        waiting = waiting - above[chosen]
        found += parts[chosen]
    return found


def _above(parts: Sequence[Sequence[Line | Table]]) -> NDArray[np.bool_]:
    """(parts, parts) whether one lies wholly above another, and shares half the narrower width."""
    left = np.array([min(block.left for block in part) for part in parts])
    right = np.array([max(block.right for block in part) for part in parts])
    top = np.array([min(block.top for block in part) for part in parts])
    bottom = np.array([max(block.bottom for block in part) for part in parts])
    shared = np.minimum(right[:, None], right) - np.maximum(left[:, None], left)
    narrower = np.minimum((right - left)[:, None], right - left)
    higher = (bottom[:, None] <= top + 1) & (top[:, None] < top)
    found: NDArray[np.bool_] = higher & (shared > 0.5 * narrower)
    return found


def _columns_in_order(lines: Sequence[Line]) -> list[Line]:
    """The lines, those of columns that are mixed up one column after the other."""
    gutter = _gutter(lines)
    if gutter is None:
        return list(lines)
    ordered: list[Line] = []
    run: list[list[Line]] = [[], []]
    jumps, side = 0, 0
    mixed: list[Line] = []
    for line in [*_cut(lines, gutter), None]:
        if line is not None and (line.right <= gutter or line.left >= gutter):
            now = int(line.left >= gutter)
            jumps, side = jumps + (now != side), now
            run[now].append(line)
            mixed.append(line)
            continue
        ordered += [*run[0], *run[1]] if jumps >= _FEWEST_JUMPS else mixed
        run, mixed, jumps, side = [[], []], [], 0, 0
        if line is not None:
            ordered.append(line)
    return ordered


def _cut(lines: Sequence[Line], gutter: float) -> list[Line]:
    """The lines, cut where a wide gap of theirs lies at the gutter."""
    found: list[Line] = []
    for line in lines:
        at = [
            gap for gap in line.gaps if line.upright[gap - 1, 0] <= gutter <= line.upright[gap, 0]
        ]
        found += [line.part(0, at[0]), line.part(at[0], len(line.text))] if at else [line]
    return found


def _gutter(lines: Sequence[Line]) -> float | None:
    """Where two columns of prose part that the stream mixes up."""
    if not _FEWEST_ROWS <= len(lines) <= _MOST_LINES:
        return None
    left, right = min(line.left for line in lines), max(line.right for line in lines)
    middle = (left + 0.3 * (right - left), left + 0.7 * (right - left))
    places = sorted(
        float(line.upright[gap, 0]) - 0.3 * line.size for line in lines for gap in line.gaps
    ) + [line.left - 0.3 * line.size for line in lines if line.left > middle[0]]
    best: tuple[int, float] | None = None
    for place in sorted({round(place) for place in places if middle[0] < place < middle[1]}):
        pieces = _cut(lines, place)
        sides = [0 if piece.right <= place else 1 if piece.left >= place else 2 for piece in pieces]
        jumps = sum({a, b} == {0, 1} for a, b in pairwise(sides))
        widths = [
            [
                piece.right - piece.left
                for piece, at in zip(pieces, sides, strict=True)
                if at == side
            ]
            for side in (0, 1)
        ]
        cells = sum(bool(piece.gaps) for piece, at in zip(pieces, sides, strict=True) if at < 2)
        prose = cells <= _CELLS_IN_PROSE * len(pieces) and all(
            len(each) >= _FEWEST_ROWS and sorted(each)[len(each) // 2] > _PROSE_WIDTH * room
            for each, room in zip(widths, (place - left, right - place), strict=True)
        )
        if prose and jumps >= _FEWEST_JUMPS and (best is None or jumps > best[0]):
            best = (jumps, float(place))
    return best[1] if best else None

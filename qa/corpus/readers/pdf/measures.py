"""What the lines of a document have in common: margins, distances, gaps between paragraphs."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

import numpy as np
from numpy.typing import NDArray

from qa.corpus.readers.pdf.lines import Line

GAP = 1.25
"""Of the usual distance of lines: from here on it is a gap."""

_USUAL_SHARE = 0.15
"""Of all distances: the least one that is so frequent is that within paragraphs."""

_PARTED_SHARE = 0.1
"""Of a document's lines: where so many have a gap above them, gaps part its paragraphs."""

_WINDOW = 14
"""Lines on either side whose edges are the margins: about a third of a page."""

_ASTRAY_LEFT = 0.1
_ASTRAY_RIGHT = 0.05
"""Of the lines beside: so many may go beyond the margins, as a heading over two columns does."""

_LEAST_WINDOW = 8
"""With fewer lines beside it on its page, a line's margins are those of other pages."""

_FEWEST_BESIDE = 6
"""Lines on either side of a gutter, at least."""

_CROSSING_SHARE = 0.1
"""Of a page's lines: so many may run over a gutter."""


@dataclass(frozen=True, slots=True)
class Margins:
    """Where the lines around a line begin and end at most, in points."""

    left: float
    right: float


def is_prose(lines: Sequence[Line], margins: Mapping[int, Margins]) -> bool:
    """Whether most lines are full, so that one which ends a sentence may go on as well."""
    full = sum(margins[id(line)].right - line.right < 2 * line.size for line in lines)
    return full > len(lines) / 2


def are_parted(pages: Sequence[Sequence[Line]], usual: Mapping[int, float]) -> bool:
    """Whether gaps part paragraphs, so that lines without one belong together."""
    gaps = [
        (below.baseline - line.baseline) / usual.get(round(line.size), 1e9)
        for lines in pages
        for line, below in pairwise(lines)
        if 0 < below.baseline - line.baseline < 4 * line.size and overlap(line, below)
    ]
    return sum(gap > GAP for gap in gaps) > _PARTED_SHARE * len(gaps)


def overlap(one: Line, other: Line) -> bool:
    """Whether lines share width."""
    return one.left < other.right and other.left < one.right


def usual_ends(lines: Sequence[Line]) -> dict[int, float]:
    """For each left edge, to 6 points, how far its lines go to the right: all but 5 %."""
    ends: dict[int, list[float]] = {}
    for line in lines:
        ends.setdefault(round(line.left / 6), []).append(line.right)
    return {left: sorted(each)[int(len(each) * 0.95)] for left, each in ends.items()}


def margins_around(
    lines: Sequence[Line], usual: Mapping[int, float], differs: Callable[[Line], float]
) -> dict[int, Margins]:
    """The margins of the lines of a page, by the lines' ids; `differs` bounds their sizes."""
    lefts = np.array([line.left for line in lines])
    rights = np.array([line.right for line in lines])
    sizes = np.array([line.size for line in lines])
    across = _cross_gutters(lefts, rights)
    found: dict[int, Margins] = {}
    for number, line in enumerate(lines):
        beside = slice(max(0, number - _WINDOW), number + _WINDOW + 1)
        left, right = lefts[beside], rights[beside]
        shared = np.minimum(right, line.right) - np.maximum(left, line.left)
        narrower = np.minimum(right - left, line.right - line.left)
        larger = np.maximum(sizes[beside], line.size)
        alike = (shared > 0.3 * narrower) & (
            np.abs(sizes[beside] - line.size) <= differs(line) * larger
        )
        alike &= across[number] | ~across[beside]
        alike[number - beside.start] = True
        lefts_alike, rights_alike = np.sort(left[alike]), np.sort(right[alike])
        margins = Margins(
            float(lefts_alike[int(_ASTRAY_LEFT * len(lefts_alike))]),
            float(rights_alike[-1 - int(_ASTRAY_RIGHT * len(rights_alike))]),
        )
        if alike.sum() < _LEAST_WINDOW:
            end = usual.get(round(line.left / 6), margins.right)
            margins = Margins(margins.left, max(margins.right, end))
        found[id(line)] = margins
    return found


def _cross_gutters(lefts: NDArray[np.float64], rights: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which lines of a page run over the gutter of two columns, as the heading above them does."""
    starts, ends = np.sort(lefts), np.sort(rights)
    before = np.searchsorted(ends, starts, "right")
    behind = len(starts) - np.searchsorted(starts, starts)
    over = len(starts) - before - behind
    few = np.minimum(before, behind) < _FEWEST_BESIDE
    gutters = starts[~few & (over <= _CROSSING_SHARE * len(starts))]
    return np.searchsorted(gutters, rights) > np.searchsorted(gutters, lefts, "right")


def usual_pitch(pages: Sequence[Sequence[Line]]) -> dict[int, float]:
    """For each size, in whole points, the distance of the baselines within paragraphs."""
    found: dict[int, Counter[float]] = {}
    for lines in pages:
        for line, below in pairwise(lines):
            pitch = below.baseline - line.baseline
            if 0.9 * line.size < pitch < 3 * line.size and overlap(line, below):
                found.setdefault(round(line.size), Counter())[round(pitch * 2) / 2] += 1
    usual: dict[int, float] = {}
    for size, counts in found.items():
        whole = sum(counts.values())
        near = {pitch: sum(counts.get(pitch + d, 0) for d in (-0.5, 0.0, 0.5)) for pitch in counts}
        frequent = [pitch for pitch in near if near[pitch] >= _USUAL_SHARE * whole]
        usual[size] = min(frequent) if frequent else median(counts.elements())
    return usual

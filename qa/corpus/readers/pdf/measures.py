"""What the lines of a document have in common: margins, distances, gaps between paragraphs."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from qa.corpus.readers.pdf.lines import Line

GAP = 1.25
"""Of the usual distance of lines: from here on it is a gap."""

_USUAL_SHARE = 0.15
"""Of all distances: the least one that is so frequent is that within paragraphs."""

_PARTED_SHARE = 0.1
"""Of a document's lines: where so many have a gap above them, gaps part its paragraphs."""


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

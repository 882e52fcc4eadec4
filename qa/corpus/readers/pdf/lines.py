"""The characters of a page become lines, in the order of its stream."""

import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from qa.corpus.readers.pdf.glyphs import GUESSED_SPACE, SPACE, Glyphs

_SAME_BASELINE = 0.25
"""Of the size: how far the baselines of one line differ, as of fonts side by side."""

_RAISED = 0.65
"""Of the size: how far the baseline of a smaller character may be off, as 2 of km2 is."""

_SMALLER = 0.8
"""Of the size of its line: what is at most that large, and raised, is a raised figure."""

_BACKWARD = 0.3
"""Of the size: a character that begins so far before the last one begins a new line. The boxes of
Chinese marks overlap, which are a square wide but set closer."""

WIDE_GAP = 1.5
"""Of the size: a gap between cells or columns; between Chinese words one em is set at most."""

_STRETCHED = 3.0
"""Of the size: spaces of a line that is stretched to the margin are no wider."""

_WORD_GAP = 0.28
"""Of the size: a gap that parts Latin words even where pdfium has found no space."""

_LOOSE_GAP = 0.4
"""Of the size: Chinese set loose to fill a line has gaps up to that, which mean nothing."""

_LONGEST = 1_000
"""Characters of a line that others may yet stand in."""

_SHARED_MARKS = "“”‘’…—·"

_RAISED_FIGURES = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """A line of text.

    boxes: (characters, 4) as shown, zeros for spaces that have no place
    left, top, right, bottom, baseline: on the page turned upright; size in points
    first_size, last_size: of the characters at its ends
    bold, red: all of it; starts_bold, ends_bold: its ends
    gaps: the numbers of the characters that stand behind a wide gap
    raised_start: it begins with a raised figure, as a footnote does
    """

    page: int
    text: str
    boxes: NDArray[np.float32]
    upright: NDArray[np.float32]
    left: float
    right: float
    baseline: float
    size: float
    first_size: float
    last_size: float
    bold: bool
    red: bool
    starts_bold: bool
    ends_bold: bool
    gaps: tuple[int, ...] = ()
    raised_start: bool = False

    @property
    def top(self) -> float:
        """About where the letters end above; fonts do not agree about their boxes."""
        return self.baseline - 0.8 * self.size

    @property
    def bottom(self) -> float:
        """About where the letters end below."""
        return self.baseline + 0.2 * self.size

    def cells(self) -> list["Line"]:
        """The parts between wide gaps."""
        edges = [0, *self.gaps, len(self.text)]
        return [self.part(first, last) for first, last in pairwise(edges)]

    def part(self, first: int, last: int) -> "Line":
        """Some of its characters, without white space around."""
        text = self.text[first:last]
        first += len(text) - len(text.lstrip())
        last -= len(text) - len(text.rstrip())
        return replace(
            self,
            text=self.text[first:last],
            boxes=self.boxes[first:last],
            upright=self.upright[first:last],
            left=float(self.upright[first, 0]),
            right=float(self.upright[last - 1, 2]),
            gaps=tuple(gap - first for gap in self.gaps if first < gap < last),
        )

    def marked(self, box: NDArray[np.float32]) -> "Line":
        """The line behind the mark of an item, which has its own place."""
        mark = np.stack((box, np.zeros_like(box)))
        return replace(
            self,
            text=f"• {self.text}",
            boxes=np.concatenate((mark, self.boxes)),
            upright=np.concatenate((mark, self.upright)),
            left=float(box[0]),
            gaps=tuple(gap + 2 for gap in self.gaps),
        )


@cache
def is_wide(character: str) -> bool:
    """Whether a character is set without spaces: Chinese, and its own punctuation."""
    return unicodedata.east_asian_width(character) in "WF"


def is_set_wide(character: str, text: str) -> bool:
    """The same, for marks that both scripts have (“”‘’…—·) too, by the text around."""
    return is_wide(character) or (character in _SHARED_MARKS and any(map(is_wide, text)))


def text_size(lines: Sequence[Line]) -> tuple[float, bool]:
    """The size, to half a point, and weight of most of the text."""
    counts: Counter[float] = Counter()
    bold: Counter[bool] = Counter()
    for line in lines:
        counts[round(line.size * 2) / 2] += len(line.text)
        bold[line.bold] += len(line.text)
    return (counts.most_common(1)[0][0], bold[True] > bold[False]) if counts else (1.0, False)


def find_lines(glyphs: Glyphs, page: int) -> list[Line]:
    """The lines of a page in the order of its stream."""
    if not glyphs.text:
        return []
    left = glyphs.upright[:, 0]
    size = np.maximum(glyphs.sizes[1:], glyphs.sizes[:-1])
    smaller = np.minimum(glyphs.sizes[1:], glyphs.sizes[:-1])
    off = np.abs(np.diff(glyphs.baselines))
    same = (off <= _SAME_BASELINE * size) | ((off <= _RAISED * size) & (smaller <= _SMALLER * size))
    forward = left[1:] - left[:-1] >= -_BACKWARD * size
    starts = np.flatnonzero(~(same & forward)) + 1
    edges = [0, *starts.tolist(), len(glyphs.text)]
    parts: list[NDArray[np.intp]] = []
    for first, last in pairwise(edges):
        part = np.arange(first, last)
        whole = _filled(glyphs, parts[-1], part) if parts and same[first - 1] else None
        parts[-1 if whole is not None else len(parts) :] = [part if whole is None else whole]
    return [_line(glyphs.taken(part), page) for part in parts]


def _filled(
    glyphs: Glyphs, line: NDArray[np.intp], part: NDArray[np.intp]
) -> NDArray[np.intp] | None:
    """A line with what the stream has behind it but stands in its gaps, as of another font."""
    left, right = glyphs.upright[:, 0], glyphs.upright[:, 2]
    whole = np.concatenate((line, part))
    within = left[line[0]] <= left[part[0]] and right[part[-1]] <= right[line[-1]]
    if not within or len(whole) > _LONGEST:
        return None
    whole = whole[np.argsort(left[whole], kind="stable")]
    gaps = left[whole[1:]] - right[whole[:-1]]
    return whole if (gaps >= -_BACKWARD * glyphs.sizes[whole[1:]]).all() else None


def _line(glyphs: Glyphs, page: int) -> Line:
    size = _main(glyphs.sizes)
    baseline = _median(glyphs.baselines[glyphs.sizes > _SMALLER * size])
    raised = (glyphs.sizes <= _SMALLER * size) & (baseline - glyphs.baselines > 0.15 * size)
    gaps = np.append(0.0, glyphs.upright[1:, 0] - glyphs.upright[:-1, 2]) / size
    spaces = np.flatnonzero(_spaces(glyphs, gaps))
    characters = list(glyphs.text)
    for number in np.flatnonzero(raised).tolist():
        characters[number] = characters[number].translate(_RAISED_FIGURES)
    for number in spaces.tolist():
        characters[number] = " " + characters[number]
    wide = np.flatnonzero(gaps > WIDE_GAP)
    if len(spaces) > 2 and _is_justified(gaps[spaces]):
        wide = wide[:0]
    return Line(
        page,
        "".join(characters),
        _with_spaces(glyphs.boxes, spaces),
        _with_spaces(glyphs.upright, spaces),
        float(glyphs.upright[0, 0]),
        float(glyphs.upright[-1, 2]),
        baseline,
        size,
        float(glyphs.sizes[0]),
        float(glyphs.sizes[-1]),
        bool(glyphs.bold.all()),
        bool(glyphs.red.mean() > 0.9),
        bool(glyphs.bold[0]),
        bool(glyphs.bold[-1]),
        tuple((wide + np.searchsorted(spaces, wide, "right")).tolist()),
        bool(raised[0]),
    )


def _is_justified(gaps: NDArray[np.float64]) -> bool:
    """Whether gaps are but the spaces of a line that was stretched: all alike."""
    return bool(gaps.max() <= min(_STRETCHED, 1.15 * gaps.min()))


def _main(sizes: NDArray[np.float32]) -> float:
    """The size that most characters have."""
    if sizes.min() == sizes.max():
        return float(max(sizes[0], 0.1))
    values, counts = np.unique(np.round(sizes, 1), return_counts=True)
    return float(max(values[counts.argmax()], 0.1))


def _median(values: NDArray[np.float32]) -> float:
    return float(np.partition(values, len(values) // 2)[len(values) // 2])


def _spaces(glyphs: Glyphs, gaps: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Whether white space stands before each character; `gaps` before them are in sizes."""
    own = glyphs.spaces == SPACE
    guessed = (glyphs.spaces == GUESSED_SPACE) | (gaps > _WORD_GAP)
    wide = np.array([is_wide(character) for character in glyphs.text], np.bool_)
    if wide.any():
        wide |= np.array([character in _SHARED_MARKS for character in glyphs.text], np.bool_)
        wide[1:] |= wide[:-1].copy()  # it stands beside a wide one
        guessed = np.where(wide, gaps > _LOOSE_GAP, guessed)
    found: NDArray[np.bool_] = own | guessed
    found[0] = False
    return found


def _with_spaces(boxes: NDArray[np.float32], spaces: NDArray[np.intp]) -> NDArray[np.float32]:
    """The boxes of characters, with that of each space between those of its neighbours."""
    if not len(spaces):
        return boxes
    between = boxes[spaces - 1].copy()
    between[:, 0] = boxes[spaces - 1, 2]
    between[:, 2] = np.maximum(between[:, 0], boxes[spaces, 0])
    return np.insert(boxes, spaces, between, axis=0)

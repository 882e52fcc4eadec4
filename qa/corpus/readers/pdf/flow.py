"""Lines become paragraphs: where a line goes on in the next, its page tells.

A paragraph begins with an indent, behind a gap, behind a line that is not full, or with a number.
A line is full where the next one's first word had no room behind it. That also holds from one
column or page to the next, where there is no gap to see.
"""

from collections.abc import Sequence

from qa.corpus.readers.pdf.lines import Line, is_wide, text_size
from qa.corpus.readers.pdf.measures import (
    GAP,
    Margins,
    are_parted,
    is_prose,
    margins_around,
    overlap,
    usual_ends,
    usual_pitch,
)
from qa.corpus.readers.pdf.starts import (
    ALONE,
    SENTENCE_END,
    STRONG_START,
    WEAK_START,
    are_fields,
    begins_lower,
    first_unit,
    is_broken_word,
    is_numbered,
    opens_next,
)

_SIZE_DIFFERS = 0.12
"""Of the size: lines of one paragraph differ by less, but for lines read from a picture."""

_PICTURE_DIFFERS = 0.35

_INDENT = 0.8
"""Of the size: Chinese paragraphs begin two ems in, English ones one or more."""

_TWO_EMS = 2.0
"""Of the size: the indent of Chinese paragraphs; whole blocks are seldom set just so far in."""

_DEEPEST_INDENT = 5.0
"""Of the size: what begins further in is set in the middle or at the right."""

_SHORT = 12
"""Of the size: a line of a signature or head, behind which a date is not the rest of a sentence."""

_SLACK = 0.5
"""Of the size: room that a full line may have left."""

_RAGGED_SLACK = 2.5
"""The same where type is not justified and a sentence goes on."""

_PROSE_SHARE = 0.6
"""Of a column: a line that ends sooner was not broken, whatever follows it."""

_LARGER = 1.12
"""Of the text's size: headings are at least so large (16 points over 14, 三号 over 四号)."""

_HEADING_PITCH = 2.2
"""Of the size: the lines of one title are closer (GB/T 9704-2012 sets 22 points every 29 to 36)."""

_FAR = 3.0
"""Of the size: lines of text are never set so far apart."""

_STRONG_GAP = 1.7
"""Of the usual distance: a smaller gap may lie in a paragraph of which all else says it goes on,
as beside a formula."""

_INDENTED_SHARE = (0.04, 0.65)
"""Of a document's lines: where so many begin further in, paragraphs begin with an indent."""


class Flow:
    """What the lines of a document have in common: margins, distances, indents."""

    def __init__(self, pages: Sequence[Sequence[Line]], *, pictures: frozenset[int]) -> None:
        self._pictures = pictures
        self._margins: dict[int, Margins] = {}
        everywhere = [line for lines in pages for line in lines]
        self._size = text_size(everywhere)[0]
        usual = usual_ends(everywhere)
        for lines in pages:
            self._margins.update(margins_around(lines, usual, self._differs))
        self._pitch = usual_pitch(pages)
        indented = sum(
            _INDENT < (line.left - self._margins[id(line)].left) / line.size < _DEEPEST_INDENT
            for line in everywhere
        )
        low, high = _INDENTED_SHARE
        self._prose = is_prose(everywhere, self._margins)
        self._parted = are_parted(pages, self._pitch)
        self._indents = low * len(everywhere) < indented < high * len(everywhere)

    def _differs(self, line: Line) -> float:
        return _PICTURE_DIFFERS if line.page in self._pictures else _SIZE_DIFFERS

    def _alike(self, one: Line, other: Line) -> bool:
        """Whether lines are of one size, or in two and go on in the same."""
        differs = self._differs(one)
        sizes = ((one.size, other.size), (one.last_size, other.first_size))
        return any(abs(a - b) <= differs * max(a, b) for a, b in sizes)

    def runs_on(self, paragraph: Sequence[Line], line: Line) -> bool:
        """Whether the paragraph, of these lines so far, goes on in a line."""
        before = paragraph[-1]
        if not self._alike(before, line):
            return False
        if is_broken_word(before, line):
            return True
        full, ended = self._is_full(before, line), bool(SENTENCE_END.search(before.text))
        turns = before.bold != line.bold and before.ends_bold != line.starts_bold
        inset = (line.left - self._margins[id(line)].left) / line.size
        at_margin = self._indents and full and inset < _INDENT and is_wide(line.text[0])
        turns = turns and (ended or not full or not begins_lower(line)) and not at_margin
        short = before.right - before.left < _SHORT * before.size
        starts = not full or short or inset >= _INDENT
        alone = ALONE.fullmatch(before.text) or (starts and ALONE.fullmatch(line.text))
        if turns or alone or opens_next(paragraph[0], line):
            return False
        if not at_margin and are_fields(paragraph[0], line):
            return False
        pitch = line.baseline - before.baseline
        if before.page != line.page or pitch <= 0 or not overlap(before, line):
            return self._runs_over(paragraph, line, full=full, ended=ended)
        return self._goes_on_below(paragraph, line, full=full, ended=ended)

    def _goes_on_below(
        self, paragraph: Sequence[Line], line: Line, *, full: bool, ended: bool
    ) -> bool:
        """The next line stands below in the same column, near or far."""
        before = paragraph[-1]
        pitch = line.baseline - before.baseline
        if self._is_heading(before) and self._is_heading(line):
            return pitch < _HEADING_PITCH * line.size and not is_numbered(line.text)
        if pitch > _FAR * line.size:  # a figure lies between
            return full and not ended and begins_lower(line)
        return self._runs_down(paragraph, line, full=full, ended=ended)

    def _is_heading(self, line: Line) -> bool:
        """Whether a line is larger than the text, as the lines of a title are."""
        return line.page not in self._pictures and line.size >= _LARGER * self._size

    def _is_full(self, before: Line, line: Line) -> bool:
        """Whether the first word of the next line had no room behind this one."""
        margins = self._margins[id(before)]
        room = margins.right - before.right - first_unit(line)
        if any(map(is_wide, before.text[-3:] + line.text[:3])):
            return room < _SLACK * before.size
        # Type that is not justified may be broken early, so that its lines end alike.
        usual = before.right - margins.left > _PROSE_SHARE * (margins.right - margins.left)
        goes_on = usual and not SENTENCE_END.search(before.text)
        return room < (_RAGGED_SLACK if goes_on else _SLACK) * before.size

    def _runs_down(self, paragraph: Sequence[Line], line: Line, *, full: bool, ended: bool) -> bool:
        """The next line stands next below in the same column."""
        before = paragraph[-1]
        size = max(before.size, line.size)
        usual = max(self._pitch.get(round(line.size), 1.3 * line.size), 0.9 * size)
        gap = (line.baseline - before.baseline) / usual
        numbered = bool(STRONG_START.match(line.text))
        parted = gap > GAP and (ended or not full or numbered or gap > _STRONG_GAP)
        if parted or self._starts(line, full=full, ended=ended):
            return False
        flush = abs(line.left - before.left) < _INDENT * size
        inset = (before.left - self._margins[id(before)].left) / size
        if not flush and inset > _DEEPEST_INDENT:
            return False  # lines that are set at the right
        if not full:
            return flush and not ended and begins_lower(line)
        if _hangs(paragraph, line):
            return True
        if len(before.gaps) + len(line.gaps) > 1:  # rows of names, fields or cells
            return flush and not ended and not is_wide(line.text[0])
        return self._is_level(paragraph, line, ended=ended)

    def _is_level(self, paragraph: Sequence[Line], line: Line, *, ended: bool) -> bool:
        """Whether a line begins where the next one of its paragraph would, below a full one."""
        before = paragraph[-1]
        size = max(before.size, line.size)
        step = (line.left - before.left) / size
        inset = (line.left - self._margins[id(line)].left) / size
        if abs(step) < _INDENT:
            usual = inset < _INDENT if self._indents else self._parted or self._prose
            first = self._indents and len(paragraph) == 1 and is_wide(line.text[0])
            return usual or not (ended or (first and abs(inset - _TWO_EMS) < _SLACK))
        if not ended and self._is_set_in(before, line):
            return True
        if step > 0:
            return not ended and len(paragraph) == 1 and before.text.endswith(("，", ","))
        return len(paragraph) == 1 and step > -_DEEPEST_INDENT and inset < _INDENT

    def _is_set_in(self, before: Line, line: Line) -> bool:
        """Whether a line below a full one is set in the middle or at the right, as that one is."""
        margins = self._margins[id(before)]
        own = before.left - margins.left
        inset, room = line.left - margins.left, margins.right - line.right
        at_right = inset > own and room < _SLACK * line.size
        return min(inset, own) > _INDENT * line.size and (at_right or abs(inset - room) < line.size)

    def _runs_over(self, paragraph: Sequence[Line], line: Line, *, full: bool, ended: bool) -> bool:
        """The next line stands in the next column, or on the next page."""
        before = paragraph[-1]
        if STRONG_START.match(line.text) or (WEAK_START.match(line.text) and (ended or not full)):
            return False
        is_lower = before.page == line.page and before.baseline < line.baseline
        if is_lower and line.right <= self._margins[id(before)].left:
            return False  # the next column is to the right
        inset = (line.left - self._margins[id(line)].left) / line.size
        own = (before.left - self._margins[id(before)].left) / before.size
        if not full:
            return not ended and begins_lower(line) and line.page - before.page <= 1
        level = inset < _INDENT or (len(paragraph) > 1 and abs(inset - own) < _INDENT)
        if own > _DEEPEST_INDENT or not level:
            return False
        return not ended or (self._indents and inset < _INDENT)

    def _starts(self, line: Line, *, full: bool, ended: bool) -> bool:
        """Whether a line begins with the number of a paragraph or item."""
        inset = (line.left - self._margins[id(line)].left) / line.size
        at_margin = self._indents and inset < _INDENT
        if STRONG_START.match(line.text):
            return not (at_margin and full and not ended and is_wide(line.text[0]))
        return bool(WEAK_START.match(line.text)) and (ended or not full)


def _hangs(paragraph: Sequence[Line], line: Line) -> bool:
    """Whether a line stands below the text behind the number of its paragraph, or to its right.

    The number ends at a gap or where its text begins.
    """
    first = paragraph[0]
    slack = 0.5 * line.size
    if len(paragraph) > 1:
        return abs(line.left - paragraph[-1].left) < slack and _hangs(paragraph[:1], paragraph[1])
    if first.gaps and abs(line.left - float(first.upright[first.gaps[0], 0])) < slack:
        return True
    step = (line.left - first.left) / line.size
    return is_numbered(first.text) and _INDENT <= step < _DEEPEST_INDENT

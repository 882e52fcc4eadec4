"""What repeats at the edges of pages is left out: running heads, page numbers, a browser's lines.

Footnotes are told from the text as well: they come behind the paragraph that their page ends with.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from qa.corpus.readers.pdf.lines import Line, text_size
from qa.corpus.readers.pdf.tables import Table

_ZONE = 0.14
"""Of a page's height: running heads stand no further in (37 mm of A4, the widest margin of
official documents, GB/T 9704-2012)."""

_ROWS = 4
"""Rows of an edge at most: a head of two lines, a rule's remark, a page number."""

_SAME_PLACE = 4.0
"""Points by which the places of one running head differ."""

_APART = 0.9
"""Of the size: the white space between a lone page number, or head of two pages, and the text."""

_BROWSER_ZONE = 0.07
"""Of a page's height: where browsers print the date, title and address of a page."""

_TINY = 0.85
_FAR_APART = 2.0
"""Of the text's and of its own size: a line at the very edge that is smaller, and as far from the
text, is a running head though the file has but one page."""

_SMALL = 0.93
"""Of the text's size: footnotes are set smaller."""

_BAR = r"[-–—―~·•|\s]{0,4}"
_PAGE_NUMBER = re.compile(
    rf"{_BAR}(?:第\s?)?(?:\d{{1,4}}|[ivxlc]{{1,8}}|[IVXLC]{{1,8}})(?:\s?[页頁])?{_BAR}"
    r"(?:(?:/|of|共|[，,]\s?共)\s?\d{1,4}(?:\s?[页頁])?)?\s?[-–—|]?"
    r"|(?:Page|PAGE|page|Seite|P\.)\s?\d{1,4}(?:\s?(?:of|/)\s?\d{1,4})?"
)
_BROWSER = re.compile(
    r"(?:https?://|file:///|www\.)\S{1,2000}(?:\s+\d{1,4}/\d{1,4})?"
    r"|\d{4}[/.-]\d{1,2}[/.-]\d{1,2}(?:\s上午|\s下午|,)?\s\d{1,2}:\d{2}.{0,400}"
    r"|\d{1,2}/\d{1,2}/\d{2,4},\s\d{1,2}:\d{2}(?:\s?[AP]M)?.{0,400}"
    r"|.{0,400}\s(?:https?://|file:///)\S{1,2000}"
)
_MARK = re.compile(
    r"\d{1,3}[.)]?\s|[*†‡§]{1,3}\s?\S|[①-⑳]|[\[〔（(]\s?[\d⁰¹²³⁴⁵⁶⁷⁸⁹]{1,3}\s?[\]〕）)]|注[:：\d]"
)
_FEWEST_LINES = 3
"""Lines in the size of the text on a page with footnotes, at least."""


@dataclass(slots=True)
class PageText:
    """What stands on a page: its lines and tables in reading order, and its footnotes.

    height: in points, of the page turned upright
    margins: the running heads and page numbers that were left out
    confidence: how sure its characters are, where they were read from a picture
    filled: whether a picture takes up much of it; picture: whether it has to be read as one
    """

    number: int
    height: float
    blocks: list[Line | Table]
    notes: list[Line] = field(default_factory=list)
    margins: list[Line] = field(default_factory=list)
    confidence: float = 1.0
    filled: bool = False
    picture: bool = False

    @property
    def lines(self) -> list[Line]:
        """Its lines outside tables."""
        return [block for block in self.blocks if isinstance(block, Line)]


def leave_out_margins(pages: Sequence[PageText]) -> None:
    """Take running heads and page numbers out of the pages."""
    size = text_size([line for page in pages for line in page.lines])[0]
    for from_top in (True, False):
        edges = [_edge(page, from_top=from_top) for page in pages]
        places: dict[str, list[tuple[int, float]]] = defaultdict(list)
        for page, rows in zip(pages, edges, strict=True):
            for line in (line for row in rows for line in row):
                places[_pattern(line)].append((page.number, _depth(line, page, from_top)))
        heads = _heads(pages, edges, places, from_top=from_top)
        for page, rows in zip(pages, edges, strict=True):
            dropped = _dropped(page, rows, heads, size, from_top=from_top)
            if dropped:
                page.margins += [line for line in page.lines if id(line) in dropped]
                page.blocks = [block for block in page.blocks if id(block) not in dropped]


def _edge(page: PageText, *, from_top: bool) -> list[list[Line]]:
    """The rows near one edge of a page, the outermost first."""
    zone = _ZONE * page.height
    lines = [line for line in page.lines if _depth(line, page, from_top) <= zone]
    lines.sort(key=lambda line: _depth(line, page, from_top))
    rows: list[list[Line]] = []
    for line in lines:
        if rows and abs(line.baseline - rows[-1][0].baseline) <= 0.3 * line.size:
            rows[-1].append(line)
        else:
            rows.append([line])
    return rows[:_ROWS]


def _depth(line: Line, page: PageText, from_top: bool) -> float:
    return line.baseline if from_top else page.height - line.baseline


def _pattern(line: Line) -> str:
    """What a running head has on every page: all but figures and white space."""
    return re.sub(r"\d+", "0", "".join(line.text.split()))


def _heads(
    pages: Sequence[PageText],
    edges: Sequence[list[list[Line]]],
    places: dict[str, list[tuple[int, float]]],
    *,
    from_top: bool,
) -> set[int]:
    """The lines, by id, that stand on other pages at the same place as well."""
    found: set[int] = set()
    seats: dict[int, set[int]] = defaultdict(set)  # points from the edge: pages with a head there
    for page, rows in zip(pages, edges, strict=True):
        for line in (line for row in rows for line in row):
            depth = _depth(line, page, from_top)
            twins = {
                number
                for number, place in places[_pattern(line)]
                if number != page.number and abs(place - depth) <= _SAME_PLACE
            }
            if twins and (len(twins) > 1 or _stands_apart(page, line, from_top)):
                found.add(id(line))
                seats[round(depth)].add(page.number)
    for page, rows in zip(pages, edges, strict=True):
        for line in rows[0] if rows else []:
            depth = round(_depth(line, page, from_top))
            seated = set().union(*(seats[place] for place in range(depth - 2, depth + 3)))
            if len(seated) >= max(3, len(pages) / 2) and _stands_apart(page, line, from_top):
                found.add(id(line))  # the head of a chapter that has one page
    return found


def _dropped(
    page: PageText, rows: list[list[Line]], heads: set[int], size: float, *, from_top: bool
) -> set[int]:
    """The lines, by id, of an edge that are left out, from outside up to the first text."""
    dropped: set[int] = set()
    for row in rows:
        text = " ".join(line.text for line in row)
        outside = _depth(row[0], page, from_top) <= _BROWSER_ZONE * page.height
        repeats = outside and _repeats_title(page, row[0]) and len(row) == 1
        small = outside and row[0].size < _TINY * size and not _begins_note(row[0])
        going = [
            line
            for line in row
            if id(line) in heads
            or (outside and (_BROWSER.fullmatch(line.text) or _BROWSER.fullmatch(text)))
            or (repeats and _stands_apart(page, line, from_top))
            or (small and _stands_apart(page, line, from_top, by=_FAR_APART))
            or (_PAGE_NUMBER.fullmatch(line.text) and _stands_apart(page, line, from_top))
        ]
        dropped.update(map(id, going))
        if len(going) < len(row):
            break
    return dropped


def _repeats_title(page: PageText, line: Line) -> bool:
    """Whether a line says what larger ones of its page say, one after the other."""
    larger = [other.text for other in page.lines if other.size * _TINY > line.size]
    return "".join(line.text.split()) in "".join("".join(larger).split())


def _stands_apart(page: PageText, line: Line, from_top: bool, *, by: float = _APART) -> bool:
    """Whether white space parts a line from the text further in."""
    inner = [
        other
        for other in page.blocks
        if (other.top - line.bottom if from_top else line.top - other.bottom) > -0.2 * line.size
        and other is not line
    ]
    if not inner:
        return True
    nearest = min(
        other.top - line.bottom if from_top else line.top - other.bottom for other in inner
    )
    return nearest >= by * line.size


def set_notes_apart(pages: Iterable[PageText], size: float) -> None:
    """Move the footnotes of pages out of their text; `size` is that of the text."""
    for page in pages:
        lines = page.lines
        if sum(line.size >= _SMALL * size for line in lines) < _FEWEST_LINES:
            continue
        taken: list[Line] = []
        start = 0
        while start < len(lines):
            end = start
            while end < len(lines) and lines[end].size < _SMALL * size:
                end += 1
            run = lines[start:end]
            first = next((n for n, line in enumerate(run) if _begins_note(line)), len(run))
            if run[first:] and _is_last(run[first:], lines, page):
                taken += run[first:]
            start = max(end, start + 1)
        if taken and len(taken) < len(lines):
            gone = {id(line) for line in taken}
            page.blocks = [block for block in page.blocks if id(block) not in gone]
            page.notes = taken


def _begins_note(line: Line) -> bool:
    return line.raised_start or bool(_MARK.match(line.text))


def _is_last(run: Sequence[Line], lines: Sequence[Line], page: PageText) -> bool:
    """Whether lines stand in the lower part of a page with nothing larger below."""
    top = min(line.top for line in run)
    size = max(line.size for line in run)
    return top > 0.4 * page.height and not any(
        line.size > size * 1.04
        and line.top > top
        and line.left < max(other.right for other in run)
        and min(other.left for other in run) < line.right
        for line in lines
    )

"""The numbers that Word sets before paragraphs: they stand in no text, but follow from lists.

A paragraph has a list (w:num) and a level. The list is a use of an abstract one, which holds the
formats of the levels and, for all its uses together, the counters (ECMA-376 part 1, 17.9).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from qa.corpus.readers.word.formats import format_number
from qa.corpus.readers.word.package import Element
from qa.corpus.readers.word.styles import Style, Styles, W, integer, is_on, value

_LEVELS = 9
"""The levels of a Word list."""

_WIDE_ENDS = "、，。．：；）】》」』〕"
"""Marks behind a number after which Chinese type has no gap."""

_PLACE = re.compile(r"%([1-9])")
_PADDED = re.compile(r"0{1,5}1")


@dataclass(frozen=True, slots=True)
class _Level:
    """How one level of a list is numbered.

    restarts_after: the levels, counted from 1, up to which a number starts this one anew; 0 where
        none does
    style: that of paragraphs that belong to this level
    """

    start: int = 1
    format: str = "decimal"
    padding: int = 0
    text: str = ""
    gap: str = " "
    legal: bool = False
    restarts_after: int = _LEVELS
    style: str = ""
    hidden: bool = False


@dataclass(slots=True)
class _List:
    """An abstract list; link: the style whose list it stands for."""

    levels: dict[int, _Level]
    link: str = ""
    counts: dict[int, int] = field(default_factory=dict)


@dataclass(slots=True)
class _Use:
    """A use of a list: the levels it changes, and those that it still has to start anew."""

    abstract: str
    levels: dict[int, _Level]
    starts: dict[int, int]


class Numbering:
    """Counts the paragraphs of one document; to be asked once for each, in their order."""

    def __init__(self, root: Element | None, styles: Styles) -> None:
        self._styles = styles
        self._lists: dict[str, _List] = {}
        self._uses: dict[str, _Use] = {}
        for element in root if root is not None else ():
            if element.tag == f"{W}abstractNum":
                name = str(element.get(f"{W}abstractNumId"))
                self._lists[name] = _List(dict(_levels(element)), value(element, "numStyleLink"))
            elif element.tag == f"{W}num":
                self._uses[str(element.get(f"{W}numId"))] = _use(element)

    def label(self, own: Style, style: Style, style_name: str) -> str:
        """The number of a paragraph with the gap behind it, "- " for a bullet, "" without one.

        own: what the paragraph says itself; style: what its style says.
        """
        use = self._uses.get(own.list or style.list)
        if use is None:
            return ""
        place = own.level
        if not own.list:
            place = self._level_of_style(use, style, style_name) if place is None else place
        place = min(max(place or 0, 0), _LEVELS - 1)
        listing = self._list_of(use)
        levels = listing.levels | use.levels
        level = levels.get(place)
        if level is None:
            return ""
        self._count(listing, use, levels, place)
        return "" if level.hidden else _label(level, levels, listing.counts)

    def _list_of(self, use: _Use) -> _List:
        """The abstract list, or that of the list style which it stands for."""
        found = self._lists.get(use.abstract, _List({}))
        linked = self._uses.get(self._styles.named(found.link).list) if found.link else None
        return self._lists.get(linked.abstract, found) if linked else found

    def _level_of_style(self, use: _Use, style: Style, name: str) -> int | None:
        """The level that belongs to a style, or to the one from which it has its list."""
        levels = self._list_of(use).levels | use.levels
        for wanted in (name, style.numbers):
            for place, level in levels.items():
                if wanted and level.style == wanted:
                    return place
        return style.level

    def _count(self, listing: _List, use: _Use, levels: dict[int, _Level], place: int) -> None:
        counts = listing.counts
        start = use.starts.pop(place, None)
        if start is not None:
            counts[place] = start
        elif place in counts:
            counts[place] += 1
        else:
            counts[place] = levels[place].start
        for deeper in range(place + 1, _LEVELS):
            if place < levels.get(deeper, _Level()).restarts_after:
                counts.pop(deeper, None)


def _label(level: _Level, levels: dict[int, _Level], counts: dict[int, int]) -> str:
    if level.format == "bullet":
        return "- "

    def number(found: re.Match[str]) -> str:
        other = int(found[1]) - 1
        shown = levels.get(other, _Level())
        count = counts.get(other, shown.start)
        written = "decimal" if level.legal else shown.format
        return format_number(count, written).zfill(0 if level.legal else shown.padding)

    text = _PLACE.sub(number, level.text).strip()
    if not text:
        return ""
    if text[-1].isalnum():
        return f"{text} "  # 第一条: without a gap it would not be told from the text
    return text + ("" if text[-1] in _WIDE_ENDS else level.gap)


def _levels(parent: Element) -> Iterator[tuple[int, _Level]]:
    for element in parent.findall(f"{W}lvl"):
        place = integer(str(element.get(f"{W}ilvl", "")))
        if place is not None and 0 <= place < _LEVELS:
            yield place, _level(element)


def _level(element: Element) -> _Level:
    start = integer(value(element, "start"))
    restart = integer(value(element, "lvlRestart"))
    format_, padding = _format(element)
    suffix = value(element, "suff")
    return _Level(
        start=1 if start is None else start,
        format=format_,
        padding=padding,
        text=value(element, "lvlText"),
        gap="" if suffix == "nothing" else " ",
        legal=bool(is_on(element, "isLgl")),
        restarts_after=_LEVELS if restart is None else restart,
        style=value(element, "pStyle"),
        hidden=bool(is_on(element.find(f"{W}rPr"), "vanish")),
    )


def _format(element: Element) -> tuple[str, int]:
    """The format of a level, and to how many digits it is padded with zeros."""
    formats = list(element.iter(f"{W}numFmt"))  # Word wraps newer ones in mc:AlternateContent
    for found in formats:
        if found.get(f"{W}val") == "custom":
            first = _PADDED.match(str(found.get(f"{W}format", "")))
            if first:
                return "decimal", len(first[0])
    known = [str(found.get(f"{W}val", "")) for found in formats]
    return next((name for name in known if name != "custom"), "decimal"), 0


def _use(element: Element) -> _Use:
    levels: dict[int, _Level] = {}
    starts: dict[int, int] = {}
    for change in element.findall(f"{W}lvlOverride"):
        place = integer(str(change.get(f"{W}ilvl", "")))
        start = integer(value(change, "startOverride"))
        levels |= dict(_levels(change))
        if place is None or start is None:
            continue
        starts[place] = start
        if place in levels:
            levels[place] = replace(levels[place], start=start)
    return _Use(value(element, "abstractNumId"), levels, starts)

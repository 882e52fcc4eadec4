"""A web page is walked once and becomes lines in reading order, each with where it stands.

Nothing is judged here but what HTML itself says: what is not shown is left out, headings get their
marks, items their numbers, tables their rows. Which lines are the page's own text is decided
afterwards, in `qa.corpus.readers.html.main`.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from lxml import etree
from lxml.html import HtmlElement

from qa.corpus.readers.html.breaks import BREAK, joined, lines_of
from qa.corpus.readers.html.lists import Counter, begins_with_label
from qa.corpus.readers.html.styles import is_centred, is_hidden, raised, type_size

UNSHOWN = frozenset(
    "head script style template noscript svg canvas iframe frame object embed applet audio"
    " video map input select textarea datalist progress meter rt rp rtc del s strike link meta"
    " title base param source track".split()
)
"""Elements without text for people; struck out text is no longer the document's."""

_BLOCKS = frozenset(
    "html body p div section article main header footer aside nav address blockquote center"
    " fieldset legend figure figcaption form dl dt dd ul ol menu li dir table caption thead tbody"
    " tfoot tr td th h1 h2 h3 h4 h5 h6 hr pre details summary search dialog hgroup listing"
    " xmp".split()
)
_LISTS = frozenset(("ul", "ol", "menu", "dir"))
_PREFORMATTED = frozenset(("pre", "listing", "xmp"))
_MARKS = {"br": (BREAK, ""), "q": ("“", "”")}
_WHOLE = frozenset("h1 h2 h3 h4 h5 h6 dt summary caption".split())
"""Elements that are one line, whatever blocks are in them."""

_HEADING = re.compile("h([1-6])")
_HEADING_LENGTH = 120
"""Characters of the longest heading; what is longer is text that was made large."""

_TERM_LENGTH = 40
"""Characters of the longest term that its explanation follows on the same line."""

_SENTENCE_END = tuple("。！？!?；;.")


@dataclass(slots=True)
class Line:
    """A paragraph, heading, item or table row.

    element: the innermost element in which it begins; of a table's rows the table
    level: of a heading, 0 of other lines
    linked: how many of its characters lead elsewhere
    size: points of its type where its element says so, else 0
    """

    text: str
    element: HtmlElement
    level: int = 0
    linked: int = 0
    is_row: bool = False
    is_term: bool = False
    size: float = 0.0
    is_centred: bool = False


TableReader = Callable[[HtmlElement], list[Line] | None]
"""Returns the lines of a table, None where it only arranges the page."""


@dataclass(slots=True)
class _Walk:
    """The state of a walk: the line that is being written and the lists that are open."""

    tables: TableReader | None
    lines: list[Line] = field(default_factory=list)
    _pieces: list[str] = field(default_factory=list)
    _origin: HtmlElement | None = None
    _linked: int = 0
    _links: int = 0  # open links
    _whole: HtmlElement | None = None  # the heading that is open
    _pre: int = 0
    _counters: list[Counter] = field(default_factory=list)
    _mark: str = ""  # of the item whose first line is awaited

    def read(self, root: HtmlElement) -> list[Line]:
        """Return the lines of an element."""
        walker = etree.iterwalk(root, events=("start", "end"))
        skipped: HtmlElement | None = None
        for event, element in walker:
            if event == "start":
                if (element is not root and self._is_left_out(element)) or (
                    element.tag == "table" and self._table(element)
                ):
                    walker.skip_subtree()
                    skipped = element
                else:
                    self._open(element)
                continue
            if element is skipped:
                skipped = None
            else:
                self._close(element)
            if element.tail and element is not root:
                self._write(element.tail, element.getparent())
        self._end_line()
        return self.lines

    def _is_left_out(self, element: HtmlElement) -> bool:
        tag = element.tag
        if tag == "button":
            return self._whole is None  # those in a heading open what is below it
        is_note_mark = element.get("role") in ("doc-noteref", "doc-backlink")
        return not isinstance(tag, str) or tag in UNSHOWN or is_note_mark or is_hidden(element)

    def _table(self, table: HtmlElement) -> bool:
        """Write a table's rows; False where it only arranges the page."""
        rows = self.tables(table) if self.tables and self._whole is None else None
        if rows is None:
            return False
        self._end_line()
        self.lines.extend(rows)
        return True

    def _open(self, element: HtmlElement) -> None:
        tag = element.tag
        if tag in _BLOCKS and self._whole is None:
            self._end_line()
        elif tag in _BLOCKS:
            self._write(" ", element)
        if tag in _WHOLE and self._whole is None:
            self._whole = element
        self._count(element, 1)
        if tag == "li" and self._counters:
            self._mark = self._counters[-1].mark(element)
        if tag in _MARKS:
            self._write(_MARKS[tag][0], element)
        if element.text:
            is_raised = tag in ("sup", "sub") and not len(element)
            self._write(raised(element.text, tag) if is_raised else element.text, element)

    def _count(self, element: HtmlElement, change: int) -> None:
        """Note that a list, a link or a text with its own line ends begins (1) or ends (-1)."""
        if element.tag in _LISTS and change > 0:
            self._counters.append(Counter.of(element))
        elif element.tag in _LISTS:
            self._counters.pop()
        elif _leads_away(element):
            self._links += change
        elif element.tag in _PREFORMATTED:
            self._pre += change

    def _close(self, element: HtmlElement) -> None:
        tag = element.tag
        if self._whole is element:
            self._end_line()
            self._whole = None
        elif tag in _BLOCKS and self._whole is None:
            self._end_line()
        self._count(element, -1)
        if tag == "li":
            self._mark = ""
        if tag in _MARKS:
            self._write(_MARKS[tag][1], element)

    def _write(self, text: str, element: HtmlElement) -> None:
        if self._pre:
            text = text.replace("\r\n", "\n").replace("\n", BREAK + BREAK)
        if self._origin is None and text.strip():
            self._origin = element
        if self._links:
            self._linked += len("".join(text.split()))
        self._pieces.append(text)

    def _end_line(self) -> None:
        """Turn what was written since the last line into lines."""
        origin, linked = self._origin, self._linked
        text = "".join(self._pieces)
        self._pieces, self._origin, self._linked = [], None, 0
        if origin is None:
            return
        if self._whole is not None:
            self._add(joined(text), origin, linked)
            return
        for line in lines_of(text, keeps_gaps=bool(self._pre)):
            self._add(line, origin, min(linked, len(line)))

    def _add(self, text: str, origin: HtmlElement, linked: int) -> None:
        if not text:
            return
        tag = self._whole.tag if self._whole is not None else ""
        is_entry = 2 * linked > len(text) or (linked and self._mark)
        is_heading = len(text) <= _HEADING_LENGTH and not is_entry
        heading = _HEADING.fullmatch(tag) if is_heading else None
        last = self.lines[-1] if self.lines else None
        if last and last.is_term and tag != "dt":
            self._explain(last, text, linked)
            return
        if self._mark and not heading:
            text = text if begins_with_label(text) else f"{self._mark}{text}"
        self._mark = ""
        self.lines.append(
            Line(
                text,
                origin,
                level=int(heading[1]) if heading else 0,
                linked=linked,
                is_term=tag == "dt" and len(text) <= _TERM_LENGTH,
                size=type_size(origin),
                is_centred=is_centred(origin),
            )
        )

    def _explain(self, term: Line, text: str, linked: int) -> None:
        """Set an explanation behind its term; a question stays a line of its own."""
        term.is_term = False
        if term.text.endswith(_SENTENCE_END):
            self.lines.append(Line(text, term.element, linked=linked))
            return
        colon = "：" if not term.text.isascii() or not text.isascii() else ": "
        term.text = f"{term.text.rstrip('：: ')}{colon}{text}"
        term.linked += linked


def _leads_away(element: HtmlElement) -> bool:
    """Whether an element is a link to another page."""
    href = element.get("href") if element.tag == "a" else None
    return href is not None and not href.strip().startswith("#")


def read_lines(root: HtmlElement, tables: TableReader | None = None) -> list[Line]:
    """Return the lines of an element in reading order; without `tables` these are plain text."""
    return _Walk(tables).read(root)


def ancestors(element: HtmlElement) -> Iterator[HtmlElement]:
    """An element and all that it stands in, from the inside out."""
    yield element
    yield from element.iterancestors()

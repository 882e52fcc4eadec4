"""Word files (.docx): paragraphs with the numbers that Word counts, headings, tables, notes.

Read is what people see who have accepted all changes; heads and feet of pages, comments, hidden
text and tables of contents are left out.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from qa.corpus.readers.extracted import Extracted, Limits, Progress, UnreadableError
from qa.corpus.readers.word.facts import find_title
from qa.corpus.readers.word.lines import (
    Line,
    cells_of,
    clean,
    join,
    may_be_heading,
    names_contents,
    split_breaks,
)
from qa.corpus.readers.word.notes import Notes
from qa.corpus.readers.word.numbering import Numbering
from qa.corpus.readers.word.package import Element, Package
from qa.corpus.readers.word.runs import MC, Content, Runs, chosen
from qa.corpus.readers.word.styles import BODY_LEVEL, Style, Styles, W, formatting, is_on, value
from qa.corpus.readers.word.tables import Table, as_row, is_layout, join_cell, read_table, rows_of
from qa.corpus.readers.word.titles import arrange
from qa.corpus.tables import read_row

_HEADING_LEVELS = 6
"""As many as Markdown has."""

_WRAPPERS = frozenset(W + name for name in "ins moveTo customXml smartTag sdtContent".split())


def read(path: Path, limits: Limits, progress: Progress) -> Extracted:
    """Read a Word file. Raises UnreadableError."""
    with Package(path, limits) as package:
        document = _Document(package, limits)
        lines = arrange(document.lines())
        text = _text(lines)
        if not text:
            raise UnreadableError(_nothing(package))
        title = find_title(package.properties(), [line for line in lines if not line.is_row])
        warnings = list(_warnings(package, document))
    progress(1, 1)
    return Extracted(text, {"title": title} if title else {}, warnings=warnings)


def _text(lines: Sequence[Line]) -> str:
    """The lines in the form of a text: blank lines part all but the rows of one table."""
    parts: list[str] = []
    above = Line("")
    for line in lines:
        parts.append("\n" if above.is_row and line.is_row and line.follows else "\n\n")
        parts.append(f"{'#' * line.level} {line.text}" if line.level else line.text)
        above = line
    return "".join(parts[1:])


def _nothing(package: Package) -> str:
    if package.has_pictures:
        return "it holds pictures and no text; save it as .pdf, which is read as a scan"
    return "there is no text in it"


def _warnings(package: Package, document: "_Document") -> Iterator[str]:
    if package.has_macros:
        yield "its macros were left alone"
    if document.objects:
        yield f"{document.objects} embedded objects, charts or diagrams were not read"
    if document.embedded:
        yield f"{document.embedded} files that are embedded in it were not read; save it anew"


class _Document:
    """Reads the body of one document.

    objects: embedded objects and diagrams that were met; embedded: whole files
    """

    def __init__(self, package: Package, limits: Limits) -> None:
        self.objects = 0
        self.embedded = 0
        self._body = package.main().find(f"{W}body")
        self._styles = Styles(package.related("styles"))
        self._numbering = Numbering(package.related("numbering"), self._styles)
        self._notes = Notes(package, self._styles)
        self._characters = limits.characters
        self._carried = ""  # the text of a paragraph whose end was deleted
        self._is_apart = True  # whether an empty paragraph was the last

    def lines(self) -> list[Line]:
        """All lines in their order. Raises UnreadableError where they are too many."""
        if self._body is None:
            raise UnreadableError("a damaged file (it has no body); open it in Word and save it")
        found: list[Line] = []
        for line in self._story(self._body):
            if line is None:
                if found and names_contents(found[-1].text):
                    found.pop()
                continue
            self._characters -= len(line.text)
            if self._characters < 0:
                raise UnreadableError("it has too much text; split it")
            found.append(line)
        return [*found, *map(Line, self._notes.rest())]

    def _story(self, story: Element) -> Iterator[Line | None]:
        yield from self._blocks(story, Runs(story, self._styles))

    def _blocks(self, parent: Element, runs: Runs, *, cell: bool = False) -> Iterator[Line | None]:
        """The lines of paragraphs and tables; None stands for a part of a table of contents."""
        for element in parent:
            if element.tag == f"{W}p":
                yield from self._paragraph(element, runs, cell=cell)
            elif element.tag == f"{W}tbl":
                yield from self._table(element, runs, cell=cell)
            elif element.tag == f"{W}sdt":
                yield from self._control(element, runs, cell=cell)
            elif element.tag in _WRAPPERS:
                yield from self._blocks(element, runs, cell=cell)
            elif element.tag == f"{MC}AlternateContent":
                branch = chosen(element)
                if branch is not None:
                    yield from self._blocks(branch, runs, cell=cell)
            elif element.tag == f"{W}altChunk":
                self.embedded += 1

    def _control(self, element: Element, runs: Runs, *, cell: bool) -> Iterator[Line | None]:
        """A content control, unless it is a table of contents or only asks to be filled in."""
        properties = element.find(f"{W}sdtPr")
        gallery = value(properties, "docPartObj", "docPartGallery").lower()
        if gallery == "table of contents":
            yield None
        elif not is_on(properties, "showingPlcHdr"):
            for inside in element.findall(f"{W}sdtContent"):
                yield from self._blocks(inside, runs, cell=cell)

    def _paragraph(self, element: Element, runs: Runs, *, cell: bool) -> Iterator[Line | None]:
        properties = element.find(f"{W}pPr")
        name = value(properties, "pStyle")
        own, style = formatting(properties, None), self._styles.paragraph(name)
        was_contents = runs.in_contents
        content = runs.read(element, style)
        self.objects += content.objects
        self._notes.refer(content.notes)
        text, self._carried = self._carried + content.text, ""
        if _is_merged(properties):
            self._carried = text
            return
        if style.is_contents or ((was_contents or runs.in_contents) and not text.strip()):
            yield None
            return
        label = self._numbering.label(own, style, name or self._styles.default)
        texts = _lines(clean(text), clean(label) + " " * label.endswith(" "), cell=cell)
        columns = cells_of(text) if len(texts) == 1 and not label else ()
        for line in self._finished(texts, own, style, content, cell=cell):
            yield replace(line, cells=columns)
        for box in content.boxes:
            yield from self._story(box)

    def _finished(
        self, texts: list[str], own: Style, style: Style, content: Content, *, cell: bool
    ) -> Iterator[Line]:
        """The lines of a paragraph: one for a heading, and notes behind its sentences."""
        outline = style.outline if own.outline is None else own.outline
        whole = join(texts)
        level = 0
        if style.is_title and may_be_heading(whole):
            level = 1
        elif outline is not None and outline < BODY_LEVEL and may_be_heading(whole):
            level = min(outline + 1, _HEADING_LEVELS)
        size = content.sizes.most_common(1)[0][0] if content.sizes else 0
        centred = bool(style.centred if own.centred is None else own.centred)
        texts = [whole] if level else texts
        for number, line in enumerate(texts):
            text = line
            if level:
                yield from map(Line, self._notes.rest(but=len(content.notes)))
            if number == len(texts) - 1 and not (level or cell):
                text = " ".join([text, *self._notes.behind(text, own=len(content.notes))])
            yield Line(text, level, size, centred, follows=not self._is_apart)
            self._is_apart = False
        self._is_apart = not whole

    def _table(self, element: Element, runs: Runs, *, cell: bool) -> Iterator[Line | None]:
        rows = rows_of(element)
        if is_layout(rows):
            for cells, _ in rows:
                for one in cells:
                    yield from self._blocks(one.element, runs, cell=cell)
            return

        def text_of(one: Element) -> str:
            lines = self._blocks(one, runs, cell=True)
            return join_cell([line.text for line in lines if line is not None])

        yield from map(Line, self._notes.rest())
        table = read_table(rows, text_of)
        yield from _flat(table) if cell else _rows(table)
        self._is_apart = True
        if not cell:
            yield from map(Line, self._notes.rest())


def _is_merged(properties: Element | None) -> bool:
    """Whether the end of a paragraph was deleted, so that it goes on in the next."""
    mark = properties.find(f"{W}rPr") if properties is not None else None
    return mark is not None and any(mark.find(W + name) is not None for name in ("del", "moveFrom"))


def _lines(text: str, label: str, *, cell: bool) -> list[str]:
    """The lines of a paragraph behind its number; a number alone counts only in a cell."""
    lines = split_breaks(text)
    if not lines:
        return [label.strip()] if cell and label.strip("- ") else []
    gap = " " if label[-1:] in (".", "．") and lines[0][0].isdigit() else ""
    return [f"{label}{gap}{lines[0]}", *lines[1:]]


def _rows(table: Table) -> Iterator[Line]:
    """A table in the form of the text, with the lines that stood at its edges."""
    yield from map(Line, table.above)
    lines = [as_row(row) for row in table.rows]
    if table.head:
        lines = [as_row(table.head), as_row(["---"] * len(table.head)), *lines]
    if len(lines) == 1 or (table.rows and len(table.rows[0]) == 1):
        lines = [read_row(table.head, row) for row in table.rows]
        yield from map(Line, lines)
    else:
        yield from (Line(line, is_row=True, follows=n > 0) for n, line in enumerate(lines))
    yield from map(Line, table.below)


def _flat(table: Table) -> Iterator[Line]:
    """A table inside a cell: its rows as they are read aloud."""
    rows = (read_row(table.head, row) for row in table.rows)
    yield from map(Line, [*table.above, *rows, *table.below])

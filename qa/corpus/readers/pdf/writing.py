"""The paragraphs and tables of a document are put together over its pages, and written."""

from collections.abc import Sequence

from qa.corpus.readers.pdf.contents import without_contents
from qa.corpus.readers.pdf.flow import Flow
from qa.corpus.readers.pdf.lines import Line, text_size
from qa.corpus.readers.pdf.margins import PageText, set_notes_apart
from qa.corpus.readers.pdf.outline import Paragraph, heading_marks
from qa.corpus.readers.pdf.spans import Gluer, Span, Writer
from qa.corpus.readers.pdf.tables import Cell, Table, joined


def write(writer: Writer, pages: Sequence[PageText], *, pictures: frozenset[int]) -> None:
    """Write the paragraphs and tables of the pages; `pictures` are those read as scans."""
    set_notes_apart(pages, text_size([line for page in pages for line in page.lines])[0])
    blocks = without_contents([block for page in pages for block in page.blocks])
    kept = {id(block) for block in blocks}
    for page in pages:
        page.blocks = [block for block in page.blocks if id(block) in kept]
    flow = Flow([[*page.lines, *page.notes] for page in pages], pictures=pictures)
    items = _items(pages, flow)
    paragraphs = [item for item in items if isinstance(item, Paragraph)]
    marks = heading_marks(paragraphs, pictures=pictures)
    gluer = Gluer(line.text for page in pages for line in [*page.lines, *page.notes])
    number = 0
    for item in items:
        if isinstance(item, Table):
            _write_table(writer, item, gluer)
            continue
        writer.paragraph([*([marks[number]] if number in marks else []), *gluer.glue(item.lines)])
        number += 1


def _items(pages: Sequence[PageText], flow: Flow) -> list[Paragraph | Table]:
    """The paragraphs and tables in order, footnotes behind the paragraph that runs past them."""
    items: list[Paragraph | Table] = []
    current: list[Line] = []
    notes: list[Paragraph] = []

    def close() -> None:
        nonlocal current
        if current:
            items.append(Paragraph(tuple(current)))
        items.extend(notes)
        current, notes[:] = [], []

    for page in pages:
        for block in page.blocks:
            if isinstance(block, Table):
                close()
                before = items[-1] if items else None
                both = joined(before, block) if isinstance(before, Table) else None
                items[len(items) - (both is not None) :] = [both or block]
            elif current and flow.runs_on(current, block):
                current.append(block)
            else:
                close()
                current = [block]
        notes += _notes(page.notes, flow)
    close()
    return items


def _notes(lines: Sequence[Line], flow: Flow) -> list[Paragraph]:
    notes: list[list[Line]] = []
    for line in lines:
        if notes and not line.raised_start and flow.runs_on(notes[-1], line):
            notes[-1].append(line)
        else:
            notes.append([line])
    return [Paragraph(tuple(note)) for note in notes]


def _write_table(writer: Writer, table: Table, gluer: Gluer) -> None:
    """Write a table; a first row of one cell is its caption, and one row alone is text."""
    rows, heads = list(table.rows), table.heads
    if len(rows) > 1 and _is_caption(rows[0]):
        writer.paragraph(gluer.glue(rows[0][0]))
        rows, heads = rows[1:], 0
    if len(rows) == 1:
        for cell in rows[0]:
            if cell:
                writer.paragraph(gluer.glue(cell))
        return
    for number, row in enumerate(rows):
        writer.row(_row(row, gluer), first=number == 0)
        if number + 1 == heads:
            writer.row([Span("| " + " | ".join(["---"] * len(row)) + " |")], first=False)


def _row(row: Sequence[Cell], gluer: Gluer) -> list[Span]:
    spans = [Span("|")]
    for cell in row:
        spans += [Span(" "), *gluer.glue(cell, cell=True), Span(" |" if cell else "|")]
    return spans


def _is_caption(row: Sequence[Cell]) -> bool:
    """Whether a row is one cell over all columns."""
    return len(row) > 1 and bool(row[0]) and not any(row[1:])

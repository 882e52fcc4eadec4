"""Tables of a web page as rows of bars; a cell that spans stands in each row that it covers."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from lxml.html import HtmlElement

from qa.corpus.readers.html.lines import Line, read_lines
from qa.corpus.readers.html.styles import is_hidden
from qa.corpus.tables import MAX_COLUMNS

_MAX_ROWS = 50_000
_MAX_SPAN = 1_000  # as in HTML's own rules
_MAX_CELLS = 2_000_000
_LONG_CELL = 60
"""Characters; a longer cell in the first row is no head of a column."""

_LAYOUT_CELL = 400
"""Characters that a cell has on average where a table only arranges the page."""

_LAYOUT_BLOCKS = frozenset("h1 h2 h3 h4 form table nav article section main header footer".split())
_FIGURE = re.compile(
    r"[£$¥€+\-−–<>≤≥约約]?\s?\d[\d,.]*+\s?(?:[%％‰]|[^\d\s年月号號期档級级类類]{1,5})?"
)
_LABEL = re.compile(r"[^：:]{1,12}[：:]")
_SECTIONS = ("thead", "tbody", "tfoot")


@dataclass(frozen=True, slots=True, eq=False)
class _Cell:
    """A cell; at all the places that it covers stands the same one."""

    text: str = ""
    is_head: bool = False
    linked: int = 0
    width: int = 1
    height: int = 1


_EMPTY = _Cell()


def table_lines(table: HtmlElement) -> list[Line] | None:
    """Return the lines of a table, None where it only arranges the page."""
    if _arranges(table):
        return None
    elements = _rows(table)
    rows = _grid(elements)
    captions = (child for child in table if child.tag == "caption")
    caption = [Line(line.text, table) for child in captions for line in read_lines(child)]
    if not rows:
        return caption
    if len(rows[0]) == 1:
        return caption + _plain(table, elements)
    above, rows, below = _spanning(rows)
    lines = caption + [_line(table, [cell]) for cell in above]
    if _is_of_labels(rows):
        lines += [_line(table, pair) for row in rows for pair in _pairs(row)]
    elif len(rows) == 1:
        lines.append(_line(table, [cell for cell in rows[0] if cell.text]))
    elif rows:
        lines += _ruled(table, rows, _heads(elements, rows, skipped=len(above)))
    return [line for line in (*lines, *(_line(table, [cell]) for cell in below)) if line.text]


def _arranges(table: HtmlElement) -> bool:
    """Whether a table holds parts of the page and not figures or words."""
    if (table.get("role") or "").lower() in ("presentation", "none"):
        return True
    cells, length = 0, 0
    for element in table.iter():
        tag = element.tag
        if element is not table and tag in _LAYOUT_BLOCKS:
            return True
        if tag in ("th", "caption", "thead"):
            return False
        cells += tag == "td"
        if tag not in ("script", "style"):
            length += len((element.text or "").strip())
        length += len((element.tail or "").strip()) if element is not table else 0
    return cells <= 1 or length > _LAYOUT_CELL * cells


def _rows(table: HtmlElement) -> list[HtmlElement]:
    """The rows of a table in the order in which they are shown."""
    found: list[tuple[int, HtmlElement]] = []
    for child in table:
        is_section = child.tag in _SECTIONS
        place = _SECTIONS.index(child.tag) if is_section else 1
        rows = child if is_section else [child]
        found.extend((place, row) for row in rows if row.tag == "tr")
    shown = [pair for pair in found if not is_hidden(pair[1])]
    return [row for _, row in sorted(shown, key=lambda pair: pair[0])][:_MAX_ROWS]


def _grid(elements: Sequence[HtmlElement]) -> list[list[_Cell]]:
    """The cells at their places, all rows of one width.

    Left out are empty columns, and rows in which no cell with text begins: forms to fill in.
    """
    rows: list[list[_Cell]] = []
    hanging: dict[int, tuple[int, _Cell]] = {}  # by column: rows still to cover
    held = 0
    for number, element in enumerate(elements):
        row: list[_Cell] = []
        has_text = False
        for cell in (child for child in element if child.tag in ("td", "th")):
            _hang(row, hanging)
            read = _cell(cell, rows_left=len(elements) - number)
            has_text = has_text or bool(read.text)
            for column in range(len(row), min(MAX_COLUMNS, len(row) + read.width)):
                if read.height > 1:
                    hanging[column] = (read.height - 1, read)
                row.append(read)
        _hang(row, hanging)
        held += len(row)
        if has_text and held <= _MAX_CELLS:
            rows.append(row)
    return _full(rows)


def _hang(row: list[_Cell], hanging: dict[int, tuple[int, _Cell]]) -> None:
    """Take over the cells of rows above that reach down to here."""
    while len(row) in hanging:
        left, cell = hanging.pop(len(row))
        if left > 1:
            hanging[len(row)] = (left - 1, cell)
        row.append(cell)


def _full(rows: Sequence[list[_Cell]]) -> list[list[_Cell]]:
    width = max(map(len, rows), default=0)
    rows = [row + [_EMPTY] * (width - len(row)) for row in rows]
    used = [column for column in range(width) if any(row[column].text for row in rows)]
    return [[row[column] for column in used] for row in rows]


def _cell(element: HtmlElement, *, rows_left: int) -> _Cell:
    lines = [] if is_hidden(element) else read_lines(element)
    text = ""
    for line in lines:
        gap = "" if not text or text[-1] in "。；：，、！？" else " "
        text += gap + line.text
    return _Cell(
        text,
        is_head=element.tag == "th",
        linked=sum(line.linked for line in lines),
        width=max(1, _span(element, "colspan")),
        height=min(_span(element, "rowspan") or rows_left, rows_left),
    )


def _span(element: HtmlElement, name: str) -> int:
    value = (element.get(name) or "1").strip()
    return min(int(value), _MAX_SPAN) if value.isascii() and value.isdigit() else 1


def _spanning(rows: list[list[_Cell]]) -> tuple[list[_Cell], list[list[_Cell]], list[_Cell]]:
    """Part the lines over and under a table that go across all of it: its title, unit, notes."""
    begin, end = 0, len(rows)
    while begin < end and _goes_across(rows[begin]):
        begin += 1
    while end > begin and _goes_across(rows[end - 1]):
        end -= 1
    return [row[0] for row in rows[:begin]], rows[begin:end], [row[0] for row in rows[end:]]


def _goes_across(row: Sequence[_Cell]) -> bool:
    return row[0].width > 1 and all(cell is row[0] for cell in row)


def _is_of_labels(rows: Sequence[Sequence[_Cell]]) -> bool:
    """Whether a table is a form with labels and values beside each other."""
    pairs = [row[place : place + 2] for row in rows for place in range(0, len(row) - 1, 2)]
    labelled = sum(bool(_LABEL.fullmatch(pair[0].text)) for pair in pairs)
    return 3 * labelled >= 2 * len(pairs) > 0


def _pairs(row: Sequence[_Cell]) -> Iterator[list[_Cell]]:
    """Each label with its value; what has none is alone."""
    previous: _Cell | None = None
    for found in dict.fromkeys(row):
        if previous is not None:
            yield [previous, found]
            previous = None
        elif _LABEL.fullmatch(found.text):
            previous = found
        else:
            yield [found]
    if previous is not None:
        yield [previous]


def _line(table: HtmlElement, cells: Sequence[_Cell]) -> Line:
    """Cells as a line of text: a label and what it is of, else parts of a sentence."""
    texts = [cell.text for cell in dict.fromkeys(cells)]
    whole = "；".join(text.rstrip("；") for text in texts)
    if len(texts) == 2 and len(texts[0]) <= _LONG_CELL:
        whole = f"{texts[0].rstrip('：: ')}：{texts[1]}"
    return Line(whole, table, linked=sum(cell.linked for cell in cells))


def _plain(table: HtmlElement, elements: Sequence[HtmlElement]) -> list[Line]:
    """A table of one column is text in a frame."""
    lines = [line for element in elements for line in read_lines(element)]
    return [Line(line.text, table, level=line.level, linked=line.linked) for line in lines]


def _heads(
    elements: Sequence[HtmlElement], rows: Sequence[Sequence[_Cell]], *, skipped: int
) -> int:
    """How many rows at the top name the columns, 0 where none is sure to."""
    told = 0
    while told < len(rows) - 1 and all(cell.is_head or not cell.text for cell in rows[told]):
        told += 1
    parent = elements[skipped].getparent() if skipped < len(elements) else None
    if not told and parent is not None and parent.tag == "thead":
        told = len(parent) - skipped
    first = rows[0]
    if not told and len(first) > 2 and all(_may_be_head(cell) for cell in first):
        told = 1
    if told and any(cell.width > 1 for cell in first):
        told = max(told, *(cell.height for cell in first))
    return min(max(told, 0), len(rows) - 1)


def _may_be_head(cell: _Cell) -> bool:
    return bool(cell.text) and len(cell.text) <= _LONG_CELL and not _FIGURE.fullmatch(cell.text)


def _ruled(table: HtmlElement, rows: Sequence[Sequence[_Cell]], heads: int) -> list[Line]:
    """Rows between bars; several rows of heads become one."""
    lines: list[Line] = []
    if heads:
        columns = zip(*rows[:heads], strict=True)
        parts = [dict.fromkeys(cell.text for cell in column if cell.text) for column in columns]
        lines.append(_row(table, [" ".join(part) for part in parts]))
        lines.append(_row(table, ["---"] * len(rows[0])))
    for row in rows[heads:]:
        is_once = not heads or _goes_across(row)  # what no column's head speaks for
        cells = [
            "" if is_once and cell is before else cell.text
            for before, cell in pairwise([_EMPTY, *row])
        ]
        lines.append(_row(table, cells, linked=sum(cell.linked for cell in dict.fromkeys(row))))
    return lines


def _row(table: HtmlElement, cells: Sequence[str], *, linked: int = 0) -> Line:
    shown = " | ".join(cell.replace("|", "\\|") for cell in cells)
    return Line(f"| {shown} |", table, linked=linked, is_row=True)

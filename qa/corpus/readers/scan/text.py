"""Lines of scanned pages become paragraphs, headings and tables, in the form that readers give."""

import re
from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from qa.corpus.paragraphs import ARTICLE
from qa.corpus.readers.scan.cells import TableRow
from qa.corpus.readers.scan.lines import is_wide
from qa.corpus.readers.scan.rows import Row
from qa.corpus.readers.scan.tables import find_tables

_LARGER = 1.15
"""Over the size of the text: a title, or a heading that only its size gives away."""

_LARGER_LATIN = 1.3
"""The same, where the size is less sure, since letters differ in width."""

_HEADING_LENGTH = 90
"""Characters; what is longer is a paragraph in large type."""

_INDENT = 1.0
"""Sizes: a first line is set in by two, and its characters are found within half of one."""

_SHORT = 2.3
"""Sizes left behind a line of Chinese that goes on: a character, and punctuation that may not
begin a line."""

_RAGGED = 6.0
"""Sizes left behind lines of English that are not set to fill the column: a long word or two."""

_PARTED = 1.45
"""Over the usual distance of lines: where a new paragraph begins for that alone."""

_HEAD = 12
"""Lines at the top of the first page in which a letterhead, a number and a title stand."""

_NUMERAL = "[〇零一二三四五六七八九十百千\\d]{1,8}"
_NUMBERED = re.compile(
    rf"第{_NUMERAL}[编編部章节節]|{_NUMERAL}[、．]|[（(]{_NUMERAL}[）)]|\d{{1,3}}[.)](?!\d)"
    r"|\d{1,2}(?:\.\d{1,2}){1,3}\s|[①-⑳]|[-*+•·●■▪◆○□](?:\s|(?=[^\W\d_]))|[(（]?[a-z]{1,3}[)）]\s"
)
_SENTENCE_END = re.compile(r"[。！？!?；;：:.][”’」』）)】》\"']{0,2}$")
_LETTERHEAD = re.compile(r"[\u4e00-\u9fff（）()、\s]{2,40}文件$|附\s?[件录錄]\s?\d{0,2}[:：]?$")
_NUMBER = re.compile(r".{0,30}[〔［\[（(]\s?\d{4}\s?[〕］\])）]\s?第?\s?\d{1,5}\s?[号號]")
_DATE = re.compile(r"[（(]?[〇○零一二三四五六七八九\d]{2,4}\s?年.{1,12}[日月][）)]?$")


class Text:
    """A text that is being written, with the page and the place of its characters."""

    def __init__(self) -> None:
        self._texts: list[str] = []
        self._pages: list[NDArray[np.int32]] = []
        self._boxes: list[NDArray[np.float32]] = []

    def add(self, text: str, row: Row | None = None, start: int = 0) -> None:
        """Add characters of a row from `start` on, or some that stand on no page."""
        self._texts.append(text)
        self._pages.append(np.full(len(text), row.page if row else -1, dtype=np.int32))
        places = row.places[start : start + len(text)] if row else np.zeros((len(text), 4))
        self._boxes.append(places.astype(np.float32))

    def add_cell(self, text: str, row: Row, start: int) -> None:
        """Add characters of a row that are a table's: a bar is written with a stroke before it."""
        for number, part in enumerate(text.split("|")):
            if number:
                self.add("\\")
                self.add("|", row, start - 1)
            self.add(part, row, start)
            start += len(part) + 1

    def finished(self) -> tuple[str, NDArray[np.int32], NDArray[np.float32]]:
        """The text; of each character its page, and its box."""
        if not self._texts:
            return "", np.zeros(0, dtype=np.int32), np.zeros((0, 4), dtype=np.float32)
        return "".join(self._texts), np.concatenate(self._pages), np.concatenate(self._boxes)


def write(rows: Sequence[Row]) -> tuple[str, NDArray[np.int32], NDArray[np.float32]]:
    """The text of all lines; of each character its page, -1 where it has none, and its box."""
    text = Text()
    usual = _usual_distance(rows)
    paragraph: list[Row] = []
    has_title = False
    letterhead = _letterhead(rows)

    def finish() -> None:
        nonlocal has_title
        if paragraph:
            is_head = any(row is other for row in paragraph for other in letterhead)
            is_top = any(paragraph[0] is row for row in rows[:_HEAD])
            marks = "" if is_head else _marks(paragraph, may_be_title=is_top and not has_title)
            has_title = has_title or bool(marks)
            _add_paragraph(text, paragraph, marks)
            paragraph.clear()

    for part in find_tables(rows):
        if isinstance(part, Row):
            if paragraph and _begins(part, paragraph, usual):
                finish()
            paragraph.append(part)
        else:
            finish()
            _add_table(text, part)
    finish()
    return text.finished()


def _usual_distance(rows: Sequence[Row]) -> float:
    """Sizes from one line to the next, mostly; the lower third, since paragraphs lie apart."""
    distances = sorted(
        (row.top - above.top) / row.body
        for above, row in pairwise(rows)
        if row.page == above.page and row.top > above.bottom
    )
    return distances[len(distances) // 3] if distances else 2.0


def _begins(row: Row, paragraph: Sequence[Row], usual: float) -> bool:
    """Whether a line begins a paragraph, rather than going on with the one above."""
    start, above = paragraph[0], paragraph[-1]
    if _DATE.match(row.text) or _DATE.match(above.text):
        return True
    same_page = row.page == above.page and row.top > above.top
    if same_page and (row.top - above.top) / row.body > _PARTED * usual:
        return not (_is_large(row) and _is_large(above))
    if _is_large(row) or _is_large(above) or row.is_centred or above.is_centred:
        both = _is_large(row) and _is_large(above) and row.is_centred == above.is_centred
        return not both or abs(row.size - above.size) > 0.15 * row.size
    if _is_ragged(row, above):
        return False
    if above.room > _needed(row) or _begins_number(row, above):
        return True
    hangs = _NUMBERED.match(start.text) and row.left > start.left + 0.5 * row.body
    follows = len(paragraph) > 1 and abs(row.left - above.left) < 0.5 * row.body
    return row.indent > _INDENT and not (hangs or follows)


def _letterhead(rows: Sequence[Row]) -> Sequence[Row]:
    """The lines above a document's number, where its title stands below."""
    head = [row for row in rows[:_HEAD] if row.page == rows[0].page]
    for number, row in enumerate(head):
        if _NUMBER.match(row.text) and not _is_large(row):
            below = head[number + 1 :]
            return head[:number] if any(_is_large(r) and r.is_centred for r in below) else []
    return []


def _is_large(row: Row) -> bool:
    is_latin = 2 * sum(map(is_wide, row.text)) < len(row.text)
    return row.size > (_LARGER_LATIN if is_latin else _LARGER) * row.body


def _needed(row: Row) -> float:
    """Sizes that the beginning of a line would have needed at the end of the one above."""
    if is_wide(row.text[0]):
        return _SHORT
    word = len(row.text.split(" ", 1)[0])
    return float(row.boxes[min(word, len(row.text)) - 1, 2] - row.left) / row.body + 0.6


def _is_ragged(row: Row, above: Row) -> bool:
    """Whether a line of English goes on, though there was room for it above."""
    ended = _SENTENCE_END.search(above.text)
    return row.text[0].islower() and not ended and above.room < _RAGGED and row.indent <= _INDENT


def _begins_number(row: Row, above: Row) -> bool:
    """Whether a line begins with a number of its own, not with one that the sentence refers to."""
    article = ARTICLE.match(row.text)
    ended = bool(_SENTENCE_END.search(above.text))
    if article:
        return ended or row.indent > _INDENT
    return bool(_NUMBERED.match(row.text)) and (ended or row.indent > _INDENT)


def _marks(paragraph: Sequence[Row], *, may_be_title: bool) -> str:
    """The marks of a heading, or none: what is numbered is known by that."""
    whole = "".join(row.text for row in paragraph)
    is_named = any(form.match(whole) for form in (_LETTERHEAD, _NUMBER, _DATE))
    if is_named or len(whole) > _HEADING_LENGTH or not all(map(_is_large, paragraph)):
        return ""
    if may_be_title:
        return "# " if paragraph[0].is_centred else ""
    return "" if _NUMBERED.match(whole) or ARTICLE.match(whole) else "## "


def _add_paragraph(text: Text, paragraph: Sequence[Row], marks: str) -> None:
    text.add(marks)
    _add_lines(text.add, text, [(row, 0, len(row.text)) for row in paragraph])
    text.add("\n\n")


def _add_lines(
    add: Callable[[str, Row, int], None], text: Text, lines: Sequence[tuple[Row, int, int]]
) -> None:
    """Join lines: words of Latin letters by a space, or at a hyphen; others with nothing."""
    for number, (row, start, end) in enumerate(lines):
        words = row.text[start:end]
        following = lines[number + 1] if number + 1 < len(lines) else None
        if following is None:
            add(words, row, start)
            continue
        after = following[0].text[following[1]]
        if len(words) > 1 and words[-1] == "-" and words[-2].isalpha() and after.islower():
            add(words[:-1], row, start)
            continue
        add(words, row, start)
        if not (is_wide(words[-1]) or is_wide(after) or words[-1] in "-–—"):
            text.add(" ")


def _add_table(text: Text, table: Sequence[TableRow]) -> None:
    for number, row in enumerate(table):
        text.add("|")
        for lines in row:
            text.add(" ")
            _add_lines(text.add_cell, text, [(cell.row, cell.start, cell.end) for cell in lines])
            text.add(" |")
        text.add("\n")
        if number == 0 and _names_columns(row):
            text.add("|" + " --- |" * len(row) + "\n")
    text.add("\n")


def _names_columns(row: TableRow) -> bool:
    """Whether the first row of a table is the heads of its columns: all there, without figures."""
    words = ["".join(cell.row.text[cell.start : cell.end] for cell in lines) for lines in row]
    return all(words) and not any(word[0].isdigit() for word in words)

"""The short answer: the words that decide, or the name of a document.

Never yes or no: on documents that it was not trained on the reader's verdict is no better than
chance (of 45 questions .69 are "no"; benchmarks/libraries.md). The sentence says it.
"""

import re
from collections.abc import Iterator, Sequence

from embeddings.types import Span
from qa.language.text import HAN_CHARACTER, fold, to_script
from qa.language.values import rendered
from qa.types import Document, Language

SURE = -1.0
"""Log-probability from which the reader's span is given: both of its ends .6 likely each."""

SURE_OF_CELL = -0.2
"""The same of a cell in a table row, from which the others are left out: which column is asked for
is what it knows least."""

LONGEST = 0.8
"""Share of its sentence above which a span is no shorter answer than that."""

BETWEEN = {Language.SIMPLIFIED: "；", Language.TRADITIONAL: "；", Language.ENGLISH: "; "}
"""Between the short answers to the parts of a question."""

_BETWEEN_CELLS, _BEHIND_HEAD = "；", "："
_AROUND = " ,，;；:：、。"
_UNIT = re.compile(r"[（(]([^（）()]{1,12})[）)]$")
_FIGURE = re.compile(r"[\d.,]{1,20}")


def deciding_words(
    span: Span, sentence: str, language: Language, *, source: Language, row_asked: str
) -> str:
    """The words of a sentence that decide, in the asker's language if they are a value.

    `source` is the language of the document. Of a table row, with the question `row_asked`, it is a
    cell, without its head, but with the unit that stands there.
    """
    if row_asked:
        words = with_unit("".join(_asked(row_asked, sentence, span)[:1]))
    elif span.score < SURE:
        return ""
    else:
        words = sentence[span.start : span.end].strip(_AROUND)
    if not words or len(words) > LONGEST * len(sentence):
        return ""
    return rendered(words, language, source=source) or to_script(words, language)


def name_of(document: Document) -> str:
    """A document by its title and number."""
    return f"{document.title} ({document.number})" if document.number else document.title


def row_name(row: str) -> str:
    """The first cell of a table row, without its head."""
    return named_cells(row)[0][1]


def named_as(question: str, row: str) -> int:
    """How many words of a table row's first cell, or pairs of characters, a question has."""
    return _shared(fold(row_name(row)), fold(question))


def named_cells(row: str) -> list[tuple[str, str]]:
    """The cells of a table row, each behind the head of its column."""
    parted = (cell.rpartition(_BEHIND_HEAD) for cell, _, _ in _cells(row))
    return [(head, cell) for head, _, cell in parted]


def with_unit(cell: str) -> str:
    """A cell without the head of its column; a figure has the unit that the head gives it.

    >>> with_unit("产值（亿元）：1,234"), with_unit("Fee (£)：172"), with_unit("年份（公历）：2024")
    ('1,234亿元', '£172', '2024')
    """
    head, _, words = cell.rpartition(_BEHIND_HEAD)
    unit = _UNIT.search(head)
    if unit and _FIGURE.fullmatch(words):
        gap = " " if unit[1].isascii() and unit[1][0].isalpha() else ""
        other = Language.ENGLISH if HAN_CHARACTER.search(head) else Language.SIMPLIFIED
        for valued in (f"{words}{gap}{unit[1]}", f"{unit[1]}{words}"):
            if rendered(valued, other):
                return valued
    return words


def column_at(row: str, place: int) -> int:
    """The number of the cell of a table row in which a place lies, -1 behind the last."""
    ends = (end for _, _, end in _cells(row))
    return next((number for number, end in enumerate(ends) if place <= end), -1)


def asked_cells(question: str, span: Span, row: str) -> str:
    """A table row by its first cell and what decides, or whole where that is not sure.

    Of "Item：Export；20 ft：£119；40 ft：£172", with £172 deciding, "Item：Export；40 ft：£172".
    Where the first cell decides (which item is the dearest?), all are told.
    """
    first, *_ = (cell for cell, _, _ in _cells(row))
    kept = _asked(question, row, span)
    return row if not kept or kept[0] == first else _BETWEEN_CELLS.join([first, *kept])


def asked_column(question: str, heads: Sequence[str]) -> int:
    """The number of the column whose head has more of the words of a folded question than the
    others have, of those behind the first; -1 where none has."""
    shared = [_shared(fold(head), question) for head in heads]
    ahead = sorted(range(1, len(heads)), key=lambda column: -shared[column])
    unique = len(ahead) == 1 or (len(ahead) > 1 and shared[ahead[0]] > shared[ahead[1]])
    return ahead[0] if unique and shared[ahead[0]] else -1


def _asked(question: str, row: str, span: Span) -> list[str]:
    """The cells of a row that a question asks for: by the words of a head, else as the reader sees
    it, where that is sure. What the question holds itself is not asked for."""
    cells, named, folded = list(_cells(row)), named_cells(row), fold(question)
    column = asked_column(folded, [head for head, _ in named])
    if column > 0 and fold(named[column][1]) not in folded:
        return [cells[column][0]]
    if span.score < SURE_OF_CELL:
        return []
    return [cell for cell, start, end in cells if span.start < end and span.end > start]


def _shared(head: str, question: str) -> int:
    """How many words of a head, or pairs of characters, a question has."""
    words = re.findall(r"[a-z0-9]+", head) or [head[i : i + 2] for i in range(len(head) - 1)]
    return sum(word in question for word in words)


def _cells(row: str) -> Iterator[tuple[str, int, int]]:
    """The cells of a row with their places in it."""
    start = 0
    for cell in row.split(_BETWEEN_CELLS):
        yield cell, start, start + len(cell)
        start += len(cell) + len(_BETWEEN_CELLS)

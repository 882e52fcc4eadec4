"""The short answer: the words that decide, yes or no, or the name of a document."""

from collections.abc import Iterator

from embeddings.types import Span
from qa.language.text import to_script
from qa.language.values import rendered
from qa.types import Document, Language

SURE = -1.5
"""Log-probability from which the reader's span is given: both of its ends .47 likely each."""

SURE_OF_CELL = -0.5
"""The same of a cell in a table row, from which the others are left out: which column is asked for
is what it knows least."""

LONGEST = 0.8
"""Share of its sentence above which a span is no shorter answer than that."""

_YES = {Language.SIMPLIFIED: "是", Language.TRADITIONAL: "是", Language.ENGLISH: "Yes"}
_NO = {Language.SIMPLIFIED: "否", Language.TRADITIONAL: "否", Language.ENGLISH: "No"}
BETWEEN = {Language.SIMPLIFIED: "；", Language.TRADITIONAL: "；", Language.ENGLISH: "; "}
"""Between the short answers to the parts of a question."""

_BETWEEN_CELLS, _BEHIND_HEAD = "；", "："


def yes_or_no(logits: tuple[float, float, float], language: Language) -> str:
    """Yes or no, or "" where the question does not ask for that or the reader cannot tell."""
    yes, no, neither = logits
    if neither >= max(yes, no):
        return ""
    return (_YES if yes > no else _NO)[language]


def deciding_words(
    span: Span, sentence: str, language: Language, *, source: Language, is_row: bool
) -> str:
    """The words of a sentence that decide, in the asker's language if they are a value.

    `source` is the language of the document. Of a table row it is a cell, without its head.
    """
    if span.score < (SURE_OF_CELL if is_row else SURE):
        return ""
    if is_row:
        words = next((cell for cell, at, end in _cells(sentence) if at < span.end <= end), "")
        words = words.rpartition(_BEHIND_HEAD)[2]
    else:
        words = sentence[span.start : span.end]
    if not words or len(words) > LONGEST * len(sentence):
        return ""
    return rendered(words, language, source=source) or to_script(words, language)


def name_of(document: Document) -> str:
    """A document by its title and number."""
    return f"{document.title} ({document.number})" if document.number else document.title


def row_name(row: str) -> str:
    """The first cell of a table row, without its head."""
    cell, _, _ = next(_cells(row))
    return cell.rpartition(_BEHIND_HEAD)[2]


def asked_cells(span: Span, row: str) -> str:
    """A table row by its first cell and what decides, or whole where that is not sure.

    Of "Item：Export；20 ft：£119；40 ft：£172", with £172 deciding, "Item：Export；40 ft：£172".
    Where the first cell decides (which item is the dearest?), all are told.
    """
    (first, _, end), *others = _cells(row)
    if span.score < SURE_OF_CELL or span.start < end:
        return row
    kept = [cell for cell, start, end in others if span.start < end and span.end > start]
    return _BETWEEN_CELLS.join([first, *kept])


def _cells(row: str) -> Iterator[tuple[str, int, int]]:
    """The cells of a row with their places in it."""
    start = 0
    for cell in row.split(_BETWEEN_CELLS):
        yield cell, start, start + len(cell)
        start += len(cell) + len(_BETWEEN_CELLS)

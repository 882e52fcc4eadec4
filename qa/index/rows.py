"""The texts that are searched, and the words above them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from qa.language.text import Span, is_chinese
from qa.types import ANSWERING, BlockKind, Document, Language, Passage

Numbers = NDArray[np.int64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Row:
    """One text that is searched: a passage, or its rendering in another language.

    `passage` is the number of the passage. `sentences` are spans of `text`; sentence i quotes
    `places[i]` of the passage's text and is of `kinds[i]`. Sentence i of a rendering renders
    sentence i of the passage. `leads` is for each sentence the number of the one that announces it,
    -1 for none, and empty where none is announced. `context` is the number of the words above it.
    """

    passage: int
    language: Language
    text: str
    sentences: tuple[Span, ...]
    places: tuple[Span, ...]
    kinds: tuple[BlockKind, ...]
    context: int
    leads: tuple[int, ...] = ()
    is_rendering: bool = False

    def sentence(self, number: int) -> str:
        """The text of a sentence."""
        return self.text[slice(*self.sentences[number])]


@dataclass(frozen=True, slots=True, eq=False)
class Columns:
    """What is known of every passage and row without reading it.

    documents, starts: (passages,), the number of each passage's document and where it begins there
    passages, contexts: (rows,), the numbers of each row's passage and context
    chinese, renderings, imprints: (rows,), whether a row is in Chinese, renders another, and holds
        nothing but titles, headings, numbers and signatures
    """

    documents: Numbers
    starts: Numbers
    passages: Numbers
    contexts: Numbers
    chinese: Flags
    renderings: Flags
    imprints: Flags

    @property
    def of_rows(self) -> Numbers:
        """For each row the number of its document."""
        found: Numbers = self.documents[self.passages]
        return found

    def own_rows(self) -> Numbers:
        """For each passage the row that is the passage itself."""
        own = np.empty(len(self.documents), dtype=np.int64)
        rows = np.flatnonzero(~self.renderings)
        own[self.passages[rows]] = rows
        return own


def columns_of(
    documents: Sequence[Document], passages: Sequence[Passage], rows: Sequence[Row]
) -> Columns:
    """Read the columns off what is told of."""
    numbers = {document.id: number for number, document in enumerate(documents)}

    def whole(values: Iterable[int]) -> Numbers:
        return np.fromiter(values, dtype=np.int64)

    def flags(values: Iterable[bool]) -> Flags:
        return np.fromiter(values, dtype=np.bool_)

    return Columns(
        documents=whole(numbers[passage.document_id] for passage in passages),
        starts=whole(passage.start for passage in passages),
        passages=whole(row.passage for row in rows),
        contexts=whole(row.context for row in rows),
        chinese=flags(is_chinese(row.language) for row in rows),
        renderings=flags(row.is_rendering for row in rows),
        imprints=flags(ANSWERING.isdisjoint(row.kinds) for row in rows),
    )


def columns_joined(parts: Sequence[Columns]) -> Columns:
    """Put columns below one another."""
    none = columns_of((), (), ())
    return Columns(
        *(
            np.concatenate([getattr(part, one.name) for part in (none, *parts)])
            for one in fields(Columns)
        )
    )


@dataclass(frozen=True, slots=True, eq=False)
class Views:
    """The rows that have the same passage in Chinese and in English.

    `row_of[chinese]` is the row that each passage is compared by with a question in that language:
    itself, or where the asker's language has a rendering of it, that. `second` is for each row the
    one with the same passage in the other language, or -1. `eligible[chinese]` says which rows a
    question in that language is compared with.
    """

    row_of: dict[bool, NDArray[np.int64]]
    second: NDArray[np.int64]
    eligible: dict[bool, NDArray[np.bool_]]


def views_of(columns: Columns) -> Views:
    """Find the renderings among rows."""
    own = columns.own_rows()
    row_of = {chinese: own.copy() for chinese in (True, False)}
    second = np.full(len(columns.passages), -1)
    rows = np.flatnonzero(columns.renderings)
    originals = own[columns.passages[rows]]
    second[originals], second[rows] = rows, originals
    for chinese, compared in row_of.items():
        other = (columns.chinese[rows] == chinese) & (columns.chinese[originals] != chinese)
        compared[columns.passages[rows[other]]] = rows[other]
    eligible = {}
    for chinese, compared in row_of.items():
        eligible[chinese] = np.zeros(len(columns.passages), dtype=bool)
        eligible[chinese][compared] = True
    return Views(row_of, second, eligible)

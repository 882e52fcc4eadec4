"""The texts that are searched, and the words above them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from qa.language.text import Span, is_chinese
from qa.types import BlockKind, Language


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


def chinese_rows(rows: Sequence[Row]) -> NDArray[np.bool_]:
    """Which rows are in Chinese."""
    return np.array([is_chinese(row.language) for row in rows], dtype=bool)


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


def views_of(rows: Sequence[Row], own: NDArray[np.int64]) -> Views:
    """Find the renderings among rows; `own` is for each passage the row that is itself."""
    row_of = {chinese: own.copy() for chinese in (True, False)}
    second = np.full(len(rows), -1)
    for number, row in enumerate(rows):
        if not row.is_rendering:
            continue
        original = int(own[row.passage])
        second[original], second[number] = number, original
        chinese = is_chinese(row.language)
        if chinese != is_chinese(rows[original].language):
            row_of[chinese][row.passage] = number
    eligible = {}
    for chinese, compared in row_of.items():
        eligible[chinese] = np.zeros(len(rows), dtype=bool)
        eligible[chinese][compared] = True
    return Views(row_of, second, eligible)

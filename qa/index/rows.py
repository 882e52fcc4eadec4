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


def chinese_rows(rows: Sequence[Row]) -> NDArray[np.bool_]:
    """Which rows are in Chinese."""
    return np.array([is_chinese(row.language) for row in rows], dtype=bool)

"""What every searcher shares: its protocol, rows with their scores, and the views of a passage."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from embeddings.types import FloatVector
from qa.index.store import Snapshot
from qa.language.text import is_chinese
from qa.types import Filter, Hit, Question

RowNumbers = NDArray[np.int64]

Flags = NDArray[np.bool_]

Ranking = tuple[RowNumbers, FloatVector]
"""Rows and their scores, best first."""


class Searcher(Protocol):
    """Finds the passages that answer a question."""

    def search(self, question: Question, k: int, *, within: Filter | None = None) -> list[Hit]:
        """Return at most k hits, best first, of the documents that the filter leaves."""
        ...


class Scorer(Protocol):
    """One way to score passages, which are known by their row number."""

    def rank(self, question: Question, k: int, allowed: Flags | None = None) -> Ranking:
        """Return at most k rows, best first; rows that do not match at all may be left out."""
        ...

    def scores(self, question: Question, rows: RowNumbers) -> FloatVector:
        """Return the score of each given row."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Views:
    """The rows that have the same passage in Chinese and in English.

    `row_of[chinese]` is the row that each passage is compared by with a question in that language:
    itself, or where the asker's language has a rendering of it, that. `second` is for each row the
    one with the same passage in the other language, or -1. `eligible[chinese]` says which rows a
    question in that language is compared with.
    """

    row_of: dict[bool, RowNumbers]
    second: RowNumbers
    eligible: dict[bool, Flags]


def views_of(snapshot: Snapshot) -> Views:
    """Find the renderings of a snapshot's passages."""
    own = snapshot.own_rows
    row_of = {chinese: own.copy() for chinese in (True, False)}
    second = np.full(len(snapshot.rows), -1)
    for number, row in enumerate(snapshot.rows):
        if not row.is_rendering:
            continue
        original = int(own[row.passage])
        second[original], second[number] = number, original
        chinese = is_chinese(row.language)
        if chinese != is_chinese(snapshot.rows[original].language):
            row_of[chinese][row.passage] = number
    eligible = {}
    for chinese, rows in row_of.items():
        eligible[chinese] = np.zeros(len(snapshot.rows), dtype=bool)
        eligible[chinese][rows] = True
    return Views(row_of, second, eligible)


def best(rows: RowNumbers, scores: FloatVector, k: int) -> Ranking:
    """The k best rows; equal scores keep the order of the rows, so results repeat."""
    if len(rows) > k:  # sorting them all would take longer than all the rest
        enough = scores >= np.partition(scores, len(scores) - k)[len(scores) - k]
        rows, scores = rows[enough], scores[enough]
    order = np.lexsort((rows, -scores))[:k]
    return rows[order], scores[order]


def share(scores: FloatVector) -> FloatVector:
    """Scores as a share of the best one, 0 to 1."""
    highest = scores.max(initial=0.0)
    return scores / highest if highest > 0 else scores

"""What every searcher shares: its protocol, rows with their scores, and the views of a passage."""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from embeddings.types import FloatVector
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

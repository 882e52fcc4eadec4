"""Searchers: a question goes in, the best passages come out.

Dense (meaning) and keyword (words) each rank all passages; the hybrid takes the candidates of
both, makes the two scores comparable and adds them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from embeddings.faiss_index import FaissIndex
from embeddings.types import FloatVector, VectorIndex
from qa.keyword import Postings
from qa.store import Snapshot
from qa.text import terms
from qa.types import Hit, Passage, Question

RowNumbers = NDArray[np.int64]

Ranking = tuple[RowNumbers, FloatVector]
"""Rows and their scores, best first."""

DENSE_WEIGHT = 0.6
"""Share of the dense score in the fused one; see benchmarks/retrieval.md."""

CANDIDATES = 100
"""Passages that each side puts forward for fusion."""


class Searcher(Protocol):
    """Finds the passages that answer a question."""

    def search(self, question: Question, k: int) -> list[Hit]:
        """Return the min(k, number of passages) best hits, best first."""
        ...


class Scorer(Protocol):
    """One way to score passages, which are known by their row number."""

    def rank(self, question: Question, k: int) -> Ranking:
        """Return at most k rows, best first; rows that do not match at all may be left out."""
        ...

    def scores(self, question: Question, rows: RowNumbers) -> FloatVector:
        """Return the score of each given row."""
        ...


class DenseScorer:
    """Cosine of the question with the passage plus that with the best of its sentences."""

    def __init__(self, snapshot: Snapshot, index: VectorIndex) -> None:
        self._index = index
        self._vectors = snapshot.vectors
        self._sentence_vectors = snapshot.sentence_vectors
        self._sentence_starts = snapshot.sentence_starts

    def rank(self, question: Question, k: int) -> Ranking:
        """Return the rows of the k best scores among the passages nearest as a whole."""
        _, rows = self._index.search(question.vector[np.newaxis], max(k, CANDIDATES))
        return _best(rows[0], self.scores(question, rows[0]), k)

    def scores(self, question: Question, rows: RowNumbers) -> FloatVector:
        """Return the mean of the passage's cosine and its best sentence's, in [-1, 1]."""
        whole = self._vectors[rows] @ question.vector
        best = [self.sentence_scores(question, int(row)).max(initial=-1.0) for row in rows]
        return ((whole + np.array(best, dtype=np.float32)) / 2).astype(np.float32)

    def sentence_scores(self, question: Question, row: int) -> FloatVector:
        """Return the cosine of each sentence of one passage, in order."""
        part = slice(self._sentence_starts[row], self._sentence_starts[row + 1])
        similarity: FloatVector = self._sentence_vectors[part] @ question.vector
        return similarity


class KeywordScorer:
    """BM25 over folded words."""

    def __init__(self, postings: Postings) -> None:
        self._postings = postings

    def rank(self, question: Question, k: int) -> Ranking:
        """Return the rows that hold a word of the question, best first."""
        scores = self._postings.scores(terms(question.text))
        matching = np.flatnonzero(scores)
        return _best(matching, scores[matching], k)

    def scores(self, question: Question, rows: RowNumbers) -> FloatVector:
        """Return BM25 scores, 0 and up."""
        return self._postings.scores(terms(question.text))[rows]


class HybridScorer:
    """Dense and keyword scores, each scaled to 0..1 over the candidates, then weighted."""

    def __init__(self, dense: Scorer, keyword: Scorer, *, dense_weight: float) -> None:
        self._dense = dense
        self._keyword = keyword
        self._dense_weight = dense_weight

    def rank(self, question: Question, k: int) -> Ranking:
        """Return the best of both sides' candidates."""
        depth = max(k, CANDIDATES)
        sides = [side.rank(question, depth)[0] for side in (self._dense, self._keyword)]
        rows = np.unique(np.concatenate(sides))
        return _best(rows, self.scores(question, rows), k)

    def scores(self, question: Question, rows: RowNumbers) -> FloatVector:
        """Return fused scores in [0, 1]; they depend on the rows they are scaled over."""
        dense = _scaled(self._dense.scores(question, rows))
        keyword = _scaled(self._keyword.scores(question, rows))
        return self._dense_weight * dense + (1 - self._dense_weight) * keyword


class PassageSearcher:
    """A scorer's best rows as hits; satisfies `Searcher`."""

    def __init__(self, passages: Sequence[Passage], scorer: Scorer) -> None:
        self._passages = passages
        self._scorer = scorer

    def search(self, question: Question, k: int) -> list[Hit]:
        """Return the best hits, best first."""
        rows, scores = self._scorer.rank(question, k)
        return [
            Hit(self._passages[row], float(score)) for row, score in zip(rows, scores, strict=True)
        ]


@dataclass(frozen=True, slots=True)
class Searchers:
    """The searchers over one snapshot, side by side so that they can be compared."""

    dense: Searcher
    keyword: Searcher
    hybrid: Searcher
    dense_scorer: DenseScorer


def build_searchers(snapshot: Snapshot) -> Searchers:
    """Make the searchers of a snapshot."""
    dense = DenseScorer(snapshot, FaissIndex(np.asarray(snapshot.vectors)))
    keyword = KeywordScorer(snapshot.postings)
    hybrid = HybridScorer(dense, keyword, dense_weight=DENSE_WEIGHT)
    return Searchers(
        dense=PassageSearcher(snapshot.passages, dense),
        keyword=PassageSearcher(snapshot.passages, keyword),
        hybrid=PassageSearcher(snapshot.passages, hybrid),
        dense_scorer=dense,
    )


def _best(rows: RowNumbers, scores: FloatVector, k: int) -> Ranking:
    """The k best rows; equal scores keep the order of the rows, so results repeat."""
    order = np.lexsort((rows, -scores))[:k]
    return rows[order], scores[order]


def _scaled(scores: FloatVector) -> FloatVector:
    if not len(scores):
        return scores
    low, high = scores.min(), scores.max()
    return (scores - low) / (high - low) if high > low else np.zeros_like(scores)

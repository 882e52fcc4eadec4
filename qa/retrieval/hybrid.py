"""Hybrid search: the candidates of both sides, their scores added, and what the question names.

Passages in the question's own language and in the other one are scored differently but on the
same scale, so a corpus may mix them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from embeddings.types import FloatVector
from qa.index.store import Snapshot
from qa.retrieval.dense import CANDIDATES, DenseScorer
from qa.retrieval.filters import Filters
from qa.retrieval.keyword import KeywordScorer
from qa.retrieval.lookup import ArticleLookup
from qa.retrieval.naming import DocumentPreference
from qa.retrieval.ranking import Flags, Ranking, RowNumbers, Scorer, Searcher, best
from qa.types import Filter, Hit, Question

BM25_WEIGHT = 1.0
COVERAGE_WEIGHT = 2.0
"""Keyword weights beside the dense score in standard deviations; see benchmarks/retrieval.md."""

SECOND_VIEW_WEIGHT = 0.3
"""Share of the score that a passage's text in the other language has, where it has one. With
XQuAD-dev's two languages as renderings of each other, zh R@1 .973 -> .978 and en .986 -> .981 for
any of .2 to .4; on the gold questions hit@1 .87 -> .92 (zh) and .88 -> .89 (en)."""

OTHER_LANGUAGE_HANDICAP = 0.3
"""What a passage that is only in another language than the question stays behind. With as many
passages of the other language added, R@1 of XQuAD-dev .951 -> .957 (en) and .948 -> .954 (zh);
where the answer is in the other language .927 -> .926 and .935 -> .932."""


class HybridScorer:
    """Dense score plus weighted BM25 and coverage, over the candidates of both sides."""

    def __init__(
        self,
        dense: DenseScorer,
        keyword: KeywordScorer,
        *,
        documents: DocumentPreference | None = None,
        bm25_weight: float = BM25_WEIGHT,
        coverage_weight: float = COVERAGE_WEIGHT,
        second_view_weight: float = SECOND_VIEW_WEIGHT,
    ) -> None:
        self._dense = dense
        self._keyword = keyword
        self._documents = documents
        self._bm25_weight = bm25_weight
        self._coverage_weight = coverage_weight
        self._second_view_weight = second_view_weight

    def rank(self, question: Question, k: int, allowed: Flags | None = None) -> Ranking:
        """Return the best of both sides' candidates, and of the documents that are named."""
        depth = max(k, CANDIDATES)
        near = self._dense.candidates(question, depth, allowed)
        rows = np.union1d(near, self._keyword.rank(question, depth, allowed)[0])
        scores = self.scores(question, rows)
        if self._documents is None:
            return best(rows, scores, k)
        naming = self._documents.naming(question)
        of_rows = self._documents.of_rows
        parts = [part[of_rows[rows]] for part in naming.parts]
        scores += naming.bonus[of_rows[rows]] - self._documents.handicap(question, rows)
        return _alternating(rows, scores, k, parts) if parts else best(rows, scores, k)

    def scores(self, question: Question, rows: RowNumbers) -> FloatVector:
        """Return fused scores in standard deviations of the dense score, whatever is named."""
        result = self._one_view(question, rows)
        result -= np.float32(OTHER_LANGUAGE_HANDICAP) * self._dense.are_across(question, rows)
        second = self._dense.second_view(rows)
        rendered = second >= 0
        if rendered.any():
            other = self._one_view(question, second[rendered])
            result[rendered] += np.float32(self._second_view_weight) * (other - result[rendered])
        return result

    def _one_view(self, question: Question, rows: RowNumbers) -> FloatVector:
        keyword = self._keyword.keyword_scores(question)
        result: FloatVector = (
            self._dense.scores(question, rows)
            + self._bm25_weight * keyword.bm25[rows]
            + self._coverage_weight * keyword.best_coverage(rows)
        )
        return result


def _alternating(
    rows: RowNumbers, scores: FloatVector, k: int, parts: Sequence[NDArray[np.bool_]]
) -> Ranking:
    """The k best, of which the first come by turns from each part that has any."""
    order = np.lexsort((rows, -scores))
    queues = [order[part[order]] for part in parts if part.any()]
    queues.sort(key=lambda queue: -scores[queue[0]])
    first = dict.fromkeys(_by_turns(queues, rounds=max(1, k // (2 * len(queues) or 1))))
    chosen = np.array([*first, *(n for n in order.tolist() if n not in first)], dtype=np.int64)
    return rows[chosen[:k]], scores[chosen[:k]]


def _by_turns(queues: Sequence[NDArray[np.int64]], *, rounds: int) -> Iterator[int]:
    for turn in range(rounds):
        for queue in queues:
            if turn < len(queue):
                yield int(queue[turn])


class PassageSearcher:
    """A scorer's best rows as hits; satisfies `Searcher`."""

    def __init__(self, snapshot: Snapshot, scorer: Scorer, filters: Filters | None = None) -> None:
        self._snapshot = snapshot
        self._scorer = scorer
        self._filters = filters or Filters(snapshot)

    def search(self, question: Question, k: int, *, within: Filter | None = None) -> list[Hit]:
        """Return the best hits, best first, of the documents that the filter leaves."""
        rows, scores = self._scorer.rank(question, k, self._filters.rows(within))
        passages, of = self._snapshot.passages, self._snapshot.columns.passages
        return [
            Hit(passages[int(of[row])], float(score))
            for row, score in zip(rows.tolist(), scores.tolist(), strict=True)
        ]


@dataclass(frozen=True, slots=True)
class Searchers:
    """The searchers over one snapshot side by side, and what scores single sentences."""

    dense: Searcher
    keyword: Searcher
    hybrid: Searcher
    dense_scorer: DenseScorer
    keyword_scorer: KeywordScorer
    articles: ArticleLookup
    documents: DocumentPreference


def build_searchers(snapshot: Snapshot) -> Searchers:
    """Make the searchers of a snapshot."""
    keyword = KeywordScorer(snapshot)
    documents = DocumentPreference(snapshot, keyword)
    return searchers_of(snapshot, DenseScorer(snapshot), keyword, documents)


def searchers_of(
    snapshot: Snapshot,
    dense: DenseScorer,
    keyword: KeywordScorer,
    documents: DocumentPreference,
) -> Searchers:
    """Put the parts of a search together."""
    hybrid = HybridScorer(dense, keyword, documents=documents)
    filters = Filters(snapshot)
    return Searchers(
        dense=PassageSearcher(snapshot, dense, filters),
        keyword=PassageSearcher(snapshot, keyword, filters),
        hybrid=PassageSearcher(snapshot, hybrid, filters),
        dense_scorer=dense,
        keyword_scorer=keyword,
        articles=ArticleLookup(snapshot, documents, filters),
        documents=documents,
    )

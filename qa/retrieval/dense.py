"""Dense search: the closeness of a question's vector to passages and to their sentences."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from embeddings.centering import Means, centre, centred_products, load_means
from embeddings.types import FloatMatrix, FloatVector
from qa.index.store import Snapshot
from qa.index.vectors import NearestRows
from qa.language.text import is_chinese
from qa.retrieval.ranking import Flags, Ranking, RowNumbers, best
from qa.types import Question

CANDIDATES = 100
"""Passages that each side puts forward for fusion."""

SAME_LANGUAGE_MEAN, SAME_LANGUAGE_DEVIATION = 0.78, 0.03
CENTRED_DEVIATION = 0.10
"""Cosines of a question with unrelated passages under the bundled model (XQuAD-dev, DRCD)."""


class DenseScorer:
    """The question's closeness to a passage and to the best of its sentences.

    Scores are in standard deviations above an unrelated passage: 0 is chance, 3 a good match.
    """

    def __init__(self, snapshot: Snapshot, means: Mapping[str, Means] | None = None) -> None:
        self._vectors = snapshot.vectors
        self._sentence_vectors = snapshot.sentence_vectors
        self._postings = snapshot.postings
        self._chinese = snapshot.columns.chinese
        self._views = snapshot.views
        self._means = means or load_means(snapshot.model_id, snapshot.dimension)
        self._nearest = NearestRows(self._vectors, self._chinese, self._means, snapshot.codes)

    def candidates(self, question: Question, k: int, allowed: Flags | None = None) -> RowNumbers:
        """Return the rows of the k passages nearest as a whole."""
        # A passage and its rendering may both be near; one of them stands for it.
        rows = self._nearest.search(self._centred(question), 2 * k, allowed)
        return rows[self._views.eligible[is_chinese(question.language)][rows]][:k]

    def rank(self, question: Question, k: int, allowed: Flags | None = None) -> Ranking:
        """Return the k best among the passages nearest as a whole."""
        rows = self.candidates(question, max(k, CANDIDATES), allowed)
        return best(rows, self.scores(question, rows), k)

    def scores(self, question: Question, rows: RowNumbers) -> FloatVector:
        """Score each row by the mean of the passage's and its best sentence's cosine."""
        if not len(rows):
            return np.empty(0, dtype=np.float32)
        sentences, first = self._postings.sentences_of(rows)
        owners = self._postings.owners[sentences]
        whole = self._deviations(question, rows, self._vectors[rows])
        each = self._deviations(question, owners, self._sentence_vectors[sentences])
        nearest: FloatVector = np.maximum.reduceat(each, first)
        return (whole + nearest) / np.float32(2)

    def second_view(self, rows: RowNumbers) -> RowNumbers:
        """The same passages in their other language, -1 where there is none."""
        return self._views.second[rows]

    def are_across(self, question: Question, rows: RowNumbers) -> NDArray[np.bool_]:
        """Which rows are in another language than the question."""
        across: NDArray[np.bool_] = self._chinese[rows] != is_chinese(question.language)
        return across

    def _deviations(
        self, question: Question, rows: NDArray[np.integer], vectors: FloatMatrix
    ) -> FloatVector:
        """Standardised closeness of texts that belong to the given rows."""
        chinese = is_chinese(question.language)
        within: FloatVector = (vectors @ question.vector - SAME_LANGUAGE_MEAN) / np.float32(
            SAME_LANGUAGE_DEVIATION
        )
        same = self._chinese[rows] == chinese
        if same.all():
            return within
        mean = self._means[_code(not chinese)].passage
        across = centred_products(vectors, mean, self._centred(question)) / CENTRED_DEVIATION
        return np.where(same, within, across)

    def _centred(self, question: Question) -> FloatVector:
        mean = self._means[_code(is_chinese(question.language))].query
        return centre(question.vector, mean)


def _code(chinese: bool) -> str:
    return "zh" if chinese else "en"

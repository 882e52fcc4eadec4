"""Searchers: a question goes in, the best passages come out.

Dense (meaning) and keyword (words) each score all passages; the hybrid takes the candidates of
both, brings the scores to one scale and adds them. Passages in the question's own language and
in the other one are scored differently but on the same scale, so a corpus may mix them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from embeddings.centering import Means, centre, centred_products, load_means
from embeddings.types import FloatMatrix, FloatVector
from qa.index.postings import KeywordScores
from qa.index.store import Snapshot, chinese_rows
from qa.index.vectors import NearestRows
from qa.language.text import is_chinese
from qa.language.words import function_terms, terms
from qa.questions.asking import asked_kind, expected_terms
from qa.retrieval.lexicon import Lexicon
from qa.types import Group, Hit, Language, Question

RowNumbers = NDArray[np.int64]

Ranking = tuple[RowNumbers, FloatVector]
"""Rows and their scores, best first."""

CANDIDATES = 100
"""Passages that each side puts forward for fusion."""

BM25_WEIGHT = 1.0
COVERAGE_WEIGHT = 2.0
"""Keyword weights beside the dense score in standard deviations; see benchmarks/retrieval.md."""

SECOND_VIEW_WEIGHT = 0.3
"""Share of the score that a passage's text in the other language has, where it has one. With
XQuAD-dev's two languages as renderings of each other, zh R@1 .973 -> .978 and en .986 -> .981 for
any of .2 to .4; on the gold questions hit@1 .87 -> .92 (zh) and .88 -> .89 (en)."""

SAME_LANGUAGE_MEAN, SAME_LANGUAGE_DEVIATION = 0.78, 0.03
CENTRED_DEVIATION = 0.10
"""Cosines of a question with unrelated passages under the bundled model (XQuAD-dev, DRCD)."""

OTHER_LANGUAGE_HANDICAP = 0.3
"""What a passage that is only in another language than the question stays behind. With as many
passages of the other language added, R@1 of XQuAD-dev .951 -> .957 (en) and .948 -> .954 (zh);
where the answer is in the other language .927 -> .926 and .935 -> .932."""


class Searcher(Protocol):
    """Finds the passages that answer a question."""

    def search(self, question: Question, k: int) -> list[Hit]:
        """Return at most k hits, best first."""
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
    """The question's closeness to a passage and to the best of its sentences.

    Scores are in standard deviations above an unrelated passage: 0 is chance, 3 a good match.
    """

    def __init__(self, snapshot: Snapshot, means: Mapping[str, Means] | None = None) -> None:
        self._vectors = snapshot.vectors
        self._sentence_vectors = snapshot.sentence_vectors
        self._postings = snapshot.postings
        self._chinese = chinese_rows(snapshot.rows)
        self._eligible = eligible_rows(snapshot)
        self._row_of = {chinese: rows_of_passages(snapshot, chinese) for chinese in (True, False)}
        self._second_view = second_views(snapshot)
        self._means = means or load_means(snapshot.model_id, snapshot.dimension)
        self._nearest = NearestRows(self._vectors, self._chinese, self._means, snapshot.codes)

    def candidates(self, question: Question, k: int) -> RowNumbers:
        """Return the rows of the k passages nearest as a whole."""
        # A passage and its rendering may both be near; one of them stands for it.
        rows = self._nearest.search(self._centred(question), 2 * k)
        return rows[self._eligible[is_chinese(question.language)][rows]][:k]

    def rank(self, question: Question, k: int) -> Ranking:
        """Return the k best among the passages nearest as a whole."""
        rows = self.candidates(question, max(k, CANDIDATES))
        return _best(rows, self.scores(question, rows), k)

    def scores(self, question: Question, rows: RowNumbers) -> FloatVector:
        """Score each row by the mean of the passage's and its best sentence's cosine."""
        if not len(rows):
            return np.empty(0, dtype=np.float32)
        sentences, first = self._postings.sentences_of(rows)
        owners = self._postings.owners[sentences]
        whole = self._deviations(question, rows, self._vectors[rows])
        each = self._deviations(question, owners, self._sentence_vectors[sentences])
        best: FloatVector = np.maximum.reduceat(each, first)
        return (whole + best) / np.float32(2)

    def sentence_scores(self, question: Question, row: int) -> FloatVector:
        """Score each sentence of one passage, in order."""
        sentences = slice(*self._postings.sentence_starts[row : row + 2])
        vectors = self._sentence_vectors[sentences]
        return self._deviations(question, self._postings.owners[sentences], vectors)

    def score_of(self, question: Question, row: int) -> float:
        """Score one row."""
        return float(self.scores(question, np.array([row]))[0])

    def row_of(self, question: Question, passage: int) -> int:
        """The row that stands for a passage in the question's language."""
        return int(self._row_of[is_chinese(question.language)][passage])

    def second_view(self, rows: RowNumbers) -> RowNumbers:
        """The same passages in their other language, -1 where there is none."""
        return self._second_view[rows]

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


@dataclass(frozen=True, slots=True, eq=False)
class QuestionScores:
    """A question's keyword scores: of each row against the question in the row's language.

    bm25: shape (rows,), as a share of the best row's in that language, 0 to 1. `own` are the
    scores in the question's language, which `same` rows are in; `other`, where there are rows of
    the other language, those of its translation.
    """

    bm25: FloatVector
    same: NDArray[np.bool_]
    own: KeywordScores
    other: KeywordScores | None

    def coverage(self, rows: Sequence[int]) -> dict[int, FloatVector]:
        """The share of the question's idf mass in each sentence of each row."""
        if self.other is None:
            return self.own.coverage(rows)
        return {
            **self.own.coverage([row for row in rows if self.same[row]]),
            **self.other.coverage([row for row in rows if not self.same[row]]),
        }

    def best_coverage(self, rows: RowNumbers) -> FloatVector:
        """The coverage of the best sentence of each row."""
        if self.other is None:
            return self.own.best_coverage(rows)
        same = self.same[rows]
        best = np.empty(len(rows), dtype=np.float32)
        best[same] = self.own.best_coverage(rows[same])
        best[~same] = self.other.best_coverage(rows[~same])
        return best


class KeywordScorer:
    """BM25 over the question's words, and over their translations for the other language."""

    def __init__(self, snapshot: Snapshot, lexicon: Lexicon | None = None) -> None:
        self._postings = snapshot.postings
        self._terms = snapshot.terms
        self._given_lexicon = lexicon
        chinese = chinese_rows(snapshot.rows)
        self._in_language = {True: chinese, False: ~chinese}
        self._population = {which: int(rows.sum()) for which, rows in self._in_language.items()}
        self._eligible = eligible_rows(snapshot)
        # Search and answer ask for the same question one after the other.
        self._scores = lru_cache(maxsize=16)(self._score)

    @cached_property
    def lexicon(self) -> Lexicon:
        """Translates questions into the other language of the corpus."""
        # Reading the terms takes 50 ms, and a corpus of one language needs none.
        return self._given_lexicon or Lexicon(self._terms, known=self._postings.term_numbers)

    def rank(self, question: Question, k: int) -> Ranking:
        """Return the rows that hold a word of the question, best first."""
        bm25 = self.keyword_scores(question).bm25
        matching = np.flatnonzero((bm25 > 0) & self._eligible[is_chinese(question.language)])
        return _best(matching, bm25[matching], k)

    def scores(self, question: Question, rows: RowNumbers) -> FloatVector:
        """Return BM25 as a share of the best passage's, 0 to 1."""
        result: FloatVector = self.keyword_scores(question).bm25[rows]
        return result

    def keyword_scores(self, question: Question) -> QuestionScores:
        """Score the question; the last few are remembered."""
        return self._scores(question.text, question.language)

    def forget(self) -> None:
        """Drop remembered scores, so that a benchmark pays for each question."""
        self._scores.cache_clear()

    def _score(self, text: str, language: Language) -> QuestionScores:
        chinese = is_chinese(language)
        groups: list[Group] = [{(term,): 1.0} for term in terms(text)]
        if expected := expected_terms(asked_kind(text)):
            groups.append(expected)
        same = self._in_language[chinese]
        own = self._postings.score(
            groups, self._population[chinese], function_words=function_terms()
        )
        bm25 = _share(own.bm25 * same)
        if same.all():
            return QuestionScores(bm25, same, own, None)
        bridge = self.lexicon.bridge(text, language)
        other = self._postings.score(bridge, self._population[not chinese])
        return QuestionScores(bm25 + _share(other.bm25 * ~same), same, own, other)


class HybridScorer:
    """Dense score plus weighted BM25 and coverage, over the candidates of both sides."""

    def __init__(
        self,
        dense: DenseScorer,
        keyword: KeywordScorer,
        *,
        bm25_weight: float = BM25_WEIGHT,
        coverage_weight: float = COVERAGE_WEIGHT,
        second_view_weight: float = SECOND_VIEW_WEIGHT,
    ) -> None:
        self._dense = dense
        self._keyword = keyword
        self._bm25_weight = bm25_weight
        self._coverage_weight = coverage_weight
        self._second_view_weight = second_view_weight

    def rank(self, question: Question, k: int) -> Ranking:
        """Return the best of both sides' candidates."""
        depth = max(k, CANDIDATES)
        near = self._dense.candidates(question, depth)
        rows = np.union1d(near, self._keyword.rank(question, depth)[0])
        return _best(rows, self.scores(question, rows), k)

    def scores(self, question: Question, rows: RowNumbers) -> FloatVector:
        """Return fused scores in standard deviations of the dense score."""
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


class PassageSearcher:
    """A scorer's best rows as hits; satisfies `Searcher`."""

    def __init__(self, snapshot: Snapshot, scorer: Scorer) -> None:
        self._snapshot = snapshot
        self._scorer = scorer

    def search(self, question: Question, k: int) -> list[Hit]:
        """Return the best hits, best first."""
        rows, scores = self._scorer.rank(question, k)
        passages, of = self._snapshot.passages, self._snapshot.rows
        return [
            Hit(passages[of[row].passage], float(score))
            for row, score in zip(rows, scores, strict=True)
        ]


@dataclass(frozen=True, slots=True)
class Searchers:
    """The searchers over one snapshot side by side, and the two that score single sentences."""

    dense: Searcher
    keyword: Searcher
    hybrid: Searcher
    dense_scorer: DenseScorer
    keyword_scorer: KeywordScorer


def build_searchers(snapshot: Snapshot) -> Searchers:
    """Make the searchers of a snapshot."""
    dense, keyword = DenseScorer(snapshot), KeywordScorer(snapshot)
    return Searchers(
        dense=PassageSearcher(snapshot, dense),
        keyword=PassageSearcher(snapshot, keyword),
        hybrid=PassageSearcher(snapshot, HybridScorer(dense, keyword)),
        dense_scorer=dense,
        keyword_scorer=keyword,
    )


def rows_of_passages(snapshot: Snapshot, chinese: bool) -> RowNumbers:
    """The row that each passage is compared by with a question in Chinese, or in English.

    A passage stands for itself, or where the asker's language has a rendering of it, by that.
    """
    own = len(snapshot.passages)
    chosen = np.arange(own)
    for number, row in enumerate(snapshot.rows[own:], start=own):
        original = snapshot.rows[row.passage]
        if is_chinese(row.language) == chinese != is_chinese(original.language):
            chosen[row.passage] = number
    return chosen


def second_views(snapshot: Snapshot) -> RowNumbers:
    """For each row the one that has the same passage in the other language, or -1."""
    other = np.full(len(snapshot.rows), -1)
    for number in range(len(snapshot.passages), len(snapshot.rows)):
        passage = snapshot.rows[number].passage
        other[passage], other[number] = number, passage
    return other


def eligible_rows(snapshot: Snapshot) -> dict[bool, NDArray[np.bool_]]:
    """Which rows a question in Chinese (True) or English (False) is compared with."""
    eligible = {}
    for chinese in (True, False):
        eligible[chinese] = np.zeros(len(snapshot.rows), dtype=bool)
        eligible[chinese][rows_of_passages(snapshot, chinese)] = True
    return eligible


def _code(chinese: bool) -> str:
    return "zh" if chinese else "en"


def _best(rows: RowNumbers, scores: FloatVector, k: int) -> Ranking:
    """The k best rows; equal scores keep the order of the rows, so results repeat."""
    if len(rows) > k:  # sorting them all would take longer than all the rest
        enough = scores >= np.partition(scores, len(scores) - k)[len(scores) - k]
        rows, scores = rows[enough], scores[enough]
    order = np.lexsort((rows, -scores))[:k]
    return rows[order], scores[order]


def _share(scores: FloatVector) -> FloatVector:
    """Scores as a share of the best one, 0 to 1."""
    highest = scores.max(initial=0.0)
    return scores / highest if highest > 0 else scores

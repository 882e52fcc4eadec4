"""Keyword search: BM25 over the question's words, or over their translations, and coverage.

The words above a passage, its context, count as evidence for each of its sentences: a passage of
Suzhou's measure answers a question about Suzhou.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray

from embeddings.types import FloatMatrix, FloatVector
from qa.index.inverted.postings import GroupMatch, KeywordScores, Postings
from qa.index.store import Snapshot
from qa.language.text import is_chinese
from qa.language.words import function_terms, terms
from qa.retrieval.lexicon import Lexicon
from qa.retrieval.ranking import Flags, Ranking, RowNumbers, best, share
from qa.types import Group, Language, Question

MOST_TERMS = 400
"""Different terms of a question that are looked up: 46 are the most in a thousand questions of
people. Where there are more, the rarest that occur count: they weigh most."""


@dataclass(frozen=True, slots=True, eq=False)
class Side:
    """The scores of a question in one language: of rows, and of the contexts they stand under.

    `context_of` has shape (rows,).
    """

    text: KeywordScores
    contexts: Postings
    context_matches: tuple[GroupMatch, ...]
    context_of: NDArray[np.int64]

    def coverage(self, rows: RowNumbers) -> tuple[FloatVector, NDArray[np.int64]]:
        """The share of the question's idf mass in each sentence of rising rows, with its context.

        The second array says where each row's sentences begin.
        """
        held, first = held_with_context(
            (self.text.postings, self.text.matches),
            (self.contexts, self.context_matches),
            rows,
            self.context_of,
        )
        # Added up group by group, equal sentences are equal to the last bit.
        total: FloatVector = (held * self.text.masses[:, np.newaxis]).sum(axis=0)
        return total / np.float32(self.text.masses.sum() or 1.0), first


@dataclass(frozen=True, slots=True, eq=False)
class QuestionScores:
    """A question's keyword scores: of each row against the question in the row's language.

    bm25: shape (rows,), as a share of the best row's in that language, 0 to 1. `own` are the
    scores in the question's language, which `same` rows are in; `other`, where there are rows of
    the other language, those of its translation.
    """

    bm25: FloatVector
    same: Flags
    own: Side
    other: Side | None

    def coverage(self, rows: Sequence[int]) -> dict[int, FloatVector]:
        """The share of the question's idf mass in each sentence of each row."""
        found: dict[int, FloatVector] = {}
        for side, chosen in self._sides(np.unique(np.array(rows, dtype=np.int64))):
            total, first = side.coverage(chosen)
            found |= dict(zip(chosen.tolist(), np.split(total, first[1:]), strict=False))
        return found

    def best_coverage(self, rows: RowNumbers) -> FloatVector:
        """The coverage of the best sentence of each row."""
        best_of = np.empty(len(rows), dtype=np.float32)
        rising = np.sort(rows)
        order = np.argsort(rows, kind="stable")
        for side, chosen in self._sides(rising):
            best_of[order[np.isin(rising, chosen)]] = np.maximum.reduceat(*side.coverage(chosen))
        return best_of

    def _sides(self, rising: RowNumbers) -> list[tuple[Side, RowNumbers]]:
        same = self.same[rising]
        sides = [(self.own, rising[same])]
        if self.other is not None:
            sides.append((self.other, rising[~same]))
        return [(side, rows) for side, rows in sides if len(rows)]


class KeywordScorer:
    """BM25 over the question's words, and over their translations for the other language."""

    def __init__(
        self,
        snapshot: Snapshot,
        lexicon: Lexicon | None = None,
        populations: Mapping[bool, int] | None = None,
    ) -> None:
        """`populations` (Chinese or not) are the rows of a whole of which a snapshot holds some."""
        self._postings = snapshot.postings
        self._contexts = snapshot.context_postings
        self._context_of = snapshot.columns.contexts
        self._terms = snapshot.terms
        self._given_lexicon = lexicon
        chinese = snapshot.columns.chinese
        self._in_language = {True: chinese, False: ~chinese}
        held = {which: int(rows.sum()) for which, rows in self._in_language.items()}
        self._population = populations or held
        self._eligible = snapshot.views.eligible
        # Search and answer ask for the same question one after the other.
        self._scores = lru_cache(maxsize=16)(self._score)

    @cached_property
    def lexicon(self) -> Lexicon:
        """Translates questions into the other language of the corpus."""
        # Reading the terms takes 50 ms, and a corpus of one language needs none.
        return self._given_lexicon or Lexicon(self._terms, known=self)

    def __contains__(self, term: object) -> bool:
        """Whether the index holds a term, in a text or above one."""
        return term in self._postings or term in self._contexts

    def rank(self, question: Question, k: int, allowed: Flags | None = None) -> Ranking:
        """Return the rows that hold a word of the question, best first."""
        bm25 = self.keyword_scores(question).bm25
        wanted = (bm25 > 0) & self._eligible[is_chinese(question.language)]
        matching = np.flatnonzero(wanted if allowed is None else wanted & allowed)
        return best(matching, bm25[matching], k)

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
        same = self._in_language[chinese]
        own = self._side(groups, self._population[chinese], function_words=True)
        bm25 = share(own.text.bm25 * same)
        if same.all():
            return QuestionScores(bm25, same, own, None)
        bridge = self.lexicon.bridge(text, language)
        other = self._side(bridge, self._population[not chinese], function_words=False)
        return QuestionScores(bm25 + share(other.text.bm25 * ~same), same, own, other)

    def _side(self, groups: Sequence[Group], population: int, *, function_words: bool) -> Side:
        ignored = function_terms() if function_words else frozenset()
        groups = self._telling(groups)
        return Side(
            text=self._postings.score(groups, population, function_words=ignored),
            contexts=self._contexts,
            context_matches=self._contexts.score(groups, function_words=ignored).matches,
            context_of=self._context_of,
        )

    def _telling(self, groups: Sequence[Group]) -> Sequence[Group]:
        """The groups without those that tell least, where they are too many to be looked up."""
        different = dict.fromkeys(tuple(group.items()) for group in groups)
        if len(different) <= MOST_TERMS:
            return groups
        matches = {items: self._postings.match(dict(items)) for items in different}
        weights = {items: m.idf if len(m.passages) else 0.0 for items, m in matches.items()}
        kept = set(sorted(different, key=lambda items: -weights[items])[:MOST_TERMS])
        return [group for group in groups if tuple(group.items()) in kept]


def held_with_context(
    text: tuple[Postings, Sequence[GroupMatch]],
    contexts: tuple[Postings, Sequence[GroupMatch]],
    rows: RowNumbers,
    context_of: NDArray[np.int64],
) -> tuple[FloatMatrix, NDArray[np.int64]]:
    """The best weight that each sentence of rising rows, or its context, holds of each group.

    Shape (groups, sentences); the second array says where each row's sentences begin.
    """
    postings, matches = text
    held, first = postings.held(matches, rows)
    above, of = np.unique(context_of[rows], return_inverse=True)
    held_above, _ = contexts[0].held(contexts[1], above)
    if not held_above.any():
        return held, first
    counts = np.diff(np.append(first, held.shape[1]))
    spread = held_above[:, of].repeat(counts, axis=1)  # a context is one sentence
    return np.maximum(held, spread), first

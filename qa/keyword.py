"""BM25 over an inverted index of sentences, with groups of synonyms as single terms.

Postings are kept by sentence, so one index tells both how well a passage matches (BM25, its
sentences added up) and how much of the question its best single sentence covers.
"""

from array import array
from collections import Counter
from collections.abc import Hashable, Mapping, Sequence, Set
from dataclasses import dataclass
from functools import cached_property
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from embeddings.types import FloatVector

K1 = 1.2
"""Saturation of term frequency; Lucene's default."""

B = 0.75
"""How much longer passages count less; Lucene's default."""

Member = tuple[str, ...]
"""Index terms that must occur in one sentence: ("企业",) or ("develop", "zone")."""

Group = Mapping[Member, float]
"""Synonyms that score as one term, each with a weight in (0, 1]."""


@dataclass(frozen=True, slots=True, eq=False)
class GroupMatch:
    """Where one group occurs: sentences in rising order, each with the best weight held there."""

    idf: float
    is_figure: bool
    sentences: NDArray[np.int32]
    held: FloatVector


@dataclass(frozen=True, slots=True, eq=False)
class KeywordScores:
    """How well the passages and sentences match a question; arrays are float32.

    bm25: shape (passages,), 0 and up. coverage: shape (sentences,), the share of the question's
    idf mass that each sentence holds, 0 to 1. best_coverage: shape (passages,), that of the
    passage's best sentence. matches: one for each group that coverage counts.
    """

    bm25: FloatVector
    coverage: FloatVector
    best_coverage: FloatVector
    matches: tuple[GroupMatch, ...]


@dataclass(frozen=True, eq=False)
class Postings:
    """For each term the sentences that hold it, and how often.

    Term t's postings are `sentences[starts[t]:starts[t + 1]]` (int32, rising) and the same slice
    of `frequencies` (uint16). `sentence_starts` (passages + 1) are each passage's first sentence.
    `norms` (passages,) are k1 (1 - b + b length / average length).
    """

    vocabulary: tuple[str, ...]
    starts: NDArray[np.int64]
    sentences: NDArray[np.int32]
    frequencies: NDArray[np.uint16]
    sentence_starts: NDArray[np.int64]
    norms: FloatVector

    @cached_property
    def term_numbers(self) -> dict[str, int]:
        """Each term's place in the vocabulary."""
        return {term: number for number, term in enumerate(self.vocabulary)}

    @cached_property
    def owners(self) -> NDArray[np.int32]:
        """The passage of each sentence."""
        counts = np.diff(self.sentence_starts)
        return np.repeat(np.arange(len(counts), dtype=np.int32), counts)

    def idf(self, holding: float, population: int | None = None) -> float:
        """Inverse document frequency as in Lucene: ln(1 + (N - n + 0.5) / (n + 0.5)).

        N is the `population`, or without one the number of passages.
        """
        total = max(len(self.norms) if population is None else population, holding)
        return float(np.log1p((total - holding + 0.5) / (holding + 0.5)))

    def score(
        self,
        groups: Sequence[Group],
        population: int | None = None,
        *,
        function_words: Set[str] = frozenset(),
    ) -> KeywordScores:
        """Score every passage and sentence; no groups give zeros.

        `population` is the number of passages in the groups' language: among those of another,
        every word of this one would look rare. Function words count for BM25, not for coverage:
        a small corpus may hold "there" in two sentences only, and neither need be the answer.
        """
        bm25 = np.zeros(len(self.norms), dtype=np.float32)
        coverage = np.zeros(len(self.owners), dtype=np.float32)
        matches = []
        found: dict[Hashable, tuple[NDArray[np.int32], FloatVector, FloatVector]] = {}
        for group in groups:
            key = tuple(group.items())
            if key not in found:  # long questions repeat their words
                found[key] = self._match(group)
            sentences, frequency, held = found[key]
            passages, first = _runs(self.owners[sentences])
            # A passage that holds only a doubtful synonym counts as that much of a passage.
            idf = self.idf(float(_reduce(np.maximum, held, first).sum()), population)
            total = _reduce(np.add, frequency, first)
            bm25[passages] += np.float32(idf) * total / (total + self.norms[passages])
            if not any(member[0] in function_words for member in group):
                coverage[sentences] += np.float32(idf) * held
                matches.append(GroupMatch(idf, _is_figure(group), sentences, held))
        coverage /= np.float32(sum(match.idf for match in matches) or 1.0)
        starts = self.sentence_starts[:-1]
        best = np.maximum.reduceat(coverage, starts) if len(coverage) else np.zeros_like(bm25)
        return KeywordScores(bm25, coverage, best, tuple(matches))

    def _match(self, group: Group) -> tuple[NDArray[np.int32], FloatVector, FloatVector]:
        """Sentences that hold a member, with the weighted frequency and the best weight held."""
        found = [(*self._postings(member), weight) for member, weight in group.items()]
        sentences = np.concatenate([rows for rows, _, _ in found])
        frequency = np.concatenate([np.float32(weight) * counts for _, counts, weight in found])
        held = np.concatenate([np.full(len(rows), w, np.float32) for rows, _, w in found])
        if len(found) > 1:
            order = np.argsort(sentences, kind="stable")
            sentences, first = _runs(sentences[order])
            frequency = _reduce(np.add, frequency[order], first)
            held = _reduce(np.maximum, held[order], first)
        return sentences, frequency, held

    def _postings(self, member: Member) -> tuple[NDArray[np.int32], NDArray[np.uint16]]:
        found = [self._term(term) for term in member]
        sentences, counts = found[0]
        for others, _ in found[1:]:
            kept = np.isin(sentences, others, assume_unique=True)
            sentences, counts = sentences[kept], counts[kept]
        return sentences, counts

    def _term(self, term: str) -> tuple[NDArray[np.int32], NDArray[np.uint16]]:
        number = self.term_numbers.get(term)
        part = slice(0, 0) if number is None else slice(*self.starts[number : number + 2])
        return self.sentences[part], self.frequencies[part]


def _is_figure(group: Group) -> bool:
    return any(member[0][0].isdigit() or member[0][0] == "#" for member in group)


def _runs(rising: NDArray[np.int32]) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """The different values of a rising array and where each begins."""
    first = np.flatnonzero(np.diff(rising, prepend=-1))
    return rising[first], first


def _reduce(how: np.ufunc, values: FloatVector, first: NDArray[np.int64]) -> FloatVector:
    if not len(first):
        return np.empty(0, dtype=np.float32)
    result: FloatVector = how.reduceat(values, first)
    return result


def build_postings(passages: Sequence[Sequence[Sequence[str]]]) -> Postings:
    """Index the terms of each sentence of each passage."""
    numbers: dict[str, int] = {}
    terms, sentences, frequencies = array("i"), array("i"), array("H")
    counts = [len(passage) for passage in passages]
    for number, sentence in enumerate(chain.from_iterable(passages)):
        for term, frequency in Counter(sentence).items():
            terms.append(numbers.setdefault(term, len(numbers)))
            sentences.append(number)
            frequencies.append(min(frequency, 65535))
    vocabulary = sorted(numbers)
    place = np.empty(len(numbers), dtype=np.int64)
    place[[numbers[term] for term in vocabulary]] = np.arange(len(vocabulary))
    places = place[np.frombuffer(terms, dtype=np.int32)]
    order = np.argsort(places, kind="stable")
    lengths = np.array([sum(map(len, passage)) for passage in passages])
    average = max(float(lengths.mean()) if len(lengths) else 0.0, 1.0)
    return Postings(
        vocabulary=tuple(vocabulary),
        starts=np.searchsorted(places[order], np.arange(len(vocabulary) + 1)),
        sentences=np.frombuffer(sentences, dtype=np.int32)[order],
        frequencies=np.frombuffer(frequencies, dtype=np.uint16)[order],
        sentence_starts=np.cumsum([0, *counts], dtype=np.int64),
        norms=(K1 * (1 - B + B * lengths / average)).astype(np.float32),
    )

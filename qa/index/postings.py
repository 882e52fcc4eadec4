"""BM25 over an inverted index of sentences, with groups of synonyms as single terms.

Postings are kept by sentence, so one index tells both how well a passage matches (BM25, its
sentences added up) and how much of the question its best single sentence covers. BM25 is added
up over all passages, from postings by passage; coverage is worked out for the passages asked for.
"""

import math
from collections import Counter
from collections.abc import Sequence, Set
from dataclasses import dataclass
from functools import cached_property
from itertools import compress
from operator import itemgetter

import numpy as np
from numpy.typing import NDArray

from embeddings.types import FloatMatrix, FloatVector
from qa.types import Group, Member

MOST = np.iinfo(np.uint16).max
"""Frequencies are counted as far as this."""


@dataclass(frozen=True, slots=True, eq=False)
class GroupMatch:
    """Where one group occurs.

    passages: rising, with the weighted frequency in each. members: the sentences of each member,
    rising, and its weight; the lightest first.
    """

    idf: float
    passages: NDArray[np.int32]
    frequencies: FloatVector
    members: tuple[tuple[NDArray[np.int32], float], ...]


@dataclass(frozen=True, eq=False)
class Postings:
    """For each term the sentences that hold it, and how often; and the same for passages.

    Term t's postings are `sentences[starts[t]:starts[t + 1]]` (int32, rising) and the same slice
    of `frequencies` (uint16); by passage `passages` and `passage_frequencies` with
    `passage_starts`. `sentence_starts` (passages + 1) are each passage's first sentence. `norms`
    (passages,) are k1 (1 - b + b length / average length).
    """

    vocabulary: tuple[str, ...]
    starts: NDArray[np.int64]
    sentences: NDArray[np.int32]
    frequencies: NDArray[np.uint16]
    passage_starts: NDArray[np.int64]
    passages: NDArray[np.int32]
    passage_frequencies: NDArray[np.uint16]
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

    def sentences_of(self, rows: NDArray[np.int64]) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        """The sentences of some passages one after another, and where each passage's begin."""
        counts = self.sentence_starts[rows + 1] - self.sentence_starts[rows]
        ends = counts.cumsum()
        first = ends - counts
        sentences = np.repeat(self.sentence_starts[rows] - first, counts)
        sentences += np.arange(len(sentences))
        return sentences.astype(np.int32), first

    def idf(self, holding: float, population: int | None = None) -> float:
        """Inverse document frequency as in Lucene: ln(1 + (N - n + 0.5) / (n + 0.5)).

        N is the `population`, or without one the number of passages.
        """
        total = max(len(self.norms) if population is None else population, holding)
        return math.log1p((total - holding + 0.5) / (holding + 0.5))

    def match(self, group: Group, population: int | None = None) -> GroupMatch:
        """Find a group; `population` is the number of passages in its language.

        Among those of another language every word of this one would look rare.
        """
        found = [
            (weight, *self._member(member))
            for member, weight in sorted(group.items(), key=itemgetter(1))
        ]
        passages, frequencies, holding = _merged(
            [(w, passages, counts) for w, _, passages, counts in found]
        )
        return GroupMatch(
            idf=self.idf(holding, population),
            passages=passages,
            frequencies=frequencies,
            members=tuple((sentences, weight) for weight, sentences, _, _ in found),
        )

    def held(
        self, matches: Sequence[GroupMatch], rows: NDArray[np.int64]
    ) -> tuple[FloatMatrix, NDArray[np.int64]]:
        """The best weight that each sentence of rising rows holds of each group.

        Shape (groups, sentences); the second array says where each row's sentences begin.
        """
        sentences, first = self.sentences_of(rows)
        held = np.zeros((len(matches), len(sentences)), dtype=np.float32)
        for line, match in zip(held, matches, strict=True):
            for holding, weight in match.members:
                line[_places(sentences, holding)] = weight
        return held, first

    def score(
        self,
        groups: Sequence[Group],
        population: int | None = None,
        *,
        function_words: Set[str] = frozenset(),
    ) -> "KeywordScores":
        """Score every passage; no groups give zeros.

        Function words count for BM25, not for coverage: a small corpus may hold "there" in two
        sentences only, and neither need be the answer.
        """
        asked = Counter(tuple(group.items()) for group in groups)
        matches = [self.match(dict(items), population) for items in asked]
        idf = np.array([match.idf for match in matches], dtype=np.float32)
        masses = idf * np.fromiter(asked.values(), dtype=np.float32, count=len(asked))
        counted = [not any(member[0] in function_words for member, _ in items) for items in asked]
        return KeywordScores(
            postings=self,
            bm25=self._bm25(matches, masses),
            matches=tuple(compress(matches, counted)),
            masses=masses[np.array(counted, dtype=bool)],
        )

    def _bm25(self, matches: Sequence[GroupMatch], masses: FloatVector) -> FloatVector:
        """All groups at once: NumPy's calls cost more than a small corpus's sums."""
        if not matches:
            return np.zeros(len(self.norms), dtype=np.float32)
        passages = np.concatenate([match.passages for match in matches])
        frequencies = np.concatenate([match.frequencies for match in matches])
        masses = np.repeat(masses, [len(match.passages) for match in matches])
        parts = masses * frequencies / (frequencies + self.norms[passages])
        return np.bincount(passages, parts, minlength=len(self.norms)).astype(np.float32)

    def _member(
        self, member: Member
    ) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.uint16]]:
        """The sentences that hold a member, the passages, and how often each of these does."""
        known = [self.term_numbers[term] for term in member if term in self.term_numbers]
        if len(known) < len(member):
            return self.sentences[:0], self.passages[:0], self.passage_frequencies[:0]
        start, end = self.starts[known[0]], self.starts[known[0] + 1]
        sentences = self.sentences[start:end]
        if len(member) == 1:
            first, last = self.passage_starts[known[0]], self.passage_starts[known[0] + 1]
            return sentences, self.passages[first:last], self.passage_frequencies[first:last]
        counts = self.frequencies[start:end]
        for number in known[1:]:
            others = self.sentences[self.starts[number] : self.starts[number + 1]]
            shared = _places(sentences, others)
            sentences, counts = sentences[shared], counts[shared]
        passages, begins = _runs(self.owners[sentences])
        return sentences, passages, sums_of(counts, begins)


@dataclass(frozen=True, slots=True, eq=False)
class KeywordScores:
    """How well the passages match a question.

    bm25: shape (passages,), 0 and up. matches: one for each different group that coverage counts.
    masses: their idf, times how often each is asked for.
    """

    postings: Postings
    bm25: FloatVector
    matches: tuple[GroupMatch, ...]
    masses: FloatVector

    def coverage(self, rows: Sequence[int]) -> dict[int, FloatVector]:
        """The share of the question's idf mass in each sentence of each passage, 0 to 1."""
        rising = np.unique(np.array(rows, dtype=np.int64))
        total, first = self._coverage(rising)
        return dict(zip(rising.tolist(), np.split(total, first[1:]), strict=False))

    def best_coverage(self, rows: NDArray[np.int64]) -> FloatVector:
        """The coverage of the best sentence of each passage."""
        best = np.empty(len(rows), dtype=np.float32)
        if len(rows):
            order = np.argsort(rows, kind="stable")
            best[order] = np.maximum.reduceat(*self._coverage(rows[order]))
        return best

    def _coverage(self, rows: NDArray[np.int64]) -> tuple[FloatVector, NDArray[np.int64]]:
        held, first = self.postings.held(self.matches, rows)
        # Added up group by group, equal sentences are equal to the last bit.
        total: FloatVector = (held * self.masses[:, np.newaxis]).sum(axis=0)
        return total / np.float32(self.masses.sum() or 1.0), first


def _places(
    rising: NDArray[np.int32], others: NDArray[np.int32]
) -> NDArray[np.int64] | NDArray[np.bool_]:
    """Where a rising array has values of another, by binary search in the longer of the two."""
    short, long = (rising, others) if len(rising) < len(others) else (others, rising)
    if not len(long):
        return np.zeros(0, dtype=bool)
    places = long.searchsorted(short)
    shared: NDArray[np.bool_] = long.take(places, mode="clip") == short
    return shared if short is rising else places[shared]


def _merged(
    found: Sequence[tuple[float, NDArray[np.int32], NDArray[np.uint16]]],
) -> tuple[NDArray[np.int32], FloatVector, float]:
    """The passages of any member with their weighted frequency, and how many passages they are.

    A passage that holds only a doubtful synonym counts as that much of a passage.
    """
    if len(found) == 1:
        ((weight, passages, counts),) = found
        return passages, np.float32(weight) * counts, weight * len(passages)
    together = np.concatenate([passages for _, passages, _ in found])
    weights = np.array([weight for weight, _, _ in found], dtype=np.float32)
    weights = np.repeat(weights, [len(passages) for _, passages, _ in found])
    order = np.argsort(together, kind="stable")
    passages, first = _runs(together[order])
    frequencies = weights * np.concatenate([counts for *_, counts in found])
    # Of the members in one passage the heaviest comes last.
    heaviest = weights[order[np.append(first, len(order))[1:] - 1]]
    return passages, np.add.reduceat(frequencies[order], first), float(heaviest.sum())


def _runs(rising: NDArray[np.int32]) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """The different values of a rising array and where each begins."""
    new = np.ones(len(rising), dtype=bool)
    np.not_equal(rising[1:], rising[:-1], out=new[1:])
    first = np.flatnonzero(new)
    return rising[first], first


def sums_of(counts: NDArray[np.uint16], first: NDArray[np.int64]) -> NDArray[np.uint16]:
    """Sums of the stretches that begin at the given places, as far as they are counted."""
    sums = np.add.reduceat(counts, first, dtype=np.int64)
    return sums.clip(max=MOST).astype(np.uint16)

"""BM25 over an inverted index of sentences, with groups of synonyms as single terms.

Postings are kept by sentence, so one index tells both how well a passage matches (BM25, its
sentences added up) and how much of the question its best single sentence covers. BM25 is added
up over all passages, from postings by passage; coverage is worked out for the passages asked for.
"""

import math
from array import array
from collections import Counter
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from functools import cached_property
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from embeddings.types import FloatMatrix, FloatVector

K1 = 1.2
"""Saturation of term frequency; Lucene's default."""

B = 0.75
"""How much longer passages count less; Lucene's default."""

_MOST = np.iinfo(np.uint16).max  # frequencies are counted as far as this

Member = tuple[str, ...]
"""Index terms that must occur in one sentence: ("企业",) or ("develop", "zone")."""

Group = Mapping[Member, float]
"""Synonyms that score as one term, each with a weight in (0, 1]."""


@dataclass(frozen=True, slots=True, eq=False)
class GroupMatch:
    """Where one group occurs.

    passages: rising, with the weighted frequency in each. members: the sentences of each member,
    rising, and its weight; the lightest first.
    """

    idf: float
    is_figure: bool
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
            for member, weight in sorted(group.items(), key=lambda item: item[1])
        ]
        passages, frequencies, holding = _merged(
            [(w, passages, counts) for w, _, passages, counts in found]
        )
        return GroupMatch(
            idf=self.idf(holding, population),
            is_figure=any(member[0][0].isdigit() or member[0][0] == "#" for member in group),
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
        bm25 = np.zeros(len(self.norms), dtype=np.float32)
        matches, masses = [], []
        for items, times in Counter(tuple(group.items()) for group in groups).items():
            match = self.match(dict(items), population)
            mass = np.float32(match.idf * times)
            rows = match.passages.astype(np.intp)  # what NumPy is quickest with
            norms = self.norms[rows]
            bm25[rows] += mass * match.frequencies / (match.frequencies + norms)
            if not any(member[0] in function_words for member, _ in items):
                matches.append(match)
                masses.append(mass)
        return KeywordScores(self, bm25, tuple(matches), np.array(masses, dtype=np.float32))

    def _member(
        self, member: Member
    ) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.uint16]]:
        """The sentences that hold a member, the passages, and how often each of these does."""
        numbers = [self.term_numbers.get(term) for term in member]
        known = [number for number in numbers if number is not None]
        if len(known) < len(member):
            return self.sentences[:0], self.passages[:0], self.passage_frequencies[:0]
        part = slice(*self.starts[known[0] : known[0] + 2])
        sentences, counts = self.sentences[part], self.frequencies[part]
        if len(member) == 1:
            part = slice(*self.passage_starts[known[0] : known[0] + 2])
            return sentences, self.passages[part], self.passage_frequencies[part]
        for number in known[1:]:
            shared = _places(sentences, self.sentences[slice(*self.starts[number : number + 2])])
            sentences, counts = sentences[shared], counts[shared]
        passages, first = _runs(self.owners[sentences])
        return sentences, passages, _sums(counts, first)


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
        """The coverage of the best sentence of each passage; the rows must rise."""
        if not len(rows):
            return np.empty(0, dtype=np.float32)
        best: FloatVector = np.maximum.reduceat(*self._coverage(rows))
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


def build_postings(passages: Sequence[Sequence[Sequence[str]]]) -> Postings:
    """Index the terms of each sentence of each passage."""
    numbers: dict[str, int] = {}
    terms, sentences, frequencies = array("i"), array("i"), array("H")
    counts = [len(passage) for passage in passages]
    for number, sentence in enumerate(chain.from_iterable(passages)):
        for term, frequency in Counter(sentence).items():
            terms.append(numbers.setdefault(term, len(numbers)))
            sentences.append(number)
            frequencies.append(min(frequency, _MOST))
    vocabulary = sorted(numbers)
    place = np.empty(len(numbers), dtype=np.int64)
    place[[numbers[term] for term in vocabulary]] = np.arange(len(vocabulary))
    places = place[np.frombuffer(terms, dtype=np.int32)]
    order = np.argsort(places, kind="stable")
    lengths = np.array([sum(map(len, passage)) for passage in passages])
    average = max(float(lengths.mean()) if len(lengths) else 0.0, 1.0)
    starts = np.searchsorted(places[order], np.arange(len(vocabulary) + 1))
    held = np.frombuffer(sentences, dtype=np.int32)[order]
    owners = np.repeat(np.arange(len(counts), dtype=np.int32), counts)[held]
    counted = np.frombuffer(frequencies, dtype=np.uint16)[order]
    # A passage's postings of a term begin where another passage or another term does.
    new = np.diff(owners, prepend=-1) != 0
    new[starts[:-1]] = True
    first = np.flatnonzero(new)
    return Postings(
        vocabulary=tuple(vocabulary),
        starts=starts,
        sentences=held,
        frequencies=counted,
        passage_starts=np.searchsorted(first, starts),
        passages=owners[first],
        passage_frequencies=_sums(counted, first),
        sentence_starts=np.cumsum([0, *counts], dtype=np.int64),
        norms=(K1 * (1 - B + B * lengths / average)).astype(np.float32),
    )


def _sums(counts: NDArray[np.uint16], first: NDArray[np.int64]) -> NDArray[np.uint16]:
    """Sums of the stretches that begin at the given places, as far as they are counted."""
    sums = np.add.reduceat(counts, first, dtype=np.int64)
    return sums.clip(max=_MOST).astype(np.uint16)

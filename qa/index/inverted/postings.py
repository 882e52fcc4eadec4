"""BM25 over an inverted index of sentences, with groups of synonyms as single terms.

Postings are kept by sentence, so one index tells both how well a passage matches (BM25, its
sentences added up) and how much of the question its best single sentence covers. BM25 is added
up over all passages, from postings by passage; coverage is worked out for the passages asked for.

An index may lie in several parts, of which each has an inverted index of its own. What depends on
the whole (document frequency, average length) is worked out over all of them, so a corpus scores
the same to the last bit in however many parts it lies.
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
from qa.index.inverted.part import Found, PlacedPart, PostingsPart
from qa.index.inverted.rising import Counts, Numbers, places_in, renumbered, runs
from qa.types import Group, Member

K1 = 1.2
"""Saturation of term frequency; Lucene's default."""

B = 0.75
"""How much longer passages count less; Lucene's default."""


@dataclass(frozen=True, slots=True, eq=False)
class GroupMatch:
    """Where one group occurs.

    passages: rising, with the weighted frequency in each. members: the sentences of each member,
    rising, and its weight; the lightest first.
    """

    idf: float
    passages: Numbers
    frequencies: FloatVector
    members: tuple[tuple[Numbers, float], ...]


@dataclass(frozen=True, eq=False)
class Postings:
    """An inverted index in one or more parts, whose passages follow one another.

    `alive` says of each part which of its passages count (None: all); the others have no number.
    """

    parts: tuple[PostingsPart, ...]
    alive: tuple[NDArray[np.bool_] | None, ...] = ()

    def __len__(self) -> int:
        return len(self.lengths)

    def __contains__(self, term: object) -> bool:
        return isinstance(term, str) and any(placed.holds(term) for placed in self._placed)

    @cached_property
    def lengths(self) -> NDArray[np.int32]:
        """How many terms each passage has."""
        return _joined(
            [part.lengths if alive is None else part.lengths[alive] for part, alive in self.pairs()]
        )

    @cached_property
    def norms(self) -> FloatVector:
        """k1 (1 - b + b length / average length) of each passage."""
        average = max(int(self.lengths.sum(dtype=np.int64)) / max(len(self), 1), 1.0)
        norms: FloatVector = (K1 * (1 - B + B * self.lengths / average)).astype(np.float32)
        return norms

    @cached_property
    def sentence_starts(self) -> NDArray[np.int64]:
        """The first sentence of each passage, and behind the last the number of sentences."""
        if len(self.parts) == 1 and self.pairs()[0][1] is None:
            return self.parts[0].sentence_starts
        counts = [
            np.diff(part.sentence_starts)[... if alive is None else alive]
            for part, alive in self.pairs()
        ]
        return np.cumsum(np.concatenate([[0], *counts]), dtype=np.int64)

    @cached_property
    def owners(self) -> Numbers:
        """The passage of each sentence."""
        counts = np.diff(self.sentence_starts)
        return np.repeat(np.arange(len(counts), dtype=np.int32), counts)

    def sentences_of(self, rows: NDArray[np.int64]) -> tuple[Numbers, NDArray[np.int64]]:
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
        total = max(len(self) if population is None else population, holding)
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
                line[places_in(sentences, holding)] = weight
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
            return np.zeros(len(self), dtype=np.float32)
        passages = np.concatenate([match.passages for match in matches])
        frequencies = np.concatenate([match.frequencies for match in matches])
        masses = np.repeat(masses, [len(match.passages) for match in matches])
        parts = masses * frequencies / (frequencies + self.norms[passages])
        return np.bincount(passages, parts, minlength=len(self)).astype(np.float32)

    def _member(self, member: Member) -> Found:
        found = [one for placed in self._placed if (one := placed.find(member)) is not None]
        if len(found) == 1:
            return found[0]
        if not found:
            none = np.empty(0, dtype=np.int32)
            return none, none, np.empty(0, dtype=np.uint8)
        sentences, passages, counts = zip(*found, strict=True)
        return np.concatenate(sentences), np.concatenate(passages), np.concatenate(counts)

    def pairs(self) -> list[tuple[PostingsPart, NDArray[np.bool_] | None]]:
        """Each part with which of its passages count."""
        return list(zip(self.parts, self.alive or [None] * len(self.parts), strict=True))

    @cached_property
    def _placed(self) -> tuple[PlacedPart, ...]:
        placed: list[PlacedPart] = []
        first = first_sentence = 0
        for part, alive in self.pairs():
            if alive is None:
                placed.append(PlacedPart(part, first, first_sentence))
                first += len(part.lengths)
                first_sentence += int(part.sentence_starts[-1])
                continue
            sentences_alive = np.repeat(alive, np.diff(part.sentence_starts))
            (passages,), (sentences,) = renumbered([alive]), renumbered([sentences_alive])
            passages[alive] += first
            sentences[sentences_alive] += first_sentence
            placed.append(PlacedPart(part, first, first_sentence, passages, sentences))
            first += int(alive.sum())
            first_sentence += int(sentences_alive.sum())
        return tuple(placed)


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


def _merged(
    found: Sequence[tuple[float, Numbers, Counts]],
) -> tuple[Numbers, FloatVector, float]:
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
    passages, first = runs(together[order])
    frequencies = weights * np.concatenate([counts for *_, counts in found])
    # Of the members in one passage the heaviest comes last.
    heaviest = weights[order[np.append(first, len(order))[1:] - 1]]
    # Counted by weight: a sum of floats would depend on the order of the passages.
    different, times = np.unique(heaviest, return_counts=True)
    holding = float(different.astype(np.float64) @ times)
    return passages, np.add.reduceat(frequencies[order], first), holding


def _joined(arrays: Sequence[Numbers]) -> Numbers:
    if len(arrays) == 1:
        return arrays[0]
    return np.concatenate([np.empty(0, dtype=np.int32), *arrays])

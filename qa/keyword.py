"""BM25 as sparse vectors: saturated term frequencies in passages, idf in the question.

Their inner product is the score, so any engine that multiplies sparse vectors gives the same
ranking. Here the passage side is kept by term (an inverted index), and a question touches only
the postings of its own terms.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from embeddings.types import FloatVector

K1 = 1.2
"""Saturation of term frequency; Lucene's default."""

B = 0.75
"""How much longer passages count less; Lucene's default."""


@dataclass(frozen=True, eq=False)
class Postings:
    """The passage side: for each term, the passages that hold it and their weights.

    Term t's postings are `rows[starts[t]:starts[t + 1]]` and the same slice of `weights`:
    int32 passage numbers in rising order and float32 weights in (0, 1).
    """

    vocabulary: tuple[str, ...]
    starts: NDArray[np.int64]
    rows: NDArray[np.int32]
    weights: FloatVector
    passages: int

    @cached_property
    def term_numbers(self) -> dict[str, int]:
        """Each term's place in the vocabulary."""
        return {term: number for number, term in enumerate(self.vocabulary)}

    def idf(self, term: str) -> float:
        """Inverse document frequency as in Lucene: ln(1 + (N - n + 0.5) / (n + 0.5)).

        A term that no passage holds gets the highest value.
        """
        number = self.term_numbers.get(term)
        holding = 0 if number is None else int(self.starts[number + 1] - self.starts[number])
        return float(np.log1p((self.passages - holding + 0.5) / (holding + 0.5)))

    def scores(self, terms: Iterable[str]) -> FloatVector:
        """Return the BM25 score of every passage: shape (passages,)."""
        totals = np.zeros(self.passages, dtype=np.float32)
        for term, count in Counter(terms).items():
            number = self.term_numbers.get(term)
            if number is not None:
                part = slice(self.starts[number], self.starts[number + 1])
                totals[self.rows[part]] += np.float32(count * self.idf(term)) * self.weights[part]
        return totals


def build_postings(passages: Sequence[Sequence[str]]) -> Postings:
    """Weigh each passage's terms as Lucene does: tf / (tf + k1 (1 - b + b length / average))."""
    lengths = [len(terms) for terms in passages]
    average = max(sum(lengths) / max(len(lengths), 1), 1.0)
    found: dict[str, list[tuple[int, float]]] = {}
    for row, terms in enumerate(passages):
        norm = K1 * (1 - B + B * lengths[row] / average)
        for term, frequency in Counter(terms).items():
            found.setdefault(term, []).append((row, frequency / (frequency + norm)))
    vocabulary = tuple(sorted(found))
    postings = [found[term] for term in vocabulary]
    flat = [entry for entries in postings for entry in entries]
    return Postings(
        vocabulary=vocabulary,
        starts=np.cumsum([0, *map(len, postings)], dtype=np.int64),
        rows=np.array([row for row, _ in flat], dtype=np.int32),
        weights=np.array([weight for _, weight in flat], dtype=np.float32),
        passages=len(passages),
    )

"""Makes the inverted index of a corpus, and one of several."""

from array import array
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from heapq import merge
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from qa.index.inverted.part import PostingsPart
from qa.index.inverted.postings import Postings
from qa.index.inverted.rising import MOST, Counts, Numbers, renumbered, sums_of


def build_postings(passages: Sequence[Sequence[Sequence[str]]]) -> Postings:
    """Index the terms of each sentence of each passage, as a whole."""
    return Postings((build_part(passages),))


def build_part(passages: Sequence[Sequence[Sequence[str]]]) -> PostingsPart:
    """Index the terms of each sentence of each passage."""
    numbers: dict[str, int] = {}
    terms, sentences, frequencies = array("i"), array("i"), array("B")
    for number, sentence in enumerate(chain.from_iterable(passages)):
        for term, frequency in Counter(sentence).items():
            terms.append(numbers.setdefault(term, len(numbers)))
            sentences.append(number)
            frequencies.append(min(frequency, MOST))
    vocabulary = sorted(numbers)
    place = np.empty(len(numbers), dtype=np.int64)
    place[[numbers[term] for term in vocabulary]] = np.arange(len(vocabulary))
    return _ordered(
        vocabulary,
        place[np.frombuffer(terms, dtype=np.int32)],
        np.frombuffer(sentences, dtype=np.int32),
        np.frombuffer(frequencies, dtype=np.uint8),
        counts=np.array([len(passage) for passage in passages], dtype=np.int64),
        lengths=np.array([sum(map(len, passage)) for passage in passages], dtype=np.int32),
    )


def merge_parts(parts: Sequence[PostingsPart], alive: Sequence[NDArray[np.bool_]]) -> PostingsPart:
    """Put parts into one, without what is not alive; as if it had been built from the texts.

    Each posting goes straight to its place, so that no more is held than what comes out.
    """
    counts = [np.diff(part.sentence_starts) for part in parts]
    flags = [np.repeat(a, count) for a, count in zip(alive, counts, strict=True)]
    together = list(dict.fromkeys(merge(*(part.vocabulary for part in parts))))
    place = {term: number for number, term in enumerate(together)}
    new = [np.array([place[term] for term in p.vocabulary], dtype=np.int64) for p in parts]
    starts, sentences, frequencies = _placed(
        [
            _Postings(terms, part.starts, part.sentences, part.frequencies, numbers)
            for terms, part, numbers in zip(new, parts, renumbered(flags), strict=True)
        ],
        len(together),
    )
    passage_starts, passages, passage_frequencies = _placed(
        [
            _Postings(terms, part.passage_starts, part.passages, part.passage_frequencies, numbers)
            for terms, part, numbers in zip(new, parts, renumbered(alive), strict=True)
        ],
        len(together),
    )
    used = np.diff(starts) > 0
    in_use = np.append(used, True)
    kept_counts = _joined([c[a] for c, a in zip(counts, alive, strict=True)], np.int64)
    return PostingsPart(
        vocabulary=tuple(together[number] for number in np.flatnonzero(used).tolist()),
        starts=starts[in_use],
        sentences=sentences,
        frequencies=frequencies,
        passage_starts=passage_starts[in_use],
        passages=passages,
        passage_frequencies=passage_frequencies,
        sentence_starts=np.cumsum([0, *kept_counts], dtype=np.int64),
        lengths=_joined([p.lengths[a] for p, a in zip(parts, alive, strict=True)], np.int32),
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Postings:
    """The postings of a part by rising term, and the number that each place has in the whole.

    `terms` are its terms' numbers in the whole; a place whose number is -1 is left out.
    """

    terms: NDArray[np.int64]
    starts: NDArray[np.int64]
    places: Numbers
    frequencies: Counts
    numbers: Numbers

    def kept(self) -> tuple[NDArray[np.int64], Numbers, Counts]:
        """The term, the place and the frequency of each posting that is not left out."""
        held = self.numbers[self.places]
        kept = held >= 0
        return np.repeat(self.terms, np.diff(self.starts))[kept], held[kept], self.frequencies[kept]


def _placed(parts: Sequence[_Postings], terms: int) -> tuple[NDArray[np.int64], Numbers, Counts]:
    """Where each term's postings begin, and the postings: those of each part behind the last's."""
    sizes = [np.bincount(part.kept()[0], minlength=terms) for part in parts]
    starts = np.concatenate([[0], np.cumsum(sum(sizes, np.zeros(terms, dtype=np.int64)))])
    places = np.empty(starts[-1], dtype=np.int32)
    frequencies = np.empty(starts[-1], dtype=np.uint8)
    free = starts[:-1].copy()
    for part, size in zip(parts, sizes, strict=True):
        of, held, counted = part.kept()
        to = (free - np.cumsum(size) + size)[of] + np.arange(len(of))
        places[to], frequencies[to] = held, counted
        free += size
    return starts, places, frequencies


def _ordered(
    vocabulary: Sequence[str],
    terms: NDArray[np.int64],
    sentences: Numbers,
    frequencies: Counts,
    *,
    counts: NDArray[np.int64],
    lengths: Numbers,
) -> PostingsPart:
    """Order postings by term; `counts` are the sentences of each passage."""
    order = np.argsort(terms, kind="stable")
    starts = np.searchsorted(terms[order], np.arange(len(vocabulary) + 1))
    held = sentences[order]
    owners = np.repeat(np.arange(len(counts), dtype=np.int32), counts)[held]
    counted = frequencies[order]
    # A passage's postings of a term begin where another passage or another term does.
    new = np.diff(owners, prepend=-1) != 0
    new[starts[:-1]] = True
    first = np.flatnonzero(new)
    return PostingsPart(
        vocabulary=tuple(vocabulary),
        starts=starts,
        sentences=held,
        frequencies=counted,
        passage_starts=np.searchsorted(first, starts),
        passages=owners[first],
        passage_frequencies=sums_of(counted, first),
        sentence_starts=np.cumsum([0, *counts], dtype=np.int64),
        lengths=lengths,
    )


def _joined(arrays: Sequence[NDArray], dtype: type) -> NDArray:  # type: ignore[type-arg]
    return np.concatenate([np.empty(0, dtype=dtype), *arrays]).astype(dtype, copy=False)

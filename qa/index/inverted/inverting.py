"""Makes the inverted index of a corpus, and one of several."""

from array import array
from collections import Counter
from collections.abc import Sequence
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
    terms, sentences, frequencies = array("i"), array("i"), array("H")
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
        np.frombuffer(frequencies, dtype=np.uint16),
        counts=np.array([len(passage) for passage in passages], dtype=np.int64),
        lengths=np.array([sum(map(len, passage)) for passage in passages], dtype=np.int32),
    )


def merge_parts(parts: Sequence[PostingsPart], alive: Sequence[NDArray[np.bool_]]) -> PostingsPart:
    """Put parts into one, without what is not alive; as if it had been built from the texts."""
    counts = [np.diff(part.sentence_starts) for part in parts]
    flags = [np.repeat(a, count) for a, count in zip(alive, counts, strict=True)]
    together = list(dict.fromkeys(merge(*(part.vocabulary for part in parts))))
    place = {term: number for number, term in enumerate(together)}
    places, sentences, frequencies = [], [], []
    for part, numbers in zip(parts, renumbered(flags), strict=True):
        new = np.array([place[term] for term in part.vocabulary], dtype=np.int64)
        held = numbers[part.sentences]
        kept = held >= 0
        places.append(np.repeat(new, np.diff(part.starts))[kept])
        sentences.append(held[kept])
        frequencies.append(part.frequencies[kept])
    used, terms = np.unique(_joined(places, np.int64), return_inverse=True)
    return _ordered(
        [together[number] for number in used],
        terms,
        _joined(sentences, np.int32),
        _joined(frequencies, np.uint16),
        counts=_joined([c[a] for c, a in zip(counts, alive, strict=True)], np.int64),
        lengths=_joined([p.lengths[a] for p, a in zip(parts, alive, strict=True)], np.int32),
    )


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

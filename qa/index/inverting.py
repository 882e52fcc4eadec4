"""Makes the inverted index of a corpus."""

from array import array
from collections import Counter
from collections.abc import Sequence
from itertools import chain

import numpy as np

from qa.index.postings import MOST, Postings, sums_of

K1 = 1.2
"""Saturation of term frequency; Lucene's default."""

B = 0.75
"""How much longer passages count less; Lucene's default."""


def build_postings(passages: Sequence[Sequence[Sequence[str]]]) -> Postings:
    """Index the terms of each sentence of each passage."""
    numbers: dict[str, int] = {}
    terms, sentences, frequencies = array("i"), array("i"), array("H")
    counts = [len(passage) for passage in passages]
    for number, sentence in enumerate(chain.from_iterable(passages)):
        for term, frequency in Counter(sentence).items():
            terms.append(numbers.setdefault(term, len(numbers)))
            sentences.append(number)
            frequencies.append(min(frequency, MOST))
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
        passage_frequencies=sums_of(counted, first),
        sentence_starts=np.cumsum([0, *counts], dtype=np.int64),
        norms=(K1 * (1 - B + B * lengths / average)).astype(np.float32),
    )

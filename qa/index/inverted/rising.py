"""Rising arrays of numbers: what they share, their runs, and sums along them."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

MOST = np.iinfo(np.uint8).max
"""Frequencies are counted as far as this; BM25 tells no more than a few apart."""

Numbers = NDArray[np.int32]
Counts = NDArray[np.uint8]


def places_in(rising: Numbers, others: Numbers) -> NDArray[np.int64] | NDArray[np.bool_]:
    """Where a rising array has values of another, by binary search in the longer of the two."""
    short, long = (rising, others) if len(rising) < len(others) else (others, rising)
    if not len(long):
        return np.zeros(0, dtype=bool)
    places = long.searchsorted(short)
    shared: NDArray[np.bool_] = long.take(places, mode="clip") == short
    return shared if short is rising else places[shared]


def runs(rising: Numbers) -> tuple[Numbers, NDArray[np.int64]]:
    """The different values of a rising array and where each begins."""
    new = np.ones(len(rising), dtype=bool)
    np.not_equal(rising[1:], rising[:-1], out=new[1:])
    first = np.flatnonzero(new)
    return rising[first], first


def sums_of(counts: Counts, first: NDArray[np.int64]) -> Counts:
    """Sums of the stretches that begin at the given places, as far as they are counted."""
    sums = np.add.reduceat(counts, first, dtype=np.int64)
    return sums.clip(max=MOST).astype(np.uint8)


def renumbered(alive: Sequence[NDArray[np.bool_]]) -> list[Numbers]:
    """Number what is alive from 0 through all the parts; what is not is -1."""
    numbers, first = [], 0
    for flags in alive:
        found = np.full(len(flags), -1, dtype=np.int32)
        count = int(np.count_nonzero(flags))
        found[flags] = np.arange(first, first + count, dtype=np.int32)
        numbers.append(found)
        first += count
    return numbers

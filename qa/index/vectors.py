"""The passages nearest to a question as a whole, whichever language they are in.

Up to `EXACT_UP_TO` rows every vector is compared. A larger index holds codes of them, by which
several times as many rows are found as are asked for, and then those are compared exactly.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from embeddings.centering import Means, centre, centred_products
from embeddings.faiss_index import CodedIndex, FaissIndex, encode
from embeddings.types import FloatMatrix, FloatVector, VectorIndex
from qa.index.quantised import QuantisedVectors, joined, quantise
from qa.index.sequences import Joints

EXACT_UP_TO = 20_000
"""Rows; that many take 2 ms (benchmarks/speed.md)."""

CODED_FROM = 5_000
"""Rows of a part that is written with codes, in case the whole comes to need them. So a large
index has at most eight times as many rows without, and these take 4 ms."""

MARGIN = 3
"""Coded rows looked at for one asked for. A searcher asks for 200 and uses 100, of which .998 are
found (.995 with a margin of 2), in their exact order."""

FEW = 5_000
"""Rows that a filter leaves up to which these are compared one by one; they take 3 ms."""

Flags = NDArray[np.bool_]
RowNumbers = NDArray[np.int64]


class Stacked:
    """Rows of several matrices as if they were one, without a copy; `kept` as for `Joints`."""

    def __init__(
        self, parts: Sequence[FloatMatrix | QuantisedVectors], kept: Sequence[Flags | None]
    ) -> None:
        self._parts = tuple(parts)
        self._flags = tuple(kept)
        self._joints = Joints([len(part) for part in self._parts], kept)

    def __len__(self) -> int:
        return len(self._joints)

    @property
    def shape(self) -> tuple[int, ...]:
        """As an array's."""
        return len(self), self._parts[0].shape[1]

    @property
    def dtype(self) -> np.dtype[np.float32]:
        """As an array's."""
        return self._parts[0].dtype

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> FloatMatrix:
        whole = self[:]
        return whole if dtype is None else whole.astype(dtype)

    def __getitem__(self, rows: slice | NDArray[np.integer]) -> FloatMatrix:
        if isinstance(rows, slice):
            rows = np.arange(*rows.indices(len(self)))
        owners = self._joints.owners(rows)
        found = np.empty((len(rows), self.shape[1]), dtype=np.float32)
        for number in np.unique(owners).tolist():
            here = owners == number
            found[here] = self._parts[number][self._joints.inside(number, rows[here])]
        return found

    def as_they_lie(self) -> QuantisedVectors:
        """All the rows in bytes, put below one another."""
        parts = []
        for part, flags in zip(self._parts, self._flags, strict=True):
            bytes_of = part if isinstance(part, QuantisedVectors) else quantise(part)
            parts.append(bytes_of if flags is None else bytes_of.take(flags))
        return joined(parts, self.shape[1])


VectorRows = FloatMatrix | QuantisedVectors | Stacked
"""Vectors as rows: those of an index in one part, or in several."""


def stack(
    parts: Sequence[FloatMatrix | QuantisedVectors], kept: Sequence[Flags | None]
) -> VectorRows:
    """Put matrices one below the other; a single one whose rows all count stays as it is."""
    return parts[0] if len(parts) == 1 and kept[0] is None else Stacked(parts, kept)


def in_bytes(vectors: VectorRows) -> QuantisedVectors:
    """Return vectors as they are written."""
    if isinstance(vectors, Stacked):
        return vectors.as_they_lie()
    return vectors if isinstance(vectors, QuantisedVectors) else quantise(vectors)


@dataclass(frozen=True, slots=True, eq=False)
class Searched:
    """An index of some rows; `rows` are these rows' numbers in the whole, -1 for none."""

    index: VectorIndex
    rows: RowNumbers

    def nearest(self, query: FloatVector, k: int, allowed: Flags | None) -> RowNumbers:
        """Return the k nearest rows; more are looked at where many are not allowed."""
        wanted = self.rows >= 0
        if allowed is not None:
            wanted[wanted] = allowed[self.rows[wanted]]
        count = int(np.count_nonzero(wanted))
        if not count:
            return self.rows[:0]
        looked_at = k * len(wanted) // count
        while True:
            _, (found,) = self.index.search(query[np.newaxis], looked_at)
            good = found[wanted[found]][:k]
            if len(good) >= min(k, count) or looked_at >= len(wanted):
                rows: RowNumbers = self.rows[good]
                return rows
            looked_at *= 2


Codes = tuple[Searched, ...]
"""The codes of a large index; rows that none has are compared exactly."""


class NearestRows:
    """Finds rows by their centred vectors; `chinese` says which rows are in that language."""

    def __init__(
        self, vectors: VectorRows, chinese: Flags, means: Mapping[str, Means], codes: Codes = ()
    ) -> None:
        self._vectors = vectors
        self._chinese = chinese
        self._means = means
        self._codes = codes
        uncoded = np.ones(len(chinese), dtype=bool)
        for part in codes:
            uncoded[part.rows[part.rows >= 0]] = False
        rows = np.flatnonzero(uncoded)
        exact = centre_rows(vectors[rows], chinese[rows], means)
        self._exact = Searched(FaissIndex(exact), rows)

    def search(self, query: FloatVector, k: int, allowed: Flags | None = None) -> RowNumbers:
        """Return the k rows nearest to a centred query, best first; of the allowed ones alone."""
        if allowed is not None and np.count_nonzero(allowed) <= max(FEW, k) < len(allowed):
            return self._best(np.flatnonzero(allowed), query, k)
        exact = self._exact.nearest(query, k, allowed)
        if not self._codes:
            return exact
        coded = [part.nearest(query, MARGIN * k, allowed) for part in self._codes]
        return self._best(np.concatenate([exact, *coded]), query, k)

    def _best(self, rows: RowNumbers, query: FloatVector, k: int) -> RowNumbers:
        """The k nearest of some rows, by their vectors."""
        closeness = np.empty(len(rows), dtype=np.float32)
        for language, here in by_language(self._chinese[rows]).items():
            vectors, mean = self._vectors[rows[here]], self._means[language].passage
            closeness[here] = centred_products(vectors, mean, query)
        return rows[np.lexsort((rows, -closeness))][:k]


def encode_rows(
    vectors: QuantisedVectors, chinese: Flags, means: Mapping[str, Means]
) -> CodedIndex | None:
    """Make the codes of rows that are enough to need them."""
    if len(vectors) <= CODED_FROM or vectors.shape[1] % 2:
        return None
    return CodedIndex(encode(_Centred(vectors, chinese, means)))


@dataclass(frozen=True, slots=True, eq=False)
class _Centred:
    """Rows without the mean of their language, which are made as they are asked for."""

    vectors: QuantisedVectors
    chinese: Flags
    means: Mapping[str, Means]

    def __len__(self) -> int:
        return len(self.vectors)

    def __getitem__(self, numbers: RowNumbers) -> FloatMatrix:
        return centre_rows(self.vectors[numbers], self.chinese[numbers], self.means)


def coded_parts(indexes: Sequence[CodedIndex | None], rows: Sequence[RowNumbers]) -> Codes:
    """The codes that an index uses: none up to `EXACT_UP_TO` rows. `rows` number each part's."""
    if sum(int(np.count_nonzero(numbers >= 0)) for numbers in rows) <= EXACT_UP_TO:
        return ()
    pairs = zip(indexes, rows, strict=True)
    return tuple(Searched(index, numbers) for index, numbers in pairs if index is not None)


def centre_rows(vectors: FloatMatrix, chinese: Flags, means: Mapping[str, Means]) -> FloatMatrix:
    """Remove from each row the mean of its language."""
    centred = np.empty(vectors.shape, dtype=np.float32)
    for language, rows in by_language(chinese).items():
        centred[rows] = centre(vectors[rows], means[language].passage)
    return centred


def by_language(chinese: Flags) -> dict[str, Flags]:
    """The rows of each language by the names that means have."""
    return {"zh": chinese, "en": ~chinese}

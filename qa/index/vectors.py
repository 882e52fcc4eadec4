"""The passages nearest to a question as a whole, whichever language they are in.

Up to `EXACT_UP_TO` rows every vector is compared. A larger index holds codes of them, by which
several times as many rows are found as are asked for, and then those are compared exactly.
"""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from embeddings.centering import Means, centre, centred_products
from embeddings.faiss_index import CodedIndex, FaissIndex, encode
from embeddings.types import FloatMatrix, FloatVector, VectorIndex

EXACT_UP_TO = 20_000
"""Rows; that many take 2 ms (benchmarks/speed.md)."""

MARGIN = 3
"""Coded rows looked at for one asked for. A searcher asks for 200 and uses 100, of which .998 are
found (.995 with a margin of 2), in their exact order."""

Flags = NDArray[np.bool_]


class NearestRows:
    """Finds rows by their centred vectors; `chinese` says which rows are in that language."""

    def __init__(
        self,
        vectors: FloatMatrix,
        chinese: Flags,
        means: Mapping[str, Means],
        codes: CodedIndex | None = None,
    ) -> None:
        self._vectors = vectors
        self._chinese = chinese
        self._means = means
        self._coded = codes is not None
        self._index: VectorIndex = codes or FaissIndex(centre_rows(vectors, chinese, means))

    def search(self, query: FloatVector, k: int) -> NDArray[np.int64]:
        """Return the k rows nearest to a centred query, best first."""
        _, found = self._index.search(query[np.newaxis], MARGIN * k if self._coded else k)
        rows: NDArray[np.int64] = found[0]
        if not self._coded:
            return rows
        closeness = np.empty(len(rows), dtype=np.float32)
        for language, here in by_language(self._chinese[rows]).items():
            vectors, mean = self._vectors[rows[here]], self._means[language].passage
            closeness[here] = centred_products(vectors, mean, query)
        return rows[np.lexsort((rows, -closeness))][:k]


def encode_rows(
    vectors: FloatMatrix, chinese: Flags, means: Mapping[str, Means]
) -> CodedIndex | None:
    """Make the codes of an index that is large enough to need them."""
    if len(vectors) <= EXACT_UP_TO or vectors.shape[1] % 2:
        return None
    return CodedIndex(encode(centre_rows(vectors, chinese, means)))


def centre_rows(vectors: FloatMatrix, chinese: Flags, means: Mapping[str, Means]) -> FloatMatrix:
    """Remove from each row the mean of its language."""
    centred = np.empty(vectors.shape, dtype=np.float32)
    for language, rows in by_language(chinese).items():
        centred[rows] = centre(vectors[rows], means[language].passage)
    return centred


def by_language(chinese: Flags) -> dict[str, Flags]:
    """The rows of each language by the names that means have."""
    return {"zh": chinese, "en": ~chinese}

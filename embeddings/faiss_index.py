"""Exact nearest rows by inner product, by FAISS (`IndexFlatIP`)."""

from typing import Any

import numpy as np

from embeddings.types import FloatMatrix, IntMatrix


class FaissIndex:
    """Rows of unit vectors; satisfies `VectorIndex`. Rows are numbered in the order given."""

    def __init__(self, vectors: FloatMatrix) -> None:
        import faiss  # 0.1 s, so not before an index is made

        if vectors.ndim != 2 or vectors.dtype != np.float32:
            raise ValueError(f"need a float32 matrix, got {vectors.dtype} of {vectors.shape}")
        self._index: Any = faiss.IndexFlatIP(vectors.shape[1])
        if len(vectors):
            self._index.add(np.ascontiguousarray(vectors))

    def __len__(self) -> int:
        return int(self._index.ntotal)

    def search(self, queries: FloatMatrix, k: int) -> tuple[FloatMatrix, IntMatrix]:
        """Return scores and row numbers, best first, of shape (len(queries), min(k, len(self)))."""
        k = min(k, len(self))
        if k == 0:
            empty = (len(queries), 0)
            return np.empty(empty, dtype=np.float32), np.empty(empty, dtype=np.int64)
        scores, rows = self._index.search(np.ascontiguousarray(queries), k)
        return scores, rows

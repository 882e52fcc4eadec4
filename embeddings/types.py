"""What an embedding model and a vector index must offer."""

from collections.abc import Callable, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

FloatMatrix = NDArray[np.float32]
"""Vectors as rows: shape (n, dimension), C-contiguous float32."""

FloatVector = NDArray[np.float32]
"""One vector: shape (dimension,), float32."""

IntMatrix = NDArray[np.int64]

Progress = Callable[[int], None]
"""Called with the number of texts that have just been finished."""


class ModelLoadError(Exception):
    """The model cannot be loaded; the message names it and the remedy."""


class Embedder(Protocol):
    """Turns text into unit vectors: each row has Euclidean length 1."""

    @property
    def model_id(self) -> str:
        """Names the weights exactly: two embedders with one id give the same vectors."""
        ...

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        ...

    def embed_queries(self, texts: Sequence[str]) -> FloatMatrix:
        """Embed questions; row i belongs to texts[i]."""
        ...

    def embed_passages(
        self, texts: Sequence[str], *, progress: Progress | None = None
    ) -> FloatMatrix:
        """Embed what is searched; row i belongs to texts[i]."""
        ...


class VectorIndex(Protocol):
    """Finds the rows nearest to a query by inner product. It never knows what a row means."""

    def __len__(self) -> int: ...

    def search(self, queries: FloatMatrix, k: int) -> tuple[FloatMatrix, IntMatrix]:
        """Return scores and row numbers, best first, of shape (len(queries), min(k, len(self)))."""
        ...

"""Vectors that a library has already, found by the text that they are of."""

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from embeddings.types import Embedder, FloatMatrix, FloatVector
from qa.errors import IndexDamagedError
from qa.index.disk.manifest import Manifest
from qa.index.disk.segments import read_vectors
from qa.language.text import to_simplified

IndexProgress = Callable[[str, int, int], None]
"""Called with the stage ("reading" or "embedding"), how much of it is done, and of how much."""

Key = tuple[int, int]
"""The first 16 bytes of the hash of a text, as two numbers."""

Keys = NDArray[np.uint64]
"""Shape (3, texts): both halves of each key, rising, and the place of the vector, which counts
the rows and then their sentences."""


def key_of(text: str) -> Key:
    """The key of a text."""
    digest = hashlib.sha256(text.encode()).digest()
    return int.from_bytes(digest[:8], "little"), int.from_bytes(digest[8:16], "little")


def keys_of(texts: Iterable[Key]) -> Keys:
    """Order the keys of all the texts of a segment."""
    ordered = sorted((*key, place) for place, key in enumerate(texts))
    return np.array(ordered, dtype=np.uint64).reshape(-1, 3).T.copy()


class KnownVectors:
    """Finds vectors by key in segments: their keys, rows' vectors and sentences' vectors."""

    def __init__(self, parts: Iterable[tuple[Keys, FloatMatrix, FloatMatrix]] = ()) -> None:
        self._parts = tuple(parts)

    def find(self, key: Key) -> FloatVector | None:
        """Return the vector of a text, or None."""
        for keys, vectors, sentence_vectors in self._parts:
            number = int(keys[0].searchsorted(np.uint64(key[0])))
            if number == keys.shape[1] or tuple(keys[:2, number].tolist()) != key:
                continue
            place = int(keys[2, number])
            is_row = place < len(vectors)
            found: FloatVector
            found = vectors[place] if is_row else sentence_vectors[place - len(vectors)]
            return found
        return None


def known_vectors(folder: Path, manifest: Manifest) -> KnownVectors:
    """The vectors of all texts of a library, its removed ones too; read as they are asked for.

    Of a damaged segment none are known.
    """
    parts = []
    for info in manifest.segments:
        with suppress(OSError, ValueError, IndexDamagedError):
            parts.append(read_vectors(folder, info))
    return KnownVectors(parts)


def embed(
    texts: Mapping[Key, str],
    keys: Sequence[Key],
    embedder: Embedder,
    known: KnownVectors,
    progress: IndexProgress | None,
) -> tuple[FloatMatrix, int]:
    """Embed each text that is not known; row i belongs to keys[i]. Says too how many were new."""
    found = {key: known.find(key) for key in texts}
    new = {key: text for key, text in texts.items() if found[key] is None}
    finished = 0

    def report(count: int) -> None:
        nonlocal finished
        finished += count
        if progress:
            progress("embedding", finished, len(new))

    if new:
        made = embedder.embed_passages([to_simplified(t) for t in new.values()], progress=report)
        found |= dict(zip(new, made, strict=True))
    vectors = np.empty((len(keys), embedder.dimension), dtype=np.float32)
    for row, key in enumerate(keys):
        vectors[row] = found[key]
    return vectors, len(new)

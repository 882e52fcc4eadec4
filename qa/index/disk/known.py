"""Vectors that a library has already, found by the passage that they are of."""

import hashlib
import json
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from embeddings.types import Embedder, FloatMatrix, ReadPassage
from qa.errors import IndexDamagedError
from qa.index.disk.manifest import Manifest
from qa.index.disk.segments import read_vectors
from qa.language.text import to_simplified

IndexProgress = Callable[[str, int, int], None]
"""Called with the stage ("reading" or "embedding"), how much of it is done, and of how much."""

Key = tuple[int, int]
"""The first 16 bytes of the hash of a passage, as two numbers."""

Keys = NDArray[np.uint64]
"""Shape (3, rows): both halves of each key, rising, and the number of the row."""


def key_of(passage: ReadPassage) -> Key:
    """The key of a passage: its vectors depend on nothing else."""
    written = json.dumps([passage.heading, *passage.sentences], ensure_ascii=False)
    digest = hashlib.sha256(written.encode()).digest()
    return int.from_bytes(digest[:8], "little"), int.from_bytes(digest[8:16], "little")


def keys_of(passages: Iterable[Key]) -> Keys:
    """Order the keys of all the rows of a segment."""
    ordered = sorted((*key, row) for row, key in enumerate(passages))
    return np.array(ordered, dtype=np.uint64).reshape(-1, 3).T.copy()


@dataclass(frozen=True, slots=True, eq=False)
class KeyedVectors:
    """The vectors of a segment: of rows, of their sentences, and where each row's begin."""

    keys: Keys
    vectors: FloatMatrix
    sentence_vectors: FloatMatrix
    sentence_starts: NDArray[np.int64]

    def find(self, key: Key) -> FloatMatrix | None:
        """Return the vectors of a passage and its sentences, or None."""
        number = int(self.keys[0].searchsorted(np.uint64(key[0])))
        if number == self.keys.shape[1] or tuple(self.keys[:2, number].tolist()) != key:
            return None
        row = int(self.keys[2, number])
        sentences = self.sentence_vectors[slice(*self.sentence_starts[row : row + 2])]
        found: FloatMatrix = np.concatenate([self.vectors[row : row + 1], sentences])
        return found


class KnownVectors:
    """Finds vectors by key in several segments."""

    def __init__(self, parts: Iterable[KeyedVectors] = ()) -> None:
        self._parts = tuple(parts)

    def find(self, key: Key) -> FloatMatrix | None:
        """Return the vectors of a passage and its sentences, or None."""
        found = (part.find(key) for part in self._parts)
        return next((vectors for vectors in found if vectors is not None), None)


def known_vectors(folder: Path, manifest: Manifest) -> KnownVectors:
    """The vectors of all texts of a library, its removed ones too; read as they are asked for.

    Of a damaged segment none are known.
    """
    parts = []
    for info in manifest.segments:
        with suppress(OSError, ValueError, IndexDamagedError):
            parts.append(KeyedVectors(*read_vectors(folder, info)))
    return KnownVectors(parts)


def embed(
    passages: Sequence[ReadPassage],
    keys: Sequence[Key],
    embedder: Embedder,
    known: KnownVectors,
    progress: IndexProgress | None,
) -> tuple[FloatMatrix, FloatMatrix, int]:
    """Embed each passage that is not known; keys[i] is of passages[i].

    Returns the vectors of passages and of all their sentences, and how many passages were new.
    """
    different = dict(zip(keys, passages, strict=True))
    found: dict[Key, FloatMatrix] = {}
    for key in different:
        if (vectors_of := known.find(key)) is not None:
            found[key] = vectors_of
    new = {key: passage for key, passage in different.items() if key not in found}
    finished = 0

    def report(count: int) -> None:
        nonlocal finished
        finished += count
        if progress:
            progress("embedding", finished, len(new))

    if new:
        made = embedder.embed_with_sentences(list(map(_folded, new.values())), progress=report)
        found |= dict(zip(new, made, strict=True))
    counts = [len(passage.sentences) for passage in passages]
    vectors = np.empty((len(keys), embedder.dimension), dtype=np.float32)
    sentences = np.empty((sum(counts), embedder.dimension), dtype=np.float32)
    start = 0
    for row, (key, count) in enumerate(zip(keys, counts, strict=True)):
        vectors[row], sentences[start : start + count] = found[key][0], found[key][1:]
        start += count
    return vectors, sentences, len(new)


def _folded(passage: ReadPassage) -> ReadPassage:
    """The model sees one script."""
    sentences = tuple(map(to_simplified, passage.sentences))
    return ReadPassage(to_simplified(passage.heading), sentences)

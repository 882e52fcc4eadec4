"""Vectors that a library has already, found by the passage that they are of."""

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from embeddings.types import Embedder, ReadPassage
from qa.errors import IndexDamagedError
from qa.index.disk.manifest import Manifest
from qa.index.disk.segments import read_vectors
from qa.index.quantised import QuantisedVectors, joined, quantise
from qa.language.text import to_simplified

IndexProgress = Callable[[str, int, int], None]
"""Called with the stage ("reading" or "embedding"), how much of it is done, and of how much."""

UNFINISHED = "unfinished"

BATCH = 256
"""Passages embedded before they are kept: some seconds' work."""

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


class Vectors(Protocol):
    """Where the vectors of a passage and of its sentences may be found."""

    def find(self, key: Key) -> QuantisedVectors | None:
        """Return the vectors of a passage, then those of its sentences; None if unknown."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class KeyedVectors:
    """The vectors of a segment: of rows, of their sentences, and where each row's begin."""

    keys: Keys
    vectors: QuantisedVectors
    sentence_vectors: QuantisedVectors
    sentence_starts: NDArray[np.int64]

    def find(self, key: Key) -> QuantisedVectors | None:
        """Return the vectors of a passage, then those of its sentences; None if unknown."""
        number = int(self.keys[0].searchsorted(np.uint64(key[0])))
        if number == self.keys.shape[1] or tuple(self.keys[:2, number].tolist()) != key:
            return None
        row = int(self.keys[2, number])
        sentences = self.sentence_vectors.take(slice(*self.sentence_starts[row : row + 2]))
        return joined([self.vectors.take(slice(row, row + 1)), sentences], sentences.shape[1])


class KnownVectors:
    """Vectors that are known already, in several places."""

    def __init__(self, parts: Iterable[Vectors] = ()) -> None:
        self._parts = tuple(parts)

    def find(self, key: Key) -> QuantisedVectors | None:
        """Return the vectors of a passage, then those of its sentences; None if unknown."""
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
    known: Vectors,
    progress: IndexProgress | None,
    unfinished: "Unfinished | None" = None,
) -> tuple[QuantisedVectors, QuantisedVectors, int]:
    """Embed each passage that is not known; keys[i] is of passages[i].

    Returns the vectors of passages and of all their sentences, and how many passages were new.
    What is embedded is written to `unfinished` as it goes: a run that is killed was not in vain.
    """
    found: dict[Key, QuantisedVectors] = {}
    new: dict[Key, ReadPassage] = {}
    for key, passage in zip(keys, passages, strict=True):
        if key not in found and key not in new:
            if (vectors_of := known.find(key)) is None:
                new[key] = passage
            else:
                found[key] = vectors_of
    order, finished = list(new), 0

    def report(count: int) -> None:
        nonlocal finished
        finished += count
        if progress:
            progress("embedding", finished, len(order))

    for start in range(0, len(order), BATCH):
        batch = order[start : start + BATCH]
        texts = [_folded(new.pop(key)) for key in batch]
        made = map(quantise, embedder.embed_with_sentences(texts, progress=report))
        found |= (together := dict(zip(batch, made, strict=True)))
        if unfinished is not None and len(order) > BATCH:
            unfinished.keep(together)
    starts = np.cumsum([0, *(len(passage.sentences) for passage in passages)])
    vectors = _empty(len(keys), embedder.dimension)
    sentences = _empty(int(starts[-1]), embedder.dimension)
    for row, key in enumerate(keys):
        here, below = found[key], slice(*starts[row : row + 2])
        vectors.codes[row], vectors.scales[row] = here.codes[0], here.scales[0]
        sentences.codes[below], sentences.scales[below] = here.codes[1:], here.scales[1:]
    return vectors, sentences, len(order)


class Unfinished:
    """What a run has embedded that has not written its library yet: FOLDER/unfinished/*.npz.

    The next run finds it there; a run that ends well leaves nothing.
    """

    def __init__(self, folder: Path, model_id: str) -> None:
        self._folder = folder / UNFINISHED / hashlib.sha256(model_id.encode()).hexdigest()[:16]
        self._number = 0
        self._found: dict[Key, QuantisedVectors] = {}
        for file in sorted(self._folder.glob("*.npz")):
            self._number = max(self._number, int(file.stem)) if file.stem.isdecimal() else 0
            with suppress(OSError, ValueError, KeyError, BadZipFile):  # cut off as it was written
                self._found |= _read_unfinished(file)

    def find(self, key: Key) -> QuantisedVectors | None:
        """Return the vectors of a passage, then those of its sentences; None if unknown."""
        return self._found.get(key)

    def keep(self, found: Mapping[Key, QuantisedVectors]) -> None:
        """Write down what has just been embedded."""
        self._folder.mkdir(parents=True, exist_ok=True)
        self._number += 1
        whole = joined(list(found.values()), next(iter(found.values())).shape[1])
        np.savez(
            self._folder / f"{self._number}.npz",
            keys=np.array(list(found), dtype=np.uint64),
            ends=np.cumsum([len(vectors) for vectors in found.values()]),
            codes=whole.codes,
            scales=whole.scales,
        )


def forget_unfinished(folder: Path) -> None:
    """Delete what earlier runs left, once the library holds it or it is not wanted."""
    import shutil

    shutil.rmtree(folder / UNFINISHED, ignore_errors=True)


def _read_unfinished(file: Path) -> dict[Key, QuantisedVectors]:
    with file.open("rb") as stream, np.load(stream, allow_pickle=False) as stored:
        whole = QuantisedVectors(stored["codes"], stored["scales"])
        ends = stored["ends"].tolist()
        keys = [(int(first), int(second)) for first, second in stored["keys"].tolist()]
    bounds = zip([0, *ends], ends, strict=False)
    return {key: whole.take(slice(*bound)) for key, bound in zip(keys, bounds, strict=True)}


def _empty(rows: int, dimension: int) -> QuantisedVectors:
    codes = np.empty((rows, dimension), dtype=np.int8)
    return QuantisedVectors(codes, np.empty(rows, dtype=np.float32))


def _folded(passage: ReadPassage) -> ReadPassage:
    """The model sees one script."""
    sentences = tuple(map(to_simplified, passage.sentences))
    return ReadPassage(to_simplified(passage.heading), sentences)

"""One complete index, in memory and on disk.

    FOLDER/CURRENT                 the name of the snapshot in use
    FOLDER/snapshots/NAME/         manifest.json, documents.jsonl, passages.jsonl, rows.jsonl,
                                   terms.json, vocabulary.txt and the arrays as *.npy

A snapshot is written beside the others and then named in CURRENT by one atomic rename, so a run
that is killed leaves the earlier one whole. The manifest holds the hash of every other file.
"""

import hashlib
import json
import os
import shutil
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np
from numpy.typing import NDArray

from embeddings.faiss_index import CodedIndex
from embeddings.types import FloatMatrix
from qa.corpus.translations import TermPair
from qa.errors import IndexDamagedError, IndexMismatchError, IndexNotFoundError
from qa.index.postings import Postings
from qa.language.text import Span, is_chinese
from qa.types import Document, Language, Passage

SCHEMA = 3
"""Version of the files below; a snapshot of another version must be built again."""

_CURRENT = "CURRENT"
_MANIFEST = "manifest.json"
_POSTINGS_ARRAYS = (
    *("starts", "sentences", "frequencies"),
    *("passage_starts", "passages", "passage_frequencies"),
    *("sentence_starts", "norms"),
)


@dataclass(frozen=True, slots=True)
class Row:
    """One text that is searched: a passage, or its rendering in another language.

    `passage` is the number of the passage; `sentences` are spans of `text`. Sentence i of a
    rendering renders sentence i of the passage.
    """

    passage: int
    language: Language
    text: str
    sentences: tuple[Span, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Snapshot:
    """Everything that answers questions.

    `rows[i]` is passage i itself, renderings follow behind the passages. `vectors` has shape
    (rows, dimension); the vectors of their sentences follow one another in `sentence_vectors`,
    as `postings.sentence_starts` tells. `terms` are the corpus's own bilingual terms. `codes` find
    the nearest rows of a large index (`qa.index.vectors`).
    """

    model_id: str
    documents: tuple[Document, ...]
    passages: tuple[Passage, ...]
    rows: tuple[Row, ...]
    vectors: FloatMatrix
    sentence_vectors: FloatMatrix
    postings: Postings
    terms: tuple[TermPair, ...]
    codes: CodedIndex | None = None

    @property
    def dimension(self) -> int:
        """Length of each vector."""
        return int(self.vectors.shape[1])


def chinese_rows(rows: Sequence[Row]) -> NDArray[np.bool_]:
    """Which rows are in Chinese."""
    return np.array([is_chinese(row.language) for row in rows], dtype=bool)


def exists(folder: Path) -> bool:
    """Whether the folder holds an index, of whatever model or state."""
    return (folder / _CURRENT).is_file()


def write_snapshot(snapshot: Snapshot, folder: Path) -> None:
    """Write a snapshot and make it the current one; the others are then deleted.

    Raises OSError where the folder cannot be written.
    """
    from filelock import FileLock  # only who writes needs it

    snapshots = folder / "snapshots"
    snapshots.mkdir(parents=True, exist_ok=True)
    with FileLock(folder / ".lock"):
        target = snapshots / uuid4().hex
        target.mkdir()
        _write_parts(snapshot, target)
        parts = sorted(target.iterdir())
        manifest = {
            "schema": SCHEMA,
            "model": snapshot.model_id,
            "dimension": snapshot.dimension,
            "documents": len(snapshot.documents),
            "passages": len(snapshot.passages),
            "sha256": {part.name: _hash(part) for part in parts},
        }
        (target / _MANIFEST).write_text(json.dumps(manifest, indent=2), encoding="utf-8")
        for part in [*parts, target / _MANIFEST]:
            _flush(part)
        _replace(folder / _CURRENT, target.name)
        for other in snapshots.iterdir():
            if other != target:
                shutil.rmtree(other, ignore_errors=True)


def read_snapshot(folder: Path, *, model_id: str | None = None) -> Snapshot:
    """Read the current snapshot of a folder; large arrays are memory-mapped.

    Raises IndexNotFoundError, IndexDamagedError, or IndexMismatchError where the snapshot has
    another schema or, when `model_id` is given, another model.
    """
    name = current_name(folder)
    try:
        return _read(folder, name, model_id)
    except (OSError, ValueError, KeyError, TypeError) as error:
        if current_name(folder) != name:  # another process has just swapped it
            return read_snapshot(folder, model_id=model_id)
        reason = f"{type(error).__name__}: {error}"
        raise IndexDamagedError(folder, reason) from error


def check_model(folder: Path, snapshot: Snapshot, model_id: str) -> None:
    """Raise IndexMismatchError where the snapshot was made by another model."""
    if snapshot.model_id != model_id:
        found = f"the model {snapshot.model_id}"
        raise IndexMismatchError(folder, expected=f"the model {model_id}", found=found)


def current_name(folder: Path) -> str:
    """Return the name of the snapshot in use. Raises IndexNotFoundError or IndexDamagedError."""
    try:
        return (folder / _CURRENT).read_text(encoding="ascii").strip()
    except (FileNotFoundError, NotADirectoryError):
        raise IndexNotFoundError(folder) from None
    except (OSError, UnicodeDecodeError) as error:
        raise IndexDamagedError(folder, f"{_CURRENT} cannot be read: {error}") from error


def _read(folder: Path, name: str, model_id: str | None) -> Snapshot:
    if not name.isalnum():  # it must not lead out of the folder
        raise IndexDamagedError(folder, f"{_CURRENT} names no snapshot")
    source = folder / "snapshots" / name
    manifest = json.loads((source / _MANIFEST).read_bytes())
    if manifest["schema"] != SCHEMA:
        found = f"schema {manifest['schema']}"
        raise IndexMismatchError(folder, expected=f"schema {SCHEMA}", found=found)
    for part, expected in dict(manifest["sha256"]).items():
        if _hash(source / Path(part).name) != expected:
            raise IndexDamagedError(folder, f"{part} has changed")
    snapshot = _read_parts(source, manifest["model"])
    if model_id is not None:
        check_model(folder, snapshot, model_id)
    return snapshot


def _write_parts(snapshot: Snapshot, target: Path) -> None:
    documents = (asdict(document) for document in snapshot.documents)
    _write_lines(target / "documents.jsonl", documents)
    _write_lines(target / "passages.jsonl", map(asdict, snapshot.passages))
    _write_lines(target / "rows.jsonl", map(asdict, snapshot.rows))
    postings = snapshot.postings
    (target / "vocabulary.txt").write_text("\n".join(postings.vocabulary), encoding="utf-8")
    terms = json.dumps(snapshot.terms, ensure_ascii=False)
    (target / "terms.json").write_text(terms, encoding="utf-8")
    arrays: dict[str, NDArray[Any]] = {
        "vectors": snapshot.vectors,
        "sentence_vectors": snapshot.sentence_vectors,
        "codes": snapshot.codes.data if snapshot.codes else np.empty(0, dtype=np.uint8),
        **{name: getattr(postings, name) for name in _POSTINGS_ARRAYS},
    }
    for name, array in arrays.items():
        np.save(target / f"{name}.npy", array, allow_pickle=False)


def _read_parts(source: Path, model_id: str) -> Snapshot:
    def array(name: str) -> Any:
        mapped = np.load(source / f"{name}.npy", mmap_mode="r", allow_pickle=False)
        return np.asarray(mapped)  # slicing a numpy.memmap takes five times as long

    rows = [
        Row(**{**entry, "sentences": tuple((start, end) for start, end in entry["sentences"])})
        for entry in _read_lines(source / "rows.jsonl")
    ]
    vocabulary = (source / "vocabulary.txt").read_text(encoding="utf-8")
    terms = (source / "terms.json").read_text(encoding="utf-8")
    codes = array("codes")
    return Snapshot(
        model_id=model_id,
        documents=tuple(Document(**entry) for entry in _read_lines(source / "documents.jsonl")),
        passages=tuple(Passage(**entry) for entry in _read_lines(source / "passages.jsonl")),
        rows=tuple(rows),
        vectors=array("vectors"),
        sentence_vectors=array("sentence_vectors"),
        postings=Postings(
            vocabulary=tuple(vocabulary.split("\n")) if vocabulary else (),
            **{name: array(name) for name in _POSTINGS_ARRAYS},
        ),
        terms=tuple((tuple(zh), tuple(en)) for zh, en in json.loads(terms)),
        codes=CodedIndex(codes) if len(codes) else None,
    )


def _write_lines(path: Path, entries: Iterable[dict[str, Any]]) -> None:
    with path.open("w", encoding="utf-8") as file:
        file.writelines(json.dumps(entry, ensure_ascii=False) + "\n" for entry in entries)


def _read_lines(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as file:
        for line in file:
            entry = json.loads(line)
            yield {**entry, "language": Language(entry["language"])}


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _flush(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())


def _replace(path: Path, text: str) -> None:
    """Give a file new content in one step: readers see the old or the new, never a part."""
    beside = path.with_name(f"{path.name}.new")
    beside.write_text(text, encoding="ascii")
    _flush(beside)
    beside.replace(path)

"""One complete index, in memory, and how a library's folder becomes one.

    FOLDER/CURRENT            the name of the manifest in use (`qa.index.disk.manifest`)
    FOLDER/manifests/         what the library holds
    FOLDER/segments/NAME/     a part of it (`qa.index.disk.segments`)

Segments are never changed; what is removed is named in the manifest and left out when it is read.
"""

import gc
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from qa.corpus.versions import Standing, find_versions
from qa.errors import IndexDamagedError, IndexMismatchError
from qa.index.disk.first_edition import is_first_edition, read_first_edition
from qa.index.disk.manifest import (
    CURRENT,
    SCHEMA,
    DocumentEntry,
    Manifest,
    current_name,
    read_manifest,
)
from qa.index.disk.originals import Originals
from qa.index.disk.segments import Segment, read_segment
from qa.index.inverted.postings import Postings
from qa.index.inverted.rising import renumbered
from qa.index.rows import Columns, Row, Views, columns_joined, views_of
from qa.index.sequences import Chained
from qa.index.vectors import Codes, VectorRows, coded_parts, stack
from qa.types import Document, Passage, TermPair

__all__ = [
    "SCHEMA",
    "Row",
    "Snapshot",
    "assemble",
    "check_model",
    "current_name",
    "exists",
    "first_edition_documents",
    "is_first_edition",
    "read_snapshot",
]

Flags = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Snapshot:
    """Everything that answers questions; what has been removed from the library is not in it.

    A row is a passage itself or its rendering; passages and rows are read as they are asked for,
    and `columns` tell of them without. `vectors` has shape (rows, dimension); the vectors of their
    sentences follow one another in `sentence_vectors`, as `postings.sentence_starts` tells.
    `contexts` are the words above passages and `context_postings` their words, by context. `terms`
    are the corpus's own bilingual terms. `codes` find the nearest rows of a large index
    (`qa.index.vectors`). `originals` are the files of a library that lies on disk.
    """

    model_id: str
    documents: tuple[Document, ...]
    passages: Sequence[Passage]
    rows: Sequence[Row]
    columns: Columns
    vectors: VectorRows
    sentence_vectors: VectorRows
    postings: Postings
    terms: tuple[TermPair, ...]
    contexts: tuple[str, ...]
    context_postings: Postings
    codes: Codes = ()
    originals: Originals | None = None

    @property
    def dimension(self) -> int:
        """Length of each vector."""
        return int(self.vectors.shape[1])

    @cached_property
    def standings(self) -> dict[str, Standing]:
        """Which documents are in force, superseded or copies, by id, as of today."""
        return find_versions(self.documents, date.today().isoformat())

    @cached_property
    def by_id(self) -> dict[str, Document]:
        """The documents by their ids."""
        return {document.id: document for document in self.documents}

    @cached_property
    def document_numbers(self) -> dict[str, int]:
        """The number of each document by its id."""
        return {document.id: number for number, document in enumerate(self.documents)}

    @cached_property
    def views(self) -> Views:
        """The rows that have the same passage in Chinese and in English."""
        return views_of(self.columns)

    @cached_property
    def own_rows(self) -> NDArray[np.int64]:
        """For each passage the row that is the passage itself."""
        return self.columns.own_rows()

    def passages_of(self, document_id: str) -> NDArray[np.int64]:
        """The numbers of a document's passages, rising."""
        number = self.document_numbers.get(document_id, -1)
        return np.flatnonzero(self.columns.documents == number)

    def number_of(self, passage: Passage) -> int:
        """The number of a passage. Raises KeyError where it is none of these."""
        of_document = self.passages_of(passage.document_id)
        found = of_document[self.columns.starts[of_document] == passage.start]
        if not len(found):
            raise KeyError(passage.id)
        return int(found[0])


def exists(folder: Path) -> bool:
    """Whether the folder holds an index, of whatever model or state."""
    return (folder / CURRENT).is_file()


def read_snapshot(folder: Path, *, model_id: str | None = None, verify: bool = False) -> Snapshot:
    """Read the library of a folder; large arrays are memory-mapped.

    Raises IndexNotFoundError, IndexDamagedError, or IndexMismatchError where the library has
    another schema or, when `model_id` is given, another model. The contents of large segments are
    compared with their hashes only with `verify`.
    """
    name = current_name(folder)
    try:
        manifest = read_manifest(folder, name)
        if model_id is not None:
            _check(folder, manifest.model_id, model_id)
        with _no_collector():
            segments = [read_segment(folder, info, verify=verify) for info in manifest.segments]
            return replace(assemble(manifest, segments), originals=Originals(folder))
    except (OSError, ValueError, KeyError, TypeError, IndexError, IndexDamagedError) as error:
        if current_name(folder) != name:  # another process has just swapped it
            return read_snapshot(folder, model_id=model_id, verify=verify)
        if isinstance(error, IndexDamagedError):
            raise
        reason = f"{type(error).__name__}: {error}"
        raise IndexDamagedError(folder, reason) from error


def first_edition_documents(folder: Path) -> list[Document]:
    """The documents of a library of the first edition. Raises the errors of `current_name`."""
    return list(read_first_edition(folder).documents)


def check_model(folder: Path, snapshot: Snapshot, model_id: str) -> None:
    """Raise IndexMismatchError where the snapshot was made by another model."""
    _check(folder, snapshot.model_id, model_id)


@contextmanager
def _no_collector() -> Iterator[None]:
    """Make many objects at once, among which to look for garbage takes as long as to make them."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _check(folder: Path, held: str, model_id: str) -> None:
    if held != model_id:
        expected, found = f"the model {model_id}", f"the model {held}"
        raise IndexMismatchError(folder, expected=expected, found=found)


def assemble(manifest: Manifest, segments: Sequence[Segment]) -> Snapshot:
    """Put segments together, without what the manifest says was removed."""
    whole = _Whole({entry.id: entry for entry in manifest.documents if not entry.copy_of})
    for info, segment in zip(manifest.segments, segments, strict=True):
        whole.add(segment, info.removed)
    sentences_alive = [
        None if alive is None else np.repeat(alive, np.diff(segment.postings.sentence_starts))
        for alive, segment in zip(whole.rows_alive, segments, strict=True)
    ]
    flags = [
        np.ones(len(segment.rows), dtype=bool) if alive is None else alive
        for alive, segment in zip(whole.rows_alive, segments, strict=True)
    ]
    numbers = [found.astype(np.int64) for found in renumbered(flags)]
    empty = [np.empty((0, manifest.dimension), dtype=np.float32)]
    columns = columns_joined(whole.columns)

    def placed(row: Row, number: int) -> Row:
        passage, context = int(columns.passages[number]), int(columns.contexts[number])
        if (row.passage, row.context) == (passage, context):
            return row
        return replace(row, passage=passage, context=context)

    return Snapshot(
        model_id=manifest.model_id,
        documents=tuple(whole.documents),
        passages=Chained([segment.passages for segment in segments], whole.passages_alive),
        rows=Chained([segment.rows for segment in segments], whole.rows_alive, placed),
        columns=columns,
        vectors=stack([s.vectors for s in segments] or empty, whole.rows_alive or [None]),
        sentence_vectors=stack(
            [s.sentence_vectors for s in segments] or empty, sentences_alive or [None]
        ),
        postings=Postings(tuple(s.postings for s in segments), tuple(whole.rows_alive)),
        terms=manifest.terms,
        contexts=tuple(whole.contexts),
        context_postings=Postings(
            tuple(s.context_postings for s in segments), tuple(whole.contexts_alive)
        ),
        codes=coded_parts([segment.codes for segment in segments], numbers),
    )


class _Whole:
    """What segments hold together, numbered through; a context counts once."""

    def __init__(self, entries: Mapping[str, DocumentEntry]) -> None:
        self.documents: list[Document] = []
        self.columns: list[Columns] = []
        self.contexts: dict[str, int] = {}
        self.passages_alive: list[Flags | None] = []
        self.rows_alive: list[Flags | None] = []
        self.contexts_alive: list[Flags | None] = []
        self._passages = 0
        self._entries = entries

    def add(self, segment: Segment, removed: Mapping[str, int]) -> None:
        """Put a segment behind the others."""
        alive = np.array([one.id not in removed for one in segment.documents], dtype=bool)
        columns = segment.columns
        passages = alive[columns.documents]
        rows = passages[columns.passages]
        documents = len(self.documents) + alive.cumsum() - 1
        numbers = self._passages + passages.cumsum() - 1
        contexts = self._contexts(segment, columns.contexts[rows])
        self.columns.append(
            Columns(
                documents=documents[columns.documents[passages]],
                starts=columns.starts[passages],
                passages=numbers[columns.passages[rows]],
                contexts=contexts[columns.contexts[rows]],
                chinese=columns.chinese[rows],
                renderings=columns.renderings[rows],
                imprints=columns.imprints[rows],
            )
        )
        self.documents += [
            self._as_it_lies(one) for one in segment.documents if one.id not in removed
        ]
        self._passages += int(passages.sum())
        self.passages_alive.append(None if passages.all() else passages)
        self.rows_alive.append(None if rows.all() else rows)

    def _as_it_lies(self, document: Document) -> Document:
        """A document, by the name and the original that its text now has."""
        entry = self._entries.get(document.id)
        if entry is None:
            return document
        original = document.original and entry.sha256
        if (entry.source, original) == (document.source, document.original):
            return document
        return replace(document, source=entry.source, original=original)

    def _contexts(self, segment: Segment, used: NDArray[np.int64]) -> NDArray[np.int64]:
        """The number of each context in the whole, -1 where nothing is under it."""
        above = np.zeros(len(segment.contexts), dtype=bool)
        above[used] = True
        alive = [
            is_used and text not in self.contexts
            for is_used, text in zip(above.tolist(), segment.contexts, strict=True)
        ]
        for text, is_alive in zip(segment.contexts, alive, strict=True):
            if is_alive:
                self.contexts[text] = len(self.contexts)
        self.contexts_alive.append(None if all(alive) else np.array(alive, dtype=bool))
        return np.array([self.contexts.get(text, -1) for text in segment.contexts], dtype=np.int64)

"""How a library is kept: documents come, change and go, and only what changed is written.

Every function that changes a library holds its lock from reading it to writing it.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path

from embeddings.types import Embedder
from qa.errors import (
    DocumentError,
    DocumentNotFoundError,
    IndexMismatchError,
    IndexNotFoundError,
)
from qa.index.building import Work, seed_folder, write_table
from qa.index.disk.first_edition import is_first_edition, read_first_edition
from qa.index.disk.known import IndexProgress, KnownVectors, known_vectors
from qa.index.disk.manifest import DocumentEntry, Manifest, read_manifest
from qa.index.disk.originals import Originals
from qa.index.disk.writing import commit, locked
from qa.index.keeping.finding import find_root, find_roots
from qa.index.keeping.reports import IndexReport, SyncReport, report_of, sync_report_of
from qa.index.keeping.table import Changes, Table, is_as_recorded, vanished

__all__ = [
    "DocumentEntry",
    "IndexReport",
    "SyncReport",
    "add_paths",
    "list_documents",
    "rebuild_first_edition",
    "remove",
    "sync",
    "watch",
]

EmbedderFactory = Callable[[], Embedder]
"""Loads the model; called only when something must be embedded."""

WATCH_SECONDS = 2.0
"""Between two looks at a folder that is watched."""


def add_paths(
    paths: Sequence[Path],
    folder: Path,
    embedder_factory: EmbedderFactory,
    *,
    progress: IndexProgress | None = None,
    keep_originals: bool = True,
) -> IndexReport:
    """Add the files under the paths (none: the seeds) to a library, which is made if need be.

    A file that it holds already is read again where it has changed. Of files that are not text the
    library has a copy, unless it shall not `keep_originals`. Raises OSError where the
    folder cannot be written and the errors of `read_manifest` but IndexNotFoundError.
    """
    started = time.perf_counter()
    with locked(folder):
        before = _library(folder)
        table = Table(before or _NOTHING, Originals(folder), whole=keep_originals)
        table.take(find_roots(paths or [seed_folder()]), progress)
        library, work = _written(folder, before, table, embedder_factory, progress)
    return report_of(library, table.changes, started, work.embedded, work.reused)


def remove(names: Sequence[str], folder: Path) -> tuple[str, ...]:
    """Remove documents by name, pattern (`2023/*`) or id, and return the names of those removed.

    Raises DocumentNotFoundError where one of the names fits none, and then nothing is removed. A
    file that still lies in a folder comes back with the next `sync` of that.
    """
    with locked(folder):
        before = read_manifest(folder)
        found: dict[str, None] = {}
        for name in names:
            fitting = [entry.source for entry in before.documents if _fits(entry, name)]
            if not fitting:
                known = [entry.source for entry in before.documents]
                raise DocumentNotFoundError(folder, name, known)
            found |= dict.fromkeys(fitting)
        table = Table(before)
        table.drop(list(found))
        if found:
            commit(folder, before, documents=table.entries(), roots=table.roots())
    return tuple(found)


def list_documents(folder: Path) -> list[DocumentEntry]:
    """Return the documents of a library by name. Raises the errors of `read_manifest`."""
    return sorted(read_manifest(folder).documents, key=lambda entry: entry.source)


def sync(
    root: Path,
    folder: Path,
    embedder_factory: EmbedderFactory,
    *,
    progress: IndexProgress | None = None,
    keep_originals: bool = True,
) -> SyncReport:
    """Make a library hold what a folder of documents holds; other folders' documents stay.

    Files of the size and time that they had are not read, and where nothing has changed nothing is
    written. Raises DocumentError where there is no such folder, and the errors of `add_paths`.
    """
    started = time.perf_counter()
    if not root.exists():
        raise DocumentError(root, "no such file or folder")
    found = find_root(root)
    before = _library(folder)
    if before and not found.files and vanished(before, found):
        reason = "it holds no documents any more, so nothing was removed; see wenzheng remove"
        raise DocumentError(root, reason)
    if before and is_as_recorded(before, [found]) and not vanished(before, found):
        seconds = time.perf_counter() - started
        return SyncReport(unchanged=len(found.files), skipped=found.errors, seconds=seconds)
    with locked(folder):
        before = _library(folder)
        table = Table(before or _NOTHING, Originals(folder), whole=keep_originals)
        table.drop(vanished(before or _NOTHING, found))
        table.take([found], progress)
        _, work = _written(folder, before, table, embedder_factory, progress)
    return sync_report_of(table.changes, started, work.embedded, work.reused)


def watch(
    root: Path,
    folder: Path,
    embedder_factory: EmbedderFactory,
    *,
    progress: IndexProgress | None = None,
    seconds: float = WATCH_SECONDS,
    keep_originals: bool = True,
) -> Iterator[SyncReport]:
    """Sync for ever, and yield a report whenever something has changed or can no longer be read."""
    load = cache(embedder_factory)
    complaints: tuple[str, ...] = ()
    while True:
        report = sync(root, folder, load, progress=progress, keep_originals=keep_originals)
        found = tuple(map(str, report.skipped))
        if report.is_changed or found != complaints:
            complaints = found
            yield report
        time.sleep(seconds)


def rebuild_first_edition(
    folder: Path, embedder: Embedder, progress: IndexProgress | None = None
) -> IndexReport:
    """Build a library of the first edition again, from the documents that it holds itself.

    Nothing is done where another run has done it meanwhile. Raises OSError, IndexDamagedError and
    IndexNotFoundError.
    """
    started = time.perf_counter()
    with locked(folder):
        if not is_first_edition(folder):
            return report_of(read_manifest(folder), Changes(), started)
        earlier = read_first_edition(folder)
        empty = Manifest(embedder.model_id, embedder.dimension)
        table = Table(empty)
        table.hold(earlier.documents, earlier.terms)
        table.renderings.update(earlier.renderings)
        library, work = write_table(folder, empty, table, embedder, KnownVectors(), progress)
    return report_of(library, table.changes, started, work.embedded, work.reused)


_NOTHING = Manifest("", 0)


def _library(folder: Path) -> Manifest | None:
    try:
        return read_manifest(folder)
    except IndexNotFoundError:
        return None


def _written(
    folder: Path,
    before: Manifest | None,
    table: Table,
    embedder_factory: EmbedderFactory,
    progress: IndexProgress | None,
) -> tuple[Manifest, Work]:
    """Write a table where it says anything new; says how many passages were embedded, reused."""
    if not table.documents:
        if before and table.is_changed:
            entries, roots = table.entries(), table.roots()
            return commit(folder, before, documents=entries, roots=roots), Work()
        return before or _NOTHING, Work()
    embedder = embedder_factory()
    before = before or Manifest(embedder.model_id, embedder.dimension)
    if embedder.model_id != before.model_id:
        found = f"the model {before.model_id}"
        raise IndexMismatchError(folder, expected=f"the model {embedder.model_id}", found=found)
    known = known_vectors(folder, before)
    return write_table(folder, before, table, embedder, known, progress)


def _fits(entry: DocumentEntry, name: str) -> bool:
    return name in (entry.source, entry.id) or fnmatchcase(entry.source, name)

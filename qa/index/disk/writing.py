"""The one way in which a library changes: under a lock, beside what is there, then all at once.

A writer that is killed, or a disk that is full, leaves the library as it was; what it has left
lying is cleared away by the next one.
"""

import os
import re
import shutil
from collections.abc import Iterable, Iterator, Sequence, Set
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import numpy as np

from qa.errors import IndexDamagedError, IndexMismatchError, IndexNotFoundError
from qa.index.disk.manifest import (
    CURRENT,
    MANIFESTS,
    ORIGINALS,
    SEGMENTS,
    SNAPSHOTS,
    DocumentEntry,
    Manifest,
    Root,
    SegmentInfo,
    current_name,
    read_manifest,
    use_manifest,
    with_removed,
    write_manifest,
)
from qa.index.disk.merging import due, merge
from qa.index.disk.segments import Segment, read_segment, remove_segment, write_segment

_OURS = re.compile(r"[0-9a-f]{32,64}(?:\.(?:json|part|old))?")
"""The names of segments, manifests, originals and the first edition's snapshots: of hashes."""


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Have a library's folder to oneself; other writers wait. Raises OSError.

    What is written meanwhile is for this user alone: the documents may be.
    """
    from filelock import FileLock  # only who writes needs it

    before = os.umask(0o077)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with FileLock(folder / ".lock", mode=0o600):
            clear(folder)  # room first: the disk may be full of what the killed have left
            try:
                yield
            except BaseException:
                clear(folder)  # also what was written before a commit: copies of originals
                raise
    finally:
        os.umask(before)


def commit(
    folder: Path,
    before: Manifest,
    *,
    documents: Sequence[DocumentEntry],
    roots: Sequence[Root],
    segments: Iterable[Segment] = (),
) -> Manifest:
    """Make a locked library hold these documents; those of no segment are in the new ones.

    These are written one after another, as they come. What `before` has and `documents` has not is
    removed. Small segments are merged. Raises OSError, and then the library is as it was.
    """
    clear(folder, coming={entry.sha256 for entry in documents})
    written: list[str] = []
    try:
        library = replace(
            before,
            segments=_still_needed(before, documents),
            documents=tuple(documents),
            roots=tuple(roots),
        )
        for segment in segments:
            library = _put(folder, library, segment, set(), written)
        while names := due(library.segments):
            chosen = replace(library, segments=_named(library, names))
            parts = [read_segment(folder, info) for info in chosen.segments]
            library = _put(folder, library, merge(chosen, parts), set(names), written)
        use_manifest(folder, write_manifest(folder, library))
    except BaseException:
        for name in written:
            remove_segment(folder, name)
        raise
    finally:
        clear(folder)
    return library


def clear(folder: Path, *, coming: Set[str] = frozenset()) -> None:
    """Delete what the manifest in use does not name: what was replaced, or left by the killed.

    `coming` are the originals of documents that are about to be named. What has no name of ours is
    left alone: the folder that was given for the library may be one of something else.
    """
    originals = set(coming)
    try:
        name = current_name(folder)
        manifest = read_manifest(folder, name)
        used = {info.name for info in manifest.segments}
        originals |= {entry.sha256 for entry in manifest.documents}
    except IndexNotFoundError:
        name, used = "", set()
    except (IndexDamagedError, IndexMismatchError):
        return  # what it named is not known
    kept_in = {
        SEGMENTS: used,
        MANIFESTS: {f"{name}.json"},
        ORIGINALS: originals,
        SNAPSHOTS: set[str](),
    }
    for place, kept in kept_in.items():
        for path in (folder / place).glob("*"):
            if path.name not in kept and _OURS.fullmatch(path.name):
                _delete(path)
    (folder / f"{CURRENT}.new").unlink(missing_ok=True)


def _put(
    folder: Path, library: Manifest, segment: Segment, instead_of: Set[str], written: list[str]
) -> Manifest:
    """Write a segment, in the place of others."""
    info = write_segment(segment, folder)
    written.append(info.name)
    infos = list(library.segments)
    place = next((n for n, one in enumerate(infos) if one.name in instead_of), len(infos))
    infos.insert(place, info)
    counts = np.bincount(segment.columns.documents, minlength=len(segment.documents)).tolist()
    passages = {one.id: count for one, count in zip(segment.documents, counts, strict=True)}
    return replace(
        library,
        segments=tuple(one for one in infos if one.name not in instead_of),
        documents=tuple(
            replace(entry, segment=info.name, passages=passages[entry.id])
            if entry.segment in {"", *instead_of} and entry.id in passages
            else entry
            for entry in library.documents
        ),
    )


def _still_needed(before: Manifest, documents: Sequence[DocumentEntry]) -> tuple[SegmentInfo, ...]:
    """The segments that hold one of the documents, each with what has been removed from it."""
    kept = {(entry.segment, entry.id) for entry in documents}
    gone: dict[str, dict[str, int]] = {}
    for entry in before.documents:
        if (entry.segment, entry.id) not in kept:
            gone.setdefault(entry.segment, {})[entry.id] = entry.passages
    infos = [with_removed(info, gone.get(info.name, {})) for info in before.segments]
    return tuple(info for info in infos if len(info.removed) < info.documents)


def _named(library: Manifest, names: Sequence[str]) -> tuple[SegmentInfo, ...]:
    return tuple(info for info in library.segments if info.name in names)


def _delete(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
        return
    with suppress(PermissionError):  # Windows, where a reader has it open: the next one clears it
        path.unlink(missing_ok=True)

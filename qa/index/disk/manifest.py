"""What a library holds, as one small file: its segments, documents, folders and terms.

    FOLDER/CURRENT                 the name of the manifest in use
    FOLDER/manifests/NAME.json     NAME is the start of the file's own hash

It is written beside the others and then named in CURRENT by one atomic rename.
"""

import hashlib
import json
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from qa.errors import IndexDamagedError, IndexMismatchError, IndexNotFoundError
from qa.types import TermPair

SCHEMA = 5
"""Version of the files; a library of another version must be built again."""

FIRST_EDITION = 3
"""Version of the libraries from which this one can be built again by itself."""

CURRENT = "CURRENT"
MANIFESTS = "manifests"
SEGMENTS = "segments"
ORIGINALS = "originals"
SNAPSHOTS = "snapshots"
"""Where the first edition kept its index."""


_PAUSES = (0.01, 0.05, 0.2, 0.5) if os.name == "nt" else ()
"""Seconds between attempts to replace a file that somebody is reading."""

Asset = tuple[str, int, int]
"""A file that lies beside documents: its path, size and time in nanoseconds."""


@dataclass(frozen=True, slots=True)
class SegmentInfo:
    """A segment: the size and hash of each of its files, and what it holds.

    `removed` are the documents in it that no longer count, with how many passages each has.
    """

    name: str
    files: Mapping[str, tuple[int, str]]
    documents: int
    passages: int
    rows: int
    sentences: int
    removed: Mapping[str, int] = field(default_factory=dict)

    @property
    def bytes(self) -> int:
        """How large its files are together."""
        return sum(size for size, _ in self.files.values())

    @property
    def dead(self) -> int:
        """How many of its passages no longer count."""
        return sum(self.removed.values())


@dataclass(frozen=True, slots=True)
class DocumentEntry:
    """A document of a library and the file that it was read from.

    `id` is the document's, `source` the name it is cited by. `path`, `size`, `mtime_ns` and
    `sha256` are those of the file ("" and 0 where it is unknown), `root` is the folder or file that
    was named, `described` a hash of what the folder said about it. `copy_of` is the source of
    another document with the same text, which stands for this one.
    """

    id: str
    source: str
    segment: str
    passages: int
    title: str
    language: str
    path: str = ""
    size: int = 0
    mtime_ns: int = 0
    sha256: str = ""
    root: str = ""
    described: str = ""
    publisher: str = ""
    date: str = ""
    number: str = ""
    copy_of: str = ""


@dataclass(frozen=True, slots=True)
class Root:
    """What a folder that was named brings beside its documents.

    `term_files` and `rendering_files` are the files that say it, with size and time.
    """

    path: str
    terms: tuple[TermPair, ...] = ()
    term_files: tuple[Asset, ...] = ()
    rendering_files: tuple[Asset, ...] = ()


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a library holds."""

    model_id: str
    dimension: int
    segments: tuple[SegmentInfo, ...] = ()
    documents: tuple[DocumentEntry, ...] = ()
    roots: tuple[Root, ...] = ()

    @property
    def terms(self) -> tuple[TermPair, ...]:
        """The bilingual terms of all its folders."""
        return tuple(dict.fromkeys(pair for root in self.roots for pair in root.terms))


def current_name(folder: Path) -> str:
    """Return the name of the manifest in use. Raises IndexNotFoundError or IndexDamagedError."""
    try:
        return (folder / CURRENT).read_text(encoding="ascii").strip()
    except (FileNotFoundError, NotADirectoryError):
        raise IndexNotFoundError(folder) from None
    except (OSError, UnicodeDecodeError) as error:
        raise IndexDamagedError(folder, f"{CURRENT} cannot be read: {error}") from error


def read_manifest(folder: Path, name: str | None = None) -> Manifest:
    """Read the manifest in use, or the named one.

    Raises IndexNotFoundError, IndexDamagedError, or IndexMismatchError for another schema.
    """
    given, name = name, name or current_name(folder)
    if not name.isalnum():  # it must not lead out of the folder
        raise IndexDamagedError(folder, f"{CURRENT} names no manifest")
    try:
        return _parsed(folder, (folder / MANIFESTS / f"{name}.json").read_bytes(), name)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        if given is None and current_name(folder) != name:  # another process has just swapped it
            return read_manifest(folder)
        if (folder / SNAPSHOTS / name / "manifest.json").is_file():
            found = f"schema {FIRST_EDITION}"
            raise IndexMismatchError(folder, expected=f"schema {SCHEMA}", found=found) from error
        reason = f"{type(error).__name__}: {error}"
        raise IndexDamagedError(folder, reason) from error


def write_manifest(folder: Path, manifest: Manifest) -> str:
    """Write a manifest beside the others and return its name; it is not in use yet."""
    content = {"schema": SCHEMA, "model": manifest.model_id, "dimension": manifest.dimension}
    lists = {
        name: [_entry(value) for value in getattr(manifest, name)]
        for name in ("segments", "documents", "roots")
    }
    raw = json.dumps({**content, **lists}, ensure_ascii=False).encode()
    name = _name(raw)
    target = folder / MANIFESTS / f"{name}.json"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(raw)
    flush(target)
    return name


def use_manifest(folder: Path, name: str) -> None:
    """Make a manifest the one in use, in one step: readers see the old or the new."""
    beside = folder / f"{CURRENT}.new"
    beside.write_text(name, encoding="ascii")
    flush(beside)
    for seconds in (*_PAUSES, None):
        try:
            beside.replace(folder / CURRENT)
            break
        except PermissionError:  # Windows, where a reader has it open for a moment
            if seconds is None:
                raise
            time.sleep(seconds)
    if os.name == "posix":
        flush(folder)  # the rename itself


def flush(path: Path) -> None:
    """Have a file or folder on the disk before going on."""
    descriptor = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def with_removed(info: SegmentInfo, removed: Mapping[str, int]) -> SegmentInfo:
    """Return a segment of which these documents no longer count either."""
    return replace(info, removed={**info.removed, **removed})


def _name(raw: bytes) -> str:
    return hashlib.sha256(raw).hexdigest()[:32]


def _entry(value: Any) -> dict[str, Any]:
    """The fields of a value that are not as they are anyway."""
    held = {one.name: (getattr(value, one.name), one.default) for one in fields(value)}
    return {name: stated for name, (stated, default) in held.items() if stated != default}


def _parsed(folder: Path, raw: bytes, name: str) -> Manifest:
    if _name(raw) != name:
        raise IndexDamagedError(folder, f"{name}.json has changed")
    content = json.loads(raw)
    if content["schema"] != SCHEMA:
        found = f"schema {content['schema']}"
        raise IndexMismatchError(folder, expected=f"schema {SCHEMA}", found=found)
    return Manifest(
        model_id=str(content["model"]),
        dimension=int(content["dimension"]),
        segments=tuple(_segment(entry) for entry in content["segments"]),
        documents=tuple(DocumentEntry(**entry) for entry in content["documents"]),
        roots=tuple(_root(entry) for entry in content["roots"]),
    )


def _segment(entry: dict[str, Any]) -> SegmentInfo:
    files = {name: (int(size), str(digest)) for name, (size, digest) in entry["files"].items()}
    counts = {name: entry.get(name, 0) for name in ("documents", "passages", "rows", "sentences")}
    return SegmentInfo(entry["name"], files, **counts, removed=entry.get("removed", {}))


def _root(entry: dict[str, Any]) -> Root:
    return Root(
        path=entry.get("path", ""),
        terms=tuple((tuple(zh), tuple(en)) for zh, en in entry.get("terms", ())),
        term_files=_assets(entry, "term_files"),
        rendering_files=_assets(entry, "rendering_files"),
    )


def _assets(entry: dict[str, Any], name: str) -> tuple[Asset, ...]:
    return tuple((path, size, time) for path, size, time in entry.get(name, ()))

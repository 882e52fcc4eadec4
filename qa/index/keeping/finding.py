"""What lies under a path that was named: its documents' files, and what its folder brings along."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from qa.corpus.files import (
    RENDERINGS_FOLDER,
    TERMS_FILE,
    SourceFile,
    beside,
    check_name,
    check_size,
    find_files,
)
from qa.corpus.translations import find_renderings, find_terms
from qa.errors import DocumentError
from qa.index.disk.manifest import Asset
from qa.types import TermPair


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A document's file as it lies there; `described` is a hash of what its folder says of it."""

    file: SourceFile
    size: int
    mtime_ns: int
    described: str

    @property
    def path(self) -> str:
        """Its absolute path."""
        return str(self.file.path)


@dataclass(frozen=True, slots=True)
class FoundRoot:
    """A folder or file that was named, and what lies in it."""

    path: Path
    files: tuple[FoundFile, ...]
    term_files: tuple[Asset, ...]
    rendering_files: tuple[Asset, ...]
    errors: tuple[DocumentError, ...]

    def terms(self) -> tuple[tuple[TermPair, ...], list[DocumentError]]:
        """Read its bilingual terms."""
        terms, errors = find_terms([self.path])
        return tuple(terms), errors

    def renderings(self) -> tuple[dict[str, str], list[DocumentError]]:
        """Read the English of its sentences."""
        return find_renderings([self.path])


def find_root(path: Path) -> FoundRoot:
    """Look for what lies under a path; no document is read."""
    path = path.resolve()
    found, errors = find_files([path])
    files = []
    for file in found:
        try:
            state = file.path.stat()
        except OSError as error:
            errors.append(DocumentError(file.path, error.strerror or str(error)))
            continue
        described = _digest(dict(file.description))
        files.append(FoundFile(file, state.st_size, state.st_mtime_ns, described))
    folder = path if path.is_dir() else path.parent
    terms, renderings = beside(folder, TERMS_FILE), beside(folder, RENDERINGS_FOLDER)
    return FoundRoot(
        path=path,
        files=tuple(files),
        term_files=_assets([terms] if terms else []),
        rendering_files=_assets(sorted(renderings.glob("*.jsonl")) if renderings else []),
        errors=tuple(errors),
    )


def find_roots(paths: Sequence[Path]) -> list[FoundRoot]:
    """Look for what lies under several paths."""
    return [find_root(path) for path in paths]


def hash_of(found: FoundFile) -> str:
    """The SHA-256 of a file's bytes. Raises DocumentError, also where they are too many."""
    check_size(found.file.path, found.size)
    try:
        with found.file.path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise DocumentError(found.file.path, error.strerror or str(error)) from error


def _assets(paths: Iterable[Path]) -> tuple[Asset, ...]:
    states = [(path, path.stat()) for path in paths if path.is_file() and _is_text(path)]
    return tuple((str(path), state.st_size, state.st_mtime_ns) for path, state in states)


def _is_text(path: Path) -> bool:
    try:
        check_name(path)
    except DocumentError:
        return False
    return True


def _digest(description: dict[str, str]) -> str:
    if not description:
        return ""
    return hashlib.sha256(json.dumps(description, sort_keys=True).encode()).hexdigest()[:16]

"""Files become documents: found, decoded with nothing removed, and described.

A folder of documents may have a `corpus.toml`, in it or beside it, that describes its files
(what that leaves out is read off the text), a `terms.tsv` of its bilingual terms and
`translations/*.jsonl` of its sentences. A file that cannot be read is reported and never stops
the others.
"""

import hashlib
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path

from qa.corpus.decoding import decode
from qa.corpus.metadata import read_metadata
from qa.corpus.structure import parse
from qa.errors import DocumentError
from qa.types import Document

SUFFIXES = (".txt", ".md")
CORPUS_FILE = "corpus.toml"
TERMS_FILE = "terms.tsv"
RENDERINGS_FOLDER = "translations"
MAX_BYTES = 64 * 1024 * 1024
"""Larger files are refused: a book is 2 MB, so this is a mistake or a data dump."""


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file to index, the name it is cited by, and what its folder says about it."""

    path: Path
    source: str
    description: Mapping[str, str]


def find_files(paths: Sequence[Path]) -> tuple[list[SourceFile], list[DocumentError]]:
    """Return the files to read under the paths, in order, and why the others are not.

    A folder is searched to any depth for .txt and .md files; hidden files are passed over.
    """
    found: list[SourceFile] = []
    errors: list[DocumentError] = []
    for path in paths:
        try:
            found.extend(_find(path, errors))
        except OSError as error:
            errors.append(DocumentError(path, error.strerror or str(error)))
    return found, list({str(error): error for error in errors}.values())


def read_document(file: SourceFile) -> Document:
    """Read one file. Raises DocumentError where it holds no readable text."""
    try:
        if file.path.stat().st_size > MAX_BYTES:
            raise DocumentError(file.path, f"larger than {MAX_BYTES // 2**20} MiB")
        raw = file.path.read_bytes()
    except OSError as error:
        raise DocumentError(file.path, error.strerror or str(error)) from error
    text = decode(file.path, raw)
    known = read_metadata(
        text, parse(text), file_name=file.source, described=file.description, path=file.path
    )
    return Document(
        id=hashlib.sha256(text.encode()).hexdigest()[:12],
        source=file.source,
        text=text,
        **{field.name: getattr(known, field.name) for field in fields(known)},
    )


def beside(folder: Path, name: str) -> Path | None:
    """A corpus's own file: in the folder of its documents, or beside that folder."""
    candidates = (folder / name, folder.resolve().parent / name)
    return next((path for path in candidates if path.exists()), None)


def _find(path: Path, errors: list[DocumentError]) -> Iterator[SourceFile]:
    if path.is_file():
        if path.suffix.lower() not in SUFFIXES:
            errors.append(DocumentError(path, _unsupported(path)))
            return
        yield SourceFile(path, path.name, _descriptions(path.parent, errors).get(path.name, {}))
        return
    if not path.is_dir():
        errors.append(DocumentError(path, "no such file or folder"))
        return
    descriptions = _descriptions(path, errors)
    empty = True
    for child in sorted(path.rglob("*")):
        name = child.relative_to(path)
        if any(part.startswith(".") for part in name.parts) or not child.is_file():
            continue
        if child.suffix.lower() in SUFFIXES:
            empty = False
            yield SourceFile(child, name.as_posix(), descriptions.get(name.as_posix(), {}))
        elif name.parts[0] not in (CORPUS_FILE, TERMS_FILE, RENDERINGS_FOLDER):
            errors.append(DocumentError(child, _unsupported(child)))
    if empty:
        errors.append(DocumentError(path, "no .txt or .md file in this folder"))


def _unsupported(path: Path) -> str:
    return f"{path.suffix or 'a file without ending'} is not supported; save it as .txt or .md"


def _descriptions(folder: Path, errors: list[DocumentError]) -> dict[str, dict[str, str]]:
    path = beside(folder, CORPUS_FILE)
    if path is None:
        return {}
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        errors.append(DocumentError(path, f"not a readable TOML file ({error})"))
        return {}
    documents = content.get("documents")
    if not isinstance(documents, dict):
        errors.append(DocumentError(path, 'it has no [documents."file name"] table'))
        return {}
    return {
        str(name): {str(key): str(value) for key, value in entry.items()}
        for name, entry in documents.items()
        if isinstance(entry, dict)
    }

"""Files become documents: found, decoded with nothing removed or extracted, and described.

A folder of documents may have a `corpus.toml` that describes its files (what that leaves out is
read off the text), a `terms.tsv` of its bilingual terms and `translations/*.jsonl` of its
sentences. A folder `documents` may have them beside it, next to a `corpus.toml`; what else lies
above what was named is not read. A file that cannot be read is reported and never stops the others.
"""

import hashlib
import os
import stat
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path

from qa.corpus.decoding import LOST, decode
from qa.corpus.metadata import read_metadata
from qa.corpus.readers.extracted import Extracted, Layout, Progress, UnreadableError
from qa.corpus.readers.formats import FORMATS, SAVE_AS
from qa.corpus.readers.process import ReaderProcess
from qa.corpus.structure import parse
from qa.errors import DocumentError
from qa.types import Document

TEXT_SUFFIXES = (".txt", ".md")
SUFFIXES = (*TEXT_SUFFIXES, *FORMATS)
CORPUS_FILE = "corpus.toml"
TERMS_FILE = "terms.tsv"
RENDERINGS_FOLDER = "translations"
DOCUMENTS_FOLDER = "documents"
MAX_BYTES = 64 * 1024 * 1024
"""Larger files are refused: a book is 2 MB, so this is a mistake or a data dump."""


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file to index, the name it is cited by, and what its folder says about it."""

    path: Path
    source: str
    description: Mapping[str, str]


@dataclass(frozen=True, slots=True, eq=False)
class FileRead:
    """A file's document, where its text stands on its pages, and what could not be read."""

    document: Document
    layout: Layout | None
    warnings: tuple[str, ...]


def find_files(paths: Sequence[Path]) -> tuple[list[SourceFile], list[DocumentError]]:
    """Return the files to read under the paths, in order, and why the others are not.

    A folder is searched to any depth for files of SUFFIXES; hidden files are passed over.
    """
    found: list[SourceFile] = []
    errors: list[DocumentError] = []
    for path in paths:
        try:
            found.extend(_find(path, errors))
        except DocumentError as error:
            errors.append(error)
        except OSError as error:
            errors.append(DocumentError(path, error.strerror or str(error)))
    return found, list({str(error): error for error in errors}.values())


def read_document(file: SourceFile) -> Document:
    """Read one file by itself. Raises DocumentError where it holds no readable text."""
    with ReaderProcess() as process:
        return read_file(file, process).document


def read_file(
    file: SourceFile, process: ReaderProcess, progress: Progress | None = None
) -> FileRead:
    """Read one file; what is not text is read by the process, which tells its progress in pages.

    Raises DocumentError where it holds no readable text.
    """
    format_ = FORMATS.get(file.path.suffix.lower())
    try:
        check_size(file.path, file.path.stat().st_size)
        if format_ is None:
            found = Extracted(decode(file.path, file.path.read_bytes()))
        else:
            found = process.read(file.path, progress)
    except OSError as error:
        raise DocumentError(file.path, error.strerror or str(error)) from error
    except UnreadableError as error:
        raise DocumentError(file.path, str(error)) from error
    text = found.text
    if not text.strip():
        raise DocumentError(file.path, "it holds no text")
    known = read_metadata(
        text,
        parse(text, wrapped=format_ is None),
        file_name=file.source,
        described=file.description,
        stated=found.facts,
        path=file.path,
    )
    document = Document(
        id=hashlib.sha256(text.encode()).hexdigest()[:12],
        source=file.source,
        text=text,
        media_type=format_.media_type if format_ else "",
        **{field.name: getattr(known, field.name) for field in fields(known)},
    )
    lost = text.count(LOST)
    lossy = [f"{lost} characters could not be read and stand as {LOST}"] if lost else []
    return FileRead(document, found.layout, (*found.warnings, *lossy))


def check_name(path: Path) -> None:
    """Raise DocumentError where a path is no text, as on Linux it need not be."""
    try:
        str(path).encode()
    except UnicodeEncodeError:
        shown = os.fsencode(path).decode("utf-8", "backslashreplace")
        raise DocumentError(Path(shown), "its name is not in UTF-8; rename it") from None


def check_size(path: Path, size: int) -> None:
    """Raise DocumentError where a file is larger than is read."""
    if size > MAX_BYTES:
        raise DocumentError(path, f"larger than {MAX_BYTES // 2**20} MiB")


def beside(folder: Path, name: str) -> Path | None:
    """A corpus's own file: in the folder of its documents, or beside one that has that name."""
    folder = folder.resolve()
    above = folder.parent
    candidates = [folder / name]
    if folder.name == DOCUMENTS_FOLDER and (above / CORPUS_FILE).is_file():
        candidates.append(above / name)
    return next((path for path in candidates if path.exists()), None)


def read_beside(path: Path) -> str:
    """Read a corpus's own file. Raises OSError, ValueError and DocumentError.

    What is no ordinary file (a pipe, a device) may have no end, or never begin.
    """
    if not stat.S_ISREG(path.stat().st_mode):
        raise DocumentError(path, "not an ordinary file")
    with path.open("rb") as file:
        raw = file.read(MAX_BYTES + 1)
    check_size(path, len(raw))
    return raw.decode("utf-8").replace("\r\n", "\n").replace("\r", "\n")


def _find(path: Path, errors: list[DocumentError]) -> Iterator[SourceFile]:
    check_name(path)
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
        is_document = child.suffix.lower() in SUFFIXES
        if not is_document and name.parts[0] in (CORPUS_FILE, TERMS_FILE, RENDERINGS_FOLDER):
            continue
        try:
            check_name(child)
        except DocumentError as error:
            errors.append(error)
            continue
        if is_document:
            empty = False
            yield SourceFile(child, name.as_posix(), descriptions.get(name.as_posix(), {}))
        else:
            errors.append(DocumentError(child, _unsupported(child)))
    if empty:
        known = ", ".join(SUFFIXES)
        errors.append(DocumentError(path, f"no document in this folder ({known})"))


def _unsupported(path: Path) -> str:
    shown = path.suffix or "a file without ending"
    return (
        f"{shown} is not supported; save it as {SAVE_AS.get(path.suffix.lower(), '.pdf or .txt')}"
    )


def _descriptions(folder: Path, errors: list[DocumentError]) -> dict[str, dict[str, str]]:
    path = beside(folder, CORPUS_FILE)
    if path is None:
        return {}
    try:
        documents = tomllib.loads(read_beside(path)).get("documents")
        if isinstance(documents, dict):
            return {
                str(name): {str(key): str(value) for key, value in entry.items()}
                for name, entry in documents.items()
                if isinstance(entry, dict)
            }
        errors.append(DocumentError(path, 'it has no [documents."file name"] table'))
    except DocumentError as error:
        errors.append(error)
    except (OSError, ValueError) as error:  # ValueError: also a number of ten thousand digits
        errors.append(DocumentError(path, f"not a readable TOML file ({error})"))
    except RecursionError:
        errors.append(DocumentError(path, "not a readable TOML file (nested too deeply)"))
    return {}

"""The library as the first edition of the program kept it, read so that it can be built again.

FOLDER/CURRENT              the name of the snapshot in use
FOLDER/snapshots/NAME/      documents.jsonl, passages.jsonl, rows.jsonl, terms.json, …
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from qa.errors import IndexDamagedError
from qa.index.disk.manifest import FIRST_EDITION, SNAPSHOTS, current_name
from qa.language.text import squash
from qa.types import Document, Language, TermPair


@dataclass(frozen=True, slots=True)
class FirstEdition:
    """What such a library was made from."""

    documents: tuple[Document, ...]
    terms: tuple[TermPair, ...]
    renderings: dict[str, str]


def is_first_edition(folder: Path) -> bool:
    """Whether a folder holds such a library. Raises the errors of `current_name`."""
    name = current_name(folder)
    return name.isalnum() and (folder / SNAPSHOTS / name / "manifest.json").is_file()


def read_first_edition(folder: Path) -> FirstEdition:
    """Read such a library. Raises IndexNotFoundError or IndexDamagedError."""
    name = current_name(folder)
    source = folder / SNAPSHOTS / name
    try:
        if (
            not name.isalnum()
            or json.loads((source / "manifest.json").read_bytes())["schema"] != FIRST_EDITION
        ):
            raise IndexDamagedError(folder, "it is not of the first edition")
        terms = json.loads((source / "terms.json").read_text(encoding="utf-8"))
        return FirstEdition(
            documents=tuple(_document(entry) for entry in _lines(source / "documents.jsonl")),
            terms=tuple((tuple(zh), tuple(en)) for zh, en in terms),
            renderings=dict(_renderings(source)),
        )
    except (OSError, ValueError, KeyError, TypeError, IndexError) as error:
        raise IndexDamagedError(folder, f"{type(error).__name__}: {error}") from error


def _document(entry: dict[str, Any]) -> Document:
    return Document(
        id=entry["id"],
        title=entry["title"],
        publisher=entry["publisher"],
        issued=entry["date"],
        language=Language(entry["language"]),
        source=entry["source"],
        text=entry["text"],
    )


def _renderings(source: Path) -> Iterator[tuple[str, str]]:
    """The English of sentences: the passages were the first rows, their renderings followed."""
    count = sum(1 for _ in _lines(source / "passages.jsonl"))
    rows = list(_lines(source / "rows.jsonl"))
    for row in rows[count:]:
        own = rows[row["passage"]]
        for (start, end), (first, last) in zip(own["sentences"], row["sentences"], strict=True):
            yield squash(own["text"][start:end]), row["text"][first:last]


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as file:
        yield from map(json.loads, file)

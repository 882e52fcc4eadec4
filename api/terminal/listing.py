"""The command `list`: what the index holds, what of it is in force, and which files have changed.

At a terminal it is a table in the language of its locale, elsewhere lines with tabs.
"""

import json
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from api.labels import LABELS, LIST_LABELS, terminal_language
from api.terminal.options import IndexOption, JsonOption
from api.terminal.progress import bring_up_to_date
from api.terminal.settings import read_settings
from api.terminal.visible import steerless, visible
from qa.types import Document, Language, Version

if TYPE_CHECKING:
    from qa.corpus.versions import Standing
    from qa.index.disk.manifest import DocumentEntry

_EPILOG = """\b
Examples:
  wenzheng list
  wenzheng list --json --index FOLDER

Exit status: 0 done, 2 wrong use, 1 anything else.
"""


@dataclass(frozen=True, slots=True)
class Listed:
    """A document of the index; `state` is "changed" or "gone" where its file is so."""

    entry: "DocumentEntry"
    document: Document
    standing: "Standing"
    state: str


def add_list_command(app: typer.Typer) -> None:
    """Add the command to `wenzheng`."""
    app.command("list", epilog=_EPILOG)(list_documents)


def list_documents(*, index: IndexOption = None, json: JsonOption = False) -> None:
    """List the documents of the index, and which of them are in force.

    Shown are title, publisher, date, version, number of passages, and the name for `remove`.
    """
    settings = read_settings(index=index)
    bring_up_to_date(settings)
    listed = read_list(settings.index_folder)
    if json:
        _write_json(listed)
    elif sys.stdout.isatty():
        _write_table(listed, terminal_language(os.environ))
    else:
        _write_lines(listed, terminal_language(os.environ))


def read_list(folder: Path) -> list[Listed]:
    """Return the documents of an index by name. Raises the errors of `store.read_snapshot`."""
    from qa.index import store
    from qa.index.keeping.library import list_documents

    entries, snapshot = list_documents(folder), store.read_snapshot(folder)
    documents = {document.id: document for document in snapshot.documents}
    return [
        Listed(entry, documents[entry.id], snapshot.standings[entry.id], _state(entry))
        for entry in entries
        if entry.id in documents  # else another process has changed the index in between
    ]


def version_words(
    version: Version, *, expired: bool = False, language: Language = Language.ENGLISH
) -> str:
    """Return whether a document is in force, "" where that is not known."""
    if version is Version.SUPERSEDED:
        return LABELS[language].superseded
    if expired:
        return LIST_LABELS[language].expired
    return LABELS[language].current if version is Version.CURRENT else ""


def _state(entry: "DocumentEntry") -> str:
    """Whether a document's file is as it was when it was read; "" too where that is not known."""
    if not entry.path:
        return ""
    try:
        found = Path(entry.path).stat()
    except (FileNotFoundError, NotADirectoryError):
        return "gone"
    except OSError:
        return ""
    return "" if (found.st_size, found.st_mtime_ns) == (entry.size, entry.mtime_ns) else "changed"


def _write_json(listed: Sequence[Listed]) -> None:
    indent = 2 if sys.stdout.isatty() else None
    text = json.dumps([as_json(one) for one in listed], ensure_ascii=False, indent=indent)
    typer.echo(steerless(text))


def as_json(one: Listed) -> Mapping[str, object]:
    """What is known of a document, by the keys that JSON and CSV have."""
    entry, document, standing = one.entry, one.document, one.standing
    return {
        "name": entry.source,
        "id": entry.id,
        "title": document.title,
        "publisher": document.publisher,
        "number": document.number,
        "date": document.date,
        "issued": document.issued,
        "effective": document.effective,
        "expires": document.expires,
        "language": document.language,
        "version": standing.version,
        "expired": standing.expired,
        "replaced_by": standing.replaced_by,
        "passages": entry.passages,
        "path": entry.path,
        "state": one.state,
        "copy_of": entry.copy_of,
    }


def _write_table(listed: Sequence[Listed], language: Language) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    title, publisher, date, version, passages, name = _heads(language)
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column(title, overflow="fold", ratio=3)
    table.add_column(publisher, overflow="fold", ratio=2)
    table.add_column(date, no_wrap=True)
    table.add_column(version, no_wrap=True)
    table.add_column(passages, justify="right", no_wrap=True)
    table.add_column(name, overflow="fold", ratio=3)
    for one in listed:
        table.add_row(*(Text(cell) for cell in _cells(one, language)))
    Console(markup=False, emoji=False, highlight=False).print(table)


def _write_lines(listed: Sequence[Listed], language: Language) -> None:
    rows = [_heads(language), *(_cells(one, language) for one in listed)]
    typer.echo("\n".join("\t".join(row) for row in rows))


def _heads(language: Language) -> tuple[str, str, str, str, str, str]:
    words = LIST_LABELS[language]
    return words.title, words.publisher, words.date, words.version, words.passages, words.name


def _cells(one: Listed, language: Language) -> list[str]:
    """What is shown of a document; a state stands behind its name."""
    words, entry, document = LIST_LABELS[language], one.entry, one.document
    remark = {"changed": words.changed, "gone": words.gone}.get(one.state, "")
    if entry.copy_of and not remark:
        remark = words.copy_of.format(entry.copy_of)
    name = f"{entry.source} ({remark})" if remark else entry.source
    version = version_words(one.standing.version, expired=one.standing.expired, language=language)
    known = (document.title, document.publisher, document.date, version, str(entry.passages), name)
    return [" ".join(visible(cell).split()) for cell in known]

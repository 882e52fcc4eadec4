"""The command `export`: what the index holds, as JSON lines or CSV."""

import csv
import io
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from api.terminal.listing import as_json, read_list
from api.terminal.options import IndexOption
from api.terminal.progress import bring_up_to_date
from api.terminal.settings import read_settings
from api.terminal.visible import steerless, visible

_EPILOG = """\b
Examples:
  wenzheng export > documents.jsonl
  wenzheng export passages --output passages.csv
  wenzheng export documents --format csv --index FOLDER

In CSV a cell that a spreadsheet would take for a formula begins with '.

Exit status: 0 done, 2 wrong use, 1 anything else.
"""

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_SEPARATOR = " > "

Record = Mapping[str, object]


class What(StrEnum):
    """What is exported."""

    DOCUMENTS = "documents"
    PASSAGES = "passages"


class Format(StrEnum):
    """How it is written."""

    JSONL = "jsonl"
    CSV = "csv"


def add_export_command(app: typer.Typer) -> None:
    """Add the command to `wenzheng`."""
    app.command("export", epilog=_EPILOG)(export)


def export(
    what: Annotated[What, typer.Argument(metavar="[documents|passages]")] = What.DOCUMENTS,
    *,
    form: Annotated[
        Format | None,
        typer.Option("--format", help="How to write it. [default: as FILE ends, or jsonl]"),
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Where to write it.")
    ] = None,
    index: IndexOption = None,
) -> None:
    """Write what is known of the documents, or their passages, as JSON lines or CSV.

    A passage comes with the place it has in its document, in code points of the text.
    """
    settings = read_settings(index=index)
    bring_up_to_date(settings)
    records = list(_records(what, settings.index_folder))
    if form is None:
        is_table = output is not None and output.suffix.casefold() == ".csv"
        form = Format.CSV if is_table else Format.JSONL
    text = as_lines(records) if form is Format.JSONL else as_table(records)
    if output is None:
        shown = steerless(text) if form is Format.JSONL else text
        typer.echo(visible(shown) if sys.stdout.isatty() else shown, nl=False)
        return
    # Excel reads Chinese only behind a byte order mark.
    encoding = "utf-8-sig" if form is Format.CSV else "utf-8"
    output.write_text(text, encoding=encoding, newline="")
    typer.echo(visible(f"Wrote {len(records)} {what} to {output}"), err=True)


def as_lines(records: Sequence[Record]) -> str:
    """Records as JSON, one a line."""
    return "".join(f"{json.dumps(record, ensure_ascii=False)}\n" for record in records)


def as_table(records: Sequence[Record]) -> str:
    """Records as CSV under the names of their keys."""
    written = io.StringIO()
    if records:
        table = csv.writer(written)
        table.writerow(records[0])
        table.writerows([_cell(value) for value in record.values()] for record in records)
    return written.getvalue()


def _cell(value: object) -> str:
    if value is None:
        return ""
    text = _SEPARATOR.join(map(str, value)) if isinstance(value, list | tuple) else str(value)
    is_number = isinstance(value, int | float)
    return f"'{text}" if text.startswith(_FORMULA) and not is_number else text


def _records(what: What, folder: Path) -> Iterator[Record]:
    if what is What.DOCUMENTS:
        yield from map(as_json, read_list(folder))
        return
    from qa.index import store

    snapshot = store.read_snapshot(folder)
    for passage in snapshot.passages:
        document = snapshot.by_id[passage.document_id]
        yield {
            "id": passage.id,
            "document_id": document.id,
            "name": document.source,
            "title": document.title,
            "path": list(passage.path),
            "label": passage.label,
            "paragraph": passage.paragraph,
            "start_char": passage.start,
            "end_char": passage.end,
            "language": passage.language,
            "text": passage.text,
        }

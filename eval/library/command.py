"""The command `python -m eval library`."""

import argparse
import hashlib
from collections.abc import Sequence
from pathlib import Path

import platformdirs
from rich.console import Console

from embeddings.types import Embedder
from eval.library.conversations import LibraryConversation, read_conversations
from eval.library.gold import Library, read_library
from eval.library.report import failures_text, library_tables, lost_text, to_json
from eval.library.running import LibraryReport, measure_library
from eval.terminal import Advance, make_console, show_progress
from qa.assistant import Assistant, load_embedder, load_reader
from qa.index import store
from qa.index.building import index_paths


def add_library_options(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument(
        "folders", type=Path, nargs="+", metavar="FOLDER", help="holds docs/ and gold.jsonl"
    )
    parser.add_argument("--model", default="", help="as above")
    parser.add_argument(
        "--index", type=Path, metavar="DIR", help="where to keep the indexes (default: a cache)"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write everything as JSON")
    parser.add_argument(
        "--show-failures", action="store_true", help="print what was found instead of the evidence"
    )


def run_library_command(options: argparse.Namespace) -> None:
    """Measure the libraries and print the figures. Raises InputFileError."""
    # All are read before minutes are spent on the first.
    libraries = [(read_library(folder), read_conversations(folder)) for folder in options.folders]
    embedder = load_embedder(options.model)
    indexes = options.index or platformdirs.user_cache_path("wenzheng") / "eval-libraries"
    with show_progress() as advance:
        reports = [_measure(*library, indexes, embedder, advance) for library in libraries]
    _print(reports, failures=options.show_failures)
    if options.json:
        options.json.parent.mkdir(parents=True, exist_ok=True)
        options.json.write_text(to_json(reports), encoding="utf-8")
        make_console().print(f"Wrote {options.json}", markup=False, soft_wrap=True)


def _measure(
    library: Library,
    conversations: Sequence[LibraryConversation],
    indexes: Path,
    embedder: Embedder,
    advance: Advance,
) -> LibraryReport:
    # Always made anew, so that it is what this version of the code makes of the documents; kept,
    # so that texts are embedded once.
    key = hashlib.sha256(f"{library.documents.resolve()} {embedder.model_id}".encode()).hexdigest()
    folder = indexes / f"{library.name}-{key[:8]}"
    made = index_paths(
        [library.documents],
        folder,
        embedder,
        progress=lambda stage, *counts: advance(f"{library.name}: {stage}", *counts),
    )
    console = Console(stderr=True)
    for error in made.skipped:
        console.print(f"Skipped {error}", markup=False, soft_wrap=True)
    snapshot = store.read_snapshot(folder, model_id=embedder.model_id)
    count = len(library.questions) + sum(len(talk.turns) for talk in conversations)
    asked = iter(range(1, count + 1))

    def on_answer() -> None:
        advance(f"{library.name}: asking", next(asked), count)

    assistant = Assistant(snapshot, embedder, reader=load_reader(embedder))
    return measure_library(assistant, snapshot, library, conversations, on_answer=on_answer)


def _print(reports: Sequence[LibraryReport], *, failures: bool) -> None:
    console = make_console()
    for table in library_tables(reports):
        console.print(table)
    console.print(lost_text(reports), soft_wrap=True, end="")
    if failures:
        for report in reports:
            console.rule(report.name)
            console.print(failures_text(report), soft_wrap=True, end="")

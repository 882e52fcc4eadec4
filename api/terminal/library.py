"""The commands that keep the index: `index`, `add`, `remove` and `sync`.

What only some of them need is imported inside: a `sync` that finds nothing new loads no model.
"""

from collections.abc import Callable, Iterable, Sequence
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.terminal.options import (
    IndexOption,
    ModelOption,
    OriginalsOption,
    YesOption,
    complete_documents,
)
from api.terminal.progress import IndexingProgress, bring_up_to_date, indexing_progress
from api.terminal.reporting import count_of, print_lines, print_report, print_sync
from api.terminal.running import EXIT_FAILURE, complain, confirm, some_of
from api.terminal.settings import read_settings
from api.terminal.visible import visible
from qa.settings import Settings

if TYPE_CHECKING:
    from embeddings.types import Embedder
    from qa.errors import DocumentError
    from qa.index.disk.manifest import DocumentEntry

_STATUS = "Exit status: 0 done, 2 wrong use, 1 anything else."

_INDEX_EPILOG = f"""\b
Examples:
  wenzheng index                      the bundled documents
  wenzheng index documents/ notes.md  these, in place of what the index holds
  wenzheng index --yes documents/     without asking what this drops

{_STATUS}
"""

_ADD_EPILOG = f"""\b
Examples:
  wenzheng add notice.md
  wenzheng add --index FOLDER documents/ notes.md

{_STATUS}
"""

_REMOVE_EPILOG = f"""\b
Examples:
  wenzheng remove notice.md
  wenzheng remove "2023/*" --yes

{_STATUS}
"""

_SYNC_EPILOG = f"""\b
Examples:
  wenzheng sync documents/
  wenzheng sync documents/ --watch

{_STATUS}
"""


def add_library_commands(app: typer.Typer) -> None:
    """Add the commands to `wenzheng`."""
    app.command(epilog=_INDEX_EPILOG)(index)
    app.command(epilog=_ADD_EPILOG)(add)
    app.command(epilog=_REMOVE_EPILOG)(remove)
    app.command(epilog=_SYNC_EPILOG)(sync)


def index(
    paths: Annotated[list[Path] | None, typer.Argument(metavar="PATH")] = None,
    *,
    index: IndexOption = None,
    model: ModelOption = None,
    yes: YesOption = False,
    originals: OriginalsOption = True,
    keep: Annotated[bool, typer.Option("--add", hidden=True)] = False,
) -> None:
    """Build the index from documents, in place of what it holds.

    PATH is a file or a folder; without PATH the bundled documents are meant. To keep what the
    index holds, see `wenzheng add`.
    """
    settings = read_settings(index=index, model=model)
    found = _expanded(paths or [])
    if keep:  # as `add` was called in the first edition
        _add(found, settings, originals=originals)
        return
    from api.terminal.replacing import dropped

    folder = settings.index_folder
    if lost := dropped(found, folder):
        confirm(
            f"This drops {count_of(lost)} that the index holds ({some_of(lost)}).",
            yes=yes,
            remedy=f"Go on with --yes, or keep them with: wenzheng add --index {folder} PATH...",
        )
    from qa.assistant import load_embedder
    from qa.index.building import index_paths

    embedder = load_embedder(settings.model)
    with indexing_progress() as progress:
        report = index_paths(found, folder, embedder, progress=progress, keep_originals=originals)
    if not report.documents:
        _nothing_indexed(report.skipped, folder)
    print_report(report, folder)


def add(
    paths: Annotated[list[Path], typer.Argument(metavar="PATH")],
    *,
    index: IndexOption = None,
    model: ModelOption = None,
    originals: OriginalsOption = True,
) -> None:
    """Add documents to the index, or read again what has changed.

    PATH is a file or a folder. What else the index holds stays.
    """
    settings = read_settings(index=index, model=model)
    _add(_expanded(paths), settings, originals=originals)


def remove(
    names: Annotated[list[str], typer.Argument(metavar="NAME", autocompletion=complete_documents)],
    *,
    index: IndexOption = None,
    yes: YesOption = False,
) -> None:
    """Remove documents from the index; the files stay.

    NAME is a name as `wenzheng list` shows it, a pattern (* and ? stand for any) or an id. A file
    in a folder that is kept up with `wenzheng sync` comes back with the next one.
    """
    settings = read_settings(index=index)
    bring_up_to_date(settings)
    from qa.index.keeping import library

    folder = settings.index_folder
    fitting = _fitting(library.list_documents(folder), names)
    if len(fitting) > 1:
        confirm(
            f"This removes {count_of(fitting)} from the index ({some_of(fitting)}).",
            yes=yes,
            remedy="Go on with --yes.",
        )
    removed = library.remove(names, folder)
    left = len(library.list_documents(folder))
    print_lines([*(f"Removed: {name}" for name in removed), f"Documents {left}"])


def sync(
    folder: Annotated[Path | None, typer.Argument(metavar="FOLDER")] = None,
    *,
    watch: Annotated[
        bool, typer.Option("--watch", help="Go on until Ctrl-C, and take up what changes.")
    ] = False,
    index: IndexOption = None,
    model: ModelOption = None,
    originals: OriginalsOption = True,
) -> None:
    """Make the index hold what FOLDER holds: add, read again, remove.

    Documents that came from elsewhere stay. Without FOLDER that is `library` in wenzheng.toml.
    """
    settings = read_settings(index=index, model=model)
    folder = folder or settings.library
    if folder is None:
        raise typer.BadParameter(
            "Name the folder, or set library in wenzheng.toml.", param_hint="FOLDER"
        )
    bring_up_to_date(settings)
    from qa.index.keeping import library

    load, place = cache(_embedder_loader(settings.model)), settings.index_folder
    with indexing_progress() as progress:
        report = library.sync(folder, place, load, progress=progress, keep_originals=originals)
        progress.stop()
        print_sync(report)
        if not watch:
            return
        typer.echo(f"Watching {visible(str(folder))} (Ctrl-C ends)", err=True)
        for report in library.watch(
            folder, place, load, progress=_embedding(progress), keep_originals=originals
        ):
            progress.stop()
            print_sync(report)


def _add(paths: Sequence[Path], settings: Settings, *, originals: bool) -> None:
    bring_up_to_date(settings)
    from qa.index.keeping import library

    folder = settings.index_folder
    with indexing_progress() as progress:
        load = _embedder_loader(settings.model)
        report = library.add_paths(paths, folder, load, progress=progress, keep_originals=originals)
    if report.skipped and not (report.documents and _holds(paths, folder)):
        _nothing_indexed(report.skipped, folder)
    print_report(report, folder)


def _expanded(paths: Sequence[Path]) -> list[Path]:
    """Paths with what fits those that are patterns, which not every shell replaces (Windows)."""
    return [
        found
        for path in paths
        for found in ([] if path.exists() else _fitting_paths(path)) or [path]
    ]


def _fitting_paths(pattern: Path) -> list[Path]:
    start = Path(pattern.anchor)
    return sorted(start.glob(str(pattern.relative_to(start))))


def _holds(paths: Sequence[Path], folder: Path) -> bool:
    """Whether an index holds a file under one of the paths."""
    from qa.index.keeping.library import list_documents

    held = [Path(entry.path) for entry in list_documents(folder) if entry.path]
    return any(path.is_relative_to(named.resolve()) for path in held for named in paths)


def _fitting(entries: Iterable["DocumentEntry"], names: Sequence[str]) -> list[str]:
    return [
        entry.source
        for entry in entries
        if any(
            name in (entry.source, entry.id) or fnmatchcase(entry.source, name) for name in names
        )
    ]


def _embedder_loader(model: str) -> Callable[[], "Embedder"]:
    def load() -> "Embedder":
        from qa.assistant import load_embedder

        return load_embedder(model)

    return load


def _embedding(progress: IndexingProgress) -> Callable[[str, int, int], None]:
    """Progress without the reading: who watches a folder looks at its files all the time."""

    def report(stage: str, done: int, total: int) -> None:
        if stage != "reading":
            progress(stage, done, total)

    return report


def _nothing_indexed(skipped: Sequence["DocumentError"], folder: Path) -> None:
    reasons = "; ".join(str(error) for error in skipped)
    complain(f"Nothing could be indexed, so {folder} is as it was: {reasons}")
    raise typer.Exit(EXIT_FAILURE)

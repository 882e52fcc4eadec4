"""A progress bar for indexing, on standard error so that output stays clean."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from rich.progress import TaskID

    from qa.assistant import Assistant
    from qa.settings import Settings

_LINE_SECONDS = 10.0
"""Between two lines where there is no terminal."""

REBUILDING = "Rebuilding the index for this version…"


class IndexingProgress:
    """Shows (stage, done, total) of what it is called with; nothing shows before the first call.

    Without a terminal a line says each stage, and one every ten seconds how far it is. rich is
    imported at the first call, since most questions find their index ready.
    """

    def __init__(self) -> None:
        self._bars: _Bars | None = None

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Show how far a stage is."""
        if self._bars is None:
            self._bars = _Bars()
        self._bars.report(stage, done, total)

    def stop(self) -> None:
        """Leave what was shown as it is; the next call begins anew."""
        if self._bars is not None:
            self._bars.stop()
            self._bars = None


@contextmanager
def indexing_progress() -> Iterator[IndexingProgress]:
    """Yield what shows progress while the block lasts."""
    progress = IndexingProgress()
    try:
        yield progress
    finally:
        progress.stop()


def open_assistant(settings: "Settings", *, build_if_missing: bool) -> "Assistant":
    """Open the assistant, showing the progress of an index that has to be built for it."""
    if settings.engine:
        from qa.engine_assistant import open_engine_assistant

        return open_engine_assistant(settings)
    from qa import assistant

    bring_up_to_date(settings)
    with indexing_progress() as progress:
        return assistant.open_assistant(
            settings, progress=progress, build_if_missing=build_if_missing
        )


def bring_up_to_date(settings: "Settings") -> None:
    """Build an index of the first edition again, and say so; any other is left as it is."""
    from qa.index import store

    folder = settings.index_folder
    if not store.exists(folder) or not store.is_first_edition(folder):
        return
    from qa.assistant import load_embedder
    from qa.index.keeping.library import rebuild_first_edition

    typer.echo(REBUILDING, err=True)
    embedder = load_embedder(settings.model)
    with indexing_progress() as progress:
        rebuild_first_edition(folder, embedder, progress)


class _Bars:
    """One bar per stage."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.progress import (
            BarColumn,
            MofNCompleteColumn,
            Progress,
            TextColumn,
            TimeRemainingColumn,
        )

        self._console = Console(stderr=True, highlight=False, markup=False)
        self._progress = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(compact=True),
            console=self._console,
            disable=not self._console.is_terminal,
        )
        self._tasks: dict[str, TaskID] = {}
        self._begun: dict[str, float] = {}
        self._said = time.monotonic()
        self._progress.start()

    def report(self, stage: str, done: int, total: int) -> None:
        if stage not in self._tasks:
            if not self._console.is_terminal:
                self._console.print(f"Indexing: {stage} {total}")
            self._tasks[stage] = self._progress.add_task(stage.capitalize(), total=total)
            self._begun[stage] = self._said = time.monotonic()
        self._progress.update(self._tasks[stage], completed=done, total=total)
        now = time.monotonic()
        if not self._console.is_terminal and now - self._said >= _LINE_SECONDS and done:
            self._said = now
            left = round((now - self._begun[stage]) * (total - done) / done)
            about = f"about {left // 60} min {left % 60} s left"
            self._console.print(f"Indexing: {stage} {done} of {total}, {about}")

    def stop(self) -> None:
        self._progress.stop()

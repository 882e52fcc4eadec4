"""A progress bar for indexing, on standard error so that output stays clean."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import TaskID

    from qa.assistant import Assistant
    from qa.settings import Settings


@contextmanager
def indexing_progress() -> Iterator[Callable[[str, int, int], None]]:
    """Yield what is to be called with (stage, done, total); nothing shows before the first call.

    Without a terminal one line says each stage. rich is imported at the first call, since most
    questions find their index ready.
    """
    bars: list[_Bars] = []

    def report(stage: str, done: int, total: int) -> None:
        if not bars:
            bars.append(_Bars())
        bars[0].report(stage, done, total)

    try:
        yield report
    finally:
        for bar in bars:
            bar.stop()


def open_assistant(settings: "Settings", *, build_if_missing: bool) -> "Assistant":
    """Open the assistant, showing the progress of an index that has to be built for it."""
    from qa import assistant

    with indexing_progress() as progress:
        return assistant.open_assistant(
            settings, progress=progress, build_if_missing=build_if_missing
        )


class _Bars:
    """One bar per stage."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.progress import (
            BarColumn,
            MofNCompleteColumn,
            Progress,
            TextColumn,
        )

        self._console = Console(stderr=True, highlight=False, markup=False)
        self._progress = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            MofNCompleteColumn(),
            console=self._console,
            disable=not self._console.is_terminal,
        )
        self._tasks: dict[str, TaskID] = {}
        self._progress.start()

    def report(self, stage: str, done: int, total: int) -> None:
        if stage not in self._tasks:
            if not self._console.is_terminal:
                self._console.print(f"Indexing: {stage} {total}")
            self._tasks[stage] = self._progress.add_task(stage.capitalize(), total=total)
        self._progress.update(self._tasks[stage], completed=done, total=total)

    def stop(self) -> None:
        self._progress.stop()

"""What the commands show on the terminal."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import Progress, TaskID

Advance = Callable[[str, int, int], None]
"""Called with the stage, how much of it is done, and of how much."""


_PIPE_WIDTH = 200
"""Columns where the output is no terminal, so that no table is cut."""


def make_console() -> Console:
    """Return a console on standard output."""
    console = Console()
    if not console.is_terminal:
        console.width = _PIPE_WIDTH
    return console


@contextmanager
def show_progress() -> Iterator[Advance]:
    """Show a bar for each stage on standard error."""
    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as bars:
        tasks: dict[str, TaskID] = {}

        def advance(stage: str, done: int, total: int) -> None:
            if stage not in tasks:
                tasks[stage] = bars.add_task(stage, total=total)
            bars.update(tasks[stage], completed=done, total=total)

        yield advance

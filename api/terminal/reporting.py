"""What the commands that keep the index say they have done."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from api.terminal.visible import visible

if TYPE_CHECKING:
    from qa.index.keeping.reports import IndexReport, SyncReport


def count_of(names: Sequence[str]) -> str:
    """Return how many documents there are, in words."""
    return "1 document" if len(names) == 1 else f"{len(names)} documents"


def print_report(report: "IndexReport", folder: Path) -> None:
    """Write what a run did, what the index holds now, and what could not be read."""
    lines = [
        f"Documents {report.documents}, passages {report.passages}, embedded "
        f"{report.embedded}, reused {report.reused}, seconds {report.seconds:.1f}",
        f"Index: {folder}",
        *(f"Removed: {source}" for source in report.removed),
    ]
    print_lines([*lines, *_complaints(report)])


def print_sync(report: "SyncReport") -> None:
    """Write on one line what a sync did, and then what could not be read."""
    changes = (
        f"Added {len(report.added)}, updated {len(report.updated)}, removed {len(report.removed)}, "
        f"unchanged {report.unchanged}, seconds {report.seconds:.1f}"
    )
    print_lines([changes, *_complaints(report)])


def _complaints(report: "IndexReport | SyncReport") -> list[str]:
    skipped = [f"Skipped: {error}" for error in report.skipped]
    return skipped + [f"Damaged: {error}" for error in report.warnings]


def print_lines(lines: Sequence[str]) -> None:
    """Write lines that may hold names of files."""
    typer.echo(visible("\n".join(lines)))

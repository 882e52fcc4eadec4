"""What a run on a library has done, in numbers and names."""

import time
from dataclasses import dataclass

from qa.errors import DocumentError
from qa.index.disk.manifest import Manifest
from qa.index.keeping.table import Changes


@dataclass(frozen=True, slots=True)
class IndexReport:
    """What a run did and what the library holds now.

    Counts of texts are passages and sentences together. `warnings` are files that were read, but
    not to the last character.
    """

    documents: int
    passages: int
    embedded: int
    reused: int
    skipped: tuple[DocumentError, ...]
    removed: tuple[str, ...]
    seconds: float
    warnings: tuple[DocumentError, ...] = ()


@dataclass(frozen=True, slots=True)
class SyncReport:
    """What was done to make a library hold what a folder holds, by documents' names.

    `skipped` are files that could not be read: a new one is left out, of an earlier one the text
    that was read last is kept.
    """

    added: tuple[str, ...] = ()
    updated: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    unchanged: int = 0
    skipped: tuple[DocumentError, ...] = ()
    seconds: float = 0.0
    warnings: tuple[DocumentError, ...] = ()
    embedded: int = 0
    reused: int = 0

    @property
    def is_changed(self) -> bool:
        """Whether the library holds something else than before."""
        return bool(self.added or self.updated or self.removed)


def report_of(
    library: Manifest, changes: Changes, started: float, embedded: int = 0, reused: int = 0
) -> IndexReport:
    """Say what a run did that began at `started`."""
    return IndexReport(
        documents=len(library.documents),
        passages=sum(entry.passages for entry in library.documents if not entry.copy_of),
        embedded=embedded,
        reused=reused,
        skipped=tuple(changes.skipped),
        removed=tuple(changes.removed),
        seconds=time.perf_counter() - started,
        warnings=tuple(changes.warnings),
    )


def sync_report_of(
    changes: Changes, started: float, embedded: int = 0, reused: int = 0
) -> SyncReport:
    """Say what a sync did that began at `started`."""
    return SyncReport(
        added=tuple(changes.added),
        updated=tuple(changes.updated),
        removed=tuple(changes.removed),
        unchanged=changes.unchanged,
        skipped=tuple(changes.skipped),
        seconds=time.perf_counter() - started,
        warnings=tuple(changes.warnings),
        embedded=embedded,
        reused=reused,
    )

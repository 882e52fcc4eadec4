"""Which rows may answer: what a filter leaves, without the copies of a document that counts."""

from collections.abc import Iterable
from fnmatch import fnmatchcase
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray

from qa.errors import NothingMatchesError
from qa.index.store import Snapshot
from qa.language.text import fold
from qa.retrieval.ranking import Flags
from qa.types import Document, Filter, Version

_SHOWN = 8
"""Values that an error names, of those that there are."""


class Filters:
    """Turns filters into rows of one snapshot."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self._standings = snapshot.standings
        self.rows = lru_cache(maxsize=32)(self._rows)

    def _rows(self, within: Filter | None) -> NDArray[np.bool_] | None:
        """The rows that a filter leaves, None for all. Raises NothingMatchesError."""
        documents = self.left(within)
        if documents is None:
            return None
        kept = np.array([one.id in documents for one in self._snapshot.documents], dtype=bool)
        flags: Flags = kept[self._snapshot.columns.of_rows]
        return flags

    def left(self, within: Filter | None) -> set[str] | None:
        """The ids of the documents that may answer, None for all; of copies one counts.

        Raises NothingMatchesError.
        """
        copies = {one for one, standing in self._standings.items() if standing.copies_of}
        if within is None and not copies:
            return None
        return self.documents(within or Filter()) - copies

    def documents(self, within: Filter) -> set[str]:
        """The ids of the documents that a filter leaves. Raises NothingMatchesError."""
        left = list(self._snapshot.documents)
        for what, values, fits in (
            ("documents", within.documents, self._is_named),
            ("publishers", within.publishers, self._is_published_by),
        ):
            folded = {value: fold(value) for value in values}
            kept = [d for d in left if any(fits(d, *value) for value in folded.items())]
            if left and values and not kept:
                known = _known(d.title if what == "documents" else d.publisher for d in left)
                raise NothingMatchesError(what, ", ".join(values), known)
            left = kept if values else left
        kept = [document for document in left if self._is_of(document, within)]
        if left and not kept:
            asked = " ".join(filter(None, (within.since, within.until, *within.languages)))
            raise NothingMatchesError(
                "dates and languages", asked, _known(f"{d.date} {d.language}" for d in left)
            )
        return {document.id for document in kept}

    def _is_named(self, document: Document, value: str, pattern: str) -> bool:
        """Whether a value is the id, or, folded, fits name or title as a shell's pattern does."""
        if value == document.id:
            return True
        names = self._names[document.id]
        return any(fnmatchcase(name, pattern) for name in names) or (
            "*" not in value and "?" not in value and any(pattern in name for name in names)
        )

    def _is_published_by(self, document: Document, _value: str, folded: str) -> bool:
        return folded in self._publishers[document.id]

    @cached_property
    def _names(self) -> dict[str, tuple[str, str]]:
        """The folded file name and title of each document, by its id."""
        return {d.id: (fold(d.source), fold(d.title)) for d in self._snapshot.documents}

    @cached_property
    def _publishers(self) -> dict[str, str]:
        return {d.id: fold(d.publisher) for d in self._snapshot.documents}

    def _is_of(self, document: Document, within: Filter) -> bool:
        """Whether a document is of the dates, the languages and the version asked for."""
        date, standing = document.date, self._standings.get(document.id)
        if (within.since and date < within.since[: len(date)]) or (within.since and not date):
            return False
        if within.until and (not date or date[: len(within.until)] > within.until):
            return False
        if within.languages and document.language not in within.languages:
            return False
        superseded = standing is not None and standing.version is Version.SUPERSEDED
        return not (within.current_only and superseded)


def _known(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted({value for value in values if value.strip()}))[:_SHOWN]

"""What an engine must offer that holds a library elsewhere, and what goes to and fro.

An engine proposes rows for a question; scores, answers and citations are worked out from these by
the same code as over a library that lies here.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Protocol

from embeddings.types import FloatVector
from qa.index.quantised import QuantisedVectors
from qa.index.rows import Row
from qa.index.store import Snapshot
from qa.language.text import is_chinese
from qa.types import Document, Passage, TermPair

Progress = Callable[[str, int, int], None]
"""Called with a stage, how much of it is done and how much there is."""


@dataclass(frozen=True, slots=True, eq=False)
class Entry:
    """A row with all that scoring and citing it needs.

    `number` is that of its passage within the document. `terms` are those of each sentence,
    `context_terms` those of the words above,
    `vectors` (1 + sentences, dimension) that of the row and then those of its sentences. The
    numbers in `row` mean nothing here.
    """

    passage: Passage
    number: int
    row: Row
    context: str
    context_terms: tuple[str, ...]
    terms: tuple[tuple[str, ...], ...]
    vectors: QuantisedVectors

    @property
    def key(self) -> str:
        """Names the row in the whole library."""
        return key_of(self.passage.document_id, self.number, self.row.is_rendering)


def key_of(document_id: str, number: int, is_rendering: bool) -> str:
    """The key of a row: of a passage of a document, or of its rendering."""
    return f"{document_id}-{number}-{int(is_rendering)}"


@dataclass(frozen=True, slots=True)
class Statistics:
    """What BM25 and translation need to know of the whole library.

    `holding` says of each term in how many rows it is, 0 where it only stands above some. `length`
    is the number of terms of all rows together.
    """

    holding: Mapping[str, int]
    chinese: int = 0
    english: int = 0
    length: int = 0
    renderings: int = 0

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return self.chinese + self.english

    @property
    def passages(self) -> int:
        """How many passages there are."""
        return self.rows - self.renderings

    @property
    def average(self) -> float:
        """The number of terms of a row, on average."""
        return max(self.length / max(self.rows, 1), 1.0)

    def changed(self, entries: Iterable[Entry], by: int) -> "Statistics":
        """Return those with some rows added (`by` 1) or taken out (-1)."""
        holding = Counter(self.holding)
        chinese = rows = length = renderings = 0
        for entry in entries:
            for term in {term for sentence in entry.terms for term in sentence}:
                holding[term] = max(0, holding[term] + by)
            rows += by
            chinese += by * is_chinese(entry.row.language)
            length += by * sum(map(len, entry.terms))
            renderings += by * entry.row.is_rendering
        return Statistics(
            holding=holding,
            chinese=max(0, self.chinese + chinese),
            english=max(0, self.english + rows - chinese),
            length=max(0, self.length + length),
            renderings=max(0, self.renderings + renderings),
        )


@dataclass(frozen=True, slots=True, eq=False)
class Catalogue:
    """What whoever asks holds in memory of a library that lies elsewhere.

    `documents` have no text; `copies` says which of them are copies of which, by id. Another
    `version` is another content.
    """

    version: str
    model_id: str
    dimension: int
    documents: tuple[Document, ...]
    copies: Mapping[str, str]
    terms: tuple[TermPair, ...]
    statistics: Statistics


@dataclass(frozen=True, slots=True, eq=False)
class Wanted:
    """What rows are looked for by: a centred vector, and weighted terms for each language.

    `documents` are the only ones that count, None for all; of more than an engine can name, others
    may be proposed too.
    """

    vector: FloatVector
    chinese: Mapping[str, float]
    english: Mapping[str, float]
    documents: Set[str] | None
    count: int


class Library(Protocol):
    """One content of an engine; it stays what it is when another takes its place."""

    @property
    def catalogue(self) -> Catalogue:
        """What is known of it without asking for rows."""
        ...

    def candidates(self, wanted: Wanted) -> list[Entry]:
        """Return the best `count` rows by vector, and by the terms of each language, together.

        Where a passage has a rendering too, both are returned.
        """
        ...

    def around(self, places: Mapping[str, tuple[int, int]]) -> list[Entry]:
        """Return the rows of the passages from the first to the last number, by document."""
        ...

    def text(self, document_id: str) -> str:
        """Return the text of a document; KeyError where there is none of that id."""
        ...


class Engine(Protocol):
    """Holds a library elsewhere. One process writes, any number ask."""

    def library(self) -> Library:
        """Return what is asked now. Raises EngineEmptyError or EngineUnavailableError."""
        ...

    def push(self, snapshot: Snapshot, *, swap: bool, progress: Progress | None = None) -> int:
        """Make the engine hold what a snapshot does; return how many documents were sent.

        What is there already is not sent again, so a push that was killed goes on. With `swap`, or
        where another model made what is there, it is made beside what is asked, and takes its place
        when it is whole.
        """
        ...

    def upsert(self, snapshot: Snapshot) -> int:
        """Add the documents of a snapshot, or put them in place; return how many were sent.

        That they are copies of others, only a push tells.
        """
        ...

    def remove(self, document_ids: Sequence[str]) -> None:
        """Take documents out."""
        ...

    def close(self) -> None:
        """Let go of connections."""
        ...

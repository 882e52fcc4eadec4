"""What the reader makes of the best passages: which sentence answers, or that none does."""

from collections.abc import Mapping, Sequence
from functools import lru_cache

from embeddings.types import Reader, Reading, ReadPassage
from qa.index.store import Snapshot
from qa.types import Question

PASSAGES_READ = 5
"""Best passages that are read, each in some 15 ms. Of 3, 5 and 8 level on libraries of look-alike
documents (benchmarks/libraries.md)."""

SEARCH_SHARE = 2.0
"""What a standard deviation of the search's score counts beside the reader's logits: of 0 to 4 best
or level on the same."""

MATCH_SHARE = 4.0
"""What the score by matching (closeness, coverage, kind) counts beside the reader's logits. Of 0, 2
and 4: best sentence first .63, .65, .67 on two libraries, gold answers .83, .85, .85."""

MARGIN = 2.5
"""Logits below the best within which sentences are given too: about two sentences an answer."""


class SentenceReader:
    """Reads the rows of one snapshot; remembers the last questions."""

    def __init__(self, snapshot: Snapshot, reader: Reader) -> None:
        self._snapshot = snapshot
        self._reader = reader
        self._titles = {document.id: document.title for document in snapshot.documents}
        self._read = lru_cache(maxsize=16)(self._read_rows)

    def read(self, question: Question, rows: Sequence[int]) -> Mapping[int, Reading]:
        """The reading of each row."""
        return self._read(question.text, tuple(rows))

    def _read_rows(self, text: str, rows: tuple[int, ...]) -> Mapping[int, Reading]:
        found = self._reader.read(text, [self._passage(row) for row in rows])
        return dict(zip(rows, found, strict=True))

    def _passage(self, number: int) -> ReadPassage:
        """A row under the title of its document and its own heading, as the reader learnt them."""
        row = self._snapshot.rows[number]
        passage = self._snapshot.passages[row.passage]
        heading = [self._titles[passage.document_id], *passage.path[-1:]]
        sentences = tuple(row.text[start:end] for start, end in row.sentences)
        return ReadPassage("" if row.is_rendering else " ".join(heading), sentences)

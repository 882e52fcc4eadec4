"""Questions that an asker may go on with: those that the documents themselves ask and answer.

Only those of the documents that were answered from, and only where the reader is sure of the answer
that stands below: a heading that merely ends in a question mark is none.
"""

import re
from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from embeddings.types import Reader
from qa.answers.confidence import read_probability
from qa.answers.reading import passage_of
from qa.corpus.labels import read_label
from qa.corpus.passages import plain
from qa.index.store import Snapshot
from qa.language.text import is_chinese, to_script
from qa.types import ANSWERING, BlockKind, Citation, Hit, Language, Passage

MAX_RELATED = 3
SURE = 0.6
"""Below this the command line and the page say that an answer is not very sure."""

_LONGEST = 80
_ASKER = re.compile(r"(?:问|問|Q|Question)\s?\d{0,3}\s?[.:：、．]\s*", re.IGNORECASE)


class RelatedQuestions:
    """Finds the questions of one snapshot ("问：收多少钱？") that stand above an answer."""

    def __init__(self, snapshot: Snapshot, reader: Reader) -> None:
        self._snapshot = snapshot
        self._reader = reader
        self._row_of = snapshot.views.row_of
        self._is_answered = lru_cache(maxsize=512)(self._reads_answered)

    def near(
        self,
        hits: Sequence[Hit],
        language: Language,
        *,
        without: str,
        citations: Sequence[Citation] = (),
    ) -> tuple[str, ...]:
        """Up to three questions of the passages found, but `without` and those just answered.

        They are of the documents cited, or where none is of that of the best passage.
        """
        documents = {citation.document_id for citation in citations}
        documents = documents or {hit.passage.document_id for hit in hits[:1]}
        found: dict[str, None] = {}
        for passage in (hit.passage for hit in hits):
            if passage.document_id not in documents or len(found) == MAX_RELATED:
                continue
            question = self._question(self._snapshot.number_of(passage), language)
            if question and question != without and not _is_cited(passage, citations):
                found[question] = None
        return tuple(found)

    def _question(self, passage: int, language: Language) -> str:
        number = int(self._row_of[is_chinese(language)][passage])
        row = self._snapshot.rows[number]
        if is_chinese(row.language) != is_chinese(language) or len(row.sentences) < 2:
            return ""
        first = _asked(plain(row.sentence(0)))
        asks = first.endswith(("？", "?")) and len(first) <= _LONGEST
        if (
            not asks
            or row.kinds[0] is not BlockKind.HEADING
            or not self._is_answered(number, first)
        ):
            return ""
        return to_script(first, language)

    def _reads_answered(self, number: int, question: str) -> bool:
        """Whether the reader is sure that a row answers the question at its head."""
        kinds = self._snapshot.rows[number].kinds
        (reading,) = self._reader.read(question, [passage_of(self._snapshot, number)])
        scores = [
            float(score)
            for kind, score in zip(kinds, reading.sentence_scores, strict=True)
            if kind in ANSWERING
        ]
        return bool(scores) and read_probability(float(np.logaddexp.reduce(scores))) >= SURE


def _is_cited(passage: Passage, citations: Sequence[Citation]) -> bool:
    return any(
        citation.document_id == passage.document_id
        and passage.start <= citation.start_char < passage.end
        for citation in citations
    )


def _asked(heading: str) -> str:
    """A question as it is asked: without its number and who asks it."""
    words = _ASKER.sub("", heading, count=1) if _ASKER.match(heading) else heading
    return words.removeprefix(read_label(words)[1]).strip()

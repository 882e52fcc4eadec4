"""Which reading of a turn of a conversation is meant: the one that the documents answer best."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from qa.answers.composing import Answerer
from qa.retrieval.lookup import FoundArticle
from qa.retrieval.naming import DocumentPreference
from qa.types import Hit, Question

LEAD = 0.6
"""Log-odds by which a turn as typed must be ahead of the one joined to the questions before, or may
be behind it where it seems to stand alone. Of .6 and 2, .59 and .60 of the follow-ups over seven
libraries are answered rightly, and .73 and .70 of those over two articles on one topic."""

LEAVES = 4.0
"""Log-odds that a turn loses that names no document and is answered from another than the named one
of the conversation: of 0, 2 and 4 .69, .72 and .72 on conversations about look-alike documents."""

NAMED = 1.0
"""What a document has by its name from which a question names it (`qa.retrieval.naming`)."""

NEVER = 1e-6
"""The least probability that is told from none."""


@dataclass(frozen=True, slots=True)
class Found:
    """A reading of the question and what was found for it."""

    question: Question
    hits: list[Hit]
    article: FoundArticle | None = None


class TurnReadings:
    """Chooses between the readings of a turn: as typed, and joined to the questions before."""

    def __init__(self, answerer: Answerer, documents: DocumentPreference) -> None:
        self._answerer = answerer
        self._documents = documents

    def kept(self, readings: Sequence[Found], *, stands_alone: bool) -> Found:
        """What was found for the reading that the documents answer best; the first is as typed.

        Without what was said before, more passages seem to answer: a turn that does not stand alone
        counts as what was found for it answers both alone and in the conversation.
        """
        if len(readings) == 1:
            return readings[0]
        typed, joined = readings
        if joined.article and not typed.article:
            return joined
        leaving = LEAVES * self._leaves(typed, joined)
        lead = self._log_odds(typed, typed) - self._log_odds(joined, joined) - leaving
        if stands_alone:
            return typed if lead > -LEAD else joined
        in_conversation = self._log_odds(joined, typed) - self._log_odds(joined, joined) - leaving
        return typed if (lead + in_conversation) / 2 > LEAD else joined

    def _leaves(self, typed: Found, joined: Found) -> bool:
        """Whether a turn, which names no document, leaves the one that the conversation names."""
        if not typed.hits or not joined.hits:
            return False
        (away, home) = (found.hits[0].passage.document_id for found in (typed, joined))
        named = [float(self._documents.names(found.question).max()) for found in (typed, joined)]
        return away != home and named[0] < NAMED <= named[1]

    def _log_odds(self, asked: Found, found: Found) -> float:
        """How sure it is that what was found for one reading answers another."""
        sure = self._answerer.reading_score(asked.question, found.hits)
        return math.log((sure + NEVER) / (1 - sure + NEVER))

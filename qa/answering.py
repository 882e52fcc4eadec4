"""Hits become an answer: the sentences that say it, each with its citation, or an honest no."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from qa.search import DenseScorer, KeywordScorer
from qa.store import Snapshot
from qa.text import Span, locate_all
from qa.types import Citation, Hit, Language, Question, Status

PASSAGES_READ = 3
"""Best passages whose sentences may answer."""

MAX_SENTENCES = 2

THRESHOLD = 0.5
"""Confidence below which the answer is no."""

NO_ANSWER = {
    Language.SIMPLIFIED: "文件中没有说明。",
    Language.TRADITIONAL: "文件中沒有說明。",
    Language.ENGLISH: "The documents do not say.",
}


@dataclass(frozen=True, slots=True)
class Composed:
    """What an answer says, with how sure it is (0 to 1)."""

    status: Status
    text: str
    confidence: float
    citations: tuple[Citation, ...]


@dataclass(frozen=True, slots=True)
class _Candidate:
    row: int
    span: Span
    score: float
    similarity: float
    coverage: float


class Answerer:
    """Chooses and cites the sentences of one snapshot."""

    def __init__(self, snapshot: Snapshot, dense: DenseScorer, keyword: KeywordScorer) -> None:
        self._snapshot = snapshot
        self._dense = dense
        self._keyword = keyword
        self._numbers = {passage.id: number for number, passage in enumerate(snapshot.passages)}
        self._documents = {document.id: document for document in snapshot.documents}

    def compose(self, question: Question, hits: Sequence[Hit]) -> Composed:
        """Answer from the best hits; the status is `no_answer` below the threshold."""
        candidates = self._candidates(question, hits[:PASSAGES_READ])
        confidence = _confidence(candidates)
        if confidence < THRESHOLD:
            return Composed(Status.NO_ANSWER, NO_ANSWER[question.language], confidence, ())
        best = candidates[0]
        chosen = [c for c in candidates if c.score >= 0.9 * best.score][:MAX_SENTENCES]
        citations = [self._cite(candidate, index) for index, candidate in enumerate(chosen, 1)]
        text = " ".join(f"{citation.cited_text} [{citation.index}]" for citation in citations)
        return Composed(Status.GROUNDED, text, confidence, tuple(citations))

    def _candidates(self, question: Question, hits: Sequence[Hit]) -> list[_Candidate]:
        """The sentences of the hits, best first."""
        coverages = self._keyword.keyword_scores(question).coverage
        starts = self._snapshot.postings.sentence_starts
        candidates = []
        for hit in hits:
            row = self._numbers[hit.passage.id]
            similarities = self._dense.sentence_scores(question, row)
            for number, span in enumerate(self._snapshot.rows[row].sentences):
                similarity = float(similarities[number])
                coverage = float(coverages[starts[row] + number])
                score = similarity / 6 + coverage
                candidates.append(_Candidate(row, span, score, similarity, coverage))
        return sorted(candidates, key=lambda candidate: -candidate.score)

    def _cite(self, candidate: _Candidate, index: int) -> Citation:
        passage = self._snapshot.passages[candidate.row]
        document = self._documents[passage.document_id]
        original = document.text[passage.start : passage.end]
        ((start, end),) = locate_all(original, passage.text, [candidate.span])
        return Citation(
            index=index,
            document_id=document.id,
            title=document.title,
            publisher=document.publisher,
            date=document.date,
            source=document.source,
            paragraph=passage.paragraph + passage.text.count("\n", 0, candidate.span[0]),
            start_char=passage.start + start,
            end_char=passage.start + end,
            cited_text=passage.text[slice(*candidate.span)],
            language=passage.language,
        )


def _confidence(candidates: Sequence[_Candidate]) -> float:
    """Probability that the best sentence answers, by logistic regression."""
    if not candidates:
        return 0.0
    best = candidates[0]
    return float(1 / (1 + np.exp(-(0.8 * (best.similarity - 2.5) + 6 * (best.coverage - 0.4)))))

"""Judges what was found and said for one question of a library.

Scores of one question (a score that does not apply to a question is absent):

    document@1        1 where the first passage is of one of the gold files; answerable questions
    documents@5       1 where each gold file has one of the first 5; questions with several files
    evidence@k        1 where the first k passages together hold every evidence
    any evidence@3    1 where they hold one of them
    rows@3            evidence@3 of the evidence that is table rows; questions that have some
    sentence@10       1 where the 10 best sentences together say every evidence
    any sentence@k    1 where the k best sentences say one of them
    right             1 where the answer says what it must and nothing that it must not
    refused wrongly   1 where an answerable question is refused
    refused rightly   1 where an unanswerable question is refused
    cites heading     1 where a citation begins in a heading, a signature or the like, and is not
                      the evidence; answers

Passages hold an evidence where 90 % of its characters lie in them, sentences say it from 60 % on:
a sentence may end before its evidence does. White space does not count.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from eval import metrics
from eval.judging import Outcome, Scored
from eval.library.gold import LibraryQuestion
from eval.questions import Place
from qa.types import Answer, Block, BlockKind, Citation, Passage, Status

TOP_K = 12
"""Passages asked for: the most of which evidence@k is measured."""

SENTENCES = 10
"""Sentences asked for."""

SCORES = (
    "document@1",
    "documents@5",
    "evidence@3",
    "evidence@5",
    "evidence@12",
    "any evidence@3",
    "rows@3",
    "sentence@10",
    "any sentence@10",
    "any sentence@1",
    "right",
    "refused wrongly",
    "refused rightly",
    "cites heading",
)

_HELD = 0.9
_SAID = 0.6
_NEVER_ANSWERS = frozenset(
    {
        BlockKind.TITLE,
        BlockKind.HEADING,
        BlockKind.NUMBER,
        BlockKind.ADDRESSEE,
        BlockKind.SIGNATURE,
        BlockKind.HEADER,
        BlockKind.NOTE,
    }
)
_THOUSANDS = re.compile(r"(?<=\d)[,，](?=\d{3}(?!\d))")

Blocks = Callable[[str], Sequence[Block]]
"""The blocks of the document with an id."""


@dataclass(frozen=True, slots=True)
class LibraryResult:
    """One question, what came back, and the scores.

    `held_at[i]` is how many of the first passages it takes to hold evidence i, 0 where all are
    too few; `said_at[i]` the same of the sentences. `lost` is evidence that its files do not hold.
    """

    question: LibraryQuestion
    answer: Answer
    sentences: tuple[Citation, ...]
    held_at: tuple[int, ...]
    said_at: tuple[int, ...]
    lost: tuple[str, ...]
    outcome: Outcome
    scores: Mapping[str, float]

    @property
    def scored(self) -> Scored:
        """What is kept of it."""
        return Scored(self.question.id, self.question.question, self.outcome, self.scores)


@dataclass(frozen=True, slots=True)
class LibraryJudge:
    """Judges what comes back for one question.

    `evidence` are the places of each evidence, `texts` the documents' original texts by id and
    `sources` the names of their files.
    """

    question: LibraryQuestion
    evidence: Sequence[Sequence[Place]]
    texts: Mapping[str, str]
    sources: Mapping[str, str]

    def judge(self, answer: Answer, sentences: Sequence[Citation], blocks: Blocks) -> LibraryResult:
        """Compare an answer, its passages and the best sentences with what was expected."""
        passages = [_passage_place(hit.passage) for hit in answer.hits[:TOP_K]]
        quotes = [_citation_place(citation) for citation in sentences[:SENTENCES]]
        held_at = tuple(self._needed(places, passages, _HELD) for places in self.evidence)
        said_at = tuple(self._needed(places, quotes, _SAID) for places in self.evidence)
        refused = answer.status is Status.NO_ANSWER
        outcome = outcome_of(self.question, answer)
        scores: dict[str, float] = {}
        if self.question.answerable:
            scores |= self._document_scores([self.sources[p.document_id] for p in passages])
            scores |= self._evidence_scores(held_at, said_at)
            scores["right"] = float(outcome is Outcome.RIGHT)
            scores["refused wrongly"] = float(refused)
        else:
            scores["refused rightly"] = float(refused)
        if not refused:
            scores["cites heading"] = float(self._cites_heading(answer, blocks))
        return LibraryResult(
            question=self.question,
            answer=answer,
            sentences=tuple(sentences),
            held_at=held_at,
            said_at=said_at,
            lost=tuple(
                text
                for text, places in zip(self.question.evidence, self.evidence, strict=True)
                if not places
            ),
            outcome=outcome,
            scores=scores,
        )

    def _document_scores(self, found: Sequence[str]) -> dict[str, float]:
        files = self.question.files
        scores = {"document@1": float(bool(found) and found[0] in files)}
        if len(files) > 1:
            scores["documents@5"] = float(set(files) <= set(found[:5]))
        return scores

    def _evidence_scores(self, held_at: Sequence[int], said_at: Sequence[int]) -> dict[str, float]:
        held = {k: [0 < needed <= k for needed in held_at] for k in (3, 5, TOP_K)}
        scores = {f"evidence@{k}": float(all(each)) for k, each in held.items()}
        scores["any evidence@3"] = float(any(held[3]))
        rows = [h for h, text in zip(held[3], self.question.evidence, strict=True) if _is_row(text)]
        if rows:
            scores["rows@3"] = float(all(rows))
        scores[f"sentence@{SENTENCES}"] = float(all(said_at))
        scores[f"any sentence@{SENTENCES}"] = float(any(said_at))
        scores["any sentence@1"] = float(1 in said_at)
        return scores

    def _needed(self, evidence: Sequence[Place], found: Sequence[Place], share: float) -> int:
        """How many of the first places together cover one place of the evidence; 0 for never."""
        for count in range(1, len(found) + 1):
            if any(self._covered(place, found[:count]) >= share for place in evidence):
                return count
        return 0

    def _covered(self, place: Place, found: Sequence[Place]) -> float:
        text = self.texts[place.document_id]
        spans = [(f.start, f.end) for f in found if f.document_id == place.document_id]
        wanted = [i for i in range(place.start, place.end) if not text[i].isspace()]
        return metrics.share([any(start <= i < end for start, end in spans) for i in wanted])

    def _cites_heading(self, answer: Answer, blocks: Blocks) -> bool:
        expected = [place for places in self.evidence for place in places]
        return any(
            block.start <= place.start < block.end and block.kind in _NEVER_ANSWERS
            for place in map(_citation_place, answer.citations)
            if not any(metrics.overlaps(self.texts[place.document_id], place, e) for e in expected)
            for block in blocks(place.document_id)
        )


def outcome_of(question: LibraryQuestion, answer: Answer) -> Outcome:
    """What an answer is worth: right where it says all that it must, and nothing it must not."""
    refused = answer.status is Status.NO_ANSWER
    if not question.answerable:
        return Outcome.REFUSED_RIGHTLY if refused else Outcome.INVENTED
    if refused:
        return Outcome.REFUSED_WRONGLY
    # A rendering says what its original says, and gold answers may be worded as that.
    rendered = [c.cited_text for c in answer.citations if c.translation]
    shown = "\n".join([answer.text, *rendered])
    right = all(any(says(shown, word) for word in choice) for choice in question.answer_all)
    spoilt = any(says(shown, word) for word in question.must_not)
    return Outcome.RIGHT if right and not spoilt else Outcome.WRONG


def says(answer: str, wanted: str) -> bool:
    """Whether an answer says the words (`metrics.contains`); 8,000 and 8000 are the same number."""
    return metrics.contains(_plain(answer), _plain(wanted))


def _plain(text: str) -> str:
    return _THOUSANDS.sub("", text)


def _is_row(evidence: str) -> bool:
    return "\t" in evidence or "|" in evidence


def _passage_place(passage: Passage) -> Place:
    return Place(passage.document_id, passage.start, passage.end)


def _citation_place(citation: Citation) -> Place:
    return Place(citation.document_id, citation.start_char, citation.end_char)

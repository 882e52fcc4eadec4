"""Judges the answer to one gold question.

Scores of one question (a score that does not apply to a question is absent):

    hit@1 … ndcg@10      of the passages found; answerable questions
    answer_contains      1 where the answer says an accepted answer; pairs that have some
    items_found          share of the items that the answer itself names; pairs that have some
    lists_complete       1 where it names all of them and, where the documents state more than
                         they name, says so (status `partial` and the right numbers)
    items_right          share of the listed lines that name an item; answers that are a list
    citation_precision   share of the citations that overlap some evidence; where there are any
    citation_recall      share of the evidence groups cited: in kind `list` each evidence is a
                         group of its own, elsewhere all evidence says the same and is one group
    decision             1 where an answerable question is answered or another one refused
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from eval import metrics
from eval.questions import LIST, GoldPair, Place
from qa.types import Answer, Citation, Coverage, Passage, Status

_LIST_MARK = "- "


class Outcome(StrEnum):
    """What became of one question."""

    RIGHT = "right"
    INCOMPLETE = "incomplete"  # a list of which some items are missing
    WRONG = "wrong"
    REFUSED_WRONGLY = "refused, but the documents say"
    REFUSED_RIGHTLY = "rightly refused"
    INVENTED = "answered, but the documents do not say"


@dataclass(frozen=True, slots=True)
class Scored:
    """What of a question is kept and compared from run to run."""

    id: str
    question: str
    outcome: str
    scores: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Result:
    """One gold pair, its answer, and the scores.

    `first_relevant` is the rank of the first passage that answers, 0 where none was found;
    `supported[i]` says whether citation i overlaps the evidence.
    """

    pair: GoldPair
    answer: Answer
    latency_ms: float
    first_relevant: int
    supported: tuple[bool, ...]
    scores: Mapping[str, float]

    @property
    def refused(self) -> bool:
        """Whether the answer is that the documents do not say."""
        return self.answer.status is Status.NO_ANSWER

    @property
    def outcome(self) -> Outcome:
        """Right is what says an accepted answer, or every item of a list."""
        if not self.pair.answerable:
            return Outcome.REFUSED_RIGHTLY if self.refused else Outcome.INVENTED
        if self.refused:
            return Outcome.REFUSED_WRONGLY
        said = self.scores.get("items_found", self.scores.get("answer_contains", 0.0))
        if said == 1.0 and self.scores.get("lists_complete", 1.0):
            return Outcome.RIGHT
        return Outcome.INCOMPLETE if said else Outcome.WRONG

    @property
    def scored(self) -> Scored:
        """What is kept of it."""
        return Scored(self.pair.id, self.pair.question, self.outcome, self.scores)


@dataclass(frozen=True, slots=True)
class Judge:
    """Judges what answers one gold pair; `texts` are the documents' original texts by id."""

    pair: GoldPair
    evidence: Sequence[Sequence[Place]]
    texts: Mapping[str, str]

    def relevant(self, passages: Iterable[Passage]) -> list[str]:
        """Return the ids of the passages that overlap the evidence."""
        return [
            passage.id
            for passage in passages
            if self._overlaps_any(Place(passage.document_id, passage.start, passage.end))
        ]

    def judge(self, answer: Answer, latency_ms: float, ranking: Mapping[str, float]) -> Result:
        """Add the scores of the answer and its citations to those of the ranking."""
        cited = [_place(citation) for citation in answer.citations]
        supported = tuple(self._overlaps_any(place) for place in cited)
        refused = answer.status is Status.NO_ANSWER
        scores = {**ranking, "decision": float(refused != self.pair.answerable)}
        if self.pair.answerable:
            # A rendering says what its original says, and gold answers are worded as that.
            rendered = [c.cited_text for c in answer.citations if c.translation]
            shown = [answer.text, *rendered]
            scores |= self._answer_scores("" if refused else "\n".join(shown))
            scores |= self._item_scores(answer)
            scores["citation_recall"] = self._citation_recall(cited)
            if cited:
                scores["citation_precision"] = metrics.share(supported)
        first = round(1 / scores["mrr"]) if scores.get("mrr") else 0
        return Result(self.pair, answer, latency_ms, first, supported, scores)

    def _answer_scores(self, said: str) -> dict[str, float]:
        scores: dict[str, float] = {}
        if self.pair.answers:
            found = any(metrics.contains(said, accepted) for accepted in self.pair.answers)
            scores["answer_contains"] = float(found)
        return scores

    def _item_scores(self, answer: Answer) -> dict[str, float]:
        items = self.pair.items
        if not items:
            return {}
        said = "" if answer.status is Status.NO_ANSWER else answer.text
        found = metrics.share([metrics.contains(said, item) for item in items])
        scores = {
            "items_found": found,
            "lists_complete": float(found == 1 and self._owns_up(answer)),
        }
        if lines := [line for line in said.split("\n") if line.startswith(_LIST_MARK)]:
            right = [any(metrics.contains(line, item) for item in items) for line in lines]
            scores["items_right"] = metrics.share(right)
        return scores

    def _owns_up(self, answer: Answer) -> bool:
        """Whether an answer says that items are missing where the documents do not name them."""
        if self.pair.stated <= len(self.pair.items):
            return True
        coverage = Coverage(len(self.pair.items), self.pair.stated)
        return answer.status is Status.PARTIAL and answer.coverage == coverage

    def _citation_recall(self, cited: Sequence[Place]) -> float:
        everywhere = [place for places in self.evidence for place in places]
        groups = self.evidence if self.pair.kind == LIST else [everywhere]
        return metrics.share(
            [any(self._overlaps(place, group) for place in cited) for group in groups]
        )

    def _overlaps_any(self, place: Place) -> bool:
        return any(self._overlaps(place, places) for places in self.evidence)

    def _overlaps(self, place: Place, evidence: Iterable[Place]) -> bool:
        text = self.texts[place.document_id]
        return any(metrics.overlaps(text, place, other) for other in evidence)


def _place(citation: Citation) -> Place:
    return Place(citation.document_id, citation.start_char, citation.end_char)

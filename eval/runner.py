"""Asks the gold questions, has each answer judged, and sums the scores up."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Protocol

import numpy as np

from eval import metrics
from eval.judging import Judge, Result
from eval.metrics import Interval
from eval.questions import GoldPair, locate_evidence
from qa.types import Answer, Document, Message, Passage

TOP_K = 10
"""As many passages as nDCG@10 looks at."""

MEAN_METRICS = (
    *metrics.RANKING_METRICS,
    "answer_contains",
    "items_found",
    "lists_complete",
    "items_right",
    "citation_precision",
    "citation_recall",
    "decision",
)


class Assistant(Protocol):
    """Answers a conversation; `qa.assistant.Assistant` is one."""

    def ask(self, messages: Sequence[Message], *, top_k: int = 5) -> Answer:
        """Answer the last message; the answer's hits are the `top_k` best passages."""
        ...


@dataclass(frozen=True, slots=True)
class Summary:
    """The figures of one group of questions: all, those of a language, or those of a kind.

    `intervals` has a mean for each score, and the precision, recall and F1 of refusals.
    `confidence_auroc` says how well the confidence tells answerable questions from others; it
    is None where the group holds only one sort.
    """

    name: str
    questions: int
    intervals: Mapping[str, Interval]
    confidence_auroc: float | None
    latency_p50_ms: float
    latency_p95_ms: float


def run(
    assistant: Assistant,
    pairs: Sequence[GoldPair],
    *,
    documents: Sequence[Document],
    passages: Sequence[Passage],
    before: Mapping[str, Sequence[Message]] = MappingProxyType({}),
    on_answer: Callable[[], None] = lambda: None,
) -> list[Result]:
    """Ask every question, in order; `passages` are all that the assistant searches.

    A question is asked alone, or after the messages that `before` has for its id.
    Evidence is located before the first question is asked, so a gold file that does not fit
    the documents fails at once.
    """
    texts = {document.id: document.text for document in documents}
    judges = [Judge(pair, locate_evidence(pair, documents), texts) for pair in pairs]
    if pairs:  # the first question pays for what loads lazily; latency is that of a warm one
        _ask(assistant, pairs[0], ())
    asked: list[tuple[Answer, float]] = []
    for pair in pairs:
        start = time.perf_counter()
        answer = _ask(assistant, pair, before.get(pair.id, ()))
        asked.append((answer, 1000 * (time.perf_counter() - start)))
        on_answer()
    ranking = metrics.ranking_scores(
        {
            pair.id: [hit.passage.id for hit in answer.hits]
            for pair, (answer, _) in zip(pairs, asked, strict=True)
        },
        {judge.pair.id: judge.relevant(passages) for judge in judges if judge.pair.answerable},
    )
    return [
        judge.judge(answer, latency_ms, ranking.get(judge.pair.id, {}))
        for judge, (answer, latency_ms) in zip(judges, asked, strict=True)
    ]


def _ask(assistant: Assistant, pair: GoldPair, before: Sequence[Message]) -> Answer:
    return assistant.ask([*before, Message("user", pair.question)], top_k=TOP_K)


def summarize(results: Sequence[Result]) -> list[Summary]:
    """Sum up all questions, then those of each language, then those of each kind."""
    languages = sorted({str(result.pair.language) for result in results})
    kinds = sorted({result.pair.kind for result in results})
    groups = {
        "all": list(results),
        **{name: [r for r in results if r.pair.language == name] for name in languages},
        **{f"kind {name}": [r for r in results if r.pair.kind == name] for name in kinds},
    }
    return [_summarize(name, members) for name, members in groups.items() if members]


def _summarize(name: str, results: Sequence[Result]) -> Summary:
    intervals: dict[str, Interval] = {}
    for metric in MEAN_METRICS:
        values = [result.scores[metric] for result in results if metric in result.scores]
        if values:
            intervals[metric] = metrics.mean_interval(values)
    unanswerable = [not result.pair.answerable for result in results]
    intervals |= metrics.refusal_intervals([result.refused for result in results], unanswerable)
    sure = [r.answer.confidence for r in results if r.pair.answerable]
    unsure = [r.answer.confidence for r in results if not r.pair.answerable]
    p50, p95 = np.percentile([result.latency_ms for result in results], [50, 95])
    return Summary(
        name=name,
        questions=len(results),
        intervals=intervals,
        confidence_auroc=metrics.auroc(sure, unsure) if sure and unsure else None,
        latency_p50_ms=float(p50),
        latency_p95_ms=float(p95),
    )

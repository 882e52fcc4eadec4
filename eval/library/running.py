"""Asks a library's questions, has what comes back judged, and sums the scores up."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Protocol

import numpy as np

from embeddings.types import Embedder
from eval import metrics
from eval.library.conversations import (
    LibraryConversation,
    TurnResult,
    run_conversations,
)
from eval.library.gold import Library, LibraryQuestion, locate
from eval.library.judging import SCORES, SENTENCES, TOP_K, LibraryJudge, LibraryResult
from eval.runner import Assistant, Summary
from qa.corpus.files import find_files, read_document
from qa.corpus.passages import split_document
from qa.corpus.structure import parse
from qa.index.building import make_snapshot
from qa.index.store import Snapshot
from qa.types import Answer, Block, Citation, Document, Message


class SentenceAssistant(Assistant, Protocol):
    """Answers a conversation and gives the best sentences; `qa.assistant.Assistant` is one."""

    def sentences(self, text: str, k: int = 10) -> tuple[Citation, ...]:
        """Return the `k` sentences that match a question best, best first."""
        ...


@dataclass(frozen=True, slots=True)
class LibraryReport:
    """A library's finished run."""

    name: str
    model: str
    passages: int
    sources: Mapping[str, str]
    results: tuple[LibraryResult, ...]
    turns: tuple[TurnResult, ...] = ()


def measure_library(
    assistant: SentenceAssistant,
    snapshot: Snapshot,
    library: Library,
    conversations: Sequence[LibraryConversation] = (),
    *,
    on_answer: Callable[[], None] = lambda: None,
) -> LibraryReport:
    """Ask every question and conversation of a library, whose documents are a snapshot's."""
    return LibraryReport(
        name=library.name,
        model=snapshot.model_id,
        passages=len(snapshot.passages),
        sources={document.id: document.source for document in snapshot.documents},
        results=run_library(assistant, library, snapshot.documents, on_answer=on_answer),
        turns=run_conversations(assistant, conversations, on_answer=on_answer),
    )


def index_library(folder: Path, embedder: Embedder) -> Snapshot:
    """Index the documents of a library, in memory."""
    documents = [read_document(file) for file in find_files([folder / "docs"])[0]]
    splits = [split for document in documents for split in split_document(document)]
    return make_snapshot(documents, splits, embedder)


def run_library(
    assistant: SentenceAssistant,
    library: Library,
    documents: Sequence[Document],
    *,
    on_answer: Callable[[], None] = lambda: None,
) -> tuple[LibraryResult, ...]:
    """Ask every question, in order, each alone.

    A gold file that is not among the documents is an InputFileError before any question is asked.
    """
    by_id = {document.id: document for document in documents}
    texts = {document.id: document.text for document in documents}
    sources = {document.id: document.source for document in documents}
    judges = [
        LibraryJudge(question, locate(question, documents), texts, sources)
        for question in library.questions
    ]

    @cache
    def blocks(document_id: str) -> Sequence[Block]:
        document = by_id[document_id]
        return parse(document.text, wrapped=document.is_wrapped)

    if judges:  # the first question pays for what loads lazily; latency is that of a warm one
        _ask(assistant, judges[0].question)
    results = []
    for judge in judges:
        answer = _ask(assistant, judge.question)
        sentences = assistant.sentences(judge.question.question, SENTENCES)
        results.append(judge.judge(answer, sentences, blocks))
        on_answer()
    return tuple(results)


def _ask(assistant: Assistant, question: LibraryQuestion) -> Answer:
    return assistant.ask([Message("user", question.question)], top_k=TOP_K)


def summarize(results: Sequence[LibraryResult]) -> list[Summary]:
    """Sum up all questions, then those of each language, then those of each kind."""
    languages = sorted({str(result.question.language) for result in results})
    kinds = sorted({result.question.kind for result in results})
    groups = {
        "all": list(results),
        **{name: [r for r in results if r.question.language == name] for name in languages},
        **{f"kind {name}": [r for r in results if r.question.kind == name] for name in kinds},
    }
    return [summarize_group(name, members) for name, members in groups.items()]


def summarize_group(name: str, results: Sequence[LibraryResult]) -> Summary:
    """Sum up one group, of one question or more."""
    values = {
        score: [result.scores[score] for result in results if score in result.scores]
        for score in SCORES
    }
    sure = [r.answer.confidence for r in results if r.question.answerable]
    unsure = [r.answer.confidence for r in results if not r.question.answerable]
    p50, p95 = np.percentile([result.answer.timings_ms.total for result in results], [50, 95])
    return Summary(
        name=name,
        questions=len(results),
        intervals={score: metrics.mean_interval(each) for score, each in values.items() if each},
        confidence_auroc=metrics.auroc(sure, unsure) if sure and unsure else None,
        latency_p50_ms=float(p50),
        latency_p95_ms=float(p95),
    )

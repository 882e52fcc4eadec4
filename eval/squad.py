"""Runs the searchers on SQuAD-format files: each paragraph is one passage.

The paragraphs of one title are a document of that title, in one language; each of those without
a title is a document of its own.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from rich.box import SIMPLE
from rich.table import Table

from embeddings.types import Embedder
from eval.metrics import Interval, mean_interval, ranking_scores, show_interval
from eval.squad_files import Paragraph, SquadFile
from qa.assistant import make_question
from qa.corpus.passages import prose
from qa.index.building import IndexProgress, make_snapshot
from qa.index.store import Snapshot
from qa.language.text import detect_language
from qa.retrieval.hybrid import build_searchers
from qa.retrieval.ranking import Searcher
from qa.types import Document, Passage

METRICS = ("hit@1", "hit@5", "hit@10", "mrr", "ndcg@10")

_DEPTH = 100
"""Passages asked of a searcher; a gold passage further down counts 0 in the MRR, not 1/101."""


@dataclass(frozen=True, slots=True)
class SearcherScores:
    """The figures of one searcher by name of metric."""

    name: str
    intervals: Mapping[str, Interval]


@dataclass(frozen=True, slots=True)
class SquadReport:
    """How well each searcher finds the paragraphs of the questions."""

    passages: int
    questions: int
    searchers: tuple[SearcherScores, ...]


def run_squad(
    squad: SquadFile,
    embedder: Embedder,
    *,
    limit: int | None = None,
    progress: IndexProgress | None = None,
) -> SquadReport:
    """Ask the first `limit` questions (None: all) of each searcher over all paragraphs.

    A paragraph that occurs twice under one title is one passage.
    """
    snapshot = squad_snapshot(squad, embedder, progress=progress)
    searchers = build_searchers(snapshot)
    named: dict[str, Searcher] = {
        "dense": searchers.dense,
        "keyword": searchers.keyword,
        "hybrid": searchers.hybrid,
    }
    return score_searchers(named, squad, embedder, limit=limit, progress=progress)


def squad_snapshot(
    squad: SquadFile, embedder: Embedder, *, progress: IndexProgress | None = None
) -> Snapshot:
    """Index the paragraphs, each as one passage of its title's document."""
    documents: list[Document] = []
    passages: list[Passage] = []
    for paragraphs in _by_document(squad.paragraphs):
        text = "\n\n".join(paragraph.text for paragraph in paragraphs)
        title, language = paragraphs[0].title, detect_language(paragraphs[0].text)
        identifier = _hash(title, text)
        documents.append(
            Document(id=identifier, title=title, language=language, source=identifier, text=text)
        )
        start = 0
        for number, paragraph in enumerate(paragraphs, start=1):
            end = start + len(paragraph.text)
            passages.append(
                Passage(
                    id=_passage_id(paragraph),
                    document_id=identifier,
                    paragraph=number,
                    start=start,
                    end=end,
                    text=paragraph.text,
                    language=language,
                    label=paragraph.label,
                )
            )
            start = end + 2
    return make_snapshot(documents, list(map(prose, passages)), embedder, progress=progress)


def _by_document(paragraphs: Iterable[Paragraph]) -> Iterable[list[Paragraph]]:
    """Group different paragraphs; the same title in another language is another document."""
    documents: dict[tuple[str, str], list[Paragraph]] = {}
    for paragraph in dict.fromkeys(paragraphs):
        apart = detect_language(paragraph.text) if paragraph.title else paragraph.text
        documents.setdefault((paragraph.title, apart), []).append(paragraph)
    return documents.values()


def score_searchers(
    searchers: Mapping[str, Searcher],
    squad: SquadFile,
    embedder: Embedder,
    *,
    limit: int | None = None,
    progress: IndexProgress | None = None,
) -> SquadReport:
    """Ask each searcher the questions; blank ones find nothing."""
    questions = {
        str(number): make_question(text, embedder)
        for number, text in enumerate(squad.questions[:limit])
        if text.strip()
    }
    relevant = {
        str(number): [_passage_id(paragraph)]
        for number, paragraph in enumerate(squad.paragraph_of[:limit])
    }
    scores: list[SearcherScores] = []
    for done, (name, searcher) in enumerate(searchers.items()):
        rankings = {
            number: [hit.passage.id for hit in searcher.search(question, _DEPTH)]
            for number, question in questions.items()
        }
        by_question = ranking_scores(rankings, relevant).values()
        scores.append(
            SearcherScores(
                name, {m: mean_interval([score[m] for score in by_question]) for m in METRICS}
            )
        )
        if progress:
            progress("searching", done + 1, len(searchers))
    return SquadReport(len(set(squad.paragraphs)), len(relevant), tuple(scores))


def _passage_id(paragraph: Paragraph) -> str:
    return _hash(paragraph.title, paragraph.label, paragraph.text)


def _hash(*texts: str) -> str:
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()[:12]


def squad_table(report: SquadReport) -> Table:
    """Each searcher's figures with their 95 % intervals."""
    title = f"{report.questions} questions, {report.passages} passages, 95 % intervals"
    table = Table("searcher", *METRICS, title=title, box=SIMPLE)
    for searcher in report.searchers:
        table.add_row(searcher.name, *[show_interval(searcher.intervals[m]) for m in METRICS])
    return table


def squad_json(report: SquadReport) -> str:
    """Write the figures as one JSON object; `ci95` holds the ends of each interval."""
    return json.dumps(
        {
            "passages": report.passages,
            "questions": report.questions,
            "searchers": [
                {
                    "name": searcher.name,
                    **{m: round(searcher.intervals[m].value, 4) for m in METRICS},
                    "ci95": {
                        m: [
                            round(searcher.intervals[m].low, 4),
                            round(searcher.intervals[m].high, 4),
                        ]
                        for m in METRICS
                    },
                }
                for searcher in report.searchers
            ],
        }
    )

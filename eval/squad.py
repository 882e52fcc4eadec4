"""Runs the searchers on SQuAD-format files: each paragraph is one passage.

Question i of one file belongs to the paragraph of question i of the other, so questions in one
language can be asked of the same paragraphs in another (XQuAD). Only paragraphs, questions and
their order count; the answers in the files are not looked at.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from rich.box import SIMPLE
from rich.table import Table

from embeddings.types import Embedder
from eval.metrics import Interval, mean_interval, ranking_scores
from eval.questions import InputFileError
from eval.report import show_interval
from qa.assistant import make_question
from qa.indexing import IndexProgress, make_snapshot
from qa.search import Searcher, build_searchers
from qa.text import detect_language
from qa.types import Document, Passage

METRICS = ("hit@1", "hit@5", "mrr", "ndcg@10")

_DEPTH = 100
"""Passages asked of a searcher; a gold passage further down counts 0 in the MRR, not 1/101."""


@dataclass(frozen=True, slots=True)
class SquadFile:
    """What a file holds, in its order; `paragraph_of[i]` is the paragraph of question i."""

    paragraphs: tuple[str, ...]
    questions: tuple[str, ...]
    paragraph_of: tuple[str, ...]


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


def read_squad(path: Path) -> SquadFile:
    """Read a file; InputFileError says what is wrong and where."""
    try:
        record: object = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputFileError(path, error.strerror or str(error)) from error
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        raise InputFileError(path, f"not JSON ({error})") from error
    paragraphs: list[str] = []
    questions: list[str] = []
    paragraph_of: list[str] = []
    for a, article in enumerate(_list(record, "data", str(path))):
        at_article = f"{path}: data[{a}]"
        for p, paragraph in enumerate(_list(article, "paragraphs", at_article)):
            at = f"{at_article}.paragraphs[{p}]"
            paragraphs.append(_text(paragraph, "context", at))
            for q, question in enumerate(_list(paragraph, "qas", at)):
                # CMRC 2018 holds blank questions; they keep their place and find nothing.
                questions.append(_text(question, "question", f"{at}.qas[{q}]", blank=True))
                paragraph_of.append(paragraphs[-1])
    if not questions:
        raise InputFileError(path, "no questions")
    return SquadFile(tuple(paragraphs), tuple(questions), tuple(paragraph_of))


def _list(record: object, key: str, where: str) -> list[object]:
    value = record.get(key) if isinstance(record, dict) else None
    if not isinstance(value, list):
        raise InputFileError(where, f"not SQuAD format: no list {key!r}")
    return value


def _text(record: object, key: str, where: str, *, blank: bool = False) -> str:
    value = record.get(key) if isinstance(record, dict) else None
    if not isinstance(value, str) or not (blank or value.strip()):
        raise InputFileError(where, f"not SQuAD format: no text {key!r}")
    return value


def pair_files(passages: Path, questions: Path) -> SquadFile:
    """Return the paragraphs of one file with the questions of the other."""
    theirs, asked = read_squad(passages), read_squad(questions)
    if len(theirs.questions) != len(asked.questions):
        raise InputFileError(
            questions,
            f"{len(asked.questions)} questions, but {passages} has {len(theirs.questions)}: "
            "question i of one must belong to question i of the other",
        )
    return SquadFile(theirs.paragraphs, asked.questions, theirs.paragraph_of)


def run_squad(
    squad: SquadFile,
    embedder: Embedder,
    *,
    limit: int | None = None,
    progress: IndexProgress | None = None,
) -> SquadReport:
    """Ask the first `limit` questions (None: all) of each searcher over all paragraphs.

    A paragraph that occurs twice is one passage.
    """
    documents = {text: _document(text) for text in squad.paragraphs}
    snapshot = make_snapshot(
        list(documents.values()),
        [_passage(document) for document in documents.values()],
        embedder,
        progress=progress,
    )
    questions = {
        str(number): make_question(text, embedder)
        for number, text in enumerate(squad.questions[:limit])
        if text.strip()
    }
    relevant = {
        str(number): [documents[paragraph].id]
        for number, paragraph in enumerate(squad.paragraph_of[:limit])
    }
    searchers = build_searchers(snapshot)
    named: dict[str, Searcher] = {
        "dense": searchers.dense,
        "keyword": searchers.keyword,
        "hybrid": searchers.hybrid,
    }
    scores: list[SearcherScores] = []
    for done, (name, searcher) in enumerate(named.items()):
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
            progress("searching", done + 1, len(named))
    return SquadReport(len(documents), len(relevant), tuple(scores))


def _document(text: str) -> Document:
    identifier = hashlib.sha256(text.encode()).hexdigest()[:12]
    return Document(identifier, "", "", "", detect_language(text), identifier, text)


def _passage(document: Document) -> Passage:
    return Passage(
        id=document.id,
        document_id=document.id,
        paragraph=1,
        start=0,
        end=len(document.text),
        text=document.text,
        language=document.language,
    )


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

"""Runs the searchers on SQuAD-format files: each paragraph is one passage.

Question i of one file belongs to the paragraph of question i of the other, so questions in one
language can be asked of the same paragraphs in another (XQuAD). Only paragraphs, questions and
their order count; the answers in the files are not looked at.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from rich.box import SIMPLE
from rich.table import Table

from embeddings.types import Embedder
from eval.metrics import Interval, mean_interval, ranking_scores, show_interval
from eval.questions import InputFileError
from qa.assistant import make_question
from qa.index.building import IndexProgress, make_snapshot
from qa.index.store import Snapshot
from qa.language.text import detect_language
from qa.retrieval.hybrid import Searcher, build_searchers
from qa.types import Document, Passage

METRICS = ("hit@1", "hit@5", "mrr", "ndcg@10")

_DEPTH = 100
"""Passages asked of a searcher; a gold passage further down counts 0 in the MRR, not 1/101."""


@dataclass(frozen=True, slots=True)
class SquadFile:
    """What a file holds, in its order.

    `paragraph_of[i]` is the paragraph of question i and `article_of[i]` the number of its article.
    """

    paragraphs: tuple[str, ...]
    questions: tuple[str, ...]
    paragraph_of: tuple[str, ...]
    article_of: tuple[int, ...]


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
    article_of: list[int] = []
    for a, article in enumerate(_list(record, "data", str(path))):
        at_article = f"{path}: data[{a}]"
        for p, paragraph in enumerate(_list(article, "paragraphs", at_article)):
            at = f"{at_article}.paragraphs[{p}]"
            paragraphs.append(_text(paragraph, "context", at))
            for q, question in enumerate(_list(paragraph, "qas", at)):
                # CMRC 2018 holds blank questions; they keep their place and find nothing.
                questions.append(_text(question, "question", f"{at}.qas[{q}]", blank=True))
                paragraph_of.append(paragraphs[-1])
                article_of.append(a)
    if not questions:
        raise InputFileError(path, "no questions")
    return SquadFile(tuple(paragraphs), tuple(questions), tuple(paragraph_of), tuple(article_of))


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
    theirs, asked = _read_both(passages, questions)
    return replace(theirs, questions=asked.questions)


def mix_files(first: Path, second: Path) -> SquadFile:
    """Return a corpus of both languages, each question in the language its paragraph is not in.

    The files are translations of one another: every other article is taken from the first file,
    the rest from the second.
    """
    files = _read_both(first, second)
    taken = [article % 2 for article in files[0].article_of]
    paragraph_of = [files[side].paragraph_of[i] for i, side in enumerate(taken)]
    return SquadFile(
        paragraphs=tuple(dict.fromkeys(paragraph_of)),
        questions=tuple(files[1 - side].questions[i] for i, side in enumerate(taken)),
        paragraph_of=tuple(paragraph_of),
        article_of=files[0].article_of,
    )


def _read_both(passages: Path, questions: Path) -> tuple[SquadFile, SquadFile]:
    theirs, asked = read_squad(passages), read_squad(questions)
    if len(theirs.questions) != len(asked.questions):
        raise InputFileError(
            questions,
            f"{len(asked.questions)} questions, but {passages} has {len(theirs.questions)}: "
            "question i of one must belong to question i of the other",
        )
    return theirs, asked


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
    """Index the paragraphs, each as a document of one passage."""
    documents = [_document(text) for text in dict.fromkeys(squad.paragraphs)]
    passages = [_passage(document) for document in documents]
    return make_snapshot(documents, passages, embedder, progress=progress)


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
        str(number): [_document(paragraph).id]
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


@cache
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

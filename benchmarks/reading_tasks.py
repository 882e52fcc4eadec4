"""Writes what the reader is trained on: `python benchmarks/reading_tasks.py FOLDER… --output FILE`.

The folders are libraries (docs/, gold.jsonl, talks.jsonl). Each question becomes one line:

    {"question": "…", "yes": true|false|null, "passages": [
        {"heading": "…", "sentences": ["…"], "answers": [0, 2], "span": [sentence, start, end]}]}

The passages are the library's own, as the product cuts them: those that hold the evidence, and the
best of its own search that don't. `answers` are the numbers of the sentences that belong to the
answer, none in a passage that does not answer. A follow-up is asked as the questions of its
conversation in a row, and once more standing alone.
"""

import argparse
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from embeddings.types import Embedder
from eval.library.running import index_library
from eval.questions import find_places, read_lines, read_object
from qa.answers.citing import Citer
from qa.answers.reading import heading_of
from qa.assistant import load_embedder, make_question
from qa.index.store import Snapshot
from qa.retrieval.hybrid import build_searchers
from qa.types import ANSWERING, IMPRINT

WRONG_PASSAGES = 11
COVERED = 0.6
"""Share of a sentence in the evidence, or of the evidence in it, that makes it belong."""

YES = ("是", "可以", "需要", "要", "能", "有", "会", "會", "應", "应", "得", "Yes", "yes", "可")
NO = ("否", "不", "没", "沒", "無", "无", "No", "no", "未", "唔")


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as it is put to the reader and, standing alone, to the search."""

    text: str
    full: str
    files: tuple[str, ...]
    evidence: tuple[str, ...]
    span: str
    yes: bool | None


def questions(folder: Path) -> Iterator[Asked]:
    """Read the questions of a library, then the turns of its conversations."""
    for line, where in read_lines(folder / "gold.jsonl"):
        record = read_object(line, where)
        yield _asked(record, str(record["question"]), str(record["question"]))
    talks = folder / "talks.jsonl"
    for line, where in read_lines(talks) if talks.exists() else ():
        said: list[str] = []
        for turn in cast("list[dict[str, Any]]", read_object(line, where)["turns"]):
            full = str(turn.get("full") or "")
            said.append(str(turn["question"]))
            if len(said) > 1:
                yield _asked(turn, " ".join(said[-3:]), full or " ".join(said))
            if full:
                yield _asked(turn, full, full)


def _asked(record: Mapping[str, Any], text: str, full: str) -> Asked:
    short, kind = str(record.get("short") or ""), record.get("kind")
    yes = True if short.startswith(YES) else False if short.startswith(NO) else None
    return Asked(
        text=text,
        full=full,
        files=_texts(record.get("file")),
        evidence=() if record.get("unanswerable") else _texts(record.get("evidence")),
        span=str(record.get("span") or ""),
        yes=yes if kind == "yesno" else None,
    )


def _texts(value: object) -> tuple[str, ...]:
    values = [value] if isinstance(value, str) else value if isinstance(value, list) else []
    return tuple(text for text in values if text)


class Tasks:
    """Makes the tasks of one library."""

    def __init__(self, folder: Path, embedder: Embedder) -> None:
        self._snapshot: Snapshot = index_library(folder, embedder)
        documents = self._snapshot.documents
        self._embedder = embedder
        self._search = build_searchers(self._snapshot).hybrid
        self._citer = Citer(self._snapshot)
        self._number = {passage.id: n for n, passage in enumerate(self._snapshot.passages)}
        self._texts = {document.id: document.text for document in documents}
        self._titles = {document.id: document.title for document in documents}

    def task(self, asked: Asked) -> dict[str, object] | None:
        """The task of a question; None where its evidence is in no sentence that may answer."""
        places = [
            place
            for document in self._snapshot.documents
            if document.source in asked.files
            for quote in asked.evidence
            for place in find_places(document, quote)
        ]
        question = make_question(asked.full, self._embedder)
        hits = self._search.search(question, WRONG_PASSAGES + 4)
        found = [self._number[hit.passage.id] for hit in hits]
        right = {
            number: answers
            for number, passage in enumerate(self._snapshot.passages)
            if (spans := [p for p in places if p.document_id == passage.document_id])
            and (answers := self._answers(number, [(p.start, p.end) for p in spans]))
        }
        if asked.evidence and not right:
            return None
        wrong = [number for number in found if number not in right][:WRONG_PASSAGES]
        passages = [self._passage(n, right[n], asked.span) for n in right]
        passages += [self._passage(n, [], "") for n in wrong]
        return {"question": asked.text, "yes": asked.yes, "passages": passages}

    def _answers(self, number: int, spans: Sequence[tuple[int, int]]) -> list[int]:
        row_number = int(self._snapshot.own_rows[number])
        row = self._snapshot.rows[row_number]
        text = self._texts[self._snapshot.passages[number].document_id]
        found = []
        for index, kind in enumerate(row.kinds):
            if kind not in ANSWERING | IMPRINT:
                continue
            cited = self._citer.cite(row_number, index, 1)
            own = {i for i in range(cited.start_char, cited.end_char) if not text[i].isspace()}
            for start, end in spans:
                evidence = {i for i in range(start, end) if not text[i].isspace()}
                if len(own & evidence) >= COVERED * min(len(own), len(evidence)):
                    found.append(index)
                    break
        return found

    def _passage(self, number: int, answers: Sequence[int], span: str) -> dict[str, object]:
        passage = self._snapshot.passages[number]
        row = self._snapshot.rows[int(self._snapshot.own_rows[number])]
        sentences = [row.text[start:end] for start, end in row.sentences]
        place = None
        for answer in answers:
            at = sentences[answer].find(span) if span else -1
            if at >= 0:
                place = [answer, at, at + len(span)]
                break
        return {
            "heading": heading_of(passage, self._titles[passage.document_id]),
            "sentences": sentences,
            "answers": list(answers),
            "span": place,
        }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", type=Path, nargs="+")
    parser.add_argument("--output", type=Path, required=True)
    options = parser.parse_args()
    embedder = load_embedder()
    with options.output.open("w", encoding="utf-8") as file:
        for folder in options.folders:
            tasks, lost, count = Tasks(folder, embedder), 0, 0
            for asked in questions(folder):
                task = tasks.task(asked)
                count += 1
                lost += task is None
                if task:
                    file.write(json.dumps(task, ensure_ascii=False) + "\n")
            print(f"{folder.name}: {count} questions, {lost} whose evidence no sentence holds")


if __name__ == "__main__":
    main()

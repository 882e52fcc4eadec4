"""Asks libraries again with other constants: `python benchmarks/tuning.py FOLDER… --with CHOICE`.

A choice gives constants of modules of qa/answers other values. What the models say is remembered,
so that a choice takes some seconds:

    python benchmarks/tuning.py libraries/water --with choosing.BELONGS=2 \\
        --with choosing.BELONGS=4 choosing.MARGIN=6

Printed are, for each library, right, wrongly refused, near misses refused and follow-ups; then what
is right of all questions and follow-ups, AUROC, and how many sentences an answer has.
"""

import argparse
import importlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from embeddings.onnx_reader import OnnxReader
from embeddings.types import Embedder, FloatMatrix, Progress, Reader, Reading, ReadPassage
from eval.library.conversations import (
    LibraryConversation,
    TurnResult,
    read_conversations,
    run_conversations,
)
from eval.library.gold import Library, read_library
from eval.library.judging import LibraryResult
from eval.library.running import index_library, run_library
from eval.metrics import auroc
from qa.assistant import Assistant, load_embedder
from qa.index.store import Snapshot


class RememberingEmbedder:
    """An embedder that embeds each question once."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self._questions: dict[tuple[str, ...], FloatMatrix] = {}
        self.model_id, self.dimension = embedder.model_id, embedder.dimension

    def embed_queries(self, texts: Sequence[str]) -> FloatMatrix:
        asked = tuple(texts)
        if asked not in self._questions:
            self._questions[asked] = self._embedder.embed_queries(asked)
        return self._questions[asked]

    def embed_passages(
        self, texts: Sequence[str], *, progress: Progress | None = None
    ) -> FloatMatrix:
        return self._embedder.embed_passages(texts, progress=progress)

    def embed_with_sentences(
        self, passages: Sequence[ReadPassage], *, progress: Progress | None = None
    ) -> list[FloatMatrix]:
        return self._embedder.embed_with_sentences(passages, progress=progress)


class RememberingReader:
    """A reader that reads each passage once for a question."""

    def __init__(self, reader: Reader) -> None:
        self._reader, self.reader_id = reader, reader.reader_id
        self._read: dict[tuple[str, ReadPassage], Reading] = {}

    def read(self, question: str, passages: Sequence[ReadPassage]) -> list[Reading]:
        new = [passage for passage in passages if (question, passage) not in self._read]
        for passage, reading in zip(new, self._reader.read(question, new), strict=True):
            self._read[question, passage] = reading
        return [self._read[question, passage] for passage in passages]


@dataclass(frozen=True, slots=True, eq=False)
class Asked:
    """A library, its documents indexed, and its conversations."""

    library: Library
    snapshot: Snapshot
    talks: tuple[LibraryConversation, ...]


def read(folder: Path, embedder: Embedder) -> Asked:
    """Index a library's documents."""
    snapshot = index_library(folder, embedder)
    return Asked(read_library(folder), snapshot, read_conversations(folder))


@contextmanager
def constants(choice: Sequence[str]) -> Iterator[None]:
    """Give constants other values for a while, each as MODULE.NAME=NUMBER."""
    before = []
    for one in choice:
        place, _, value = one.partition("=")
        module, _, name = place.partition(".")
        holder = importlib.import_module(f"qa.answers.{module}")
        before.append((holder, name, getattr(holder, name)))
        kind = type(getattr(holder, name))
        setattr(holder, name, kind(value))
    try:
        yield
    finally:
        for holder, name, value in reversed(before):
            setattr(holder, name, value)


def measure(asked: Sequence[Asked], embedder: Embedder, reader: Reader) -> str:
    """The figures of some libraries in one line."""
    lines: list[str] = []
    results: list[LibraryResult] = []
    turns: list[TurnResult] = []
    for one in asked:
        assistant = Assistant(one.snapshot, embedder, reader=reader)
        found = run_library(assistant, one.library, one.snapshot.documents)
        said = [t for t in run_conversations(assistant, one.talks) if t.is_follow_up]
        scores = ("right", "refused wrongly", "refused rightly")
        figures = [mean([r.scores[name] for r in found if name in r.scores]) for name in scores]
        lines.append("/".join(f"{f:.2f}" for f in [*figures, mean([t.is_right for t in said])]))
        results += found
        turns += said
    sure = [r.answer.confidence for r in results if r.question.answerable]
    unsure = [r.answer.confidence for r in results if not r.question.answerable]
    cited = [len(r.answer.citations) for r in results if r.answer.citations]
    right = mean([r.scores["right"] for r in results if "right" in r.scores])
    followed = mean([t.is_right for t in turns])
    return (
        f"{'  '.join(lines)}  right {right:.3f}, follow-ups {followed:.3f}, "
        f"AUROC {auroc(sure, unsure):.3f}, {mean(cited):.2f} sentences"
    )


def mean(values: Sequence[float]) -> float:
    """The mean, 0 of nothing."""
    return sum(values) / max(1, len(values))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folders", type=Path, nargs="+")
    parser.add_argument("--with", dest="choices", nargs="+", action="append", default=[])
    parser.add_argument("--reader", type=Path, help="folder of another reader")
    options = parser.parse_args()
    embedder = RememberingEmbedder(load_embedder())
    reader = RememberingReader(OnnxReader(options.reader))
    asked = [read(folder, embedder) for folder in options.folders]
    for choice in [[], *options.choices]:
        with constants(choice):
            print(
                f"{measure(asked, embedder, reader)}: {' '.join(choice) or 'as it is'}", flush=True
            )


if __name__ == "__main__":
    main()

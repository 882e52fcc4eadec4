"""Trains the reader further: `python -m embeddings train-reader START TASKS… --packs PACK…`.

The word table stays as the bundled encoder has it; layers and heads learn. Each step reads some
questions, each with right and wrong passages, and sums these losses:

    sentence   which sentence of a passage answers, or that none does (softmax)
    passage    which passages of a question answer (softmax over what their sentences sum up to)
    question   whether any does (logistic, on the same sum over all of them)
    belongs    whether each sentence is part of the whole answer (logistic)
    span       the first and last token of the short answer (softmax)
    yes        whether the answer is no, yes, or the question is not one of yes or no (softmax)

Weights are averaged over the steps (Polyak). What is learnt is kept every few minutes and taken up
again by the same command.
"""

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from embeddings.building.trained_layers import HEADS, read_tables, read_weights
from embeddings.building.training_data import PAD, Batch, Pack, Tasks, collate
from embeddings.model_files import load_tokenizer
from embeddings.onnx_encoder import BUNDLED_MODEL, TOKENIZER_FILE
from embeddings.types import ModelLoadError

TEXTS_PER_QUESTION = 5
"""As many passages as are read for an answer."""

LOSSES = {"sentence": 1.0, "passage": 0.5, "question": 0.5, "belongs": 0.5, "span": 0.5, "yes": 0.3}
AVERAGE = 0.995
KEEP_SECONDS = 120.0
WARM_UP = 40
PARTS = 6
"""Into as many parts a step's texts are sorted by length."""

Report = Callable[[int, int, float, Mapping[str, float]], None]
"""Called with the texts read so far and in all, the seconds left, and the mean losses."""


@dataclass(frozen=True, slots=True)
class Course:
    """How long and in which doses: texts in all and a step, and the shares of the sources."""

    texts: int
    batch: int = 48
    learning_rate: float = 1e-4
    packs_share: float = 0.4
    seed: int = 0


class Layer(nn.Module):
    """One post-norm transformer layer, named as the weights are."""

    def __init__(self, size: int, wide: int) -> None:
        super().__init__()
        self.qkv, self.o = nn.Linear(size, 3 * size), nn.Linear(size, size)
        self.f1, self.f2 = nn.Linear(size, wide), nn.Linear(wide, size)
        self.n1, self.n2 = (nn.LayerNorm(size, eps=1e-12) for _ in range(2))

    def forward(self, x: Tensor, mask: Tensor, drop: float) -> Tensor:
        """Return what comes out of x, shape (texts, length, size)."""
        texts, length, size = x.shape
        parts = self.qkv(x).view(texts, length, 3, HEADS, size // HEADS).permute(2, 0, 3, 1, 4)
        query, key, value = parts
        met = functional.scaled_dot_product_attention(query, key, value, attn_mask=mask)
        met = self.o(met.transpose(1, 2).reshape(texts, length, size))
        x = self.n1(x + functional.dropout(met, drop))
        return self.n2(x + functional.dropout(self.f2(functional.gelu(self.f1(x))), drop))  # type: ignore[no-any-return]


@dataclass(frozen=True, slots=True)
class Logits:
    """What is read: best (texts, 1 + sentences) with "not here" first, belongs (texts, sentences),
    span (texts, length, 2), yes (texts, 3): no, yes, neither."""

    best: Tensor
    belongs: Tensor
    span: Tensor
    yes: Tensor


class TrainedReader(nn.Module):
    """The reader with padded batches, for training; `export_reader` writes what runs."""

    def __init__(self, weights: Mapping[str, Tensor], encoder: Path) -> None:
        super().__init__()
        words, places, norm = read_tables(encoder)
        size, wide = words.shape[1], len(weights["layers.0.f1.bias"])
        self.register_buffer("words", torch.from_numpy(words), persistent=False)
        self.register_buffer("places", torch.from_numpy(places), persistent=False)
        self.register_buffer("scale", norm["weight"], persistent=False)
        self.register_buffer("shift", norm["bias"], persistent=False)
        count = 1 + max(int(name.split(".")[1]) for name in weights if name.startswith("layers."))
        self.layers = nn.ModuleList(Layer(size, wide) for _ in range(count))
        self.sent = nn.Sequential(nn.Linear(2 * size, size), nn.GELU(), nn.Linear(size, 2))
        self.null, self.span, self.yn = (nn.Linear(size, outputs) for outputs in (1, 2, 3))
        self.load_state_dict(with_all_heads(weights))
        self.bias = nn.Parameter(torch.zeros(()))

    def forward(self, batch: Batch, drop: float = 0.0) -> Logits:
        """Read the texts of a batch."""
        x = self._read(batch.ids, drop)
        inside = functional.one_hot(batch.numbers, batch.answers.shape[1])[..., 1:].to(x.dtype)
        counts = inside.sum(1)
        means = inside.transpose(1, 2) @ x / counts.clamp(min=1)[..., None]
        first = x[:, 0]
        found = self.sent(torch.cat([means, first[:, None].expand_as(means)], -1)).float()
        found = found.masked_fill((counts == 0)[..., None], -1e4)
        ends = self.span(x).float().masked_fill((batch.numbers == 0)[..., None], -1e4)
        best = torch.cat([self.null(first).float(), found[..., 0]], 1)
        return Logits(best, found[..., 1], ends, self.yn(first).float())

    def _normed(self, x: Tensor) -> Tensor:
        return functional.layer_norm(x, x.shape[-1:], self.scale, self.shift, 1e-12)  # type: ignore[arg-type]

    def _read(self, ids: Tensor, drop: float) -> Tensor:
        """The vectors of all tokens. Texts of similar length go together, to save padding."""
        lengths = (ids != PAD).sum(1)
        parts = lengths.argsort().chunk(PARTS)
        read = []
        for part in parts:
            length = int(lengths[part].max())
            own = ids[part, :length]
            x = self.words[own] + self.places[:length]  # type: ignore[index]
            x = functional.dropout(self._normed(x), drop)
            mask = (own != PAD)[:, None, None, :]
            for layer in self.layers:
                x = layer(x, mask, drop)
            read.append(functional.pad(x.float(), (0, 0, 0, ids.shape[1] - length)))
        return torch.cat(read)[torch.cat(parts).argsort()]


def with_all_heads(weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
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

    summed = torch.logsumexp(found.best[:, 1:], 1) - found.best[:, 0]
    groups = int(batch.group.max()) + 1
    table = torch.full((groups, len(summed)), -1e4).scatter(0, batch.group[None], summed[None])
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


def train_reader(
    start: Path,
    tasks: Sequence[Path],
    packs: Sequence[Path],
    output: Path,
    course: Course,
    *,
    encoder: Path = BUNDLED_MODEL,
    report: Report,
) -> None:
    """Train from the weights `start` and write those that came of it to `output` (.npz, fp16).

    What is underway is kept in `output` with the suffix .pt, and taken up from there.
    """
    torch.manual_seed(course.seed)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        model = TrainedReader(read_weights(start), encoder).to(device)
    except (OSError, ValueError, KeyError, RuntimeError) as error:
        raise ModelLoadError(f"{start} does not hold the weights of a reader ({error})") from error
    tokenizer = load_tokenizer(encoder / TOKENIZER_FILE)
    own = Tasks(tasks, tokenizer)
    others = [Pack(file) for file in packs]
    decayed = [p for p in model.parameters() if p.ndim > 1]
    rest = [p for p in model.parameters() if p.ndim <= 1]
    optimizer = torch.optim.AdamW(
        [{"params": decayed, "weight_decay": 0.05}, {"params": rest, "weight_decay": 0.0}],
        lr=course.learning_rate,
        betas=(0.9, 0.98),
    )
    averaged = {name: value.detach().clone() for name, value in model.state_dict().items()}
    seen, step, mean = 0, 0, dict.fromkeys(LOSSES, 0.0)
    kept = output.with_suffix(".pt")
    if kept.exists():
        state = torch.load(kept, map_location=device, weights_only=True)
        model.load_state_dict(state["model"])
        optimizer.load_state_dict(state["optimizer"])
        averaged, seen, step, mean = (state[k] for k in ("averaged", "seen", "step", "mean"))
    chance = np.random.default_rng([course.seed, step])
    begun, read, saved = time.monotonic(), 0, time.monotonic()
    while seen < course.texts:
        batch = _draw(own, others, chance, course).to(device)
        share = seen / course.texts
        rate = min(1, (step + 1) / WARM_UP) * (0.02 + 0.49 * (1 + math.cos(math.pi * share)))
        for part in optimizer.param_groups:
            part["lr"] = course.learning_rate * rate
        with torch.autocast(device.type, dtype=torch.bfloat16):
            found = model(batch, 0.1)
        each = losses(found, batch, model.bias)
        total = torch.stack([LOSSES[name] * loss for name, loss in each.items()]).sum()
        optimizer.zero_grad(set_to_none=True)
        total.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        step, seen, read = step + 1, seen + len(batch.ids), read + len(batch.ids)
        decay = min(AVERAGE, (1 + step) / (10 + step))
        for name, value in model.state_dict().items():
            averaged[name].lerp_(value.detach(), 1 - decay)
        faded = min(0.98, step / (step + 1))
        mean = {
            name: faded * mean[name] + (1 - faded) * float(each[name].detach()) for name in LOSSES
        }
        left = (course.texts - seen) * (time.monotonic() - begun) / read
        report(min(seen, course.texts), course.texts, max(0.0, left), mean)
        if time.monotonic() - saved > KEEP_SECONDS or seen >= course.texts:
            saved = time.monotonic()
            _keep(
                kept,
                model=model.state_dict(),
                optimizer=optimizer.state_dict(),
                averaged=averaged,
                seen=seen,
                step=step,
                mean=mean,
            )
            _write(output, averaged)


def _draw(own: Tasks, others: Sequence[Pack], chance: np.random.Generator, course: Course) -> Batch:
    """Draw the groups of a step: similar lengths together would save padding, and cost variety."""
    groups, texts = [], 0
    while texts < course.batch:
        source: Tasks | Pack = own
        if others and chance.random() < course.packs_share:
            source = others[int(chance.integers(len(others)))]
        groups.append(source.group(chance, texts=TEXTS_PER_QUESTION))
        texts += len(groups[-1].texts)
    return collate(groups)


def _keep(file: Path, **state: object) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    beside = file.with_suffix(".part")
    torch.save(state, beside)
    beside.replace(file)


def _write(file: Path, averaged: Mapping[str, Tensor]) -> None:
    beside = file.with_suffix(".part.npz")
    weights = {
        name: value.half().cpu().numpy() for name, value in averaged.items() if name != "bias"
    }
    np.savez(beside, allow_pickle=False, **weights)
    beside.replace(file)

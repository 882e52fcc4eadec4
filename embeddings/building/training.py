"""A course of training: what is the same for the reader and the encoder.

The rate rises for some steps and falls along a cosine; the weights that are written are averaged
over the steps (Polyak). What is learnt is kept every two minutes and at the end, beside the output
with the suffix .pt, and taken up again by the same command.
"""

import math
import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Sized
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.data import DataLoader, IterableDataset, get_worker_info

from embeddings.types import ModelLoadError

KEEP_SECONDS = 120.0
SPARED = 2
"""Processors that draw no batches for a GPU."""

FADE = 0.98
"""How much of the losses that are told is of the steps before."""

Report = Callable[[int, int, float, Mapping[str, float]], None]
"""Called with the texts read so far and in all, the seconds left, and the mean losses."""

SizedBatch = TypeVar("SizedBatch", bound=Sized)


@dataclass(frozen=True, slots=True)
class Course:
    """How long and in which doses: texts in all and a step; `average` of the weights before."""

    texts: int
    batch: int = 48
    learning_rate: float = 1e-4
    weight_decay: float = 0.05
    average: float = 0.998
    warm_up: int = 60
    seed: int = 0


def choose_device() -> torch.device:
    """The GPU where there is one."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def train(
    model: nn.Module,
    batches: Callable[[np.random.Generator], Iterator[SizedBatch]],
    losses: Callable[[SizedBatch], Mapping[str, Tensor]],
    shares: Mapping[str, float],
    course: Course,
    output: Path,
    *,
    report: Report,
) -> None:
    """Train the model for a course and write its averaged weights to `output` (.npz, fp16).

    `batches` are drawn without end, their length is the number of texts; `losses` of one are means
    by the names of `shares`, whose sum by these shares is made less. Scalars, which no model runs
    with, are not written.
    """
    torch.manual_seed(course.seed)
    state = _State(model, course, dict.fromkeys(shares, 0.0))
    kept = output.with_suffix(".pt")
    if kept.exists():
        state.take_up(kept)
    begun = saved = time.monotonic()
    before = state.seen
    drawn = iter(_drawing(batches, [course.seed, state.step]))
    while state.seen < course.texts:
        batch = next(drawn)
        state.learn(losses(batch), shares, len(batch))
        now = time.monotonic()
        left = (course.texts - state.seen) * (now - begun) / (state.seen - before)
        report(min(state.seen, course.texts), course.texts, max(0.0, left), state.mean)
        if now - saved > KEEP_SECONDS:
            state.keep(kept, output)
            saved = time.monotonic()
    state.keep(kept, output)


def divergence(found: Tensor, taught: Tensor) -> Tensor:
    """Return the KL divergence of two softmaxes over the columns, the mean of the rows."""
    return functional.kl_div(found.log_softmax(1), taught.softmax(1), reduction="batchmean")


class _Drawn(IterableDataset[SizedBatch]):
    """Batches, drawn otherwise in each process that loads them."""

    def __init__(
        self, batches: Callable[[np.random.Generator], Iterator[SizedBatch]], seed: Sequence[int]
    ) -> None:
        self._batches, self._seed = batches, seed

    def __iter__(self) -> Iterator[SizedBatch]:
        own = get_worker_info()
        torch.set_num_threads(1 if own else torch.get_num_threads())
        return self._batches(np.random.default_rng([*self._seed, *([own.id] if own else [])]))


def _drawing(
    batches: Callable[[np.random.Generator], Iterator[SizedBatch]], seed: Sequence[int]
) -> Iterable[SizedBatch]:
    """Draw the batches here, or for a GPU, which would wait for them, in as many processes as
    there are processors to spare."""
    drawn = _Drawn(batches, seed)
    if choose_device().type == "cpu":
        return drawn
    workers = max(1, (os.cpu_count() or 1) - SPARED)
    return DataLoader(drawn, batch_size=None, num_workers=workers, prefetch_factor=4)


class _State:
    """A model with all that a run which was stopped has to find again."""

    def __init__(self, model: nn.Module, course: Course, mean: dict[str, float]) -> None:
        self.model, self.course, self.mean = model, course, mean
        self.seen, self.step = 0, 0
        self.averaged = {name: value.detach().clone() for name, value in model.state_dict().items()}
        matrices = [p for p in model.parameters() if p.ndim > 1]
        vectors = [p for p in model.parameters() if p.ndim <= 1]
        groups: list[dict[str, object]] = [
            {"params": matrices, "weight_decay": course.weight_decay},
            {"params": vectors, "weight_decay": 0.0},
        ]
        self.optimizer = torch.optim.AdamW(groups, lr=course.learning_rate, betas=(0.9, 0.98))

    def learn(self, each: Mapping[str, Tensor], shares: Mapping[str, float], texts: int) -> None:
        """Take a step down the sum of the losses."""
        course = self.course
        done = self.seen / course.texts
        rate = min(1, (self.step + 1) / course.warm_up)
        rate *= 0.02 + 0.49 * (1 + math.cos(math.pi * done))
        for group in self.optimizer.param_groups:
            group["lr"] = course.learning_rate * rate
        total = torch.stack([share * each[name] for name, share in shares.items()]).sum()
        self.optimizer.zero_grad(set_to_none=True)
        total.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimizer.step()
        self.step, self.seen = self.step + 1, self.seen + texts
        decay = min(course.average, (1 + self.step) / (10 + self.step))
        for name, value in self.model.state_dict().items():
            self.averaged[name].lerp_(value.detach(), 1 - decay)
        faded = min(FADE, 1 - 1 / self.step)
        for name, before in self.mean.items():
            self.mean[name] = faded * before + (1 - faded) * float(each[name].detach())

    def take_up(self, file: Path) -> None:
        """Go on where a run was stopped; raise ModelLoadError if it was of another model."""
        try:
            state = torch.load(file, map_location="cpu", weights_only=True)
            self.model.load_state_dict(state["model"])
            self.optimizer.load_state_dict(state["optimizer"])
            for name, value in self.averaged.items():
                value.copy_(state["averaged"][name])
            self.mean = {name: state["mean"][name] for name in self.mean}
            self.seen, self.step = state["seen"], state["step"]
        except (ValueError, KeyError, RuntimeError) as error:
            raise ModelLoadError(
                f"{file} was kept by another training ({type(error).__name__}). "
                "Move it away, or give another --output."
            ) from error

    def keep(self, file: Path, output: Path) -> None:
        """Write what a later run takes up, and the averaged weights."""
        file.parent.mkdir(parents=True, exist_ok=True)
        beside = file.with_suffix(".part")
        state = {
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "averaged": self.averaged,
            "mean": self.mean,
            "seen": self.seen,
            "step": self.step,
        }
        torch.save(state, beside)
        beside.replace(file)
        beside = output.with_suffix(".part.npz")
        weights = {n: w.half().cpu().numpy() for n, w in self.averaged.items() if w.ndim}
        np.savez(beside, allow_pickle=False, **weights)
        beside.replace(output)

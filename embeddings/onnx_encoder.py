"""Runs the bundled embedding model with onnxruntime: offline, without torch."""

import hashlib
import json
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from embeddings.types import FloatMatrix, FloatVector, ModelLoadError, Progress

if TYPE_CHECKING:
    from onnxruntime import InferenceSession
    from tokenizers import Tokenizer

BUNDLED_MODEL = Path(__file__).parent / "model"
MODEL_FILE = "model.onnx"
WEIGHTS_FILE = f"{MODEL_FILE}.data"
TOKENIZER_FILE = "tokenizer.json"
MODEL_FILES = (MODEL_FILE, WEIGHTS_FILE, TOKENIZER_FILE)
DESCRIPTION_FILE = "model.json"

# The model was trained with these: without them its vectors are worse.
QUERY_PREFIX = "query: "
PASSAGE_PREFIX = "passage: "

MAX_TOKENS = 512  # the positions that the model knows
# 512 pieces of at most 16 characters, twice over: what is behind is not seen (but for runs of
# thousands of spaces), and a text of any length costs the same.
MAX_CHARACTERS = 16_384
# A larger file is checked by its size: hashing the weights would take longer than loading them.
HASHED_BYTES = 4_000_000


@dataclass(frozen=True, slots=True)
class ModelDescription:
    """What `model.json` says about the files beside it."""

    id: str
    dimension: int


def read_description(folder: Path) -> ModelDescription:
    """Read `model.json` and check the files beside it; raise ModelLoadError if one is damaged."""
    try:
        fields = json.loads((folder / DESCRIPTION_FILE).read_bytes())
        for name in MODEL_FILES:
            expected = fields["files"][name]
            _check(folder / name, size=expected["bytes"], sha256=expected["sha256"])
        return ModelDescription(id=str(fields["id"]), dimension=int(fields["dimension"]))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelLoadError(_explain(folder, error)) from error


def _check(file: Path, *, size: int, sha256: str) -> None:
    """Raise ValueError if the file is not the one that was described."""
    damaged = file.stat().st_size != size or (
        size <= HASHED_BYTES and hashlib.sha256(file.read_bytes()).hexdigest() != sha256
    )
    if damaged:
        raise ValueError(f"{file.name} is not the file that {DESCRIPTION_FILE} describes")


def _explain(folder: Path, error: Exception) -> str:
    return (
        f"The embedding model in {folder} cannot be loaded "
        f"({type(error).__name__}: {error}). Reinstall wenzheng, "
        f"or make the model again with: python -m embeddings build --output {folder}"
    )


class OnnxEncoder:
    """The bundled multilingual-e5-small as an `Embedder`; safe to call from several threads.

    `threads` is the number of texts that are embedded side by side; 0 means one a processor.
    """

    def __init__(self, folder: Path | None = None, *, threads: int = 0) -> None:
        self._folder = folder or BUNDLED_MODEL
        self._threads = threads or os.cpu_count() or 1
        self._description = read_description(self._folder)
        # Side by side: reading the tokenizer holds the interpreter, starting a session does not.
        with ThreadPoolExecutor(max_workers=1) as background:
            session = background.submit(_load_session, self._folder)
            self._tokenizer = _load_tokenizer(self._folder / TOKENIZER_FILE)
            self._session = session.result()

    @property
    def model_id(self) -> str:
        """Names the weights and the tokenizer by a hash of their files."""
        return self._description.id

    @property
    def dimension(self) -> int:
        """The length of a vector."""
        return self._description.dimension

    def embed_queries(self, texts: Sequence[str]) -> FloatMatrix:
        """Embed questions; row i belongs to texts[i]. Raise ValueError for a lone surrogate."""
        return self._embed(QUERY_PREFIX, texts, None)

    def embed_passages(
        self, texts: Sequence[str], *, progress: Progress | None = None
    ) -> FloatMatrix:
        """Embed what is searched; row i belongs to texts[i]. Only the first 512 tokens count."""
        return self._embed(PASSAGE_PREFIX, texts, progress)

    def _embed(self, prefix: str, texts: Sequence[str], progress: Progress | None) -> FloatMatrix:
        for text in texts:
            _require_unicode(text)
        # One text at a time, not in batches: nothing is padded, it is a third faster, and a
        # vector never depends on the texts beside it, because int8 products share one scale.
        prompts = [prefix + text[:MAX_CHARACTERS] for text in texts]
        vectors = np.empty((len(texts), self.dimension), dtype=np.float32)
        pool = ThreadPoolExecutor(self._threads)
        try:
            found = map(self._run, prompts) if len(prompts) == 1 else pool.map(self._run, prompts)
            for row, vector in enumerate(found):
                vectors[row] = vector
                if progress is not None:
                    progress(1)
        finally:
            pool.shutdown(cancel_futures=True)  # an interruption does not wait for the rest
        return vectors

    def _run(self, prompt: str) -> FloatVector:
        ids = np.array(self._tokenizer.encode(prompt).ids, dtype=np.int64)
        (vector,) = self._session.run(None, {"input_ids": ids})
        result: FloatVector = vector
        return result


def _require_unicode(text: str) -> None:
    """Raise ValueError for a lone surrogate, which the tokenizer would report as a wrong type."""
    try:
        text.encode()
    except UnicodeEncodeError as error:
        code = ord(text[error.start])
        raise ValueError(f"The text is not valid Unicode: lone surrogate U+{code:04X}.") from error


def _load_tokenizer(file: Path) -> "Tokenizer":
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(file))
    tokenizer.enable_truncation(MAX_TOKENS)
    return tokenizer


def _load_session(folder: Path) -> "InferenceSession":
    from onnxruntime import InferenceSession, SessionOptions
    from onnxruntime.capi import onnxruntime_pybind11_state as errors

    options = SessionOptions()
    # Texts run side by side, each on one thread: a second one within a question gains little
    # and burns a processor while it waits.
    options.intra_op_num_threads = 1
    options.log_severity_level = 3  # errors; warnings are for who exports a model
    try:
        return InferenceSession(
            str(folder / MODEL_FILE), options, providers=["CPUExecutionProvider"]
        )
    except (errors.Fail, errors.InvalidProtobuf, errors.InvalidGraph, errors.NoSuchFile) as error:
        raise ModelLoadError(_explain(folder, error)) from error

"""Runs the bundled embedding model with onnxruntime: offline, without torch."""

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from embeddings.model_files import (
    explained,
    load_session,
    load_tokenizer,
    read_checked,
    require_unicode,
)
from embeddings.types import FloatMatrix, FloatVector, Progress

if TYPE_CHECKING:
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


@dataclass(frozen=True, slots=True)
class ModelDescription:
    """What `model.json` says about the files beside it."""

    id: str
    dimension: int


def read_description(folder: Path) -> ModelDescription:
    """Read `model.json` and check the files beside it; raise ModelLoadError if one is damaged."""
    with _explained(folder):
        fields = read_checked(folder / DESCRIPTION_FILE, MODEL_FILES)
        return ModelDescription(id=str(fields["id"]), dimension=int(fields["dimension"]))


def _explained(folder: Path) -> AbstractContextManager[None]:
    return explained("embedding model", folder, f"python -m embeddings build --output {folder}")


class OnnxEncoder:
    """The bundled multilingual-e5-small as an `Embedder`; safe to call from several threads.

    `threads` is the number of texts that are embedded side by side; 0 means one a processor.
    """

    def __init__(self, folder: Path | None = None, *, threads: int = 0) -> None:
        self._folder = folder or BUNDLED_MODEL
        self._threads = threads or os.cpu_count() or 1
        self._description = read_description(self._folder)
        # Side by side: reading the tokenizer holds the interpreter, starting a session does not.
        with _explained(self._folder), ThreadPoolExecutor(max_workers=1) as background:
            session = background.submit(load_session, self._folder / MODEL_FILE)
            self._tokenizer = load_tokenizer(self._folder / TOKENIZER_FILE)
            self._session = session.result()

    @property
    def model_id(self) -> str:
        """Names the weights and the tokenizer by a hash of their files."""
        return self._description.id

    @property
    def dimension(self) -> int:
        """The length of a vector."""
        return self._description.dimension

    @property
    def tokenizer(self) -> "Tokenizer":
        """The tokenizer of the bundled model, for the reader that stands on the same table."""
        return self._tokenizer

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
            require_unicode(text)
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
        if len(ids) > MAX_TOKENS:
            ids = np.append(ids[: MAX_TOKENS - 1], ids[-1])  # the end mark stays
        (vector,) = self._session.run(None, {"input_ids": ids})
        result: FloatVector = vector
        return result

"""Runs the bundled embedding model with onnxruntime: offline, without torch."""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from embeddings.model_files import (
    explained,
    load_session,
    load_tokenizer,
    read_checked,
    require_unicode,
)
from embeddings.types import FloatMatrix, FloatVector, Progress, ReadPassage
from embeddings.windows import (
    MAX_CHARACTERS,
    PASSAGE_PREFIX,
    QUERY_PREFIX,
    Integers,
    windows_to_embed,
)

if TYPE_CHECKING:
    from tokenizers import Tokenizer

BUNDLED_MODEL = Path(__file__).parent / "model"
MODEL_FILE = "model.onnx"
WEIGHTS_FILE = f"{MODEL_FILE}.data"
TOKENIZER_FILE = "tokenizer.json"
MODEL_FILES = (MODEL_FILE, WEIGHTS_FILE, TOKENIZER_FILE)
DESCRIPTION_FILE = "model.json"

MAX_TOKENS = 512  # the positions that the model knows
INPUTS = ("input_ids", "parts")

Text = TypeVar("Text")


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
    """The bundled encoder as an `Embedder`; safe to call from several threads.

    A passage and its sentences are embedded in one pass: a vector is the mean over its own tokens,
    which have seen the whole passage (late chunking, Günther et al. 2024; here trained for).
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

    def embed_with_sentences(
        self, passages: Sequence[ReadPassage], *, progress: Progress | None = None
    ) -> list[FloatMatrix]:
        """Embed passages of any length: shape (1 + sentences, dimension), first the whole."""
        for passage in passages:
            require_unicode(passage.heading + "".join(passage.sentences))
        return self._side_by_side(self._embed_parts, passages, progress)

    def _embed(self, prefix: str, texts: Sequence[str], progress: Progress | None) -> FloatMatrix:
        for text in texts:
            require_unicode(text)
        prompts = [prefix + text[:MAX_CHARACTERS] for text in texts]
        vectors = self._side_by_side(self._embed_text, prompts, progress)
        return np.stack(vectors) if vectors else np.empty((0, self.dimension), dtype=np.float32)

    def _side_by_side(
        self,
        embed: Callable[[Text], FloatMatrix],
        texts: Sequence[Text],
        progress: Progress | None,
    ) -> list[FloatMatrix]:
        """Embed one text at a time, not in batches: nothing is padded, it is a third faster.

        And a vector never depends on the texts beside it, because int8 products share one scale.
        """
        vectors = []
        pool = ThreadPoolExecutor(self._threads)
        try:
            for vector in map(embed, texts) if len(texts) == 1 else pool.map(embed, texts):
                vectors.append(vector)
                if progress is not None:
                    progress(1)
        finally:
            pool.shutdown(cancel_futures=True)  # an interruption does not wait for the rest
        return vectors

    def _embed_text(self, prompt: str) -> FloatVector:
        ids = np.array(self._tokenizer.encode(prompt).ids, dtype=np.int64)
        if len(ids) > MAX_TOKENS:
            ids = np.append(ids[: MAX_TOKENS - 1], ids[-1])  # the end mark stays
        vector: FloatVector = self._run(ids, _whole(ids))[0]
        return vector

    def _embed_parts(self, passage: ReadPassage) -> FloatMatrix:
        """Embed window by window; the whole is the mean of its windows, by their tokens."""
        whole = np.zeros(self.dimension, dtype=np.float32)
        vectors = np.zeros((1 + len(passage.sentences), self.dimension), dtype=np.float32)
        for window in windows_to_embed(self._tokenizer, 0, passage):
            found = self._run(window.ids, np.concatenate([_whole(window.ids), window.averages()]))
            whole += found[0] * len(window.ids)
            numbers = window.sentences()
            vectors[1 + numbers] = found[1 : 1 + len(numbers)]
        vectors[0] = whole / np.linalg.norm(whole)
        unseen = ~vectors.any(axis=1)  # no token, or behind the first 16,384 characters
        vectors[unseen] = vectors[0]
        return vectors

    def _run(self, ids: Integers, parts: FloatMatrix) -> FloatMatrix:
        (vectors,) = self._session.run(None, dict(zip(INPUTS, (ids, parts), strict=True)))
        result: FloatMatrix = vectors
        return result


def _whole(ids: Integers) -> FloatMatrix:
    """The averages of one part that is all of a text."""
    return np.full((1, len(ids)), 1 / len(ids), dtype=np.float32)

"""Runs any sentence-transformers model, from the hub or a folder: for a GPU or a larger model."""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from embeddings.types import FloatMatrix, ModelLoadError, Progress, ReadPassage

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

BATCH = 32
CALL = 8 * BATCH  # texts in one call: the library sorts these by length

# What the e5 family was trained with, for folders that do not say it themselves.
_E5_PROMPTS = {"query": "query: ", "passage": "passage: "}
# The names under which models keep the prompt of what is searched.
_PASSAGE_PROMPTS = ("passage", "document", "corpus")


class SentenceTransformerEmbedder:
    """Any sentence-transformers model as an `Embedder`; `model` is a hub name or a folder.

    Prompts are the model's own; a model without any whose name holds "e5" gets those of e5.
    """

    def __init__(self, model: str) -> None:
        self._model = load_sentence_transformer(model)
        prompts = _prompts_of(self._model, model)
        self._query_prompt = prompts.get("query", "")
        self._passage_prompt = next(filter(None, map(prompts.get, _PASSAGE_PROMPTS)), "")
        name = Path(model).resolve().name if Path(model).is_dir() else model
        self._model_id = f"{name}@{_fingerprint(self._model, prompts)}"
        self._dimension = int(self._encode(["dimension"], "").shape[1])

    @property
    def model_id(self) -> str:
        """Names the model and, by a hash, its weights and prompts."""
        return self._model_id

    @property
    def dimension(self) -> int:
        """The length of a vector."""
        return self._dimension

    def embed_queries(self, texts: Sequence[str]) -> FloatMatrix:
        """Embed questions; row i belongs to texts[i]."""
        return self._encode(texts, self._query_prompt)

    def embed_passages(
        self, texts: Sequence[str], *, progress: Progress | None = None
    ) -> FloatMatrix:
        """Embed what is searched; row i belongs to texts[i]."""
        vectors = np.empty((len(texts), self.dimension), dtype=np.float32)
        for start in range(0, len(texts), CALL):
            batch = texts[start : start + CALL]
            vectors[start : start + len(batch)] = self._encode(batch, self._passage_prompt)
            if progress is not None:
                progress(len(batch))
        return vectors

    def embed_with_sentences(
        self, passages: Sequence[ReadPassage], *, progress: Progress | None = None
    ) -> list[FloatMatrix]:
        """Embed passages and each of their sentences, every one under its heading alone."""
        found: list[FloatMatrix] = []
        for start in range(0, len(passages), BATCH):
            batch = passages[start : start + BATCH]
            vectors = self._encode([t for p in batch for t in _texts(p)], self._passage_prompt)
            ends = np.cumsum([1 + len(passage.sentences) for passage in batch])
            found += np.split(vectors, ends[:-1])
            if progress is not None:
                progress(len(batch))
        return found

    def _encode(self, texts: Sequence[str], prompt: str) -> FloatMatrix:
        if not texts:
            return np.empty((0, self.dimension), dtype=np.float32)
        vectors = self._model.encode(
            list(texts),
            prompt=prompt,  # an empty one too: a folder may name another as its default
            batch_size=BATCH,
            normalize_embeddings=True,
            show_progress_bar=False,
        )
        return np.ascontiguousarray(vectors, dtype=np.float32)


def _texts(passage: ReadPassage) -> list[str]:
    """A passage and each of its sentences, all under the heading."""
    above = f"{passage.heading}: " if passage.heading else ""
    return [above + text for text in (" ".join(passage.sentences), *passage.sentences)]


def load_sentence_transformer(model: str) -> "SentenceTransformer":
    """Load a model by hub name or folder; raise ModelLoadError with cause and remedy."""
    try:
        from safetensors import SafetensorError
        from sentence_transformers import SentenceTransformer
    except ImportError as error:
        raise ModelLoadError(
            f"The model {model} needs sentence-transformers: pip install 'wenzheng[models]'."
        ) from error
    try:
        return SentenceTransformer(model)
    except (OSError, ValueError, RuntimeError, SafetensorError) as error:
        raise ModelLoadError(
            f"The model {model} cannot be loaded ({error}). Give the folder of a "
            "sentence-transformers model, or a hub name while the hub can be reached or after "
            "the model has been downloaded once."
        ) from error


def _prompts_of(loaded: "SentenceTransformer", model: str) -> dict[str, str]:
    """Return the model's own prompts, those of e5 by name, or none."""
    if any(loaded.prompts.values()):
        return dict(loaded.prompts)
    return _E5_PROMPTS if "e5" in Path(model).name.lower() else {}


def _fingerprint(loaded: "SentenceTransformer", prompts: dict[str, str]) -> str:
    """Hash 1,024 weights of every tensor: training changes them all, and it takes no time."""
    digest = hashlib.sha256(repr(sorted(prompts.items())).encode())
    for name, tensor in loaded.state_dict().items():
        flat = tensor.detach().flatten()
        sample = flat[:: max(1, len(flat) // 1024)].float().cpu().numpy()
        digest.update(f"{name}{tuple(tensor.shape)}".encode())
        digest.update(sample.tobytes())
    return digest.hexdigest()[:12]

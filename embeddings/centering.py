"""Removes what all texts of one language share, so that two languages can be compared.

An embedding model puts each language in a corner of its own; the mean vector of a language points
there. Without it, a Chinese and an English text that say the same come closer (XQuAD-dev, English
questions to Chinese text: R@1 .767 -> .866). Within one language it costs about a point, so it is
done only across. The means are a property of the model and are used with no other.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from embeddings.types import Embedder, FloatMatrix, FloatVector

MEANS_FILE = Path(__file__).parent / "model" / "means.json"


@dataclass(frozen=True, slots=True, eq=False)
class Means:
    """The mean vector of one language's texts: shape (dimension,), not of unit length."""

    query: FloatVector
    passage: FloatVector


def load_means(model_id: str, dimension: int, path: Path = MEANS_FILE) -> Mapping[str, Means]:
    """Return the means of each language ("zh", "en"); zeros where the file is of another model."""
    stored = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    if stored.get("model") != model_id:
        zeros = np.zeros(dimension, dtype=np.float32)
        return {language: Means(zeros, zeros) for language in ("zh", "en")}
    return {
        language: Means(*(np.array(means[side], np.float32) for side in ("query", "passage")))
        for language, means in stored["means"].items()
    }


def write_means(
    embedder: Embedder, samples: Mapping[str, Sequence[Sequence[str]]], path: Path = MEANS_FILE
) -> None:
    """Compute and store the means: for each language the mean over its samples' means.

    A sample is a list of texts of one kind. The languages' samples should be translations of
    one another, so that their means differ by language alone.
    """

    def mean(vectors: Sequence[FloatMatrix]) -> list[float]:
        average = np.mean([matrix.mean(axis=0) for matrix in vectors], axis=0)
        return [round(float(value), 6) for value in average]

    means = {
        language: {
            "query": mean([embedder.embed_queries(texts) for texts in kinds]),
            "passage": mean([embedder.embed_passages(texts) for texts in kinds]),
        }
        for language, kinds in samples.items()
    }
    content = json.dumps({"model": embedder.model_id, "means": means})
    path.write_text(content + "\n", encoding="utf-8")


def centre(vectors: FloatMatrix, mean: FloatVector) -> FloatMatrix:
    """Subtract the mean and scale each row to unit length again."""
    moved = vectors - mean
    lengths = np.linalg.norm(moved, axis=-1, keepdims=True)
    result: FloatMatrix = (moved / np.maximum(lengths, 1e-12)).astype(np.float32)
    return result


def centred_products(vectors: FloatMatrix, mean: FloatVector, query: FloatVector) -> FloatVector:
    """Return `centre(vectors, mean) @ query` for unit vectors, in a fifth of the time."""
    products = vectors @ np.stack([query, mean], axis=1)
    # |v - m|² = 1 - 2 v·m + |m|², so no moved vector needs to be written down.
    squares = 1 - 2 * products[:, 1] + mean @ mean
    moved = products[:, 0] - mean @ query
    result: FloatVector = (moved / np.sqrt(np.maximum(squares, 1e-12))).astype(np.float32)
    return result

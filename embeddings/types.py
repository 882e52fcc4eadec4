"""What an embedding model, a vector index and a reader must offer."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

FloatMatrix = NDArray[np.float32]
"""Vectors as rows: shape (n, dimension), C-contiguous float32."""

FloatVector = NDArray[np.float32]
"""One vector: shape (dimension,), float32."""

IntMatrix = NDArray[np.int64]

Progress = Callable[[int], None]
"""Called with the number of texts that have just been finished."""


class ModelLoadError(Exception):
    """The model cannot be loaded; the message names it and the remedy."""


@dataclass(frozen=True, slots=True)
class ReadPassage:
    """What a model reads: the sentences of a passage and what stands above them."""

    heading: str
    sentences: tuple[str, ...]


class Embedder(Protocol):
    """Turns text into unit vectors: each row has Euclidean length 1."""

    @property
    def model_id(self) -> str:
        """Names the weights exactly: two embedders with one id give the same vectors."""
        ...

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        ...

    def embed_queries(self, texts: Sequence[str]) -> FloatMatrix:
        """Embed questions; row i belongs to texts[i]."""
        ...

    def embed_passages(
        self, texts: Sequence[str], *, progress: Progress | None = None
    ) -> FloatMatrix:
        """Embed what is searched; row i belongs to texts[i]."""
        ...

    def embed_with_sentences(
        self, passages: Sequence[ReadPassage], *, progress: Progress | None = None
    ) -> list[FloatMatrix]:
        """Embed passages and each of their sentences, in the passage's light if the model can.

        Matrix i is of passages[i], shape (1 + sentences, dimension): the whole, then each sentence.
        """
        ...


class VectorIndex(Protocol):
    """Finds the rows nearest to a query by inner product. It never knows what a row means."""

    def __len__(self) -> int: ...

    def search(self, queries: FloatMatrix, k: int) -> tuple[FloatMatrix, IntMatrix]:
        """Return scores and row numbers, best first, of shape (len(queries), min(k, len(self)))."""
        ...


@dataclass(frozen=True, slots=True)
class Span:
    """The words of one sentence that most likely answer: `sentences[sentence][start:end]`.

    `score` is the log-probability of both ends, given that the passage answers; 0 is certain.
    """

    sentence: int
    start: int
    end: int
    score: float


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """What a reader found in one passage. All scores are natural logarithms or logits.

    sentence_scores: shape (sentences,): how much likelier it is that the sentence answers than
        that the passage does not; comparable across passages
    belongs: shape (sentences,): the logit that the sentence is part of the whole answer, which may
        take several
    none_score: the logit of "not in this passage" that was subtracted from them
    spans: the likeliest short answer within each sentence
    yes_no: the logits of "yes", of "no", and that the question does not ask for one of them
    """

    sentence_scores: FloatVector
    belongs: FloatVector
    none_score: float
    spans: tuple[Span, ...]
    yes_no: tuple[float, float, float]

    @property
    def score(self) -> float:
        """How much likelier it is that the passage answers than that it does not."""
        return float(np.logaddexp.reduce(self.sentence_scores, initial=-np.inf))

    @property
    def span(self) -> Span | None:
        """The likeliest short answer of the best sentence; None where there are no sentences."""
        return self.spans[int(self.sentence_scores.argmax())] if self.spans else None


class Reader(Protocol):
    """Reads passages for a question: which sentence answers, with which words, or none."""

    @property
    def reader_id(self) -> str:
        """Names the weights exactly: two readers with one id give the same readings."""
        ...

    def read(self, question: str, passages: Sequence[ReadPassage]) -> list[Reading]:
        """Read every passage on its own; reading i belongs to passages[i]."""
        ...

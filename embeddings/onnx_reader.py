"""Runs the bundled reader with onnxruntime: which sentence of a passage answers, or none.

It stands on the word table of the bundled encoder, which is mapped from that model's weights.
"""

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from embeddings.model_files import (
    explained,
    load_session,
    load_tokenizer,
    read_checked,
    require_unicode,
)
from embeddings.onnx_encoder import (
    BUNDLED_MODEL,
    TOKENIZER_FILE,
    WEIGHTS_FILE,
    OnnxEncoder,
    read_description,
)
from embeddings.types import FloatMatrix, FloatVector, Reading, ReadPassage, Span
from embeddings.windows import Integers, Window, windows_to_read

if TYPE_CHECKING:
    from tokenizers import Tokenizer

BUNDLED_READER = Path(__file__).parent / "reader"
READER_FILE = "reader.onnx"
READER_FILES = (READER_FILE, f"{READER_FILE}.data")
READER_DESCRIPTION = "reader.json"
INPUTS = ("tokens", "sentences")
OUTPUTS = ("sentence_logits", "none_logit", "span_logits", "yes_logits")

# The score of a sentence without a word, or behind the first 16,384 characters of its passage:
# below what the reader gives to any other.
UNREAD = -40.0


@dataclass(frozen=True, slots=True, eq=False)
class _WordTable:
    """The vectors of words and positions, as they stand in the encoder's weights."""

    words: NDArray[np.uint8]
    places: FloatMatrix
    scale: np.float32
    zero_point: np.float32

    def rows(self, ids: Integers) -> FloatMatrix:
        """Return the sum of the word's and the position's vector for each token."""
        words = (self.words[ids].astype(np.float32) - self.zero_point) * self.scale
        result: FloatMatrix = words + self.places[: len(ids)]
        return result


@dataclass(frozen=True, slots=True, eq=False)
class _Found:
    """What one window says: scores and a span for each of its sentences, and the rest."""

    scores: FloatVector
    belongs: FloatVector
    none_score: float
    spans: list[Span]
    yes_no: tuple[float, float, float]


class OnnxReader:
    """The bundled reader as a `Reader`; safe to call from several threads.

    `encoder` is the bundled encoder, where one is loaded: its tokenizer then serves both.
    `threads` is the number of windows that are read side by side; 0 means one a processor.
    """

    def __init__(
        self,
        folder: Path | None = None,
        *,
        encoder: OnnxEncoder | None = None,
        encoder_folder: Path | None = None,
        threads: int = 0,
    ) -> None:
        self._folder, model = folder or BUNDLED_READER, encoder_folder or BUNDLED_MODEL
        self._threads = threads or os.cpu_count() or 1
        encoder_id = encoder.model_id if encoder else read_description(model).id
        with _explained(self._folder), ThreadPoolExecutor(max_workers=1) as background:
            fields = read_checked(self._folder / READER_DESCRIPTION, READER_FILES)
            if fields["encoder"] != encoder_id:
                raise ValueError(f"it stands on {fields['encoder']}, not on {encoder_id}")
            session = background.submit(load_session, self._folder / READER_FILE)
            self._reader_id = str(fields["id"])
            self._table = _map_table(model / WEIGHTS_FILE, fields["table"])
            self._tokenizer: Tokenizer = (
                encoder.tokenizer if encoder else load_tokenizer(model / TOKENIZER_FILE)
            )
            self._session = session.result()

    @property
    def reader_id(self) -> str:
        """Names the weights by a hash of their files."""
        return self._reader_id

    def read(self, question: str, passages: Sequence[ReadPassage]) -> list[Reading]:
        """Read every passage on its own; reading i belongs to passages[i].

        Text is given as the document writes it, in either script. Of the question 72 tokens
        count, of a heading 40. Raise ValueError for a lone surrogate.
        """
        require_unicode(question)
        for passage in passages:
            require_unicode(passage.heading + "".join(passage.sentences))
        windows = list(windows_to_read(self._tokenizer, question, passages))
        # One window at a time, as the encoder does: nothing is padded, and a reading never
        # depends on the passages beside it. The longest first, so that no thread waits for one.
        windows.sort(key=lambda window: -len(window.ids))
        with ThreadPoolExecutor(self._threads) as pool:
            found = list(pool.map(self._run, windows))
        parts: list[list[_Found]] = [[] for _ in passages]
        for window, part in zip(windows, found, strict=True):
            parts[window.passage].append(part)
        return [_join(*pair) for pair in zip(passages, parts, strict=True)]

    def _run(self, window: Window) -> _Found:
        inputs = self._table.rows(window.ids), window.averages()
        sentences, none, ends, no_yes = self._session.run(
            OUTPUTS, dict(zip(INPUTS, inputs, strict=True))
        )
        ends = ends[window.first : window.first + len(window.numbers)]
        numbers = window.sentences()
        return _Found(
            scores=sentences[: len(numbers), 0] - none,
            belongs=sentences[: len(numbers), 1],
            none_score=float(none[0]),
            spans=_spans(window, numbers, ends),
            yes_no=(float(no_yes[1]), float(no_yes[0]), float(no_yes[2])),
        )


def _explained(folder: Path) -> AbstractContextManager[None]:
    return explained("reader", folder, "python -m embeddings build-reader WEIGHTS")


def _map_table(file: Path, table: Any) -> _WordTable:
    """Map the encoder's word and position vectors; only the rows that are used are read."""

    def mapped(name: str, kind: type[np.generic]) -> NDArray[Any]:
        shape = (table[name]["rows"], table["hidden"])
        return np.memmap(file, kind, mode="r", offset=table[name]["offset"], shape=shape)

    return _WordTable(
        words=mapped("words", np.uint8),
        places=mapped("places", np.float32),
        scale=np.float32(table["scale"]),
        zero_point=np.float32(table["zero_point"]),
    )


def _spans(window: Window, numbers: Integers, ends: FloatMatrix) -> list[Span]:
    """Return the likeliest span within each sentence of a window."""
    if not len(numbers):
        return []
    logs = ends - np.logaddexp.reduce(ends, axis=0)
    first = np.searchsorted(window.numbers, numbers)
    spans = []
    for number, rows in zip(numbers, np.split(np.arange(len(logs)), first[1:]), strict=True):
        begin, end = logs[rows].T
        # The best start up to each end, and with it the best end.
        last = int((np.maximum.accumulate(begin) + end).argmax())
        start = int(begin[: last + 1].argmax())
        bounds = window.bounds[rows]
        spans.append(
            Span(
                sentence=int(number),
                start=int(bounds[start, 0]),
                end=int(bounds[last, 1]),
                score=float(begin[start] + end[last]),
            )
        )
    return spans


def _join(passage: ReadPassage, parts: list[_Found]) -> Reading:
    """Put the windows of a passage together: each sentence as the window that likes it best."""
    scores = np.full(len(passage.sentences), UNREAD, dtype=np.float32)
    belongs = scores.copy()
    spans = [Span(number, 0, 0, UNREAD) for number in range(len(passage.sentences))]
    for part in parts:
        for score, belonging, span in zip(part.scores, part.belongs, part.spans, strict=True):
            if score > scores[span.sentence]:
                scores[span.sentence], belongs[span.sentence] = score, belonging
                spans[span.sentence] = span
    best = max(parts, key=lambda part: part.scores.max(initial=UNREAD))
    return Reading(
        sentence_scores=scores,
        belongs=belongs,
        none_score=best.none_score,
        spans=tuple(_trimmed(span, passage.sentences[span.sentence]) for span in spans),
        yes_no=best.yes_no,
    )


def _trimmed(span: Span, sentence: str) -> Span:
    """Leave out white space at both ends: a piece may begin with the space before it."""
    words = sentence[span.start : span.end]
    start = span.start + len(words) - len(words.lstrip())
    return Span(span.sentence, start, start + len(words.strip()), span.score)

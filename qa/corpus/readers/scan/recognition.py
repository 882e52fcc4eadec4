"""Finds and reads the writing in a picture, with RapidOCR's PP-OCRv6 models on this machine.

Its one recogniser knows Simplified, Traditional, Latin and Japanese characters. The models come in
its wheel; nothing is fetched.
"""

import math
import os
import time
from functools import cache
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from rapidocr import RapidOCR

from qa.corpus.readers.extracted import Limits, UnreadableError
from qa.corpus.readers.scan.lines import Piece, ScannedPage, in_lines
from qa.corpus.readers.scan.quads import (
    TYPE_HEIGHT,
    angle_of,
    boxes_of,
    cut_out,
    extents,
    gaps_in,
    lies_along,
    parted,
    upright,
)
from qa.corpus.readers.scan.rules import find_grids
from qa.corpus.readers.scan.script import in_one_script

_THREADS = min(4, os.cpu_count() or 1)
"""Each takes address space, of which there is a limit, however many cores there are."""

_LARGEST = 3_000_000
"""Pixels that are looked at: A4 at 175 dpi. More only take time."""

_LEAST_SIDE = 8
"""Pixels of a picture that can have writing."""

_SLIMMEST = 4
"""How many times longer than wide a picture is at most; more is made wider with paper, because the
detector enlarges what is slim."""

_SMALLEST_SIDE = 1_000
"""Pixels: a picture whose shorter side is less is enlarged, since type on it is likely small."""

_MOST_ENLARGED = 2.0

_SURE = 0.9
"""Confidence in the longest lines of a page that is upright; upside down it is up to 0.76
(six pages in three scripts)."""

_SAMPLED = 3
"""The longest lines, by which it is told how a page is turned."""

_LEAST_CONFIDENCE = 0.5
"""Of a piece that is kept: RapidOCR's own choice."""

_TIME_SHARE = 0.8
"""Of a page's time, here of the processor, after which what is left of it is given up."""


def read_page(image: NDArray[np.uint8], limits: Limits) -> ScannedPage:
    """Read a page, (height, width, 3) in RGB, that is turned in whatever way.

    Raises UnreadableError where it has too many pixels, or more writing than there is time for.
    """
    deadline = time.process_time() + _TIME_SHARE * limits.page_seconds
    height, width = image.shape[:2]
    if height * width > limits.pixels:
        raise UnreadableError(f"a picture of over {limits.pixels // 1_000_000} million pixels")
    if min(height, width) < _LEAST_SIDE:
        return ScannedPage()
    scale = min(_MOST_ENLARGED, max(1.0, _SMALLEST_SIDE / min(height, width)))
    area = max(height, width // _SLIMMEST) * max(width, height // _SLIMMEST)
    scale = min(scale, math.sqrt(_LARGEST / area))
    return _Reading(_prepared(image, scale), scale, deadline).page()


def _prepared(image: NDArray[np.uint8], scale: float) -> Any:
    """The picture in BGR and its size, with paper to the right or below where it is slim."""
    sized = cv2.cvtColor(image, cv2.COLOR_RGB2BGR)
    if scale != 1.0:
        way = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
        sized = cv2.resize(sized, None, fx=scale, fy=scale, interpolation=way)
    height, width = sized.shape[:2]
    below, right = max(0, width // _SLIMMEST - height), max(0, height // _SLIMMEST - width)
    if below or right:
        paper = np.median(sized, axis=(0, 1)).tolist()
        sized = cv2.copyMakeBorder(sized, 0, below, 0, right, cv2.BORDER_CONSTANT, value=paper)
    return sized


@cache
def _engine() -> Any:
    cv2.setNumThreads(_THREADS)
    return RapidOCR(
        params={
            "Global.log_level": "error",
            "Global.use_preprocess_img": False,
            "EngineConfig.onnxruntime.intra_op_num_threads": _THREADS,
        }
    )


class _Reading:
    """One picture while it is read."""

    def __init__(self, image: Any, scale: float, deadline: float) -> None:
        self._image = image
        self._scale = scale
        self._deadline = deadline

    def page(self) -> ScannedPage:
        found = _engine()(self._image, use_det=True, use_cls=False, use_rec=False).boxes
        if found is None or not len(found):
            return ScannedPage()
        corners = np.asarray(found, dtype=np.float32)
        corners = corners[np.argsort(-extents(corners).max(axis=1), kind="stable")]
        corners = np.roll(corners, -self._quarters(corners), axis=1)
        angle = angle_of(corners)
        corners = np.array([quad for quad in corners if lies_along(quad, angle)])
        size = float(np.median(extents(corners)[:, 1])) * TYPE_HEIGHT
        grids = find_grids(self._image, angle, size)
        pieces = [
            self._piece(part, angle) for quad in corners for part in parted(quad, angle, grids)
        ]
        grids = [grid.scaled(1 / self._scale) for grid in grids]
        return in_lines(in_one_script([piece for piece in pieces if piece]), angle, grids)

    def _quarters(self, corners: NDArray[np.float32]) -> int:
        """Quarter turns, clockwise, by which the writing is turned."""
        widths, heights = extents(corners).T
        is_tall = heights[heights > 2 * widths].sum() > widths[widths > heights].sum()
        first = int(is_tall)
        sample = corners[:_SAMPLED]
        sure = self._confidence(np.roll(sample, -first, axis=1))
        if sure >= _SURE and not is_tall:
            return first
        other = first + 2
        return other if self._confidence(np.roll(sample, -other, axis=1)) > sure else first

    def _confidence(self, sample: NDArray[np.float32]) -> float:
        read = [self._read(quad)[1] for quad in sample]
        return float(np.concatenate(read).mean()) if sum(map(len, read)) else 0.0

    def _piece(self, quad: NDArray[np.float32], angle: float) -> Piece | None:
        text, confidences, places = self._read(quad)
        if not text or confidences.mean() < _LEAST_CONFIDENCE:
            return None
        width, height = extents(quad[None])[0]
        left, top, _, _ = upright(quad, angle)
        boxes = boxes_of(text, places, width, height) + np.array([left, top, left, top])
        return Piece(
            text,
            confidences,
            (boxes / self._scale).astype(np.float32),
            (
                float(boxes[0, 0] / self._scale),
                float(boxes[0, 1] / self._scale),
                float(boxes[-1, 2] / self._scale),
                float(boxes[0, 3] / self._scale),
            ),
        )

    def _read(
        self, quad: NDArray[np.float32]
    ) -> tuple[str, NDArray[np.float32], NDArray[np.float64]]:
        """The text of a piece; of each character its confidence, and its middle from 0 to 1."""
        if time.process_time() > self._deadline:
            raise UnreadableError("a page has more writing than there is time to read")
        found = _engine()(
            cut_out(self._image, quad),
            use_det=False,
            use_cls=False,
            use_rec=True,
            return_word_box=True,
        )
        text, words = found.txts[0], found.word_results[0]
        columns = [column for word in words.word_cols for column in word]
        places = np.full(len(text), np.nan)
        solid = [number for number, character in enumerate(text) if not character.isspace()]
        places[solid] = (np.array(columns) + 0.5) / max(1.0, words.line_txt_len)
        start, end = (solid[0], solid[-1] + 1) if solid else (0, 0)
        confidences = np.array(words.confs, dtype=np.float32)
        gaps = gaps_in(text[start:end], places[start:end], *extents(quad[None])[0])
        return (
            "".join(f" {c}" if at in gaps else c for at, c in enumerate(text[start:end])),
            np.insert(confidences[start:end], gaps, 1.0),
            np.insert(places[start:end], gaps, np.nan),
        )

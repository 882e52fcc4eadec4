"""Reads pictures of pages: PNG, JPEG and TIFF, also of several pages, by recognising their text.

It needs RapidOCR, which `wenzheng[scan]` brings; without it this module cannot be imported.
"""

import io
import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from qa.corpus.readers.extracted import (
    Extracted,
    Layout,
    Limits,
    Page,
    Progress,
    UnreadableError,
)
from qa.corpus.readers.scan.lines import ScannedLine, ScannedPage
from qa.corpus.readers.scan.pictures import Picture, pictures
from qa.corpus.readers.scan.recognition import read_page
from qa.corpus.readers.scan.rows import rows_of_pages
from qa.corpus.readers.scan.text import write

__all__ = ["ScannedLine", "ScannedPage", "read", "read_page", "render"]

_POINTS = 72.0  # to an inch


def read(path: Path, limits: Limits, progress: Progress) -> Extracted:
    """Read the pages of a picture file, one at a time. Raises UnreadableError."""
    found = list(_scanned(path, limits, progress))
    rows = rows_of_pages(
        [page.scanned for page in found],
        [page.height for page in found],
        [_POINTS / page.dpi for page in found],
    )
    text, page_of, boxes = write(rows)
    troubles = [page.trouble for page in found if page.trouble]
    if not text.strip():
        reason = troubles[0] if troubles else "no writing is found in it"
        raise UnreadableError(f"{reason}; scan it again at 300 dpi, upright and sharp")
    pages = tuple(page.shown for page in found)
    return Extracted(text, layout=Layout(pages, page_of, boxes), warnings=troubles)


def render(path: Path, number: int, width: int) -> bytes:
    """Return a page, numbered from 0, as PNG of a width in pixels. Raises UnreadableError."""
    for page, (picture, _) in enumerate(pictures(path, Limits())):
        if page == number:
            return _png(picture, width)
    raise UnreadableError(f"it has no page {number + 1}")


@dataclass(frozen=True, slots=True)
class _Read:
    """A page that has been read.

    height: along its writing, in pixels; trouble: why it was not
    """

    scanned: ScannedPage
    shown: Page
    dpi: float
    height: int
    trouble: str = ""


def _scanned(path: Path, limits: Limits, progress: Progress) -> Iterator[_Read]:
    for number, (picture, whole) in enumerate(pictures(path, limits), start=1):
        trouble, scanned = "", ScannedPage()
        try:
            scanned = read_page(np.asarray(picture.image), limits)
        except UnreadableError as error:
            trouble = f"page {number}: {error}"
        yield _read(picture, scanned, trouble)
        progress(number, whole)


def _read(picture: Picture, scanned: ScannedPage, trouble: str) -> _Read:
    width, height = picture.image.size
    scale = _POINTS / picture.dpi
    is_sideways = abs(math.sin(scanned.angle)) > abs(math.cos(scanned.angle))
    shown = Page(width * scale, height * scale, _confidence(scanned.lines))
    return _Read(scanned, shown, picture.dpi, width if is_sideways else height, trouble)


def _confidence(lines: list[ScannedLine]) -> float:
    length = sum(len(line.text) for line in lines)
    return sum(line.confidence * len(line.text) for line in lines) / length if length else 1.0


def _png(picture: Picture, width: int) -> bytes:
    image = picture.image
    most = math.sqrt(Limits().pixels * image.width / image.height)
    width = max(1, min(width, int(most)))
    size = (width, max(1, round(image.height * width / image.width)))
    output = io.BytesIO()
    image.resize(size, Image.Resampling.LANCZOS).save(output, "PNG")
    return output.getvalue()

"""Pages of a PDF that are pictures are drawn, and read as scans are."""

import ctypes
import math
import struct
import zlib
from collections.abc import Sequence
from importlib import import_module
from typing import Protocol

import numpy as np
import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c
from numpy.typing import NDArray

from qa.corpus.readers.extracted import Limits, Progress, UnreadableError
from qa.corpus.readers.pdf.frames import Frame
from qa.corpus.readers.pdf.lines import WIDE_GAP, Line
from qa.corpus.readers.pdf.margins import PageText
from qa.corpus.readers.pdf.pages import with_aligned_tables

_DOTS_PER_INCH = 200
"""What recognisers are trained on; 10-point Chinese type is 28 pixels high."""

_LETTER = 0.85
"""Of the height of a line found in a picture: what its letters take up."""

_STRANGE = 1 / 3
"""Of a page's characters: where more stand for nothing its fonts cannot be read."""

_FILLED = 0.4
"""Of a page's area: a picture that large is the page."""

_OUTLINES = 150
"""Shapes on a page without characters, at least, where its letters are drawn as such."""

_MOST_OBJECTS = 60_000
_NAMED = 20  # pages that a warning names


class ScannedLine(Protocol):
    """A line read from a picture; the boxes of its characters are in pixels."""

    text: str
    confidence: float
    boxes: NDArray[np.float32]


class ScannedPage(Protocol):
    """The lines of a picture, and by which angle its writing is turned clockwise."""

    lines: list[ScannedLine]
    angle: float


class PageReader(Protocol):
    """What `qa.corpus.readers.scan.reader` has as `read_page`."""

    def __call__(self, image: NDArray[np.uint8], limits: Limits) -> ScannedPage:
        """Read a picture (height, width, 3)."""
        ...


def is_picture(page: pdfium.PdfPage, characters: int, strange: float) -> bool:
    """Whether the words of a page can only be seen: its letters are drawn, or mean nothing."""
    if characters or strange:
        return strange > _STRANGE
    return _kinds(page).count(pdfium_c.FPDF_PAGEOBJ_PATH) >= _OUTLINES


def is_filled(page: pdfium.PdfPage, frame: Frame) -> bool:
    """Whether pictures take up much of a page."""
    wide, high = frame.size
    filled = sum(
        _area(pdfium_c.FPDFPage_GetObject(page, number))
        for number, kind in enumerate(_kinds(page))
        if kind in (pdfium_c.FPDF_PAGEOBJ_IMAGE, pdfium_c.FPDF_PAGEOBJ_FORM)
    )
    return filled >= _FILLED * wide * high


def _kinds(page: pdfium.PdfPage) -> list[int]:
    count = min(pdfium_c.FPDFPage_CountObjects(page), _MOST_OBJECTS)
    return [
        pdfium_c.FPDFPageObj_GetType(pdfium_c.FPDFPage_GetObject(page, number))
        for number in range(count)
    ]


def _area(item: object) -> float:
    left, bottom, right, top = (ctypes.c_float() for _ in range(4))
    pdfium_c.FPDFPageObj_GetBounds(item, left, bottom, right, top)
    return abs((right.value - left.value) * (top.value - bottom.value))


def read_pictures(
    document: pdfium.PdfDocument,
    pages: Sequence[PageText],
    limits: Limits,
    progress: Progress,
) -> list[str]:
    """Put the lines of pages that are pictures on them; gives warnings about the others.

    A recogniser that is not installed raises ImportError when it is imported or first used.
    """
    warnings: list[str] = []
    try:
        read: PageReader = import_module("qa.corpus.readers.scan.reader").read_page
        for done, text in enumerate(pages, start=1):
            page = document[text.number]
            try:
                read_picture(page, text, limits, read)
            except UnreadableError as error:
                warnings.append(f"page {text.number + 1}: {error}")
            page.close()
            progress(done, len(pages))
    except ImportError:
        return [_unread([page.number for page in pages])]
    return warnings


def read_picture(page: pdfium.PdfPage, text: PageText, limits: Limits, read: PageReader) -> None:
    """Put the lines of a page that is a picture on it, but for its running heads."""
    wide, high = (max(side, 1.0) for side in page.get_size())
    scale = min(_DOTS_PER_INCH / 72, (limits.pixels / (wide * high)) ** 0.5)
    bitmap = page.render(scale=scale, rev_byteorder=True, prefer_bgrx=False)
    image = np.ascontiguousarray(bitmap.to_numpy()[:, :, :3])
    bitmap.close()
    found = read(image, limits)
    sideways = abs(math.sin(found.angle)) > abs(math.cos(found.angle))
    text.height = wide if sideways else high
    lines: list[Line] = []
    sure: list[float] = []
    for scanned in found.lines:
        if scanned.text.strip():
            boxes = np.asarray(scanned.boxes, np.float32) / np.float32(scale)
            line = _line(scanned.text, boxes, found.angle, (wide, high), text.number)
            if not any(_same_place(line, head) for head in text.margins):
                lines.append(line)
                sure += [scanned.confidence] * len(line.text)
    text.blocks = with_aligned_tables(lines)
    text.confidence = float(np.mean(sure)) if sure else 1.0


def _same_place(line: Line, head: Line) -> bool:
    """Whether a line read from a picture is a running head that had been read as text."""
    middle = (line.boxes[:, 1].min() + line.boxes[:, 3].max()) / 2
    return bool(head.boxes[:, 1].min() <= middle <= head.boxes[:, 3].max())


def _line(
    text: str, boxes: NDArray[np.float32], angle: float, size: tuple[float, float], page: int
) -> Line:
    first, last = len(text) - len(text.lstrip()), len(text.rstrip())
    text, boxes = text[first:last], boxes[first:last]
    upright = _turned_back(boxes, angle, size)
    letters = np.array([not character.isspace() for character in text])
    height = float(np.median((upright[:, 3] - upright[:, 1])[letters]))
    letter_size = max(_LETTER * height, 0.1)
    before = np.maximum.accumulate(np.where(letters, np.arange(len(text)), 0))[:-1]
    gaps = upright[1:, 0] - upright[before, 2]
    wide = (gaps > WIDE_GAP * letter_size) & letters[1:]
    return Line(
        page=page,
        text=text,
        boxes=boxes,
        upright=upright,
        left=float(upright[0, 0]),
        right=float(upright[-1, 2]),
        baseline=float(np.median(upright[:, 3][letters])) - (1 - _LETTER) * height,
        size=letter_size,
        first_size=letter_size,
        last_size=letter_size,
        bold=False,
        red=False,
        starts_bold=False,
        ends_bold=False,
        gaps=tuple((np.flatnonzero(wide) + 1).tolist()),
    )


def _turned_back(
    boxes: NDArray[np.float32], angle: float, size: tuple[float, float]
) -> NDArray[np.float32]:
    """Boxes of writing that is turned clockwise by an angle, on the page turned upright."""
    middles = (boxes[:, :2] + boxes[:, 2:]) / 2 - np.array(size, np.float32) / 2
    halves = (boxes[:, 2:] - boxes[:, :2]) / 2
    cosine, sine = math.cos(angle), math.sin(angle)
    middles = middles @ np.array([[cosine, -sine], [sine, cosine]], np.float32)
    shown = np.array(size, np.float32)
    if round(angle / (math.pi / 2)) % 2:
        halves, shown = halves[:, ::-1], shown[::-1]
    middles = middles + shown / 2
    return np.hstack([middles - halves, middles + halves]).astype(np.float32)


def _unread(numbers: list[int]) -> str:
    """A warning that names the pages that were not read."""
    names = ", ".join(str(number + 1) for number in numbers[:_NAMED])
    more = f" and {len(numbers) - _NAMED} more" if len(numbers) > _NAMED else ""
    are = "pages {} are pictures" if len(numbers) > 1 else "page {} is a picture"
    return f"{are.format(names + more)}, not read; install wenzheng[scan] to read pictures"


def png(pixels: NDArray[np.uint8]) -> bytes:
    """Pixels (height, width, 3) as a PNG (ISO/IEC 15948), its lines without a filter."""
    high, wide = pixels.shape[:2]
    rows = np.insert(pixels.reshape(high, 3 * wide), 0, 0, axis=1)
    header = struct.pack(">IIBBBBB", wide, high, 8, 2, 0, 0, 0)
    chunks = (
        (b"IHDR", header),
        (b"IDAT", zlib.compress(rows.tobytes(), 6)),
        (b"IEND", b""),
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    )

"""Reads PDF: text in reading order, its paragraphs, headings and tables, each character's place.

A page at a time is open. Pages that are pictures are read as scans are, where that is installed.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c
from numpy.typing import NDArray

from qa.corpus.readers.extracted import (
    Extracted,
    Layout,
    Limits,
    Page,
    Progress,
    UnreadableError,
)
from qa.corpus.readers.pdf.frames import frame_of
from qa.corpus.readers.pdf.glyphs import read_glyphs
from qa.corpus.readers.pdf.lines import is_wide
from qa.corpus.readers.pdf.margins import PageText, leave_out_margins
from qa.corpus.readers.pdf.pages import read_blocks
from qa.corpus.readers.pdf.pictures import (
    is_filled,
    is_picture,
    png,
    read_pictures,
)
from qa.corpus.readers.pdf.spans import Writer
from qa.corpus.readers.pdf.writing import write

_HEADER = 1_024
"""Bytes in which the mark of a PDF must stand (PDF 32000-1:2008, annex H.3.4.1)."""

_MOST_PIXELS = 4_000
"""Of an image's side that is shown in a browser."""

_PROGRAM_TITLE = re.compile(
    r"(?:Microsoft|Slide|PowerPoint|Untitled|untitled|Document\d|文档\d|演示文稿|无标题|新建)"
    r"|.{0,200}\.(?:docx?|pdf|wps|xlsx?|pptx?|indd|tex|html?|qxd|rtf|txt)$|[!-~]{0,80}$(?<=\d)"
)
_SITE = re.compile(r"_| [-–—|] ")
"""What parts a title from the name of the site that it stands on."""

_SHORTEST_TITLE = 4

_WIDE_SPACE = 0.9
"""Of the width of the character beside it: a full-width space, less what kerning takes."""


def read(path: Path, limits: Limits, progress: Progress) -> Extracted:
    """Read a PDF. Raises UnreadableError."""
    with _opened(path) as document:
        if len(document) > limits.pages:
            raise UnreadableError(f"it has {len(document)} pages, over {limits.pages}; split it")
        pages, sizes, warnings = _read_pages(document, limits)
        leave_out_margins(pages)
        pictures = [page for page in pages if page.picture or (page.filled and not page.blocks)]
        if pictures:
            warnings += read_pictures(document, pictures, limits, progress)
            leave_out_margins(pages)
        title = document.get_metadata_value("Title")
    writer = Writer()
    write(writer, pages, pictures=frozenset(page.number for page in pictures))
    if not writer.text().strip():
        raise UnreadableError(_why_nothing(pictures, warnings))
    page_of, boxes = writer.layout()
    text = with_wide_spaces(writer.text(), boxes)
    layout = Layout(
        tuple(Page(*size, page.confidence) for size, page in zip(sizes, pages, strict=True)),
        page_of,
        boxes,
    )
    facts = {"title": title} if (title := _plausible(title, pages)) else {}
    return Extracted(text, facts, layout, warnings)


def with_wide_spaces(text: str, boxes: NDArray[np.float32]) -> str:
    """The text with U+3000 where a space beside Chinese is as wide as a character.

    Fields of a line and names of officials are set so; a space of Latin is narrower.
    """
    characters = list(text)
    for place in range(1, len(text) - 1):
        beside = next((at for at in (place - 1, place + 1) if is_wide(text[at])), None)
        if text[place] == " " and beside is not None:
            gap = boxes[place, 2] - boxes[place, 0]
            if gap >= _WIDE_SPACE * (boxes[beside, 2] - boxes[beside, 0]) > 0:
                characters[place] = "\u3000"
    return "".join(characters)


def _why_nothing(pictures: Sequence[PageText], warnings: Sequence[str]) -> str:
    """Why a file has no text, and what to do."""
    if not pictures:
        return "there is no text in it; is it the right file?"
    if any("install" in warning for warning in warnings):
        return "its pages are pictures; install wenzheng[scan] to read them"
    return "its pages are pictures in which no writing is found; scan it again at 300 dpi"


@contextmanager
def _opened(path: Path) -> Iterator[pdfium.PdfDocument]:
    """Open a PDF. Raises UnreadableError where it is none, damaged or locked."""
    with path.open("rb") as file:
        start = file.read(_HEADER)
    if not start:
        raise UnreadableError("it is empty; save or fetch it again")
    if b"%PDF-" not in start:
        raise UnreadableError("it is no PDF, whatever its name; rename it to what it is")
    try:
        document = pdfium.PdfDocument(path)
    except pdfium.PdfiumError as error:
        if error.err_code in (pdfium_c.FPDF_ERR_PASSWORD, pdfium_c.FPDF_ERR_SECURITY):
            raise UnreadableError("it needs a password; save it without one") from error
        raise UnreadableError("it is damaged; fetch it again, or print it to PDF") from error
    try:
        if not len(document):
            raise UnreadableError("it is damaged: it has no pages; fetch it again")
        yield document
    finally:
        document.close()


def _read_pages(
    document: pdfium.PdfDocument, limits: Limits
) -> tuple[list[PageText], list[tuple[float, float]], list[str]]:
    """The pages, their sizes as shown, and which are damaged. Raises UnreadableError."""
    pages: list[PageText] = []
    sizes: list[tuple[float, float]] = []
    damaged: list[str] = []
    characters = 0
    for number in range(len(document)):
        try:
            page = document[number]
            textpage = page.get_textpage()
        except pdfium.PdfiumError:
            damaged.append(f"page {number + 1} is damaged")
            pages.append(PageText(number, 0.0, []))
            sizes.append((0.0, 0.0))
            continue
        characters += textpage.count_chars()
        if characters > limits.characters:
            raise UnreadableError(f"it has over {limits.characters} characters; split it")
        frame = frame_of(page)
        sizes.append(frame.size)
        glyphs = read_glyphs(textpage, frame)
        picture = is_picture(page, len(glyphs.text), glyphs.strange)
        text = PageText(
            number,
            glyphs.size[1],
            [] if picture else read_blocks(page, glyphs, number, frame),
            filled=is_filled(page, frame),
            picture=picture,
        )
        pages.append(text)
        textpage.close()
        page.close()
    if len(damaged) == len(document):
        raise UnreadableError("it is damaged: none of its pages opens; fetch it again")
    return pages, sizes, damaged


def _plausible(title: str, pages: Sequence[PageText]) -> str:
    """The title that the file gives, where it stands on its first page; else nothing."""
    title = " ".join(_SITE.split(title, maxsplit=1)[0].split())
    plain = "".join(title.split())
    first = next((page for page in pages if page.blocks), pages[0])
    page = unicodedata.normalize(
        "NFKC", "".join("".join(line.text.split()) for line in first.lines)
    )
    stands = unicodedata.normalize("NFKC", plain) in page
    is_program = _PROGRAM_TITLE.fullmatch(title) or _PROGRAM_TITLE.match(title)
    return title if stands and not is_program and len(plain) >= _SHORTEST_TITLE else ""


def render(path: Path, number: int, width: int) -> bytes:
    """A page, counted from 0, as a PNG at most `width` pixels wide. Raises UnreadableError."""
    with _opened(path) as document:
        if not 0 <= number < len(document):
            raise UnreadableError(f"it has no page {number + 1}")
        try:
            page = document[number]
        except pdfium.PdfiumError as error:
            raise UnreadableError(f"its page {number + 1} is damaged") from error
        wide, high = (max(side, 1.0) for side in page.get_size())
        scale = min(max(width, 1), _MOST_PIXELS) / wide
        scale = min(scale, _MOST_PIXELS / high)
        bitmap = page.render(scale=scale, rev_byteorder=True, prefer_bgrx=False)
        image = bitmap.to_numpy()[:, :, :3]
        return png(image)

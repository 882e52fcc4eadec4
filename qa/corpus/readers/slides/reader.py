"""Presentations become text: each slide under its title, its shapes in the order they are read.

Left out are hidden slides, charts, pictures, and what stands on every slide. Notes are read.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

from lxml import etree
from pptx import Presentation
from pptx.enum.shapes import MSO_SHAPE_TYPE, PP_PLACEHOLDER
from pptx.exc import PythonPptxError
from pptx.shapes.base import BaseShape
from pptx.shapes.group import GroupShape
from pptx.slide import Slide

from qa.corpus.readers.extracted import Extracted, Limits, Progress, UnreadableError
from qa.corpus.readers.office_package import PRESENTATION, damaged, repacked, unpack
from qa.corpus.readers.sheet.tables import grid_lines
from qa.corpus.readers.slides.diagrams import diagram_lines
from qa.corpus.readers.slides.order import reading_order
from qa.corpus.readers.slides.shapes import (
    RUNNING,
    Signature,
    body_of,
    box_of,
    inherited,
    largest,
    placeholder,
    running_texts,
    signature,
    table_grid,
    unwrap,
)
from qa.corpus.readers.slides.text import A, paragraphs, title_text
from qa.language.text import detect_language, is_chinese

_BROKEN = (
    PythonPptxError, etree.XMLSyntaxError, KeyError, ValueError, AttributeError, TypeError,
    IndexError, OverflowError, NotImplementedError,
)  # fmt: skip
"""What python-pptx raises where the parts of a file do not fit together."""

_TITLES = (PP_PLACEHOLDER.TITLE, PP_PLACEHOLDER.CENTER_TITLE, PP_PLACEHOLDER.VERTICAL_TITLE)

_DEPTH = 20
"""Groups within groups; people make three."""


def read(path: Path, limits: Limits, progress: Progress) -> Extracted:
    """Read a presentation (.pptx). Raises UnreadableError."""
    parts = unpack(path, PRESENTATION, limits)
    try:
        return _Deck(list(Presentation(repacked(parts)).slides), limits).read(progress)
    except _BROKEN as error:
        raise damaged(PRESENTATION, f"{type(error).__name__}: {error}"[:200]) from error


class _Deck:
    """The slides of a presentation while they are read."""

    def __init__(self, slides: list[Slide], limits: Limits) -> None:
        if len(slides) > limits.pages:
            raise UnreadableError(f"it has more than {limits.pages:,} slides; split it")
        self._slides = slides
        self._limits = limits
        self._charts = 0
        self._hidden: list[int] = []
        self._pictured: list[int] = []
        self._running: frozenset[Signature] = frozenset()

    def read(self, progress: Progress) -> Extracted:
        """Read them. Raises UnreadableError where they hold no text, or too much."""
        for slide in self._slides:
            unwrap(slide.shapes.element)
        self._running = running_texts([s for s in self._slides if not _is_hidden(s)])
        written: list[str] = []
        length, before = 0, ""
        for number, slide in enumerate(self._slides, start=1):
            if _is_hidden(slide):
                self._hidden.append(number)
                continue
            title, lines = self._slide(slide)
            if not lines and any(map(_is_picture, slide.shapes)):
                self._pictured.append(number)
            lines += _notes(slide)
            if title and title != before:
                lines = [f"## {title}", "", *lines]
            before = title
            written += lines
            length += sum(len(line) + 1 for line in lines)
            if length > self._limits.characters:
                most = f"{self._limits.characters:,} characters"
                raise UnreadableError(f"it has more than {most}; split it into several files")
            progress(number, len(self._slides))
        if not written:
            raise UnreadableError("its slides hold no text; save it as .pdf to have pictures read")
        return Extracted("\n".join(written).strip() + "\n", {}, None, tuple(self._warnings()))

    def _warnings(self) -> Iterator[str]:
        if self._hidden:
            yield f"hidden slides were not read: {_listed(self._hidden)}"
        if self._pictured:
            yield f"slides that show only pictures were not read: {_listed(self._pictured)}"
        if self._charts:
            yield f"charts were not read: {self._charts}"

    def _slide(self, slide: Slide) -> tuple[str, list[str]]:
        """The title of a slide and the lines of the rest."""
        title, shapes = "", list[BaseShape]()
        for shape in slide.shapes:
            kind, body = placeholder(shape), body_of(shape)
            if kind in RUNNING or signature(shape) in self._running:
                continue
            if kind in _TITLES and not title and body is not None:
                title = title_text(body)
            else:
                shapes.append(shape)
        shapes = _in_order(shapes)
        if not title and (first := largest(shapes)) and (body := body_of(first)) is not None:
            title = title_text(body)
            shapes.remove(first)
        return title, [line for shape in shapes for line in self._shape(shape, slide, 0)]

    def _shape(self, shape: BaseShape, slide: Slide, depth: int) -> Iterator[str]:
        """The lines of a shape, and of those in it."""
        table = shape.element.find(f"{A}graphic/{A}graphicData/{A}tbl")
        if isinstance(shape, GroupShape):
            for inner in _in_order(list(shape.shapes)) if depth < _DEPTH else ():
                yield from self._shape(inner, slide, depth + 1)
        elif (body := body_of(shape)) is not None:
            for line in paragraphs(body, inherited(shape, slide)):
                yield line
                yield ""
        elif table is not None:
            yield from grid_lines(table_grid(table))
        else:
            self._charts += shape.has_chart
            yield from diagram_lines(shape.element, slide.part)


def _in_order(shapes: Sequence[BaseShape]) -> list[BaseShape]:
    return [shapes[number] for number in reading_order([box_of(shape) for shape in shapes])]


def _is_hidden(slide: Slide) -> bool:
    return slide.element.get("show") in ("0", "false")


def _is_picture(shape: BaseShape) -> bool:
    return shape.shape_type in (MSO_SHAPE_TYPE.PICTURE, MSO_SHAPE_TYPE.LINKED_PICTURE)


def _notes(slide: Slide) -> Iterator[str]:
    """What the speaker is to say, each paragraph marked as such."""
    if not slide.has_notes_slide:
        return
    for shape in slide.notes_slide.shapes:
        body = body_of(shape)
        if placeholder(shape) != PP_PLACEHOLDER.BODY or body is None:
            continue
        for line in paragraphs(body):
            yield f"备注：{line}" if is_chinese(detect_language(line)) else f"Notes: {line}"
            yield ""


def _listed(numbers: Sequence[int]) -> str:
    shown = ", ".join(map(str, numbers[:20]))
    return f"{shown} and {len(numbers) - 20} more" if len(numbers) > 20 else shown

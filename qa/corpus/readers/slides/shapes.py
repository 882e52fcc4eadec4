"""The shapes of a slide: where they stand, what text they have, and what that takes over."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from pptx.enum.shapes import PP_PLACEHOLDER
from pptx.shapes.base import BaseShape
from pptx.slide import Slide

from qa.corpus.readers.sheet.heads import Cell
from qa.corpus.readers.sheet.tables import Grid
from qa.corpus.readers.slides.order import Box
from qa.corpus.readers.slides.text import A, Element, P, cell_text, title_text

RUNNING = (
    PP_PLACEHOLDER.SLIDE_NUMBER, PP_PLACEHOLDER.FOOTER, PP_PLACEHOLDER.DATE, PP_PLACEHOLDER.HEADER,
)  # fmt: skip
_BULLETED = (PP_PLACEHOLDER.BODY, PP_PLACEHOLDER.OBJECT, PP_PLACEHOLDER.VERTICAL_BODY)

_EVERYWHERE = 3
"""Slides; what stands at the same place on so many, and on half of all, is a running head."""

_TITLE_LENGTH = 40
_TITLE_SIZE = 1.2
"""How much larger than all other text a line is that is a title without being marked as one."""

_COMPATIBLE = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_MOST_COLUMNS = 1_000  # of a table; PowerPoint makes 75

Signature = tuple[int, int, str]


def unwrap(shapes: Element) -> None:
    """Put in the place of what newer programs show in two ways the first of them."""
    for element in list(shapes.iter(f"{_COMPATIBLE}AlternateContent")):
        above, choice = element.getparent(), element.find(f"{_COMPATIBLE}Choice")
        if above is not None and choice is not None:
            place = above.index(element)
            above[place : place + 1] = list(choice)


def body_of(shape: BaseShape) -> Element | None:
    """The text of a shape, where it can have any."""
    found: Element | None = shape.element.find(f"{P}txBody")
    return found


def box_of(shape: BaseShape) -> Box:
    """Where a shape stands; what does not say so stands above all."""
    left, top = int(shape.left or 0), int(shape.top or 0)
    return Box(left, top, left + int(shape.width or 0), top + int(shape.height or 0))


def placeholder(shape: BaseShape) -> PP_PLACEHOLDER | None:
    """What a shape is a placeholder of."""
    return shape.placeholder_format.type if shape.is_placeholder else None


def inherited(shape: BaseShape, slide: Slide) -> list[Element]:
    """The lists of levels that a placeholder takes over from the layout and the master."""
    if not shape.is_placeholder:
        return []
    number, kind = shape.placeholder_format.idx, shape.placeholder_format.type
    layout = slide.slide_layout
    master = layout.slide_master
    found: list[Element | None] = [
        one.element.find(f"{P}txBody/{A}lstStyle")
        for one in layout.shapes
        if one.is_placeholder and one.placeholder_format.idx == number
    ]
    if kind in _BULLETED:
        found += [
            one.element.find(f"{P}txBody/{A}lstStyle")
            for one in master.shapes
            if placeholder(one) == PP_PLACEHOLDER.BODY
        ]
        found.append(master.element.find(f"{P}txStyles/{P}bodyStyle"))
    return [style for style in found if style is not None]


def signature(shape: BaseShape) -> Signature | None:
    """What a shape says and where, to be known again on other slides; None where it may not be."""
    body = body_of(shape)
    if body is None or shape.is_placeholder:
        return None
    return int(shape.left or 0), int(shape.top or 0), title_text(body)


def running_texts(slides: Sequence[Slide]) -> frozenset[Signature]:
    """What stands at the same place on most of the slides."""
    counts = Counter(
        found for slide in slides for found in set(map(signature, slide.shapes)) if found
    )
    least = max(_EVERYWHERE, -(-len(slides) // 2))
    return frozenset(found for found, count in counts.items() if count >= least)


def largest(shapes: Iterable[BaseShape]) -> BaseShape | None:
    """The shape whose one line is set much larger than all other text, if it comes first."""
    sized = [(size, shape) for shape in shapes if (size := _size(shape))]
    if len(sized) < 2:
        return None
    (size, first), rest = sized[0], [other for other, _ in sized[1:]]
    body = body_of(first)
    is_short = body is not None and 0 < len(title_text(body)) <= _TITLE_LENGTH
    return first if is_short and size >= _TITLE_SIZE * max(rest) else None


def _size(shape: BaseShape) -> int:
    """The largest size of letters that a shape names, in hundredths of a point; 0 where none."""
    body = body_of(shape)
    runs: Iterator[Element] = iter(()) if body is None else body.iter(f"{A}rPr")
    sizes = [str(run.get("sz", ""))[:6] for run in runs]
    return max((int(size) for size in sizes if size.isascii() and size.isdigit()), default=0)


def table_grid(table: Element) -> Grid:
    """The grid of a table on a slide."""
    properties = table.find(f"{A}tblPr")
    rows: list[list[str]] = []
    spans: dict[Cell, Cell] = {}
    for number, row in enumerate(table.iterfind(f"{A}tr")):
        rows.append([])
        for column, cell in enumerate(row.findall(f"{A}tc")[:_MOST_COLUMNS]):
            body = cell.find(f"{A}txBody")
            covered = cell.get("hMerge") in ("1", "true") or cell.get("vMerge") in ("1", "true")
            rows[-1].append("" if covered or body is None else cell_text(body))
            high, wide = (_count(cell.get(name)) for name in ("rowSpan", "gridSpan"))
            if high * wide > 1:
                spans[number, column] = (high, wide)
    width = max(map(len, rows), default=0)
    headed = properties is not None and properties.get("firstRow") in ("1", "true")
    return Grid([row + [""] * (width - len(row)) for row in rows], spans, headed=headed or None)


def _count(text: object) -> int:
    shown = str(text)[:4] if text is not None else "1"
    return max(1, int(shown)) if shown.isascii() and shown.isdigit() else 1

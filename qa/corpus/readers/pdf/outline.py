"""Which paragraphs of a PDF are its title and headings: size and weight tell.

Official numbers (第一章, 一、, 第三条) tell by themselves, so they get no marks. A letterhead,
which is red and larger than the title, is none of them.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from qa.corpus.readers.pdf.lines import Line, text_size
from qa.corpus.readers.pdf.spans import Span

_LARGER = 1.12
"""Of the text's size: a heading is at least so large (16 points over 14, 三号 over 四号)."""

_PICTURE_LARGER = 1.4
"""The same where sizes were measured in a picture."""

_LONGEST = 150
_LONGEST_BOLD = 90
"""Characters: bold paragraphs are longer where they only stress."""

_DEEPEST = 6  # Markdown's levels
_HEAD_PARAGRAPHS = 12

_NUMERAL = "[〇零一二三四五六七八九十百千\\d]{1,8}"
OFFICIAL = re.compile(
    rf"第\s?{_NUMERAL}\s?(?:[编編部章节節条條]|部分)|[一二三四五六七八九十]{{1,3}}、"
    r"|[（(]\s?[一二三四五六七八九十]{1,3}\s?[）)]|附\s?[件录錄]\s?\d{0,2}\s?[:：]?$"
)
_OWN_LINE = re.compile(
    r".{0,40}[〔［\[（(]\s?(?:19|20)\d\d\s?[〕］\])）]\s?第?\s?\d{1,5}\s?[号號期].{0,20}$|第\s?\d{1,5}\s?号$"
    r"|.{0,12}[〇○零一二三四五六七八九\d]{4}\s?年.{1,6}月.{1,5}日.{0,8}$|[•·●■▪◆*-]\s?|\d{1,3}[)）]"
)
_LETTERHEAD = re.compile(r".{2,40}文\s?件$")
_STOPS = re.compile(r"[。；;，,：:！？、]$|[a-z)]\.$|^[（(].{0,200}[）)]$")


@dataclass(frozen=True, slots=True, eq=False)
class Paragraph:
    """The lines of a paragraph."""

    lines: tuple[Line, ...]

    @property
    def text(self) -> str:
        """About its text, to tell its kind."""
        return "".join(line.text for line in self.lines)

    @property
    def size(self) -> float:
        """The size of its first line in points."""
        return self.lines[0].size

    @property
    def bold(self) -> bool:
        """Whether all of it is bold."""
        return all(line.bold for line in self.lines)


def heading_marks(paragraphs: Sequence[Paragraph], *, pictures: frozenset[int]) -> dict[int, Span]:
    """The marks of the paragraphs, by number, that are the title or a heading."""
    size, bold = text_size([line for paragraph in paragraphs for line in paragraph.lines])
    title = _title(paragraphs, size, pictures)
    found: dict[int, tuple[float, bool]] = {}
    for number, paragraph in enumerate(paragraphs):
        larger = _PICTURE_LARGER if paragraph.lines[0].page in pictures else _LARGER
        if not _may_be_heading(paragraphs, number, title):
            continue
        if paragraph.size >= larger * size:
            found[number] = (round(paragraph.size), paragraph.bold)
        elif paragraph.bold and not bold and _is_bold_heading(paragraphs, number):
            found[number] = (round(size), True)
    if title is not None:
        found.setdefault(title, (round(paragraphs[title].size), paragraphs[title].bold))
    top = found[title] if title is not None else None
    styles = sorted({style for style in found.values() if style != top}, reverse=True)
    levels = {style: min(level, _DEEPEST) for level, style in enumerate(styles, start=2)}
    if top is not None:
        levels[top] = 1
    return {number: Span("#" * levels[style] + " ") for number, style in found.items()}


def _may_be_heading(paragraphs: Sequence[Paragraph], number: int, title: int | None) -> bool:
    text = paragraphs[number].text
    before_title = title is not None and number < title
    return (
        len(text) <= _LONGEST
        and any(char.isalpha() for char in text)
        and not OFFICIAL.match(text)
        and not _OWN_LINE.match(text)
        and not _LETTERHEAD.fullmatch(text)
        and not (paragraphs[number].lines[0].red and before_title)
        and not (before_title and number < _HEAD_PARAGRAPHS)
    )


def _is_bold_heading(paragraphs: Sequence[Paragraph], number: int) -> bool:
    """Whether a bold paragraph heads others: short, no sentence, and text follows it."""
    text = paragraphs[number].text
    after = paragraphs[number + 1 : number + 3]
    return (
        2 < len(text) <= _LONGEST_BOLD
        and len(paragraphs[number].lines) <= 3
        and not _STOPS.search(text)
        and any(not paragraph.bold for paragraph in after)
    )


def _title(paragraphs: Sequence[Paragraph], size: float, pictures: frozenset[int]) -> int | None:
    """The number of the paragraph with the title: clearly the largest of the first page."""
    if not paragraphs:
        return None
    first = paragraphs[0].lines[0].page
    larger = _PICTURE_LARGER if first in pictures else _LARGER
    chosen: int | None = None
    for number, paragraph in enumerate(paragraphs):
        if paragraph.lines[0].page != first:
            break
        if _is_letterhead(paragraph, number) or not _may_be_heading(paragraphs, number, None):
            continue
        if paragraph.size >= larger * size and (
            chosen is None or paragraph.size > 1.04 * paragraphs[chosen].size
        ):
            chosen = number
    if chosen is not None:
        return chosen
    early = range(min(_HEAD_PARAGRAPHS, len(paragraphs) - 1))
    return next(
        (
            number
            for number in early
            if paragraphs[number].bold
            and not _is_letterhead(paragraphs[number], number)
            and _may_be_heading(paragraphs, number, None)
            and _is_bold_heading(paragraphs, number)
        ),
        None,
    )


def _middle(paragraphs: Sequence[Paragraph]) -> float:
    """Where the middle of the lines of a first page is."""
    page = paragraphs[0].lines[0].page
    lines = [line for paragraph in paragraphs for line in paragraph.lines if line.page == page]
    return (min(line.left for line in lines) + max(line.right for line in lines)) / 2


def _is_letterhead(paragraph: Paragraph, number: int) -> bool:
    """Whether a line is 某某市人民政府文件, which is set in red above the title."""
    return bool(_LETTERHEAD.fullmatch(paragraph.text)) or (paragraph.lines[0].red and number < 3)

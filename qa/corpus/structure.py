"""A text becomes a tree of blocks: title, headings, articles, items, tables, signature.

Lines are joined into paragraphs first (`qa.corpus.paragraphs`); here each paragraph gets its kind,
its label and what it stands under. The forms are those of Chinese official documents (GB/T
9704-2012: 编章节条, then 一、（一）1.（1）), of Taiwan, Hong Kong, English and Markdown.
"""

import re
from collections.abc import Sequence
from dataclasses import replace

from qa.corpus.edges import (
    MARKDOWN,
    announces,
    mark_behind,
    mark_below_titles,
    mark_front_matter,
    mark_head,
    mark_signatures,
)
from qa.corpus.labels import CLAUSE, DECIMAL, read_label
from qa.corpus.paragraphs import ARTICLE, Paragraph, split_paragraphs
from qa.corpus.tables import find_tables
from qa.types import Block, BlockKind

_HEADING_LENGTH = 30
_CLAUSE_MARK = re.compile(r"[，；：。,;:！？!?]|\.(?:\s|$)")

_PLAIN_HEADING = 4
"""The level of a heading without number: below chapters, above clauses."""


_OUTSIDE = (BlockKind.TITLE, BlockKind.NUMBER, BlockKind.SIGNATURE, BlockKind.NOTE)
_BELOW_MARKDOWN = 6  # as many levels as Markdown has

_NOTE = re.compile(
    r"<!--.{0,2000}?-->$|[-=_*—]{3,}$|[-—–]\s?\d{1,4}\s?[-—–]$"
    r"|抄\s?[送报][:：].|[（(](?:此件|本文)[^（()）]{2,30}[）)]$|[^。；]{2,40}\d{4}年\d{1,2}月\d{1,2}日印发$"
    r"|第\s?\d{1,4}\s?页(?:[，,\s/]{0,3}共\s?\d{1,4}\s?页)?$|Page\s\d{1,4}(?:\sof\s\d{1,4})?$"
)
"""Comments, rules, page numbers, and who else gets a document (GB/T 9704-2012, 7.4)."""


def parse(text: str, *, wrapped: bool = True) -> list[Block]:
    """Return the blocks of a text in reading order; together they hold all but its white space.

    A text that is not `wrapped` has a paragraph a line, as what readers of files extract.

    >>> text = "补贴办法\\n\\n第一条 申请人应当：\\n（一）成年；\\n（二）有住所。"
    >>> [(block.kind.value, block.label) for block in parse(text)]
    [('title', ''), ('article', '第一条'), ('item', '（一）'), ('item', '（二）')]
    """
    paragraphs = split_paragraphs(text, wrapped=wrapped)
    blocks = [_block(paragraph) for paragraph in paragraphs]
    blocks = mark_front_matter(blocks)
    blocks = find_tables(text, blocks)
    blocks = _mark_numbered_headings(blocks)
    blocks = mark_head(text, blocks)
    blocks = mark_below_titles(blocks)
    blocks = mark_signatures(blocks)
    blocks = mark_behind(blocks)
    nesting = _Nesting(blocks)
    return [replace(b, parent=nesting.parent_of(number)) for number, b in enumerate(blocks)]


def _block(paragraph: Paragraph) -> Block:
    text = paragraph.text
    kind, level, label = _kind(text, is_heading=paragraph.is_heading)
    return Block(kind, paragraph.start, paragraph.end, text, level=level, label=label)


def _kind(text: str, *, is_heading: bool) -> tuple[BlockKind, int, str]:
    """What a paragraph is by its own words, with its level and label."""
    markdown, article = MARKDOWN.match(text), ARTICLE.match(text)
    level, label = read_label(text.removeprefix("**").removeprefix("__"))
    found = (BlockKind.PARAGRAPH, 0, "")
    if markdown:
        label = read_label(text[markdown.end() :])[1]
        found = (BlockKind.HEADING, len(markdown["marks"]), label)
    elif _NOTE.match(text):
        found = (BlockKind.NOTE, 0, "")
    elif article:
        found = (BlockKind.ARTICLE, 0, article["label"].rstrip("."))
    elif is_heading and not (label and announces(text)):
        found = (BlockKind.HEADING, level or _PLAIN_HEADING, label)
    elif level >= CLAUSE:
        found = (BlockKind.ARTICLE if level == CLAUSE else BlockKind.ITEM, level, label)
    return found


def _mark_numbered_headings(blocks: list[Block]) -> list[Block]:
    """A short numbered line between other text is a heading, in a row of its like an item."""
    marked = list(blocks)
    for number, block in enumerate(blocks[:-1]):
        beside = {blocks[number + 1].level, blocks[number - 1].level if number else 0}
        if (
            block.kind is BlockKind.ITEM
            and block.level == DECIMAL
            and len(block.text) <= _HEADING_LENGTH
            and not _CLAUSE_MARK.search(block.text.removeprefix(block.label))
            and block.level not in beside
        ):
            marked[number] = replace(block, kind=BlockKind.HEADING)
    return marked


class _Nesting:
    """What is open while the blocks of a text are read one after another."""

    def __init__(self, blocks: Sequence[Block]) -> None:
        self._blocks = blocks
        self._markdown = any(MARKDOWN.match(block.text) for block in blocks)
        self._headings: list[int] = []  # the headings that are open, the outermost first
        self._holder = -1  # the article or clause that paragraphs and items belong to
        self._leads: list[int] = []  # the lead-in and the items that are open

    def parent_of(self, number: int) -> int:
        """The block that a block stands under; what it closes and opens is noted."""
        block = self._blocks[number]
        if block.kind in (BlockKind.HEADING, BlockKind.ARTICLE):
            return self._of_heading(number)
        if block.kind is BlockKind.SIGNATURE:
            self._headings, self._holder, self._leads = [], -1, []
        if block.kind in _OUTSIDE:
            return -1
        if block.kind is BlockKind.ITEM:
            return self._of_item(number)
        if block.kind is BlockKind.PARAGRAPH:
            self._leads = [number] if announces(block.text) else []
        if block.kind is BlockKind.ROW and block.parent >= 0:
            return block.parent
        return self._above()

    def _above(self) -> int:
        """The innermost article, clause or heading that is open."""
        if self._holder >= 0:
            return self._holder
        return self._headings[-1] if self._headings else -1

    def _of_heading(self, number: int) -> int:
        """A heading or clause closes those of its rank; an article stands under all of them."""
        block = self._blocks[number]
        while (
            block.level and self._headings and self._rank(self._headings[-1]) >= self._rank(number)
        ):
            self._headings.pop()
        parent = self._headings[-1] if self._headings else -1
        self._leads = []
        self._holder = number if block.kind is BlockKind.ARTICLE else -1
        if block.kind is BlockKind.HEADING:
            self._headings.append(number)
        return parent

    def _of_item(self, number: int) -> int:
        level = self._blocks[number].level
        while self._leads and 0 < self._blocks[self._leads[-1]].level >= level:
            self._leads.pop()
        parent = self._leads[-1] if self._leads else self._above()
        self._leads.append(number)
        return parent

    def _rank(self, number: int) -> int:
        """The level; headings with Markdown's marks stand above others of the same text."""
        block = self._blocks[number]
        plain = self._markdown and not MARKDOWN.match(block.text)
        return block.level + _BELOW_MARKDOWN * plain

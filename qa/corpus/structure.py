"""A text becomes a tree of blocks: title, headings, articles, items, tables, signature.

Lines are joined into paragraphs first (`qa.corpus.paragraphs`); here each paragraph gets its kind,
its label and what it stands under. The forms are those of Chinese official documents (GB/T
9704-2012: 编章节条, then 一、（一）1.（1）), of Taiwan's and Hong Kong's, of English ones and of Markdown.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from qa.corpus.paragraphs import ARTICLE, Paragraph, split_paragraphs
from qa.corpus.tables import find_tables
from qa.types import Block, BlockKind

HEAD_PARAGRAPHS = 12
"""Paragraphs in which a title, its number and its dates are looked for."""

SIGNATURE_PARAGRAPHS = 6
"""Lines of a signature: issuers, who jointly issues, and the date."""

_SIGNATURE_LENGTH = 60
_HEADING_LENGTH = 30
_CLAUSE_MARK = re.compile(r"[，；：。,;:！？!?]|\.(?:\s|$)")

_LEVELS = (
    # (level, label): the number of a heading, clause or item, the outermost first.
    (
        1,
        re.compile(
            r"第[〇零一二三四五六七八九十百\d]{1,6}[编編部](?:分)?|Part\s[IVX\d]{1,5}\b", re.I
        ),
    ),
    (2, re.compile(r"第[〇零一二三四五六七八九十百\d]{1,6}章|Chapter\s[IVX\d]{1,5}\b", re.I)),
    (3, re.compile(r"第[〇零一二三四五六七八九十百\d]{1,6}[节節]")),
    (5, re.compile(r"[一二三四五六七八九十]{1,3}、|[IVX]{1,5}[.、]\s")),
    (6, re.compile(r"[（(][一二三四五六七八九十]{1,3}[）)]|[A-H][.]\s")),
    (7, re.compile(r"\d{1,3}[.、．](?!\d)|\d{1,2}(?:\.\d{1,2}){1,3}\.?(?=\s)")),
    (8, re.compile(r"[（(]\d{1,3}[）)]|\d{1,3}\)|[（(]?[a-zA-Z][）)](?!\w)|[（(][ivx]{1,4}[）)]")),
    (9, re.compile(r"[①-⑳]|[-*+•·●■▪◆](?=\s)|[•·●■▪◆]")),
)
_DECIMAL = 7  # 1. is above 1.1
_PLAIN_HEADING = 4
"""The level of a heading without number: below chapters, above clauses."""

CLAUSE = 5
"""The level of 一、: where it begins a paragraph, that paragraph is as whole as an article."""

_MARKDOWN = re.compile(r"(?P<marks>#{1,6})\s+")
_NUMBER = re.compile(
    r"[\u4e00-\u9fff（()）]{0,24}[〔［\[（(]\s?(?:19|20)\d\d\s?[〕］\])）]\s?第?\s?\d{1,5}\s?[号號期]"
    r"|第\s?\d{1,5}\s?号(?:令|公告)?$|[\u4e00-\u9fff]{0,16}字第\s?\d{1,12}\s?[号號]"
)
_LETTERHEAD = re.compile(r"[\u4e00-\u9fff（）()、\s]{2,40}文件$|附件\s?\d{0,2}[:：]?$|附录.{0,10}$")
_DATE_LINE = re.compile(
    r"[（(]?\s?(?:(?:19|20)\d\d\s?年|[〇○零一二三四五六七八九]{4}年|(?:中華)?民國\s?\d{2,3}\s?年)[^。，,；;]{0,24}?[日月]"
    r"(?:[（(]星期.[）)])?\s?[）)]?$"
    r"|\d{1,2}\s[A-Z][a-z]{2,8}\s(?:19|20)\d\d$|[A-Z][a-z]{2,8}\s\d{1,2},\s(?:19|20)\d\d$"
)
_PROMULGATION = re.compile(
    r"\d{1,2}\s?日[^。]{0,80}(?:公布|发布|通过|修订|修正|施行|訂定|修正|函|令|批准|公告)"
)
_ADDRESSEE = re.compile(
    r"(?:各|To:|To\s|Dear\s)[^。；;]{0,120}[：:]$|[^。；;，,]{2,80}(?:各|有关)[^。；;]{0,60}[：:]$"
)
_FIELD = re.compile(r"\*{0,2}[^：:\s][^：:。]{0,14}[：:]\*{0,2}\s?\S")
_SENTENCE_END = re.compile(r"[。！？!?；;][”’」』）)】》\"'*_]{0,3}$|[a-z)]\.[”’)\"'*_]{0,3}$")
_ANNOUNCES = re.compile(r"[：:]\s?\*{0,2}$")
_COMMENT = re.compile(r"<!--.{0,2000}?-->$")
_PAGE_NUMBER = re.compile(
    r"[-—–]\s?\d{1,4}\s?[-—–]$|第\s?\d{1,4}\s?页(?:[，,\s/]{0,3}共\s?\d{1,4}\s?页)?$|Page\s\d{1,4}(?:\sof\s\d{1,4})?$"
)
_RULE = re.compile(r"[-=_*—]{3,}$")
_ISSUER = re.compile(
    r"(?:局|委|委员会|委員會|政府|办公室|辦公室|厅|廳|部|院|公司|中心|会|會|署|处|處|所|协会|社|组|組|科"
    r"|大学|大學|学校|學校|行|团|團)(?:[（(][^（）()]{1,12}[）)])?$"
    r"|\b(?:Authority|Council|Committee|Department|Agency|Office|Bureau|Ministry|Government|Ltd"
    r"|Limited|Board|Division|Directorate|Company|Plc|Society|Mutual|University|Services|Branch"
    r"|School|Team|Bank|Zone|Association|Inc)\b(?:\s?\([A-Z]{2,8}\))?\.?$"
    r"|^\W{0,3}(?:State|City|County|Government|University|Department|Ministry|Province|Port)\sof\s",
    re.IGNORECASE,
)
_GENRE = re.compile(
    r"\W{0,3}(?:(?:press|news)\srelease|notice|circular|minutes|announcement|for immediate release"
    r"|新\s?[闻聞]\s?(?:稿|公[报報])|公\s?告|通\s?告|通\s?知|函|公\s?报|会\s?议\s?纪\s?要|專?題?會議紀錄)\W{0,3}$",
    re.IGNORECASE,
)


def parse(text: str) -> list[Block]:
    """Return the blocks of a text in reading order; together they hold all but its white space.

    >>> [(b.kind.value, b.label) for b in parse("补贴办法\\n\\n第一条 申请人应当：\\n（一）年满十八岁；\\n（二）有住所。")]
    [('title', ''), ('article', '第一条'), ('item', '（一）'), ('item', '（二）')]
    """
    paragraphs = split_paragraphs(text)
    blocks = [_block(paragraph) for paragraph in paragraphs]
    blocks = _mark_front_matter(blocks)
    blocks = find_tables(blocks)
    blocks = _mark_numbered_headings(blocks)
    blocks = _mark_head(text, blocks)
    blocks = _mark_signatures(blocks)
    return list(_with_parents(blocks))


def announces(text: str) -> bool:
    """Whether a text only leads in to what follows: it ends with a colon."""
    return bool(_ANNOUNCES.search(text))


def _block(paragraph: Paragraph) -> Block:
    text = paragraph.text
    kind, level, label = _kind(text, is_heading=paragraph.is_heading)
    return Block(kind, paragraph.start, paragraph.end, text, level=level, label=label)


def _kind(text: str, *, is_heading: bool) -> tuple[BlockKind, int, str]:
    if markdown := _MARKDOWN.match(text):
        return BlockKind.HEADING, len(markdown["marks"]), _label(text[markdown.end() :])[1]
    if _COMMENT.match(text) or _PAGE_NUMBER.match(text) or _RULE.match(text):
        return BlockKind.NOTE, 0, ""
    if article := ARTICLE.match(text):
        return BlockKind.ARTICLE, 0, article["label"].rstrip(".")
    level, label = _label(text.removeprefix("**").removeprefix("__"))
    if is_heading and not (label and announces(text)):
        return BlockKind.HEADING, level or _PLAIN_HEADING, label
    if level == CLAUSE:
        return BlockKind.ARTICLE, CLAUSE, label
    if level > CLAUSE:
        return BlockKind.ITEM, level, label
    return BlockKind.PARAGRAPH, 0, ""


def _label(text: str) -> tuple[int, str]:
    """The level and the number with which a text begins; (0, "") where it has none."""
    for level, pattern in _LEVELS:
        if found := pattern.match(text):
            label = found.group().strip()
            return level + (label.strip(".").count(".") if level == _DECIMAL else 0), label
    return 0, ""


def _mark_numbered_headings(blocks: list[Block]) -> list[Block]:
    """A short numbered line between other text is a heading, in a row of its like an item."""
    marked = list(blocks)
    for number, block in enumerate(blocks[:-1]):
        beside = {blocks[number + 1].level, blocks[number - 1].level if number else 0}
        if (
            block.kind is BlockKind.ITEM
            and block.level == _DECIMAL
            and len(block.text) <= _HEADING_LENGTH
            and not _CLAUSE_MARK.search(block.text.removeprefix(block.label))
            and block.level not in beside
        ):
            marked[number] = replace(block, kind=BlockKind.HEADING)
    return marked


def _mark_front_matter(blocks: list[Block]) -> list[Block]:
    """YAML between two lines of hyphens at the very beginning is a note."""
    if not blocks or blocks[0].text != "---":
        return blocks
    end = next((i for i, block in enumerate(blocks[1:40], 1) if block.text == "---"), 0)
    return [replace(b, kind=BlockKind.NOTE) if i <= end else b for i, b in enumerate(blocks)]


def _mark_head(text: str, blocks: list[Block]) -> list[Block]:
    """Find the title and what stands around it, up to the first text."""
    marked = list(blocks)
    title: Block | None = None
    for number, block in enumerate(blocks[:HEAD_PARAGRAPHS]):
        kind = _head_kind(block, is_markdown_title=title is None and _markdown_level(block) > 0)
        if kind is BlockKind.TITLE and title:
            apart = text.count("\n", title.end, block.start) > 1
            if not _continues_title(title, block, apart=apart):
                break
        if kind is None:
            if block.kind is BlockKind.NOTE or _FIELD.match(block.text):
                continue
            break
        title = block if kind is BlockKind.TITLE else title
        marked[number] = replace(block, kind=kind, level=0, label="")
        if kind is BlockKind.ADDRESSEE:
            break
    return marked


def _head_kind(block: Block, *, is_markdown_title: bool) -> BlockKind | None:
    """What a paragraph of the head is; None where the text has begun."""
    text = block.text
    if block.kind in (BlockKind.NOTE, BlockKind.ROW, BlockKind.HEADER):
        return None
    if is_markdown_title:
        return BlockKind.TITLE
    if _LETTERHEAD.match(text):
        return BlockKind.NOTE
    if _NUMBER.match(text.strip("（()）*")) and len(text) <= _SIGNATURE_LENGTH:
        return BlockKind.NUMBER
    if _DATE_LINE.match(text) or (_PROMULGATION.search(text) and len(text) <= 400):
        return BlockKind.NOTE
    if _ADDRESSEE.match(text):
        return BlockKind.ADDRESSEE
    if block.kind in (BlockKind.ARTICLE, BlockKind.ITEM) or (
        block.label and not _markdown_level(block)
    ):
        return None
    if len(text) > 90 or _SENTENCE_END.search(text) or _ANNOUNCES.search(text):
        return None
    if _FIELD.match(text) and "关于" not in text and "關於" not in text:
        return None
    return BlockKind.TITLE if block.kind in (BlockKind.HEADING, BlockKind.PARAGRAPH) else None


def _continues_title(title: Block, block: Block, *, apart: bool) -> bool:
    """Whether a further line of the title follows: no heading of the text does so at once.

    Behind a blank line, or a document number, it does where the line before only says who speaks,
    or what sort of document this is.
    """
    if _names_nothing(title.text):
        return not block.label
    if _markdown_level(block):
        return 0 < _markdown_level(title) < _markdown_level(block) <= 2 and not block.label
    return not apart and not _markdown_level(title)


def _names_nothing(title: str) -> bool:
    """Whether a line of the title only has the issuer, or 公告, 新聞公報, Notice."""
    title = title.strip("#* ")
    return bool(_GENRE.match(title) or _ISSUER.search(title))


def _markdown_level(block: Block) -> int:
    found = _MARKDOWN.match(block.text)
    return len(found["marks"]) if found else 0


def _mark_signatures(blocks: list[Block]) -> list[Block]:
    """Issuers and a date that stand alone, at the end or before an attachment, are a signature."""
    marked = list(blocks)
    for number, block in enumerate(blocks):
        if block.kind not in (BlockKind.PARAGRAPH, BlockKind.HEADING):
            continue
        is_date = bool(_DATE_LINE.match(block.text))
        is_last = number >= len(blocks) - 2 and bool(_ISSUER.search(block.text))
        if not (is_date or is_last) or len(block.text) > _SIGNATURE_LENGTH:
            continue
        marked[number] = replace(block, kind=BlockKind.SIGNATURE, level=0, label="")
        for above in range(number - 1, max(-1, number - SIGNATURE_PARAGRAPHS), -1):
            if not _is_issuer(marked[above]):
                break
            marked[above] = replace(marked[above], kind=BlockKind.SIGNATURE, level=0, label="")
    return marked


def _is_issuer(block: Block) -> bool:
    return (
        block.kind in (BlockKind.PARAGRAPH, BlockKind.HEADING)
        and len(block.text) <= _SIGNATURE_LENGTH
        and bool(_ISSUER.search(block.text))
    )


def _with_parents(blocks: Sequence[Block]) -> Iterator[Block]:
    """Give each block the number of the one that it stands under."""
    headings: list[int] = []  # numbers of the headings that are open, by rising rank
    holder = -1  # the article or clause that paragraphs and items belong to
    leads: list[int] = []  # items and lead-ins that are open
    ranks: dict[int, int] = {}
    markdown = any(b.kind is BlockKind.HEADING and _MARKDOWN.match(b.text) for b in blocks)
    for number, block in enumerate(blocks):
        above = headings[-1] if headings else -1
        if block.kind is BlockKind.HEADING:
            rank = _rank(block, markdown)
            while headings and ranks[headings[-1]] >= rank:
                headings.pop()
            parent = headings[-1] if headings else -1
            ranks[number] = rank
            headings.append(number)
            holder, leads = -1, []
        elif block.kind is BlockKind.ARTICLE:
            while block.level and headings and ranks[headings[-1]] >= _rank(block, markdown):
                headings.pop()
            parent, holder, leads = headings[-1] if headings else -1, number, []
        elif block.kind is BlockKind.ITEM:
            while leads and 0 < blocks[leads[-1]].level >= block.level:
                leads.pop()
            parent = leads[-1] if leads else holder if holder >= 0 else above
            leads.append(number)
        elif block.kind is BlockKind.ROW:
            parent = block.parent if block.parent >= 0 else holder if holder >= 0 else above
        elif block.kind in (BlockKind.TITLE, BlockKind.NUMBER, BlockKind.SIGNATURE, BlockKind.NOTE):
            parent = -1
            if block.kind is BlockKind.SIGNATURE:
                headings, holder, leads = [], -1, []
        else:
            parent = holder if holder >= 0 else above
            if block.kind is BlockKind.PARAGRAPH:
                leads = [number] if announces(block.text) else []
        yield replace(block, parent=parent)


def _rank(block: Block, markdown: bool) -> int:
    """Markdown headings stand above those without marks in the same text."""
    if _MARKDOWN.match(block.text):
        return block.level
    return block.level + (6 if markdown else 0)

"""The edges of a document: letterhead, title, number and addressee before it, signature behind.

The forms are those of official documents of the mainland (GB/T 9704-2012), Taiwan and Hong Kong.
"""

import re
from collections.abc import Callable
from dataclasses import replace

from qa.corpus.imprint.issuers import SIGNER, is_organisation
from qa.types import Block, BlockKind

HEAD_PARAGRAPHS = 12
"""Paragraphs in which a title, its number and its dates are looked for."""

SIGNATURE_PARAGRAPHS = 12
"""Lines of a signature: issuers, who jointly issues, and the date."""

_SIGNATURE_LENGTH = 60
_TITLE_LENGTH = 90
_PROMULGATION_LENGTH = 400
MARKDOWN = re.compile(r"(?P<marks>#{1,6})\s+")
_NUMBER = re.compile(
    r"[\u4e00-\u9fff]{2,14}(?:19|20)\d\d年第\d{1,5}[号號]$|"
    r"[\u4e00-\u9fff（()）]{0,24}[〔［\[（(]\s?(?:19|20)\d\d\s?[〕］\])）]\s?第?\s?\d{1,5}\s?[号號期]"
    r"|第\s?\d{1,5}\s?号(?:令|公告)?$|[\u4e00-\u9fff]{0,16}字第\s?\d{1,12}\s?[号號]"
)
_LETTERHEAD = re.compile(
    r"[\u4e00-\u9fff（）()、\s]{2,40}文件$|[\u4e00-\u9fff、\s]{0,40}令$|附件\s?\d{0,2}[:：]?$|附录.{0,10}$"
)
_DATE_LINE = re.compile(
    r"[（(]?\s?(?:(?:19|20)\d\d\s?年|[〇○零一二三四五六七八九]{4}年|(?:中華)?民國\s?\d{2,3}\s?年)[^。，,；;]{0,24}?[日月]"
    r"(?:[（(]星期.[）)])?\s?[）)]?$"
    r"|(?:19|20)\d\d-\d\d-\d\d(?:\s\d\d:\d\d(?::\d\d)?)?(?:\s{0,3}来源[：:][^。]{0,40})?$"
    r"|\d{1,2}\s[A-Z][a-z]{2,8}\s(?:19|20)\d\d$|[A-Z][a-z]{2,8}\s\d{1,2},\s(?:19|20)\d\d$"
)
_PROMULGATION = re.compile(
    r"年\s?\d{1,2}\s?月\s?\d{1,2}\s?日[^。]{0,80}(?:公布|发布|通过|修订|修正|施行|訂定|修正|函|令|批准|公告)"
)
_ADDRESSEE = re.compile(
    r"(?:各|To:|To\s|Dear\s)[^。；;]{0,120}[：:]$|[^。；;，,]{2,80}(?:各|有关)[^。；;]{0,60}[：:]$"
)
_FIELD = re.compile(r"\*{0,2}[^：:\s][^：:。]{0,14}[：:]\*{0,2}\s?\S")
_SENTENCE_END = re.compile(r"[。！？!?；;][”’」』）)】》\"'*_]{0,3}$|[a-z)]\.[”’)\"'*_]{0,3}$")
_ANNOUNCES = re.compile(r"[：:]\s?\*{0,2}$")
_ISSUER = re.compile(
    r"(?:局|委|委员会|委員會|政府|办公室|辦公室|厅|廳|部|院|公司|中心|会|會|署|处|處|所|协会|社|组|組|科"
    r"|大学|大學|学校|學校|行|团|團)(?:[（(][^（）()]{1,12}[）)])?$"
    r"|\b(?:Authority|Council|Committee|Department|Agency|Office|Bureau|Ministry|Government|Ltd"
    r"|Limited|Board|Division|Directorate|Company|Plc|Society|Mutual|University|Services|Branch"
    r"|School|Team|Bank|Zone|Association|Inc)\b(?:\s?\([A-Z]{2,8}\))?\.?$"
    r"|^\W{0,3}(?:State|City|County|Government|University|Department|Ministry|Province|Port)\sof\s",
    re.IGNORECASE,
)
_BEHIND = re.compile(
    r"(?:主送|抄送|抄报|公开方式|公开属性|索\s?引\s?号|主题分类|主题词|发文机关|发文字号|成文日期|发布日期|标\s?题)\s?[：:]"
    r"|[^。；]{2,40}\d{4}年\d{1,2}月\d{1,2}日\s?印发$"
)
"""What is printed behind a document: who gets it, the box of a site's data."""

_BEHIND_LENGTH = 80
_BEHIND_LINES = 4  # lines of one value

_GENRE = re.compile(
    r"\W{0,3}(?:(?:press|news)\srelease|notice|circular|minutes|announcement|for immediate release"
    r"|新\s?[闻聞]\s?(?:稿|公[报報])|公\s?告|通\s?告|通\s?知|函|公\s?报|会\s?议\s?纪\s?要|專?題?會議紀錄)\W{0,3}$",
    re.IGNORECASE,
)


def announces(text: str) -> bool:
    """Whether a text only leads in to what follows: it ends with a colon."""
    return bool(_ANNOUNCES.search(text))


def mark_front_matter(blocks: list[Block]) -> list[Block]:
    """YAML between two lines of hyphens at the very beginning is a note."""
    if not blocks or blocks[0].text != "---":
        return blocks
    end = next((i for i, block in enumerate(blocks[1:40], 1) if block.text == "---"), 0)
    return [replace(b, kind=BlockKind.NOTE) if i <= end else b for i, b in enumerate(blocks)]


def mark_head(text: str, blocks: list[Block]) -> list[Block]:
    """Find the title and what stands around it, up to the first text."""
    marked = list(blocks)
    title: Block | None = None
    decreed = False
    for number, block in enumerate(blocks[:HEAD_PARAGRAPHS]):
        kind = _head_kind(block, is_markdown_title=title is None and _markdown_level(block) > 0)
        if kind is BlockKind.TITLE and title:
            apart = text.count("\n", title.end, block.start) > 1
            if not _continues_title(title, block, apart=apart):
                if not _is_issuer(block):
                    break
                kind = BlockKind.NOTE  # who issued it, under the title
        if kind is None:
            if block.kind is BlockKind.NOTE or _FIELD.match(block.text):
                continue
            break
        if decreed and _DATE_LINE.match(block.text):
            continue  # it is signed
        decreed = decreed or block.text.endswith("。")
        title = block if kind is BlockKind.TITLE else title
        marked[number] = replace(block, kind=kind, level=0, label="")
        if kind is BlockKind.ADDRESSEE:
            break
    return marked


def mark_below_titles(blocks: list[Block]) -> list[Block]:
    """Number, issuers and approval of what is issued with a document stand below its title."""
    marked = list(blocks)
    below = False
    for number, block in enumerate(blocks):
        is_line = block.kind in (BlockKind.PARAGRAPH, BlockKind.HEADING)
        if is_line and _markdown_level(block):
            below = _markdown_level(block) == 1
        elif below and is_line and not block.label:
            found = BlockKind.NUMBER if _is_number(block.text) else BlockKind.NOTE
            below = found is BlockKind.NUMBER or _is_note(block.text) or is_organisation(block.text)
            if below:
                marked[number] = replace(block, kind=found, level=0)
        else:
            below = below and block.kind in (BlockKind.NUMBER, BlockKind.NOTE)
    return marked


def mark_behind(blocks: list[Block]) -> list[Block]:
    """What is printed behind the text is a note, with the further lines of its values."""
    marked = list(blocks)
    first, last = len(blocks), -1
    for number in reversed(range(len(blocks))):
        block = blocks[number]
        if _BEHIND.match(block.text):
            first, last = number, max(last, number)
        elif (
            first - number > _BEHIND_LINES
            or len(block.text) > _BEHIND_LENGTH
            or block.kind not in (BlockKind.PARAGRAPH, BlockKind.HEADING, BlockKind.NOTE)
        ):
            break
    for number in range(first, last + 1):
        marked[number] = replace(blocks[number], kind=BlockKind.NOTE, level=0, label="")
    return marked


def _is_note(text: str) -> bool:
    """Whether a line is a letterhead, a date, or says when and by whom a law was passed."""
    is_one = text[0] in "（(" or (len(text) <= _PROMULGATION_LENGTH and "。" not in text[:-1])
    passed = is_one and _PROMULGATION.search(text[:_PROMULGATION_LENGTH])
    return bool(_LETTERHEAD.match(text) or _DATE_LINE.match(text) or passed)


def _is_number(text: str) -> bool:
    return len(text) <= _SIGNATURE_LENGTH and bool(_NUMBER.match(text.strip("（()）*")))


def _is_addressee(text: str) -> bool:
    return bool(_ADDRESSEE.match(text))


_AROUND_A_TITLE: tuple[tuple[Callable[[str], bool], BlockKind], ...] = (
    (lambda text: bool(_LETTERHEAD.match(text)), BlockKind.NOTE),
    (_is_number, BlockKind.NUMBER),
    (_is_note, BlockKind.NOTE),
    (_is_addressee, BlockKind.ADDRESSEE),
)


def _head_kind(block: Block, *, is_markdown_title: bool) -> BlockKind | None:
    """What a paragraph of the head is; None where the text has begun."""
    if block.kind in (BlockKind.NOTE, BlockKind.ROW, BlockKind.HEADER):
        return None
    if is_markdown_title:
        return BlockKind.TITLE
    found = next((kind for fits, kind in _AROUND_A_TITLE if fits(block.text)), None)
    return found or (BlockKind.TITLE if _may_be_title(block) else None)


def _may_be_title(block: Block) -> bool:
    """Whether a line has the form of a title: short, without a number or the end of a sentence."""
    text = block.text
    is_field = _FIELD.match(text) and "关于" not in text and "關於" not in text
    return (
        block.kind in (BlockKind.HEADING, BlockKind.PARAGRAPH)
        and (not block.label or _markdown_level(block) > 0)
        and len(text) <= _TITLE_LENGTH
        and not (is_field or SIGNER.match(text) or _SENTENCE_END.search(text) or announces(text))
    )


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
    found = MARKDOWN.match(block.text)
    return len(found["marks"]) if found else 0


def mark_signatures(blocks: list[Block]) -> list[Block]:
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
    """Whether a line names who issues or signs a document."""
    return (
        block.kind in (BlockKind.PARAGRAPH, BlockKind.HEADING)
        and len(block.text) <= _SIGNATURE_LENGTH
        and bool(_ISSUER.search(block.text) or SIGNER.match(block.text))
    )

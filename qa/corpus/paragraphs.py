"""Lines of a text file become paragraphs and headings, each with its exact place in the file.

Text reaches us wrapped in many ways: one paragraph a line, a blank line between paragraphs, or,
out of a PDF, a blank line after *every* line. None is assumed. A line runs on into the next where
it stops short of a sentence end at a margin that its neighbours share; that holds for each.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

_NEIGHBOURS = 6
"""Lines looked at on either side to find the local margin: enough for a PDF paragraph."""

_MARGIN_SLACK = 4
"""Columns by which the last character of full lines may differ: two wide characters, since
Chinese punctuation may not start a line."""

_MARGIN_RATIO = 1.5
"""How much longer the next line of one paragraph may be; ragged English lines differ by less."""

_WRAPPED_SHARE = 0.5
"""Of the text's usual longest line: a shorter one was not wrapped, but is a line of its own, as a
name in a list or an address is."""

_HEADING_LENGTH = 40
"""Characters; the longest heading. Longer lines without a sentence end are broken paragraphs."""

_MARKED = 3
"""Headings with the marks of Markdown below the title, of a text that marks them."""

_SENTENCE_END = re.compile(r"[。！？!?…][”’」』）)】》\"']*$|[^\d\s]\.[”’」』）)\"']*$")
_CLAUSE_MARK = re.compile(r"[，、；：。,;:@]|[.!?！？](?:\s|$)")
_MARKDOWN_HEADING = re.compile(r"#{1,6}\s+\S")
_NUMERAL = "[〇零一二三四五六七八九十百千\\d]{1,8}"
_NUMBERED_HEADING = re.compile(
    rf"第{_NUMERAL}[编編部章节節](?:\s|[^\s的第、，,。和与或至]|$)|[一二三四五六七八九十]{{1,3}}、"
    r"|[（(][一二三四五六七八九十]{1,3}[）)]"
)
ARTICLE = re.compile(
    rf"(?P<label>第{_NUMERAL}[条條](?:之{_NUMERAL})?|(?:Article|Section|ARTICLE|SECTION)\s\d{{1,4}}\b(?!\s(?:of|and|or|to)\b)\.?)"
    r"(?P<gap>\s{0,8})(?![规規]定|的|所|第|款|项|項|至|到|[、和与與或及，,。；;）)》”」])"
)
"""The beginning of an article: a reference to one (第六条规定的…) is none."""

_LIST_ITEM = re.compile(
    r"(?:[-*+•·●■▪◆]\s|[•·●■▪◆]|\d{1,3}[.)、．](?!\d)|\d{1,2}(?:\.\d{1,2}){1,3}\.?\s|[①-⑳]"
    r"|[（(]\d{1,3}[）)]|[（(]?[a-zA-Z][）)](?!\w)|[（(](?:i|ii|iii|iv|v|vi|vii|viii|ix|x)[）)])\s{0,4}\S"
)
_TABLE_ROW = re.compile(r"\S(?:\t| {3,})\S|^\|.*\|$")
_QUESTION = re.compile(r"(?:[问問Qq]\s{0,2}\d{0,3}|Q(?:uestion)?\s\d{1,3})\s{0,2}[：:.、．]")
_DATE_LINE = re.compile(
    r"(?:(?:中華)?民國)?[〇○零一二三四五六七八九\d]{2,4}\s?年[一二三四五六七八九十\d\s]{1,4}月[一二三四五六七八九十\d\s]{1,5}日$"
)
_ASKS = re.compile(r"[^。！!；;：:]{3,60}[?？]$")
_FIELD = re.compile(r"[^：:\s，。,;；]{1,12}(?: [^：:\s，。,;；]{1,12}){0,2}[：:]")
_BOLD_LINE = re.compile(r"\*\*[^*]{1,80}\*\*$|__[^_]{1,80}__$")
_CAPTION = re.compile(r"[图圖表]\s?\d{0,3}\s|附\s?[件表录錄]|(?:Table|Annex|Appendix)\s\S{1,5}")
_NO_HEADING = re.compile(
    r"(?:19|20)\d\d\s?年\s?\d{1,2}\s?月(?:\s?\d{1,2}\s?日)?(?:[修编編制印发發][订訂制印行布])?$|记者|記者|撰稿|通讯员|通訊員"
    r"|^[（(][^（()）]{1,40}[）)]$"
)
"""A date, a byline, what stands in brackets: （本文有删减）."""

_LATIN = re.compile(r"[A-Za-zÀ-ɏ]")


@dataclass(frozen=True, slots=True)
class Paragraph:
    """One paragraph or heading.

    `text` is the reading text, its line wraps undone; without white space it equals
    `source[start:end]` without white space. `number` counts from 1.
    """

    number: int
    start: int
    end: int
    text: str
    is_heading: bool


@dataclass(frozen=True, slots=True)
class _Line:
    start: int
    end: int
    text: str
    indent: int
    margin: int  # columns of the longest lines of the whole text
    gap: int  # blank lines between this line and the next
    width: int  # columns; a wide character takes two

    @property
    def ends_sentence(self) -> bool:
        return bool(_SENTENCE_END.search(self.text))


def split_paragraphs(text: str, *, wrapped: bool = True) -> list[Paragraph]:
    """Return the paragraphs and headings of a text in order; together they hold all of it.

    Where the text is not `wrapped`, every line is one of them.

    >>> [p.text for p in split_paragraphs("一行文字在这\\n\\n里断开，又在\\n\\n这里断开。")]
    ['一行文字在这里断开，又在这里断开。']
    """
    lines = _lines(text)
    marks_headings = sum(line.text.startswith("##") for line in lines) >= _MARKED
    blocks: list[tuple[list[_Line], bool]] = []
    for index, line in enumerate(lines):
        previous, was_heading = blocks[-1] if blocks else ([], True)
        if (
            wrapped
            and not was_heading
            and _runs_on(lines, index - 1, quotes=_open_quotes(previous))
        ):
            previous.append(line)
        else:
            blocks.append(([line], _is_heading(lines, index, marks_headings=marks_headings)))
    return [
        Paragraph(
            number=number,
            start=block[0].start,
            end=block[-1].end,
            text=_join([line.text for line in block]),
            is_heading=is_heading and number < len(blocks),
        )
        for number, (block, is_heading) in enumerate(blocks, start=1)
    ]


def _lines(text: str) -> list[_Line]:
    spans: list[tuple[int, int, int, int]] = []  # start, end, indent, number of the line
    position = 0
    for number, raw in enumerate(text.splitlines(keepends=True)):
        content = raw.strip()
        if content:
            indent = len(raw) - len(raw.lstrip())
            spans.append((position + indent, position + indent + len(content), indent, number))
        position += len(raw)
    widths = sorted(_columns(text[start:end]) for start, end, _, _ in spans)
    margin = widths[len(widths) * 9 // 10] if widths else 0
    return [
        _Line(
            start=start,
            end=end,
            text=text[start:end],
            indent=indent,
            margin=margin,
            gap=spans[index + 1][3] - number - 1 if index + 1 < len(spans) else 0,
            width=_columns(text[start:end]),
        )
        for index, (start, end, indent, number) in enumerate(spans)
    ]


def _columns(text: str) -> int:
    # "A" (ambiguous) are the quotation marks and dashes that Chinese type sets wide.
    return sum(2 if unicodedata.east_asian_width(char) in "WFA" else 1 for char in text)


def _neighbours(lines: Sequence[_Line], index: int) -> list[_Line]:
    """The lines around a line that stop short of a sentence end, without the line itself."""
    before = lines[max(0, index - _NEIGHBOURS) : index]
    after = lines[index + 1 : index + 1 + _NEIGHBOURS]
    return [line for line in [*before, *after] if not line.ends_sentence]


def _is_full(lines: Sequence[_Line], index: int) -> bool:
    """Whether the line reaches a margin at which neighbours break off as well."""
    line = lines[index]
    following = lines[index + 1] if index + 1 < len(lines) else line
    if line.width < _WRAPPED_SHARE * line.margin:
        return False
    if following.width > _MARGIN_RATIO * line.width:
        return False  # lines of one paragraph share a margin
    slack = _MARGIN_SLACK
    if _LATIN.match(following.text):
        slack += _columns(following.text.split(maxsplit=1)[0])  # a word is not broken
    shared = sum(abs(other.width - line.width) <= slack for other in _neighbours(lines, index))
    # A line that ends a sentence looks whole, so it takes more to say that it is not.
    return shared >= (2 if line.ends_sentence else 1)


def _usual_gap(lines: Sequence[_Line], index: int) -> int:
    gaps = Counter(line.gap for line in _neighbours(lines, index))
    return gaps.most_common(1)[0][0] if gaps else 0


def _runs_on(lines: Sequence[_Line], index: int, *, quotes: int) -> bool:
    """Whether a line goes on in the next; `quotes` are the quotations open at its end."""
    line, following = lines[index], lines[index + 1]
    if _starts_block(following, after=line) or following.indent > line.indent + 1:
        return False
    if _TABLE_ROW.search(line.text) or not _is_full(lines, index):
        return False
    if not line.ends_sentence:
        return True
    # A sentence may end at the margin; then an open quotation or an unbroken block tells.
    if quotes > 0:
        return following.text[0] not in "“「"
    return line.gap == 0 and _usual_gap(lines, index) == 0


def _open_quotes(lines: Sequence[_Line]) -> int:
    text = "".join(line.text for line in lines[-_NEIGHBOURS:])
    return sum(map(text.count, "“「")) - sum(map(text.count, "”」"))


def _starts_block(line: _Line, *, after: _Line) -> bool:
    article = ARTICLE.match(line.text)
    return bool(
        _MARKDOWN_HEADING.match(line.text)
        or _NUMBERED_HEADING.match(line.text)
        # Without a gap behind its number an article begins only where a sentence has ended.
        or (article and (article["gap"] or after.ends_sentence or after.gap))
        or _LIST_ITEM.match(line.text)
        or _QUESTION.match(line.text)
        or _BOLD_LINE.match(line.text)
        or _DATE_LINE.match(line.text)
        or _TABLE_ROW.search(line.text)
        or (_FIELD.match(line.text) and _FIELD.match(after.text))
    )


def _is_heading(lines: Sequence[_Line], index: int, *, marks_headings: bool) -> bool:
    """Whether a line that starts a block is a heading of what follows.

    Where a text marks its headings, a line without mark or number is none, but for captions.
    """
    line = lines[index]
    if _MARKDOWN_HEADING.match(line.text) or _BOLD_LINE.match(line.text):
        return True
    has_more = index + 1 < len(lines)
    if _QUESTION.match(line.text) or _ASKS.match(line.text):
        return has_more
    if not has_more or len(line.text) > _HEADING_LENGTH or line.ends_sentence:
        return False
    if _NUMBERED_HEADING.match(line.text):
        return not re.search(r"[，。；,;]", line.text)
    is_other = (
        (marks_headings and not _CAPTION.match(line.text))
        or ARTICLE.match(line.text)
        or _TABLE_ROW.search(line.text)
        or _CLAUSE_MARK.search(line.text)
        or _LIST_ITEM.match(line.text)
        or _NO_HEADING.search(line.text)
        or line.text[-1].isdigit()
    )
    return not is_other and (not _is_full(lines, index) or line.gap != _usual_gap(lines, index))


def _join(lines: Sequence[str]) -> str:
    """Undo line wraps: a space between Latin letters or digits, none between Chinese."""
    joined = lines[0]
    for line in lines[1:]:
        before, after = joined[-1], line[0]
        if before == "-" and joined[-2:-1].isalpha() and after.islower():
            joined += line
        elif before.isdigit() and after.isdigit() and not _LATIN.search(joined[-40:]):
            joined += line  # a number that was broken
        else:
            joined += (" " if _needs_space(before, after) else "") + line
    return joined


def _needs_space(before: str, after: str) -> bool:
    narrow = "NaHH"  # east_asian_width classes of letters that are set with spaces
    return (
        unicodedata.east_asian_width(before) in narrow
        and unicodedata.east_asian_width(after) in narrow
        and not (before.isdigit() and after in "%％")
    )

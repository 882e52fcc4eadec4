"""The lines of a Word file's text: what nobody sees is gone, breaks and gaps are undone."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from qa.corpus.labels import read_label

_GONE = re.compile(
    "[\u00ad\u061c\u180e\u200b\u200c\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff\ufffc"
    "\ue000-\uf8ff]|(?<![\U0001f000-\U0001faff\u2600-\u27bf\ufe0f])\u200d"
)
"""Soft hyphens, marks without width or of direction, and characters of nobody's font; the joint
of an emoji stays."""

_BULLET = re.compile(r"[\uf000-\uf0ff●■◆▪➢•·]\s{1,4}(?=\S)|[\uf000-\uf0ff](?=\S)")
"""A bullet of a symbol font that was typed."""

_GAP = re.compile(r"[^\S\n]++")
_COLUMN = re.compile(r"\t++| {3,}+")
_HAN = r"[\u3400-\u4dbf\u4e00-\u9fff〇]"
_SPREAD = re.compile(rf"(?<!\S){_HAN}(?:[^\S\n]{{1,60}}{_HAN}){{1,20}}(?!\S)")
"""Single characters set apart: 总　　则, 公  告, 最 高 人 民 法 院."""

_ENDS_LINE = re.compile(r"[。！？；：!?;:…][”’」』）)】》\"']{0,3}$|[A-Za-z)]\.[”’\"')]{0,2}$")
_ENDS_SENTENCE = re.compile(r"[。！？；!?;…][”’」』）)】》\"']{0,3}$|[a-z)]\.[”’\"')]{0,2}$")

GOES_ON = ("，", "、", "（", "(", "《", "“")
"""Marks with which no line ends that is whole."""

_NUMBER = re.compile(
    r"[\u4e00-\u9fff\s]{1,20}[〔［\[]\s{0,4}(?:19|20)\d\d\s{0,4}[〕］\]]\s{0,4}第?\s{0,4}\d{1,5}\s{0,4}[号號]"
)
"""The number of a document, in which letters are often spread: 法　发〔1994〕 21 号."""

_WRAPPED = 30
"""Columns (a Chinese character has two); a line with fewer was not broken for its length."""

_RAGGED = 6
"""Columns by which lines that were broken for their length differ."""

_HEADING_LENGTH = 100
"""Characters; a longer paragraph is none, whatever its style or outline level says."""

_BREAKS = {0x2028: "\n", 0x2029: "\n", 0x85: "\n"}
CONTENTS = frozenset(("目录", "目錄", "目次", "contents", "tableofcontents"))
_LEADER = re.compile(r"[.…·\s]{1,200}\d{1,4}$")


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the text.

    level: that of a heading, 1 for the highest; 0 for text
    size: in half points, of most of its characters
    follows: whether no empty paragraph stands before it
    cells: what tabs or many spaces part in it
    """

    text: str
    level: int = 0
    size: int = 0
    centred: bool = False
    is_row: bool = False
    follows: bool = False
    cells: tuple[str, ...] = ()


def clean(text: str) -> str:
    """A text without characters that nobody sees; its line breaks stay, and wide gaps as one.

    >>> clean("第一章\\u3000总\\u3000\\u3000则"), clean("补\\u00ad贴\\u200b 标准")
    ('第一章\\u3000总则', '补贴 标准')
    """
    text = text.translate(_BREAKS)
    if found := _BULLET.match(text):
        text = f"- {text[found.end() :]}"
    text = _SPREAD.sub(_together, _GONE.sub("", text))
    if _NUMBER.fullmatch(text) and "\n" not in text:
        return "".join(text.split())
    return _GAP.sub(_gap, text).strip()


def cells_of(text: str) -> tuple[str, ...]:
    """The parts of a paragraph that stand in columns, () where it has none.

    >>> cells_of("用户\\t基本电价  （元）\\t0.5")
    ('用户', '基本电价\\u3000（元）', '0.5')
    """
    found = tuple(map(clean, _COLUMN.split(text.strip()))) if "\n" not in text else ()
    return found if len(found) > 1 and all(found) else ()


def _gap(found: re.Match[str]) -> str:
    """One space, or a wide one where a wider gap parts Chinese: 文号：甲〔2024〕5号　日期：…"""
    text, gap = found.string, found[0]
    is_wide = len(gap) > 1 or gap in ("\u3000", "\t")
    beside = text[max(0, found.start() - 1) : found.start()] + text[found.end() : found.end() + 1]
    return "\u3000" if is_wide and not beside.isascii() else " "


def _together(found: re.Match[str]) -> str:
    """Put characters together that the narrowest of the gaps set apart.

    Two with one space between them may be words: 男 女.
    """
    pieces = re.split(r"(\s{1,60})", found[0])
    gaps = [sum(2 if char in "\u3000\t" else 1 for char in gap) for gap in pieces[1::2]]
    narrow = min(gaps)
    if len(gaps) == 1 and narrow == 1:
        return found[0]
    rest = zip(gaps, pieces[2::2], strict=True)
    return pieces[0] + "".join(("  " if gap > narrow else "") + piece for gap, piece in rest)


def join(parts: Sequence[str]) -> str:
    """Make one line of several: with a space, but not inside of Chinese."""
    joined = ""
    for part in parts:
        if joined and part:
            han = max(map(_is_wide, (joined[-1], part[0])))
            joined += "" if han else " "
        joined += part
    return joined


def split_breaks(text: str) -> list[str]:
    """The lines of a paragraph that its breaks leave whole; the others are put together.

    A line was broken for its length where it ends inside a sentence, is as long as the longest
    one, and the next does not begin with a number.
    """
    parts = [part.strip() for part in text.split("\n")]
    longest = max(map(columns, parts), default=0)
    lines: list[list[str]] = [[]]
    for part in parts:
        above = lines[-1][-1] if lines[-1] else ""
        full = columns(above) >= max(_WRAPPED, longest - _RAGGED - _first_word(part))
        broken = full and not _ENDS_LINE.search(above) and not read_label(part)[0]
        if above and part and (broken or above.endswith(GOES_ON)):
            lines[-1].append(part)
        else:
            lines.append([part])
    return [line for line in map(join, lines) if line]


def columns(text: str) -> int:
    """How wide a text is set; a Chinese character takes two columns."""
    return len(text) + sum(map(_is_wide, text))


def may_be_heading(text: str) -> bool:
    """Whether a paragraph is short enough for a heading, and no sentence."""
    return 0 < len(text) <= _HEADING_LENGTH and not _ENDS_SENTENCE.search(text)


def ends_sentence(text: str) -> bool:
    """Whether a text ends as a sentence does."""
    return bool(_ENDS_SENTENCE.search(text))


def names_contents(text: str) -> bool:
    """Whether a line is the heading of a table of contents."""
    return key(text) in CONTENTS


def _is_wide(char: str) -> bool:
    return unicodedata.east_asian_width(char) in "WF"


def _first_word(text: str) -> int:
    """Columns of a word that did not fit on the line above."""
    word = text.split(" ", 1)[0] if text else ""
    return columns(word) if word.isascii() else 0


def key(text: str) -> str:
    """What an entry of a table of contents has in common with its heading."""
    text = text if len(text) > 2 * _HEADING_LENGTH else _LEADER.sub("", text)
    return "".join(text.lower().split())

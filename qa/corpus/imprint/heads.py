"""The head of a document: its title among the lines of letterhead, number, issuer and dates."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise, takewhile

from qa.corpus.imprint.issuers import (
    BYLINE,
    ENGLISH_TITLE,
    SIGNER,
    is_organisation,
    organisations_of,
)
from qa.corpus.imprint.lines import Line, read_label, segments_of
from qa.corpus.imprint.numbers import find_number
from qa.language.dates import find_dates, parse_date
from qa.language.text import HAN_CHARACTER

_HEAD_LINES = 30
_TAIL_LINES = 14
_LONG = 70  # a longer line in the head is a sentence of the text
_SUBJECT_LINES = 12

_BODY = re.compile(
    r"第\s?[一二三四五六七八九十百零\d]{1,5}\s?[条條章节節]|[一二三四五六七八九十壹貳参參肆]{1,3}[、．.]"
    r"|[（(][一二三四五六七八九十]{1,2}[)）]|\d{1,2}\s?[.．、]|\d{1,2}\s{1,4}\S|[甲乙丙丁][、．]"
    r"|[问問]?\s?\d{0,2}[：:]|Q\d{0,2}[.：:]|【"
    r"|(?:article|section|part|chapter|rule)\s+[\dIVX]|[-•]\s",
    re.IGNORECASE,
)
_LETTERHEAD = re.compile(
    r"附\s?件\s?[一二三四五六七八九十\d]{0,2}[：:]?"
    r"|.{0,40}(?:文件|\s(?:公告|函|令|通告)|政府公告|委员会公告)"
    r"|新聞公報|新闻公报|新闻稿|新聞稿|会议纪要|會議紀錄|通告|公告|通知|(?:规范性|規範性)文件"
    r"|(?:press|news|media) release|for immediate release|(?:公开|公開)招标公告",
    re.IGNORECASE,
)
_LETTERHEAD_END = re.compile(r"\s*(?:规范性文件|規範性文件|文件|公告|函|令|通告)$")
_VERSION_MARK = re.compile(
    r"[（(].{0,6}(?:\d{3,4}|[一二三四五六七八九〇零]{4}).{0,8}(?:修订|修訂|修正|版|年)[)）]"
    r"|[（(](?:试行|試行|暂行)[)）]"
)
_ENACTED = "通过|通過|公布|發布|发布|修订|修訂|修正|批准|訂定|订定"
_NOTE = re.compile(
    rf"[（(].{{0,2000}}[)）]|(?=.{{0,80}}年).{{0,300}}(?:{_ENACTED}|施行|适用|適用|公告)[。）)]?"
)
_BARE_NUMBER = re.compile(r"第\s?\d{1,4}\s?[号號]")
_PASSED = re.compile(rf"{_ENACTED}|制定")
_ENGLISH_NOTE = re.compile(
    r"(?:approved|adopted|issued|published|passed|supersedes|effective|in force|prepared"
    r"|document)\b",
    re.IGNORECASE,
)
_FIELD = re.compile(
    r"[^：:《]{1,5}[：:]|.{1,60}：$|\S{1,20}:$"
    r"|(?:present|apologies|in attendance|subject|venue|time|place|chair|owner|document|contact)\b"
    r".{0,20}:",
    re.IGNORECASE,
)
_FIRST_HALF = re.compile(r"(?!To\b|Dear\b)[A-Z][a-z]{1,20}(?: [A-Z][a-z]{1,20}){1,5}:")
_RECORD = re.compile(r"(?:minutes|agenda|report|record) of\b", re.IGNORECASE)
_ADDRESS = re.compile(r"[A-Z][A-Za-z' ]{1,30}, [A-Z][A-Za-z' ]{1,30}")
_TITLE_END = re.compile(
    r"(?:办法|辦法|规定|規定|条例|條例|细则|細則|方案|要点|要點|须知|須知|指南|通知|通告|公告|意见|意見|措施|规则|規則"
    r"|常見問題|常见问题|问答|問答|报告|報告|公报|公報|纪要|紀錄|計畫|计划|规划|规程|标准)"
    r"(?:[（(].{1,14}[)）])?$"
)
_GOES_ON = re.compile(r"[a-z]|(?i:guidelines|rules|guide|regulations|terms)\b")
_CUT = re.compile(r"\b(?:for|of|the|and|to|in|on|No\.)$")
_KIND_OF_NUMBER = re.compile(
    r"(?:circular|notice|order|ordinance|bulletin)\b[^:]{0,50}$", re.IGNORECASE
)
_AMENDS = re.compile(r"(?:amending|amendment|supplement)", re.IGNORECASE)
_BASIS = re.compile(r"(?:依据|依據|根据|根據)[：:]?[^，。]{0,60}")
_OF_ANOTHER = re.compile(
    r"取代|代替|廢止|废止|\b(?:replac|supersed|withdrawn|repeal)", re.IGNORECASE
)
_IS_ENDED = re.compile(r"\b(?:is|are) (?:withdrawn|repealed|replaced)\b")
_SUBJECT = re.compile(r"主\s{0,4}旨[：:]?\s*(?P<text>[^，。,\n]{4,80})")


@dataclass(slots=True)
class Head:
    """What the head says, as it stands: `labels` by field, `notes` tell who passed it and when."""

    title: str = ""
    own_numbers: list[str] = field(default_factory=list)  # on lines of their own
    numbers: list[str] = field(default_factory=list)
    above: list[str] = field(default_factory=list)  # organisations above the title
    below: list[str] = field(default_factory=list)
    dates: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    labels: dict[str, list[str]] = field(default_factory=dict)

    def label(self, name: str) -> str:
        """Return what the first label of a field says, "" where there is none."""
        return next(iter(self.labels.get(name, ())), "")


def head_lines(lines: Sequence[Line]) -> list[Line]:
    """Return the lines above the text: up to the first article, numbered part or sentence."""
    return list(takewhile(lambda line: not _begins_text(line), lines[:_HEAD_LINES]))


def read_head(lines: Sequence[Line]) -> Head:
    """Read the head of a document, and the labelled dates at its end."""
    above_text = head_lines(lines)
    tail = max(len(above_text), len(lines) - _TAIL_LINES)
    above_text = _with_whole_numbers(above_text)
    head = Head()
    begin, end = _find_title(above_text)
    for number, line in enumerate(above_text):
        if not begin <= number < end or _is_number(line.text):
            _read_line(head, line, above=number < begin)
    title = above_text[begin:end]
    if title and is_organisation(title[0].text):
        head.above.extend(organisations_of(title[0].text))
    for line in lines[tail:]:
        for segment in segments_of(line.text[:200]):
            name, value = read_label(segment)
            if name == "issued":
                head.labels.setdefault(name, []).append(value)
    letterheads = (line.text for line in above_text if _is_letterhead(line.text))
    head.title = _subject(lines) or _join([line.text for line in title]) or next(letterheads, "")
    return head


def _with_whole_numbers(head: Sequence[Line]) -> list[Line]:
    """A decree's number stands on a line of its own: 甲市人民政府令 / 第179号."""
    whole: list[Line] = []
    for line in head:
        if whole and whole[-1].text.endswith("令") and _BARE_NUMBER.fullmatch(line.text):
            whole[-1] = replace(whole[-1], text=whole[-1].text + line.text)
        else:
            whole.append(line)
    return whole


def is_note(text: str) -> bool:
    """Whether a line tells who passed, issued or amended the text, and when."""
    if _NOTE.fullmatch(text):
        return True
    if not HAN_CHARACTER.search(text):
        numbered = find_number(text[:40]) and (find_dates(text) or text.endswith("."))
        return bool(_ENGLISH_NOTE.match(text) or numbered)
    dates = find_dates(text[:30])
    return bool(dates) and dates[0].start <= 2 and bool(_PASSED.search(text))


def _begins_text(line: Line) -> bool:
    text = line.text
    if is_note(text) or read_label(segments_of(text)[0] if segments_of(text) else "")[0]:
        return len(text) > 4 * _LONG and text[0] not in "（("  # all the amendments of a law
    if _BODY.match(text) and line.level != 1:
        return True
    if text[-1] in "：:" and not _is_letterhead(text) and not _FIRST_HALF.fullmatch(text):
        return line.gap or len(text) > 40
    ends = text[-1] in "。！" or (len(text) > _LONG and text[-1] in ".!")
    return ends or len(text) > 3 * _LONG


def _find_title(head: Sequence[Line]) -> tuple[int, int]:
    """The range of the lines that are the title; where none else may be, that of the number."""
    plain = [number for number in range(len(head)) if _may_be_title(head, number)]
    if not plain:
        numbered = [_is_number(line.text) and not _FIELD.match(line.text) for line in head]
        plain = [number for number, is_number in enumerate(numbered) if is_number][:1]
    headed = [number for number in plain if head[number].level]
    begin = next(iter(headed or plain), len(head))
    if begin == len(head):
        return begin, begin
    end = begin + 1
    while end < len(head) and _continues(head[begin:end], head[end]):
        end += 1
    if begin and (_is_cut(head[begin - 1].text) or _takes_issuer(head[begin - 1], head[begin])):
        begin -= 1
    return begin, end


def _may_be_title(head: Sequence[Line], number: int) -> bool:
    """Whether a line is no other part of a head: no place, no name above a title in capitals."""
    line = head[number]
    if not _is_plain(line):
        return False
    above = head[number - 1].text if number else ""
    if HAN_CHARACTER.search(line.text):
        return True
    if _ADDRESS.fullmatch(line.text) and is_organisation(above):
        return False
    below = head[number + 1] if number + 1 < len(head) else Line("")
    return bool(above) or line.text.isupper() or below.gap or not below.text.isupper()


def _is_plain(line: Line) -> bool:
    text = line.text
    named = _is_letterhead(text) or is_organisation(text) or _is_number(text) or parse_date(text)
    if named or BYLINE.search(text) or SIGNER.fullmatch(text) or _is_names(text):
        return False
    if not line.level and (text[0] in "（(" or _FIELD.match(text)):
        return False
    if is_note(text) or find_dates(text):
        is_title = bool(_TITLE_END.search(text) or _RECORD.match(text))
        return text[0] not in "（(" and (bool(line.level) or is_title)
    return not any(read_label(segment)[0] for segment in segments_of(text))


def _is_names(text: str) -> bool:
    """`University of Otago | Te Whare Wananga o Otakou`: a name in two languages."""
    first = next(iter(segments_of(text)), "")
    return "|" in text and is_organisation(first) and not ENGLISH_TITLE.search(text)


def _is_letterhead(text: str) -> bool:
    return bool(_LETTERHEAD.fullmatch(text) or _LETTERHEAD.fullmatch("".join(text.split())))


def _is_number(text: str) -> bool:
    """Whether a line is little more than a document number, and what kind it is of."""
    if text[0] in "（(" and text[-1] in ")）":
        text = text[1:-1]
    number = "" if _AMENDS.match(text) else find_number(text[: 4 * _LONG])
    if not number or 2 * len(number) >= len(text):
        return bool(number)
    return text.endswith(number) and bool(_KIND_OF_NUMBER.match(text))


def _continues(title: Sequence[Line], line: Line) -> bool:
    """Whether a title goes on in the next line."""
    text = "".join(part.text for part in title)
    last = title[-1].text
    if _is_cut(text) or _VERSION_MARK.fullmatch(line.text):
        return True
    if line.level and line.level == title[0].level:
        return _is_second_half(last, line.text)
    if line.gap or line.level or title[0].level:
        return False
    if _is_letterhead(line.text) and not _TITLE_END.search(last):
        return True
    return _is_plain(line) and _is_second_half(last, line.text)


def _is_cut(text: str) -> bool:
    """Whether a line stops within a title: an open bracket, `Guide for`, `Notice No.`."""
    return any(text.count(a) > text.count(b) for a, b in ("《》", "（）")) or bool(
        _CUT.search(text)
    )


def _is_second_half(first: str, second: str) -> bool:
    if HAN_CHARACTER.search(first):
        return not _TITLE_END.search(first) and bool(_TITLE_END.search(second)) and len(first) < 30
    capitals = first.isupper() and second.isupper()
    return capitals or first.endswith((":", ",")) or bool(_GOES_ON.match(second))


def _takes_issuer(above: Line, title: Line) -> bool:
    """Whether the issuer's line is the beginning of the title: 甲市教育局 / 关于……的通知."""
    if not is_organisation(above.text):
        return False
    if not HAN_CHARACTER.search(above.text):  # HARBOUR AUTHORITY / ANNUAL REVIEW 2024
        return not title.gap and not title.level and len(title.text.split()) <= 3
    if title.text.startswith(("关于", "關於")):
        return True
    return not title.gap and above.text[:2] not in title.text


def _join(parts: Sequence[str]) -> str:
    """Join lines; words of Latin letters need a space between them."""
    joined = ""
    for part in parts:
        space = bool(joined) and joined[-1].isascii() and part[0].isascii()
        joined += " " * space + part
    return joined


def _subject(lines: Sequence[Line]) -> str:
    """What a Taiwanese announcement says that it announces: its 主旨, on that line or the next."""
    texts = [line.text for line in lines[: _SUBJECT_LINES + 1]]
    for text, following in pairwise([*texts, ""]):
        alone = "".join(text[:12].split()).rstrip("：:") == "主旨"
        if found := _SUBJECT.match(f"主旨：{following}" if alone else text):
            return found["text"]
    return ""


def _read_line(head: Head, line: Line, *, above: bool) -> None:
    text = line.text
    if _is_letterhead(text):
        head.above.extend(organisations_of(_LETTERHEAD_END.sub("", text).strip()))
        return
    number = find_number(_OF_ANOTHER.split(_BASIS.sub("", text))[0])
    if number and not _IS_ENDED.search(text):
        (head.own_numbers if _is_number(text) else head.numbers).append(number)
    if is_note(text) or BYLINE.search(text):
        head.notes.append(text)
    for segment in segments_of(text):
        name, value = read_label(segment)
        if name:
            head.labels.setdefault(name, []).append(value)
        elif date := parse_date(segment):
            head.dates.append(date)
        else:
            (head.above if above else head.below).extend(organisations_of(segment))

"""Dates in one form, whatever the language and the calendar: 民國113年8月1日 = 1 August 2024.

A date is ISO 8601 to the day, the month or the year that the text gives: 2024-08-01, 2024-08, 2024.
"""

import re
from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from qa.language.quantities import MONTHS
from qa.types import Language

_REPUBLIC = 1911  # the Republic's first year is 1912
_YEARS = range(1000, 3000)
_PLAIN_YEARS = range(1800, 2200)  # without 年 or a month's name other numbers look like years
_MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()
_DIGITS = dict(zip("〇○零一二三四五六七八九", [0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9], strict=True))
_UNITS = {"十": 10, "百": 100}

_HAN_DIGIT = "〇○零一二三四五六七八九"
_SPACE = r"[^\S\n]{0,3}"
_CHINESE = re.compile(
    rf"""(?:
        (?P<era>中[華华]民[國国]|民[國国]){_SPACE}(?P<republic>\d{{1,3}}|[{_HAN_DIGIT}十百]{{1,7}})
      | (?<![\d.])(?P<short>1\d\d)(?={_SPACE}年{_SPACE}[\d一二三四五六七八九十]{{1,2}}{_SPACE}月)
      | (?<!\d)(?P<year>\d{{4}})
      | (?<![{_HAN_DIGIT}十])(?P<written>[{_HAN_DIGIT}]{{4}})
    ){_SPACE}年
    (?:{_SPACE}(?P<month>\d{{1,2}}|[一二三四五六七八九十]{{1,2}}){_SPACE}月
      (?:{_SPACE}(?P<day>\d{{1,2}}|[一二三四五六七八九十廿卅]{{1,3}}){_SPACE}[日号號])?
    )?""",
    re.VERBOSE,
)
_BARE_HAN_YEAR = re.compile(
    rf"(?<![{_HAN_DIGIT}十])(?P<written>(?:一[八九]|二[〇○零])[{_HAN_DIGIT}]{{2}})"
    rf"(?!{_SPACE}年|[{_HAN_DIGIT}十百千万萬亿億])"
)
_NUMERIC = re.compile(
    r"(?<![\dA-Za-z./-])(?P<year>\d{4})(?:"
    r"(?P<mark>[-/.])(?P<month>\d{1,2})(?P=mark)(?P<day>\d{1,2})|-(?P<only>\d{2}))(?![\d/-]|\.\d)"
)
_MONTH_NAME = (
    "jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    "|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?"
)
_ENGLISH = re.compile(
    r"(?<![\dA-Za-z])(?:(?P<day>\d{1,2})(?:st|nd|rd|th)?[\s-]{1,3}(?:(?:day\s)?of\s)?)?"
    rf"(?P<month>{_MONTH_NAME})\b\.?,?[\s-]{{1,3}}"
    r"(?:(?P<after>\d{1,2})(?:st|nd|rd|th)?,?\s{1,3})?(?P<year>\d{4})(?!\d)",
    re.IGNORECASE,
)
_WHOLE = re.compile(
    r"(?P<year>\d{4})(?:[-/.](?P<month>\d{1,2}))?|(?P<compact>\d{8})"
    rf"|(?P<written>[{_HAN_DIGIT}]{{4}})"
)
_BESIDE = re.compile(  # what may stand beside a date in a field that holds one
    r"\d{1,2}:\d{2}(?::\d{2})?(?:\.\d{1,6})?(?:z|[+-]\d{2}:\d{2})?|(?:星期|周|週)[一二三四五六日天]"
    r"|\b(?:mon|tues|wednes|thurs|fri|satur|sun)day\b|\bon\b|\bat\b|t(?=\d)|[\s,，.。()（）*_]",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class DateMention:
    """A date and where the text gives it; `iso` has the precision of the text."""

    iso: str
    start: int
    end: int


def find_dates(text: str) -> list[DateMention]:
    """Return the dates of a text, in order; what no calendar has (2月30日) is not one.

    Three digits before 年 and a month are a year of the Republic (113年4月8日); other years need
    four, and 年, a month's name or the form of an ISO date beside them.

    >>> [mention.iso for mention in find_dates("民國113年8月1日 to 2 Sept 2025")]
    ['2024-08-01', '2025-09-02']
    """
    found = [
        DateMention(iso, *match.span())
        for pattern in (_CHINESE, _BARE_HAN_YEAR, _NUMERIC, _ENGLISH)
        for match in pattern.finditer(text)
        if (iso := _iso(match))
    ]
    return sorted(found, key=lambda mention: mention.start)


def parse_date(text: str) -> str:
    """Return the date that a whole text is, "" where it is none or says more.

    A time or a weekday may stand beside it; a year may stand alone.

    >>> parse_date("00:01 on 1 April 2025"), parse_date("2024"), parse_date("since 2024")
    ('2025-04-01', '2024', '')
    """
    text = text.strip()
    whole = _WHOLE.fullmatch(text)
    if whole and (iso := _whole_iso(whole)):
        return iso
    mentions = find_dates(text) if len(text) <= 100 else []
    if len(mentions) != 1:
        return ""
    rest = text[: mentions[0].start] + " " + text[mentions[0].end :]
    return "" if _BESIDE.sub("", rest) else mentions[0].iso


def written_date(iso: str, language: Language) -> str:
    """Write an ISO date, with or without year or day, in words; Chinese in Simplified characters.

    >>> written_date("2024-08-01", Language.ENGLISH), written_date("-08", Language.SIMPLIFIED)
    ('1 August 2024', '8月')
    """
    year, month, day = [*iso.split("-"), "", ""][:3]
    if language is Language.ENGLISH:
        name = MONTHS[int(month) - 1].capitalize() if month else ""
        return " ".join(part for part in (day.lstrip("0"), name, year) if part)
    parts = zip((year, month, day), "年月日", strict=True)
    return "".join(f"{int(part)}{unit}" for part, unit in parts if part)


def last_day(start: str, *, years: int = 0, months: int = 0) -> str:
    """Return the last day (or month, or year) of a period that begins with a date; "" past 2999.

    >>> last_day("2024-05-01", years=3), last_day("2024-05", months=6)
    ('2027-04-30', '2024-10')
    """
    end = shift(start, years=years, months=months)
    if not end:
        return ""
    if len(end) == 10:
        return (date.fromisoformat(end) - timedelta(days=1)).isoformat()
    return shift(end, months=-1) if len(end) == 7 else str(int(end) - 1)


def shift(start: str, *, years: int = 0, months: int = 0) -> str:
    """Return the same day some years and months on; the month's last where it has no such day.

    >>> shift("2024-02-29", years=1)
    '2025-02-28'
    """
    year, *rest = (int(part) for part in start.split("-"))
    count = year * 12 + (rest[0] - 1 if rest else 0) + years * 12 + months
    year, month = count // 12, count % 12 + 1
    if year not in _YEARS:
        return ""
    if not rest:
        return f"{year}"
    days = [min(day, monthrange(year, month)[1]) for day in rest[1:]]
    return "-".join([f"{year}", *(f"{part:02}" for part in (month, *days))])


def _iso(match: re.Match[str]) -> str:
    found = {name: value for name, value in match.groupdict().items() if value}
    if "republic" in found or "short" in found:
        year = _REPUBLIC + _number(found.get("republic") or found["short"])
    else:
        year = _number(found.get("year") or found["written"])
    if "年" not in match.group() and "written" not in found and year not in _PLAIN_YEARS:
        return ""
    return _join(
        year,
        found.get("month") or found.get("only") or "",
        found.get("day") or found.get("after") or "",
    )


def _whole_iso(match: re.Match[str]) -> str:
    if compact := match["compact"]:
        year, month, day = compact[:4], compact[4:6], compact[6:]
        return _join(int(year), month, day) if int(year) in _PLAIN_YEARS else ""
    year_number = _number(match["year"] or match["written"])
    return _join(year_number, match["month"] or "", "") if year_number in _PLAIN_YEARS else ""


def _join(year: int, month: str, day: str) -> str:
    if year not in _YEARS:
        return ""
    parts = [f"{year}"]
    if month:
        number = _month(month)
        if not 1 <= number <= 12:
            return ""
        parts.append(f"{number:02}")
    if day:
        if not _is_day(year, _month(month), _number(day)):
            return ""
        parts.append(f"{_number(day):02}")
    return "-".join(parts)


def _month(text: str) -> int:
    name = text[:3].lower()
    return _MONTHS.index(name) + 1 if name in _MONTHS else _number(text)


def _is_day(year: int, month: int, day: int) -> bool:
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True


def _number(text: str) -> int:
    """Read 113, 一一三, 一百一十三, 廿九 and 三十一."""
    if text.isdecimal():
        return int(text)
    text = text.replace("廿", "二十").replace("卅", "三十")
    if not set(text) & set(_UNITS):
        return int("".join(str(_DIGITS[character]) for character in text))
    return sum(_tens(text))


def _tens(text: str) -> Iterator[int]:
    digit = 0
    for character in text:
        if character in _UNITS:
            yield (digit or 1) * _UNITS[character]
            digit = 0
        else:
            digit = _DIGITS[character]
    yield digit

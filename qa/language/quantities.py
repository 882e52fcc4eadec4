"""Numbers and dates in one form, whatever the language: 16.9万亿 = 16.9 trillion, 5月21日 = May 21.

Each becomes a token that stands in the index beside the words, so that a figure is found by
its value in either language.
"""

import re
from collections.abc import Iterator
from decimal import Decimal

_CHINESE_DIGITS = dict(
    zip("零〇一二两三四五六七八九", [0, 0, 1, 2, 2, 3, 4, 5, 6, 7, 8, 9], strict=True)
)
_CHINESE_UNITS = {"十": 10, "百": 100, "千": 1000}
_MULTIPLIERS = {
    "千": 10**3,
    "万": 10**4,
    "百万": 10**6,
    "千万": 10**7,
    "亿": 10**8,
    "万亿": 10**12,
    "hundred": 10**2,
    "thousand": 10**3,
    "million": 10**6,
    "billion": 10**9,
    "trillion": 10**12,
}
_ONES = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
    "fifteen sixteen seventeen eighteen nineteen"
).split()
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
_NUMBER_WORDS = {word: value for value, word in enumerate(_ONES)} | {
    word: 10 * value for value, word in enumerate(_TENS, start=2)
}
_MONTHS = (
    "january february march april may june july august september october november december"
).split()

_MONTH = rf"(?P<month>{'|'.join(_MONTHS)}|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)\b\.?"
_DATES = [
    re.compile(
        r"(?:(?P<year>\d{4})\s*年\s*)?(?P<number>\d{1,2})\s*月(?:\s*(?P<day>\d{1,2})\s*[日号])?"
    ),
    re.compile(
        rf"\b{_MONTH}\s+(?P<day>\d{{1,2}})(?:st|nd|rd|th)?\b(?!\d)(?:,?\s+(?P<year>\d{{4}}))?"
    ),
    re.compile(rf"\b(?P<day>\d{{1,2}})(?:st|nd|rd|th)?\s+{_MONTH}(?:,?\s+(?P<year>\d{{4}}))?"),
    re.compile(rf"(?<!\d\s)(?<!\d[snrt][tdh]\s)\b{_MONTH},?\s+(?P<year>\d{{4}})"),
]
# Repeats are bounded and begin at the first digit, so that a long run of digits takes no longer.
_FIGURE = r"(?<!\d)\d{1,15}(?:\.\d{1,15})?"
_SCALED = re.compile(
    rf"(?P<number>(?<!\d)\d{{1,3}}(?:,\d{{3}}){{1,5}}(?:\.\d{{1,15}})?|{_FIGURE})\s*"
    r"(?P<unit>万亿|百万|千万|[千万亿]|(?:hundred|thousand|million|billion|trillion)\b)"
)
_PERCENT = re.compile(rf"(?P<number>{_FIGURE})\s*(?:per\s?cent\b|个百分点)")
_CHINESE_PERCENT = re.compile(r"百分之(?P<number>[零〇一二两三四五六七八九十百]+|\d+(?:\.\d+)?)")
_CHINESE_NUMBER = re.compile(
    r"(?<!\d)(?:[一二两三四五六七八九]?[十百千](?!分[之点])(?:[一二三四五六七八九十百千]|两(?=[百千]))*"
    "|[二两三四五六七八九])"
)
_NUMBER_WORD = re.compile(rf"\b(?:({'|'.join(_TENS)})[- ])?({'|'.join(_NUMBER_WORDS)})\b")


def find_quantities(text: str) -> Iterator[tuple[str, int, int]]:
    """Yield (token, start, end) for the numbers and dates of a folded text.

    Numbers come as plain decimals (`16900000000000`), shares as `24.4%`, dates as `#05-21`,
    `#2025-05` or `#2025-05-21`. Numbers that stand in digits without a unit are words already.

    >>> [token for token, _, _ in find_quantities("16.9万亿元")]
    ['16900000000000']
    >>> [token for token, _, _ in find_quantities("on may 21, sixteen measures")]
    ['#05-21', '16']
    """
    for pattern in _DATES:
        for match in pattern.finditer(text):
            yield from ((token, *match.span()) for token in _date_tokens(match))
    for match in _SCALED.finditer(text):
        value = Decimal(match["number"].replace(",", "")) * _MULTIPLIERS[match["unit"]]
        yield _plain(value), *match.span()
    for match in _PERCENT.finditer(text):
        yield f"{match['number']}%", *match.span()
    for match in _CHINESE_PERCENT.finditer(text):
        number = match["number"]
        yield f"{number if number[0].isdigit() else chinese_value(number)}%", *match.span()
    for match in _CHINESE_NUMBER.finditer(text):
        yield str(chinese_value(match.group())), *match.span()
    for match in _NUMBER_WORD.finditer(text):
        tens = _NUMBER_WORDS[match[1]] if match[1] else 0
        yield str(tens + _NUMBER_WORDS[match[2]]), *match.span()


def _date_tokens(match: re.Match[str]) -> Iterator[str]:
    found = match.groupdict()
    month = int(found["number"]) if found.get("number") else _month(found["month"])
    day, year = found.get("day"), found.get("year")
    if not 1 <= month <= 12:
        return
    if day:
        yield f"#{month:02}-{int(day):02}"
    if year:
        yield f"#{year}-{month:02}"
    if not day and not year:
        yield f"#{month:02}"


def _month(name: str) -> int:
    return next(n for n, month in enumerate(_MONTHS, start=1) if month.startswith(name[:3]))


def chinese_value(numeral: str) -> int:
    """The value of a numeral in characters, with units or digit by digit; 0 where there is none.

    >>> chinese_value("一百四十四"), chinese_value("二〇二四"), chinese_value("3十")
    (144, 2024, 30)
    """
    if not any(character in _CHINESE_UNITS for character in numeral):
        return int("0" + "".join(str(_digit(character)) for character in numeral))
    total = digit = 0
    for character in numeral:
        if character in _CHINESE_UNITS:
            total += (digit or 1) * _CHINESE_UNITS[character]
            digit = 0
        else:
            digit = _digit(character)
    return total + digit


def _digit(character: str) -> int:
    return int(character) if character.isdecimal() else _CHINESE_DIGITS[character]


def _plain(value: Decimal) -> str:
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text

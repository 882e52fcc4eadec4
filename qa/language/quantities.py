"""Numbers and dates in one form, whatever the language: 16.9万亿 = 16.9 trillion, 5月21日 = May 21.

Each becomes a token that stands in the index beside the words, so that a figure is found by
its value in either language.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from qa.types import Language

_CHINESE_DIGITS = dict(
    zip("零〇一二两三四五六七八九", [0, 0, 1, 2, 2, 3, 4, 5, 6, 7, 8, 9], strict=True)
)
_CHINESE_UNITS = {"十": 10, "百": 100, "千": 1000}
MULTIPLIERS = {
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
NUMBER_WORDS = {word: value for value, word in enumerate(_ONES)} | {
    word: 10 * value for value, word in enumerate(_TENS, start=2)
}
MONTHS = (
    "january february march april may june july august september october november december"
).split()

_ENGLISH_SCALES = {" trillion": 10**12, " billion": 10**9, " million": 10**6}
_CHINESE_SCALES = {"万亿": 10**12, "亿": 10**8, "万": 10**4}

_MONTH = rf"(?P<month>{'|'.join(MONTHS)}|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)\b\.?"
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
_NUMBER_WORD = re.compile(rf"\b(?:({'|'.join(_TENS)})[- ])?({'|'.join(NUMBER_WORDS)})\b")

_LEADING_DIGITS = re.compile(
    r"(?:[1-9][0-9]{0,2}(?:,[0-9]{3}){1,5}|0|[1-9][0-9]{0,14})(?:\.[0-9]{1,6})?(?![0-9,.])"
)
_LEADING_WORDS = re.compile(r"([a-z]++)(?:[ -]([a-z]++))?")
_ONE = "[一二两三四五六七八九]"
_TENS_NUMERAL = f"(?:{_ONE}?十{_ONE}?|{_ONE})"
_HUNDREDS = f"{_ONE}百(?:{_ONE}十{_ONE}?|零{_ONE})?"
_THOUSANDS = f"{_ONE}千(?:{_HUNDREDS}|零{_TENS_NUMERAL})?"
_LEADING_NUMERAL = re.compile(  # 一百五 is 150 and 一万二 12,000: such short forms are left out
    f"(?:(?P<ten_thousands>{_HUNDREDS}|{_TENS_NUMERAL})万(?P<rest>{_THOUSANDS})"
    f"|{_THOUSANDS}|{_HUNDREDS}|{_TENS_NUMERAL})(?![零〇一二两三四五六七八九十百0-9])"
)


@dataclass(frozen=True, slots=True)
class LeadingNumber:
    """A number at the beginning of a text, its digits, and what follows it."""

    amount: Decimal
    digits: str
    rest: str
    spelled: bool = False


def leading_number(text: str) -> LeadingNumber | None:
    """The number that a folded text begins with, without 万 or million.

    Only what can be read in one way: no leading zeros, no 一百五 or 三五.

    >>> leading_number("一万二千元"), leading_number("一百五")
    (LeadingNumber(amount=Decimal('12000'), digits='12000', rest='元', spelled=True), None)
    """
    if match := _LEADING_DIGITS.match(text):
        digits = match.group()
        return LeadingNumber(Decimal(digits.replace(",", "")), digits, text[match.end() :])
    if match := _LEADING_NUMERAL.match(text):
        high, low = match["ten_thousands"] or "", match["rest"] or match.group()
        value, end = 10_000 * chinese_value(high) + chinese_value(low), match.end()
    elif (match := _LEADING_WORDS.match(text)) and match[1] in NUMBER_WORDS:
        value, ones = NUMBER_WORDS[match[1]], NUMBER_WORDS.get(match[2] or "", 0)
        compound = value >= 20 and 0 < ones < 10
        value, end = value + ones * compound, match.end(1 + compound)
    else:
        return None
    return LeadingNumber(Decimal(value), f"{value}", text[end:], spelled=True)


def written_number(amount: Decimal, language: Language, *, digits: str = "") -> str:
    """Write a number, not rounded, as its language does: 8000万 is 80 million.

    `digits` are those of a text that has no 万 or million; English then has none either.

    >>> written_number(Decimal(80_000_000), Language.ENGLISH)
    '80 million'
    >>> written_number(Decimal(12_500), Language.SIMPLIFIED, digits="12,500")
    '12,500'
    """
    plain = f"{amount if digits else amount.normalize():,f}"
    if language is Language.ENGLISH:
        return plain if digits else _short(amount, _ENGLISH_SCALES, places=3) or plain
    return _short(amount, _CHINESE_SCALES, places=0 if digits else 2) or digits or plain


def _short(amount: Decimal, scales: Mapping[str, int], *, places: int) -> str:
    """A number in the largest scale that leaves few decimals, "" without one."""
    for word, size in scales.items():
        short = amount / size
        if short >= 1 and short == round(short, places):
            return f"{short.normalize():,f}{word}"
    return ""


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
        value = Decimal(match["number"].replace(",", "")) * MULTIPLIERS[match["unit"]]
        yield _plain(value), *match.span()
    for match in _PERCENT.finditer(text):
        yield f"{match['number']}%", *match.span()
    for match in _CHINESE_PERCENT.finditer(text):
        number = match["number"]
        yield f"{number if number[0].isdigit() else chinese_value(number)}%", *match.span()
    for match in _CHINESE_NUMBER.finditer(text):
        yield str(chinese_value(match.group())), *match.span()
    for match in _NUMBER_WORD.finditer(text):
        tens = NUMBER_WORDS[match[1]] if match[1] else 0
        yield str(tens + NUMBER_WORDS[match[2]]), *match.span()


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
    return next(n for n, month in enumerate(MONTHS, start=1) if month.startswith(name[:3]))


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

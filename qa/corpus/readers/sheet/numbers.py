"""A value of a spreadsheet's cell becomes what people see in it: 0.15 as 15 %, 1234.5 as ¥1,234.50.

The codes of number formats are those of ECMA-376, part 1, 18.8.31. Dates are written as ISO 8601,
but where their format leaves out the day or the year, these are left out as well.
"""

import math
import re
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from enum import Enum
from functools import lru_cache

Value = int | float | str | bool | time | date | datetime | timedelta

BUILT_IN = {
    1: "0", 2: "0.00", 3: "#,##0", 4: "#,##0.00", 9: "0%", 10: "0.00%", 37: "#,##0", 38: "#,##0",
    39: "#,##0.00", 40: "#,##0.00", 42: "#,##0", 44: "#,##0.00", 27: "yyyy年m月", 57: "yyyy年m月",
    36: "yyyy年m月", 50: "yyyy年m月", 52: "yyyy年m月", 55: "yyyy年m月", 28: "m月d日", 58: "m月d日",
    29: "m月d日", 51: "m月d日", 53: "m月d日", 54: "m月d日", 56: "m月d日", 17: "mmm-yy",
}  # fmt: skip
"""The formats that a file does not spell out; those of dates as Excel has them in Chinese."""

_GENERAL_DIGITS = 10
"""A cell without format shows at most 11 characters: ten digits and a point."""

_CODE_LENGTH = 255  # the longest that Excel takes
_LARGEST = 1e15
"""Excel keeps 15 digits; what is larger is shown without its format."""

_DECIMALS, _PERCENTS = 8, 2  # as many of them keep a number within the 28 digits of `Decimal`
_TOKEN = re.compile(
    r'"(?P<quoted>[^"]*+)"|\\(?P<escaped>.)|_(?P<space>.)|\*(?P<fill>.)|\[(?P<bracket>[^\]]*+)\]'
    r"|(?P<general>General|G/通用格式)|(?P<digits>[0#?][0#?.,]*+|\.[0#?]++)|(?P<other>.)",
    re.DOTALL | re.IGNORECASE,
)
_EXOTIC = "/eE@"  # of fractions, powers of ten, text
_CURRENCY = re.compile(r"\$([^-]*+)")
_CONDITION = re.compile(r"[<>=]")
_QUOTED = re.compile(r'"[^"]*+"|\\.|\[[^\]]*+\]')


def shown(value: Value, code: str = "") -> str:
    """A value as its cell shows it.

    >>> shown(0.15, "0%"), shown(1234.5, '"¥"#,##0.00'), shown(3.0000000004), shown(5.0)
    ('15%', '¥1,234.50', '3', '5')
    """
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, str):
        return value
    if isinstance(value, int | float):
        return _number(float(value), code)
    if isinstance(value, timedelta):
        minutes = round(value.total_seconds()) // 60
        return f"{minutes // 60}:{minutes % 60:02}"
    return _moment(value, code)


def _number(value: float, code: str) -> str:
    if not code or not abs(value) < _LARGEST:
        return _general(value)
    sign = (value > 0) - (value < 0)
    pieces, percents, is_own = _pieces(code[:_CODE_LENGTH], sign)
    if not pieces:
        return _general(value)
    amount = abs(value)
    scaled = Decimal(repr(amount)).scaleb(2 * percents)
    text = ""
    for kind, piece in pieces:
        if kind is _Kind.GENERAL:
            text += _general(amount)
        else:
            text += _digits(scaled, piece) if kind is _Kind.DIGITS else piece
    text = text.strip()
    minus = value < 0 and not is_own and any("1" <= char <= "9" for char in text)
    return f"-{text}" if minus else text


class _Kind(Enum):
    """What a piece of a format's code stands for."""

    GENERAL = 0
    DIGITS = 1
    LITERAL = 2


@lru_cache(maxsize=1024)
def _pieces(code: str, sign: int) -> tuple[list[tuple[_Kind, str]], int, bool]:
    """The pieces of a format for numbers of a sign, how often it says %, and whether it is theirs.

    No pieces where the number is better shown without it.
    """
    section, is_own = _section(sign, code)
    pieces: list[tuple[_Kind, str]] = []
    other = ""
    for found in _TOKEN.finditer(section):
        if found["general"]:
            pieces.append((_Kind.GENERAL, ""))
        elif found["digits"]:
            pieces.append((_Kind.DIGITS, found["digits"]))
        elif found["bracket"]:
            currency = _CURRENCY.match(found["bracket"])
            pieces.append((_Kind.LITERAL, currency[1] if currency else ""))
        elif not found["fill"]:
            text = found["quoted"] or found["escaped"] or found["other"] or " "
            other += found["other"] or ""
            pieces.append((_Kind.LITERAL, "" if found["quoted"] == "" else text))
    numbers = sum(kind != _Kind.LITERAL for kind, _ in pieces)
    says = numbers == 1 or (numbers == 0 and '"' in section)
    percents = other.count("%")
    is_plain = says and not set(other) & set(_EXOTIC) and percents <= _PERCENTS
    return (pieces if is_plain else []), percents, is_own


def _section(sign: int, code: str) -> tuple[str, bool]:
    """The part of a format for numbers of a sign, and whether it is one for negative ones only."""
    sections, start = [], 0
    for found in _TOKEN.finditer(code):
        if found.group() == ";":
            sections.append(code[start : found.start()])
            start = found.end()
    sections.append(code[start:])
    if any(_CONDITION.search(bracket) for bracket in re.findall(r"\[([^\]]*+)\]", code)):
        return "", False
    if sign < 0 and len(sections) > 1:
        return sections[1], True
    return sections[2] if sign == 0 and len(sections) > 2 else sections[0], False


def _digits(amount: Decimal, pattern: str) -> str:
    """A number of at least zero in the digits of a format: 0.00, #,##0, 00000."""
    whole, _, fraction = pattern.partition(".")
    thousands = len(pattern) - len(pattern.rstrip(","))
    fraction = fraction.replace(",", "")[:_DECIMALS]
    amount = amount.scaleb(-3 * thousands)
    amount = amount.quantize(Decimal(1).scaleb(-len(fraction)), ROUND_HALF_UP)
    grouped = "," if "," in whole.rstrip(",") else ""
    left, _, right = f"{amount:{grouped}f}".partition(".")
    least = len(fraction.rstrip("#"))
    while len(right) > least and right.endswith("0"):
        right = right[:-1]
    left = left.zfill(whole.count("0")) if not grouped else left
    if left == "0" and "0" not in whole and not right:
        return ""  # only zeros in a format are written where the number has no digit
    return f"{left}.{right}" if right else left


def _general(value: float) -> str:
    """A number without format: whole ones as they are, others without what binary adds."""
    if not math.isfinite(value):
        return ""
    if value == int(value) and abs(value) < _LARGEST * 10:
        return str(int(value))
    return format(Decimal(f"{value:.{_GENERAL_DIGITS}g}").normalize(), "f")


def _moment(value: date | time, code: str) -> str:
    if isinstance(value, time):
        return value.strftime("%H:%M:%S").removesuffix(":00")
    letters = _QUOTED.sub("", code).lower()
    dated = f"{value:%Y-%m-%d}"
    if code and isinstance(value, datetime) and not ("h" in letters or "s" in letters):
        value = value.date()  # the time is not shown
    if isinstance(value, datetime):
        clock = f"{value:%H:%M:%S}".removesuffix(":00")
        return dated if clock == "00:00" else f"{dated} {clock}"
    if "y" in letters and "d" not in letters and "m" in letters:
        return f"{value.year}年{value.month}月" if "月" in code else f"{value:%Y-%m}"
    if "月" in code and "d" in letters and "y" not in letters:
        return f"{value.month}月{value.day}日"
    return f"{value.year}年" if "y" in letters and not {"m", "d"} & set(letters) else dated

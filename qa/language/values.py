"""Values of documents in the asker's language: 每人每月不超过2,000元, up to £12,000 a year.

A text is peeled from outside (limits, 每月, 以内) down to numbers with units, dates and times of
day. What is not wholly in data/values.toml is not rendered: its own words are exact.
"""

import re
import tomllib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from importlib.resources import files

from qa.language.dates import find_dates, written_date
from qa.language.quantities import MULTIPLIERS, LeadingNumber, leading_number, written_number
from qa.language.text import detect_language, is_chinese, to_script, to_simplified
from qa.types import Language

_LONGEST = 100  # characters of a text that may be one value
_DEEPEST = 4  # words around a value, some around others
_MOST_LISTED = 3

_DATES = {"date", "season"}  # a season is a date without its year
_UNCLEAR = {"unclear", "number"}  # no values without words around them: 15日, 24年, 3

_SHORT_RANGES = ("… to …", "…至…")
_NUMBER_FIRST = re.compile(r"(?:^|\|)#(?![%‰])")  # 3 to 5 days, but 3% to 5%
_DASHES = dict.fromkeys(map(ord, "–—～−~"), "-")
_FOLDED = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | _DASHES
_YEAR = re.compile("20[0-9]{2}")
_PARTED = re.compile(r"[0-9]\s++[0-9]")
_CLOCK = re.compile(r"(?:[01]?[0-9]|2[0-4]):[0-5][0-9]")
_HALF_DAY = re.compile(r"(1[01]|[1-9])(?:[:.]([0-5][0-9]))? ?([ap])\.?m\.?")


@dataclass(frozen=True, slots=True)
class _Value:
    """A number with its unit, or words that hold one: `template` with its # filled."""

    kind: str
    number: str
    template: str = "#"
    state: str = "plain"
    amount: Decimal = Decimal(0)
    iso: str = ""

    @property
    def text(self) -> str:
        one, _, other = self.template.partition("|")
        return (other if other and self.amount != 1 else one).replace("#", self.number)


def rendered(text: str, language: Language, *, source: Language | None = None) -> str:
    """Write a short answer in the language of the asker; "" where it is not wholly understood.

    `source` is the language of the document, where the caller knows it: in Traditional ones 元
    is not the mainland's, and 300元 alone does not tell.

    >>> rendered("每人每月不超过2,000元", Language.ENGLISH)
    'not more than CNY 2,000 a month per person'
    >>> rendered("up to £12,000 a year", Language.SIMPLIFIED)
    '每年不超过12,000英镑'
    """
    written = detect_language(text, otherwise=Language.ENGLISH)
    if is_chinese(written) and is_chinese(language):
        return to_script(text, language)
    if written is language:
        return text
    folded = text.translate(_FOLDED).casefold().replace("--", "-").strip().rstrip(".;,:。、")
    if language is Language.ENGLISH:
        joined = "" if _PARTED.search(folded) else "".join(to_simplified(folded).split())
        found = _reader(Language.ENGLISH).rendered(joined)
        abroad = "元" in found and Language.TRADITIONAL in (written, source)
        return "" if abroad else found.replace("元", "CNY")
    found = _reader(Language.SIMPLIFIED).rendered(" ".join(folded.split()).replace(" - ", "-"))
    if not found and not any(c.isalpha() or unicodedata.category(c) == "Sc" for c in text):
        found = text  # 40%
    if language is Language.SIMPLIFIED:
        found = found.replace("人民币", "")  # abroad 元 is another currency
    return to_script(found, language)


@cache
def _reader(to: Language) -> "_Reader":
    return _Reader(to)


class _Reader:
    """Reads values in one language and writes them in the other, by a table of words."""

    def __init__(self, to: Language) -> None:
        self._to = to
        data = files("qa.language").joinpath("data/values.toml").read_text(encoding="utf-8")
        tables = tomllib.loads(data)
        table = tables["to_english" if to is Language.ENGLISH else "to_chinese"]
        self._groups = {
            group: [part.split() for part in rule.split(";")]
            for group, rule in tables["groups"].items()
        }
        self._units = {word: (kind, made) for kind, made, word in _entries(table["units"])}
        self._signs = {word: (kind, made) for kind, made, word in _entries(table["signs"])}
        per = [
            ("per", made, form.replace("@", unit))
            for form in table["per_forms"]
            for _, made, unit in _entries({"": table["per"]})
        ]
        around = sorted(_entries(table["around"]), key=lambda entry: -len(entry[2]))
        # 每月 before 每, and outside of limits
        self._around = [(group, made, *form.split("…")) for group, made, form in per + around]
        ranges = _entries(table["ranges"])
        self._ranges = [(state, made, *form.split("…")) for state, made, form in ranges]
        self._joints = {word: made for made, words in table["lists"].items() for word in words}
        longest_first = sorted(self._joints, key=len, reverse=True)
        self._joint = re.compile(f"({'|'.join(map(re.escape, longest_first))})")

    def rendered(self, text: str) -> str:
        value = self._read(text, _DEEPEST) if len(text) <= _LONGEST else None
        clear = value and (value.state != "plain" or value.kind not in _UNCLEAR)
        return value.text if value and clear else ""

    def _read(self, text: str, depth: int) -> _Value | None:
        found = self._single(text) or self._range(text) or self._list(text)
        if found or not depth:
            return found
        for group, made, before, after in self._around:
            if inner := _between(text, before, after):
                value = self._read(inner, depth - 1)
                if value and (whole := self._enclosed(value, group, made)):
                    return whole
        return None

    def _enclosed(self, value: _Value, group: str, made: str) -> _Value | None:
        kinds, states, (state,) = self._groups[group]
        if group == "end" and _YEAR.fullmatch(value.number):
            value = self._date_of(value.number)
        if value.kind not in kinds or value.state not in states:
            return None
        state = "limited" if group == "per" and value.state == "limited" else state
        kind = "time" if value.kind == "unclear" else value.kind
        return _Value(kind, made.replace("…", value.text), state=state)

    def _single(self, text: str) -> _Value | None:
        return self._date(text) or self._clock(text) or self._measure(text)

    def _measure(self, text: str) -> _Value | None:
        for sign in ("", *self._signs):
            number = leading_number(text[len(sign) :].strip()) if text.startswith(sign) else None
            for scale, unit in _scaled(number.rest) if number else ():
                kind, made = self._unit(sign, unit)
                if number and made:
                    return self._value(kind, made, number, MULTIPLIERS.get(scale, 1))
        return None

    def _unit(self, sign: str, unit: str) -> tuple[str, str]:
        """The kind of a unit and how it is written; empty where there is none."""
        if sign:
            kind, made = self._signs[sign]
            return (kind, made) if not unit or (unit == "元" and kind == "money") else ("", "")
        return self._units.get(unit, ("", "")) if unit else ("number", "#")

    def _value(self, kind: str, made: str, number: LeadingNumber, scale: int) -> _Value | None:
        amount = number.amount * scale
        if kind == "number" and scale == 1:
            return _Value(kind, number.digits, made, amount=amount)
        if kind == "tenth":  # 八折 is 80%
            digits = written_number(amount * 10, self._to)
            return _Value("share", digits, made, amount=amount) if amount < 10 else None
        clear = {"number": "count", "day": "unclear" if amount <= 31 else "time"}
        kind = clear.get(kind) or (_kind_of_years(number) if kind == "year" else kind)
        words = written_number(amount, self._to, digits=number.digits if scale == 1 else "")
        return _Value(kind, words, made, amount=amount) if kind else None

    def _range(self, text: str) -> _Value | None:
        for state, made, before, middle, after in self._ranges:
            parts = _between(text, before, after).split(middle)
            for place in range(1, len(parts) if len(parts) <= _MOST_LISTED else 0):
                ends = middle.join(parts[:place]).strip(), middle.join(parts[place:]).strip()
                first, last = map(self._single, self._completed(*ends))
                if first and last and (kind := _common_kind(first, last)):
                    first, last = self._dated(first, last)
                    alike = made in _SHORT_RANGES and _NUMBER_FIRST.search(first.template)
                    start = first.number if alike else first.text
                    whole = made.replace("…", start, 1).replace("…", last.text)
                    return _Value(kind, whole, state=state)
        return None

    def _completed(self, first: str, last: str) -> tuple[str, str]:
        """Give both ends of a range what only one has: 3至5年, 20万—50万元, £5 to 10."""
        start, end = leading_number(first), leading_number(last)
        if sign := next((sign for sign in self._signs if first.startswith(sign)), ""):
            bare = first[-1].isdecimal()
            if bare and not last[-1:].isdecimal():
                return "", ""  # £5 to £10 million
            return first, sign + last if end and (bare or last.endswith("元")) else last
        if start and end and not start.rest and start.amount < end.amount:
            return first + end.rest, last
        if start and end and start.rest.strip() in MULTIPLIERS:
            return f"{first} {_scaled(end.rest)[-1][1]}", last
        month, _, day = first.partition("月")
        if (start := leading_number(day)) and end and start.rest == end.rest in ("日", "号"):
            last = f"{month}月{last}" if start.amount < end.amount else ""
        return first, last

    def _dated(self, first: _Value, last: _Value) -> tuple[_Value, _Value]:
        """Give both dates the year that one has, where it comes out in order."""
        if {first.kind, last.kind} != _DATES:
            return first, last
        year = first.iso[:4] if first.kind == "date" else last.iso[:4]
        start, end = (year + one.iso[one.iso.index("-") :] for one in (first, last))
        return (self._date_of(start), self._date_of(end)) if start < end else (first, last)

    def _list(self, text: str) -> _Value | None:
        parts = self._joint.split(text)
        if not 1 < len(parts) < 2 * _MOST_LISTED:
            return None
        values = [self._single(part) or self._range(part) for part in parts[::2]]
        found = [value for value in values if value and value.state == "plain"]
        kinds = {value.kind for value in found}
        if len(found) < len(values) or kinds & _UNCLEAR or (len(kinds) > 1 and kinds != _DATES):
            return None
        joints = [self._joints[joint] for joint in parts[1::2]] + [""]
        words = "".join(value.text + joint for value, joint in zip(found, joints, strict=True))
        return _Value(min(kinds), words, state="list")

    def _date(self, text: str) -> _Value | None:
        if iso := _whole_date(text):
            return self._date_of(iso)
        english = self._to is not Language.ENGLISH
        iso = _whole_date(f"{text} 2024" if english else f"2024年{text}")  # which has all days
        unsure = text == "may" or not text[-1:].isalnum()
        return self._date_of(iso[4:]) if "-" in iso and not unsure else None

    def _date_of(self, iso: str) -> _Value:
        kind = "season" if iso.startswith("-") else "date"
        return _Value(kind, written_date(iso, self._to), iso=iso)

    def _clock(self, text: str) -> _Value | None:
        if (half := _HALF_DAY.fullmatch(text)) and self._to is not Language.ENGLISH:
            hour, minute, letter = half.groups()
            return _Value("clock", f"{'上午' if letter == 'a' else '下午'}{hour}:{minute or '00'}")
        return _Value("clock", text) if _CLOCK.fullmatch(text) else None


def _entries(table: Mapping[str, Mapping[str, str]]) -> list[tuple[str, str, str]]:
    """The words of a table, each with its group and what is written for it."""
    return [
        (group, made, word)
        for group, rules in table.items()
        for made, words in rules.items()
        for word in words.split(", ")
    ]


def _between(text: str, before: str, after: str) -> str:
    """What stands between two words, "" where they do not stand around a text."""
    if not (text.startswith(before) and text.endswith(after)):
        return ""
    return text[len(before) : max(len(before), len(text) - len(after))].strip()


def _scaled(rest: str) -> list[tuple[str, str]]:
    """The ways to read what follows a number as 万 or million, or none, and a unit."""
    rest = rest.strip()
    scales = sorted(("", *MULTIPLIERS), key=len)
    return [(scale, rest[len(scale) :].strip()) for scale in scales if rest.startswith(scale)]


def _common_kind(first: _Value, last: _Value) -> str:
    """What kind of value a range of two is, "" where they make none."""
    kinds = {first.kind, last.kind}
    if kinds == {"clock"} or (kinds <= _DATES and ("-" in first.iso) == ("-" in last.iso)):
        return min(kinds)
    alike = not kinds & {*_DATES, "clock"} and first.template == last.template
    return min(kinds) if alike and first.amount < last.amount else ""  # 3年至15年 is time


def _kind_of_years(number: LeadingNumber) -> str:
    """24年 may be 2024, and 85年 1996; 113年 is rather a year of the Republic."""
    if number.amount >= 100:
        return ""
    clear = number.amount <= 70 and (number.spelled or not 15 <= number.amount < 30)
    return "time" if clear else "unclear"


def _whole_date(text: str) -> str:
    dates = find_dates(text)
    return dates[0].iso if dates and (dates[0].start, dates[0].end) == (0, len(text)) else ""

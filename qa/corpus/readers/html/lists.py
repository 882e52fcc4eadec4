"""The numbers of list items as a browser shows them."""

import re
from dataclasses import dataclass

from lxml.html import HtmlElement

from qa.corpus.labels import read_label
from qa.corpus.paragraphs import ARTICLE
from qa.corpus.readers.html.styles import style_of

_LARGEST = 1_000_000
"""Beyond it a number is a mistake: no list has so many items."""

_NUMBER = re.compile(r"-?\d{1,7}")
_TYPES = {"a": "lower-alpha", "A": "upper-alpha", "i": "lower-roman", "I": "upper-roman"}
_LETTERS = {"lower-alpha": "a", "lower-latin": "a", "upper-alpha": "A", "upper-latin": "A"}
_ROMAN = (
    (1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"),
    (40, "xl"), (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"),
)  # fmt: skip
_DIGITS = "零一二三四五六七八九"
_STYLE = re.compile(r"(?:decimal|(?:lower|upper)-(?:alpha|latin|roman)|cjk-ideographic|none"
                    r"|(?:simp|trad)-chinese-(?:in)?formal|disc|circle|square)\b")  # fmt: skip


@dataclass(slots=True)
class Counter:
    """The number of the next item of a list; style: "" for a list without numbers."""

    number: int = 1
    step: int = 1
    style: str = ""

    @classmethod
    def of(cls, element: HtmlElement) -> "Counter":
        """The counter of a list that begins."""
        style = _style(element)
        if element.tag != "ol":
            return cls(style=style if style == "none" else "")
        step = -1 if element.get("reversed") is not None else 1
        first = 1 if step > 0 else sum(child.tag == "li" for child in element)
        start = _number(element.get("start"))
        return cls(first if start is None else start, step, style or "decimal")

    def mark(self, item: HtmlElement) -> str:
        """What stands before an item; the next one gets the next number."""
        if not self.style or self.style == "none":
            return "" if self.style else "- "
        value = _number(item.get("value"))
        number = self.number if value is None else value
        self.number = number + self.step
        style = _style(item) or self.style
        return "" if style == "none" else _shown(number, style)


def begins_with_label(text: str) -> bool:
    """Whether an item has its number in its text.

    >>> begins_with_label("（一）年满18周岁"), begins_with_label("年满18周岁")
    (True, False)
    """
    return bool(read_label(text)[0] or ARTICLE.match(text))


def _number(attribute: str | None) -> int | None:
    text = (attribute or "").strip()
    return int(text) if _NUMBER.fullmatch(text) and abs(int(text)) <= _LARGEST else None


def _style(element: HtmlElement) -> str:
    declared = style_of(element)
    wanted = declared.get("list-style-type") or declared.get("list-style", "")
    found = _STYLE.search(wanted) or _STYLE.search(_TYPES.get(element.get("type", ""), ""))
    return found.group() if found else ""


def _shown(number: int, style: str) -> str:
    """A number and the marks behind it.

    >>> _shown(3, "decimal"), _shown(28, "lower-alpha"), _shown(14, "upper-roman")
    ('3. ', 'ab. ', 'XIV. ')
    >>> _shown(12, "cjk-ideographic")
    '十二、'
    """
    if style in _LETTERS and number > 0:
        return f"{_letters(number, _LETTERS[style])}. "
    if style.endswith("roman") and 0 < number < 4000:
        roman = _roman(number)
        return f"{roman.upper() if style.startswith('upper') else roman}. "
    if ("chinese" in style or style.startswith("cjk")) and 0 < number < 100:
        return f"{_chinese(number)}、"
    return f"{number}. "


def _letters(number: int, first: str) -> str:
    letters = ""
    while number:
        number, letter = divmod(number - 1, 26)
        letters = chr(ord(first) + letter) + letters
    return letters


def _roman(number: int) -> str:
    written = ""
    for worth, letters in _ROMAN:
        count, number = divmod(number, worth)
        written += letters * count
    return written


def _chinese(number: int) -> str:
    tens, ones = divmod(number, 10)
    digits = _DIGITS[ones] if ones else ""
    return f"{_DIGITS[tens] if tens > 1 else ''}{'十' if tens else ''}{digits}"

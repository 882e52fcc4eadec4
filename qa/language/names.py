"""Names of places, offices, companies and works, and the forms in which a title may have them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from qa.language.segmentation import is_known, is_name, romanise
from qa.language.text import HAN_RUN, fold
from qa.language.words import CHINESE_STOP_WORDS, ENGLISH_STOP_WORDS, cut, stem

_PLACE_SUFFIXES = "省市县区州镇乡港园"
_AND = frozenset({"和", "与", "跟", "同", "及", "或", "还是", "以及"})
_AFTER_FIGURE = re.compile(r"(?<=\d)[年月日号]")
_AREAS = "省市县区州镇乡"
_LATIN_WORD = re.compile(r"[A-Za-z][A-Za-z'’-]*")
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
_YEARS = re.compile(r"(?<!\d)((?:19|20)\d\d)\s?年?\s?[-–—~/至到]\s?((?:19|20)?\d\d)(?![\d月])")
_SHORT_YEARS = re.compile(r"(?<![\d.])(\d\d)\s?[-–—/]\s?(\d\d)(?=\s?年|[^\d.%元]|$)")
_TWO_DIGIT_YEAR = re.compile(r"(?<![\d.])(1[5-9]|2\d)年(?![以内期限间来多左中])")
_ROC_YEAR = re.compile(r"(?<![\d.])(1[0-2]\d)\s?(?:學?年|学年)")
_CHINESE_YEAR = re.compile(r"[一二][〇○零一二三四五六七八九]{3}(?=年)")
_DIGITS = str.maketrans("〇○零一二三四五六七八九", "000123456789")
_ROC_BEGINS = 1911
_LONGEST_SPAN = 6
"""Years; a longer range (2021-2035) is a plan's, not the years of a report."""


@dataclass(frozen=True, slots=True)
class Name:
    """A word that may name something, folded, and its forms in the same and in Latin letters."""

    word: str
    forms: frozenset[str]


@lru_cache(maxsize=128)
def find_names(text: str) -> tuple[Name, ...]:
    """The words of a text that are names, or that no dictionary has.

    >>> [name.word for name in find_names("合肥市的补贴是多少？")]
    ['合肥市']
    """
    # The 年 of 2024年 is no part of the name behind it.
    folded = _AFTER_FIGURE.sub(r"\g<0> ", fold(text))
    found = {
        word: Name(word, _chinese_forms(word))
        for run in HAN_RUN.findall(folded)
        for word in _with_coordinate(cut(run))
    }
    for match in _LATIN_WORD.finditer(text):
        word = fold(match.group())
        if word not in ENGLISH_STOP_WORDS and len(word) > 1:
            found[word] = Name(word, frozenset({word, stem(word)}))
    return tuple(found.values())


def _with_coordinate(words: Sequence[str]) -> list[str]:
    """The names among words, and what "和" puts beside one: 北埠和东渡, 北埠新区和东渡新区."""
    named = {
        number
        for number, word in enumerate(words)
        if len(word) > 1 and word not in CHINESE_STOP_WORDS and _may_name(word)
    }
    for number, word in enumerate(words):
        if word in _AND and 0 < number < len(words) - 1:
            # Both may stand before the same noun.
            noun_of_both = words[number - 1] in words[number + 2 : number + 3]
            pair = {number - 1 - noun_of_both, number + 1} - {-1}
            if named & pair:
                named |= {one for one in pair if len(words[one]) > 1}
    return [words[number] for number in sorted(named)]


def is_place(word: str) -> bool:
    """Whether a folded word is written as a place is, by its last character: 青澜市, 望江县."""
    return len(word) > 2 and word[-1] in _AREAS and (is_name(word) or not is_known(word))


def is_capitalised(word: str, text: str) -> bool:
    """Whether a text writes a folded Latin word with a capital, but not because it begins there."""
    return word in _capitalised(text)


@lru_cache(maxsize=64)
def _capitalised(text: str) -> frozenset[str]:
    first: dict[str, re.Match[str]] = {}
    for match in _LATIN_WORD.finditer(text):
        first.setdefault(fold(match.group()), match)
    return frozenset(w for w, m in first.items() if m.start() > 0 and m.group()[0].isupper())


def find_years(text: str) -> frozenset[str]:
    """The years that a text names, as four digits, also 民國113年, 二〇二四年, 2024-25 and 24/25.

    >>> sorted(find_years("113學年度、2022到2024三年"))
    ['2022', '2023', '2024']
    """
    found = set(_YEAR.findall(text))
    found |= {str(int(year) + _ROC_BEGINS) for year in _ROC_YEAR.findall(text)}
    found |= {f"20{year}" for year in _TWO_DIGIT_YEAR.findall(text)}
    found |= {year.translate(_DIGITS) for year in _CHINESE_YEAR.findall(text)}
    for first, last in _YEARS.findall(text):
        end = last if len(last) == len(first) else first[:2] + last
        if 0 < int(end) - int(first) < _LONGEST_SPAN:
            found |= {str(year) for year in range(int(first), int(end) + 1)}
    for first, last in _SHORT_YEARS.findall(text):
        if int(last) - int(first) == 1:
            found |= {f"20{first}", f"20{last}"}
    return frozenset(found)


def _may_name(word: str) -> bool:
    return is_name(word) or not is_known(word)


def _chinese_forms(word: str) -> frozenset[str]:
    """A place also without its 市 or 县, and in pinyin."""
    bare = word[:-1] if len(word) > 2 and word[-1] in _PLACE_SUFFIXES else word
    return frozenset({word, bare, romanise(bare), stem(romanise(bare))})

"""Lists in running text: sentences that count through (一是…二是…, First… Second…), and how many
things a sentence that announces a list says there are."""

import re
from collections.abc import Sequence

from qa.language.quantities import NUMBER_WORDS, chinese_value
from qa.language.text import fold

_ORDINALS = (
    ("一是", "首先", "第一", "其一", "一方面", "first"),
    ("二是", "其次", "第二", "其二", "另一方面", "second"),
    ("三是", "再次", "第三", "其三", "third"),
    *((f"{n}是", f"第{n}", f"其{n}", word) for n, word in (("四", "fourth"), ("五", "fifth"))),
    *((f"{n}是", f"第{n}", f"其{n}") for n in "六七八九十"),
)
_NUMBERED = re.compile(r"第.(?![，,、是：:])")
"""第一条 and 第二季度 number what they name, and count no reasons through."""

_OPENING = " 　“”\"'‘「『（("
APART = 2
"""Sentences that may stand between two members of a series: what is said of the first."""

_CHINESE_COUNT = re.compile(
    r"(?<![\d.第年月])(?P<digits>\d{1,3})?(?P<words>[二两三四五六七八九十双]{1,3})?\s?"
    r"(?:个?方面|重|[项条类种点个大])"
)
_ENGLISH_COUNT = re.compile(
    rf"\b(?P<digits>\d{{1,3}})?(?P<words>{'|'.join(list(NUMBER_WORDS)[2:13])})? [a-z]{{3,20}}s\b"
)


def series(sentences: Sequence[str]) -> list[tuple[int, ...]]:
    """The series in consecutive sentences, each by the numbers of its members in order.

    >>> series(["面临双重压力。", "一是外部的。", "订单少了。", "二是内部的。"])
    [(1, 3)]
    """
    found: list[tuple[int, ...]] = []
    members: list[int] = []
    for number, sentence in enumerate(sentences):
        ordinal = _ordinal(sentence)
        if ordinal == 1:
            found.append(tuple(members))
            members = [number]
        elif members and ordinal == len(members) + 1 and number - members[-1] <= APART + 1:
            members.append(number)
    return [one for one in (*found, tuple(members)) if len(one) > 1]


def _ordinal(sentence: str) -> int:
    """1 where a sentence begins with 一是 or first, 2 with 二是, 0 with none."""
    begun = fold(sentence[:20]).lstrip(_OPENING)
    if _NUMBERED.match(begun):
        return 0
    return next((n for n, words in enumerate(_ORDINALS, 1) if begun.startswith(words)), 0)


def stated(announcement: str) -> int:
    """How many things a sentence says there are, where it says one number; else 0.

    >>> stated("申报企业应当符合下列三项条件："), stated("There are two ways to apply:")
    (3, 2)
    """
    text = fold(announcement)
    matches = [*_CHINESE_COUNT.finditer(text), *_ENGLISH_COUNT.finditer(text)]
    numbers = {_number(m["digits"] or m["words"]) for m in matches if m["digits"] or m["words"]}
    return numbers.pop() if len(numbers) == 1 else 0


def _number(words: str) -> int:
    if words.isdecimal():
        return int(words)
    return NUMBER_WORDS.get(words) or (2 if words == "双" else chinese_value(words))

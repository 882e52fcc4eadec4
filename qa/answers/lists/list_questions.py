"""What list a question asks for: how many things, and what they are called.

"How many …?" asks for a number, which a sentence answers; it asks for no list.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from qa.answers.lists.enumerations import (
    ENGLISH_NUMERAL,
    MEASURE_WORD,
    NUMERAL,
    find_counts,
    parse_number,
)
from qa.language.text import fold
from qa.language.words import ENGLISH_STOP_WORDS, content_words, cut, stem, words

# Words for one kind of listed thing, of which a question and a document may use different ones.
_SYNONYMS = [
    frozenset(group.split())
    for group in (
        "措施 举措 政策 办法 做法 方式 形式 途径 手段 measure step action policy policies way",
        "任务 方面 领域 方向 板块 重点 task area field aspect respect priority direction focus",
        "优势 长处 强项 有利条件 advantage strength benefit",
        "问题 矛盾 挑战 压力 困难 短板 瓶颈 problem challenge pressure difficulty weakness",
        "成果 成就 成效 成绩 result achievement outcome",
        "产业 行业 industry industries sector",
        "原则 要求 principle requirement rule",
        "城市 市 city cities town",
    )
]

_WHAT = r"(?:是什么|有什么|指什么|(?<=分别)叫什么|包括什么|是啥|有啥|(?:是|有|包括|为)哪(?:些|几))"
_CHINESE = [
    re.compile(
        rf"(?P<number>{NUMERAL}|几)\s*{MEASURE_WORD}(?P<noun>[^，,。？?；;]{{1,12}}?)"
        rf"[，,]?(?:一?共|分别|具体|都|各)*{_WHAT}"
    ),
    re.compile(
        rf"(?P<before>[^。？?；;]{{0,16}})"
        rf"哪(?:(?:(?P<number>(?!一){NUMERAL})|几)\s*(?P<measure>{MEASURE_WORD})|些)"
        r"(?P<noun>[^，,。？?；;]{0,12})"
    ),
    re.compile(r"(?:列[出举]|罗列|列一下|一一说明)(?!的)(?P<noun>[^。？?；;]{1,16})"),
]
_ENGLISH = [
    re.compile(
        rf"\b(?:what|which|who) (?:are|were) (?:all )?(?:the |these |those |its |their )?"
        rf"(?:(?P<number>{ENGLISH_NUMERAL}) )?(?P<noun>[^,.?;]+)"
    ),
    re.compile(rf"\b(?:what|which) (?:(?P<number>{ENGLISH_NUMERAL}) )?(?P<noun>[^,.?;]+)"),
    re.compile(
        r"\b(?:list|name|enumerate|(?:give|tell|show) me) (?:all )?(?:of )?(?:the |these )?"
        rf"(?:(?P<number>{ENGLISH_NUMERAL}) )?(?P<noun>[^,.?;]+)"
    ),
]
_HOW_MANY = re.compile(r"\bhow (?:many|much)\b|多少")
_A_FEW = re.compile(r"(?<!哪)几[个家项条种类位座]")
_WHICH = re.compile(r"分别|哪")
_PHRASE_END = re.compile(
    r"[有是被把来了靠为]|用(?!地|途)|\b(?:of|in|for|that|to|under|does|do|did|is|are|was|were|has|have|had|can|will|"
    r"should|could|must|may|by|on|with|from|at|within|named|mentioned|set|proposed|listed|came|come|"
    r"make|the|which|who|behind|out)\b"
)
_PLURAL = re.compile(r"[a-z]{2}[^\Wsu]s$|people$|means$|criteria$|men$|women$|children$")
_EXCEPT = re.compile(
    r"除了?+(?P<zh>[^，,还]{1,100}+)[，,还]|"
    r"\b(?:besides|apart from|other than|except(?: for)?|in addition to) (?P<en>[^,?]+)"
)
_OUTSIDE = re.compile(r"(?<=.)(?:之?外|以外)\Z")
_LEFTOVERS = frozenset(
    "一共 分别 具体 主要 哪些 包括 作出 提到 提出 部署 new main key major".split()
)
_LEADING = re.compile(
    r"(?:具体|主要|其中|分别|大致|可)*(?:表现|包括|包含|分为|如下|有|为|是|即|指)*(?:以下)?|"
    r"(?:specifically|namely|these are|they are|including|as follows|such as|\W)*",
    re.IGNORECASE,
)

_ONE_ITEM = 0.3


@dataclass(frozen=True, slots=True)
class AskedList:
    """A list that a question asks for.

    `nouns` are words for its items, folded (English: stems); `number` is how many are asked for,
    None where no number is given; `excluded` are words of items that it does not want;
    `others` are the other words of the question, `numbers` the other numbers.
    """

    nouns: frozenset[str]
    number: int | None
    excluded: frozenset[str]
    others: frozenset[str]
    numbers: frozenset[int]

    def names(self, label: str) -> float:
        """How well a label names what is asked for: 1 in the same words, less in others, or 0."""
        folded = fold(label)
        found = set(words(folded))
        if _says(folded, found, self.nouns):
            return 1.0
        return 0.7 * any(_says(folded, found, group) for group in self._groups())

    def _groups(self) -> Iterator[frozenset[str]]:
        for group in _synonyms():
            if any(_says(noun, {noun}, group) for noun in self.nouns):
                yield group


def _says(folded: str, found: Collection[str], group: Iterable[str]) -> bool:
    """Whether a text has a word of a group; Chinese words may stand inside longer ones."""
    return any(word in found if word.isascii() else word in folded for word in group)


@cache
def _synonyms() -> list[frozenset[str]]:
    return [frozenset(map(stem, group)) for group in _SYNONYMS]


def asked_list(question: str) -> AskedList | None:
    """Read a question in either language; None where it asks for no list.

    >>> asked_list("What are the four areas of work?").number
    4
    >>> asked_list("哪三大优势？").nouns
    frozenset({'优势'})
    """
    folded = fold(question)
    if _HOW_MANY.search(folded) or _asks_how_few(folded):
        return None
    for pattern in _CHINESE:
        if match := pattern.search(folded):
            return _asked(folded, match, _chinese_nouns(match))
    for pattern in _ENGLISH:
        match = pattern.search(folded)
        if match and (nouns := _english_nouns(match["noun"], bool(match["number"]))):
            return _asked(folded, match, nouns)
    return None


def _asked(question: str, match: re.Match[str], nouns: Iterable[str]) -> AskedList:
    kept = frozenset(nouns) - _LEFTOVERS
    number = match.groupdict().get("number")
    counted = None if number in (None, "几") else parse_number(number or "")
    if counted is None and (count := next(find_counts(match["noun"]), None)):
        counted = count.number
    found = _EXCEPT.search(question)
    besides = _OUTSIDE.sub("", found["zh"] or found["en"]) if found else ""
    excluded = frozenset(_words(besides))
    others = frozenset(word for word, _ in content_words(question))
    stated = frozenset(count.number for count in find_counts(question))
    return AskedList(kept, counted, excluded, others - kept, stated - {counted})


def _asks_how_few(question: str) -> bool:
    """Whether 几家 asks for a number: nothing behind the last one asks which they are."""
    *_, few = (None, *_A_FEW.finditer(question))
    return few is not None and not _WHICH.search(question, few.end())


def _words(text: str) -> list[str]:
    return [word for word, _ in content_words(text)]


def _chinese_nouns(match: re.Match[str]) -> list[str]:
    """The words of the phrase behind the question word, else of the one before it."""
    # Behind a number stands what is counted: 列出方案的16项措施.
    noun = re.sub(rf"^.*?{NUMERAL}\s*{MEASURE_WORD}", "", match["noun"]).strip(' “”"‘’')
    phrase = _PHRASE_END.split(noun, maxsplit=1)[0]
    parts = phrase.split("的")[:2]  # 城市的开发区 or 独特的优势: either may be what is listed
    found = [word for part in parts for word in _content(part)[:2]]
    if not found and len(phrase) == 1:
        return [phrase]
    before = match.groupdict().get("before")
    if not found and before:
        before = re.sub(r"[，,]?(?:指的|具体|分别|一共|都)*[是有为]?$", "", before)
        found = _content(re.split("[，,]", before)[-1])[-1:]
    measure = match.groupdict().get("measure") or ""
    return [*found, *(word for word in ("方面", "领域", "部分") if measure.endswith(word))]


def _content(text: str) -> list[str]:
    runs = re.findall(r"[\u3400-\u9fff]+", text)
    return [word for run in runs for word in cut(run) if len(word) > 1]


def _english_nouns(phrase: str, counted: bool) -> list[str]:
    """The head of the phrase, where it is a plural."""
    found = _PHRASE_END.split(phrase, maxsplit=1)[0].split()
    if len(found) > 7 or not found or not (counted or _PLURAL.search(found[-1])):
        return []
    return [stem(word) for word in found[-1:] if word not in ENGLISH_STOP_WORDS]


def is_leading(label: str) -> bool:
    """Whether a label only leads to the items and does not say what they are.

    >>> is_leading("具体表现为"), is_leading("四个方面")
    (True, False)
    """
    return _LEADING.fullmatch(fold(label).strip()) is not None


def fits(
    asked: AskedList, items: Sequence[str], label: str, stated: int | None, context: str = ""
) -> float:
    """How well items are the list asked for, 0 (not at all) to 1; `context` may name them too."""
    wanted = len(items)
    if not items or (stated is not None and stated < wanted):
        return 0.0
    named = asked.names(label)
    if is_leading(label):  # "具体表现为：" leaves the name to what stands before
        named = max(named, asked.names(context))
    saying = sum(asked.names(item) == 1.0 for item in items)
    if 2 * saying > wanted:
        named = 1.0
    elif saying and named < 1.0:
        named *= _ONE_ITEM  # it asks about one of the items
    if asked.number is None:
        also = stated in asked.numbers
        return 0.5 * max(named, 0.7 * also) + 0.5 * also
    if asked.number not in (stated, wanted) or not (named or stated):
        return 0.0
    return 0.5 * named + (0.5 if asked.number == stated else 0.3)

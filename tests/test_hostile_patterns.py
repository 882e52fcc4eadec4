"""Text that is made to be slow to read: it takes no longer than other text of its length.

Questions, conversations and documents come from strangers, and one expression that may read a
text in many ways keeps a processor busy for years.
"""

import dataclasses
import importlib
import pkgutil
import random
import re
import signal
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache, partial
from types import FrameType

import pytest

import qa
from qa.answers.lists import series, stated
from qa.language.names import find_names, find_years
from qa.language.quantities import find_quantities
from qa.language.text import detect_language, fold, split_sentences
from qa.language.values import rendered
from qa.language.words import content_words, find_matches, terms
from qa.questions.articles import find_article
from qa.questions.asking import asks_for_earlier, is_greeting
from qa.questions.checking import MAX_QUESTION_LENGTH
from qa.questions.followups import TURNS_READ, read_conversation
from qa.questions.imprint import asked_imprint, asks_for_document
from qa.retrieval.lexicon import Lexicon
from qa.types import Language, Message

PATTERN_LIMIT = 0.1
"""Seconds for one expression and one text; a few milliseconds is what they take."""

LIMIT = 0.5
"""Seconds for one question and one thing that is read off it."""

PATIENCE = 3
"""How many times its limit something may take before it is stopped."""

MODULES = [module.name for module in pkgutil.walk_packages(qa.__path__, "qa.")]

_BLANK = "␣"  # a space that belongs to a unit
_UNITS = [
    *(" ", "  ", "\n", "\t", " \n"),
    *"""thank␣you␣ which␣ which␣s␣ s␣ the␣ of␣ and␣ ,␣and␣ ␣a that␣ it␣ how␣many␣ how␣much␣is␣
    it␣takes␣ so␣high␣ what␣are␣ other␣than␣ besides␣ january␣ May␣5,␣ in␣2023␣ 's␣ ’s one␣ Mr.␣
    Aa␣ A- a- A a 1 1, 1,234 1.1 12␣ . .␣ ... - ! | |- ( [ （ （甲） “ ” “a”,␣ “甲”、 《 《甲》
    共有 的 是 在 第 第一 、 ， ； ： 。 ？ 甲、 甲、乙 等 和 与两 一百 北京 北京市 市内 经开区
    主任 张三说 除了 明确， 提出 还 都 几家 哪 哪些 多少 总共 其中 它 他 那家公司 占 5月 2024年
    万 百分之""".split(),
]
_ENDS = ["x", "。", "?", "1", " ", "的", "X"]
_HEADS = "1 12␣ A it how␣much how␣many␣zones␣of the 百 等 16 哪 除了".split()


def _filled(unit: str, end: str = "", head: str = "") -> str:
    """A text of the greatest length: a unit again and again, between a head and an end."""
    room = MAX_QUESTION_LENGTH - len(head) - len(end)
    return head + (unit * (room // len(unit) + 1))[:room] + end


def _spaced(units: Sequence[str]) -> list[str]:
    return [unit.replace(_BLANK, " ") for unit in units]


def _hostile_texts() -> Iterator[str]:
    chance = random.Random(0)  # noqa: S311
    plain = _spaced(_UNITS)
    for unit in plain:
        yield _filled(unit, "\0")  # which nothing matches
    for head in _spaced(_HEADS):
        yield _filled(" ", "x", head)
        yield _filled(" ", "?", head)
        yield _filled(chance.choice(plain), "x", head)
    for _ in range(30):
        units = chance.choices(plain, k=chance.choice([2, 3, 20]))
        yield _filled("".join(units), chance.choice(_ENDS))


HOSTILE = list(dict.fromkeys(_hostile_texts()))

_CITIES = "北京上海天津重庆广州深圳宁波苏州杭州南京武汉成都西安长沙青岛大连厦门福州合肥郑州昆明沈阳"
_NAMES = [f"{surname}{chr(given)}" for surname in "王李张刘陈" for given in range(0x5000, 0x5080)]
_HAN = random.Random(0).choices(range(0x4E00, 0x9FA6), k=MAX_QUESTION_LENGTH)  # noqa: S311

QUESTIONS = {
    "thanks": "thank you " * 28 + "x",
    "共有": "共有" * 30 + "X多少家？",
    "which": "which " * 100 + "s " * 650,
    "which s": _filled("which s ", "are"),
    "how many": _filled("how many ", "x"),
    "spaces": _filled(" ", "x are there", "And how many"),
    "spaces of": _filled(" ", "x are there?", "How many zones of"),
    "names": _filled("、".join(_NAMES), "是什么职务"),
    "cities": _filled(_CITIES, "是什么职务"),
    "who": _filled("、".join(_NAMES), "谁说的？"),
    "it": _filled("它", "在哪里？"),
    "he": _filled("他"),
    "that company": _filled("那家公司"),
    "it in English": _filled("it ", "?"),
    "the zone": _filled("the zone ", "?"),
    "capitals": _filled("Aa Bb Cc of Dd ", "who is it?"),
    "Han": "".join(map(chr, _HAN)),
    "Han, who": "".join(map(chr, _HAN[:-4])) + "谁说的？",
    "grown by folding": _filled("㍿", "多少家？"),  # four characters each
    "digits": _filled("1,", "x"),
    "numerals": _filled("一百", "？"),
    "quotes": _filled("“甲", "？"),
}

ANSWER = "，".join(f"主任{name}说" for name in _NAMES[:150])
FOLLOW_UPS = (
    "那宁波呢？|为什么？|它在哪里？|第二个呢？|他是什么职务？|其中占比多少？|那家公司呢？|"
    "What about Ningbo?|Why?|Where is it?|the second one?|And for its trade ones?"
).split("|")


def _follow_up(first: str, last: str) -> None:
    read_conversation([Message("user", first), Message("assistant", ANSWER), Message("user", last)])


LEXICON = Lexicon([(("经开区", "国家级经济技术开发区"), ("development zone",))])

READERS: Mapping[str, Callable[[str], object]] = {
    "is_greeting": is_greeting,
    "asks_for_earlier": asks_for_earlier,
    "asks_for_document": asks_for_document,
    "stated": stated,
    "series": lambda text: series([text, text]),
    "rendered": lambda text: [rendered(text[:300], language) for language in Language],
    "content_words": content_words,
    "terms": terms,
    "find_quantities": lambda text: list(find_quantities(fold(text))),
    "detect_language": detect_language,
    "read_conversation": lambda text: read_conversation([Message("user", text)]),
    "read_conversation, last": lambda text: _follow_up("广州经开区有多少家企业？", text),
    "read_conversation, last in English": lambda text: _follow_up(
        "How many zones are there?", text
    ),
    "bridge": lambda text: LEXICON.bridge(text, detect_language(text)),
    "find_names": find_names,
    "find_years": find_years,
    "find_article": find_article,
    "asked_imprint": asked_imprint,
    "split_sentences": split_sentences,
    "find_matches": lambda text: find_matches(text, "北京有多少家企业？"),
    **{f"read_conversation, before {last}": partial(_follow_up, last=last) for last in FOLLOW_UPS},
}


class StoppedError(Exception):
    """What took too long was stopped."""


def _stop(_signal: int, _frame: FrameType | None) -> None:
    raise StoppedError


def seconds(work: Callable[[], object], limit: float) -> float:
    """The processor time that work takes, which other processes do not add to."""
    before = signal.signal(signal.SIGVTALRM, _stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, limit * PATIENCE)
    started = time.thread_time()
    try:
        work()
    except StoppedError:
        return float("inf")
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)
    return time.thread_time() - started


def patterns_of(value: object, name: str) -> Iterator[tuple[str, re.Pattern[str]]]:
    """The expressions that a value is or holds, each with the name of its place."""
    inner: list[object] = []
    if isinstance(value, re.Pattern):
        if isinstance(value.pattern, str):
            yield name, value
    elif isinstance(value, Mapping):
        inner = [*value.keys(), *value.values()]
    elif isinstance(value, list | tuple | set | frozenset):
        inner = [*value]
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        inner = [getattr(value, field.name) for field in dataclasses.fields(value)]
    for number, one in enumerate(inner):
        yield from patterns_of(one, f"{name}[{number}]")


def patterns_in(module: str) -> dict[str, re.Pattern[str]]:
    """The expressions that a module holds under a name, by it."""
    values = vars(importlib.import_module(module)).items()
    own = [(name, value) for name, value in values if not name.startswith("__")]
    return dict(found for name, value in own for found in patterns_of(value, name))


def reading_time(pattern: re.Pattern[str], text: str) -> float:
    """How long it takes to find an expression everywhere in a text, or to match all of it."""

    def find() -> None:
        for _ in pattern.finditer(text):
            pass

    return max(
        seconds(find, PATTERN_LIMIT), seconds(lambda: pattern.fullmatch(text), PATTERN_LIMIT)
    )


@cache  # other modules import an expression
def too_slow(pattern: re.Pattern[str]) -> str:
    """The first text that an expression reads too slowly, in short; "" without one."""
    slow = (t for t in HOSTILE if all(reading_time(pattern, t) > PATTERN_LIMIT for _ in range(2)))
    return next((f"{text[:20]}…{text[-5:]}" for text in slow), "")


def test_expressions_are_found_where_they_stand() -> None:
    one = re.compile("one")
    nested = {"a": [(1, one)], "b": {re.compile("two")}, "c": re.compile(b"bytes")}
    assert [pattern.pattern for _, pattern in patterns_of(nested, "nested")] == ["one", "two"]
    assert sum(len(patterns_in(module)) for module in MODULES) > 150


@pytest.mark.parametrize(
    "pattern",
    [
        r"(?:hi|thanks?|thank you|you|[\s,.!?])+",
        r"(?:共有|有|共)+\Z",
        r"\bwhich .*s\b.*\b(?:are|do|have)\b",
        r"how (?:many|much)\s+(?P<noun>[\w -]+?)(?:\s+are there)?",
        r"\d\s*(?:多|余)?\s*(?:万|亿)?\s*家",
    ],
)
def test_expressions_that_may_read_a_text_in_many_ways_are_told(pattern: str) -> None:
    assert too_slow(re.compile(pattern))


@pytest.mark.slow
@pytest.mark.parametrize("module", MODULES)
def test_no_expression_is_slow(module: str) -> None:
    found = {name: too_slow(pattern) for name, pattern in patterns_in(module).items()}
    assert not {name: text for name, text in found.items() if text}


@pytest.mark.slow
@pytest.mark.parametrize("reader", READERS)
def test_no_question_is_slow_to_read(reader: str) -> None:
    read = READERS[reader]
    read("苏州有多少家企业？")  # opens the dictionaries
    taken = {name: seconds(lambda: read(text), LIMIT) for name, text in QUESTIONS.items()}  # noqa: B023
    assert not {name: time for name, time in taken.items() if time > LIMIT}


@pytest.mark.parametrize("text", ["共有" * 30 + "X多少家？", _filled("它"), _filled("那家公司")])
def test_a_conversation_of_such_turns_is_read(text: str) -> None:
    turns = [Message("user", f"{text[number:]}？") for number in range(TURNS_READ)]
    messages = [message for turn in turns for message in (turn, Message("assistant", ANSWER))]
    taken = seconds(
        lambda: read_conversation([*messages, Message("user", "它在哪里？")]), LIMIT * TURNS_READ
    )
    assert taken < LIMIT * TURNS_READ

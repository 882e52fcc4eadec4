"""A follow-up in the readings that it may have; the documents say later which one is meant.

A turn is asked as it was typed, and joined to the questions before it. In those a part that it
names anew takes the place of the old: a year of a year, a name of a name, a number of its like.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from itertools import pairwise

from qa.errors import InvalidQuestionError
from qa.language.dates import find_dates
from qa.language.segmentation import is_known, is_name
from qa.language.text import HAN, detect_language, to_simplified
from qa.language.words import ENGLISH_STOP_WORDS, content_words, cut_with_places
from qa.questions.asking import is_greeting
from qa.questions.checking import MAX_QUESTION_LENGTH, check_question
from qa.types import Language, Message

TURNS_READ = 8
"""Turns before the last one that may count: what is older was dropped long ago."""

ENOUGH_WORDS = 3
"""Words of content by which a question says what it is about; shorter ones need those before."""

MOST_JOINED = 3
"""Questions that a turn is joined to, at most."""

MOST_NAMED = 8
"""Parts that a turn may name for one of them to replace another: who names more asks anew."""

_YEAR = re.compile(
    r"(?<!\d)(?:(?:19|20)\d\d|\d\d(?=[-–/]\d\d(?!\d)))(?:[-–/]\d\d(?:\d\d)?)?(?!\d)"
    r"|(?<!\d)\d{3}(?=\s?[年學学])|[今去明]年|\b(?:this|last) year\b",
    re.IGNORECASE,
)
_YEAR_BEFORE = re.compile(r"[前上]一?年(?!度)|\b(?:year before|previous year)\b", re.IGNORECASE)
_YEAR_AFTER = re.compile(
    r"[后後次下]一?年(?!度)|\b(?:(?:next|following) year|year after)\b", re.IGNORECASE
)
_NUMBER = re.compile(
    r"(?P<before>第|\b[A-Z][a-z]{1,20} |)(?P<number>\d{1,9}|[一二三四五六七八九十百]{1,9})"
    rf"(?P<behind>\s?%|[{HAN}]| [a-z]{{1,20}}|)"
)
_CAPITALISED = re.compile(r"\b[A-Z][\w-]*(?: (?:of (?:the )?)?[A-Z][\w-]*)*", re.ASCII)
# A run of Han without the word that a turn may begin with: 那宁波呢, 换成长沙呢.
_HAN_RUN = re.compile(rf"(?:(?<![{HAN}])(?:那|换成))?([{HAN}]+)")
_IN_NO_NAME = frozenset("那哪再几多咁有年要得又换是些这")
"""Characters of words that the segmenter guesses in spoken questions; none of them is a name."""


@dataclass(frozen=True, slots=True)
class Conversation:
    """The last user message as typed, its language, and what it may ask, as typed first.

    `stands_alone` is whether it seems to need no other reading: it says and names what it is about.
    """

    typed: str
    language: Language
    readings: tuple[str, ...]
    stands_alone: bool


class _Sort(StrEnum):
    YEAR = "year"
    NUMBER = "number"
    NAME = "name"
    WORD = "word"


@dataclass(frozen=True, slots=True)
class _Part:
    """Something that a question names; what is of the same sort, and unit, may replace it."""

    sort: _Sort
    start: int
    end: int
    unit: str = ""

    def of(self, text: str) -> str:
        return text[self.start : self.end]

    def is_like(self, other: "_Part") -> bool:
        return (self.sort, self.unit) == (other.sort, other.unit)


def read_conversation(messages: Sequence[Message]) -> Conversation:
    """Return the readings of the last user message. Raises InvalidQuestionError.

    Messages may come in any order of roles; what is no question by itself (blank, too long) is
    passed over, except where it is the last.
    """
    asked = [message.content for message in messages if message.role == "user"]
    if not asked:
        raise InvalidQuestionError("There is no user message, so there is no question.")
    typed = check_question(asked[-1])
    before = [text for text in map(_checked, asked[-TURNS_READ - 1 : -1]) if text]
    language: Language | None = None
    for text in [*before, typed]:
        language = detect_language(text, otherwise=language)
    readings = [typed]
    if before and not is_greeting(typed):
        readings.append(_joined(_history(before), typed))
    kept = tuple(dict.fromkeys(text for text in readings if len(text) <= MAX_QUESTION_LENGTH))
    names = any(part.sort in (_Sort.NAME, _Sort.WORD) for part in _parts(typed))
    stands_alone = names and len(_words(typed)) >= ENOUGH_WORDS
    return Conversation(typed, language or detect_language(typed), kept, stands_alone)


def _checked(text: str) -> str:
    try:
        return check_question(text)
    except InvalidQuestionError:
        return ""


def _history(turns: Sequence[str]) -> list[str]:
    """The last questions that say together what is being asked about."""
    asked: list[str] = []
    for turn in turns:
        replaced = _replaced(asked, turn) if _names_only(turn) else asked
        asked = [*asked, turn] if replaced == asked else replaced
    words: set[str] = set()
    for number, question in enumerate(reversed(asked[-MOST_JOINED:]), start=1):
        words |= _words(question)
        if len(words) >= ENOUGH_WORDS:
            return asked[-number:]
    return asked[-MOST_JOINED:]


def _words(text: str) -> set[str]:
    return {word for word, _ in content_words(text)}


def _joined(history: Sequence[str], turn: str) -> str:
    """A turn behind the questions before it, in which what the turn names anew is replaced."""
    replaced = _replaced(history, turn)
    is_said = replaced != history and _names_only(turn)
    return " ".join(replaced if is_said else [*replaced, turn])


def _names_only(turn: str) -> bool:
    """Whether a turn names a part and asks nothing: 那宁波呢？"""
    rest = turn
    for part in reversed(_parts(turn)):
        rest = f"{rest[: part.start]} {rest[part.end :]}"
    return len(_words(_YEAR_AFTER.sub(" ", _YEAR_BEFORE.sub(" ", rest)))) <= 1


def _replaced(questions: Sequence[str], turn: str) -> list[str]:
    """The questions with what a turn names in the place of the only part like it in them."""
    replaced = list(questions)
    parts = _parts(turn)
    if len(parts) > MOST_NAMED:
        return replaced
    for part in parts:
        like = {other.of(turn) for other in parts if other.is_like(part)}
        if len(like) == 1:
            replaced = _with(replaced, part, part.of(turn))
    if not any(part.sort is _Sort.YEAR for part in parts):
        step = bool(_YEAR_AFTER.search(turn)) - bool(_YEAR_BEFORE.search(turn))
        year = _Part(_Sort.YEAR, 0, 0)
        if step and (old := _only(replaced, year)).isdecimal():
            replaced = _with(replaced, year, str(int(old) + step))
    return replaced


def _with(questions: Sequence[str], like: _Part, new: str) -> list[str]:
    """The questions with a new text in the place of their only part like one."""
    old = _only(questions, like)
    if not old or to_simplified(old) == to_simplified(new):
        return list(questions)
    replaced = []
    for question in questions:
        parts = [p for p in _parts(question) if p.is_like(like) and p.of(question) == old]
        kept = pairwise([0, *(place for p in parts for place in (p.start, p.end)), len(question)])
        replaced.append(new.join(question[slice(*span)] for span in list(kept)[::2]))
    return replaced


def _only(questions: Sequence[str], like: _Part) -> str:
    """The part like one in the last question that has some; "" where that has several."""
    for question in reversed(questions):
        if found := {part.of(question) for part in _parts(question) if part.is_like(like)}:
            return found.pop() if len(found) == 1 else ""
    return ""


@lru_cache(maxsize=64)
def _parts(text: str) -> tuple[_Part, ...]:
    """What a text names, in its order: years, numbers by what stands beside them, and names."""
    found: list[_Part] = []
    taken = {place for date in find_dates(text) for place in range(date.start, date.end)}
    taken -= {place for year in _YEAR.finditer(text) for place in range(*year.span())}
    for part in (*_years_and_numbers(text), *_chinese_names(text), *_english_names(text)):
        places = range(part.start, part.end)
        if taken.isdisjoint(places):
            taken.update(places)
            found.append(part)
    return tuple(sorted(found, key=lambda part: part.start))


def _years_and_numbers(text: str) -> Iterator[_Part]:
    for year in _YEAR.finditer(text):
        yield _Part(_Sort.YEAR, *year.span())
    for number in _NUMBER.finditer(text):
        unit = number["before"] or number["behind"].strip()
        if unit and (unit == "第" or number["number"].isascii()):
            yield _Part(_Sort.NUMBER, *number.span("number"), unit)


def _chinese_names(text: str) -> Iterator[_Part]:
    """Known names; where there are none, words that no dictionary has stand for their like."""
    words = [
        (word, run.start(1) + start, run.start(1) + end)
        for run in _HAN_RUN.finditer(to_simplified(text))
        for word, start, end in cut_with_places(run[1])
        if len(word) > 1 and (is_known(word) or not _IN_NO_NAME.intersection(word))
    ]
    names = [_Part(_Sort.NAME, start, end) for word, start, end in words if is_name(word)]
    strange = [_Part(_Sort.WORD, start, end) for word, start, end in words if not is_known(word)]
    yield from names or strange


def _english_names(text: str) -> Iterator[_Part]:
    """Capitalised words, but for one that only begins a sentence."""
    for match in _CAPITALISED.finditer(text):
        start, words = match.start(), match.group().split(" ")
        begins = text[:start].rstrip()[-1:] in ("", ".", "?", "!") and len(text.split()) > 2
        while words and (
            len(words[0]) == 1
            or words[0].lower() in ENGLISH_STOP_WORDS
            or (begins and not words[1:])
        ):
            start += len(words.pop(0)) + 1
        if words:
            yield _Part(_Sort.NAME, start, match.end())

"""The honest no: that the documents do not say, and what they say nearly."""

import re
from collections.abc import Sequence

from qa.language.names import find_years
from qa.language.text import fold, to_script
from qa.language.words import stem
from qa.types import Language, Question

NO_ANSWER = {
    Language.SIMPLIFIED: "文件中没有说明。",
    Language.TRADITIONAL: "文件中沒有說明。",
    Language.ENGLISH: "The documents do not say.",
}

HELP = {
    Language.SIMPLIFIED: "您好！请就文件的内容提问，例如：补贴标准是多少？什么时候截止？"
    "回答都引自文件原文，并标明出处；文件没有说的，会直说。",
    Language.TRADITIONAL: "您好！請就文件的內容提問，例如：補貼標準是多少？什麼時候截止？"
    "回答都引自文件原文，並標明出處；文件沒有說的，會直說。",
    Language.ENGLISH: "Hello! Ask a question about the documents, for example: how much is the "
    "subsidy, when is the deadline? Answers quote the documents and say where; what they do not "
    "say, you are told.",
}

THANKS = {
    Language.SIMPLIFIED: "不客气！还有问题，请接着问。",
    Language.TRADITIONAL: "不客氣！還有問題，請接著問。",
    Language.ENGLISH: "You are welcome. Ask on if there is more.",
}

_YEAR = (
    "最接近的内容说的是{given}年，不是您问的{asked}年。",
    "The closest passage is about {given}, not about {asked}, which you asked about.",
)
_NAME = (
    "文件没有就“{name}”说到这一点。",
    "They say something like it, but not of {name}.",
)


def refusal(question: Question, nearest: str, absent: Sequence[str]) -> str:
    """Say no, and what the nearest passage has instead: another year, or not what is named.

    `nearest` is its text with what stands above it, `absent` the names that it does not have.
    """
    no = NO_ANSWER[question.language]
    why = _why(question, nearest, absent)
    space = " " if question.language is Language.ENGLISH else ""
    return f"{no}{space}{why}" if why else no


def _why(question: Question, nearest: str, absent: Sequence[str]) -> str:
    asked, given = find_years(question.text), find_years(nearest)
    if asked and given and not asked & given:
        return _say(_YEAR, question, given=_join(given), asked=_join(asked))
    if name := next(filter(None, (_written(question, n) for n in absent)), ""):
        return _say(_NAME, question, name=name)
    return ""


def _say(reason: tuple[str, str], question: Question, **values: str) -> str:
    chinese, english = reason
    if question.language is Language.ENGLISH:
        return english.format(**values)
    return to_script(chinese, question.language).format(**values)


def _join(years: frozenset[str]) -> str:
    return ", ".join(sorted(years))


def _written(question: Question, name: str) -> str:
    """A folded name as the asker writes it, or "" where it cannot be told."""
    start = fold(question.text).find(name)
    if len(fold(question.text)) == len(question.text) and start >= 0 and not name.isascii():
        return question.text[start : start + len(name)]
    words = re.findall(r"[A-Za-z-]+", question.text)
    return next((word for word in words if stem(fold(word)) == name), "")

"""The honest no: that the documents do not say, and what they say nearly."""

import re
from dataclasses import dataclass

from qa.answers.evidence import Lacking
from qa.language.text import fold, to_script
from qa.language.words import stem
from qa.questions import demands
from qa.types import Language, Question

NEAR = 0.7
"""Share of the question's idf mass that a passage may lack and still be near what is asked."""

NO_ANSWER = {
    Language.SIMPLIFIED: "文件中没有说明。",
    Language.TRADITIONAL: "文件中沒有說明。",
    Language.ENGLISH: "The documents do not say.",
}

GREETING = {
    Language.SIMPLIFIED: "您好！请就文件的内容提问。",
    Language.TRADITIONAL: "您好！請就文件的內容提問。",
    Language.ENGLISH: "Hello! Ask a question about the documents.",
}

_WHY = {
    "year": (
        "最接近的内容说的是{given}年，不是您问的{asked}年。",
        "The closest passage is about {given}, not about {asked}, which you asked about.",
    ),
    "name": (
        "文件没有就“{name}”说到这一点。",
        "They say something like it, but not of {name}.",
    ),
    "deputy": (
        "最接近的内容只提到副职。",
        "The closest passage names a deputy only.",
    ),
    "person": (
        "最接近的内容没有写明是谁。",
        "The closest passage does not name the person.",
    ),
    "counted": (
        "最接近的内容没有给出您问的数目。",
        "The closest passage does not give the figure you asked for.",
    ),
    "attribute": (
        "文件谈到了相关内容，但没有给出您问的这一项。",
        "The documents speak of the subject, but do not give what you asked for.",
    ),
}


@dataclass(frozen=True, slots=True)
class Nearest:
    """The passage nearest to an answer: its text in all its languages, what it lacks and whom."""

    text: str
    lacking: Lacking
    absent_names: tuple[str, ...]


def refusal(question: Question, nearest: Nearest) -> str:
    """Say no, and where a passage is near what is asked, what it has instead."""
    no = NO_ANSWER[question.language]
    why = _why(question, nearest)
    space = " " if question.language is Language.ENGLISH else ""
    return f"{no}{space}{why}" if why else no


def _why(question: Question, nearest: Nearest) -> str:
    lacking = nearest.lacking
    if lacking.in_passage > NEAR:
        return ""
    asked, given = demands.years(question.text), demands.years(nearest.text)
    if lacking.year and given:
        return _say("year", question, given=_join(given), asked=_join(asked - given))
    if name := next(filter(None, (_written(question, n) for n in nearest.absent_names)), ""):
        return _say("name", question, name=name)
    for reason in ("deputy", "person", "counted", "attribute"):
        if getattr(lacking, reason) >= 1:
            return _say(reason, question)
    return ""


def _say(reason: str, question: Question, **values: str) -> str:
    chinese, english = _WHY[reason]
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

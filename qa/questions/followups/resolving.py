"""A follow-up and the turns before it become one standalone question.

No model: what a turn lacks (a topic, a name, a year, what is asked for) is taken from the question
before it. A turn that lacks nothing passes through as it was typed, and drops what was before.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from qa.errors import InvalidQuestionError
from qa.language.text import detect_language, is_chinese, to_script
from qa.questions.checking import MAX_QUESTION_LENGTH, check_question
from qa.questions.followups.antecedents import antecedent, with_article
from qa.questions.followups.chinese_questions import ChineseQuestions
from qa.questions.followups.chinese_turns import ChineseTurns
from qa.questions.followups.english_questions import EnglishQuestions
from qa.questions.followups.english_turns import EnglishTurns
from qa.questions.followups.grammar import Anaphor, Questions, Role, Turns
from qa.questions.followups.mentions import find_mentions
from qa.questions.followups.names import Sort
from qa.questions.followups.substitution import substitute
from qa.types import Language, Message

TURNS_READ = 8
"""Turns before the last one that may count: what is older was dropped long ago."""

ANSWER_READ = 600
"""Characters of an answer in which a name is looked for."""

_END = "？?。.! \n"
_TURNS: dict[bool, Turns] = {True: ChineseTurns(), False: EnglishTurns()}
_QUESTIONS: dict[bool, Questions] = {True: ChineseQuestions(), False: EnglishQuestions()}


@dataclass(frozen=True, slots=True)
class Resolved:
    """The last user message as typed, and as the question that it is in its conversation."""

    typed: str
    text: str
    language: Language


@dataclass(frozen=True, slots=True)
class _Turn:
    """What the user said and the answer, both without white space around them."""

    text: str
    answer: str
    language: Language


def resolve(messages: Sequence[Message]) -> Resolved:
    """Return the standalone form of the last user message. Raises InvalidQuestionError.

    Messages may come in any order of roles; what is no question by itself (blank, too long) is
    passed over, except where it is the last.
    """
    turns = _turns(messages)
    last = turns[-1]
    first = len(turns) - 1
    while first > 0 and _needs_context(turns[first]):
        first -= 1
    resolved = [turns[first]]
    for turn in turns[first + 1 :]:
        resolved.append(replace(turn, text=_follow(turn, resolved)))
    return Resolved(last.text, resolved[-1].text, last.language)


def _turns(messages: Sequence[Message]) -> list[_Turn]:
    """The turns up to the last user message, each with the first answer that it got."""
    asked = [number for number, message in enumerate(messages) if message.role == "user"]
    if not asked:
        raise InvalidQuestionError("There is no user message, so there is no question.")
    turns: list[_Turn] = []
    for number, until in pairwise([*asked[-TURNS_READ - 1 :], len(messages)]):
        try:
            text = check_question(messages[number].content)
        except InvalidQuestionError:
            if number == asked[-1]:
                raise
            continue
        answers = (m.content for m in messages[number + 1 : until] if m.role == "assistant")
        language = detect_language(text, otherwise=turns[-1].language if turns else None)
        turns.append(_Turn(text, next(answers, "")[:ANSWER_READ], language))
    return turns


def _needs_context(turn: _Turn) -> bool:
    """Whether a turn is no question without the ones before it; told by the turn alone."""
    turns, text = _TURNS[is_chinese(turn.language)], turn.text
    return bool(
        turns.fragment(text)
        or turns.ordinal(text)
        or turns.is_bare(text)
        or turns.anaphors(text)
        or turns.lacks_topic(text)
    )


def _follow(turn: _Turn, earlier: Sequence[_Turn]) -> str:
    """Resolve a turn after others that are resolved, of which the first stands alone."""
    chinese = is_chinese(turn.language)
    question = _in_script(earlier[-1].text, turn.language)
    of_question = is_chinese(detect_language(question))
    turns, questions = _TURNS[chinese], _QUESTIONS[of_question]
    if fragment := turns.fragment(turn.text):
        text = _substitute(turn.text, fragment, question, turns, questions)
    elif turns.is_bare(turn.text):
        alike = chinese == of_question
        text = questions.ask_again(question, turn.text) if alike else _beside(turn.text, question)
    elif ordinal := turns.ordinal(turn.text):
        text = _QUESTIONS[chinese].ask_item(questions.whole(question) or question, ordinal)
    elif anaphors := turns.anaphors(turn.text):
        text = _replace(turn, anaphors, earlier, turns)
    else:
        text = _add_topic(turn.text, question, turns, questions)
    return text if len(text) <= MAX_QUESTION_LENGTH else turn.text


def _substitute(turn: str, fragment: str, question: str, turns: Turns, questions: Questions) -> str:
    whole = "" if turns.is_share(question) else questions.whole(question)
    if whole and turns.is_share(turn):
        return questions.share_of(whole, fragment)
    return substitute(question, fragment, questions)


def _replace(
    turn: _Turn, anaphors: Sequence[Anaphor], earlier: Sequence[_Turn], turns: Turns
) -> str:
    """Put what they stand for in the place of the anaphors; what stands for nothing stays."""
    text = turn.text
    names = any(mention.sort is Sort.NAME for mention in find_mentions(text))
    said = [
        (_in_script(before.text, turn.language), _in_script(before.answer, turn.language))
        for before in reversed(earlier)
    ]
    readers = [_QUESTIONS[is_chinese(detect_language(question))] for question, _ in said]
    found: list[str] = []
    for anaphor in anaphors:
        words = ""
        for (question, answer), questions in zip(said, readers, strict=True):
            words = antecedent(
                anaphor,
                question,
                answer,
                questions,
                names_other=names or any(found),
                of_measure=turns.is_degree(text),
            )
            if words:
                break
        if not words and anaphor.role is Role.MATTER:
            return _beside(text, said[0][0])
        found.append("" if words in found else words)
    for anaphor, words in zip(reversed(anaphors), reversed(found), strict=True):
        if words:
            capital = words if anaphor.start else words[0].upper() + words[1:]
            filled = f"{anaphor.before}{capital}{anaphor.after}"
            text = text[: anaphor.start] + filled + text[anaphor.end :]
    return turns.stand_alone(text) if text != turn.text else text


def _in_script(text: str, language: Language) -> str:
    return to_script(text, language) if is_chinese(language) else text


def _add_topic(turn: str, question: str, turns: Turns, questions: Questions) -> str:
    """Ask a turn that only says what is asked for of what the question is about."""
    share = turns.is_share(turn)
    if not share and (reworked := questions.replace_measure(question, turn)):
        return reworked
    names = [m for m in find_mentions(question) if m.sort not in (Sort.YEAR, Sort.COUNTRY)]
    if share:
        topic = questions.whole(question)
    elif names and (names[0].sort is not Sort.PERSON or turns.is_personal(turn)):
        topic = with_article(names[0], question)
    else:
        topic = "" if names else questions.topic(question)
    return turns.add_topic(turn, topic) if topic else turn


def _beside(turn: str, question: str) -> str:
    return f"{turn.rstrip(_END)}: {question}"

"""What a pronoun stands for: a name of the earlier question, or of the answer that it got."""

import re
from collections.abc import Iterator
from functools import lru_cache

from qa.language.text import to_simplified
from qa.questions.followups.grammar import Anaphor, Questions, Role
from qa.questions.followups.mentions import find_mentions
from qa.questions.followups.names import SURNAMES, Mention, Sort, pinyin_surnames
from qa.questions.followups.substitution import shared_head

_TITLE = (
    "(?:主任|局长|经理|总裁|会长|研究员|巡视员|主席|书记|部长|司长|记者|编辑|董事长|教授|院长|委员|"
    "市长|省长|校长)"
)
_SPEAKS = "(?:说|表示|指出|认为|介绍|解释|强调|分析|接受|告诉)"
_CHINESE_PERSON = re.compile(
    rf"{_TITLE}(?P<titled>[{SURNAMES}][\u3400-\u9fff]{{1,2}}?)(?=[，,。、；;：:”」\s]|{_SPEAKS}|[和等向对在]|$)"
    rf"|(?P<speaks>[{SURNAMES}][\u3400-\u9fff]{{1,2}}?)(?={_SPEAKS})"
)
_CLAUSE_MARKS = '，,。；;.:：？?！!”“"'
_ENGLISH_MARKS = ";.:?!”“"  # "Shen Lei, deputy director": the comma does not part them
_ENGLISH_PERSON = re.compile(r"\b([A-Z][a-z]+) [A-Z][a-z]+\b")


def antecedent(
    anaphor: Anaphor,
    question: str,
    answer: str,
    questions: Questions,
    *,
    names_other: bool,
    of_measure: bool,
) -> str:
    """The words for an anaphor, or nothing; `questions` is of the question's language.

    `names_other`: the turn names something itself, so "it" is not what the question names.
    `of_measure`: it asks how high or why so high, so "it" is what the question measures.
    """
    thing = anaphor.role is Role.THING
    if anaphor.role is Role.PERSON:
        return _person(question, answer, questions)
    if anaphor.role is Role.MATTER:
        return _matter(anaphor, question, questions)
    measured = thing and of_measure and not anaphor.head and questions.asked(question)
    if measured or (anaphor.role is Role.SET and questions.lists(question)):
        return questions.whole(question)
    if anaphor.head:
        return _of_class(anaphor, question, answer, questions)
    if names_other and thing and (topic := questions.topic(question)):
        return topic
    return _subject(question, answer, questions, anaphor.role)


def _matter(anaphor: Anaphor, question: str, questions: Questions) -> str:
    """What "that" or "this notion" is, where the question has a noun phrase for it."""
    if anaphor.noun:
        return questions.topic(question)
    return questions.whole(question) if questions.asked(question) else ""


def _subject(question: str, answer: str, questions: Questions, role: Role) -> str:
    """What a question is about: what it wants named, else a name, else its topic."""
    sought = questions.seeks(question)
    if sought and sought != "person":
        return _answered(question, answer, sought) or questions.whole(question)
    mentions = find_mentions(question)
    wanted = (Sort.NAME, Sort.COUNTRY) if role is Role.PLACE else (Sort.NAME,)
    for sort in wanted:
        if found := next((m for m in mentions if m.sort is sort), None):
            return with_article(found, question)
    return questions.single(question) if role is Role.THING else questions.topic(question)


def with_article(mention: Mention, text: str) -> str:
    """A mention as a noun phrase: "the Ningbo zone", but "Suzhou Industrial Park"."""
    words = mention.of(text)
    has_noun = mention.head_start < mention.end and words[-1].isascii()
    return f"the {words}" if has_noun else words


def _of_class(anaphor: Anaphor, question: str, answer: str, questions: Questions) -> str:
    """What "that company" is; nothing where the question has nothing of the kind."""
    if questions.seeks(question) == anaphor.head:
        return _answered(question, answer, anaphor.head) or questions.whole(question)
    names = [m for m in find_mentions(question) if m.sort is Sort.NAME]
    for mention in sorted(names, key=lambda mention: mention.head != anaphor.head):
        if mention.head in (anaphor.head, ""):
            return with_article(mention, question)
    span = shared_head(question, anaphor.noun)
    if not span or not question[slice(*span)].lower().endswith(f" {anaphor.noun}".lower()):
        return ""
    return f"the {question[slice(*span)]}"


def _person(question: str, answer: str, questions: Questions) -> str:
    people = [m for m in find_mentions(question) if m.sort is Sort.PERSON]
    if people:
        return people[0].of(question)
    if found := _people(answer):
        return min(found, key=lambda name: _remoteness(name, answer, question))
    return questions.whole(question) if questions.seeks(question) == "person" else ""


def _people(answer: str) -> list[str]:
    chinese = [
        answer[slice(*match.span("titled" if match["titled"] else "speaks"))]
        for match in _CHINESE_PERSON.finditer(to_simplified(answer))
    ]
    english = [
        match.group()
        for match in _ENGLISH_PERSON.finditer(answer)
        if match[1].lower() in pinyin_surnames()
    ]
    return list(dict.fromkeys(chinese + english))


def _answered(question: str, answer: str, sought: str) -> str:
    """The name in the answer of the class asked for, the one closest to the question's words."""
    known = {m.of(question) for m in find_mentions(question)}
    found = [m for m in find_mentions(answer) if m.head == sought and m.of(answer) not in known]
    if not found:
        return ""
    return with_article(
        min(found, key=lambda m: _remoteness(m.of(answer), answer, question)), answer
    )


def _remoteness(name: str, answer: str, question: str) -> tuple[int, int]:
    """How little a name's clause shares with the question, then characters to what it shares.

    Of the places where the name stands, the best one counts.
    """
    shared = {place: word for place, word in _shared(answer, question) if word not in name}
    marks = _ENGLISH_MARKS if name.isascii() else _CLAUSE_MARKS
    best = (0, len(answer))
    for place in _places(name, answer):
        first = max(answer.rfind(mark, 0, place) for mark in marks) + 1
        ends = [end for mark in marks if (end := answer.find(mark, place)) > 0]
        last = min(ends, default=len(answer))
        beside = {word for start, word in shared.items() if first <= start < last}
        distance = min((abs(start - place) for start in shared), default=place)
        best = min(best, (-len(beside), distance))
    return best


@lru_cache(maxsize=64)
def _shared(answer: str, question: str) -> tuple[tuple[int, str], ...]:
    """The places in an answer of the question's English words and pairs of Chinese characters."""
    pairs = {question[i : i + 2] for i in range(len(question)) if not question[i].isascii()}
    words = sorted({*re.findall(r"[A-Za-z]{4,}", question), *pairs})
    return tuple((place, word) for word in words for place in _places(word, answer))


def _places(words: str, text: str) -> Iterator[int]:
    place = text.find(words)
    while place >= 0:
        yield place
        place = text.find(words, place + len(words))

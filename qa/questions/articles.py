"""The article that a question asks for by its number: 第四十七条, Article 35, 第35條."""

import re
from dataclasses import dataclass

from qa.language.quantities import chinese_value
from qa.language.text import fold

_NUMERAL = r"[〇零一二两三四五六七八九十百千\d]{1,9}"
_CHINESE = re.compile(rf"第\s?(?P<number>{_NUMERAL})\s?[条点](?:\s?之\s?(?P<sub>{_NUMERAL}))?")
_ENGLISH = re.compile(r"\b(?:article|art\.?|section|sec\.?|clause)\s?(?P<number>\d{1,4})\b")
_MARKS = re.compile(r"[\s《》「」“”\"]")
_LABEL = re.compile(
    rf"第(?P<number>{_NUMERAL})[条點点](?:之(?P<sub>{_NUMERAL}))?"
    r"|(?:article|section)\s(?P<english>\d{1,4})|(?P<clause>[一二三四五六七八九十]{1,3})、"
)


@dataclass(frozen=True, slots=True, order=True)
class ArticleNumber:
    """The number of an article; `sub` is 2 in 第四十七条之二, else 0."""

    number: int
    sub: int = 0

    def __str__(self) -> str:
        return f"{self.number}-{self.sub}" if self.sub else str(self.number)


def find_article(question: str) -> ArticleNumber | None:
    """The article that a question names, the first where it names several.

    >>> find_article("劳动合同法第四十七条怎么规定？"), find_article("What does Article 35 say?")
    (ArticleNumber(number=47, sub=0), ArticleNumber(number=35, sub=0))
    """
    folded = fold(question)
    found = _CHINESE.search(folded) or _ENGLISH.search(folded)
    return _number(found["number"], found.groupdict().get("sub")) if found else None


def before_article(question: str) -> str:
    """What a question says in front of the article that it names, folded, without marks.

    >>> before_article("《劳动合同法》的第四十七条")
    '劳动合同法'
    """
    folded = fold(question)
    found = _CHINESE.search(folded)
    before = folded[: found.start()] if found else ""
    return _MARKS.sub("", before).removesuffix("的").removesuffix("中").removesuffix("里")


def without_article(question: str) -> str:
    """A question without the words that name an article."""
    return _ENGLISH.sub(" ", _CHINESE.sub(" ", fold(question)))


def number_of_label(label: str) -> ArticleNumber | None:
    """The number that the label of a block gives ("第六条", "Article 6", "六、")."""
    found = _LABEL.match(fold(label))
    if not found:
        return None
    number = found["number"] or found["english"] or found["clause"]
    return _number(number, found["sub"])


def _number(number: str, sub: str | None) -> ArticleNumber:
    return ArticleNumber(_value(number), _value(sub) if sub else 0)


def _value(numeral: str) -> int:
    return int(numeral) if numeral.isdecimal() else chinese_value(numeral)

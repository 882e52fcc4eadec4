"""The words of a sentence that decide an answer: the number, the date, the name asked for."""

import re
from collections.abc import Iterator

from qa.language.segmentation import is_name
from qa.language.text import Span, fold, to_simplified
from qa.language.words import cut_with_places
from qa.questions import demands
from qa.questions.asking import Kind, asked_kind
from qa.types import Question

MAX_SPANS = 4
"""More marks than this, and none stands out."""

_CURRENCY = r"美元|欧元|日元|港元|元|块钱"
_NUMBER = re.compile(
    r"(?<![\d.,A-Za-z])\$?\d++(?:[,.]\d++)*+\s*+"
    r"(?:(?:万亿|[百千]万|[亿万千百])|(?:hundred|thousand|million|billion|trillion)\b)?(?:多|余)?\s*+"
    r"(?P<unit>个百分点|平方米|平方公里|公里|[%％家名人吨辆岁年天个项条种位米亩台套座]|"
    rf"{_CURRENCY}|(?:%|percent|per cent|yuan|dollars)\b)?|"
    r"[一二两三四五六七八九十百千]{1,20}+(?=[个大项条种家位成倍届])|"
    r"\b(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)\b"
)
_DATE = re.compile(
    r"\d{4}\s*年(?:\s*\d{1,2}\s*月(?:\s*\d{1,2}\s*[日号])?)?|\d{1,2}\s*月(?:\s*\d{1,2}\s*[日号])?|\d{1,2}世纪|"
    r"(?:(?:January|February|March|April|May|June|July|August|September|October|November|December)"
    r"\b\.?(?: \d{1,2})?(?:,? \d{4})?)|\b(?:1\d{3}|20\d\d)\b"
)
_POST_OR_NAME = re.compile(
    r"[\u4e00-\u9fff]{0,6}?(?:副?(?:主任|局长|部长|市长|会长|总裁|总经理|书记|主席|院长|校长|司长)|"
    r"巡视员|研究员|教授|委员)"
)
_PLACE = re.compile(r"[\u4e00-\u9fff]{1,3}(?:省|市|县|区|镇|州)(?![\u4e00-\u9fff]{0,40}内)")
_CAPITALISED = re.compile(r"\b[A-Z][A-Za-z.-]+(?: [A-Z][A-Za-z.-]+)*")


def decisive_spans(question: Question, text: str) -> tuple[Span, ...]:
    """Spans of `text` (code points) that hold what the question asks for, in order.

    What the question says itself decides nothing; a kind that no pattern tells has no spans.
    """
    asked = fold(question.text)
    simplified = to_simplified(text)  # one character for one, so places stay
    kind = asked_kind(question.text)
    spans = [
        (start, end)
        for start, end in sorted(set(_found(kind, question, simplified)))
        if fold(simplified[start:end]) not in asked
    ]
    return tuple(spans) if len(spans) <= MAX_SPANS else ()


def _found(kind: Kind, question: Question, text: str) -> Iterator[Span]:
    if kind is Kind.NUMBER:
        yield from _numbers(question, text)
    elif kind is Kind.DATE:
        yield from (match.span() for match in _DATE.finditer(text))
    elif kind is Kind.POST:
        yield from (match.span() for match in _POST_OR_NAME.finditer(text))
    elif kind in (Kind.PERSON, Kind.PLACE):
        yield from (match.span() for match in _CAPITALISED.finditer(text) if match.start())
        names = [place for word, *place in cut_with_places(text) if is_name(word)]
        yield from ((start, end) for start, end in names)
        if kind is Kind.PLACE:
            yield from (match.span() for match in _PLACE.finditer(text) if not names)


def _numbers(question: Question, text: str) -> Iterator[Span]:
    """Numbers of the thing that is counted, or where none has its unit, all but years."""
    thing = demands.counted_thing(question)
    found = [match for match in _NUMBER.finditer(text) if not _is_year(match.group())]
    money = [match for match in found if re.search(_CURRENCY, match["unit"] or "")]
    of_thing = money if thing == demands.MONEY else [m for m in found if m["unit"] == thing]
    yield from (match.span() for match in of_thing or found)


def _is_year(number: str) -> bool:
    return bool(re.fullmatch(r"(?:1[89]|20)\d\d\s*年?", number))

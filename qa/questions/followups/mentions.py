"""What a question names: years, people, countries, and other names with the noun behind them.

Found by CC-CEDICT's names, surnames, quotes, capitals and a list of the nouns that follow a name;
both languages may stand in one text.
"""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from qa.language.text import to_simplified
from qa.questions.followups.chinese_names import find_chinese_names
from qa.questions.followups.names import (
    COUNTRIES,
    HEAD_CLASS,
    Mention,
    Sort,
    head_class,
    pinyin_surnames,
)

# Capitals that are no names.
_COMMON = frozenset(
    """gdp fdi etdz etdzs netdz ai it r&d us usd rmb yuan i the a an what which who whom whose when
    where why how is are was were do does did has have had can could will would should may in on at
    of for and or but if so then also ok okay please thanks hello hi it its they their he his she
    her there that this these those january february march april june july august september
    october november december by over we my our you your tell give list name explain describe
    compare show from to under since during after before between within without besides some any
    many most all no not one two about roughly approximately chinese american german japanese
    english""".split()
)

_YEAR = re.compile(
    r"(?<!\d)(?:19|20)\d\d(?!\d)(?:财?年(?![前后来份]))?|去年|今年|前年|明年|上年|现在|目前|如今|当时|"
    r"\b(?:(?:last|this|next) year|today|now|currently)\b",
    re.IGNORECASE,
)
_QUOTED = re.compile(r"[“「『《]([^”」』》]{1,24})[”」』》]")
_CAPITALISED = r"[A-Z](?:[\w.-]*\w)?"
_ENGLISH_NAME = re.compile(
    rf"{_CAPITALISED}(?:\s+(?:of\s+(?=[A-Z][a-z]))?(?:{_CAPITALISED}|\d[\d.]*\b))*", re.ASCII
)
_ENGLISH_HEAD = re.compile(r"\s{1,40}+([a-z]++)\b")
_SMALL_WORD = re.compile(r"\s{1,40}+(?!in\b|for\b|from\b|at\b|and\b)[a-z]")
_TITLES = frozenset("Mr Mr. Ms Ms. Mrs Mrs. Dr Dr.".split())


@lru_cache(maxsize=512)
def find_mentions(text: str) -> tuple[Mention, ...]:
    """Return the mentions of a text in its order; they do not overlap."""
    folded = to_simplified(text)
    found: list[Mention] = []
    taken: set[int] = set()
    for mention in (
        *(Mention(*m.span(), Sort.YEAR, m.end()) for m in _YEAR.finditer(folded)),
        *_quoted(folded),
        *_english(folded),
        *find_chinese_names(folded),
    ):
        places = range(mention.start, mention.end)
        if taken.isdisjoint(places):
            found.append(mention)
            taken.update(places)
    return tuple(sorted(found, key=lambda mention: mention.start))


def is_all_named(text: str) -> bool:
    """Whether a text holds mentions and nothing else of weight."""
    rest = text
    for mention in reversed(find_mentions(text)):
        rest = rest[: mention.start] + rest[mention.end :]
    small = r"\b(?:in|for|at|from|the|of|and|fiscal|year)\b|[\s,，、的在年]"
    return rest != text and not re.sub(small, "", rest, flags=re.IGNORECASE)


def _quoted(text: str) -> Iterator[Mention]:
    for match in _QUOTED.finditer(text):
        head = next((h for h in HEAD_CLASS if text.startswith(h, match.end())), "")
        yield Mention(
            match.start(), match.end() + len(head), Sort.NAME, match.end(), HEAD_CLASS.get(head, "")
        )


def _english(text: str) -> Iterator[Mention]:
    for match in _ENGLISH_NAME.finditer(text):
        start, words = match.start(), match.group().split()
        while words and (words[0].lower() in _COMMON or words[0][0].isdigit()):
            start += len(words[0]) + 1
            words = words[1:]
        start += len(text[start : match.end()]) - len(text[start : match.end()].lstrip())
        if not words or start >= match.end() or _only_begins(text, start, match.end(), words):
            continue
        if " ".join(words).lower() in COUNTRIES:
            yield Mention(start, match.end(), Sort.COUNTRY, match.end())
        elif _is_english_person(words):
            yield Mention(start, match.end(), Sort.PERSON, match.end())
        else:
            behind = _ENGLISH_HEAD.match(text, match.end())
            if behind and head_class(behind[1]):
                yield Mention(
                    start, behind.end(), Sort.NAME, behind.start(1), head_class(behind[1])
                )
            else:
                yield Mention(start, match.end(), Sort.NAME, match.end(), head_class(words[-1]))


def _only_begins(text: str, start: int, end: int, words: Sequence[str]) -> bool:
    """Whether a word has its capital from the place where it stands, at the start of a sentence."""
    first = len(words) == 1 and not re.match(r"[\w,]", text[:start].rstrip()[-1:])
    return (
        first
        and bool(_SMALL_WORD.match(text, end))
        and not ((behind := _ENGLISH_HEAD.match(text, end)) and head_class(behind[1]))
    )


def _is_english_person(words: Sequence[str]) -> bool:
    by_surname = len(words) == 2 and words[0].lower() in pinyin_surnames()
    return words[0] in _TITLES or (by_surname and not head_class(words[1]))

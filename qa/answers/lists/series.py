"""Series: items that are counted through, in one sentence or over many.

首先是A。……其次是B。    一是A；二是B。    一方面，A。另一方面，B。    First, A. Second, B.
一、A  二、B            (一)A (二)B       1. A  2. B                  - A  - B
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from qa.answers.lists.enumerations import parse_number, trim
from qa.language.text import Span

REACH = 12
"""Sentences that may stand between one item and the next, which they explain."""

_LAST = 0
_ORDINALS = "first second third fourth fifth sixth".split()
_COUNTED = "首先 其次 再次".split()
_TURNS = ("再者", "此外", "最后", "最後", "finally", "lastly", "in addition")
_NUMERAL = "[一二三四五六七八九十]"
# Name, pattern, and whether it may stand inside a sentence, behind a comma or semicolon.
_STYLES: list[tuple[str, re.Pattern[str], bool]] = [
    ("turn", re.compile(r"(?P<k>首先|其次|再次|再者|此外|最后|最後)(?:是|，|,|、)?"), True),
    ("hand", re.compile(r"(?P<k>一|另一)方面(?:是|，|,)?"), True),
    ("hand", re.compile(r"On the (?P<k>one|other)(?: hand)?, ?", re.I), True),
    ("is", re.compile(rf"(?P<k>{_NUMERAL}{{1,2}})是"), True),
    ("th", re.compile(rf"[第其](?P<k>{_NUMERAL}{{1,2}})(?:[个個]?是|，|,|、|：|:)"), True),
    (
        "ordinal",
        re.compile(
            rf"(?:The )?(?P<k>(?:{'|'.join(_ORDINALS)})(?:ly)?|finally|lastly|in addition)"
            r"(?: (?:is|are|comes)|,) ",
            re.I,
        ),
        True,
    ),
    ("bracket", re.compile(rf"[(（](?P<k>{_NUMERAL}{{1,3}}|\d{{1,2}})[)）]\s*"), True),
    ("circled", re.compile(r"(?P<k>[①②③④⑤⑥⑦⑧⑨⑩])\s*"), True),
    ("paragraph", re.compile(rf"(?P<k>{_NUMERAL}{{1,3}})、\s*"), False),
    ("digit", re.compile(r"(?P<k>\d{1,2})(?:[、．)）]|\.(?!\d))\s*"), False),
    ("bullet", re.compile(r"(?P<k>[-*•·‧▪])\s+"), False),
]
_CLAUSE = re.compile(r"(?:^|(?<=[；;：:，,。]))[\s“\"‘「]*(?:and )?")
_EDGES = "；;，,。.：:、!！"


@dataclass(frozen=True, slots=True)
class Member:
    """One item of a series: a span of sentence `sentence` of those searched."""

    sentence: int
    span: Span


@dataclass(frozen=True, slots=True)
class Series:
    """Members in order; `head` is the sentence, or start of one, that leads to the first."""

    members: tuple[Member, ...]
    head: str
    head_sentence: int


@dataclass(frozen=True, slots=True)
class _Mark:
    style: str
    place: int  # from 1; `_LAST` for "at last" and its like
    sentence: int
    start: int
    end: int


def find_series(sentences: Sequence[str]) -> list[Series]:
    """Return the series of two or more items in consecutive sentences."""
    marks = [mark for i, text in enumerate(sentences) for mark in _marks(i, text)]
    return [
        Series(
            members=tuple(_members(run, sentences)),
            head=_head(run[0], sentences),
            head_sentence=run[0].sentence if run[0].start else max(0, run[0].sentence - 1),
        )
        for style in dict.fromkeys(mark.style for mark in marks)
        for run in _runs([mark for mark in marks if mark.style == style])
        if len(run) > 1
    ]


def _runs(marks: list[_Mark]) -> Iterator[list[_Mark]]:
    """Cut the marks of one style into runs that count 1, 2, 3 … without a long break."""
    run: list[_Mark] = []
    for mark in marks:
        if run and _follows(run[-1], mark):
            run.append(replace(mark, place=run[-1].place + 1))
        elif mark.place == 1 or mark.style == "bullet":
            yield run
            run = [replace(mark, place=1)]
    yield run


def _follows(before: _Mark, mark: _Mark) -> bool:
    apart = mark.sentence - before.sentence
    if mark.style == "bullet":
        return apart == 1
    if mark.place == _LAST:
        return apart <= REACH // 3  # "in addition" also stands where nothing is counted
    return mark.place == before.place + 1 and apart <= REACH


def _members(run: list[_Mark], sentences: Sequence[str]) -> Iterator[Member]:
    """An item reaches from its mark to the next one in the same sentence, or to its end."""
    for mark, following in zip(run, [*run[1:], None], strict=True):
        text = sentences[mark.sentence]
        end = len(text)
        if following and following.sentence == mark.sentence:
            end = following.start
        start, end = trim(text, mark.end, end, _EDGES)
        start, end = trim(
            text, start, end - len("and") if text[start:end].endswith(" and") else end, _EDGES
        )
        if start < end:
            yield Member(mark.sentence, (start, end))


def _head(first: _Mark, sentences: Sequence[str]) -> str:
    """The words that lead to the first item: those before it, else the sentence before."""
    if before := sentences[first.sentence][: first.start].strip():
        return before
    return sentences[first.sentence - 1] if first.sentence else ""


def _marks(sentence: int, text: str) -> Iterator[_Mark]:
    for clause in _CLAUSE.finditer(text):
        for style, pattern, within in _STYLES:
            match = pattern.match(text, clause.end())
            if match and (within or not text[: match.start()].strip(' “"‘「')):
                yield _Mark(style, _place(match["k"]), sentence, match.start(), match.end())
                break


def _place(word: str) -> int:
    lowered = word.lower().removesuffix("ly")
    for names in (_COUNTED, _ORDINALS, ("一", "另一"), ("one", "other"), "①②③④⑤⑥⑦⑧⑨⑩"):
        if lowered in names:
            return names.index(lowered) + 1
    return _LAST if word.lower() in _TURNS else parse_number(word) or _LAST

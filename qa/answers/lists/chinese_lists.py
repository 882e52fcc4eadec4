"""Enumerations in Chinese text: “甲”“乙”等, 甲、乙、丙等四个方面, 部署三项任务：甲，乙，丙。

Where a list ends is said by 等, by a number or by a word such as 方面; see `list_starts` for where
it begins. Characters are compared as Simplified ones, which leaves every offset as it is.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from statistics import median

from qa.answers.lists.enumerations import (
    LONGEST,
    MEASURE_WORD,
    NUMERAL,
    Count,
    Enumeration,
    find_counts,
    trim,
)
from qa.answers.lists.list_starts import ASIDE, QUOTED, first_item, holds_lead
from qa.language.text import Span, to_simplified

_PLAIN = r"[^、，,。；;：:！？!?“”‘’「」《》（）()…\n]"
_PIECE = rf"(?:{QUOTED}|{ASIDE}|{_PLAIN})"
# What fails at one plain character fails at the next: a chain is looked for behind marks only.
_CHAIN = re.compile(rf"(?<!{_PLAIN}){_PIECE}++(?:、{_PIECE}++)+")
_QUOTES = re.compile(rf"{QUOTED}(?:[、，,]?[和与及]?{QUOTED})+")
_ONE = re.compile(
    rf"(?P<item>{_PIECE}{{2,30}}?)等(?:首批|首次|共|这)?(?={NUMERAL}\s*{MEASURE_WORD})"
)
_PAIR = re.compile(
    rf"(?P<first>{_PIECE}{{2,30}}?)(?:以及|和|与|及)(?P<second>[^、，,。；;：:和与及]{{2,16}}?)"
    rf"(?=这?[两二]\s*(?:大|{MEASURE_WORD}))"
)
_COLON = re.compile(r"[：:](?=[^：:]{6,})")
_PROVIDES = re.compile(r"(?:明确|提出|要求|规定|强调|指出)[，,](?=[^。；;]*+[；;])")

# 等 is a word of its own in 机械、纺织等产业 and part of one in 高等教育, 平等, 等级.
_END = re.compile(
    r"(?<![平高中同相均初优何])等(?![级于候待同效价额])|"
    rf"(?=(?!一){NUMERAL}\s*(?:[余多几]\s*)?{MEASURE_WORD})|(?=[多各]?个?(?:方面|领域|环节))"
)
_AND = re.compile(r"以及|和|与|(?<![普涉埃危波遍顾企])及(?![时格其])")
_SURE = ("以及", "及")  # 和 and 与 also stand inside names of things
_ALSO = re.compile(r"\s{0,9}+(?:以及|和|及)")

_LABEL = 16
"""Characters behind or before the items that tell what they are."""

_EDGES = "、，,；;：:。.…"
_ENDINGS = "的之"


def find_chinese(text: str) -> list[Enumeration]:
    """Return the enumerations of a Chinese sentence in either script, outer ones first."""
    text = to_simplified(text[:LONGEST])
    finders = (_clauses, _quotes, _chains, _inner_chains, _ones, _pairs)
    return [listed for find in finders for listed in find(text)]


def _quotes(text: str) -> Iterator[Enumeration]:
    for match in _QUOTES.finditer(text):
        items = _spans(QUOTED, match.group(), match.start())
        label = _behind(text, match.end()) or _before(text, match.start())
        yield _build(text, items, label)


def _chains(text: str) -> Iterator[Enumeration]:
    for match in _CHAIN.finditer(text):
        chain: list[Span] = []
        for start, end in _spans(rf"{_PIECE}+", match.group(), match.start()):
            stop = _ending(text, start, end) if chain else None
            chain.append((start, stop.start() if stop else end))
            if stop:
                yield from _chain(text, chain, stop.end())
                chain = [(stop.end(), end)]  # what follows may lead to another list
        # Without 等 the last item may run on; it does not where it is as short as the others.
        if len(chain) > 2 and _length(chain[-1]) <= max(map(_length, chain[1:-1])) + 2:
            yield from _chain(text, chain, match.end())


def _inner_chains(text: str) -> Iterator[Enumeration]:
    """Lists that stand in one pair of quotes: “马上办、网上办、一次办”等服务."""
    for quote in re.finditer(QUOTED, text):
        inner = quote.group()[1:-1]
        if _CHAIN.fullmatch(inner):
            items = _spans(rf"{_PIECE}+", inner, quote.start() + 1)
            yield _build(text, items, _behind(text, quote.end()))


def _ones(text: str) -> Iterator[Enumeration]:
    """One item where the text says that there are more: 大连等首批14个经开区."""
    for match in _ONE.finditer(text):
        if "、" not in text[max(0, match.start() - 1) : match.end()]:
            yield _build(text, [match.span("item")], _behind(text, match.end()))


def _pairs(text: str) -> Iterator[Enumeration]:
    for match in _PAIR.finditer(text):
        first = first_item(text, match.span("first"), [match["second"]])
        yield _build(text, [first, match.span("second")], _behind(text, match.end()))


def _clauses(text: str) -> Iterator[Enumeration]:
    """Lists behind a colon, and provisions parted by semicolons."""
    for lead in (*_COLON.finditer(text), *_PROVIDES.finditer(text)):
        start, end = lead.end(), len(text)
        if stop := re.search(r"[。！？](?![^；;\n]*+[；;])|…", text[start:]):
            end = start + stop.start()
        for marks in "；;", "，,":
            cuts = [start + mark.start() for mark in re.finditer(f"[{marks}]", text[start:end])]
            pieces = [trim(text, *span, _EDGES + "”’") for span in pairwise([start, *cuts, end])]
            items = [(first, last) for first, last in pieces if first < last]
            built = _build(text, items, _before(text, lead.start()))
            if built.count and built.count.span[1] < len(built.label):
                built = replace(built, count=None)  # it counts something else
            # Commas also part what is no list; a number beside it tells.
            if len(items) > 1 and (marks == "；;" or _is_complete(built)):
                yield built
                break


def _ending(text: str, start: int, end: int) -> re.Match[str] | None:
    """Where in a piece its list ends, not inside quotes or brackets."""
    masked = re.sub(rf"{QUOTED}|{ASIDE}", lambda m: "*" * len(m.group()), text[start:end])
    return _END.search(" " * start + masked, start + 1)


def _chain(text: str, chain: list[Span], behind: int) -> Iterator[Enumeration]:
    """One list: from the last piece on that is long and holds a verb, for another ends there."""
    for place in range(len(chain) - 2, 0, -1):
        is_long = _length(chain[place]) > max(6, 2 * median(map(_length, chain[place + 1 :])))
        if is_long and holds_lead(text[slice(*chain[place])]):
            chain = chain[place:]
            break
    if len(chain) < 2:
        return
    count = next(find_counts(_behind(text, behind)), None)
    rest = [*chain[1:-1], *_parted(text, chain, count)]
    first = first_item(text, chain[0], [text[slice(*span)] for span in rest])
    built = _build(text, [first, *rest], _behind(text, behind) or _before(text, first[0]))
    # Without 等 a number ends the list only where it counts it: "19家、遍布31个省" is no list.
    by_number = built.count is not None and built.count.span[0] == 0 and text[behind - 1] != "等"
    if len(built.items) > 1 and (not by_number or _is_complete(built)):
        yield built


def _parted(text: str, chain: list[Span], count: Count | None) -> list[Span]:
    """A、B和C: the last piece is two items where 以及 or a number says so, or its length does."""
    start, end = chain[-1]
    longest = max(map(_length, chain[1:-1]), default=_length(chain[0]))
    for also in _AND.finditer(text, start + 1, end - 1):
        is_short_of_one = count is not None and count.number == len(chain) + 1
        if also.group() in _SURE or is_short_of_one or end - start > 2 * longest:
            return [(start, also.start()), (also.end(), end)]
    return [(start, end)]


def _build(text: str, items: list[Span], label: str) -> Enumeration:
    """Finish an enumeration: the first number in the label counts the items."""
    spans = tuple(span for span in (_bare(text, *span) for span in items) if span[0] < span[1])
    return Enumeration(spans, label, next(find_counts(label), None))


def _bare(text: str, start: int, end: int) -> Span:
    """An item without its quotes, its 和 and the marks around it."""
    if also := _ALSO.match(text, start, end - 1):
        start = also.end()
    start, end = trim(text, start, end, _EDGES)
    while end - start > 1 and text[end - 1] in _ENDINGS:
        start, end = trim(text, start, end - 1, _EDGES)
    is_quote = re.fullmatch(QUOTED, text[start:end]) and text[start] != "《"
    return (start + 1, end - 1) if is_quote else (start, end)


def _is_complete(listed: Enumeration) -> bool:
    return listed.count is not None and listed.count.number == len(listed.items)


def _behind(text: str, start: int) -> str:
    behind = text[start : start + _LABEL].lstrip("”’」』）) ")
    return re.split(r"[，,。；;：:！？…]", behind, maxsplit=1)[0]


def _before(text: str, end: int) -> str:
    clause = re.split(r"[，,。；;：:！？…]", text[:end].rstrip("“‘「『（( "))[-1]
    return clause if len(clause) <= _LABEL else re.sub(r"^\d+", "", clause[-_LABEL:])


def _spans(pattern: str, text: str, offset: int) -> list[Span]:
    return [(offset + m.start(), offset + m.end()) for m in re.finditer(pattern, text)]


def _length(span: Span) -> int:
    return span[1] - span[0]

"""Enumerations in Chinese text: “甲”“乙”等, 甲、乙、丙等四个方面, 部署三项任务：甲，乙，丙。

Where a list ends is said by 等, by a number or by a word such as 方面; where it begins mostly by
nothing at all (改造提升石化、机械等), so the first item is the end of its clause that looks most
like the other items.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from statistics import median

from qa.enumerations import MEASURE_WORD, NUMERAL, Enumeration, find_counts, trim
from qa.text import Span, cut, fold, to_simplified

_QUOTED = (
    r"(?:“[^“”。！？…]{1,60}”|‘[^‘’。！？…]{1,60}’|「[^「」。！？…]{1,60}」|《[^《》]{1,60}》)"
)
_ASIDE = r"(?:（[^（）]{1,40}）|\([^()]{1,40}\))"
_PIECE = rf"(?:{_QUOTED}|{_ASIDE}|[^、，,。；;：:！？!?“”‘’「」《》（）()…\n])"
_CHAIN = re.compile(rf"{_PIECE}+(?:、{_PIECE}+)+")
_QUOTES = re.compile(rf"{_QUOTED}(?:[、，,]?[和与與及]?{_QUOTED})+")
_ONE = re.compile(
    rf"(?P<item>{_PIECE}{{2,}}?)等(?:首批|首次|共|这|這)?(?={NUMERAL}\s*{MEASURE_WORD})"
)
_PAIR = re.compile(
    rf"(?P<first>{_PIECE}{{2,}}?)(?:以及|和|与|與|及)(?P<second>[^、，,。；;：:和与與及]{{2,16}}?)"
    rf"(?=[这這]?[两兩二]\s*(?:大|{MEASURE_WORD}))"
)
_COLON = re.compile(r"[：:](?=[^：:]{6,})")
_PROVIDES = re.compile(r"(?:明确|明確|提出|要求|规定|規定|强调|強調|指出)[，,](?=[^。]*[；;])")

# 等 is a word of its own in 机械、纺织等产业 and part of one in 高等教育, 平等, 等级.
_END = re.compile(
    rf"(?<![平高中同相均初优優何])等(?![级級于於候待同效价價额額])|"
    rf"(?=(?!一){NUMERAL}\s*[余餘多几幾]?\s*{MEASURE_WORD})|(?=(?:多|各)?(?:个|個)?(?:方面|领域|領域|环节|環節))"
)
_AND = re.compile(r"以及|和|与|與|及")
# Verbs and prepositions that stand before a list, and none of whose uses begins an item.
_LEADS = re.compile(
    r".*(?:提出|明确|明確|要求|规定|規定|部署|推出|出台|出臺|包括|包含|涵盖|涵蓋|分别[是为為]|分別[是为為]|"
    r"例如|比如|譬如|诸如|諸如|通过|通過|覆盖|覆蓋)了?"
)
_SMALL_LEADS = (
    *"在以从從对對向为為把將将給给由使让讓与與和了过過的着著像如是于於",
    *"发挥 發揮 布局 具备 具備 拥有 擁有 构建 構建 培育 形成 提升 建设 建設".split(),
    *"面临 面臨 支持 引进 引進 提供".split(),
)
_LEAD_BONUS = 2.5  # characters of length that a lead before the item outweighs
_ALIKE_BONUS = 8.0
_LABEL = 16
"""Characters behind or before the items that tell what they are."""

_EDGES = "、，,；;：:。.…"
_ENDINGS = "的之"


def find_chinese(text: str) -> list[Enumeration]:
    """Return the enumerations of a Chinese sentence in either script."""
    finders = (_clauses, _quotes, _chains, _inner_chains, _ones, _pairs)  # the outer ones first
    return [listed for find in finders for listed in find(text)]


def _behind(text: str, start: int) -> str:
    behind = text[start : start + _LABEL].lstrip("”’」』）) ")
    return re.split(r"[，,。；;：:！？…]", behind, maxsplit=1)[0]


def _before(text: str, end: int) -> str:
    before = text[max(0, end - _LABEL) : end].rstrip("“‘「『（( ")
    return re.split(r"[，,。；;：:！？…]", before)[-1]


def _build(text: str, items: list[Span], label: str) -> Enumeration:
    """Finish an enumeration: the first number in the label counts the items."""
    inner = tuple(_unquoted(text, span) for span in items)
    return Enumeration(inner, label, next(find_counts(label), None))


def _unquoted(text: str, span: Span) -> Span:
    start, end = trim(text, *span, _EDGES)
    while end - start > 1 and text[end - 1] in _ENDINGS:
        start, end = trim(text, start, end - 1, _EDGES)
    if re.fullmatch(_QUOTED, text[start:end]) and text[start] != "《":
        return start + 1, end - 1
    return start, end


def _quotes(text: str) -> Iterator[Enumeration]:
    for match in _QUOTES.finditer(text):
        items = [
            (match.start() + quote.start(), match.start() + quote.end())
            for quote in re.finditer(_QUOTED, match.group())
        ]
        label = _behind(text, match.end()) or _before(text, match.start())
        yield _build(text, items, label)


def _chains(text: str) -> Iterator[Enumeration]:
    for match in _CHAIN.finditer(text):
        pieces = [
            (match.start() + piece.start(), match.start() + piece.end())
            for piece in re.finditer(rf"{_PIECE}+", match.group())
        ]
        chain: list[Span] = []
        for start, end in pieces:
            stop = _ending(text, start, end) if chain else None
            chain.append((start, stop.start() if stop else end))
            if stop:
                yield from _chain(text, chain, stop.end())
                chain = [(stop.end(), end)]  # what follows may lead to another list
        if len(chain) > 2 and not _is_long(text, chain):  # bounded by punctuation alone
            yield from _chain(text, chain, match.end())


def _inner_chains(text: str) -> Iterator[Enumeration]:
    """Lists that stand in one pair of quotes: “马上办、网上办、一次办”等服务."""
    for quote in re.finditer(_QUOTED, text):
        if re.fullmatch(_CHAIN, quote.group()[1:-1]):
            first = quote.start() + 1
            items = [
                (first + piece.start(), first + piece.end())
                for piece in re.finditer(rf"{_PIECE}+", quote.group()[1:-1])
            ]
            yield _build(text, items, _behind(text, quote.end()))


def _ones(text: str) -> Iterator[Enumeration]:
    """One item where the text says that there are more: 大连等首批14个经开区."""
    for match in _ONE.finditer(text):
        if "、" not in text[max(0, match.start() - 1) : match.end()]:
            yield _build(text, [match.span("item")], _behind(text, match.end()))


def _pairs(text: str) -> Iterator[Enumeration]:
    for match in _PAIR.finditer(text):
        first = _first_item(text, match.span("first"), [match["second"]])
        if first[0] < first[1]:
            yield _build(text, [first, match.span("second")], _behind(text, match.end()))


def _clauses(text: str) -> Iterator[Enumeration]:
    """Lists behind a colon, and provisions parted by semicolons."""
    for start in (*_COLON.finditer(text), *_PROVIDES.finditer(text)):
        end = len(text)
        if stop := re.search(r"[。！？](?!.*[；;])|……|…", text[start.end() :]):
            end = start.end() + stop.start()
        label = _before(text, start.start())
        for mark in "[；;]", "[，,]":
            ends = [start.end() + m.start() for m in re.finditer(mark, text[start.end() : end])]
            items = [(a, b) for a, b in pairwise([start.end(), *ends, end]) if b > a + 1]
            items = [
                span
                for span in (trim(text, *span, _EDGES + "”’") for span in items)
                if span[0] < span[1]
            ]
            built = _build(text, items, label)
            if built.count and built.count.span[1] < len(label):
                built = replace(built, count=None)  # it counts something else
            # Commas also part what is no list; a number beside it tells.
            if len(items) > 1 and (mark == "[；;]" or _is_counted(built)):
                yield built
                break


def _is_counted(listed: Enumeration) -> bool:
    return listed.count is not None and listed.count.number == len(listed.items)


def _ending(text: str, start: int, end: int) -> re.Match[str] | None:
    """Where in a piece its list ends, not inside quotes or brackets."""
    masked = re.sub(rf"{_QUOTED}|{_ASIDE}", lambda m: "*" * len(m.group()), text[start:end])
    return _END.search(" " * start + masked, start + 1)


def _chain(text: str, chain: list[Span], behind: int) -> Iterator[Enumeration]:
    """One list: from the last piece that is too long to be an item, on."""
    chain = list(chain)
    for place in range(len(chain) - 2, 0, -1):
        others = chain[place + 1 :]
        if _length(chain[place]) > max(8, 2 * median(map(_length, others))):
            chain = chain[place:]
            break
    if len(chain) < 2:
        return
    texts = [text[slice(*span)] for span in chain[1:]]
    items = [_first_item(text, chain[0], texts), *chain[1:-1], *_split_last(text, chain)]
    items = [span for span in (trim(text, *span, _EDGES) for span in items) if span[0] < span[1]]
    label = _behind(text, behind) or _before(text, items[0][0])
    built = _build(text, items, label)
    # Without 等 a number ends the list only where it counts it: "19家，遍布31个省" is no list.
    by_number = built.count is not None and built.count.span[0] == 0 and text[behind - 1] != "等"
    if len(items) > 1 and (not by_number or _is_counted(built)):
        yield built


def _split_last(text: str, chain: list[Span]) -> list[Span]:
    """A、B和C: the last piece is two items where it is long enough for two."""
    start, end = chain[-1]
    longest = max(map(_length, chain[1:-1]), default=_length(chain[0]))
    for found in _AND.finditer(text, start + 1, end - 1):
        is_whole = found.group() == "以及" or end - start > 2 * longest
        if is_whole:
            return [(start, found.start()), (found.end(), end)]
    return [(start, end)]


def _first_item(text: str, span: Span, others: list[str]) -> Span:
    """The end of a clause that looks most like the items after it."""
    start, end = span
    quoted = re.search(rf"{_QUOTED}$", text[start:end])
    if quoted and any(re.search(_QUOTED, other) for other in others):
        return start + quoted.start(), end
    if lead := _LEADS.match(text[start : end - 1]):
        start += lead.end()
    lengths = [len(other.strip()) for other in others]
    aim = median(lengths)

    def cost(place: int) -> float:
        alike = any(other.strip()[:1] == text[place] for other in others)
        led = text[start:place].endswith(_SMALL_LEADS)
        return abs(end - place - aim) - _LEAD_BONUS * led - _ALIKE_BONUS * alike

    places = [place for place in _word_starts(text[start:end], start) if end - place > 1]
    is_short = end - start <= max(lengths) + 1
    if not places or (is_short and not text[start:end].startswith(_SMALL_LEADS)):
        return start, end
    return min(places, key=lambda place: (cost(place), -place)), end


def _word_starts(text: str, offset: int) -> Iterator[int]:
    """The places where a word begins outside quotes and brackets."""
    position = 0
    for part in re.split(rf"({_QUOTED}|{_ASIDE})", text):
        if re.fullmatch(rf"{_QUOTED}|{_ASIDE}", part):
            yield offset + position
        else:
            place = position
            for run in re.finditer(r"[\u3400-\u9fff]+|[A-Za-z0-9.%-]+", to_simplified(part)):
                place = position + run.start()
                for word in cut(run.group()) if not run.group().isascii() else [run.group()]:
                    yield offset + place
                    place += len(word)
        position += len(part)


def _is_long(text: str, chain: list[Span]) -> bool:
    """Whether the last piece runs on behind the list, as it does without 等."""
    return _length(chain[-1]) > max(map(_length, chain[1:-1])) + 2 or not fold(text)


def _length(span: Span) -> int:
    return span[1] - span[0]

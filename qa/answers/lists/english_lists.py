"""Enumerations in English text: such as A, B and C; the eight cities of A, B and C; “A” and “B”.

A list is looked for behind words that lead to one, or before "and other". Where a comma stands
before "and", the commas alone part the items; else the last "and" does too. Where both readings
are possible both are returned, the likelier first.
"""

import re
from collections.abc import Iterator

from qa.answers.lists.enumerations import LONGEST, Enumeration, find_counts, trim
from qa.language.text import Span

_QUOTED = r"(?:“[^“”]{1,160}”|‘[^‘’]{1,80}’(?![a-z]))"
_QUOTES = re.compile(rf"{_QUOTED}(?:(?:,{{0,2}} |,? and ){_QUOTED})+,?")
_LEAD = re.compile(
    r"\b(?:such as|including|namely|includ(?:e|es|ed)|consists? of|compris(?:e|es|ing))\s+(?=\S)|"
    r"(?<=[a-z”)]):\s+",
    re.IGNORECASE,
)
_COUNTED = re.compile(r"\s(?:of|are|were)\s")  # behind a number: the eight cities of …
_OTHERS = re.compile(r",? and other (?P<label>[^,.;:]{2,60})")
_STOP = re.compile(r"[.!?…](?:\s|$)|[;:…]|\s—\s")
_AND = re.compile(r"\s(?:and|or)\s")
# What follows the last item where no mark ends the list.
_RUNS_ON = re.compile(
    r"\s(?:and (?=\w+ed\b|\w+s (?:an?|the|its|their|\w+ed)\b)|that |which |who |to |has |have |"
    r"had |is |are |was |were |keep |kept |by |with |as |while |when |where |whose )"
)
_PREPOSITION = re.compile(
    r"\A.*\b(?:in|of|on|for|with|by|from|to|as|at|into|through|between)\s", re.I
)
_SUBORDINATE = re.compile(r"(?:through|by|with|in|as|for|on|at|after|since|while|when)\s", re.I)
_LABEL = 90
"""Characters before the items that tell what they are."""

_WORDS_BETWEEN = 4
_EDGES = ",.;:…"
_LONGEST_ITEM = 160


def find_english(text: str) -> list[Enumeration]:
    """Return the enumerations of an English sentence."""
    # The comma of “A,” “B” stands inside the quotes; outside, it parts the items.
    swapped = text[:LONGEST].replace(",”", "”,").replace(".”", "”.").replace(";”", "”;")
    found = [*_quotes(swapped), *_led(swapped), *_before_others(swapped), *_semicolons(swapped)]
    return [listed for listed in found if len(listed.items) > 1 or listed.count]


def _quotes(text: str) -> Iterator[Enumeration]:
    for match in _QUOTES.finditer(text):
        items = [
            (match.start() + quote.start(), match.start() + quote.end())
            for quote in re.finditer(_QUOTED, match.group())
        ]
        yield _build(text, items, _before(text, match.start()))


def _led(text: str) -> Iterator[Enumeration]:
    masked = _masked(text)
    for start, is_counted in _leads(text):
        stop = _STOP.search(masked, start)
        end = stop.start() if stop else len(text)
        readings = [
            _build(text, items, _before(text, start)) for items in _readings(text, start, end)
        ]
        if is_counted:
            yield from (reading for reading in readings if _is_complete(reading))
        elif readings:
            readings.sort(key=_is_complete, reverse=True)
            yield from readings
        else:  # "14 zones, including Dalian, …"
            mark = re.search(r"[,.;]|$", masked[start:end])
            yield _build(
                text, [(start, start + (mark.start() if mark else 0))], _before(text, start)
            )


def _leads(text: str) -> Iterator[tuple[int, bool]]:
    """Where a list may begin, and whether only a number says so."""
    yield from ((lead.end(), False) for lead in _LEAD.finditer(text))
    for count in find_counts(text):
        if lead := _COUNTED.match(text, count.span[1]):
            yield lead.end(), True


def _is_complete(listed: Enumeration) -> bool:
    return listed.count is not None and listed.count.number == len(listed.items)


def _before_others(text: str) -> Iterator[Enumeration]:
    masked = _masked(text)
    for match in _OTHERS.finditer(text):
        chain: list[Span] = []
        end = match.start()
        while end > 0:
            start = max(masked.rfind(mark, 0, end) for mark in (", ", "; ", ": ")) + 2
            start = start if start > 1 else 0
            piece = masked[start:end]
            led = _PREPOSITION.match(piece)
            if _SUBORDINATE.match(piece):
                break
            if led and len(piece) > 40:
                chain.insert(0, (start + led.end(), end))
                break
            chain.insert(0, (start, end))
            if text[start - 2] != ",":
                break
            end = start - 2
        if len(chain) > 1:
            yield _build(text, chain, match["label"])


def _semicolons(text: str) -> Iterator[Enumeration]:
    if "; " not in text:
        return
    masked = _masked(text)
    start = 0
    if lead := re.search(r":\s|\b(?:clear|requires?|proposes?|stipulates?) that\s", masked):
        start = lead.end()
    label = _before(text, start) if start else ""
    cuts = [match.start() for match in re.finditer(r";\s", masked) if match.start() > start]
    items = list(zip([start, *(cut + 2 for cut in cuts)], [*cuts, len(text)], strict=True))
    if len(items) > (1 if lead else 2):
        yield _build(text, items, label)


def _readings(text: str, start: int, end: int) -> Iterator[list[Span]]:
    """The ways to read a stretch of text as a list, the likelier first."""
    masked = _masked(text)[:end]
    cuts = [match.start() for match in re.finditer(r",\s", masked) if match.start() >= start]
    pieces = list(zip([start, *(cut + 2 for cut in cuts)], [*cuts, end], strict=True))
    last = [i for i, (a, b) in enumerate(pieces) if re.match(r"(?:and|or)\s", masked[a:b])]
    ending: list[list[Span]] = []
    running_on: list[list[Span]] = []
    if last and last[0] > 1:
        item = pieces[last[0]]
        is_verb = _RUNS_ON.match(masked, item[0] - 1)  # "land and funds, and makes …"
        (running_on if is_verb else ending).append([*pieces[: last[0]], _cut_off(masked, item)])
    for i, (a, b) in enumerate(pieces):
        if i not in last and (found := _split_and(masked, a, b)):
            item = _cut_off(masked, (found.end(), b))
            reading = [*pieces[:i], (a, found.start()), item]
            if item[1] == end:
                ending.insert(bool(last), reading)
            else:
                running_on.append(reading)
    yield from (*ending, *running_on)


def _split_and(masked: str, start: int, end: int) -> re.Match[str] | None:
    """The "and" that parts two items; items that begin with -ing part before the next -ing."""
    for first, same in ((r"\w+ing\s", r"\w+ing\s"), (r"the\s", r"the\s")):
        if re.match(first, masked[start:end]):
            found = re.compile(rf"\s(?:and|or)\s(?={same})").search(masked, start + 1, end)
            if found or "ing" in first:
                return found
    return _AND.search(masked, start + 1, end)


def _cut_off(masked: str, span: Span) -> Span:
    """End the last item before words that carry on the sentence."""
    start, end = span
    if re.match(r"(?:and |or )?\w+ing\s", masked[start:end]):
        return span
    ends = _RUNS_ON.search(masked, start + 4, end)
    return (start, ends.start()) if ends else span


def _build(text: str, items: list[Span], label: str) -> Enumeration:
    trimmed = [_item(text, *span) for span in items]
    kept = tuple(span for span in trimmed if 1 < span[1] - span[0] <= _LONGEST_ITEM * 3)
    # The number counts the items where little stands between it and them.
    counts = [c for c in find_counts(label) if label.count(" ", c.span[1]) <= _WORDS_BETWEEN]
    return Enumeration(kept, label, counts[-1] if counts else None)


def _item(text: str, start: int, end: int) -> Span:
    if word := re.match(r"\s*(?:(?:and|or|that|both|those of)\s+)+", text[start:end]):
        start += word.end()
    start, end = trim(text, start, end, _EDGES)
    if re.fullmatch(_QUOTED, text[start:end]):
        return trim(text, start + 1, end - 1, _EDGES)
    for one, other in ("“”", "”“"):  # of a quotation that is longer than the item
        if one in text[start:end] and other not in text[start:end]:
            start, end = trim(text, start, end, _EDGES + one)
    return start, end


def _before(text: str, end: int) -> str:
    """The words of the clause that lead to a list."""
    start = max(0, text.rfind(" ", 0, max(0, end - _LABEL)))
    return re.split(r"[.;]\s|,\s(?!such|including|namely)", text[start:end])[-1]


def _masked(text: str) -> str:
    """The text with quotes and brackets filled in, so that nothing inside them parts items."""
    return re.sub(
        rf"{_QUOTED}|\([^()]*\)|\[[^\[\]]*\]", lambda match: "x" * len(match.group()), text
    )

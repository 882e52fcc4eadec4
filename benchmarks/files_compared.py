"""Compares what was read from a file with the text that it was written from, for `files.py`."""

import re
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher

from qa.corpus.files import FileRead
from qa.corpus.structure import parse
from qa.corpus.tables import is_separator
from qa.types import Block, BlockKind

_SHOWN = 60
_PAGE = 1_000  # characters that are counted as a page where a format has none
_MARKS = re.compile(r"[\s|*#_\\`>•●-]")
_BODY = (BlockKind.PARAGRAPH, BlockKind.ARTICLE, BlockKind.ITEM, BlockKind.LEAD)
_TABLE = (BlockKind.ROW, BlockKind.HEADER)
_FACTS = ("title", "number", "publisher", "issued", "effective", "expires")


@dataclass
class Comparison:
    """One document: by figure how much is right and of how much, and what is wrong."""

    counts: dict[str, tuple[float, float]] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)
    pages: float = 0.0


def key(text: str) -> str:
    """A text without white space and marks: what reading must leave as it is."""
    return _MARKS.sub("", text)


def compare(text: FileRead, read: FileRead, *, with_characters: bool) -> Comparison:
    found = Comparison()
    left = _blocks(text.document.text, wrapped=True)
    right = _blocks(read.document.text, wrapped=False)
    for name in _FACTS:
        one, other = getattr(text.document, name), getattr(read.document, name)
        if one or other:
            found.counts[name] = (float(key(one) == key(other)), 1.0)
            if key(one) != key(other):
                found.failures.append(f"{name}: {other!r} in place of {one!r}")
    for figure, kinds in (("blocks whole", _BODY), ("rows whole", _TABLE)):
        _whole(found, figure, [b for b in left if b.kind in kinds], right)
    _order(found, left, right)
    for figure, kind in (("headings", BlockKind.HEADING), ("articles", BlockKind.ARTICLE)):
        _same_kind(found, figure, kind, left, right)
    whole_left, whole_right = (key("".join(b.text for b in blocks)) for blocks in (left, right))
    lost = Counter(whole_left) - Counter(whole_right)
    added = Counter(whole_right) - Counter(whole_left)
    size = float(len(whole_left))
    found.counts["lost"] = (float(lost.total()), size)
    found.counts["added"] = (float(added.total()), size)
    for block in right:
        if key(block.text) not in whole_left:
            found.failures.append(f"not in the text: {block.kind}: {block.text[:_SHOWN]!r}")
    if with_characters:
        matcher = SequenceMatcher(None, whole_left, whole_right, autojunk=False)
        codes = [code for code in matcher.get_opcodes() if code[0] != "equal"]
        wrong = sum(max(b - a, d - c) for _, a, b, c, d in codes)
        found.counts["characters"] = (size - min(wrong, size), size)
    pages = len(read.layout.pages) if read.layout else 0
    found.pages = pages or len(read.document.text) / _PAGE
    return found


def _blocks(text: str, *, wrapped: bool) -> list[Block]:
    blocks = parse(text, wrapped=wrapped)
    return [block for block in blocks if not is_separator(block.text) and key(block.text)]


def _whole(found: Comparison, figure: str, wanted: Sequence[Block], right: Sequence[Block]) -> None:
    there = Counter(key(block.text) for block in right)
    whole = "".join(key(block.text) for block in right)
    count = 0
    for block in wanted:
        own = key(block.text)
        if there[own]:
            there[own] -= 1
            count += 1
        else:
            holding = [b for b in right if own in key(b.text)]
            seen = f"glued in {holding[0].text[:_SHOWN]!r}" if holding else "changed or lost"
            seen = "split" if not holding and own in whole else seen
            found.failures.append(f"{figure}: {seen}: {block.kind}: {block.text[:_SHOWN]!r}")
    if wanted:
        found.counts[figure] = (float(count), float(len(wanted)))


def _order(found: Comparison, left: Sequence[Block], right: Sequence[Block]) -> None:
    """How many of the blocks in both stand in the longest row that is in order."""
    places: dict[str, list[int]] = defaultdict(list)
    for number, block in reversed(list(enumerate(right))):
        places[key(block.text)].append(number)
    tails: list[int] = []  # as Hunt and Szymanski 1977 find the longest common subsequence
    for block in left:
        for number in places.get(key(block.text), ()):
            at = bisect_left(tails, number)
            tails[at : at + 1] = [number]
    there = [Counter(key(block.text) for block in blocks) for blocks in (left, right)]
    if common := (there[0] & there[1]).total():
        found.counts["order"] = (float(len(tails)), float(common))


def _same_kind(
    found: Comparison, figure: str, kind: BlockKind, left: Sequence[Block], right: Sequence[Block]
) -> None:
    """How many of what is of a kind in either is so in both; articles by their numbers."""

    def of_kind(blocks: Sequence[Block]) -> Counter[str]:
        chosen = [block for block in blocks if block.kind is kind]
        return Counter(b.label if kind is BlockKind.ARTICLE else key(b.text) for b in chosen)

    one, other = of_kind(left), of_kind(right)
    if either := (one | other).total():
        found.counts[figure] = (float((one & other).total()), float(either))
    kinds = {key(block.text): block.kind.value for block in right}
    for name in (one - other).elements():
        found.failures.append(f"{figure}: missing, {kinds.get(name, 'absent')}: {name[:_SHOWN]}")
    found.failures += [f"{figure}: false: {name[:_SHOWN]}" for name in (other - one).elements()]

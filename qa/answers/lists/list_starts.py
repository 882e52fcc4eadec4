"""Where a Chinese list begins: 改造提升石化、机械、轻工等 lists 石化 first, not 改造提升石化.

Nothing marks the place, so the first item is the end of its clause that looks most like the items
after it: as long, begun with the same character, or behind a word that leads to lists.
"""

import re
from collections.abc import Iterator, Sequence
from statistics import median

from qa.language.text import Span
from qa.language.words import cut

QUOTED = r"(?:“[^“”。！？…]{1,60}”|‘[^‘’。！？…]{1,60}’|「[^「」。！？…]{1,60}」|《[^《》]{1,60}》)"
ASIDE = r"(?:（[^（）]{1,40}）|\([^()]{1,40}\))"

# What stands before a list and begins no item.
_LEADS = re.compile(
    r"\A.*(?:提出|明确|要求|规定|部署|推出|出台|包括|包含|涵盖|分[为成]|分别[是为]|例如|比如|譬如|诸如|通过|覆盖)了?"
)
# What may stand before a list, and mostly begins no item.
_VERBS = "发挥 布局 具备 拥有 构建 培育 形成 提升 建设 面临 支持 引进 提供 改造 生产".split()
_PARTICLES = "在以从对向为把将给由使让与和了过的着像如是于"
_SMALL_LEADS = (*_PARTICLES, *_VERBS)
LEAD_BONUS = 2.5
"""Characters by which an item behind a lead may be longer or shorter than the others."""

LED_SHARE = 1.5
"""How much longer than the others an item right behind 包括 or 提出 may be."""

ALIKE_BONUS = 8.0
"""The same for one that begins as another does: 全球首个……、全球首个……."""


def first_item(text: str, span: Span, others: Sequence[str]) -> Span:
    """Cut what leads to a list off its first piece; `text` is Simplified, `others` the other items.

    >>> text = "正在改造提升石化、机械等"
    >>> text[slice(*first_item(text, (0, 8), ["机械"]))]
    '石化'
    """
    start, end = span
    quoted = re.search(rf"{QUOTED}$", text[start:end])
    if quoted and any(re.search(QUOTED, other) for other in others):
        return start + quoted.start(), end
    lengths = [len(other.strip()) for other in others]
    if lead := _LEADS.match(text[start : end - 1]):
        start += lead.end()
        is_item = not text[start:end].startswith(_SMALL_LEADS)
        if is_item and end - start <= LED_SHARE * max(lengths):
            return start, end
    aim = median(lengths)

    def cost(place: int) -> float:
        is_alike = any(other.strip()[:1] == text[place] for other in others)
        is_led = text[start:place].endswith(_SMALL_LEADS)
        bonus = LEAD_BONUS * is_led + ALIKE_BONUS * is_alike
        return abs(end - place - aim) - bonus + LEAD_BONUS * (text[place] in _PARTICLES)

    shortest = min(2, *lengths)
    places = [p for p in _word_starts(text[start:end], start) if end - p >= shortest]
    is_short = end - start <= max(lengths) + 1
    if not places or (is_short and not text[start:end].startswith(_SMALL_LEADS)):
        return start, end
    return min(places, key=lambda place: (cost(place), -place)), end


def holds_lead(text: str) -> bool:
    """Whether a verb or the like stands inside a text, so that a list may begin behind it."""
    return _LEADS.match(text) is not None or any(text.find(verb) > 0 for verb in _VERBS)


def _word_starts(text: str, offset: int) -> Iterator[int]:
    """The places where a word begins outside quotes and brackets."""
    position = 0
    for part in re.split(rf"({QUOTED}|{ASIDE})", text):
        if re.fullmatch(rf"{QUOTED}|{ASIDE}", part):
            yield offset + position
        else:
            for run in re.finditer(r"[\u3400-\u9fff]+|[A-Za-z0-9.%-]+", part):
                place = position + run.start()
                for word in [run.group()] if run.group().isascii() else cut(run.group()):
                    yield offset + place
                    place += len(word)
        position += len(part)

"""What a list in a text is: its items, what they are called, how many the text says there are.

    在北京、天津、杭州8个城市设点     北京 | 天津 | 杭州      label "8个城市设点"
    in two areas: “A” and “B.”        A | B                   label "in two areas"

Both languages share this module; `chinese_lists`, `english_lists` and `series` find the items.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from qa.language.quantities import find_quantities
from qa.language.text import Span, fold, to_simplified


@dataclass(frozen=True, slots=True)
class Enumeration:
    """Items that one text lists: spans of it in order, which do not overlap.

    `label` are the words beside the items that say what they are, `count` the number of them
    that the text gives there.
    """

    items: tuple[Span, ...]
    label: str
    count: "Count | None" = None


@dataclass(frozen=True, slots=True)
class Count:
    """A number of things that a text states: "16项政策措施", "eight cities".

    `measure` is the Chinese measure word, empty in English; `span` holds all of it.
    """

    number: int
    measure: str
    noun: str
    span: Span


LONGEST = 2000
"""Characters of a sentence that are looked at; no list that a person wrote in one has more."""

MEASURE_WORD = "(?:个?(?:方面|领域)|部分|环节|[个大项条种类家座位名重点样步届所批款件层门])"
NUMERAL = "(?:\\d{1,4}|[一二两三四五六七八九十百]{1,5}|双)"
_CHINESE_COUNT = re.compile(
    rf"(?<![\d.．第年月])(?P<number>{NUMERAL})\s*(?:(?P<vague>[余多几来])\s*)?"
    rf"(?P<measure>{MEASURE_WORD})(?=(?P<noun>[\u4e00-\u9fff]{{0,10}}))"
)
ENGLISH_NUMERAL = (
    r"(?:\d{1,4}|(?:twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)(?:-[a-z]+)?|two|three|"
    r"four|five|six|seven|eight|nine|ten|eleven|twelve|(?:thir|four|fif|six|seven|eigh|nine)teen|"
    r"dual|twin)"
)
_ENGLISH_COUNT = re.compile(
    r"(?<![\w.,$-])(?P<vague>(?:more than|over|about|nearly|almost|at least|some|only in) )?"
    rf"(?P<number>{ENGLISH_NUMERAL}) (?P<noun>(?:[a-z][\w’'-]* ){{0,5}}?[a-z][\w-]*[^\Wsu]s)\b",
    re.IGNORECASE,
)
_MEASUREMENT = re.compile(
    r"[年月日天岁]|(?:years?|months?|days?|hours?|minutes?|dollars|times)\b", re.IGNORECASE
)


def find_counts(text: str) -> Iterator[Count]:
    """Yield the exact numbers of things that a text in either language states, from 2 up.

    >>> [(count.number, count.noun) for count in find_counts("部署16项政策措施")]
    [(16, '政策措施')]
    """
    simplified = to_simplified(text)
    for pattern in (_CHINESE_COUNT, _ENGLISH_COUNT):
        for match in pattern.finditer(simplified):
            number = parse_number(match["number"])
            is_exact = not match["vague"] and not _MEASUREMENT.match(match["noun"])
            if number and number > 1 and is_exact:
                measure = match.groupdict().get("measure", "")
                yield Count(number, measure, match["noun"], (match.start(), match.end("noun")))


def parse_number(text: str) -> int | None:
    """Read a small number in digits or words of either language; None where it is none.

    >>> parse_number("16"), parse_number("十六"), parse_number("eight"), parse_number("雙")
    (16, 16, 8, 2)
    """
    folded = fold(text).strip()
    if folded.isdecimal():
        return int(folded)
    if folded in ("一", "双", "dual", "twin"):
        return 1 if folded == "一" else 2
    tokens = [token for token, *span in find_quantities(folded) if span == [0, len(folded)]]
    return int(tokens[0]) if tokens and tokens[0].isdecimal() else None


def trim(text: str, start: int, end: int, edges: str) -> Span:
    """Shrink a span until neither edge is white space or one of the characters given."""
    while start < end and (text[start].isspace() or text[start] in edges):
        start += 1
    while end > start and (text[end - 1].isspace() or text[end - 1] in edges):
        end -= 1
    return start, end

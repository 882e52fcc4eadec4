"""Tables of contents are left out: their page numbers are those of paper, the rest stands below."""

import re
from collections.abc import Sequence

from qa.corpus.readers.pdf.lines import Line
from qa.corpus.readers.pdf.tables import Table

_LEADERS = frozenset("._…·‥⋯-—")
_FEWEST_LEADERS = 4
_FEWEST_LINES = 3
"""Lines with leaders, one soon after the other: fewer may be blanks of a form."""

_NUMBER = re.compile(r"[（(\-–—]?\s?(?:\d{1,4}|[ivxlc]{1,7}|[A-Z]-\d{1,3})\s?[）)\-–—]?$")
_HEADING = re.compile(r"(?:目\s{0,4}[录錄次]|(?:Table of )?Contents|TABLE OF CONTENTS|CONTENTS)$")


def without_contents(blocks: Sequence[Line | Table]) -> list[Line | Table]:
    """The blocks without the lines of tables of contents and the heading above these."""
    listed = [isinstance(block, Line) and _is_listed(block) for block in blocks]
    gone: set[int] = set()
    number = 0
    while number < len(blocks):
        last = number
        while last < len(blocks) and (listed[last] or _is_wrapped(blocks, listed, last)):
            last += 1
        if sum(listed[number:last]) >= _FEWEST_LINES:
            above = blocks[number - 1] if number else None
            gone.update(range(number, last))
            if isinstance(above, Line) and _HEADING.match(above.text):
                gone.add(number - 1)
        number = max(last, number + 1)
    kept = [block for number, block in enumerate(blocks) if number not in gone]
    return kept if any(isinstance(block, Line) for block in kept) else list(blocks)


def _is_listed(line: Line) -> bool:
    """Whether a line ends with leaders and a number."""
    found = _NUMBER.search(line.text[-12:])
    if not found:
        return False
    rest = line.text[: len(line.text) - len(found.group())]
    leaders = 0
    for character in reversed(rest):
        if character != " " and character not in _LEADERS:
            break
        leaders += (2 if character in "…⋯" else 1) if character != " " else 0
    return leaders >= _FEWEST_LEADERS


def _is_wrapped(blocks: Sequence[Line | Table], listed: Sequence[bool], number: int) -> bool:
    """Whether a line is the first of two of a table of contents."""
    return (
        isinstance(blocks[number], Line)
        and 0 < number < len(blocks) - 1
        and listed[number - 1]
        and listed[number + 1]
    )

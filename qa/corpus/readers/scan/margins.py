"""What is on scanned pages beside their text: page numbers, running heads, a browser's prints."""

import re
from collections import Counter
from collections.abc import Sequence

from qa.corpus.readers.scan.lines import ScannedLine, ScannedPage, turned

_EDGE = 0.03
"""Of the height of a page: how far from its first or last line a page number is."""

_REPEATED = 3
"""Pages on which a running head stands at least."""

_BAR = r"[-–—―_~·•.|\s]{0,4}"
_PAGE_NUMBER = re.compile(
    rf"{_BAR}(?:第\s?\d{{1,4}}\s?[页頁](?:[，,\s/]{{0,3}}共\s?\d{{1,4}}\s?[页頁])?"
    rf"|(?:[Pp]age\s?)?\d{{1,4}}(?:\s?(?:/|of)\s?\d{{1,4}})?|[ivxl]{{1,6}}){_BAR}"
)
_BROWSER = re.compile(
    r"\d{4}/\d{1,2}/\d{1,2}[,，]?\s?\d{1,2}:\d\d\s|\d{1,2}/\d{1,2}/\d{2,4},\s\d{1,2}:\d\d\s"
    r"|https?:\S{4,400}(?:\s?\d{1,4}/\d{1,4})?$"
)


def without_numbers(page: ScannedPage, height: int) -> list[ScannedLine]:
    """The lines of a page but its number, above or below the others."""
    lines = list(page.lines)
    if not lines:
        return lines
    tops = [float(turned(line.boxes, -page.angle)[:, 1].min()) for line in lines]
    lowest, highest = max(tops), min(tops)
    return [
        line
        for line, top in zip(lines, tops, strict=True)
        if not (
            _is_no_text(line.text)
            and (lowest - top < _EDGE * height or top - highest < _EDGE * height)
            and len(lines) > 1
        )
    ]


def _is_no_text(text: str) -> bool:
    """Whether a line is a page number, or what browsers print: the time and title, the address."""
    return bool(_PAGE_NUMBER.fullmatch(text) or _BROWSER.match(text))


def pattern_of(line: ScannedLine) -> str:
    """What of a line is the same on every page."""
    return re.sub(r"[\d\s]++", "", line.text)


def running_heads(pages: Sequence[Sequence[ScannedLine]]) -> frozenset[str]:
    """What stands first or last on many pages."""
    counts = Counter(
        pattern
        for lines in pages
        for pattern in {pattern_of(line) for line in (*lines[:2], *lines[-2:])}
    )
    filled = sum(bool(lines) for lines in pages)
    least = max(_REPEATED, filled / 2)
    return frozenset(pattern for pattern, count in counts.items() if pattern and count >= least)

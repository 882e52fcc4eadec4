"""Line breaks for Chinese and English text at a terminal.

rich breaks only at spaces, which Chinese does not have: a sentence after `[1] ` would start a
new line. Here a line may end after any Chinese character, but none starts with closing
punctuation or with the `[1]` of the sentence before.
"""

import re
from collections.abc import Iterable, Iterator

from rich.cells import cell_len
from rich.text import Text

_WIDE = "\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\ufe30-\ufe4f\uff00-\uffef\U00020000-\U0003ffff"
_OPENING = "（《〈「『【〔“‘"
_CLOSING = "，。、；：！？）》〉」』】〕”’…％"
_PIECE = re.compile(
    rf"\s+|[{_OPENING}]*(?:[{_WIDE}]|[^\s{_WIDE}{_OPENING}{_CLOSING}]+)"
    rf"[{_CLOSING},.;:!?)]*(?: ?\[\d+\])*|."
)


def wrap(text: Text, width: int) -> list[Text]:
    """Return the lines of a text, each at most `width` columns wide (a wide character has two)."""
    return [
        line
        for paragraph in text.split("\n", allow_blank=True)
        for line in _trimmed(paragraph.divide(_breaks(paragraph.plain, max(width, 2))))
    ]


def _breaks(line: str, width: int) -> Iterator[int]:
    column = 0
    for start, piece in _pieces(line, width):
        columns = cell_len(piece.rstrip())
        if column and column + columns > width:
            yield start
            column = 0
        column += cell_len(piece)


def _pieces(line: str, width: int) -> Iterator[tuple[int, str]]:
    """Yield what may not be broken; only a word wider than a line is cut."""
    for match in _PIECE.finditer(line):
        if cell_len(match.group()) <= width:
            yield match.start(), match.group()
        else:
            yield from ((match.start() + i, char) for i, char in enumerate(match.group()))


def _trimmed(lines: Iterable[Text]) -> Iterator[Text]:
    for line in lines:
        line.rstrip()
        yield line

"""The order in which the boxes of a slide are read: from top to bottom, and from left to right."""

from collections.abc import Sequence
from dataclasses import dataclass

_SLACK = 45_720
"""EMU (0.05 inch): boxes that overlap by less stand apart; a text box has twice that as margin."""

_ROW_GAP = 137_160
"""EMU (0.15 inch): boxes that are less apart from top to bottom belong together, as a card's title
and its text do; such columns are read one after another."""


@dataclass(frozen=True, slots=True)
class Box:
    """Where a shape stands, in EMU."""

    left: int
    top: int
    right: int
    bottom: int


def reading_order(boxes: Sequence[Box]) -> list[int]:
    """The numbers of the boxes in the order in which they are read.

    They are cut where a gap goes through all of them: first into rows, where these are well
    apart, then into columns, then into rows again (XY cut, Nagy and Seth 1984).

    >>> reading_order([Box(5, 0, 9, 2), Box(0, 0, 4, 2)])
    [1, 0]
    """
    order: list[int] = []
    waiting = [sorted(range(len(boxes)), key=lambda n: (boxes[n].top, boxes[n].left))]
    while waiting:
        part = waiting.pop()
        pieces = [part] if len(part) < 2 else _cut(boxes, part)
        if len(pieces) == 1:
            order += part
        else:
            waiting += reversed(pieces)
    return order


def _cut(boxes: Sequence[Box], part: list[int]) -> list[list[int]]:
    rows = [(boxes[n].top, boxes[n].bottom) for n in part]
    columns = [(boxes[n].left, boxes[n].right) for n in part]
    for spans, gap in ((rows, _ROW_GAP), (columns, -_SLACK), (rows, -_SLACK)):
        pieces = _parted(part, spans, gap)
        if len(pieces) > 1:
            return pieces
    return [part]


def _parted(part: list[int], spans: list[tuple[int, int]], gap: int) -> list[list[int]]:
    """The boxes, parted where so much is between one's end and the next one's beginning."""
    pieces: list[list[int]] = []
    end = 0
    for (start, stop), number in sorted(zip(spans, part, strict=True)):
        # Of equal beginnings the order by top and left is kept: sorted above, and by number.
        if pieces and start - end < gap:
            pieces[-1].append(number)
            end = max(end, stop)
        else:
            pieces.append([number])
            end = stop
    place = {number: index for index, number in enumerate(part)}
    return [sorted(piece, key=place.__getitem__) for piece in pieces]

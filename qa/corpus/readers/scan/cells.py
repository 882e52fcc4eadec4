"""The cells of tables on scanned pages, and those between rules."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from qa.corpus.readers.scan.rows import Row
from qa.corpus.readers.scan.rules import Grid


@dataclass(frozen=True, slots=True)
class Cell:
    """Characters of a row from `start` to `end`, and where they stand."""

    row: Row
    start: int
    end: int

    @property
    def left(self) -> float:
        """Where it begins."""
        return float(self.row.boxes[self.start, 0])

    @property
    def right(self) -> float:
        """Where it ends."""
        return float(self.row.boxes[self.end - 1, 2])


TableRow = list[list[Cell]]
"""The lines of each of its cells."""


def ruled_table(rows: Sequence[Row], grid: Grid) -> list[TableRow]:
    """The rows of a ruled table. What a cell that spans says stands in all of its rows and columns;
    heads of several rows are one."""
    held: dict[int, list[Cell]] = {}
    for row in rows:
        for owner, cell in _by_owner(row, grid):
            held.setdefault(owner, []).append(cell)
    table = [[held.get(int(owner), []) for owner in places] for places in grid.owners]
    heads = _rows_of_heads(grid)
    if heads > 1:
        stacked = zip(*table[:heads], strict=True)
        table[:heads] = [[_together(cells) for cells in stacked]]
    return [row for row in table if any(row)]


def _rows_of_heads(grid: Grid) -> int:
    """How many rows the heads take: as many as the first cell, where another of the first row
    spans columns."""
    first = grid.owners[0]
    if len(set(first.tolist())) == len(first) or first[0] == first[-1]:
        return 1
    return int((grid.owners[:, 0] == first[0]).sum())


def _together(cells: Sequence[list[Cell]]) -> list[Cell]:
    """The lines of cells that stand below one another, each once."""
    return list(dict.fromkeys(line for lines in cells for line in lines))


def _by_owner(row: Row, grid: Grid) -> Iterator[tuple[int, Cell]]:
    """The parts of a line by the cell of the table that they are in."""
    middles = (row.boxes[:, :2] + row.boxes[:, 2:]) / 2
    start, held = 0, None
    for number, (across, down) in enumerate(middles):
        owner = held if row.text[number] == " " else grid.owner(across, down)
        owner = held if owner is None else owner
        if owner != held:
            yield from _held(row, start, number, held)
            start, held = number, owner
    yield from _held(row, start, len(row.text), held)


def _held(row: Row, start: int, end: int, owner: int | None) -> Iterator[tuple[int, Cell]]:
    words = row.text[start:end]
    end -= len(words) - len(words.rstrip())
    if owner is not None and start < end:
        yield owner, Cell(row, start, end)

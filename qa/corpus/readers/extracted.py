"""What a reader of files gives, and the bounds that it keeps.

The text has a form of its own, which `qa.corpus.structure.parse` reads with `wrapped=False`:

* every paragraph, heading, item and table row is one line, its wraps undone; a blank line parts
  them, but for the rows of one table
* a heading that the file marks as one, or that only its size gives away, begins with as many `#`
  and a space as it is deep; official numbering (第一章, 一、, 第三条) stays as it is, behind it
* a table is rows of `| cell | cell |`, and under the heads of its columns a row `| --- | --- |`;
  a cell has no line breaks, and `|` in it is written `\\|`
* an item begins with its number as people see it, or with `- `
* running heads, page numbers, menus and whatever else is not the document's own is left out
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Progress = Callable[[int, int], None]
"""Called with how many pages have been read, and of how many."""


class UnreadableError(Exception):
    """A file cannot be read; says why and what to do, without the file's name."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How much of a file is read at most. What is larger is refused with `UnreadableError`.

    seconds are those for a file without scanned pages; each scanned page may take
    `page_seconds` more.
    """

    seconds: float = 120.0
    page_seconds: float = 90.0  # one takes 3 to 5; a machine may be busy
    pages: int = 3_000
    characters: int = 20_000_000
    unpacked: int = 256 * 2**20  # bytes of what a packed file holds
    pixels: int = 40_000_000  # of one picture or rendered page
    memory: int = 3 * 2**30  # bytes of address space


@dataclass(frozen=True, slots=True)
class Page:
    """A page: its size in points, and how sure its text is, below 1 where it was a picture."""

    width: float
    height: float
    confidence: float = 1.0


@dataclass(frozen=True, slots=True, eq=False)
class Layout:
    """Where the characters of a text stand.

    pages: in order
    page_of: (characters,) int32, the number of each character's page from 0, -1 where it has none
    boxes: (characters, 4) float32: left, top, right, bottom in points from the upper left corner
        of the page as it is shown; zeros where `page_of` is -1
    """

    pages: tuple[Page, ...]
    page_of: NDArray[np.int32]
    boxes: NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Extracted:
    """A file's text in the form above.

    facts: what the file itself says, by the keys of corpus.toml (title, publisher, number, issued,
        effective); only what is meant for people, not what a program filled in
    layout: for files that have pages
    warnings: what of the file could not be read
    """

    text: str
    facts: Mapping[str, str] = field(default_factory=dict)
    layout: Layout | None = None
    warnings: Sequence[str] = ()


class FileReader(Protocol):
    """What a module of a format has as `read`."""

    def __call__(self, path: Path, limits: Limits, progress: Progress) -> Extracted:
        """Read a file. Raises UnreadableError."""
        ...

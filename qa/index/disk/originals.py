"""The files that documents were read from, and where on their pages the text stands.

FOLDER/originals/SHA256/   original.SUFFIX   the file, where the library keeps it
                           pages.json        size and confidence of each page
                           page_of.npy       (characters,) the page of each character, -1 for none
                           boxes.npy         (characters, 4) its box, in 1/16 point

They are never changed. What no document of the manifest is read from is cleared away.
"""

import json
import shutil
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

import numpy as np

from qa.corpus.readers.extracted import Layout, Page
from qa.errors import IndexDamagedError
from qa.index.disk.manifest import ORIGINALS, flush
from qa.types import Box, Document

_STEPS = 16
"""Of a point: a sixteenth is finer than a screen shows, and 4,095 points, the most that two bytes
then hold, are a poster of 1.4 metres."""

_SAME_LINE = 0.5
"""Share of the lower of two characters' heights by which they overlap within a line."""

_HELD = 64  # layouts; each is mapped, and costs memory only where it is read


class Originals:
    """The originals of one library."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.layout = lru_cache(_HELD)(self._layout)

    def keep(self, sha256: str, path: Path, layout: Layout | None, *, whole: bool) -> None:
        """Store what belongs to a file; `whole` the file itself as well. Raises OSError."""
        target = self._folder / ORIGINALS / sha256
        if layout is None and not whole:
            return
        beside = target.with_suffix(".part")
        shutil.rmtree(beside, ignore_errors=True)
        beside.mkdir(parents=True)
        if whole:
            shutil.copyfile(path, beside / f"original{path.suffix.lower()}")
        if layout is not None:
            pages = [[page.width, page.height, page.confidence] for page in layout.pages]
            (beside / "pages.json").write_text(json.dumps(pages), encoding="ascii")
            steps = np.clip(np.round(layout.boxes * _STEPS), 0, 2**16 - 1).astype(np.uint16)
            np.save(beside / "boxes.npy", steps, allow_pickle=False)
            np.save(beside / "page_of.npy", layout.page_of.astype(np.int32), allow_pickle=False)
        for part in beside.iterdir():
            flush(part)
        replaced = target.with_suffix(".old")
        shutil.rmtree(replaced, ignore_errors=True)
        try:
            with suppress(FileNotFoundError):
                target.rename(replaced)
        except PermissionError:  # Windows, where another process has it mapped: it is as good
            shutil.rmtree(beside, ignore_errors=True)
            return
        beside.rename(target)
        shutil.rmtree(replaced, ignore_errors=True)

    def path(self, document: Document) -> Path | None:
        """The file that a document was read from, where the library has it."""
        return next(self._of(document).glob("original.*"), None) if document.original else None

    def boxes(self, document: Document, start: int, end: int) -> tuple[Box, ...]:
        """Where the characters from start to end stand, one box a line, in their order.

        Raises IndexDamagedError where what is stored is not of this document.
        """
        layout = self.layout(document)
        if layout is None:
            return ()
        shown = start + np.flatnonzero(layout.page_of[start:end] >= 0)
        lines: list[tuple[int, list[float]]] = []
        for page, box in zip(
            layout.page_of[shown].tolist(), layout.boxes[shown].tolist(), strict=True
        ):
            if lines and lines[-1][0] == page and _goes_on(lines[-1][1], box):
                line = lines[-1][1]
                line[:] = [*map(min, line[:2], box[:2]), *map(max, line[2:], box[2:])]
            else:
                lines.append((page, box))
        return tuple(_box(number, layout.pages[number], line) for number, line in lines)

    def _layout(self, document: Document) -> Layout | None:
        """Where a document's characters stand, None where it has no pages."""
        folder = self._of(document)
        if not document.original or not (folder / "pages.json").is_file():
            return None
        try:
            pages = json.loads((folder / "pages.json").read_text(encoding="ascii"))
            boxes = np.load(folder / "boxes.npy", mmap_mode="r", allow_pickle=False)
            page_of = np.load(folder / "page_of.npy", mmap_mode="r", allow_pickle=False)
            found = tuple(Page(*page) for page in pages)
        except (OSError, ValueError, TypeError) as error:
            raise IndexDamagedError(self._folder, f"the pages of {document.source}") from error
        if boxes.shape != (len(document.text), 4) or page_of.shape != boxes.shape[:1]:
            raise IndexDamagedError(self._folder, f"the pages of {document.source} have changed")
        return Layout(found, page_of, boxes)

    def _of(self, document: Document) -> Path:
        if not document.original.isalnum():  # it must not lead out of the folder
            return self._folder / ORIGINALS / "none"
        return self._folder / ORIGINALS / document.original


def _goes_on(line: list[float], box: list[float]) -> bool:
    """Whether a character stands in a line, behind what is there."""
    overlap = min(line[3], box[3]) - max(line[1], box[1])
    lower = min(line[3] - line[1], box[3] - box[1])
    return overlap >= _SAME_LINE * lower and box[0] >= line[0]


def _box(number: int, page: Page, line: list[float]) -> Box:
    wide, high = page.width * _STEPS, page.height * _STEPS
    left, top, right, bottom = line
    return Box(
        page=number + 1,
        left=round(left / wide, 5),
        top=round(top / high, 5),
        right=round(right / wide, 5),
        bottom=round(bottom / high, 5),
        confidence=page.confidence,
    )

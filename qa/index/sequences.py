"""Entries of a file that are read when they are asked for, and several of these as one."""

import json
import mmap
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, Generic, TypeVar, overload

import numpy as np
from numpy.typing import NDArray

RECENT = 1024
"""Entries that stay in memory: those of the last questions."""

Entry = TypeVar("Entry")


class _Numbered(Sequence[Entry], Generic[Entry]):
    """A sequence that gives entries by number alone."""

    def at(self, number: int) -> Entry:
        """Return an entry; `number` is one of 0 to len - 1."""
        raise NotImplementedError

    @overload
    def __getitem__(self, number: int) -> Entry: ...
    @overload
    def __getitem__(self, number: slice) -> Sequence[Entry]: ...
    def __getitem__(self, number: int | slice) -> Entry | Sequence[Entry]:
        if isinstance(number, slice):
            return [self.at(one) for one in range(*number.indices(len(self)))]
        if not -len(self) <= number < len(self):
            raise IndexError(number)
        return self.at(number % len(self))

    def __iter__(self) -> Iterator[Entry]:
        return map(self.at, range(len(self)))


class Lines(_Numbered[Entry]):
    """The lines of a .jsonl file, which is mapped; `starts` (lines + 1) says where each begins."""

    def __init__(
        self, file: Path, starts: NDArray[np.int64], decode: Callable[[Any], Entry]
    ) -> None:
        with file.open("rb") as opened:
            empty = not file.stat().st_size
            self._data = b"" if empty else mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ)
        if not len(starts) or starts[-1] != len(self._data):
            raise ValueError(f"{file.name} has other lines than it was written with")
        self._starts = starts
        self._decode = decode
        self._recent = lru_cache(RECENT)(self._read)

    def __len__(self) -> int:
        return len(self._starts) - 1

    def at(self, number: int) -> Entry:
        """Return an entry, which stays in memory for a while."""
        return self._recent(number)

    def __iter__(self) -> Iterator[Entry]:
        return map(self._read, range(len(self)))

    def _read(self, number: int) -> Entry:
        return self._decode(json.loads(self._data[slice(*self._starts[number : number + 2])]))


class Joints:
    """Where the entries of several parts lie in the whole that they make.

    `kept` says of each part which of its entries count (None: all); the others have no number.
    """

    def __init__(self, lengths: Sequence[int], kept: Sequence[NDArray[np.bool_] | None]) -> None:
        self._kept = [None if flags is None else np.flatnonzero(flags) for flags in kept]
        counts = [
            length if numbers is None else len(numbers)
            for length, numbers in zip(lengths, self._kept, strict=True)
        ]
        self._starts = np.cumsum([0, *counts])

    def __len__(self) -> int:
        return int(self._starts[-1])

    def owners(self, numbers: NDArray[np.integer]) -> NDArray[np.int64]:
        """The part of each entry."""
        return self._starts.searchsorted(numbers, side="right") - 1

    def inside(self, part: int, numbers: NDArray[np.integer]) -> NDArray[np.int64]:
        """Where entries of a part lie in it."""
        places: NDArray[np.int64] = numbers - self._starts[part]
        kept = self._kept[part]
        return places if kept is None else kept[places]


class Chained(_Numbered[Entry]):
    """Several sequences as one; `kept` as for `Joints`.

    `renumber(entry, n)` makes of an entry what it is as the n-th of the whole.
    """

    def __init__(
        self,
        parts: Sequence[Sequence[Entry]],
        kept: Sequence[NDArray[np.bool_] | None],
        renumber: Callable[[Entry, int], Entry] | None = None,
    ) -> None:
        self._parts = tuple(parts)
        self._joints = Joints([len(part) for part in self._parts], kept)
        self._renumber = renumber

    def __len__(self) -> int:
        return len(self._joints)

    def at(self, number: int) -> Entry:
        """Return an entry."""
        one = np.array([number])
        owner = int(self._joints.owners(one)[0])
        entry = self._parts[owner][int(self._joints.inside(owner, one)[0])]
        return entry if self._renumber is None else self._renumber(entry, number)

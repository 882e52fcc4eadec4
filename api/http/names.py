"""Names of files that come from elsewhere: made safe, and never another file's."""

import hashlib
import unicodedata
from itertools import count
from pathlib import Path, PurePosixPath

from qa.corpus.files import SUFFIXES
from qa.corpus.readers.formats import SAVE_AS

_LONGEST = 160
"""Bytes: file systems take 255, and a number may follow."""

_FORBIDDEN = frozenset('<>:"|?*\x7f')
_RESERVED = frozenset(
    ["con", "prn", "aux", "nul"] + [f"{name}{n}" for name in ("com", "lpt") for n in range(1, 10)]
)
"""Devices on Windows, whatever ending follows."""


class FileNameError(ValueError):
    """A name that no document can have: its ending is not one of a format that is read."""


def safe_name(name: str) -> str:
    """Return the last part of a name as any file system takes it. Raises FileNameError.

    >>> safe_name("../../etc/计划?.PDF")
    '计划_.PDF'
    """
    last = unicodedata.normalize("NFC", name).replace("\\", "/").rpartition("/")[2]
    kept = "".join(
        "_" if character in _FORBIDDEN else character
        for character in last
        if unicodedata.category(character) not in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
    )
    path = PurePosixPath(kept.strip(" ."))
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        shown = suffix or "A file without ending"
        instead = SAVE_AS.get(suffix, ".pdf or .txt")
        raise FileNameError(f"{shown} is not supported; save it as {instead}")
    stem = path.stem.strip(" .") or "document"
    if stem.lower() in _RESERVED:
        stem = f"{stem}_"
    while len(stem.encode()) > _LONGEST:
        stem = stem[:-1]
    return f"{stem.strip()}{path.suffix}"


def free_name(folder: Path, name: str, sha256: str) -> tuple[str, bool]:
    """Return a name that is free in a folder, or that of the same bytes, and whether it is that."""
    path = PurePosixPath(name)
    for number in count(1):
        tried = name if number == 1 else f"{path.stem} ({number}){path.suffix}"
        if not (folder / tried).exists():
            return tried, False
        with (folder / tried).open("rb") as file:
            if hashlib.file_digest(file, "sha256").hexdigest() == sha256:
                return tried, True
    raise AssertionError  # numbers do not end

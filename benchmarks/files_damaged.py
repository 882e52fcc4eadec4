"""Reads damaged files: `python benchmarks/files_damaged.py FOLDER… [--each 500]`.

Files of each format under the folders are damaged at random, within their packed members too, and
read as any file is. Each must be read or refused; counted are those that ended the reading process,
that took longer than the limit, the longest time and the most memory.
"""

import argparse
import io
import random
import tempfile
import time
import zipfile
from collections import Counter, defaultdict
from pathlib import Path

from files import peak_memory

from qa.corpus.files import SourceFile, read_file
from qa.corpus.readers.formats import FORMATS
from qa.corpus.readers.process import ReaderProcess
from qa.errors import DocumentError

LARGEST = 300_000
"""Bytes of a file that is damaged: many small ones meet more of a reader than a few large ones."""

MOST = 20  # files of a format


def damaged(raw: bytes, chance: random.Random) -> bytes:
    """The bytes with some flipped, cut, repeated, moved or, of a package, one member damaged."""
    if raw.startswith(b"PK") and chance.random() < 0.7:
        return _with_damaged_member(raw, chance)
    data = bytearray(raw)
    for _ in range(chance.choice((1, 3, 10, 100))):
        start, length = chance.randrange(len(data) + 1), chance.choice((1, 4, 64, 1_024))
        part = data[start : start + length]
        kind = chance.randrange(5)
        if kind == 0:
            data[start : start + length] = chance.randbytes(len(part))
        elif kind == 1:
            del data[start : start + length]
        elif kind == 2:
            data[start:start] = part * chance.choice((1, 10))
        elif kind == 3 and len(data) > 1:
            del data[chance.randrange(1, len(data)) :]
        else:
            data[start:start] = chance.choice((b"\0", b"<", b'"', b"9" * 20, b"\xff\xfe", b"&x;"))
        if not data:
            break
    return bytes(data)


def _with_damaged_member(raw: bytes, chance: random.Random) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(raw)) as package, zipfile.ZipFile(written, "w") as other:
        names = package.namelist()
        chosen = chance.choice(names)
        for name in names:
            content = package.read(name)
            other.writestr(name, damaged(content, chance) if name == chosen else content)
    return written.getvalue()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", type=Path, nargs="+")
    parser.add_argument("--each", type=int, default=500)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    found: dict[str, list[bytes]] = defaultdict(list)
    for folder in options.folders:
        for path in sorted(folder.rglob("*")):
            suffix = path.suffix.lower()
            is_small = path.is_file() and path.stat().st_size <= LARGEST
            if suffix in FORMATS and is_small and len(found[suffix]) < MOST:
                found[suffix].append(path.read_bytes())
    for suffix, contents in found.items():
        chance = random.Random(options.seed)  # noqa: S311 (to be the same again)
        told, longest = Counter[str](), 0.0
        with tempfile.TemporaryDirectory() as folder, ReaderProcess() as process:
            path = Path(folder) / f"a{suffix}"
            for _ in range(options.each):
                path.write_bytes(damaged(chance.choice(contents), chance))
                begun = time.monotonic()
                try:
                    read_file(SourceFile(path, path.name, {}), process)
                    told["read"] += 1
                except DocumentError as error:
                    ended = "its reader" in error.reason
                    slow = "took longer" in error.reason
                    told["ended the process" if ended else "too slow" if slow else "refused"] += 1
                    if ended:
                        print(suffix, error.reason)
                longest = max(longest, time.monotonic() - begun)
            memory = peak_memory()
        print(f"{suffix}: {dict(told)}, longest {longest:.1f} s, peak {memory:.0f} MB", flush=True)


if __name__ == "__main__":
    main()

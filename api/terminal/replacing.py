"""What an index would lose if it were built anew from other paths."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from qa.errors import DocumentError, IndexDamagedError, IndexMismatchError, IndexNotFoundError
from qa.index.building import seed_folder
from qa.index.disk.manifest import DocumentEntry, read_manifest
from qa.index.keeping.finding import FoundFile, find_roots, hash_of
from qa.index.keeping.table import entry_of
from qa.index.store import exists, first_edition_documents, is_first_edition


def dropped(paths: Sequence[Path], folder: Path) -> list[str]:
    """Return the names of documents that an index holds and that files at the paths do not.

    A file that has been edited, renamed or moved since is the same document. Without paths the
    bundled documents are meant. Nothing is dropped where there is nothing to put in its place, as
    the index then stays as it is.
    """
    held = _held(folder)
    if not held:
        return []
    found = [file for root in find_roots(paths or [seed_folder()]) for file in root.files]
    if not found:
        return []
    kept = _Kept(found, by_name=not paths)
    return [entry.source for entry in held if entry not in kept]


class _Kept:
    """The documents among files that were found."""

    def __init__(self, found: Sequence[FoundFile], *, by_name: bool) -> None:
        self._by_name = by_name
        self._paths = {file.path for file in found}
        self._names = {file.file.source for file in found}
        self._sizes: dict[int, list[FoundFile]] = {}
        for file in found:
            self._sizes.setdefault(file.size, []).append(file)

    def __contains__(self, entry: DocumentEntry) -> bool:
        if not entry.path or self._by_name:
            return entry.source in self._names
        if entry.path in self._paths:
            return True
        was_moved = entry.source in self._names and not Path(entry.path).exists()
        return was_moved or entry.sha256 in self._hashes(entry.size)

    def _hashes(self, size: int) -> Iterator[str]:
        for file in self._sizes.get(size, ()):
            try:
                yield hash_of(file)
            except DocumentError:
                continue  # `index` will say that it cannot be read


def _held(folder: Path) -> Sequence[DocumentEntry]:
    """The documents of an index; none where they cannot be told."""
    if not exists(folder):
        return ()
    try:
        if is_first_edition(folder):
            return [entry_of(document) for document in first_edition_documents(folder)]
        return read_manifest(folder).documents
    except (IndexDamagedError, IndexMismatchError, IndexNotFoundError):
        return ()  # to build it anew is what mends it

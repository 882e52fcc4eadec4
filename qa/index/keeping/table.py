"""The table of a library's documents while it is being changed.

A document is known by its file's path, or where that was never known by its name or its text. Two
files of one text stand in the table under both names, and the text is indexed once.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from qa.corpus.files import read_file
from qa.corpus.readers.process import ReaderProcess
from qa.errors import DocumentError
from qa.index.disk.manifest import DocumentEntry, Manifest, Root
from qa.index.disk.originals import Originals
from qa.index.keeping.finding import FoundFile, FoundRoot, hash_of
from qa.types import Document, TermPair

Progress = Callable[[str, int, int], None]
"""Called with "reading", how many files have been looked at, and of how many; while the pictures of
a scanned file are read, with "scanning" and its pages."""


@dataclass(slots=True)
class Changes:
    """What a run has done, by the names of the documents."""

    added: list[str] = field(default_factory=list)
    updated: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    unchanged: int = 0
    skipped: list[DocumentError] = field(default_factory=list)
    warnings: list[DocumentError] = field(default_factory=list)


class Table:
    """The documents of a library by name; `documents` are those that must be indexed anew.

    `renderings` are the English of their sentences. Of files that are not text the `originals` are
    kept, with `whole` the files themselves and not only where on their pages the text stands.
    """

    def __init__(
        self, before: Manifest, originals: Originals | None = None, *, whole: bool = True
    ) -> None:
        self.changes = Changes()
        self.documents: dict[str, Document] = {}
        self.renderings: dict[str, str] = {}
        self._before = before
        self._originals = originals
        self._whole = whole
        self._entries = {entry.source: entry for entry in before.documents}
        self._names = {entry.path: entry.source for entry in before.documents if entry.path}
        self._mains = {entry.id: entry for entry in before.documents if not entry.copy_of}
        self._roots = {root.path: root for root in before.roots}
        self._seen: set[str] = set()
        self._rendered: set[Path] = set()

    @property
    def is_changed(self) -> bool:
        """Whether the library must be written."""
        return (
            bool(self.documents)
            or tuple(self._entries.values()) != self._before.documents
            or tuple(self.roots()) != self._before.roots
        )

    def take(self, roots: Sequence[FoundRoot], progress: Progress | None = None) -> None:
        """Bring in what was found; files that are as they were are not read."""
        whole, done = sum(len(root.files) for root in roots), 0
        self.changes.skipped += [error for root in roots for error in root.errors]
        with ReaderProcess() as process:
            for root in roots:
                is_anew = self._take_root(root)
                for found in root.files:
                    try:
                        if found.path not in self._seen:
                            self._take_file(found, root, process, progress, is_anew=is_anew)
                    except DocumentError as error:
                        self.changes.skipped.append(error)
                    self._seen.add(found.path)
                    done += 1
                    if progress:
                        progress("reading", done, whole)

    def hold(self, documents: Sequence[Document], terms: Sequence[TermPair]) -> None:
        """Put in documents whose files are not known, and the terms that came with them."""
        for document in documents:
            self._entries[document.source] = entry_of(document)
            self.documents[document.id] = document
        self._roots[""] = Root("", tuple(terms))

    def drop(self, sources: Sequence[str]) -> None:
        """Remove documents by name."""
        for source in sources:
            entry = self._entries.pop(source)
            self._names.pop(entry.path, None)
            self.changes.removed.append(source)

    def entries(self) -> list[DocumentEntry]:
        """The table: what was indexed anew is in no segment yet."""
        mains: dict[str, DocumentEntry] = {}
        for entry in sorted(self._entries.values(), key=lambda entry: bool(entry.copy_of)):
            mains.setdefault(entry.id, entry)
        return [
            replace(
                entry,
                copy_of="" if mains[entry.id] is entry else mains[entry.id].source,
                segment="" if entry.id in self.documents else self._mains[entry.id].segment,
                passages=0 if entry.id in self.documents else self._mains[entry.id].passages,
            )
            for entry in self._entries.values()
        ]

    def roots(self) -> list[Root]:
        """The folders of which there still are documents."""
        used = {entry.root for entry in self._entries.values()}
        return [root for root in self._roots.values() if root.path in used]

    def _take_root(self, root: FoundRoot) -> bool:
        """Read a folder's terms where they are new; whether its renderings are."""
        path, files = str(root.path), (root.term_files, root.rendering_files)
        before = self._roots.get(path)
        if before is None or (before.term_files, before.rendering_files) != files:
            terms, errors = root.terms()
            self.changes.skipped += errors
            self._roots[path] = Root(path, terms, *files)
        return before is not None and before.rendering_files != root.rendering_files

    def _take_file(
        self,
        found: FoundFile,
        root: FoundRoot,
        process: ReaderProcess,
        progress: Progress | None,
        *,
        is_anew: bool,
    ) -> None:
        entry = self._known(found)
        if entry and entry.described == found.described and not is_anew:
            state = (found.size, found.mtime_ns)
            if (entry.size, entry.mtime_ns) == state or hash_of(found) == entry.sha256:
                touched = replace(entry, size=found.size, mtime_ns=found.mtime_ns)
                self._entries[entry.source] = touched
                self.changes.unchanged += 1
                return
        digest = hash_of(found)
        read = read_file(found.file, process, progress and partial(progress, "scanning"))
        self.changes.warnings += [DocumentError(found.file.path, said) for said in read.warnings]
        if self._originals and read.document.media_type:
            self._originals.keep(digest, found.file.path, read.layout, whole=self._whole)
            read = replace(read, document=replace(read.document, original=digest))
        entry = entry or self._pathless(lambda one: one.id == read.document.id)
        name = entry.source if entry else self._free_name(found, root)
        (self.changes.updated if entry else self.changes.added).append(name)
        self._put(replace(read.document, source=name), digest, found, root, is_anew=is_anew)

    def _put(
        self,
        document: Document,
        digest: str,
        found: FoundFile,
        root: FoundRoot,
        *,
        is_anew: bool,
    ) -> None:
        before = self._entries.get(document.source)
        entry = replace(
            entry_of(document),
            path=found.path,
            size=found.size,
            mtime_ns=found.mtime_ns,
            sha256=digest,
            root=before.root if before and before.root else str(root.path),
            described=found.described,
        )
        self._entries[document.source] = entry
        self._names[found.path] = document.source
        if document.id not in self.documents and (is_anew or not self._is_indexed(entry)):
            self.documents[document.id] = document
            self._read_renderings(root)

    def _read_renderings(self, root: FoundRoot) -> None:
        if root.path not in self._rendered:
            self._rendered.add(root.path)
            renderings, errors = root.renderings()
            self.renderings |= renderings
            self.changes.skipped += errors

    def _is_indexed(self, entry: DocumentEntry) -> bool:
        """Whether the library holds the text, and what else it shows of the document."""
        main = self._mains.get(entry.id)
        if main is None:
            return False
        there = self._entries.get(main.source)
        if there and there.id == entry.id and there.source != entry.source:
            return True  # this is a copy, and shown by the other's name
        return _facts(main) == _facts(entry)

    def _known(self, found: FoundFile) -> DocumentEntry | None:
        if name := self._names.get(found.path):
            return self._entries[name]
        return self._pathless(lambda one: one.source == found.file.source)

    def _pathless(self, fits: Callable[[DocumentEntry], bool]) -> DocumentEntry | None:
        return next((e for e in self._entries.values() if not e.path and fits(e)), None)

    def _free_name(self, found: FoundFile, root: FoundRoot) -> str:
        """The name within what was named, behind the names of its folders where it is taken."""
        name = found.file.source
        folder = root.path.parent if root.path == found.file.path else root.path
        for above in (folder, *folder.parents):
            if name not in self._entries or not above.name:
                break
            name = f"{above.name}/{name}"
        number = 2
        while name in self._entries:
            name, number = f"{found.file.source} ({number})", number + 1
        return name


def entry_of(document: Document) -> DocumentEntry:
    """A document as far as it is known without its file and before it is indexed."""
    return DocumentEntry(
        id=document.id,
        source=document.source,
        segment="",
        passages=0,
        title=document.title,
        language=document.language,
        publisher=document.publisher,
        date=document.date,
        number=document.number,
    )


def is_as_recorded(before: Manifest, roots: Sequence[FoundRoot]) -> bool:
    """Whether all that was found is in the library as it lies there."""
    entries = {entry.path: entry for entry in before.documents}
    recorded = {root.path: (root.term_files, root.rendering_files) for root in before.roots}
    states = {path: (e.size, e.mtime_ns, e.described) for path, e in entries.items()}
    return all(
        states.get(file.path) == (file.size, file.mtime_ns, file.described)
        for root in roots
        for file in root.files
    ) and all(
        recorded.get(str(root.path), files) == files
        for root in roots
        for files in [(root.term_files, root.rendering_files)]
    )


def vanished(before: Manifest, root: FoundRoot) -> list[str]:
    """The names of documents whose files lay under a root and are there no more."""
    found = {file.path for file in root.files}
    return [
        entry.source
        for entry in before.documents
        if entry.path
        and entry.path not in found
        and Path(entry.path).is_relative_to(root.path)
        and _is_gone(Path(entry.path))
    ]


def _is_gone(path: Path) -> bool:
    """Whether a file has been removed, and not only become unreadable."""
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError:
        return False
    return False


def _facts(entry: DocumentEntry) -> tuple[str, ...]:
    shown = (entry.title, entry.language, entry.publisher, entry.date, entry.number)
    return (*shown, entry.described)

"""Documents become a snapshot: split, embedded, weighed, and written as a whole library.

How a library is kept up to date afterwards is in `qa.index.keeping.library`.
"""

import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from importlib.resources import files
from itertools import accumulate
from pathlib import Path

from embeddings.centering import load_means
from embeddings.types import Embedder, ReadPassage
from qa.corpus.naming import short_title
from qa.corpus.passages import Split, split_document
from qa.errors import IndexDamagedError, IndexMismatchError, IndexNotFoundError
from qa.index.disk.known import (
    IndexProgress,
    KnownVectors,
    Unfinished,
    embed,
    forget_unfinished,
    key_of,
    keys_of,
    known_vectors,
)
from qa.index.disk.manifest import Manifest, Root, SegmentInfo, read_manifest
from qa.index.disk.merging import segment_of
from qa.index.disk.originals import Originals
from qa.index.disk.segments import Segment
from qa.index.disk.writing import commit, locked
from qa.index.inverted.inverting import build_part
from qa.index.keeping.finding import find_roots
from qa.index.keeping.reports import IndexReport, report_of
from qa.index.keeping.table import Table, entry_of
from qa.index.rows import Row, columns_of
from qa.index.store import Snapshot, assemble
from qa.index.vectors import encode_rows
from qa.language.text import squash
from qa.language.words import terms
from qa.types import Document, Language, Passage, TermPair

__all__ = [
    "IndexProgress",
    "IndexReport",
    "Made",
    "Work",
    "embedded_passage",
    "index_paths",
    "make_segment",
    "make_snapshot",
    "seed_folder",
    "write_snapshot",
    "write_table",
]

_ABOVE = " > "
"""Between the title and the headings of a context."""

Renderings = Mapping[str, str]
"""The English of sentences, by the sentence without white space."""


SEGMENT_PASSAGES = 4096
"""Passages that are embedded and written at once: 100 MB of memory."""


@dataclass(frozen=True, slots=True)
class Work:
    """How many different passages were embedded, and how many were known."""

    embedded: int = 0
    reused: int = 0


@dataclass(frozen=True, slots=True)
class Made:
    """A segment, and what it took to make it."""

    segment: Segment
    work: Work


def embedded_passage(context: str, row: Row) -> ReadPassage:
    """What is embedded for a row: its sentences below the title and the headings.

    A rendering is of another language than its context, and stands alone.
    """
    title, *headings = context.split(_ABOVE)
    above = "" if row.is_rendering else _ABOVE.join(filter(None, [short_title(title), *headings]))
    return ReadPassage(above, tuple(map(row.sentence, range(len(row.sentences)))))


def seed_folder() -> Path:
    """The documents that ship with the program."""
    return Path(str(files("seeds"))) / "documents"


def index_paths(
    paths: Sequence[Path],
    folder: Path,
    embedder: Embedder,
    *,
    progress: IndexProgress | None = None,
    keep_originals: bool = True,
) -> IndexReport:
    """Index the files under the paths (none: the seeds) into a folder, in place of what is there.

    Vectors of texts that were indexed before are reused. Where no file can be read nothing is
    written and the report counts 0 documents. Raises OSError where the folder cannot be written.
    """
    started = time.perf_counter()
    with locked(folder):  # before the work, not after it
        earlier = _earlier(folder, embedder)
        empty = Manifest(embedder.model_id, embedder.dimension)
        table = Table(empty, Originals(folder), whole=keep_originals)
        table.take(find_roots(paths or [seed_folder()]), progress)
        if not table.documents:
            return report_of(empty, table.changes, started)
        known = known_vectors(folder, earlier)
        library, work = write_table(folder, empty, table, embedder, known, progress)
    names = {entry.source for entry in library.documents}
    table.changes.removed += sorted({entry.source for entry in earlier.documents} - names)
    return report_of(library, table.changes, started, work.embedded, work.reused)


def write_table(
    folder: Path,
    before: Manifest,
    table: Table,
    embedder: Embedder,
    known: KnownVectors,
    progress: IndexProgress | None,
) -> tuple[Manifest, Work]:
    """Make a locked library hold what a table says, whose new documents are embedded.

    A large library is made segment by segment, so that memory holds only one of them.
    """
    unfinished = Unfinished(folder, embedder.model_id)
    documents = list(table.documents.values())
    work: list[Work] = []

    def segments() -> Iterator[Segment]:
        ahead = sum(len(document.text) for document in documents)
        seen = passages = 0
        for batch, splits in _batches(documents):
            seen += sum(len(document.text) for document in batch)
            rest = round((ahead - seen) * (passages + len(splits)) / max(1, seen))
            one = make_segment(
                batch,
                splits,
                embedder,
                renderings=table.renderings,
                known=KnownVectors([known, unfinished]),
                unfinished=unfinished,
                progress=progress and partial(_within, progress, passages, rest),
            )
            passages += len(splits)
            work.append(one.work)
            yield one.segment

    entries, roots = table.entries(), table.roots()
    library = commit(folder, before, documents=entries, roots=roots, segments=segments())
    forget_unfinished(folder)
    return library, Work(sum(one.embedded for one in work), sum(one.reused for one in work))


def _batches(documents: Sequence[Document]) -> Iterator[tuple[list[Document], list[Split]]]:
    """Documents with their passages, as many as make a segment."""
    batch: list[Document] = []
    splits: list[Split] = []
    for document in documents:
        batch.append(document)
        splits += split_document(document)
        if len(splits) >= SEGMENT_PASSAGES or document is documents[-1]:
            yield batch, splits
            batch, splits = [], []


def _within(
    progress: IndexProgress, before: int, behind: int, stage: str, done: int, total: int
) -> None:
    """Report a part of the work; how much is behind it is not known before it is read."""
    progress(stage, before + done, before + total + behind)


def make_segment(
    documents: Sequence[Document],
    splits: Sequence[Split],
    embedder: Embedder,
    *,
    renderings: Renderings | None = None,
    known: KnownVectors | None = None,
    unfinished: Unfinished | None = None,
    progress: IndexProgress | None = None,
) -> Made:
    """Embed and weigh passages; those in `known` are not embedded again."""
    titles = {document.id: document.title for document in documents}
    contexts: dict[str, int] = {}
    rows = _rows(splits, titles, contexts, renderings or {})
    passages = passages_of(rows, tuple(contexts))
    keys = [key_of(passage) for passage in passages]
    vectors, sentence_vectors, embedded = embed(
        passages, keys, embedder, known or KnownVectors(), progress, unfinished
    )
    means = load_means(embedder.model_id, embedder.dimension)
    own = tuple(split.passage for split in splits)
    columns = columns_of(documents, own, rows)
    segment = Segment(
        documents=tuple(documents),
        passages=own,
        rows=tuple(rows),
        contexts=tuple(contexts),
        columns=columns,
        vectors=vectors,
        sentence_vectors=sentence_vectors,
        postings=build_part(
            [[terms(row.text[start:end]) for start, end in row.sentences] for row in rows]
        ),
        context_postings=build_part([[terms(context)] for context in contexts]),
        keys=keys_of(keys),
        codes=encode_rows(vectors, columns.chinese, means),
    )
    return Made(segment, Work(embedded, len(set(keys)) - embedded))


def make_snapshot(
    documents: Sequence[Document],
    splits: Sequence[Split],
    embedder: Embedder,
    *,
    bilingual: Sequence[TermPair] = (),
    renderings: Renderings | None = None,
    progress: IndexProgress | None = None,
) -> Snapshot:
    """Embed and weigh passages, in memory.

    `bilingual` are the corpus's own terms, by which the languages find each other, and
    `renderings` the English of its sentences, which are the keys without white space.
    """
    made = make_segment(documents, splits, embedder, renderings=renderings, progress=progress)
    info = SegmentInfo("", {}, len(documents), len(splits), 0, 0)
    roots = (Root("", terms=tuple(bilingual)),)
    manifest = Manifest(embedder.model_id, embedder.dimension, (info,), roots=roots)
    return assemble(manifest, [made.segment])


def write_snapshot(snapshot: Snapshot, folder: Path) -> None:
    """Write a snapshot as all that a library holds; where its documents are from is not known."""
    counts = Counter(passage.document_id for passage in snapshot.passages)
    segment = segment_of(
        snapshot, keys_of(map(key_of, passages_of(snapshot.rows, snapshot.contexts)))
    )
    with locked(folder):
        commit(
            folder,
            Manifest(snapshot.model_id, snapshot.dimension),
            documents=[
                replace(entry_of(document), passages=counts[document.id])
                for document in snapshot.documents
            ],
            roots=[Root("", terms=snapshot.terms)],
            segments=[segment],
        )


def _earlier(folder: Path, embedder: Embedder) -> Manifest:
    """What is about to be replaced; nothing where that cannot be used."""
    try:
        earlier = read_manifest(folder)
        if earlier.model_id == embedder.model_id:
            return earlier
    except (IndexNotFoundError, IndexDamagedError, IndexMismatchError):
        pass
    return Manifest(embedder.model_id, embedder.dimension)


def passages_of(rows: Sequence[Row], contexts: Sequence[str]) -> list[ReadPassage]:
    """Everything that is embedded."""
    return [embedded_passage(contexts[row.context], row) for row in rows]


def _own_row(number: int, split: Split, context: int) -> Row:
    """The row that is a passage itself: its text, of a table with the heads of the columns."""
    text, spans = split.passage.text, [(s.start, s.end) for s in split.sentences]
    if any(s.reading != text[s.start : s.end] for s in split.sentences):
        text = "\n".join(sentence.reading for sentence in split.sentences)
        ends = list(accumulate(len(sentence.reading) + 1 for sentence in split.sentences))
        spans = list(zip([0, *ends], (end - 1 for end in ends), strict=False))
    leads = tuple(sentence.lead for sentence in split.sentences)
    return Row(
        passage=number,
        language=split.passage.language,
        text=text,
        sentences=tuple(spans),
        places=tuple((sentence.start, sentence.end) for sentence in split.sentences),
        kinds=tuple(sentence.kind for sentence in split.sentences),
        context=context,
        leads=leads if any(lead >= 0 for lead in leads) else (),
    )


def _context(passage: Passage, titles: Mapping[str, str]) -> str:
    """The words above a passage: the title of its document and the headings down to it."""
    return _ABOVE.join(filter(None, [titles.get(passage.document_id, ""), *passage.path]))


def _rows(
    splits: Sequence[Split],
    titles: Mapping[str, str],
    contexts: dict[str, int],
    renderings: Renderings,
) -> list[Row]:
    """The passages, then the renderings of those whose every sentence has one."""
    own = [
        _own_row(number, split, contexts.setdefault(_context(split.passage, titles), len(contexts)))
        for number, split in enumerate(splits)
    ]
    rendered = []
    for row in own:
        text = splits[row.passage].passage.text
        english = [renderings.get(squash(text[start:end])) for start, end in row.places]
        if english and None not in english:
            rendered.append(_rendering(row, [sentence or "" for sentence in english]))
    return own + rendered


def _rendering(row: Row, english: Sequence[str]) -> Row:
    """The row that renders another, of whose sentences these are the English."""
    ends = list(accumulate(len(sentence) + 1 for sentence in english))
    spans = zip([0, *ends], (end - 1 for end in ends), strict=False)
    return replace(
        row,
        language=Language.ENGLISH,
        text=" ".join(english),
        sentences=tuple(spans),
        is_rendering=True,
    )

"""Documents become a snapshot: read, split, embedded, weighed, written."""

import hashlib
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.resources import files
from itertools import accumulate
from pathlib import Path

import numpy as np

from embeddings.centering import load_means
from embeddings.types import Embedder, FloatMatrix, FloatVector
from qa.corpus.files import find_files, read_document
from qa.corpus.passages import split_into_passages
from qa.corpus.translations import TermPair, find_renderings, find_terms
from qa.errors import DocumentError, IndexDamagedError, IndexMismatchError, IndexNotFoundError
from qa.index import store
from qa.index.inverting import build_postings
from qa.index.store import Row, Snapshot, chinese_rows
from qa.index.vectors import encode_rows
from qa.language.text import split_sentences, squash, to_simplified
from qa.language.words import terms
from qa.types import Document, Language, Passage

IndexProgress = Callable[[str, int, int], None]
"""Called with the stage ("reading" or "embedding"), how much of it is done, and of how much."""

Vectors = Mapping[bytes, FloatVector]
"""Vectors of an earlier snapshot by the hash of their text."""


@dataclass(frozen=True, slots=True)
class IndexReport:
    """What an indexing run did; counts of texts are passages and sentences together."""

    documents: int
    passages: int
    embedded: int
    reused: int
    skipped: tuple[DocumentError, ...]
    removed: tuple[str, ...]
    seconds: float


def seed_folder() -> Path:
    """The documents that ship with the program."""
    return Path(str(files("seeds"))) / "documents"


def index_paths(
    paths: Sequence[Path],
    folder: Path,
    embedder: Embedder,
    *,
    add: bool = False,
    progress: IndexProgress | None = None,
) -> IndexReport:
    """Index the files under the paths (none: the seeds) into a folder, in place of what is there.

    With `add`, documents already there are kept unless a new one has their source name or text.
    Vectors of texts that were indexed before are reused. Where no file can be read nothing is
    written and the report counts 0 documents. Raises OSError where the folder cannot be written,
    and with `add` the errors of `store.read_snapshot`.
    """
    started = time.perf_counter()
    folder.mkdir(parents=True, exist_ok=True)  # before the work, not after it
    earlier = _earlier(folder, embedder, must_be_sound=add)
    paths = paths or [seed_folder()]
    read, skipped = _read_all(paths, progress)
    bilingual, term_errors = find_terms(paths)
    skipped += term_errors
    if not read:
        return IndexReport(0, 0, 0, 0, tuple(skipped), (), time.perf_counter() - started)
    renderings, rendering_errors = find_renderings(paths)
    skipped += rendering_errors
    kept = earlier if add else None
    before = {document.source: document for document in earlier.documents} if earlier else {}
    documents = _merged(before, read) if add else read
    known = _known_vectors(earlier) if earlier else {}
    passages = [p for document in documents.values() for p in split_into_passages(document)]
    snapshot = make_snapshot(
        tuple(documents.values()),
        passages,
        embedder,
        bilingual=list(dict.fromkeys([*(kept.terms if kept else ()), *bilingual])),
        renderings={**(_kept_renderings(kept) if kept else {}), **renderings},
        known=known,
        progress=progress,
    )
    store.write_snapshot(snapshot, folder)
    keys = {_key(text) for text in _texts(snapshot.rows)}
    return IndexReport(
        documents=len(documents),
        passages=len(passages),
        embedded=len(keys - known.keys()),
        reused=len(keys & known.keys()),
        skipped=tuple(skipped),
        removed=tuple(sorted(before.keys() - documents.keys())),
        seconds=time.perf_counter() - started,
    )


def make_snapshot(
    documents: Sequence[Document],
    passages: Sequence[Passage],
    embedder: Embedder,
    *,
    bilingual: Sequence[TermPair] = (),
    renderings: Mapping[str, str] | None = None,
    known: Vectors | None = None,
    progress: IndexProgress | None = None,
) -> Snapshot:
    """Embed and weigh passages; texts with a vector in `known` are not embedded again.

    `bilingual` are the corpus's own terms, by which the languages find each other, and
    `renderings` the English of its sentences, which are the keys without white space.
    """
    rows = _rows(passages, renderings or {})
    vectors = _vectors(_texts(rows), embedder, known or {}, progress)
    means = load_means(embedder.model_id, embedder.dimension)
    return Snapshot(
        model_id=embedder.model_id,
        documents=tuple(documents),
        passages=tuple(passages),
        rows=tuple(rows),
        vectors=vectors[: len(rows)],
        sentence_vectors=vectors[len(rows) :],
        postings=build_postings(
            [[terms(row.text[start:end]) for start, end in row.sentences] for row in rows]
        ),
        terms=tuple(bilingual),
        codes=encode_rows(vectors[: len(rows)], chinese_rows(rows), means),
    )


def _earlier(folder: Path, embedder: Embedder, *, must_be_sound: bool) -> Snapshot | None:
    try:
        return store.read_snapshot(folder, model_id=embedder.model_id)
    except IndexNotFoundError:
        return None
    except (IndexDamagedError, IndexMismatchError):
        if must_be_sound:
            raise
        return None  # it is about to be replaced as a whole


def _read_all(
    paths: Sequence[Path], progress: IndexProgress | None
) -> tuple[dict[str, Document], list[DocumentError]]:
    """Read every file; the key is the source name, which a second file of that name keeps free."""
    found, errors = find_files(paths)
    documents: dict[str, Document] = {}
    ids: dict[str, str] = {}
    for done, file in enumerate(found, start=1):
        try:
            document = read_document(file)
            if document.id in ids:
                raise DocumentError(file.path, f"the same text as {ids[document.id]}")
            while document.source in documents:
                document = replace(document, source=f"{file.path.parent.name}/{document.source}")
            documents[document.source] = document
            ids[document.id] = document.source
        except DocumentError as error:
            errors.append(error)
        if progress:
            progress("reading", done, len(found))
    return documents, errors


def _merged(before: Mapping[str, Document], read: Mapping[str, Document]) -> dict[str, Document]:
    """Put new documents to those before; a text that has been renamed is not kept twice."""
    ids = {document.id for document in read.values()}
    kept = {name: old for name, old in before.items() if name in read or old.id not in ids}
    return {**kept, **read}


def _rows(passages: Sequence[Passage], renderings: Mapping[str, str]) -> list[Row]:
    """The passages, then the renderings of those whose every sentence has one."""
    own = [
        Row(number, passage.language, passage.text, tuple(split_sentences(passage.text)))
        for number, passage in enumerate(passages)
    ]
    rendered = []
    for row in own:
        english = [renderings.get(squash(row.text[start:end])) for start, end in row.sentences]
        if english and None not in english:
            ends = list(accumulate(len(sentence or "") + 1 for sentence in english))
            spans = zip([0, *ends], (end - 1 for end in ends), strict=False)
            text = " ".join(sentence or "" for sentence in english)
            rendered.append(Row(row.passage, Language.ENGLISH, text, tuple(spans)))
    return own + rendered


def _texts(rows: Sequence[Row]) -> list[str]:
    """Everything that has a vector: the rows, then their sentences."""
    return [row.text for row in rows] + [
        row.text[start:end] for row in rows for start, end in row.sentences
    ]


def _vectors(
    texts: Sequence[str], embedder: Embedder, known: Vectors, progress: IndexProgress | None
) -> FloatMatrix:
    """Embed each different text once; row i belongs to texts[i]."""
    keys = [_key(text) for text in texts]
    new = {key: text for key, text in zip(keys, texts, strict=True) if key not in known}
    finished = 0

    def report(count: int) -> None:
        nonlocal finished
        finished += count
        if progress:
            progress("embedding", finished, len(new))

    made = embedder.embed_passages([to_simplified(t) for t in new.values()], progress=report)
    rows = {**known, **dict(zip(new, made, strict=True))}
    vectors = np.empty((len(texts), embedder.dimension), dtype=np.float32)
    for row, key in enumerate(keys):
        vectors[row] = rows[key]
    return vectors


def _kept_renderings(snapshot: Snapshot) -> dict[str, str]:
    kept = {}
    for row in snapshot.rows[len(snapshot.passages) :]:
        own = snapshot.rows[row.passage]
        for (start, end), (first, last) in zip(own.sentences, row.sentences, strict=True):
            kept[squash(own.text[start:end])] = row.text[first:last]
    return kept


def _known_vectors(snapshot: Snapshot) -> dict[bytes, FloatVector]:
    texts = _texts(snapshot.rows)
    vectors = [*snapshot.vectors, *snapshot.sentence_vectors]
    return {_key(text): vector for text, vector in zip(texts, vectors, strict=True)}


def _key(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()

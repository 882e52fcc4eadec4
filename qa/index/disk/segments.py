"""A part of a library that is written once and never changed: its documents, made searchable.

FOLDER/segments/NAME/   documents.jsonl, passages.jsonl, rows.jsonl, contexts.jsonl,
                        vocabulary.txt, context_vocabulary.txt and the arrays as *.npy
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np
from numpy.typing import NDArray

from embeddings.faiss_index import CodedIndex
from qa.corpus.copies import figures_of
from qa.errors import IndexDamagedError
from qa.index.disk.manifest import SEGMENTS, SegmentInfo, flush
from qa.index.inverted.part import PostingsPart
from qa.index.quantised import QuantisedVectors
from qa.index.rows import Columns, Row
from qa.index.sequences import Lines
from qa.types import BlockKind, Document, Language, Passage

HASHED_UP_TO = 32 * 2**20
"""Bytes; a larger segment is known by the sizes of its files alone, unless it is to be verified."""

_PARTS = {"": "postings", "context_": "context_postings"}
_POSTINGS_ARRAYS = tuple(one.name for one in fields(PostingsPart) if one.name != "vocabulary")

_COLUMNS = fields(Columns)

_KINDS = {str(kind): kind for kind in BlockKind}
_OWN_FORM = ("passage", "language", "text", "sentences", "places", "kinds", "context")
"""Fields of a row that are written in a form of their own; others as they are, where unusual."""


@dataclass(frozen=True, slots=True, eq=False)
class Segment:
    """Documents with all that finding them needs.

    Rows, passages and contexts are numbered within the segment. `vectors` has shape (rows,
    dimension); the vectors of their sentences follow one another in `sentence_vectors`. `keys`
    find the vector of a text (`qa.index.disk.known`). `codes` find the nearest rows where there are
    many. What is read from disk gives passages and rows as they are asked for.
    """

    documents: tuple[Document, ...]
    passages: Sequence[Passage]
    rows: Sequence[Row]
    contexts: tuple[str, ...]
    columns: Columns
    vectors: QuantisedVectors
    sentence_vectors: QuantisedVectors
    postings: PostingsPart
    context_postings: PostingsPart
    keys: NDArray[np.uint64]
    codes: CodedIndex | None = None


def write_segment(segment: Segment, folder: Path) -> SegmentInfo:
    """Write a segment into a library's folder; a write that fails leaves nothing behind."""
    target = folder / SEGMENTS / uuid4().hex
    target.mkdir(parents=True)
    try:
        _write_parts(segment, target)
        parts = sorted(target.iterdir())
        for part in parts:
            flush(part)
        return SegmentInfo(
            name=target.name,
            files={part.name: (part.stat().st_size, file_hash(part)) for part in parts},
            documents=len(segment.documents),
            passages=len(segment.passages),
            rows=len(segment.rows),
            sentences=len(segment.sentence_vectors),
        )
    except BaseException:
        remove_segment(folder, target.name)
        raise


def remove_segment(folder: Path, name: str) -> None:
    """Delete the files of a segment, as far as the system lets it."""
    import shutil

    shutil.rmtree(folder / SEGMENTS / name, ignore_errors=True)


def read_segment(folder: Path, info: SegmentInfo, *, verify: bool = False) -> Segment:
    """Read a segment; large arrays are memory-mapped.

    Raises IndexDamagedError where a file has another size than it was written with, or, in a small
    segment or with `verify`, another content; and OSError, ValueError, KeyError or TypeError where
    it cannot be read at all.
    """
    source = _checked(folder, info, verify=verify)
    passages = Lines(source / "passages.jsonl", _array(source, "passage_lines"), _passage)
    codes = _array(source, "codes")
    postings = {field: _read_postings(source, prefix) for prefix, field in _PARTS.items()}
    return Segment(
        documents=tuple(_document(entry) for entry in _read_lines(source / "documents.jsonl")),
        passages=passages,
        rows=Lines(source / "rows.jsonl", _array(source, "row_lines"), partial(_row, passages)),
        contexts=tuple(_read_lines(source / "contexts.jsonl")),
        columns=Columns(**{one.name: _array(source, f"column_{one.name}") for one in _COLUMNS}),
        vectors=_vectors(source, "vectors"),
        sentence_vectors=_vectors(source, "sentence_vectors"),
        keys=_array(source, "keys"),
        codes=CodedIndex(codes) if len(codes) else None,
        **postings,
    )


def read_vectors(
    folder: Path, info: SegmentInfo
) -> tuple[NDArray[np.uint64], QuantisedVectors, QuantisedVectors, NDArray[np.int64]]:
    """The keys, the vectors of rows and sentences of a segment, and where each row's begin."""
    source = _checked(folder, info, contents=False)
    return (
        _array(source, "keys"),
        _vectors(source, "vectors"),
        _vectors(source, "sentence_vectors"),
        _array(source, "sentence_starts"),
    )


def file_hash(path: Path) -> str:
    """The SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _checked(
    folder: Path, info: SegmentInfo, *, verify: bool = False, contents: bool = True
) -> Path:
    if not info.name.isalnum():  # it must not lead out of the folder
        raise IndexDamagedError(folder, "the manifest names no segment")
    source = folder / SEGMENTS / info.name
    hashed = verify or (contents and info.bytes <= HASHED_UP_TO)
    for name, (size, digest) in info.files.items():
        part = source / Path(name).name
        if part.stat().st_size != size or (hashed and file_hash(part) != digest):
            raise IndexDamagedError(folder, f"{name} has changed")
    return source


def _write_parts(segment: Segment, target: Path) -> None:
    documents = (
        one if one.figures else replace(one, figures=figures_of(one.text))
        for one in segment.documents
    )
    _write_lines(target / "documents.jsonl", map(_stated, documents))
    passage_lines = _write_lines(target / "passages.jsonl", map(_stated, segment.passages))
    rows = (_row_entry(row, segment.passages) for row in segment.rows)
    row_lines = _write_lines(target / "rows.jsonl", rows)
    _write_lines(target / "contexts.jsonl", segment.contexts)
    arrays: dict[str, NDArray[Any]] = {
        "vectors": segment.vectors.codes,
        "vectors_scales": segment.vectors.scales,
        "sentence_vectors": segment.sentence_vectors.codes,
        "sentence_vectors_scales": segment.sentence_vectors.scales,
        "passage_lines": passage_lines,
        "row_lines": row_lines,
        "keys": segment.keys,
        "codes": segment.codes.data if segment.codes else np.empty(0, dtype=np.uint8),
    }
    arrays |= {f"column_{one.name}": getattr(segment.columns, one.name) for one in _COLUMNS}
    for prefix, field in _PARTS.items():
        part: PostingsPart = getattr(segment, field)
        vocabulary = "\n".join(part.vocabulary)
        (target / f"{prefix}vocabulary.txt").write_text(vocabulary, encoding="utf-8")
        arrays |= {f"{prefix}{name}": getattr(part, name) for name in _POSTINGS_ARRAYS}
    for name, array in arrays.items():
        _save(target / f"{name}.npy", array)


def _read_postings(source: Path, prefix: str) -> PostingsPart:
    vocabulary = (source / f"{prefix}vocabulary.txt").read_text(encoding="utf-8")
    return PostingsPart(
        vocabulary=tuple(vocabulary.split("\n")) if vocabulary else (),
        **{name: _array(source, f"{prefix}{name}") for name in _POSTINGS_ARRAYS},
    )


def _vectors(source: Path, name: str) -> QuantisedVectors:
    return QuantisedVectors(_array(source, name), _array(source, f"{name}_scales"))


def _array(source: Path, name: str) -> Any:
    mapped = np.load(source / f"{name}.npy", mmap_mode="r", allow_pickle=False)
    return np.asarray(mapped)  # slicing a numpy.memmap takes five times as long


def _save(path: Path, array: NDArray[Any]) -> None:
    """Write an array as `np.save` does, which would not say why it cannot."""
    if array.dtype.hasobject:
        raise ValueError("Object arrays cannot be saved")
    with path.open("wb") as file:
        array = np.ascontiguousarray(array)
        header = np.lib.format.header_data_from_array_1_0(array)
        np.lib.format.write_array_header_1_0(file, header)
        file.write(array.data)


def _write_lines(path: Path, entries: Iterable[object]) -> NDArray[np.int64]:
    """Write an entry a line; return where each begins, and where the last ends."""
    starts = [0]
    with path.open("wb") as file:
        for entry in entries:
            line = json.dumps(entry, ensure_ascii=False) + "\n"
            starts.append(starts[-1] + file.write(line.encode()))
    return np.array(starts, dtype=np.int64)


def _read_lines(path: Path) -> Iterator[Any]:
    """The entries of a file; read as one list, they take two thirds of the time."""
    lines = path.read_text(encoding="utf-8").removesuffix("\n")
    return iter(json.loads(f"[{','.join(lines.split(chr(10)))}]") if lines else ())


def _stated(value: Document | Passage) -> dict[str, Any]:
    """The fields that are not as they are anyway."""
    found = {one.name: (getattr(value, one.name), one.default) for one in fields(value)}
    return {name: held for name, (held, default) in found.items() if held != default}


def _row_entry(row: Row, passages: Sequence[Passage]) -> dict[str, Any]:
    """A row as it is written: without what follows from the rest."""
    entry: dict[str, Any] = {
        "passage": row.passage,
        "language": row.language,
        "sentences": row.sentences,
        "kinds": row.kinds[0] if len(set(row.kinds)) == 1 else row.kinds,
        "context": row.context,
    }
    if row.text != passages[row.passage].text:
        entry["text"] = row.text
    if row.places != row.sentences:
        entry["places"] = row.places
    others = {one.name: (getattr(row, one.name), one.default) for one in fields(Row)}
    unusual = {name: held for name, (held, default) in others.items() if held != default}
    return entry | {name: held for name, held in unusual.items() if name not in _OWN_FORM}


def _row(passages: Sequence[Passage], entry: dict[str, Any]) -> Row:
    passage, sentences = entry.pop("passage"), tuple(map(tuple, entry.pop("sentences")))
    kinds, places = entry.pop("kinds"), entry.pop("places", None)
    one_kind = isinstance(kinds, str)
    return Row(
        passage=passage,
        language=Language(entry.pop("language")),
        text=entry.pop("text", None) or passages[passage].text,
        sentences=sentences,
        places=tuple(map(tuple, places)) if places else sentences,
        kinds=(_KINDS[kinds],) * len(sentences) if one_kind else tuple(_KINDS[k] for k in kinds),
        context=entry.pop("context"),
        **_restored(entry),
    )


def _document(entry: Mapping[str, Any]) -> Document:
    return Document(**{**_restored(entry), "language": Language(entry["language"])})


def _passage(entry: Mapping[str, Any]) -> Passage:
    return Passage(**{**_restored(entry), "language": Language(entry["language"])})


def _restored(entry: Mapping[str, Any]) -> dict[str, Any]:
    """JSON knows no tuples."""
    return {name: tuple(v) if isinstance(v, list) else v for name, v in entry.items()}

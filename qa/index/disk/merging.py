"""Segments put into one, without their dead documents, so that a library has few of them.

Segments of about one size are merged when there are more than `MOST` of them: each text is then
written again only a few times, however many times the library is added to.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from embeddings.centering import load_means
from qa.index.disk.known import Keys
from qa.index.disk.manifest import Manifest, SegmentInfo
from qa.index.disk.segments import Segment
from qa.index.inverted.inverting import merge_parts
from qa.index.inverted.part import PostingsPart
from qa.index.inverted.postings import Postings
from qa.index.inverted.rising import renumbered
from qa.index.store import Snapshot, assemble
from qa.index.vectors import encode_rows, in_bytes

MOST = 8
"""Segments of one tier."""

SMALLEST = 512
"""Vectors (rows and sentences) up to which a segment is of the lowest tier: a long document."""


def due(segments: Sequence[SegmentInfo]) -> tuple[str, ...]:
    """The names of segments that should be merged into one now; none where all is well."""
    for info in segments:
        if 2 * info.dead > info.passages:
            return (info.name,)
    tiers: dict[int, list[str]] = {}
    for info in segments:
        tiers.setdefault(tier(info.rows + info.sentences), []).append(info.name)
    return next((tuple(tiers[n]) for n in sorted(tiers) if len(tiers[n]) > MOST), ())


def tier(vectors: int) -> int:
    """0 for the smallest segments, one more for each eight times the size."""
    return next(n for n in range(64) if vectors <= SMALLEST * MOST**n)


def merge(manifest: Manifest, segments: Sequence[Segment]) -> Segment:
    """Put segments into one. The manifest's segments are these alone, with what was removed."""
    whole = assemble(manifest, segments)
    flags = [
        _flags(segment, info.removed)
        for info, segment in zip(manifest.segments, segments, strict=True)
    ]
    return segment_of(whole, _merged_keys(segments, flags))


def segment_of(snapshot: Snapshot, keys: Keys) -> Segment:
    """Make a whole snapshot one segment; `keys` find its vectors."""
    vectors = in_bytes(snapshot.vectors)
    means = load_means(snapshot.model_id, snapshot.dimension)
    return Segment(
        documents=snapshot.documents,
        passages=snapshot.passages,
        rows=snapshot.rows,
        contexts=snapshot.contexts,
        columns=snapshot.columns,
        vectors=vectors,
        sentence_vectors=in_bytes(snapshot.sentence_vectors),
        postings=_whole(snapshot.postings),
        context_postings=_whole(snapshot.context_postings),
        keys=keys,
        codes=encode_rows(vectors, snapshot.columns.chinese, means),
    )


def _whole(postings: Postings) -> PostingsPart:
    """One part of all; that of a snapshot that lies in one already is itself."""
    alive = [
        np.ones(len(part.lengths), dtype=bool) if flags is None else flags
        for part, flags in postings.pairs()
    ]
    if len(alive) == 1 and alive[0].all():
        return postings.parts[0]
    return merge_parts(postings.parts, alive)


def _flags(segment: Segment, removed: Mapping[str, int]) -> NDArray[np.bool_]:
    """Which rows of a segment count."""
    kept = np.array([document.id not in removed for document in segment.documents], dtype=bool)
    flags: NDArray[np.bool_] = kept[segment.columns.of_rows]
    return flags


def _merged_keys(segments: Sequence[Segment], flags: Sequence[NDArray[np.bool_]]) -> Keys:
    """The keys of what is kept, with the numbers that its rows have in the whole."""
    found = []
    for segment, numbers in zip(segments, renumbered(flags), strict=True):
        rows = numbers[segment.keys[2].astype(np.int64)]
        kept = rows >= 0
        found.append(np.stack([*segment.keys[:2, kept], rows[kept].astype(np.uint64)]))
    keys = np.concatenate([np.empty((3, 0), dtype=np.uint64), *found], axis=1)
    return np.ascontiguousarray(keys[:, np.lexsort(keys[::-1])])

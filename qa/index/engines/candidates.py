"""Rows that an engine proposed, as a snapshot; and the rows of a snapshot, for an engine."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from embeddings.types import FloatVector
from qa.corpus.versions import Standing, find_versions
from qa.index.engines.types import Catalogue, Entry, Statistics
from qa.index.inverted.inverting import build_part, build_postings
from qa.index.inverted.postings import K1, B, GroupMatch, Postings
from qa.index.quantised import joined, quantise
from qa.index.rows import columns_of
from qa.index.store import Snapshot
from qa.language.words import terms
from qa.types import Document, Group


@dataclass(frozen=True, eq=False)
class PartialPostings(Postings):
    """The inverted index of some rows, which weighs terms as the whole library does."""

    whole: Statistics = field(default_factory=lambda: Statistics({}))

    def __contains__(self, term: object) -> bool:
        return term in self.whole.holding

    @cached_property
    def norms(self) -> FloatVector:
        """k1 (1 - b + b length / average length) of each passage."""
        norms: FloatVector = norms_of(self.lengths, self.whole)
        return norms

    def match(self, group: Group, population: int | None = None) -> GroupMatch:
        """Find a group, whose weight is that in the whole library."""
        found = super().match(group, population)
        return replace(found, idf=self.idf(self._holding(group), population))

    def _holding(self, group: Group) -> float:
        """How many rows of the library hold a member of a group.

        Of a member of several terms that is estimated: as many of those that hold the rarest hold
        all as do among the rows that are here.
        """
        total = 0.0
        for member, weight in group.items():
            count = {term: self.whole.holding.get(term, 0) for term in member}
            rarest = min(count, key=lambda term: count[term])
            share = 1.0
            if len(member) > 1:
                share = self._count(member) / max(1, self._count((rarest,)))
            total += weight * share * count[rarest]
        return total

    def _count(self, member: tuple[str, ...]) -> int:
        _, passages, _ = self._member(member)
        return len(passages)


def norms_of(lengths: NDArray[np.int32], whole: Statistics) -> FloatVector:
    """What BM25 adds to the frequency of a term below the line, of rows with so many terms."""
    norms: FloatVector = (K1 * (1 - B + B * lengths / whole.average)).astype(np.float32)
    return norms


@dataclass(frozen=True, eq=False)
class CandidateSnapshot(Snapshot):
    """Some rows of a library; `known` are the standings of their documents in the whole."""

    known: Mapping[str, Standing] = field(default_factory=dict)

    @cached_property
    def standings(self) -> dict[str, Standing]:
        """As the whole library tells."""
        return dict(self.known)


def standings_of(catalogue: Catalogue) -> dict[str, Standing]:
    """Which documents are in force, superseded or copies, as of today."""
    ids = {document.id for document in catalogue.documents}
    copies = {one: original for one, original in catalogue.copies.items() if original in ids}
    # Without their texts all would look like copies of one another.
    counted = [
        replace(document, figures=document.id)
        for document in catalogue.documents
        if document.id not in copies
    ]
    standings = find_versions(counted, date.today().isoformat())
    for copy, original in copies.items():
        standings[copy] = replace(standings[original], copies_of=original)
    return standings


def candidate_snapshot(
    entries: Sequence[Entry],
    documents: Sequence[Document],
    catalogue: Catalogue,
    standings: Mapping[str, Standing],
) -> CandidateSnapshot:
    """Put rows together, in the order of the library; `documents` are those that they are of."""
    order = {document.id: number for number, document in enumerate(documents)}

    def place(entry: Entry) -> tuple[bool, int, int]:
        return entry.row.is_rendering, order[entry.passage.document_id], entry.number

    entries = sorted(entries, key=place)
    numbers = {e.passage.id: n for n, e in enumerate(e for e in entries if not e.row.is_rendering)}
    entries = [entry for entry in entries if entry.passage.id in numbers]
    contexts: dict[str, int] = {}
    rows = tuple(
        replace(
            entry.row,
            passage=numbers[entry.passage.id],
            context=contexts.setdefault(entry.context, len(contexts)),
        )
        for entry in entries
    )
    above = {entry.context: entry.context_terms for entry in entries}
    passages = tuple(entry.passage for entry in entries if not entry.row.is_rendering)
    one, rest = slice(0, 1), slice(1, None)
    return CandidateSnapshot(
        model_id=catalogue.model_id,
        documents=tuple(documents),
        passages=passages,
        rows=rows,
        columns=columns_of(documents, passages, rows),
        vectors=joined([entry.vectors.take(one) for entry in entries], catalogue.dimension),
        sentence_vectors=joined([e.vectors.take(rest) for e in entries], catalogue.dimension),
        postings=PartialPostings(
            (build_part([entry.terms for entry in entries]),), whole=catalogue.statistics
        ),
        terms=catalogue.terms,
        contexts=tuple(contexts),
        context_postings=build_postings([[above[context]] for context in contexts]),
        known=standings,
    )


def rows_by_document(snapshot: Snapshot) -> list[NDArray[np.int64]]:
    """For each document the numbers of its rows."""
    of_rows = snapshot.columns.of_rows
    order = np.argsort(of_rows, kind="stable")
    return np.split(order, np.searchsorted(of_rows[order], range(1, len(snapshot.documents))))


def entries_of(snapshot: Snapshot, numbers: NDArray[np.int64]) -> list[Entry]:
    """The rows of one document, of which these are the numbers."""
    first = int(snapshot.columns.passages[numbers].min(initial=len(snapshot.passages)))
    starts = snapshot.postings.sentence_starts
    above: dict[str, tuple[str, ...]] = {}
    found = []
    for number in numbers.tolist():
        row = snapshot.rows[number]
        context = snapshot.contexts[row.context]
        if context not in above:
            above[context] = tuple(terms(context))
        own = snapshot.vectors[np.array([number])]
        sentences = snapshot.sentence_vectors[slice(int(starts[number]), int(starts[number + 1]))]
        found.append(
            Entry(
                passage=snapshot.passages[row.passage],
                number=row.passage - first,
                row=replace(row, passage=0, context=0),
                context=context,
                context_terms=above[context],
                terms=tuple(tuple(terms(row.text[start:end])) for start, end in row.sentences),
                vectors=quantise(np.concatenate([own, sentences])),
            )
        )
    return found


def statistics_of(snapshot: Snapshot) -> Statistics:
    """What is known of all the rows of a snapshot."""
    holding: dict[str, int] = {}
    for term, count in _counts(snapshot.postings):
        holding[term] = holding.get(term, 0) + count
    for term, _ in _counts(snapshot.context_postings):
        holding.setdefault(term, 0)
    chinese = int(np.count_nonzero(snapshot.columns.chinese))
    return Statistics(
        holding=holding,
        chinese=chinese,
        english=len(snapshot.rows) - chinese,
        length=int(snapshot.postings.lengths.sum(dtype=np.int64)),
        renderings=int(np.count_nonzero(snapshot.columns.renderings)),
    )


def _counts(postings: Postings) -> Iterator[tuple[str, int]]:
    """The terms of an inverted index and in how many passages that count each is."""
    for part, alive in postings.pairs():
        flags = np.ones(len(part.lengths), dtype=bool) if alive is None else alive
        before = np.concatenate([[0], np.cumsum(flags[part.passages])])
        counts = before[part.passage_starts[1:]] - before[part.passage_starts[:-1]]
        pairs = zip(part.vocabulary, counts.tolist(), strict=True)
        yield from ((term, count) for term, count in pairs if count)

"""Which sentences are the answer: the best, what else belongs to it, and lists whole."""

from collections.abc import Container, Sequence
from dataclasses import dataclass, replace

from qa.answers.lists import series
from qa.answers.reading import UNREAD, Candidate
from qa.index.rows import Row
from qa.index.store import Snapshot
from qa.language.text import is_chinese
from qa.types import BlockKind

MAX_SENTENCES = 12
"""Of lists and tables, and of what is compared; of running text there are MAX_RUNNING at most."""

MAX_RUNNING = 4

BELONGS = 3.5
"""Logits of belonging below those of the best within which a sentence is part of the answer. Of 3,
3.5, 4 and 5 answers right .682, .683, .685 and .686 with 1.9, 2.0, 2.1 and 2.5 sentences, on five
libraries that the reader was not trained on."""

ELSEWHERE = 3.0
"""The same for a sentence of another document than the best: of 1, 2 and 3 .767, .772 and .777 on
three of them."""

MARGIN = 6.0
"""Logits below the best within which a sentence may belong to the answer."""

SIDE = 8.0
"""Logits below the best within which the best of a side of a comparison is given."""

PART = -1.0
"""The logit from which a sentence answers a part of a question."""

WHOLE = 0.5
"""Share of a list's items from which all are given: who names half of them means the list."""


AROUND = 3
"""Passages of a document before and behind one in which its series may go on."""


@dataclass(frozen=True, slots=True)
class Group:
    """Sentences of one row that are given together: the best, and the others in their order.

    `lead` is the number of the sentence that announces them where they are the items of a list,
    -1 where they are none.
    """

    row: int
    numbers: tuple[int, ...]
    lead: int = -1


def choose(
    candidates: Sequence[Candidate],
    sides: Sequence[Container[str]],
    parts: Sequence[Candidate],
) -> list[Candidate]:
    """The sentences that answer, of candidates best first.

    `sides` are the documents of each thing that a question compares: the best sentence of each is
    given. `parts` are the sentences that answer its parts.
    """
    best = candidates[0]
    near = [c for c in candidates if c.reading >= best.reading - SIDE]
    chosen = once([best, *parts, *of_sides(near, sides)])
    belonging = [
        c
        for c in candidates
        if c.belongs >= best.belongs - (BELONGS if c.document == best.document else ELSEWHERE)
        and c.reading >= best.reading - MARGIN
    ]
    found = once([*chosen, *belonging])
    running = [c for c in found if c.kind not in (BlockKind.ITEM, BlockKind.ROW)]
    kept = {*chosen, *running[:MAX_RUNNING]}
    return [c for c in found if c in kept or c not in running][:MAX_SENTENCES]


def once(candidates: Sequence[Candidate]) -> list[Candidate]:
    """Candidates without those whose sentence is there before."""
    by_place: dict[tuple[int, int], Candidate] = {}
    for candidate in candidates:
        by_place.setdefault(candidate.place, candidate)
    return list(by_place.values())


def of_sides(candidates: Sequence[Candidate], sides: Sequence[Container[str]]) -> list[Candidate]:
    """The first of candidates of each side that has any."""
    first = (next((c for c in candidates if c.document in side), None) for side in sides)
    return [candidate for candidate in first if candidate]


def counted_through(
    best: Candidate, candidates: Sequence[Candidate], snapshot: Snapshot
) -> list[Candidate]:
    """The members of the series of paragraphs that the best sentence announces or is one of.

    "首先…", "其次…", "再次…" each begin a paragraph, so they may stand in several passages. A
    detail of one of them is no list: half of those that were read must come near it.
    """
    here = snapshot.rows[best.row]
    row_of = snapshot.views.row_of[is_chinese(here.language)]
    places: list[tuple[int, int]] = []
    for number in range(here.passage - AROUND, here.passage + AROUND + 1):
        if not 0 <= number < len(snapshot.passages):
            continue
        if snapshot.passages[number].document_id == best.document:
            row = int(row_of[number])
            places += [(row, first) for first in _paragraphs(snapshot, row)]
    begun = max((i for i, place in enumerate(places) if place <= best.place), default=-1)
    readings = {candidate.place: candidate.reading for candidate in candidates}
    for members in series([snapshot.rows[row].sentence(first) for row, first in places]):
        read = [readings[places[one]] for one in members if places[one] in readings]
        near = sum(reading >= best.reading - MARGIN for reading in read)
        is_meant = begun in members and near >= max(2, WHOLE * len(read))
        if not is_meant and begun != members[0] - 1:
            continue
        rows = snapshot.rows
        return [
            replace(best, row=row, number=first, kind=rows[row].kinds[first], span=UNREAD)
            for row, first in (places[member] for member in members)
        ]
    return []


def _paragraphs(snapshot: Snapshot, number: int) -> list[int]:
    """The numbers of the sentences of a row that begin a paragraph of its passage."""
    row = snapshot.rows[number]
    text = snapshot.passages[row.passage].text
    return [
        i for i, (start, _) in enumerate(row.places) if not text[:start].rpartition("\n")[2].strip()
    ]


def grouped(chosen: Sequence[Candidate], rows: Sequence[Row]) -> list[Group]:
    """The chosen sentences by row, the best first; lists are completed, and in their order."""
    by_row: dict[int, list[int]] = {}
    for candidate in chosen:
        by_row.setdefault(candidate.row, []).append(candidate.number)
    return [_group(row, numbers, rows[row]) for row, numbers in by_row.items()]


def _group(number: int, best_first: Sequence[int], row: Row) -> Group:
    chosen = set(best_first)
    leads = {row.leads[i] for i in chosen} if row.leads else {-1}
    items = all(row.kinds[i] is BlockKind.ITEM for i in chosen)
    if items and len(leads) == 1:
        lead = leads.pop()
        siblings = [
            i
            for i, kind in enumerate(row.kinds)
            if kind is BlockKind.ITEM and (row.leads[i] if row.leads else -1) == lead
        ]
        if len(chosen) > 1 and len(chosen) >= WHOLE * len(siblings):
            chosen = chosen.union(siblings)
        return Group(number, tuple(sorted(chosen)), lead)
    for members in series([row.text[start:end] for start, end in row.sentences]):
        # The sentence before "一是" says no more than that there are some.
        lead = members[0] - 1
        if lead in chosen or len(chosen.intersection(members)) >= max(2, WHOLE * len(members)):
            lead = lead if lead in chosen else -1
            return Group(number, tuple(sorted(chosen.union(members) - {lead})), lead)
    best, *others = best_first
    # What an item is about stands in its lead, in a law the penalty too.
    others += {row.leads[i] for i in chosen if row.leads and row.leads[i] >= 0} - chosen
    return Group(number, (best, *sorted(others)))

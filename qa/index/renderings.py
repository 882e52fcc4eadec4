"""A document as it is read: its paragraphs, and the English that its sentences have."""

from dataclasses import dataclass

import numpy as np

from qa.index.store import Snapshot
from qa.language.text import locate_all


@dataclass(frozen=True, slots=True)
class Rendering:
    """The unofficial English of `document.text[start:end]`, a sentence."""

    start: int
    end: int
    text: str


def renderings_of(document_id: str, snapshot: Snapshot) -> tuple[Rendering, ...]:
    """Return the renderings of a document's sentences in order; none for an unknown id."""
    columns = snapshot.columns
    number = snapshot.document_numbers.get(document_id, -1)
    found = []
    for row_number in np.flatnonzero(columns.renderings & (columns.of_rows == number)).tolist():
        row = snapshot.rows[row_number]
        passage = snapshot.passages[row.passage]
        original = snapshot.by_id[document_id].text[passage.start : passage.end]
        places = locate_all(original, passage.text, row.places)
        found += [
            Rendering(passage.start + start, passage.start + end, row.text[slice(*sentence)])
            for (start, end), sentence in zip(places, row.sentences, strict=True)
        ]
    return tuple(sorted(found, key=lambda rendering: rendering.start))

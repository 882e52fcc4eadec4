"""The form in which rows and documents lie in Milvus.

Rows are found by a centred vector (inner product) and by a sparse one, whose inner product with a
question's is BM25: here the part of the term frequency, there the weight of the term. What scores
and cites a row lies beside it in `body`, as JSON in pieces that a text field holds.
"""

import json
import zlib
from base64 import b64decode, b64encode
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from hashlib import sha256
from typing import Any

import numpy as np

from embeddings.centering import Means
from qa.index.engines.candidates import norms_of
from qa.index.engines.types import Entry, Statistics
from qa.index.quantised import QuantisedVectors
from qa.index.rows import Row
from qa.index.vectors import centre_rows
from qa.language.text import is_chinese
from qa.types import BlockKind, Document, Language, Passage

PIECE_BYTES = 65_535
"""The longest text that a field holds."""

PIECES = 4096
"""The most that an array holds."""

_PIECE = PIECE_BYTES // 4  # characters, of four bytes at most
_TERMS_TOGETHER = 20_000
_NOTHING = {0: 1e-6}
"""The words of a row without any: a sparse vector must have some."""

Entity = dict[str, Any]
"""What pymilvus takes and gives: a value for each field."""


def row_entity(
    entry: Entry, document: Document, means: Mapping[str, Means], whole: Statistics
) -> Entity:
    """The entity of a row."""
    chinese = is_chinese(entry.row.language)
    (vector,) = centre_rows(entry.vectors[:1], np.array([chinese]), means)
    return {
        "key": entry.key,
        "document": document.id,
        "number": entry.number,
        "chinese": chinese,
        "publisher": document.publisher[:200],
        "date": document.date,
        "language": str(document.language),
        "vector": vector,
        "words": _document_words(entry, whole) or _NOTHING,
        "body": in_pieces(_body(entry)),
    }


def question_words(weights: Mapping[str, float]) -> dict[int, float]:
    """The sparse vector of a question; empty where no term of it is known."""
    words: dict[int, float] = {}
    for term, weight in weights.items():
        if weight > 0:
            place = _place(term)
            words[place] = max(weight, words.get(place, 0.0))
    return words


def entry_of(pieces: Sequence[str]) -> Entry:
    """The row of an entity's body."""
    body = json.loads("".join(pieces))
    passage, row = body["passage"], body["row"]
    codes = np.frombuffer(b64decode(body["codes"]), dtype=np.int8)
    scales = np.frombuffer(b64decode(body["scales"]), dtype=np.float32)
    return Entry(
        passage=Passage(
            **passage | {"language": Language(passage["language"]), "path": tuple(passage["path"])}
        ),
        number=body["number"],
        row=Row(
            **row
            | {
                "language": Language(row["language"]),
                "sentences": tuple(map(tuple, row["sentences"])),
                "places": tuple(map(tuple, row["places"])),
                "kinds": tuple(map(BlockKind, row["kinds"])),
                "leads": tuple(row["leads"]),
            }
        ),
        context=body["context"],
        context_terms=tuple(body["context_terms"]),
        terms=tuple(map(tuple, body["terms"])),
        vectors=QuantisedVectors(codes.reshape(len(scales), -1), scales),
    )


@dataclass(frozen=True, slots=True)
class Record:
    """An entity of the second collection, which holds what is no row."""

    key: str
    kind: str
    body: str
    digest: str = ""

    def entity(self) -> Entity:
        """The record as it lies; Milvus wants a vector in every collection."""
        return {
            "key": self.key,
            "kind": self.kind,
            "digest": self.digest,
            "body": in_pieces(self.body),
            "vector": [0.0, 0.0],
        }


def text_key(document_id: str) -> str:
    """The key of a document's text."""
    return f"text-{document_id}"


def document_records(document: Document, copy_of: str) -> tuple[Record, Record]:
    """The text of a document, and what else is known of it, which is written last of all."""
    stated = json.dumps(
        asdict(replace(document, text="")) | {"copy_of": copy_of}, ensure_ascii=False
    )
    return (
        Record(text_key(document.id), "text", document.text),
        Record(f"document-{document.id}", "document", stated, digest_of(document, copy_of)),
    )


def digest_of(document: Document, copy_of: str) -> str:
    """Changes with whatever is known of a document."""
    stated = asdict(replace(document, figures="")) | {"copy_of": copy_of}
    return sha256(json.dumps(stated, ensure_ascii=False).encode()).hexdigest()[:32]


def document_of(body: str) -> tuple[Document, str]:
    """A document without its text, and the id of the one that it is a copy of."""
    stated = json.loads(body)
    copy_of = stated.pop("copy_of")
    language, replaces = Language(stated["language"]), tuple(stated["replaces"])
    return Document(**stated | {"language": language, "replaces": replaces}), copy_of


def statistics_records(statistics: Statistics) -> list[Record]:
    """The terms of a library with their numbers, some thousands together."""
    held = list(statistics.holding.items())
    return [
        Record(f"terms-{start}", "terms", json.dumps(dict(held[start : start + _TERMS_TOGETHER])))
        for start in range(0, len(held), _TERMS_TOGETHER)
    ]


def in_pieces(text: str) -> list[str]:
    """A text in pieces that a field holds."""
    return [text[start : start + _PIECE] for start in range(0, len(text), _PIECE)] or [""]


def quoted(values: Iterable[str]) -> str:
    """Values as a list in an expression; what is no plain name is in none."""
    return json.dumps([value for value in values if value.replace("-", "").isalnum()])


def _document_words(entry: Entry, whole: Statistics) -> dict[int, float]:
    counts = Counter(term for sentence in entry.terms for term in sentence)
    norm = float(norms_of(np.array([counts.total()], dtype=np.int32), whole)[0])
    return {_place(term): count / (count + norm) for term, count in counts.items()}


def _place(term: str) -> int:
    """The dimension of a term. Two of a million share one now and then, which only proposes."""
    return 1 + zlib.crc32(term.encode()) % (2**32 - 2)


def _body(entry: Entry) -> str:
    body = {
        "passage": asdict(entry.passage),
        "number": entry.number,
        "row": asdict(entry.row),
        "context": entry.context,
        "context_terms": entry.context_terms,
        "terms": entry.terms,
        "codes": b64encode(entry.vectors.codes.tobytes()).decode(),
        "scales": b64encode(entry.vectors.scales.tobytes()).decode(),
    }
    return json.dumps(body, ensure_ascii=False)

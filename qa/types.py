"""The values that flow through a question: document, passage, hit, citation, answer.

Offsets (`start`, `end`, `start_char`, `end_char`) are Unicode code points into
`Document.text`, the file as decoded with nothing removed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from embeddings.types import FloatVector

Member = tuple[str, ...]
"""Index terms that must occur in one sentence: ("企业",) or ("develop", "zone")."""

Group = Mapping[Member, float]
"""Synonyms that score as one term, each with a weight in (0, 1]."""


class Language(StrEnum):
    """A language with its script, as a BCP 47 tag."""

    SIMPLIFIED = "zh-Hans"
    TRADITIONAL = "zh-Hant"
    ENGLISH = "en"


class Status(StrEnum):
    """Whether the documents answer the question."""

    GROUNDED = "grounded"
    PARTIAL = "partial"
    NO_ANSWER = "no_answer"


@dataclass(frozen=True, slots=True)
class Document:
    """One source file: its text as decoded and what is known about it.

    `id` is a hash of the text, so a citation of (id, start, end) can never come to
    point at other words. Unknown metadata is the empty string; `date` is ISO 8601.
    """

    id: str
    title: str
    publisher: str
    date: str
    language: Language
    source: str
    text: str


@dataclass(frozen=True, slots=True)
class Passage:
    """What is indexed, found and shown: one or a few paragraphs under one heading.

    `text` is the reading text: line wraps undone, paragraphs separated by a newline.
    Without white space it equals `document.text[start:end]` without white space.
    `paragraph` numbers the first paragraph, counted from 1 in the document.
    """

    id: str
    document_id: str
    paragraph: int
    start: int
    end: int
    text: str
    language: Language


@dataclass(frozen=True, slots=True, eq=False)
class Question:
    """A checked question in the form that searchers and the answer need.

    `vector` is its embedding: shape (dimension,), unit length.
    """

    text: str
    language: Language
    vector: FloatVector


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage and how well it matches; scores compare only within one search."""

    passage: Passage
    score: float


@dataclass(frozen=True, slots=True)
class Citation:
    """The exact place that supports the sentence marked `[index]` in an answer.

    `cited_text` is the original; `translation` is the corpus's unofficial rendering of it, where
    the answer gives that, else empty. `answer_spans` are the places in `cited_text` of the words
    that decide: the number, the date, the name.
    """

    index: int
    document_id: str
    title: str
    publisher: str
    date: str
    source: str
    paragraph: int
    start_char: int
    end_char: int
    cited_text: str
    language: Language
    translation: str = ""
    answer_spans: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Coverage:
    """How many items of a list an answer gives, and how many the documents say there are."""

    found: int
    stated: int


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of a conversation; `role` is `user`, `assistant` or `system`."""

    role: str
    content: str


@dataclass(frozen=True, slots=True)
class Timings:
    """Milliseconds spent on each stage of a question."""

    embed: float
    search: float
    answer: float
    total: float


@dataclass(frozen=True, slots=True)
class Answer:
    """Sentences of the documents with their citations, or an honest no.

    `grounded` and `partial` answers have at least one citation, `no_answer` has none;
    `hits` are the best passages in either case, best first. `question` is what was typed;
    `resolved_question` is what was asked, the same with what earlier turns supply. `coverage` is
    that of a list whose number of items the documents state. `answer_language` is another than the
    asker's where the documents have no text in it; None means the asker's. `related` are other
    questions that the documents answer.
    """

    question: str
    language: Language
    status: Status
    text: str
    confidence: float
    citations: tuple[Citation, ...]
    hits: tuple[Hit, ...]
    timings_ms: Timings
    coverage: Coverage | None = None
    resolved_question: str = ""
    answer_language: Language | None = None
    related: tuple[str, ...] = ()

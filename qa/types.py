"""The values that flow through a question: document, passage, hit, citation, answer.

Offsets (`start`, `end`, `start_char`, `end_char`) are Unicode code points into
`Document.text`, the file as decoded with nothing removed.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from embeddings.types import FloatVector
from qa.deadline import Deadline

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


class Version(StrEnum):
    """Whether a document is in force, as far as the library tells."""

    CURRENT = "current"
    SUPERSEDED = "superseded"
    UNKNOWN = ""


class BlockKind(StrEnum):
    """What a part of a document is."""

    TITLE = "title"
    NUMBER = "number"  # 国发〔2024〕12号
    HEADING = "heading"
    ARTICLE = "article"  # 第六条 and the paragraphs of it
    LEAD = "lead"  # a sentence that only announces the items or the table below it
    ITEM = "item"  # （一）, 1., -
    PARAGRAPH = "paragraph"
    HEADER = "header"  # the row that names a table's columns, or its unit
    ROW = "row"
    ADDRESSEE = "addressee"  # 各县（市、区）人民政府：
    SIGNATURE = "signature"  # who issued it and when, at the end
    NOTE = "note"  # front matter, page numbers and running heads: never an answer


ANSWERING = frozenset({BlockKind.ARTICLE, BlockKind.ITEM, BlockKind.PARAGRAPH, BlockKind.ROW})
"""What may be an answer; the rest only says where one stands, unless a question asks for that."""


IMPRINT = frozenset({BlockKind.NUMBER, BlockKind.NOTE, BlockKind.SIGNATURE})
"""What answers who issued a document, when, and under which number."""


@dataclass(frozen=True, slots=True)
class Block:
    """A node of a document's tree, in reading order; all text but white space lies in one.

    `label` is the numbering as it stands ("第六条", "（二）", "1."), `level` the depth of a heading
    or item, from 1. `parent` is the number of the block that it stands under, -1 at the top: the
    heading of an article, the article or lead-in of an item, the header of a row. `text` is the
    reading text, its line wraps undone; without white space it equals `document.text[start:end]`.
    """

    kind: BlockKind
    start: int
    end: int
    text: str
    level: int = 0
    label: str = ""
    parent: int = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One source file: its text as decoded or extracted, and what is known about it.

    `id` is a hash of the text, so a citation of (id, start, end) can never come to point at other
    words. `number` is its official number (国发〔2024〕12号), `replaces` are the titles and numbers
    of what it repeals. Dates are ISO 8601, to the day, month or year; what is unknown is empty.
    A file that is not text has the `media_type` and, as `original`, the SHA-256 of its bytes.
    `figures` is a hash of the figures in its text, where that is known (`qa.corpus.copies`).
    """

    id: str
    title: str
    language: Language
    source: str
    text: str
    publisher: str = ""
    number: str = ""
    issued: str = ""
    effective: str = ""
    expires: str = ""
    replaces: tuple[str, ...] = ()
    media_type: str = ""
    original: str = ""
    figures: str = field(default="", compare=False)

    @property
    def is_wrapped(self) -> bool:
        """Whether its lines may be parts of paragraphs; what a reader extracts has whole ones."""
        return not self.media_type

    @property
    def date(self) -> str:
        """When it was issued, or where that is unknown when it took effect."""
        return self.issued or self.effective


@dataclass(frozen=True, slots=True)
class Passage:
    """What is indexed, found and shown: one or a few paragraphs under one heading.

    `text` is the reading text: line wraps undone, paragraphs separated by a newline.
    Without white space it equals `document.text[start:end]` without white space.
    `paragraph` numbers the first paragraph, counted from 1 in the document. `path` are the headings
    above it, the outermost first, without the document's title; `label` is its own numbering
    ("第六条"), where it has one.
    """

    id: str
    document_id: str
    paragraph: int
    start: int
    end: int
    text: str
    language: Language
    path: tuple[str, ...] = ()
    label: str = ""


TermPair = tuple[tuple[str, ...], tuple[str, ...]]
"""Chinese and English variants of one term of a corpus."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence, heading or table row of a passage, the smallest thing that is cited.

    `start` and `end` are offsets into `passage.text`. `reading` is what it is matched by: of a row
    "header：value；…". `lead` is the number of the sentence that announces it, -1 where none does.
    """

    start: int
    end: int
    kind: BlockKind
    reading: str
    lead: int = -1


@dataclass(frozen=True, slots=True, eq=False)
class Question:
    """A checked question in the form that searchers and the answer need.

    `vector` is its embedding: shape (dimension,), unit length. `turn` is the last message of a
    conversation, where `text` has more than that: what is asked stands there, and what it is about
    in the text. `deadline` is until when somebody waits for the answer.
    """

    text: str
    language: Language
    vector: FloatVector
    turn: str = ""
    deadline: Deadline = field(default_factory=Deadline)

    @property
    def asks(self) -> str:
        """The words that say what is asked for."""
        return self.turn or self.text


@dataclass(frozen=True, slots=True)
class Filter:
    """Which documents may answer; what is empty leaves all.

    `documents` are ids, or names with `*` and `?` as in a shell; `publishers` are parts of a
    publisher's name. `since` and `until` are ISO 8601 dates, the latter included, of a document's
    date. `current_only` leaves out what has been superseded.
    """

    documents: tuple[str, ...] = ()
    publishers: tuple[str, ...] = ()
    since: str = ""
    until: str = ""
    languages: tuple[Language, ...] = ()
    current_only: bool = False


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage and how well it matches; scores compare only within one search."""

    passage: Passage
    score: float


@dataclass(frozen=True, slots=True)
class Box:
    """A place on a page of the original: the number of the page from 1, and shares of its width
    and height from its upper left corner. `confidence` is that of the page's text, 1 unless it was
    read from a picture."""

    page: int
    left: float
    top: float
    right: float
    bottom: float
    confidence: float = 1.0


@dataclass(frozen=True, slots=True)
class Citation:
    """The exact place that supports the sentence marked `[index]` in an answer.

    `label` and `path` say where in the document ("第六条" under "第二章 补贴标准"). `version` says
    whether the document is in force, `replaced_by` is the id of the one that took its place.
    `cited_text` is the original; `reading`, for a table row, the same with the heads of its
    columns; `translation` is the corpus's unofficial rendering of it, where the answer gives that,
    else empty. `answer_spans` are the places in `cited_text` of the words that decide: the number,
    the date, the name. `boxes` are where the original shows it, one a line, and `page` is the
    first of their pages, 0 where it has none; `doubtful` tells that it was read from a picture, and
    not surely.
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
    label: str = ""
    path: tuple[str, ...] = ()
    reading: str = ""
    version: Version = Version.UNKNOWN
    replaced_by: str = ""
    translation: str = ""
    answer_spans: tuple[tuple[int, int], ...] = ()
    page: int = 0
    boxes: tuple[Box, ...] = ()
    doubtful: bool = False


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

    `short_answer` are the words that decide, in the asker's language where they are a value, or
    empty; `text` begins with them and the marks of the sentences that give them, on a line of its
    own. `grounded` and `partial` answers have at
    least one citation, `no_answer` has none;
    `hits` are the best passages in either case, best first. `question` is what was typed;
    `resolved_question` is what was asked, the same with what earlier turns supply. `coverage` is
    that of a list whose number of items the documents state. `answer_language` is another than the
    asker's where the documents have no text in it; None means the asker's. `related` are
    questions that the documents found ask and answer themselves.
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
    short_answer: str = ""
    resolved_question: str = ""
    answer_language: Language | None = None
    related: tuple[str, ...] = ()

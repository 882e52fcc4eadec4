"""The JSON that goes in and out; `ask --json` and `POST /chat` share `answer_json`."""

from collections.abc import Callable, Sequence
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, field_validator

from api import DEFAULT_TOP_K, MAX_TOP_K
from api.http.filter_schema import FilterIn
from api.http.texts import UnicodeText
from qa.corpus.paragraphs import split_paragraphs
from qa.corpus.readers.extracted import Page
from qa.corpus.versions import Standing
from qa.index.renderings import Rendering
from qa.types import Answer, Document, Filter, Hit, Language, Message, Status, Version

MAX_MESSAGES = 200

Rounded = Annotated[float, AfterValidator(lambda value: round(value, 4))]


class MessageIn(BaseModel):
    """One turn of the conversation."""

    model_config = ConfigDict(strict=True)

    role: Literal["system", "user", "assistant"]
    content: UnicodeText


class ChatRequest(BaseModel):
    """A conversation; its last user message is the question."""

    model_config = ConfigDict(strict=True)

    messages: Annotated[list[MessageIn], Field(min_length=1, max_length=MAX_MESSAGES)]
    top_k: Annotated[int, Field(ge=1, le=MAX_TOP_K)] = DEFAULT_TOP_K
    stream: Annotated[bool, Field(description="answer as server-sent events")] = False
    filter: Annotated[FilterIn | None, Field(description="which documents may answer")] = None

    @field_validator("messages")
    @classmethod
    def _has_a_question(cls, messages: list[MessageIn]) -> list[MessageIn]:
        if all(message.role != "user" for message in messages):
            raise ValueError("no message has the role user, so there is no question")
        return messages

    def question(self) -> str:
        """Return the last user message."""
        return [message.content for message in self.messages if message.role == "user"][-1]

    def turns(self) -> list[Message]:
        """Return the conversation as `qa` takes it."""
        return [Message(message.role, message.content) for message in self.messages]

    def within(self) -> Filter | None:
        """Return the filter as `qa` takes it."""
        return self.filter.within() if self.filter else None


class BoxOut(BaseModel):
    """A place on a page of the original, in shares of its width and height from the upper left."""

    model_config = ConfigDict(from_attributes=True)

    page: int
    left: float
    top: float
    right: float
    bottom: float


class CitationOut(BaseModel):
    """The place that supports the sentence marked `[index]`; offsets count code points."""

    model_config = ConfigDict(from_attributes=True)

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
    label: Annotated[str, Field(description="numbering of the place, as 第六条, or empty")]
    path: Annotated[list[str], Field(description="headings above the place, outermost first")]
    reading: Annotated[str, Field(description="of a table row, with the heads of its columns")]
    version: Annotated[Version, Field(description="whether the document is in force, or empty")]
    replaced_by: Annotated[str, Field(description="id of what took its place, or empty")]
    translation: Annotated[str, Field(description="unofficial English rendering, or empty")]
    answer_spans: Annotated[
        list[tuple[int, int]],
        Field(description="offsets in `cited_text` of the deciding words, in code points"),
    ]
    page: Annotated[int, Field(description="page of the original from 1, 0 where it has none")]
    boxes: Annotated[list[BoxOut], Field(description="where the original shows it, one a line")]
    doubtful: Annotated[bool, Field(description="read from a picture, and perhaps wrongly")]


class PassageOut(BaseModel):
    """One passage that was found; rank 1 is the best."""

    rank: int
    score: Rounded
    document_id: str
    source: str
    paragraph: int
    start_char: int
    end_char: int
    text: str


class CoverageOut(BaseModel):
    """How many items of a list the answer gives, and how many the documents say there are."""

    model_config = ConfigDict(from_attributes=True)

    found: int
    stated: int


class TimingsOut(BaseModel):
    """Milliseconds spent on each stage."""

    model_config = ConfigDict(from_attributes=True)

    embed: Rounded
    search: Rounded
    answer: Rounded
    total: Rounded


class AnswerOut(BaseModel):
    """An answer with its citations and the best passages."""

    question: str
    resolved_question: Annotated[
        str, Field(description="the question with what earlier turns supply; the same without")
    ]
    language: Language
    answer_language: Annotated[
        Language, Field(description="another one where no text of the documents is in the asker's")
    ]
    status: Status
    short_answer: Annotated[
        str,
        Field(
            description="the words that decide: a value, a date, yes or no, in the asker's "
            "language; empty where none is sure"
        ),
    ]
    answer: Annotated[
        str,
        Field(
            description="`short_answer` with its mark [n] on a line of its own, then the "
            "sentences of the documents that say so, each with its mark; items begin with `- `"
        ),
    ]
    confidence: Rounded
    coverage: Annotated[CoverageOut | None, Field(description="of a list that states its length")]
    citations: list[CitationOut]
    related: Annotated[
        list[str], Field(description="up to three questions that the documents themselves ask")
    ]
    passages: list[PassageOut]
    timings_ms: TimingsOut


class DocumentSummary(BaseModel):
    """What is known of a document; unknown metadata is the empty string."""

    id: str
    title: str
    publisher: str
    date: str
    language: Language
    source: str
    characters: int
    number: Annotated[str, Field(description="document number, as 国发〔2024〕12号")]
    issued: str
    effective: str
    expires: str
    version: Annotated[Version, Field(description="whether it is in force, or empty")]
    replaced_by: Annotated[str, Field(description="id of what took its place, or empty")]
    media_type: Annotated[str, Field(description="of the file, empty for plain text")]


class ParagraphOut(BaseModel):
    """A paragraph as it is read: `text` is `document.text[start_char:end_char]`, unwrapped."""

    start_char: int
    end_char: int
    text: str
    is_heading: bool


class RenderingOut(BaseModel):
    """The unofficial English of the sentence `document.text[start_char:end_char]`."""

    start_char: int
    end_char: int
    text: str


class PageOut(BaseModel):
    """A page of the original: its size in points, and how surely its text was read."""

    model_config = ConfigDict(from_attributes=True)

    width: float
    height: float
    confidence: float


class DocumentOut(DocumentSummary):
    """A document with its text, to which the offsets of citations refer."""

    text: str
    has_original: Annotated[bool, Field(description="whether GET …/original returns its file")]
    pages: Annotated[list[PageOut], Field(description="pages that GET …/pages/1.png shows")]
    paragraphs: list[ParagraphOut]
    translations: list[RenderingOut]


class Health(BaseModel):
    """The service is up."""

    status: Literal["ok"] = "ok"
    version: str
    documents: int


class Readiness(BaseModel):
    """Whether the next question would be taken."""

    status: Literal["ready", "busy"]


class ErrorItem(BaseModel):
    """One thing wrong with a request; `loc` is the path to the field."""

    loc: list[str | int]
    msg: str
    type: str


class InvalidRequest(BaseModel):
    """Why a request is refused (422)."""

    detail: list[ErrorItem]


class Failure(BaseModel):
    """Why a request cannot be served."""

    detail: str


def answer_json(answer: Answer, find_document: Callable[[str], Document]) -> AnswerOut:
    """Return the answer as its JSON object; `find_document` maps an id to its document."""
    return AnswerOut(
        question=answer.question,
        resolved_question=answer.resolved_question or answer.question,
        language=answer.language,
        answer_language=answer.answer_language or answer.language,
        status=answer.status,
        short_answer=answer.short_answer,
        answer=answer.text,
        confidence=answer.confidence,
        coverage=CoverageOut.model_validate(answer.coverage) if answer.coverage else None,
        citations=[CitationOut.model_validate(citation) for citation in answer.citations],
        related=list(answer.related),
        passages=passages_json(answer.hits, find_document),
        timings_ms=TimingsOut.model_validate(answer.timings_ms),
    )


def passages_json(
    hits: Sequence[Hit], find_document: Callable[[str], Document]
) -> list[PassageOut]:
    """Return hits, best first, as the passages of an answer."""
    return [
        _passage(rank, hit, find_document(hit.passage.document_id).source)
        for rank, hit in enumerate(hits, start=1)
    ]


def document_summary(document: Document, standing: Standing) -> DocumentSummary:
    """Return what is known of a document, without its text."""
    return DocumentSummary(
        id=document.id,
        title=document.title,
        publisher=document.publisher,
        date=document.date,
        language=document.language,
        source=document.source,
        characters=len(document.text),
        number=document.number,
        issued=document.issued,
        effective=document.effective,
        expires=document.expires,
        version=standing.version,
        replaced_by=standing.replaced_by,
        media_type=document.media_type,
    )


def document_json(
    document: Document,
    standing: Standing,
    renderings: Sequence[Rendering] = (),
    pages: Sequence[Page] = (),
    *,
    has_original: bool = False,
) -> DocumentOut:
    """Return a document with its text, and how to read it."""
    return DocumentOut(
        **document_summary(document, standing).model_dump(),
        text=document.text,
        has_original=has_original,
        pages=[PageOut.model_validate(page) for page in pages],
        paragraphs=[
            ParagraphOut(
                start_char=paragraph.start,
                end_char=paragraph.end,
                text=paragraph.text,
                is_heading=paragraph.is_heading,
            )
            for paragraph in split_paragraphs(document.text, wrapped=document.is_wrapped)
        ],
        translations=[
            RenderingOut(start_char=rendering.start, end_char=rendering.end, text=rendering.text)
            for rendering in renderings
        ],
    )


def _passage(rank: int, hit: Hit, source: str) -> PassageOut:
    passage = hit.passage
    return PassageOut(
        rank=rank,
        score=hit.score,
        document_id=passage.document_id,
        source=source,
        paragraph=passage.paragraph,
        start_char=passage.start,
        end_char=passage.end,
        text=passage.text,
    )

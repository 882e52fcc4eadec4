"""What is said under /v1, whatever the protocol: an answer with its sources, or a front end's task.

Beside the standard fields stands `wenzheng`: whether the documents answer, how sure that is, and
where it stands in them. A refusal is an answer like any other to clients that know nothing of it.
"""

from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from fastapi import Request
from pydantic import BaseModel
from starlette.responses import JSONResponse, Response

from api.citing import FindDocument, heading_words, page_words, paragraph_words, version_words
from api.http.desk import Asking, Desk
from api.http.front_end_tasks import find_task
from api.http.openai_schemas import UrlCitation, Wenzheng
from api.http.refusals import refusal_body
from api.http.schemas import CitationOut
from api.http.streaming import Events, event_stream
from api.labels import LABELS
from api.markers import markers_of, sentences, unmistakable
from qa.assistant import Assistant
from qa.errors import InvalidQuestionError, NothingMatchesError, WenzhengError
from qa.types import Answer, Citation, Language

REFUSALS = (400, 401, 408, 413, 429, 500, 503, "4XX")  # 4XX keeps FastAPI from adding its 422
"""Statuses under /v1 that the API description declares."""

_BYTES_PER_TOKEN = 4  # of UTF-8, in English and Chinese alike; nothing here has tokens to count


@dataclass(frozen=True, slots=True)
class Reply:
    """What is said, in pieces as it is streamed, and the places behind its marks."""

    pieces: Sequence[str]
    notes: Sequence[UrlCitation] = ()
    about: Wenzheng | None = None

    @property
    def content(self) -> str:
        """All that is said."""
        return "".join(self.pieces)


class Form(Protocol):
    """How one protocol of OpenAI's puts a reply."""

    def whole(self, reply: Reply) -> BaseModel:
        """Return the response."""
        ...

    def begin(self) -> Iterable[bytes]:
        """Return the events before there is a reply."""
        ...

    def events(self, reply: Reply) -> Iterable[bytes]:
        """Return the events of a reply."""
        ...

    def failed(self, detail: str) -> bytes:
        """Return the last event, where something fails."""
        ...


@dataclass(frozen=True, slots=True)
class Call:
    """A request: `field` is where the conversation stands in it, `filtered` where the filter."""

    asking: Callable[[], Asking]
    is_stream: bool
    field: str
    filtered: str


async def respond(desk: Desk, request: Request, call: Call, form: Form) -> Response:
    """Answer a request in its form. Raises BusyError and ClientDisconnect."""
    path = request.url.path
    try:
        asking = call.asking()
        if task := find_task(asking.messages):
            return _at_once(Reply([task.reply]), form, is_stream=call.is_stream)
        asking.check()
        base = str(request.base_url)
        if call.is_stream:
            return await _stream(desk, asking, request, form)
        job = desk.submit(
            asking, lambda answer, by: _body(form.whole(reply_of(answer, by.document, base)))
        )
        return Response(await job.result_for(request.receive), media_type="application/json")
    except InvalidQuestionError as error:
        return _refused(path, error, call.field)
    except NothingMatchesError as error:
        return _refused(path, error, call.filtered)


def reply_of(answer: Answer, find_document: FindDocument, base: str) -> Reply:
    """Return an answer as it is said: its text, then its sources."""
    markers = markers_of(answer)
    text = unmistakable(answer.text, markers)
    pieces = [piece for piece, _ in sentences(text, markers)]
    if sources := _sources(answer, base, find_document):
        pieces.append(sources)
    cited = {citation.index: citation for citation in answer.citations}
    notes = [
        UrlCitation(
            start_index=marker.start,
            end_index=marker.end,
            url=_url(cited[marker.index], base),
            title=cited[marker.index].title or cited[marker.index].source,
        )
        for marker in markers
    ]
    about = Wenzheng(
        status=answer.status,
        confidence=answer.confidence,
        citations=[CitationOut.model_validate(citation) for citation in answer.citations],
    )
    return Reply(pieces, notes, about)


def tokens(texts: Iterable[str]) -> int:
    """Return how many tokens texts would be, as an estimate."""
    return -(-sum(len(text.encode()) for text in texts) // _BYTES_PER_TOKEN)


def _at_once(reply: Reply, form: Form, *, is_stream: bool) -> Response:
    if not is_stream:
        return Response(_body(form.whole(reply)), media_type="application/json")

    async def events() -> AsyncIterator[bytes]:
        for event in (*form.begin(), *form.events(reply)):
            yield event

    return event_stream(events())


async def _stream(desk: Desk, asking: Asking, request: Request, form: Form) -> Response:
    events, base = Events(), str(request.base_url)

    def show(answer: Answer, assistant: Assistant) -> None:
        for event in form.events(reply_of(answer, assistant.document, base)):
            events.emit(event)

    for event in form.begin():
        events.emit(event)
    job = desk.submit(asking, show)
    if asking.within is not None:  # a filter that leaves nothing is refused before the stream
        await job.searched_for(request.receive)
    return event_stream(events.read(job, form.failed))


def _body(response: BaseModel) -> bytes:
    return response.model_dump_json().encode()


def _refused(path: str, error: WenzhengError, param: str) -> Response:
    return JSONResponse(refusal_body(path, 400, str(error), param=param).model_dump(), 400)


def _sources(answer: Answer, base: str, find_document: FindDocument) -> str:
    """The sources as lines to follow the answer, "" where there are none."""
    if not answer.citations:
        return ""
    lines = [
        f"- [{citation.index}] {_described(citation, answer.language, find_document)}"
        f" · {_url(citation, base)}"
        for citation in answer.citations
    ]
    return "\n\n".join(["", LABELS[answer.language].sources, "\n".join(lines)])


def _described(citation: Citation, language: Language, find_document: FindDocument) -> str:
    parts = (
        citation.title or citation.source,
        *heading_words(citation),
        citation.publisher,
        citation.date,
        paragraph_words(citation, language),
        page_words(citation, language),
        version_words(citation, language, find_document),
    )
    return " · ".join(" ".join(part.split()) for part in parts if part)


def _url(citation: Citation, base: str) -> str:
    place = f"char={citation.start_char},{citation.end_char}"  # RFC 5147
    return f"{base}documents/{citation.document_id}#{place}"

"""`POST /v1/chat/completions` and `GET /v1/models`, as OpenAI's clients know them.

The answer's text is followed by its sources; `annotations` say where in it each `[n]` stands and
which place of which document that is.
"""

from collections.abc import Iterator, Sequence

from fastapi import FastAPI, Request
from fastapi.sse import format_sse_event
from starlette.responses import JSONResponse, Response

from api.citing import FindDocument, heading_words, page_words, paragraph_words, version_words
from api.http.desk import Asking, Desk
from api.http.openai_schemas import (
    MODEL,
    Annotation,
    Choice,
    Chunk,
    ChunkChoice,
    Completion,
    CompletionRequest,
    CompletionText,
    Model,
    ModelList,
    TextDelta,
    UrlCitation,
    Usage,
)
from api.http.refusals import OpenAIError, refusal_body
from api.http.streaming import STREAM_DOC, Events, Responses, event_stream, find_markers, sentences
from api.labels import LABELS
from qa.assistant import Assistant
from qa.errors import InvalidQuestionError, NothingMatchesError, WenzhengError
from qa.types import Answer, Citation, Language

_PATH = "/v1/chat/completions"
_REFUSALS = (400, 401, 408, 413, 429, 500, 503, "4XX")  # 4XX keeps FastAPI from adding its 422
_BYTES_PER_TOKEN = 4  # of UTF-8, in English and Chinese alike; nothing here has tokens to count


def add_openai_routes(app: FastAPI, desk: Desk) -> None:
    """Add the routes under /v1."""
    refused: Responses = {status: {"model": OpenAIError} for status in _REFUSALS}

    @app.post(_PATH, response_model=Completion, responses={200: STREAM_DOC, **refused})
    async def complete(request: Request, asked: CompletionRequest) -> Response:
        """Answer the last user message, as OpenAI's Chat Completions would."""
        try:
            asking = asked.asking()
            if asked.stream:
                return await _stream(desk, asked, asking, request)
            base = str(request.base_url)
            job = desk.submit(asking, lambda answer, by: _completion(asked, answer, by, base))
            return Response(await job.result_for(request.receive), media_type="application/json")
        except InvalidQuestionError as error:
            return _refused(error, "messages")
        except NothingMatchesError as error:
            has_filter = asked.metadata is not None and asked.metadata.filter is not None
            return _refused(error, "metadata.filter" if has_filter else "model")

    @app.get("/v1/models", responses=refused)
    async def models() -> ModelList:
        """List the one model there is."""
        return ModelList(data=[Model(id=MODEL)])


def _completion(asked: CompletionRequest, answer: Answer, assistant: Assistant, base: str) -> bytes:
    content = answer.text + sources_of(answer, base, assistant.document)
    notes = annotations_of(answer, base)
    message = CompletionText(content=content, annotations=notes)
    completion = Completion(choices=[Choice(message=message)], usage=_usage(asked, content))
    return completion.model_dump_json().encode()


def _refused(error: WenzhengError, param: str) -> Response:
    return JSONResponse(refusal_body(_PATH, 400, str(error), param=param).model_dump(), 400)


async def _stream(
    desk: Desk, asked: CompletionRequest, asking: Asking, request: Request
) -> Response:
    events, base = Events(), str(request.base_url)
    head = Chunk(choices=[])

    def emit(chunk: Chunk) -> None:
        events.emit(format_sse_event(data_str=chunk.model_dump_json()))

    def show(answer: Answer, assistant: Assistant) -> None:
        sources = sources_of(answer, base, assistant.document)
        for choice in _chunk_choices(answer, sources, base):
            emit(head.model_copy(update={"choices": [choice]}))
        if asked.stream_options and asked.stream_options.include_usage:
            emit(head.model_copy(update={"usage": _usage(asked, answer.text + sources)}))
        events.emit(format_sse_event(data_str="[DONE]"))

    def failed(detail: str) -> bytes:
        return format_sse_event(data_str=refusal_body(_PATH, 500, detail).model_dump_json())

    start = ChunkChoice(delta=TextDelta(role="assistant", content=""))
    emit(head.model_copy(update={"choices": [start]}))
    job = desk.submit(asking, show)
    if asking.within is not None:  # a filter that leaves nothing is refused before the stream
        await job.searched_for(request.receive)
    return event_stream(events.read(job, failed))


def _chunk_choices(answer: Answer, sources: str, base: str) -> Iterator[ChunkChoice]:
    for text, _ in sentences(answer.text, _indices(answer)):
        yield ChunkChoice(delta=TextDelta(content=text))
    if sources:
        yield ChunkChoice(delta=TextDelta(content=sources))
        notes = annotations_of(answer, base)
        yield ChunkChoice(delta=TextDelta(annotations=notes))
    yield ChunkChoice(delta=TextDelta(), finish_reason="stop")


def sources_of(answer: Answer, base: str, find_document: FindDocument) -> str:
    """Return the sources as lines to follow the answer, "" where there are none."""
    if not answer.citations:
        return ""
    lines = [
        f"- [{citation.index}] {_described(citation, answer.language, find_document)}"
        f" · {_url(citation, base)}"
        for citation in answer.citations
    ]
    return "\n\n".join(["", LABELS[answer.language].sources, "\n".join(lines)])


def annotations_of(answer: Answer, base: str) -> list[Annotation]:
    """Return an annotation for every `[n]` of the answer."""
    cited = {citation.index: citation for citation in answer.citations}
    return [
        Annotation(
            url_citation=UrlCitation(
                start_index=marker.start,
                end_index=marker.end,
                url=_url(cited[marker.index], base),
                title=cited[marker.index].title or cited[marker.index].source,
            )
        )
        for marker in find_markers(answer.text, _indices(answer))
    ]


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


def _usage(asked: CompletionRequest, content: str) -> Usage:
    prompt = _tokens([message.turn().content for message in asked.messages])
    completion = _tokens([content])
    return Usage(
        prompt_tokens=prompt, completion_tokens=completion, total_tokens=prompt + completion
    )


def _tokens(texts: Sequence[str]) -> int:
    return -(-sum(len(text.encode()) for text in texts) // _BYTES_PER_TOKEN)


def _indices(answer: Answer) -> set[int]:
    return {citation.index for citation in answer.citations}

"""`POST /v1/chat/completions`, `/v1/completions` and `GET /v1/models`, for OpenAI's clients."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from fastapi import FastAPI, HTTPException, Request
from fastapi.sse import format_sse_event
from pydantic import BaseModel
from starlette.responses import Response

from api.http.desk import Desk
from api.http.openai_replies import REFUSALS, Call, Reply, respond, tokens
from api.http.openai_schemas import (
    MODEL,
    SCOPE,
    Annotation,
    Choice,
    Chunk,
    ChunkChoice,
    Completion,
    CompletionRequest,
    CompletionText,
    Model,
    ModelList,
    TextChoice,
    TextCompletion,
    TextCompletionRequest,
    TextDelta,
    Usage,
)
from api.http.refusals import OpenAIError, refusal_body
from api.http.streaming import STREAM_DOC, Responses

_CHAT, _TEXT = "/v1/chat/completions", "/v1/completions"
_DONE = format_sse_event(data_str="[DONE]")


def add_openai_routes(app: FastAPI, desk: Desk) -> None:
    """Add the routes of both completions, and the models."""
    refused: Responses = {status: {"model": OpenAIError} for status in REFUSALS}

    @app.post(_CHAT, response_model=Completion, responses={200: STREAM_DOC, **refused})
    async def complete(request: Request, asked: CompletionRequest) -> Response:
        """Answer the last user message, as OpenAI's Chat Completions would."""
        call = Call(asked.asking, bool(asked.stream), "messages", asked.filtered())
        return await respond(desk, request, call, _ChatForm(asked))

    @app.post(_TEXT, response_model=TextCompletion, responses={200: STREAM_DOC, **refused})
    async def complete_text(request: Request, asked: TextCompletionRequest) -> Response:
        """Answer the prompt as a question, as OpenAI's legacy Completions would continue it."""
        call = Call(asked.asking, bool(asked.stream), "prompt", "model")
        return await respond(desk, request, call, _TextForm(asked))

    @app.get("/v1/models", responses=refused)
    async def models() -> ModelList:
        """List the one model there is."""
        return ModelList(data=[Model(id=MODEL)])

    @app.get("/v1/models/{model_id:path}", responses={**refused, 404: {"model": OpenAIError}})
    async def model(model_id: str) -> Model:
        """Return the model; `wenzheng:PATTERN` is the same one, for documents of that name."""
        if model_id != MODEL and not model_id.startswith(SCOPE):
            raise HTTPException(404, f"There is no such model; {MODEL} is the only one.")
        return Model(id=model_id)


@dataclass(frozen=True, slots=True)
class _ChatForm:
    """A reply as Chat Completions have it."""

    asked: CompletionRequest
    head: Chunk = field(default_factory=lambda: Chunk(choices=[]))

    def whole(self, reply: Reply) -> BaseModel:
        """Return the completion."""
        text = CompletionText(content=reply.content, annotations=_annotations(reply))
        usage = _usage(self.asked.texts(), reply)
        return Completion(choices=[Choice(message=text)], usage=usage, wenzheng=reply.about)

    def begin(self) -> Iterator[bytes]:
        """Yield who speaks."""
        yield self._chunk(choices=[ChunkChoice(delta=TextDelta(role="assistant", content=""))])

    def events(self, reply: Reply) -> Iterator[bytes]:
        """Yield the text in pieces, its annotations, and what is known of it."""
        for piece in reply.pieces:
            yield self._chunk(choices=[ChunkChoice(delta=TextDelta(content=piece))])
        if reply.notes:
            delta = TextDelta(annotations=_annotations(reply))
            yield self._chunk(choices=[ChunkChoice(delta=delta)])
        end = ChunkChoice(delta=TextDelta(), finish_reason="stop")
        yield self._chunk(choices=[end], wenzheng=reply.about)
        if self.asked.stream_options and self.asked.stream_options.include_usage:
            yield self._chunk(usage=_usage(self.asked.texts(), reply))
        yield _DONE

    def failed(self, detail: str) -> bytes:
        """Return the error."""
        return _failed(_CHAT, detail)

    def _chunk(self, **fields: object) -> bytes:
        chunk = self.head.model_copy(update=fields)
        return format_sse_event(data_str=chunk.model_dump_json())


@dataclass(frozen=True, slots=True)
class _TextForm:
    """A reply as legacy Completions have it."""

    asked: TextCompletionRequest
    head: TextCompletion = field(default_factory=lambda: TextCompletion(choices=[]))

    def whole(self, reply: Reply) -> BaseModel:
        """Return the completion."""
        choices = [TextChoice(text=reply.content, finish_reason="stop")]
        usage = _usage([self.asked.question()], reply)
        return TextCompletion(choices=choices, usage=usage, wenzheng=reply.about)

    def begin(self) -> Iterator[bytes]:
        """Yield nothing: who speaks is not said here."""
        yield from ()

    def events(self, reply: Reply) -> Iterator[bytes]:
        """Yield the text in pieces, and what is known of it."""
        for piece in reply.pieces:
            yield self._chunk(choices=[TextChoice(text=piece)])
        end = TextChoice(text="", finish_reason="stop")
        yield self._chunk(choices=[end], wenzheng=reply.about)
        if self.asked.stream_options and self.asked.stream_options.include_usage:
            yield self._chunk(usage=_usage([self.asked.question()], reply))
        yield _DONE

    def failed(self, detail: str) -> bytes:
        """Return the error."""
        return _failed(_TEXT, detail)

    def _chunk(self, **fields: object) -> bytes:
        chunk = self.head.model_copy(update=fields)
        return format_sse_event(data_str=chunk.model_dump_json())


def _annotations(reply: Reply) -> list[Annotation]:
    return [Annotation(url_citation=note) for note in reply.notes]


def _failed(path: str, detail: str) -> bytes:
    return format_sse_event(data_str=refusal_body(path, 500, detail).model_dump_json())


def _usage(prompt: list[str], reply: Reply) -> Usage:
    asked, said = tokens(prompt), tokens([reply.content])
    return Usage(prompt_tokens=asked, completion_tokens=said, total_tokens=asked + said)

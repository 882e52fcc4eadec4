"""`POST /v1/responses`: as much of OpenAI's Responses as a service can do that stores nothing.

What would need more (an earlier response by its id, work in the background, JSON of a given shape)
is refused and not passed over; instructions, tools and the like have nobody to follow them.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Annotated, Literal
from uuid import uuid4

from fastapi import FastAPI, Request
from fastapi.sse import format_sse_event
from pydantic import AfterValidator, BaseModel, Field
from starlette.responses import Response

from api import DEFAULT_TOP_K
from api.http.desk import Asking, Desk
from api.http.openai_replies import REFUSALS, Call, Reply, respond, tokens
from api.http.openai_schemas import (
    LEFT_OUT,
    MODEL,
    Metadata,
    ModelName,
    UrlCitation,
    Wenzheng,
    field_of_filter,
    scope_of,
    turn_of,
)
from api.http.refusals import OpenAIError
from api.http.schemas import MAX_MESSAGES
from api.http.streaming import STREAM_DOC, Responses
from api.http.texts import UnicodeText
from qa.types import Message

_PATH = "/v1/responses"


class InputText(BaseModel):
    """A part of a message; others than text cannot be read."""

    type: Literal["input_text", "output_text", "text"]
    text: UnicodeText


class InputMessage(BaseModel):
    """One turn; roles other than `user` and `assistant` are read past."""

    type: Literal["message"] = "message"
    role: Literal["user", "assistant", "system", "developer"]
    content: UnicodeText | list[InputText]

    def turn(self) -> Message:
        """Return the turn as `qa` takes it."""
        parts = self.content if isinstance(self.content, list) else []
        text = self.content if isinstance(self.content, str) else "\n".join(p.text for p in parts)
        return turn_of(self.role, text)


def _has_a_question(given: str | list[InputMessage]) -> str | list[InputMessage]:
    if isinstance(given, list) and all(message.role != "user" for message in given):
        raise ValueError("no message has the role user, so there is no question")
    return given


class TextFormat(BaseModel):
    """The form of the answer, which is always plain text."""

    type: Literal["text"] = "text"


class TextConfig(BaseModel):
    """How the answer is put."""

    format: TextFormat = TextFormat()


class ResponseRequest(BaseModel):
    """A question or conversation; what steers a language model is tolerated and not read."""

    input: Annotated[
        UnicodeText | Annotated[list[InputMessage], Field(min_length=1, max_length=MAX_MESSAGES)],
        AfterValidator(_has_a_question),
    ]
    model: ModelName = None
    instructions: Annotated[UnicodeText | None, Field(description="not read")] = None
    stream: bool | None = None
    metadata: Metadata | None = None
    text: TextConfig | None = None
    background: Annotated[Literal[False] | None, Field(description="is not done")] = None
    previous_response_id: Annotated[
        None, Field(description="nothing is stored: send the conversation as `input`")
    ] = None
    conversation: Annotated[None, Field(description="nothing is stored")] = None

    def turns(self) -> list[Message]:
        """Return the conversation as `qa` takes it."""
        if isinstance(self.input, str):
            return [Message("user", self.input)]
        return [message.turn() for message in self.input]

    def asking(self) -> Asking:
        """Return the question as it is asked."""
        return Asking(self.turns(), DEFAULT_TOP_K, scope_of(self.model, self.metadata))


class Note(UrlCitation):
    """A citation as Responses have it."""

    type: Literal["url_citation"] = "url_citation"


class OutputText(BaseModel):
    """The text that answers."""

    type: Literal["output_text"] = "output_text"
    text: str
    annotations: list[Note] = []
    logprobs: list[float] = []


class OutputMessage(BaseModel):
    """The message that answers."""

    type: Literal["message"] = "message"
    id: str
    role: Literal["assistant"] = "assistant"
    status: Literal["in_progress", "completed"]
    content: list[OutputText]


class CachedTokens(BaseModel):
    """Nothing is kept of a prompt."""

    cached_tokens: int = 0
    cache_write_tokens: int = 0


class ReasoningTokens(BaseModel):
    """Nothing is thought aloud."""

    reasoning_tokens: int = 0


class ResponseUsage(BaseModel):
    """An estimate: four bytes of UTF-8 are taken as a token."""

    input_tokens: int
    input_tokens_details: CachedTokens = CachedTokens()
    output_tokens: int
    output_tokens_details: ReasoningTokens = ReasoningTokens()
    total_tokens: int


class ResponseFailure(BaseModel):
    """Why a response ends without an answer."""

    code: Literal["server_error"] = "server_error"
    message: str


class ResponseOut(BaseModel):
    """A response, under way or whole."""

    id: str = Field(default_factory=lambda: f"resp_{uuid4().hex}")
    object: Literal["response"] = "response"
    created_at: int = Field(default_factory=lambda: int(time.time()))
    status: Literal["in_progress", "completed", "failed"] = "in_progress"
    error: ResponseFailure | None = None
    incomplete_details: None = None
    instructions: str | None = None
    metadata: dict[str, str] = {}
    model: str = MODEL
    output: list[OutputMessage] = []
    parallel_tool_calls: bool = False
    previous_response_id: None = None
    store: Literal[False] = False
    temperature: None = None
    text: TextConfig = TextConfig()
    tool_choice: Literal["none"] = "none"
    tools: list[None] = []
    top_p: None = None
    truncation: Literal["disabled"] = "disabled"
    usage: ResponseUsage | None = None
    wenzheng: Annotated[Wenzheng | None, LEFT_OUT] = None


def add_response_routes(app: FastAPI, desk: Desk) -> None:
    """Add the route."""
    refused: Responses = {status: {"model": OpenAIError} for status in REFUSALS}

    @app.post(_PATH, response_model=ResponseOut, responses={200: STREAM_DOC, **refused})
    async def create_response(request: Request, asked: ResponseRequest) -> Response:
        """Answer the last user message, as OpenAI's Responses would."""
        filtered = field_of_filter(asked.metadata)
        call = Call(asked.asking, bool(asked.stream), "input", filtered)
        return await respond(desk, request, call, _ResponseForm(asked))


class _Event(BaseModel):
    """An event of a stream; what does not belong to its kind is left out."""

    type: str
    sequence_number: int
    response: Annotated[ResponseOut | None, LEFT_OUT] = None
    output_index: Annotated[int | None, LEFT_OUT] = None
    content_index: Annotated[int | None, LEFT_OUT] = None
    item_id: Annotated[str | None, LEFT_OUT] = None
    item: Annotated[OutputMessage | None, LEFT_OUT] = None
    part: Annotated[OutputText | None, LEFT_OUT] = None
    delta: Annotated[str | None, LEFT_OUT] = None
    text: Annotated[str | None, LEFT_OUT] = None
    logprobs: Annotated[list[float] | None, LEFT_OUT] = None
    annotation: Annotated[Note | None, LEFT_OUT] = None
    annotation_index: Annotated[int | None, LEFT_OUT] = None


@dataclass(slots=True)
class _ResponseForm:
    """A reply as Responses have it; counts the events of its stream."""

    asked: ResponseRequest
    head: ResponseOut = field(init=False)
    item_id: str = field(default_factory=lambda: f"msg_{uuid4().hex}")
    sent: int = 0

    def __post_init__(self) -> None:
        self.head = ResponseOut(instructions=self.asked.instructions)

    def whole(self, reply: Reply) -> ResponseOut:
        """Return the response."""
        asked = tokens(turn.content for turn in self.asked.turns())
        said = tokens([reply.content])
        made = {
            "status": "completed",
            "output": [self._message(reply)],
            "usage": ResponseUsage(
                input_tokens=asked, output_tokens=said, total_tokens=asked + said
            ),
            "wenzheng": reply.about,
        }
        return self.head.model_copy(update=made)

    def begin(self) -> Iterator[bytes]:
        """Yield that the question has been taken."""
        yield self._event("response.created", response=self.head)
        yield self._event("response.in_progress", response=self.head)

    def events(self, reply: Reply) -> Iterator[bytes]:
        """Yield the message in pieces, then the response."""
        begun = OutputMessage(id=self.item_id, status="in_progress", content=[])
        part, message = self._part(reply), self._message(reply)
        within = {"item_id": self.item_id, "output_index": 0, "content_index": 0}
        yield self._event("response.output_item.added", output_index=0, item=begun)
        yield self._event("response.content_part.added", part=OutputText(text=""), **within)
        for piece in reply.pieces:
            yield self._event("response.output_text.delta", delta=piece, logprobs=[], **within)
        for index, note in enumerate(part.annotations):
            yield self._event(
                "response.output_text.annotation.added",
                annotation=note,
                annotation_index=index,
                **within,
            )
        text = reply.content
        yield self._event("response.output_text.done", text=text, logprobs=[], **within)
        yield self._event("response.content_part.done", part=part, **within)
        yield self._event("response.output_item.done", output_index=0, item=message)
        yield self._event("response.completed", response=self.whole(reply))

    def failed(self, detail: str) -> bytes:
        """Return the response with what went wrong."""
        made = {"status": "failed", "error": ResponseFailure(message=detail)}
        return self._event("response.failed", response=self.head.model_copy(update=made))

    def _message(self, reply: Reply) -> OutputMessage:
        return OutputMessage(id=self.item_id, status="completed", content=[self._part(reply)])

    def _part(self, reply: Reply) -> OutputText:
        notes = [Note.model_validate(note.model_dump()) for note in reply.notes]
        return OutputText(text=reply.content, annotations=notes)

    def _event(self, name: str, **fields: object) -> bytes:
        event = _Event.model_validate({"type": name, "sequence_number": self.sent, **fields})
        self.sent += 1
        return format_sse_event(event=name, data_str=event.model_dump_json())

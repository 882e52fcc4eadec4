"""The JSON of OpenAI's Chat Completions, as far as it is read and written here."""

import re
import time
from typing import Annotated, Any, Literal
from uuid import uuid4

from pydantic import AfterValidator, BaseModel, BeforeValidator, Field
from pydantic_core import from_json

from api import DEFAULT_TOP_K, program_version
from api.filtering import MAX_VALUE_LENGTH
from api.http.desk import Asking
from api.http.filter_schema import FilterIn
from api.http.schemas import MAX_MESSAGES, CitationOut, Rounded
from api.http.texts import UnicodeText
from api.labels import LABELS
from qa.types import Filter, Message, Status

MODEL = "wenzheng"
SCOPE = f"{MODEL}:"
"""What the name of a model begins with that stands for some documents: wenzheng:苏州*"""

_SOURCES = re.compile(
    rf"\n\n(?:{'|'.join(sorted(labels.sources for labels in LABELS.values()))})\n\n(?=- \[\d+\] )"
)
"""Where the sources begin in an answer that comes back: their titles are not what was said."""

LEFT_OUT = Field(exclude_if=lambda value: value is None)
"""Marks a field that is written only where it says something."""

ModelName = Annotated[UnicodeText | None, Field(max_length=len(SCOPE) + MAX_VALUE_LENGTH)]


def turn_of(role: str, text: str) -> Message:
    """Return a turn as `qa` takes it, an answer without its sources."""
    if role == "assistant":
        return Message("assistant", _SOURCES.split(text)[0])
    return Message("user" if role == "user" else "system", text)


class TextPart(BaseModel):
    """A part of a message; others than text cannot be read."""

    type: Literal["text"]
    text: UnicodeText


class CompletionMessage(BaseModel):
    """One turn; roles other than `user` and `assistant` are read past."""

    role: Literal["system", "developer", "user", "assistant", "tool", "function"]
    content: UnicodeText | list[TextPart] | None = None

    def turn(self) -> Message:
        """Return the turn as `qa` takes it."""
        parts = self.content if isinstance(self.content, list) else []
        text = self.content if isinstance(self.content, str) else "\n".join(p.text for p in parts)
        return turn_of(self.role, text)


def _has_a_question(messages: list[CompletionMessage]) -> list[CompletionMessage]:
    if all(message.role != "user" for message in messages):
        raise ValueError("no message has the role user, so there is no question")
    return messages


def _one_prompt(prompt: str | list[str]) -> str | list[str]:
    if isinstance(prompt, list) and len(prompt) != 1:
        raise ValueError("one question is answered at a time; send one prompt")
    return prompt


class StreamOptions(BaseModel):
    """What else a stream brings."""

    include_usage: bool | None = None


def _parsed(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return from_json(value)
    except ValueError as error:
        raise ValueError("the filter is not JSON text") from error


class Metadata(BaseModel):
    """What else comes with a request; OpenAI's clients send strings, so the filter is one too."""

    filter: Annotated[FilterIn | None, BeforeValidator(_parsed)] = None


class CompletionRequest(BaseModel):
    """A conversation; the fields that steer a language model are tolerated and not read.

    The model `wenzheng:PATTERN` answers from documents of that name, title or id, of those that
    the filter leaves; a filter that names documents itself counts instead of the pattern.
    """

    messages: Annotated[
        list[CompletionMessage],
        Field(min_length=1, max_length=MAX_MESSAGES),
        AfterValidator(_has_a_question),
    ]
    model: ModelName = None
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    metadata: Metadata | None = None

    def asking(self) -> Asking:
        """Return the question as it is asked."""
        turns = [message.turn() for message in self.messages]
        return Asking(turns, DEFAULT_TOP_K, scope_of(self.model, self.metadata))

    def texts(self) -> list[str]:
        """Return what is said in the conversation."""
        return [message.turn().content for message in self.messages]

    def filtered(self) -> str:
        """Return the field that names documents."""
        return field_of_filter(self.metadata)


class TextCompletionRequest(BaseModel):
    """A prompt, which is a question; the fields that steer a language model are not read."""

    prompt: Annotated[UnicodeText | list[UnicodeText], AfterValidator(_one_prompt)]
    model: ModelName = None
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    suffix: Annotated[None, Field(description="answers are not put before a text")] = None
    echo: Annotated[Literal[False] | None, Field(description="prompts are not repeated")] = None

    def question(self) -> str:
        """Return the prompt."""
        return self.prompt if isinstance(self.prompt, str) else self.prompt[0]

    def asking(self) -> Asking:
        """Return the question as it is asked."""
        turns = [Message("user", self.question())]
        return Asking(turns, DEFAULT_TOP_K, scope_of(self.model, None))


def scope_of(model: str | None, metadata: Metadata | None) -> Filter | None:
    """Return the filter that a model's name and the metadata make, None where it leaves all."""
    stated = (metadata.filter if metadata else None) or FilterIn()
    pattern = (model or "").removeprefix(SCOPE).strip()
    is_scoped = (model or "").startswith(SCOPE) and pattern and not stated.documents
    asked = stated.model_copy(update={"documents": [pattern]}) if is_scoped else stated
    return asked.within()


def field_of_filter(metadata: Metadata | None) -> str:
    """Return the field of a request that says which documents may answer."""
    return "metadata.filter" if metadata and metadata.filter is not None else "model"


class UrlCitation(BaseModel):
    """The cited place; the indices are those of its `[n]` in the content, in code points."""

    start_index: int
    end_index: int
    url: str
    title: str


class Annotation(BaseModel):
    """A citation as OpenAI has it."""

    type: Literal["url_citation"] = "url_citation"
    url_citation: UrlCitation


class CompletionText(BaseModel):
    """The message that answers."""

    role: Literal["assistant"] = "assistant"
    content: str
    refusal: None = None
    annotations: list[Annotation]


class TextDelta(BaseModel):
    """What a message grows by; what does not change is left out."""

    role: Annotated[Literal["assistant"] | None, LEFT_OUT] = None
    content: Annotated[str | None, LEFT_OUT] = None
    annotations: Annotated[list[Annotation] | None, LEFT_OUT] = None


class Choice(BaseModel):
    """The one choice, whole."""

    index: int = 0
    message: CompletionText
    logprobs: None = None
    finish_reason: Literal["stop"] = "stop"


class ChunkChoice(BaseModel):
    """The one choice, in part."""

    index: int = 0
    delta: TextDelta
    logprobs: None = None
    finish_reason: Literal["stop"] | None = None


class Wenzheng(BaseModel):
    """What the standard fields have no place for; absent where no question was asked."""

    status: Status
    confidence: Rounded
    citations: list[CitationOut]


class Usage(BaseModel):
    """An estimate: four bytes of UTF-8 are taken as a token."""

    prompt_tokens: int
    completion_tokens: int
    total_tokens: int


class _Made(BaseModel):
    id: str = Field(default_factory=lambda: f"chatcmpl-{uuid4().hex}")
    created: int = Field(default_factory=lambda: int(time.time()))
    model: str = MODEL
    system_fingerprint: str = Field(default_factory=program_version)


class Completion(_Made):
    """A whole answer."""

    object: Literal["chat.completion"] = "chat.completion"
    choices: list[Choice]
    usage: Usage
    wenzheng: Annotated[Wenzheng | None, LEFT_OUT] = None


class Chunk(_Made):
    """A part of an answer; `wenzheng` comes with the reason why it ends."""

    object: Literal["chat.completion.chunk"] = "chat.completion.chunk"
    choices: list[ChunkChoice]
    usage: Annotated[Usage | None, LEFT_OUT] = None
    wenzheng: Annotated[Wenzheng | None, LEFT_OUT] = None


class TextChoice(BaseModel):
    """The one choice of a legacy completion, whole or in part."""

    index: int = 0
    text: str
    logprobs: None = None
    finish_reason: Literal["stop"] | None = None


class TextCompletion(_Made):
    """An answer, whole or in part, as legacy Completions have it."""

    id: str = Field(default_factory=lambda: f"cmpl-{uuid4().hex}")
    object: Literal["text_completion"] = "text_completion"
    choices: list[TextChoice]
    usage: Annotated[Usage | None, LEFT_OUT] = None
    wenzheng: Annotated[Wenzheng | None, LEFT_OUT] = None


class Model(BaseModel):
    """The one that answers."""

    id: str
    object: Literal["model"] = "model"
    created: int = 0
    owned_by: str = MODEL


class ModelList(BaseModel):
    """The models there are."""

    object: Literal["list"] = "list"
    data: list[Model]

"""An answer as server-sent events, in this order:

status     {"stage": "searching"}
passages   {"passages": […]} as in the JSON object
citation   one of its citations, before the first delta that mentions its [n]
delta      {"text": "…"}; joined they are its answer
done       the whole JSON object
error      {"detail": "…"}, in place of what is missing
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from typing import Any, Literal

from fastapi.sse import format_sse_event
from pydantic import BaseModel
from starlette.responses import StreamingResponse
from starlette.types import Receive

from api.http.desk import Asking, Desk, Job
from api.http.refusals import explain
from api.http.schemas import AnswerOut, Failure, PassageOut, answer_json, passages_json
from api.markers import Marker, markers_of, sentences
from qa.assistant import Assistant
from qa.types import Answer, Hit

Responses = dict[int | str, dict[str, Any]]  # as FastAPI types them

_EVENT_SCHEMA = {
    "type": "object",
    "properties": {"event": {"type": "string"}, "data": {"type": "string"}},
    "required": ["data"],
}
STREAM_DOC: dict[str, Any] = {"content": {"text/event-stream": {"schema": _EVENT_SCHEMA}}}
"""What the API description says of a response that may be a stream."""

_log = logging.getLogger("wenzheng.streaming")


class Searching(BaseModel):
    """The first event: the question has been taken."""

    stage: Literal["searching"] = "searching"


class Found(BaseModel):
    """The best passages."""

    passages: list[PassageOut]


class Delta(BaseModel):
    """The next piece of the answer."""

    text: str


class Events:
    """What the thread that answers tells, read on the event loop in the same order."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._queue: asyncio.Queue[bytes | None] = asyncio.Queue()

    def emit(self, event: bytes) -> None:
        """Add an event; any thread may."""
        self._loop.call_soon_threadsafe(self._queue.put_nowait, event)

    async def read(self, job: Job[None], failed: Callable[[str], bytes]) -> AsyncIterator[bytes]:
        """Yield events until the job ends; `failed` makes the last one where it fails."""
        result = asyncio.create_task(job.result())
        result.add_done_callback(lambda _: self._queue.put_nowait(None))
        try:
            while (event := await self._queue.get()) is not None:
                yield event
            if error := result.exception():
                _log.error("stream failed", exc_info=error)
                yield failed(explain(error))
        finally:
            result.cancel()


def event_stream(events: AsyncIterator[bytes]) -> StreamingResponse:
    """Return the response that sends events; it ends them where the client goes away."""
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(events, media_type="text/event-stream", headers=headers)


async def stream_chat(desk: Desk, asking: Asking, receive: Receive) -> StreamingResponse:
    """Begin to answer and return the stream of it.

    Raises BusyError, and where a filter is given NothingMatchesError and ClientDisconnect: with one
    the stream begins only once something has been found.
    """
    events = Events()

    def found(hits: Sequence[Hit], assistant: Assistant) -> None:
        events.emit(_event("passages", Found(passages=passages_json(hits, assistant.document))))

    def show(answer: Answer, assistant: Assistant) -> None:
        whole = answer_json(answer, assistant.document)
        for name, data in answer_events(whole, markers_of(answer)):
            events.emit(_event(name, data))

    events.emit(_event("status", Searching()))
    job = desk.submit(asking, show, found)
    if asking.within is not None:
        await job.searched_for(receive)
    return event_stream(
        events.read(job, lambda detail: _event("error", Failure(detail=detail))),
    )


def answer_events(whole: AnswerOut, markers: Sequence[Marker]) -> Iterator[tuple[str, BaseModel]]:
    """Yield what follows the passages: citations and pieces of the answer, then all of it."""
    unseen = {citation.index: citation for citation in whole.citations}
    for text, named in sentences(whole.answer, markers):
        for index in named:
            if index in unseen:
                yield "citation", unseen.pop(index)
        yield "delta", Delta(text=text)
    yield "done", whole


def _event(name: str, data: BaseModel) -> bytes:
    return format_sse_event(event=name, data_str=data.model_dump_json())

"""The questions under way: a few threads answer them; the line before these is in `line.py`.

The encoder never runs on the event loop. Who stops waiting (a client that goes away, a time-out)
leaves the line, or ends the work at its next stage.
"""

import asyncio
import gc
import logging
import os
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from concurrent.futures import Future
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from starlette.requests import ClientDisconnect
from starlette.types import Receive

from api.http.line import BusyError, Line
from qa.assistant import Assistant
from qa.deadline import Deadline
from qa.errors import OverdueError, WenzhengError
from qa.index import store
from qa.language.text import to_script
from qa.questions.checking import check_question
from qa.types import Answer, Filter, Hit, Language, Message

MAX_WAITING = 64
ANSWER_SECONDS = 15
_INDEX_CHECK_SECONDS = 1.0
_READ_TURNS, _CHARACTERS_A_TURN = (
    3,
    500,
)  # a question of 2,000 characters takes five times a short one

_log = logging.getLogger("wenzheng.desk")

T = TypeVar("T")
Done = TypeVar("Done")


@dataclass(frozen=True, slots=True)
class Asking:
    """A conversation whose last user message is the question, and which documents may answer."""

    messages: Sequence[Message]
    top_k: int
    within: Filter | None = None

    def check(self) -> None:
        """Raise InvalidQuestionError where the question is none."""
        asked = [message.content for message in self.messages if message.role == "user"]
        check_question(asked[-1])

    @property
    def cost(self) -> float:
        """Turns in the line that it counts as: what is read of a conversation takes time."""
        asked = [message.content for message in self.messages if message.role == "user"]
        return 1 + sum(map(len, asked[-_READ_TURNS:])) / _CHARACTERS_A_TURN


@dataclass(frozen=True, slots=True)
class Index:
    """A folder and the name of the snapshot in it that is in use."""

    folder: Path
    name: str


class Job(Generic[T]):
    """An answer under way."""

    def __init__(
        self,
        future: Future[T],
        searched: Future[None],
        deadline: Deadline,
        seconds: float,
    ) -> None:
        self._future = future
        self._searched = searched
        self._deadline = deadline
        self._seconds = seconds

    async def result(self) -> T:
        """Wait for the answer. Raises BusyError after the time-out."""
        try:
            return await self._in_time(self._future)
        finally:
            self._deadline.end()

    async def result_for(self, receive: Receive) -> T:
        """Wait as long as the client does. Raises BusyError and ClientDisconnect."""
        return await _while_there(self.result(), receive)

    async def searched_for(self, receive: Receive) -> None:
        """Wait until the passages are found, as long as the client does.

        Raises what the search raises, BusyError and ClientDisconnect.
        """
        try:
            await _while_there(self._in_time(self._searched), receive)
        except BaseException:
            self._deadline.end()
            self._future.cancel()
            raise

    async def _in_time(self, future: Future[Done]) -> Done:
        try:
            async with asyncio.timeout(self._seconds):
                return await asyncio.wrap_future(future)
        except (TimeoutError, OverdueError):
            raise BusyError(f"No answer within {self._seconds:g} seconds; try again.") from None


class Desk:
    """Takes questions to the assistant of the moment; `answered` is told every answer."""

    def __init__(
        self,
        assistant: Assistant,
        *,
        answered: Callable[[Answer], None] = lambda _: None,
        threads: int = 0,
        max_waiting: int = MAX_WAITING,
        seconds: float = ANSWER_SECONDS,
    ) -> None:
        self.assistant = assistant
        self._line = Line(threads or os.cpu_count() or 1, max_waiting)
        self._answered = answered
        self._seconds = seconds

    @property
    def under_way(self) -> int:
        """How many questions wait or are answered."""
        return len(self._line)

    @property
    def is_full(self) -> bool:
        """Whether nobody can ask who has asked already."""
        return self._line.is_full

    def turns_away(self, client: str) -> bool:
        """Whether the next question of this client would be turned away."""
        return self._line.turns_away(client)

    def submit(
        self,
        asking: Asking,
        show: Callable[[Answer, Assistant], T],
        found: Callable[[Sequence[Hit], Assistant], None] | None = None,
    ) -> Job[T]:
        """Put a question into the line. Raises BusyError where that is full.

        `found` and `show` run in the thread that answers, which looks by itself whether its time
        is over: no event loop need be there to tell it.
        """
        deadline = Deadline(self._seconds)
        searched: Future[None] = Future()
        searched.set_running_or_notify_cancel()  # who stops waiting for it cancels nothing

        def work() -> T:
            assistant = self.assistant  # one snapshot for the whole answer

            def on_hits(hits: Sequence[Hit]) -> None:
                deadline.check()
                if found is not None:
                    found(hits, assistant)
                searched.set_result(None)

            answer = assistant.ask(
                asking.messages,
                top_k=asking.top_k,
                within=asking.within,
                found=on_hits,
                deadline=deadline,
            )
            self._answered(answer)
            return show(answer, assistant)

        def leave(future: Future[T]) -> None:
            if not searched.done():
                error = None if future.cancelled() else future.exception()
                searched.set_exception(error or OverdueError())

        future = self._line.join(work, asking.cost)
        future.add_done_callback(leave)
        return Job(future, searched, deadline, self._seconds)

    def look_up(self, work: Callable[[Assistant], T], cost: float = 1.0) -> Job[T]:
        """Have other work done by the threads that answer. Raises BusyError."""
        future = self._line.join(lambda: work(self.assistant), cost)
        return Job(future, Future(), Deadline(), self._seconds)

    def close(self) -> None:
        """Finish what is under way and end the threads."""
        self._line.close()


@asynccontextmanager
async def attended(desk: Desk, index: Index | None) -> AsyncIterator[None]:
    """Keep a desk open: its index is watched, and at the end what is under way is finished."""
    watching = asyncio.create_task(watch_index(desk, index)) if index else None
    try:
        yield
    finally:
        if watching:
            watching.cancel()
        await asyncio.to_thread(desk.close)


async def watch_index(desk: Desk, index: Index, *, seconds: float = _INDEX_CHECK_SECONDS) -> None:
    """Give the desk a new assistant whenever the folder's snapshot has another name.

    Whatever the folder makes this fail with is told once, and the watch goes on.
    """
    folder, name, complaint = index.folder, index.name, ""
    while True:
        await asyncio.sleep(seconds)
        (found,) = await asyncio.gather(_take_up(desk, folder, name), return_exceptions=True)
        if isinstance(found, str):
            name, complaint = found, ""
        elif str(found) != complaint:
            complaint = str(found)
            known = isinstance(found, WenzhengError)
            reason = {"reason": complaint or type(found).__name__}
            _log.warning(
                "index not taken up", extra={"fields": reason}, exc_info=None if known else found
            )


async def _take_up(desk: Desk, folder: Path, name: str) -> str:
    """Open the folder's snapshot if it has another name than this; return its name."""
    current = await asyncio.to_thread(store.current_name, folder)
    if current != name:
        reopened = await asyncio.to_thread(desk.assistant.reopen, folder)
        await asyncio.to_thread(warm_up, reopened)
        desk.assistant = reopened
        size = {"snapshot": current, "documents": len(desk.assistant.documents)}
        _log.info("index taken up", extra={"fields": size})
        # The one before holds itself by its caches, and with it the memory and open files.
        await asyncio.to_thread(settle)
    return current


def settle() -> None:
    """Let go of what is garbage, and keep the collector from what stays.

    To go through a library takes it a tenth of a second, in which nothing is answered.
    """
    gc.unfreeze()
    gc.collect()
    gc.freeze()


def warm_up(assistant: Assistant) -> None:
    """Ask once in each script, so that the first asker does not wait for what loads lazily.

    A place is named, which is looked for in the names of all documents.
    """
    for question in ("苏州有多少项措施？", "蘇州有多少項措施？", "How many are there in Suzhou?"):
        assistant.ask([Message("user", question)])
    to_script("措施", Language.TRADITIONAL)  # only an answer needs it, and there may be none


async def _while_there(waiting: Coroutine[Any, Any, Done], receive: Receive) -> Done:
    """Wait for something as long as the client does. Raises ClientDisconnect."""
    result = asyncio.create_task(waiting)
    leaving = asyncio.create_task(_until_gone(receive))
    try:
        await asyncio.wait({result, leaving}, return_when=asyncio.FIRST_COMPLETED)
        if not result.done():
            raise ClientDisconnect
        return result.result()
    finally:
        result.cancel()
        leaving.cancel()


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass

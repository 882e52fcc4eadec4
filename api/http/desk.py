"""The questions under way: a few threads answer them, and the line before these is bounded.

The encoder never runs on the event loop. Who stops waiting (a client that goes away, a time-out)
leaves the line, or ends the work at its next stage.
"""

import asyncio
import contextvars
import logging
import os
import threading
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from starlette.requests import ClientDisconnect
from starlette.types import Receive

from qa.assistant import Assistant
from qa.errors import WenzhengError
from qa.index import store
from qa.language.text import to_script
from qa.types import Answer, Filter, Hit, Language, Message

MAX_WAITING = 64
ANSWER_SECONDS = 15
TOO_BUSY = "Too many questions at once; try again in a moment."
_INDEX_CHECK_SECONDS = 1.0

_log = logging.getLogger("wenzheng.desk")

T = TypeVar("T")
Done = TypeVar("Done")


class BusyError(Exception):
    """The line is full, or the answer took too long: ask again later (HTTP 503)."""


class _NobodyWaitsError(Exception):
    """Ends work whose result nobody waits for."""


@dataclass(frozen=True, slots=True)
class Asking:
    """A conversation whose last user message is the question, and which documents may answer."""

    messages: Sequence[Message]
    top_k: int
    within: Filter | None = None


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
        nobody_waits: threading.Event,
        seconds: float,
    ) -> None:
        self._future = future
        self._searched = searched
        self._nobody_waits = nobody_waits
        self._seconds = seconds

    async def result(self) -> T:
        """Wait for the answer. Raises BusyError after the time-out."""
        try:
            return await self._in_time(self._future)
        finally:
            self._nobody_waits.set()

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
            self._nobody_waits.set()
            self._future.cancel()
            raise

    async def _in_time(self, future: Future[Done]) -> Done:
        try:
            async with asyncio.timeout(self._seconds):
                return await asyncio.wrap_future(future)
        except TimeoutError:
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
        self.under_way = 0
        threads = threads or os.cpu_count() or 1
        self._answered = answered
        self._capacity = threads + max_waiting
        self._seconds = seconds
        self._lock = threading.Lock()
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="answer")

    @property
    def is_full(self) -> bool:
        """Whether the next question would be turned away."""
        return self.under_way >= self._capacity

    def submit(
        self,
        asking: Asking,
        show: Callable[[Answer, Assistant], T],
        found: Callable[[Sequence[Hit], Assistant], None] | None = None,
    ) -> Job[T]:
        """Put a question into the line. Raises BusyError where that is full.

        `found` and `show` run in the thread that answers.
        """
        nobody_waits = threading.Event()
        searched: Future[None] = Future()
        searched.set_running_or_notify_cancel()  # who stops waiting for it cancels nothing

        def work() -> T:
            assistant = self.assistant  # one snapshot for the whole answer

            def on_hits(hits: Sequence[Hit]) -> None:
                if nobody_waits.is_set():
                    raise _NobodyWaitsError
                if found is not None:
                    found(hits, assistant)
                searched.set_result(None)

            answer = assistant.ask(
                asking.messages, top_k=asking.top_k, within=asking.within, found=on_hits
            )
            self._answered(answer)
            return show(answer, assistant)

        def leave(future: Future[T]) -> None:
            self._leave()
            if not searched.done():
                error = None if future.cancelled() else future.exception()
                searched.set_exception(error or _NobodyWaitsError())

        self._enter()
        future = self._pool.submit(contextvars.copy_context().run, work)
        future.add_done_callback(leave)
        return Job(future, searched, nobody_waits, self._seconds)

    def close(self) -> None:
        """Finish what is under way and end the threads."""
        self._pool.shutdown()

    def _enter(self) -> None:
        with self._lock:
            if self.is_full:
                raise BusyError(TOO_BUSY)
            self.under_way += 1

    def _leave(self) -> None:
        with self._lock:
            self.under_way -= 1


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
    """Give the desk a new assistant whenever the folder's snapshot has another name."""
    folder, name, complaint = index.folder, index.name, ""
    while True:
        await asyncio.sleep(seconds)
        try:
            current = await asyncio.to_thread(store.current_name, folder)
            if current == name:
                continue
            desk.assistant = await asyncio.to_thread(desk.assistant.reopen, folder)
        except WenzhengError as error:
            if str(error) != complaint:  # once, though it is tried again and again
                complaint = str(error)
                _log.warning("index not taken up", extra={"fields": {"reason": complaint}})
            continue
        name, complaint = current, ""
        size = {"snapshot": name, "documents": len(desk.assistant.documents)}
        _log.info("index taken up", extra={"fields": size})


def warm_up(assistant: Assistant) -> None:
    """Ask once in each script, so that the first asker does not wait for what loads lazily."""
    for question in ("有多少项措施？", "有多少項措施？", "How many measures are there?"):
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

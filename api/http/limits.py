"""Limits kept before anything parses a request: size and time of its body, rate per client."""

import asyncio
import contextlib
import math
import time
from collections.abc import Callable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.http.refusals import refusal, refusal_body, too_busy

MAX_BODY_BYTES = 64 * 1024
BODY_SECONDS = 10
"""How long a client may take to send its body."""

_DISCARDED_BYTES = 32 * 1024 * 1024
_SECONDS_TO_DISCARD = 3
"""How much more of a body is read and dropped after the refusal: many clients look at the answer
only once they have sent everything, and a connection closed on them would hide it."""

_REMEMBERED_CLIENTS = 10_000


class BodyLimit:
    """ASGI middleware: answers 413 to a body over `max_bytes`, 408 to one over `seconds`."""

    def __init__(
        self, app: ASGIApp, *, max_bytes: int = MAX_BODY_BYTES, seconds: float = BODY_SECONDS
    ) -> None:
        self._app = app
        self._max_bytes = max_bytes
        self._seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on once its whole body is known to fit."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        try:
            async with asyncio.timeout(self._seconds):
                messages, more = await self._read(receive, _declared_length(scope))
        except TimeoutError:
            headers = {"Connection": "close"}
            detail = f"The request body took more than {self._seconds:g} seconds."
            await refusal(scope["path"], 408, detail, headers=headers)(scope, receive, send)
            return
        if messages is not None:
            await self._app(scope, _replay(messages, receive), send)
            return
        await _refuse(scope["path"], f"The request body is over {self._max_bytes} bytes.", send)
        if more:
            await _discard(receive)
        await send({"type": "http.response.body"})

    async def _read(self, receive: Receive, declared: int) -> tuple[list[Message] | None, bool]:
        """Return the messages of the body, None where it is too large; and whether more follow."""
        messages: list[Message] = []
        received, more = 0, True
        while more and max(declared, received) <= self._max_bytes:
            message = await receive()
            messages.append(message)
            received += len(message.get("body", b""))
            more = message.get("more_body", False)
        return (messages if max(declared, received) <= self._max_bytes else None), more


class RateLimit:
    """ASGI middleware: answers 429 to a client's POSTs beyond `per_minute`; 0 sets no limit.

    The generic cell rate algorithm: a client's next request is due 60 / `per_minute` seconds
    after the one before, and may come up to a minute early.
    """

    def __init__(
        self, app: ASGIApp, *, per_minute: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._app = app
        self._per_minute = per_minute
        self._clock = clock
        self._due: dict[str, float] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on if its client may ask."""
        if scope["type"] == "http" and scope["method"] == "POST" and self._per_minute:
            host, _ = scope.get("client") or ("", 0)
            if seconds := self.seconds_to_wait(host):
                detail = f"At most {self._per_minute} questions a minute; try again later."
                headers = {"Retry-After": str(math.ceil(seconds))}
                response = refusal(scope["path"], 429, detail, headers=headers)
                await response(scope, receive, send)
                return
        await self._app(scope, receive, send)

    def seconds_to_wait(self, client: str) -> float:
        """Return 0 and count the request, or say how much too early it is."""
        now, interval = self._clock(), 60 / self._per_minute
        due = max(self._due.get(client, now), now)
        early = due + interval - now - 60
        if early > 1e-6:
            return early
        if len(self._due) >= _REMEMBERED_CLIENTS:
            self._due = {other: when for other, when in self._due.items() if when > now}
        self._due[client] = due + interval
        return 0.0


class Turnstile:
    """ASGI middleware: lets POSTs in one by one, and answers 503 while `is_full` says so.

    A crowd that comes at once would keep the event loop for as long as parsing all its questions
    takes; between two that go through here, it serves others (`/health` among them).
    """

    def __init__(self, app: ASGIApp, *, is_full: Callable[[], bool]) -> None:
        self._app = app
        self._is_full = is_full
        self._turn = asyncio.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on when its turn has come."""
        if scope["type"] == "http" and scope["method"] == "POST":
            async with self._turn:
                await asyncio.sleep(0)
            if self._is_full():
                await too_busy(scope["path"])(scope, receive, send)
                return
        await self._app(scope, receive, send)


def _declared_length(scope: Scope) -> int:
    for name, value in scope["headers"]:
        if name == b"content-length" and value.isdigit():
            return int(value[:20])  # more digits are too many bytes anyway
    return 0


def _replay(messages: list[Message], receive: Receive) -> Receive:
    remaining = iter(messages)

    async def replay() -> Message:
        message = next(remaining, None)
        return await receive() if message is None else message

    return replay


async def _refuse(path: str, detail: str, send: Send) -> None:
    """Send the whole answer, but leave it open."""
    body = refusal_body(path, 413, detail).model_dump_json().encode()
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
        (b"connection", b"close"),  # some of the request may stay unread
    ]
    await send({"type": "http.response.start", "status": 413, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": True})


async def _discard(receive: Receive) -> None:
    size, more = 0, True
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_SECONDS_TO_DISCARD):
            while more and size < _DISCARDED_BYTES:
                message = await receive()
                size += len(message.get("body", b""))
                more = message.get("more_body", False)

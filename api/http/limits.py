"""Limits kept before anything parses a request: size and time of its body, rate per client."""

import asyncio
import contextlib
import math
import time
from collections.abc import Callable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.http.line import CLIENT, client_name
from api.http.refusals import refusal, refusal_body, too_busy

MAX_BODY_BYTES = 64 * 1024
MAX_CONVERSATION_BYTES = 256 * 1024
"""Of a body under /v1: OpenAI's clients send all the answers before, with their sources."""

BODY_SECONDS = 10
"""How long a client may take to send its body."""

_DISCARDED_BYTES = 32 * 1024 * 1024
_SECONDS_TO_DISCARD = 3
"""How much more of a body is read and dropped after the refusal: many clients look at the answer
only once they have sent everything, and a connection closed on them would hide it."""

_REMEMBERED_CLIENTS = 10_000

READS_A_QUESTION = 10
"""Requests that only read for each question a client may ask: a page loads some for each answer."""

_FREE, _PAGE = ("/", "/health", "/ready"), "/page/"


class BodyLimit:
    """ASGI middleware: answers 413 to a body over `max_bytes`, 408 to one over `seconds`.

    The route of the method and path `streamed` bounds its body itself.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        max_bytes: int = MAX_BODY_BYTES,
        seconds: float = BODY_SECONDS,
        streamed: tuple[str, str] | None = None,
    ) -> None:
        self._app = app
        self._streamed = streamed
        self._max_bytes = max_bytes
        self._seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on once its whole body is known to fit."""
        if scope["type"] != "http" or (scope["method"], scope["path"]) == self._streamed:
            await self._app(scope, receive, send)
            return
        is_conversation = scope["path"].startswith("/v1/")
        limit = max(self._max_bytes, MAX_CONVERSATION_BYTES) if is_conversation else self._max_bytes
        try:
            async with asyncio.timeout(self._seconds):
                messages, more = await _read(receive, _declared_length(scope), limit)
        except TimeoutError:
            headers = {"Connection": "close"}
            detail = f"The request body took more than {self._seconds:g} seconds."
            await refusal(scope["path"], 408, detail, headers=headers)(scope, receive, send)
            return
        if messages is not None:
            await self._app(scope, _replay(messages, receive), send)
            return
        await _refuse(scope["path"], f"The request body is over {limit} bytes.", send)
        if more:
            await _discard(receive)
        await send({"type": "http.response.body"})


class ClientName:
    """ASGI middleware: tells those behind it who asks."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        if scope["type"] == "http":
            host, _ = scope.get("client") or ("", 0)
            CLIENT.set(client_name(host))
        await self._app(scope, receive, send)


class Rate:
    """Lets each client do something `per_minute` times a minute; 0 sets no limit.

    The generic cell rate algorithm: the next time is due 60 / `per_minute` seconds after the one
    before, and may come up to a minute early.
    """

    def __init__(self, per_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        self.per_minute = per_minute
        self._clock = clock
        self._due: dict[str, float] = {}

    def seconds_to_wait(self, client: str) -> float:
        """Return 0 and count this time, or say how much too early it is."""
        if not self.per_minute:
            return 0.0
        now, interval = self._clock(), 60 / self.per_minute
        due = max(self._due.get(client, now), now)
        early = due + interval - now - 60
        if early > 1e-6:
            return early
        if len(self._due) >= _REMEMBERED_CLIENTS:
            self._forget(now)
        self._due[client] = due + interval
        return 0.0

    def _forget(self, now: float) -> None:
        """Keep of those who may still be early the half that has done most."""
        early = sorted(self._due.items(), key=lambda item: item[1], reverse=True)
        kept = early[: _REMEMBERED_CLIENTS // 2]
        self._due = {client: due for client, due in kept if due > now}


class RateLimit:
    """ASGI middleware: answers 429 to a client's requests beyond `per_minute`; 0 sets no limit.

    Those that only read have a limit of their own, `READS_A_QUESTION` times as high; the page
    itself and what watches the service have none.
    """

    def __init__(
        self, app: ASGIApp, *, per_minute: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._app = app
        self._questions = Rate(per_minute, clock)
        self._reads = Rate(per_minute * READS_A_QUESTION, clock)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on if its client may ask."""
        if rate := self._rate(scope):
            host, _ = scope.get("client") or ("", 0)
            if seconds := rate.seconds_to_wait(client_name(host)):
                detail = f"At most {rate.per_minute} such requests a minute; try again later."
                headers = {"Retry-After": str(math.ceil(seconds))}
                response = refusal(scope["path"], 429, detail, headers=headers)
                await response(scope, receive, send)
                return
        await self._app(scope, receive, send)

    def _rate(self, scope: Scope) -> Rate | None:
        if scope["type"] != "http":
            return None
        if scope["method"] not in ("GET", "HEAD", "OPTIONS"):
            return self._questions
        is_free = scope["path"] in _FREE or scope["path"].startswith(_PAGE)
        return None if is_free else self._reads


class HeadAsGet:
    """ASGI middleware: answers HEAD as GET, without the body."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on as what it stands for."""
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self._app(scope, receive, send)
            return

        async def without_body(message: Message) -> None:
            if message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        asked = {**scope, "method": "GET"}
        try:
            await self._app(asked, receive, without_body)
        finally:
            scope["route"] = asked.get("route")  # for the figures


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


async def _read(receive: Receive, declared: int, limit: int) -> tuple[list[Message] | None, bool]:
    """Return the messages of a body, None where it is too large; and whether more follow."""
    messages: list[Message] = []
    received, more = 0, True
    while more and max(declared, received) <= limit:
        message = await receive()
        messages.append(message)
        received += len(message.get("body", b""))
        more = message.get("more_body", False)
    return (messages if max(declared, received) <= limit else None), more


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

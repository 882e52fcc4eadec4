"""A limit on the size of request bodies, kept before anything parses them."""

import asyncio
import contextlib
import json

from starlette.types import ASGIApp, Message, Receive, Scope, Send

MAX_BODY_BYTES = 64 * 1024

_DISCARDED_BYTES = 32 * 1024 * 1024
_SECONDS_TO_DISCARD = 3
"""How much more of a body is read and dropped after the refusal: many clients look at the answer
only once they have sent everything, and a connection closed on them would hide it."""


class BodyLimit:
    """ASGI middleware: answers 413 to a body over `max_bytes`, declared or streamed."""

    def __init__(self, app: ASGIApp, *, max_bytes: int) -> None:
        self._app = app
        self._max_bytes = max_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on once its whole body is known to fit."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        messages: list[Message] = []
        size = _declared_length(scope)
        received, more = 0, True
        while more and size <= self._max_bytes:
            message = await receive()
            messages.append(message)
            received += len(message.get("body", b""))
            size = max(size, received)
            more = message.get("more_body", False)
        if size <= self._max_bytes:
            await self._app(scope, _replay(messages, receive), send)
        else:
            await _refuse(f"The request body is over {self._max_bytes} bytes.", send)
            if more:
                await _discard(receive)
            await send({"type": "http.response.body"})


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


async def _refuse(detail: str, send: Send) -> None:
    """Send the whole answer, but leave it open."""
    body = json.dumps({"detail": detail}).encode()
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

"""Bodies that are dear to make, kept as long as there is room, with the ETag that saves sending."""

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from weakref import ref

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from qa.assistant import Assistant

HELD_BYTES = 64 * 2**20
"""A book of 20 MB is 50 MB of JSON: it is made once, and not at each call."""

_PIECE = 64 * 1024


class Bodies:
    """The JSON of one snapshot's documents, made one at a time: a crowd after a book makes one."""

    def __init__(self, held_bytes: int = HELD_BYTES) -> None:
        self._held_bytes = held_bytes
        self._lock = threading.Lock()
        self._made: OrderedDict[str, bytes] = OrderedDict()
        self._size = 0
        self._by: ref[Assistant] | None = None

    def get(self, key: str, by: Assistant, make: Callable[[], bytes]) -> bytes:
        """Return the body of that key, made by `make` where it is not held."""
        with self._lock:
            if self._by is None or self._by() is not by:
                self._made.clear()
                self._size, self._by = 0, ref(by)
            if key in self._made:
                self._made.move_to_end(key)
                return self._made[key]
            body = make()
            self._made[key] = body
            self._size += len(body)
            while self._size > self._held_bytes:
                self._size -= len(self._made.popitem(last=False)[1])
            return body


class PiecemealResponse(Response):
    """Is sent as fast as it is read: clients that do not read a large body share the one copy."""

    async def __call__(self, _scope: Scope, _receive: Receive, send: Send) -> None:
        """Send the head, and the body in pieces."""
        head = {"status": self.status_code, "headers": self.raw_headers}
        await send({"type": "http.response.start", **head})
        for start in range(0, len(self.body), _PIECE):
            piece = self.body[start : start + _PIECE]
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body"})


def tagged(request: Request, body: bytes, headers: Mapping[str, str]) -> Response:
    """Return JSON with its ETag, or only that the client has it already (304)."""
    tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    headers = {**headers, "ETag": tag}
    known = request.headers.get("if-none-match", "").split(",")
    if tag in (one.strip().removeprefix("W/") for one in known):
        return Response(status_code=304, headers=headers)
    return PiecemealResponse(body, media_type="application/json", headers=headers)

"""A time-out that uvicorn lacks: for the head of a request."""

import asyncio

from uvicorn.protocols.http.h11_impl import H11Protocol

HEAD_SECONDS = 10.0


class PunctualProtocol(H11Protocol):
    """Closes a connection whose next request has not begun `head_seconds` after it could.

    Without it a client that sends one byte now and then holds a connection for ever.
    """

    head_seconds = HEAD_SECONDS

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for the first request."""
        super().connection_made(transport)
        self._wait_for_head()

    def on_response_complete(self) -> None:
        """Begin to wait for the next request."""
        super().on_response_complete()
        self._wait_for_head()

    def _wait_for_head(self) -> None:
        self.loop.call_later(self.head_seconds, self._close_unless_begun, self.cycle)

    def _close_unless_begun(self, before: object) -> None:
        if self.cycle is before and not self.transport.is_closing():
            self.transport.close()

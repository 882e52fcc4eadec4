"""What uvicorn lacks: time-outs for clients that stop sending or reading, and a fair share.

Half of a connection may be closed: who has said all and still reads gets the answer, if it comes
soon. From one who has gone away nothing tells it apart until something is written.
"""

import asyncio

from uvicorn.protocols.http.h11_impl import H11Protocol

from api.http.line import client_name

HEAD_SECONDS = 10.0
UNREAD_SECONDS = 20.0
HALF_CLOSED_SECONDS = 1.0

_LEAST_READ = 8 * 1024
"""Bytes that a client has to read in `unread_seconds` of what waits for it."""


class PunctualProtocol(H11Protocol):
    """A connection that its client cannot hold for ever, and of which it cannot hold too many.

    It is closed where the next request has not begun `head_seconds` after it could, where nothing
    of what is written has been read for `unread_seconds`, and where its client has more of them
    than are left for all others.
    """

    head_seconds = HEAD_SECONDS
    unread_seconds = UNREAD_SECONDS
    half_closed_seconds = HALF_CLOSED_SECONDS

    _half_closed = False
    _unread: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for the first request."""
        super().connection_made(transport)
        if self._has_too_many():
            transport.abort()
            return
        self._wait_for_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait for nothing more."""
        self._stop_waiting_for_reader()
        super().connection_lost(exc)

    def on_response_complete(self) -> None:
        """Begin to wait for the next request."""
        super().on_response_complete()
        if self._half_closed:
            self._close()
        self._wait_for_head()

    def timeout_keep_alive_handler(self) -> None:
        """Close a connection that nobody uses, even if its last answer is never read."""
        super().timeout_keep_alive_handler()
        self._wait_for_reader()

    def eof_received(self) -> bool:  # type: ignore[override]
        """Stay open for an answer that is under way, though no request can follow."""
        self._half_closed = True
        if self.cycle is None or self.cycle.response_complete or self.cycle.more_body:
            return False
        self.loop.call_later(self.half_closed_seconds, self._close)
        return True

    def pause_writing(self) -> None:
        """Begin to wait for the client to read."""
        super().pause_writing()
        self._wait_for_reader()

    def resume_writing(self) -> None:
        """Go on writing."""
        self._stop_waiting_for_reader()
        super().resume_writing()

    def _wait_for_reader(self) -> None:
        self._stop_waiting_for_reader()
        size = self.transport.get_write_buffer_size()
        self._unread = self.loop.call_later(self.unread_seconds, self._abort_unless_read, size)

    def _abort_unless_read(self, before: int) -> None:
        if self.transport.get_write_buffer_size() > before - _LEAST_READ:
            self.transport.abort()
        else:
            self._wait_for_reader()

    def _stop_waiting_for_reader(self) -> None:
        if self._unread:
            self._unread.cancel()
            self._unread = None

    def _wait_for_head(self) -> None:
        self.loop.call_later(self.head_seconds, self._close_unless_begun, self.cycle)

    def _close_unless_begun(self, before: object) -> None:
        if self.cycle is before:
            self._close()

    def _close(self) -> None:
        if not self.transport.is_closing():
            self.transport.close()
            self._wait_for_reader()  # `close` does so for ever

    def _has_too_many(self) -> bool:
        """Whether this client holds more connections than are left: never while half are free."""
        most, open_now = self.limit_concurrency, len(self.connections)
        if most is None or 2 * open_now <= most or not self.client:
            return False
        name = client_name(self.client[0])
        others = [one for one in self.connections if isinstance(one, PunctualProtocol)]
        held = sum(client_name(one.client[0]) == name for one in others if one.client)
        return held > most - open_now + 1

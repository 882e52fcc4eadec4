"""The line of questions before the threads that answer, fair to the clients that stand in it.

Who comes next is chosen by self-clocked fair queueing (Golestani 1994): a client that asks much
waits behind its own questions, not before those of others, and a long question counts as several.
A full line makes room for whoever has fewer places than the client that has most of them.
"""

import contextvars
import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import ContextVar
from ipaddress import IPv4Address, IPv6Network, ip_address
from typing import Any, Generic, TypeVar

TOO_BUSY = "Too many questions at once; try again in a moment."

CLIENT = ContextVar("client", default="")
"""Who asks, as far as it is known: rate and line are shared out among these."""

T = TypeVar("T")


def client_name(host: str) -> str:
    """Return by what a client is known: of an IPv6 address the network, which is one household's.

    >>> client_name("2001:db8:1:2:3:4:5:6")
    '2001:db8:1:2::/64'
    """
    try:
        address = ip_address(host)
    except ValueError:
        return host
    if isinstance(address, IPv4Address):
        return host
    return str(address.ipv4_mapped or IPv6Network((int(address) >> 64 << 64, 64)))


class BusyError(Exception):
    """The line is full, or the answer took too long: ask again later (HTTP 503)."""


class _Place(Generic[T]):
    """Work that waits or is under way; of two that wait, the lower turn is earlier."""

    def __init__(self, client: str, turn: float, work: Callable[[], T]) -> None:
        self.client = client
        self.turn = turn
        self.future: Future[T] = Future()
        self._work = work
        self._context = contextvars.copy_context()

    def give_up(self) -> None:
        """Tell who waits that nothing will come."""
        if self.future.set_running_or_notify_cancel():
            self.future.set_exception(BusyError(TOO_BUSY))

    def begin(self, pool: ThreadPoolExecutor) -> None:
        """Have a thread do the work; the future gets what becomes of it."""
        pool.submit(self._context.run, self._work).add_done_callback(self._tell)

    def _tell(self, done: Future[T]) -> None:
        if error := done.exception():
            self.future.set_exception(error)
        else:
            self.future.set_result(done.result())


class Line:
    """Has `threads` do the work of up to as many places, and of `max_waiting` more in turn."""

    def __init__(self, threads: int, max_waiting: int) -> None:
        self._threads = threads
        self._capacity = threads + max_waiting
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="answer")
        self._lock = threading.Lock()
        self._waiting: list[_Place[Any]] = []
        self._begun: set[_Place[Any]] = set()
        self._held: Counter[str] = Counter()
        self._turns: dict[str, float] = {}
        self._now = 0.0

    def __len__(self) -> int:
        return len(self._waiting) + len(self._begun)

    @property
    def is_full(self) -> bool:
        """Whether the next one gets a place only where another is given up."""
        return len(self) >= self._capacity

    def turns_away(self, client: str) -> bool:
        """Whether this client would get no place."""
        with self._lock:
            return self.is_full and self._given_up_for(client) is None

    def join(self, work: Callable[[], T], cost: float) -> Future[T]:
        """Put work of the present client into the line. Raises BusyError.

        Who cancels the future leaves the line; work that has begun goes on.
        """
        client = CLIENT.get()
        with self._lock:
            given_up = self._given_up_for(client) if self.is_full else None
            if self.is_full and given_up is None:
                raise BusyError(TOO_BUSY)
            if given_up:
                self._waiting.remove(given_up)
            turn = max(self._now, self._turns.get(client, 0.0)) + cost
            place = _Place(client, turn, work)
            self._turns[client] = turn
            self._held[client] += 1
            self._waiting.append(place)
        if given_up:
            given_up.give_up()
        place.future.add_done_callback(lambda _: self._leave(place))
        self._begin()
        return place.future

    def close(self) -> None:
        """Give up what waits, finish what is under way, and end the threads."""
        with self._lock:
            waiting, self._waiting = self._waiting, []
        for place in waiting:
            place.give_up()
        self._pool.shutdown()

    def _given_up_for(self, client: str) -> _Place[Any] | None:
        """The last place of the client with most, if it has more than this one would have."""
        held = self._held
        most = max(self._waiting, key=lambda one: (held[one.client], one.turn), default=None)
        return most if most and held[most.client] > held[client] + 1 else None

    def _begin(self) -> None:
        while place := self._next():
            place.begin(self._pool)

    def _next(self) -> _Place[Any] | None:
        with self._lock:
            while self._waiting and len(self._begun) < self._threads:
                place = min(self._waiting, key=lambda place: place.turn)
                self._waiting.remove(place)
                if place.future.set_running_or_notify_cancel():
                    self._now = place.turn
                    self._begun.add(place)
                    return place
            return None

    def _leave(self, place: _Place[Any]) -> None:
        with self._lock:
            self._begun.discard(place)
            if place in self._waiting:
                self._waiting.remove(place)
            self._held[place.client] -= 1
            if not self._held[place.client]:
                del self._held[place.client], self._turns[place.client]
        self._begin()

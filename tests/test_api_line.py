"""The line before the threads: who comes next, who makes room, and what becomes of the work."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, Future
from contextlib import contextmanager

import pytest

from api.http.line import CLIENT, BusyError, Line, client_name


class Work:
    """Pieces of work that note their names, in order, once the gate is open."""

    def __init__(self) -> None:
        self.gate = threading.Event()
        self.done: list[str] = []

    def named(self, name: str) -> Callable[[], str]:
        def work() -> str:
            assert self.gate.wait(10)
            self.done.append(name)
            return name

        return work


@contextmanager
def client(name: str) -> Iterator[None]:
    token = CLIENT.set(name)
    yield
    CLIENT.reset(token)


def join(line: Line, work: Work, client_: str, name: str, cost: float = 1.0) -> Future[str]:
    with client(client_):
        return line.join(work.named(name), cost)


def finish(line: Line, work: Work) -> list[str]:
    work.gate.set()
    deadline = time.monotonic() + 10
    while len(line):
        assert time.monotonic() < deadline
        time.sleep(0.002)
    return work.done


def test_a_client_of_one_question_does_not_wait_behind_all_of_another() -> None:
    line, work = Line(1, 64), Work()
    for number in range(20):
        join(line, work, "crowd", f"crowd {number}")
    join(line, work, "alone", "alone")
    done = finish(line, work)
    assert done.index("alone") <= 2
    assert [name for name in done if name != "alone"] == [f"crowd {n}" for n in range(20)]


def test_two_clients_come_by_turns() -> None:
    line, work = Line(1, 64), Work()
    join(line, work, "first", "under way")
    for name in ("a", "b"):
        for number in range(3):
            join(line, work, name, f"{name}{number}")
    assert finish(line, work)[1:] == ["a0", "b0", "a1", "b1", "a2", "b2"]


def test_long_questions_count_as_several() -> None:
    """As a table of turns: long 5, 10; short 1, 2, 3, 4, 5, 6."""
    line, work = Line(1, 64), Work()
    join(line, work, "first", "under way", cost=0.0)
    for number in range(2):
        join(line, work, "long", f"long {number}", cost=5.0)
    for number in range(6):
        join(line, work, "short", f"short {number}")
    done = finish(line, work)[1:]
    assert done.index("long 0") in (4, 5)
    assert done[-1] == "long 1"


def test_a_full_line_gives_up_the_last_place_of_whoever_has_most() -> None:
    line, work = Line(1, 3), Work()
    crowd = [join(line, work, "crowd", f"crowd {number}") for number in range(4)]
    assert line.is_full
    assert line.turns_away("crowd")
    assert not line.turns_away("alone")
    with pytest.raises(BusyError):
        join(line, work, "crowd", "one too many")
    alone = join(line, work, "alone", "alone")
    with pytest.raises(BusyError, match="try again"):
        crowd[3].result(5)
    assert len(line) == 4
    finish(line, work)
    assert [future.result(5) for future in (*crowd[:3], alone)] == [
        *("crowd 0", "crowd 1", "crowd 2", "alone"),
    ]


def test_clients_of_equal_share_do_not_push_one_another_out() -> None:
    line, work = Line(1, 3), Work()
    for name in ("a", "b"):
        for number in range(2):
            join(line, work, name, f"{name}{number}")
    for name in ("a", "b"):
        with pytest.raises(BusyError):
            join(line, work, name, "more")
    assert sorted(finish(line, work)) == ["a0", "a1", "b0", "b1"]


def test_who_cancels_leaves_the_line_and_frees_the_place() -> None:
    line, work = Line(1, 1), Work()
    join(line, work, "a", "under way")
    waiting = join(line, work, "a", "waiting")
    assert waiting.cancel()
    assert len(line) == 1
    join(line, work, "a", "next")
    assert finish(line, work) == ["under way", "next"]
    with pytest.raises(CancelledError):
        waiting.result(0)


def test_a_failure_is_told_and_the_line_goes_on() -> None:
    def fail() -> str:
        raise ZeroDivisionError

    line, work = Line(1, 4), Work()
    with pytest.raises(ZeroDivisionError):
        line.join(fail, 1.0).result(5)
    join(line, work, "a", "next")
    assert finish(line, work) == ["next"]


def test_a_line_that_closes_finishes_what_is_under_way_and_gives_up_the_rest() -> None:
    line, work = Line(1, 4), Work()
    under_way, waiting = (join(line, work, "a", name) for name in ("under way", "waiting"))
    threading.Timer(0.05, work.gate.set).start()
    line.close()
    assert under_way.result(0) == "under way"
    with pytest.raises(BusyError):
        waiting.result(0)


def test_clients_that_are_gone_are_forgotten() -> None:
    line, work = Line(2, 64), Work()
    work.gate.set()
    for number in range(200):
        join(line, work, str(number), "x").result(5)
    finish(line, work)
    assert not line._held
    assert not line._turns


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::9", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", ""),
        ("testclient", "testclient"),
    ],
)
def test_a_client_is_known_by_what_it_cannot_change_at_will(host: str, name: str) -> None:
    assert client_name(host) == name

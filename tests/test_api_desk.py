"""The desk: a bounded line, time-outs, clients that leave, and a new index taken up."""

import asyncio
import gc
import hashlib
import logging
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from weakref import ref

import pytest
from fakes import FakeEmbedder, FakeReader, GatedAssistant
from starlette.requests import ClientDisconnect
from starlette.types import Message as AsgiMessage

from api.http.desk import Asking, Desk, Index, attended, warm_up, watch_index
from api.http.line import BusyError
from qa.assistant import Assistant
from qa.index import store
from qa.index.building import index_paths
from qa.index.disk.manifest import MANIFESTS
from qa.index.keeping.library import add_paths
from qa.index.store import current_name, read_snapshot
from qa.types import Answer, Message

ASKING = Asking([Message("user", "q")], 5)


def text_of(answer: Answer, _assistant: Assistant) -> str:
    return answer.text


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0.005)


def run(test: Awaitable[None]) -> None:
    async def bounded() -> None:
        async with asyncio.timeout(30):
            await test

    asyncio.run(bounded())


def test_an_answer_is_shown_and_told() -> None:
    told: list[Answer] = []
    assistant = GatedAssistant()
    assistant.gate.set()

    async def test() -> None:
        desk = Desk(assistant, answered=told.append)
        assert await desk.submit(ASKING, text_of).result() == "yes"
        await until(lambda: desk.under_way == 0)

    run(test())
    assert [answer.question for answer in told] == ["q"]


def test_the_line_is_bounded_and_empties() -> None:
    async def test() -> None:
        assistant = GatedAssistant()
        desk = Desk(assistant, threads=1, max_waiting=2)
        jobs = [asyncio.create_task(desk.submit(ASKING, text_of).result()) for _ in range(3)]
        assert desk.is_full
        with pytest.raises(BusyError, match="try again"):
            desk.submit(ASKING, text_of)
        assistant.gate.set()
        assert await asyncio.gather(*jobs) == ["yes"] * 3
        await until(lambda: desk.under_way == 0)
        assert await desk.submit(ASKING, text_of).result() == "yes"

    run(test())


def test_the_event_loop_is_free_while_questions_are_answered() -> None:
    async def test() -> None:
        assistant = GatedAssistant()
        desk = Desk(assistant, threads=2)
        jobs = [asyncio.create_task(desk.submit(ASKING, text_of).result()) for _ in range(2)]
        await until(lambda: assistant.started == 2)
        started = time.perf_counter()
        await asyncio.sleep(0)
        assert time.perf_counter() - started < 0.1
        assistant.gate.set()
        await asyncio.gather(*jobs)

    run(test())


def test_an_answer_that_takes_too_long_is_given_up_and_its_work_ends() -> None:
    async def test() -> None:
        assistant = GatedAssistant()
        desk = Desk(assistant, threads=1, seconds=0.05)
        with pytest.raises(BusyError, match=r"No answer within 0\.05 seconds"):
            await desk.submit(ASKING, text_of).result()
        assert desk.under_way == 1  # its thread is still taken, and says so
        assistant.gate.set()
        await until(lambda: desk.under_way == 0)
        assert (assistant.started, assistant.composed) == (1, 0)

    run(test())


def test_a_client_that_leaves_ends_the_work_and_leaves_the_line() -> None:
    async def test() -> None:
        assistant = GatedAssistant()
        desk = Desk(assistant, threads=1)
        left = asyncio.Event()

        async def receive() -> AsgiMessage:
            await left.wait()
            return {"type": "http.disconnect"}

        jobs = [desk.submit(ASKING, text_of) for _ in range(2)]
        waits = [asyncio.create_task(job.result_for(receive)) for job in jobs]
        await until(lambda: assistant.started == 1)
        left.set()
        outcomes = await asyncio.gather(*waits, return_exceptions=True)
        assert [type(outcome) for outcome in outcomes] == [ClientDisconnect] * 2
        await until(lambda: desk.under_way == 1)  # the second was only waiting
        assistant.gate.set()
        await until(lambda: desk.under_way == 0)
        assert (assistant.started, assistant.composed) == (1, 0)

    run(test())


def test_a_failure_reaches_who_waits() -> None:
    async def test() -> None:
        assistant = GatedAssistant(error=ZeroDivisionError("x"))
        assistant.gate.set()
        desk = Desk(assistant)
        with pytest.raises(ZeroDivisionError):
            await desk.submit(ASKING, text_of).result()
        await until(lambda: desk.under_way == 0)

    run(test())


@pytest.fixture
def index(tmp_path: Path) -> Path:
    (tmp_path / "one.txt").write_text("试点共有十六项措施。\n", encoding="utf-8")
    index_paths([tmp_path / "one.txt"], tmp_path / "index", FakeEmbedder())
    return tmp_path / "index"


def opened(index: Path) -> Assistant:
    return Assistant(read_snapshot(index), FakeEmbedder(), reader=FakeReader())


def test_warming_up_asks_in_every_script(index: Path) -> None:
    warm_up(opened(index))


def test_a_new_snapshot_is_taken_up(index: Path, tmp_path: Path) -> None:
    async def test() -> None:
        desk = Desk(opened(index))
        before = desk.assistant
        watching = asyncio.create_task(
            watch_index(desk, Index(index, current_name(index)), seconds=0.01)
        )
        await asyncio.sleep(0.1)
        assert desk.assistant is before
        (tmp_path / "two.txt").write_text("苏州排名第一。\n", encoding="utf-8")
        await asyncio.to_thread(add_paths, [tmp_path / "two.txt"], index, FakeEmbedder)
        await until(lambda: desk.assistant is not before)
        assert {document.source for document in desk.assistant.documents} == {"one.txt", "two.txt"}
        watching.cancel()

    run(test())


@pytest.fixture
def no_collector() -> Iterator[None]:
    """A service that nobody asks makes no garbage: nothing is collected by itself."""
    gc.disable()
    yield
    gc.enable()


@pytest.mark.usefixtures("no_collector")
def test_a_snapshot_that_is_replaced_is_let_go(index: Path, tmp_path: Path) -> None:
    """With its memory and its open files, however many there have been."""

    async def test() -> None:
        desk = Desk(opened(index))
        gone = []
        watching = asyncio.create_task(
            watch_index(desk, Index(index, current_name(index)), seconds=0.01)
        )
        for number in range(3):
            snapshot, before = ref(desk.assistant._snapshot), ref(desk.assistant)
            await desk.submit(ASKING, text_of).result()
            (tmp_path / f"{number}.txt").write_text(f"第{number}号。\n", encoding="utf-8")
            path = tmp_path / f"{number}.txt"
            await asyncio.to_thread(add_paths, [path], index, FakeEmbedder)
            await until(lambda before=before: before() is not desk.assistant)  # type: ignore[misc]
            gone.append(snapshot)
        await until(lambda: all(snapshot() is None for snapshot in gone))
        watching.cancel()

    run(test())


def nest_manifest(index: Path) -> None:
    """What fails with no error of ours."""
    nested = b"[" * 100_000
    name = hashlib.sha256(nested).hexdigest()[:32]
    (index / MANIFESTS / f"{name}.json").write_bytes(nested)
    (index / "CURRENT").write_text(name)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda index: (index / "CURRENT").unlink(),
        lambda index: ((index / "CURRENT").unlink(), (index / "CURRENT").mkdir()),
        lambda index: (index / "CURRENT").write_bytes(b"\xff\xfe" * 20),
        nest_manifest,
    ],
    ids=["gone", "a folder", "no text", "nested"],
)
def test_whatever_happens_to_the_folder_the_watch_goes_on(
    index: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture, spoil: Callable[[Path], object]
) -> None:
    async def test() -> None:
        desk = Desk(opened(index))
        before, current = desk.assistant, index / "CURRENT"
        watching = asyncio.create_task(
            watch_index(desk, Index(index, current_name(index)), seconds=0.01)
        )
        spoil(index)
        await until(lambda: bool(caplog.records))
        assert not watching.done()
        if current.is_dir():
            current.rmdir()
        current.unlink(missing_ok=True)
        index_paths([tmp_path / "one.txt"], index, FakeEmbedder())
        await until(lambda: desk.assistant is not before)
        watching.cancel()

    with caplog.at_level(logging.INFO, "wenzheng.desk"):
        run(test())
    told = [record.message for record in caplog.records]
    assert told == ["index not taken up", "index taken up"]


def test_an_index_that_cannot_be_read_leaves_the_old_one_and_is_told_once(
    index: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def test() -> None:
        desk = Desk(opened(index))
        before = desk.assistant
        good = (index / "CURRENT").read_text()
        async with attended(desk, None):
            watching = asyncio.create_task(watch_index(desk, Index(index, good), seconds=0.01))
            (index / "CURRENT").write_text("0" * 32)
            await until(lambda: bool(caplog.records))
            await asyncio.sleep(0.1)
            assert desk.assistant is before
            index_paths([tmp_path / "one.txt"], index, FakeEmbedder())
            await until(lambda: desk.assistant is not before)
            watching.cancel()

    with caplog.at_level(logging.INFO, "wenzheng.desk"):
        run(test())
    assert [record.message for record in caplog.records] == ["index not taken up", "index taken up"]
    assert store.exists(index)

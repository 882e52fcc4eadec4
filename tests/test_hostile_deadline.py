"""A question that takes longer than it may: its work ends by itself, and the thread is free."""

import asyncio
import threading
import time
from collections.abc import Sequence

import pytest
from fakes import FakeEmbedder, FakeReader, make_document

from api.http.desk import Asking, Desk
from api.http.line import BusyError
from embeddings.types import Reading, ReadPassage
from qa.assistant import Assistant
from qa.corpus.passages import split_document
from qa.deadline import Deadline
from qa.errors import OverdueError
from qa.index.building import make_snapshot
from qa.types import Answer, Message

EMBEDDER = FakeEmbedder()
TEXT = "苏州市补贴办法\n第一条 每户每月补贴2000元。\n第二条 补贴由区里在5个工作日内发放。"
TURNS = [
    Message("user", "苏州市的补贴是多少？"),
    Message("assistant", "2000元"),
    Message("user", "多少钱，几天发放，谁发放？"),  # of two readings, and of three parts
]


class SlowReader(FakeReader):
    """Counts how often it reads, and takes its time where it shall."""

    def __init__(self, seconds: float = 0.0) -> None:
        super().__init__()
        self.times = 0
        self._seconds = seconds

    def read(self, question: str, passages: Sequence[ReadPassage]) -> list[Reading]:
        self.times += 1
        time.sleep(self._seconds)
        return super().read(question, passages)


def assistant_of(reader: SlowReader) -> Assistant:
    document = make_document(TEXT)
    return Assistant(
        make_snapshot([document], split_document(document), EMBEDDER), EMBEDDER, reader=reader
    )


def test_a_deadline_is_over_after_its_seconds_or_when_nobody_waits() -> None:
    Deadline().check()
    late = Deadline(60)
    late.check()
    late.end()
    for over in (late, Deadline(0)):
        with pytest.raises(OverdueError, match="longer than it may"):
            over.check()


def test_an_answer_in_time_is_read_step_by_step() -> None:
    reader = SlowReader()
    assistant_of(reader).ask(TURNS, deadline=Deadline(60))
    assert reader.times > 3


def test_work_ends_at_the_step_in_which_its_time_is_over() -> None:
    reader = SlowReader(0.1)
    with pytest.raises(OverdueError):
        assistant_of(reader).ask(TURNS, deadline=Deadline(0.05))
    assert reader.times == 1


def test_nothing_is_read_for_a_question_whose_time_was_over_in_the_line() -> None:
    reader = SlowReader()
    with pytest.raises(OverdueError):
        assistant_of(reader).ask(TURNS, deadline=Deadline(0))
    assert reader.times == 0


def answer_of(answer: Answer, _assistant: Assistant) -> str:
    return answer.text


def test_a_thread_is_free_again_though_no_event_loop_tells_it() -> None:
    reader = SlowReader(0.1)
    desk = Desk(assistant_of(reader), threads=1, seconds=0.05)
    desk.submit(Asking(TURNS, 5), answer_of)
    desk.close()  # as at SIGTERM: waits for what is under way
    assert desk.under_way == 0
    assert reader.times == 1


def test_who_waits_is_told_that_it_took_too_long() -> None:
    desk = Desk(assistant_of(SlowReader(0.3)), threads=1, seconds=0.2)
    job = desk.submit(Asking(TURNS, 5), answer_of)
    desk.close()  # the work has ended before anybody looks
    with pytest.raises(BusyError, match=r"No answer within 0\.2 seconds"):
        asyncio.run(job.result())


def test_what_waits_behind_it_has_its_turn() -> None:
    reader, reached = SlowReader(0.2), threading.Event()
    desk = Desk(assistant_of(reader), threads=1, seconds=0.1)
    desk.submit(Asking(TURNS, 5), answer_of)
    desk.look_up(lambda _: reached.set())
    assert reached.wait(10)
    assert reader.times == 1
    desk.close()

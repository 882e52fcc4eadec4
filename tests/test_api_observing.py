"""What keepers see: request ids, JSON logs without questions, metrics, health."""

import json
import logging
import re
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO
from pathlib import Path
from typing import TextIO

import httpx
import pytest
from fakes import GatedAssistant
from fastapi.testclient import TestClient
from prometheus_client.parser import text_string_to_metric_families
from serving import process, served

from api.http.app import create_app
from api.http.observing import JsonFormatter, logging_as_json
from api.http.service import ServiceSettings
from qa.assistant import Assistant

QUESTION = "国家级经开区有多少家？"
UNANSWERED = "Who won the 1966 world cup?"


def body(question: str) -> dict[str, object]:
    return {"messages": [{"role": "user", "content": question}]}


class Log:
    """What `serve` would have written."""

    def __init__(self) -> None:
        self.stream = StringIO()

    def entries(self, count: int) -> list[dict[str, object]]:
        """Wait for so many lines and return them."""
        deadline = time.monotonic() + 10
        while self.stream.getvalue().count("\n") < count:
            assert time.monotonic() < deadline
            time.sleep(0.01)
        return [json.loads(line) for line in self.stream.getvalue().splitlines()]


@contextmanager
def own_logging(stream: TextIO) -> Iterator[None]:
    """Log as `serve` does, and afterwards as pytest does."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    root.handlers.clear()  # or they would be closed
    with logging_as_json(stream):
        yield
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.fixture
def log() -> Iterator[Log]:
    log = Log()
    with own_logging(log.stream):
        yield log


def figures(text: str) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_a_request_id_is_honoured_where_it_is_sane(assistant: Assistant) -> None:
    client = TestClient(create_app(assistant))
    for sane in ("a", "8f14e45f-ceea-467f", "A.b_c:1/2+3=", "x" * 64):
        response = client.get("/health", headers={"x-request-id": sane})
        assert response.headers["x-request-id"] == sane
    made = set()
    for odd in ("", "x" * 65, "a b", 'a"b', "问", "a;b", "<b>"):
        response = client.get("/health", headers={b"x-request-id": odd.encode()})
        made.add(response.headers["x-request-id"])
    assert len(made) == 7
    assert all(re.fullmatch("[0-9a-f]{32}", one) for one in made)


@pytest.mark.parametrize("stream", [False, True])
def test_a_question_is_logged_without_its_text(
    assistant: Assistant, log: Log, stream: bool
) -> None:
    client = TestClient(create_app(assistant))
    headers = {"x-request-id": "mine"}
    client.post("/chat", json={**body(QUESTION), "stream": stream}, headers=headers)
    client.get("/documents/nope")
    answer, request, missing = log.entries(3)
    assert (answer["event"], answer["language"], answer["status"]) == (
        *("answer", "zh-Hans", "grounded"),
    )
    assert request["event"] == "request"
    assert (request["method"], request["route"], request["status"]) == ("POST", "/chat", 200)
    assert answer["request_id"] == request["request_id"] == "mine"
    assert (missing["route"], missing["status"]) == ("/documents/{document_id}", 404)
    assert all(entry["level"] == "info" and entry["time"] for entry in log.entries(3))
    assert QUESTION[:4] not in log.stream.getvalue()


def test_a_question_is_logged_where_it_is_asked_for(assistant: Assistant, log: Log) -> None:
    client = TestClient(create_app(assistant, ServiceSettings(log_questions=True)))
    client.post("/chat", json=body(QUESTION))
    assert log.entries(1)[0]["question"] == QUESTION


def test_an_entry_is_one_line_to_every_reader() -> None:
    question = "一\u2028二\u2029三\x85四\x9b31m\u202e五\ud800"
    record = logging.makeLogRecord({"msg": "answer", "fields": {"question": question}})
    line = JsonFormatter().format(record)
    assert line.splitlines() == [line]
    assert not set(line) & set("\u2028\u2029\x85\x9b\u202e")
    line.encode()
    assert json.loads(line)["question"] == question


def test_a_failure_is_logged_with_its_traceback(log: Log) -> None:
    assistant = GatedAssistant(error=ZeroDivisionError("why"))
    assistant.gate.set()
    with served(create_app(assistant)) as address:
        headers = {"x-request-id": "mine"}
        for stream in (True, False):
            httpx.post(f"{address}/chat", json={**body("q"), "stream": stream}, headers=headers)
    failed = [entry for entry in log.entries(4) if entry["level"] == "error"]
    assert [entry["request_id"] for entry in failed] == ["mine", "mine"]
    assert all("ZeroDivisionError: why" in str(entry["exception"]) for entry in failed)


class Stopped(StringIO):
    """A terminal that shows nothing until it is told to go on."""

    def __init__(self) -> None:
        super().__init__()
        self.going_on = threading.Event()

    def write(self, text: str) -> int:
        assert self.going_on.wait(30)
        return super().write(text)


def test_a_stopped_terminal_does_not_stop_the_service() -> None:
    assistant, terminal = GatedAssistant(), Stopped()
    assistant.gate.set()
    with own_logging(terminal):
        client = TestClient(create_app(assistant))
        assert [client.get("/health").status_code for _ in range(10)] == [200] * 10
        terminal.going_on.set()
    assert terminal.getvalue().count("\n") == 10


def test_the_metrics_count_what_happened(assistant: Assistant) -> None:
    client = TestClient(create_app(assistant))
    for question in (QUESTION, QUESTION, UNANSWERED):
        client.post("/chat", json=body(question))
    client.post("/chat", json={})
    client.post("/v1/chat/completions", json=body(QUESTION))
    client.get("/documents/nope")
    client.get("/wp-login.php")
    client.request("BREW", "/chat")
    response = client.get("/metrics")
    assert response.headers["content-type"].startswith("text/plain; version=")
    found = figures(response.text)

    def requests(method: str, route: str, status: int) -> float:
        labels = (("method", method), ("route", route), ("status", str(status)))
        return found["wenzheng_requests_total", labels]

    assert requests("POST", "/chat", 200) == 3
    assert requests("POST", "/chat", 422) == 1
    assert requests("POST", "/v1/chat/completions", 200) == 1
    assert requests("GET", "/documents/{document_id}", 404) == 1
    assert requests("GET", "none", 404) == 1
    assert requests("other", "/chat", 405) == 1

    def answers(language: str, status: str) -> float:
        return found["wenzheng_answers_total", (("language", language), ("status", status))]

    assert answers("zh-Hans", "grounded") == 3
    assert answers("en", "no_answer") == 1
    for stage in ("embed", "search", "answer"):
        assert found["wenzheng_stage_seconds_count", (("stage", stage),)] == 4
        assert 0 < found["wenzheng_stage_seconds_sum", (("stage", stage),)] < 10
    assert found["wenzheng_documents", ()] == len(assistant.documents)
    assert found["wenzheng_passages", ()] == assistant.passage_count > len(assistant.documents)
    assert found["wenzheng_questions_under_way", ()] == 0


def test_two_services_count_apart(assistant: Assistant) -> None:
    one, other = (TestClient(create_app(assistant)) for _ in range(2))
    one.post("/chat", json=body(QUESTION))
    assert "wenzheng_answers_total{" in one.get("/metrics").text
    assert "wenzheng_answers_total{" not in other.get("/metrics").text


def test_a_full_line_is_not_ready_but_healthy() -> None:
    assistant = GatedAssistant()
    settings = ServiceSettings(threads=1, max_waiting=0, answer_seconds=0.2)
    with served(create_app(assistant, settings)) as address:
        assert httpx.get(f"{address}/ready").json() == {"status": "ready"}
        httpx.post(f"{address}/chat", json=body("q"))  # given up, but its thread is still taken
        busy = httpx.get(f"{address}/ready")
        assert (busy.status_code, busy.json()) == (503, {"status": "busy"})
        turned_away = httpx.post(f"{address}/chat", json=body("q"))
        assert (turned_away.status_code, turned_away.headers["retry-after"]) == (503, "1")
        assert httpx.get(f"{address}/health").status_code == 200
        assistant.gate.set()


@pytest.mark.slow
def test_serve_writes_json_lines_and_finishes_what_is_under_way(seed_index: Path) -> None:
    arguments = ["serve", "--port", "0", "--index", str(seed_index)]
    with process(*arguments) as (child, address):
        with httpx.stream("POST", f"{address}/chat", json={**body(QUESTION), "stream": True}) as r:
            child.terminate()
            assert "event: done" in list(r.iter_lines())
        out, error = child.communicate(timeout=30)
        assert out == ""
        lines = [json.loads(line) for line in error.splitlines()]
        assert [line["event"] for line in lines] == ["answer", "request"]
    assert sys.platform == "win32" or child.returncode in (0, -15, 143)

"""Streamed answers: the order of events, the text they make, and clients that go away."""

import json
import socket
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from fakes import GatedAssistant, make_led_answer, texts
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st
from serving import served

from api.http.app import create_app
from api.http.service import ServiceSettings
from api.markers import find_markers, sentences
from qa.assistant import Assistant

QUESTIONS = [
    "国家级经开区有多少家？",
    "國家級經開區有多少家？",
    "How many national development zones are there?",
    "List the 16 measures of the work plan.",
    "Who won the 1966 world cup?",
]


def body(question: str, **fields: object) -> dict[str, object]:
    return {"messages": [{"role": "user", "content": question}], **fields}


def parse(stream: str) -> list[tuple[str, dict[str, Any]]]:
    """The events of a stream, read as the standard says."""
    events = []
    for block in stream.split("\n\n")[:-1]:
        fields = dict(line.split(": ", 1) for line in block.split("\n"))
        events.append((fields["event"], json.loads(fields["data"])))
    return events


@pytest.fixture(scope="module")
def client(assistant: Assistant) -> TestClient:
    return TestClient(create_app(assistant))


@pytest.mark.parametrize("question", QUESTIONS)
def test_the_events_come_in_order_and_make_the_answer(client: TestClient, question: str) -> None:
    whole = client.post("/chat", json=body(question)).json()
    response = client.post("/chat", json=body(question, stream=True))
    assert response.headers["content-type"].startswith("text/event-stream")
    events = parse(response.text)
    names = [name for name, _ in events]
    assert names[:2] == ["status", "passages"]
    assert set(names[2:-1]) <= {"citation", "delta"}
    assert names[-1] == "done"
    assert events[0][1] == {"stage": "searching"}
    assert events[1][1] == {"passages": whole["passages"]}
    assert [data for name, data in events if name == "citation"] == whole["citations"]
    assert "".join(data["text"] for name, data in events if name == "delta") == whole["answer"]
    done = events[-1][1]
    assert list(done) == list(whole)
    assert {**done, "timings_ms": None} == {**whole, "timings_ms": None}


def test_a_citation_comes_before_the_delta_that_mentions_it(client: TestClient) -> None:
    cited: set[int] = set()
    mentions = 0
    for question in QUESTIONS:
        cited.clear()
        for name, data in parse(client.post("/chat", json=body(question, stream=True)).text):
            if name == "citation":
                cited.add(data["index"])
            if name == "delta":
                markers = find_markers(data["text"], range(1, 10))
                mentions += len(markers)
                assert {marker.index for marker in markers} <= cited
    assert mentions >= 3


def test_the_short_answer_is_the_first_piece_and_in_the_last_event() -> None:
    assistant = GatedAssistant(answer=make_led_answer)
    assistant.gate.set()
    client = TestClient(create_app(assistant))
    events = parse(client.post("/chat", json=body("q", stream=True)).text)
    assert [name for name, _ in events][2:5] == ["citation", "delta", "delta"]
    assert events[3] == ("delta", {"text": "每月2000元 [1]"})
    assert events[-1][1]["short_answer"] == "每月2000元"


def test_a_question_that_cannot_be_asked_is_refused_before_the_stream(client: TestClient) -> None:
    response = client.post("/chat", json=body(" ", stream=True))
    assert response.status_code == 422
    assert response.json()["detail"][0]["loc"] == ["body", "messages", 0, "content"]


def test_a_failure_while_streaming_is_an_event_that_tells_no_details() -> None:
    assistant = GatedAssistant(error=ZeroDivisionError("secret"))
    assistant.gate.set()
    events = parse(
        TestClient(create_app(assistant)).post("/chat", json=body("q", stream=True)).text
    )
    assert events == [
        ("status", {"stage": "searching"}),
        ("error", {"detail": "The service failed; see its log."}),
    ]


def test_a_stream_that_takes_too_long_ends_with_an_error() -> None:
    assistant = GatedAssistant()
    client = TestClient(create_app(assistant, ServiceSettings(answer_seconds=0.05)))
    events = parse(client.post("/chat", json=body("q", stream=True)).text)
    assistant.gate.set()
    assert [name for name, _ in events] == ["status", "error"]
    assert "0.05 seconds" in events[1][1]["detail"]


@given(text=texts, numbers=st.sets(st.integers(0, 9)))
def test_the_pieces_of_any_answer_make_it_again(text: str, numbers: set[int]) -> None:
    marked = text.replace("。", " [1] ").replace("5", "[3][2]\n")
    markers = find_markers(marked, numbers)
    pieces = list(sentences(marked, markers))
    assert "".join(piece for piece, _ in pieces) == marked
    assert [index for _, named in pieces for index in named] == [m.index for m in markers]
    assert all(marked[m.start : m.end] == f"[{m.index}]" for m in markers)


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("", []),
        ("No.", ["No."]),
        ("232 [1]\nThere are 232. [1]", ["232 [1]", "\nThere are 232. [1]"]),
        ("是 [1]\n题\n一。 [1]\n- 二 [2]", ["是 [1]", "\n题\n一。 [1]", "\n- 二 [2]"]),
        ("One. [1]", ["One. [1]"]),
        ("一。 [1] 二。 [2]", ["一。 [1]", " 二。 [2]"]),
        ("Both. [1][2] End", ["Both. [1][2]", " End"]),
        ("A note[1] here. [1]\n- b [2]", ["A note[1] here. [1]", "\n- b [2]"]),
        ("Not cited [7]. So [1]", ["Not cited [7]. So [1]"]),
    ],
)
def test_an_answer_is_cut_behind_its_markers(text: str, pieces: list[str]) -> None:
    assert [piece for piece, _ in sentences(text, find_markers(text, {1, 2}))] == pieces


@pytest.fixture
def gated() -> Iterator[tuple[GatedAssistant, str]]:
    """An assistant that waits, behind a real service with one thread."""
    assistant = GatedAssistant()
    with served(create_app(assistant, ServiceSettings(threads=1, max_waiting=2))) as address:
        yield assistant, address
        assistant.gate.set()


def wait_for(figure: str, address: str) -> None:
    """Wait until the metrics hold a line."""
    deadline = time.monotonic() + 10
    while figure not in httpx.get(f"{address}/metrics").text:
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_the_first_event_comes_before_the_answer(gated: tuple[GatedAssistant, str]) -> None:
    assistant, address = gated
    with httpx.stream("POST", f"{address}/chat", json=body("q", stream=True)) as response:
        lines = response.iter_lines()
        assert next(lines) == "event: status"
        assert not assistant.gate.is_set()
        assistant.gate.set()
        assert "event: done" in list(lines)


@pytest.mark.parametrize("stream", [True, False])
def test_a_client_that_goes_away_stops_the_work(
    gated: tuple[GatedAssistant, str], stream: bool
) -> None:
    assistant, address = gated
    place = urlsplit(address)
    request = json.dumps(body("q", stream=stream)).encode()
    head = f"POST /chat HTTP/1.1\r\nHost: {place.netloc}\r\nContent-Type: application/json\r\n"
    connections = []
    for _ in range(2):  # one in the thread, one in the line
        connection = socket.create_connection((place.hostname, place.port))
        connection.sendall(f"{head}Content-Length: {len(request)}\r\n\r\n".encode() + request)
        connections.append(connection)
    wait_for("wenzheng_questions_under_way 2.0", address)
    for connection in connections:
        connection.close()
    wait_for("wenzheng_questions_under_way 1.0", address)  # out of the line at once
    assistant.gate.set()
    wait_for("wenzheng_questions_under_way 0.0", address)
    assert (assistant.started, assistant.composed) == (1, 0)


@pytest.mark.slow
def test_the_first_byte_comes_at_once(assistant: Assistant) -> None:
    """At most 30 ms at the median (50 here, where other tests may run beside this one)."""
    with served(create_app(assistant)) as address, httpx.Client(base_url=address) as client:
        took = []
        for question in QUESTIONS * 10:
            started = time.perf_counter()
            with client.stream("POST", "/chat", json=body(question, stream=True)) as response:
                received = response.iter_raw()
                next(received)
                took.append(time.perf_counter() - started)
                list(received)
    assert sorted(took)[len(took) // 2] < 0.05

"""Connections as attackers and odd clients hold them: unread, half closed, too many."""

import json
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from fakes import GatedAssistant, make_answer
from fastapi.testclient import TestClient
from serving import process, served
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from api.http.app import create_app
from api.http.connections import PunctualProtocol
from api.http.limits import RateLimit
from api.http.service import ServiceSettings
from qa.types import Answer


def question(text: str) -> dict[str, object]:
    return {"messages": [{"role": "user", "content": text}]}


QUESTION = question("q")
MUCH = 64 * 2**20
OTHER = "127.0.0.2"
"""Another client than 127.0.0.1, as the service sees it."""


async def much(_request: Request) -> Response:
    return Response(b"x" * MUCH)


async def well(_request: Request) -> PlainTextResponse:
    return PlainTextResponse("well")


APP = Starlette(routes=[Route("/much", much), Route("/", well, methods=["GET", "POST"])])


class HastyProtocol(PunctualProtocol):
    unread_seconds = 0.3


@contextmanager
def connected(address: str, client: str = "127.0.0.1") -> Iterator[socket.socket]:
    place = urlsplit(address)
    with socket.create_connection((place.hostname, place.port), 10, (client, 0)) as connection:
        yield connection


def get(path: str) -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()


def post(body: object) -> bytes:
    content = json.dumps(body).encode()
    head = "POST /chat HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    return f"{head}Content-Length: {len(content)}\r\n\r\n".encode() + content


def received(connection: socket.socket) -> bytes:
    """All that comes until the other side closes."""
    return b"".join(iter(lambda: connection.recv(1_000_000), b""))


def test_an_answer_that_is_never_read_is_given_up() -> None:
    with served(APP, http=HastyProtocol) as address, connected(address) as connection:
        connection.sendall(get("/much"))
        time.sleep(1)
        assert len(received(connection)) < MUCH


def test_an_answer_that_is_read_slowly_arrives() -> None:
    with served(APP, http=HastyProtocol) as address, connected(address) as connection:
        connection.sendall(get("/much"))
        size, end = 0, time.monotonic() + 1
        while time.monotonic() < end:
            size += len(connection.recv(500_000))
            time.sleep(0.01)
        while size < MUCH:
            piece = connection.recv(1_000_000)
            assert piece
            size += len(piece)


@pytest.mark.parametrize("seconds", [0.0, 0.2])
def test_who_has_said_all_and_still_reads_gets_the_answer(seconds: float) -> None:
    assistant = GatedAssistant(seconds=seconds)
    assistant.gate.set()
    with served(create_app(assistant)) as address, connected(address) as connection:
        connection.sendall(post(QUESTION))
        connection.shutdown(socket.SHUT_WR)
        started = time.monotonic()
        assert received(connection).startswith(b"HTTP/1.1 200")
        assert time.monotonic() - started < 4  # and is not kept waiting for the end


def test_half_a_request_and_the_end_of_it_closes_the_connection() -> None:
    with served(create_app(GatedAssistant())) as address, connected(address) as connection:
        connection.sendall(post(QUESTION)[:-5])
        connection.shutdown(socket.SHUT_WR)
        assert received(connection) == b""


class CrowdedProtocol(PunctualProtocol):
    """As if ten connections were all there can be."""

    def connection_made(self, transport: object) -> None:
        self.limit_concurrency = 10
        super().connection_made(transport)  # type: ignore[arg-type]


def test_one_client_cannot_take_every_connection() -> None:
    with served(APP, http=CrowdedProtocol) as address, ExitStack() as stack:
        for _ in range(9):
            stack.enter_context(connected(address))
        time.sleep(0.2)
        other = stack.enter_context(connected(address, OTHER))
        other.sendall(get("/"))
        assert other.recv(1000).startswith(b"HTTP/1.1 200")


@pytest.mark.parametrize(
    ("much", "little", "before"),
    [
        ([f"a{number}" for number in range(20)], ["b"], 2),
        ([f"{number}{'x' * 1_990}" for number in range(3)], ["a", "b", "c", "d"], 5),
    ],
    ids=["many", "long"],
)
def test_who_asks_little_does_not_wait_behind_all_that_another_asks(
    much: list[str], little: list[str], before: int
) -> None:
    asked: list[str] = []

    def note(text: str) -> Answer:
        asked.append(text)
        return make_answer(text)

    assistant = GatedAssistant(answer=note)
    app = create_app(assistant, ServiceSettings(requests_per_minute=0, threads=1))
    with served(app) as address, ExitStack() as stack:
        waiting, late = [], time.monotonic() + 20
        for client, text in [("127.0.0.1", text) for text in much] + [(OTHER, t) for t in little]:
            waiting.append(stack.enter_context(connected(address, client)))
            waiting[-1].sendall(post(question(text)))
            under_way = f"questions_under_way {len(waiting)}.0"
            while under_way not in httpx.get(f"{address}/metrics").text:
                assert time.monotonic() < late
        assistant.gate.set()
        assert all(one.recv(1000).startswith(b"HTTP/1.1 200") for one in waiting)
    assert max(map(asked.index, little)) < before


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/", 200),
        ("/health", 200),
        ("/documents", 200),
        ("/openapi.json", 200),
        ("/v1/models", 200),
        ("/nope", 404),
        ("/chat", 405),
    ],
)
def test_head_is_get_without_the_body(path: str, status: int) -> None:
    with served(create_app(GatedAssistant())) as address, httpx.Client(base_url=address) as client:
        head, whole = client.head(path), client.get(path)
        assert (head.status_code, head.content) == (status, b"")
        volatile = {"date", "x-request-id"}
        names = set(head.headers) - volatile
        assert names == set(whole.headers) - volatile
        assert {n: head.headers[n] for n in names} == {n: whole.headers[n] for n in names}


def test_head_is_counted_by_its_route() -> None:
    client = TestClient(create_app(GatedAssistant()))
    client.head("/health")
    assert 'method="HEAD",route="/health",status="200"' in client.get("/metrics").text


@pytest.mark.slow
def test_what_anyone_says_of_who_asks_counts_for_nothing(seed_index: Path) -> None:
    with process_limited(seed_index) as address:
        statuses = [asked(address, f"198.51.100.{number}") for number in range(4)]
    assert statuses == [200, 200, 429, 429]


@pytest.mark.slow
def test_a_proxy_that_is_named_is_believed_in_what_it_adds(seed_index: Path) -> None:
    with process_limited(seed_index, "--proxy", "127.0.0.1") as address:
        apart = [asked(address, f"198.51.100.{number}") for number in range(4)]
        # What stood there before the proxy added to it is the client's own word.
        forged = [asked(address, f"203.0.113.{number}, 198.51.100.77") for number in range(4)]
    assert apart == [200] * 4
    assert forged == [200, 200, 429, 429]


@contextmanager
def process_limited(index: Path, *options: str) -> Iterator[str]:
    arguments = ["serve", "--port", "0", "--rate-limit", "2", "--index", str(index), *options]
    with process(*arguments, FORWARDED_ALLOW_IPS="*") as (_, address):
        yield address


def asked(address: str, forwarded: str) -> int:
    body = {"messages": [{"role": "user", "content": "国家级经开区有多少家？"}]}
    headers = {"X-Forwarded-For": forwarded}
    return httpx.post(f"{address}/chat", json=body, headers=headers, timeout=30).status_code


@pytest.mark.parametrize("path", ["/documents", "/openapi.json", "/v1/models", "/metrics"])
def test_reading_has_a_limit_too_and_the_page_has_none(path: str) -> None:
    client = TestClient(create_app(GatedAssistant(), ServiceSettings(requests_per_minute=1)))
    statuses = [client.get(path).status_code for _ in range(11)]
    assert statuses[-1] == 429
    assert 429 not in statuses[:-1]
    for free in ("/", "/health", "/ready", "/page/main.js"):
        assert client.get(free).status_code == 200


def test_questions_and_reading_are_counted_apart() -> None:
    client = TestClient(RateLimit(APP, per_minute=1))
    assert [client.post("/").status_code for _ in range(2)] == [200, 429]
    assert client.get("/much").status_code == 200

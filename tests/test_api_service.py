"""Who may ask and how often: the token, the names served, rate, time, CORS, headers."""

import re
import socket
import time
from base64 import b64encode
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from fakes import FakeEmbedder, FakeReader, GatedAssistant
from fastapi.testclient import TestClient
from serving import process, served, start
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from api.http.app import create_app
from api.http.connections import PunctualProtocol
from api.http.limits import BodyLimit, Rate, RateLimit
from api.http.service import SECURITY_HEADERS, ExposureError, ServiceSettings, exposed
from qa.assistant import Assistant
from qa.index.building import index_paths
from qa.index.store import read_snapshot

TOKEN = "a-token-for-the-tests"  # noqa: S105
QUESTION = {"messages": [{"role": "user", "content": "q"}]}
PAGE = "<!doctype html><title>page</title>"


def answering() -> GatedAssistant:
    assistant = GatedAssistant()
    assistant.gate.set()
    return assistant


def client_of(settings: ServiceSettings | None = None) -> TestClient:
    return TestClient(create_app(answering(), settings))


def basic(password: str) -> str:
    return "Basic " + b64encode(f"someone:{password}".encode()).decode()


@pytest.mark.parametrize(
    ("authorization", "status"),
    [
        (f"Bearer {TOKEN}", 200),
        (f"bearer  {TOKEN} ", 200),
        (basic(TOKEN), 200),
        (None, 401),
        ("", 401),
        ("Bearer", 401),
        (f"Bearer {TOKEN}x", 401),
        (f"Bearer {TOKEN[:-1]}", 401),
        (TOKEN, 401),
        (basic("wrong"), 401),
        (f"Basic {TOKEN}", 401),
        ("Basic ÿ", 401),
        ("Bearer 问", 401),
    ],
)
def test_the_token_opens_the_service(authorization: str | None, status: int) -> None:
    client = client_of(ServiceSettings(token=TOKEN))
    headers = {} if authorization is None else {b"authorization": authorization.encode()}
    response = client.post("/chat", json=QUESTION, headers=headers)
    assert response.status_code == status
    if status == 401:
        challenges = response.headers.get_list("www-authenticate")
        assert [challenge.split()[0] for challenge in challenges] == ["Basic", "Bearer"]
        assert "Authorization: Bearer" in response.json()["detail"]


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/health", 200),
        ("/ready", 200),
        ("/", 401),
        ("/page/index.html", 401),
        ("/documents", 401),
        ("/metrics", 401),
        ("/openapi.json", 401),
        ("/health/", 401),
        ("/nope", 401),
    ],
)
def test_only_health_is_told_without_the_token(path: str, status: int) -> None:
    client = client_of(ServiceSettings(token=TOKEN))
    assert client.get(path, follow_redirects=False).status_code == status


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "LOCALHOST", "::1", "127.0.0.9"])
def test_loopback_needs_no_token_and_answers_to_its_own_names_only(host: str) -> None:
    settings = exposed(ServiceSettings(), {}, host=host, without_token=False)
    assert settings.token == ""
    client = client_of(settings)
    for name in ("localhost", "127.0.0.1:8000", "[::1]:8000"):
        assert client.get("/documents", headers={"host": name}).status_code == 200
    for name in ("evil.example", "127.0.0.1.evil.example", "localhost.evil.example:8000"):
        assert client.get("/documents", headers={"host": name}).status_code == 400


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "example.com", ""])  # noqa: S104
def test_beyond_loopback_a_token_or_the_flag_is_demanded(host: str) -> None:
    with pytest.raises(ExposureError, match=r"WENZHENG_TOKEN.*--without-token"):
        exposed(ServiceSettings(), {}, host=host, without_token=False)
    closed = {"WENZHENG_TOKEN": TOKEN}
    settings = exposed(ServiceSettings(), closed, host=host, without_token=False)
    assert (settings.token, settings.hosts) == (TOKEN, ("*",))
    settings = exposed(ServiceSettings(), {}, host=host, without_token=True)
    assert (settings.token, settings.hosts) == ("", ("*",))


@pytest.mark.parametrize("token", ["short", "x" * 15])
def test_a_short_token_is_refused(token: str) -> None:
    with pytest.raises(ExposureError, match="16 characters"):
        exposed(ServiceSettings(), {"WENZHENG_TOKEN": token}, host="localhost", without_token=False)


def test_serve_will_not_open_the_door_by_mistake(tmp_path: Path) -> None:
    arguments = ["serve", "--host", "0.0.0.0", "--index", str(tmp_path)]  # noqa: S104
    with start(*arguments, WENZHENG_TOKEN="") as child:
        out, error = child.communicate(timeout=30)
    assert (child.returncode, out) == (1, "")
    assert error.startswith("Error: Serving on 0.0.0.0 lets other machines ask.")


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


async def well(_request: Request) -> PlainTextResponse:
    return PlainTextResponse("well")


WELL = Starlette(routes=[Route("/", well, methods=["GET", "POST"])])


def test_a_client_may_ask_so_many_times_a_minute() -> None:
    """As a table: per minute 3, so one more is due every 20 seconds."""
    clock = Clock()
    client = TestClient(RateLimit(WELL, per_minute=3, clock=clock))
    outcomes = []
    for second in (0, 0, 0, 0, 19, 20, 20, 41, 200, 200, 200, 200):
        clock.now = 1000.0 + second
        response = client.post("/")
        outcomes.append((second, response.status_code, response.headers.get("retry-after")))
    assert outcomes == [
        *[(0, 200, None)] * 3,
        (0, 429, "20"),
        (19, 429, "1"),
        (20, 200, None),
        (20, 429, "20"),
        (41, 200, None),
        *[(200, 200, None)] * 3,
        (200, 429, "20"),
    ]


def test_clients_are_limited_apart_and_reading_is_free() -> None:
    limited = RateLimit(WELL, per_minute=1, clock=Clock())
    one, other = (TestClient(limited, client=(host, 1)) for host in ("10.0.0.1", "10.0.0.2"))
    assert [one.post("/").status_code for _ in range(2)] == [200, 429]
    assert other.post("/").status_code == 200
    assert one.get("/").status_code == 200


def test_clients_of_long_ago_are_forgotten() -> None:
    clock = Clock()
    rate = Rate(60, clock)
    for number in range(10_001):
        clock.now += 0.5
        assert rate.seconds_to_wait(str(number)) == 0
    assert len(rate._due) < 10


def test_a_crowd_of_clients_is_not_remembered_without_end_and_a_busy_one_is() -> None:
    rate = Rate(60, Clock())
    assert [rate.seconds_to_wait("busy") > 0 for _ in range(61)] == [False] * 60 + [True]
    for number in range(30_000):
        assert rate.seconds_to_wait(str(number)) == 0
    assert len(rate._due) <= 10_000
    assert rate.seconds_to_wait("busy") > 0


def test_no_limit_is_no_limit() -> None:
    client = TestClient(RateLimit(WELL, per_minute=0, clock=Clock()))
    assert {client.post("/").status_code for _ in range(100)} == {200}


def test_a_body_that_dribbles_in_is_given_up() -> None:
    with served(Starlette(routes=WELL.routes)) as address:
        assert httpx.get(address).text == "well"
    app = Starlette(routes=WELL.routes)
    app.add_middleware(BodyLimit, seconds=0.2)
    with served(app) as address:
        place = urlsplit(address)
        with socket.create_connection((place.hostname, place.port), timeout=10) as connection:
            head = f"POST / HTTP/1.1\r\nHost: {place.netloc}\r\nContent-Length: 100\r\n\r\n"
            connection.sendall(head.encode())
            started = time.monotonic()
            answer = b"".join(iter(lambda: connection.recv(10_000), b""))  # until it is closed
            assert 0.1 < time.monotonic() - started < 5
    assert answer.startswith(b"HTTP/1.1 408")
    assert b"0.2 seconds" in answer


class HastyProtocol(PunctualProtocol):
    head_seconds = 0.3


def dribble(connection: socket.socket) -> None:
    for byte in b"GET / HTTP/1.1\r\nX: " + b"x" * 100:
        connection.sendall(bytes([byte]))
        time.sleep(0.05)


@pytest.mark.parametrize("requests", [0, 1])
def test_a_head_that_dribbles_in_is_given_up(requests: int) -> None:
    with served(Starlette(routes=WELL.routes), http=HastyProtocol) as address:
        place = urlsplit(address)
        with socket.create_connection((place.hostname, place.port), timeout=10) as connection:
            for _ in range(requests):
                connection.sendall(f"GET / HTTP/1.1\r\nHost: {place.netloc}\r\n\r\n".encode())
                received = b""
                while not received.endswith(b"\r\n\r\nwell"):
                    received += connection.recv(10_000)
            started = time.monotonic()
            with pytest.raises((ConnectionResetError, BrokenPipeError)):
                dribble(connection)
            assert 0.2 < time.monotonic() - started < 4


def test_an_answer_may_take_longer_than_a_head() -> None:
    assistant = GatedAssistant(seconds=1)
    assistant.gate.set()
    with served(create_app(assistant), http=HastyProtocol) as address:
        assert httpx.post(f"{address}/chat", json=QUESTION, timeout=10).status_code == 200


PREFLIGHT = {"origin": "https://page.example", "access-control-request-method": "POST"}


def test_other_origins_are_not_let_in() -> None:
    client = client_of()
    response = client.options("/chat", headers=PREFLIGHT)
    assert response.status_code == 405
    asked = client.post("/chat", json=QUESTION, headers={"origin": "https://page.example"})
    for headers in (response.headers, asked.headers):
        assert not [name for name in headers if name.startswith("access-control")]


def test_an_origin_can_be_let_in() -> None:
    settings = ServiceSettings(token=TOKEN, allowed_origins=("https://page.example",))
    client = client_of(settings)
    allowed = client.options("/chat", headers=PREFLIGHT)
    assert allowed.status_code == 200
    assert allowed.headers["access-control-allow-origin"] == "https://page.example"
    other = client.options("/chat", headers={**PREFLIGHT, "origin": "https://evil.example"})
    assert "access-control-allow-origin" not in other.headers


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/"), ("GET", "/health"), ("GET", "/nope"), ("POST", "/chat"), ("GET", "/page/x")],
)
def test_every_response_has_the_headers_for_browsers(method: str, path: str) -> None:
    response = client_of().request(method, path)
    assert {name: response.headers[name] for name in SECURITY_HEADERS} == SECURITY_HEADERS
    directives = dict(
        part.split(" ", 1) for part in response.headers["content-security-policy"].split("; ")
    )
    assert directives == {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "connect-src": "'self'",
        "img-src": "'self' data:",
        "manifest-src": "'self'",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'none'",
    }


def test_a_failure_has_the_headers_too() -> None:
    assistant = GatedAssistant(error=ZeroDivisionError())
    assistant.gate.set()
    client = TestClient(create_app(assistant), raise_server_exceptions=False)
    response = client.post("/chat", json=QUESTION, headers={"x-request-id": "mine"})
    assert response.status_code == 500
    assert {name: response.headers[name] for name in SECURITY_HEADERS} == SECURITY_HEADERS
    assert response.headers["x-request-id"] == "mine"


@pytest.fixture
def pages(tmp_path: Path) -> TestClient:
    """A service with a page, a script of it, and one document."""
    (tmp_path / "page").mkdir()
    (tmp_path / "page" / "index.html").write_text(PAGE)
    (tmp_path / "page" / "chat.js").write_text("export {}")
    (tmp_path / "secret.txt").write_text("secret")
    (tmp_path / "plan.txt").write_text("<script>alert(1)</script> 十六项。", encoding="utf-8")
    index_paths([tmp_path / "plan.txt"], tmp_path / "index", FakeEmbedder())
    assistant = Assistant(read_snapshot(tmp_path / "index"), FakeEmbedder(), reader=FakeReader())
    return TestClient(create_app(assistant, page=tmp_path / "page"))


def test_the_page_and_its_files_are_served(pages: TestClient) -> None:
    assert pages.get("/").text == PAGE
    script = pages.get("/page/chat.js")
    assert script.text == "export {}"
    assert "javascript" in script.headers["content-type"]
    assert script.headers["cache-control"] == "no-cache"
    assert pages.get("/page/none.js").status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        "/page/../secret.txt",
        "/page/%2e%2e/secret.txt",
        "/page/..%2fsecret.txt",
        "/page//etc/passwd",
        "/documents/..%2f..%2fsecret.txt",
        "/documents/%2e%2e%2fsecret.txt",
        "/documents/%2fetc%2fpasswd",
        "/documents/plan.txt",
        "/documents/secret.txt%00",
    ],
)
def test_no_path_leads_to_other_files(pages: TestClient, path: str) -> None:
    response = pages.get(path)
    assert response.status_code == 404
    assert "secret" not in response.text


BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


@pytest.mark.parametrize("accept", ["*/*", "application/json", ""])
def test_a_document_is_json_to_programs(pages: TestClient, accept: str) -> None:
    (summary,) = pages.get("/documents").json()
    response = pages.get(f"/documents/{summary['id']}", headers={"accept": accept})
    assert response.json()["text"].startswith("<script>")
    assert response.headers["content-type"] == "application/json"
    assert response.headers["vary"] == "Accept"


def test_a_document_is_the_page_to_a_browser(pages: TestClient) -> None:
    (summary,) = pages.get("/documents").json()
    response = pages.get(f"/documents/{summary['id']}", headers={"accept": BROWSER})
    assert (response.status_code, response.text) == (200, PAGE)
    assert response.headers["vary"] == "Accept"
    missing = pages.get("/documents/nope", headers={"accept": BROWSER})
    assert (missing.status_code, missing.text) == (404, PAGE)


@pytest.mark.slow
def test_a_service_beyond_loopback_asks_for_the_token(seed_index: Path) -> None:
    arguments = ["serve", "--host", "0.0.0.0", "--port", "0", "--index", str(seed_index)]  # noqa: S104
    with process(*arguments, WENZHENG_TOKEN=TOKEN) as (_, address):
        port = re.sub(r".*:", "", address)
        url = f"http://127.0.0.1:{port}/documents"
        assert httpx.get(url).status_code == 401
        assert httpx.get(url, headers={"authorization": f"Bearer {TOKEN}"}).status_code == 200
        assert httpx.get(url, auth=("", TOKEN)).status_code == 200

"""The HTTP service: what it answers, and how it refuses."""

import json
import socket
from collections.abc import Iterator, Sequence
from dataclasses import replace

import pytest
from fakes import GatedAssistant, make_answer, make_led_answer
from fastapi.testclient import TestClient
from hypothesis import given, settings
from hypothesis import strategies as st

from api.http.app import create_app
from api.http.limits import MAX_BODY_BYTES
from api.http.schemas import MAX_MESSAGES
from api.server import open_port, reserve_port
from qa.assistant import Assistant, load_embedder, load_reader, open_assistant
from qa.index.building import index_paths
from qa.index.store import read_snapshot
from qa.language.text import squash
from qa.settings import Settings
from qa.types import Answer, Filter, Message, Status

TEXT = "試點共有十六項措施。\n\n蘇州排名第一。\n\nThe pilot zone opened in 1994.\n"
QUESTION = "試點共有多少項措施？"
JSON_HEADERS = {"content-type": "application/json"}


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Assistant:
    folder = tmp_path_factory.mktemp("http")
    (folder / "plan.txt").write_text(TEXT, encoding="utf-8")
    (folder / "other.txt").write_text("国家级经开区有232家。\n\n天气很好。\n", encoding="utf-8")
    embedder = load_embedder()
    index_paths([folder], folder / "index", embedder)
    snapshot = read_snapshot(folder / "index", model_id=embedder.model_id)
    return Assistant(snapshot, embedder, reader=load_reader(embedder))


@pytest.fixture(scope="module")
def client(assistant: Assistant) -> TestClient:
    return TestClient(create_app(assistant))


def chat(*messages: tuple[str, str], **fields: object) -> dict[str, object]:
    turns = [{"role": role, "content": content} for role, content in messages]
    return {"messages": turns, **fields}


def test_an_answer_has_the_documented_keys_in_order(client: TestClient) -> None:
    answer = client.post("/chat", json=chat(("user", QUESTION))).json()
    assert list(answer) == [
        *("question", "resolved_question", "language", "answer_language", "status"),
        *("short_answer", "answer", "confidence", "coverage", "citations", "related"),
        *("passages", "timings_ms"),
    ]
    assert list(answer["citations"][0]) == [
        *("index", "document_id", "title", "publisher", "date", "source"),
        *("paragraph", "start_char", "end_char", "cited_text", "language"),
        *("label", "path", "reading", "version", "replaced_by", "translation", "answer_spans"),
        *("page", "boxes", "doubtful"),
    ]
    assert list(answer["passages"][0]) == [
        *("rank", "score", "document_id", "source"),
        *("paragraph", "start_char", "end_char", "text"),
    ]
    assert list(answer["timings_ms"]) == ["embed", "search", "answer", "total"]


def test_an_answer_is_the_assistant_s(client: TestClient, assistant: Assistant) -> None:
    expected = assistant.ask([Message("user", QUESTION)], top_k=2)
    answer = client.post("/chat", json=chat(("user", QUESTION), top_k=2)).json()
    assert answer["question"] == QUESTION
    assert answer["language"] == "zh-Hant"
    assert (answer["status"], answer["answer"]) == (expected.status, expected.text)
    assert answer["short_answer"] == expected.short_answer
    assert [c["cited_text"] for c in answer["citations"]] == [
        citation.cited_text for citation in expected.citations
    ]
    assert [(p["rank"], p["score"], p["text"]) for p in answer["passages"]] == [
        (rank, pytest.approx(hit.score, abs=1e-4), hit.passage.text)
        for rank, hit in enumerate(expected.hits, start=1)
    ]
    assert {p["source"] for p in answer["passages"]} <= {"plan.txt", "other.txt"}


def test_an_answer_begins_with_the_short_one() -> None:
    assistant = GatedAssistant(answer=make_led_answer)
    assistant.gate.set()
    client = TestClient(create_app(assistant))
    answer = client.post("/chat", json=chat(("user", QUESTION))).json()
    assert answer["short_answer"] == "每月2000元"
    assert answer["answer"].startswith("每月2000元 [1]\n甲市创业补贴办法\n")
    described = client.get("/openapi.json").json()["components"]["schemas"]["AnswerOut"]
    for field in ("short_answer", "answer", "related"):
        assert described["properties"][field]["description"]


def test_citations_point_into_the_document_that_the_service_gives(client: TestClient) -> None:
    answer = client.post("/chat", json=chat(("user", QUESTION))).json()
    assert answer["citations"]
    for place in answer["citations"] + answer["passages"]:
        text = client.get(f"/documents/{place['document_id']}").json()["text"]
        quoted = place.get("cited_text") or place["text"]
        assert squash(text[place["start_char"] : place["end_char"]]) == squash(quoted)


def test_the_last_user_message_is_the_question(client: TestClient) -> None:
    turns = [("system", "s"), ("user", "天气？"), ("user", QUESTION), ("assistant", "十六")]
    assert client.post("/chat", json=chat(*turns)).json()["question"] == QUESTION


def test_a_follow_up_says_what_was_asked(client: TestClient) -> None:
    whole = "苏州工业园区在哪里？"
    assistant = GatedAssistant(answer=lambda q: replace(make_answer(q), resolved_question=whole))
    assistant.gate.set()
    turns = [("user", "苏州工业园区是哪一年设立的？"), ("assistant", "1994年。[1]")]
    question = chat(*turns, ("user", "它在哪里？"))
    answer = TestClient(create_app(assistant)).post("/chat", json=question).json()
    assert (answer["question"], answer["resolved_question"]) == ("它在哪里？", whole)
    alone = client.post("/chat", json=chat(("user", "它在哪里？"))).json()
    assert alone["question"] == alone["resolved_question"] == "它在哪里？"


@pytest.mark.parametrize(
    "turns",
    [
        [("user", "为什么？"), ("assistant", "文件中没有说明。")] * 100,
        [("user", "它呢？"), ("user", "那2023年呢？")] * 50,
        [("assistant", "1994年。"), ("assistant", "在哪里？"), ("user", "那宁波呢？")],
        [("assistant", "你好"), ("user", "And its trade?"), ("system", "x"), ("user", "Why?")],
    ],
    ids=["100 turns", "users only", "an assistant first", "roles out of order"],
)
def test_an_odd_conversation_is_answered(client: TestClient, turns: list[tuple[str, str]]) -> None:
    response = client.post("/chat", json=chat(*turns))
    assert response.status_code == 200
    assert response.json()["status"] in list(Status)


def test_a_question_without_an_answer_still_gets_passages(client: TestClient) -> None:
    answer = client.post("/chat", json=chat(("user", "Who won the 1966 world cup?"))).json()
    assert answer["status"] == "no_answer"
    assert answer["citations"] == []
    assert answer["passages"]


def test_unknown_fields_are_ignored(client: TestClient) -> None:
    assert client.post("/chat", json=chat(("user", QUESTION), unknown=True)).status_code == 200


def test_documents_are_listed_with_their_metadata(client: TestClient) -> None:
    listed = {document["source"]: document for document in client.get("/documents").json()}
    assert set(listed) == {"plan.txt", "other.txt"}
    plan = listed["plan.txt"]
    assert list(plan) == [
        *("id", "title", "publisher", "date", "language", "source", "characters"),
        *("number", "issued", "effective", "expires", "version", "replaced_by"),
        "media_type",
    ]
    assert plan["characters"] == len(TEXT)
    document = client.get(f"/documents/{plan['id']}").json()
    assert document.items() >= {**plan, "text": TEXT, "translations": []}.items()
    assert [paragraph["text"] for paragraph in document["paragraphs"]] == TEXT.strip().split("\n\n")


MEASURE = """# 甲市创业补贴办法

甲市人民政府

甲政发〔{year}〕1号

## 第二章 补贴标准

第六条 创业补贴每户{amount}元。

甲市人民政府
{year}年3月1日
"""


@pytest.fixture(scope="module")
def versions(tmp_path_factory: pytest.TempPathFactory) -> TestClient:
    """The service over two versions of a measure."""
    folder = tmp_path_factory.mktemp("versions")
    for year, amount in (("2020", "3000"), ("2024", "5000")):
        text = MEASURE.format(year=year, amount=amount)
        (folder / f"{year}.md").write_text(text, encoding="utf-8")
    index_paths([folder], folder / "index", load_embedder())
    return TestClient(create_app(open_assistant(Settings.read({}, index=folder / "index"))))


def test_documents_say_what_is_in_force(versions: TestClient) -> None:
    listed = {document["source"]: document for document in versions.get("/documents").json()}
    old, new = listed["2020.md"], listed["2024.md"]
    assert (old["version"], old["replaced_by"]) == ("superseded", new["id"])
    assert (new["version"], new["replaced_by"]) == ("current", "")
    assert (new["number"], new["issued"], new["date"]) == ("甲政发〔2024〕1号", *["2024-03-01"] * 2)
    assert (new["effective"], new["expires"]) == ("", "")
    for document in (old, new):
        whole = versions.get(f"/documents/{document['id']}").json()
        assert whole.items() >= document.items()


@pytest.mark.parametrize("stream", [False, True])
def test_a_citation_says_where_it_stands_and_whether_it_is_in_force(
    versions: TestClient, stream: bool
) -> None:
    body = chat(("user", "创业补贴每户多少元？"), filter={"documents": ["2020*"]}, stream=stream)
    response = versions.post("/chat", json=body)
    if stream:
        citation = json.loads(response.text.split("event: citation\ndata: ")[1].split("\n")[0])
    else:
        citation = response.json()["citations"][0]
    newer = next(d["id"] for d in versions.get("/documents").json() if d["source"] == "2024.md")
    assert (citation["label"], citation["path"]) == ("第六条", ["第二章 补贴标准"])
    assert (citation["version"], citation["replaced_by"]) == ("superseded", newer)


def test_health_counts_the_documents(client: TestClient) -> None:
    health = client.get("/health").json()
    assert (health["status"], health["documents"]) == ("ok", 2)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/documents/nope", 404),
        ("GET", "/documents/%00%ff", 404),
        ("GET", "/nope", 404),
        ("PUT", "/chat", 405),
    ],
)
def test_other_errors_are_json_too(client: TestClient, method: str, path: str, status: int) -> None:
    response = client.request(method, path)
    assert response.status_code == status
    assert isinstance(response.json()["detail"], str)


@pytest.mark.parametrize(
    ("path", "allowed"),
    [("/documents", "GET, HEAD, POST"), ("/documents/x", "DELETE, GET, HEAD"), ("/chat", "POST")],
)
def test_a_wrong_method_is_told_all_that_are_right(
    client: TestClient, path: str, allowed: str
) -> None:
    response = client.request("PATCH", path)
    assert (response.status_code, response.headers["allow"]) == (405, allowed)


ASKED = ("user", QUESTION)
REFUSED = {
    "no messages": ({}, "messages"),
    "empty messages": (chat(), "messages"),
    "messages not a list": ({"messages": "q"}, "messages"),
    "messages null": ({"messages": None}, "messages"),
    "too many messages": (chat(*[ASKED] * (MAX_MESSAGES + 1)), "messages"),
    "no user message": (chat(("assistant", "a")), "messages"),
    "unknown role": (chat(ASKED, ("tool", "x")), "messages.1.role"),
    "no content": ({"messages": [{"role": "user"}]}, "messages.0.content"),
    "content not text": ({"messages": [{"role": "user", "content": 1}]}, "messages.0.content"),
    "message not an object": ({"messages": ["q"]}, "messages.0"),
    "top_k zero": (chat(ASKED, top_k=0), "top_k"),
    "top_k over 50": (chat(ASKED, top_k=51), "top_k"),
    "top_k huge": (chat(ASKED, top_k=10**100), "top_k"),
    "top_k text": (chat(ASKED, top_k="5"), "top_k"),
    "top_k true": (chat(ASKED, top_k=True), "top_k"),
    "top_k fraction": (chat(ASKED, top_k=5.5), "top_k"),
    "top_k null": (chat(ASKED, top_k=None), "top_k"),
    "top_k not a number": (chat(ASKED, top_k=float("nan")), "top_k"),
    "top_k infinite": (chat(ASKED, top_k=float("inf")), "top_k"),
    "blank question": (chat(("user", " \n\u3000"), ("assistant", "a")), "messages.0.content"),
    "empty question": (chat(ASKED, ("user", "")), "messages.1.content"),
    "long question": (chat(("user", "问" * 2001)), "messages.0.content"),
    "control character": (chat(("user", "a\x1bb")), "messages.0.content"),
    "lone surrogate": (chat(("user", "a\ud800b")), "messages.0.content"),
    "lone surrogate earlier": (chat(("assistant", "\udfff"), ASKED), "messages.0.content"),
    "an array": ([], ""),
    "a string": ("q", ""),
    "null": (None, ""),
}


@pytest.mark.parametrize(("body", "field"), REFUSED.values(), ids=REFUSED.keys())
def test_bad_requests_are_refused_naming_the_field(
    client: TestClient, body: object, field: str
) -> None:
    response = client.post("/chat", content=json.dumps(body), headers=JSON_HEADERS)
    assert response.status_code == 422
    fields = {".".join(map(str, item["loc"])) for item in response.json()["detail"]}
    assert fields == {f"body.{field}".rstrip(".")}
    assert all(item["msg"] for item in response.json()["detail"])


@pytest.mark.slow
def test_a_question_of_2000_characters_is_answered(client: TestClient) -> None:
    assert client.post("/chat", json=chat(("user", "问" * 2000))).status_code == 200


MALFORMED = {
    "nothing": b"",
    "cut off": b'{"messages": [',
    "not utf-8": b'{"messages": "\xff\xfe\xfa"}',
    "not json": "问题".encode(),
    "nested too deep": b"[" * 60_000,
    "a number too long to read": b"1" * 60_000,
    "null characters": b"\x00" * 100,
}


@pytest.mark.parametrize("body", MALFORMED.values(), ids=MALFORMED.keys())
def test_malformed_json_is_refused(client: TestClient, body: bytes) -> None:
    response = client.post("/chat", content=body, headers=JSON_HEADERS)
    assert response.status_code == 422
    assert response.json()["detail"][0]["loc"][0] == "body"


def test_a_body_that_is_not_declared_as_json_is_told_how(client: TestClient) -> None:
    response = client.post("/chat", content=json.dumps(chat(ASKED)))
    assert response.status_code == 422
    (item,) = response.json()["detail"]
    assert item["loc"] == ["header", "content-type"]
    assert "application/json" in item["msg"]


def padded(size: int) -> bytes:
    """A valid request of exactly that many bytes."""
    request = json.dumps(chat(ASKED)).encode()
    return request + b" " * (size - len(request))


def pieces(body: bytes, size: int = 4096) -> Iterator[bytes]:
    yield from (body[start : start + size] for start in range(0, len(body), size))


def test_a_body_of_64_kib_is_read(client: TestClient) -> None:
    body = padded(MAX_BODY_BYTES)
    assert client.post("/chat", content=body, headers=JSON_HEADERS).status_code == 200
    assert client.post("/chat", content=pieces(body), headers=JSON_HEADERS).status_code == 200


@pytest.mark.parametrize("method", ["POST", "GET"])
@pytest.mark.parametrize("size", [MAX_BODY_BYTES + 1, 1_000_000])
@pytest.mark.parametrize("chunked", [False, True])
def test_a_larger_body_is_refused(
    client: TestClient, method: str, size: int, chunked: bool
) -> None:
    body = pieces(padded(size)) if chunked else padded(size)
    response = client.request(method, "/chat", content=body, headers=JSON_HEADERS)
    assert response.status_code == 413
    assert "65536 bytes" in response.json()["detail"]


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
ODD_MESSAGES = st.lists(
    st.fixed_dictionaries(
        {"role": st.sampled_from(["user", "assistant", "system"]) | VALUES},
        optional={"content": st.text(st.characters()) | VALUES},
    ),
    max_size=3,
)
ODD_REQUESTS = VALUES | st.fixed_dictionaries(
    {"messages": ODD_MESSAGES | VALUES}, optional={"top_k": st.integers(0, 51) | VALUES}
)


@pytest.mark.slow
@settings(max_examples=150, deadline=None)
@given(body=ODD_REQUESTS)
def test_no_json_makes_the_service_fail(client: TestClient, body: object) -> None:
    response = client.post("/chat", content=json.dumps(body), headers=JSON_HEADERS)
    assert response.status_code in (200, 422)
    assert ("detail" in response.json()) == (response.status_code == 422)


@settings(max_examples=150, deadline=None)
@given(body=st.binary(max_size=200))
def test_no_bytes_make_the_service_fail(client: TestClient, body: bytes) -> None:
    response = client.post("/chat", content=body, headers=JSON_HEADERS)
    assert response.status_code == 422
    assert response.json()["detail"]


class FailingAssistant(Assistant):
    """Has no documents and fails at every question."""

    def __init__(self) -> None:
        self.documents = ()

    def ask(
        self,
        messages: Sequence[Message],
        *,
        top_k: int = 5,
        within: Filter | None = None,
        found: object = None,
        deadline: object = None,
    ) -> Answer:
        raise ZeroDivisionError


def test_a_failure_is_json_and_tells_no_details() -> None:
    client = TestClient(create_app(FailingAssistant()), raise_server_exceptions=False)
    response = client.post("/chat", json=chat(ASKED))
    assert response.status_code == 500
    assert response.json() == {"detail": "The service failed; see its log."}


def test_the_api_description_declares_the_refusals(client: TestClient) -> None:
    paths = client.get("/openapi.json").json()["paths"]
    refusals = {"400", "401", "408", "413", "422", "429", "500", "503"}
    assert set(paths["/chat"]["post"]["responses"]) == {"200"} | refusals
    assert "404" in paths["/documents/{document_id}"]["get"]["responses"]


def test_a_port_is_taken_before_it_answers() -> None:
    with reserve_port("127.0.0.1", 0) as reserved:
        address = reserved.getsockname()
        assert reserved.proto == socket.IPPROTO_TCP  # or asyncio leaves Nagle's algorithm on
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(address)
        assert open_port(reserved) == f"http://127.0.0.1:{address[1]}"
        socket.create_connection(address).close()


def test_a_port_in_use_is_named_with_the_remedy() -> None:
    with reserve_port("127.0.0.1", 0) as reserved:
        open_port(reserved)
        port = reserved.getsockname()[1]
        with pytest.raises(OSError, match=rf"port {port} \(address already in use\).*--port"):
            reserve_port("127.0.0.1", port)


def test_an_unknown_host_is_named_with_the_remedy() -> None:
    with pytest.raises(OSError, match=r"host a\.\.b is not known.*--host"):
        reserve_port("a..b", 0)

"""The library over HTTP: looked through, added to and taken from, and by whom."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from api.http.app import create_app
from api.http.desk import Desk, Index
from api.http.keeping import LibraryKeeper, TooLargeError
from api.http.names import FileNameError, free_name, safe_name
from api.http.service import ServiceSettings
from embeddings.onnx_encoder import OnnxEncoder
from qa.assistant import Assistant, load_reader
from qa.corpus.files import MAX_BYTES
from qa.index.building import index_paths
from qa.index.store import current_name, read_snapshot
from qa.language.text import squash

MEASURE = """# 甲市创业补贴办法

## 第一章 总则

第一条 为鼓励创业，制定本办法。

## 第二章 补贴标准

第二条 创业补贴每户{amount}元。

{issuers}
{year}年3月1日
"""
FACT = "滨江新区计划新建公园12座。\n"
ASKED = {"messages": [{"role": "user", "content": "滨江新区计划新建多少座公园？"}]}


@pytest.fixture(scope="module")
def held(encoder: OnnxEncoder, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The index of two versions of a measure and a notice in English, which tests only read."""
    folder = tmp_path_factory.mktemp("library")
    for year, amount, issuers in ((2020, 3000, "甲市人民政府"), (2024, 5000, "甲市人民政府")):
        text = MEASURE.format(year=year, amount=amount, issuers=issuers)
        (folder / f"{year}.md").write_text(text, encoding="utf-8")
    (folder / "notice.txt").write_text(
        "Harbour Notice\n\nThe harbour opens at six. Every berth costs 40 euros a day.\n"
    )
    index_paths([folder], folder / "index", encoder)
    return folder / "index"


@pytest.fixture(scope="module")
def reading(held: Path, encoder: OnnxEncoder) -> TestClient:
    return TestClient(create_app(opened(held, encoder)))


@pytest.fixture
def own(encoder: OnnxEncoder, tmp_path: Path) -> Path:
    """An index of one document that a test may change."""
    (tmp_path / "documents").mkdir()
    (tmp_path / "documents" / "weather.txt").write_text("天气很好。\n", encoding="utf-8")
    index_paths([tmp_path / "documents"], tmp_path / "index", encoder)
    return tmp_path / "index"


@pytest.fixture
def client(own: Path, encoder: OnnxEncoder) -> Iterator[TestClient]:
    """A service that takes files and watches its index."""
    with TestClient(writable(own, encoder)) as client:
        yield client


def opened(index: Path, encoder: OnnxEncoder) -> Assistant:
    snapshot = read_snapshot(index, model_id=encoder.model_id)
    return Assistant(snapshot, encoder, reader=load_reader(encoder))


def writable(index: Path, encoder: OnnxEncoder, token: str = "") -> FastAPI:
    settings = ServiceSettings(token=token, uploads=True)
    watched = Index(index, current_name(index))
    return create_app(opened(index, encoder), settings, index=watched)


def ended(client: TestClient, upload_id: str) -> dict[str, str]:
    """An upload once nothing more becomes of it."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        uploads = client.get("/library/state").json()["uploads"]
        found: dict[str, str] = next(one for one in uploads if one["id"] == upload_id)
        if found["state"] in ("done", "failed"):
            return found
        time.sleep(0.05)
    return pytest.fail("the file was not read")


def send(client: TestClient, name: str, content: bytes) -> dict[str, str]:
    response = client.post("/documents", params={"name": name}, content=content)
    assert response.status_code == 202, response.text
    return ended(client, response.json()["id"])


def titles(client: TestClient, **query: object) -> list[str]:
    found = client.get("/library", params=query).json()  # type: ignore[arg-type]
    return [one["source"] for one in found["documents"]]


@pytest.mark.slow
def test_a_file_that_is_sent_answers_and_no_longer_once_it_is_removed(
    client: TestClient, own: Path
) -> None:
    sent = send(client, "../../公园/parks.txt", FACT.encode())
    assert (sent["state"], sent["name"]) == ("done", "parks.txt")
    assert (own / "uploads" / "parks.txt").read_text(encoding="utf-8") == FACT
    answer = client.post("/chat", json=ASKED).json()
    assert [one["document_id"] for one in answer["citations"]] == [sent["document_id"]]
    removed = client.delete(f"/documents/{sent['document_id']}")
    assert removed.json() == {"removed": ["parks.txt"]}
    assert client.post("/chat", json=ASKED).json()["citations"] == []
    assert not (own / "uploads" / "parks.txt").exists()
    assert client.delete(f"/documents/{sent['document_id']}").status_code == 404


@pytest.mark.slow
def test_a_removed_file_that_was_not_sent_stays_where_it_is(client: TestClient, own: Path) -> None:
    (known,) = client.get("/documents").json()
    assert client.delete(f"/documents/{known['id']}").status_code == 200
    assert client.get("/documents").json() == []
    assert (own.parent / "documents" / "weather.txt").exists()


@pytest.mark.slow
def test_the_same_file_twice_is_one_document_and_another_of_its_name_is_kept_beside_it(
    client: TestClient, own: Path
) -> None:
    first = send(client, "parks.txt", FACT.encode())
    again = send(client, "parks.txt", FACT.encode())
    other = send(client, "parks.txt", FACT.replace("12", "30").encode())
    assert again["document_id"] == first["document_id"] != other["document_id"]
    assert other["name"] == "parks (2).txt"
    kept = {path.name for path in (own / "uploads").iterdir() if path.suffix}
    assert kept == {"parks.txt", "parks (2).txt"}


@pytest.mark.slow
def test_a_file_that_cannot_be_read_says_why_and_is_not_kept(client: TestClient, own: Path) -> None:
    sent = send(client, "plan.pdf", b"%PDF-1.7 not really" + bytes(3 * 2**20))
    assert sent["state"] == "failed"
    assert sent["detail"]
    assert sent["document_id"] == ""
    assert not (own / "uploads" / "plan.pdf").exists()
    assert send(client, "empty.txt", b" \n")["state"] == "failed"


def test_an_unsupported_file_is_refused_with_what_to_do(client: TestClient) -> None:
    response = client.post("/documents", params={"name": "plan.doc"}, content=b"x")
    assert response.status_code == 415
    assert response.json() == {"detail": ".doc is not supported; save it as .docx"}


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://testserver:81"])
def test_a_page_of_another_origin_may_not_write(client: TestClient, origin: str) -> None:
    headers = {"origin": origin}
    sent = client.post("/documents", params={"name": "a.txt"}, content=b"x", headers=headers)
    (known,) = client.get("/documents").json()
    removed = client.delete(f"/documents/{known['id']}", headers=headers)
    assert (sent.status_code, removed.status_code) == (403, 403)
    assert len(client.get("/documents").json()) == 1


def test_the_service_s_own_page_may_write(client: TestClient) -> None:
    headers = {"origin": "http://testserver"}
    sent = client.post("/documents", params={"name": "a.txt"}, content=b"x", headers=headers)
    assert sent.status_code == 202


def test_a_service_that_takes_no_files_says_so(reading: TestClient) -> None:
    assert reading.get("/library/state").json()["writable"] is False
    sent = reading.post("/documents", params={"name": "a.txt"}, content=b"x")
    assert sent.status_code == 403
    assert "WENZHENG_TOKEN" in sent.json()["detail"]
    (first, *_) = reading.get("/documents").json()
    assert reading.delete(f"/documents/{first['id']}").status_code == 403


def test_where_a_token_is_set_a_file_needs_it(own: Path, encoder: OnnxEncoder) -> None:
    token = "a-token-for-the-tests"  # noqa: S105
    with TestClient(writable(own, encoder, token)) as client:
        send_it = {"params": {"name": "a.txt"}, "content": b"x"}
        assert client.post("/documents", **send_it).status_code == 401  # type: ignore[arg-type]
        headers = {"authorization": f"Bearer {token}"}
        found = client.post("/documents", **send_it, headers=headers)  # type: ignore[arg-type]
        assert found.status_code == 202


def test_a_file_that_says_it_is_too_large_is_refused_unread(client: TestClient) -> None:
    headers = {"content-length": str(MAX_BYTES + 1)}
    response = client.post("/documents", params={"name": "a.txt"}, content=b"x", headers=headers)
    assert response.status_code == 413


def test_a_file_that_turns_out_too_large_leaves_nothing(held: Path, encoder: OnnxEncoder) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(MAX_BYTES // 2**22 + 1):
            yield bytes(2**22)

    keeper = LibraryKeeper(Desk(opened(held, encoder)), held)
    with pytest.raises(TooLargeError):
        asyncio.run(keeper.receive("a.txt", pieces()))
    assert [path for path in (held / "uploads").iterdir() if path.is_file()] == []
    keeper.close()


@pytest.mark.slow
def test_what_waits_when_a_service_ends_is_taken_in_by_the_next(
    own: Path, encoder: OnnxEncoder
) -> None:
    (own / "uploads" / ".waiting").mkdir(parents=True)
    (own / "uploads" / "parks.txt").write_text(FACT, encoding="utf-8")
    (own / "uploads" / ".waiting" / "parks.txt").touch()
    (own / "uploads" / ".waiting" / "gone.txt").touch()
    with TestClient(writable(own, encoder)) as client:
        (upload,) = client.get("/library/state").json()["uploads"]
        assert ended(client, upload["id"])["state"] == "done"
        assert len(client.post("/chat", json=ASKED).json()["citations"]) == 1
    assert list((own / "uploads" / ".waiting").iterdir()) == []


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("parks.txt", "parks.txt"),
        ("..\\..\\windows\\计划.PDF", "计划.PDF"),
        ("/etc/passwd/../x.md", "x.md"),
        (".hidden.txt", "hidden.txt"),
        ("a\x00b\u202ec\n.txt", "abc.txt"),
        ('<a>:"b"|?*.docx', "_a___b____.docx"),
        ("CON.txt", "CON_.txt"),
        ("   .txt", "document.txt"),
        ("e\u0301.txt", "é.txt"),
        ("长" * 300 + ".txt", "长" * 53 + ".txt"),
    ],
)
def test_a_name_is_made_safe(name: str, safe: str, tmp_path: Path) -> None:
    try:
        assert safe_name(name) == safe
    except FileNameError:
        assert name == "   .txt"  # it has no ending
    (tmp_path / safe).touch()


@pytest.mark.parametrize("name", ["", "..", "plan", "plan.exe", "a.txt/", ".txt"])
def test_a_name_without_a_known_ending_is_refused(name: str) -> None:
    with pytest.raises(FileNameError, match="not supported"):
        safe_name(name)


def test_a_free_name_is_found(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"1")
    (tmp_path / "a (2).txt").write_bytes(b"2")
    digest = "d4735e3a265e16eee03f59718b9b5d03019c07d8b6c51f90da3a666eec13ab35"  # of b"2"
    assert free_name(tmp_path, "a.txt", digest) == ("a (2).txt", True)
    assert free_name(tmp_path, "a.txt", "other") == ("a (3).txt", False)
    assert free_name(tmp_path, "b.txt", digest) == ("b.txt", False)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, ["2024.md", "2020.md", "notice.txt"]),
        ({"q": "創業補貼"}, ["2024.md", "2020.md"]),
        ({"q": "NOTICE harbour"}, ["notice.txt"]),
        ({"q": "创业 harbour"}, []),
        ({"publisher": "甲市人民政府"}, ["2024.md", "2020.md"]),
        ({"publisher": "甲市"}, []),
        ({"year": "2020"}, ["2020.md"]),
        ({"year": ["2020", "2024"]}, ["2024.md", "2020.md"]),
        ({"language": "en"}, ["notice.txt"]),
        ({"current": "true"}, ["2024.md", "notice.txt"]),
        ({"limit": 1, "offset": 1}, ["2020.md"]),
        ({"offset": 9}, []),
    ],
)
def test_documents_are_looked_through(
    reading: TestClient, query: dict[str, object], found: list[str]
) -> None:
    assert titles(reading, **query) == found
    listed = reading.get("/documents", params=query)  # type: ignore[arg-type]
    if "limit" not in query and "offset" not in query:
        assert sorted(one["source"] for one in listed.json()) == sorted(found)
    total = reading.get("/library", params=query).json()["total"]  # type: ignore[arg-type]
    assert listed.headers["x-total-count"] == str(total)


@pytest.mark.parametrize(
    "query", [{"year": "20"}, {"limit": 0}, {"language": "fr"}, {"q": "x" * 201}, {"offset": -1}]
)
def test_a_listing_that_cannot_be_is_refused(reading: TestClient, query: dict[str, object]) -> None:
    assert reading.get("/library", params=query).status_code == 422  # type: ignore[arg-type]


def test_each_facet_counts_what_the_others_leave(reading: TestClient) -> None:
    facets = reading.get("/library", params={"year": "2024", "language": "zh-Hans"}).json()[
        "facets"
    ]
    assert facets == {
        "publishers": [{"value": "甲市人民政府", "count": 1}],
        "years": [{"value": "2024", "count": 1}, {"value": "2020", "count": 1}],
        "languages": [{"value": "zh-Hans", "count": 1}],
        "superseded": 0,
    }


@pytest.mark.parametrize("path", ["/documents", "/library"])
def test_what_has_not_changed_is_not_sent_again(reading: TestClient, path: str) -> None:
    first = reading.get(path)
    tag = first.headers["etag"]
    again = reading.get(path, headers={"if-none-match": f'"x", W/{tag}'})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    other = reading.get(path, params={"year": "2020"}, headers={"if-none-match": tag})
    assert other.status_code == 200


def test_an_outline_has_the_headings_and_articles_with_their_places(reading: TestClient) -> None:
    listed = {one["source"]: one["id"] for one in reading.get("/documents").json()}
    text = reading.get(f"/documents/{listed['2024.md']}").json()["text"]
    outline = reading.get(f"/documents/{listed['2024.md']}/outline").json()
    assert [(one["kind"], one["depth"], one["text"]) for one in outline] == [
        ("title", 0, "甲市创业补贴办法"),
        ("heading", 0, "第一章 总则"),
        ("article", 1, "第一条 为鼓励创业，制定本办法。"),
        ("heading", 0, "第二章 补贴标准"),
        ("article", 1, "第二条 创业补贴每户5000元。"),
    ]
    for one in outline:
        assert squash(one["text"]) in squash(text[one["start_char"] : one["end_char"]])
    assert reading.get("/documents/nope/outline").status_code == 404

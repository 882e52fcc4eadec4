"""A document over HTTP: made once for many, sent once to each, and not held without bounds."""

import threading
import time
from collections.abc import Sequence
from pathlib import Path

import pytest
from fakes import FakeEmbedder, FakeReader, GatedAssistant, make_document
from fastapi.testclient import TestClient

from api.http.app import create_app
from api.http.bodies import Bodies
from qa.assistant import Assistant, open_assistant
from qa.index.building import make_snapshot
from qa.index.keeping.library import add_paths
from qa.settings import Settings
from qa.types import Document

MEASURE = """# 甲市创业补贴办法

甲市人民政府

甲政发〔{0}〕1号

## 第二章 补贴标准

第六条 创业补贴每户{0}元。

甲市人民政府
{0}年3月1日
"""


@pytest.fixture(scope="module")
def client(assistant: Assistant) -> TestClient:
    return TestClient(create_app(assistant))


def test_a_client_that_has_a_document_is_told_so(client: TestClient) -> None:
    listed = client.get("/documents").json()
    paths = [f"/documents/{document['id']}" for document in listed]
    tags = set()
    for path in paths:
        first = client.get(path)
        tag = first.headers["etag"]
        tags.add(tag)
        for known in (tag, f"W/{tag}", f'"other", {tag}'):
            again = client.get(path, headers={"if-none-match": known})
            assert (again.status_code, again.content) == (304, b"")
            assert (again.headers["etag"], again.headers["vary"]) == (tag, "Accept")
        other = client.get(path, headers={"if-none-match": '"other"'})
        assert (other.status_code, other.json()) == (200, first.json())
    assert len(tags) == len(listed)


def holding(documents: Sequence[Document]) -> TestClient:
    """A service that has documents to show, none of which are searched."""
    embedder = FakeEmbedder()
    snapshot = make_snapshot(documents, [], embedder)
    return TestClient(create_app(Assistant(snapshot, embedder, reader=FakeReader())))


def test_a_large_library_is_listed_in_parts() -> None:
    documents = [make_document(f"第{n}号文件。", f"{n:04}.txt") for n in range(2_500)]
    client = holding(documents)
    parts = [client.get("/documents", params={"offset": n * 1_000}) for n in range(4)]
    assert [len(part.json()) for part in parts] == [1_000, 1_000, 500, 0]
    assert {part.headers["x-total-count"] for part in parts} == {"2500"}
    listed = [one["source"] for part in parts for one in part.json()]
    assert sorted(listed) == [document.source for document in documents]
    assert client.get("/documents", params={"limit": 2_000}).status_code == 422


def test_a_book_is_taken_apart_once() -> None:
    book = make_document("".join(f"第{n}条 每户每月补贴{n}元。\n" for n in range(20_000)))
    client, taken = holding([book]), list[float]()
    for _ in range(4):
        started = time.perf_counter()
        assert client.get(f"/documents/{book.id}").json()["text"] == book.text
        taken.append(time.perf_counter() - started)
    assert min(taken[1:]) < taken[0] / 3


def test_a_body_is_made_once_however_many_ask() -> None:
    bodies, by, made = Bodies(), GatedAssistant(), []
    going_on = threading.Event()

    def make() -> bytes:
        assert going_on.wait(10)
        made.append(1)
        return b"body"

    threads = [threading.Thread(target=bodies.get, args=("a", by, make)) for _ in range(8)]
    for thread in threads:
        thread.start()
    going_on.set()
    for thread in threads:
        thread.join(10)
    assert len(made) == 1


def test_the_oldest_are_dropped_where_there_is_no_room_and_all_for_a_new_snapshot() -> None:
    bodies, by, made = Bodies(held_bytes=250), GatedAssistant(), list[str]()

    def get(key: str, assistant: Assistant = by, size: int = 100) -> None:
        def make() -> bytes:
            made.append(key)
            return b"x" * size

        assert len(bodies.get(key, assistant, make)) == size

    for key in ("a", "b", "a", "c", "a", "b"):  # c takes the place of b
        get(key)
    assert made == ["a", "b", "c", "b"]
    get("huge", size=1_000)
    get("huge", size=1_000)
    assert made[4:] == ["huge", "huge"]  # it would leave room for nothing, and is not kept
    get("a")
    get("a", GatedAssistant())
    assert made[6:] == ["a", "a"]


def test_a_document_of_a_new_snapshot_is_made_anew(tmp_path: Path, assistant: Assistant) -> None:
    """What replaced it is said in it, though its text is the same."""
    for year in ("2020", "2024"):
        (tmp_path / f"{year}.md").write_text(MEASURE.format(year), encoding="utf-8")
    index = tmp_path / "index"
    add_paths([tmp_path / "2020.md"], index, lambda: assistant.embedder)
    first = open_assistant(Settings.read({}, index=index))
    (old,) = first.documents
    one = TestClient(create_app(first)).get(f"/documents/{old.id}")
    add_paths([tmp_path / "2024.md"], index, lambda: assistant.embedder)
    second = TestClient(create_app(first.reopen(index))).get(
        f"/documents/{old.id}", headers={"if-none-match": one.headers["etag"]}
    )
    assert one.json()["version"] != "superseded"
    assert (second.status_code, second.json()["version"]) == (200, "superseded")

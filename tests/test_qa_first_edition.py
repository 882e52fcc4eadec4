"""A library of the first edition is known as such, and built again from what it holds itself."""

import json
from pathlib import Path

import pytest
from fakes import EmbeddingCrashError, FakeEmbedder

from qa.errors import IndexDamagedError, IndexMismatchError, IndexNotFoundError
from qa.index.keeping.library import add_paths, list_documents, rebuild_first_edition, sync
from qa.index.store import (
    SCHEMA,
    first_edition_documents,
    is_first_edition,
    read_snapshot,
)
from qa.types import Language

NAME = "0123456789abcdef0123456789abcdef"
DOCUMENTS = [
    {
        "id": "0a1b2c3d4e5f",
        "title": "试点方案",
        "publisher": "新华社",
        "date": "2025-07-14",
        "language": "zh-Hans",
        "source": "plan.txt",
        "text": "试点共有十六项措施。\n天气很好。\n",
    },
    {
        "id": "5f4e3d2c1b0a",
        "title": "Zone",
        "publisher": "",
        "date": "",
        "language": "en",
        "source": "sub/zone.md",
        "text": "The zone opened in 1994.\n",
    },
]
PASSAGES = [
    {
        "id": "0a1b2c3d4e5f:0-16",
        "document_id": "0a1b2c3d4e5f",
        "paragraph": 1,
        "start": 0,
        "end": 16,
        "text": "试点共有十六项措施。\n天气很好。",
        "language": "zh-Hans",
    },
    {
        "id": "5f4e3d2c1b0a:0-24",
        "document_id": "5f4e3d2c1b0a",
        "paragraph": 1,
        "start": 0,
        "end": 24,
        "text": "The zone opened in 1994.",
        "language": "en",
    },
]
ROWS = [
    {
        "passage": 0,
        "language": "zh-Hans",
        "text": "试点共有十六项措施。\n天气很好。",
        "sentences": [[0, 10], [11, 16]],
    },
    {
        "passage": 1,
        "language": "en",
        "text": "The zone opened in 1994.",
        "sentences": [[0, 24]],
    },
    {
        "passage": 0,
        "language": "en",
        "text": "There are 16 measures. The weather is fine.",
        "sentences": [[0, 22], [23, 43]],
    },
]
TERMS = [[["措施"], ["measure"]]]


@pytest.fixture
def index(tmp_path: Path) -> Path:
    """An index as the first edition wrote it; its arrays do not matter."""
    folder = tmp_path / "index"
    snapshot = folder / "snapshots" / NAME
    snapshot.mkdir(parents=True)
    for name, entries in (("documents", DOCUMENTS), ("passages", PASSAGES), ("rows", ROWS)):
        lines = [json.dumps(entry, ensure_ascii=False) + "\n" for entry in entries]
        (snapshot / f"{name}.jsonl").write_text("".join(lines), encoding="utf-8")
    (snapshot / "terms.json").write_text(json.dumps(TERMS), encoding="utf-8")
    (snapshot / "vectors.npy").write_bytes(b"not looked at")
    (snapshot / "manifest.json").write_text(json.dumps({"schema": 3, "model": "older"}))
    (folder / "CURRENT").write_text(NAME)
    return folder


def test_it_is_told_from_damage_and_from_the_present_edition(index: Path, tmp_path: Path) -> None:
    assert is_first_edition(index)
    with pytest.raises(IndexMismatchError) as caught:
        read_snapshot(index)
    assert (caught.value.found, caught.value.expected) == ("schema 3", f"schema {SCHEMA}")
    with pytest.raises(IndexMismatchError):
        add_paths([index], index, FakeEmbedder)
    (tmp_path / "a.txt").write_text("正文。", encoding="utf-8")
    add_paths([tmp_path / "a.txt"], tmp_path / "new", FakeEmbedder)
    assert not is_first_edition(tmp_path / "new")
    with pytest.raises(IndexDamagedError):
        first_edition_documents(tmp_path / "new")
    with pytest.raises(IndexNotFoundError):
        is_first_edition(tmp_path / "none")


def test_its_documents_are_read(index: Path) -> None:
    plan, zone = first_edition_documents(index)
    assert (plan.id, plan.title, plan.publisher) == ("0a1b2c3d4e5f", "试点方案", "新华社")
    assert (plan.issued, plan.date, plan.language) == ("2025-07-14",) * 2 + (Language.SIMPLIFIED,)
    assert (zone.source, zone.text, zone.issued) == (
        "sub/zone.md",
        "The zone opened in 1994.\n",
        "",
    )


def test_it_is_built_again_from_itself(index: Path) -> None:
    documents = first_edition_documents(index)
    report = rebuild_first_edition(index, FakeEmbedder())
    assert (report.documents, report.skipped) == (2, ())
    assert not is_first_edition(index)
    assert not (index / "snapshots").exists() or not list((index / "snapshots").iterdir())
    snapshot = read_snapshot(index, model_id="fake-pairs")
    assert list(snapshot.documents) == documents
    assert snapshot.terms == ((("措施",), ("measure",)),)
    rendered = [row.text for row in snapshot.rows if row.is_rendering]
    assert rendered == ["There are 16 measures. The weather is fine."]
    # The second to come finds it done.
    assert rebuild_first_edition(index, FakeEmbedder(crash_after=0)).embedded == 0


def test_its_documents_are_known_again_when_their_folder_is_synced(
    index: Path, tmp_path: Path
) -> None:
    rebuild_first_edition(index, FakeEmbedder())
    for entry in DOCUMENTS:
        path = tmp_path / "documents" / str(entry["source"])
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(str(entry["text"]) + "更多。", encoding="utf-8")
    report = sync(tmp_path / "documents", index, FakeEmbedder)
    assert (report.added, report.updated) == ((), ("plan.txt", "sub/zone.md"))
    assert [entry.path != "" for entry in list_documents(index)] == [True, True]
    assert len(read_snapshot(index).documents) == 2


@pytest.mark.parametrize("lost", ["documents.jsonl", "rows.jsonl", "terms.json"])
def test_a_damaged_one_is_an_error_and_stays(index: Path, lost: str) -> None:
    (index / "snapshots" / NAME / lost).unlink()
    with pytest.raises(IndexDamagedError):
        rebuild_first_edition(index, FakeEmbedder())
    assert is_first_edition(index)


def test_a_run_that_fails_leaves_it(index: Path) -> None:
    with pytest.raises(EmbeddingCrashError):
        rebuild_first_edition(index, FakeEmbedder(crash_after=1))
    assert len(first_edition_documents(index)) == 2

"""What an indexing run reads, embeds, keeps, drops and reports."""

import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from fakes import EmbeddingCrashError, FakeEmbedder, same_snapshot

from embeddings.types import ReadPassage
from qa.errors import IndexDamagedError
from qa.index.building import IndexReport, index_paths, passages_of, seed_folder
from qa.index.disk.known import BATCH, UNFINISHED
from qa.index.keeping.library import list_documents
from qa.index.store import Snapshot, exists, read_snapshot
from qa.language.text import to_simplified

PLAN = "試點共有十六項措施。\n\n蘇州排名第一。\n"
NEWS = "国家级经开区有232家。\n\n天气很好。\n"
ENGLISH = "The pilot zone opened in 1994.\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of three documents: each of its own language."""
    documents = tmp_path / "documents"
    documents.mkdir()
    for name, text in (("plan.txt", PLAN), ("news.txt", NEWS), ("zone.md", ENGLISH)):
        (documents / name).write_text(text, encoding="utf-8")
    return documents


@pytest.fixture
def index(tmp_path: Path) -> Path:
    return tmp_path / "index"


def sources(index: Path) -> list[str]:
    return [document.source for document in read_snapshot(index).documents]


def skipped(report: IndexReport) -> list[tuple[str, str]]:
    return [(error.path.name, error.reason) for error in report.skipped]


def assert_vectors_belong_to_their_texts(snapshot: Snapshot) -> None:
    written = [
        ReadPassage(to_simplified(passage.heading), tuple(map(to_simplified, passage.sentences)))
        for passage in passages_of(snapshot.rows, snapshot.contexts)
    ]
    expected = FakeEmbedder().embed_with_sentences(written)
    wholes = np.array([matrix[0] for matrix in expected])
    np.testing.assert_allclose(snapshot.vectors, wholes, atol=0.004)  # they lie in bytes
    sentences = np.concatenate([matrix[1:] for matrix in expected])
    np.testing.assert_allclose(snapshot.sentence_vectors, sentences, atol=0.004)


def passages_in(index: Path) -> set[ReadPassage]:
    """The different passages that have vectors."""
    snapshot = read_snapshot(index)
    return set(passages_of(snapshot.rows, snapshot.contexts))


def test_a_first_run_embeds_every_different_passage_once(folder: Path, index: Path) -> None:
    embedder = FakeEmbedder()
    report = index_paths([folder], index, embedder)
    assert (report.documents, report.passages, report.reused) == (3, 3, 0)
    assert report.embedded == embedder.embedded == len(passages_in(index))
    assert (report.skipped, report.removed) == ((), ())
    assert report.seconds > 0
    snapshot = read_snapshot(index, model_id=embedder.model_id)
    assert [document.text for document in snapshot.documents] == [NEWS, PLAN, ENGLISH]
    assert [passage.language for passage in snapshot.passages] == ["zh-Hans", "zh-Hant", "en"]
    assert_vectors_belong_to_their_texts(snapshot)


def test_a_second_run_embeds_nothing(folder: Path, index: Path) -> None:
    index_paths([folder], index, FakeEmbedder())
    before = read_snapshot(index)
    embedder = FakeEmbedder()
    report = index_paths([folder], index, embedder)
    assert (report.embedded, embedder.embedded, report.reused) == (0, 0, len(passages_in(index)))
    assert same_snapshot(read_snapshot(index), before)


def test_a_changed_document_embeds_what_changed(folder: Path, index: Path) -> None:
    index_paths([folder], index, FakeEmbedder())
    before = passages_in(index)
    (folder / "news.txt").write_text(NEWS.replace("很好", "不好"), encoding="utf-8")
    embedder = FakeEmbedder()
    report = index_paths([folder], index, embedder)
    assert report.embedded == embedder.embedded == len(passages_in(index) - before)
    assert report.reused == len(passages_in(index) & before) > 0
    assert report.removed == ()
    assert_vectors_belong_to_their_texts(read_snapshot(index))


def test_another_model_embeds_everything(folder: Path, index: Path) -> None:
    index_paths([folder], index, FakeEmbedder())
    embedder = FakeEmbedder(model_id="another", dimension=16)
    report = index_paths([folder], index, embedder)
    assert (report.embedded, report.reused) == (embedder.embedded, 0)
    assert embedder.embedded == len(passages_in(index))
    assert read_snapshot(index, model_id="another").dimension == 16


def test_documents_that_are_gone_are_dropped_and_reported(folder: Path, index: Path) -> None:
    index_paths([folder], index, FakeEmbedder())
    (folder / "plan.txt").unlink()
    (folder / "zone.md").rename(folder / "area.md")
    embedder = FakeEmbedder()
    report = index_paths([folder], index, embedder)
    assert report.removed == ("plan.txt", "zone.md")
    assert (report.documents, embedder.embedded) == (2, 0)
    assert sources(index) == ["area.md", "news.txt"]
    assert_vectors_belong_to_their_texts(read_snapshot(index))


def test_one_bad_file_does_not_stop_the_good_ones(folder: Path, index: Path) -> None:
    (folder / "bad.txt").write_bytes(bytes(range(256)))
    (folder / "empty.md").write_bytes(b"")
    (folder / "table.xls").write_bytes(b"PK")
    (folder / "corpus.toml").write_text('[documents."plan.txt"]\nlanguage = "fr"')
    report = index_paths([folder, folder / "absent.txt"], index, FakeEmbedder())
    assert skipped(report) == [
        ("table.xls", ".xls is not supported; save it as .xlsx"),
        ("absent.txt", "no such file or folder"),
        ("bad.txt", "not text in UTF-8, UTF-16, GB18030 or Big5"),
        ("empty.md", "the file is empty"),
        ("plan.txt", 'corpus.toml gives the language "fr"; known are zh-Hans, zh-Hant, en'),
    ]
    assert sources(index) == ["news.txt", "zone.md"]


def test_where_nothing_can_be_read_nothing_is_written(folder: Path, index: Path) -> None:
    report = index_paths([folder / "absent.txt"], index, FakeEmbedder())
    assert (report.documents, report.passages, len(report.skipped)) == (0, 0, 1)
    assert not exists(index)
    index_paths([folder], index, FakeEmbedder())
    before = read_snapshot(index)
    assert index_paths([folder / "absent.txt"], index, FakeEmbedder()).documents == 0
    assert same_snapshot(read_snapshot(index), before)


def test_a_text_is_indexed_once_and_listed_under_all_its_names(folder: Path, index: Path) -> None:
    (folder / "copy.txt").write_text(PLAN, encoding="utf-8")
    embedder = FakeEmbedder()
    report = index_paths([folder, folder / "zone.md"], index, embedder)
    assert (report.documents, report.passages, report.skipped) == (4, 3, ())
    assert sources(index) == ["copy.txt", "news.txt", "zone.md"]
    assert [(entry.source, entry.copy_of) for entry in list_documents(index)] == [
        ("copy.txt", ""),
        ("news.txt", ""),
        ("plan.txt", "copy.txt"),
        ("zone.md", ""),
    ]
    assert embedder.embedded == len(passages_in(index))


def test_files_of_one_name_in_two_folders_are_told_apart(tmp_path: Path, index: Path) -> None:
    for name in ("a", "b", "c/b"):
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / "plan.txt").write_text(f"文件 {name} 的正文。", encoding="utf-8")
    paths = [tmp_path / name for name in ("a", "b", "c/b")]
    assert index_paths(paths, index, FakeEmbedder()).documents == 3
    assert sources(index) == ["plan.txt", "b/plan.txt", "c/b/plan.txt"]


def test_progress_counts_up_to_the_whole(folder: Path, index: Path) -> None:
    calls: list[tuple[str, int, int]] = []
    index_paths([folder], index, FakeEmbedder(), progress=lambda *call: calls.append(call))
    whole = len(passages_in(index))
    assert calls == [
        *(("reading", done, 3) for done in (1, 2, 3)),
        *(("embedding", done, whole) for done in range(1, whole + 1)),
    ]


@pytest.mark.slow
def test_without_paths_the_seeds_are_indexed(index: Path) -> None:
    report = index_paths([], index, FakeEmbedder())
    assert sources(index) == [path.name for path in sorted(seed_folder().glob("*.txt"))]
    assert report.skipped == ()
    snapshot = read_snapshot(index)
    assert len(snapshot.terms) > 100
    # Every passage of the seeds has its rendering in English.
    assert len(snapshot.rows) == 2 * len(snapshot.passages)
    assert_vectors_belong_to_their_texts(snapshot)


def test_a_damaged_index_is_replaced(folder: Path, index: Path) -> None:
    index_paths([folder], index, FakeEmbedder())
    next(index.glob("segments/*/vectors.npy")).write_bytes(b"")
    with pytest.raises(IndexDamagedError):
        read_snapshot(index)
    assert index_paths([folder], index, FakeEmbedder()).embedded == len(passages_in(index))
    assert len(sources(index)) == 3
    (index / "CURRENT").write_text("lost")
    assert index_paths([folder], index, FakeEmbedder()).embedded == len(passages_in(index))
    assert len(list((index / "segments").iterdir())) == 1


def test_an_embedder_that_crashes_leaves_the_earlier_index(folder: Path, index: Path) -> None:
    index_paths([folder / "plan.txt"], index, FakeEmbedder())
    before = read_snapshot(index)
    with pytest.raises(EmbeddingCrashError):
        index_paths([folder], index, FakeEmbedder(crash_after=1))
    assert same_snapshot(read_snapshot(index), before)
    assert index_paths([folder], index, FakeEmbedder()).documents == 3


def test_two_runs_at_once_leave_one_whole_index(folder: Path, index: Path) -> None:
    def run(name: str) -> list[IndexReport]:
        embedder = FakeEmbedder(delay=0.001)
        return [index_paths([folder / name], index, embedder) for _ in range(4)]

    with ThreadPoolExecutor() as threads:
        for reports in threads.map(run, ["plan.txt", "news.txt"]):
            assert [report.documents for report in reports] == [1] * 4
    snapshot = read_snapshot(index)
    assert [document.text for document in snapshot.documents] in ([PLAN], [NEWS])
    assert_vectors_belong_to_their_texts(snapshot)
    assert len(list((index / "segments").iterdir())) == 1


INDEX_SLOWLY = """
import sys
sys.path.insert(0, sys.argv[3])
from pathlib import Path
from fakes import FakeEmbedder
from qa.index.building import index_paths

def report(stage, done, whole):
    print(stage, done, flush=True)

index_paths([Path(sys.argv[1])], Path(sys.argv[2]), FakeEmbedder(delay=0.5), progress=report)
"""


@pytest.mark.slow
def test_a_run_that_is_killed_leaves_the_earlier_index(folder: Path, index: Path) -> None:
    index_paths([folder / "plan.txt"], index, FakeEmbedder())
    before = read_snapshot(index)
    tests = str(Path(__file__).parent)
    command = [sys.executable, "-c", INDEX_SLOWLY, str(folder), str(index), tests]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as run:
        assert run.stdout is not None
        while not run.stdout.readline().startswith("embedding 2"):
            assert run.poll() is None
        run.kill()
    assert run.returncode == -signal.SIGKILL
    assert same_snapshot(read_snapshot(index, model_id="fake-pairs"), before)
    assert index_paths([folder], index, FakeEmbedder()).documents == 3


def test_a_run_that_was_killed_has_not_embedded_in_vain(tmp_path: Path, index: Path) -> None:
    documents = tmp_path / "many"
    documents.mkdir()
    for number in range(2 * BATCH + 20):
        text = f"第{number}号文件讲第{number * 7}类企业怎么办。"
        (documents / f"{number}.txt").write_text(text, encoding="utf-8")
    with pytest.raises(EmbeddingCrashError):
        index_paths([documents], index, FakeEmbedder(crash_after=BATCH + 10))
    report = index_paths([documents], index, FakeEmbedder())
    assert (report.embedded, report.reused) == (BATCH + 20, BATCH)
    assert_vectors_belong_to_their_texts(read_snapshot(index))
    assert not (index / UNFINISHED).exists()
    # What another model made, or what was cut off as it was written, is of no use.
    with pytest.raises(EmbeddingCrashError):
        index_paths([documents], tmp_path / "other", FakeEmbedder(crash_after=BATCH + 10))
    for file in (tmp_path / "other" / UNFINISHED).rglob("*.npz"):
        file.write_bytes(file.read_bytes()[:1000])
    assert index_paths([documents], tmp_path / "other", FakeEmbedder()).reused == 0

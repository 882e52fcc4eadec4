"""A library that is kept: what comes, changes and goes, and what none of it touches."""

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from fakes import FakeEmbedder, same_snapshot

from embeddings.types import Embedder, ReadPassage
from qa.errors import (
    DocumentError,
    DocumentNotFoundError,
    IndexDamagedError,
    IndexMismatchError,
    IndexNotFoundError,
)
from qa.index.building import index_paths, passages_of
from qa.index.keeping.library import add_paths, list_documents, remove, sync, watch
from qa.index.store import Snapshot, read_snapshot

PLAN = "試點共有十六項措施。\n\n蘇州排名第一。\n"
NEWS = "国家级经开区有232家。\n\n天气很好。\n"
ENGLISH = "The pilot zone opened in 1994.\n"
FILES = {"plan.txt": PLAN, "sub/news.txt": NEWS, "zone.md": ENGLISH}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A folder of three documents: each of its own language."""
    for name, text in FILES.items():
        write(tmp_path / "documents" / name, text)
    return tmp_path / "documents"


@pytest.fixture
def index(tmp_path: Path) -> Path:
    return tmp_path / "index"


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def no_embedder() -> Embedder:
    raise AssertionError("the model has been loaded")


def contents(folder: Path) -> dict[str, tuple[int, bytes]]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {
        str(path.relative_to(folder)): (path.stat().st_mtime_ns, path.read_bytes())
        for path in files
    }


def names(index: Path) -> list[str]:
    return [entry.source for entry in list_documents(index)]


def texts(index: Path) -> dict[str, str]:
    """The texts that are searched, by the name they are cited by."""
    snapshot = read_snapshot(index)
    held: dict[str, list[str]] = {document.source: [] for document in snapshot.documents}
    sources = {document.id: document.source for document in snapshot.documents}
    for passage in snapshot.passages:
        held[sources[passage.document_id]].append(passage.text)
    own = [snapshot.rows[row].text for row in snapshot.own_rows]
    assert own == [passage.text for passage in snapshot.passages]
    return {source: "\n".join(passages) for source, passages in held.items()}


def vectors_of(snapshot: Snapshot) -> dict[ReadPassage, bytes]:
    """Each passage that is embedded with the vectors of it and its sentences."""
    embedded = passages_of(snapshot.rows, snapshot.contexts)
    starts = snapshot.postings.sentence_starts
    return {
        passage: snapshot.vectors[row : row + 1].tobytes()
        + snapshot.sentence_vectors[slice(*starts[row : row + 2])].tobytes()
        for row, passage in enumerate(embedded)
    }


def assert_as_if_built_at_once(index: Path, paths: Sequence[Path], tmp_path: Path) -> None:
    """A library that was kept holds what one holds that is made of the same files today."""
    shutil.rmtree(tmp_path / "anew", ignore_errors=True)
    index_paths(paths, tmp_path / "anew", FakeEmbedder())
    assert vectors_of(read_snapshot(index)) == vectors_of(read_snapshot(tmp_path / "anew"))
    assert texts(index) == texts(tmp_path / "anew")


def test_a_first_sync_adds_everything(root: Path, index: Path, tmp_path: Path) -> None:
    report = sync(root, index, FakeEmbedder)
    assert report.added == ("plan.txt", "sub/news.txt", "zone.md")
    assert (report.updated, report.removed, report.unchanged) == ((), (), 0)
    assert (report.skipped, report.warnings) == ((), ())
    assert report.embedded == len(vectors_of(read_snapshot(index)))
    entries = {entry.source: entry for entry in list_documents(index)}
    assert list(entries) == ["plan.txt", "sub/news.txt", "zone.md"]
    news = entries["sub/news.txt"]
    assert news.path == str(root / "sub" / "news.txt")
    assert news.size == len(NEWS.encode())
    assert news.passages == 1
    assert news.root == str(root)
    assert_as_if_built_at_once(index, [root], tmp_path)


def test_where_nothing_changed_nothing_is_loaded_or_written(root: Path, index: Path) -> None:
    sync(root, index, FakeEmbedder)
    before = contents(index)
    report = sync(root, index, no_embedder)
    assert (report.added, report.updated, report.removed, report.unchanged) == ((), (), (), 3)
    assert report.seconds < 1
    assert contents(index) == before
    assert add_paths([root], index, no_embedder).documents == 3
    assert contents(index).keys() == before.keys()


def test_a_changed_file_embeds_what_changed(root: Path, index: Path, tmp_path: Path) -> None:
    sync(root, index, FakeEmbedder)
    write(root / "sub" / "news.txt", NEWS.replace("很好", "不好"))
    embedder = FakeEmbedder()
    report = sync(root, index, lambda: embedder)
    assert (report.updated, report.unchanged) == (("sub/news.txt",), 2)
    assert (report.embedded, embedder.embedded, report.reused) == (1, 1, 0)
    assert_as_if_built_at_once(index, [root], tmp_path)
    # What it said before is no longer known as a text, but still as a vector.
    write(root / "sub" / "news.txt", NEWS)
    assert sync(root, index, lambda: embedder).embedded == 0
    assert_as_if_built_at_once(index, [root], tmp_path)


def test_a_file_of_another_time_but_the_same_bytes_is_unchanged(root: Path, index: Path) -> None:
    sync(root, index, FakeEmbedder)
    os.utime(root / "plan.txt", ns=(5, 5))
    report = sync(root, index, no_embedder)
    assert (report.updated, report.unchanged, report.is_changed) == ((), 3, False)
    before = contents(index)  # and its new time is remembered
    sync(root, index, no_embedder)
    assert contents(index) == before


def test_what_vanished_is_removed_and_what_was_renamed_is_not_embedded(
    root: Path, index: Path, tmp_path: Path
) -> None:
    sync(root, index, FakeEmbedder)
    (root / "zone.md").unlink()
    (root / "plan.txt").rename(root / "renamed.txt")
    report = sync(root, index, FakeEmbedder)
    assert (report.added, report.removed) == (("renamed.txt",), ("plan.txt", "zone.md"))
    assert report.embedded == 0
    assert texts(index).keys() == {"renamed.txt", "sub/news.txt"}
    assert_as_if_built_at_once(index, [root], tmp_path)
    shutil.rmtree(root / "sub")
    assert sync(root, index, no_embedder).removed == ("sub/news.txt",)


def test_an_emptied_folder_is_an_error_and_removes_nothing(root: Path, index: Path) -> None:
    """It may be a disk that is not there."""
    sync(root, index, FakeEmbedder)
    before = names(index)
    shutil.rmtree(root)
    root.mkdir()
    with pytest.raises(DocumentError, match="nothing was removed"):
        sync(root, index, no_embedder)
    assert names(index) == before
    write(root / "plan.txt", PLAN)
    assert set(sync(root, index, FakeEmbedder).removed) == set(before) - {"plan.txt"}


def test_only_the_folder_that_is_synced_is_looked_at(
    root: Path, index: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    write(other / "more.txt", "更多。")
    sync(root, index, FakeEmbedder)
    sync(other, index, FakeEmbedder)
    (other / "more.txt").unlink()
    (root / "zone.md").unlink()
    assert sync(root, index, no_embedder).removed == ("zone.md",)
    assert names(index) == ["more.txt", "plan.txt", "sub/news.txt"]
    # A folder within it holds some of its documents.
    assert sync(root / "sub", index, no_embedder).unchanged == 1
    write(root / "sub" / "late.txt", "更晚。")
    assert sync(root / "sub", index, FakeEmbedder).added == ("late.txt",)


def test_a_folder_that_is_not_there_is_an_error_and_removes_nothing(
    root: Path, index: Path, tmp_path: Path
) -> None:
    sync(root, index, FakeEmbedder)
    root.rename(tmp_path / "away")
    with pytest.raises(DocumentError, match="no such file or folder"):
        sync(root, index, no_embedder)
    assert len(names(index)) == 3


def test_a_file_that_can_no_longer_be_read_stays_as_it_was_read(root: Path, index: Path) -> None:
    sync(root, index, FakeEmbedder)
    before = texts(index)
    (root / "plan.txt").write_bytes(b"")  # it is just being written, say
    (root / "bad.txt").write_bytes(bytes(range(256)))
    for _ in range(2):
        report = sync(root, index, no_embedder)
        assert sorted(error.path.name for error in report.skipped) == ["bad.txt", "plan.txt"]
        assert not report.is_changed
    assert texts(index) == before


def test_files_of_one_name_both_stay(root: Path, index: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    write(other / "plan.txt", "另一个方案。")
    write(other / "new.txt", "新文件。")
    sync(root, index, FakeEmbedder)
    assert sync(other, index, FakeEmbedder).added == ("new.txt", "other/plan.txt")
    assert add_paths([tmp_path / "other" / "plan.txt"], index, no_embedder).documents == 5
    assert texts(index)["other/plan.txt"] == "另一个方案。"
    assert texts(index)["plan.txt"] == PLAN.strip().replace("\n\n", "\n")
    # The name stays with the file.
    write(other / "plan.txt", "又一个方案。")
    assert sync(other, index, FakeEmbedder).updated == ("other/plan.txt",)
    assert not sync(root, index, no_embedder).is_changed


def test_a_copy_is_listed_but_not_indexed_twice(root: Path, index: Path, tmp_path: Path) -> None:
    sync(root, index, FakeEmbedder)
    write(root / "copy.txt", PLAN)
    report = sync(root, index, no_embedder)
    assert (report.added, report.skipped) == (("copy.txt",), ())
    assert {e.source: e.copy_of for e in list_documents(index)} == {
        "copy.txt": "plan.txt",
        "plan.txt": "",
        "sub/news.txt": "",
        "zone.md": "",
    }
    assert texts(index).keys() == {"plan.txt", "sub/news.txt", "zone.md"}
    # Where the first goes or becomes another, the copy takes its place.
    write(root / "plan.txt", "新的方案。")
    assert sync(root, index, FakeEmbedder).updated == ("plan.txt",)
    assert texts(index)["copy.txt"] == PLAN.strip().replace("\n\n", "\n")
    assert texts(index)["plan.txt"] == "新的方案。"
    assert not any(entry.copy_of for entry in list_documents(index))
    assert_as_if_built_at_once(index, [root], tmp_path)


def test_add_brings_an_added_folder_s_names_terms_renderings_and_descriptions(
    root: Path, index: Path, tmp_path: Path
) -> None:
    write(root / "terms.tsv", "措施\tmeasure\n")
    write(
        root / "translations" / "plan.jsonl",
        '{"original": "試點共有十六項措施。", "translation": "There are 16 measures."}\n'
        '{"original": "蘇州排名第一。", "translation": "Suzhou ranks first."}\n',
    )
    index_paths([root], index, FakeEmbedder())
    other = tmp_path / "other"
    write(other / "deep" / "more.txt", "更多。")
    write(other / "terms.tsv", "方案\tplan\n措施\tmeasure\n坏")
    write(other / "translations" / "more.jsonl", '{"original": "更多。", "translation": "More."}')
    write(other / "corpus.toml", '[documents."deep/more.txt"]\ntitle = "多"\npublisher = "社"\n')
    report = add_paths([other], index, FakeEmbedder)
    assert [(error.path.name, error.reason) for error in report.skipped] == [
        ("terms.tsv", "line 3: need Chinese, a tab, English")
    ]
    snapshot = read_snapshot(index)
    assert snapshot.terms == ((("措施",), ("measure",)), (("方案",), ("plan",)))
    rendered = [row.text for row in snapshot.rows if row.is_rendering]
    assert rendered == ["There are 16 measures. Suzhou ranks first.", "More."]
    more = next(entry for entry in list_documents(index) if entry.source == "deep/more.txt")
    assert (more.title, more.publisher) == ("多", "社")
    assert {d.source: d.title for d in snapshot.documents}["deep/more.txt"] == "多"
    # What the folder says of a document is part of it.
    write(other / "corpus.toml", '[documents."deep/more.txt"]\ntitle = "少"\n')
    report_of_sync = sync(other, index, FakeEmbedder)
    assert report_of_sync.updated == ("deep/more.txt",)
    assert {d.source: d.title for d in read_snapshot(index).documents}["deep/more.txt"] == "少"
    write(other / "translations" / "more.jsonl", '{"original": "更多。", "translation": "Yet."}')
    assert sync(other, index, FakeEmbedder).updated == ("deep/more.txt",)
    assert "Yet." in [row.text for row in read_snapshot(index).rows]
    write(other / "terms.tsv", "方案\tscheme\n")
    sync(other, index, no_embedder)
    assert read_snapshot(index).terms[-1] == (("方案",), ("scheme",))
    assert not sync(other, index, no_embedder).is_changed


def test_add_makes_a_library_and_needs_the_model_that_it_was_made_with(
    root: Path, index: Path
) -> None:
    assert add_paths([root / "plan.txt"], index, FakeEmbedder).documents == 1
    with pytest.raises(IndexMismatchError):
        add_paths([root], index, lambda: FakeEmbedder(model_id="another"))
    assert names(index) == ["plan.txt"]
    assert add_paths([root], index, FakeEmbedder).documents == 3
    assert names(index) == ["plan.txt", "sub/news.txt", "zone.md"]
    report = add_paths([root / "absent.txt"], index, no_embedder)
    assert (report.documents, len(report.skipped)) == (3, 1)


def test_nothing_is_added_to_a_damaged_library(root: Path, index: Path) -> None:
    sync(root, index, FakeEmbedder)
    (index / "CURRENT").write_text("lost")
    write(root / "new.txt", "新。")
    for change in (
        lambda: sync(root, index, FakeEmbedder),
        lambda: add_paths([root], index, FakeEmbedder),
        lambda: remove(["plan.txt"], index),
        lambda: list_documents(index),
    ):
        with pytest.raises(IndexDamagedError):
            change()


@pytest.mark.parametrize(
    ("given", "removed"),
    [
        (["plan.txt"], ["plan.txt"]),
        (["sub/*"], ["sub/news.txt"]),
        (["*.txt"], ["plan.txt", "sub/news.txt"]),
        (["zone.md", "zone.md", "*n*.md"], ["zone.md"]),
        (["*"], ["plan.txt", "sub/news.txt", "zone.md"]),
    ],
)
def test_documents_are_removed_by_name_or_pattern(
    root: Path, index: Path, given: list[str], removed: list[str]
) -> None:
    sync(root, index, FakeEmbedder)
    assert list(remove(given, index)) == removed
    left = [name for name in FILES if name not in removed]
    assert names(index) == sorted(left)
    assert texts(index).keys() == set(left)
    assert len(read_snapshot(index).passages) == len(left)


def test_documents_are_removed_by_id_with_their_copies(root: Path, index: Path) -> None:
    write(root / "copy.txt", PLAN)
    sync(root, index, FakeEmbedder)
    identifier = next(e.id for e in list_documents(index) if e.source == "plan.txt")
    assert sorted(remove([identifier], index)) == ["copy.txt", "plan.txt"]
    assert texts(index).keys() == {"sub/news.txt", "zone.md"}


def test_a_name_that_fits_nothing_removes_nothing_and_says_what_is_there(
    root: Path, index: Path
) -> None:
    sync(root, index, FakeEmbedder)
    before = contents(index)
    with pytest.raises(DocumentNotFoundError) as caught:
        remove(["plan.txt", "plam.txt"], index)
    assert str(caught.value) == (
        f'The index in {index} has no document "plam.txt". '
        f"It holds plan.txt, sub/news.txt, zone.md; see: wenzheng list --index {index}"
    )
    assert {k: v[1] for k, v in contents(index).items()} == {k: v[1] for k, v in before.items()}
    with pytest.raises(IndexNotFoundError):
        remove(["plan.txt"], index.with_name("absent"))


def test_two_writers_at_once_lose_nothing(tmp_path: Path, index: Path) -> None:
    def add(number: int) -> None:
        file = tmp_path / f"{number}.txt"
        write(file, f"第{number}号文件。\n")
        add_paths([file], index, lambda: FakeEmbedder(delay=0.002))

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(add, range(24)))
    assert len(names(index)) == len(read_snapshot(index).documents) == 24


def test_a_reader_of_an_earlier_library_goes_on(root: Path, index: Path) -> None:
    sync(root, index, FakeEmbedder)
    snapshot = read_snapshot(index)
    before = vectors_of(snapshot)
    remove(["*"], index)
    write(root / "plan.txt", "新的方案。")
    sync(root, index, FakeEmbedder)
    assert vectors_of(snapshot) == before


def test_watching_reports_what_changes(root: Path, index: Path) -> None:
    loaded: list[Embedder] = []

    def load() -> Embedder:
        loaded.append(FakeEmbedder())
        return loaded[-1]

    reports = watch(root, index, load, seconds=0.001)
    assert len(next(reports).added) == 3
    write(root / "new.txt", "新文件。")
    assert next(reports).added == ("new.txt",)
    (root / "new.txt").unlink()
    assert next(reports).removed == ("new.txt",)
    (root / "bad.txt").write_bytes(b"")
    assert [error.path.name for error in next(reports).skipped] == ["bad.txt"]
    assert len(loaded) == 1


def test_a_library_that_was_written_in_many_steps_is_as_if_built_at_once(
    tmp_path: Path, index: Path
) -> None:
    folder = tmp_path / "documents"
    random = np.random.default_rng(0)
    for step in range(40):
        write(folder / f"{random.integers(12)}.txt", f"第{step}步。\n\n经开区有{step}家。\n")
        if step % 5 == 4:
            next(iter(sorted(folder.iterdir()))).unlink()
        sync(folder, index, FakeEmbedder)
        segments = list((index / "segments").iterdir())
        assert len(segments) <= 9
    assert_as_if_built_at_once(index, [folder], tmp_path)


def test_what_was_read_not_to_the_last_character_is_told(root: Path, index: Path) -> None:
    raw = bytearray((NEWS * 20).encode())
    raw[100] = 0xFF
    (root / "torn.txt").write_bytes(raw)
    report = sync(root, index, FakeEmbedder)
    assert report.skipped == ()
    (warning,) = report.warnings
    assert warning.path == root / "torn.txt"
    assert "characters could not be read" in warning.reason
    assert same_snapshot(read_snapshot(index), read_snapshot(index, verify=True))


KILL_AT_ANY_MOMENT = """
import os, random, signal, sys, time
sys.path.insert(0, sys.argv[2])
from pathlib import Path
from fakes import FakeEmbedder
from qa.index.keeping.library import list_documents, sync
from qa.index.store import read_snapshot

folder = Path(sys.argv[1])
documents, index = folder / "documents", folder / "index"
documents.mkdir()
random = random.Random(0)

def change(number):
    name = documents / f"{random.randrange(30)}.txt"
    if name.exists() and random.random() < 0.3:
        name.unlink()
    else:
        half = documents / ".half"  # whole files alone: an empty one would be passed over
        half.write_text(f"第{number}步。\\n\\n经开区有{random.randrange(9)}家。\\n")
        half.rename(name)

for number in range(30):
    change(number)
sync(documents, index, FakeEmbedder)
for turn in range(20):
    child = os.fork()
    if not child:
        random.seed(turn)
        for number in range(10**9):
            change(number)
            sync(documents, index, FakeEmbedder)
    time.sleep(random.random() / 5)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    snapshot = read_snapshot(index, verify=True)
    listed = {entry.id for entry in list_documents(index)}
    assert {document.id for document in snapshot.documents} == listed
    sync(documents, index, FakeEmbedder)
    there = {path.read_text() for path in documents.glob("*.txt")}
    assert {document.text for document in read_snapshot(index, verify=True).documents} == there
    used = {path.parent.name for path in index.glob("segments/*/vectors.npy")}
    assert used == {path.name for path in index.glob("segments/*")}
print("whole", turn + 1)
"""


@pytest.mark.slow
def test_a_library_is_whole_at_whatever_moment_its_writer_is_killed(tmp_path: Path) -> None:
    tests = str(Path(__file__).parent)
    command = [sys.executable, "-c", KILL_AT_ANY_MOMENT, str(tmp_path), tests]
    assert (
        subprocess.run(command, capture_output=True, text=True, check=True).stdout == "whole 20\n"
    )


FILL_THE_DISK = """
import resource, signal, sys
sys.path.insert(0, sys.argv[2])
from pathlib import Path
from fakes import FakeEmbedder
from qa.index.keeping.library import sync
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[3]), resource.RLIM_INFINITY))
try:
    sync(Path(sys.argv[1]) / "documents", Path(sys.argv[1]) / "index", FakeEmbedder)
except OSError as error:
    print(error.strerror)
"""


@pytest.mark.slow
@pytest.mark.parametrize("limit", [100, 1000, 3000])
def test_a_full_disk_leaves_the_library_as_it_was(
    root: Path, index: Path, tmp_path: Path, limit: int
) -> None:
    sync(root, index, FakeEmbedder)
    before = {name: raw for name, (_, raw) in contents(index).items()}
    write(root / "new.txt", NEWS * 9)
    tests = str(Path(__file__).parent)
    command = [sys.executable, "-c", FILL_THE_DISK, str(tmp_path), tests, str(limit)]
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    assert run.stdout == "File too large\n"
    assert {name: raw for name, (_, raw) in contents(index).items()} == before
    assert sync(root, index, FakeEmbedder).added == ("new.txt",)


@pytest.mark.slow
def test_many_files_that_are_as_they_were_take_no_time(tmp_path: Path, index: Path) -> None:
    for number in range(109):
        write(tmp_path / "many" / f"{number % 7}" / f"{number}.txt", f"第{number}号。\n" * 20)
    assert len(sync(tmp_path / "many", index, FakeEmbedder).added) == 109
    before = contents(index)
    report = sync(tmp_path / "many", index, no_embedder)
    assert (report.unchanged, report.is_changed) == (109, False)
    assert report.seconds < 0.5
    assert contents(index) == before

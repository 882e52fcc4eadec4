"""Files, names and folders that are made to stop, slow down or mislead whoever indexes them."""

import os
import threading
import unicodedata
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import pytest
from fakes import EmbeddingCrashError, FakeEmbedder, texts
from hypothesis import given
from test_hostile_patterns import seconds

from qa.corpus.files import MAX_BYTES, find_files
from qa.corpus.translations import MAX_TERM, find_terms
from qa.index.disk.manifest import MANIFESTS, ORIGINALS, SEGMENTS
from qa.index.keeping.library import add_paths, list_documents
from qa.index.keeping.reports import IndexReport
from qa.index.store import read_snapshot
from qa.language.text import compatible, detect_language, fold

PLAN = "甲市补贴办法\n每户每月补贴2000元。"
MARKS = "\u0316\u0301"
"""Two marks that stand upon one letter in another order than they are typed in."""

LIMIT = 1.0
PATIENCE = 30
"""Seconds in which any of this is done, on any machine."""


def in_time(work: Callable[[], IndexReport]) -> IndexReport:
    """What work gives, done in a thread that may hang: a pipe cannot be read to its end."""
    given_back: list[IndexReport] = []
    thread = threading.Thread(target=lambda: given_back.append(work()), daemon=True)
    thread.start()
    thread.join(PATIENCE)
    assert given_back
    return given_back[0]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "corpus"
    (made / "translations").mkdir(parents=True)
    (made / "plan.txt").write_text(PLAN, encoding="utf-8")
    return made


def index_of(folder: Path, crash_after: int | None = None) -> IndexReport:
    def load() -> FakeEmbedder:
        return FakeEmbedder(crash_after=crash_after)

    return in_time(lambda: add_paths([folder], folder.parent / "index", load))


@pytest.mark.parametrize("text", ["a" + MARKS * 100_000, ("补贴" + MARKS * 5000 + "。\n") * 10])
def test_marks_upon_one_letter_are_put_in_order_in_time_that_grows_with_them(text: str) -> None:
    for read in (fold, detect_language):
        assert seconds(lambda: read(text), LIMIT) < LIMIT  # noqa: B023


@given(texts)
def test_a_long_text_folds_as_its_parts_do(text: str) -> None:
    long = f"{text}的" * 200
    assert compatible(long) == unicodedata.normalize("NFKC", long)


@pytest.mark.slow
def test_a_file_of_marks_is_indexed(folder: Path) -> None:
    (folder / "marks.txt").write_text("a" + MARKS * 100_000, encoding="utf-8")
    assert index_of(folder).documents == 2


def _pipe(path: Path) -> None:
    os.mkfifo(path)


def _endless(path: Path) -> None:
    path.symlink_to("/dev/zero")


NO_FILES = {"pipe": _pipe, "device": _endless}


@pytest.mark.skipif(os.name == "nt", reason="Windows has neither")
@pytest.mark.parametrize("kind", NO_FILES)
@pytest.mark.parametrize("name", ["corpus.toml", "terms.tsv", "translations/a.jsonl"])
def test_what_is_no_ordinary_file_is_reported_and_not_read(
    folder: Path, kind: str, name: str
) -> None:
    NO_FILES[kind](folder / name)
    report = index_of(folder)
    assert report.documents == 1
    assert [str(error) for error in report.skipped] == [f"{folder / name}: not an ordinary file"]


NESTED = {
    "corpus.toml": [
        ("a=" + "[" * 100_000, "nested too deeply"),
        ('[documents."plan.txt"]\na' + ".a" * 3000 + "=1", "nested too deeply"),
        ("a=" + "1" * 10_000, "not a readable TOML file"),
        ('[documents."plan.txt"]\na=0x' + "f" * 10_000, "not a readable TOML file"),
    ],
    "translations/a.jsonl": [
        ("[" * 100_000, "not a translation memory"),
        ('{"original": ' + "1" * 10_000 + "}", "not a translation memory"),
        (
            '{"original": "每户每月补贴2000元。", "translation": "\\ud800"}',
            "surrogates not allowed",
        ),
    ],
}


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [(name, *case) for name, cases in NESTED.items() for case in cases],
    ids=lambda value: str(value)[:30].encode("ascii", "replace").decode(),
)
def test_what_cannot_be_taken_apart_is_reported_and_stops_nothing(
    folder: Path, name: str, content: str, reason: str
) -> None:
    (folder / name).write_text(content, encoding="utf-8")
    report = index_of(folder)
    assert report.documents == 1
    (error,) = report.skipped
    assert reason in str(error)


@pytest.mark.skipif(os.name != "posix", reason="elsewhere a name is text")
@pytest.mark.parametrize(
    "name", [b"\xff.txt", b"\xff/a.txt", b"\xff.doc", b"translations/\xff.jsonl"]
)
def test_a_name_that_is_no_text_is_reported_once(folder: Path, name: bytes) -> None:
    path = os.path.join(os.fsencode(folder), name)  # noqa: PTH118
    try:
        os.makedirs(os.path.dirname(path), exist_ok=True)  # noqa: PTH103, PTH120
        with open(path, "w", encoding="utf-8") as file:  # noqa: PTH123
            file.write(PLAN * 2)
    except OSError:
        pytest.skip("this disk takes no such name")
    report = index_of(folder)
    assert report.documents == 1
    (error,) = report.skipped
    assert str(error).encode().endswith(b": its name is not in UTF-8; rename it")
    assert [entry.source for entry in list_documents(folder.parent / "index")] == ["plan.txt"]


def test_what_lies_above_a_folder_is_not_read(folder: Path) -> None:
    evil = '[documents."plan.txt"]\ntitle = "别人的话"'
    (folder.parent / "corpus.toml").write_text(evil, encoding="utf-8")
    (folder.parent / "terms.tsv").write_text("补贴\ttax", encoding="utf-8")
    for path in (folder, folder / "plan.txt"):
        (file,), errors = find_files([path])
        assert (dict(file.description), errors) == ({}, [])
        assert find_terms([path]) == ([], [])
    inner = folder / "inner"
    inner.mkdir()
    (folder / "corpus.toml").write_text(evil, encoding="utf-8")
    (inner / "plan.txt").write_text(PLAN, encoding="utf-8")
    (file,), _ = find_files([inner])
    assert not file.description


def test_a_term_of_a_page_is_no_term(folder: Path) -> None:
    lines = f"{'补' * (MAX_TERM + 1)}\tsubsidy\n补贴\t{'s' * MAX_TERM}\n"
    (folder / "terms.tsv").write_text(lines, encoding="utf-8")
    terms, errors = find_terms([folder])
    assert terms == [(("补贴",), ("s" * MAX_TERM,))]
    assert [error.reason for error in errors] == [f"line 1: a term of over {MAX_TERM} characters"]


def test_a_file_that_is_too_large_is_not_read_to_say_so(folder: Path) -> None:
    large = folder / "large.pdf"
    with large.open("wb") as file:
        try:
            file.truncate(2**36)
        except OSError:
            pytest.skip("this disk takes no such file")
    report = index_of(folder)
    assert [error.reason for error in report.skipped] == [f"larger than {MAX_BYTES // 2**20} MiB"]
    assert report.documents == 1


def _left_by_the_killed(index: Path) -> list[Path]:
    left = [
        index / SEGMENTS / uuid4().hex / "vectors.npy",
        index / MANIFESTS / f"{uuid4().hex}.json",
        index / ORIGINALS / f"{uuid4().hex * 2}.part" / "original.pdf",
        index / ORIGINALS / (uuid4().hex * 2) / "original.pdf",
    ]
    for path in left:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x" * 1000)
    return left


@pytest.mark.parametrize("fails", [False, True])
def test_what_the_killed_have_left_is_cleared_away_before_anything_is_written(
    folder: Path, fails: bool
) -> None:
    index_of(folder)
    index = folder.parent / "index"
    left = _left_by_the_killed(index)
    (folder / "more.txt").write_text("乙市补贴办法\n每户每月补贴3000元。", encoding="utf-8")
    if fails:  # as a disk that is full lets nobody come to the end
        with pytest.raises(EmbeddingCrashError):
            add_paths([folder], index, lambda: FakeEmbedder(crash_after=0))
    else:
        index_of(folder)
    assert not any(path.exists() for path in left)
    assert len(read_snapshot(index).documents) == (1 if fails else 2)


def test_what_is_not_ours_is_left_alone(folder: Path) -> None:
    index = folder.parent / "index"
    theirs = [index / place / "mine.txt" for place in (SEGMENTS, MANIFESTS, ORIGINALS, "snapshots")]
    for path in theirs:
        path.parent.mkdir(parents=True)
        path.write_text("x", encoding="utf-8")
    index_of(folder)
    assert all(path.exists() for path in theirs)


def test_of_writers_at_once_none_loses_what_the_others_wrote(tmp_path: Path) -> None:
    folders = [tmp_path / str(number) for number in range(5)]
    for number, folder in enumerate(folders):
        folder.mkdir()
        (folder / f"{number}.txt").write_text(
            f"{number}号文件\n每户补贴{number}元。", encoding="utf-8"
        )
    index, begin = tmp_path / "index", threading.Barrier(len(folders))

    def write(folder: Path) -> None:
        begin.wait(PATIENCE)
        add_paths([folder], index, lambda: FakeEmbedder(delay=0.01))

    threads = [threading.Thread(target=write, args=(folder,)) for folder in folders]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    assert [entry.source for entry in list_documents(index)] == [f"{n}.txt" for n in range(5)]

"""Files are read in a process of its own: what hangs, floods or crashes it is said of that file."""

import os
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from qa.corpus.files import SourceFile, read_file
from qa.corpus.readers.extracted import Limits, UnreadableError
from qa.corpus.readers.process import ReaderProcess
from qa.errors import DocumentError

TABLE = "类别,补贴\n甲类,2000元\n"


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "表.csv"
    path.write_text(TABLE, encoding="utf-8")
    return path


def test_one_process_reads_many_files(table: Path) -> None:
    with ReaderProcess() as process:
        first = process.read(table)
        assert "甲类" in first.text
        assert process.read(table).text == first.text


def test_what_takes_too_long_is_ended_and_the_next_file_is_read(table: Path) -> None:
    with ReaderProcess(replace(Limits(), seconds=0.0)) as process:
        for _ in range(2):
            with pytest.raises(UnreadableError, match="took longer than 0 seconds; split it"):
                process.read(table)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux bounds the memory of a process")
def test_what_needs_too_much_memory_ends_only_its_process(table: Path) -> None:
    with (
        ReaderProcess(replace(Limits(), memory=64 * 2**20)) as process,
        pytest.raises(UnreadableError, match=r"a damaged file|memory|MiB"),
    ):
        process.read(table)


def test_what_crashes_a_reader_is_said_of_the_file(tmp_path: Path) -> None:
    folder = tmp_path / "folder.csv"
    folder.mkdir()
    with ReaderProcess() as process, pytest.raises(UnreadableError):
        process.read(folder)


def test_a_page_of_what_has_none_cannot_be_shown(table: Path) -> None:
    with ReaderProcess() as process:
        with pytest.raises(UnreadableError):
            process.render(table, 0, 100)
        assert process.read(table).text


@pytest.mark.skipif(os.name == "nt", reason="names are not bytes there")
def test_a_name_need_not_be_text(table: Path) -> None:
    path = Path(os.fsdecode(os.fsencode(table.parent) + b"/\xff.csv"))
    table.rename(path)
    with ReaderProcess() as process:
        document = read_file(SourceFile(path, path.name, {}), process).document
        assert "甲类" in document.text


def test_the_error_names_the_file(tmp_path: Path) -> None:
    path = tmp_path / "leer.csv"
    path.write_bytes(b"")
    with ReaderProcess() as process, pytest.raises(DocumentError, match=r"leer\.csv: .*empty"):
        read_file(SourceFile(path, path.name, {}), process)

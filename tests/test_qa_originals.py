"""Originals are kept beside a library, say where a text stands, and go with their documents."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from fakes import FakeEmbedder
from hypothesis import given
from hypothesis import strategies as st

from qa.corpus.readers.extracted import Layout, Page
from qa.errors import IndexDamagedError
from qa.index.building import index_paths
from qa.index.disk.manifest import ORIGINALS
from qa.index.disk.originals import Originals
from qa.index.keeping.library import add_paths, remove, sync
from qa.index.store import read_snapshot
from qa.types import Document, Language

SHA = "ab12" * 16
TABLE = "类别,补贴（元）\n甲类,2000\n乙类,1000\n"
OTHER = "区域,每小时收费（元）\n核心区,10\n外围区,3\n"


def document(text: str, original: str = SHA) -> Document:
    return Document(
        id="d", title="", language=Language.SIMPLIFIED, source="a.pdf", text=text, original=original
    )


def layout_of(lines: list[str], *, size: float = 10.0, page: int = 0, pages: int = 1) -> Layout:
    """Each line below the one before, each character as wide as high; newlines have no place."""
    text = "\n".join(lines)
    page_of, boxes = np.full(len(text), -1, np.int32), np.zeros((len(text), 4), np.float32)
    at = 0
    for row, line in enumerate(lines):
        for column in range(len(line)):
            left, top = column * size, row * size
            page_of[at + column] = page
            boxes[at + column] = left, top, left + size, top + size
        at += len(line) + 1
    return Layout((Page(200.0, 100.0),) * pages, page_of, boxes)


def kept(folder: Path, layout: Layout) -> Originals:
    file = folder / "a.pdf"
    file.write_bytes(b"%PDF")
    originals = Originals(folder / "library")
    originals.keep(SHA, file, layout, whole=True)
    return originals


def test_a_sentence_has_a_box_a_line(tmp_path: Path) -> None:
    lines = ["甲类企业每月", "补贴二千元。"]
    found = kept(tmp_path, layout_of(lines)).boxes(document("\n".join(lines)), 2, 10)
    assert [(b.page, b.left, b.top, b.right, b.bottom) for b in found] == [
        (1, 0.1, 0.0, 0.3, 0.1),
        (1, 0.0, 0.1, 0.15, 0.2),
    ]


@given(st.lists(st.text("甲乙丙", min_size=1, max_size=20), min_size=1, max_size=10), st.data())
def test_the_boxes_of_a_place_hold_every_character_of_it(
    tmp_path_factory: pytest.TempPathFactory, lines: list[str], data: st.DataObject
) -> None:
    text = "\n".join(lines)
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    layout = layout_of(lines)
    originals = kept(tmp_path_factory.mktemp("o"), layout)
    found = originals.boxes(document(text), start, end)
    assert len(found) == len([part for part in text[start:end].split("\n") if part])
    for place in range(start, end):
        if layout.page_of[place] >= 0:
            left, top, right, bottom = layout.boxes[place] / [200, 100, 200, 100]
            assert any(
                b.left <= left + 1e-4
                and b.top <= top + 1e-4
                and b.right >= right - 1e-4
                and b.bottom >= bottom - 1e-4
                for b in found
            )


def test_what_is_stored_of_another_text_is_damage(tmp_path: Path) -> None:
    originals = kept(tmp_path, layout_of(["甲乙丙"]))
    with pytest.raises(IndexDamagedError, match=r"pages of a\.pdf have changed"):
        originals.boxes(document("甲乙"), 0, 1)
    (tmp_path / "library" / ORIGINALS / SHA / "boxes.npy").write_bytes(b"x")
    with pytest.raises(IndexDamagedError, match=r"pages of a\.pdf"):
        Originals(tmp_path / "library").boxes(document("甲乙丙"), 0, 1)


@pytest.mark.parametrize("name", ["", "../library", "none", "..", "a/b"])
def test_no_name_leads_out_of_the_folder(tmp_path: Path, name: str) -> None:
    originals = kept(tmp_path, layout_of(["甲"]))
    stranger = document("甲", original=name)
    assert originals.path(stranger) is None
    assert originals.boxes(stranger, 0, 1) == ()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a text, and a table that is no text."""
    documents = tmp_path / "docs"
    documents.mkdir()
    (documents / "a.txt").write_text("补贴办法\n\n甲类企业每月补贴。", encoding="utf-8")
    (documents / "b.csv").write_text(TABLE, encoding="utf-8")
    return documents


def stored(index: Path) -> list[str]:
    return sorted(path.name for path in (index / ORIGINALS).glob("*/original.*"))


def found(index: Path) -> dict[str, Document]:
    return {d.source: d for d in read_snapshot(index).documents}


def test_a_library_keeps_what_is_not_text(folder: Path, tmp_path: Path) -> None:
    index = tmp_path / "index"
    report = index_paths([folder], index, FakeEmbedder())
    assert (report.documents, report.skipped) == (2, ())
    assert stored(index) == ["original.csv"]
    documents, originals = found(index), read_snapshot(index).originals
    assert originals is not None
    path = originals.path(documents["b.csv"])
    assert path is not None
    assert path.read_text(encoding="utf-8") == TABLE
    assert originals.path(documents["a.txt"]) is None
    assert (documents["a.txt"].media_type, documents["b.csv"].media_type) == ("", "text/csv")
    assert "甲类" in documents["b.csv"].text


def test_a_library_need_not_keep_them(folder: Path, tmp_path: Path) -> None:
    index = tmp_path / "index"
    index_paths([folder], index, FakeEmbedder(), keep_originals=False)
    assert stored(index) == []
    assert found(index)["b.csv"].text


def test_originals_go_with_their_documents(folder: Path, tmp_path: Path) -> None:
    index = tmp_path / "index"
    add_paths([folder], index, FakeEmbedder)
    before = found(index)["b.csv"].original
    (folder / "b.csv").write_text(OTHER, encoding="utf-8")
    sync(folder, index, FakeEmbedder)
    after = found(index)["b.csv"].original
    assert before != after
    assert [path.name for path in (index / ORIGINALS).iterdir()] == [after]
    remove(["b.csv"], index)
    assert list((index / ORIGINALS).iterdir()) == []


def test_a_copy_takes_the_place_of_what_is_removed(folder: Path, tmp_path: Path) -> None:
    (folder / "c.csv").write_text(TABLE.replace("\n", "\r\n"), encoding="utf-8")
    index = tmp_path / "index"
    add_paths([folder], index, FakeEmbedder)
    assert stored(index) == ["original.csv", "original.csv"]
    assert set(found(index)) == {"a.txt", "b.csv"}
    remove(["b.csv"], index)
    left, originals = found(index)["c.csv"], read_snapshot(index).originals
    assert originals is not None
    path = originals.path(left)
    assert path is not None
    assert path.read_bytes() == (folder / "c.csv").read_bytes()


def test_a_document_is_the_same_wherever_it_is_read_from() -> None:
    text = document("甲")
    assert text.is_wrapped
    assert not replace(text, media_type="text/csv").is_wrapped

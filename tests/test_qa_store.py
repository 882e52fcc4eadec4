"""Libraries on disk: read as written, never half, and damage is told from absence."""

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import numpy as np
import pytest
from fakes import FakeEmbedder, make_document, same_snapshot, texts
from hypothesis import given, settings
from hypothesis import strategies as st

from embeddings.faiss_index import CodedIndex, encode
from qa.corpus.passages import split_document
from qa.errors import IndexDamagedError, IndexMismatchError, IndexNotFoundError
from qa.index.building import make_segment, make_snapshot, write_snapshot
from qa.index.disk.manifest import SegmentInfo, use_manifest
from qa.index.disk.segments import HASHED_UP_TO, read_segment, write_segment
from qa.index.quantised import QuantisedVectors
from qa.index.store import SCHEMA, Snapshot, exists, read_snapshot
from qa.types import Language

TERMS = ((("经开区", "开发区"), ("ETDZ",)),)
RENDERINGS = {"经开区有232家。": "There are 232 zones."}


def snapshot_of(*contents: str, embedder: FakeEmbedder | None = None) -> Snapshot:
    documents = [make_document(text, f"{n}.txt") for n, text in enumerate(contents)]
    return make_snapshot(
        documents,
        [passage for document in documents for passage in split_document(document)],
        embedder or FakeEmbedder(),
        bilingual=TERMS,
        renderings=RENDERINGS,
    )


OLD = snapshot_of("经开区有232家。\n", "The plan has 16 measures. It began in May.")
NEW = snapshot_of("另一份文件。🙂")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder that holds the snapshot OLD."""
    write_snapshot(OLD, tmp_path / "index")
    return tmp_path / "index"


def contents(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def parts(folder: Path) -> list[Path]:
    """The files of the one segment, then the manifest."""
    (segment,) = (folder / "segments").iterdir()
    return [*sorted(segment.iterdir()), manifest_of(folder)]


def manifest_of(folder: Path) -> Path:
    (manifest,) = (folder / "manifests").iterdir()
    return manifest


def state_otherwise(folder: Path, fields: object) -> None:
    """Put another manifest in the place of the one in use, with the hash that it should have."""
    manifest_of(folder).unlink()
    raw = json.dumps(fields).encode()
    name = hashlib.sha256(raw).hexdigest()[:32]
    (folder / "manifests" / f"{name}.json").write_bytes(raw)
    use_manifest(folder, name)


def assert_damaged(folder: Path) -> str:
    """Reading raises IndexDamagedError, says how to mend it, and leaves every byte as it was."""
    before = contents(folder)
    with pytest.raises(IndexDamagedError) as caught:
        read_snapshot(folder, model_id=OLD.model_id)
    assert contents(folder) == before
    assert f"wenzheng index --index {folder}" in str(caught.value)
    assert caught.value.folder == folder
    return caught.value.reason


def test_a_snapshot_is_read_as_it_was_written(folder: Path) -> None:
    found = read_snapshot(folder, model_id=OLD.model_id)
    assert same_snapshot(found, OLD)
    assert not same_snapshot(found, NEW)
    assert found.terms == TERMS
    # The passage whose every sentence has a rendering stands in a second row as well.
    assert [(row.passage, row.language, row.text) for row in found.rows[2:]] == [
        (0, Language.ENGLISH, "There are 232 zones.")
    ]
    assert found.dimension == 64


@pytest.mark.slow
@settings(max_examples=50)
@given(st.lists(texts.filter(str.strip), min_size=1, max_size=3, unique=True))
def test_any_snapshot_is_read_as_it_was_written(
    tmp_path_factory: pytest.TempPathFactory, written: list[str]
) -> None:
    folder = tmp_path_factory.getbasetemp() / "any"
    snapshot = snapshot_of(*written)
    write_snapshot(snapshot, folder)
    assert same_snapshot(read_snapshot(folder), snapshot)


def coded(folder: Path) -> SegmentInfo:
    """A segment with codes, of other vectors than its own."""
    document = make_document("经开区有232家。")
    made = make_segment([document], split_document(document), FakeEmbedder())
    return write_segment(replace(made.segment, codes=CodedIndex(encode(VECTORS))), folder)


VECTORS = np.random.default_rng(0).normal(size=(700, 64)).astype(np.float32)


def test_codes_are_read_as_they_were_written(tmp_path: Path) -> None:
    codes = read_segment(tmp_path, coded(tmp_path)).codes
    assert codes is not None
    assert codes.data.tobytes() == encode(VECTORS).tobytes()
    _, found = codes.search(VECTORS[:1], 1)
    assert found.tolist() == [[0]]


def test_codes_that_faiss_cannot_read_are_damage(tmp_path: Path) -> None:
    """Even where the hash is right: another version of FAISS may write another form."""
    info = coded(tmp_path)
    part = tmp_path / "segments" / info.name / "codes.npy"
    np.save(part, np.arange(100, dtype=np.uint8))
    raw = part.read_bytes()
    stated = {**info.files, part.name: (len(raw), hashlib.sha256(raw).hexdigest())}
    with pytest.raises(ValueError, match="no FAISS index"):
        read_segment(tmp_path, replace(info, files=stated))


def test_writing_replaces_what_was_there(folder: Path) -> None:
    write_snapshot(NEW, folder)
    assert same_snapshot(read_snapshot(folder), NEW)
    assert len(list((folder / "segments").iterdir())) == 1


def test_an_earlier_snapshot_in_use_survives_its_replacement(folder: Path) -> None:
    used = read_snapshot(folder)
    write_snapshot(NEW, folder)
    assert same_snapshot(used, OLD)


@pytest.mark.parametrize("name", ["", "absent", "file"])
def test_no_index(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").write_text("not a folder")
    before = contents(tmp_path)
    assert not exists(tmp_path / name)
    with pytest.raises(IndexNotFoundError) as caught:
        read_snapshot(tmp_path / name)
    assert f"wenzheng index --index {tmp_path / name}" in str(caught.value)
    assert contents(tmp_path) == before


def test_a_folder_that_cannot_be_written_is_an_os_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(OSError, match="file"):
        write_snapshot(OLD, tmp_path / "file")


def test_each_file_is_covered_by_a_hash(folder: Path) -> None:
    assert exists(folder)
    for part in parts(folder):
        original = part.read_bytes()
        for place in {0, len(original) // 2, len(original) - 1}:
            flipped = original[:place] + bytes([original[place] ^ 1]) + original[place + 1 :]
            part.write_bytes(flipped)
            assert assert_damaged(folder) == f"{part.name} has changed"
        for damaged in (b"", original[:-1], original[: len(original) // 2], original + b"\0"):
            part.write_bytes(damaged)
            assert_damaged(folder)
        part.unlink()
        assert assert_damaged(folder).startswith("FileNotFoundError")
        part.write_bytes(original)
    assert same_snapshot(read_snapshot(folder), OLD)


@given(place=st.integers(0), value=st.integers(0, 255))
def test_a_damaged_manifest_never_gives_other_answers(
    tmp_path_factory: pytest.TempPathFactory, place: int, value: int
) -> None:
    folder = tmp_path_factory.getbasetemp() / "manifest"
    if not exists(folder):
        write_snapshot(OLD, folder)
    manifest = manifest_of(folder)
    original = manifest.read_bytes()
    damaged = bytearray(original)
    damaged[place % len(original)] = value
    manifest.write_bytes(damaged)
    try:
        assert same_snapshot(read_snapshot(folder, model_id=OLD.model_id), OLD)
    except (IndexDamagedError, IndexMismatchError):
        assert damaged != original
    finally:
        manifest.write_bytes(original)


@pytest.mark.parametrize(
    "fields", [None, [], {}, {"model": "fake-pairs"}, {"model": 1, "segments": 5}]
)
def test_a_manifest_of_another_form_is_damage(folder: Path, fields: object) -> None:
    stated = {"schema": SCHEMA, **fields} if isinstance(fields, dict) else fields
    state_otherwise(folder, stated)
    assert_damaged(folder)


@pytest.mark.parametrize("current", ["", "../x", "/etc", "..", "a/b", "absent", "\xff", "a\0b"])
def test_a_current_that_names_no_manifest_is_damage(folder: Path, current: str) -> None:
    (folder.parent / "x").mkdir()
    (folder / "CURRENT").write_text(current, encoding="latin-1")
    assert_damaged(folder)


def test_a_current_that_is_a_folder_is_damage(folder: Path) -> None:
    (folder / "CURRENT").unlink()
    (folder / "CURRENT").mkdir()
    assert "CURRENT cannot be read" in assert_damaged(folder)


@pytest.mark.parametrize("lost", ["segments", "manifests"])
def test_lost_files_are_damage(folder: Path, lost: str) -> None:
    shutil.rmtree(folder / lost)
    assert_damaged(folder)


def test_the_contents_of_a_large_segment_are_compared_where_it_is_to_be_verified(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("qa.index.disk.segments.HASHED_UP_TO", 100)
    assert HASHED_UP_TO == 32 * 2**20
    part = next(folder.glob("segments/*/vectors.npy"))
    part.write_bytes(part.read_bytes()[:-1] + b"\1")
    assert len(read_snapshot(folder).rows) == len(OLD.rows)
    with pytest.raises(IndexDamagedError, match=r"vectors\.npy has changed"):
        read_snapshot(folder, verify=True)
    part.write_bytes(part.read_bytes() + b"\1")  # the size is always looked at
    assert_damaged(folder)


def test_damage_is_mended_by_writing_again(folder: Path) -> None:
    parts(folder)[0].unlink()
    write_snapshot(NEW, folder)
    assert same_snapshot(read_snapshot(folder), NEW)


def test_an_index_of_another_model_is_not_used(folder: Path) -> None:
    before = contents(folder)
    with pytest.raises(IndexMismatchError) as caught:
        read_snapshot(folder, model_id="another")
    assert contents(folder) == before
    assert str(caught.value) == (
        f"The index in {folder} was built with the model fake-pairs, but this run uses the model "
        f"another. Build it again with: wenzheng index --index {folder} [PATH...]"
    )
    assert same_snapshot(read_snapshot(folder), OLD)


def test_an_index_of_another_schema_is_not_used(folder: Path) -> None:
    fields = json.loads(manifest_of(folder).read_text())
    state_otherwise(folder, {**fields, "schema": SCHEMA + 1})
    with pytest.raises(IndexMismatchError) as caught:
        read_snapshot(folder, model_id=OLD.model_id)
    assert caught.value.found == f"schema {SCHEMA + 1}"
    assert caught.value.expected == f"schema {SCHEMA}"


def test_a_write_that_fails_leaves_the_earlier_snapshot_and_nothing_else(folder: Path) -> None:
    before = contents(folder)
    broken = replace(
        NEW, vectors=QuantisedVectors(np.array([[object()]]), np.ones(1, dtype=np.float32))
    )  # only pickle could store it
    with pytest.raises(ValueError, match="Object arrays cannot be saved"):
        write_snapshot(broken, folder)
    assert contents(folder) == before
    write_snapshot(NEW, folder)
    assert same_snapshot(read_snapshot(folder), NEW)


FILL_THE_DISK = """
import resource, signal, sys
sys.path.insert(0, sys.argv[2])
from pathlib import Path
from test_qa_store import snapshot_of
from qa.index.building import write_snapshot
snapshot = snapshot_of("经开区有232家。" * 50)
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[3]), resource.RLIM_INFINITY))
try:
    write_snapshot(snapshot, Path(sys.argv[1]))
except OSError as error:
    print("OSError", error.strerror)
"""


@pytest.mark.slow
@pytest.mark.parametrize("limit", [0, 200, 2000])
def test_a_full_disk_leaves_the_earlier_snapshot_and_nothing_else(folder: Path, limit: int) -> None:
    before = contents(folder)
    tests = str(Path(__file__).parent)
    command = [sys.executable, "-c", FILL_THE_DISK, str(folder), tests, str(limit)]
    written = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert written.startswith("OSError File too large")
    assert contents(folder) == before
    assert same_snapshot(read_snapshot(folder), OLD)


def test_what_a_killed_writer_left_is_passed_over_and_cleared_away(folder: Path) -> None:
    shutil.copytree(parts(folder)[0].parent, folder / "segments" / uuid4().hex)
    (folder / "manifests" / f"{uuid4().hex}.json").write_text("{")
    (folder / "CURRENT.new").write_text("lef")
    assert same_snapshot(read_snapshot(folder), OLD)
    write_snapshot(NEW, folder)
    assert {path.name for path in folder.iterdir()} == {"CURRENT", ".lock", "manifests", "segments"}
    assert len(list((folder / "segments").iterdir())) == 1
    assert (folder / "CURRENT").read_text() == manifest_of(folder).stem


def test_writers_at_once_and_a_reader_all_see_whole_snapshots(folder: Path) -> None:
    finished = threading.Event()

    def write(snapshot: Snapshot) -> None:
        for _ in range(8):
            write_snapshot(snapshot, folder)

    def read() -> int:
        reads = 0
        while not finished.is_set():
            found = read_snapshot(folder)
            assert same_snapshot(found, OLD) or same_snapshot(found, NEW)
            reads += 1
        return reads

    with ThreadPoolExecutor() as threads:
        reader = threads.submit(read)
        for writer in [threads.submit(write, snapshot) for snapshot in (OLD, NEW)]:
            writer.result()
        finished.set()
        assert reader.result() > 0
    found = read_snapshot(folder)
    assert same_snapshot(found, OLD) or same_snapshot(found, NEW)
    assert len(list((folder / "segments").iterdir())) == 1


WRITE_FOR_EVER = """
import sys
sys.path.insert(0, sys.argv[2])
from pathlib import Path
from qa.index.building import write_snapshot
from qa.index.store import read_snapshot
folder = Path(sys.argv[1])
snapshot = read_snapshot(folder)
print("ready", flush=True)
while True:
    write_snapshot(snapshot, folder)
"""


@pytest.mark.slow
@pytest.mark.parametrize("milliseconds", [3, 11, 29, 47])
def test_a_writer_that_is_killed_leaves_a_whole_snapshot(folder: Path, milliseconds: int) -> None:
    command = [sys.executable, "-c", WRITE_FOR_EVER, str(folder), str(Path(__file__).parent)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as writer:
        assert writer.stdout is not None
        writer.stdout.readline()
        time.sleep(milliseconds / 1000)
        os.kill(writer.pid, signal.SIGKILL)
    assert same_snapshot(read_snapshot(folder), OLD)
    write_snapshot(NEW, folder)  # the killed writer holds no lock
    assert same_snapshot(read_snapshot(folder), NEW)

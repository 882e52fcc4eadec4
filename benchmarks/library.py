"""Times keeping a large library: `python benchmarks/library.py [--passages 100000]`.

Documents of twenty passages of made-up sentences, with random unit vectors for the model's. Times
adding one document and reading the library after it, counts the bytes written, and times a sync of
109 files of which none, one or all are new.
"""

import argparse
import random
import resource
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from embeddings.types import FloatMatrix, Progress, ReadPassage
from qa.index.building import index_paths
from qa.index.keeping.library import add_paths, list_documents, remove, sync
from qa.index.store import read_snapshot

DIMENSION = 384
SYLLABLES = (
    "国家级经开区发展外贸投资企业创新措施办法规定通知管理服务建设支持改革试点项目资金税收工业园"
)
PASSAGES = 20


class RandomEmbedder:
    """Gives any text a random unit vector; as fast as they can be drawn."""

    model_id = "random"
    dimension = DIMENSION

    def __init__(self) -> None:
        self._generator = np.random.default_rng(0)

    def embed_queries(self, texts: Sequence[str]) -> FloatMatrix:
        return self.embed_passages(texts)

    def embed_passages(
        self, texts: Sequence[str], *, progress: Progress | None = None
    ) -> FloatMatrix:
        made = self._generator.standard_normal((len(texts), DIMENSION), dtype=np.float32)
        made /= np.linalg.norm(made, axis=1, keepdims=True)
        if progress:
            progress(len(texts))
        return made

    def embed_with_sentences(
        self, passages: Sequence[ReadPassage], *, progress: Progress | None = None
    ) -> list[FloatMatrix]:
        if progress:
            progress(len(passages))
        return [self.embed_passages(["", *passage.sentences]) for passage in passages]


def text(number: int, passages: int = PASSAGES) -> str:
    """A document of so many passages; words recur as they do in earnest, texts do not."""
    chosen = random.Random(number)  # noqa: S311
    words = ["".join(chosen.choices(SYLLABLES, k=2)) for _ in range(200)]

    def sentence() -> str:
        return "".join(chosen.choices(words, k=12)) + f"{chosen.randrange(10**6)}项。"

    lines = ["".join(sentence() for _ in range(5)) for _ in range(passages)]
    return f"# 第{number}号文件\n\n" + "\n\n".join(lines) + "\n"


def timed(what: str, run: Callable[[], object], index: Path) -> None:
    """Print how long something takes, what it writes, and how much memory the process has used."""
    before = {path: path.stat().st_mtime_ns for path in files(index)}
    started = time.perf_counter()
    result = run()
    seconds = time.perf_counter() - started
    new = [path for path in files(index) if before.get(path) != path.stat().st_mtime_ns]
    written = sum(path.stat().st_size for path in new)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"{what}: {seconds:.2f} s, {written / 1e6:.2f} MB written, peak memory {memory:.0f} MB"
        + (f" ({result})" if isinstance(result, str) else ""),
        flush=True,
    )


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file() and path.name != ".lock"]


def unlisted() -> RandomEmbedder:
    raise AssertionError("the model has been loaded")


def keep_large(folder: Path, passages: int) -> None:
    """Build a library, add to it, remove from it, read it."""
    documents, index = folder / "documents", folder / "index"
    documents.mkdir()
    for number in range(passages // PASSAGES):
        (documents / f"{number}.txt").write_text(text(number), encoding="utf-8")
    embedder = RandomEmbedder()
    timed("built", lambda: index_paths([documents], index, embedder), index)
    snapshot = read_snapshot(index)
    print(f"{len(snapshot.documents)} documents, {len(snapshot.passages)} passages, ", end="")
    print(f"{snapshot.postings.sentence_starts[-1]} sentences")
    del snapshot
    timed("nothing to sync", lambda: sync(documents, index, unlisted).unchanged, index)
    for number in range(20):
        more = folder / f"more{number}.txt"
        more.write_text(text(-1 - number), encoding="utf-8")
        timed("one document added", lambda: add_paths([more], index, lambda: embedder), index)  # noqa: B023
    (documents / "5.txt").write_text(text(5) + "新的一段。\n", encoding="utf-8")
    timed("one document changed", lambda: sync(documents, index, lambda: embedder), index)
    timed("one document removed", lambda: remove(["7.txt"], index), index)
    timed("listed", lambda: list_documents(index), index)
    timed("read", lambda: read_snapshot(index), index)
    timed("read and verified", lambda: read_snapshot(index, verify=True), index)


def sync_small(folder: Path) -> None:
    """Sync a folder of as many documents as a user might have."""
    documents, index = folder / "few", folder / "few-index"
    documents.mkdir()
    for number in range(109):
        (documents / f"{number}.txt").write_text(text(number), encoding="utf-8")
    embedder = RandomEmbedder()
    timed("109 files synced, all new", lambda: sync(documents, index, lambda: embedder), index)
    timed("109 files synced, none new", lambda: sync(documents, index, unlisted), index)
    (documents / "5.txt").write_text(text(5) + "新的一段。\n", encoding="utf-8")
    timed("109 files synced, one changed", lambda: sync(documents, index, lambda: embedder), index)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--passages", type=int, default=100_000)
    passages = parser.parse_args().passages
    with tempfile.TemporaryDirectory() as folder:
        sync_small(Path(folder))
        keep_large(Path(folder), passages)


if __name__ == "__main__":
    main()

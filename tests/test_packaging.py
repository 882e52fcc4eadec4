"""The wheel holds what the program reads, and an installed `ask` answers from any folder."""

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import venv
from collections.abc import Callable, Mapping
from pathlib import Path
from zipfile import ZipFile

import pytest

from qa.language.text import squash

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[1]
PACKAGES = ["api", "embeddings", "eval", "qa", "seeds", "wenzheng"]
LARGEST_WHEEL = 100 * 2**20
"""Bytes; package indexes take no larger file."""

QUESTION = "国家级经开区目前有多少家？"
UNANSWERED = "Who won the 1966 world cup?"
HEAVY = {"torch", "transformers", "sentence_transformers", "fastapi", "uvicorn", "scipy", "sklearn"}

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel"]
    subprocess.run([*build, "--directory", folder], cwd=ROOT, check=True, capture_output=True)
    (path,) = folder.glob("*.whl")
    return path


@pytest.fixture(scope="module")
def programs(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The programs of an environment with the wheel and, by a path file, what it depends on.

    The site-packages of this process is added as a plain folder: its own path files, the
    editable checkout's among them, are not followed.
    """
    folder = tmp_path_factory.mktemp("installed")
    venv.create(folder, symlinks=os.name == "posix")
    paths = sysconfig.get_paths("venv", {"base": str(folder), "platbase": str(folder)})
    dependencies = Path(paths["purelib"]) / "dependencies.pth"
    dependencies.write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    python = Path(paths["scripts"]) / "python"
    pip = [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet"]
    subprocess.run([*pip, "--no-deps", "--no-index", wheel], check=True, capture_output=True)
    return python.parent


@pytest.fixture(scope="module")
def run(programs: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Run an installed program as a new user would, from a folder that is none of ours."""
    home = tmp_path_factory.mktemp("home")
    environment = {"HOME": str(home), "XDG_DATA_HOME": str(home / "data"), "LANG": "C.UTF-8"}

    def call(*command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [programs / command[0], *command[1:]],
            check=False,
            cwd=home,
            env={"PATH": os.environ["PATH"], **environment},
            capture_output=True,
            text=True,
            encoding="utf-8",
        )

    return call


@pytest.fixture(scope="module")
def first_answer(run: Run) -> subprocess.CompletedProcess[str]:
    """The first question of a new user, for which the seeds are indexed."""
    return run("ask", QUESTION)


@pytest.fixture(scope="module")
def contents(wheel: Path) -> Mapping[str, bytes]:
    with ZipFile(wheel) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_the_wheel_holds_every_file_of_the_packages_and_nothing_else(
    contents: Mapping[str, bytes],
) -> None:
    ignored = {"__pycache__", "report"}  # eval/report is what a run of the evaluation leaves
    ours = {
        path.relative_to(ROOT).as_posix(): path.read_bytes()
        for package in PACKAGES
        for path in (ROOT / package).rglob("*")
        if path.is_file()
        and not ignored & set(path.relative_to(ROOT).parts)
        and not path.is_relative_to(ROOT / "embeddings" / "building" / "data")
    }
    packed = {name: data for name, data in contents.items() if ".dist-info/" not in name}
    ours = {
        f"wenzheng/{name}".replace("wenzheng/wenzheng", "wenzheng"): ours[name] for name in ours
    }
    assert packed.keys() == ours.keys()
    assert packed == ours


def test_an_installation_takes_one_name(contents: Mapping[str, bytes]) -> None:
    first = {name.partition("/")[0] for name in contents}
    assert {name for name in first if not name.endswith(".dist-info")} == {"wenzheng"}


@pytest.mark.parametrize(
    "name",
    [
        "embeddings/model/model.onnx",
        "embeddings/model/tokenizer.json",
        "embeddings/model/means.json",
        "qa/language/data/words.marisa",
        "qa/language/data/english_chinese.marisa",
        "qa/language/data/chinese_english.marisa",
        "seeds/corpus.toml",
        "seeds/terms.tsv",
        "seeds/documents/000_0d02d2a521107c27.txt",
        "seeds/documents/002_d65e332f203accaa.txt",
        "seeds/translations/000_0d02d2a521107c27.jsonl",
        "seeds/translations/002_d65e332f203accaa.jsonl",
        "api/page/index.html",
        "api/page/main.js",
        "eval/gold/zh-Hans.jsonl",
        "eval/gold/zh-Hant.jsonl",
        "eval/gold/en.jsonl",
        "eval/gold/conversations.jsonl",
        "eval/report.html.j2",
    ],
)
def test_the_wheel_holds(contents: Mapping[str, bytes], name: str) -> None:
    assert contents[f"wenzheng/{name}"]


def test_the_wheel_carries_its_licences_and_is_not_too_large(
    wheel: Path, contents: Mapping[str, bytes]
) -> None:
    names = {name.partition(".dist-info/")[2] for name in contents}
    assert {"licenses/LICENSE", "licenses/NOTICE"} <= names
    assert wheel.stat().st_size <= LARGEST_WHEEL


def test_the_installed_code_runs_not_the_checkout(run: Run, programs: Path) -> None:
    show = "import sys, wenzheng; sys.argv[1:] = ['--version']; wenzheng.main()"
    where = f"import atexit; atexit.register(lambda: print(sys.modules['qa'].__file__)); {show}"
    done = run("python", "-c", f"import sys; {where}")
    assert done.returncode == 0, done.stderr
    version, file = done.stdout.splitlines()
    assert version.startswith("wenzheng ")
    assert Path(file).is_relative_to(programs.parent)


def test_packages_of_the_same_names_do_not_collide(
    run: Run, programs: Path, tmp_path: Path
) -> None:
    """Others have an `api` or `eval` too: they get theirs, and the commands ours."""
    others = sysconfig.get_paths("venv", {"base": str(programs.parent), "platbase": ""})["purelib"]
    made = [Path(others) / name for name in ("api", "eval", "qa", "seeds", "embeddings")]
    for folder in made:
        folder.mkdir()
        (folder / "__init__.py").write_text(f"OWNER = 'somebody else: {folder.name}'\n")
    try:
        theirs = run("python", "-c", "import api, eval, qa, seeds; print(api.OWNER, eval.OWNER)")
        assert theirs.stdout == "somebody else: api somebody else: eval\n"
        assert run("ask", "--version").returncode == 0
        assert run("python", "-m", "wenzheng", "--version").returncode == 0
        listed = run("wenzheng", "eval", "run", "--gold", str(tmp_path / "none.jsonl"))
        assert (listed.returncode, "no such file" in listed.stderr) == (2, True)
    finally:
        for folder in made:
            shutil.rmtree(folder)


@pytest.mark.usefixtures("first_answer")
def test_the_process_that_reads_files_finds_its_code(run: Run, tmp_path: Path) -> None:
    sheet = tmp_path / "sheet.csv"
    sheet.write_text("项目,金额（元）\n创业补贴,5000\n租房补贴,3000\n", "utf-8")
    index = str(tmp_path / "index")
    done = run("wenzheng", "index", str(sheet), "--index", index)
    assert (done.returncode, done.stdout.startswith("Documents 1, ")) == (0, True), done.stderr


def test_the_first_question_indexes_the_seeds_and_is_answered(
    first_answer: subprocess.CompletedProcess[str],
) -> None:
    assert first_answer.returncode == 0, first_answer.stderr
    assert "232" in first_answer.stdout
    assert "新华社" in first_answer.stdout
    assert "Indexing" in first_answer.stderr


@pytest.mark.usefixtures("first_answer")
def test_the_next_question_finds_the_index_and_cites_the_installed_file(
    run: Run, programs: Path
) -> None:
    done = run("ask", QUESTION, "--json")
    assert (done.returncode, done.stderr) == (0, "")
    for citation in json.loads(done.stdout)["citations"]:
        (file,) = programs.parent.rglob(f"seeds/documents/{citation['source']}")
        original = file.read_text(encoding="utf-8")
        place = original[citation["start_char"] : citation["end_char"]]
        assert squash(place) == squash(citation["cited_text"])


@pytest.mark.usefixtures("first_answer")
def test_the_exit_status_tells_that_the_documents_do_not_say(run: Run) -> None:
    assert run("ask", UNANSWERED).returncode == 3


def test_help_names_the_commands(run: Run) -> None:
    done = run("wenzheng", "--help")
    assert done.returncode == 0
    listed = {line.split()[0] for line in done.stdout.splitlines() if line.strip()}
    assert {"ask", "index", "serve"} <= listed


@pytest.mark.usefixtures("first_answer")
@pytest.mark.parametrize("options", [[], ["--json"]], ids=["page", "json"])
def test_a_cold_ask_imports_nothing_heavy(run: Run, programs: Path, options: list[str]) -> None:
    done = run("python", "-X", "importtime", str(programs / "ask"), QUESTION, *options)
    assert done.returncode == 0
    lines = [line for line in done.stderr.splitlines() if line.startswith("import time:")]
    imported = {line.rsplit("|", 1)[1].strip().partition(".")[0] for line in lines}
    assert {"qa", "onnxruntime", "faiss", "jieba"} <= imported
    assert not imported & HEAVY

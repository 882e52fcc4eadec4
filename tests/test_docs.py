"""What the documents say: files exist, modules are mapped, examples give what they show."""

import json
import os
import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

ROOT = Path(__file__).parents[1]
PAGES = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md"]
PACKAGES = ["api", "embeddings", "eval", "qa", "seeds", "wenzheng"]
PROGRAMS = Path(sys.executable).parent
SERVICE = "http://127.0.0.1:8000"


def read(page: str) -> str:
    return (ROOT / page).read_text(encoding="utf-8")


def examples() -> list[tuple[str, str]]:
    """The commands in the README's console blocks, each with the output shown."""
    found = []
    for block in re.findall(r"```console\n(.*?)```", read("README.md"), re.DOTALL):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, output = part.partition("\n")
            found.append((command, output))
    return found


@pytest.mark.parametrize("page", PAGES)
def test_files_that_a_page_names_exist(page: str) -> None:
    text = read(page)
    links = [target for target in re.findall(r"\]\(([^)#]+)", text) if "://" not in target]
    names = [name for name in re.findall(r"`([\w.-][\w./*-]*)`", text) if "/" in name]
    missing = [name for name in links + names if not any(ROOT.glob(name.rstrip("/")))]
    assert not missing


def test_the_pages_link_to_files_at_all() -> None:
    """The patterns above find what they are meant to."""
    assert "](docs/ask-zh.svg)" in read("README.md")
    assert "`qa/assistant.py`" in read("ARCHITECTURE.md")


def test_the_code_map_names_every_module_and_no_other() -> None:
    (code_map,) = re.findall(r"## Code map\s+```text\n(.*?)```", read("ARCHITECTURE.md"), re.DOTALL)
    named, folder = set(), ""
    for line in code_map.splitlines():
        names = re.split(r"\s{2,}", line.strip())[0]
        if not line.startswith(" "):
            folder = names
            assert any(path.is_dir() for path in ROOT.glob(folder.rstrip("/")))
        elif names.endswith(".py"):
            named |= {
                path.relative_to(ROOT).as_posix()
                for name in names.split(", ")
                for path in ROOT.glob(folder + name)
                if path.name != "__init__.py"
            }
    modules = {
        path.relative_to(ROOT).as_posix()
        for package in PACKAGES
        for path in (ROOT / package).rglob("*.py")
        if path.name != "__init__.py"
    }
    assert named == modules


def test_the_map_is_short() -> None:
    assert len(read("ARCHITECTURE.md").splitlines()) <= 150


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md"])
def test_make_targets_that_a_page_names_exist(page: str) -> None:
    named = set(re.findall(r"(?:`|\$ )make ([a-z-]+)", read(page)))
    targets = set(re.findall(r"^([a-z-]+):", read("Makefile"), re.MULTILINE))
    assert named
    assert named <= targets


def test_the_changelog_names_this_version() -> None:
    version = tomllib.loads(read("pyproject.toml"))["project"]["version"]
    assert re.findall(r"^## \[(\d.*?)\]", read("CHANGELOG.md"), re.MULTILINE)[0] == version


def test_the_readme_counts_the_gold_questions() -> None:
    gold = [
        json.loads(line)
        for path in (ROOT / "eval" / "gold").glob("[ez]*.jsonl")  # en, zh-Hans, zh-Hant
        for line in path.read_text(encoding="utf-8").splitlines()
    ]
    refused = [pair for pair in gold if pair["kind"] == "unanswerable"]
    stated = re.findall(r"(\d+) gold questions, (\d+) of which", read("README.md"))
    assert stated == [(str(len(gold)), str(len(refused)))]


def test_the_notice_names_every_table_that_is_shipped() -> None:
    tables = {path.name for path in (ROOT / "qa" / "language" / "data").glob("*.marisa")}
    assert tables
    assert tables <= set(re.findall(r"\w+\.marisa", read("NOTICE")))


@pytest.mark.parametrize("name", ["ask-zh", "ask-en"])
def test_the_pictures_show_an_answer(name: str) -> None:
    """They are drawn by docs/terminal_pictures.py; a broken run would leave only the question."""
    words = re.sub(r"<[^>]+>|\s", "", read(f"docs/{name}.svg"))
    assert words.startswith("$ask")
    assert "[1]" in words


@pytest.fixture
def environment(seed_index: Path, tmp_path: Path) -> dict[str, str]:
    """A shell where the programs are on the path and the seeds are indexed."""
    return {
        "PATH": f"{PROGRAMS}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(tmp_path),
        "LANG": "C.UTF-8",
        "WENZHENG_INDEX": str(seed_index),
    }


@pytest.fixture
def service(environment: dict[str, str]) -> Iterator[str]:
    """The address of a running `wenzheng serve`."""
    command = [str(PROGRAMS / "wenzheng"), "serve", "--port", "0"]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout
        found = re.search(r"http://\S+", child.stdout.readline())
        assert found
        yield found[0]
        child.terminate()


def assert_shows(shown: str, output: str) -> None:
    """Every part of `shown` between two `…` is in the output, in order; white space is free."""
    output = "".join(output.split())
    position = 0
    for part in ("".join(part.split()) for part in shown.split("…")):
        found = output.find(part, position)
        assert found >= 0, f"{part!r} is not in {output[position:]!r}"
        position = found + len(part)


@pytest.mark.slow
def test_the_readme_commands_give_what_they_show(
    environment: dict[str, str], tmp_path: Path
) -> None:
    run = [
        pair for pair in examples() if not pair[0].startswith(("make", "curl", "wenzheng serve"))
    ]
    assert sum(re.search(r"\bask\b", command) is not None for command, _ in run) >= 3
    for command, shown in run:
        done = subprocess.run(
            ["/bin/sh", "-c", command],
            check=False,
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
        assert_shows(shown, done.stdout)


@pytest.mark.slow
def test_the_readme_requests_give_what_they_show(service: str) -> None:
    requests = [pair for pair in examples() if pair[0].startswith("curl")]
    assert len(requests) >= 2
    for command, shown in requests:
        options = shlex.split(command)
        address = next(word for word in options if word.startswith(SERVICE))
        body = options[options.index("--json") + 1] if "--json" in options else None
        response = httpx.request(
            "POST" if body else "GET",
            address.replace(SERVICE, service),
            content=body,
            headers={"Content-Type": "application/json"},
        )
        assert response.status_code == 200, response.text
        assert_shows(shown, response.text)

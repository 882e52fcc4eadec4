"""The HTTP service under strain: odd requests, crowds, swapped indexes, killed processes."""

import asyncio
import hashlib
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from fakes import texts
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from serving import ROOT, process, served, start
from test_hostile_patterns import QUESTIONS as HOSTILE

from api.http.app import create_app
from api.http.service import ServiceSettings
from qa.assistant import Assistant, open_assistant
from qa.index import store
from qa.index.disk.manifest import read_manifest
from qa.settings import Settings
from qa.types import Message

pytestmark = pytest.mark.slow

QUESTIONS = (
    "国家级经开区有多少家？",
    "國家級經開區有多少家？",
    "How many national development zones are there?",
    "Who won the 1966 world cup?",
)
JSON = {"content-type": "application/json"}


def body(number: int) -> dict[str, object]:
    return {"messages": [{"role": "user", "content": QUESTIONS[number % len(QUESTIONS)]}]}


def without_limit(index: Path) -> list[str]:
    return ["serve", "--port", "0", "--rate-limit", "0", "--index", str(index)]


@pytest.fixture
def own_index(seed_index: Path, tmp_path: Path) -> Path:
    """A copy of the index of the seeds that a test may change."""
    shutil.copytree(seed_index, tmp_path / "index")
    return tmp_path / "index"


@pytest.fixture(scope="module")
def address(assistant: Assistant) -> Iterator[str]:
    with served(create_app(assistant, ServiceSettings(requests_per_minute=0))) as address:
        yield address


SCHEMATHESIS = """
[checks]
# What a question has to be (not blank, among the messages) is more than JSON Schema can say.
positive_data_acceptance.enabled = false
# 413 is missing in its own list.
negative_data_rejection.expected-statuses = [400, 401, 403, 404, 405, 408, 413, 422, 429]
"""


def test_schemathesis_finds_no_failure_and_nothing_undeclared(address: str, tmp_path: Path) -> None:
    (tmp_path / "schemathesis.toml").write_text(SCHEMATHESIS)
    command = [sys.executable, "-m", "schemathesis.cli", "run", f"{address}/openapi.json"]
    options = ["--max-examples=15", "--continue-on-failure", "--warnings=off", "--seed=1"]
    done = subprocess.run(
        [*command, *options], check=False, cwd=tmp_path, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout
    selected = re.search(r"(\d+) selected / (\d+) total", done.stdout)
    assert selected
    assert selected[1] == selected[2]
    assert int(selected[1]) >= 13


@pytest.fixture(scope="module")
def client(assistant: Assistant) -> TestClient:
    return TestClient(create_app(assistant, ServiceSettings(requests_per_minute=0)))


ODD = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | texts | st.text(st.characters()),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
PART = ODD | st.fixed_dictionaries({"type": st.just("text") | ODD, "text": texts | ODD})
MESSAGE = st.fixed_dictionaries(
    {"role": st.sampled_from(["user", "assistant", "system", "developer", "tool"]) | ODD},
    optional={"content": texts | st.lists(PART, max_size=3) | ODD, "name": ODD},
)
REQUEST = st.fixed_dictionaries(
    {"messages": st.lists(MESSAGE, max_size=4) | ODD},
    optional={
        "stream": st.booleans() | ODD,
        "top_k": st.integers(-1, 60) | ODD,
        "model": ODD,
        "stream_options": st.fixed_dictionaries({"include_usage": ODD}) | ODD,
    },
)
BODIES = st.one_of(
    REQUEST.map(json.dumps).map(str.encode),
    REQUEST.map(json.dumps).flatmap(lambda t: st.integers(0, len(t)).map(lambda n: t[:n].encode())),
    ODD.map(json.dumps).map(str.encode),
    st.binary(max_size=300),
)
MANY = settings(max_examples=1000, deadline=None, suppress_health_check=list(HealthCheck))


@MANY
@given(content=BODIES)
def test_no_odd_body_makes_chat_fail(client: TestClient, content: bytes) -> None:
    response = client.post("/chat", content=content, headers=JSON)
    assert response.status_code in (200, 422)
    if response.headers["content-type"].startswith("text/event-stream"):
        assert "\nevent: done\n" in response.text
        assert "\nevent: error\n" not in response.text
    else:
        assert ("detail" in response.json()) == (response.status_code == 422)


@MANY
@given(content=BODIES)
def test_no_odd_body_makes_openai_s_protocol_fail(client: TestClient, content: bytes) -> None:
    response = client.post("/v1/chat/completions", content=content, headers=JSON)
    assert response.status_code in (200, 400)
    if response.headers["content-type"].startswith("text/event-stream"):
        assert response.text.endswith("data: [DONE]\n\n")
    else:
        assert ("error" in response.json()) == (response.status_code == 400)


@pytest.fixture(scope="module")
def strained(seed_index: Path) -> Iterator[str]:
    with process(*without_limit(seed_index)) as (_, address):
        yield address


@pytest.mark.parametrize("name", ["thanks", "共有", "which", "names", "cities", "Han"])
def test_a_question_that_is_made_to_be_slow_keeps_nobody_waiting(strained: str, name: str) -> None:
    """Neither as the question nor as the turn before it."""
    turns = [HOSTILE[name], "宁波有多少家。", "那宁波呢？"]
    roles = ["user", "assistant", "user"]
    messages = [{"role": r, "content": c} for r, c in zip(roles, turns, strict=True)]
    with ThreadPoolExecutor(1) as threads:
        for asked in (messages[:1], messages):
            answer = threads.submit(
                httpx.post, f"{strained}/chat", json={"messages": asked}, timeout=15
            )
            while not answer.done():
                assert httpx.get(f"{strained}/health", timeout=3).status_code == 200
                time.sleep(0.02)
            assert answer.result().status_code == 200


def test_sixteen_clients_and_a_crowd(seed_index: Path) -> None:
    """A small form of what benchmarks/service.md shows, with room for what runs beside it."""
    command = [sys.executable, "benchmarks/service.py", "--json", "--seconds", "4"]
    variables = {**os.environ, "PYTHONPATH": str(ROOT), "WENZHENG_INDEX": str(seed_index)}
    done = subprocess.run(command, check=True, cwd=ROOT, env=variables, capture_output=True)
    found = json.loads(done.stdout)
    assert found["answers"] > 32
    assert found["failures"] == 0
    assert found["together_late"] <= 3 * 16 * found["alone"]
    assert found["first_byte"] <= 3 * 30
    assert found["memory_after"] <= 1.1 * found["memory_before"]
    assert found["crowd_answered"] + found["crowd_turned_away"] == 200
    assert found["crowd_answered"] >= 64
    assert found["crowd_slowest"] < 15_000
    assert found["health"] < 100


async def keep_asking(
    address: str, clients: int, going_on: Callable[[], bool], *, timeout: float = 30
) -> Counter[object]:
    """Let clients ask one question after another; an exception counts under its name."""
    statuses: Counter[object] = Counter()

    async def client(http: httpx.AsyncClient, number: int) -> None:
        while going_on():
            try:
                response = await http.post("/chat", json=body(number))
                statuses[response.status_code] += 1
            except httpx.HTTPError as error:
                statuses[type(error).__name__] += 1
            number += 1

    async with httpx.AsyncClient(base_url=address, timeout=timeout) as http:
        await asyncio.gather(*(client(http, number) for number in range(clients)))
    return statuses


def sources(address: str) -> set[str]:
    return {document["source"] for document in httpx.get(f"{address}/documents").json()}


def add_documents(address: str, index: Path, paths: list[Path]) -> None:
    """Index one document after the other, each as soon as the service has the one before."""
    for number, path in enumerate(paths):
        path.write_text(f"第{number}号试点共有{number + 3}项措施。\n", encoding="utf-8")
        with start("add", "--index", str(index), str(path)) as child:
            assert child.wait(60) == 0
        deadline = time.monotonic() + 30
        while path.name not in sources(address):
            assert time.monotonic() < deadline
            time.sleep(0.1)


def test_swapping_the_index_under_load_fails_no_request(own_index: Path, tmp_path: Path) -> None:
    added = [tmp_path / f"added-{number}.txt" for number in range(3)]
    with process(*without_limit(own_index)) as (_, address):
        swapping = threading.Thread(target=add_documents, args=(address, own_index, added))
        swapping.start()
        statuses = asyncio.run(keep_asking(address, 8, swapping.is_alive))
        swapping.join()
        assert set(statuses) == {200}
        assert {path.name for path in added} <= sources(address)
        asked = {"messages": [{"role": "user", "content": "第2号试点有多少项措施？"}]}
        assert "5项" in httpx.post(f"{address}/chat", json=asked).json()["answer"]


def digest(folder: Path) -> str:
    """A hash of all that the index in use consists of."""
    manifest = folder / "manifests" / f"{store.current_name(folder)}.json"
    whole = hashlib.sha256(manifest.read_bytes())
    for segment in read_manifest(folder).segments:
        for path in sorted((folder / "segments" / segment.name).iterdir()):
            whole.update(path.name.encode() + path.read_bytes())
    return whole.hexdigest()


def kill_midway(service: "subprocess.Popen[str]", indexing: "subprocess.Popen[str]") -> None:
    """Kill both once the second is embedding."""
    assert indexing.stderr
    while "embedding" not in (line := indexing.stderr.readline()):
        assert line
    time.sleep(random.uniform(0, 0.5))  # noqa: S311
    service.send_signal(signal.SIGKILL)
    indexing.send_signal(signal.SIGKILL)


def test_killing_and_restarting_under_load_loses_nothing(own_index: Path, tmp_path: Path) -> None:
    """The service dies while it answers, and with it an indexing run into the same folder."""
    before = digest(own_index)
    added = tmp_path / "added.txt"
    parks = (f"滨江新区计划新建第{number}座公园。" for number in range(3000))
    added.write_text("\n\n".join(parks), encoding="utf-8")
    for _ in range(2):
        with (
            process(*without_limit(own_index)) as (service, address),
            start("add", "--index", str(own_index), str(added)) as indexing,
        ):
            dying = threading.Thread(target=kill_midway, args=(service, indexing))
            dying.start()
            alive = keep_asking(address, 8, dying.is_alive, timeout=5)
            statuses = asyncio.run(alive)
            dying.join()
            assert statuses[200] > 0
        assert digest(own_index) == before
    with process(*without_limit(own_index)) as (_, address):
        expected = open_assistant(Settings.read({}, index=own_index))
        for number, question in enumerate(QUESTIONS):
            answer = httpx.post(f"{address}/chat", json=body(number)).json()
            assert answer["answer"] == expected.ask([Message("user", question)]).text

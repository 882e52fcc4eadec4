"""A library in Milvus answers as the same library in memory does."""

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from fakes import FakeEmbedder, FakeReader, make_document

from qa.assistant import Assistant
from qa.corpus.passages import split_document
from qa.engine_assistant import EngineAssistant
from qa.errors import EngineEmptyError, EngineUnavailableError, NothingMatchesError, SettingsError
from qa.index.building import make_snapshot, write_snapshot
from qa.index.engines.milvus import MilvusEngine
from qa.index.store import Snapshot
from qa.settings import Settings, SettingsFile
from qa.types import Document, Filter, Language, Message

pytestmark = pytest.mark.slow  # each starts a Milvus Lite

CITIES = {"苏州": "Suzhou", "宁波": "Ningbo", "佛山": "Foshan", "成都": "Chengdu", "厦门": "Xiamen"}
ROOT = Path(__file__).parents[1]


def documents_of(cities: dict[str, str] = CITIES) -> list[Document]:
    """Look-alike documents in three scripts, of several passages each."""
    found = []
    for number, (city, name) in enumerate(cities.items()):
        amount = 1000 * (number + 2)
        simplified = [
            f"# {city}市创业补贴办法",
            f"{city}市对首次创业的毕业生给予一次性补贴{amount}元。",
            *(
                f"第{n}项：{city}市{part}由区人力资源局办理，时限{n + 3}个工作日。"
                for n, part in PARTS
            ),
        ]
        traditional = [
            f"# {city}市企業獎勵辦法",
            f"{city}市對高新技術企業給予獎勵{amount * 10}元。",
            *(f"第{n}項：{city}市企業的{part}須在{n + 5}日內申報。" for n, part in PARTS),
        ]
        english = [
            f"# {name} housing measure",
            f"Graduates in {name} receive a monthly rent allowance of {amount} yuan.",
            *(
                f"Item {n}: the {name} office settles case {part} in {n + 2} days."
                for n, part in PARTS
            ),
        ]
        for suffix, language, lines in (
            ("s", Language.SIMPLIFIED, simplified),
            ("t", Language.TRADITIONAL, traditional),
            ("e", Language.ENGLISH, english),
        ):
            text = "\n\n".join(lines)
            found.append(make_document(text, f"{name}-{suffix}.md", language=language))
    return found


PARTS = list(enumerate(["申请材料", "审核", "公示", "拨付", "监督", "复核"], start=1))
QUESTIONS = [
    "苏州市的创业补贴是多少元？",
    "宁波市拨付的时限是几个工作日？",
    "佛山市高新技術企業的獎勵是多少？",
    "廈門市企業須在幾日內申報？",
    "What is the rent allowance in Chengdu?",
    "How long does the Foshan office take to settle a case?",
    "成都的公示由谁办理？",
]


def snapshot_of(documents: list[Document]) -> Snapshot:
    splits = [split for document in documents for split in split_document(document)]
    return make_snapshot(documents, splits, FakeEmbedder())


def in_memory(snapshot: Snapshot) -> Assistant:
    return Assistant(snapshot, FakeEmbedder(), reader=FakeReader())


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[MilvusEngine]:
    engine = MilvusEngine(str(tmp_path / "library.db"))
    yield engine
    engine.close()


def asked(engine: MilvusEngine) -> EngineAssistant:
    return EngineAssistant(engine, FakeEmbedder(), reader=FakeReader())


def overlap(one: Assistant, other: Assistant, within: Filter | None = None) -> float:
    """The share of the ten best passages that both find, over all questions."""
    shares = []
    for question in QUESTIONS:
        theirs = {hit.passage.id for hit in other.search(question, top_k=10, within=within)}
        ours = {hit.passage.id for hit in one.search(question, top_k=10, within=within)}
        shares.append(len(ours & theirs) / len(theirs))
    return sum(shares) / len(shares)


def test_the_same_passages_are_found_in_the_same_order(engine: MilvusEngine) -> None:
    snapshot = snapshot_of(documents_of())
    assert engine.push(snapshot, swap=False) == len(snapshot.documents)
    here, there = in_memory(snapshot), asked(engine)
    assert overlap(there, here) >= 0.95
    for question in QUESTIONS:
        (expected, *_), (found, *_) = here.search(question), there.search(question)
        assert found.passage == expected.passage
        assert found.score == pytest.approx(
            expected.score, abs=0.1
        )  # translated words are weighed by estimate


def test_answers_and_citations_are_the_same(engine: MilvusEngine) -> None:
    snapshot = snapshot_of(documents_of())
    engine.push(snapshot, swap=False)
    here, there = in_memory(snapshot), asked(engine)
    assert there.passage_count == here.passage_count
    for question in QUESTIONS:
        expected, found = (one.ask([Message("user", question)]) for one in (here, there))
        assert (found.text, found.citations) == (expected.text, expected.citations)
        for citation in found.citations:
            text = there.document(citation.document_id).text
            assert text[citation.start_char : citation.end_char] == citation.cited_text


def test_a_filter_leaves_the_same_documents(engine: MilvusEngine) -> None:
    snapshot = snapshot_of(documents_of())
    engine.push(snapshot, swap=False)
    here, there = in_memory(snapshot), asked(engine)
    for within in (
        Filter(languages=(Language.ENGLISH,)),
        Filter(documents=("Suzhou-*", "ningbo-t.md")),
        Filter(since="2025-01", until="2025-12"),
    ):
        assert overlap(there, here, within) >= 0.95
    with pytest.raises(NothingMatchesError):
        there.search(QUESTIONS[0], within=Filter(documents=("nowhere",)))


def test_a_removed_document_is_not_found_any_more(engine: MilvusEngine) -> None:
    documents = documents_of()
    engine.push(snapshot_of(documents), swap=False)
    there = asked(engine)
    engine.remove([documents[0].id])
    assert documents[0].id not in {document.id for document in there.documents}
    assert overlap(there, in_memory(snapshot_of(documents[1:]))) >= 0.95


def test_a_changed_document_takes_the_place_of_what_it_was(engine: MilvusEngine) -> None:
    documents = documents_of()
    engine.push(snapshot_of(documents), swap=False)
    there = asked(engine)
    changed = make_document(documents[0].text.replace("2000元", "7777元"), documents[0].source)
    engine.remove([documents[0].id])
    assert engine.upsert(snapshot_of([changed])) == 1
    found = there.search(QUESTIONS[0], within=Filter(languages=(Language.SIMPLIFIED,)))
    assert any("7777元" in hit.passage.text for hit in found)
    assert overlap(there, in_memory(snapshot_of([changed, *documents[1:]]))) >= 0.95


def test_what_is_there_already_is_not_sent_again(engine: MilvusEngine) -> None:
    documents = documents_of()
    engine.push(snapshot_of(documents[:-1]), swap=False)
    assert engine.push(snapshot_of(documents), swap=False) == 1
    assert engine.push(snapshot_of(documents[1:]), swap=False) == 0
    assert {d.id for d in asked(engine).documents} == {d.id for d in documents[1:]}


def test_a_document_of_another_title_is_sent_again(engine: MilvusEngine) -> None:
    documents = documents_of()
    engine.push(snapshot_of(documents), swap=False)
    renamed = [replace(documents[0], title="Another title"), *documents[1:]]
    assert engine.push(snapshot_of(renamed), swap=False) == 1
    assert asked(engine).document(documents[0].id).title == "Another title"


def test_no_request_fails_while_a_new_library_takes_its_place(engine: MilvusEngine) -> None:
    engine.push(snapshot_of(documents_of()), swap=False)
    there, failed, done, counted = asked(engine), list[Exception](), threading.Event(), list[int]()

    def go_on_asking() -> None:
        while not done.is_set():
            try:
                counted.append(len(there.search(QUESTIONS[0])))
            except Exception as error:  # noqa: BLE001 (any is a failure)
                failed.append(error)

    asking = threading.Thread(target=go_on_asking)
    asking.start()
    for cities in ({"苏州": "Suzhou"}, CITIES, {"宁波": "Ningbo"}):
        engine.push(snapshot_of(documents_of(cities)), swap=True)
    done.set()
    asking.join()
    assert failed == []
    assert len(counted) > 3
    assert all(counted)
    assert len(asked(engine).documents) == 3


def test_a_library_of_another_model_takes_the_place_of_what_is_there(engine: MilvusEngine) -> None:
    engine.push(snapshot_of(documents_of()), swap=False)
    documents, other = (
        documents_of({"苏州": "Suzhou"}),
        FakeEmbedder(dimension=32, model_id="other"),
    )
    splits = [split for document in documents for split in split_document(document)]
    assert engine.push(make_snapshot(documents, splits, other), swap=False) == 3
    there = EngineAssistant(engine, other, reader=FakeReader())
    assert len(there.search(QUESTIONS[0])) > 1
    with pytest.raises(EngineUnavailableError, match="wenzheng push --swap"):
        asked(engine)


def test_a_push_that_was_killed_goes_on(tmp_path: Path) -> None:
    documents = documents_of()
    write_snapshot(snapshot_of(documents), tmp_path / "index")
    program = f"""
import os
from pathlib import Path
from qa.index.engines.milvus import MilvusEngine
from qa.index.store import read_snapshot

def progress(stage, done, total):
    if done == 5:
        os.kill(os.getpid(), 9)

engine = MilvusEngine({str(tmp_path / "library.db")!r})
engine.push(read_snapshot(Path({str(tmp_path / "index")!r})), swap=False, progress=progress)
"""
    killed = subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=False)
    assert killed.returncode == -9
    engine = MilvusEngine(str(tmp_path / "library.db"))
    try:
        with pytest.raises(EngineEmptyError, match="wenzheng push"):
            engine.library()
        snapshot = snapshot_of(documents)
        assert engine.push(snapshot, swap=False) == len(documents) - 5
        assert overlap(asked(engine), in_memory(snapshot)) >= 0.95
    finally:
        engine.close()


def test_an_engine_that_does_not_answer_is_told_with_a_remedy() -> None:
    with pytest.raises(EngineUnavailableError, match="See that it runs") as raised:
        MilvusEngine("http://root:secret@127.0.0.1:1")
    assert "secret" not in str(raised.value)


def test_the_commands_push_a_library_and_answer_from_it(
    tmp_path: Path, seed_index: Path, assistant: Assistant
) -> None:
    question, engine = "国家级经开区有多少家？", str(tmp_path / "library.db")

    def run(*arguments: str) -> str:
        command = [sys.executable, "-m", "wenzheng", *arguments, "--engine", engine]
        done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, encoding="utf-8")
        return done.stdout

    assert "sent 2" in run("push", "--index", str(seed_index))
    assert "sent 0" in run("push", "--index", str(seed_index))
    expected, found = (
        assistant.ask([Message("user", question)]),
        json.loads(run("ask", question, "--json")),
    )
    assert found["answer"] == expected.text
    assert [c["cited_text"] for c in found["citations"]] == [
        citation.cited_text for citation in expected.citations
    ]


def test_a_file_of_settings_beside_documents_names_no_engine(tmp_path: Path) -> None:
    path = tmp_path / "wenzheng.toml"
    path.write_text('engine = "https://elsewhere.example"', encoding="utf-8")
    with pytest.raises(SettingsError, match="only you may name it"):
        Settings.read({}, files=[SettingsFile(path, is_own=False)])
    own = Settings.read({"WENZHENG_ENGINE_TOKEN": "secret"}, files=[SettingsFile(path)])
    assert own.engine == "https://elsewhere.example"
    assert "secret" not in repr(own)

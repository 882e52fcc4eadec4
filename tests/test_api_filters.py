"""Which documents may answer: on the command line, over HTTP, to OpenAI's clients, to agents."""

import asyncio
import io
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openai
import pytest
from commands import Outcome, Run, runner, use_own_folders
from fakes import FakeEmbedder, FakeReader, GatedAssistant
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st
from mcp import Client
from mcp_types import TextContent
from openai import OpenAI
from pydantic import ValidationError
from serving import served
from starlette.requests import ClientDisconnect
from starlette.types import Message as AsgiMessage

from api.filtering import MAX_VALUE_LENGTH, MAX_VALUES, make_filter, read_date
from api.http.app import create_app
from api.http.desk import Asking, Desk
from api.http.filter_schema import FilterIn
from api.http.line import BusyError
from api.http.mcp import create_mcp
from api.http.openai_schemas import CompletionRequest
from api.terminal.conversation import converse
from qa.assistant import Assistant, load_embedder, open_assistant
from qa.errors import NothingMatchesError
from qa.index.building import index_paths
from qa.index.store import read_snapshot
from qa.settings import Settings
from qa.types import Answer, Filter, Language, Message

MEASURE = """# {place}创业补贴办法

第一条 为了鼓励创业，制定本办法。

第二条 创业补贴每户{amount}元。

{place}人民政府
{year}年3月1日
"""
ENGLISH = "# Start-up Grant\n\nThe start-up grant is 900 dollars for each household.\n"
QUESTION = "创业补贴每户多少元？"
AMOUNTS = {"甲市2020": "3000", "甲市2024": "5000", "乙市2022": "7000"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("filters")
    for name, amount in AMOUNTS.items():
        text = MEASURE.format(place=name[:2], year=name[2:], amount=amount)
        (folder / f"{name}.md").write_text(text, encoding="utf-8")
    (folder / "grant.md").write_text(ENGLISH, encoding="utf-8")
    index_paths([folder], folder / "index", load_embedder())
    return folder


@pytest.fixture(scope="module")
def assistant(folder: Path) -> Assistant:
    return open_assistant(Settings.read({}, index=folder / "index"))


@pytest.fixture(scope="module")
def client(assistant: Assistant) -> TestClient:
    return TestClient(create_app(assistant))


@pytest.fixture(scope="module")
def openai_client(assistant: Assistant) -> Iterator[OpenAI]:
    with (
        served(create_app(assistant)) as address,
        OpenAI(base_url=f"{address}/v1", api_key="-", max_retries=0) as client,
    ):
        yield client


def body(filters: object, *, stream: bool = False) -> dict[str, object]:
    messages = [{"role": "user", "content": QUESTION}]
    return {"messages": messages, "filter": filters, "stream": stream}


FILTERS: dict[str, tuple[dict[str, object], set[str]]] = {
    "nothing": ({}, {*AMOUNTS, "grant"}),
    "a name": ({"documents": ["甲市2020.md"]}, {"甲市2020"}),
    "a pattern": ({"documents": ["甲市*"]}, {"甲市2020", "甲市2024"}),
    "a title": ({"documents": ["乙市创业补贴办法"]}, {"乙市2022"}),
    "two names": ({"documents": ["乙市*", "grant*"]}, {"乙市2022", "grant"}),
    "a publisher": ({"publishers": ["乙市"]}, {"乙市2022"}),
    "since a year": ({"since": "2022"}, {"甲市2024", "乙市2022"}),
    "since a month in Chinese": ({"since": "2022年4月"}, {"甲市2024"}),
    "until a day": ({"until": "2022-03-01"}, {"甲市2020", "乙市2022"}),
    "a language": ({"languages": ["en"]}, {"grant"}),
    "in force": ({"current_only": True}, {"甲市2024", "乙市2022", "grant"}),
    "all of it": ({"documents": ["甲*"], "since": "2020", "current_only": True}, {"甲市2024"}),
}


@pytest.mark.parametrize(("filters", "left"), FILTERS.values(), ids=FILTERS.keys())
def test_only_what_a_filter_leaves_answers(
    client: TestClient, filters: dict[str, object], left: set[str]
) -> None:
    response = client.post("/chat", json={**body(filters), "top_k": 50})
    assert response.status_code == 200
    answer = response.json()
    assert {passage["source"].removesuffix(".md") for passage in answer["passages"]} == left
    assert {citation["source"].removesuffix(".md") for citation in answer["citations"]} <= left


@pytest.mark.parametrize(("filters", "left"), FILTERS.values(), ids=FILTERS.keys())
def test_a_stream_is_filtered_too(
    client: TestClient, filters: dict[str, object], left: set[str]
) -> None:
    text = client.post("/chat", json=body(filters, stream=True)).text
    whole = client.post("/chat", json=body(filters)).json()
    events = dict(re.findall(r"event: (\w+)\ndata: (.+)\n", text))
    assert json.loads(events["done"])["answer"] == whole["answer"]
    found = json.loads(events["passages"])["passages"]
    assert {passage["source"].removesuffix(".md") for passage in found} <= left


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize(
    ("filters", "named"),
    [
        ({"documents": ["丙市*"]}, "甲市创业补贴办法"),
        ({"publishers": ["丙市"]}, "甲市人民政府"),
        ({"since": "2025"}, "2024-03-01"),
    ],
)
def test_a_filter_that_leaves_nothing_is_refused_before_any_answer(
    client: TestClient, filters: dict[str, object], named: str, stream: bool
) -> None:
    response = client.post("/chat", json=body(filters, stream=stream))
    assert response.status_code == 422
    (item,) = response.json()["detail"]
    assert (item["loc"], item["type"]) == (["body", "filter"], "nothing_matches")
    assert named in item["msg"]


LONG = "长" * (MAX_VALUE_LENGTH + 1)
BAD: dict[str, tuple[object, str]] = {
    "not an object": ("甲市", ""),
    "an unknown key": ({"document": ["甲市*"]}, "document"),
    "documents not a list": ({"documents": "甲市*"}, "documents"),
    "a value not text": ({"documents": [1]}, "documents.0"),
    "an empty value": ({"documents": [" "]}, "documents.0"),
    "a long value": ({"publishers": [LONG]}, "publishers.0"),
    "too many values": ({"documents": ["a"] * (MAX_VALUES + 1)}, "documents"),
    "a lone surrogate": ({"documents": ["\ud800"]}, "documents.0"),
    "no date": ({"since": "soon"}, "since"),
    "a date no calendar has": ({"until": "2024-02-30"}, "until"),
    "a date not text": ({"since": 2024}, "since"),
    "a long date": ({"since": "2024" + " " * MAX_VALUE_LENGTH}, "since"),
    "an unknown language": ({"languages": ["fr"]}, "languages.0"),
    "current_only not a truth": ({"current_only": "yes"}, "current_only"),
}


@pytest.mark.parametrize(("given_", "field"), BAD.values(), ids=BAD.keys())
def test_a_bad_filter_is_refused_naming_the_field(
    client: TestClient, given_: object, field: str
) -> None:
    content = json.dumps(body(given_))
    response = client.post("/chat", content=content, headers={"content-type": "application/json"})
    assert response.status_code == 422
    fields = {".".join(map(str, item["loc"])) for item in response.json()["detail"]}
    assert fields == {f"body.filter.{field}".rstrip(".")}


def test_no_filter_and_an_empty_one_are_the_same(client: TestClient) -> None:
    nothing: list[dict[str, object]] = [
        {},
        {"filter": None},
        {"filter": {}},
        {"filter": {"since": ""}},
    ]
    plain = {"messages": body({})["messages"]}
    answers = [client.post("/chat", json={**plain, **more}).json() for more in nothing]
    assert len({json.dumps({**answer, "timings_ms": None}) for answer in answers}) == 1


DATES = {
    "2024": "2024",
    "2024-05": "2024-05",
    "2024-05-01": "2024-05-01",
    "2024年5月": "2024-05",
    "2024年5月1日": "2024-05-01",
    "民國113年8月1日": "2024-08-01",
    "1 May 2024": "2024-05-01",
}


@pytest.mark.parametrize(("text", "iso"), DATES.items())
def test_a_date_is_read_in_many_forms(text: str, iso: str) -> None:
    assert read_date(text) == iso
    assert FilterIn(since=text).within() == Filter(since=iso)


@given(st.text(max_size=30))
def test_a_date_is_read_or_refused_with_an_example(text: str) -> None:
    try:
        read = read_date(text)
    except ValueError as error:
        read = str(error)
    assert re.fullmatch(r"\d{4}(-\d\d){0,2}|not a date; write it as .*2024-05-01.*", read)


def test_nothing_asked_for_is_no_filter() -> None:
    assert make_filter() is None
    assert make_filter(documents=[], since="", languages=None) is None
    assert make_filter(languages=[Language.ENGLISH]) == Filter(languages=(Language.ENGLISH,))


def test_waiting_for_the_search_ends_with_what_the_search_raised() -> None:
    async def forever() -> AsgiMessage:
        await asyncio.Event().wait()
        raise AssertionError

    async def gone() -> AsgiMessage:
        return {"type": "http.disconnect"}

    def show(answer: Answer, _: Assistant) -> str:
        return answer.text

    asking = Asking([Message("user", "q")], 5, Filter(since="2024"))

    async def test() -> None:
        failing = GatedAssistant(error=NothingMatchesError("documents", "x", []))
        failing.gate.set()
        with pytest.raises(NothingMatchesError):
            await Desk(failing).submit(asking, show).searched_for(forever)
        slow = GatedAssistant()
        desk = Desk(slow, threads=1, seconds=0.1)
        with pytest.raises(BusyError, match=r"0\.1 seconds"):
            await desk.submit(asking, show).searched_for(forever)
        with pytest.raises(ClientDisconnect):
            await desk.submit(asking, show).searched_for(gone)
        slow.gate.set()
        while desk.under_way:
            await asyncio.sleep(0.01)
        assert (slow.started, slow.composed) == (1, 0)  # the second left the line
        job = desk.submit(asking, show)
        await job.searched_for(forever)
        assert await job.result() == "yes"

    asyncio.run(test())


def completion(client: OpenAI, **fields: Any) -> str:
    answer = client.chat.completions.create(
        messages=[{"role": "user", "content": QUESTION}], **fields
    )
    return answer.choices[0].message.content or ""


def test_the_name_of_a_model_scopes_to_documents(openai_client: OpenAI) -> None:
    assert "7000" in completion(openai_client, model="wenzheng:乙市*")
    assert "5000" in completion(openai_client, model="wenzheng:甲市2024*")
    assert "第二条" in completion(openai_client, model="wenzheng:甲市2024*")
    assert [model.id for model in openai_client.models.list()] == ["wenzheng"]


def test_the_sources_for_openai_s_clients_say_the_article_and_the_version(
    openai_client: OpenAI,
) -> None:
    said = completion(openai_client, model="wenzheng:甲市2020*")
    assert (
        "\n- [1] 甲市创业补贴办法 · 第二条 · 甲市人民政府 · 2020-03-01 · "
        "已被《甲市创业补贴办法》（2024-03-01）代替 · http"
    ) in said


def test_metadata_carries_a_filter(openai_client: OpenAI) -> None:
    metadata = {"filter": json.dumps({"publishers": ["乙市"]}), "user": "x"}
    assert "7000" in completion(openai_client, model="any", metadata=metadata)
    metadata = {"filter": json.dumps({"current_only": True})}
    assert "5000" in completion(openai_client, model="wenzheng:甲市*", metadata=metadata)


def test_openai_s_clients_see_that_a_filter_leaves_nothing(openai_client: OpenAI) -> None:
    for stream in (False, True):
        with pytest.raises(openai.BadRequestError, match="甲市创业补贴办法") as refused:
            completion(openai_client, model="wenzheng:丙市*", stream=stream)
        assert refused.value.param == "model"
        metadata = {"filter": '{"publishers": ["丙市"]}'}
        with pytest.raises(openai.BadRequestError, match="甲市人民政府") as refused:
            completion(openai_client, model="m", metadata=metadata, stream=stream)
        assert refused.value.param == "metadata.filter"


@pytest.mark.parametrize(
    "text", ["{", "[" * 10_000, "[]", '{"since": "soon"}', '{"nope": 1}', "\x00", "1"]
)
def test_a_bad_filter_in_metadata_is_refused(openai_client: OpenAI, text: str) -> None:
    with pytest.raises(openai.BadRequestError) as refused:
        completion(openai_client, model="m", metadata={"filter": text})
    assert (refused.value.param or "").startswith("metadata.filter")


@pytest.mark.parametrize(
    ("model", "metadata", "documents"),
    [
        (None, None, None),
        ("wenzheng", {}, None),
        ("wenzheng:", None, None),
        ("gpt-4o:甲市*", None, None),
        ("wenzheng: 甲市* ", None, ("甲市*",)),
        ("wenzheng:甲市*", {"filter": {"documents": ["乙市*"]}}, ("乙市*",)),
    ],
)
def test_what_a_model_s_name_asks_for(
    model: str | None, metadata: object, documents: tuple[str, ...] | None
) -> None:
    messages = [{"role": "user", "content": "q"}]
    request = CompletionRequest.model_validate(
        {"messages": messages, "model": model, "metadata": metadata}
    )
    within = request.asking().within
    assert (within.documents if within else None) == documents


def test_a_model_s_name_has_a_limit() -> None:
    messages = [{"role": "user", "content": "q"}]
    with pytest.raises(ValidationError):
        CompletionRequest.model_validate({"messages": messages, "model": f"wenzheng:{LONG}"})


def test_agents_can_say_which_documents_answer(assistant: Assistant) -> None:
    async def test() -> None:
        async with asyncio.timeout(60), Client(create_mcp(Desk(assistant))) as client:
            asked = {"question": QUESTION, "documents": ["甲市*"], "current_only": True}
            result = await client.call_tool("ask", asked)
            assert result.structured_content
            assert "5000" in result.structured_content["answer"]
            asked = {"question": QUESTION, "publishers": ["乙市"], "since": "2022年1月"}
            result = await client.call_tool("ask", asked)
            assert result.structured_content
            assert "7000" in result.structured_content["answer"]
            for wrong, why in (
                ({"documents": ["丙市*"]}, "甲市创业补贴办法"),
                ({"until": "soon"}, "2024-05-01"),
                ({"documents": ["a"] * (MAX_VALUES + 1)}, "documents"),
            ):
                result = await client.call_tool("ask", {"question": QUESTION, **wrong})
                (content,) = result.content
                assert result.is_error
                assert isinstance(content, TextContent)
                assert why in content.text

    asyncio.run(test())


@pytest.fixture
def ask(
    folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Run:
    use_own_folders(tmp_path, monkeypatch)
    monkeypatch.setenv("WENZHENG_INDEX", str(folder / "index"))
    call = runner(monkeypatch, capsys)

    def asked(*arguments: str, **how: Any) -> Outcome:
        return call("ask", *arguments, **how)

    return asked


@pytest.mark.parametrize(
    ("options", "amount"),
    [
        (["--in", "甲市2020*"], "3000"),
        (["--in", "甲市*", "--current"], "5000"),
        (["--in", "甲市*", "--until", "2021"], "3000"),
        (["--publisher", "乙市"], "7000"),
        (["--in", "乙市*", "--in", "grant*", "--language", "zh-Hans"], "7000"),
        (["--since", "2024年1月"], "5000"),
    ],
)
def test_options_say_which_documents_answer(ask: Run, options: list[str], amount: str) -> None:
    outcome = ask(QUESTION, *options)
    assert outcome.status == 0
    assert f"第二条 创业补贴每户{amount}元。 [1]" in outcome.out.splitlines()


@pytest.mark.parametrize(
    ("options", "known"),
    [
        (["--in", "丙市*"], "甲市创业补贴办法"),
        (["--publisher", "丙市"], "甲市人民政府"),
        (["--since", "2025"], "2024-03-01"),
        (["--language", "zh-Hant"], "zh-Hans"),
    ],
)
@pytest.mark.parametrize("is_terminal", [False, True])
def test_options_that_leave_nothing_are_wrong_use(
    ask: Run, options: list[str], known: str, is_terminal: bool
) -> None:
    question = [] if is_terminal else [QUESTION]
    outcome = ask(*question, *options, is_terminal=is_terminal)
    assert (outcome.status, outcome.out) == (2, "")
    assert re.search(rf"^Error: No document has the .+ There are: .*{known}", outcome.err, re.M)


@pytest.mark.parametrize("option", ["--since", "--until"])
@pytest.mark.parametrize("text", ["soon", "2024-13", "", "2024-02-30"])
def test_what_is_no_date_is_wrong_use_with_an_example(ask: Run, option: str, text: str) -> None:
    outcome = ask(QUESTION, option, text)
    assert (outcome.status, outcome.out) == (2, "")
    assert "2024-05-01 or 2024年5月" in outcome.err


def test_an_article_asked_for_by_number_is_looked_up_within_the_filter(tmp_path: Path) -> None:
    for place in ("甲市", "乙市"):
        articles = [f"第{n}条 {place}的第{n}项规定。\n" for n in "一二三四五六七八九十"]
        text = f"# {place}供水管理办法\n\n{place}人民政府\n\n" + "\n".join(articles)
        (tmp_path / f"{place}.md").write_text(text, encoding="utf-8")
    index_paths([tmp_path], tmp_path / "index", FakeEmbedder())
    assistant = Assistant(read_snapshot(tmp_path / "index"), FakeEmbedder(), reader=FakeReader())
    question = [Message("user", "甲市供水管理办法第六条规定了什么？")]
    answer = assistant.ask(question, within=Filter(documents=("乙市*",)))
    named = {hit.passage.document_id for hit in answer.hits}
    named |= {citation.document_id for citation in answer.citations}
    assert {assistant.document(document_id).source for document_id in named} == {"乙市.md"}


def test_a_filter_holds_for_all_turns(
    assistant: Assistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{QUESTION}\n{QUESTION}\n"))
    shown: list[Answer] = []
    within = Filter(documents=("乙市*",))
    converse(assistant, top_k=3, within=within, show=shown.append, complain=pytest.fail)
    assert len(shown) == 2
    assert all(hit.passage.text for answer in shown for hit in answer.hits)
    sources = {assistant.document(h.passage.document_id).source for a in shown for h in a.hits}
    assert sources == {"乙市2022.md"}

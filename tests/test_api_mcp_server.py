"""The Model Context Protocol, proved with the SDK's own client over both transports."""

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from fakes import GatedAssistant, make_led_answer
from mcp import Client, MCPError, StdioServerParameters, stdio_client
from mcp_types import TextContent, TextResourceContents
from serving import ROOT, START, process

from api.http.desk import Desk
from api.http.mcp import create_mcp
from qa.assistant import Assistant
from qa.language.text import squash

QUESTION = "国家级经开区有多少家？"
TOKEN = "a-token-for-the-tests"  # noqa: S105

Use = Callable[[Client], Awaitable[None]]


def run(server: Any, use: Use) -> None:
    async def bounded() -> None:
        async with asyncio.timeout(60), Client(server) as client:
            await use(client)

    asyncio.run(bounded())


def structured(result: Any) -> Any:
    """What a tool gave, which its text says too."""
    assert not result.is_error
    return result.structured_content


async def everything(client: Client) -> None:
    """What any client can do, over any transport."""
    tools = {tool.name: tool for tool in (await client.list_tools()).tools}
    assert set(tools) == {"ask", "search_passages", "list_documents"}
    for tool in tools.values():
        assert tool.description
        assert tool.annotations
        assert tool.annotations.read_only_hint
        assert tool.output_schema
    answer = structured(await client.call_tool("ask", {"question": QUESTION, "top_k": 2}))
    assert (answer["question"], answer["status"]) == (QUESTION, "grounded")
    assert "232" in answer["answer"]
    assert len(answer["passages"]) == 2

    listed = {str(item.uri): item for item in (await client.list_resources()).resources}
    assert len(listed) == 2
    (citation, *_) = answer["citations"]
    uri = f"wenzheng://documents/{citation['document_id']}"
    assert listed[uri].title == citation["title"]
    (contents,) = (await client.read_resource(uri)).contents
    assert isinstance(contents, TextResourceContents)
    cited = contents.text[citation["start_char"] : citation["end_char"]]
    assert squash(cited) == squash(citation["cited_text"])

    found = structured(await client.call_tool("search_passages", {"query": QUESTION, "top_k": 3}))
    assert [passage["rank"] for passage in found["result"]] == [1, 2, 3]
    assert found["result"][:2] == answer["passages"]

    documents = structured(await client.call_tool("list_documents", {"limit": 1}))
    assert (documents["total"], len(documents["documents"])) == (2, 1)


def test_the_tools_and_documents_in_memory(assistant: Assistant) -> None:
    run(create_mcp(Desk(assistant)), everything)


def test_an_answer_begins_with_the_short_one() -> None:
    assistant = GatedAssistant(answer=make_led_answer)
    assistant.gate.set()

    async def use(client: Client) -> None:
        answer = structured(await client.call_tool("ask", {"question": QUESTION}))
        assert answer["short_answer"] == "每月2000元"
        assert answer["answer"].startswith("每月2000元 [1]\n")
        tools = {tool.name: tool for tool in (await client.list_tools()).tools}
        schema = tools["ask"].output_schema or {}
        assert schema["properties"]["short_answer"]["description"]

    run(create_mcp(Desk(assistant)), use)


def test_a_follow_up_is_read_with_the_history(assistant: Assistant) -> None:
    async def use(client: Client) -> None:
        history = [
            {"role": "user", "content": "苏州工业园区是哪一年设立的？"},
            {"role": "assistant", "content": "1994年。 [1]"},
        ]
        asked = {"question": "它在哪里？", "history": history}
        answer = structured(await client.call_tool("ask", asked))
        assert "苏州工业园区" in answer["resolved_question"]
        alone = structured(await client.call_tool("ask", {"question": "它在哪里？"}))
        assert alone["resolved_question"] == "它在哪里？"

    run(create_mcp(Desk(assistant)), use)


def test_a_search_does_not_answer(assistant: Assistant) -> None:
    answered: list[object] = []

    async def use(client: Client) -> None:
        found = structured(await client.call_tool("search_passages", {"query": QUESTION}))
        assert "232" in "".join(passage["text"] for passage in found["result"])
        assert answered == []
        await client.call_tool("ask", {"question": QUESTION})
        assert len(answered) == 1

    run(create_mcp(Desk(assistant, answered=answered.append)), use)


def test_a_search_keeps_to_its_filter(assistant: Assistant) -> None:
    async def use(client: Client) -> None:
        title = assistant.documents[0].title
        asked = {"query": QUESTION, "documents": [title], "top_k": 20}
        found = structured(await client.call_tool("search_passages", asked))
        assert {p["document_id"] for p in found["result"]} == {assistant.documents[0].id}
        nothing = await client.call_tool("search_passages", {"query": "q", "documents": ["x" * 50]})
        assert nothing.is_error

    run(create_mcp(Desk(assistant)), use)


def test_documents_are_listed_by_words_and_in_parts(assistant: Assistant) -> None:
    async def use(client: Client) -> None:
        whole = structured(await client.call_tool("list_documents", {}))
        parts = [
            structured(await client.call_tool("list_documents", {"limit": 1, "offset": at}))
            for at in range(3)
        ]
        listed = [part["documents"] for part in parts]
        assert [*listed[0], *listed[1]] == whole["documents"]
        assert listed[2] == []
        title = whole["documents"][0]["title"]
        found = structured(await client.call_tool("list_documents", {"words": title}))
        assert [one["title"] for one in found["documents"]] == [title]
        none = structured(await client.call_tool("list_documents", {"words": "不存在的"}))
        assert none == {"total": 0, "documents": []}

    run(create_mcp(Desk(assistant)), use)


@pytest.mark.slow
def test_the_http_service_says_how_it_is(seed_index: Path) -> None:
    arguments = ["mcp", "--http", "--port", "0", "--index", str(seed_index)]
    with process(*arguments, WENZHENG_TOKEN=TOKEN) as (_, address):
        base = address.removesuffix("/mcp")
        assert httpx.get(f"{base}/ready").json() == {"status": "ready"}
        health = httpx.get(f"{base}/health").json()
        assert (health["status"], health["documents"]) == ("ok", 2)
        assert httpx.get(f"{base}/metrics").status_code == 401
        headers = {"Authorization": f"Bearer {TOKEN}"}
        assert "wenzheng_documents 2.0" in httpx.get(f"{base}/metrics", headers=headers).text


@pytest.mark.slow
def test_over_standard_streams(seed_index: Path) -> None:
    command = StdioServerParameters(
        command=sys.executable,
        args=["-c", START, "mcp", "--index", str(seed_index)],
        cwd=ROOT,
        env={"PYTHONPATH": str(ROOT)},
    )
    run(stdio_client(command), everything)


@pytest.mark.slow
def test_over_http(seed_index: Path) -> None:
    with process("mcp", "--http", "--port", "0", "--index", str(seed_index)) as (child, address):
        assert address.endswith("/mcp")
        run(address, everything)
        child.terminate()
        assert child.wait(20) in (0, -15, 143)


@pytest.mark.slow
def test_over_http_the_token_is_demanded(seed_index: Path) -> None:
    arguments = ["mcp", "--http", "--port", "0", "--index", str(seed_index)]
    message = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
    headers = {"Accept": "application/json, text/event-stream"}
    with process(*arguments, WENZHENG_TOKEN=TOKEN) as (_, address):
        assert httpx.post(address, json=message, headers=headers).status_code == 401
        headers["Authorization"] = f"Bearer {TOKEN}"
        response = httpx.post(address, json=message, headers=headers)
        assert (response.status_code, response.json()["id"]) == (200, 1)
        response = httpx.post(address, content=b" " * 70_000, headers=headers)
        assert response.status_code == 413


@pytest.mark.parametrize(
    "arguments",
    [
        {"question": ""},
        {"question": "  "},
        {"question": "问" * 2001},
        {"question": "a\x1bb"},
        {"question": 1.5},
        {"question": QUESTION, "top_k": 0},
        {"question": QUESTION, "top_k": 51},
        {},
    ],
)
def test_a_bad_question_is_an_error_that_says_why(
    assistant: Assistant, arguments: dict[str, object]
) -> None:
    async def use(client: Client) -> None:
        result = await client.call_tool("ask", arguments)
        assert result.is_error
        (content,) = result.content
        assert isinstance(content, TextContent)
        assert "question" in content.text or "top_k" in content.text

    run(create_mcp(Desk(assistant)), use)


@pytest.mark.parametrize(
    "uri", ["nope", "../../etc/passwd", "%2e%2e%2fetc%2fpasswd", "a/b", "\u6587"]
)
def test_a_document_that_is_not_there_is_an_error(assistant: Assistant, uri: str) -> None:
    async def use(client: Client) -> None:
        with pytest.raises(MCPError):
            await client.read_resource(f"wenzheng://documents/{uri}")

    run(create_mcp(Desk(assistant)), use)


def test_a_failure_tells_no_details() -> None:
    assistant = GatedAssistant(error=ZeroDivisionError("secret"))
    assistant.gate.set()

    async def use(client: Client) -> None:
        result = await client.call_tool("ask", {"question": QUESTION})
        assert result.is_error
        assert "secret" not in json.dumps(result.model_dump(mode="json"))

    run(create_mcp(Desk(assistant)), use)

"""The protocol of OpenAI's clients, proved with the official one against a real service."""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import openai
import pytest
from fakes import GatedAssistant, make_led_answer
from fastapi.testclient import TestClient
from openai import OpenAI
from openai.types.chat import ChatCompletionChunk, ChatCompletionMessageParam
from serving import served

from api.http.app import create_app
from api.http.openai_schemas import CompletionRequest
from api.http.service import ServiceSettings
from qa.assistant import Assistant
from qa.language.text import squash, to_simplified

QUESTIONS = {
    "国家级经开区有多少家？": "来源",
    "國家級經開區有多少家？": "來源",
    "How many national development zones are there?": "Sources",
    "List the 16 measures of the work plan.": "Sources",
}
UNANSWERED = "Who won the 1966 world cup?"
TOKEN = "a-token-for-the-tests"  # noqa: S105
COMPLETIONS = "/v1/chat/completions"


@pytest.fixture(scope="module")
def address(assistant: Assistant) -> Iterator[str]:
    with served(create_app(assistant, ServiceSettings(token=TOKEN))) as address:
        yield address


@pytest.fixture(scope="module")
def client(address: str) -> Iterator[OpenAI]:
    with OpenAI(base_url=f"{address}/v1", api_key=TOKEN, max_retries=0) as client:
        yield client


def asked(question: str) -> list[ChatCompletionMessageParam]:
    return [{"role": "user", "content": question}]


def whole_answer(address: str, question: str) -> dict[str, Any]:
    headers = {"Authorization": f"Bearer {TOKEN}"}
    found: dict[str, Any] = httpx.post(
        f"{address}/chat", json={"messages": asked(question)}, headers=headers
    ).json()
    return found


@pytest.mark.parametrize("question", QUESTIONS)
def test_an_answer_carries_its_sources_and_annotations(
    client: OpenAI, address: str, question: str
) -> None:
    completion = client.chat.completions.create(model="any", messages=asked(question))
    (choice,) = completion.choices
    content = choice.message.content or ""
    whole = whole_answer(address, question)
    answer, sources = content[: len(whole["answer"])], content[len(whole["answer"]) :]
    assert answer == whole["answer"]
    assert sources.startswith(f"\n\n{QUESTIONS[question]}\n\n- [1] ")
    assert (choice.finish_reason, completion.model) == ("stop", "wenzheng")
    citations = {citation["index"]: citation for citation in whole["citations"]}
    seen = []
    for annotation in choice.message.annotations or []:
        noted = annotation.url_citation
        marker = content[noted.start_index : noted.end_index]
        citation = citations[int(marker.strip("[]"))]
        place = f"char={citation['start_char']},{citation['end_char']}"
        assert noted.url == f"{address}/documents/{citation['document_id']}#{place}"
        assert noted.url in sources
        assert noted.title == citation["title"]
        seen.append(citation["index"])
    assert set(seen) == set(citations)
    assert seen == sorted(seen)
    assert len(seen) == answer.count("[")


def test_the_address_of_an_annotation_leads_to_the_cited_text(client: OpenAI) -> None:
    question = next(iter(QUESTIONS))
    completion = client.chat.completions.create(model="any", messages=asked(question))
    message = completion.choices[0].message
    assert message.annotations
    address, _, fragment = message.annotations[0].url_citation.url.partition("#char=")
    start, end = map(int, fragment.split(","))
    headers = {"Authorization": f"Bearer {TOKEN}"}
    text = httpx.get(address, headers=headers).json()["text"]
    said = (message.content or "").splitlines()
    cited = squash(to_simplified(text[start:end]))
    assert any(cited in squash(to_simplified(line)) for line in said)


def test_an_answer_begins_with_the_short_one() -> None:
    assistant = GatedAssistant(answer=make_led_answer)
    assistant.gate.set()
    with (
        served(create_app(assistant)) as address,
        OpenAI(base_url=f"{address}/v1", api_key="-", max_retries=0) as client,
    ):
        completion = client.chat.completions.create(model="m", messages=asked("q"))
        stream = client.chat.completions.create(model="m", messages=asked("q"), stream=True)
        pieces = [c.delta.content for chunk in stream for c in chunk.choices if c.delta.content]
    message = completion.choices[0].message
    content = message.content or ""
    assert content.startswith("每月2000元 [1]\n甲市创业补贴办法\n每户每月补贴2000元。 [1] ")
    noted = [annotation.url_citation for annotation in message.annotations or []]
    marks = [content[place.start_index : place.end_index] for place in noted]
    assert marks == ["[1]", "[1]", "[2]", "[3]", "[4]", "[5]"]
    assert noted[0].url == noted[1].url
    assert pieces[:2] == ["每月2000元 [1]", "\n甲市创业补贴办法\n每户每月补贴2000元。 [1]"]
    assert "".join(pieces) == content


def test_a_refusal_has_no_sources(client: OpenAI) -> None:
    message = (
        client.chat.completions.create(model="m", messages=asked(UNANSWERED)).choices[0].message
    )
    assert (message.content or "").startswith("The documents do not say.")
    assert "Sources" not in (message.content or "")
    assert message.annotations == []


@pytest.mark.parametrize("question", [*QUESTIONS, UNANSWERED])
def test_a_stream_makes_the_same_message(client: OpenAI, question: str) -> None:
    whole = client.chat.completions.create(model="any", messages=asked(question))
    chunks: list[ChatCompletionChunk] = list(
        client.chat.completions.create(
            model="any",
            messages=asked(question),
            stream=True,
            stream_options={"include_usage": True},
        )
    )
    choices = [choice for chunk in chunks for choice in chunk.choices]
    assert "".join(choice.delta.content or "" for choice in choices) == (
        whole.choices[0].message.content
    )
    assert choices[0].delta.role == "assistant"
    assert [choice.finish_reason for choice in choices][-2:] == [None, "stop"]
    assert chunks[-1].usage == whole.usage
    assert len({(chunk.id, chunk.created, chunk.model) for chunk in chunks}) == 1
    # The client's types have no annotations in a stream; it hands over what is there.
    noted = [getattr(choice.delta, "annotations", None) or [] for choice in choices]
    expected = [note.model_dump() for note in whole.choices[0].message.annotations or []]
    assert [note for notes in noted for note in notes] == expected


def test_the_stream_helper_of_the_client_reads_it(client: OpenAI) -> None:
    question = next(iter(QUESTIONS))
    with client.chat.completions.stream(model="any", messages=asked(question)) as stream:
        final = stream.get_final_completion()
    assert "232" in (final.choices[0].message.content or "")


def test_messages_of_every_kind_are_read(client: OpenAI) -> None:
    question = next(iter(QUESTIONS))
    completion = client.chat.completions.create(
        model="gpt-4o",
        temperature=0.3,
        max_completion_tokens=5,
        seed=1,
        user="me",
        tools=[{"type": "function", "function": {"name": "f"}}],
        response_format={"type": "text"},
        messages=[
            {"role": "developer", "content": "Be brief."},
            {"role": "system", "content": [{"type": "text", "text": "Answer in French."}]},
            {"role": "user", "content": "天气？"},
            {
                "role": "assistant",
                "content": None,
                "tool_calls": [
                    {"id": "1", "type": "function", "function": {"name": "f", "arguments": "{}"}}
                ],
            },
            {"role": "tool", "tool_call_id": "1", "content": "sunny"},
            {"role": "user", "content": [{"type": "text", "text": question}]},
        ],
    )
    assert "232" in (completion.choices[0].message.content or "")
    assert completion.usage
    total = completion.usage.prompt_tokens + completion.usage.completion_tokens
    assert completion.usage.total_tokens == total > 0


def test_a_follow_up_is_read_after_the_answer_but_not_after_its_sources(
    client: OpenAI, address: str
) -> None:
    first, second = "国家级经开区有多少家？", "它们分布在多少个省份？"
    answer = client.chat.completions.create(model="m", messages=asked(first))
    said = answer.choices[0].message.content or ""
    assert "\n\n来源\n\n- [1] " in said
    turns: list[ChatCompletionMessageParam] = [
        *asked(first),
        {"role": "assistant", "content": said},
        *asked(second),
    ]
    followed = client.chat.completions.create(model="m", messages=turns)
    request = CompletionRequest.model_validate({"messages": turns})
    plain = [*asked(first), {"role": "assistant", "content": said.split("\n\n来源")[0]}]
    assert [turn.content for turn in request.asking().messages][:2] == [t["content"] for t in plain]
    headers = {"Authorization": f"Bearer {TOKEN}"}
    whole = httpx.post(
        f"{address}/chat", json={"messages": [*plain, *asked(second)]}, headers=headers
    ).json()
    assert whole["resolved_question"] != second
    assert (followed.choices[0].message.content or "").startswith(whole["answer"])


def test_the_models_are_listed(client: OpenAI) -> None:
    assert [model.id for model in client.models.list()] == ["wenzheng"]


def test_a_wrong_token_is_an_authentication_error(address: str) -> None:
    with (
        OpenAI(base_url=f"{address}/v1", api_key="wrong", max_retries=0) as client,
        pytest.raises(openai.AuthenticationError, match="token") as refused,
    ):
        client.models.list()
    assert refused.value.type == "authentication_error"


PICTURE = {"type": "image_url", "image_url": {"url": "data:,"}}
REFUSED: dict[str, tuple[dict[str, Any], str | None]] = {
    "no messages": ({"messages": []}, "messages"),
    "no user message": ({"messages": [{"role": "system", "content": "s"}]}, "messages"),
    "blank question": ({"messages": asked(" ")}, "messages"),
    "no content": ({"messages": [{"role": "user"}]}, "messages"),
    "long question": ({"messages": asked("问" * 2001)}, "messages"),
    "a picture": ({"messages": [{"role": "user", "content": [PICTURE]}]}, "messages.0.content"),
    "lone surrogate": ({"messages": asked("a\ud800")}, "messages.0.content"),
    "unknown role": ({"messages": [{"role": "x", "content": "q"}]}, "messages.0.role"),
    "stream not a truth": ({"messages": asked("q"), "stream": "maybe"}, "stream"),
    "nothing": ({}, "messages"),
}


@pytest.mark.parametrize(("request_", "param"), REFUSED.values(), ids=REFUSED.keys())
@pytest.mark.parametrize("stream", [False, True])
def test_a_bad_request_is_refused_as_openai_would(
    client: OpenAI, request_: dict[str, Any], param: str, stream: bool
) -> None:
    content = json.dumps({"stream": stream, **request_}).encode()
    with pytest.raises(openai.BadRequestError) as refused:
        client.post(
            "/chat/completions",
            cast_to=object,
            content=content,
            options={"headers": {"Content-Type": "application/json"}},
        )
    assert refused.value.type == "invalid_request_error"
    assert (refused.value.param or "").startswith(param)
    assert refused.value.message


@pytest.mark.parametrize("content", [b"{", b"\xff", b"[" * 60_000, b"", b"null"])
def test_what_is_not_json_is_refused_in_the_same_shape(content: bytes) -> None:
    client = TestClient(create_app(GatedAssistant()))
    headers = {"content-type": "application/json"}
    response = client.post(COMPLETIONS, content=content, headers=headers)
    assert response.status_code == 400
    assert response.json()["error"]["type"] == "invalid_request_error"


def test_other_refusals_have_the_same_shape() -> None:
    settings = ServiceSettings(requests_per_minute=1, threads=1, max_waiting=0)
    client = TestClient(create_app(GatedAssistant(), settings))
    assert client.get("/v1/nope").json()["error"]["type"] == "invalid_request_error"
    big = client.post(COMPLETIONS, content=b" " * 300_000)
    assert (big.status_code, "262144 bytes" in big.json()["error"]["message"]) == (413, True)
    limited = client.post(COMPLETIONS, json={"messages": asked("q")})
    assert (limited.status_code, limited.json()["error"]["type"]) == (429, "rate_limit_error")
    assert int(limited.headers["retry-after"]) > 0


def test_a_long_conversation_is_read() -> None:
    assistant = GatedAssistant()
    assistant.gate.set()
    client = TestClient(create_app(assistant))
    turns = [*asked("问" * 100), {"role": "assistant", "content": "答" * 1_000}] * 50
    response = client.post(COMPLETIONS, json={"messages": [*turns, *asked("q")]})
    assert response.json()["choices"][0]["message"]["content"] == "yes"


def test_a_failure_while_streaming_raises_in_the_client() -> None:
    assistant = GatedAssistant(error=ZeroDivisionError("secret"))
    assistant.gate.set()
    with (
        served(create_app(assistant)) as address,
        OpenAI(base_url=f"{address}/v1", api_key="-", max_retries=0) as client,
    ):
        stream = client.chat.completions.create(model="m", messages=asked("q"), stream=True)
        with pytest.raises(openai.APIError, match="The service failed; see its log"):
            list(stream)
        with pytest.raises(openai.InternalServerError, match="The service failed; see its log"):
            client.chat.completions.create(model="m", messages=asked("q"))


def test_a_busy_service_is_asked_again_by_the_client() -> None:
    assistant = GatedAssistant()
    settings = ServiceSettings(threads=1, max_waiting=0, answer_seconds=0.2)
    with served(create_app(assistant, settings)) as address:
        with (
            OpenAI(base_url=f"{address}/v1", api_key="-", max_retries=0) as client,
            pytest.raises(openai.InternalServerError, match=r"0\.2 seconds") as busy,
        ):
            client.chat.completions.create(model="m", messages=asked("q"))
        assert busy.value.status_code == 503
        assert busy.value.response.headers["retry-after"] == "1"
        assistant.gate.set()
        with OpenAI(base_url=f"{address}/v1", api_key="-", max_retries=5) as client:
            completion = client.chat.completions.create(model="m", messages=asked("q"))
    assert completion.choices[0].message.content == "yes"

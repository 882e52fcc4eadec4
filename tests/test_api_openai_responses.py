"""OpenAI's Responses and legacy Completions, proved with the official client; what is refused."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import openai
import pytest
from fakes import GatedAssistant, make_answer, make_led_answer
from openai import OpenAI
from serving import served

from api.http.app import create_app
from qa.assistant import Assistant
from qa.types import Answer

QUESTION = "国家级经开区有多少家？"
UNANSWERED = "Who won the 1966 world cup?"
EVENTS = [
    *("response.created", "response.in_progress"),
    *("response.output_item.added", "response.content_part.added"),
    *("response.output_text.delta", "response.output_text.annotation.added"),
    *("response.output_text.done", "response.content_part.done", "response.output_item.done"),
    "response.completed",
]


@pytest.fixture(scope="module")
def client(assistant: Assistant) -> Iterator[OpenAI]:
    with (
        served(create_app(assistant)) as address,
        OpenAI(base_url=f"{address}/v1", api_key="-", max_retries=0) as client,
    ):
        yield client


@pytest.fixture(scope="module")
def led() -> Iterator[OpenAI]:
    """A service whose every answer has all parts."""
    assistant = GatedAssistant(answer=make_led_answer)
    assistant.gate.set()
    with (
        served(create_app(assistant)) as address,
        OpenAI(base_url=f"{address}/v1", api_key="-", max_retries=0) as client,
    ):
        yield client


def chat_content(client: OpenAI, question: str) -> str:
    chat = client.chat.completions.create(
        model="m", messages=[{"role": "user", "content": question}]
    )
    return chat.choices[0].message.content or ""


@pytest.mark.parametrize("question", [QUESTION, UNANSWERED])
def test_a_response_says_what_a_chat_completion_does(client: OpenAI, question: str) -> None:
    response = client.responses.create(model="m", input=question, instructions="Be brief.")
    assert response.output_text == chat_content(client, question)
    assert (response.status, response.model) == ("completed", "wenzheng")
    assert response.to_dict()["store"] is False
    assert response.instructions == "Be brief."
    assert response.usage
    assert response.usage.total_tokens == response.usage.input_tokens + response.usage.output_tokens


def test_the_annotations_of_a_response_are_its_marks(led: OpenAI) -> None:
    response = led.responses.create(model="m", input="q")
    (part,) = response.to_dict()["output"][0]["content"]  # type: ignore[index]
    assert part["type"] == "output_text"
    places = [(note["start_index"], note["end_index"]) for note in part["annotations"]]
    marks = [part["text"][start:end] for start, end in places]
    assert marks == ["[1]", "[1]", "[2]", "[3]", "[4]", "[5]"]


def test_a_stream_has_the_standard_events_and_makes_the_same_response(led: OpenAI) -> None:
    whole = led.responses.create(model="m", input="q")
    events = list(led.responses.create(model="m", input="q", stream=True))
    assert list(dict.fromkeys(event.type for event in events)) == EVENTS
    assert [event.sequence_number for event in events] == list(range(len(events)))
    deltas = [event.delta for event in events if event.type == "response.output_text.delta"]
    assert len(deltas) > 2
    assert "".join(deltas) == whole.output_text
    last = events[-1]
    assert last.type == "response.completed"
    assert last.response.output_text == whole.output_text
    assert last.response.usage == whole.usage
    assert {event.response.id for event in events if hasattr(event, "response")} == {
        last.response.id
    }


def test_the_stream_helper_of_the_client_reads_it(led: OpenAI) -> None:
    with led.responses.stream(model="m", input="q") as stream:
        final = stream.get_final_response()
    assert final.output_text.startswith("每月2000元 [1]")


def test_a_conversation_is_read_with_its_turns(client: OpenAI) -> None:
    first = client.responses.create(model="m", input=QUESTION)
    second = client.responses.create(
        model="m",
        input=[
            {"role": "developer", "content": "Be brief."},
            {"role": "user", "content": [{"type": "input_text", "text": QUESTION}]},
            first.output[0].model_dump(exclude_none=True),  # type: ignore[list-item]
            {"role": "user", "content": "它们分布在多少个省份？"},
        ],
    )
    assert "31" in second.output_text


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"previous_response_id": "resp_1"}, "previous_response_id"),
        ({"background": True}, "background"),
        ({"conversation": "conv_1"}, "conversation"),
        ({"text": {"format": {"type": "json_object"}}}, "text.format.type"),
        ({"input": " "}, "input"),
        ({"input": []}, "input"),
        ({"input": [{"role": "assistant", "content": "a"}]}, "input"),
        ({"input": [{"role": "user", "content": [{"type": "input_image"}]}]}, "input"),
    ],
)
def test_what_cannot_be_done_is_refused(client: OpenAI, fields: dict[str, Any], param: str) -> None:
    with pytest.raises(openai.BadRequestError) as refused:
        client.responses.create(**{"model": "m", "input": QUESTION, **fields})
    assert (refused.value.param or "").startswith(param)
    assert refused.value.type == "invalid_request_error"


def test_a_failure_while_a_response_streams_ends_it_without_details() -> None:
    assistant = GatedAssistant(error=ZeroDivisionError("secret"))
    assistant.gate.set()
    with (
        served(create_app(assistant)) as address,
        OpenAI(base_url=f"{address}/v1", api_key="-", max_retries=0) as client,
    ):
        *_, end = client.responses.create(model="m", input="q", stream=True)
    assert end.type == "response.failed"
    assert end.response.status == "failed"
    assert end.response.error
    assert end.response.error.message == "The service failed; see its log."


@pytest.mark.parametrize("prompt", [QUESTION, [QUESTION]])
def test_a_legacy_prompt_is_a_question(client: OpenAI, prompt: str | list[str]) -> None:
    whole = client.completions.create(model="m", prompt=prompt)
    assert whole.choices[0].text == chat_content(client, QUESTION)
    assert (whole.choices[0].finish_reason, whole.object) == ("stop", "text_completion")
    assert whole.usage
    assert whole.usage.total_tokens > 0
    stream = client.completions.create(
        model="m", prompt=prompt, stream=True, stream_options={"include_usage": True}
    )
    chunks = list(stream)
    assert "".join(c.text for chunk in chunks for c in chunk.choices) == whole.choices[0].text
    assert chunks[-2].choices[0].finish_reason == "stop"
    assert chunks[-1].usage == whole.usage


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"prompt": ["a", "b"]}, "prompt"),
        ({"prompt": " "}, "prompt"),
        ({"prompt": [1, 2]}, "prompt"),
        ({"suffix": "after"}, "suffix"),
        ({"echo": True}, "echo"),
    ],
)
def test_a_legacy_request_that_is_no_question_is_refused(
    client: OpenAI, fields: dict[str, Any], param: str
) -> None:
    with pytest.raises(openai.BadRequestError) as refused:
        client.completions.create(**{"model": "m", "prompt": QUESTION, **fields})
    assert (refused.value.param or "").startswith(param)


def about(response: object) -> dict[str, Any]:
    """What stands beside the standard fields; the client hands over what it does not know."""
    found = getattr(response, "wenzheng", None)
    assert isinstance(found, dict)
    return found


def test_status_confidence_and_citations_stand_beside_the_standard_fields(client: OpenAI) -> None:
    for question, status in ((QUESTION, "grounded"), (UNANSWERED, "no_answer")):
        chat = client.chat.completions.create(
            model="m", messages=[{"role": "user", "content": question}]
        )
        made: list[Any] = [
            chat,
            client.responses.create(model="m", input=question),
            client.completions.create(model="m", prompt=question),
        ]
        for one in made:
            assert about(one)["status"] == status
            assert 0 <= about(one)["confidence"] <= 1
            assert bool(about(one)["citations"]) == (status == "grounded")
        assert chat.choices[0].finish_reason == "stop"


def test_a_stream_says_them_at_its_end(led: OpenAI) -> None:
    chunks = list(
        led.chat.completions.create(
            model="m", messages=[{"role": "user", "content": "q"}], stream=True
        )
    )
    assert about(chunks[-1])["confidence"] == 0.9
    assert chunks[-1].choices[0].finish_reason == "stop"
    assert not [chunk for chunk in chunks[:-1] if hasattr(chunk, "wenzheng")]
    *_, end = led.responses.create(model="m", input="q", stream=True)
    assert end.type == "response.completed"
    assert about(end.response)["status"] == "grounded"


@pytest.mark.parametrize("model", ["wenzheng", "wenzheng:苏州*"])
def test_a_model_can_be_asked_for_by_its_name(client: OpenAI, model: str) -> None:
    assert client.models.retrieve(model).id == model


@pytest.mark.parametrize("model", ["gpt-4o", "wenzhen", "a/b"])
def test_another_model_is_not_found(client: OpenAI, model: str) -> None:
    with pytest.raises(openai.NotFoundError) as refused:
        client.models.retrieve(model)
    assert refused.value.type == "invalid_request_error"


def with_its_own_mark(question: str) -> Answer:
    """An answer whose document writes [1] and [2] itself, as papers do."""
    led = make_led_answer(question)
    first = led.citations[0]
    own = "补贴见 [2] 和 [1] 的规定。"
    citation = replace(first, cited_text=own, end_char=len(own), answer_spans=())
    text = f"{own} [1]\n补贴由区里发放。 [2]"
    return replace(
        make_answer(question, text),
        language=led.language,
        status=led.status,
        citations=(citation, led.citations[1]),
    )


def test_a_document_s_own_brackets_are_no_citation() -> None:
    assistant = GatedAssistant(answer=with_its_own_mark)
    assistant.gate.set()
    with (
        served(create_app(assistant)) as address,
        OpenAI(base_url=f"{address}/v1", api_key="-", max_retries=0) as client,
    ):
        chat = client.chat.completions.create(
            model="m", messages=[{"role": "user", "content": "q"}]
        )
    message = chat.choices[0].message
    content = message.content or ""
    assert content.startswith("补贴见 ［2］ 和 ［1］ 的规定。 [1]\n补贴由区里发放。 [2]")
    places = [note.url_citation.start_index for note in message.annotations or []]
    assert places == [content.index("[1]"), content.index("[2]")]

"""What chat front ends ask of a model by themselves, in their words, and what people ask."""

import json
from collections.abc import Iterator

import pytest
from fakes import GatedAssistant
from openai import OpenAI
from openai.types.chat import ChatCompletionMessageParam
from serving import served

from api.http.app import create_app
from api.http.front_end_tasks import TITLE_LENGTH, find_task, short_title
from api.http.openai_schemas import turn_of
from qa.types import Message

QUESTION = "国家级经开区有多少家？"
HISTORY = f"<chat_history>\nUSER: {QUESTION}\nASSISTANT: 232家。\n</chat_history>"


def headed(task: str, output: str) -> str:
    """As Open WebUI puts it."""
    guidelines = "- Use the chat's primary language; default to English if multilingual."
    return (
        f"### Task:\n{task}\n### Guidelines:\n{guidelines}\n### Output:\n"
        f"JSON format: {output}\n### Chat History:\n{HISTORY}"
    )


TITLE = headed(
    "Generate a concise, 3-5 word title with an emoji summarizing the chat history.",
    '{ "title": "your concise title here" }',
)
TAGS = headed(
    "Generate 1-3 broad tags categorizing the main themes of the chat history, along with 1-3 "
    "more specific subtopic tags.",
    '{ "tags": ["tag1", "tag2", "tag3"] }',
)
FOLLOW_UPS = headed(
    "Suggest 3-5 relevant follow-up questions or prompts that the user might naturally ask next "
    "in this conversation as a **user**, based on the chat history.",
    '{ "follow_ups": ["Question 1?", "Question 2?"] }',
)
QUERIES = headed(
    "Analyze the chat history to determine the necessity of generating search queries, in the "
    "given language.",
    '{ "queries": ["query1"] }',
)
TASKS: dict[str, tuple[list[tuple[str, str]], str]] = {
    "a title": ([("user", TITLE)], '{"title": "国家级经开区有多少家"}'),
    "tags": ([("user", TAGS)], '{"tags": []}'),
    "follow-ups": ([("user", FOLLOW_UPS)], '{"follow_ups": []}'),
    "search queries": ([("user", QUERIES)], '{"queries": []}'),
    "a title in plain text": (
        [("user", TITLE.replace('JSON format: { "title": "your', "Return ONLY the title: your"))],
        "国家级经开区有多少家",
    ),
    "a title after the conversation": (
        [
            *(("user", QUESTION), ("assistant", "232家。")),
            ("user", "使用四到五个字直接返回这句话的简要主题，不要解释、不要标点、不要语气词。"),
        ],
        "国家级经开区有多少家",
    ),
    "a title with the turns below": (
        [
            (
                "user",
                "Provide a concise, 5-word-or-less title for the conversation, using its same "
                'language, with no punctuation.\n||>User:\n"How many zones?"\n||>Response:\n"232"',
            )
        ],
        "How many zones",
    ),
    "a title that the system asks for": (
        [
            ("system", "你是一名擅长会话的助理，你需要将用户的会话总结为 10 个字以内的标题"),
            ("user", f"user: {QUESTION}\nassistant: 232家。"),
        ],
        "国家级经开区有多少家",
    ),
    "tools": (
        [("system", 'Available Tools: []\nReturn {"tool_calls": []}'), ("user", "Query: zones")],
        '{"tool_calls": []}',
    ),
}
QUESTIONS = [
    QUESTION,
    "总结一下中欧对话会的主题",
    "请提供本次对话会议的标题",
    "What is the title of the plan?",
    "Give me the title of the plan on dialogue, please.",
    "Create a list of the follow-up measures.",
    "Suggest what the session of the congress decided.",
    "How many tags does a chat get?",
    "### Task: how many zones are there?",
    "标签的规格有哪些要求？",
    "会话时长不得超过多少个字？",
]


def messages(*turns: tuple[str, str]) -> list[Message]:
    return [turn_of(role, text) for role, text in turns]


@pytest.mark.parametrize(("turns", "reply"), TASKS.values(), ids=TASKS.keys())
def test_a_task_is_recognised(turns: list[tuple[str, str]], reply: str) -> None:
    found = find_task(messages(*turns))
    assert found
    assert found.reply == reply


@pytest.mark.parametrize("question", QUESTIONS)
@pytest.mark.parametrize("earlier", [[], [("user", "在哪里？"), ("assistant", "在苏州。")]])
def test_a_question_is_none(question: str, earlier: list[tuple[str, str]]) -> None:
    system = ("system", "You are a helpful assistant for this conversation. Give short answers.")
    assert find_task(messages(system, *earlier, ("user", question))) is None


@pytest.mark.parametrize(
    ("question", "title"),
    [
        ("", ""),
        ("苏州在哪里？", "苏州在哪里"),
        (" “What  is\nthis?” ", "What is this?”".rstrip("?”")),
        ("问" * 50, "问" * TITLE_LENGTH + "…"),
        ("word " * 20, "word word word word word word word word…"),
    ],
)
def test_a_title_is_short(question: str, title: str) -> None:
    assert short_title(question) == title


@pytest.fixture(scope="module")
def client() -> Iterator[tuple[OpenAI, GatedAssistant]]:
    assistant = GatedAssistant()
    assistant.gate.set()
    with (
        served(create_app(assistant)) as address,
        OpenAI(base_url=f"{address}/v1", api_key="-", max_retries=0) as client,
    ):
        yield client, assistant


@pytest.mark.parametrize(("turns", "reply"), TASKS.values(), ids=TASKS.keys())
def test_nothing_is_searched_for_a_task(
    client: tuple[OpenAI, GatedAssistant], turns: list[tuple[str, str]], reply: str
) -> None:
    openai, assistant = client
    sent: list[ChatCompletionMessageParam] = json.loads(
        json.dumps([{"role": role, "content": text} for role, text in turns])
    )
    whole = openai.chat.completions.create(model="m", messages=sent)
    stream = openai.chat.completions.create(model="m", messages=sent, stream=True)
    pieces = [c.delta.content or "" for chunk in stream for c in chunk.choices]
    choice = whole.choices[0]
    assert (choice.message.content, choice.finish_reason) == (reply, "stop")
    assert "".join(pieces) == reply
    assert choice.message.annotations == []
    assert not hasattr(whole, "wenzheng")
    assert assistant.started == 0


def test_a_task_is_recognised_however_long_the_conversation_is(
    client: tuple[OpenAI, GatedAssistant],
) -> None:
    prompt = TITLE.replace("232家。", "很长的回答。" * 2_000)
    sent: list[ChatCompletionMessageParam] = [{"role": "user", "content": prompt}]
    whole = client[0].chat.completions.create(model="m", messages=sent)
    assert whole.choices[0].message.content == '{"title": "国家级经开区有多少家"}'

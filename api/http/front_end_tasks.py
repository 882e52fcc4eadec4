"""Prompts that a chat front end sends by itself, beside the questions of its user.

Open WebUI, LibreChat, LobeChat and others ask the model for a title, tags or further questions of
a conversation. To search the documents for these would answer something that nobody asked.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass

from qa.types import Message

TITLE_LENGTH = 40
"""Characters of a title: a line in a list of conversations."""

_HEAD = 400
"""Characters within which a prompt says what it wants."""

_READ = 4_000
"""Characters of a prompt that are looked at for its form; a conversation may follow."""

_UNTITLED = "Wenzheng 问政"

_VERB = (
    r"(?:\b(?:generat(?:e|es|ing)|create|provide|write|suggest|summari[sz](?:e|ing)|give|make)\b"
    r"|生成|总结|概括|提供|建议|返回|起|取|給|给|總結|產生|歸納|归纳)"
)
_WITHIN_A_SENTENCE = r"[^.。\n]{0,90}?"
_OBJECTS = {
    "tags": r"\btags?\b|标签|標籤",
    "follow_ups": r"\bfollow[- _]?ups?\b|\bnext questions\b|追问|追問|后续问题|後續問題",
    "queries": r"\bsearch queries\b|搜索词|检索词|搜尋詞",
    "title": r"\btitles?\b|\ba name\b|标题|標題|主题|主題",
}
_WANTED = {
    key: re.compile(f"{_VERB}{_WITHIN_A_SENTENCE}(?:{words})", re.IGNORECASE)
    for key, words in _OBJECTS.items()
}
_TOOLS = re.compile(r"\s{0,9}available tools\b", re.IGNORECASE)
_COMPLETION = re.compile(r"\bautocompletion system\b", re.IGNORECASE)
_TASK_HEAD = re.compile(r"\s{0,9}#{1,6} ?(?:task|任务|任務)\b", re.IGNORECASE)
_OF_A_CONVERSATION = re.compile(
    r"chat[_ ]history|\bchats?\b|\bconversation\b|\bsession\b|\bdialog(?:ue)?\b"
    r"|聊天|对话|会话|这句话|對話|會話",
    re.IGNORECASE,
)
_FORM = re.compile(
    r"\bconcise\b|\bshort\b|\bwords?\b|\bcharacters\b|\bquot(?:es|ation)\b|\bjson\b"
    r"|简洁|简短|簡短|字以内|字以內|个字|個字|不要解释|不要標點|不要标点",
    re.IGNORECASE,
)
_TURN = re.compile(
    r"^[ \t>|*]{0,5}(?:user|human|用户|用戶|使用者)\*{0,2} ?[:：]\*{0,2}(.*)",
    re.IGNORECASE | re.MULTILINE,
)
_TRANSCRIPT = "<chat_history>"
_QUOTES = "\"'“”‘’「」`"
_END = " \t\r\n。．.？?！!，,；;：:"


@dataclass(frozen=True, slots=True)
class FrontEndTask:
    """What a front end wants, and the reply: nothing in it is from the documents."""

    kind: str
    reply: str


def find_task(messages: Sequence[Message]) -> FrontEndTask | None:
    """Return what a front end asks for, None where its user asks.

    >>> find_task([Message("user", "Suggest 3 short follow-up questions for this conversation.")])
    FrontEndTask(kind='follow_ups', reply='[]')
    """
    asked = [message.content for message in messages if message.role == "user"]
    prompts = [asked[-1]]
    if len(asked) == 1:  # the prompt may stand before the conversation, as the system's
        prompts += [message.content for message in messages if message.role == "system"]
    for prompt in prompts:
        if kind := _kind(prompt):
            return FrontEndTask(kind, _reply(kind, prompt, asked))
    return None


def short_title(question: str) -> str:
    """Return the beginning of a question, cut between words.

    >>> short_title("How many national development zones are there in Jiangsu province?")
    'How many national development zones are…'
    """
    text = " ".join(question[: 10 * TITLE_LENGTH].split()).strip(_QUOTES).rstrip(_END)
    if len(text) <= TITLE_LENGTH:
        return text
    between_words = text[: TITLE_LENGTH + 1].rpartition(" ")[0] if text.isascii() else ""
    return f"{(between_words or text[:TITLE_LENGTH]).rstrip(_END)}…"


def _kind(prompt: str) -> str:
    """The key of what is wanted, "" where a prompt is a question."""
    head, read = prompt[:_HEAD], prompt[:_READ]
    is_headed = bool(_TASK_HEAD.match(head))
    if _TOOLS.match(head) and '"tool_calls"' in prompt:
        return "tool_calls"
    if is_headed and _COMPLETION.search(head):
        return "text"
    if not _OF_A_CONVERSATION.search(read):
        return ""
    if is_headed or _TRANSCRIPT in prompt or _FORM.search(head):
        return next((key for key, wanted in _WANTED.items() if wanted.search(head)), "")
    return ""


def _reply(kind: str, prompt: str, asked: Sequence[str]) -> str:
    """What is sent back, as JSON where the prompt names the key of one."""
    empty: str | list[str] = "" if kind == "text" else []
    found = short_title(_first_question(prompt, asked)) if kind == "title" else empty
    if f'"{kind}"' in prompt:
        return json.dumps({kind: found}, ensure_ascii=False)
    return found if isinstance(found, str) else json.dumps(found)


def _first_question(prompt: str, asked: Sequence[str]) -> str:
    """What the user asked first: an earlier message, or the first turn of a transcript."""
    if len(asked) > 1:
        return asked[0]
    told = asked[-1]
    if _TRANSCRIPT in told:
        told = told.partition(_TRANSCRIPT)[2]
    turn = _TURN.search(told)
    if turn:
        lines = [turn[1], *told[turn.end() : turn.end() + 10 * TITLE_LENGTH].splitlines()]
    else:
        lines = [] if told == prompt else told[: 10 * TITLE_LENGTH].splitlines()
    return next((line for line in lines if line.strip(f"{_QUOTES}{_END}")), _UNTITLED)

"""Gold conversations: each follow-up is asked in its conversation, and in full without one.

`conversations.jsonl` in the folder of gold pairs holds one JSON object a line:

    {"id": "…", "turns": [{a gold pair}, {a gold pair and "full": "…"}, …]}

The first turn is a question; `full` is a later turn written out by hand so that it says the same
alone. A turn that opens a new topic has as `full` its own question. The gap between both ways
says what is lost in resolving follow-ups, whatever the answers are worth.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from eval import metrics
from eval.judging import Outcome, Result
from eval.metrics import Interval
from eval.questions import (
    CONVERSATIONS_FILE,
    GoldPair,
    InputFileError,
    make_pair,
    read_lines,
    read_object,
)
from eval.runner import Assistant, run
from qa.types import Document, Message, Passage


@dataclass(frozen=True, slots=True)
class GoldTurn:
    """One user turn; `full` is empty in the first of a conversation."""

    pair: GoldPair
    full: str


@dataclass(frozen=True, slots=True)
class Conversation:
    """The user turns of one conversation, two or more."""

    id: str
    turns: tuple[GoldTurn, ...]


@dataclass(frozen=True, slots=True)
class FollowUp:
    """A follow-up asked both ways; `opens_topic` where it needs nothing of what was before."""

    turn: GoldTurn
    in_context: Result
    in_full: Result

    @property
    def opens_topic(self) -> bool:
        """Whether the turn is complete in itself."""
        return self.turn.full == self.turn.pair.question


@dataclass(frozen=True, slots=True)
class FollowUpSummary:
    """One figure of one group of follow-ups, both ways, and in context less in full."""

    name: str
    in_context: Interval
    in_full: Interval
    difference: Interval


def load_conversations(folder: Path) -> list[Conversation]:
    """Read the folder's conversations, none where it has no such file."""
    path = folder / CONVERSATIONS_FILE
    if not path.exists():
        return []
    conversations = [_conversation(line, where) for line, where in read_lines(path)]
    seen: set[str] = set()
    for name in (turn.pair.id for conversation in conversations for turn in conversation.turns):
        if name in seen:
            raise InputFileError(path, f"id {name!r} is used twice")
        seen.add(name)
    return conversations


def _conversation(line: str, where: str) -> Conversation:
    record = read_object(line, where)
    turns = record.get("turns")
    if record.keys() != {"id", "turns"} or not isinstance(turns, list) or len(turns) < 2:
        raise InputFileError(where, "a conversation has an id and two or more turns")
    if not all(isinstance(turn, dict) for turn in turns):
        raise InputFileError(where, "a turn must be a JSON object")
    read = tuple(_turn(turn, where) for turn in turns)
    if read[0].full or not all(turn.full for turn in read[1:]):
        raise InputFileError(where, "every turn but the first needs `full`, the question in full")
    return Conversation(str(record["id"]), read)


def _turn(record: Mapping[str, object], where: str) -> GoldTurn:
    pair = make_pair({key: value for key, value in record.items() if key != "full"}, where)
    return GoldTurn(pair, str(record.get("full", "")).strip())


def run_conversations(
    assistant: Assistant,
    conversations: Sequence[Conversation],
    *,
    documents: Sequence[Document],
    passages: Sequence[Passage],
    on_answer: Callable[[], None] = lambda: None,
) -> list[FollowUp]:
    """Ask every follow-up both ways; in its conversation the assistant's own answers stand."""
    turns = [turn for conversation in conversations for turn in conversation.turns[1:]]
    before = {name: m for c in conversations for name, m in _earlier(assistant, c).items()}
    asked = [turn.pair for turn in turns]
    full = [replace(turn.pair, question=turn.full) for turn in turns]
    in_context = run(
        assistant, asked, documents=documents, passages=passages, before=before, on_answer=on_answer
    )
    in_full = run(assistant, full, documents=documents, passages=passages, on_answer=on_answer)
    return [FollowUp(*each) for each in zip(turns, in_context, in_full, strict=True)]


def _earlier(assistant: Assistant, conversation: Conversation) -> dict[str, list[Message]]:
    """The messages before each turn, by its id."""
    messages: list[Message] = []
    earlier: dict[str, list[Message]] = {}
    for turn in conversation.turns:
        earlier[turn.pair.id] = list(messages)
        messages.append(Message("user", turn.pair.question))
        messages.append(Message("assistant", assistant.ask(messages).text))
    return earlier


def summarize_follow_ups(follow_ups: Sequence[FollowUp]) -> list[FollowUpSummary]:
    """Compare both ways: answered correctly, and the right passage first."""
    languages = sorted({str(follow_up.turn.pair.language) for follow_up in follow_ups})
    groups = {
        "all": list(follow_ups),
        **{name: [f for f in follow_ups if f.turn.pair.language == name] for name in languages},
        "answerable": [f for f in follow_ups if f.turn.pair.answerable],
        "new topic": [f for f in follow_ups if f.opens_topic],
    }
    summaries = [
        _compare(
            f"{name}, correct", [(is_correct(f.in_context), is_correct(f.in_full)) for f in members]
        )
        for name, members in groups.items()
        if members
    ]
    ranked = [(f.in_context.scores, f.in_full.scores) for f in groups["answerable"]]
    hits = [(context["hit@1"] == 1.0, full["hit@1"] == 1.0) for context, full in ranked]
    return [*summaries, *([_compare("answerable, hit@1", hits)] if hits else [])]


def is_correct(result: Result) -> bool:
    """Whether the question is answered rightly, or rightly refused."""
    return result.outcome in (Outcome.RIGHT, Outcome.REFUSED_RIGHTLY)


def _compare(name: str, values: Sequence[tuple[bool, bool]]) -> FollowUpSummary:
    """Means of both ways and of their differences, each with its interval; the pairs stay whole."""
    context = [float(one) for one, _ in values]
    full = [float(other) for _, other in values]
    difference = [one - other for one, other in zip(context, full, strict=True)]
    return FollowUpSummary(name, *(metrics.mean_interval(v) for v in (context, full, difference)))

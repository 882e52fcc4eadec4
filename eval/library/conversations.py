"""Conversations about a library: every turn is asked after the turns and answers before it.

`conversations.jsonl`, or `talks.jsonl`, beside `gold.jsonl` holds one JSON object a line:

    {"id": "…", "lang": "…", "turns": [{a question of `gold.jsonl`}, …]}

A turn needs no `id`, `lang` and `kind`, and no evidence: its answer is judged, not what was found.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from eval import metrics
from eval.judging import Outcome
from eval.library.gold import LibraryQuestion, make_question
from eval.library.judging import outcome_of
from eval.metrics import Interval
from eval.questions import InputFileError, read_lines, read_object
from eval.runner import Assistant
from qa.types import Answer, Message

FILES = ("conversations.jsonl", "talks.jsonl")


@dataclass(frozen=True, slots=True)
class LibraryConversation:
    """The user turns of one conversation."""

    id: str
    turns: tuple[LibraryQuestion, ...]


@dataclass(frozen=True, slots=True)
class TurnResult:
    """One turn, the answer it got in its conversation, and what that is worth."""

    turn: LibraryQuestion
    is_follow_up: bool
    answer: Answer
    outcome: Outcome

    @property
    def is_right(self) -> bool:
        """Whether the turn is answered rightly, or rightly refused."""
        return self.outcome in (Outcome.RIGHT, Outcome.REFUSED_RIGHTLY)


@dataclass(frozen=True, slots=True)
class TurnSummary:
    """The share of a group's turns that are right: of all, the answerable ones and the others."""

    name: str
    right: Interval
    answered: Interval | None
    refused: Interval | None


def read_conversations(folder: Path) -> tuple[LibraryConversation, ...]:
    """Read a library's conversations, none where it has no such file. Raises InputFileError."""
    path = next((folder / name for name in FILES if (folder / name).is_file()), None)
    found: dict[str, LibraryConversation] = {}
    for line, where in read_lines(path) if path else ():
        conversation = _conversation(line, where)
        if conversation.id in found:
            raise InputFileError(where, f"id {conversation.id!r} is used twice")
        found[conversation.id] = conversation
    return tuple(found.values())


def _conversation(line: str, where: str) -> LibraryConversation:
    record = read_object(line, where)
    name, turns = record.get("id"), record.get("turns")
    if not isinstance(name, str) or not name.strip():
        raise InputFileError(where, "a conversation needs an id")
    if not isinstance(turns, list) or not turns or not all(isinstance(t, dict) for t in turns):
        raise InputFileError(where, "turns must be a list of objects")
    return LibraryConversation(
        name,
        tuple(
            make_question(
                {"kind": "turn", "lang": record.get("lang"), **turn, "id": f"{name}-{number}"},
                where,
            )
            for number, turn in enumerate(turns, start=1)
        ),
    )


def run_conversations(
    assistant: Assistant,
    conversations: Sequence[LibraryConversation],
    *,
    on_answer: Callable[[], None] = lambda: None,
) -> tuple[TurnResult, ...]:
    """Ask every turn in its conversation, in which the assistant's own answers stand."""
    results = []
    for conversation in conversations:
        messages: list[Message] = []
        for turn in conversation.turns:
            messages.append(Message("user", turn.question))
            answer = assistant.ask(messages)
            results.append(
                TurnResult(turn, len(messages) > 1, answer, outcome_of(turn, answer)),
            )
            messages.append(Message("assistant", answer.text))
            on_answer()
    return tuple(results)


def summarize_turns(results: Sequence[TurnResult]) -> list[TurnSummary]:
    """Sum up all turns, the follow-ups alone, and those of each language."""
    follow_ups = [result for result in results if result.is_follow_up]
    languages = sorted({str(result.turn.language) for result in results})
    groups = {
        "all turns": list(results),
        "follow-ups": follow_ups,
        **{
            f"follow-ups, {name}": [r for r in follow_ups if r.turn.language == name]
            for name in languages
        },
    }
    return [summarize_group(name, members) for name, members in groups.items() if members]


def summarize_group(name: str, results: Sequence[TurnResult]) -> TurnSummary:
    """Sum up one group, of one turn or more."""
    answerable = [result.is_right for result in results if result.turn.answerable]
    others = [result.is_right for result in results if not result.turn.answerable]
    return TurnSummary(
        name,
        metrics.mean_interval([result.is_right for result in results]),
        metrics.mean_interval(answerable) if answerable else None,
        metrics.mean_interval(others) if others else None,
    )

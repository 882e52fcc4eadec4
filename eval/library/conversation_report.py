"""Shows how the conversations of libraries fared: tables for the terminal and JSON.

The JSON of turns:

    {"summaries": [{"name": "all turns", "right": {interval}, "answered": {interval} or null,
                    "refused": {interval} or null}, {"name": "follow-ups", …}, …],
     "turns": [{"id": "…", "question": "…", "resolved": "…", "answerable": true, "outcome": "…",
                "confidence": 0.9, "latency_ms": 1.0, "answer": "…"}, …]}

`right` is of all turns, `answered` of the answerable ones, `refused` of the others. An interval is
{"value", "low", "high", "questions"}.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict

from rich.box import SIMPLE
from rich.table import Table
from rich.text import Text

from eval.library.conversations import (
    TurnResult,
    TurnSummary,
    summarize_group,
    summarize_turns,
)
from eval.metrics import show_interval


def turn_table(libraries: Mapping[str, Sequence[TurnResult]]) -> Table:
    """The turns that are right, with 95 % intervals: together, and the follow-ups of each library.

    `libraries` are the turns of each by its name; one of them at least has some.
    """
    together = [result for results in libraries.values() for result in results]
    table = Table(title="Conversations, 95 % intervals", box=SIMPLE, show_edge=False)
    table.add_column("", no_wrap=True)
    for header in ("n", "right", "answered rightly", "refused rightly"):
        table.add_column(header, justify="right", no_wrap=True)
    for summary in summarize_turns(together):
        _add(table, summary)
    if len(libraries) > 1:
        for name, results in libraries.items():
            if follow_ups := [result for result in results if result.is_follow_up]:
                _add(table, summarize_group(f"follow-ups of {name}", follow_ups))
    return table


def _add(table: Table, summary: TurnSummary) -> None:
    table.add_row(
        Text(summary.name),
        str(summary.right.questions),
        *map(show_interval, (summary.right, summary.answered, summary.refused)),
    )


def turns_record(results: Sequence[TurnResult]) -> dict[str, object]:
    """Write turns as the JSON that the module describes."""
    return {
        "summaries": [asdict(summary) for summary in summarize_turns(results)],
        "turns": [
            {
                "id": result.turn.id,
                "question": result.turn.question,
                "resolved": result.answer.resolved_question,
                "answerable": result.turn.answerable,
                "outcome": result.outcome,
                "confidence": result.answer.confidence,
                "latency_ms": result.answer.timings_ms.total,
                "answer": result.answer.text,
            }
            for result in results
        ],
    }


def failed_turns_text(results: Sequence[TurnResult]) -> Text:
    """Each turn that is not right, with what it was taken for."""
    text = Text()
    for result in results:
        if not result.is_right:
            text.append(f"{result.turn.id}  {result.turn.question}\n", "bold")
            text.append(f"    {result.outcome}\n", "red")
            text.append(f"    asked: {result.answer.resolved_question}\n", "dim")
    return text

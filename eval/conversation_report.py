"""Shows how follow-ups fared: a table for the terminal and the JSON of the report.

The JSON:

    {"summaries": [{"name": "all, correct", "in_context": {interval}, "in_full": {interval},
                    "difference": {interval}}, …],
     "turns": [{"id": "…", "question": "…", "resolved": "…", "full": "…",
                "in_context": "right", "in_full": "right"}, …]}

An interval is {"value", "low", "high", "questions"}, as in the rest of the report.
"""

from collections.abc import Sequence
from dataclasses import asdict

from rich.box import SIMPLE
from rich.table import Table

from eval.conversations import FollowUp, summarize_follow_ups
from eval.metrics import show_interval


def follow_up_table(follow_ups: Sequence[FollowUp]) -> Table:
    """Each figure in context, in full, and the difference, with 95 % intervals."""
    title = f"{len(follow_ups)} follow-ups, asked in their conversation and in full"
    table = Table(title=title, box=SIMPLE, show_edge=False, padding=(0, 1, 0, 0))
    table.add_column("", no_wrap=True)
    for header in ("n", "in context", "in full", "difference"):
        table.add_column(header, justify="right", no_wrap=True)
    for summary in summarize_follow_ups(follow_ups):
        difference = summary.difference
        table.add_row(
            summary.name,
            str(difference.questions),
            show_interval(summary.in_context),
            show_interval(summary.in_full),
            f"{difference.value:+.3f} {difference.low:+.2f} to {difference.high:+.2f}",
        )
    return table


def follow_up_record(follow_ups: Sequence[FollowUp]) -> dict[str, object]:
    """Write the follow-ups as the JSON that the module describes."""
    return {
        "summaries": [asdict(summary) for summary in summarize_follow_ups(follow_ups)],
        "turns": [
            {
                "id": follow_up.turn.pair.id,
                "question": follow_up.turn.pair.question,
                "resolved": follow_up.in_context.answer.resolved_question,
                "full": follow_up.turn.full,
                "in_context": follow_up.in_context.outcome,
                "in_full": follow_up.in_full.outcome,
            }
            for follow_up in follow_ups
        ],
    }

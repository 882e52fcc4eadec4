"""Shows an evaluation: tables for the terminal, JSON, and one HTML page that needs nothing else.

The JSON:

    {"model": "…", "passages": n,
     "summaries": [{"name": "all", "questions": n, "confidence_auroc": 0.9 or null,
                    "latency_ms": {"p50": 1.0, "p95": 2.0},
                    "metrics": {"hit@1": {"value": 0.9, "low": 0.8, "high": 1.0,
                                          "questions": n}, …}}, …],
     "questions": [{"id": "…", "language": "…", "kind": "…", "question": "…", "status": "…",
                    "outcome": "…", "confidence": 0.9, "latency_ms": 1.0, "first_relevant": 1,
                    "answer": "…", "scores": {"hit@1": 1.0, …},
                    "citations": [{"source": "…", "start_char": 1, "end_char": 9,
                                   "cited_text": "…", "supported": true}, …]}, …],
     "follow_ups": see `eval.conversation_report`}

`summaries` hold all questions first, then each language, then each `kind …`. The scores are
explained in `eval.judging`; `first_relevant` is a rank, 0 where none of the passages answers.
"""

import base64
import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.box import SIMPLE
from rich.table import Table
from rich.text import Text

from eval import plots
from eval.baseline import Comparison
from eval.conversation_report import follow_up_record
from eval.conversations import FollowUp, summarize_follow_ups
from eval.judging import Outcome, Result
from eval.metrics import show_interval
from eval.runner import MEAN_METRICS, Summary

METRICS = (*MEAN_METRICS, "refusal_precision", "refusal_recall", "refusal_f1")

_KIND_COLUMNS = ("hit@1", "hit@3", "mrr", "answer_contains", "citation_recall", "decision")
_TEMPLATE = Path(__file__).with_name("report.html.j2")
_SCRIPT = Path(__file__).with_name("report.js")
_TONES = {
    Outcome.RIGHT: "good",
    Outcome.REFUSED_RIGHTLY: "good",
    Outcome.INCOMPLETE: "unsure",
    Outcome.WRONG: "bad",
    Outcome.REFUSED_WRONGLY: "bad",
    Outcome.INVENTED: "bad",
}


@dataclass(frozen=True, slots=True)
class Report:
    """A finished evaluation; `summaries` are those of `eval.runner.summarize`."""

    model: str
    passages: int
    results: Sequence[Result]
    summaries: Sequence[Summary]
    follow_ups: Sequence[FollowUp] = ()

    @property
    def by_language(self) -> list[Summary]:
        """All questions, then those of each language."""
        return [summary for summary in self.summaries if not summary.name.startswith("kind ")]

    @property
    def by_kind(self) -> list[Summary]:
        """The questions of each kind."""
        return [summary for summary in self.summaries if summary.name.startswith("kind ")]


def language_table(report: Report) -> Table:
    """Every figure of each language with its 95 % interval."""
    title = f"{len(report.results)} questions, {report.passages} passages, 95 % intervals"
    table = Table(title=title, box=SIMPLE, show_edge=False, padding=(0, 1, 0, 0))
    table.add_column("", no_wrap=True)
    for summary in report.by_language:
        header = f"{summary.name}\nn={summary.questions}"
        table.add_column(header, justify="right", no_wrap=True)
    for metric in METRICS:
        figures = [show_interval(s.intervals.get(metric)) for s in report.by_language]
        table.add_row(metric, *figures)
    table.add_row("confidence_auroc", *[_show(s.confidence_auroc) for s in report.by_language])
    table.add_row("latency p50 ms", *[f"{s.latency_p50_ms:.1f}" for s in report.by_language])
    table.add_row("latency p95 ms", *[f"{s.latency_p95_ms:.1f}" for s in report.by_language])
    return table


def kind_table(report: Report) -> Table:
    """The main figures of each kind of question."""
    table = Table("kind", "n", *[name.replace("_", "\n") for name in _KIND_COLUMNS], box=SIMPLE)
    for summary in report.by_kind:
        shown = [summary.intervals.get(metric) for metric in _KIND_COLUMNS]
        values = [_show(interval.value if interval else None) for interval in shown]
        table.add_row(Text(summary.name.removeprefix("kind ")), str(summary.questions), *values)
    return table


def _show(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def comparison_text(comparison: Comparison) -> Text:
    """Say plainly what got worse and what got better, question by question."""
    text = Text()
    for verdict, style in (("worse", "red"), ("mixed", "yellow"), ("better", "green")):
        for change in comparison.having(verdict):
            text.append(f"{verdict:<6} ", style)
            text.append(f"{change.id}  {change.question}\n")
            if change.outcome_before != change.outcome_after:
                text.append(f"       {change.outcome_before} → {change.outcome_after}\n", "bold")
            moved = [f"{d.metric} {d.before:.3g} → {d.after:.3g}" for d in change.differences]
            text.append(f"       {', '.join(moved)}\n", "dim")
    counts = [f"{len(comparison.having(v))} {v}" for v in ("worse", "mixed", "better")]
    counts += [f"{comparison.unchanged} unchanged", f"{len(comparison.added)} new"]
    text.append(f"Against the baseline: {', '.join(counts)}, {len(comparison.removed)} gone.")
    return text


def to_json(report: Report) -> str:
    """Write the report as JSON in the form that the module describes."""
    return json.dumps(
        {
            "model": report.model,
            "passages": report.passages,
            "summaries": [summary_record(summary) for summary in report.summaries],
            "questions": [_result_record(result) for result in report.results],
            "follow_ups": follow_up_record(report.follow_ups),
        },
        ensure_ascii=False,
        indent=1,
    )


def summary_record(summary: Summary) -> dict[str, object]:
    """Write one group of questions as the JSON that the module describes."""
    return {
        "name": summary.name,
        "questions": summary.questions,
        "confidence_auroc": summary.confidence_auroc,
        "latency_ms": {"p50": summary.latency_p50_ms, "p95": summary.latency_p95_ms},
        "metrics": {name: asdict(interval) for name, interval in summary.intervals.items()},
    }


def _result_record(result: Result) -> dict[str, object]:
    return {
        "id": result.pair.id,
        "language": result.pair.language,
        "kind": result.pair.kind,
        "question": result.pair.question,
        "status": result.answer.status,
        "outcome": result.outcome,
        "confidence": result.answer.confidence,
        "latency_ms": result.latency_ms,
        "first_relevant": result.first_relevant,
        "answer": result.answer.text,
        "scores": dict(result.scores),
        "citations": [
            {
                "source": citation.source,
                "start_char": citation.start_char,
                "end_char": citation.end_char,
                "cited_text": citation.cited_text,
                "supported": supported,
            }
            for citation, supported in zip(result.answer.citations, result.supported, strict=True)
        ],
    }


def to_html(report: Report) -> str:
    """Write one page with figures, plots and every question; all text is escaped.

    The page's policy lets only its own script run (by hash) and loads nothing.
    """
    import jinja2  # only the extra `eval` installs it and matplotlib
    from markupsafe import Markup

    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined)
    script = _SCRIPT.read_text(encoding="utf-8")
    drawn = [
        plots.plot_hits(report.by_language),
        plots.plot_confidence(report.results),
        plots.plot_reliability(report.results),
        plots.plot_latency(report.results, report.summaries[0]),
    ]
    pairs = [result.pair for result in report.results]
    return environment.from_string(_TEMPLATE.read_text(encoding="utf-8")).render(
        report=report,
        metrics=METRICS,
        kind_columns=_KIND_COLUMNS,
        follow_up_summaries=summarize_follow_ups(report.follow_ups),
        filters=[
            ("outcome", "Outcome", list(Outcome)),
            ("language", "Language", sorted({pair.language for pair in pairs})),
            ("kind", "Kind", sorted({pair.kind for pair in pairs})),
        ],
        tones=_TONES,
        script_hash=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
        script=Markup(script),  # noqa: S704 - our own file
        plots=[Markup(plot) for plot in drawn],  # noqa: S704 - drawn from numbers
    )

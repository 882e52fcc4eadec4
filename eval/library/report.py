"""Shows how libraries fared: tables and failures for the terminal, and JSON.

The JSON:

    {"model": "…", "together": [summary, …],
     "libraries": [{"name": "…", "passages": n, "summaries": [summary, …],
                    "questions": [{"id": "…", "language": "…", "kind": "…", "question": "…",
                                   "answerable": true, "files": ["…"],
                                   "evidence": [{"text": "…", "passages": n, "sentences": n,
                                                 "lost": false}, …],
                                   "status": "…", "outcome": "…", "confidence": 0.9,
                                   "latency_ms": 1.0, "answer": "…", "scores": {"right": 1.0, …},
                                   "citations": [quote, …], "sentences": [quote, …],
                                   "hits": [{"source": "…", "label": "…", "start": 1, "end": 9,
                                             "score": 0.9, "text": "…"}, …]}, …],
                    "conversations": {turns}}, …],
     "conversations": {turns}}


A summary is as in `eval.report`; those of all questions come first, then those of each language,
then those of each `kind …`. A quote is {"source", "start_char", "end_char", "cited_text"}. An
evidence's `passages` and `sentences` are how many of the first ones it takes to hold it, 0 where
all are too few; a `lost` one is not in its files. `eval.library.judging` explains the scores,
`eval.library.conversation_report` the turns.
"""

import json
from collections.abc import Iterator, Sequence

from rich.box import SIMPLE
from rich.table import Table
from rich.text import Text

from eval.library.conversation_report import failed_turns_text, turn_table, turns_record
from eval.library.judging import SCORES, LibraryResult
from eval.library.running import LibraryReport, summarize, summarize_group
from eval.metrics import show_interval
from eval.report import summary_record
from eval.runner import Summary
from qa.types import Citation, Hit

_FAILURES = ("document@1", "evidence@3", "sentence@10")
_KIND_COLUMNS = (
    "document@1",
    "evidence@3",
    "evidence@12",
    "sentence@10",
    "right",
    "refused wrongly",
    "refused rightly",
)
_SHOWN_HITS = 3
_SHOWN_CHARACTERS = 40


def figures_table(title: str, summaries: Sequence[Summary]) -> Table:
    """Every figure of each group, a column each, with its 95 % interval.

    `n` is of how many of the first group's questions a figure is.
    """
    table = Table(title=title, box=SIMPLE, show_edge=False, padding=(0, 1, 0, 0))
    table.add_column("", no_wrap=True)
    table.add_column("n", justify="right", no_wrap=True)
    for summary in summaries:
        header = Text(f"{summary.name}\nn={summary.questions}")
        table.add_column(header, justify="right", no_wrap=True)
    for score in SCORES:
        figures = [show_interval(summary.intervals.get(score)) for summary in summaries]
        counted = summaries[0].intervals.get(score)
        table.add_row(score, str(counted.questions if counted else 0), *figures)
    table.add_row("confidence auroc", "", *[_show(s.confidence_auroc) for s in summaries])
    table.add_row("latency p50 ms", "", *[f"{s.latency_p50_ms:.1f}" for s in summaries])
    table.add_row("latency p95 ms", "", *[f"{s.latency_p95_ms:.1f}" for s in summaries])
    return table


def library_tables(reports: Sequence[LibraryReport]) -> Iterator[Table]:
    """The figures of all libraries by language and by kind, and those of each library."""
    together = [result for report in reports for result in report.results]
    title = (
        f"{len(together)} questions, {sum(r.passages for r in reports)} passages, 95 % intervals"
    )
    summaries = summarize(together)
    yield figures_table(title, [s for s in summaries if not s.name.startswith("kind ")])
    if len(reports) > 1:
        yield figures_table(
            "Each library", [summarize_group(report.name, report.results) for report in reports]
        )
    yield _kind_table([s for s in summaries if s.name.startswith("kind ")])
    if any(report.turns for report in reports):
        yield turn_table({report.name: report.turns for report in reports})


def _kind_table(summaries: Sequence[Summary]) -> Table:
    columns = [name.replace(" ", "\n") for name in _KIND_COLUMNS]
    table = Table("kind", "n", *columns, box=SIMPLE)
    for summary in summaries:
        shown = [summary.intervals.get(score) for score in _KIND_COLUMNS]
        values = [_show(interval.value if interval else None) for interval in shown]
        table.add_row(Text(summary.name.removeprefix("kind ")), str(summary.questions), *values)
    return table


def _show(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def lost_text(reports: Sequence[LibraryReport]) -> Text:
    """The evidence that its files do not hold, a line each."""
    return Text("").join(
        Text(f"{report.name} {result.question.id}: the evidence is not in its file: {evidence}\n")
        for report in reports
        for result in report.results
        for evidence in result.lost
    )


def failures_text(report: LibraryReport) -> Text:
    """Each question whose document, evidence or sentences were not found, and each wrong turn."""
    text = Text()
    for result in report.results:
        if failed := [score for score in _FAILURES if result.scores.get(score) == 0]:
            question = result.question
            text.append(f"{question.id}  {question.question}\n", "bold")
            text.append(f"    fails {', '.join(failed)}; {result.outcome}\n", "red")
            for name in question.files:
                text.append(f"    in  {name}\n")
            for line in _evidence_lines(result):
                text.append(f"    {line}\n", "green")
            for rank, hit in enumerate(result.answer.hits[:_SHOWN_HITS], start=1):
                start = " ".join(hit.passage.text.split())[:_SHOWN_CHARACTERS]
                where = f"{report.sources[hit.passage.document_id]} {hit.passage.label}".rstrip()
                text.append(f"    {rank}.  {where}: ")
                text.append(f"{start}\n", "dim")
    return text.append_text(failed_turns_text(report.turns))


def _evidence_lines(result: LibraryResult) -> Iterator[str]:
    each = zip(result.question.evidence, result.held_at, result.said_at, strict=True)
    for evidence, held_at, said_at in each:
        places = f"passages {held_at or '–'}, sentences {said_at or '–'}"
        yield f"{'lost' if evidence in result.lost else places}: {' '.join(evidence.split())}"


def to_json(reports: Sequence[LibraryReport]) -> str:
    """Write the reports of one model as JSON in the form that the module describes."""
    together = [result for report in reports for result in report.results]
    return json.dumps(
        {
            "model": reports[0].model,
            "together": [summary_record(summary) for summary in summarize(together)],
            "libraries": [_library_record(report) for report in reports],
            "conversations": turns_record([turn for report in reports for turn in report.turns]),
        },
        ensure_ascii=False,
        indent=1,
    )


def _library_record(report: LibraryReport) -> dict[str, object]:
    return {
        "name": report.name,
        "passages": report.passages,
        "summaries": [summary_record(summary) for summary in summarize(report.results)],
        "questions": [_result_record(report, result) for result in report.results],
        "conversations": turns_record(report.turns),
    }


def _result_record(report: LibraryReport, result: LibraryResult) -> dict[str, object]:
    question, answer = result.question, result.answer
    evidence = zip(question.evidence, result.held_at, result.said_at, strict=True)
    return {
        "id": question.id,
        "language": question.language,
        "kind": question.kind,
        "question": question.question,
        "answerable": question.answerable,
        "files": question.files,
        "evidence": [
            {"text": text, "passages": held, "sentences": said, "lost": text in result.lost}
            for text, held, said in evidence
        ],
        "status": answer.status,
        "outcome": result.outcome,
        "confidence": answer.confidence,
        "latency_ms": answer.timings_ms.total,
        "short_answer": answer.short_answer,
        "answer": answer.text,
        "scores": dict(result.scores),
        "citations": [_quote_record(citation) for citation in answer.citations],
        "sentences": [_quote_record(citation) for citation in result.sentences],
        "hits": [_hit_record(report, hit) for hit in answer.hits],
    }


def _quote_record(citation: Citation) -> dict[str, object]:
    return {
        "source": citation.source,
        "start_char": citation.start_char,
        "end_char": citation.end_char,
        "cited_text": citation.cited_text,
    }


def _hit_record(report: LibraryReport, hit: Hit) -> dict[str, object]:
    return {
        "source": report.sources[hit.passage.document_id],
        "label": hit.passage.label,
        "start": hit.passage.start,
        "end": hit.passage.end,
        "score": round(float(hit.score), 6),
        "text": hit.passage.text,
    }

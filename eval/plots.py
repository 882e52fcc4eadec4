"""The report's plots as SVG text that stands inside an HTML page."""

import io
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from eval.judging import Result
from eval.metrics import calibration_error
from eval.runner import Summary

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_HIT_METRICS = ("hit@1", "hit@3", "hit@5")
# Okabe & Ito's palette, told apart with any colour vision.
_COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7")
# The same figures give the same file, and nothing in it points elsewhere.
_NO_METADATA = dict.fromkeys(("Date", "Creator", "Format", "Type"))


def plot_hits(summaries: Sequence[Summary]) -> str:
    """Draw hit@k of each group with its 95 % interval."""
    figure = _Figure("hits")
    for place, summary in enumerate(summaries):
        shown = [summary.intervals[name] for name in _HIT_METRICS if name in summary.intervals]
        if not shown:
            continue
        shift = 0.12 * (place - (len(summaries) - 1) / 2)
        values = [interval.value for interval in shown]
        figure.axes.errorbar(
            [k + shift for k in range(len(shown))],
            values,
            yerr=[
                [max(0.0, interval.value - interval.low) for interval in shown],
                [max(0.0, interval.high - interval.value) for interval in shown],
            ],
            fmt="o",
            capsize=3,
            color=_COLOURS[place % len(_COLOURS)],
            label=f"{summary.name} (n={shown[0].questions})",
        )
    figure.axes.set_xticks(range(len(_HIT_METRICS)), _HIT_METRICS)
    figure.axes.set_ylim(0, 1.03)
    figure.axes.set_ylabel("share of questions")
    return figure.finish("Gold passage among the first k")


def plot_confidence(results: Sequence[Result]) -> str:
    """Draw how confidence is spread over answerable and unanswerable questions."""
    figure = _Figure("confidence")
    groups = {
        "the documents say": [r.answer.confidence for r in results if r.pair.answerable],
        "they do not": [r.answer.confidence for r in results if not r.pair.answerable],
    }
    for colour, (label, values) in zip(_COLOURS, groups.items(), strict=False):
        if values:
            figure.axes.hist(
                values,
                bins=[step / 20 for step in range(21)],
                # Shares, because the two groups differ in size.
                weights=[1 / len(values)] * len(values),
                alpha=0.55,
                color=colour,
                label=f"{label} (n={len(values)})",
            )
    figure.axes.set_xlabel("confidence")
    figure.axes.set_ylabel("share of the group")
    return figure.finish("Confidence")


def plot_reliability(results: Sequence[Result]) -> str:
    """Draw the share that is answerable at each confidence; on the diagonal it is calibrated."""
    figure = _Figure("reliability")
    sure = [result.answer.confidence for result in results]
    truth = [result.pair.answerable for result in results]
    figure.axes.plot([0, 1], [0, 1], color="0.7", linestyle=":")
    bins: dict[int, list[int]] = {}
    for number, confidence in enumerate(sure):
        bins.setdefault(min(int(confidence * 10), 9), []).append(number)
    for members in bins.values():
        figure.axes.plot(
            sum(sure[n] for n in members) / len(members),
            sum(truth[n] for n in members) / len(members),
            "o",
            markersize=3 + len(members) ** 0.5,
            color=_COLOURS[0],
        )
    figure.axes.set_xlabel("confidence")
    figure.axes.set_ylabel("share that is answerable")
    error = calibration_error(sure, truth) if sure else 0.0
    return figure.finish(f"Reliability (expected calibration error {error:.2f})")


def plot_latency(results: Sequence[Result], summary: Summary) -> str:
    """Draw the share of questions answered within a time."""
    figure = _Figure("latency")
    figure.axes.ecdf([result.latency_ms for result in results], color=_COLOURS[0])
    marks = {"p50": summary.latency_p50_ms, "p95": summary.latency_p95_ms}
    for colour, (label, value) in zip(_COLOURS[1:], marks.items(), strict=False):
        figure.axes.axvline(value, color=colour, linestyle="--", label=f"{label} {value:.1f} ms")
    figure.axes.set_xlim(left=0)
    figure.axes.set_xlabel("milliseconds")
    figure.axes.set_ylabel("share of questions")
    return figure.finish("Latency of a warm question")


class _Figure:
    """A small plot in one style."""

    def __init__(self, name: str) -> None:
        from matplotlib.figure import Figure  # only the extra `eval` has it

        self._name = name
        self._figure = Figure(figsize=(5, 3.2), layout="constrained")
        self.axes: Axes = self._figure.add_subplot()
        self.axes.grid(alpha=0.25)
        self.axes.set_axisbelow(True)
        self.axes.spines[["top", "right"]].set_visible(False)

    def finish(self, title: str) -> str:
        """Return the SVG element, without the XML and document type lines before it."""
        from matplotlib import rc_context

        self.axes.set_title(title, loc="left", fontsize=11)
        if self.axes.get_legend_handles_labels()[1]:
            self.axes.legend(frameon=False, fontsize=8)
        written = io.StringIO()
        # Text stays text: smaller, and it can be found and read aloud.
        with rc_context({"svg.fonttype": "none", "svg.hashsalt": self._name}):
            self._figure.savefig(written, format="svg", transparent=True, metadata=_NO_METADATA)
        svg = written.getvalue()
        # Ids are unique within one plot only, and a page holds several.
        prefixed = re.sub(r'((?<= id=")|(?<=url\(#)|(?<=href="#))', f"{self._name}-", svg)
        return prefixed[prefixed.index("<svg") :]

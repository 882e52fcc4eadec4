"""The baseline: the scores of an earlier run, kept in a file, and what differs from them now.

The file is JSON: {"model": "…", "questions": [{"id": "…", "outcome": "…", "scores": {…}}]}, so a
report's JSON serves as a baseline too. It holds no times and no dates: the same answers give the
same file.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from eval.judging import Scored
from eval.questions import InputFileError


@dataclass(frozen=True, slots=True)
class Earlier:
    """One question of an earlier run."""

    outcome: str
    scores: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Difference:
    """A score before and after."""

    metric: str
    before: float
    after: float


@dataclass(frozen=True, slots=True)
class Change:
    """A question of which some score differs from the baseline."""

    id: str
    question: str
    outcome_before: str
    outcome_after: str
    differences: tuple[Difference, ...]

    @property
    def verdict(self) -> str:
        """`better`, `worse`, or `mixed` where some scores rose and some fell."""
        rises = {difference.after > difference.before for difference in self.differences}
        if len(rises) == 2:
            return "mixed"
        return "better" if True in rises else "worse"


@dataclass(frozen=True, slots=True)
class Comparison:
    """What differs from the baseline; `added` and `removed` are ids of questions in one only."""

    changes: tuple[Change, ...]
    added: tuple[str, ...]
    removed: tuple[str, ...]
    unchanged: int

    def having(self, verdict: str) -> list[Change]:
        """Return the changes of one verdict."""
        return [change for change in self.changes if change.verdict == verdict]


def write_baseline(path: Path, model: str, results: Sequence[Scored]) -> None:
    """Keep the scores of this run, a question a line so that a diff reads well."""
    lines = [
        json.dumps(
            {
                "id": result.id,
                "outcome": result.outcome,
                "scores": {name: round(score, 4) for name, score in result.scores.items()},
            },
            ensure_ascii=False,
        )
        for result in results
    ]
    listed = ",\n".join(lines)
    path.write_text(
        f'{{"model": {json.dumps(model)}, "questions": [\n{listed}\n]}}\n', encoding="utf-8"
    )


def read_baseline(path: Path) -> dict[str, Earlier]:
    """Read the earlier questions by id; InputFileError where the file is missing or another."""
    try:
        record: object = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise InputFileError(path, "no baseline here; keep one with --save-baseline") from error
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        raise InputFileError(path, f"not JSON ({error})") from error
    questions = record.get("questions") if isinstance(record, dict) else None
    if not isinstance(questions, list):
        raise InputFileError(path, "not a baseline: no list `questions`")
    return dict(_read_question(question, path) for question in questions)


def _read_question(question: object, path: Path) -> tuple[str, Earlier]:
    match question:
        case {"id": str(identifier), "outcome": str(outcome), "scores": dict(scores)} if all(
            isinstance(score, int | float) for score in scores.values()
        ):
            return identifier, Earlier(
                outcome, {str(name): float(score) for name, score in scores.items()}
            )
    raise InputFileError(path, "not a baseline: a question without id, outcome and scores")


def compare(baseline: Mapping[str, Earlier], results: Sequence[Scored]) -> Comparison:
    """Compare question by question; scores that only one run has are not compared."""
    known = [result for result in results if result.id in baseline]
    changes = [_change(baseline[result.id], result) for result in known]
    differing = tuple(change for change in changes if change.differences)
    now = {result.id for result in results}
    return Comparison(
        changes=differing,
        added=tuple(result.id for result in results if result.id not in baseline),
        removed=tuple(identifier for identifier in baseline if identifier not in now),
        unchanged=len(known) - len(differing),
    )


def _change(before: Earlier, result: Scored) -> Change:
    differences = tuple(
        Difference(metric, before.scores[metric], after)
        for metric, after in result.scores.items()
        # The baseline keeps four decimals.
        if metric in before.scores and abs(after - before.scores[metric]) > 1e-4
    )
    return Change(
        id=result.id,
        question=result.question,
        outcome_before=before.outcome,
        outcome_after=result.outcome,
        differences=differences,
    )

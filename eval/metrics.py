"""What is measured of a ranking, an answer, its citations and its refusals.

One rule says when a place of a document supports another: `overlaps`.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from eval.questions import Place
from qa.language.text import fold, squash

RANKING_METRICS = ("hit@1", "hit@3", "hit@5", "hit@10", "mrr", "ndcg@10")

_CITATION_MARK = re.compile(r"\[\d+\]")
_BOOTSTRAP_SAMPLES = 2000
_BOOTSTRAP_SEED = 20250521  # any fixed number: two runs print the same intervals


@dataclass(frozen=True, slots=True)
class Interval:
    """A figure over `questions` questions with its 95 % interval."""

    value: float
    low: float
    high: float
    questions: int


def show_interval(interval: Interval | None) -> str:
    """Write `0.850 .79–.91`, or a dash where there is no such figure."""
    if interval is None:
        return "–"
    ends = [f"{end:.2f}".removeprefix("0") for end in (interval.low, interval.high)]
    low, high = ("1.0" if end == "1.00" else end for end in ends)
    return f"{interval.value:.3f} {low}–{high}"


def overlaps(text: str, one: Place, other: Place) -> bool:
    """Whether two places of a document share at least half of the shorter one.

    Characters that are not white space count; `text` is the document's original text. So a
    passage is relevant when it holds half of the evidence, or when half of it is evidence:
    evidence that runs over several passages always makes at least one of them relevant.
    """
    if one.document_id != other.document_id:
        return False

    def length(start: int, end: int) -> int:
        return len(squash(text[start:end]))

    shared = length(max(one.start, other.start), max(0, min(one.end, other.end)))
    shorter = min(length(one.start, one.end), length(other.start, other.end))
    return shared > 0 and 2 * shared >= shorter


def ranking_scores(
    rankings: Mapping[str, Sequence[str]], relevant: Mapping[str, Sequence[str]]
) -> dict[str, dict[str, float]]:
    """Score each question's ranking: `RANKING_METRICS` by question id.

    `rankings` holds passage ids, best first, `relevant` the ids of all passages that answer, each
    of grade 1; a question that no passage answers scores 0. Computed by `ir_measures`
    (trec_eval's definitions: binary gain, logarithmic discount, reciprocal rank of the first
    relevant one).
    """
    import ir_measures  # only the extra `eval` installs it

    measures = {
        ir_measures.Success @ 1: "hit@1",
        ir_measures.Success @ 3: "hit@3",
        ir_measures.Success @ 5: "hit@5",
        ir_measures.Success @ 10: "hit@10",
        ir_measures.RR: "mrr",
        ir_measures.nDCG @ 10: "ndcg@10",
    }
    grades = {question: dict.fromkeys(ids, 1) for question, ids in relevant.items()}
    # Scores that fall by rank: the order is what is judged, also where a searcher's scores tie.
    run = {
        question: {passage: float(len(ids) - rank) for rank, passage in enumerate(ids)}
        for question, ids in rankings.items()
    }
    scores = {question: dict.fromkeys(RANKING_METRICS, 0.0) for question in relevant}
    if scores:  # the library refuses to judge nothing
        for metric in ir_measures.iter_calc(list(measures), grades, run):
            scores[metric.query_id][measures[metric.measure]] = float(metric.value)
    return scores


def contains(answer: str, accepted: str) -> bool:
    """Whether an answer says an accepted answer.

    Both are folded (NFKC, Simplified, case), white space does not count and citation marks are
    dropped. Numbers match whole and a Latin word from its start: `16` is in neither `2016` nor
    `16.9`, `ten` is not in `intention`, `zone` is in `zones`.
    """
    wanted = squash(fold(accepted))
    if not wanted:
        return False
    before = r"(?<![a-z0-9])(?<!\d[.,])" if re.match("[a-z0-9]", wanted) else ""
    after = r"(?!\.?\d|,\d{3})" if wanted[-1].isdigit() else ""
    pattern = before + r"\s*".join(map(re.escape, wanted)) + after
    return re.search(pattern, fold(_CITATION_MARK.sub(" ", answer))) is not None


def share(values: Sequence[bool]) -> float:
    """The share that is true, of one or more."""
    return sum(values) / len(values)


def auroc(positives: ArrayLike, negatives: ArrayLike) -> float:
    """The probability that a positive scores above a negative; ties count half."""
    difference = np.subtract.outer(np.asarray(positives), np.asarray(negatives))
    return float(np.mean((np.sign(difference) + 1) / 2))


def calibration_error(confidences: ArrayLike, right: ArrayLike, *, bins: int = 10) -> float:
    """Return the expected calibration error: how far confidence is from the share that is right.

    The mean distance over equally wide bins, weighted by what is in them (Naeini et al. 2015).
    """
    sure = np.asarray(confidences, dtype=np.float64)
    truth = np.asarray(right, dtype=np.float64)
    places = np.minimum((sure * bins).astype(int), bins - 1)
    sums = np.bincount(places, sure - truth, minlength=bins)
    return float(np.abs(sums).sum() / len(sure))


def mean_interval(values: ArrayLike) -> Interval:
    """Return the mean over questions with its bootstrap interval."""
    return ratio_interval(values, np.ones_like(values, dtype=np.float64))


def ratio_interval(numerators: ArrayLike, denominators: ArrayLike) -> Interval:
    """Return sum of numerators / sum of denominators, each given per question, with its interval.

    Percentile bootstrap by question (Efron 1979): 2,000 resamples, a fixed seed; resamples
    whose denominators sum to 0 are left out. The denominators must not sum to 0. Means,
    precision, recall and F1 (2 tp / (found + wanted)) are all such ratios.
    """
    above = np.asarray(numerators, dtype=np.float64)
    below = np.asarray(denominators, dtype=np.float64)
    value = float(above.sum() / below.sum())
    draws = np.random.default_rng(_BOOTSTRAP_SEED).integers(
        len(above), size=(_BOOTSTRAP_SAMPLES, len(above))
    )
    totals = below[draws].sum(axis=1)
    used = totals != 0
    ratios: NDArray[np.float64] = above[draws].sum(axis=1)[used] / totals[used]
    low, high = np.percentile(ratios, [2.5, 97.5])
    return Interval(value, float(low), float(high), len(above))


def refusal_intervals(refused: Sequence[bool], unanswerable: Sequence[bool]) -> dict[str, Interval]:
    """Precision, recall and F1 of refusing, where the right thing is to refuse the unanswerable.

    A figure whose denominator is 0 (nothing refused, nothing unanswerable) is left out.
    """
    found = np.asarray(refused, dtype=np.float64)
    wanted = np.asarray(unanswerable, dtype=np.float64)
    right = found * wanted
    ratios = {
        "refusal_precision": (right, found),
        "refusal_recall": (right, wanted),
        "refusal_f1": (2 * right, found + wanted),
    }
    return {
        name: ratio_interval(above, below) for name, (above, below) in ratios.items() if below.sum()
    }

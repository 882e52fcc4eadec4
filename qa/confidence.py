"""How sure an answer is: the probability that the best passages answer the question at all.

A logistic regression on a few named features; `confidence.json` holds its coefficients, one set
for passages in the asker's language and one across languages. `benchmarks/fit_confidence.py`
fits them on questions whose passage is there (answerable) or was taken away (not).
"""

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

COEFFICIENTS_FILE = Path(__file__).parent / "data" / "confidence.json"


@dataclass(frozen=True, slots=True)
class Features:
    """What speaks for and against an answer; dense scores are in standard deviations.

    sentence, passage: dense score of the best sentence and of the first passage. coverage: share
    of the question's idf mass in the best sentence. missing, names, figures: what the first
    passage lacks of the question (see `search.Missing`). terms: logarithm of the number of
    content words. holds: whether the sentence has the kind of thing that is asked for.
    """

    sentence: float
    passage: float
    coverage: float
    missing: float
    names: float
    figures: float
    terms: float
    holds: float


@cache
def _coefficients() -> Mapping[str, Mapping[str, float]]:
    stored: dict[str, dict[str, float]] = json.loads(COEFFICIENTS_FILE.read_text("utf-8"))
    return stored


def probability(features: Features, *, across: bool) -> float:
    """Return the probability, 0 to 1, that the question is answered.

    `across`: the passage is in another language than the question.
    """
    weights = _coefficients()["across" if across else "within"]
    total = weights["intercept"]
    total += sum(weights[name] * value for name, value in asdict(features).items())
    return 1 / (1 + math.exp(-max(-50.0, min(50.0, total))))

"""How sure an answer is: the probability that the best passages answer the question at all.

A logistic regression on a few named features; `confidence.json` holds its coefficients, one set
for passages in the asker's language and one across languages. `benchmarks/fit_confidence.py`
fits them on questions whose passage is there (answerable), was taken away, or says nearly what
is asked: another year, name, unit or attribute (not answerable).
"""

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

from qa.answers.evidence import Lacking

COEFFICIENTS_FILE = Path(__file__).with_name("confidence.json")


@dataclass(frozen=True, slots=True)
class Features:
    """What speaks for and against an answer; dense scores are in standard deviations.

    sentence, passage: dense score of the best sentence and of its passage. coverage: share of the
    question's idf mass in the best sentence. lead: how far the first passage's score is above the
    second's. lacking: what the best sentence and its passage do not have of the question.
    """

    sentence: float
    passage: float
    coverage: float
    lead: float
    lacking: Lacking

    def values(self) -> dict[str, float]:
        """Each feature by the name that it has in the coefficients' file."""
        own = {"sentence": self.sentence, "passage": self.passage}
        own |= {"coverage": self.coverage, "lead": self.lead}
        return own | {f"lacking_{name}": value for name, value in asdict(self.lacking).items()}


@cache
def _coefficients() -> Mapping[str, Mapping[str, float]]:
    stored: dict[str, dict[str, float]] = json.loads(COEFFICIENTS_FILE.read_text("utf-8"))
    return stored


def read_probability(logit: float) -> float:
    """Return the probability, 0 to 1, that the question is answered, by what the reader says.

    `logit` is that of all sentences read together (the log of their sum). The probability is that
    among as many answerable questions as others; `benchmarks/fit_reading.py` fits it.
    """
    weights = _coefficients()["reading"]
    total = weights["intercept"] + weights["passages"] * logit
    return 1 / (1 + math.exp(-max(-50.0, min(50.0, total))))


def probability(features: Features, *, across: bool) -> float:
    """Return the probability, 0 to 1, that the question is answered.

    `across`: the passage is in another language than the question.
    """
    weights = _coefficients()["across" if across else "within"]
    total = weights["intercept"]
    total += sum(weights[name] * value for name, value in features.values().items())
    return 1 / (1 + math.exp(-max(-50.0, min(50.0, total))))

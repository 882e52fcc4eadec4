"""How sure an answer is: the probability that the best passages answer the question at all.

A logistic regression on what the reader says; `confidence.json` holds its coefficients, which
`benchmarks/fit_reading.py` fits on questions over libraries that the reader was not trained on.
"""

import json
import math
from collections.abc import Mapping
from functools import cache
from pathlib import Path

COEFFICIENTS_FILE = Path(__file__).with_name("confidence.json")


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

"""How sure an answer is: the probability that the best passages answer the question at all.

A logistic regression on what the reader and the search say; `confidence.json` holds its
coefficients, which `benchmarks/fit_reading.py` fits on questions over libraries that the reader was
not trained on, and on questions about anything else.
"""

import json
import math
from collections.abc import Mapping
from functools import cache
from pathlib import Path

COEFFICIENTS_FILE = Path(__file__).with_name("confidence.json")

FAMILIAR = 6.0
"""Search scores of the best sentence's passage: of answerable questions one in a hundred is below
4.4, of questions about another subject half are below 4, of small talk nearly all. Of 5, 5.5, 6, 7
and no bound the AUROC is .960, .962, .961, .960 and .958 on three libraries; 6 answers the fewest
questions about other subjects."""


@cache
def _coefficients() -> Mapping[str, Mapping[str, float]]:
    stored: dict[str, dict[str, float]] = json.loads(COEFFICIENTS_FILE.read_text("utf-8"))
    return stored


def read_probability(logit: float, search: float) -> float:
    """Return the probability, 0 to 1, that the question is answered.

    `logit` is the reader's of all sentences read together (the log of their sum), `search` the
    score of the best one's passage in standard deviations, which tells a question about something
    else, and above FAMILIAR nothing more. The probability is that among as many answerable
    questions as others.
    """
    weights = _coefficients()["reading"]
    total = weights["intercept"] + weights["passages"] * logit
    total += weights["search"] * min(search, FAMILIAR)
    return 1 / (1 + math.exp(-max(-50.0, min(50.0, total))))

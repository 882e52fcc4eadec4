"""How sure an answer is: the probability that the best passages answer the question at all.

A logistic regression on what the reader says, less what the search finds unfamiliar;
`confidence.json` holds its coefficients, which `benchmarks/fit_reading.py` fits on questions over
libraries that the reader was not trained on.
"""

import json
import math
from collections.abc import Mapping
from functools import cache
from pathlib import Path

COEFFICIENTS_FILE = Path(__file__).with_name("confidence.json")

FAMILIAR = 4.5
"""Search scores of the best sentence's passage, in standard deviations, below which a question may
be about something else: of answerable ones one in a hundred is below 4.4, of those about another
subject half are below 4, of small talk nearly all."""

UNFAMILIAR = 0.7
"""Log-odds lost for each standard deviation below. Of questions about other subjects .08, .17 and
.10 are answered over three libraries without it, .05, .14 and .08 with it, at the same AUROC. Of
1.5 .05, .08 and .05, but who asks for a person is refused: the search knows nothing of a name."""


@cache
def _coefficients() -> Mapping[str, Mapping[str, float]]:
    stored: dict[str, dict[str, float]] = json.loads(COEFFICIENTS_FILE.read_text("utf-8"))
    return stored


def read_probability(logit: float, search: float = FAMILIAR) -> float:
    """Return the probability, 0 to 1, that the question is answered.

    `logit` is the reader's of all sentences read together (the log of their sum), `search` the
    score of the best one's passage, of which 0 is chance. The probability is that among as many
    answerable questions as others.
    """
    weights = _coefficients()["reading"]
    total = weights["intercept"] + weights["passages"] * logit
    total -= UNFAMILIAR * (FAMILIAR - min(FAMILIAR, max(0.0, search)))
    return 1 / (1 + math.exp(-max(-50.0, min(50.0, total))))

"""The regression by hand, and which way its features pull."""

import json
import math
from dataclasses import fields, replace

import pytest

from qa.answers.confidence import COEFFICIENTS_FILE, Features, probability
from qa.answers.evidence import Lacking

NOTHING_LACKING = Lacking(*[0.0] * len(fields(Lacking)))
NOTHING = Features(0, 0, 0, 0, NOTHING_LACKING)
WEIGHTS = json.loads(COEFFICIENTS_FILE.read_text(encoding="utf-8"))


@pytest.mark.parametrize("across", [False, True])
def test_the_logistic_function_by_hand(across: bool) -> None:
    weights = WEIGHTS["across" if across else "within"]
    assert probability(NOTHING, across=across) == pytest.approx(
        1 / (1 + math.exp(-weights["intercept"]))
    )
    lacking = replace(NOTHING_LACKING, names=2.0)
    features = replace(NOTHING, sentence=3.0, coverage=0.5, lacking=lacking)
    total = (
        weights["intercept"]
        + 3 * weights["sentence"]
        + 0.5 * weights["coverage"]
        + 2 * weights["lacking_names"]
    )
    assert probability(features, across=across) == pytest.approx(1 / (1 + math.exp(-total)))


@pytest.mark.parametrize("across", [False, True])
def test_every_feature_has_a_weight_and_every_weight_a_feature(across: bool) -> None:
    names = set(NOTHING.values())
    assert set(WEIGHTS["across" if across else "within"]) == names | {"intercept"}


@pytest.mark.parametrize("across", [False, True])
def test_what_is_covered_speaks_for_and_what_is_missing_against(across: bool) -> None:
    middle = Features(2.5, 2.5, 0.5, 0.5, replace(NOTHING_LACKING, in_sentence=0.5, in_passage=0.4))
    plain = probability(middle, across=across)
    assert probability(replace(middle, coverage=0.9), across=across) > plain
    assert probability(replace(middle, sentence=4.0), across=across) > plain
    for name in ("in_passage", "names", "year", "other_year", "counted", "attribute"):
        lacking = replace(middle.lacking, **{name: 1.0})
        assert probability(replace(middle, lacking=lacking), across=across) < plain, name


@pytest.mark.parametrize("value", [-1e6, 1e6, 1e300])
def test_extreme_features_stay_a_probability(value: float) -> None:
    assert 0 <= probability(replace(NOTHING, sentence=value), across=False) <= 1

"""The regression by hand, and which way its features pull."""

import json
import math
from dataclasses import fields, replace

import pytest

from qa.confidence import COEFFICIENTS_FILE, Features, probability

NOTHING = Features(0, 0, 0, 0, 0, 0, 0, 0)
WEIGHTS = json.loads(COEFFICIENTS_FILE.read_text(encoding="utf-8"))


@pytest.mark.parametrize("across", [False, True])
def test_the_logistic_function_by_hand(across: bool) -> None:
    weights = WEIGHTS["across" if across else "within"]
    assert probability(NOTHING, across=across) == pytest.approx(
        1 / (1 + math.exp(-weights["intercept"]))
    )
    features = replace(NOTHING, sentence=3.0, coverage=0.5, holds=1.0)
    total = (
        weights["intercept"]
        + 3 * weights["sentence"]
        + 0.5 * weights["coverage"]
        + weights["holds"]
    )
    assert probability(features, across=across) == pytest.approx(1 / (1 + math.exp(-total)))


@pytest.mark.parametrize("across", [False, True])
def test_every_feature_has_a_weight_and_every_weight_a_feature(across: bool) -> None:
    names = {field.name for field in fields(Features)}
    assert set(WEIGHTS["across" if across else "within"]) == names | {"intercept"}


@pytest.mark.parametrize("across", [False, True])
def test_what_is_covered_speaks_for_and_what_is_missing_against(across: bool) -> None:
    middle = replace(NOTHING, sentence=2.5, passage=2.5, coverage=0.5, missing=0.5, terms=1.5)
    plain = probability(middle, across=across)
    assert probability(replace(middle, coverage=0.9), across=across) > plain
    assert probability(replace(middle, missing=0.9), across=across) < plain
    assert probability(replace(middle, figures=1.0), across=across) < plain


@pytest.mark.parametrize("value", [-1e6, 1e6, 1e300])
def test_extreme_features_stay_a_probability(value: float) -> None:
    assert 0 <= probability(replace(NOTHING, sentence=value), across=False) <= 1

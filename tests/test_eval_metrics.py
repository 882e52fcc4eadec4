import math
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.metrics import (
    RANKING_METRICS,
    auroc,
    calibration_error,
    contains,
    mean_interval,
    overlaps,
    ranking_scores,
    ratio_interval,
    refusal_intervals,
)
from eval.questions import Place


def test_reciprocal_rank_of_the_textbook_example() -> None:
    # Wikipedia, "Mean reciprocal rank": catten, torus, virus; 1/3, 1/2, 1, mean 11/18.
    rankings = {
        "cat": ["catten", "cati", "cats"],
        "torus": ["torii", "tori", "toruses"],
        "virus": ["viruses", "virii", "viri"],
    }
    relevant = {"cat": ["cats"], "torus": ["tori"], "virus": ["viruses"]}
    ranks = {
        question: scores["mrr"] for question, scores in ranking_scores(rankings, relevant).items()
    }
    assert ranks == pytest.approx({"cat": 1 / 3, "torus": 1 / 2, "virus": 1})
    assert sum(ranks.values()) / 3 == pytest.approx(11 / 18)


def test_ndcg_worked_by_hand() -> None:
    # Three passages answer, found at ranks 1 and 3.
    # DCG = 1/log2(2) + 1/log2(4) = 1.5; ideal = 1/log2(2) + 1/log2(3) + 1/log2(4) = 2.1309
    scores = ranking_scores({"q": ["a", "x", "b", "y"]}, {"q": ["a", "b", "c"]})["q"]
    assert scores["ndcg@10"] == pytest.approx(1.5 / (1.5 + 1 / math.log2(3)))
    assert scores["ndcg@10"] == pytest.approx(0.7039, abs=5e-5)


@pytest.mark.parametrize(
    ("rank", "hits"),
    [(1, [1, 1, 1]), (2, [0, 1, 1]), (3, [0, 1, 1]), (4, [0, 0, 1]), (6, [0, 0, 0])],
)
def test_hit_at_k(rank: int, hits: list[int]) -> None:
    ranking = [f"other{i}" for i in range(10)]
    ranking[rank - 1] = "gold"
    scores = ranking_scores({"q": ranking}, {"q": ["gold"]})["q"]
    assert [scores["hit@1"], scores["hit@3"], scores["hit@5"]] == hits


def test_the_eleventh_passage_does_not_count_in_ndcg_at_10() -> None:
    ranking = [f"other{i}" for i in range(10)] + ["gold"]
    scores = ranking_scores({"q": ranking}, {"q": ["gold"]})["q"]
    assert scores["ndcg@10"] == 0
    assert scores["mrr"] == pytest.approx(1 / 11)


def test_a_question_without_relevant_passages_or_without_hits_scores_zero() -> None:
    scores = ranking_scores(
        {"nothing relevant": ["a"], "nothing found": [], "ok": ["a"]},
        {"nothing relevant": [], "nothing found": ["a"], "ok": ["a"]},
    )
    assert scores["nothing relevant"] == dict.fromkeys(RANKING_METRICS, 0)
    assert scores["nothing found"] == dict.fromkeys(RANKING_METRICS, 0)
    assert scores["ok"] == dict.fromkeys(RANKING_METRICS, 1)
    assert ranking_scores({}, {}) == {}


@given(st.integers(1, 15), st.integers(0, 20), st.randoms(use_true_random=False))
def test_the_ideal_ranking_scores_one(relevant: int, others: int, random: Random) -> None:
    gold = [f"gold{i}" for i in range(relevant)]
    rest = [f"other{i}" for i in range(others)]
    random.shuffle(gold)
    scores = ranking_scores({"q": gold + rest}, {"q": sorted(gold)})["q"]
    assert scores == pytest.approx(dict.fromkeys(RANKING_METRICS, 1.0))


@given(st.lists(st.booleans(), min_size=2, max_size=10))
def test_moving_a_relevant_passage_up_never_lowers_a_score(pattern: list[bool]) -> None:
    ids = [f"{'gold' if relevant else 'other'}{i}" for i, relevant in enumerate(pattern)]
    gold = [identifier for identifier in ids if identifier.startswith("gold")] or ["gold"]
    better = sorted(ids, key=lambda identifier: not identifier.startswith("gold"))
    before, after = (ranking_scores({"q": ranking}, {"q": gold})["q"] for ranking in (ids, better))
    assert all(after[metric] >= before[metric] for metric in RANKING_METRICS)


TEXT = "甲乙丙丁 戊己\n庚辛 壬癸"  # ten characters and three of white space


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ((0, 13), (1, 3), True),  # evidence wholly inside the passage
        ((1, 3), (0, 13), True),  # passage wholly inside the evidence
        ((0, 4), (2, 13), True),  # 丙丁 is half of the shorter
        ((0, 4), (3, 13), False),  # 丁 is a quarter of the shorter
        ((0, 4), (5, 13), False),  # neighbours
        ((0, 5), (4, 7), False),  # share white space only
        ((3, 4), (3, 4), True),  # the same character
        ((4, 5), (4, 5), False),  # white space supports nothing
    ],
)
def test_overlap_is_half_of_the_shorter(
    one: tuple[int, int], other: tuple[int, int], expected: bool
) -> None:
    assert overlaps(TEXT, Place("d", *one), Place("d", *other)) is expected
    assert overlaps(TEXT, Place("d", *other), Place("d", *one)) is expected


def test_places_of_two_documents_never_overlap() -> None:
    assert not overlaps(TEXT, Place("d", 0, 4), Place("e", 0, 4))


@given(st.integers(0, 13), st.integers(0, 13), st.integers(0, 13))
def test_a_split_text_always_has_a_part_that_overlaps(first: int, second: int, size: int) -> None:
    """However passages cut a text, some passage is relevant to any evidence in it."""
    low, high = sorted((first, second))
    parts = [Place("d", start, min(start + size + 1, 13)) for start in range(0, 13, size + 1)]
    evidence = Place("d", low, high)
    found = any(overlaps(TEXT, part, evidence) for part in parts)
    assert found is bool(TEXT[low:high].strip())


@pytest.mark.parametrize(
    ("answer", "accepted", "expected"),
    [
        ("目前已有 232家。[1]", "232家", True),
        ("目前已有 23\n2 家。[1]", "232家", True),  # white space does not count
        ("地區生產總值１６.９萬億元", "16.9万亿元", True),  # Traditional, full width
        ("The ＣＰＴＰＰ agreement", "cptpp", True),
        ("16.9万亿元", "16", False),
        ("2016年", "16", False),
        ("116", "16", False),
        ("共16项[2]", "16", True),
        ("12.5%", "2.5%", False),
        ("1,500 firms", "500", False),
        ("500,000 firms", "500", False),
        ("到2024,23家", "2024", True),  # half-width punctuation between numbers
        ("The documents say so [16].", "16", False),  # a citation mark is no answer
        ("intention", "ten", False),
        ("ten zones", "zone", True),
        ("", "16", False),
        ("16项", "", False),
        ("😀 苏州工业园区", "蘇州工業園區", True),
        ("规模以上(工业)企业", "规模以上(工业)企业", True),  # nothing is a pattern
    ],
)
def test_contains(answer: str, accepted: str, expected: bool) -> None:
    assert contains(answer, accepted) is expected


@given(st.text(), st.sampled_from(["苏州工业园区", "16.9万亿元", "New Quality"]), st.text())
def test_an_answer_contains_what_it_quotes(before: str, quoted: str, after: str) -> None:
    assert contains(f"{before}。{quoted}。{after}", quoted)


SCORES = st.lists(st.floats(0, 1), min_size=1, max_size=60)


@given(SCORES)
def test_the_interval_holds_the_mean(values: list[float]) -> None:
    interval = mean_interval(values)
    assert interval.value == pytest.approx(np.mean(values))
    assert interval.low - 1e-9 <= interval.value <= interval.high + 1e-9
    assert interval.questions == len(values)


def test_the_interval_is_that_of_a_binomial_share() -> None:
    # 400 coin flips: 1.96 * sqrt(.5 * .5 / 400) = .049 on either side.
    interval = mean_interval([0, 1] * 200)
    assert interval.value - interval.low == pytest.approx(0.049, abs=0.005)
    assert interval.high - interval.value == pytest.approx(0.049, abs=0.005)


@pytest.mark.parametrize("times", [4, 16])
def test_the_interval_narrows_with_the_root_of_n(times: int) -> None:
    few, many = mean_interval([0, 1] * 20), mean_interval([0, 1] * 20 * times)
    ratio = (few.high - few.low) / (many.high - many.low)
    assert ratio == pytest.approx(math.sqrt(times), rel=0.15)


def test_the_same_values_give_the_same_interval() -> None:
    assert mean_interval([0, 1, 1]) == mean_interval([0, 1, 1])


def test_resamples_without_a_denominator_are_left_out() -> None:
    # Most resamples of these four have the one that counts at least once; the ratio is then 1.
    interval = ratio_interval([1, 0, 0, 0], [1, 0, 0, 0])
    assert (interval.value, interval.low, interval.high) == (1, 1, 1)


def test_refusals_worked_by_hand() -> None:
    # Refused 3, 2 of them rightly; unanswerable 4. Precision 2/3, recall 2/4, F1 4/7.
    refused = [True, True, True, False, False, False]
    unanswerable = [True, True, False, True, True, False]
    figures = refusal_intervals(refused, unanswerable)
    assert figures["refusal_precision"].value == pytest.approx(2 / 3)
    assert figures["refusal_recall"].value == pytest.approx(2 / 4)
    assert figures["refusal_f1"].value == pytest.approx(4 / 7)


def test_figures_of_refusal_that_cannot_be_had_are_left_out() -> None:
    assert refusal_intervals([False], [False]) == {}
    assert refusal_intervals([False], [True]).keys() == {"refusal_recall", "refusal_f1"}
    assert refusal_intervals([True], [False]).keys() == {"refusal_precision", "refusal_f1"}


@given(SCORES, SCORES)
def test_auroc_is_the_share_of_pairs_in_order(high: list[float], low: list[float]) -> None:
    wins = sum((h > one) + (h == one) / 2 for h in high for one in low)
    assert auroc(high, low) == pytest.approx(wins / (len(high) * len(low)))


def test_calibration_error_by_hand() -> None:
    # Each in a bin of its own.
    assert calibration_error([0.8, 0.9, 0.1, 0.2], [1, 1, 0, 1]) == pytest.approx(
        (0.2 + 0.1 + 0.1 + 0.8) / 4
    )
    assert calibration_error([0.75, 0.75, 0.75, 0.75], [1, 1, 1, 0]) == pytest.approx(0)
    assert calibration_error([1.0, 0.0], [1, 0]) == 0

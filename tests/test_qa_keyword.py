"""BM25 by hand and against a plain implementation; synonyms that score as one term."""

import math
from collections import Counter
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.index.inverted.inverting import build_postings
from qa.index.inverted.postings import K1, B, KeywordScores
from qa.types import Group

# Three passages of two, one and one sentences; lengths 4, 3 and 1, so 8/3 on average.
PASSAGES = [[["a", "b"], ["a", "c"]], [["b", "b", "d"]], [["d"]]]

# k1 (1 - b + b length / average) with k1 = 1.2 and b = 0.75:
NORMS = [
    1.65,  # 1.2 * (0.25 + 0.75 * 4 / (8/3))
    1.3125,  # 1.2 * (0.25 + 0.75 * 3 / (8/3))
    0.6375,  # 1.2 * (0.25 + 0.75 * 1 / (8/3))
]


def score(*groups: Group) -> KeywordScores:
    return build_postings(PASSAGES).score(groups)


def coverage(found: KeywordScores) -> list[float]:
    """That of every sentence of every passage."""
    by_row = found.coverage(range(len(found.bm25)))
    return [float(share) for row in range(len(found.bm25)) for share in by_row[row]]


def best_coverage(found: KeywordScores) -> list[float]:
    best: list[float] = found.best_coverage(np.arange(len(found.bm25))).tolist()
    return best


def test_the_parameters_are_lucene_s() -> None:
    assert (K1, B) == (1.2, 0.75)


@pytest.mark.parametrize(
    ("holding", "idf"),
    [
        (0, 2.0794415),  # ln(1 + 3.5 / 0.5) = ln 8
        (1, 0.9808293),  # ln(1 + 2.5 / 1.5) = ln 8/3
        (2, 0.4700036),  # ln(1 + 1.5 / 2.5) = ln 1.6
        (3, 0.1335314),  # ln(1 + 0.5 / 3.5) = ln 8/7; a term of every passage still counts
    ],
)
def test_idf_as_in_lucene(holding: int, idf: float) -> None:
    assert build_postings(PASSAGES).idf(holding) == pytest.approx(idf, abs=1e-6)


def test_one_term_by_hand() -> None:
    np.testing.assert_allclose(build_postings(PASSAGES).norms, NORMS, rtol=1e-6)
    # "a": in one passage, twice. 0.9808293 * 2 / (2 + 1.65)
    assert score({("a",): 1.0}).bm25.tolist() == pytest.approx([0.5374407, 0, 0], abs=1e-6)
    # "b": in two passages. 0.4700036 * 1 / (1 + 1.65) and 0.4700036 * 2 / (2 + 1.3125)
    expected = [0.1773598, 0.2837758, 0]
    assert score({("b",): 1.0}).bm25.tolist() == pytest.approx(expected, abs=1e-6)


def test_terms_add_up_and_count_as_often_as_they_are_asked() -> None:
    expected = [0.5374407 + 2 * 0.1773598, 2 * 0.2837758, 0]
    found = score({("a",): 1.0}, {("b",): 1.0}, {("b",): 1.0})
    assert found.bm25.tolist() == pytest.approx(expected, abs=1e-6)


def test_synonyms_score_as_one_term() -> None:
    """Pirkola: frequencies are summed, and the document frequency is that of the union."""
    # "a or d": in all three passages, idf 0.1335314; frequencies 2, 1, 1.
    expected = [
        0.0731679,  # 0.1335314 * 2 / (2 + 1.65)
        0.0577433,  # 0.1335314 * 1 / (1 + 1.3125)
        0.0815459,  # 0.1335314 * 1 / (1 + 0.6375)
    ]
    found = score({("a",): 1.0, ("d",): 1.0})
    assert found.bm25.tolist() == pytest.approx(expected, abs=1e-6)
    # The rare "a" alone would have weighed seven times as much.
    assert score({("a",): 1.0}).bm25[0] > 7 * found.bm25[0]


def test_a_doubtful_synonym_counts_as_part_of_an_occurrence() -> None:
    # "a, or perhaps d": held by 1 + 0.5 + 0.5 = 2 passages, idf 0.4700036; 2, 0.5, 0.5 times.
    expected = [
        0.2575362,  # 0.4700036 * 2 / (2 + 1.65)
        0.1296562,  # 0.4700036 * 0.5 / (0.5 + 1.3125)
        0.2065950,  # 0.4700036 * 0.5 / (0.5 + 0.6375)
    ]
    found = score({("a",): 1.0, ("d",): 0.5})
    assert found.bm25.tolist() == pytest.approx(expected, abs=1e-6)
    assert coverage(found) == [1.0, 1.0, 0.5, 0.5]


def test_a_phrase_must_stand_in_one_sentence() -> None:
    # "a c" stands in the second sentence. 0.9808293 * 1 / (1 + 1.65)
    found = score({("a", "c"): 1.0})
    assert found.bm25.tolist() == pytest.approx([0.3701243, 0, 0], abs=1e-6)
    assert coverage(found) == [0.0, 1.0, 0.0, 0.0]
    # "b" and "c" are both in the first passage, but in two sentences.
    assert not score({("b", "c"): 1.0}).bm25.any()


def test_coverage_is_the_share_of_the_question_s_idf_mass() -> None:
    # "a" 0.9808293 and "b" 0.4700036, together 1.4508329; "x" is unknown and weighs 2.0794415.
    found = score({("a",): 1.0}, {("b",): 1.0})
    assert coverage(found) == pytest.approx([1, 0.6760457, 0.3239543, 0], abs=1e-6)
    assert best_coverage(found) == pytest.approx([1, 0.3239543, 0], abs=1e-6)
    found = score({("a",): 1.0}, {("x",): 1.0})
    share = 0.9808293 / (0.9808293 + 2.0794415)
    assert coverage(found) == pytest.approx([share, share, 0, 0], abs=1e-6)


@pytest.mark.parametrize("groups", [[], [{("x",): 1.0}], [{("x", "a"): 1.0}]])
def test_what_matches_nothing_scores_zero(groups: list[Group]) -> None:
    found = score(*groups)
    assert found.bm25.tolist() == [0, 0, 0]
    assert coverage(found) == [0, 0, 0, 0]
    assert best_coverage(found) == [0, 0, 0]


@pytest.mark.parametrize("passages", [[], [[[]]], [[[], []], [[]]]])
def test_passages_without_words(passages: list[list[list[str]]]) -> None:
    found = build_postings(passages).score([{("a",): 1.0}])
    assert found.bm25.tolist() == best_coverage(found) == [0] * len(passages)
    assert coverage(found) == [0] * sum(map(len, passages))


def test_a_term_that_fills_a_sentence_is_counted_as_far_as_it_goes() -> None:
    found = build_postings([[["a"] * 7_000], [["b"]]]).score([{("a",): 1.0}])
    assert found.bm25[0] == pytest.approx(math.log(2) * 255 / (255 + 1.2 * 1.75), rel=1e-3)


def plain_bm25(passages: Sequence[Sequence[Sequence[str]]], terms: Sequence[str]) -> list[float]:
    """BM25 as in Lucene, straight from the formula."""
    bags = [Counter(term for sentence in passage for term in sentence) for passage in passages]
    lengths = [bag.total() for bag in bags]
    average = max(sum(lengths) / len(lengths), 1)
    scores = [0.0] * len(bags)
    for term in terms:
        holding = sum(term in bag for bag in bags)
        idf = math.log(1 + (len(bags) - holding + 0.5) / (holding + 0.5))
        for number, bag in enumerate(bags):
            norm = 1.2 * (0.25 + 0.75 * lengths[number] / average)
            scores[number] += idf * bag[term] / (bag[term] + norm)
    return scores


words = st.sampled_from("abcdefgh")
corpora = st.lists(
    st.lists(st.lists(words, max_size=6), min_size=1, max_size=3), min_size=1, max_size=6
)


@given(passages=corpora, terms=st.lists(words | st.just("x"), max_size=6))
def test_scores_agree_with_the_formula(passages: list[list[list[str]]], terms: list[str]) -> None:
    postings = build_postings(passages)
    found = postings.score([{(term,): 1.0} for term in terms])
    np.testing.assert_allclose(found.bm25, plain_bm25(passages, terms), atol=1e-5)
    sentences = [sentence for passage in passages for sentence in passage]
    mass = [postings.idf(sum(any(t in s for s in p) for p in passages)) for t in terms]
    for sentence, share in zip(sentences, coverage(found), strict=True):
        held = sum(weight for term, weight in zip(terms, mass, strict=True) if term in sentence)
        assert share == pytest.approx(held / (sum(mass) or 1), abs=1e-5)


members = st.lists(words, min_size=1, max_size=3, unique=True).map(tuple)
groups_of_synonyms = st.lists(
    st.dictionaries(members, st.sampled_from([0.25, 0.5, 1.0]), min_size=1, max_size=4), max_size=4
)


def plain_scores(
    passages: Sequence[Sequence[Sequence[str]]], groups: Sequence[Group]
) -> tuple[list[float], list[list[float]]]:
    """BM25 of each passage and coverage of each of its sentences, straight from the definitions.

    A group's frequency in a sentence is the weighted sum of its members'; a member of several
    terms occurs as often as its first term where the sentence holds all of them.
    """
    bm25 = [0.0] * len(passages)
    held = [[0.0] * len(passage) for passage in passages]
    lengths = [sum(map(len, passage)) for passage in passages]
    mass = 0.0
    for group in groups:
        best = [
            [max((w for m, w in group.items() if set(m) <= set(s)), default=0.0) for s in passage]
            for passage in passages
        ]
        holding = sum(max(weights) for weights in best)
        idf = math.log(1 + (len(passages) - holding + 0.5) / (holding + 0.5))
        mass += idf
        for number, passage in enumerate(passages):
            norm = 1.2 * (0.25 + 0.75 * lengths[number] / max(sum(lengths) / len(lengths), 1))
            frequency = sum(
                w * s.count(m[0]) for s in passage for m, w in group.items() if set(m) <= set(s)
            )
            bm25[number] += idf * frequency / (frequency + norm)
            for place, weight in enumerate(best[number]):
                held[number][place] += idf * weight
    return bm25, [[share / (mass or 1) for share in passage] for passage in held]


@given(passages=corpora, groups=groups_of_synonyms, rows=st.sets(st.integers(0, 5)))
def test_weighted_synonyms_and_phrases_agree_with_the_definitions(
    passages: list[list[list[str]]], groups: list[Group], rows: set[int]
) -> None:
    found = build_postings(passages).score(groups)
    bm25, coverage = plain_scores(passages, groups)
    np.testing.assert_allclose(found.bm25, bm25, atol=1e-5)
    asked = sorted(row for row in rows if row < len(passages))
    by_row = found.coverage(asked[::-1])
    assert sorted(by_row) == asked
    for row in asked:
        np.testing.assert_allclose(by_row[row], coverage[row], atol=1e-5)
    best = found.best_coverage(np.array(asked, dtype=np.int64))
    np.testing.assert_allclose(best, [max(coverage[row]) for row in asked], atol=1e-5)


@given(passages=corpora, synonyms=st.sets(words, min_size=1))
def test_synonyms_score_like_one_word_written_alike(
    passages: list[list[list[str]]], synonyms: set[str]
) -> None:
    merged = [
        [
            ["a" if term in synonyms else f"other {term}" for term in sentence]
            for sentence in passage
        ]
        for passage in passages
    ]
    group: Group = {(term,): 1.0 for term in synonyms}
    found = build_postings(passages).score([group])
    expected = build_postings(merged).score([{("a",): 1.0}])
    np.testing.assert_allclose(found.bm25, expected.bm25, atol=1e-6)
    np.testing.assert_allclose(coverage(found), coverage(expected), atol=1e-6)

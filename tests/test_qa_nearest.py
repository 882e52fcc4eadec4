"""The nearest rows by codes, against all of them compared."""

from collections.abc import Mapping

import numpy as np
import pytest
from numpy.typing import NDArray

from embeddings.centering import Means
from embeddings.faiss_index import CodedIndex, encode
from embeddings.types import FloatMatrix, FloatVector
from qa.index.quantised import quantise
from qa.index.vectors import (
    CODED_FROM,
    EXACT_UP_TO,
    NearestRows,
    Searched,
    Stacked,
    centre_rows,
    coded_parts,
    encode_rows,
)

DIMENSION = 64
RANDOM = np.random.default_rng(0)


def unit(rows: NDArray[np.floating]) -> FloatMatrix:
    scaled: FloatMatrix = (rows / np.linalg.norm(rows, axis=-1, keepdims=True)).astype(np.float32)
    return scaled


def mean() -> FloatVector:
    return (RANDOM.normal(size=DIMENSION) / 10).astype(np.float32)


MEANS: Mapping[str, Means] = {language: Means(mean(), mean()) for language in ("zh", "en")}
CENTRES = RANDOM.normal(size=(20, DIMENSION))
TEXTS = unit(CENTRES[RANDOM.integers(20, size=4050)] + RANDOM.normal(size=(4050, DIMENSION)))
ROWS, QUERIES = np.split(TEXTS, [4000])
CHINESE = RANDOM.random(len(ROWS)) < 0.5
CODES = (Searched(CodedIndex(encode(centre_rows(ROWS, CHINESE, MEANS))), np.arange(len(ROWS))),)


def closeness(query: FloatVector) -> FloatVector:
    """Straight from the definition: subtract the mean, scale, multiply."""
    moved = ROWS - np.where(CHINESE[:, np.newaxis], MEANS["zh"].passage, MEANS["en"].passage)
    found: FloatVector = (moved / np.linalg.norm(moved, axis=1, keepdims=True)) @ query
    return found


def test_without_codes_the_search_is_exact() -> None:
    nearest = NearestRows(ROWS, CHINESE, MEANS)
    for query in QUERIES:
        expected = closeness(query)
        found = expected[nearest.search(query, 30)]
        np.testing.assert_allclose(found, np.sort(expected)[::-1][:30], atol=1e-5)


def test_by_codes_nearly_the_same_are_found_in_their_exact_order() -> None:
    nearest = NearestRows(ROWS, CHINESE, MEANS, CODES)
    first, shared = [], []
    for query in QUERIES:
        expected = closeness(query)
        found = nearest.search(query, 30)
        assert len(set(found.tolist())) == 30
        assert (np.diff(expected[found]) <= 1e-5).all()
        best = np.argsort(-expected)
        first.append(found[0] == best[0])
        shared.append(len(set(found) & set(best[:30])) / 30)
    assert all(first)
    assert np.mean(shared) > 0.9  # by chance it would be .0075


def test_more_rows_than_there_are() -> None:
    few = 40
    index = CodedIndex(encode(centre_rows(ROWS[:few], CHINESE[:few], MEANS)))
    codes = (Searched(index, np.arange(few)),)
    for nearest in (
        NearestRows(ROWS[:few], CHINESE[:few], MEANS),
        NearestRows(ROWS[:few], CHINESE[:few], MEANS, codes),
    ):
        assert sorted(nearest.search(QUERIES[0], 100).tolist()) == list(range(few))


def test_no_rows() -> None:
    nearest = NearestRows(ROWS[:0], CHINESE[:0], MEANS)
    assert len(nearest.search(QUERIES[0], 5)) == 0


@pytest.mark.parametrize(
    ("count", "dimension", "coded"),
    [
        (0, 4, False),
        (CODED_FROM, 4, False),
        (CODED_FROM + 1, 4, True),
        (CODED_FROM + 1, 3, False),
    ],
)
def test_only_large_parts_have_codes(count: int, dimension: int, *, coded: bool) -> None:
    rows = unit(RANDOM.normal(size=(count, dimension)).astype(np.float32))
    none = np.zeros(dimension, dtype=np.float32)
    means = {language: Means(none, none) for language in ("zh", "en")}
    codes = encode_rows(quantise(rows), np.zeros(count, dtype=bool), means)
    assert (len(codes) if codes else 0) == (count if coded else 0)


def test_codes_are_used_where_the_whole_is_large() -> None:
    index = CodedIndex(encode(centre_rows(ROWS, CHINESE, MEANS)))
    half = EXACT_UP_TO // 2
    few = [np.arange(half), np.arange(half, EXACT_UP_TO)]
    assert coded_parts([index, None], few) == ()
    many = [np.arange(half), np.arange(half, EXACT_UP_TO + 1)]
    (part,) = coded_parts([index, None], many)
    assert part.index is index
    # Removed rows do not count.
    many[1][:5] = -1
    assert coded_parts([index, None], many) == ()


@pytest.mark.parametrize("share", [0.001, 0.05, 0.5, 1.0])
def test_only_allowed_rows_are_found(share: float) -> None:
    allowed = RANDOM.random(len(ROWS)) < share
    half = len(ROWS) // 2
    rows = np.where(np.arange(half) % 7 == 0, -1, np.arange(half))  # some have been removed
    index = CodedIndex(encode(centre_rows(ROWS[:half], CHINESE[:half], MEANS)))
    removed = np.zeros(len(ROWS), dtype=bool)
    removed[:half] = rows < 0
    for nearest in (
        NearestRows(ROWS, CHINESE, MEANS),
        NearestRows(ROWS, CHINESE, MEANS, (Searched(index, rows),)),
    ):
        for query in QUERIES[:10]:
            expected = np.where(allowed, closeness(query), -np.inf)
            found = nearest.search(query, 30, allowed)
            assert allowed[found].all()
            assert len(found) == min(30, int(allowed.sum()))
            assert (np.diff(expected[found]) <= 1e-5).all()


def test_stacked_matrices_are_as_one() -> None:
    kept = [None, RANDOM.random(1000) < 0.3, None]
    parts = [ROWS[:500], ROWS[500:1500], ROWS[1500:]]
    whole = np.concatenate([parts[0], parts[1][kept[1]], parts[2]])
    stacked = Stacked(parts, kept)
    assert (stacked.shape, len(stacked)) == (whole.shape, len(whole))
    rows = RANDOM.integers(len(whole), size=100)
    np.testing.assert_array_equal(stacked[rows], whole[rows])
    np.testing.assert_array_equal(stacked[480:900], whole[480:900])
    np.testing.assert_array_equal(np.asarray(stacked), whole)
    assert stacked[rows[:0]].shape == (0, DIMENSION)

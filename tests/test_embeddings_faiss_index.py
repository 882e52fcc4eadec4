"""FAISS against a brute-force product in NumPy."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from embeddings.faiss_index import CodedIndex, FaissIndex, encode
from embeddings.types import FloatMatrix, IntMatrix, VectorIndex

DIMENSION = 16


def unit_rows(count: int, seed: int) -> FloatMatrix:
    rows = np.random.default_rng(seed).normal(size=(count, DIMENSION))
    unit: FloatMatrix = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    return unit


def brute_force(rows: FloatMatrix, queries: FloatMatrix, k: int) -> tuple[FloatMatrix, IntMatrix]:
    products = queries.astype(np.float64) @ rows.T.astype(np.float64)
    order = np.argsort(-products, axis=1, kind="stable")[:, :k]
    return np.take_along_axis(products, order, axis=1).astype(np.float32), order


@given(
    count=st.integers(1, 300),
    asked=st.integers(1, 8),
    k=st.integers(1, 400),
    seed=st.integers(0, 2**32 - 1),
)
def test_search_agrees_with_brute_force(count: int, asked: int, k: int, seed: int) -> None:
    rows, queries = unit_rows(count, seed), unit_rows(asked, seed + 1)
    scores, found = FaissIndex(rows).search(queries, k)
    expected_scores, expected = brute_force(rows, queries, k)
    assert scores.shape == found.shape == (asked, min(k, count))
    np.testing.assert_allclose(scores, expected_scores, atol=1e-6)
    # Products that differ by less than float32 can tell may swap places.
    swapped = found != expected
    products = np.take_along_axis(queries @ rows.T, found, axis=1)
    np.testing.assert_allclose(products[swapped], expected_scores[swapped], atol=1e-6)
    assert [len(set(row)) for row in found.tolist()] == [min(k, count)] * asked


def test_equal_rows_have_equal_scores_and_come_in_the_same_order_each_time() -> None:
    row = unit_rows(1, seed=7)
    rows = np.vstack([-row, row, -row, row, row])
    scores, found = FaissIndex(rows).search(row, 5)
    assert (set(found[0, :3]), set(found[0, 3:])) == ({1, 3, 4}, {0, 2})
    assert len(set(scores[0, :3])) == len(set(scores[0, 3:])) == 1
    again = FaissIndex(rows.copy()).search(row.copy(), 5)
    np.testing.assert_array_equal(again[0], scores)
    np.testing.assert_array_equal(again[1], found)


def test_axes_by_hand() -> None:
    rows = np.eye(3, dtype=np.float32)
    query = np.array([[0.0, 0.8, 0.6]], dtype=np.float32)
    index: VectorIndex = FaissIndex(rows)
    scores, found = index.search(query, 2)
    assert len(index) == 3
    assert found.tolist() == [[1, 2]]
    assert scores.tolist() == [pytest.approx([0.8, 0.6])]


@pytest.mark.parametrize("k", [0, 1, 5])
def test_an_empty_index_finds_nothing(k: int) -> None:
    index = FaissIndex(np.empty((0, DIMENSION), dtype=np.float32))
    scores, found = index.search(unit_rows(2, seed=1), k)
    assert (len(index), scores.shape, found.shape) == (0, (2, 0), (2, 0))
    assert scores.dtype == np.float32
    assert found.dtype == np.int64


def test_rows_and_queries_may_be_views() -> None:
    """A slice with steps is not contiguous, which FAISS alone would refuse."""
    rows, queries = unit_rows(20, seed=2), unit_rows(6, seed=3)
    scores, found = FaissIndex(rows[::2]).search(queries[::3], 4)
    expected_scores, expected = brute_force(rows[::2].copy(), queries[::3].copy(), 4)
    assert found.tolist() == expected.tolist()
    np.testing.assert_allclose(scores, expected_scores, atol=1e-6)


@pytest.mark.parametrize(
    "make",
    [
        lambda: np.zeros(4, dtype=np.float32),
        lambda: np.zeros((2, 4), dtype=np.float64),
        lambda: np.zeros((1, 2, 3), dtype=np.float32),
    ],
)
def test_what_is_not_a_float32_matrix_is_refused(make: Callable[[], FloatMatrix]) -> None:
    with pytest.raises(ValueError, match="need a float32 matrix"):
        FaissIndex(make())


def clustered_rows(count: int, dimension: int, seed: int) -> FloatMatrix:
    """Unit rows around a few centres, as texts lie around their subjects."""
    generator = np.random.default_rng(seed)
    centres = generator.normal(size=(20, dimension))
    rows = centres[generator.integers(20, size=count)] + generator.normal(size=(count, dimension))
    unit: FloatMatrix = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    return unit


@pytest.mark.parametrize("dimension", [32, 64, 128])
def test_codes_find_what_brute_force_finds(dimension: int) -> None:
    rows, queries = np.split(clustered_rows(3050, dimension, 1), [3000])
    index: VectorIndex = CodedIndex(encode(rows))
    scores, found = index.search(queries, 60)
    assert len(index) == 3000
    assert scores.shape == found.shape == (50, 60)
    assert (np.diff(scores, axis=1) <= 0).all()
    _, expected = brute_force(rows, queries, 20)
    shared = [len(set(a) & set(b)) / 20 for a, b in zip(found, expected, strict=True)]
    assert np.mean(shared) > 0.95  # by chance it would be .02
    np.testing.assert_allclose(scores, np.einsum("qd,qkd->qk", queries, rows[found]), atol=0.3)


def test_codes_are_kept_as_bytes() -> None:
    rows, queries = clustered_rows(500, 16, 3), clustered_rows(5, 16, 4)
    index = CodedIndex(encode(rows))
    again = CodedIndex(np.frombuffer(index.data.tobytes(), dtype=np.uint8))
    for one, other in zip(index.search(queries, 9), again.search(queries, 9), strict=True):
        np.testing.assert_array_equal(one, other)
    assert len(index.data) < rows.nbytes / 4
    np.testing.assert_array_equal(encode(rows), index.data)  # the same vectors, the same codes


@pytest.mark.parametrize("length", [0, 1, 100, -1])
def test_what_is_no_index_is_refused(length: int) -> None:
    data = encode(clustered_rows(500, 16, 3))
    with pytest.raises(ValueError, match="no FAISS index"):
        CodedIndex(data[:length])


def test_codes_give_no_more_rows_than_there_are() -> None:
    rows = clustered_rows(20, 16, 5)
    _, found = CodedIndex(encode(rows)).search(rows[:2], 50)
    assert [sorted(row) for row in found.tolist()] == [list(range(20))] * 2

"""Removing a language's mean: the algebra, and what is stored."""

import json
from pathlib import Path

import numpy as np
import pytest
from fakes import FakeEmbedder
from hypothesis import given
from hypothesis import strategies as st

from embeddings.centering import MEANS_FILE, centre, centred_products, load_means, write_means
from embeddings.onnx_encoder import BUNDLED_MODEL, read_description


def test_centring_by_hand() -> None:
    vectors = np.array([[3.0, 0.0], [1.0, 1.0]], dtype=np.float32)
    mean = np.array([1.0, -3.0], dtype=np.float32)
    # (2, 3) / sqrt(13) and (0, 4) / 4
    expected = [[2 / 13**0.5, 3 / 13**0.5], [0.0, 1.0]]
    np.testing.assert_allclose(centre(vectors, mean), expected, rtol=1e-6)
    np.testing.assert_allclose(centre(vectors[0], mean), expected[0], rtol=1e-6)


def test_a_vector_that_equals_the_mean_becomes_zero_not_nan() -> None:
    mean = np.array([0.6, 0.8], dtype=np.float32)
    assert centre(mean[np.newaxis], mean).tolist() == [[0.0, 0.0]]


@given(seed=st.integers(0, 2**32 - 1), count=st.integers(0, 20))
def test_centred_rows_have_unit_length_and_ignore_a_common_shift(seed: int, count: int) -> None:
    random = np.random.default_rng(seed)
    vectors = random.normal(size=(count, 8)).astype(np.float32)
    shift = random.normal(size=8).astype(np.float32)
    mean = random.normal(size=8).astype(np.float32)
    centred = centre(vectors, mean)
    assert centred.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(centred, axis=1), 1, atol=1e-5)
    np.testing.assert_allclose(centre(vectors + shift, mean + shift), centred, atol=1e-3)


@given(seed=st.integers(0, 2**32 - 1), count=st.integers(0, 20))
def test_products_of_centred_rows_need_no_centred_rows(seed: int, count: int) -> None:
    random = np.random.default_rng(seed)
    vectors = random.normal(size=(count, 8)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    mean, query = random.normal(size=(2, 8)).astype(np.float32)
    found = centred_products(vectors, mean, query)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, centre(vectors, mean) @ query, atol=1e-4)


def test_the_product_of_a_vector_that_equals_the_mean_is_not_nan() -> None:
    mean = np.array([0.6, 0.8], dtype=np.float32)
    query = np.array([1.0, 0.0], dtype=np.float32)
    assert centred_products(mean[np.newaxis], mean, query).tolist() == [pytest.approx(0, abs=1e-1)]


def test_means_are_read_as_they_were_written(tmp_path: Path) -> None:
    embedder = FakeEmbedder(dimension=16)
    samples = {"zh": [["经开区", "开发区"], ["措施"]], "en": [["zone", "measure"], ["plan"]]}
    path = tmp_path / "means.json"
    write_means(embedder, samples, path)
    means = load_means(embedder.model_id, 16, path)
    assert set(means) == {"zh", "en"}
    # Each sample counts the same, however many texts it has.
    first, second = (embedder.embed_passages(texts) for texts in samples["zh"])
    expected = (first.mean(axis=0) + second[0]) / 2
    np.testing.assert_allclose(means["zh"].passage, expected, atol=1e-6)
    np.testing.assert_allclose(means["zh"].query, expected, atol=1e-6)
    assert not np.allclose(means["zh"].passage, means["en"].passage, atol=0.01)


@pytest.mark.parametrize("stored", ['{"model": "another", "means": {}}', None])
def test_another_model_s_means_are_not_used(tmp_path: Path, stored: str | None) -> None:
    path = tmp_path / "means.json"
    if stored is not None:
        path.write_text(stored, encoding="utf-8")
    means = load_means("this", 5, path)
    for language in ("zh", "en"):
        assert means[language].query.tolist() == means[language].passage.tolist() == [0.0] * 5
    vectors = np.eye(5, dtype=np.float32)
    np.testing.assert_array_equal(centre(vectors, means["zh"].passage), vectors)


def test_the_bundled_means_belong_to_the_bundled_model() -> None:
    description = read_description(BUNDLED_MODEL)
    assert json.loads(MEANS_FILE.read_text(encoding="utf-8"))["model"] == description.id
    means = load_means(description.id, description.dimension)
    for side in ("query", "passage"):
        chinese, english = (getattr(means[language], side) for language in ("zh", "en"))
        assert chinese.shape == english.shape == (description.dimension,)
        # Unit vectors in one corner have a long mean; the corners of the languages differ.
        assert min(np.linalg.norm(chinese), np.linalg.norm(english)) > 0.7
        cosine = chinese @ english / np.linalg.norm(chinese) / np.linalg.norm(english)
        assert cosine < 0.99

"""SentenceTransformerEmbedder against the library itself, on the fp32 folder and tiny models."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from embeddings.sentence_transformer import SentenceTransformerEmbedder
from embeddings.types import ModelLoadError

pytestmark = pytest.mark.slow

TEXTS = [
    "海南何时封关？",
    "臺灣的半導體產業",
    "When is customs closure?",
    "",
    "😀",
    "GDP 增长 5.2%",
]


@pytest.fixture(scope="module")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A random model of one layer, with no prompts of its own, in a folder named `tiny`."""
    import torch
    from sentence_transformers import SentenceTransformer
    from tokenizers import Tokenizer, models
    from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

    folder = tmp_path_factory.mktemp("models") / "tiny"
    plain = folder.with_name("plain")
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=300,
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=32,
    )
    BertModel(config).save_pretrained(plain)
    special = {"unk_token": "<unk>", "pad_token": "<pad>"}
    characters = {chr(code): code for code in range(33, 127)}
    vocabulary = {"<unk>": 0, "<pad>": 1, **characters}
    tokenizer = Tokenizer(models.BPE(vocabulary, [], unk_token=special["unk_token"]))
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, **special).save_pretrained(plain)
    SentenceTransformer(str(plain), device="cpu").save(str(folder))
    return folder


def test_vectors_are_those_of_the_library(fp32_folder: Path) -> None:
    from sentence_transformers import SentenceTransformer

    direct = SentenceTransformer(str(fp32_folder))
    embedder = SentenceTransformerEmbedder(str(fp32_folder))
    for embed, prefix in (
        (embedder.embed_queries, "query: "),
        (embedder.embed_passages, "passage: "),
    ):
        expected = direct.encode([prefix + text for text in TEXTS], normalize_embeddings=True)
        np.testing.assert_allclose(embed(TEXTS), expected, atol=1e-5)
    assert embedder.dimension == 384


def test_a_model_named_e5_gets_its_prefixes_and_another_gets_none(
    tiny_model: Path, tmp_path: Path
) -> None:
    from sentence_transformers import SentenceTransformer

    named = shutil.copytree(tiny_model, tmp_path / "my-E5-small")
    direct = SentenceTransformer(str(tiny_model))
    e5, other = (SentenceTransformerEmbedder(str(folder)) for folder in (named, tiny_model))
    for embed, text in (
        (e5.embed_queries, "query: ab"),
        (e5.embed_passages, "passage: ab"),
        (other.embed_queries, "ab"),
        (other.embed_passages, "ab"),
    ):
        expected = direct.encode([text], normalize_embeddings=True)
        np.testing.assert_allclose(embed(["ab"]), expected, atol=1e-6)


def test_vectors_are_float32_of_unit_length_in_input_order(tiny_model: Path) -> None:
    embedder = SentenceTransformerEmbedder(str(tiny_model))
    texts = [chr(33 + number % 90) * (number % 7 + 1) for number in range(300)]
    finished: list[int] = []
    vectors = embedder.embed_passages(texts, progress=finished.append)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    np.testing.assert_allclose(vectors[257], embedder.embed_passages([texts[257]])[0], atol=1e-6)
    assert sum(finished) == len(texts)
    assert embedder.embed_queries([]).shape == (0, 16)


def test_the_id_follows_the_weights_not_the_place(tiny_model: Path, tmp_path: Path) -> None:
    from sentence_transformers import SentenceTransformer

    moved = shutil.copytree(tiny_model, tmp_path / "tiny")
    ids = {SentenceTransformerEmbedder(str(folder)).model_id for folder in (tiny_model, moved)}
    trained = SentenceTransformer(str(moved))
    for parameter in trained.parameters():
        parameter.data *= 1.01
    trained.save(str(tmp_path / "trained" / "tiny"))
    ids.add(SentenceTransformerEmbedder(str(tmp_path / "trained" / "tiny")).model_id)
    assert len(ids) == 2
    assert all(model_id.startswith("tiny@") for model_id in ids)


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelLoadError, match="no-such-folder"):
        SentenceTransformerEmbedder(str(tmp_path / "no-such-folder"))


def test_a_folder_without_a_model_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelLoadError, match=tmp_path.name):
        SentenceTransformerEmbedder(str(tmp_path))


def test_damaged_weights_are_named(tiny_model: Path, tmp_path: Path) -> None:
    damaged = shutil.copytree(tiny_model, tmp_path / "damaged")
    (damaged / "model.safetensors").write_bytes(b"no weights")
    with pytest.raises(ModelLoadError, match="damaged"):
        SentenceTransformerEmbedder(str(damaged))


def test_without_the_package_the_message_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "sentence_transformers", None)  # what an import then raises
    with pytest.raises(ModelLoadError, match=r"pip install 'wenzheng\[models\]'"):
        SentenceTransformerEmbedder("intfloat/multilingual-e5-small")


def test_a_hub_that_cannot_be_reached_is_a_clear_error(tmp_path: Path) -> None:
    program = """if True:
        from embeddings.sentence_transformer import SentenceTransformerEmbedder
        from embeddings.types import ModelLoadError
        try:
            SentenceTransformerEmbedder("no-such-user/no-such-model")
        except ModelLoadError as error:
            print(error)
    """
    # Offline, the library says at once what it says after a minute of trying.
    run = subprocess.run(
        [sys.executable, "-c", program],
        cwd=Path(__file__).parents[1],
        env={**os.environ, "HF_HUB_OFFLINE": "1", "HF_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "no-such-user/no-such-model cannot be loaded" in run.stdout
    assert "hub name" in run.stdout

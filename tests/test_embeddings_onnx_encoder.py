"""The bundled model: exact properties of its vectors, and the fp32 model as its oracle."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from embeddings.onnx_encoder import BUNDLED_MODEL, MODEL_FILES, OnnxEncoder
from embeddings.sentence_transformer import SentenceTransformerEmbedder
from embeddings.types import FloatMatrix, ModelLoadError, ReadPassage
from embeddings.windows import MAX_CHARACTERS

ROOT = Path(__file__).parents[1]
SEEDS = ROOT / "seeds" / "documents"

TEXTS = [
    "海南自由贸易港何时封关？",
    "臺灣的半導體產業集中在新竹科學園區。",
    "When will customs closure of the island begin?",
    "請問 GDP 增长 5.2% 是哪一年 (which year)?",
    "ＧＤＰ　１２３，全形字。",
    "😀🎉👩‍👩‍👧‍👦",
    "",
    " \n\t ",
    "a",
    "香" * 3_000,
    "word " * 3_000,
]

ENGLISH = [
    "The State Council approved the overall plan for the free trade port on 1 June 2020.",
    "Which companies have moved their regional headquarters to the island since 2021?",
    "Goods with at least 30% added value enter the mainland free of import duty.",
    "The index covers four task areas and sixteen measures, each with its own deadline.",
    "Patients may use imported drugs and devices in the pilot zone before national approval.",
    "Tourist arrivals rose 8.3% year on year, while duty-free sales fell to CNY 30.9 billion.",
    "He told reporters that the data-security rules would not apply to research laboratories.",
    "What share of residents speak both Mandarin and English?",
    "Deputy Director Wang Fengli answered questions about corporate income tax (15%).",
    "No one knows how long the negotiations between the two ministries will take.",
]


def _sentences(text: str) -> list[str]:
    bare = "".join(text.split())
    sentences = bare.replace("。", "。\n").replace("；", "；\n").splitlines()
    return [sentence for sentence in sentences if len(sentence) > 8]


@pytest.mark.parametrize("embed", ["embed_queries", "embed_passages"])
def test_every_vector_has_unit_length(encoder: OnnxEncoder, embed: str) -> None:
    vectors = getattr(encoder, embed)(TEXTS)
    assert vectors.shape == (len(TEXTS), encoder.dimension)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


def test_a_vector_does_not_depend_on_the_texts_beside_it(encoder: OnnxEncoder) -> None:
    together = encoder.embed_passages(TEXTS)
    alone = np.vstack([encoder.embed_passages([text]) for text in TEXTS])
    order = np.random.default_rng(7).permutation(len(TEXTS))
    shuffled = encoder.embed_passages([TEXTS[row] for row in order])
    np.testing.assert_array_equal(together, alone)
    np.testing.assert_array_equal(together[order], shuffled)


def test_a_passage_has_its_own_vector_and_one_for_each_sentence(encoder: OnnxEncoder) -> None:
    alone, beside = (
        ReadPassage("海南自由贸易港", ("第一句讲封关。", "第二句讲税率。")),
        ReadPassage("", ()),
    )
    found = encoder.embed_with_sentences([alone, beside, ReadPassage("", ("", "x"))])
    assert [len(vectors) for vectors in found] == [3, 1, 3]
    for vectors in found:
        np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    (again,) = encoder.embed_with_sentences([alone])
    np.testing.assert_array_equal(found[0], again)
    whole = encoder.embed_passages(["海南自由贸易港第一句讲封关。第二句讲税率。"])[0]
    assert found[0][0] @ whole > 0.98
    np.testing.assert_array_equal(found[2][1], found[2][0])  # no token: as the passage


def test_a_sentence_is_near_its_question_in_a_passage_of_many_windows(encoder: OnnxEncoder) -> None:
    sentences = [
        f"第{number}条规定了第{number}类企业的办理时限和所需材料。" for number in range(80)
    ]
    sentences[5], sentences[70] = "猫整个下午都在温暖的屋顶上睡觉。", "台风造成三十万户停电。"
    (vectors,) = encoder.embed_with_sentences([ReadPassage("办法", tuple(sentences))])
    questions = encoder.embed_queries(["猫在哪里睡觉？", "多少户停电？"])
    assert (questions @ vectors[1:].T).argmax(axis=1).tolist() == [5, 70]


def test_threads_get_the_vectors_that_one_caller_gets(encoder: OnnxEncoder) -> None:
    texts = TEXTS[:6]
    alone = [encoder.embed_queries([text]) for text in texts]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda text: encoder.embed_queries([text]), texts * 6))
    for row, vector in enumerate(together):
        np.testing.assert_array_equal(vector, alone[row % len(texts)])


def test_nothing_to_embed_gives_no_rows(encoder: OnnxEncoder) -> None:
    assert encoder.embed_queries([]).shape == (0, 384)
    assert encoder.embed_passages([], progress=lambda _: pytest.fail("no text")).shape == (0, 384)


def test_progress_counts_every_text_once(encoder: OnnxEncoder) -> None:
    finished: list[int] = []
    encoder.embed_passages(TEXTS[:5], progress=finished.append)
    assert sum(finished) == 5


def test_full_width_and_half_width_are_the_same(encoder: OnnxEncoder) -> None:
    wide, narrow = encoder.embed_queries(["ＧＤＰ１２３％", "GDP123%"])
    np.testing.assert_array_equal(wide, narrow)


def test_the_nearest_passage_says_the_same(encoder: OnnxEncoder) -> None:
    passages = [
        "猫整个下午都在温暖的屋顶上睡觉。",
        "全岛封关运作于2025年12月18日正式启动。",
        "颱風造成三十萬戶停電，明日停止上班上課。",
        "Corporate income tax in the zone is fifteen per cent.",
    ]
    questions = [
        "Where does the cat sleep?",
        "When does island-wide customs closure start?",
        "为何停电？",
        "區內企業所得稅率是多少？",
    ]
    scores = encoder.embed_queries(questions) @ encoder.embed_passages(passages).T
    assert scores.argmax(axis=1).tolist() == [0, 1, 2, 3]


def test_a_very_long_text_costs_what_its_beginning_costs(encoder: OnnxEncoder) -> None:
    def embed(text: str) -> tuple[FloatMatrix, float]:
        started = time.perf_counter()
        return encoder.embed_passages([text]), time.perf_counter() - started

    text = "自由贸易港政策 and more. " * 100_000
    beginning, short_seconds = embed(text[:MAX_CHARACTERS])
    whole, long_seconds = embed(text)
    np.testing.assert_array_equal(whole, beginning)
    assert long_seconds < 5 * short_seconds + 0.2  # segmenting all of it takes seconds


@pytest.mark.parametrize("text", ["\ud800", "政策\udfff", "x" * 20_000 + "\ud83d"])
def test_a_lone_surrogate_is_refused(encoder: OnnxEncoder, text: str) -> None:
    for embed in (encoder.embed_queries, encoder.embed_passages):
        with pytest.raises(ValueError, match=r"lone surrogate U\+D"):
            embed(["fine", text])


def test_the_id_names_the_files_by_their_hash(encoder: OnnxEncoder) -> None:
    digest = hashlib.sha256()
    for name in MODEL_FILES:
        digest.update((BUNDLED_MODEL / name).read_bytes())
    assert encoder.model_id == f"wenzheng-encoder-6-int8@{digest.hexdigest()[:12]}"


def test_the_model_card_names_the_files_by_their_hash() -> None:
    card = (BUNDLED_MODEL / "README.md").read_text(encoding="utf-8")
    for name in MODEL_FILES:
        assert hashlib.sha256((BUNDLED_MODEL / name).read_bytes()).hexdigest() in card


def _remove(name: str) -> Callable[[Path], None]:
    return lambda folder: (folder / name).unlink()


def _truncate(name: str) -> Callable[[Path], None]:
    def act(folder: Path) -> None:
        data = (folder / name).read_bytes()
        (folder / name).write_bytes(data[: len(data) // 2])

    return act


def _write(name: str, data: bytes) -> Callable[[Path], None]:
    def act(folder: Path) -> None:
        (folder / name).write_bytes(data)

    return act


def _describe_garbage(folder: Path) -> None:
    """Make the description agree with a model that onnxruntime cannot read."""
    garbage = b"not a model" * 100
    (folder / "model.onnx").write_bytes(garbage)
    description = json.loads((folder / "model.json").read_text())
    description["files"]["model.onnx"] = {
        "bytes": len(garbage),
        "sha256": hashlib.sha256(garbage).hexdigest(),
    }
    (folder / "model.json").write_text(json.dumps(description))


@pytest.fixture
def model_copy(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "model"
    shutil.copytree(BUNDLED_MODEL, folder)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(shutil.rmtree, id="no folder"),
        pytest.param(_remove("model.onnx"), id="no graph"),
        pytest.param(_remove("model.onnx.data"), id="no weights"),
        pytest.param(_remove("tokenizer.json"), id="no tokenizer"),
        pytest.param(_remove("model.json"), id="no description"),
        pytest.param(_truncate("model.onnx.data"), id="weights cut short"),
        pytest.param(_truncate("tokenizer.json"), id="tokenizer cut short"),
        pytest.param(_truncate("model.json"), id="description cut short"),
        pytest.param(_write("model.json", b"[]"), id="description of another form"),
        pytest.param(_write("model.json", b"{}"), id="description without fields"),
        pytest.param(_describe_garbage, id="graph is garbage"),
    ],
)
def test_a_damaged_model_is_named_with_the_remedy(
    model_copy: Path, damage: Callable[[Path], None]
) -> None:
    damage(model_copy)
    with pytest.raises(ModelLoadError, match="python -m embeddings build") as raised:
        OnnxEncoder(model_copy)
    assert str(model_copy) in str(raised.value)


def test_a_copy_elsewhere_gives_the_same_vectors(encoder: OnnxEncoder, model_copy: Path) -> None:
    other = OnnxEncoder(model_copy, threads=1)
    assert other.model_id == encoder.model_id
    texts = TEXTS[:6]
    np.testing.assert_allclose(other.embed_queries(texts), encoder.embed_queries(texts), atol=1e-5)


def test_a_process_that_embeds_imports_neither_torch_nor_transformers() -> None:
    program = """if True:
        import sys
        from embeddings.onnx_encoder import OnnxEncoder
        assert not {"onnxruntime", "tokenizers"} & sys.modules.keys(), "importing must be cheap"
        OnnxEncoder().embed_queries(["海南"])
        print(sorted({"torch", "transformers", "sentence_transformers"} & sys.modules.keys()))
    """
    run = subprocess.run(
        [sys.executable, "-c", program],
        cwd=Path(__file__).parents[1],
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout.strip() == "[]"


@pytest.fixture(scope="module")
def reference(fp32_folder: Path) -> SentenceTransformerEmbedder:
    return SentenceTransformerEmbedder(str(fp32_folder))


@pytest.mark.slow
@pytest.mark.parametrize(
    "texts",
    [
        pytest.param(_sentences((SEEDS / "000_0d02d2a521107c27.txt").read_text()), id="document 0"),
        pytest.param(_sentences((SEEDS / "002_d65e332f203accaa.txt").read_text()), id="document 2"),
        pytest.param(ENGLISH, id="English"),
    ],
)
def test_int8_agrees_with_fp32(
    built_folder: Path, reference: SentenceTransformerEmbedder, texts: list[str]
) -> None:
    teacher = OnnxEncoder(built_folder / "int8")
    for own, other in (
        (teacher.embed_passages(texts), reference.embed_passages(texts)),
        (teacher.embed_queries(texts), reference.embed_queries(texts)),
    ):
        cosines = (own * other).sum(axis=1)
        assert cosines.min() >= 0.995, texts[int(cosines.argmin())]
        assert cosines.mean() >= 0.999


@pytest.mark.slow
def test_a_sentence_in_its_passage_is_near_where_the_teacher_puts_it_alone(
    encoder: OnnxEncoder, reference: SentenceTransformerEmbedder
) -> None:
    passages = [
        ReadPassage("", tuple(sentences[start : start + 5]))
        for sentences in (_sentences((SEEDS / "000_0d02d2a521107c27.txt").read_text()), ENGLISH)
        for start in range(0, len(sentences) - 5, 5)
    ]
    own = encoder.embed_with_sentences(passages)
    other = reference.embed_with_sentences(passages)
    for mine, theirs in zip(own, other, strict=True):
        assert (mine * theirs).sum(axis=1).min() >= 0.85
        # Each sentence is nearest to itself, not to the passage that it was read in.
        assert ((mine[1:] @ theirs[1:].T).argmax(axis=1) == np.arange(len(mine) - 1)).all()


@pytest.mark.slow
def test_the_runtime_leaves_no_trace_and_so_sends_nothing(tmp_path: Path) -> None:
    """Its telemetry begins with an id of the device in the home folder; CI alone would stop it."""
    program = "from embeddings.onnx_encoder import OnnxEncoder; OnnxEncoder()"
    variables = {**os.environ, "HOME": str(tmp_path)}
    for name in ("CI", "XDG_CACHE_HOME", "ORT_DISABLE_TELEMETRY"):
        variables.pop(name, None)
    command = [sys.executable, "-c", f"{program}.embed_queries(['q'])"]
    subprocess.run(command, check=True, cwd=ROOT, env=variables)
    assert not list(tmp_path.rglob("*"))

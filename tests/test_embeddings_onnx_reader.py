"""The bundled reader: which sentence answers, in three scripts; fp32 torch as its oracle."""

import hashlib
import json
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pytest
from numpy.typing import NDArray

from embeddings.onnx_encoder import BUNDLED_MODEL, OnnxEncoder
from embeddings.onnx_reader import BUNDLED_READER, READER_FILES, UNREAD, OnnxReader
from embeddings.types import FloatVector, ModelLoadError, Reading, ReadPassage
from embeddings.windows import MAX_CHARACTERS, Integers, windows_to_read

if TYPE_CHECKING:
    from torch import Tensor

ROOT = Path(__file__).parents[1]
WEIGHTS = ROOT / "build" / "reader6-libraries.npz"
"""What the bundled reader was made from; 22 MB that are not in the repository."""

SUZHOU = ReadPassage(
    "苏州市人才租房补贴办法 第六条 补贴标准",
    (
        "本市对符合条件的青年人才发放租房补贴。",
        "博士研究生每月补贴1500元，硕士研究生每月补贴1000元，本科毕业生每月补贴600元。",
        "补贴期限最长不超过三十六个月。",
        "申请人应当通过市人才服务平台提交劳动合同和学历证书。",
        "市人力资源社会保障局负责解释本办法。",
    ),
)
RENT = ReadPassage(
    "新北市租金補貼作業要點 第四點",
    (
        "申請人應為年滿十八歲且設籍本市之國民。",
        "每戶每月補貼新臺幣四千元，單身者減半發給。",
        "申請期間自每年七月一日起至八月三十一日止。",
        "承租公有住宅者不得申請。",
        "審查結果由城鄉發展局以書面通知申請人。",
    ),
)
VISA = ReadPassage(
    "Measures for Stays of Visiting Scholars, Article 9",
    (
        "A host institution files the application on behalf of the scholar.",
        "The permit is valid for ninety days and may be extended once by thirty days.",
        "The fee is 45 dollars and is not refunded.",
        "Scholars may not take up paid work outside the host institution.",
        "Appeals go to the Regional Review Board within two weeks.",
    ),
)
TABLE = ReadPassage(
    "各开发区主要指标 单位：亿元",
    (
        "开发区：东湖；地区生产总值：1320；外资：48",
        "开发区：西江；地区生产总值：865；外资：21",
        "开发区：北岭；地区生产总值：640；外资：9",
    ),
)
PASSAGES = (SUZHOU, RENT, VISA, TABLE)


class Case(NamedTuple):
    """A question, the passage that answers, its sentence, and words of the short answer."""

    id: str
    question: str
    passage: ReadPassage
    right: int
    words: str


CASES = [
    Case("zh-Hans amount", "硕士每个月能拿多少租房补贴？", SUZHOU, 1, "1000元"),
    Case("zh-Hans duration", "租房补贴最多领多久？", SUZHOU, 2, "三十六个月"),
    Case("zh-Hans what", "申请要交哪些材料？", SUZHOU, 3, "劳动合同"),
    # Which cell of the row is asked for, the heads tell (`qa.answers.short`).
    Case("zh-Hans table", "北岭的外资是多少？", TABLE, 2, ""),
    Case("zh-Hant date", "什麼時候可以申請租金補貼？", RENT, 2, "七月一日"),
    Case("zh-Hant who not", "哪些人不能申請？", RENT, 3, "承租公有住宅者"),
    Case("en duration", "How long is the permit valid?", VISA, 1, "ninety days"),
    Case("en whether", "May visiting scholars take up paid work?", VISA, 3, "paid work"),
    Case("zh-Hans which office", "补贴由哪个部门负责解释？", SUZHOU, 4, "社会保障局"),
    Case("Hant asks Hans", "蘇州的碩士每月可領多少補貼？", SUZHOU, 1, "1000元"),
    Case("Hans asks Hant", "每月补贴多少钱？", RENT, 1, "四千元"),
    Case("en asks Hans", "How much does a master's graduate get each month?", SUZHOU, 1, "元"),
    Case("en asks Hant", "Until when can one apply each year?", RENT, 2, "八月三十一日"),
    Case("Hans asks en", "费用是多少？", VISA, 2, "45 dollars"),
    Case("Hant asks en", "許可的有效期多長？", VISA, 1, "ninety days"),
]
QUESTIONS = [case.question for case in CASES]
each_case = pytest.mark.parametrize("case", CASES, ids=[case.id for case in CASES])


@pytest.fixture(scope="module")
def reader(encoder: OnnxEncoder) -> OnnxReader:
    return OnnxReader(encoder=encoder)


def _same(one: Reading, other: Reading, tolerance: float = 0) -> None:
    np.testing.assert_allclose(one.sentence_scores, other.sentence_scores, atol=tolerance)
    np.testing.assert_allclose(one.yes_no, other.yes_no, atol=tolerance)
    assert one.none_score == pytest.approx(other.none_score, abs=tolerance)
    for own, its in zip(one.spans, other.spans, strict=True):
        assert (own.sentence, own.start, own.end) == (its.sentence, its.start, its.end)
        assert own.score == pytest.approx(its.score, abs=tolerance)


@each_case
def test_the_right_sentence_wins(reader: OnnxReader, case: Case) -> None:
    (reading,) = reader.read(case.question, [case.passage])
    assert int(reading.sentence_scores.argmax()) == case.right
    span = reading.span
    assert span is not None
    assert span.sentence == case.right
    assert case.words in case.passage.sentences[case.right][span.start : span.end]


@each_case
def test_a_passage_without_the_answer_scores_lower(reader: OnnxReader, case: Case) -> None:
    sentences = case.passage.sentences
    rest = ReadPassage(case.passage.heading, sentences[: case.right] + sentences[case.right + 1 :])
    others = [passage for passage in PASSAGES if passage is not case.passage]
    whole, *without = reader.read(case.question, [case.passage, rest, *others])
    assert whole.score > max(reading.score for reading in without)


def test_the_heading_tells_which_of_two_equal_passages_is_meant(reader: OnnxReader) -> None:
    twin = ReadPassage(SUZHOU.heading.replace("苏州", "无锡"), SUZHOU.sentences)
    suzhou, wuxi = reader.read("无锡市的硕士每月补贴多少？", [SUZHOU, twin])
    assert wuxi.score > suzhou.score


def test_yes_and_no_are_told_apart(reader: OnnxReader) -> None:
    (no,) = reader.read("May scholars take paid work elsewhere?", [VISA])
    (yes,) = reader.read("Can the permit be extended?", [VISA])
    (neither,) = reader.read("How long is the permit valid?", [VISA])
    assert no.yes_no[1] > no.yes_no[0]
    assert yes.yes_no[0] - yes.yes_no[1] > no.yes_no[0] - no.yes_no[1]
    assert neither.yes_no[2] > max(neither.yes_no[:2])


STRANGE = [
    ReadPassage("", ()),
    ReadPassage("", ("",)),
    ReadPassage("题", ("", "补贴每月1000元。", "   ")),
    ReadPassage("", ("a",)),
    ReadPassage("😀", ("👩‍👩‍👧‍👦补贴🎉每月１０００元。", "😀😀")),
    ReadPassage("ＧＤＰ", ("ＧＤＰ　１２３，全形字。", "mixed 中英 text. And more.")),
    ReadPassage("香" * 5_000, ("香" * 5_000, "补贴每月1000元。")),
    ReadPassage("", tuple(f"Line {number} says word." for number in range(400))),
]


@pytest.mark.parametrize("question", ["", " ", "a", "每月补贴多少？", "😀", "多少" * 3_000])
def test_every_text_is_read_and_every_span_lies_in_its_sentence(
    reader: OnnxReader, question: str
) -> None:
    for passage, reading in zip(STRANGE, reader.read(question, STRANGE), strict=True):
        assert reading.sentence_scores.shape == (len(passage.sentences),)
        assert np.isfinite(reading.sentence_scores).all()
        assert np.isfinite([reading.none_score, *reading.yes_no]).all()
        assert [span.sentence for span in reading.spans] == list(range(len(passage.sentences)))
        for span, sentence in zip(reading.spans, passage.sentences, strict=True):
            assert 0 <= span.start <= span.end <= len(sentence)
            words = sentence[span.start : span.end]
            assert words == words.strip()
            assert bool(words) == bool(sentence.strip())


def test_no_passages_give_no_readings(reader: OnnxReader) -> None:
    assert reader.read("谁？", []) == []


def test_a_sentence_without_words_is_not_read(reader: OnnxReader) -> None:
    (reading,) = reader.read("每月补贴多少？", [ReadPassage("", ("", "补贴每月1000元。"))])
    assert reading.sentence_scores[0] == UNREAD
    assert reading.sentence_scores.argmax() == 1


def test_an_emoji_before_the_span_moves_it_by_its_code_points(reader: OnnxReader) -> None:
    sentence = "👩‍👩‍👧‍👦🎉：硕士研究生每月补贴1000元。"
    (reading,) = reader.read("硕士每月补贴多少？", [ReadPassage("", (sentence,))])
    (span,) = reading.spans
    assert "1000元" in sentence[span.start : span.end]


def test_a_reading_does_not_depend_on_the_passages_beside_it(reader: OnnxReader) -> None:
    passages = [*PASSAGES, *STRANGE[:6]]
    order = np.random.default_rng(7).permutation(len(passages))
    question = "每月补贴多少钱？"
    together = reader.read(question, passages)
    shuffled = reader.read(question, [passages[row] for row in order])
    for row, reading in zip(order, shuffled, strict=True):
        _same(reading, together[row])
    for passage, reading in zip(passages, together, strict=True):
        _same(reader.read(question, [passage])[0], reading)


def test_threads_get_the_readings_that_one_caller_gets(reader: OnnxReader) -> None:
    alone = [reader.read(question, PASSAGES) for question in QUESTIONS[:4]]
    with ThreadPoolExecutor(4) as pool:
        again = list(pool.map(lambda question: reader.read(question, PASSAGES), QUESTIONS[:4] * 3))
    for number, readings in enumerate(again):
        for one, other in zip(readings, alone[number % 4], strict=True):
            _same(one, other)


@pytest.mark.parametrize("place", [0, 30, 59])
def test_a_passage_longer_than_a_window_is_read_to_its_end(reader: OnnxReader, place: int) -> None:
    filler = [
        f"第{number}号仓库位于港区，占地{number * 7}亩，由管委会统一管理。" for number in range(60)
    ]
    filler[place] = "硕士研究生每月租房补贴为1000元。"
    (reading,) = reader.read("硕士每月的租房补贴是多少？", [ReadPassage("", tuple(filler))])
    assert int(reading.sentence_scores.argmax()) == place


def test_the_end_of_a_sentence_longer_than_a_window_is_read(reader: OnnxReader) -> None:
    long = "市政府采取了多项措施，" * 60 + "硕士研究生每月租房补贴为1000元。"
    passage = ReadPassage("", ("本办法自公布之日起施行。", long, "附件另发。"))
    (reading,) = reader.read("硕士每月的租房补贴是多少？", [passage])
    span = reading.span
    assert span is not None
    assert span.sentence == 1
    assert "1000元" in long[span.start : span.end]


def test_a_passage_of_any_length_costs_what_its_beginning_costs(reader: OnnxReader) -> None:
    def read(sentences: tuple[str, ...]) -> tuple[Reading, float]:
        started = time.perf_counter()
        (reading,) = reader.read("when?", [ReadPassage("", sentences)])
        return reading, time.perf_counter() - started

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    text = "policy text and more. " * 100_000
    beginning, short_seconds = read((text[:MAX_CHARACTERS],))
    whole, long_seconds = read((text, "never read"))
    np.testing.assert_array_equal(whole.sentence_scores[:1], beginning.sentence_scores)
    assert whole.sentence_scores[1] == UNREAD
    assert long_seconds < 5 * short_seconds + 0.2
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown < 150_000  # kilobytes


def test_many_passages_take_no_more_memory_than_few(reader: OnnxReader) -> None:
    reader.read(QUESTIONS[0], PASSAGES * 2)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    reader.read(QUESTIONS[0], PASSAGES * 40)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 60_000  # kilobytes


@pytest.mark.parametrize("place", range(3))
def test_a_lone_surrogate_is_refused(reader: OnnxReader, place: int) -> None:
    question, heading, sentence = ("\ud800" if number == place else "a" for number in range(3))
    with pytest.raises(ValueError, match=r"lone surrogate U\+D800"):
        reader.read(question, [ReadPassage(heading, (sentence,))])


def test_the_id_names_the_files_by_their_hash(reader: OnnxReader) -> None:
    data = b"".join((BUNDLED_READER / name).read_bytes() for name in READER_FILES)
    digest = hashlib.sha256(data).hexdigest()[:12]
    assert reader.reader_id == f"wenzheng-reader-8-int8@{digest}"


def test_the_card_names_the_files_by_their_hash() -> None:
    card = (BUNDLED_READER / "README.md").read_text(encoding="utf-8")
    for name in READER_FILES:
        assert hashlib.sha256((BUNDLED_READER / name).read_bytes()).hexdigest() in card


def test_a_reader_alone_reads_as_one_beside_the_encoder(reader: OnnxReader) -> None:
    alone = OnnxReader(threads=1)
    for one, other in zip(
        alone.read(QUESTIONS[0], PASSAGES), reader.read(QUESTIONS[0], PASSAGES), strict=True
    ):
        _same(one, other, 1e-3)


def test_reading_imports_neither_torch_nor_transformers() -> None:
    program = """if True:
        import sys
        from embeddings.onnx_reader import OnnxReader
        from embeddings.types import ReadPassage
        assert not {"onnxruntime", "tokenizers"} & sys.modules.keys(), "importing must be cheap"
        OnnxReader().read("海南", [ReadPassage("", ("a",))])
        print(sorted({"onnx", "torch", "transformers"} & sys.modules.keys()))
    """
    command = [sys.executable, "-c", program]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


def _cut(name: str) -> Callable[[Path], None]:
    def act(folder: Path) -> None:
        data = (folder / name).read_bytes()
        (folder / name).write_bytes(data[: len(data) // 2])

    return act


def _for_another_encoder(folder: Path) -> None:
    fields = json.loads((folder / "reader.json").read_text())
    (folder / "reader.json").write_text(json.dumps({**fields, "encoder": "other@123"}))


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(shutil.rmtree, id="no folder"),
        *(
            pytest.param(lambda folder, name=name: (folder / name).unlink(), id=f"no {name}")
            for name in (*READER_FILES, "reader.json")
        ),
        *(
            pytest.param(_cut(name), id=f"{name} cut short")
            for name in (*READER_FILES, "reader.json")
        ),
        pytest.param(_for_another_encoder, id="of another encoder"),
        pytest.param(lambda folder: (folder / "reader.json").write_text("[]"), id="another form"),
    ],
)
def test_a_damaged_reader_is_named_with_the_remedy(
    tmp_path: Path, damage: Callable[[Path], None]
) -> None:
    folder = tmp_path / "reader"
    shutil.copytree(BUNDLED_READER, folder)
    damage(folder)
    with pytest.raises(ModelLoadError, match="python -m embeddings build-reader") as raised:
        OnnxReader(folder)
    assert str(folder) in str(raised.value)


def test_a_damaged_encoder_is_named_as_such(tmp_path: Path) -> None:
    with pytest.raises(ModelLoadError, match="The embedding model in"):
        OnnxReader(encoder_folder=tmp_path)


def _random_weights(file: Path) -> None:
    """Write a reader of two layers that was never trained."""
    generator = np.random.default_rng(3)
    shapes = {"qkv": (1152, 384), "o": (384, 384), "f1": (1536, 384), "f2": (384, 1536)}
    heads = {"sent.0": (384, 768), "sent.2": (2, 384), "null": (1, 384)}
    heads |= {"span": (2, 384), "yn": (3, 384)}
    weights: dict[str, NDArray[np.float64]] = {}
    for number in range(2):
        heads |= {f"layers.{number}.{name}": shape for name, shape in shapes.items()}
        for norm in ("n1", "n2"):
            weights[f"layers.{number}.{norm}.weight"] = np.ones(384)
            weights[f"layers.{number}.{norm}.bias"] = np.zeros(384)
    for name, shape in heads.items():
        weights[f"{name}.weight"] = generator.normal(0, shape[1] ** -0.5, shape)
        weights[f"{name}.bias"] = generator.normal(0, 0.02, shape[0])
    np.savez(file, allow_pickle=False, **weights)


class _Oracle:
    """The reader in fp32 torch, in the words of the training program; the word table is int8."""

    def __init__(self, weights: Path, encoder: OnnxEncoder) -> None:
        from embeddings.building.trained_layers import read_tables, read_weights

        self.weights = read_weights(weights)
        self.words, self.places, norm = read_tables(BUNDLED_MODEL)
        self.weights = {**self.weights, "norm.weight": norm["weight"], "norm.bias": norm["bias"]}
        self.layers = sum(name.endswith("qkv.bias") for name in self.weights)
        self.tokenizer = encoder.tokenizer

    def linear(self, name: str, x: "Tensor") -> "Tensor":
        from torch.nn.functional import linear

        return linear(x, self.weights[f"{name}.weight"], self.weights[f"{name}.bias"])

    def norm(self, name: str, x: "Tensor") -> "Tensor":
        from torch.nn.functional import layer_norm

        weight, bias = (self.weights[f"{name}.{part}"] for part in ("weight", "bias"))
        return layer_norm(x, (384,), weight, bias, 1e-12)

    def hidden(self, ids: Integers) -> "Tensor":
        import torch
        from torch.nn import functional

        x = torch.from_numpy(self.words[ids] + self.places[: len(ids)])
        x = self.norm("norm", x)
        for layer in (f"layers.{number}" for number in range(self.layers)):
            heads = self.linear(f"{layer}.qkv", x).view(len(x), 3, 12, 32).permute(1, 2, 0, 3)
            mixed = functional.scaled_dot_product_attention(*heads.unsqueeze(1))[0]
            mixed = mixed.transpose(0, 1).reshape(len(x), 384)
            x = self.norm(f"{layer}.n1", x + self.linear(f"{layer}.o", mixed))
            inner = functional.gelu(self.linear(f"{layer}.f1", x))
            x = self.norm(f"{layer}.n2", x + self.linear(f"{layer}.f2", inner))
        return x

    def read(self, question: str, passage: ReadPassage) -> tuple[FloatVector, list[float], str]:
        """Return the sentences' scores, none with no and yes, and the best sentence's span."""
        import torch
        from torch.nn import functional

        (window,) = windows_to_read(self.tokenizer, question, [passage])
        x = self.hidden(window.ids)
        sentences = range(len(passage.sentences))
        tokens = [window.first + np.flatnonzero(window.numbers == number) for number in sentences]
        means = torch.stack([x[places].mean(0) for places in tokens])
        pairs = torch.cat([means, x[:1].expand_as(means)], -1)
        logits = self.linear("sent.2", functional.gelu(self.linear("sent.0", pairs)))[:, 0]
        none = self.linear("null", x[0])
        best = int(logits.argmax())
        begin, end = self.linear("span", x[tokens[best]]).T.tolist()
        count = range(len(begin))
        start, last = max(
            ((i, j) for i in count for j in count if i <= j),
            key=lambda ij: begin[ij[0]] + end[ij[1]],
        )
        bounds = window.bounds[window.numbers == best]
        words = passage.sentences[best][bounds[start, 0] : bounds[last, 1]].strip()
        scores: FloatVector = (logits - none).numpy()
        return scores, [none.item(), *self.linear("yn", x[0]).tolist()], words


@pytest.fixture(scope="module", params=["random", "trained"])
def both(
    request: pytest.FixtureRequest, encoder: OnnxEncoder, tmp_path_factory: pytest.TempPathFactory
) -> tuple[OnnxReader, _Oracle]:
    """An int8 reader and the fp32 weights that it was made from."""
    if request.param == "trained":
        if not WEIGHTS.is_file():
            pytest.skip(f"the weights of the bundled reader are not at {WEIGHTS}")
        return OnnxReader(encoder=encoder), _Oracle(WEIGHTS, encoder)
    folder = tmp_path_factory.mktemp("reader")
    _random_weights(folder / "random.npz")
    command = [sys.executable, "-m", "embeddings", "build-reader", str(folder / "random.npz")]
    subprocess.run([*command, "--output", str(folder)], cwd=ROOT, check=True, capture_output=True)
    return OnnxReader(folder, encoder=encoder), _Oracle(folder / "random.npz", encoder)


@pytest.mark.slow
def test_int8_agrees_with_fp32(both: tuple[OnnxReader, _Oracle]) -> None:
    reader, oracle = both
    apart: list[float] = []
    for question in QUESTIONS:
        for passage, reading in zip(PASSAGES, reader.read(question, PASSAGES), strict=True):
            scores, others, _ = oracle.read(question, passage)
            apart += np.abs(reading.sentence_scores - scores).tolist()
            yes, no, neither = reading.yes_no
            own = [reading.none_score, no, yes, neither]
            apart += np.abs(np.subtract(own, others)).tolist()
    assert np.mean(apart) < 0.1
    assert np.max(apart) < 1


@pytest.mark.slow
@pytest.mark.parametrize("both", ["trained"], indirect=True)  # without training all is near a tie
def test_int8_chooses_as_fp32_does(both: tuple[OnnxReader, _Oracle]) -> None:
    reader, oracle = both
    same_sentence, same_span, correlations = [], [], []
    for case in CASES:
        (reading,) = reader.read(case.question, [case.passage])
        scores, _, words = oracle.read(case.question, case.passage)
        span = reading.span
        assert span is not None
        same_sentence.append(span.sentence == scores.argmax())
        same_span.append(case.passage.sentences[span.sentence][span.start : span.end] == words)
        correlations.append(np.corrcoef(reading.sentence_scores, scores)[0, 1])
    assert np.mean(same_sentence) >= 0.95
    assert np.mean(same_span) >= 0.85
    assert np.mean(correlations) >= 0.99


@pytest.mark.slow
def test_building_again_gives_the_bundled_reader(tmp_path: Path) -> None:
    if not WEIGHTS.is_file():
        pytest.skip(f"the weights of the bundled reader are not at {WEIGHTS}")
    command = [sys.executable, "-m", "embeddings", "build-reader", str(WEIGHTS)]
    subprocess.run([*command, "--output", str(tmp_path)], cwd=ROOT, check=True, capture_output=True)
    built, bundled = (
        json.loads((folder / "reader.json").read_text()) for folder in (tmp_path, BUNDLED_READER)
    )
    assert built["table"] == bundled["table"]
    if built["built_with"] == bundled["built_with"]:
        assert built == bundled


@pytest.mark.slow
def test_a_file_without_weights_ends_with_status_1(tmp_path: Path) -> None:
    for number, data in enumerate((b"not weights", b"PK")):
        file = tmp_path / f"{number}.npz"
        file.write_bytes(data)
        command = [sys.executable, "-m", "embeddings", "build-reader", str(file)]
        run = subprocess.run(
            [*command, "--output", str(tmp_path / "out")],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        assert run.returncode == 1
        assert f"{file} does not hold the weights of a reader" in run.stderr
        assert "Traceback" not in run.stderr

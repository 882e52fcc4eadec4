"""Training reader and encoder: what is read, that they learn, and go on where they were stopped."""

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from embeddings.model_files import load_tokenizer
from embeddings.onnx_encoder import BUNDLED_MODEL, TOKENIZER_FILE
from embeddings.types import ModelLoadError

if TYPE_CHECKING:
    from torch import Tensor

torch = pytest.importorskip("torch")

from embeddings.building.packs import Pack  # noqa: E402
from embeddings.building.train_encoder import Encoder, Passages, train_encoder  # noqa: E402
from embeddings.building.train_reader import train_reader, with_all_heads  # noqa: E402
from embeddings.building.trained_layers import (  # noqa: E402
    Weights,
    bert_of,
    keep_layers,
    layers_of,
    read_weights,
)
from embeddings.building.training import Course  # noqa: E402
from embeddings.building.training_data import NEITHER, Tasks, collate  # noqa: E402

PASSAGES = [
    {
        "heading": "夜校补贴办法",
        "sentences": ["夜校向职工开放。", "每门课收费二百元。"],
        "answers": [1],
        "span": [1, 5, 8],
    },
    {"heading": "图书馆规定", "sentences": ["借书不收费。"], "answers": [], "span": None},
    {"heading": "", "sentences": ["The pool is closed."], "answers": [], "span": None},
]


@pytest.fixture
def tasks(tmp_path: Path) -> Path:
    file = tmp_path / "tasks.jsonl"
    lines = [
        {"question": "一门课多少钱？", "yes": None, "passages": PASSAGES},
        {"question": "Is the pool open?", "yes": False, "passages": PASSAGES[1:]},
    ]
    file.write_text("\n".join(json.dumps(line, ensure_ascii=False) for line in lines), "utf-8")
    return file


def untrained(shapes: Mapping[str, tuple[int, int]], *, layers: int, wide: int) -> Weights:
    """Random weights of linear maps of these shapes, below them some layers."""
    generator = np.random.default_rng(3)
    own = {"qkv": (1152, 384), "o": (384, 384), "f1": (wide, 384), "f2": (384, wide)}
    weights: dict[str, Tensor] = {}
    for number in range(layers):
        shapes = {**shapes} | {f"layers.{number}.{name}": shape for name, shape in own.items()}
        for norm in (f"layers.{number}.n1", f"layers.{number}.n2"):
            weights |= {f"{norm}.weight": torch.ones(384), f"{norm}.bias": torch.zeros(384)}
    for name, shape in shapes.items():
        values = generator.normal(0, shape[1] ** -0.5, shape).astype(np.float32)
        weights |= {
            f"{name}.weight": torch.from_numpy(values),
            f"{name}.bias": torch.zeros(shape[0]),
        }
    return weights


@pytest.fixture
def start(tmp_path: Path) -> Path:
    """The weights of a reader of one layer that was never trained, with the older heads."""
    heads = {"sent.0": (384, 768), "sent.2": (1, 384), "null": (1, 384), "span": (2, 384)}
    weights = untrained(heads | {"yn": (2, 384)}, layers=1, wide=48)
    file = tmp_path / "start.npz"
    np.savez(file, allow_pickle=False, **{name: value.numpy() for name, value in weights.items()})
    return file


@pytest.fixture
def teacher() -> Weights:
    return untrained({}, layers=2, wide=48)


def a_pack(file: Path) -> Path:
    """A pack with one question, its right and a wrong passage, and one that none answers."""
    arrays = {
        "qi": [5, 6, 7],
        "qo": [0, 2, 3],
        "ti": [8],
        "to": [0, 1],
        "pt": [0, 0],
        "pi": [10, 11, 12, 13, 14],
        "po": [0, 3, 5],
        "si": [0, 0, 1, 0, 0],
        "qs": [[0, -1, 0, 0, 0, 1, 0, 1], [1, 1, 0, 0, 0, 0, 1, 1], [1, 1, 1, 0, 0, 0, 1, 1]],
        "pos": [[0, 1, 2]],
        "neg": [1, 0],
        "bits": [1],
    }
    typed = {name: np.array(values) for name, values in arrays.items()}
    np.savez(file, srcs=np.array(["ours", "qed_nq"]), allow_pickle=False, **typed)
    return file


def test_a_task_is_its_right_passages_and_some_wrong_ones(tasks: Path) -> None:
    tokenizer = load_tokenizer(BUNDLED_MODEL / TOKENIZER_FILE)
    chance = np.random.default_rng(1)
    groups = [Tasks([tasks], tokenizer).group(chance, texts=2) for _ in range(20)]
    assert {group.yes for group in groups} == {NEITHER, 0}
    for group in groups:
        assert len(group.texts) == 2
        for text in group.texts:
            assert len(text.ids) == len(text.numbers)
            if text.answers:
                assert text.answers == (2,)
                words = tokenizer.decode(text.ids[text.span[0] : text.span[1] + 1].tolist())
                assert words.replace(" ", "") == "二百元"
    batch = collate(groups)
    assert batch.answers.sum(1).tolist() == [1] * len(batch.ids)
    assert set(batch.group.tolist()) == set(range(20))


def test_the_right_place_may_be_silent_and_another_year_is_not_answered(tmp_path: Path) -> None:
    asked = {"question": "2024年一门课多少钱？", "yes": None, "passages": PASSAGES}
    file = tmp_path / "year.jsonl"
    file.write_text(json.dumps(asked, ensure_ascii=False), "utf-8")
    tokenizer = load_tokenizer(BUNDLED_MODEL / TOKENIZER_FILE)
    tasks, chance = Tasks([file], tokenizer), np.random.default_rng(1)
    seen = set()
    for _ in range(300):
        texts = tasks.group(chance, texts=4).texts
        read = [tokenizer.decode(text.ids.tolist()).replace(" ", "") for text in texts]
        answered = any(text.answers for text in texts)
        if read[0].count("多少钱") > 1:  # asked after itself
            continue
        seen.add((answered, "2024" in read[0], any("二百元" in text for text in read)))
        if not answered:
            assert all(text.span == (-1, -1) for text in texts)
    # As it stands, with its answer taken out, and of another year.
    assert seen == {(True, True, True), (False, True, False), (False, False, True)}


def test_a_pack_gives_its_questions_but_not_those_without_a_licence(tmp_path: Path) -> None:
    pack = Pack(a_pack(tmp_path / "pack.npz"))
    chance = np.random.default_rng(2)
    groups = [pack.group(chance, texts=3) for _ in range(30)]
    answered = [group for group in groups if any(text.answers for text in group.texts)]
    assert 0 < len(answered) < len(groups)
    (first, *_) = answered[0].texts
    assert first.ids.tolist() == [0, 5, 6, 2, 8, 2, 10, 11, 12, 2]
    assert first.numbers.tolist() == [0, 0, 0, 0, 0, 0, 1, 1, 2, 0]
    assert (first.answers, first.span) == ((1,), (7, 8))


@pytest.mark.slow
def test_what_is_learnt_is_written_and_taken_up_again(
    tasks: Path, start: Path, tmp_path: Path
) -> None:
    output, seen = tmp_path / "out" / "new.npz", []
    output.parent.mkdir()

    def report(read: int, total: int, _: float, losses: Mapping[str, float]) -> None:
        seen.append((read, total, losses["sentence"]))

    train_reader(start, [tasks], [], output, Course(texts=24, batch=12), report=report)
    first = len(seen)
    with np.load(output) as stored:
        assert stored["sent.2.weight"].shape == (2, 384)
        assert stored["yn.weight"].shape == (3, 384)
        assert np.isfinite(stored["layers.0.qkv.weight"]).all()
    train_reader(start, [tasks], [], output, Course(texts=48, batch=12), report=report)
    assert seen[first][0] > seen[first - 1][0]  # it did not begin again
    assert seen[-1][:2] == (48, 48)


def test_older_weights_get_the_heads_that_they_lack() -> None:
    old = {"sent.2.weight": torch.ones(1, 2), "sent.2.bias": torch.ones(1)}
    old |= {"yn.weight": torch.ones(2, 2), "yn.bias": torch.zeros(2)}
    found = with_all_heads(old)
    assert [len(found[name]) for name in ("sent.2.weight", "yn.bias")] == [2, 3]
    assert with_all_heads(found)["yn.weight"].equal(found["yn.weight"])


def test_what_are_no_weights_is_told(tasks: Path, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.npz"
    np.savez(wrong, x=np.ones(1))
    with pytest.raises(ModelLoadError, match="does not hold the weights"):
        train_reader(
            wrong, [tasks], [], tmp_path / "n.npz", Course(texts=1), report=lambda *_: None
        )


def test_a_passage_is_read_with_sentences_under_its_title_and_a_question(tmp_path: Path) -> None:
    passages = Passages([Pack(a_pack(tmp_path / "pack.npz"))], prefix=[3])
    drawn = passages.batches(np.random.default_rng(1), 2)
    batches = [next(drawn) for _ in range(40)]
    titled = next(batch for batch in batches if (batch.passages[:, 2] == 8).all())
    assert titled.passages.tolist() == [[0, 3, 8, 13, 14, 2, 1], [0, 3, 8, 10, 11, 12, 2]]
    assert titled.numbers.tolist() == [[0, 0, 0, 1, 1, 0, 0], [0, 0, 0, 1, 1, 2, 0]]
    sentences = dict(
        zip(map(tuple, titled.places.tolist()), titled.sentences.tolist(), strict=True)
    )
    assert sentences == {
        (0, 1): [0, 3, 8, 13, 14, 2],
        (1, 1): [0, 3, 8, 10, 11, 2],
        (1, 2): [0, 3, 8, 12, 2, 1],
    }
    assert (titled.questions.tolist(), titled.owners.tolist()) == ([[0, 5, 6, 2]], [1])
    bare = sum(int((batch.passages[:, 2] != 8).sum()) for batch in batches)
    assert 8 <= bare <= 32  # a quarter of eighty


def test_all_passages_come_in_turn(tmp_path: Path) -> None:
    pack = Pack(a_pack(tmp_path / "pack.npz"))
    drawn = Passages([pack, pack], prefix=[]).batches(np.random.default_rng(1), 1)
    lengths = [int((next(drawn).numbers > 0).sum()) for _ in range(4)]
    assert sorted(lengths) == [2, 2, 3, 3]


def test_an_example_asks_about_the_passage_that_answers_it(tmp_path: Path) -> None:
    with np.load(a_pack(tmp_path / "pack.npz")) as stored:
        arrays = {name: stored[name] for name in ("qi", "qo", "ti", "to", "pt", "pi", "po", "si")}
    examples = np.array([[0, 1, 0, -1, 0, 1], [1, 0, 0, -1, -1, -1]])
    file = tmp_path / "examples.npz"
    np.savez(file, allow_pickle=False, ex=examples, bits=np.array([1, 0]), **arrays)
    assert Pack(file).questions() == {1: [0]}


@pytest.mark.slow
def test_the_encoder_learns_its_teachers_vectors_and_goes_on(
    teacher: Weights, tmp_path: Path
) -> None:
    packs, output, seen = [a_pack(tmp_path / "pack.npz")], tmp_path / "out" / "new.npz", []

    def report(read: int, total: int, _: float, losses: Mapping[str, float]) -> None:
        seen.append((read, total, losses["passage"]))

    for texts in (20, 40):
        course = Course(texts=texts, batch=2, learning_rate=1e-3, warm_up=1)
        train_encoder(teacher, packs, output, course, report=report)
    assert [read for read, _, _ in seen] == list(range(2, 42, 2))  # it did not begin again
    assert seen[-1][1] == 40
    ids = torch.tensor([[0, 8, 10, 11, 12, 2]])
    right, before, after = (
        Encoder(weights, BUNDLED_MODEL).vectors(ids)[0].detach()
        for weights in (teacher, keep_layers(teacher, range(1, 2, 2)), read_weights(output))
    )
    assert 1 - float(after @ right) < 0.5 * (1 - float(before @ right))
    assert seen[-1][2] < seen[0][2]


@pytest.mark.slow
def test_what_another_training_kept_is_not_taken_up(teacher: Weights, tmp_path: Path) -> None:
    packs, output = [a_pack(tmp_path / "pack.npz")], tmp_path / "new.npz"
    course = Course(texts=2, batch=2)
    train_encoder(teacher, packs, output, course, report=lambda *_: None)
    larger = untrained({}, layers=4, wide=48)
    with pytest.raises(ModelLoadError, match=r"new\.pt was kept by another training"):
        train_encoder(larger, packs, output, course, report=lambda *_: None)


def test_a_file_that_is_no_pack_is_told(teacher: Weights, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.npz"
    np.savez(wrong, qi=np.ones(1))
    with pytest.raises(ModelLoadError, match=r"wrong\.npz does not hold passages .*lacks bits, pi"):
        train_encoder(teacher, [wrong], tmp_path / "n.npz", Course(texts=1), report=lambda *_: None)


def test_layers_that_are_kept_are_numbered_anew() -> None:
    weights = {f"layers.{number}.qkv.bias": torch.tensor([number]) for number in range(12)}
    found = keep_layers(weights | {"null.bias": torch.ones(1)}, [0, 5, 10])
    assert [found[f"layers.{number}.qkv.bias"].item() for number in range(3)] == [0, 5, 10]
    assert len(found) == 4
    with pytest.raises(ValueError, match="its layers are 0 to 11"):
        keep_layers(weights, [3, 12])


@pytest.mark.slow
def test_padded_batches_give_what_is_exported(teacher: Weights) -> None:
    texts = [[0, 8, 10, 11, 12, 2], [0, 5, 2], [0, 700, 701, 702, 703, 704, 705, 2]]
    ids = torch.tensor([text + [1] * (8 - len(text)) for text in texts])
    bert = bert_of(teacher, BUNDLED_MODEL)
    found = Encoder(teacher, BUNDLED_MODEL).requires_grad_(False).vectors(ids)
    for text, vector in zip(texts, found, strict=True):
        alone = bert(input_ids=torch.tensor([text]))[0][0].mean(0)
        assert torch.nn.functional.cosine_similarity(alone, vector, dim=0) > 0.999  # bfloat16
    again = layers_of(bert)
    assert again.keys() == teacher.keys()
    assert all(again[name].equal(value) for name, value in teacher.items())


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::DeprecationWarning")
def test_the_command_trains_from_a_teachers_folder(tmp_path: Path) -> None:
    from sentence_transformers import SentenceTransformer
    from tokenizers import Tokenizer, models
    from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

    plain, folder, output = (str(tmp_path / name) for name in ("plain", "teacher", "new.npz"))
    config = BertConfig(vocab_size=8, hidden_size=384, num_hidden_layers=2, intermediate_size=48)
    BertModel(config).save_pretrained(plain)
    pieces = [("<s>", 0.0), ("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0)]
    words = Tokenizer(models.Unigram(pieces, unk_id=3))
    special = {"unk_token": "<unk>", "pad_token": "<pad>"}
    PreTrainedTokenizerFast(tokenizer_object=words, **special).save_pretrained(plain)
    SentenceTransformer(plain, device="cpu").save(folder)
    pack = a_pack(tmp_path / "pack.npz")
    given: list[str | Path] = [pack, "--teacher", folder, "--output", output]
    run = subprocess.run(
        [sys.executable, "-m", "embeddings", "train-encoder", *given, "--passages=4", "--batch=2"],
        cwd=Path(__file__).parents[1],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (run.returncode, run.stdout) == (0, f"weights in {output}\n"), run.stderr
    bert = bert_of(read_weights(Path(output)), BUNDLED_MODEL)
    assert len(bert.encoder.layer) == 1

"""Training the reader: what is read, that it learns, and that it goes on where it was stopped."""

import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from embeddings.model_files import load_tokenizer
from embeddings.onnx_encoder import BUNDLED_MODEL, TOKENIZER_FILE
from embeddings.types import ModelLoadError

torch = pytest.importorskip("torch")

from embeddings.building.packs import Pack  # noqa: E402
from embeddings.building.train_reader import train_reader, with_all_heads  # noqa: E402
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


@pytest.fixture
def start(tmp_path: Path) -> Path:
    """The weights of a reader of one layer that was never trained, with the older heads."""
    generator = np.random.default_rng(3)
    shapes = {"qkv": (1152, 384), "o": (384, 384), "f1": (1536, 384), "f2": (384, 1536)}
    heads = {"sent.0": (384, 768), "sent.2": (1, 384), "null": (1, 384), "span": (2, 384)}
    heads |= {"yn": (2, 384)} | {f"layers.0.{name}": shape for name, shape in shapes.items()}
    weights: dict[str, NDArray[np.float64]] = {}
    for norm in ("n1", "n2"):
        weights |= {f"layers.0.{norm}.weight": np.ones(384), f"layers.0.{norm}.bias": np.zeros(384)}
    for name, shape in heads.items():
        weights[f"{name}.weight"] = generator.normal(0, shape[1] ** -0.5, shape)
        weights[f"{name}.bias"] = np.zeros(shape[0])
    file = tmp_path / "start.npz"
    np.savez(file, allow_pickle=False, **weights)
    return file


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

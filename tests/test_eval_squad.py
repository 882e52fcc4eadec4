import json
import re
import zlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from embeddings.types import FloatMatrix, Progress
from eval.__main__ import main
from eval.questions import InputFileError
from eval.squad import METRICS, pair_files, read_squad, run_squad, squad_json

EN = {
    "Trade": [
        ("Exports of the zones grew quickly.", ["What grew quickly?", "Whose exports grew?"]),
        ("The plan has sixteen measures.", ["How many measures?"]),
    ],
    "Places": [
        ("Suzhou lies beside a lake.", ["Where is Suzhou?"]),
        # The same paragraph again, with another question.
        ("The plan has sixteen measures.", ["What has sixteen measures?"]),
        ("Nobody asks about this paragraph.", []),
    ],
}
ZH = {
    "贸易": [
        ("经开区的出口增长很快。", ["什么增长很快？", "谁的出口增长？"]),
        ("方案有十六项措施。", ["有多少项措施？"]),
        ("蘇州在湖邊。", ["蘇州在哪裡？", "什么有十六项措施？"]),
    ]
}

Articles = dict[str, list[tuple[str, list[str]]]]


class WordEmbedder:
    """A text's vector counts its words, hashed: texts that share words are near."""

    model_id = "words"
    dimension = 512

    def embed_queries(self, texts: Sequence[str]) -> FloatMatrix:
        vectors = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for row, text in enumerate(texts):
            for word in re.findall(r"\w+", text.lower()):
                vectors[row, zlib.crc32(word.encode()) % self.dimension] += 1
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        return vectors

    def embed_passages(
        self, texts: Sequence[str], *, progress: Progress | None = None
    ) -> FloatMatrix:
        if progress:
            progress(len(texts))
        return self.embed_queries(texts)


def write(path: Path, articles: Articles) -> Path:
    data = [
        {
            "title": title,
            "paragraphs": [
                {
                    "context": context,
                    "qas": [{"id": f"{title}{q}", "question": q, "answers": []} for q in questions],
                }
                for context, questions in paragraphs
            ],
        }
        for title, paragraphs in articles.items()
    ]
    path.write_text(json.dumps({"version": "1.1", "data": data}), encoding="utf-8")
    return path


def test_questions_go_with_the_paragraphs_of_the_other_file(tmp_path: Path) -> None:
    en, zh = write(tmp_path / "en.json", EN), write(tmp_path / "zh.json", ZH)
    squad = pair_files(en, zh)
    assert len(squad.paragraphs) == 5
    assert list(zip(squad.questions, squad.paragraph_of, strict=True)) == [
        ("什么增长很快？", "Exports of the zones grew quickly."),
        ("谁的出口增长？", "Exports of the zones grew quickly."),
        ("有多少项措施？", "The plan has sixteen measures."),
        ("蘇州在哪裡？", "Suzhou lies beside a lake."),
        ("什么有十六项措施？", "The plan has sixteen measures."),
    ]


def test_the_paragraph_that_shares_the_words_comes_first(tmp_path: Path) -> None:
    path = write(tmp_path / "en.json", EN)
    stages: list[tuple[str, int, int]] = []
    report = run_squad(
        pair_files(path, path), WordEmbedder(), progress=lambda *stage: stages.append(stage)
    )
    assert (report.passages, report.questions) == (4, 5)  # a paragraph given twice is one passage
    assert [searcher.name for searcher in report.searchers] == ["dense", "keyword", "hybrid"]
    for searcher in report.searchers:
        assert {m: searcher.intervals[m].value for m in METRICS} == dict.fromkeys(METRICS, 1.0)
    assert stages[-1] == ("searching", 3, 3)


def test_a_wrong_order_of_questions_is_measured_as_such(tmp_path: Path) -> None:
    """Every question is asked of another paragraph, so no gold passage can be first."""
    one = write(
        tmp_path / "one.json", {"": [("alpha beta", ["gamma"]), ("gamma delta", ["alpha"])]}
    )
    report = run_squad(pair_files(one, one), WordEmbedder())
    dense, keyword, hybrid = report.searchers
    for searcher in (dense, hybrid):
        assert searcher.intervals["hit@1"].value == 0
        assert searcher.intervals["hit@5"].value == 1
        assert searcher.intervals["mrr"].value == 0.5
    assert keyword.intervals["hit@5"].value == 0  # it leaves out passages that share no word


def test_limit_asks_the_first_questions_over_all_passages(tmp_path: Path) -> None:
    path = write(tmp_path / "en.json", EN)
    report = run_squad(pair_files(path, path), WordEmbedder(), limit=2)
    assert (report.passages, report.questions) == (4, 2)
    assert report.searchers[0].intervals["mrr"].questions == 2


def test_the_json_has_the_promised_form(tmp_path: Path) -> None:
    path = write(tmp_path / "en.json", EN)
    record = json.loads(squad_json(run_squad(pair_files(path, path), WordEmbedder())))
    assert record.keys() == {"passages", "questions", "searchers"}
    assert record["passages"] == 4
    assert record["questions"] == 5
    assert record["searchers"][2] == {
        "name": "hybrid",
        "hit@1": 1.0,
        "hit@5": 1.0,
        "mrr": 1.0,
        "ndcg@10": 1.0,
        "ci95": {metric: [1.0, 1.0] for metric in METRICS},
    }


MALFORMED = [
    (b"\xff\xfe\x00", "not JSON"),
    (b"{", "not JSON"),
    (b"[]", "not SQuAD format: no list 'data'"),
    (b'{"data": {}}', "not SQuAD format: no list 'data'"),
    (b'{"data": []}', "no questions"),
    (b'{"data": [{"title": "t"}]}', "data[0]: not SQuAD format: no list 'paragraphs'"),
    (b'{"data": [{"paragraphs": [3]}]}', "data[0].paragraphs[0]: not SQuAD format: no text 'con"),
    (b'{"data": [{"paragraphs": [{"context": " ", "qas": []}]}]}', "no text 'context'"),
    (b'{"data": [{"paragraphs": [{"context": "c"}]}]}', "no list 'qas'"),
    (
        b'{"data": [{"paragraphs": [{"context": "c", "qas": [{"question": 1}]}]}]}',
        "data[0].paragraphs[0].qas[0]: not SQuAD format: no text 'question'",
    ),
]


@pytest.mark.parametrize(("content", "reason"), MALFORMED)
def test_a_file_of_another_format_is_named(tmp_path: Path, content: bytes, reason: str) -> None:
    path = tmp_path / "bad.json"
    path.write_bytes(content)
    with pytest.raises(InputFileError, match=re.escape(f"{path}: ")) as caught:
        read_squad(path)
    assert reason in str(caught.value)


def test_wrong_input_ends_with_status_2_and_a_message(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good, missing = write(tmp_path / "en.json", EN), tmp_path / "missing.json"
    shorter = write(tmp_path / "short.json", {"": [("c", ["q"])]})
    for questions, reason in ((missing, "No such file"), (shorter, "1 questions, but ")):
        status = main(["squad", "--passages", str(good), "--questions", str(questions), "--json"])
        output = capsys.readouterr()
        assert status == 2
        assert output.out == ""
        assert str(questions) in output.err
        assert reason in output.err


@pytest.mark.parametrize("limit", ["0", "-1", "x", "1.5"])
def test_a_limit_that_is_no_number_is_refused(limit: str) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["squad", "--passages", "a", "--questions", "b", "--limit", limit])
    assert caught.value.code == 2


@pytest.mark.slow
def test_the_command_prints_json_only(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    en, zh = write(tmp_path / "en.json", EN), write(tmp_path / "zh.json", ZH)
    status = main(
        ["squad", "--passages", str(zh), "--questions", str(en), "--json", "--limit", "4"]
    )
    record = json.loads(capsys.readouterr().out)
    assert status == 0
    assert (record["passages"], record["questions"]) == (3, 4)
    assert [searcher["name"] for searcher in record["searchers"]] == ["dense", "keyword", "hybrid"]
    assert record["searchers"][0]["hit@1"] >= 0.75  # across languages, three passages


@pytest.mark.slow
def test_the_command_prints_a_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    en = write(tmp_path / "en.json", EN)
    assert main(["squad", "--passages", str(en), "--questions", str(en)]) == 0
    output = capsys.readouterr().out
    assert "5 questions, 4 passages" in output
    assert "hybrid" in output

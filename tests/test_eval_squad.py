import json
import re
import zlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from embeddings.types import FloatMatrix, Progress, ReadPassage
from eval.__main__ import main
from eval.questions import InputFileError
from eval.squad import METRICS, run_squad, squad_json, squad_snapshot
from eval.squad_files import Paragraph, SquadFile, mix_files, pair_files, read_squad, without_titles

EN = {
    "Trade": [
        ("Exports of the zones grew quickly.", ["What grew quickly?", "Whose exports grew?"]),
        ("The plan has sixteen measures.", ["How many measures?"]),
    ],
    "Places": [
        ("Suzhou lies beside a lake.", ["Where is Suzhou?"]),
        # The same paragraph again, under another title, with another question.
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

    def embed_with_sentences(
        self, passages: Sequence[ReadPassage], *, progress: Progress | None = None
    ) -> list[FloatMatrix]:
        if progress:
            progress(len(passages))
        return [self.embed_queries([" ".join(p.sentences), *p.sentences]) for p in passages]


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
    paragraphs = [paragraph.text for paragraph in squad.paragraph_of]
    assert list(zip(squad.questions, paragraphs, strict=True)) == [
        ("什么增长很快？", "Exports of the zones grew quickly."),
        ("谁的出口增长？", "Exports of the zones grew quickly."),
        ("有多少项措施？", "The plan has sixteen measures."),
        ("蘇州在哪裡？", "Suzhou lies beside a lake."),
        ("什么有十六项措施？", "The plan has sixteen measures."),
    ]


def test_the_paragraph_that_shares_the_words_comes_first(tmp_path: Path) -> None:
    path = write(tmp_path / "en.json", EN)
    stages: list[tuple[str, int, int]] = []
    squad = without_titles(pair_files(path, path))
    report = run_squad(squad, WordEmbedder(), progress=lambda *stage: stages.append(stage))
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


TITLES = [
    ("Super_Bowl_50", "Super Bowl 50", ""),
    ("中华人民共和国民法典第五十四条", "中华人民共和国民法典", "第五十四条"),
    ("刑法第一百三十三条之一", "刑法", "第一百三十三条之一"),
    ("民法第184條", "民法", "第184條"),
    ("第七条", "", "第七条"),
    ("关于第三条的说明", "关于第三条的说明", ""),
    (" ", "", ""),
    (None, "", ""),
]


@pytest.mark.parametrize(("given", "title", "label"), TITLES)
def test_a_title_is_read_with_the_number_of_an_article(
    tmp_path: Path, given: str | None, title: str, label: str
) -> None:
    paragraphs = [{"context": "c", "qas": [{"question": "q"}]}]
    path = tmp_path / "one.json"
    path.write_text(json.dumps({"data": [{"title": given, "paragraphs": paragraphs}]}))
    assert read_squad(path).paragraphs == (Paragraph("c", title, label),)


def test_the_paragraphs_of_a_title_are_one_document(tmp_path: Path) -> None:
    squad = read_squad(write(tmp_path / "en.json", EN))
    snapshot = squad_snapshot(squad, WordEmbedder())
    assert [document.title for document in snapshot.documents] == ["Trade", "Places"]
    texts = {document.id: document.text for document in snapshot.documents}
    assert [p.text for p in snapshot.passages] == [p.text for p in squad.paragraphs]
    assert all(texts[p.document_id][p.start : p.end] == p.text for p in snapshot.passages)
    assert len({p.id for p in snapshot.passages}) == 5  # one of them stands under two titles


def test_a_title_in_two_languages_is_two_documents() -> None:
    paragraphs = (Paragraph("Suzhou lies there.", "Suzhou"), Paragraph("苏州在那里。", "Suzhou"))
    squad = SquadFile(paragraphs, (), (), ())
    snapshot = squad_snapshot(squad, WordEmbedder())
    assert [document.language for document in snapshot.documents] == ["en", "zh-Hans"]


def test_articles_keep_their_numbers() -> None:
    paragraphs = (Paragraph("甲", "民法典", "第二条"), Paragraph("甲", "民法典", "第三条"))
    snapshot = squad_snapshot(SquadFile(paragraphs, (), (), ()), WordEmbedder())
    assert [passage.label for passage in snapshot.passages] == ["第二条", "第三条"]
    assert len({passage.id for passage in snapshot.passages}) == 2


def test_a_question_belongs_to_its_paragraph_under_its_own_title(tmp_path: Path) -> None:
    articles: Articles = {"One": [("alpha", ["beta"])], "Two": [("alpha", ["gamma"])]}
    squad = read_squad(write(tmp_path / "one.json", articles))
    assert squad.paragraph_of == (Paragraph("alpha", "One"), Paragraph("alpha", "Two"))
    assert run_squad(squad, WordEmbedder()).passages == 2
    assert run_squad(without_titles(squad), WordEmbedder()).passages == 1


def test_a_mixed_corpus_has_the_titles_of_both_files(tmp_path: Path) -> None:
    en = write(tmp_path / "en.json", {"A": [("alpha", ["a"])], "B": [("beta", ["b"])]})
    zh = write(tmp_path / "zh.json", {"甲": [("阿尔法", ["一"])], "乙": [("贝塔", ["二"])]})
    squad = mix_files(en, zh)
    assert [(p.title, p.text) for p in squad.paragraphs] == [("A", "alpha"), ("乙", "贝塔")]
    assert squad.questions == ("一", "b")


def test_limit_asks_the_first_questions_over_all_passages(tmp_path: Path) -> None:
    path = write(tmp_path / "en.json", EN)
    report = run_squad(pair_files(path, path), WordEmbedder(), limit=2)
    assert (report.passages, report.questions) == (5, 2)
    assert report.searchers[0].intervals["mrr"].questions == 2


def test_the_json_has_the_promised_form(tmp_path: Path) -> None:
    path = write(tmp_path / "en.json", EN)
    squad = without_titles(pair_files(path, path))
    record = json.loads(squad_json(run_squad(squad, WordEmbedder())))
    assert record.keys() == {"passages", "questions", "searchers"}
    assert record["passages"] == 4
    assert record["questions"] == 5
    assert record["searchers"][2] == {
        "name": "hybrid",
        "hit@1": 1.0,
        "hit@5": 1.0,
        "hit@10": 1.0,
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
    assert "5 questions, 5 passages" in output
    assert "hybrid" in output

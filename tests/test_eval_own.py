"""Questions of one's own: drafts that documents suggest, and asking them of an index."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from commands import use_own_folders
from fakes import make_document

from eval.__main__ import _BASELINE, command, main
from eval.library.drafting import draft_questions
from eval.library.gold import parse_question
from eval.library.own import read_own_gold
from eval.questions import InputFileError, find_places
from qa.assistant import load_embedder
from qa.index.building import index_paths
from qa.types import Document, Language

RULES = """# 青山市设备补贴办法

## 第一章 总则

第一条 按设备投资额的12%给予补贴，单个项目最高800万元。

第二条 申请人应当在6月30日前申报。逾期不予受理。

## 第二章 补贴标准

| 用户 | 价格 | 说明 |
|---|---|---|
| 居民 | 24元 | 无 |
| 商业 | 39元 | 含税 |

## 问1：要交什么材料？

答：营业执照和发票。
"""
GUIDE = """# Grant guide

## 1. Who may apply

Any farm of more than five hectares.

## 2. Introduction

Article 6 The grant is paid within 30 days.
"""
TRADITIONAL = """# 綠水市供熱價格公告

## 一、價格

居民每平方公尺24元。
"""


def made(text: str, source: str, language: Language = Language.SIMPLIFIED) -> Document:
    return replace(make_document(text, source), language=language)


DOCUMENTS = [
    made(RULES, "rules.md"),
    made(GUIDE, "guide.md", Language.ENGLISH),
    made(TRADITIONAL, "prices.md", Language.TRADITIONAL),
]


def asked(documents: list[Document], count: int = 100) -> dict[str, tuple[str, tuple[str, ...]]]:
    return {
        draft.question: (draft.evidence, draft.answer_all)
        for draft in draft_questions(documents, count)
    }


def test_articles_headings_rows_and_questions_suggest_drafts() -> None:
    title = DOCUMENTS[0].title or "rules.md"
    drafts = asked(DOCUMENTS[:1])
    assert drafts["要交什么材料？"] == ("答：营业执照和发票。", ())
    assert drafts[f"《{title}》第二条是怎么规定的？"][0].endswith("逾期不予受理。")
    row = "| 商业 | 39元 | 含税 |"
    assert drafts[f"《{title}》中，商业的“价格”是多少？"] == (row, ("39元",))
    assert not [question for question in drafts if "总则" in question or "说明" in question]


def test_drafts_are_in_the_language_of_their_document() -> None:
    titles = [document.title or document.source for document in DOCUMENTS]
    english, traditional = asked(DOCUMENTS[1:2]), asked(DOCUMENTS[2:])
    assert f'What does "{titles[1]}" say about "Who may apply"?' in english
    assert not [question for question in english if "Introduction" in question]
    assert list(traditional) == [f"《{titles[2]}》對「價格」是怎麼說的？"]


def test_each_draft_is_a_line_of_a_gold_file_whose_evidence_stands_in_its_document() -> None:
    sources = {document.source: document for document in DOCUMENTS}
    drafts = draft_questions(DOCUMENTS, 100)
    assert {draft.kind for draft in drafts} == {"article", "heading", "table_cell", "question"}
    for number, draft in enumerate(drafts, start=1):
        record = draft.record(number)
        assert record["draft"] is True
        question = parse_question(json.dumps(record), "here")
        (source,), (evidence,) = question.files, question.evidence
        assert find_places(sources[source], evidence)


def test_drafts_are_as_many_as_asked_and_of_every_document() -> None:
    drafts = draft_questions(DOCUMENTS, 3)
    assert [draft.source for draft in drafts] == ["rules.md", "guide.md", "prices.md"]
    assert drafts == draft_questions(DOCUMENTS, 3)
    assert draft_questions([], 3) == []
    assert draft_questions([make_document("天气很好。", "a.txt")], 3) == []


LINE: dict[str, Any] = {
    "id": "1",
    "lang": "zh-Hans",
    "kind": "figure",
    "question": "单个项目最高补贴多少？",
    "file": "rules.md",
    "evidence": "单个项目最高800万元",
    "answer_all": ["800万"],
}
NO_ANSWER = {**LINE, "id": "2", "question": "谁赢得了1966年世界杯？", "unanswerable": True}
NO_ANSWER |= {"file": [], "evidence": [], "answer_all": []}


def write_gold(path: Path, *lines: dict[str, Any]) -> Path:
    text = "".join(f"{json.dumps(line, ensure_ascii=False)}\n" for line in lines)
    path.write_text(text, encoding="utf-8")
    return path


def test_drafts_are_left_out_until_they_are_corrected(tmp_path: Path) -> None:
    draft = {**LINE, "id": "3", "draft": True}
    gold = write_gold(tmp_path / "my.jsonl", LINE, draft)
    found = read_own_gold(gold, with_drafts=False)
    assert ([question.id for question in found.questions], found.drafts) == (["1"], 1)
    found = read_own_gold(gold, with_drafts=True)
    assert ([question.id for question in found.questions], found.drafts) == (["1", "3"], 0)


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        ([{**LINE, "draft": True}], "all 1 questions are drafts; correct them"),
        ([], "no questions"),
        ([LINE, LINE], ":2: id '1' is also used at "),
        ([{**LINE, "file": ""}], ":1: an answerable question needs a file and evidence"),
    ],
)
def test_what_is_wrong_with_a_gold_file_is_named(
    tmp_path: Path, lines: list[dict[str, Any]], reason: str
) -> None:
    gold = write_gold(tmp_path / "my.jsonl", *lines)
    with pytest.raises(InputFileError) as caught:
        read_own_gold(gold, with_drafts=False)
    assert str(caught.value).startswith(str(gold))
    assert reason in str(caught.value)


def test_a_template_to_fill_needs_no_index_and_replaces_no_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    gold = tmp_path / "new" / "my.jsonl"
    assert main(["init", "--empty", "--gold", str(gold)]) == 0
    assert "Wrote 2 drafts" in capsys.readouterr().out
    written = gold.read_bytes()
    assert [json.loads(line)["draft"] for line in written.splitlines()] == [True, True]
    assert len(read_own_gold(gold, with_drafts=True).questions) == 2
    assert main(["init", "--empty", "--gold", str(gold)]) == 2
    assert "it exists, and is left as it is" in capsys.readouterr().err
    assert gold.read_bytes() == written


def test_the_project_s_baseline_is_not_overwritten(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = _BASELINE.read_bytes()
    gold = write_gold(tmp_path / "my.jsonl", LINE)
    arguments = ["run", "--gold", str(gold), "--index", str(tmp_path)]
    assert main([*arguments, "--save-baseline", str(_BASELINE)]) == 2
    assert "it is that of the project's own questions" in capsys.readouterr().err
    assert _BASELINE.read_bytes() == before


@pytest.mark.slow
def test_own_questions_are_drafted_asked_and_compared(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    use_own_folders(tmp_path, monkeypatch)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "rules.md").write_text(RULES, encoding="utf-8")
    index_paths([tmp_path / "rules.md"], tmp_path / "index", load_embedder())
    (tmp_path / "wenzheng.toml").write_text("index = 'index'\n", encoding="utf-8")
    assert command(["init"]) == 0
    drafts = (tmp_path / "gold.jsonl").read_text(encoding="utf-8").splitlines()
    assert len(drafts) == 5
    gold = write_gold(tmp_path / "my.jsonl", LINE, NO_ANSWER, json.loads(drafts[0]))

    assert command(["run", "--gold", str(gold), "--save-baseline", "--json", "all.json"]) == 0
    shown = capsys.readouterr().out
    assert "Drafts not asked: 1" in shown
    baseline = json.loads((tmp_path / "my.baseline.json").read_text(encoding="utf-8"))
    assert {one["id"]: one["outcome"] for one in baseline["questions"]} == {
        "1": "right",
        "2": "rightly refused",
    }
    record = json.loads((tmp_path / "all.json").read_text(encoding="utf-8"))
    assert [one["id"] for one in record["libraries"][0]["questions"]] == ["1", "2"]
    assert command(["run", "--gold", str(gold), "--compare"]) == 0
    assert "0 worse, 0 mixed, 0 better, 2 unchanged" in capsys.readouterr().out

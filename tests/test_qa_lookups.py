"""What is looked up: articles, the imprint of documents; and that headings are never an answer."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from fakes import make_document

from embeddings.onnx_encoder import OnnxEncoder
from qa.assistant import Assistant, load_reader
from qa.corpus.files import find_files, read_document
from qa.corpus.passages import split_document
from qa.corpus.structure import parse
from qa.index.building import make_snapshot, seed_folder
from qa.types import ANSWERING, Answer, BlockKind, Document, Message, Status, Version

ROOT = Path(__file__).parent.parent
POLICIES = ROOT.parent / "shared" / "bench" / "policies"

RULES = """青澜市数据局文件

青数规〔2024〕7号

青澜市公共数据管理办法

各有关单位：

第一章 总则

第一条 为规范公共数据管理，制定本办法。

第二条 公共数据应当：
（一）依法采集；
（二）按时更新；
（三）安全保存。

第二章 附则

第三条 本办法自2024年9月1日起施行，有效期5年。

青澜市数据局
2024年8月15日
"""
FEES = "档次\t比例\t限额\n一档\t6%\t60万元\n二档\t7%\t200万元\n"


@pytest.fixture(scope="module")
def encoder() -> OnnxEncoder:
    return OnnxEncoder()


def assistant_of(documents: list[Document], encoder: OnnxEncoder) -> Assistant:
    splits = [split for document in documents for split in split_document(document)]
    snapshot = make_snapshot(documents, splits, encoder)
    return Assistant(snapshot, encoder, reader=load_reader(encoder))


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory, encoder: OnnxEncoder) -> Assistant:
    folder = tmp_path_factory.mktemp("library")
    (folder / "办法.txt").write_text(RULES, encoding="utf-8")
    (folder / "档次.txt").write_text(f"技改奖补档次通知\n\n档次如下：\n\n{FEES}", encoding="utf-8")
    documents = [read_document(file) for file in find_files([folder])[0]]
    return assistant_of(documents, encoder)


def ask(assistant: Assistant, question: str) -> Answer:
    return assistant.ask([Message("user", question)])


def test_an_article_is_given_whole_with_its_place(library: Assistant) -> None:
    answer = ask(library, "公共数据管理办法第二条是什么？")
    assert answer.status is Status.GROUNDED
    assert [c.cited_text for c in answer.citations] == [
        "第二条 公共数据应当：",
        "（一）依法采集；",
        "（二）按时更新；",
        "（三）安全保存。",
    ]
    assert {(c.label, c.path) for c in answer.citations} == {("第二条", ("第一章 总则",))}
    for citation in answer.citations:
        text = library.document(citation.document_id).text
        assert text[citation.start_char : citation.end_char] == citation.cited_text


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("公共数据管理办法第九十九条？", "《青澜市公共数据管理办法》共3条，没有第99条。"),
        ("公共數據管理辦法第九十九條？", "《青澜市公共数据管理办法》共3條，沒有第99條。"),
    ],
)
def test_an_article_that_is_not_there_is_said_so(
    library: Assistant, question: str, said: str
) -> None:
    answer = ask(library, question)
    assert (answer.status, answer.text, answer.citations) == (Status.NO_ANSWER, said, ())


@pytest.mark.parametrize(
    ("question", "cited"),
    [
        ("青澜市公共数据管理办法的文号是多少？", "青数规〔2024〕7号"),
        ("青瀾市公共數據管理辦法是哪個部門發布的？", "青澜市数据局"),
        ("青澜市公共数据管理办法什么时候发布的？", "2024年8月15日"),
        ("青澜市公共数据管理办法什么时候施行？", "第三条 本办法自2024年9月1日起施行，有效期5年。"),
        (
            "青澜市公共数据管理办法有效期到什么时候？",
            "第三条 本办法自2024年9月1日起施行，有效期5年。",
        ),
    ],
)
def test_what_a_document_says_of_itself(library: Assistant, question: str, cited: str) -> None:
    answer = ask(library, question)
    assert answer.status is Status.GROUNDED
    assert answer.citations[0].cited_text == cited


def test_a_row_is_read_with_its_heads_and_cited_as_it_stands(library: Assistant) -> None:
    (best, *_) = library.sentences("二档的比例和限额是多少？", 1)
    assert best.cited_text == "二档\t7%\t200万元"
    assert best.reading == "档次：二档；比例：7%；限额：200万元"


def test_a_citation_says_what_is_in_force(encoder: OnnxEncoder) -> None:
    old, new = (
        replace(make_document(f"夜间经济补贴为每月{amount}元。"), title=title, issued=issued)
        for amount, title, issued in (
            ("五百", "青澜市夜间经济补贴办法", "2021-05-01"),
            ("八百", "青澜市夜间经济补贴办法（2024年修订）", "2024-05-01"),
        )
    )
    assistant = assistant_of([old, new], encoder)
    (now, *_) = assistant.sentences("青澜市夜间经济补贴每月多少元？", 1)
    assert (now.document_id, now.version) == (new.id, Version.CURRENT)
    (then, *_) = assistant.sentences("青澜市2021年的夜间经济补贴每月多少元？", 1)
    assert (then.document_id, then.version) == (old.id, Version.SUPERSEDED)
    assert then.replaced_by == new.id


def kinds_cited(assistant: Assistant, question: str) -> set[BlockKind]:
    """The kinds of the blocks in which an answer's sentences begin."""
    found = set()
    for citation in ask(assistant, question).citations:
        blocks = parse(assistant.document(citation.document_id).text)
        found |= {b.kind for b in blocks if b.start <= citation.start_char < b.end}
    return found


@pytest.mark.slow
def test_no_answer_to_a_gold_question_is_a_heading(encoder: OnnxEncoder) -> None:
    documents = [read_document(file) for file in find_files([seed_folder()])[0]]
    assistant = assistant_of(documents, encoder)
    for path in (ROOT / "eval" / "gold").glob("[ez]*.jsonl"):
        for line in path.read_text(encoding="utf-8").splitlines():
            question = json.loads(line)["question"]
            assert kinds_cited(assistant, question) <= ANSWERING, question


@pytest.mark.slow
@pytest.mark.skipif(not POLICIES.exists(), reason="the development documents are not here")
def test_no_answer_over_the_development_documents_is_a_heading(encoder: OnnxEncoder) -> None:
    from qa.questions.imprint import asked_imprint

    documents = [read_document(file) for file in find_files([POLICIES / "docs"])[0]]
    assistant = assistant_of(documents, encoder)
    for line in (POLICIES / "gold.jsonl").read_text(encoding="utf-8").splitlines():
        question = json.loads(line)["question"]
        if not asked_imprint(question):
            assert kinds_cited(assistant, question) <= ANSWERING, question

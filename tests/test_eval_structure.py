"""What `benchmarks/structure.py` finds whole, and what it does not."""

import importlib.util
import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from fakes import make_document

from qa.types import Passage

ROOT = Path(__file__).parents[1]
LAW = """# 青山市公园条例

2021年3月1日 青山市人民代表大会常务委员会公布

<!-- INFO END -->

## 第一章 总则

第一条 为了管理公园，制定本条例。

第二条 申请人应当具备下列条件：

（一）年满十八岁；

（二）在本市有住所。

## 第二章 附则

第三条 本条例自2021年5月1日起施行。
"""


@pytest.fixture(scope="module")
def structure() -> ModuleType:
    """The script as a module."""
    spec = importlib.util.spec_from_file_location("structure", ROOT / "benchmarks/structure.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # where its dataclasses look themselves up
    spec.loader.exec_module(module)
    return module


def measure(folder: Path) -> dict[str, Any]:
    command = [sys.executable, "benchmarks/structure.py", "--json", str(folder)]
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, encoding="utf-8")
    record: dict[str, Any] = json.loads(done.stdout)
    return record


@pytest.mark.slow
def test_a_law_is_whole(tmp_path: Path) -> None:
    (tmp_path / "公园条例(2021-03-01).md").write_text(LAW, encoding="utf-8")
    record = measure(tmp_path)
    figures = record["figures"]
    assert figures["titles"] == {"right": 1, "of": 1}
    assert figures["dates"] == {"right": 1, "of": 1}
    assert figures["articles"] == {"right": 3, "of": 3}
    assert figures["items with their lead-in"] == {"right": 2, "of": 2}
    assert record["failures"] == []


@pytest.mark.slow
def test_an_article_that_is_too_long_has_its_passages_for_itself(tmp_path: Path) -> None:
    sentence = "公园管理机构应当按照规定维护设施，保持环境整洁，并接受公众的监督和查询。"
    paragraphs = "\n\n".join([sentence * 5] * 7)
    text = f"# 公园细则\n\n第一条 {paragraphs}\n\n第二条 本细则自公布之日起施行。\n"
    (tmp_path / "公园细则.md").write_text(text, encoding="utf-8")
    figures = measure(tmp_path)["figures"]
    assert figures["long articles"] == {"right": 1, "of": 1}
    assert figures["articles"] == {"right": 1, "of": 1}
    assert "dates" not in figures  # the file's name has none


TWO = "# 园规\n\n第一条 甲须：\n\n（一）乙；\n\n第二条 丙。\n"


@pytest.mark.parametrize(
    ("ends", "path", "articles", "items"),
    [
        (["（一）乙；", "第二条 丙。"], (), [True, True], [True]),
        (["# 园规", "（一）乙；", "第二条 丙。"], (), [True, True], [True]),
        (["第二条 丙。"], (), [False, False], [True]),  # both in one passage
        (["甲须：", "第二条 丙。"], (), [False, False], [False]),  # the item with what is below it
        (["甲须：", "（一）乙；", "第二条 丙。"], (), [False, True], [False]),
        (["甲须：", "（一）乙；", "第二条 丙。"], ("第一条 甲须：",), [False, True], [True]),
    ],
)
def test_what_is_not_whole_is_named(
    structure: ModuleType,
    ends: Sequence[str],
    path: tuple[str, ...],
    articles: list[bool],
    items: list[bool],
) -> None:
    document, passages, start = make_document(TWO, "园规(2021-03-02).md"), [], 0
    for last in ends:
        end = TWO.index(last, start) + len(last)
        text = TWO[start:end].strip()
        passages.append(
            Passage(str(start), document.id, 1, start, end, text, document.language, path)
        )
        start = end
    found = list(structure.findings(document, passages))
    assert [f.is_right for f in found if f.figure == "articles"] == articles
    assert [f.is_right for f in found if f.figure == "items with their lead-in"] == items
    assert [(f.is_right, f.seen) for f in found[:2]] == [
        (False, "Title of 园规(2021-03-02).md"),
        (False, "2025-05-21"),
    ]

"""Texts become trees of blocks: documents of every form, made by hand, then any text."""

import doctest
import time

import pytest
from fakes import LONG_LINES, texts
from hypothesis import given

import qa.corpus.structure
import qa.corpus.tables
from qa.corpus.structure import parse
from qa.language.text import squash
from qa.types import Block, BlockKind

MEASURE = """某市工业局文件

某工信规〔2025〕3号

关于印发《某市设备补贴办法》的通知

各县（市、区）工信主管部门：
　　现将《某市设备补贴办法》印发给你们。

第一章　总则
　　第一条　为规范管理，制定本办法。
　　第二条　申报企业应当符合下列条件：
　　（一）依法纳税；
　　（二）项目已备案，
建设期不超过24个月。
　　第三条规定的企业不受此限。
第二章　附则
　　第三条　本办法自2025年4月1日起施行。

某市工业局　某市财政局
2025年3月10日
"""

TAIWAN = """瀛海市設備補助作業要點

中華民國113年3月15日瀛市經產字第1130042178號函訂定

一、本府為鼓勵汰換設備，特訂定本要點。
二、補助標準如下：
（一）一般設備：百分之三十。
（二）節能設備：百分之四十五。
三、本要點自即日起施行。
"""

ENGLISH = """# Port of Eastmere: Tariff Notice

**Issued by:** Commercial Department

## 1. Handling

| Item | 20 ft | 40 ft |
|---|---|---|
| Import | £128.00 | £186.00 |
| Empty | £47.00 | £68.00 |

## 2. Who may apply?

An applicant must:

- be registered; and
- have paid its dues.

Article 5. Notices under Article 3 are final.
"""

QUESTIONS = """食肆資助計劃
常見問題

問1：計劃的目的是甚麼？
答：減少碳排放。
問2：由何時開始？
答：2025年1月6日。
"""

LAW = """# 中华人民共和国试验法

2004年12月9日 第十届全国人民代表大会常务委员会第一次会议通过

2005年1月1日 施行

<!-- INFO END -->

## 第一章 总则

第一条 为了试验，制定本法。

第三十五条 本法共有条款若干。

第三十五条之一 补充规定。
"""


def shape(text: str) -> list[tuple[str, str]]:
    return [(block.kind.value, block.label) for block in parse(text)]


def test_the_examples_in_the_docstrings() -> None:
    for module in (qa.corpus.structure, qa.corpus.tables):
        assert doctest.testmod(module).failed == 0


def test_an_official_measure() -> None:
    assert shape(MEASURE) == [
        ("note", ""),
        ("number", ""),
        ("title", ""),
        ("addressee", ""),
        ("paragraph", ""),
        ("heading", "第一章"),
        ("article", "第一条"),
        ("article", "第二条"),
        ("item", "（一）"),
        ("item", "（二）"),
        ("paragraph", ""),  # 第三条规定的… refers to an article and begins none
        ("heading", "第二章"),
        ("article", "第三条"),
        ("signature", ""),
        ("signature", ""),
    ]


def test_blocks_stand_under_one_another() -> None:
    blocks = parse(MEASURE)
    above = {block.label: blocks[block.parent].label for block in blocks if block.parent >= 0}
    assert above["第一条"] == above["第二条"] == "第一章"
    assert above["（一）"] == above["（二）"] == "第二条"
    assert above["第三条"] == "第二章"


def test_clauses_of_a_taiwanese_measure_are_articles() -> None:
    assert shape(TAIWAN) == [
        ("title", ""),
        ("note", ""),
        ("article", "一、"),
        ("article", "二、"),
        ("item", "（一）"),
        ("item", "（二）"),
        ("article", "三、"),
    ]


def test_markdown_in_english() -> None:
    assert shape(ENGLISH) == [
        ("title", ""),
        ("paragraph", ""),
        ("heading", "1."),
        ("header", ""),
        ("header", ""),
        ("row", ""),
        ("row", ""),
        ("heading", "2."),
        ("paragraph", ""),
        ("item", "-"),
        ("item", "-"),
        ("article", "Article 5"),
    ]


def test_questions_are_the_headings_of_their_answers() -> None:
    kinds = [kind for kind, _ in shape(QUESTIONS)]
    assert kinds == ["title", "title", "heading", "paragraph", "heading", "paragraph"]


def test_a_law_with_its_history() -> None:
    assert shape(LAW) == [
        ("title", ""),
        ("note", ""),
        ("note", ""),
        ("note", ""),
        ("heading", "第一章"),
        ("article", "第一条"),
        ("article", "第三十五条"),
        ("article", "第三十五条之一"),
    ]


@pytest.mark.parametrize(
    ("table", "kinds"),
    [
        ("档次\t比例\n一档\t6%\n二档\t7%\n", ["header", "row", "row"]),
        ("环卫工人          450元\n公交驾驶员        400元\n", ["row", "row"]),
        ("| a | b |\n|---|---|\n| 1 | 2 |\n", ["header", "header", "row"]),
        ("单位：万元\n\n指标\t2023年\t2024年\n产值\t11\t12\n", ["header", "header", "row"]),
        ("甲\t1\t2\t3\n乙\t4\n丙\t5\t6\t7\t8\n", ["row", "row", "row"]),  # ragged
    ],
)
def test_tables_in_three_forms(table: str, kinds: list[str]) -> None:
    text = f"标题一则\n\n正文在此，说明下表。\n\n{table}"
    assert [kind for kind, _ in shape(text)][2:] == kinds


@pytest.mark.parametrize("text", [MEASURE, TAIWAN, ENGLISH, QUESTIONS, LAW])
def test_blocks_of_a_document_hold_all_of_it(text: str) -> None:
    check(text, parse(text))


@given(texts)
def test_blocks_hold_every_character_once_and_in_order(text: str) -> None:
    check(text, parse(text))


def check(text: str, blocks: list[Block]) -> None:
    assert "".join(squash(block.text) for block in blocks) == squash(text)
    position = 0
    for number, block in enumerate(blocks):
        assert position <= block.start < block.end
        assert squash(text[block.start : block.end]) == squash(block.text)
        assert -1 <= block.parent < number  # a tree: what a block stands under comes before it
        position = block.end
        if block.kind is BlockKind.ARTICLE:
            assert block.label


@pytest.mark.parametrize("name", LONG_LINES)
def test_a_very_long_line_is_parsed_in_a_moment(name: str) -> None:
    started = time.perf_counter()
    parse(LONG_LINES[name])
    assert time.perf_counter() - started < 5


@pytest.mark.slow
@pytest.mark.parametrize(
    "line",
    ["第一条 甲。\n", "（一）甲；\n", "a\tb\n", "| a |\n", "# 标\n", "1. 甲\n", "问：甲？\n"],
)
def test_many_blocks_take_no_more_than_their_number(line: str) -> None:
    seconds = []
    for count in (1_000, 10_000):
        started = time.perf_counter()
        parse(line * count)
        seconds.append(time.perf_counter() - started)
    assert seconds[1] < 30 * seconds[0] + 1


def test_what_a_reader_extracts_has_a_paragraph_a_line() -> None:
    lines = [
        "停车收费办法",
        "每小时三元的路段由市交通局划定并公",
        "每日二十元的路段由市交通局划定并公",
    ]
    text = "\n\n".join(lines)
    assert [block.text for block in parse(text, wrapped=False)] == lines
    assert len(parse(text)) < len(lines)  # of a text file the lines might run on


def test_a_blank_line_parts_tables() -> None:
    one, other = "| 类 | 费 |\n| --- | --- |\n| 甲 | 1 |", "| 区 | 时 |\n| --- | --- |\n| 东 | 2 |"
    blocks = parse(f"{one}\n\n{other}\n", wrapped=False)
    heads = [block.text for block in blocks if block.kind is BlockKind.HEADER]
    assert heads == ["| 类 | 费 |", "| --- | --- |", "| 区 | 时 |", "| --- | --- |"]
    assert [blocks[b.parent].text for b in blocks if b.kind is BlockKind.ROW] == [
        "| 类 | 费 |",
        "| 区 | 时 |",
    ]


@pytest.mark.parametrize(
    "line", ["抄送：市总工会。", "（此件公开发布）", "临江市商务局办公室 2024年4月20日印发"]
)
def test_who_else_gets_a_document_is_no_answer(line: str) -> None:
    text = f"停车收费办法\n\n第一条 收费每小时三元。\n\n{line}\n"
    assert parse(text, wrapped=False)[-1].kind is BlockKind.NOTE


def kinds(text: str) -> list[tuple[str, str]]:
    return [(block.kind.value, block.text) for block in parse(text, wrapped=False)]


def test_what_is_printed_behind_a_document_is_a_note_to_its_last_line() -> None:
    behind = [
        "主送：各级检察院。",
        "抄送：中央政法委，法工委；",
        "本院领导同志、专职委员；",
        "机关各部门。",
        "最高检察院办公厅　2020年8月3日印发",
    ]
    page = [
        "索 引 号：000014349/2026",
        "发文机关：国务院",
        "标　题：",
        "关于水体的通知",
        "成文日期：2026年7月9日",
    ]
    for lines in (behind, page):
        found = kinds("\n\n".join(["# 甲规则", "第一条 甲。", *lines]))
        assert found[1][0] == "article"
        assert found[2:] == [("note", line) for line in lines]


def test_issuers_and_number_below_the_title_of_what_is_issued_are_no_headings() -> None:
    head = "# 水体方案\n\n生态环境部　水利部\n\n法释〔2014〕10号"
    text = f"# 转发通知\n\n正文如下。\n\n{head}\n\n总体要求\n\n保护水体。"
    assert kinds(text)[2:] == [
        ("heading", "# 水体方案"),
        ("note", "生态环境部　水利部"),
        ("number", "法释〔2014〕10号"),
        ("heading", "总体要求"),
        ("paragraph", "保护水体。"),
    ]


def test_who_signs_a_decree_belongs_to_its_signature() -> None:
    signed = "甲部部长 张 三\n\n乙局局长 李四\n\n2023年7月10日"
    text = f"# 甲办法\n\n现予公布。\n\n{signed}\n\n第一条 甲。"
    assert [kind for kind, _ in kinds(text)[2:5]] == ["signature"] * 3


def test_news_that_begins_with_a_day_is_text() -> None:
    text = "# 招生细则公布\n\n4月28日，甲区公布2026年招生细则。细则明确了时间。\n"
    assert kinds(text)[1][0] == "paragraph"


def test_items_are_known_whatever_follows_their_numbers() -> None:
    lists = [
        "附件：1.指标表",
        "2.分工表",
        "正文如下：",
        "1.80周岁以上的；",
        "2.2024年领金的；",
        "a.甲；",
    ]
    blocks = parse("\n\n".join([*lists, "3.5倍以上。"]), wrapped=False)
    items = [block.label for block in blocks if block.kind is BlockKind.ITEM]
    assert items == ["附件：1.", "2.", "1.", "2.", "a."]


def test_letters_stand_under_the_decimal_number_that_announces_them() -> None:
    blocks = parse("3.2 You may go if:\n(a) it is day;\n(b) it is dry.\n3.3 Else wait.\n")
    assert [blocks[b.parent].label for b in blocks if b.label in ("(a)", "(b)")] == ["3.2", "3.2"]

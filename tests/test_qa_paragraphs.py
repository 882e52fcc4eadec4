"""Lines become paragraphs and headings: the two seeds, layouts made by hand, then any text."""

import doctest
import re
import time
from pathlib import Path

import pytest
from fakes import LONG_LINES, texts
from hypothesis import given

import qa.corpus.paragraphs
from qa.corpus.paragraphs import ARTICLE, Paragraph, split_paragraphs
from qa.index.building import seed_folder
from qa.language.text import squash

PDF_TEXT = "000_0d02d2a521107c27.txt"  # lines of 18 characters, a blank line after each
LINE_TEXT = "002_d65e332f203accaa.txt"  # one paragraph a line


def seed(name: str) -> str:
    return (Path(seed_folder()) / name).read_text(encoding="utf-8")


def marked(text: str) -> list[str]:
    """The reading text of each paragraph, headings marked by "H "."""
    return ["H " * p.is_heading + p.text for p in split_paragraphs(text)]


def test_the_examples_in_the_docstrings() -> None:
    assert doctest.testmod(qa.corpus.paragraphs).failed == 0


def test_the_pdf_text_has_its_headings_and_no_others() -> None:
    paragraphs = split_paragraphs(seed(PDF_TEXT))
    assert [(p.number, p.text) for p in paragraphs if p.is_heading] == [
        (1, "着眼“深化”凸显“第一梯队”责任担当"),
        (16, "释放活力 加快发展新质生产力"),
        (36, "持续探路 勇当改革开放排头兵"),
        # What a newspaper prints first stands at the end of the PDF: dateline and title.
        (49, "新华社北京7月14日电"),
        (50, "为扩大高水平对外开放作出新的示范"),
        (51, "——“中国经济圆桌会”聚焦深化国家级经开区改革创新"),
    ]


def test_the_pdf_text_has_its_paragraphs_whole() -> None:
    paragraphs = split_paragraphs(seed(PDF_TEXT))
    assert len(paragraphs) == 56
    assert [p.number for p in paragraphs] == list(range(1, 57))
    text = {p.number: p.text for p in paragraphs}
    assert text[5] == (
        "40 多年来，国家级经开区由东到西、由点到面，目前已有 232家、遍布 31个省（区、市），"
        "坚守初心使命，持续推进高水平对外开放，促进深层次改革、高质量发展。"
    )
    assert text[17] == "广州经开区，广州实验室坐落于此。"
    assert text[23] == (
        "“国家级经开区产业聚集度高、制造业基础雄厚，具备因地制宜发展新质生产力的良好条件"
        "和基础。”吉小枫说。"
    )
    assert text[53] == (
        "建设国家级经济技术开发区是我国推进改革开放的重要举措。40多年来，国家级经开区坚持扩大开放，"
        "深化改革创新，为开放型经济新体制建设、区域协调发展和产业高质量发展作出了积极贡献。"
    )
    # But for the byline each ends a sentence, so none was broken off.
    ends = re.compile(r"[。！？…][”’）]*$")
    assert [p.number for p in paragraphs if not p.is_heading and not ends.search(p.text)] == [52]


def test_a_number_that_a_line_end_broke_is_joined() -> None:
    assert "遍布 31\n个省" in seed(PDF_TEXT)
    assert any("遍布 31个省" in p.text for p in split_paragraphs(seed(PDF_TEXT)))


def test_a_byline_or_what_stands_in_brackets_heads_nothing() -> None:
    lines = ["甲城日报 2024年11月11日 记者陆思远", "甲局编 2025年3月", "（本文有删减）", "申请条件"]
    found = split_paragraphs("\n".join([*lines, "每人每月一百元。"]), wrapped=False)
    assert [p.text for p in found if p.is_heading] == ["申请条件"]


def test_where_headings_are_marked_a_plain_line_is_none_but_for_captions() -> None:
    marked = ["# 甲报告", "## 一年", "## 二年", "## 三年", "Peter Kyle MP", "表1 主要指标"]
    found = split_paragraphs("\n\n".join([*marked, f"{'这是正文' * 9}。"]), wrapped=False)
    assert [p.text for p in found if p.is_heading] == [*marked[:4], "表1 主要指标"]


def test_a_question_with_quotations_is_a_heading() -> None:
    lines = ["四、查不到“毕业院校”怎么办？能办吗？", "请致电咨询。"]
    assert marked("\n".join(lines)) == [f"H {lines[0]}", lines[1]]


def test_a_reference_to_two_sections_begins_neither() -> None:
    assert not ARTICLE.match("Section 1 and Section 2 above are critical.")
    assert ARTICLE.match("Section 1 Grants are paid yearly.")


def test_the_traditional_text_has_a_paragraph_for_each_line() -> None:
    text = seed(LINE_TEXT)
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    paragraphs = split_paragraphs(text)
    assert [p.text for p in paragraphs] == lines
    assert len(lines) == 86
    assert not any(p.is_heading for p in paragraphs)


@pytest.mark.parametrize("name", [PDF_TEXT, LINE_TEXT])
def test_places_point_into_the_file(name: str) -> None:
    text = seed(name)
    for paragraph in split_paragraphs(text):
        assert squash(text[paragraph.start : paragraph.end]) == squash(paragraph.text)
        assert text[paragraph.start] == paragraph.text[0]
        assert text[paragraph.end - 1] == paragraph.text[-1]


LAYOUTS = {
    "wrapped English, a hyphen and a number at line ends": (
        "The plan sets out sixteen measures in four areas. It asks the\n"
        "zones to go further in opening up, towards an economy of high-\n"
        "tech firms whose output in the year 2024 came to at least 16.9\n"
        "trillion yuan.\n"
        "\n"
        "A second paragraph begins here, and it ends with its own stop.\n",
        [
            "The plan sets out sixteen measures in four areas. It asks the zones to go further in "
            "opening up, towards an economy of high-tech firms whose output in the year 2024 came "
            "to at least 16.9 trillion yuan.",
            "A second paragraph begins here, and it ends with its own stop.",
        ],
    ),
    "wrapped Chinese with indents": (
        "　　国务院近日印发通知，要求各地区各部\n门认真贯彻落实有关政策，加快推进改革开\n"
        "放，不断提高发展质量。\n　　第二段从这里开始，也在同一个地方断\n开，直到句号为止。\n",
        [
            "国务院近日印发通知，要求各地区各部门认真贯彻落实有关政策，加快推进改革开放，"
            "不断提高发展质量。",
            "第二段从这里开始，也在同一个地方断开，直到句号为止。",
        ],
    ),
    "PDF text with carriage returns": (
        "第一段的第一行写到这里就断\r\n\r\n开了，第二行写到这里也断开\r\n\r\n了，直到这里结束。"
        "\r\n\r\n第二段。\r\n",
        ["第一段的第一行写到这里就断开了，第二行写到这里也断开了，直到这里结束。", "第二段。"],
    ),
    "one paragraph a line, numbered headings": (
        "第一章 总则\n第一条 为了规范管理，制定本办法。\n一、总体要求\n坚持改革开放，推动发展。\n"
        "（一）指导思想\n以高水平开放促进改革。\n第二节 二、三产业，并重\n完。\n",
        [
            "H 第一章 总则",
            "第一条 为了规范管理，制定本办法。",
            "H 一、总体要求",
            "坚持改革开放，推动发展。",
            "H （一）指导思想",
            "以高水平开放促进改革。",
            "第二节 二、三产业，并重",
            "完。",
        ],
    ),
    "Traditional Chinese with half-width punctuation": (
        "勇當排頭兵\n經開區有232家,遍布31個省。\n“規模意味著責任。”張彩云說。\n編輯:孫曉萌\n",
        [
            "H 勇當排頭兵",
            "經開區有232家,遍布31個省。",
            "“規模意味著責任。”張彩云說。",
            "編輯:孫曉萌",
        ],
    ),
    "Markdown": (
        "# Title\n\nIntro text.\n\n## Part one\n\n- first item\n- second item\n\n"
        "1. one\n2. two\n\n### 第三部分。\nLast line.\n",
        [
            *("H # Title", "Intro text.", "H ## Part one", "- first item", "- second item"),
            *("1. one", "2. two", "H ### 第三部分。", "Last line."),
        ],
    ),
    "tables": (
        "年份\t数量\n2023\t230\n2024\t232\n| a | b |\n|---|---|\nEast   120\nWest   112\n",
        [
            "年份\t数量",
            "2023\t230",
            "2024\t232",
            "| a | b |",
            "|---|---|",
            "East   120",
            "West   112",
        ],
    ),
    "form feeds between pages": (
        "第一页的文字。\n\x0c第二页的文字。\x0c",
        ["第一页的文字。", "第二页的文字。"],
    ),
    "full width and emoji": (
        "ＣＰＴＰＰ　有１８０家。\n🙂 很好！🙂\n",
        ["ＣＰＴＰＰ　有１８０家。", "🙂 很好！🙂"],
    ),
    "a heading has something below it": ("标题", ["标题"]),
    "an open quotation runs on": (
        "“今天的中国不只是制造大国。\n\n更是消费大国和创新的大国，\n\n这为企业提供了广阔的机遇。”\n\n"
        "某某说，这一点十分的重要，\n\n完。\n",
        [
            "“今天的中国不只是制造大国。更是消费大国和创新的大国，这为企业提供了广阔的机遇。”",
            "某某说，这一点十分的重要，完。",
        ],
    ),
    "empty": ("", []),
    "blank": (" \n\u3000\r\n\x0c", []),
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_layouts(layout: str) -> None:
    text, expected = LAYOUTS[layout]
    assert marked(text) == expected


@given(texts)
def test_paragraphs_hold_every_character_once_and_in_order(text: str) -> None:
    paragraphs = split_paragraphs(text)
    assert "".join(squash(p.text) for p in paragraphs) == squash(text)
    assert [p.number for p in paragraphs] == list(range(1, len(paragraphs) + 1))
    position = 0
    for paragraph in paragraphs:
        assert position <= paragraph.start < paragraph.end
        assert squash(text[paragraph.start : paragraph.end]) == squash(paragraph.text)
        assert paragraph.text == paragraph.text.strip()
        assert len(paragraph.text.splitlines()) == 1
        position = paragraph.end


@given(texts)
def test_a_heading_is_one_line_and_never_the_last(text: str) -> None:
    paragraphs = split_paragraphs(text)
    headings = [p for p in paragraphs if p.is_heading]
    assert all(len(text[p.start : p.end].splitlines()) == 1 for p in headings)
    assert not paragraphs or not paragraphs[-1].is_heading


@pytest.mark.parametrize("name", LONG_LINES)
def test_a_very_long_line_is_one_paragraph_found_in_a_moment(name: str) -> None:
    line = LONG_LINES[name]
    started = time.perf_counter()
    paragraphs = split_paragraphs(line)
    assert time.perf_counter() - started < 5
    assert paragraphs == (
        [Paragraph(number=1, start=0, end=len(line.rstrip()), text=line.strip(), is_heading=False)]
        if line.strip()
        else []
    )


@pytest.mark.slow
@pytest.mark.parametrize("line", ["a\n", "中文短行没有句号\n", "一句。\n\n", "\n", "# 标题\n"])
def test_very_many_lines_take_no_more_than_their_number(line: str) -> None:
    seconds = []
    for count in (2_000, 20_000):
        text = line * count
        started = time.perf_counter()
        split_paragraphs(text)
        seconds.append(time.perf_counter() - started)
    assert seconds[1] < 30 * seconds[0] + 1

"""A conversation taken away: Markdown, Word, a table of citations, paper."""

import csv
import io
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import docx
import pytest
from browsing import Visitor, ask
from fakes import GatedAssistant, make_answer, make_led_answer
from playwright.sync_api import Browser, Page, expect
from serving import served

from api.http.app import create_app
from qa.types import Answer, Document, Version

pytestmark = pytest.mark.slow

QUESTION = "创业补贴是多少？"
FORMULA = '=HYPERLINK("http://evil.example","甲")'
NOTHING = "没有的事？"


def answer_of(question: str) -> Answer:
    """What every question gets: one citation has a formula for a title, one control characters."""
    if question == NOTHING:
        return make_answer(question, "文件没有说明。")
    led = make_led_answer(question)
    first, second, *rest = led.citations
    odd = replace(first, title=FORMULA, label="第六条", version=Version.CURRENT, page=3)
    hidden = replace(second, cited_text="补贴\x08由<b>&\ufffe\u202e区里发放。")
    return replace(led, citations=(odd, hidden, *rest))


class Forgetful(GatedAssistant):
    """Has none of the documents that it cites."""

    def document(self, document_id: str) -> Document:
        raise KeyError(document_id)


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    assistant = Forgetful(answer=answer_of)
    assistant.gate.set()
    with served(create_app(assistant)) as address:
        yield address


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    """A conversation of two questions, asked in Hong Kong."""
    visitor = Visitor(browser, address)
    visitor.may_fail = ["404"]
    page = visitor.visit(locale="zh-CN", timezone="Asia/Hong_Kong")
    page.clock.set_fixed_time("2026-11-26T20:30:00Z")  # the next morning there
    ask(page, QUESTION)
    ask(page, NOTHING)
    yield page
    visitor.close()
    assert visitor.problems == []


def saved(page: Page, format_: str) -> Path:
    with page.expect_download() as found:
        page.locator("#export").click()
        page.locator(f"#formats [value={format_}]").click()
    assert found.value.suggested_filename == f"wenzheng-2026-11-27.{format_}"
    return Path(found.value.path())


def test_markdown_has_the_local_time_and_says_where_there_is_no_answer(page: Page) -> None:
    text = saved(page, "md").read_text(encoding="utf-8")
    assert "\n2026-11-27 04:30\n" in text
    assert f"## {NOTHING}\n\n文件没有说明。\n\n*文件没有回答这个问题*" in text


def test_a_word_file_has_every_turn_in_styles_and_nothing_that_hides(page: Page) -> None:
    written = docx.Document(str(saved(page, "docx")))
    parts = [(one.style.name if one.style else "", one.text) for one in written.paragraphs]
    assert parts[0] == ("Title", "问政对话记录")
    assert parts[1][1] == f"{QUESTION} · 2026-11-27 04:30"
    assert ("Heading 1", QUESTION) in parts
    assert ("Short answer", "每月2000元 [1]") in parts
    assert ("Heading 2", "乙市创业补贴办法（2024）") in parts
    assert ("Item", "• 身份证； [4]") in parts
    assert ("Quote", "补贴␈由<b>&��区里发放。") in parts
    assert any(name == "Source" and FORMULA in text and "第六条" in text for name, text in parts)
    assert sum(name == "Address" and "/documents/" in text for name, text in parts) == 5
    assert parts[-3:] == [
        ("Heading 1", NOTHING),
        ("Answer", "文件没有说明。"),
        ("Note", "文件没有回答这个问题"),
    ]


def test_a_table_has_a_line_a_citation_and_no_formula(page: Page) -> None:
    raw = saved(page, "csv").read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")
    heads, first, *rest = csv.reader(io.StringIO(raw.decode("utf-8-sig"), newline=""))
    assert heads == [
        *("问题", "序号", "文件", "位置", "发布机构", "日期", "效力", "引文", "链接"),
    ]
    known = dict(zip(heads, first, strict=True))
    assert known["文件"] == f"'{FORMULA}"
    assert (known["位置"], known["效力"], known["日期"]) == (
        "第六条 · 第 3 页",
        "现行",
        "2024-03-01",
    )
    assert known["引文"] == "每户每月补贴2000元。"
    assert len(rest) == 4


def test_paper_has_the_answers_with_their_sources_and_no_buttons(page: Page) -> None:
    page.locator(".turn .cite").first.click()  # an open source takes no room on paper
    expect(page.locator("#source .failure")).to_be_visible()
    page.emulate_media(media="print")
    for part in (".question", ".text .short", ".verdict", ".card .title", ".cite .place"):
        expect(page.locator(part).first).to_be_visible()
    for part in ("#source", "#past", ".top", "#composer", ".tools"):
        expect(page.locator(part).first).to_be_hidden()
    assert page.locator("main").evaluate("node => node.getBoundingClientRect().left") < 20
    paper = page.locator("body").evaluate("node => getComputedStyle(node).backgroundColor")
    assert paper == "rgb(255, 255, 255)"

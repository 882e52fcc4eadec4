"""How the text of a file without pages is read: headings, tables and lists without their marks."""

from collections.abc import Iterator

import httpx
import pytest
from browsing import Service, Visitor, ask, assert_accessible, overflow, serving
from playwright.sync_api import expect

from embeddings.onnx_encoder import OnnxEncoder
from qa.index.building import index_paths

pytestmark = pytest.mark.slow

NARROW = 390
QUESTION = "路边停车，小型车每小时收费多少？"
WRITTEN = """<!doctype html><html lang="zh"><title>甲市停车收费标准</title><body>
<h1>甲市停车收费标准</h1><p>路边停车按照下表收费：</p>
<table><tr><th>车型</th><th>每小时收费</th></tr><tr><td>小型车</td><td>五元</td></tr>
<tr><td>大型车</td><td>九元 | 夜间四元</td></tr></table>
<p>办理月票需要：</p><ul><li>身份证；</li><li>行驶证。</li></ul></body></html>
"""
SHAPES = {
    "## 第二章 补贴": ("heading", "第二章 补贴"),
    "#5 bus": ("paragraph", "#5 bus"),
    "- 身份证；": ("item", "身份证；"),
    "- 3 -": ("paragraph", "- 3 -"),
    "-5 degrees": ("paragraph", "-5 degrees"),
    "| 甲 | 😀乙 |": ("row", "甲 · 😀乙"),
    r"| 九 \| 四 |  | 1 |": ("row", "九 | 四 · 1"),
    "| --- | :---: |": ("rule", ""),
    "|": ("paragraph", "|"),
    "| open": ("paragraph", "| open"),
    "|" + " --- |" * 9_999 + "x|": ("row", None),
    "| 甲 |\n| --- |\n| 乙 |": ("row", "甲\n乙"),
}
"""Lines, what they are, and their words."""


@pytest.fixture(scope="module")
def service(encoder: OnnxEncoder, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    folder = tmp_path_factory.mktemp("files")
    (folder / "fees.html").write_text(WRITTEN, encoding="utf-8")
    index_paths([folder], folder / "index", encoder)
    with serving(folder / "index") as running:
        yield running


def test_a_file_without_pages_is_read_as_text_and_can_be_kept(visitor: Visitor) -> None:
    """Its headings, rows and items show without the marks that they have in the text."""
    page = visitor.visit(locale="zh-CN", width=NARROW)
    ask(page, QUESTION).locator(".mark").first.click()
    source = page.locator("#source")
    expect(source.locator(".views")).to_be_hidden()
    expect(source.locator("#download")).to_have_text("下载原件 · HTML")
    expect(source.get_by_role("columnheader")).to_have_text(["车型", "每小时收费"])
    expect(source.get_by_role("cell")).to_have_text(["小型车", "五元", "大型车", "九元 | 夜间四元"])
    expect(source.locator("td mark")).to_have_text(["小型车", "五元"])
    expect(source.locator(".text").get_by_role("heading").first).to_have_text("甲市停车收费标准")
    expect(source.get_by_role("listitem")).to_have_text(["身份证；", "行驶证。"])
    assert_accessible(page)
    assert overflow(page) <= 0


def test_a_line_is_told_by_its_marks(visitor: Visitor) -> None:
    page = visitor.visit()
    read = """async (line) => {
        const { lineShape, plainWords } = await import("/page/shapes.js");
        return [lineShape(line).kind, plainWords(line)];
    }"""
    for line, (kind, words) in SHAPES.items():
        found = page.evaluate(read, line)
        if "\n" not in line:
            assert found[0] == kind, line[:40]
        assert words is None or found[1] == words, line[:40]


def test_cited_words_are_marked_in_their_cells_and_the_words_that_decide_in_them(
    visitor: Visitor,
) -> None:
    page = visitor.visit()
    text = "# 😀标题\n\n| 车型 | 收费 |\n| --- | --- |\n| 小型车 | 五元 \\| 夜间四元 |\n"
    cited = text.splitlines()[4]
    start = text.index(cited)
    deciding = cited.index("夜间四元")
    show = """async ([source, place]) => {
        const { readingView } = await import("/page/reading.js");
        const holder = document.createElement("div");
        holder.append(...readingView(source, place));
        const all = (selector) => [...holder.querySelectorAll(selector)];
        const texts = (selector) => all(selector).map((one) => one.textContent);
        return [texts("h3"), texts("th"), texts("td"), texts("mark"), texts("strong")];
    }"""
    starts = [text.index(line) for line in text.splitlines() if line]
    lines = [line for line in text.splitlines() if line]
    paragraphs = [
        {"start_char": at, "end_char": at + len(line), "text": line, "is_heading": line[0] == "#"}
        for at, line in zip(starts, lines, strict=True)
    ]
    place = {"start_char": start, "end_char": start + len(cited), "cited_text": cited}
    place["answer_spans"] = [[deciding, deciding + 4]]
    assert page.evaluate(show, [{"text": text, "paragraphs": paragraphs}, place]) == [
        ["😀标题"],
        ["车型", "收费"],
        ["小型车", "五元 | 夜间四元"],
        ["小型车", "五元 ", "| 夜间四元"],
        ["夜间四元"],
    ]


def test_what_was_read_from_a_picture_and_not_surely_says_so(visitor: Visitor) -> None:
    body = {"messages": [{"role": "user", "content": QUESTION}]}
    answer = httpx.post(f"{visitor.address}/chat", json=body).json()
    answer["citations"] = [one | {"doubtful": True} for one in answer["citations"]]
    page = visitor.visit(locale="zh-CN")
    page.route("**/chat", lambda route: route.fulfill(json=answer))
    turn = ask(page, QUESTION)
    expect(turn.locator(".card").first).to_contain_text("由图像识别，请核对原件")
    turn.locator(".mark").first.click()
    expect(page.locator("#source .meta")).to_contain_text("由图像识别，请核对原件")

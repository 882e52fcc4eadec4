"""The library on the page: searched, narrowed, asked in part, added to, and taken from."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from browsing import Service, Visitor, ask, assert_accessible, overflow, serving
from playwright.sync_api import Browser, FilePayload, Page, expect

from embeddings.onnx_encoder import OnnxEncoder
from qa.index.building import index_paths

pytestmark = pytest.mark.slow

WIDTHS = (360, 768, 1440)
CITIES = "甲乙丙丁戊己庚辛"
YEARS = range(2016, 2024)
MEASURE = """# {city}市停车收费办法

## 第一章 总则

第一条 为规范停车收费，制定本办法。

## 第二章 标准

第二条 路边停车，小型车每小时收费{fee}元。

第三条 大型车每小时收费{fee}0元。

{city}市交通局
{year}年3月1日
"""
FACT = "滨江新区计划新建公园12座。\n"
ASKED = "滨江新区计划新建多少座公园？"


@pytest.fixture(scope="module")
def held(encoder: OnnxEncoder, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An index of eight cities' measures, one a year, which tests only read."""
    folder = tmp_path_factory.mktemp("measures")
    for number, (city, year) in enumerate(zip(CITIES, YEARS, strict=True), start=2):
        text = MEASURE.format(city=city, fee=number, year=year)
        (folder / f"{year}.md").write_text(text, encoding="utf-8")
    index_paths([folder], folder / "index", encoder)
    return folder / "index"


@pytest.fixture(scope="module")
def service(held: Path) -> Iterator[Service]:
    with serving(held, "--no-uploads") as running:
        yield running


@pytest.fixture
def own(browser: Browser, encoder: OnnxEncoder, tmp_path: Path) -> Iterator[Visitor]:
    """Somebody at a service of their own, which takes files and holds one document."""
    (tmp_path / "weather.txt").write_text("天气很好。\n", encoding="utf-8")
    index_paths([tmp_path / "weather.txt"], tmp_path / "index", encoder)
    with serving(tmp_path / "index") as running:
        visitor = Visitor(browser, running.address)
        yield visitor
        visitor.close()
    assert visitor.problems == []


def open_library(page: Page) -> None:
    page.locator("#library-button").click()
    page.locator(".listed").first.wait_for()


def payload(name: str, content: bytes) -> FilePayload:
    return {"name": name, "mimeType": "application/octet-stream", "buffer": content}


def choose(page: Page, *files: FilePayload) -> None:
    """Choose files, once the page invites to it."""
    expect(page.locator("#invitation")).to_be_visible()
    page.locator("#invitation input").set_input_files(files)


def titles(page: Page) -> list[str]:
    return page.locator(".listed .title").all_inner_texts()


def held_by(visitor: Visitor) -> set[str]:
    listed = httpx.get(f"{visitor.address}/documents").json()
    return {document["source"] for document in listed}


@pytest.mark.parametrize("width", WIDTHS)
def test_documents_are_searched_narrowed_and_asked_alone(visitor: Visitor, width: int) -> None:
    page = visitor.visit(locale="zh-CN", width=width)
    open_library(page)
    expect(page.locator("#count")).to_have_text("8 份文件")
    assert titles(page)[0] == "辛市停车收费办法"  # the latest
    assert_accessible(page)
    assert overflow(page) <= 0
    page.locator("#by-year").select_option("2018")
    expect(page.locator(".listed")).to_have_count(1)
    expect(page.locator("#by-publisher option")).to_have_text(["全部机构", "丙市交通局 (1)"])
    page.locator("#by-year").select_option("")
    page.locator("#search").fill("乙市停車")
    expect(page.locator(".listed")).to_have_count(1)
    expect(page.locator("#ask-these")).to_have_text("在这份文件中提问")
    page.locator("#ask-these").click()
    expect(page.locator("#library")).to_be_hidden()
    expect(page.locator("#question")).to_be_focused()
    expect(page.locator("#scope")).to_contain_text("提问范围：乙市停车收费办法")
    turn = ask(page, "小型车每小时收费多少？")
    expect(turn.locator(".text")).to_contain_text("收费3元")
    expect(turn.locator(".note").first).to_have_text("提问范围：乙市停车收费办法 (1 份文件)")
    assert_accessible(page)
    assert overflow(page) <= 0
    page.reload()
    expect(page.locator("#scope")).to_contain_text("乙市停车收费办法")
    page.locator("#clear-scope").click()
    expect(page.locator("#scope")).to_be_hidden()
    with page.expect_request("**/chat") as sent:
        ask(page, "辛市小型车每小时收费多少？")
    assert "filter" not in (sent.value.post_data_json or {})


def test_chosen_documents_are_asked_together(visitor: Visitor) -> None:
    page = visitor.visit(locale="zh-CN")
    open_library(page)
    for city in "甲丁":
        page.get_by_role("checkbox", name=f"{city}市停车收费办法").check()
    page.locator("#search").fill("乙市")  # what is chosen stays chosen
    expect(page.locator(".listed")).to_have_count(1)
    expect(page.locator("#ask-these")).to_have_text("在这 2 份文件中提问")
    page.locator("#ask-these").click()
    with page.expect_request("**/chat") as sent:
        ask(page, "甲市小型车每小时收费多少？")
    body = sent.value.post_data_json
    assert body
    assert len(body["filter"]["documents"]) == 2


def test_nothing_found_and_a_service_that_is_gone_are_told_apart(
    browser: Browser, held: Path
) -> None:
    with serving(held) as running:
        visitor = Visitor(browser, running.address)
        visitor.may_fail = ["ERR_CONNECTION_REFUSED"]
        page = visitor.visit()
        open_library(page)
        page.locator("#search").fill("no such document")
        expect(page.locator("#found")).to_have_text("Nothing found")
        running.kill()
        page.locator("#search").fill("another")
        expect(page.locator("#found .failure")).to_contain_text("cannot be reached")
        visitor.close()
    assert visitor.problems == []


def test_more_documents_come_when_asked_for(visitor: Visitor) -> None:
    page = visitor.visit()
    page.route(
        "**/library?*limit=50*",
        lambda route: route.continue_(url=route.request.url.replace("limit=50", "limit=3")),
    )
    open_library(page)
    for count in (3, 6, 8):
        expect(page.locator(".listed")).to_have_count(count)
        expect(page.locator("#more")).to_be_visible(visible=count < 8)
        if count < 8:
            page.locator("#more").click()
    assert len(set(titles(page))) == 8


def test_where_nothing_may_be_written_nothing_offers_it(visitor: Visitor) -> None:
    page = visitor.visit()
    expect(page.locator("#documents li").first).to_be_visible()
    expect(page.locator("#invitation")).to_be_hidden()
    open_library(page)
    expect(page.locator("#library .drop")).to_be_hidden()
    expect(page.locator(".listed .action")).to_have_count(0)


@pytest.mark.parametrize("width", WIDTHS)
def test_a_document_shows_its_contents_and_finds_words(visitor: Visitor, width: int) -> None:
    page = visitor.visit(locale="zh-CN", width=width)
    open_library(page)
    page.locator(".listed .open", has_text="甲市停车收费办法").click()
    source = page.locator("#source")
    expect(source.locator("#source-title")).to_have_text("甲市停车收费办法")
    source.locator("#outline").click()
    contents = source.locator(".contents button")
    expect(contents).to_have_text(
        [
            *(
                "甲市停车收费办法",
                "第一章 总则",
                "第一条 为规范停车收费，制定本办法。",
                "第二章 标准",
            ),
            *("第二条 路边停车，小型车每小时收费2元。", "第三条 大型车每小时收费20元。"),
        ]
    )
    assert_accessible(page)
    page.set_viewport_size({"width": width, "height": 420})
    contents.last.click()
    expect(source.locator(".contents")).to_be_hidden()
    expect(source.locator(".text > p", has_text="第三条")).to_be_in_viewport()
    source.locator("#find").click()
    page.keyboard.type("收费")
    expect(source.locator("#find-count")).to_have_text("第 1 处，共 4 处")
    page.keyboard.press("Enter")
    expect(source.locator("#find-count")).to_have_text("第 2 处，共 4 处")
    page.keyboard.press("Shift+Enter")
    page.keyboard.press("Shift+Enter")
    expect(source.locator("#find-count")).to_have_text("第 4 处，共 4 处")
    assert page.evaluate("CSS.highlights.get('found').size") == 4
    assert page.evaluate("[...CSS.highlights.get('found-now')].join()") == "收费"
    assert_accessible(page)
    page.keyboard.press("Escape")
    expect(source.locator(".finder")).to_be_hidden()
    expect(source).to_be_visible()
    assert page.evaluate("CSS.highlights.size") == 0
    assert overflow(page) <= 0


@pytest.mark.parametrize("width", WIDTHS)
def test_a_file_of_one_s_own_is_sent_and_answers(own: Visitor, width: int) -> None:
    page = own.visit(locale="zh-CN", width=width)
    choose(page, payload("公园.txt", FACT.encode()), payload("坏.pdf", b"%PDF-1.7 no"))
    expect(page.locator(".upload.done")).to_contain_text("可以提问", timeout=60_000)
    expect(page.locator(".upload.failed .state")).not_to_be_empty()
    expect(page.locator("#uploads .batch")).to_have_text("您的 1 份文件现在可以提问了")
    expect(page.locator(".listed")).to_have_count(2)
    assert_accessible(page)
    assert overflow(page) <= 0
    page.locator("#ask-sent").click()
    turn = ask(page, ASKED)
    expect(turn.locator(".text")).to_contain_text("12座")
    turn.locator(".mark").first.click()
    expect(page.locator("#source mark")).to_have_text(FACT.strip())


def test_a_file_is_dropped_anywhere_on_the_page(own: Visitor) -> None:
    page = own.visit(locale="zh-CN")
    expect(page.locator("#invitation")).to_be_visible()
    drop = """(text) => {
        const dataTransfer = new DataTransfer();
        dataTransfer.items.add(new File([text], "公园.txt"));
        const fire = (type) => document.querySelector("#intro").dispatchEvent(
            new DragEvent(type, { dataTransfer, bubbles: true, cancelable: true }));
        fire("dragover");
        const isShown = getComputedStyle(document.querySelector("#drop-here")).display !== "none";
        fire("drop");
        return isShown;
    }"""
    assert page.evaluate(drop, FACT)
    expect(page.locator("#drop-here")).to_be_hidden()
    expect(page.locator(".upload.done")).to_have_count(1, timeout=60_000)


def test_an_unsupported_file_says_what_to_do(own: Visitor) -> None:
    own.may_fail = ["415"]
    page = own.visit()
    choose(page, payload("old.doc", b"x"))
    expect(page.locator(".upload.failed .state")).to_contain_text("save it as .docx")


def test_a_removed_document_comes_back_when_that_is_undone(own: Visitor) -> None:
    page = own.visit()
    open_library(page)
    page.get_by_role("button", name="Remove").click()
    expect(page.locator(".listed")).to_have_count(0)
    expect(page.locator(".toast")).to_contain_text("Removed: 天气很好。")
    assert_accessible(page)
    page.locator(".toast button").click()
    expect(page.locator(".listed")).to_have_count(1)
    assert held_by(own) == {"weather.txt"}


def test_a_removed_document_is_gone_where_nobody_takes_it_back(own: Visitor) -> None:
    page = own.visit()
    page.clock.install()
    open_library(page)
    page.get_by_role("button", name="Remove").click()
    expect(page.locator(".toast")).to_be_visible()
    assert held_by(own) == {"weather.txt"}
    page.mouse.move(0, 0)
    with page.expect_response(lambda found: found.request.method == "DELETE"):
        page.clock.fast_forward(11_000)
    expect(page.locator("#count")).to_have_text("0 documents")
    assert held_by(own) == set()

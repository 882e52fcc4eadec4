"""The original beside the answer: its pages, the cited words marked on them, the file to keep."""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import numpy as np
import pytest
from browsing import Service, Visitor, ask, assert_accessible, overflow, serving
from numpy.typing import NDArray
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, Route, expect

from embeddings.onnx_encoder import OnnxEncoder
from qa.index.building import index_paths
from qa.language.text import squash

pytestmark = pytest.mark.slow

NARROW, WIDE = 390, 1280
TITLE = "Riverside District Night Market Rules"
CITED = "A permit for a food stall costs 240 euros a year and is renewed each January."
QUESTION = "What does a permit for a food stall cost a year?"
PRINTED = f"""<!doctype html><html lang="en"><title>{TITLE}</title>
<style>@page {{ size: A4; margin: 25mm }} h2 {{ break-before: page }} b {{ color: #d00 }}
body {{ font: 16px/1.6 sans-serif }} b {{ font-weight: normal }} i {{ color: #fff }}</style>
<h1>{TITLE}</h1><p>The night market opens at six in the evening and closes before midnight.</p>
<h2>Fees and permits</h2><p>Stalls stand along the river, on the side of the old town hall.</p>
<p><b>{CITED}</b></p><h2>Complaints</h2><p>Complaints are answered within twenty days.</p></html>
"""
WORDS = {
    "en-US": ("page 2", "Page 2 of 3", f"Page 2 of {TITLE}", "Download the original · PDF"),
    "zh-CN": ("第 2 页", "第 2 页，共 3 页", f"《{TITLE}》第 2 页", "下载原件 · PDF"),
    "zh-TW": ("第 2 頁", "第 2 頁，共 3 頁", f"《{TITLE}》第 2 頁", "下載原件 · PDF"),
}


@pytest.fixture(scope="module")
def folder(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A PDF of three pages, the second of which has `CITED` in red."""
    folder = tmp_path_factory.mktemp("originals")
    page = browser.new_page()
    page.set_content(PRINTED)
    page.pdf(path=folder / "rules.pdf", prefer_css_page_size=True)
    page.close()
    return folder


@pytest.fixture(scope="module")
def service(folder: Path, encoder: OnnxEncoder) -> Iterator[Service]:
    index_paths([folder], folder / "index", encoder)
    with serving(folder / "index") as running:
        yield running


def open_original(page: Page) -> Locator:
    """Ask and press [1]; return the page of the original once it is there."""
    ask(page, QUESTION).locator(".mark").first.click()
    return drawn(page)


def drawn(page: Page, *, pixels: int = 1000) -> Locator:
    sheet = page.locator("#source .sheet:not([aria-busy])")
    sheet.wait_for()
    assert sheet.locator("img").evaluate("picture => picture.naturalWidth") == pixels
    return sheet


def red_pixels(page: Page) -> NDArray[np.float64]:
    """Where the cited words stand in the pane, in pixels (x, y) of the window."""
    box = page.locator("#source .scroller").bounding_box()
    assert box
    pane = page.screenshot(clip=box)
    red, green, blue = np.moveaxis(np.asarray(Image.open(io.BytesIO(pane)), dtype=int), 2, 0)[:3]
    down, across = np.nonzero((red > green + 90) & (red > blue + 90) & (green < 110))
    return np.stack([across + box["x"], down + box["y"]], axis=1)


@pytest.mark.parametrize("width", [NARROW, WIDE])
@pytest.mark.parametrize("locale", WORDS)
def test_a_citation_opens_the_page_of_the_original_with_its_words_marked(
    visitor: Visitor, locale: str, width: int
) -> None:
    number, status, alt, _ = WORDS[locale]
    page = visitor.visit(locale=locale, width=width)
    sheet = open_original(page)
    expect(page.locator(".turn .card .details")).to_contain_text(number)
    expect(page.locator("#source .meta")).to_contain_text(number)
    expect(page.locator("#page-number")).to_have_text(status)
    picture = sheet.get_by_role("img", name=alt, exact=True)
    caption = page.locator("#source figcaption")
    assert picture.get_attribute("aria-describedby") == caption.get_attribute("id")
    expect(caption.locator("p")).to_have_text(CITED)
    expect(caption).to_be_in_viewport()
    marks = sheet.locator(".spot")
    expect(marks.first).to_be_in_viewport(ratio=1)
    points = red_pixels(page)
    assert len(points) > 200
    inside = np.zeros(len(points), dtype=bool)
    for box in [mark.bounding_box() for mark in marks.all()]:
        assert box
        low, high = np.array([box["x"], box["y"]]), np.array([box["width"], box["height"]])
        within = ((points >= low - 1) & (points <= low + high + 1)).all(axis=1)
        assert within.sum() > 10, "a mark stands beside the words"
        inside |= within
    assert inside.mean() > 0.99
    assert overflow(page) <= 0


@pytest.mark.parametrize("locale", WORDS)
def test_the_file_is_there_to_be_kept(visitor: Visitor, folder: Path, locale: str) -> None:
    page = visitor.visit(locale=locale)
    open_original(page)
    expect(page.locator("#download")).to_have_text(WORDS[locale][3])
    with page.expect_download() as saved:
        page.locator("#download").click()
    assert saved.value.suggested_filename == "rules.pdf"
    assert saved.value.path().read_bytes() == (folder / "rules.pdf").read_bytes()


def test_pages_are_turned_by_keys_and_by_buttons(visitor: Visitor) -> None:
    page = visitor.visit()
    open_original(page)
    number, pane = page.locator("#page-number"), page.locator("#source .scroller")
    expect(page.locator("#source-title")).to_be_focused()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    expect(number).to_have_text("Page 3 of 3")
    expect(page.locator("#source .spot")).to_have_count(0)
    pane.focus()
    page.keyboard.press("PageUp")  # from the top
    expect(number).to_have_text("Page 2 of 3")
    assert pane.evaluate("pane => pane.scrollTop") > 0
    page.keyboard.press("ArrowLeft")
    expect(number).to_have_text("Page 1 of 3")
    before = page.locator("#page-before")
    before.focus()
    page.keyboard.press("Enter")
    expect(before).to_be_focused()
    expect(before).to_have_attribute("aria-disabled", "true")
    page.keyboard.press("PageDown")
    expect(number).to_have_text("Page 1 of 3")  # there is more of it
    pane.evaluate("pane => pane.scrollTo(0, pane.scrollHeight)")
    page.keyboard.press("PageDown")
    expect(number).to_have_text("Page 2 of 3")
    page.get_by_role("button", name="Next page").click()
    page.get_by_role("button", name="To the cited words on page 2").press("Enter")
    expect(number).to_have_text("Page 2 of 3")
    expect(drawn(page).locator(".spot").first).to_be_in_viewport(ratio=1)
    expect(pane).to_be_focused()
    page.locator("#enlarge").click()
    expect(drawn(page, pixels=2000).locator(".spot").first).to_be_in_viewport()
    page.keyboard.press("Escape")
    expect(page.locator("#source")).to_be_hidden()


def test_text_or_original_is_remembered_and_so_is_the_place(visitor: Visitor) -> None:
    page = visitor.visit()
    open_original(page)
    page.reload()
    expect(drawn(page).locator(".spot")).not_to_have_count(0)
    page.get_by_role("button", name="Text", exact=True).click()
    marked = page.locator("#source mark")
    expect(marked).to_be_in_viewport(ratio=0.9)
    assert squash(marked.inner_text()) == squash(CITED)
    page.reload()
    expect(marked).to_be_visible()
    expect(page.locator("#source .original")).to_be_hidden()
    page.get_by_role("button", name="Original", exact=True).click()
    expect(drawn(page).locator(".spot").first).to_be_in_viewport(ratio=1)


def test_a_link_of_which_no_page_is_known_opens_the_text(visitor: Visitor) -> None:
    page = visitor.visit()
    open_original(page)
    other = visitor.visit(page.url.removeprefix(visitor.address))
    expect(other.locator("#source mark")).to_have_text(CITED)
    other.get_by_role("button", name="Original", exact=True).click()
    drawn(other)
    expect(other.locator("#page-number")).to_have_text("Page 1 of 3")


def test_nothing_jumps_when_the_picture_comes(visitor: Visitor) -> None:
    page = visitor.visit(width=NARROW)
    waiting: list[Route] = []
    page.route("**/pages/*", lambda route: waiting.append(route))  # noqa: PLW0108
    ask(page, QUESTION).locator(".mark").first.click()
    sheet = page.locator("#source .sheet")
    expect(sheet.locator(".note")).to_be_visible()
    before = sheet.bounding_box()
    waiting[0].continue_()
    assert drawn(page).bounding_box() == before
    expect(sheet.locator(".note")).to_be_hidden()


def test_a_page_that_cannot_be_shown_gives_way_to_the_text(visitor: Visitor) -> None:
    visitor.may_fail = ["404"]
    page = visitor.visit(width=NARROW)
    page.route("**/pages/*", lambda route: route.fulfill(status=404, json={"detail": "x"}))
    ask(page, QUESTION).locator(".mark").first.click()
    message = page.locator("#source").get_by_role("alert")
    expect(message).to_contain_text("Page 2 cannot be shown as a picture")
    expect(page.locator("#source mark")).to_be_in_viewport(ratio=0.9)
    assert_accessible(page)
    page.unroute("**/pages/*")
    page.get_by_role("button", name="Next page").click()
    drawn(page)
    expect(page.locator("#page-number")).to_have_text("Page 3 of 3")
    expect(message).to_have_count(0)


def test_a_document_of_the_list_is_leafed_through(visitor: Visitor) -> None:
    page = visitor.visit()
    page.locator("#documents button", has_text=TITLE).click()
    drawn(page)
    page.get_by_role("button", name="Next page").click()
    expect(drawn(page).get_by_role("img", name=f"Page 2 of {TITLE}")).to_be_visible()
    expect(page.locator("#source figcaption")).to_have_count(0)


@pytest.mark.parametrize(("width", "scheme"), [(NARROW, "dark"), (WIDE, "light")])
def test_axe_finds_nothing(visitor: Visitor, width: int, scheme: Literal["light", "dark"]) -> None:
    page = visitor.visit(width=width, scheme=scheme)
    mark = open_original(page).locator(".spot").first
    assert_accessible(page)
    page.emulate_media(forced_colors="active")
    assert mark.evaluate("mark => getComputedStyle(mark).borderTopStyle") == "solid"
    page.get_by_role("button", name="Next page").click()
    assert_accessible(page)

"""Conversations on the page: kept, named, found again by their address, and never lost silently."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from browsing import (
    Service,
    Visitor,
    ask,
    assert_accessible,
    open_source,
    overflow,
    serving,
)
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.slow

QUESTION, FACT = "When was Suzhou Industrial Park established?", "1994"
OTHER = "How many national-level development zones are there?"
WIDTHS = (360, 768, 1440)


@pytest.fixture(scope="module")
def service(seed_index: Path) -> Iterator[Service]:
    with serving(seed_index) as running:
        yield running


def past(page: Page) -> list[str]:
    """The names of the conversations, which are shown first where they are not."""
    if not page.locator("#past").is_visible():
        page.locator("#history").click()
    page.locator("#past li").first.wait_for()
    return page.locator("#past li .title").all_inner_texts()


def test_back_forward_and_reload_keep_question_mark_and_place(visitor: Visitor) -> None:
    page = visitor.visit()
    ask(page, OTHER)
    turn = ask(page, QUESTION)
    conversation = page.url
    assert conversation.startswith(f"{visitor.address}/conversations/")
    open_source(page, turn)
    place = page.url
    page.locator("#question").fill("half a thou")

    def is_as_it_was() -> None:
        expect(page.locator(".turn").last.locator(".question")).to_have_text(QUESTION)
        expect(page.locator("#source mark")).to_contain_text(FACT)
        expect(page.locator("#source .kicker")).to_have_text("Source [1]")
        expect(page.locator(".mark[aria-current]")).to_have_count(1)
        expect(page.locator(".turn").last.locator(".mark[aria-current]")).to_have_text("[1]")
        expect(page.locator(".cite[aria-current]")).to_have_count(1)

    is_as_it_was()
    page.reload()
    is_as_it_was()
    expect(page.locator("#question")).to_have_value("half a thou")
    page.go_back()
    assert page.url == conversation
    expect(page.locator("#source")).to_be_hidden()
    expect(page.locator(".turn")).to_have_count(2)
    expect(page.locator(".mark[aria-current]")).to_have_count(0)
    page.go_back()
    expect(page.locator("#intro")).to_be_visible()
    page.go_forward()
    expect(page.locator(".turn")).to_have_count(2)
    page.go_forward()
    assert page.url == place
    is_as_it_was()


def test_a_conversation_that_began_beside_a_document_stays_when_that_is_closed(
    visitor: Visitor,
) -> None:
    page = visitor.visit()
    page.locator("#documents button").first.click()
    page.locator("#source .text > [data-start]").first.wait_for()
    ask(page, QUESTION)
    page.locator("#close-source").click()
    expect(page.locator("#source")).to_be_hidden()
    expect(page.locator(".turn .text")).to_contain_text(FACT)
    assert "/conversations/" in page.url


def test_only_the_number_that_was_pressed_is_marked(visitor: Visitor) -> None:
    page = visitor.visit()
    turn = ask(page, QUESTION)
    marks = turn.locator(".mark")
    marks.last.click()
    expect(turn.locator(".mark[aria-current]")).to_have_count(1)
    expect(marks.last).to_have_attribute("aria-current", "true")
    turn.locator(".cite").first.click()
    expect(marks.first).to_have_attribute("aria-current", "true")
    expect(page.locator("[aria-current=true]")).to_have_count(2)  # the number and its source
    page.locator("#close-source").click()
    expect(page.locator("#log [aria-current]")).to_have_count(0)


@pytest.mark.parametrize("width", WIDTHS)
def test_conversations_are_listed_chosen_searched_and_renamed(visitor: Visitor, width: int) -> None:
    page = visitor.visit(width=width)
    ask(page, QUESTION)
    page.locator("#new").click()
    ask(page, OTHER)
    assert past(page) == [OTHER, QUESTION]
    expect(page.locator("#past [aria-current=page]")).to_contain_text(OTHER)
    assert_accessible(page)
    assert overflow(page) <= 0
    page.locator("#search-past").fill(FACT)  # an answer has it
    assert past(page) == [QUESTION]
    page.locator("#past li").hover()
    page.get_by_role("button", name=f"Rename “{QUESTION}”").click()
    page.keyboard.type("The park")
    page.keyboard.press("Enter")
    page.locator("#search-past").fill("")
    assert past(page) == [OTHER, "The park"]
    page.get_by_role("button", name="The park", exact=False).first.click()
    expect(page.locator(".turn .text")).to_contain_text(FACT)
    ask(page, OTHER)  # the name stays when it goes on
    page.reload()
    assert past(page)[0] == "The park"
    assert page.url.startswith(f"{visitor.address}/conversations/")


def test_a_rename_is_left_with_escape(visitor: Visitor) -> None:
    page = visitor.visit()
    ask(page, QUESTION)
    page.get_by_role("button", name=f"Rename “{QUESTION}”").click()
    page.keyboard.type("x")
    page.keyboard.press("Escape")
    assert past(page) == [QUESTION]


def test_a_deleted_conversation_comes_back_when_that_is_undone(visitor: Visitor) -> None:
    page = visitor.visit()
    ask(page, QUESTION)
    address = page.url
    page.get_by_role("button", name="Delete “").click()
    expect(page.locator("#intro")).to_be_visible()
    expect(page.locator("#past ul")).to_contain_text("Nothing here yet")
    assert_accessible(page)
    page.locator(".toast button").click()
    expect(page.locator(".turn .text")).to_contain_text(FACT)
    assert page.url == address
    assert past(page) == [QUESTION]


def test_all_are_deleted_from_the_browser_and_come_back_together(visitor: Visitor) -> None:
    page = visitor.visit()
    ask(page, QUESTION)
    page.locator("#new").click()
    ask(page, OTHER)
    past(page)
    page.locator("#clear").click()
    expect(page.locator(".toast")).to_contain_text("2 conversations deleted")
    assert QUESTION not in page.evaluate("JSON.stringify(localStorage)")
    page.locator(".toast button").click()
    assert past(page) == [OTHER, QUESTION]
    page.locator("#clear").click()
    page.reload()
    expect(page.locator(".turn")).to_have_count(0)
    assert QUESTION not in page.evaluate("JSON.stringify(localStorage)")


def test_a_link_to_a_conversation_of_another_browser_says_so(visitor: Visitor) -> None:
    page = visitor.visit("/conversations/abc-123")
    expect(page.locator("#elsewhere")).to_be_visible()
    ask(page, QUESTION)
    assert "/conversations/abc-123" not in page.url
    page.go_back()
    expect(page.locator("#elsewhere")).to_be_visible()


def test_a_full_browser_loses_nothing_silently(visitor: Visitor) -> None:
    page = visitor.visit()
    ask(page, QUESTION)
    fill = """() => {
        for (let size = 2 ** 20; size >= 1; size = Math.floor(size / 2)) {
            const put = (n) => localStorage.setItem(`junk-${size}-${n}`, "x".repeat(size));
            try { for (let n = 0; ; n += 1) put(n); } catch { /* full */ }
        }
    }"""
    page.evaluate(fill)
    page.locator("#new").click()
    ask(page, OTHER)
    assert past(page) == [OTHER, QUESTION]
    expect(page.locator("#forgetful")).to_be_visible()
    page.reload()
    assert past(page) == [QUESTION]  # the earlier one was not dropped for the later


def test_conversations_of_an_earlier_version_are_taken_over(visitor: Visitor) -> None:
    page = visitor.visit()
    turn = {"question": "Kept?", "language": "en", "stage": "done", "text": "Yes.", "citations": []}
    kept = [{"id": f"old-{n}", "time": n, "turns": [turn]} for n in range(3)]
    page.evaluate(
        "kept => localStorage.setItem('wenzheng.conversations', JSON.stringify(kept))", kept
    )
    page.reload()
    assert past(page) == ["Kept?"] * 3
    assert page.evaluate("localStorage.getItem('wenzheng.conversations')") is None


def test_two_tabs_of_one_conversation_keep_both_their_questions(visitor: Visitor) -> None:
    page = visitor.visit()
    ask(page, QUESTION)
    other = visitor.open_tab(page.context, page.url.removeprefix(visitor.address))
    ask(other, OTHER)
    expect(page.locator(".turn")).to_have_count(2)
    ask(page, QUESTION)
    expect(other.locator(".turn")).to_have_count(3)


def test_a_question_that_is_too_long_is_kept_whole_and_says_so(visitor: Visitor) -> None:
    page = visitor.visit(width=360)
    long = "文" * 2_001 + "😀"
    page.locator("#question").fill(long)
    expect(page.locator("#too-long")).to_contain_text("2002 characters; at most 2000")
    expect(page.locator("#question")).to_have_value(long)
    page.locator("#question").press("Enter")
    expect(page.locator(".turn")).to_have_count(0)
    expect(page.locator("#send")).to_be_disabled()
    assert_accessible(page)
    page.locator("#question").fill("文" * 1_999 + "😀")
    expect(page.locator("#too-long")).to_be_hidden()
    expect(page.locator("#send")).to_be_enabled()

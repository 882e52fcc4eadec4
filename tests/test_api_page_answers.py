"""How the page shows an answer: the short one, titles, sentences, lists, and how sure it is."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Literal

import pytest
from browsing import Visitor, ask, assert_accessible, overflow
from fakes import GatedAssistant, make_answer, make_led_answer
from playwright.sync_api import Browser, Page, expect
from serving import served

from api.http.app import create_app
from api.http.schemas import answer_json
from api.terminal.verdict import FAIRLY_SURE, SURE, verdict_words
from qa.types import Answer, Coverage, Language, Status, Version

pytestmark = pytest.mark.slow

QUESTION = "创业补贴是多少？"
LED = make_led_answer(QUESTION)
MARKUP = "<img src=x onerror='window.harmed = 1'><b>5</b>"


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """A service that answers every question with `LED`."""
    assistant = GatedAssistant(answer=make_led_answer)
    assistant.gate.set()
    with served(create_app(assistant)) as address:
        yield address


@pytest.fixture
def visitor(browser: Browser, address: str) -> Iterator[Visitor]:
    visitor = Visitor(browser, address)
    yield visitor
    visitor.close()
    assert visitor.problems == []


def give(page: Page, answer: Answer) -> None:
    """Have the service of this page answer so."""
    json = answer_json(answer, lambda _id: pytest.fail("no hits")).model_dump(mode="json")
    page.route("**/chat", lambda route: route.fulfill(json=json))


def shown(page: Page, answer: Answer) -> list[tuple[str, str]]:
    """The parts of an answer on the page, each with its tag."""
    give(page, answer)
    parts = ask(page, answer.question).locator(".text > *").all()
    return [(part.evaluate("node => node.tagName"), part.inner_text()) for part in parts]


def test_an_answer_stands_in_its_parts_the_short_one_first(visitor: Visitor) -> None:
    turn = ask(visitor.visit(locale="zh-CN"), QUESTION)
    first, title, sentence, next_sentence, second, lead, items = turn.locator(".text > *").all()
    expect(first).to_have_class("short")
    expect(first).to_have_text("每月2000元 [1]")
    expect(first.get_by_role("button")).to_have_count(1)
    assert [title.inner_text(), second.inner_text()] == [
        "甲市创业补贴办法",
        "乙市创业补贴办法（2024）",
    ]
    expect(turn.locator(".text").get_by_role("heading", level=3)).to_have_count(2)
    expect(sentence).to_have_text("每户每月补贴2000元。 [1]")
    expect(sentence.locator("strong")).to_have_text("2000元")
    expect(next_sentence).to_have_text("补贴由区里发放。 [2]")
    expect(lead).to_have_text("申请人提交下列材料： [3]")
    expect(items.get_by_role("listitem")).to_have_text(["身份证； [4]", "户口簿。 [5]"])
    expect(turn.locator(".verdict")).to_have_text("文件中有明确依据")
    sizes = [
        part.evaluate("node => parseFloat(getComputedStyle(node).fontSize)")
        for part in (first, sentence)
    ]
    assert sizes[0] > 1.25 * sizes[1]


def test_each_mark_of_a_source_keeps_the_focus_when_the_page_is_drawn_again(
    visitor: Visitor,
) -> None:
    """Both [1] are the same source, but only one of them had it."""
    page = visitor.visit()
    draw = """async (turn) => {
        const { renderTurn } = await import("/page/answer.js");
        const article = document.createElement("article");
        document.querySelector("#log").append(article);
        renderTurn(article, turn, {});
        const marks = () => [...article.querySelectorAll(".mark")];
        marks()[1].focus();
        renderTurn(article, turn, {});
        return marks().map((mark) => mark === document.activeElement);
    }"""
    ask(page, QUESTION)
    answer = answer_json(LED, lambda _id: pytest.fail("no hits")).model_dump(mode="json")
    turn = {"question": QUESTION, "language": "zh-Hans", "stage": "done", "answer": answer}
    turn |= {"text": answer["answer"], "citations": answer["citations"]}
    assert page.evaluate(draw, turn) == [False, True, False, False, False, False]


def test_a_title_in_the_other_script_is_a_heading_too(visitor: Visitor) -> None:
    text = LED.text.replace("甲市创业补贴办法", "甲市創業補貼辦法")
    parts = shown(visitor.visit(), replace(LED, text=text, language=Language.TRADITIONAL))
    assert parts[1] == ("H3", "甲市創業補貼辦法")


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("每户每月补贴2000元。 [1]", [("P", "每户每月补贴2000元。 [1]")]),
        ("甲 [1] 乙 [2]", [("P", "甲 [1] 乙 [2]")]),
        ("甲。 [1][2] 乙。 [2]", [("P", "甲。 [1][2]"), ("P", "乙。 [2]")]),
        ("甲： [1]\n- 乙 [2]\n- 丙 [3]", [("P", "甲： [1]"), ("UL", "乙 [2]\n丙 [3]")]),
        ("- 乙 [2]\n丙 [3]\n- 丁 [4]", [("UL", "乙 [2]"), ("P", "丙 [3]"), ("UL", "丁 [4]")]),
        ("别的标题\n甲 [1]", [("P", "别的标题"), ("P", "甲 [1]")]),
        ("甲市创业补贴办法\n没有出处", [("P", "甲市创业补贴办法"), ("P", "没有出处")]),
        ("乙市创业补贴办法（2024）\n甲 [1]", [("P", "乙市创业补贴办法（2024）"), ("P", "甲 [1]")]),
        ("附注[1]在此 [9]\n\n完。 [1]", [("P", "附注[1]在此 [9]"), ("P", "完。 [1]")]),
    ],
)
def test_lines_without_a_short_answer_are_paragraphs_items_or_titles(
    visitor: Visitor, text: str, parts: Sequence[tuple[str, str]]
) -> None:
    page = visitor.visit()
    assert shown(page, replace(LED, short_answer="", text=text)) == list(parts)
    expect(page.locator(".short")).to_have_count(0)


def test_a_short_answer_that_the_text_does_not_begin_with_changes_nothing(
    visitor: Visitor,
) -> None:
    text = "每月2000元以上 [1]\n每户每月补贴2000元。 [1]"
    parts = shown(visitor.visit(), replace(LED, text=text))
    assert [tag for tag, _ in parts] == ["P", "P"]


def test_a_refusal_of_two_lines_has_two_paragraphs(visitor: Visitor) -> None:
    refusal = make_answer(QUESTION, "The documents do not say.\nThe closest is about 2024.")
    parts = shown(visitor.visit(), refusal)
    assert [tag for tag, _ in parts] == ["P", "P"]


def test_nothing_in_an_answer_is_read_as_markup(visitor: Visitor) -> None:
    page = visitor.visit()
    named = replace(LED.citations[0], title=MARKUP, cited_text=MARKUP)
    text = f"{MARKUP} [1]\n{MARKUP}\n{MARKUP} [1]\n- {MARKUP} [1]"
    parts = shown(page, replace(LED, short_answer=MARKUP, text=text, citations=(named,)))
    marked = f"{MARKUP} [1]"
    assert parts == [("P", marked), ("H3", MARKUP), ("P", marked), ("UL", marked)]
    assert page.evaluate("window.harmed") is None
    with page.expect_download() as saved:
        page.locator("#export").click()
        page.locator("#formats [value=md]").click()
    exported = saved.value.path().read_text(encoding="utf-8")
    assert exported.count("\\<img") == exported.count("<img") == 6


def test_the_language_of_each_part_is_marked(visitor: Visitor) -> None:
    page = visitor.visit()
    english = replace(LED, language=Language.ENGLISH, answer_language=Language.SIMPLIFIED)
    text = LED.text.replace("每月2000元 [1]", "CNY 2,000 a month [1]")
    shown(page, replace(english, short_answer="CNY 2,000 a month", text=text))
    expect(page.locator(".turn .text")).to_have_attribute("lang", "zh-Hans")
    expect(page.locator(".turn .short")).to_have_attribute("lang", "en")
    shown(page, english)
    expect(page.locator(".turn .short").last).to_have_attribute("lang", "zh-Hans")
    number = {"short_answer": "2000", "text": LED.text.replace("每月2000元", "2000", 1)}
    shown(page, replace(LED, **number))  # type: ignore[arg-type]
    expect(page.locator(".turn .short").last).to_have_attribute("lang", "zh-Hans")


def test_those_who_listen_hear_the_short_answer_first(visitor: Visitor) -> None:
    page = visitor.visit(locale="zh-CN")
    ask(page, QUESTION)
    told = page.locator("#announcer")
    assert (told.text_content() or "").startswith("每月2000元. 文件中有明确依据.\n甲市创业补贴办法")
    shown(page, replace(LED, short_answer="", text="每户每月补贴2000元。 [1]"))
    expect(told).to_have_text("回答： 每户每月补贴2000元。 [1] 文件中有明确依据")


def test_the_page_and_the_terminal_say_the_same_of_how_sure_an_answer_is(visitor: Visitor) -> None:
    page = visitor.visit()
    answers = [
        replace(LED, status=status, confidence=confidence, coverage=coverage)
        for status in Status
        for confidence in (1.0, SURE, SURE - 0.01, FAIRLY_SURE, FAIRLY_SURE - 0.01, 0.0)
        for coverage in (None, Coverage(2, 16), Coverage(3, 3), Coverage(0, 0))
    ]
    find = """async (answers) => {
        const { verdictWords } = await import("/page/answer.js");
        return answers.map(verdictWords);
    }"""
    for language in Language:
        page.locator(f".languages [value={language}]").click()
        told = [replace(answer, language=language) for answer in answers]
        found = page.evaluate(
            find,
            [
                {
                    "status": answer.status,
                    "confidence": answer.confidence,
                    "coverage": answer.coverage
                    and {"found": answer.coverage.found, "stated": answer.coverage.stated},
                }
                for answer in told
            ],
        )
        assert found == [verdict_words(answer) for answer in told]


def test_an_exported_answer_keeps_its_parts(visitor: Visitor) -> None:
    page = visitor.visit()
    ask(page, QUESTION)
    with page.expect_download() as saved:
        page.locator("#export").click()
        page.locator("#formats [value=md]").click()
    exported = saved.value.path().read_text(encoding="utf-8")
    parts = (
        "**每月2000元** [1]",
        *("### 甲市创业补贴办法", "每户每月补贴2000元。 [1]", "补贴由区里发放。 [2]"),
        *("### 乙市创业补贴办法（2024）", "申请人提交下列材料： [3]"),
        "- 身份证； [4]\n- 户口簿。 [5]",
        "*Well supported by the documents*",
    )
    assert "\n\n".join(parts) in exported


def test_sources_stand_under_their_documents(visitor: Visitor) -> None:
    """Title, whether it is in force, whose and when once a document; the places below it."""
    page = visitor.visit(locale="zh-CN")
    versions = [Version.CURRENT] * 2 + [Version.SUPERSEDED] * 3
    citations = tuple(
        replace(one, version=version, publisher="甲市人民政府", label=f"第{one.index}条")
        for one, version in zip(LED.citations, versions, strict=True)
    )
    shown(page, replace(LED, citations=citations))
    first, second = page.locator(".group").all()
    expect(first.locator(".badge")).to_have_text("现行")
    expect(second.locator(".badge")).to_have_text("已废止")
    expect(first.locator("> .details")).to_have_text("甲市人民政府 · 2024-03-01")
    expect(first.locator(".number")).to_have_text(["[1]", "[2]"])
    expect(second.locator(".number")).to_have_text(["[3]", "[4]", "[5]"])
    expect(second.locator(".place")).to_have_text(["第3条", "第4条", "第5条"])
    assert_accessible(page)


STATES = {
    "part": (Status.PARTIAL, 0.9, "文件只回答了这个问题的一部分 · 文件中有明确依据"),
    "doubtful": (Status.GROUNDED, FAIRLY_SURE - 0.01, "把握不大，请核对原文"),
    "no": (Status.NO_ANSWER, 0.1, "文件没有回答这个问题"),
}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("state", STATES)
def test_a_part_a_doubt_and_a_no_are_said_before_the_answer(
    visitor: Visitor, state: str, scheme: Literal["light", "dark"]
) -> None:
    status, confidence, words = STATES[state]
    page = visitor.visit(locale="zh-CN", width=360, scheme=scheme)
    shown(page, replace(LED, status=status, confidence=confidence))
    verdict = page.locator(".verdict")
    expect(verdict).to_have_text(words)
    expect(verdict).to_have_class(f"verdict caution {state}")
    said, text = verdict.bounding_box(), page.locator(".turn .text").bounding_box()
    assert said
    assert text
    assert said["y"] + said["height"] <= text["y"]
    assert_accessible(page)
    page.emulate_media(forced_colors="active")
    expect(verdict.locator("svg")).to_be_visible()  # not by its colour alone
    assert verdict.evaluate("node => getComputedStyle(node).borderLeftWidth") == "4px"


def test_an_english_rendering_is_shown_to_those_who_read_english(visitor: Visitor) -> None:
    rendered = replace(LED.citations[0], translation="CNY 2,000 a month.")
    answer = replace(LED, citations=(rendered, *LED.citations[1:]))
    for locale, count in (("en-US", 1), ("zh-CN", 0), ("zh-TW", 0)):
        page = visitor.visit(locale=locale)
        shown(page, answer)
        expect(page.locator(".sources > .note")).to_have_count(count)


@pytest.mark.parametrize("width", [360, 768, 1440])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_window_and_scheme_can_be_read(
    visitor: Visitor, width: int, scheme: Literal["light", "dark"]
) -> None:
    page = visitor.visit(locale="zh-CN", width=width, scheme=scheme)
    ask(page, QUESTION)
    assert_accessible(page)
    assert overflow(page) <= 0
    words = "每月" + "很长的一个短答案" * 20
    long = replace(LED, short_answer=words, text=LED.text.replace("每月2000元", words, 1))
    shown(page, long)
    expect(page.locator(".short.long")).to_be_visible()
    assert overflow(page) <= 0


@pytest.mark.parametrize("colours", ["active", "none"])
@pytest.mark.parametrize("medium", ["print", "screen"])
def test_paper_and_forced_colours_show_every_part(
    visitor: Visitor, medium: Literal["print", "screen"], colours: Literal["active", "none"]
) -> None:
    page = visitor.visit(locale="zh-CN", width=768)
    turn = ask(page, QUESTION)
    page.emulate_media(media=medium, forced_colors=colours)
    for part in turn.locator(".text > *, .text li, .mark, .verdict").all():
        expect(part).to_be_visible()
    colour = (
        "node => [getComputedStyle(node).color, getComputedStyle(document.body).backgroundColor]"
    )
    ink, paper = turn.locator(".short").evaluate(colour)
    assert ink != paper
    for part in page.locator("#composer, .top, .tools").all():
        expect(part).to_be_visible(visible=medium == "screen")
    assert overflow(page) <= 0

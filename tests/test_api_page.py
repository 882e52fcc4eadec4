"""The chat page in a real browser, against a real service over the bundled documents."""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal

import httpx
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
from fakes import TEXTS
from playwright.sync_api import Browser, Page, Request, Route, expect

from embeddings.onnx_encoder import OnnxEncoder
from qa.assistant import Assistant
from qa.corpus.paragraphs import split_paragraphs
from qa.index.building import index_paths
from qa.language.text import locate_all, squash
from qa.types import Message, Status

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "api" / "page"
ASKED = {
    "zh-CN": ("国家级经开区目前有多少家？", "232"),
    "zh-TW": ("蘇州工業園區是哪一年設立的？", "1994"),
    "en-US": ("When was Suzhou Industrial Park established?", "1994"),
}
QUESTION, FACT = ASKED["en-US"]
UNANSWERED = "Who won the 1966 world cup?"
NARROW, WIDE = 360, 1440

HOSTILE = (
    """\
<script>window.harmed = 1</script> & <img src=x onerror="window.harmed = 2"> 😀😀😀

滨江新区\u202e计划\u202c在2026年新建公园12座，总面积40公顷<b onclick=alert(1)>。

"""
    + "滨江" * 2_000
)


@pytest.fixture(scope="module")
def service(seed_index: Path) -> Iterator[Service]:
    with serving(seed_index) as running:
        yield running


Oracle = Callable[[str], dict[str, object]]


@pytest.fixture(scope="module")
def first_citation(service: Service) -> Oracle:
    """What the service itself says is cited."""

    def find(question: str) -> dict[str, object]:
        body = {"messages": [{"role": "user", "content": question}]}
        answer = httpx.post(f"{service.address}/chat", json=body).json()
        citation: dict[str, object] = answer["citations"][0]
        return citation

    return find


@pytest.fixture(scope="module")
def renderings() -> dict[str, str]:
    lines = [
        json.loads(line)
        for path in (ROOT / "seeds" / "translations").glob("*.jsonl")
        for line in path.read_text(encoding="utf-8").splitlines()
    ]
    return {squash(line["original"]): line["translation"] for line in lines}


def messages_sent(request: Request) -> list[dict[str, str]]:
    messages: list[dict[str, str]] = json.loads(request.post_data or "")["messages"]
    return messages


@pytest.mark.parametrize("width", [NARROW, WIDE])
@pytest.mark.parametrize("locale", ASKED)
def test_a_question_is_answered_and_its_source_opens_at_the_cited_sentence(
    visitor: Visitor,
    first_citation: Oracle,
    renderings: dict[str, str],
    locale: str,
    width: int,
) -> None:
    question, fact = ASKED[locale]
    page = visitor.visit(locale=locale, width=width)
    turn = ask(page, question)
    expect(turn.locator(".text")).to_contain_text(fact)
    expect(turn.locator(".verdict")).to_be_visible()
    cited = first_citation(question)
    marked = open_source(page, turn)
    assert squash(marked.inner_text()) == squash(str(cited["cited_text"]))
    expect(marked).to_be_in_viewport(ratio=0.9)
    expect(page.locator("#source-title")).to_have_text(str(cited["title"]))
    expect(page.locator("#source .meta")).to_contain_text(f"{cited['publisher']} · {cited['date']}")
    expect(page.locator("#source .text")).to_have_attribute("lang", str(cited["language"]))
    english = page.locator("#source .cited")
    expect(english).to_be_visible(visible=locale == "en-US")  # who reads Chinese needs none
    if locale != "en-US":
        page.locator("#english").click()
    assert english.inner_text().strip() == renderings[squash(str(cited["cited_text"]))]
    expect(page.locator("#source .cited-english .label")).to_be_visible()
    assert overflow(page) <= 0


MEASURE = """# 甲市创业补贴办法

甲市人民政府

## 第二章 <b>补贴</b>标准

第六条 创业补贴每户{amount}元。

甲市人民政府
{year}年3月1日
"""
VERSIONS = {
    "zh-CN": ("现行", "已废止", "已被《甲市创业补贴办法》代替 · 2024-03-01"),
    "zh-TW": ("現行", "已廢止", "已被《甲市创业补贴办法》取代 · 2024-03-01"),
    "en-US": ("In force", "Superseded", "Superseded by: 甲市创业补贴办法 · 2024-03-01"),
}


@pytest.fixture(scope="module")
def versions(encoder: OnnxEncoder, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service over two versions of a measure, and a document of which no version is known."""
    folder = tmp_path_factory.mktemp("versions")
    for year, amount in ((2020, 3000), (2024, 5000)):
        text = MEASURE.format(year=year, amount=amount)
        (folder / f"{year}.md").write_text(text, encoding="utf-8")
    (folder / "plan.txt").write_text("滨江新区计划新建公园12座。\n", encoding="utf-8")
    index_paths([folder], folder / "index", encoder)
    with serving(folder / "index") as running:
        yield running


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("locale", VERSIONS)
def test_a_source_says_its_article_and_whether_it_is_in_force(
    browser: Browser, versions: Service, locale: str, scheme: Literal["light", "dark"]
) -> None:
    in_force, superseded, replaced = VERSIONS[locale]
    visitor = Visitor(browser, versions.address)
    page = visitor.visit(locale=locale, width=NARROW, scheme=scheme)
    expect(page.locator("#documents .badge")).to_have_text([superseded, in_force])
    turn = ask(page, "2020年的创业补贴办法，每户多少元？")
    card = turn.locator(".card", has_text="2020-03-01").first
    expect(card.locator(".badge")).to_have_text(superseded)
    expect(card.locator(".place")).to_have_text("第二章 <b>补贴</b>标准 › 第六条")
    expect(card).to_contain_text(replaced)
    assert_accessible(page)
    card.locator(".cite").first.click()
    meta = page.locator("#source .meta")
    expect(meta.locator(".badge")).to_have_text(superseded)
    expect(meta).to_contain_text("第六条")
    expect(meta).to_contain_text(replaced)
    assert_accessible(page)
    assert overflow(page) <= 0
    visitor.close()
    assert visitor.problems == []


def test_no_version_is_shown_where_none_is_known(browser: Browser, versions: Service) -> None:
    visitor = Visitor(browser, versions.address)
    turn = ask(visitor.visit(locale="zh-CN"), "滨江新区计划新建多少座公园？")
    expect(turn.locator(".card")).not_to_have_count(0)
    expect(turn.locator(".card .badge")).to_have_count(0)
    visitor.close()
    assert visitor.problems == []


def test_a_copied_answer_says_the_article_and_the_version(
    browser: Browser, versions: Service
) -> None:
    visitor = Visitor(browser, versions.address)
    page = visitor.visit(locale="zh-CN")
    turn = ask(page, "2020年的创业补贴办法，每户多少元？")
    turn.locator("[data-key=copy]").click()
    expect(turn.locator("[data-key=copy]")).to_have_text("已复制")
    copied = page.evaluate("navigator.clipboard.readText()")
    place = "第二章 <b>补贴</b>标准 › 第六条 · 甲市人民政府 · 2020-03-01"
    assert f"{place} · 已被《甲市创业补贴办法》代替 · 2024-03-01 · http" in copied
    visitor.close()


def test_the_source_stands_beside_the_answer_on_a_wide_window_and_over_it_on_a_narrow_one(
    visitor: Visitor,
) -> None:
    page = visitor.visit(width=WIDE)
    turn = ask(page, QUESTION)
    open_source(page, turn)
    answer, source = turn.bounding_box(), page.locator("#source").bounding_box()
    assert answer
    assert source
    assert answer["x"] + answer["width"] <= source["x"]
    page.set_viewport_size({"width": NARROW, "height": 800})
    expect(page.locator("#source")).to_have_js_property("offsetWidth", NARROW)
    expect(page.locator("dialog:modal")).to_have_count(1)


def test_the_whole_document_can_be_read_with_its_english(
    visitor: Visitor, renderings: dict[str, str]
) -> None:
    page = visitor.visit()
    page.locator("#documents button").first.click()
    text = page.locator("#source .text")
    expect(text.locator("h3").first).to_be_visible()
    assert text.locator(".english:visible").count() == 0
    page.locator("#english").click()
    expect(page.locator("#source .unofficial")).to_have_text("Unofficial English translation")
    shown = [squash(words) for words in text.locator(".english:visible").all_inner_texts()]
    assert len(shown) > 40
    known = "".join(squash(words) for words in renderings.values())
    label = squash("Unofficial English translation")
    assert all(sentence.removeprefix(label)[:60] in known for sentence in shown)


def test_the_service_is_sent_the_earlier_turns_of_a_conversation(visitor: Visitor) -> None:
    page = visitor.visit(locale="zh-CN")
    first, second = "国家级经开区目前有多少家？", "第一批是哪一年设立的？"
    said = ask(page, first).locator(".text").inner_text()
    with page.expect_request("**/chat") as sent:
        ask(page, second)
    messages = messages_sent(sent.value)
    assert [message["role"] for message in messages] == ["user", "assistant", "user"]
    assert [messages[0]["content"], messages[2]["content"]] == [first, second]
    assert squash(messages[1]["content"]) == squash(said)
    page.locator("#new").click()
    with page.expect_request("**/chat") as sent:
        ask(page, second)
    assert messages_sent(sent.value) == [{"role": "user", "content": second}]


@pytest.mark.parametrize(
    ("locale", "language"),
    [("zh-CN", "zh-Hans"), ("zh-HK", "zh-Hant"), ("en-GB", "en"), ("fr-FR", "en")],
)
def test_the_interface_follows_the_browser(visitor: Visitor, locale: str, language: str) -> None:
    page = visitor.visit(locale=locale)
    expect(page.locator("html")).to_have_attribute("lang", language)
    expect(page.locator(f".languages [value={language}]")).to_have_attribute("aria-pressed", "true")


def test_the_interface_language_is_switched_everywhere_and_remembered(visitor: Visitor) -> None:
    page = visitor.visit()
    open_source(page, ask(page, QUESTION))
    page.locator(".languages [value=zh-Hant]").click()
    expect(page.locator(".turn .sources h3")).to_have_text("來源")
    expect(page.locator("#source .kicker")).to_have_text("來源 [1]")
    page.locator("#english").click()
    expect(page.locator("#source .cited-english .label")).to_have_text("非官方英文譯文")
    page.reload()
    expect(page.locator("html")).to_have_attribute("lang", "zh-Hant")
    expect(page.locator(".turn .sources h3")).to_have_text("來源")


def test_nothing_is_lost_when_the_service_is_killed(browser: Browser, seed_index: Path) -> None:
    with serving(seed_index) as service:
        visitor = Visitor(browser, service.address)
        visitor.may_fail = ["ERR_CONNECTION_REFUSED"]
        page = visitor.visit()
        ask(page, QUESTION)
        service.kill()
        asked = "How many national development zones are there?"
        page.locator("#question").fill(asked)
        page.locator("#question").press("Enter")
        failed = page.locator(".turn").last
        expect(failed.get_by_role("alert")).to_contain_text("cannot be reached")
        expect(failed.locator(".question")).to_have_text(
            "How many national development zones are there?"
        )
        expect(page.locator(".turn").first.locator(".text")).to_contain_text(FACT)
        service.start()
        failed.get_by_role("button", name="Try again").click()
        expect(failed.locator(".text")).to_be_visible()
        expect(failed.get_by_role("alert")).to_have_count(0)
        page.reload()
        expect(page.locator(".turn .text")).to_have_count(2)
        visitor.close()
    assert visitor.problems == []


def test_an_answer_that_breaks_off_can_be_asked_for_again(visitor: Visitor) -> None:
    page = visitor.visit()
    half = 'event: delta\ndata: {"text": "Established in"}\n\n'
    page.route("**/chat", lambda route: route.fulfill(content_type="text/event-stream", body=half))
    page.locator("#question").fill(QUESTION)
    page.locator("#send").click()
    expect(page.get_by_role("alert")).to_contain_text("broke off")
    page.unroute("**/chat")
    page.get_by_role("button", name="Try again").click()
    expect(page.locator(".turn .text")).to_contain_text(FACT)


def test_an_answer_can_be_stopped_and_asked_for_again(visitor: Visitor) -> None:
    page = visitor.visit()

    def never_answer(_route: Route) -> None:
        pass

    page.route("**/chat", never_answer)
    page.locator("#question").fill(QUESTION)
    page.locator("#question").press("Enter")
    expect(page.locator(".progress")).to_have_text("Searching the documents…")
    page.locator("#stop").click()
    expect(page.locator(".stopped")).to_contain_text("Stopped")
    page.unroute("**/chat")
    page.get_by_role("button", name="Ask again").click()
    expect(page.locator(".turn .text")).to_contain_text(FACT)


def test_a_busy_service_is_told_from_a_broken_one(visitor: Visitor) -> None:
    visitor.may_fail = ["503"]
    page = visitor.visit()
    page.route(
        "**/chat",
        lambda route: route.fulfill(status=503, headers={"Retry-After": "7"}, json={"detail": "x"}),
    )
    page.locator("#question").fill(QUESTION)
    page.locator("#question").press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("Try again in 7 seconds")
    assert_accessible(page)


def test_a_refusal_offers_the_closest_passages(visitor: Visitor) -> None:
    page = visitor.visit()
    turn = ask(page, UNANSWERED)
    expect(turn.locator(".mark")).to_have_count(0)
    nearest = turn.locator(".near .card")
    expect(nearest).to_have_count(3)
    shown = nearest.first.locator(".quote").text_content() or ""
    nearest.first.click()
    marked = page.locator("#source mark")
    marked.first.wait_for()
    assert squash("".join(marked.all_text_contents())) == squash(shown)


def test_the_fields_of_a_fuller_answer_are_shown(visitor: Visitor) -> None:
    """The decisive words, how a follow-up was understood, what else the documents ask."""
    question = ASKED["zh-TW"][0]
    body = {"messages": [{"role": "user", "content": question}]}
    answer = httpx.post(f"{visitor.address}/chat", json=body).json()
    cited = answer["citations"][0]["cited_text"]
    start = cited.index("1994")
    answer["citations"] = [answer["citations"][0] | {"answer_spans": [[start, start + 4]]}]
    answer |= {
        "short_answer": "1994年",
        "answer": f"1994年 [1]\n{cited} [1]",
        "resolved_question": "蘇州工業園區設立於哪一年？",
        "related": ["國家級經開區有多少家？"],
    }
    answer |= {"coverage": {"found": 6, "stated": 16}, "answer_language": "zh-Hant"}
    page = visitor.visit()
    page.route("**/chat", lambda route: route.fulfill(json=answer))
    turn = ask(page, question)
    expect(turn.locator(".text strong")).to_have_text("1994")
    expect(turn.locator(".verdict")).to_contain_text("The documents name 6 of 16")
    expect(turn).to_contain_text("Understood as: 蘇州工業園區設立於哪一年？")
    expect(turn.locator(".related h3")).to_have_text("Questions the documents ask and answer")
    expect(open_source(page, turn).locator("strong")).to_have_text("1994")
    page.unroute("**/chat")
    turn.get_by_role("button", name="國家級經開區有多少家？").click()
    expect(page.locator(".turn").last.locator(".question")).to_have_text("國家級經開區有多少家？")
    expect(page.locator(".turn").last.locator(".text")).to_be_visible()


def tab_to(page: Page, selector: str) -> None:
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("s => document.activeElement.matches(s)", selector):
            return
    pytest.fail(f"{selector} is not reached with the Tab key")


@pytest.mark.parametrize("width", [NARROW, WIDE])
def test_the_keyboard_is_enough(visitor: Visitor, width: int) -> None:
    page = visitor.visit(width=width)
    expect(page.locator("#question")).to_be_focused()
    expect(page.locator("#examples button").first).to_be_visible()
    tab_to(page, "#examples button")
    page.keyboard.press("Enter")
    expect(page.locator(".turn .verdict")).to_be_visible()
    expect(page.locator("#question")).to_be_focused()
    page.keyboard.type(QUESTION)
    page.keyboard.press("Enter")
    expect(page.locator(".turn").last.locator(".text")).to_contain_text(FACT)
    page.locator(".turn").last.locator(".text").click()  # where reading goes on
    tab_to(page, ".turn:last-child [data-key=mark-1]")
    page.keyboard.press("Enter")
    page.locator("#source mark").wait_for()
    tab_to(page, "#source .scroller")
    page.keyboard.press("Escape")
    expect(page.locator("#source")).to_be_hidden()
    expect(page.locator(".turn:last-child [data-key=mark-1]")).to_be_focused()
    tab_to(page, ".turn:last-child [data-key=copy]")


def test_enter_belongs_to_the_input_method_while_it_composes(visitor: Visitor) -> None:
    page = visitor.visit(locale="zh-CN")
    page.locator("#question").fill("guojia")
    page.locator("#question").dispatch_event("keydown", {"key": "Enter", "isComposing": True})
    page.locator("#question").press("Shift+Enter")
    expect(page.locator(".turn")).to_have_count(0)
    expect(page.locator("#question")).to_have_value("guojia\n")


@pytest.mark.parametrize(("width", "scheme"), [(NARROW, "dark"), (WIDE, "light")])
def test_axe_finds_nothing(visitor: Visitor, width: int, scheme: str) -> None:
    page = visitor.visit(
        locale="zh-CN", width=width, scheme="dark" if scheme == "dark" else "light"
    )
    expect(page.locator("#documents button").first).to_be_visible()
    assert_accessible(page)
    ask(page, UNANSWERED)
    turn = ask(page, ASKED["zh-CN"][0])
    assert_accessible(page)
    open_source(page, turn)
    page.locator("#english").click()
    assert_accessible(page)
    dark = page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(20, 24, 26)"
    assert dark == (scheme == "dark")


def test_a_shared_link_opens_the_document_at_the_passage(
    visitor: Visitor, first_citation: Oracle
) -> None:
    page = visitor.visit()
    open_source(page, ask(page, QUESTION))
    page.locator("#share").click()
    expect(page.locator("#share")).to_contain_text("Copied")
    link = page.evaluate("navigator.clipboard.readText()")
    cited = first_citation(QUESTION)
    place = f"/documents/{cited['document_id']}#char={cited['start_char']},{cited['end_char']}"
    assert link == page.url == visitor.address + place
    other = visitor.visit(place, width=NARROW)
    marked = other.locator("#source mark")
    expect(marked).to_be_in_viewport(ratio=0.9)
    assert squash(marked.inner_text()) == squash(str(cited["cited_text"]))
    expect(other.locator("#source-title")).to_have_text(str(cited["title"]))
    expect(other.locator("#source .cited")).to_contain_text(FACT)
    other.locator("#close-source").click()
    expect(other.locator("#source")).to_be_hidden()
    assert other.url == f"{visitor.address}/"
    expect(other.locator("#intro")).to_be_visible()


def test_the_way_back_closes_the_source(visitor: Visitor) -> None:
    page = visitor.visit()
    open_source(page, ask(page, QUESTION))
    page.go_back()
    expect(page.locator("#source")).to_be_hidden()
    expect(page.locator(".turn .text")).to_contain_text(FACT)
    page.go_forward()
    expect(page.locator("#source mark")).to_be_visible()
    page.reload()
    expect(page.locator("#source mark")).to_be_visible()
    page.locator("#close-source").click()
    expect(page.locator("#source")).to_be_hidden()
    expect(page.locator(".turn .text")).to_contain_text(FACT)


def test_a_link_to_a_document_that_is_gone_says_so(visitor: Visitor) -> None:
    visitor.may_fail = ["404"]
    page = visitor.visit("/documents/000000000000#char=1,2")
    expect(page.locator("#source").get_by_role("alert")).to_contain_text("no such document")


def test_a_conversation_is_copied_and_exported_with_its_sources(
    visitor: Visitor, first_citation: Oracle
) -> None:
    page = visitor.visit()
    turn = ask(page, QUESTION)
    cited = first_citation(QUESTION)
    link = f"{visitor.address}/documents/{cited['document_id']}#char="
    turn.locator("[data-key=copy]").click()
    expect(turn.locator("[data-key=copy]")).to_contain_text("Copied")
    copied = page.evaluate("navigator.clipboard.readText()")
    with page.expect_download() as saved:
        page.locator("#export").click()
        page.locator("#formats [value=md]").click()
    assert saved.value.suggested_filename.endswith(".md")
    exported = saved.value.path().read_text(encoding="utf-8")
    assert f"## {QUESTION}" in exported
    for text in (copied, exported):
        for part in ("1994", "[1]", str(cited["cited_text"]), str(cited["title"]), link):
            assert part in text


def test_a_hostile_document_is_shown_as_text(
    browser: Browser, encoder: OnnxEncoder, tmp_path: Path
) -> None:
    (tmp_path / "documents").mkdir()
    (tmp_path / "documents" / "parks.txt").write_text(HOSTILE, encoding="utf-8")
    index_paths([tmp_path / "documents"], tmp_path / "index", encoder)
    with serving(tmp_path / "index") as service:
        visitor = Visitor(browser, service.address)
        page = visitor.visit(locale="zh-CN", width=NARROW)
        expect(page.locator("#documents .title")).to_contain_text("<script>")
        expect(page.locator("#examples")).to_be_hidden()  # they are about other documents
        turn = ask(page, "滨江新区2026年计划新建多少座公园？")
        marked = open_source(page, turn)
        # Three characters outside the BMP stand before it: offsets are no UTF-16 units.
        assert squash(marked.inner_text()).startswith("滨江新区")
        assert marked.inner_text().endswith("<b onclick=alert(1)>。")
        expect(page.locator("#source .text")).to_contain_text('<img src=x onerror="')
        assert "\u202e" not in page.locator("body").inner_text()
        assert overflow(page) <= 0
        assert page.evaluate("window.harmed") is None
        visitor.close()
    assert visitor.problems == []


def test_places_are_found_as_the_service_finds_them(visitor: Visitor) -> None:
    page = visitor.visit()
    find = """async ([original, reading, start, end]) => {
        const { codePoints, locate } = await import("/page/text.js");
        return locate(codePoints(original), codePoints(reading), start, end);
    }"""
    odd = "一\x85二\u2028三\x1c四\ufeff五\u200b六😀\u3000七\u00a0八"
    for text in [*TEXTS.values(), odd]:
        for paragraph in split_paragraphs(text):
            original, reading = text[paragraph.start : paragraph.end], paragraph.text
            if squash(reading):
                whole = (0, len(reading))
                (expected,) = locate_all(reading, original, [(0, len(original))])
                found = page.evaluate(find, [original, reading, 0, len(original)])
                assert tuple(found) == expected
                assert whole[1] >= expected[1]


def test_a_stream_may_be_cut_anywhere(visitor: Visitor) -> None:
    page = visitor.visit()
    stream = (
        ': hello\r\nevent: delta\r\ndata: {"text":\r\ndata: "问政😀"}\r\n\r\n'
        'event: done\ndata: {"answer": "问政😀"}\n\n'
    )
    read = """async ([stream, size]) => {
        const bytes = new TextEncoder().encode(stream);
        const body = new ReadableStream({
            start(controller) {
                for (let at = 0; at < bytes.length; at += size) {
                    controller.enqueue(bytes.slice(at, at + size));
                }
                controller.close();
            },
        });
        const headers = { "content-type": "text/event-stream" };
        window.fetch = async () => new Response(body, { headers });
        const { streamAnswer } = await import("/page/stream.js");
        const events = [];
        const { signal } = new AbortController();
        for await (const event of streamAnswer([], signal)) events.push(event);
        return events;
    }"""
    for size in (1, 2, 3, 7, 1000):
        assert page.evaluate(read, [stream, size]) == [
            {"event": "delta", "data": {"text": "问政😀"}},
            {"event": "done", "data": {"answer": "问政😀"}},
        ]


def test_the_interface_has_every_text_in_every_language(visitor: Visitor) -> None:
    page = visitor.visit()
    read = 'async () => (await import("/page/strings.js")).STRINGS'
    texts: dict[str, dict[str, str]] = page.evaluate(read)
    places = [
        {key: set(re.findall(r"\{\w+\}", text)) for key, text in words.items()}
        for words in texts.values()
    ]
    assert len(places) == 3
    assert all(place == places[0] for place in places)
    assert all(all(words.values()) for words in texts.values())
    sources = [path.read_text(encoding="utf-8") for path in PAGE.iterdir()]
    uses = r'\bt\("(\w+)"|data-(?:text|label|placeholder)="(\w+)"'
    used = {"".join(keys) for source in sources for keys in re.findall(uses, source)}
    assert used <= set(places[0])
    for key in places[0]:
        assert any(f'"{key}"' in source for source in sources), f"{key} is not used"


def test_the_example_questions_are_answered_from_the_bundled_documents(
    assistant: Assistant,
) -> None:
    text = (PAGE / "examples.js").read_text(encoding="utf-8")
    ids = re.findall(r'"([0-9a-f]{12})"', text)
    assert ids == [document.id for document in assistant.documents]
    questions = re.findall(r'^    "(.+)",$', text, re.MULTILINE)
    assert len(questions) == 12
    for question in questions:
        assert assistant.ask([Message("user", question)]).status is not Status.NO_ANSWER

"""Names and years of questions and titles; which documents a question names; look-ups."""

import doctest
from collections.abc import Sequence
from dataclasses import replace

import pytest
from fakes import FakeEmbedder, make_document

import qa.language.names
import qa.questions.articles
import qa.questions.imprint
from qa.assistant import make_question
from qa.corpus.passages import split_document
from qa.errors import NothingMatchesError
from qa.index.building import make_snapshot
from qa.index.store import Snapshot
from qa.language.names import find_names, find_years, is_capitalised
from qa.language.text import detect_language
from qa.questions.articles import ArticleNumber, find_article, number_of_label
from qa.retrieval.filters import Filters
from qa.retrieval.hybrid import Searchers, build_searchers
from qa.types import Document, Filter, Language, Version

EMBEDDER = FakeEmbedder()

LAW = "第一条 为了试验，制定本法。\n第二条 本法适用于试验。\n第三条 试验应当记录。\n"
OTHER = "第一条 为了观测，制定本法。\n第二条 本法适用于观测。\n第三条 观测者领取津贴。\n"


def document(title: str, text: str, *, issued: str = "", publisher: str = "") -> Document:
    made = make_document(text, f"{title}.txt", language=detect_language(text))
    return replace(made, title=title, issued=issued, publisher=publisher)


def snapshot_of(documents: Sequence[Document]) -> Snapshot:
    splits = [split for one in documents for split in split_document(one)]
    return make_snapshot(documents, splits, EMBEDDER)


def first_title(snapshot: Snapshot, searchers: Searchers, question: str, k: int = 1) -> list[str]:
    hits = searchers.hybrid.search(make_question(question, EMBEDDER), k)
    titles = {one.id: one.title for one in snapshot.documents}
    return [titles[hit.passage.document_id] for hit in hits]


def test_the_examples_in_the_docstrings() -> None:
    for module in (qa.language.names, qa.questions.articles, qa.questions.imprint):
        assert doctest.testmod(module).failed == 0


@pytest.mark.parametrize(
    ("text", "years"),
    [
        ("2024年的补贴", ["2024"]),
        ("民國113年", ["2024"]),
        ("113學年度補助", ["2024"]),
        ("二〇二四年", ["2024"]),
        ("2024—2025年采暖季", ["2024", "2025"]),
        ("2022到2024三年", ["2022", "2023", "2024"]),
        ("24-25年", ["2024", "2025"]),
        ("23年的细则", ["2023"]),
        ("满20年以上", []),
        ("fees for 2025-26", ["2025", "2026"]),
        ("2021-2035年规划", ["2021", "2035"]),  # a plan's span is not fifteen reports
        ("增长24.5%，共113家", []),
        ("电话 2024123", []),
    ],
)
def test_years_have_one_form(text: str, years: list[str]) -> None:
    assert sorted(find_years(text)) == years


def test_names_are_known_in_pinyin_and_without_their_suffix() -> None:
    forms = {form for name in find_names("青澜市技改补贴") for form in name.forms}
    assert {"青澜市", "青澜", "qinglan"} <= forms


@pytest.mark.parametrize(
    "text", ["北埠和东渡的租金", "北埠物流园和东渡物流园的租金", "东渡物流园与北埠物流园"]
)
def test_what_stands_beside_a_name_is_one(text: str) -> None:
    assert {name.word for name in find_names(text)} == {"北埠", "东渡"}


def test_a_capital_counts_but_for_that_of_the_first_word() -> None:
    assert is_capitalised("ningbo", "How is Ningbo doing?")
    assert not is_capitalised("ningbo", "Ningbo, how is it doing?")
    assert not is_capitalised("ningbo", "how is ningbo doing?")
    # Folding makes these longer: a place in the folded text is none in the text.
    assert is_capitalised("zone", "ŉŉŉŉ ŉŉŉŉ the Zone")


CITIES = [
    document("青澜市设备补贴办法", "设备补贴按投资额的百分之十二给予。\n\n# 附\n\n最高八百万元。"),
    document("栖云市设备补贴办法", "设备补贴按投资额的百分之十八给予。\n\n# 附\n\n最高三百万元。"),
    document("岚江市设备补贴办法", "设备补贴按投资额的百分之十给予。\n\n# 附\n\n最高六百万元。"),
    document("园区2023年报告", "园区全年营业收入四十三亿元。"),
    document("园区2024年报告", "园区全年营业收入四十六亿元。"),
]


@pytest.mark.parametrize(
    ("question", "title"),
    [
        ("栖云设备补贴按投资额的百分之几给予？", "栖云市设备补贴办法"),
        ("嵐江市設備補貼最高多少？", "岚江市设备补贴办法"),
        ("企业上岚江市能拿多少设备补贴？", "岚江市设备补贴办法"),
        ("In Qinglan, what share is the equipment subsidy?", "青澜市设备补贴办法"),
        ("园区2023年营业收入多少", "园区2023年报告"),
        ("園區民國113年營業收入多少", "园区2024年报告"),
    ],
)
def test_a_question_prefers_the_documents_that_it_names(question: str, title: str) -> None:
    snapshot = snapshot_of(CITIES)
    assert first_title(snapshot, build_searchers(snapshot), question) == [title]


def test_what_is_compared_comes_by_turns() -> None:
    snapshot = snapshot_of(CITIES)
    searchers = build_searchers(snapshot)
    found = first_title(snapshot, searchers, "青澜和栖云的设备补贴哪个比例高？", 2)
    assert set(found) == {"青澜市设备补贴办法", "栖云市设备补贴办法"}
    found = first_title(snapshot, searchers, "园区2023年和2024年的营业收入", 2)
    assert set(found) == {"园区2023年报告", "园区2024年报告"}


def test_what_is_in_force_comes_first_unless_the_earlier_is_asked_for() -> None:
    title, text = "青澜市技改补贴办法{}", "青澜市技改补贴比例为百分之{}。"
    old = document(title.format("（2022年）"), text.format("六"), issued="2022-03-01")
    new = document(title.format("（2024年修订）"), text.format("十"), issued="2024-06-01")
    snapshot = snapshot_of([old, new])
    assert snapshot.standings[old.id].version is Version.SUPERSEDED
    assert snapshot.standings[new.id].version is Version.CURRENT
    searchers = build_searchers(snapshot)
    for question, title in {
        "青澜市技改补贴比例是多少？": new.title,
        "青澜市2022年的技改补贴比例是多少？": old.title,
    }.items():
        assert first_title(snapshot, searchers, question) == [title]


@pytest.mark.parametrize(
    ("question", "number"),
    [
        ("试验法第三条", ArticleNumber(3)),
        ("試驗法第四十七條怎麼規定", ArticleNumber(47)),
        ("第一百二十三条之二", ArticleNumber(123, 2)),
        ("What does Article 35 of the law say?", ArticleNumber(35)),
        ("作業要點第九點", ArticleNumber(9)),
        ("共有多少条措施？", None),
        ("第三章讲什么", None),
    ],
)
def test_articles_are_read_in_every_script(question: str, number: ArticleNumber | None) -> None:
    assert find_article(question) == number


def test_labels_have_the_same_numbers_as_questions() -> None:
    labels = {"第三条": 3, "第四十七條": 47, "Article 6": 6, "九、": 9, "第十二条": 12}
    assert {label: number_of_label(label) for label in labels} == {
        label: ArticleNumber(number) for label, number in labels.items()
    }
    assert number_of_label("（一）") is None


LAWS = [document("中华人民共和国试验法", LAW), document("中华人民共和国观测法", OTHER)]


def test_an_article_is_looked_up_in_the_document_named() -> None:
    snapshot = snapshot_of(LAWS)
    lookup = build_searchers(snapshot).articles
    found = lookup.find(make_question("观测法第三条规定了什么？", EMBEDDER), [])
    assert found is not None
    assert found.document.title == "中华人民共和国观测法"
    assert [snapshot.passages[n].label for n in found.passages] == ["第三条"]
    assert found.is_whole
    point = lookup.find(make_question("观测法第三条的津贴由谁领取？", EMBEDDER), [])
    assert point is not None
    assert not point.is_whole


def test_an_article_that_does_not_exist_is_said_so() -> None:
    lookup = build_searchers(snapshot_of(LAWS)).articles
    found = lookup.find(make_question("试验法第九十九条是什么？", EMBEDDER), [])
    assert found is not None
    assert (found.passages, found.last) == ((), 3)


def test_without_a_name_no_document_is_guessed() -> None:
    lookup = build_searchers(snapshot_of(LAWS)).articles
    assert lookup.find(make_question("第三条是什么？", EMBEDDER), []) is None


def left(snapshot: Snapshot, within: Filter) -> set[str]:
    chosen = Filters(snapshot).documents(within)
    return {one.title for one in snapshot.documents if one.id in chosen}


def test_filters_leave_what_they_say() -> None:
    documents = [
        document("苏州办法", "苏州补贴。", issued="2024-05-01", publisher="苏州市财政局"),
        document("宁波办法", "宁波补贴。", issued="2023", publisher="宁波市财政局"),
        document("Guide", "The guide says so.", issued="2024-12-31"),
        document("无日期", "没有日期的文件。"),
    ]
    snapshot = snapshot_of(documents)
    assert left(snapshot, Filter(documents=("苏州*",))) == {"苏州办法"}
    assert left(snapshot, Filter(documents=(documents[1].id,))) == {"宁波办法"}
    assert left(snapshot, Filter(publishers=("財政局",))) == {"苏州办法", "宁波办法"}
    assert left(snapshot, Filter(since="2024")) == {"苏州办法", "Guide"}
    assert left(snapshot, Filter(until="2024-05")) == {"苏州办法", "宁波办法"}
    assert left(snapshot, Filter(languages=(Language.ENGLISH,))) == {"Guide"}


def test_a_filter_that_matches_nothing_says_what_there_is() -> None:
    snapshot = snapshot_of([document("苏州办法", "苏州补贴。", publisher="苏州市财政局")])
    with pytest.raises(NothingMatchesError, match="苏州市财政局"):
        left(snapshot, Filter(publishers=("宁波",)))
    with pytest.raises(NothingMatchesError, match="苏州办法"):
        left(snapshot, Filter(documents=("杭州*",)))

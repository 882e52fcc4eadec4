"""Questions that are made to be slow to answer: whatever may be asked is answered in its time.

The models stand in by fakes: what they read of a question is bounded by tokens.
"""

import random
from dataclasses import replace
from itertools import product

import pytest
from fakes import FakeEmbedder, FakeReader, make_document
from test_hostile_patterns import ANSWER, QUESTIONS, seconds

from api.http.desk import warm_up
from qa.assistant import Assistant, make_question
from qa.corpus.passages import split_document
from qa.index.building import make_snapshot
from qa.index.store import Snapshot
from qa.language.names import find_names, is_capitalised
from qa.questions.checking import MAX_QUESTION_LENGTH
from qa.questions.followups import TURNS_READ
from qa.retrieval.filters import Filters
from qa.retrieval.hybrid import build_searchers
from qa.retrieval.keyword import MOST_TERMS
from qa.retrieval.naming import MOST_NAMES
from qa.types import Document, Filter, Language, Message, Question

LIMIT = 1.0
"""Seconds of the processor; a tenth of a second is what most of these take."""

CITIES = [f"{a}{b}市" for a, b in product("青岚宁云临柏海望鹭苍", "澜埠泽津曦江湾岭陵州")]
EMBEDDER = FakeEmbedder()


def _filled(unit: str, end: str = "") -> str:
    room = MAX_QUESTION_LENGTH - len(end)
    return (unit * (room // len(unit) + 1))[:room] + end


def _words(letters: int, *, capital: bool = False) -> str:
    chance = random.Random(letters)  # noqa: S311
    made = ("".join(chance.choices("abcdefghijklmnopqrstuvwxyz", k=letters)) for _ in range(1000))
    return _filled(" ".join(word.title() if capital else word for word in made))


def _measure(city: str, year: int) -> Document:
    text = (
        f"{city}创业补贴办法\n第一条 为了支持创业，制定本办法。\n"
        f"第二条 每户每月补贴{year}元，由{city}财政局发放，共有{year % 7 + 2}家企业。\n"
        "第三条 申请人提交下列材料：\n（一）身份证；\n（二）户口簿。\n"
        f"第四条 本办法自{year}年5月1日起施行。"
    )
    made = make_document(text, f"{city}创业补贴{year}.txt")
    return replace(made, title=f"{city}创业补贴办法（{year}）", publisher=f"{city}财政局")


DOCUMENTS = [_measure(city, year) for city in CITIES for year in (2023, 2024)]
KNOWN_CITIES = """
    苏州 宁波 杭州 南京 武汉 成都 西安 长沙 青岛 大连 厦门 福州 合肥 郑州
    昆明 沈阳 广州 深圳 北京 上海 天津 重庆 哈尔滨 长春 济南 太原 石家庄 南昌
    南宁 海口 贵阳 兰州 西宁 银川 乌鲁木齐 呼和浩特 无锡 常州 徐州 南通 扬州 温州
    绍兴 嘉兴 金华 台州 泉州 漳州 烟台 潍坊 洛阳 开封 襄阳 宜昌 株洲 湘潭
    珠海 佛山 东莞 中山 惠州 汕头 桂林 柳州 三亚 遵义 大理 绵阳 宝鸡 咸阳
""".split()
LAWS = "劳动合同法 民法典 公司法 个人所得税法 行政处罚法 土地管理法 安全生产法 食品安全法".split()

HOSTILE = {
    **QUESTIONS,
    "cities of the documents": _filled("、".join(CITIES), "是什么职务"),
    "cities side by side": _filled("和".join(CITIES), "的补贴各是多少？"),
    "titles": _filled("、".join(one.title for one in DOCUMENTS), "有什么不同？"),
    "issuers": _filled("、".join(one.publisher for one in DOCUMENTS), "谁发布的？"),
    "laws": _filled("".join(f"《{law}》" for law in LAWS), "第五条怎么规定？"),
    "articles": _filled("".join(f"第{number}条、" for number in range(1, 400)), "怎么规定？"),
    "articles in English": _filled("Article 5 "),
    "numbers and dates": _filled(
        "".join(f"{1900 + n}年{n % 12 + 1}月{n % 28 + 1}日，{n * 7919}元、" for n in range(130)),
        "多少？",
    ),
    "numbers in English": _filled("1,234 on 5 May 2024, 5% of 12.5 million, ", "how many?"),
    "years": _filled(" ".join(map(str, range(1900, 2100)))),
    "parts": _filled("多少？什么？谁？哪里？"),
    "commas": _filled("x", "，多少钱，几天，谁审批？"),
    "pairs": _words(2),
    "words": _words(6),
    "names in English": _words(6, capital=True),
    "hyphens": _filled("first-class-"),
    "marks upon a letter": _filled("a\u0316\u0301\u0327\u0322"),
    "marks": _filled("\u0316\u0301"),
    "eighteen letters each": _filled("\ufdfa"),
    "rare Han": "".join(map(chr, range(0x20000, 0x20000 + MAX_QUESTION_LENGTH))),
    "emoji": _filled("👩‍👩‍👧‍👦"),
    "dots": _filled(".1,2"),
}

SHORT = "青澜市的创业补贴是多少？"


def _history(text: str) -> list[Message]:
    turns = [Message("user", f"{text[number:]}？") for number in range(TURNS_READ)]
    return [message for turn in turns for message in (turn, Message("assistant", ANSWER))]


FORMS = {
    "alone": lambda text: [Message("user", text)],
    "before": lambda text: [
        *(Message("user", text), Message("assistant", ANSWER)),
        Message("user", "那宁波呢？"),
    ],
    "after": lambda text: [Message("user", SHORT), Message("user", text)],
    "after many": lambda text: [*_history(text), Message("user", text)],
}


def snapshot_of(documents: list[Document]) -> Snapshot:
    splits = [split for one in documents for split in split_document(one)]
    return make_snapshot(documents, splits, EMBEDDER)


@pytest.fixture(scope="module")
def snapshot() -> Snapshot:
    return snapshot_of(DOCUMENTS)


@pytest.fixture(scope="module")
def assistant(snapshot: Snapshot) -> Assistant:
    made = Assistant(snapshot, EMBEDDER, reader=FakeReader())  # which likes every sentence
    for text in (SHORT, "How much is it?"):
        made.ask([Message("user", text)])  # opens the dictionaries
    return made


@pytest.mark.slow
@pytest.mark.parametrize("form", FORMS)
def test_no_question_is_slow_to_answer(assistant: Assistant, form: str) -> None:
    taken = {
        name: seconds(lambda: assistant.ask(FORMS[form](text)), LIMIT)  # noqa: B023
        for name, text in HOSTILE.items()
    }
    assert not {name: time for name, time in taken.items() if time > LIMIT}


def test_the_names_of_a_question_are_looked_for_once(assistant: Assistant) -> None:
    def searched() -> int:
        known = find_names.cache_info()
        return known.hits + known.misses

    before = searched()
    assistant.ask([Message("user", "宁津市和云江市的补贴各是多少？")])
    assert searched() == before + 1


def test_who_asks_first_does_not_wait_for_the_names_of_all_documents(snapshot: Snapshot) -> None:
    made = Assistant(snapshot, EMBEDDER, reader=FakeReader())
    warm_up(made)
    before = find_names.cache_info()
    made.ask([Message("user", "鹭湾市和苍州市的补贴各是多少？")])
    assert find_names.cache_info().misses == before.misses + 1
    assert find_names.cache_info().hits == before.hits


def test_capitals_are_read_in_time_that_grows_with_the_text() -> None:
    words = [
        f"Aa{number:04}b".translate(str.maketrans("0123456789", "abcdefghij"))
        for number in range(4000)
    ]
    text = " ".join(words)

    def read() -> list[bool]:
        return [is_capitalised(word.casefold(), text) for word in words]

    assert seconds(read, LIMIT) < LIMIT
    assert read() == [False] + [True] * 3999


def test_of_many_names_only_so_many_are_compared() -> None:
    made = [
        make_document(f"{city}每户补贴2000元。", f"{city}补贴办法.txt") for city in KNOWN_CITIES
    ]
    documents = build_searchers(snapshot_of(made)).documents

    def sides(cities: list[str]) -> int:
        question = make_question("、".join(cities) + "的补贴各是多少？", EMBEDDER)
        return len(documents.naming(question).parts)

    assert len(KNOWN_CITIES) > MOST_NAMES
    assert sides(KNOWN_CITIES[:5]) == 5
    assert MOST_NAMES / 2 < sides(KNOWN_CITIES) <= MOST_NAMES


def test_of_many_terms_the_rarest_count() -> None:
    made = ["".join(letters) for letters in product("bcdfghjklm", repeat=3)]
    common, absent = made[: MOST_TERMS + 100], made[MOST_TERMS + 100 :]
    texts = [" ".join(common[start : start + 10]) for start in range(0, len(common), 10)]
    documents = [make_document(f"{text}{end}", text) for text in texts for end in (" a", " b")]
    documents.append(make_document("zebra", "zebra"))
    snapshot = snapshot_of(documents)
    asked = " ".join([*absent, "zebra", *common])
    question = Question(asked, Language.ENGLISH, EMBEDDER.embed_queries([asked])[0])
    found = build_searchers(snapshot).keyword_scorer.keyword_scores(question)
    assert len(found.own.text.masses) == MOST_TERMS
    # What no document has would be the rarest of all.
    assert (found.bm25 > 0).sum() > MOST_TERMS / 10
    assert found.bm25[[row.text for row in snapshot.rows].index("zebra")] > 0


@pytest.mark.parametrize("values", [["㍿" * 300] * 100, ["\u0316\u0301" * 150] * 100])
def test_a_filter_of_many_values_is_read_once(snapshot: Snapshot, values: list[str]) -> None:
    filters = Filters(snapshot)
    within = Filter(documents=(*(f"{n}{value}"[:300] for n, value in enumerate(values)), "*青澜*"))
    assert seconds(lambda: filters.documents(within), LIMIT) < LIMIT
    assert len(filters.documents(within)) == 2

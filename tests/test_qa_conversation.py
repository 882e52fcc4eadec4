"""Follow-ups: what a person would have written, and what must stay as it was typed."""

import json
from pathlib import Path

import pytest
from fakes import texts
from hypothesis import given
from hypothesis import strategies as st

from qa.errors import InvalidQuestionError
from qa.questions.checking import MAX_QUESTION_LENGTH, check_question
from qa.questions.followups.resolving import TURNS_READ, resolve
from qa.types import Language, Message

ROOT = Path(__file__).parents[1]
GOLD = [
    json.loads(line)["question"]
    for name in ("en", "zh-Hans", "zh-Hant")
    for line in (ROOT / "eval" / "gold" / f"{name}.jsonl").read_text("utf-8").splitlines()
]
GUESTS = (
    "7月14日，新华社邀请商务部外资司二级巡视员吉小枫，苏州工业园区管委会副主任沈磊，"
    "松下电器（中国）有限公司总裁赵炳弟，共话改革。 [1]"
)
PANASONIC = "“This year Panasonic will have new plans in China,” Zhao Bingdi said. [1]"
BATTERY = "宜宾临港经开区建有 180GWh 全球单体最大动力电池生产基地，出货量占全国 15％。 [1]"
BATTERY_ENGLISH = "The Yibin zone has the world's largest power battery production base. [1]"

# The name of a case, the turns before the last (question, or question and answer), the last turn,
# and that as a person would have asked it alone.
CASES: list[tuple[str, list[str | tuple[str, str]], str, str]] = [
    # --- a name for a name, a year for a year
    ("place", ["广州经开区是哪一年设立的？"], "那宁波呢？", "宁波经开区是哪一年设立的？"),
    (
        "place, English",
        ["When was the Guangzhou zone set up?"],
        "What about Ningbo?",
        "When was the Ningbo zone set up?",
    ),
    (
        "place, Traditional",
        ["寧波經開區的土地開發強度是多少？"],
        "那青島呢？",
        "青島經開區的土地開發強度是多少？",
    ),
    (
        "place with its own noun",
        ["宁波经开区的土地开发强度是多少？"],
        "苏州工业园区呢",
        "苏州工业园区的土地开发强度是多少？",
    ),
    (
        "company, English",
        ["How many legal entities has Panasonic set up in China?"],
        "And Siemens?",
        "How many legal entities has Siemens set up in China?",
    ),
    (
        "country, English",
        ["How many legal entities has Panasonic set up in China?"],
        "And in Japan?",
        "How many legal entities has Panasonic set up in Japan?",
    ),
    ("person", ["沈磊是什么职务？"], "那赵炳弟呢？", "赵炳弟是什么职务？"),
    (
        "person beside a place",
        ["王祯在宁波经开区担任什么职务？"],
        "章永乐呢？",
        "章永乐在宁波经开区担任什么职务？",
    ),
    ("person, English", ["Who is Zhang Caiyun?"], "And Zhang Zhaotang?", "Who is Zhang Zhaotang?"),
    (
        "year",
        ["2024年国家级经开区的地区生产总值是多少？"],
        "那2023年呢？",
        "2023年国家级经开区的地区生产总值是多少？",
    ),
    (
        "year, Traditional",
        ["國家級經開區有多少家？"],
        "那2023年呢？",
        "2023年國家級經開區有多少家？",
    ),
    (
        "year, English",
        ["How much foreign investment did the zones use in 2024?"],
        "and in 2022?",
        "How much foreign investment did the zones use in 2022?",
    ),
    (
        "year that was not there, English",
        ["How many companies does the Ningbo zone have?"],
        "And in 2024?",
        "How many companies does the Ningbo zone have in 2024?",
    ),
    (
        "one zone of all",
        ["How many foreign-funded companies operate inside the zones?"],
        "What about Ningbo?",
        "How many foreign-funded companies operate inside the Ningbo zone?",
    ),
    (
        "one zone of all, Chinese",
        ["开发区里外资企业有多少？"],
        "宁波呢",
        "宁波开发区里外资企业有多少？",
    ),
    # --- a noun for a noun
    (
        "the same head",
        ["经开区内的高新技术企业有多少家？"],
        "那外资企业呢？",
        "经开区内的外资企业有多少家？",
    ),
    (
        "what is measured",
        ["2024年国家级经开区的地区生产总值是多少？"],
        "进出口额呢？",
        "2024年国家级经开区的进出口额是多少？",
    ),
    (
        "what is measured, as a question",
        ["2024年国家级经开区的地区生产总值是多少？"],
        "进出口额是多少？",
        "2024年国家级经开区的进出口额是多少？",
    ),
    ("behind a preposition", ["方案对土地有什么要求？"], "人才呢？", "方案对人才有什么要求？"),
    ("aspect", ["用地方面，方案给了哪些办法？"], "人才方面呢？", "人才方面，方案给了哪些办法？"),
    (
        "what is measured, English",
        ["What was the combined GDP of the national zones in 2024?"],
        "And foreign trade?",
        "What was the foreign trade of the national zones in 2024?",
    ),
    (
        "what is counted, English",
        ["How many foreign trade firms are based in the zones?"],
        "And how many high-tech enterprises?",
        "How many high-tech enterprises are based in the zones?",
    ),
    (
        "ones",
        ["How many foreign-funded companies operate inside the zones?"],
        "What about high-tech ones?",
        "How many high-tech companies operate inside the zones?",
    ),
    (
        "the owner stays",
        ["What share of China's foreign trade did the zones account for in 2024?"],
        "And of foreign investment?",
        "What share of China's foreign investment did the zones account for in 2024?",
    ),
    (
        "subject of why",
        ["Why is land so scarce in the Ningbo zone?"],
        "What about talent?",
        "Why is talent so scarce in the Ningbo zone?",
    ),
    # --- pronouns
    (
        "it",
        ["苏州工业园区是哪一年设立的？"],
        "它有多少家上市公司？",
        "苏州工业园区有多少家上市公司？",
    ),
    (
        "it, Traditional",
        ["蘇州工業園區是哪一年設立的？"],
        "它有多少家上市企業？",
        "蘇州工業園區有多少家上市企業？",
    ),
    (
        "it, English",
        ["What is the Dazong Yixing platform?"],
        "Who developed it?",
        "Who developed the Dazong Yixing platform?",
    ),
    (
        "its",
        ["When was Suzhou Industrial Park founded?"],
        "What is its total tax revenue?",
        "What is Suzhou Industrial Park's total tax revenue?",
    ),
    ("that zone", ["宁波经开区有哪些政策？"], "该区的优势是什么？", "宁波经开区的优势是什么？"),
    (
        "this platform",
        ["“大宗易行”到底是个什么平台？"],
        "这个平台是哪一年上线的？",
        "“大宗易行”是哪一年上线的？",
    ),
    (
        "the company",
        ["What does Zhongrui Hongxin make?"],
        "Who runs the company?",
        "Who runs Zhongrui Hongxin?",
    ),
    ("there", ["苏州工业园区设立于哪一年？"], "那里有多少家企业？", "苏州工业园区有多少家企业？"),
    (
        "there, English",
        ["When was the Ningbo zone set up?"],
        "How many people work there?",
        "How many people work in the Ningbo zone?",
    ),
    (
        "so high",
        ["What is the land development intensity of the Ningbo zone?"],
        "Why is it so high?",
        "Why is the land development intensity of the Ningbo zone so high?",
    ),
    ("his", ["张召堂是什么身份？"], "他多大年纪？", "张召堂多大年纪？"),
    (
        "he, from the answer",
        [("松下在中国的总裁叫什么名字？", GUESTS)],
        "他还说了什么？",
        "赵炳弟还说了什么？",
    ),
    (
        "he, from the answer, English",
        [("Who heads Panasonic's business in China?", PANASONIC)],
        "What did he say about the plan?",
        "What did Zhao Bingdi say about the plan?",
    ),
    (
        "he, without an answer",
        [("谁是中瑞宏芯的总经理？", "文件中没有说明。")],
        "他对人才怎么看？",
        "中瑞宏芯的总经理对人才怎么看？",
    ),
    (
        "it, from the answer",
        [("哪个经开区建有全球最大的动力电池基地？", BATTERY)],
        "它还有哪些产业？",
        "宜宾临港经开区还有哪些产业？",
    ),
    (
        "it, from the answer, English",
        [("Which zone has the largest battery base?", BATTERY_ENGLISH)],
        "Where is it?",
        "Where is the Yibin zone?",
    ),
    (
        "it, described",
        ["哪家企业把二氧化碳拿来生产聚碳酸酯？"],
        "它在哪个开发区？",
        "把二氧化碳拿来生产聚碳酸酯的企业在哪个开发区？",
    ),
    (
        "it, described, English",
        ["Which petrochemical company turns carbon dioxide into polycarbonate?"],
        "Where is it based?",
        "Where is the petrochemical company that turns carbon dioxide into polycarbonate based?",
    ),
    (
        "of which",
        ["苏州工业园区有多少家上市公司？"],
        "其中外资企业占多少？",
        "苏州工业园区的上市公司中外资企业占多少？",
    ),
    (
        "of which, Traditional",
        ["蘇州工業園區有多少家上市企業？"],
        "其中科創板有幾家？",
        "蘇州工業園區的上市企業中科創板有幾家？",
    ),
    (
        "they, counted",
        ["How many legal entities has Panasonic set up in China?"],
        "Where are they?",
        "Where are the legal entities that Panasonic set up in China?",
    ),
    (
        "that, as a whole",
        ["What was the foreign trade of the national zones in 2024?"],
        "What share of the national total is that?",
        "What share of the national total is the foreign trade of the national zones in 2024?",
    ),
    # --- what is asked changes
    ("why", ["宁波经开区出台了哪些政策？"], "为什么这么做？", "为什么宁波经开区出台了那些政策？"),
    (
        "why so high",
        ["宁波经开区的土地开发强度是多少？"],
        "为什么这么高？",
        "为什么宁波经开区的土地开发强度是这么高？",
    ),
    (
        "why, Traditional",
        ["青島經開區的土地開發強度是多少？"],
        "為什麼？",
        "為什麼青島經開區的土地開發強度是這麼多？",
    ),
    (
        "why, English",
        ["When did China launch its first national zones?"],
        "Why?",
        "Why did China launch its first national zones?",
    ),
    ("where", ["苏州工业园区是哪一年设立的？"], "在哪里？", "苏州工业园区在哪里？"),
    (
        "when",
        ["第一批国家级经开区是在哪里设立的？"],
        "哪一年？",
        "第一批国家级经开区是哪一年设立的？",
    ),
    ("which ones", ["工作方案部署了几大任务？"], "分别是哪些？", "工作方案部署了哪些任务？"),
    (
        "which ones, English",
        ["How many measures does the plan have?"],
        "What are they?",
        "Which measures does the plan have?",
    ),
    (
        "second",
        ["張召堂認為經開區有哪三個優勢？"],
        "第二個呢？",
        "張召堂認為經開區的三個優勢中第二個是什麼？",
    ),
    (
        "second, English",
        ["What are the four task areas of the plan?"],
        "And the second one?",
        "What is the second of the four task areas of the plan?",
    ),
    ("who said so", ["宁波为什么缺地？"], "谁说的？", "谁说宁波缺地？"),
    (
        "share",
        ["2024年国家级经开区的进出口额是多少？"],
        "占全国多少？",
        "2024年国家级经开区的进出口额占全国多少？",
    ),
    (
        "share, as a fragment",
        ["2024年国家级经开区的地区生产总值是多少？"],
        "占全国的比重呢？",
        "2024年国家级经开区的地区生产总值占全国的比重是多少？",
    ),
    # --- the topic is left out
    ("post", ["松下进入中国市场多少年了？"], "总裁是谁？", "松下总裁是谁？"),
    ("without a subject", ["“大宗易行”是什么平台？"], "用了什么技术？", "“大宗易行”用了什么技术？"),
    (
        "without a subject, Traditional",
        ["寧波經開區的土地開發強度是多少？"],
        "怎麼解決土地緊張的問題？",
        "寧波經開區怎麼解決土地緊張的問題？",
    ),
    (
        "without a subject, as we have just named it",
        ["全球单体最大的动力电池基地在哪里？"],
        "产能多大？",
        "全球单体最大的动力电池基地产能多大？",
    ),
    (
        "how many users",
        ["What is the Dazong Yixing platform?"],
        "How many users?",
        "How many users in the Dazong Yixing platform?",
    ),
    # --- over several turns
    (
        "the turn before the last is a follow-up too",
        ["When was the Guangzhou zone set up?", "What about Ningbo?"],
        "How many companies does it have?",
        "How many companies does the Ningbo zone have?",
    ),
    (
        "three in a row",
        ["2024年国家级经开区的地区生产总值是多少？", "进出口额呢？", "那2023年呢？"],
        "占全国多少？",
        "2023年国家级经开区的进出口额占全国多少？",
    ),
    (
        "three in a row, Traditional",
        ["蘇州工業園區是哪一年設立的？", "跟哪個國家合作的？", "累計稅收有多少？"],
        "進出口總額呢？",
        "蘇州工業園區累計進出口總額有多少？",
    ),
    (
        "a name from two turns before",
        [("Who is the president of Panasonic?", PANASONIC), "What did he say about talent?"],
        "Why does the company like the zones?",
        "Why does Panasonic like the zones?",
    ),
    (
        "a new topic drops the earlier one",
        ["宁波经开区的土地开发强度是多少？", "松下进入中国市场多少年了？"],
        "总部在哪里？",
        "松下总部在哪里？",
    ),
    # --- from one language to the other
    (
        "Chinese after English",
        ["When was Suzhou Industrial Park founded?"],
        "那宁波经开区呢？",
        "When was 宁波经开区 founded?",
    ),
    (
        "English after Chinese",
        ["苏州工业园区是哪年设立的？"],
        "How many listed companies does it have?",
        "How many listed companies does 苏州工业园区 have?",
    ),
    (
        "Traditional after Simplified",
        ["苏州工业园区是哪年设立的？"],
        "它有多少家上市企業？",
        "蘇州工業園區有多少家上市企業？",
    ),
    (
        "Simplified after Traditional",
        ["寧波經開區的土地開發強度是多少？"],
        "为什么？",
        "为什么宁波经开区的土地开发强度是这么多？",
    ),
]

STANDALONE = [
    "红烧肉要炖多久才会软？",
    "你好，在吗？",
    "Hello there!",
    "谢谢",
    "Thanks, that helps.",
    "管理体制改革是不是这份文件单列的一项任务？它叫什么？",
    "这份方案对松下这样的外企有什么帮助？",
    "苏州工业园区有多少家上市企业，其中科创板几家？",
    "那家遇到簽證問題的跨國箱包企業叫什麼名字？",
    "其他经开区有哪些经验？",
    "國家級經開區 2024 外貿佔比",
    "What is Industry 4.0, and why does it matter?",
    "How long does it take to drive from Suzhou to Ningbo?",
    "How many national zones are there today, and in how many provinces?",
    "Which official took part in the roundtable, and what is his post?",
    "How does the plan want zones to train skilled workers?",
    "ETDZ share of national total",
]


def conversation(turns: list[str | tuple[str, str]], last: str) -> list[Message]:
    messages: list[Message] = []
    for turn in turns:
        question, answer = turn if isinstance(turn, tuple) else (turn, "文件中没有说明。")
        messages += [Message("user", question), Message("assistant", answer)]
    return [*messages, Message("user", last)]


@pytest.mark.parametrize(
    ("turns", "last", "expected"),
    [pytest.param(*case[1:], id=case[0]) for case in CASES],
)
def test_a_follow_up_becomes_the_question_it_stands_for(
    turns: list[str | tuple[str, str]], last: str, expected: str
) -> None:
    resolved = resolve(conversation(turns, last))
    assert resolved.text == expected
    assert resolved.typed == last


@pytest.mark.parametrize("case", CASES, ids=[case[0] for case in CASES])
def test_a_follow_up_with_nothing_before_it_is_asked_as_it_stands(
    case: tuple[str, list[str | tuple[str, str]], str, str],
) -> None:
    assert resolve([Message("user", case[2])]).text == case[2]


@pytest.mark.parametrize("case", CASES, ids=[case[0] for case in CASES])
def test_what_is_resolved_stands_alone(
    case: tuple[str, list[str | tuple[str, str]], str, str],
) -> None:
    """Resolving twice changes nothing: a resolved question lacks nothing."""
    expected = case[3]
    assert resolve(conversation(["青岛经开区在哪里？"], expected)).text == expected


@pytest.mark.parametrize("question", STANDALONE)
def test_what_needs_no_context_stays_as_typed(question: str) -> None:
    for before in ("宁波经开区的土地开发强度是多少？", "When was Suzhou Industrial Park founded?"):
        assert resolve(conversation([before], question)).text == question


@pytest.mark.parametrize("shift", [1, 50, 150])
def test_every_gold_question_stays_as_typed_after_another_one(shift: int) -> None:
    others = GOLD[shift:] + GOLD[:shift]
    changed = [
        (before, question, text)
        for question, before in zip(GOLD, others, strict=True)
        if (text := resolve(conversation([before], question)).text) != question
    ]
    assert not changed


@pytest.mark.parametrize(
    ("before", "last", "language"),
    [
        ("When was Suzhou Industrial Park founded?", "那宁波经开区呢？", Language.SIMPLIFIED),
        ("When was Suzhou Industrial Park founded?", "那寧波經開區呢？", Language.TRADITIONAL),
        ("苏州工业园区是哪一年设立的？", "What about Ningbo?", Language.ENGLISH),
        ("苏州工业园区是哪一年设立的？", "在哪里？", Language.SIMPLIFIED),
        ("蘇州工業園區是哪一年設立的？", "2023年呢？", Language.TRADITIONAL),  # open by itself
        ("蘇州工業園區是哪一年設立的？", "2023?", Language.TRADITIONAL),
        ("How many zones are there?", "2023?", Language.ENGLISH),
    ],
)
def test_the_language_is_that_of_the_last_message(
    before: str, last: str, language: Language
) -> None:
    assert resolve(conversation([before], last)).language is language


def test_messages_in_any_order_of_roles() -> None:
    turns = [
        Message("assistant", "Ask me anything."),
        Message("system", "Be brief."),
        Message("user", "苏州工业园区是哪一年设立的？"),
        Message("user", "   "),
        Message("user", "x" * (MAX_QUESTION_LENGTH + 1)),
        Message("user", "它在哪里？"),
        Message("assistant", "文件中没有说明。"),
    ]
    assert resolve(turns).text == "苏州工业园区在哪里？"


@pytest.mark.parametrize(
    "messages",
    [
        [],
        [Message("assistant", "宁波")],
        [Message("user", "宁波在哪里？"), Message("user", " ")],
        [Message("user", "宁波在哪里？"), Message("user", "x" * (MAX_QUESTION_LENGTH + 1))],
    ],
)
def test_what_is_no_question_is_refused(messages: list[Message]) -> None:
    with pytest.raises(InvalidQuestionError):
        resolve(messages)


def test_only_the_last_turns_count() -> None:
    long_ago = [Message("user", "苏州工业园区是哪一年设立的？")]
    whys = [Message("user", "为什么？")] * 100
    assert resolve([*long_ago, *whys[:TURNS_READ]]).text.startswith("为什么苏州工业园区")
    assert resolve([*long_ago, *whys]).text == "为什么？"


def test_a_question_that_grows_too_long_is_asked_as_typed() -> None:
    before = "很" * (MAX_QUESTION_LENGTH - 10) + "是哪一年设立的？"
    assert resolve(conversation([before], "它在哪？")).text == "很" * 1990 + "在哪？"
    last = "它有多少家上市公司，主要分布在哪些行业？"
    assert resolve(conversation([before], last)).text == last


PIECES = [text for case in CASES for text in (case[2], case[3])] + STANDALONE
contents: st.SearchStrategy[str] = st.one_of(
    st.sampled_from(PIECES),
    texts,
    st.tuples(st.sampled_from(PIECES), texts, st.sampled_from(PIECES)).map("".join),
)
messages: st.SearchStrategy[list[Message]] = st.lists(
    st.builds(Message, st.sampled_from(["user", "assistant", "system"]), contents), max_size=7
)


@given(messages)
def test_any_messages_give_a_question_or_are_refused(turns: list[Message]) -> None:
    asked = [message.content for message in turns if message.role == "user"]
    try:
        resolved = resolve(turns)
    except InvalidQuestionError:
        assert not asked or refused(asked[-1])
        return
    assert resolved.typed == asked[-1].strip()
    assert check_question(resolved.text) == resolved.text


@given(contents)
def test_alone_every_question_is_asked_as_typed(question: str) -> None:
    if not refused(question):
        assert resolve([Message("user", question)]).text == question.strip()


def refused(question: str) -> bool:
    try:
        check_question(question)
    except InvalidQuestionError:
        return True
    return False

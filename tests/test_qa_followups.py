"""Follow-ups: the readings of a turn, and which of them the documents answer."""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from fakes import FakeEmbedder, FakeReader, make_document, texts
from hypothesis import given
from hypothesis import strategies as st

from embeddings.onnx_encoder import OnnxEncoder
from embeddings.types import Embedder, Reader, Reading, ReadPassage
from qa.assistant import Assistant, load_reader
from qa.corpus.passages import split_document
from qa.errors import InvalidQuestionError
from qa.index.building import make_snapshot
from qa.questions.checking import MAX_QUESTION_LENGTH, check_question
from qa.questions.followups import ENOUGH_WORDS, MOST_JOINED, TURNS_READ, read_conversation
from qa.types import Answer, Language, Message

ROOT = Path(__file__).parents[1]
GOLD = [
    json.loads(line)["question"]
    for name in ("en", "zh-Hans", "zh-Hant")
    for line in (ROOT / "eval" / "gold" / f"{name}.jsonl").read_text("utf-8").splitlines()
]

# The name of a case, the questions before the last turn, that turn, and its last reading.
CASES: list[tuple[str, list[str], str, str]] = [
    # --- what a turn names alone takes the place of its like
    ("place", ["广州经开区是哪一年设立的？"], "那宁波呢？", "宁波经开区是哪一年设立的？"),
    ("place, Traditional", ["寧波經開區有多大？"], "那青島呢？", "青島經開區有多大？"),
    (
        "place, English",
        ["When was the Guangzhou zone set up?"],
        "What about Ningbo?",
        "When was the Ningbo zone set up?",
    ),
    (
        "a name of several words",
        ["How many listed companies does Suzhou Industrial Park have?"],
        "And Beijing Economic Zone?",
        "How many listed companies does Beijing Economic Zone have?",
    ),
    ("person", ["王祯是什么职务？"], "姜建明呢？", "姜建明是什么职务？"),
    ("year", ["松下2024年的收入是多少？"], "2022年呢？", "松下2022年的收入是多少？"),
    (
        "year, English",
        ["What was the GDP of the zones in 2024?"],
        "And in 2021?",
        "What was the GDP of the zones in 2021?",
    ),
    (
        "school year",
        ["What is the fee for 2023/24?"],
        "and 2022/23?",
        "What is the fee for 2022/23?",
    ),
    ("the year before", ["北埠2024年营业收入多少？"], "前一年呢", "北埠2023年营业收入多少？"),
    (
        "the year before, English",
        ["What was income in Foshan in 2024?"],
        "The year before?",
        "What was income in Foshan in 2023?",
    ),
    ("the year after", ["北埠2024年营业收入多少？"], "下一年呢？", "北埠2025年营业收入多少？"),
    ("last year", ["臺中今年的補助何時截止？"], "那去年呢？", "臺中去年的補助何時截止？"),
    ("article", ["外商投资法第二十二条说什么？"], "第二十三条呢？", "外商投资法第二十三条说什么？"),
    (
        "article, English",
        ["What does Article 5 say?"],
        "And Article 6?",
        "What does Article 6 say?",
    ),
    ("one after the other", ["泉州补多少？", "厦门呢？"], "龙岩呢？", "龙岩补多少？"),
    ("across languages", ["When was Qingdao set up?"], "那宁波呢？", "When was 宁波 set up?"),
    # --- a turn that asks something is joined to the question
    (
        "topic",
        ["苏州工业园区有多少家上市企业？"],
        "在哪里？",
        "苏州工业园区有多少家上市企业？ 在哪里？",
    ),
    (
        "English",
        ["How large is the standard voucher for small firms?"],
        "Who may apply?",
        "How large is the standard voucher for small firms? Who may apply?",
    ),
    (
        "another matter of another place",
        ["栖云市拿国外驾照换证要多少钱？"],
        "换成青澜的话补考收多少？",
        "青澜拿国外驾照换证要多少钱？ 换成青澜的话补考收多少？",
    ),
    (
        "the same name is not replaced",
        ["宁波经开区的土地开发强度是多少？"],
        "宁波为什么缺地？",
        "宁波经开区的土地开发强度是多少？ 宁波为什么缺地？",
    ),
    (
        "two names are not replaced by one",
        ["苏州和宁波的补贴标准是多少？"],
        "青岛呢？",
        "苏州和宁波的补贴标准是多少？ 青岛呢？",
    ),
    (
        "short questions lean on the ones before",
        ["苏州工业园区有多少家上市企业？", "在哪里？"],
        "为什么？",
        "苏州工业园区有多少家上市企业？ 在哪里？ 为什么？",
    ),
    (
        "what is older is left out",
        ["苏州有几家？", "宁波经开区的土地开发强度为什么超过浙江省平均水平？"],
        "怎么解决？",
        "宁波经开区的土地开发强度为什么超过浙江省平均水平？ 怎么解决？",
    ),
]
IDS = [case[0] for case in CASES]


def conversation(turns: list[str], last: str) -> list[Message]:
    messages: list[Message] = []
    for question in turns:
        messages += [Message("user", question), Message("assistant", "文件中没有说明。")]
    return [*messages, Message("user", last)]


@pytest.mark.parametrize(("turns", "last", "expected"), [c[1:] for c in CASES], ids=IDS)
def test_a_follow_up_has_two_readings(turns: list[str], last: str, expected: str) -> None:
    read = read_conversation(conversation(turns, last))
    assert read.typed == last
    assert read.readings == (last, expected)


def test_history_is_bounded_by_words_and_by_questions() -> None:
    questions = ["在哪里？", "为什么？", "谁？", "何时？", "多少？"]
    joined = read_conversation(conversation(questions, "然后？")).readings[-1]
    assert joined == " ".join([*questions[-MOST_JOINED:], "然后？"])
    long = "甲方应当申报设备更新补贴项目预算"
    assert ENOUGH_WORDS <= 4
    assert read_conversation(conversation([*questions, long], "然后？")).readings[-1] == (
        f"{long} 然后？"
    )


@pytest.mark.parametrize(
    ("turn", "stands_alone"),
    [
        ("武汉经开区的汽车产业怎么转型？", True),
        ("海南洋浦經開區的外資規模成長了多少？", True),
        ("How many legal entities does Panasonic have in China?", True),
        ("那宁波呢？", False),
        ("What about Ningbo?", False),
        ("单个企业一年封顶补助多少万元？", False),
        ("How fast do I have to report it if something is stolen?", False),
    ],
)
def test_a_turn_stands_alone_that_says_and_names_what_it_is_about(
    turn: str, stands_alone: bool
) -> None:
    assert read_conversation(conversation(["苏州在哪里？"], turn)).stands_alone is stands_alone


@pytest.mark.parametrize("question", GOLD[::9])
def test_a_first_turn_has_one_reading(question: str) -> None:
    read = read_conversation([Message("system", "x"), Message("user", f" {question}\n")])
    assert read.readings == (read.typed,) == (question,)


def test_thanks_are_not_a_question_about_what_was_before() -> None:
    assert read_conversation(conversation(["宁波在哪里？"], "谢谢！")).readings == ("谢谢！",)


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
    assert read_conversation(conversation([before], last)).language is language


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
    joined = "苏州工业园区是哪一年设立的？ 它在哪里？"
    assert read_conversation(turns).readings == ("它在哪里？", joined)


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
        read_conversation(messages)


def test_only_the_last_turns_count() -> None:
    long_ago = [Message("user", "苏州是哪一年设立的？")]
    places = [Message("user", f"{name}呢？") for name in ("宁波", "青岛")] * 50
    near = read_conversation([*long_ago, *places[:TURNS_READ]])
    assert near.readings == ("青岛呢？", "青岛是哪一年设立的？")
    assert "设立" not in read_conversation([*long_ago, *places]).readings[-1]


def test_a_reading_that_grows_too_long_is_dropped() -> None:
    before = "很" * (MAX_QUESTION_LENGTH - 10) + "是哪一年设立的？"
    assert len(read_conversation(conversation([before], "它")).readings) == 2
    last = "它有多少家上市公司，主要分布在哪些行业？"
    assert read_conversation(conversation([before], last)).readings == (last,)


PIECES = [text for case in CASES for text in (*case[1], case[2], case[3])]
contents: st.SearchStrategy[str] = st.one_of(
    st.sampled_from(PIECES),
    texts,
    st.tuples(st.sampled_from(PIECES), texts, st.sampled_from(PIECES)).map("".join),
)
messages: st.SearchStrategy[list[Message]] = st.lists(
    st.builds(Message, st.sampled_from(["user", "assistant", "system"]), contents), max_size=7
)


@given(messages)
def test_any_messages_give_readings_or_are_refused(turns: list[Message]) -> None:
    asked = [message.content for message in turns if message.role == "user"]
    try:
        read = read_conversation(turns)
    except InvalidQuestionError:
        assert not asked or refused(asked[-1])
        return
    assert read.typed == read.readings[0] == asked[-1].strip()
    assert 1 <= len(read.readings) <= 2
    assert len(set(read.readings)) == len(read.readings)
    for reading in read.readings:
        assert len(reading) <= MAX_QUESTION_LENGTH
        assert check_question(reading) == reading


@given(contents)
def test_alone_every_question_is_asked_as_typed(question: str) -> None:
    if not refused(question):
        assert read_conversation([Message("user", question)]).readings == (question.strip(),)


def refused(question: str) -> bool:
    try:
        check_question(question)
    except InvalidQuestionError:
        return True
    return False


HARBOUR = """青澜市设备更新补贴办法

第一条 工业机器人按设备投资额的15%给予补贴，单个项目最高450万元。
第二条 数控机床按设备投资额的12%给予补贴，单个项目最高500万元。
第三条 申请人应当在每年6月30日前向青澜市经信局提出申请。
"""
MEADOW = """栖云市驾驶证换证指南

第一条 持境外驾驶证申请换证的，收取工本费10元。
第二条 考试不合格的，补考每次收取35元。
"""


def library(reader: Reader, embedder: Embedder) -> Assistant:
    documents = [
        replace(make_document(text, f"{text[:3]}.txt"), title=text.split("\n", maxsplit=1)[0])
        for text in (HARBOUR, MEADOW)
    ]
    splits = [split for document in documents for split in split_document(document)]
    return Assistant(make_snapshot(documents, splits, embedder), embedder, reader=reader)


@pytest.fixture(scope="module")
def assistant(encoder: OnnxEncoder) -> Assistant:
    return library(load_reader(encoder), encoder)


def ask(assistant: Assistant, *questions: str) -> Answer:
    return assistant.ask(conversation(list(questions[:-1]), questions[-1]))


def test_the_reading_that_the_documents_answer_is_kept(assistant: Assistant) -> None:
    answer = ask(assistant, "青澜买工业机器人能补多少？", "那数控机床呢？")
    assert answer.question == "那数控机床呢？"
    assert answer.resolved_question.endswith("那数控机床呢？")
    assert "12%" in answer.text


def test_a_new_topic_is_asked_as_typed(assistant: Assistant) -> None:
    question = "栖云市驾驶证考试不合格，补考收取多少？"
    answer = ask(assistant, "青澜的数控机床怎么补贴？", question)
    assert answer.resolved_question == question
    assert "35元" in answer.text


def test_an_article_is_asked_for_anew_but_not_again(assistant: Assistant) -> None:
    first = "青澜市设备更新补贴办法第一条说什么？"
    answer = ask(assistant, first, "第二条呢？")
    assert answer.resolved_question == "青澜市设备更新补贴办法第二条说什么？"
    assert "500万元" in answer.text
    assert "450万元" not in answer.text
    later = ask(assistant, first, "什么时候以前要提出申请？")
    assert "6月30日" in later.text


class CountingReader(FakeReader):
    """Counts how often it is asked to read."""

    def __init__(self) -> None:
        super().__init__()
        self.questions: list[str] = []

    def read(self, question: str, passages: Sequence[ReadPassage]) -> list[Reading]:
        self.questions.append(question)
        return super().read(question, passages)


def test_a_first_turn_is_read_once() -> None:
    reader = CountingReader()
    assistant = library(reader, FakeEmbedder())
    ask(assistant, "青澜买工业机器人能补多少？")
    assert reader.questions == ["青澜买工业机器人能补多少？"]
    ask(assistant, "青澜买工业机器人能补多少？", "那数控机床呢？")
    assert set(reader.questions[1:]) == {
        "那数控机床呢？",
        "青澜买工业机器人能补多少？ 那数控机床呢？",
    }

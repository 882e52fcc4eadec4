"""What kind of thing a question asks for, and which sentences hold one."""

import doctest

import pytest
from fakes import texts
from hypothesis import given
from hypothesis import strategies as st

import qa.questions.asking
from qa.language.text import fold
from qa.questions.asking import Kind, asked_kind, holds, is_greeting


def test_the_examples_in_the_docstrings() -> None:
    assert doctest.testmod(qa.questions.asking).failed == 0


@pytest.mark.parametrize(
    ("kind", "questions"),
    [
        (Kind.NUMBER, ["国家级经开区有多少家？", "占比是多少？", "How many zones?", "幾個城市？"]),
        (Kind.DATE, ["哪一年设立？", "什麼時候印發？", "When was it set up?", "In which year?"]),
        (Kind.PERSON, ["谁说的？", "哪位負責人？", "Who said so?"]),
        (Kind.POST, ["吉小枫是什么职务？", "What post does she hold?"]),
        (Kind.PLACE, ["总部在哪里？", "位於何處？", "Where is it?", "In which city?"]),
        (Kind.REASON, ["为什么要改革？", "原因是什麼？", "Why reform?"]),
        (Kind.LIST, ["有哪些措施？", "哪些產業？", "What are the four areas?"]),
        (Kind.OTHER, ["新质生产力是什么？", "Explain it.", "", "🙂"]),
    ],
)
def test_kinds(kind: Kind, questions: list[str]) -> None:
    assert [asked_kind(question) for question in questions] == [kind] * len(questions)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Hi there!", True),
        ("Good morning, everyone. Thank you so much", True),
        ("您好，謝謝大家！", True),
        ("？", True),
        ("", False),
        ("Hi, how many zones are there?", False),
        ("thank you all, friend", False),
        ("谢谢，那宁波呢？", False),
    ],
)
def test_greetings(text: str, expected: bool) -> None:
    assert is_greeting(text) is expected


@pytest.mark.parametrize(
    ("kind", "holding", "lacking"),
    [
        (Kind.NUMBER, "共有232家。", "数量很大。"),
        (Kind.NUMBER, "It has sixteen or twelve.", "It has many."),
        (Kind.DATE, "始于1984年。", "开始得很早。"),
        (Kind.DATE, "In May it began.", "It began."),
        (Kind.PERSON, "总裁赵炳弟说。", "企业很多。"),
        (Kind.POST, "他是副主任。", "他很高兴。"),
        (Kind.PLACE, "坐落于苏州市。", "很大。"),
        (Kind.REASON, "由于市场扩大。", "市场扩大。"),
        (Kind.LIST, "土地、人才、资金。", "土地。"),
    ],
)
def test_sentences_that_hold_such_a_thing(kind: Kind, holding: str, lacking: str) -> None:
    assert holds(kind, holding)
    assert not holds(kind, lacking)


@given(texts, st.sampled_from(Kind))
def test_scripts_and_widths_do_not_matter(text: str, kind: Kind) -> None:
    assert asked_kind(text) is asked_kind(fold(text))
    assert holds(kind, text) == holds(kind, fold(text))
    assert holds(Kind.OTHER, text)

"""What questions demand, in three scripts, and which sentences meet it."""

import numpy as np
import pytest

from qa.language.text import detect_language
from qa.questions import demands
from qa.types import Question


def asked(text: str) -> Question:
    return Question(text, detect_language(text), np.zeros(1, dtype=np.float32))


@pytest.mark.parametrize(
    ("text", "thing"),
    [
        ("这家公司有多少名员工？", "名"),
        ("恆力石化每年生產多少噸聚碳酸酯？", "吨"),
        ("一共有多少家企业？", "家"),
        ("这盒药多少钱？", demands.MONEY),
        ("How much does the test kit cost?", demands.MONEY),
        ("How many workers does the base employ?", "worker"),
        ("How many foreign-funded companies operate there?", "compani"),
        ("有多少个方面？", ""),  # a measure word that fits anything
        ("这里有几条路？", ""),
        ("谁主持了会议？", ""),
        ("Who chaired the meeting?", ""),
    ],
)
def test_what_is_counted(text: str, thing: str) -> None:
    found = demands.counted_thing(asked(text))
    assert found == thing or found.startswith(thing) == bool(thing)


@pytest.mark.parametrize(
    ("thing", "sentence", "held"),
    [
        (demands.MONEY, "年销售收入近1000亿元。", True),
        (demands.MONEY, "It sold for $30.", True),
        (demands.MONEY, "设立64家法人企业。", False),
        ("吨", "减少二氧化碳排放40万吨。", True),
        ("吨", "减少四成。", False),
        ("人", "有三万人。", True),
        ("worker", "It employs workers.", None),
    ],
)
def test_what_counts_it(thing: str, sentence: str, held: bool | None) -> None:
    assert demands.is_counted(thing, sentence) is held


@pytest.mark.parametrize(
    ("text", "attribute"),
    [
        ("宁波经开区的土地开发强度是多少？", "强度"),
        ("青島經開區的局長是誰？", "局长"),
        ("What is the market value of the company?", "valu"),
        ("为什么要改革？", ""),
        ("Where is it?", ""),
    ],
)
def test_the_attribute_asked_for(text: str, attribute: str) -> None:
    assert demands.attribute(asked(text)) == attribute


def test_years_are_those_of_four_digits() -> None:
    assert demands.years("2024年的232家，1984 年起，编号20245") == {"2024", "1984"}


@pytest.mark.parametrize(
    ("text", "sentence", "lacks"),
    [
        ("谁主持了会议？", "国务院常务会议作出部署。", True),
        ("谁主持了会议？", "局长王建国主持会议。", False),
        ("Who chaired it?", "The meeting made arrangements.", True),
        ("Who chaired it?", "The meeting was chaired by Wang Jianguo.", False),
        ("会议是什么时候？", "国务院常务会议作出部署。", False),
    ],
)
def test_a_person_is_demanded_by_who(text: str, sentence: str, lacks: bool) -> None:
    assert demands.lacks_person(asked(text), sentence) is lacks


@pytest.mark.parametrize(
    ("text", "sentence", "deputy"),
    [
        ("管委会的主任是谁？", "管委会副主任沈某", True),
        ("管委会的主任是谁？", "管委会主任李某和副主任沈某", False),
        ("管委会的副主任是谁？", "管委会副主任沈某", False),
        ("管委會的主任是誰？", "管委會副主任沈某", True),
    ],
)
def test_a_deputy_does_not_hold_the_post(text: str, sentence: str, deputy: bool) -> None:
    assert demands.has_deputy_only(asked(text), sentence) is deputy

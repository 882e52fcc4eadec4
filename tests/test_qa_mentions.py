"""What a question names, in both languages."""

import pytest
from fakes import texts
from hypothesis import given

from qa.questions.followups.mentions import find_mentions, is_all_named
from qa.questions.followups.names import Sort

CASES = {
    "苏州工业园区有多少家上市企业？": [("苏州工业园区", "name", "zone")],
    "蘇州工業園區有多少家上市企業？": [("蘇州工業園區", "name", "zone")],
    "那宁波呢？": [("宁波", "name", "")],
    "大连长兴岛经开区在哪里？": [("大连长兴岛经开区", "name", "zone")],
    "苏州纳米城里有多少家企业？": [("苏州纳米城", "name", "place")],
    "国务院常务会议由谁主持？": [("国务院常务会议", "name", "place")],
    "寧波海伯集團產能增加了多少？": [("寧波海伯集團", "name", "company")],
    "“大宗易行”平台是什么？": [("“大宗易行”平台", "name", "platform")],
    "王祯、张彩云和林女士是谁？": [
        ("王祯", "person", ""),
        ("张彩云", "person", ""),
        ("林女士", "person", ""),
    ],
    "松下2023财年在中国的收入": [
        ("松下", "name", ""),
        ("2023财年", "year", ""),
        ("中国", "country", ""),
    ],
    "国家级经开区的土地资源": [],
    "What about the Ningbo zone in 2024?": [("Ningbo zone", "name", "zone"), ("2024", "year", "")],
    "How many legal entities has Panasonic set up in China?": [
        ("Panasonic", "name", ""),
        ("China", "country", ""),
    ],
    "Did Zhang Caiyun or Ms Lin visit Suzhou Industrial Park?": [
        ("Zhang Caiyun", "person", ""),
        ("Ms Lin", "person", ""),
        ("Suzhou Industrial Park", "name", "zone"),
    ],
    "Who chaired the Ministry of Commerce on May 9?": [("Ministry of Commerce", "name", "")],
    "Roughly how many zones are there?": [],
    "When was 宁波经开区 founded?": [("宁波经开区", "name", "zone")],
}


@pytest.mark.parametrize("text", CASES)
def test_mentions_of_a_question(text: str) -> None:
    found = [(m.of(text), str(m.sort), m.head) for m in find_mentions(text)]
    assert found == CASES[text]


def test_the_noun_behind_a_name_is_told_apart() -> None:
    (mention,) = find_mentions("那宁波经开区呢？")
    assert "那宁波经开区呢？"[mention.start : mention.head_start] == "宁波"
    assert mention.sort is Sort.NAME


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("宁波", True),
        ("宁波的2023年", True),
        ("Ningbo in 2023", True),
        ("宁波的土地", False),
        ("the trade of Ningbo", False),
        ("", False),
    ],
)
def test_whether_a_text_is_all_names(text: str, named: bool) -> None:
    assert is_all_named(text) is named


@given(texts)
def test_mentions_lie_in_the_text_in_order_and_apart(text: str) -> None:
    end = 0
    for mention in find_mentions(text):
        assert end <= mention.start < mention.end <= len(text)
        assert mention.start <= mention.head_start <= mention.end
        end = mention.end

"""What is no question of the documents' content: greetings, thanks, a call for help."""

import pytest

from qa.questions.asking import asks_for_earlier, is_greeting


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Hi there!", True),
        ("Good morning, everyone. Thank you so much", True),
        ("您好，謝謝大家！", True),
        ("？", True),
        ("Who are you?", True),
        ("help", True),
        ("幫助", True),
        ("你能做什么？", True),
        ("", False),
        ("Hi, how many zones are there?", False),
        ("Who are you going to subsidise?", False),
        ("thank you all, friend", False),
        ("谢谢，那宁波呢？", False),
    ],
)
def test_greetings_and_calls_for_help(text: str, expected: bool) -> None:
    assert is_greeting(text) is expected


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("原来的补贴标准是多少？", True),
        ("修訂前怎麼算？", True),
        ("What was the previous rate?", True),
        ("现在的补贴标准是多少？", False),
        ("What is the rate now?", False),
    ],
)
def test_what_was_in_force_before(question: str, expected: bool) -> None:
    assert asks_for_earlier(question) is expected

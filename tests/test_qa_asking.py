"""What is no question of the documents' content: greetings, thanks, a call for help."""

import pytest

from qa.questions.asking import asks_for_earlier, is_greeting, is_thanks
from qa.questions.imprint import asks_for_document


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
    ("text", "expected"),
    [("謝謝！", True), ("Thank you so much", True), ("thanks", True), ("你好", False)],
)
def test_thanks(text: str, expected: bool) -> None:
    assert is_thanks(text) is expected


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


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("停车收费是哪个文件规定的？", True),
        ("哪些文件里提到了违约金？", True),
        ("按照什麼辦法規定的標準發放？", True),
        ("Which notice sets the parking fee?", True),
        ("In which report are the losses of 2023?", True),
        ("申请时要附哪些文件？", False),
        ("加量用水有哪些规定？", False),
        ("What documents must be handed in?", False),
        ("What rules apply to dogs in the park?", False),
    ],
)
def test_a_question_may_ask_for_the_document_and_not_for_papers(
    question: str, expected: bool
) -> None:
    assert asks_for_document(question) is expected

"""The words that decide an answer, marked by hand."""

import numpy as np
import pytest
from fakes import texts
from hypothesis import given

from qa.answers.decisive import decisive_spans
from qa.language.text import detect_language
from qa.types import Question


def asked(text: str) -> Question:
    return Question(text, detect_language(text), np.zeros(1, dtype=np.float32))


@pytest.mark.parametrize(
    ("question", "sentence", "marked"),
    [
        ("有多少家外资企业？", "2024年外资企业超6万家，产值3万亿元。", ["6万家"]),
        ("產值是多少？", "2024年產值16.9萬億元。", ["16.9萬億元"]),
        ("补贴多少钱？", "每增加一平方米最高给予300元补贴。", ["300元"]),
        ("占比多少？", "占全国的24.5%。", ["24.5%"]),
        ("How many workers are there?", "There are 1,200 workers.", ["1,200"]),
        ("哪一年设立？", "该园区设立于1994年，现有232家。", ["1994年"]),
        ("什么时候印发？", "5月21日，方案正式印发。", ["5月21日"]),
        ("When was it issued?", "It was issued on May 21, 2025.", ["May 21, 2025"]),
        (
            "2024年有多少家？",
            "2024年有232家。",
            ["232家"],
        ),  # what the question says decides nothing
        ("总部在哪个城市？", "公司总部位于苏州。", ["苏州"]),
        ("为什么要改革？", "因为外部环境变了，共16项。", []),
    ],
)
def test_what_decides(question: str, sentence: str, marked: list[str]) -> None:
    spans = decisive_spans(asked(question), sentence)
    assert [sentence[start:end].strip() for start, end in spans] == marked


@given(question=texts, sentence=texts)
def test_spans_lie_in_the_sentence_in_order(question: str, sentence: str) -> None:
    spans = decisive_spans(asked(question), sentence)
    assert all(0 <= start < end <= len(sentence) for start, end in spans)
    assert list(spans) == sorted(spans)

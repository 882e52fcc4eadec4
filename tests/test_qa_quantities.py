"""Numbers and dates written in different ways become one token."""

import doctest
import time
from decimal import Decimal

import pytest
from fakes import LONG_LINES, texts
from hypothesis import given
from hypothesis import strategies as st

import qa.language.quantities
from qa.language.quantities import find_quantities


def tokens(text: str) -> list[str]:
    return [token for token, _, _ in find_quantities(text)]


def test_the_examples_in_the_docstrings() -> None:
    assert doctest.testmod(qa.language.quantities).failed == 0


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("16.9万亿元", ["16900000000000"]),
        ("16.9 trillion yuan", ["16900000000000"]),
        ("490万家", ["4900000"]),
        ("4.9 million", ["4900000"]),
        ("10,000万 and 1,234.5 million", ["100000000", "1234500000"]),
        ("2024,400万", ["4000000"]),
        ("3百万 5千 2 hundred", ["3000000", "5000", "200"]),
        ("0.5万", ["5000"]),
        ("24.4 per cent, 3 percent, 2个百分点", ["24.4%", "3%", "2%"]),
        ("百分之十五 百分之3.5 百分之百", ["15%", "3.5%", "100%", "15", "100"]),  # 十五 alone, too
        ("2025年5月21日", ["#05-21", "#2025-05"]),
        ("2025 年 5 月", ["#2025-05"]),
        ("5月9日", ["#05-09"]),
        ("7月", ["#07"]),
        ("may 21, 2025", ["#05-21", "#2025-05"]),
        ("21st may 2025", ["#05-21", "#2025-05"]),
        ("sept. 3", ["#09-03"]),
        ("october 2024", ["#2024-10"]),
        ("13月 5 mayors march 3 times", ["#03-03"]),
        ("十六项", ["16"]),
        ("二十 一百二十三 三千两百", ["20", "123", "3200"]),
        ("两家 三个", ["2", "3"]),
        ("一家", []),  # more often "a" than "one"
        ("sixteen measures", ["16"]),
        ("forty-two zones", ["42"]),
        ("fourteen often", ["14"]),
        ("232家 no unit", []),
        ("", []),
        ("🙂", []),
    ],
)
def test_quantities(text: str, expected: list[str]) -> None:
    assert tokens(text) == expected


@given(
    number=st.decimals(min_value=0, max_value=9999, places=2),
    unit=st.sampled_from([("万", 4), ("亿元", 8), ("万亿", 12), (" million", 6), ("billion", 9)]),
)
def test_a_scaled_number_has_its_value(number: Decimal, unit: tuple[str, int]) -> None:
    (token,) = tokens(f"{number}{unit[0]}")
    assert Decimal(token) == number * 10 ** unit[1]
    assert "." not in token or not token.endswith("0")


@given(st.integers(2, 9999))
def test_chinese_numerals_have_their_value(number: int) -> None:
    numeral = "".join(
        f"{'零一二三四五六七八九'[number // power % 10]}{unit}"
        for unit, power in (("千", 1000), ("百", 100), ("十", 10), ("", 1))
        if number // power % 10
    )
    assert tokens(f"共{numeral}项") == [str(number)]


@given(texts)
def test_quantities_lie_inside_the_text(text: str) -> None:
    for token, start, end in find_quantities(text):
        assert token
        assert 0 <= start < end <= len(text)


@pytest.mark.parametrize("name", LONG_LINES)
def test_a_very_long_line_is_read_in_a_moment(name: str) -> None:
    started = time.perf_counter()
    assert sum(end > start for _, start, end in find_quantities(LONG_LINES[name])) >= 0
    assert time.perf_counter() - started < 5

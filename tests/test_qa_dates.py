import time
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.language.dates import find_dates, last_day, parse_date, shift

DAYS = st.dates(min_value=date(1912, 1, 1), max_value=date(2199, 12, 31))
MONTHS = (
    "January February March April May June July August September October November December"
).split()
CHINESE = "〇一二三四五六七八九"


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("2024年8月1日", "2024-08-01"),
        ("2024 年 8 月", "2024-08"),
        ("２０２４年８月１日", "2024-08-01"),  # full-width
        ("二〇二四年八月一日", "2024-08-01"),
        ("二○二四年", "2024"),
        ("二零二四", "2024"),
        ("二〇二四年十二月三十一日", "2024-12-31"),
        ("民國113年8月1日", "2024-08-01"),
        ("民國 110 年 11 月 08 日", "2021-11-08"),
        ("中華民國一百一十三年", "2024"),
        ("中華民國一一二年十月十七日", "2023-10-17"),
        ("113年8月1日", "2024-08-01"),
        ("2024-08-01", "2024-08-01"),
        ("2024/8/1", "2024-08-01"),
        ("2024.8.1", "2024-08-01"),
        ("2024-08", "2024-08"),
        ("1 August 2024", "2024-08-01"),
        ("1st of August, 2024", "2024-08-01"),
        ("August 1, 2024", "2024-08-01"),
        ("AUG 2024", "2024-08"),
        ("Sept. 2024", "2024-09"),
    ],
)
def test_a_date_has_one_form(text: str, iso: str) -> None:
    assert [mention.iso for mention in find_dates(text)] == [iso]
    assert parse_date(text) == iso


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2024年2月30日",
        "2024年13月",
        "31 April 2025",
        "2024-25",  # a season
        "2024-2025",
        "REF/2025/08",
        "AB-2025-02",
        "0532-8591",  # a telephone number
        "3600年",
        "2024",
        "1186万吨",
        "二〇二四万",
        "😀",
    ],
)
def test_what_no_calendar_has_is_no_date(text: str) -> None:
    assert find_dates(text) == []


def test_a_whole_text_may_hold_a_time_a_weekday_or_a_year_alone() -> None:
    assert parse_date("00:01 on 1 April 2025") == "2025-04-01"
    assert parse_date("2024-08-01T09:30:00Z") == "2024-08-01"
    assert parse_date("（2025年2月18日，星期二）") == "2025-02-18"
    assert parse_date("20240801") == "2024-08-01"
    assert parse_date("2024") == "2024"
    assert parse_date("since 2024年8月1日") == ""
    assert parse_date("2024年8月1日至2025年7月31日") == ""


def test_mentions_are_in_order_and_point_at_the_text() -> None:
    text = "自2024年5月1日起施行，to 1 April 2025，民國115年"
    mentions = find_dates(text)
    assert [text[m.start : m.end] for m in mentions] == [
        "2024年5月1日",
        "1 April 2025",
        "民國115年",
    ]


@given(DAYS)
def test_all_writings_of_a_day_are_one(day: date) -> None:
    digits = "".join(CHINESE[int(digit)] for digit in str(day.year))
    writings = [
        day.isoformat(),
        f"{day.year}年{day.month}月{day.day}日",
        f"{digits}年{_chinese(day.month)}月{_chinese(day.day)}日",
        f"中華民國{day.year - 1911}年{day.month}月{day.day}日",
        f"{day.day} {MONTHS[day.month - 1]} {day.year}",
        f"{MONTHS[day.month - 1][:3]} {day.day}, {day.year}",
        f"{day.year}/{day.month}/{day.day}",
    ]
    assert {parse_date(writing) for writing in writings} == {day.isoformat()}


@given(DAYS, st.integers(1, 60))
def test_a_term_ends_the_day_before_it_would_begin_anew(day: date, months: int) -> None:
    end = last_day(day.isoformat(), months=months)
    begins = shift(day.isoformat(), months=months)
    assert (date.fromisoformat(end) + timedelta(days=1)).isoformat() == begins


def test_a_term_has_the_precision_of_its_beginning() -> None:
    assert last_day("2024-05-01", years=3) == "2027-04-30"
    assert last_day("2024-02-29", years=1) == "2025-02-27"  # the term would go on on 28 February
    assert last_day("2024-05", months=6) == "2024-10"
    assert last_day("2024", years=2) == "2025"
    assert last_day("2999", years=1) == ""


@pytest.mark.parametrize(
    "unit", ["2024", "二〇二四", "民國一百", "2024年1", "January ", "1/1/", " 年"]
)
def test_time_grows_with_the_text_alone(unit: str) -> None:
    started = time.perf_counter()
    find_dates(unit * (200_000 // len(unit)))
    assert time.perf_counter() - started < 2


def _chinese(number: int) -> str:
    tens, ones = divmod(number, 10)
    ten = "" if not tens else "十" if tens == 1 else f"{CHINESE[tens]}十"
    return ten + (CHINESE[ones] if ones else "")

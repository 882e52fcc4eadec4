"""A short answer is written in the asker's language, exactly, or not at all."""

import doctest
import itertools
import random
import re
import time
from decimal import Decimal

import pytest
from fakes import LONG_LINES, texts
from hypothesis import given
from hypothesis import strategies as st

import qa.language.dates
import qa.language.quantities
import qa.language.values
from qa.language.quantities import LeadingNumber, leading_number
from qa.language.values import rendered
from qa.types import Language

ENGLISH, SIMPLIFIED, TRADITIONAL = Language.ENGLISH, Language.SIMPLIFIED, Language.TRADITIONAL
LIMIT = 0.1
"""Seconds for one text of the greatest length; a few milliseconds is what it takes."""


@pytest.mark.parametrize("module", [qa.language.values, qa.language.quantities, qa.language.dates])
def test_the_examples_in_the_docstrings(module: object) -> None:
    assert doctest.testmod(module).failed == 0  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "english"),
    [
        ("2,000元/月", "CNY 2,000 a month"),
        ("8,000万元", "CNY 80 million"),
        ("13642.8亿元", "CNY 1,364.28 billion"),
        ("1.4万平方米", "14,000 square metres"),
        ("0.40元/千瓦时", "CNY 0.40 per kWh"),  # the digits of the text
        ("不低于500万元", "not less than CNY 5 million"),
        ("每人每月不超过95元", "not more than CNY 95 a month per person"),
        ("2000元/人·月", "CNY 2,000 per person a month"),
        ("每年最高80万元", "up to CNY 800,000 a year"),
        ("一万二千元", "CNY 12,000"),
        ("新臺幣三萬元", "NT$30,000"),
        ("每公斤220港元", "HK$220 per kg"),
        ("1000亿元人民币", "CNY 100 billion"),
        ("5000元以上5万元以下罚款", "a fine of CNY 5,000 to CNY 50,000"),
        ("處新臺幣六萬元以上三十萬元以下罰鍰", "a fine of NT$60,000 to NT$300,000"),
        ("3年以上不满5年", "3 years or more but less than 5 years"),
        ("20万—50万元", "CNY 200,000 to CNY 500,000"),
        ("20-50万元", "CNY 200,000 to CNY 500,000"),
        ("12％", "12％"),  # the same in all languages
        ("百分之二十以上", "20% or more"),
        ("千分之三", "3‰"),
        ("3%到5%", "3% to 5%"),
        ("1.5个百分点", "1.5 percentage points"),
        ("八折", "80% of the price"),
        ("8.5折", "85% of the price"),
        ("七成", "70%"),
        ("232家", "232"),
        ("1.76亿台", "176 million"),
        ("1.78万人", "17,800 people"),
        ("不得少于1人", "not less than 1 person"),
        ("累计不超过36个月", "not more than 36 months in total"),
        ("每周一次", "once a week"),
        ("不超过三次", "not more than 3 times"),
        ("三十日内", "within 30 days"),
        ("15个工作日内", "within 15 working days"),
        ("7個工作天內", "within 7 working days"),
        ("3至5个工作日内", "within 3 to 5 working days"),
        ("有效期5年", "valid for 5 years"),
        ("二十年", "20 years"),
        ("满18周岁", "at least 18 years of age"),
        ("每6个月", "every 6 months"),
        ("2025年3月1日", "1 March 2025"),
        ("二〇二四年十二月", "December 2024"),
        ("民國113年8月1日", "1 August 2024"),
        ("四月一日至四月三十日", "1 April to 30 April"),
        ("2025年4月1日至10月31日", "1 April 2025 to 31 October 2025"),
        ("2024年11月至3月", "November 2024 to March"),  # of which year is not said
        ("5月6日至20日", "6 May to 20 May"),
        ("自2024年7月1日起施行", "in force from 1 July 2024"),
        ("有效期至2027年6月30日", "valid until 30 June 2027"),
        ("10月底前", "before the end of October"),
        ("次年3月31日前", "before 31 March of the following year"),
        ("每年3月10日至4月10日", "10 March to 10 April every year"),
        ("每日8:00至21:00", "8:00 to 21:00 every day"),
        ("4月和10月", "April and October"),
        ("30%、40%和50%。", "30%, 40% and 50%"),
        ("增加15天", "an increase of 15 days"),
        ("6 months", "6 months"),
    ],
)
def test_chinese_values_in_english(text: str, english: str) -> None:
    assert rendered(text, ENGLISH) == english


@pytest.mark.parametrize(
    ("text", "chinese"),
    [
        ("£12,000", "12,000英镑"),
        ("£1.86 million", "186万英镑"),
        ("1.27 billion", "12.7亿"),
        ("123.456 million people", "12,345.6万人"),
        ("CNY 200,000", "20万元"),
        ("RMB 50,000 to 200,000", "5万元至20万元"),
        ("£5 million to £10 million", "500万至1,000万英镑"),
        ("a fine of €5,000", "罚款5,000欧元"),
        ("€1,140 per employee a year", "每年每名雇员1,140欧元"),
        ("HK$40,000", "4万港元"),
        ("NT$2,000", "新台币2,000元"),
        ("40%", "40%"),
        ("232", "232"),
        ("1.5 per cent a month", "每月1.5%"),
        ("5% off", "优惠5%"),
        ("6 months", "6个月"),
        ("Twenty-one days", "21天"),
        ("within 15 working days", "15个工作日内"),
        ("3 to 5 years", "3至5年"),
        ("11 days ahead of plan", "比计划提前11天"),
        ("at least two weeks ahead", "提前至少2周"),
        ("no more than 18 hours a year", "每年不超过18小时"),
        ("24 hours a day", "每天24小时"),
        ("for up to 6 months", "为期不超过6个月"),
        ("18 or over", "18及以上"),
        ("fewer than 50 people", "不足50人"),
        ("at most 15 square metres", "不超过15平方米"),
        ("20 December 2024", "2024年12月20日"),
        ("Sept. 3", "9月3日"),
        ("2024-05-01", "2024年5月1日"),
        ("by 24 April 2025", "不晚于2025年4月24日"),
        ("From 1 July 2024", "2024年7月1日起"),
        ("by the end of 2026", "不晚于2026年底"),
        ("between 1 May and 30 June", "5月1日至6月30日"),
        ("6 to 20 May 2025", "2025年5月6日至2025年5月20日"),
        ("8am–5.30 p.m.", "上午8:00至下午5:30"),
        ("30%, 40% and 50%", "30%、40%和50%"),
    ],
)
def test_english_values_in_chinese(text: str, chinese: str) -> None:
    assert rendered(text, SIMPLIFIED) == chinese


@pytest.mark.parametrize(
    ("text", "chinese"),
    [
        ("within 15 working days", "15個工作日內"),
        ("£12,000", "12,000英鎊"),
        ("CNY 200,000", "人民幣20萬元"),  # there 元 alone is another currency
        ("20万元", "20萬元"),
        ("六個月內", "六個月內"),
        ("免费", "免費"),
        ("40%", "40%"),
    ],
)
def test_values_in_traditional_characters(text: str, chinese: str) -> None:
    assert rendered(text, TRADITIONAL) == chinese


@pytest.mark.parametrize(
    "text",
    [
        *("", "元", "不超过", "每月", "免费", "三年内不得申请"),
        *("2000元（不含税）", "首次500元", "第三年", "三五天", "十几天", "500多家"),  # words over
        *("15日", "每月15日", "15日前", "24年", "113年", "85年", "三月内", "近三年", "近三次"),
        *("一百五", "一万二", "二十三百", "85折", "12折", "1,00元", "007家", "3 5天", "-5%以上"),
        *("5000-1万元", "50-20万元", "人民币5至10万元", "10、20元", "5元至3元", "3至5"),
        *("至少5元以上", "最高不低于5元", "提高到70万元", "增加1倍", "每月15个工作日内"),
        *("2025年2月29日", "4月31日", "5月6日至5日", "2024年度"),
        *("20萬元", "每月2,400元的補貼"),  # of Taiwan, Hong Kong or Macau
    ],
)
def test_what_is_not_wholly_understood_is_not_put_in_english(text: str) -> None:
    assert not rendered(text, ENGLISH)


@pytest.mark.parametrize(
    "text",
    [
        *("", "May", "may", "one", "a month", "3 times", "$400", "¥150", "5 dollars", "£5m"),
        *("over five years", "up to 31 March", "from £5", "within 10 days of receipt"),
        *("£5 to £10 million", "£5–10 million", "5 to 3 days", "May 1 to 5", "12 pm"),
        *("one hundred and fifty days", "1 2 days", "at least 10% or more", "40% in advance"),
    ],
)
def test_what_is_not_wholly_understood_is_not_put_in_chinese(text: str) -> None:
    assert not rendered(text, SIMPLIFIED)


def test_the_language_of_the_document_tells_which_yuan() -> None:
    assert rendered("1,500元", ENGLISH, source=SIMPLIFIED) == "CNY 1,500"
    assert not rendered("1,500元", ENGLISH, source=TRADITIONAL)
    assert rendered("人民币1,500元", ENGLISH, source=TRADITIONAL) == "CNY 1,500"
    assert rendered("60日內", ENGLISH, source=TRADITIONAL) == "within 60 days"


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("一千零五十元", LeadingNumber(Decimal(1050), "1050", "元", spelled=True)),
        ("1,234.50 euro", LeadingNumber(Decimal("1234.50"), "1,234.50", " euro")),
        ("two-year", LeadingNumber(Decimal(2), "2", "-year", spelled=True)),
        ("1,2345", None),
        ("两百零", None),
    ],
)
def test_the_number_that_a_text_begins_with(text: str, number: LeadingNumber | None) -> None:
    assert leading_number(text) == number


SCALES = {"万": 4, "亿": 8, "万亿": 12, "million": 6, "billion": 9, "trillion": 12}
NUMBERS = st.decimals(min_value=1, max_value=10**7, places=2) | st.integers(1, 10**12)


def value(text: str) -> Decimal:
    """The one number of a text, with its scale."""
    (found,) = re.findall(r"([\d,]+(?:\.\d+)?) ?(万亿|[万亿]|[mbtr]+illion)?", text)
    return Decimal(found[0].replace(",", "")).scaleb(SCALES.get(found[1], 0))


@given(NUMBERS, st.sampled_from(["", "万", "亿"]), st.sampled_from(["元", "人", "平方米"]))
def test_no_number_changes_on_the_way_to_english(
    number: Decimal | int, scale: str, unit: str
) -> None:
    assert value(rendered(f"不超过{number:f}{scale}{unit}", ENGLISH)) == value(f"{number:f}{scale}")


@given(NUMBERS, st.sampled_from(["", " million", " billion"]))
def test_no_number_changes_on_the_way_to_chinese(number: Decimal | int, scale: str) -> None:
    text = f"up to £{number:,f}{scale} a year"
    assert value(rendered(text, SIMPLIFIED)) == value(text)


@given(st.dates())
def test_a_date_comes_back(date: object) -> None:
    chinese = rendered(f"{date}", SIMPLIFIED)
    assert not chinese or chinese == rendered(rendered(chinese, ENGLISH) or "-", SIMPLIFIED)


WORDS = """每 每月 /月 每人 不超过 最高 以上 以下 内 前 起 至 自 到 、 和 罚款 有效期 约 底 次年
    5 1,000 3.5 十 两 二十 万 亿 元 % 日 天 个月 年 家 次 2024年 5月 6日 折 人民币 HK$ £ -
    between and from to up at least a day per year million twenty one May 1 working days , or more
    the end of""".split()


@given(st.lists(st.sampled_from(WORDS), max_size=12), st.sampled_from(["", " "]))
def test_words_of_values_in_any_order_do_no_harm(words: list[str], gap: str) -> None:
    for language in Language:
        assert isinstance(rendered(gap.join(words), language), str)


@given(texts)
def test_any_text_is_taken(text: str) -> None:
    for language in Language:
        assert isinstance(rendered(text, language), str)


@pytest.mark.parametrize("line", LONG_LINES.values(), ids=LONG_LINES)
def test_a_long_line_is_no_value(line: str) -> None:
    assert rendered(line, ENGLISH) in ("", line)


def test_no_text_is_slow_to_read() -> None:
    for language in Language:
        rendered("5天", language)  # opens the tables
    pairs = random.Random(0).sample([*itertools.product(WORDS, repeat=2)], 300)  # noqa: S311
    for pair in [*zip(WORDS, WORDS, strict=True), *pairs]:
        for gap, length in (("", 100), (" ", 100), ("", 300)):
            text = gap.join(pair * 150)[:length]
            started = time.thread_time()
            for language in (ENGLISH, SIMPLIFIED):
                rendered(text, language)
            assert time.thread_time() - started < LIMIT, text

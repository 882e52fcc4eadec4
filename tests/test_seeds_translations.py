"""The translations render the documents sentence by sentence, and the bilingual terms parse."""

import calendar
import json
import re
from collections import Counter
from decimal import Decimal
from functools import cache
from pathlib import Path

import pytest

from qa.corpus.files import find_files, read_document
from qa.corpus.passages import split_into_passages
from qa.language.text import fold, split_sentences, squash
from qa.types import Document

SEEDS = Path(__file__).parent.parent / "seeds"
NAMES = sorted(path.stem for path in (SEEDS / "documents").glob("*.txt"))

HAN = re.compile(r"[\u3400-\u9fff]")
FULL_WIDTH = re.compile(r"[\u3000-\u303f\uff00-\uffef]")
INSERTION = re.compile(r"\[[^\]]*\]")  # what the original leaves to its context
PERCENTAGE = re.compile(r"(\d+(?:\.\d+)?)%")
CHINESE_MONTH = re.compile(r"(?<!\d)(\d{1,2})月")
CHINESE_NUMBER = re.compile(r"(\d+(?:\.\d+)?)(万亿|亿|万)?")
ENGLISH_NUMBER = re.compile(r"(\d[\d,]*(?:\.\d+)?)(?: (million|billion|trillion))?")
UNITS = {
    "": 1,
    "万": 10**4,
    "亿": 10**8,
    "万亿": 10**12,
    "million": 10**6,
    "billion": 10**9,
    "trillion": 10**12,
}
# English spells small numbers out.
NUMBER_WORDS = {"three": 3, "four": 4, "five": 5, "eight": 8, "ninth": 9}
# Numbers that the originals write in Chinese characters and the translations in digits.
HAN_NUMBERS = {"十九期": 19, "千余家": 1000, "超万家": 10**4, "千亿级": 10**11}

PERSONS = {
    "习近平": "Xi Jinping",
    "吉小枫": "Ji Xiaofeng",
    "沈磊": "Shen Lei",
    "赵炳弟": "Zhao Bingdi",
    "安蓓": "An Bei",
    "谢希瑶": "Xie Xiyao",
    "王雨萧": "Wang Yuxiao",
    "张召堂": "Zhang Zhaotang",
    "张彩云": "Zhang Caiyun",
    "张振中": "Zhang Zhenzhong",
    "姜建明": "Jiang Jianming",
    "李蓓莉": "Li Beili",
    "王祯": "Wang Zhen",
    "章永乐": "Zhang Yongle",
    "孙晓萌": "Sun Xiaomeng",
    "孟凡婷": "Meng Fanting",
}
# Terms that the translations must render as terms.tsv does, wherever they stand.
OFFICIAL_TERMS = [
    "国家级经开区",
    "新质生产力",
    "因地制宜",
    "制度型开放",
    "高水平对外开放",
    "改革开放",
    "自贸试验区",
    "营商环境",
    "科创板",
    "高新技术企业",
    "产业集群",
    "实际使用外资",
    "要素保障",
    "商务部",
    "国务院",
    "苏州工业园区",
    "宁波经开区",
    "松下",
    "广交会",
    "容积率",
]


@cache
def read_translations(name: str) -> list[tuple[str, str]]:
    lines = (SEEDS / "translations" / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    entries = [json.loads(line) for line in lines]
    assert all(list(entry) == ["original", "translation"] for entry in entries)
    return [(entry["original"], entry["translation"]) for entry in entries]


@cache
def read_seeds() -> dict[str, Document]:
    files, _ = find_files([SEEDS / "documents"])
    return {file.path.stem: read_document(file) for file in files}


@cache
def read_terms() -> list[tuple[list[str], list[str]]]:
    lines = (SEEDS / "terms.tsv").read_text(encoding="utf-8").splitlines()
    assert lines[0].startswith("#")
    sides = [line.split("\t") for line in lines[1:]]
    assert all(len(side) == 2 for side in sides)
    return [(chinese.split(" | "), english.split(" | ")) for chinese, english in sides]


ALL = [pair for name in NAMES for pair in read_translations(name)]
IDS = [f"{name[:3]}-{n}" for name in NAMES for n, _ in enumerate(read_translations(name), start=1)]


def chinese_numbers(text: str) -> set[Decimal]:
    """Values of the Arabic numbers of a Chinese text, months left out: `9.9万` is 99,000."""
    without_months = CHINESE_MONTH.sub("", squash(fold(text)))
    return {Decimal(n) * UNITS[unit] for n, unit in CHINESE_NUMBER.findall(without_months)}


def english_numbers(text: str) -> set[Decimal]:
    """Values of the numbers that an English text writes in digits: `27.2 billion`."""
    text = text.replace("COVID-19", "")
    return {Decimal(n.replace(",", "")) * UNITS[unit] for n, unit in ENGLISH_NUMBER.findall(text)}


def number_words(text: str) -> set[Decimal]:
    return {
        Decimal(NUMBER_WORDS[word]) for word in re.findall("[a-z]+", text) if word in NUMBER_WORDS
    }


def test_numbers_of_both_languages_are_read_alike() -> None:
    chinese = "2024年实际使用外资272亿美元，16.9 万亿元、6万家、9.9 万家，占23.4％"
    english = "27.2 billion US dollars in 2024, 16.9 trillion yuan, 60,000 and 99,000; 23.4%"
    assert chinese_numbers(chinese) == english_numbers(english)
    assert len(chinese_numbers(chinese)) == 6


def test_every_document_has_its_translations() -> None:
    files = (SEEDS / "translations").iterdir()
    assert sorted(path.name for path in files) == [f"{name}.jsonl" for name in NAMES]


@pytest.mark.parametrize("name", NAMES)
def test_originals_in_order_are_the_text(name: str) -> None:
    originals = "".join(original for original, _ in read_translations(name))
    assert squash(originals) == squash(read_seeds()[name].text)


@pytest.mark.parametrize("name", NAMES)
def test_originals_are_the_sentences(name: str) -> None:
    sentences = {
        squash(passage.text[start:end])
        for passage in split_into_passages(read_seeds()[name])
        for start, end in split_sentences(passage.text)
    }
    assert {squash(original) for original, _ in read_translations(name)} == sentences


@pytest.mark.parametrize(("original", "translation"), ALL, ids=IDS)
def test_translation_is_english_text(original: str, translation: str) -> None:
    assert translation == translation.strip()
    assert not HAN.search(translation)
    assert not FULL_WIDTH.search(translation)
    for opening, closing in ("“”", "()", "[]"):
        assert translation.count(opening) == translation.count(closing)
    assert 1.5 < len(INSERTION.sub("", translation)) / len(squash(original)) < 8


@pytest.mark.parametrize(("original", "translation"), ALL, ids=IDS)
def test_translation_keeps_the_numbers(original: str, translation: str) -> None:
    expected, found = chinese_numbers(original), english_numbers(translation)
    assert expected <= found | number_words(translation)
    in_characters = {
        Decimal(value) for han, value in HAN_NUMBERS.items() if han in fold(squash(original))
    }
    assert english_numbers(INSERTION.sub("", translation)) <= expected | in_characters


@pytest.mark.parametrize(("original", "translation"), ALL, ids=IDS)
def test_translation_keeps_percentages_and_months(original: str, translation: str) -> None:
    folded = squash(fold(original))
    assert Counter(PERCENTAGE.findall(folded)) == Counter(PERCENTAGE.findall(translation))
    for month in CHINESE_MONTH.findall(folded):
        assert calendar.month_name[int(month)] in translation


@pytest.mark.parametrize("person", PERSONS)
def test_person_is_named_alike_everywhere(person: str) -> None:
    naming = [translation for original, translation in ALL if person in fold(original)]
    assert naming
    assert all(PERSONS[person] in translation for translation in naming)


@pytest.mark.parametrize("term", OFFICIAL_TERMS)
def test_official_term_is_rendered_as_listed(term: str) -> None:
    variants = next(english for chinese, english in read_terms() if term in chinese)
    using = [translation.casefold() for original, translation in ALL if term in fold(original)]
    assert using
    for translation in using:
        assert any(variant.casefold() in translation for variant in variants), translation


def test_terms_have_both_sides() -> None:
    for chinese, english in read_terms():
        assert all(HAN.search(variant) for variant in chinese), chinese
        assert all(re.search("[A-Za-z]", variant) for variant in english), chinese
        assert not any(HAN.search(variant) for variant in english), chinese
        assert all(variant == variant.strip() for variant in chinese + english), chinese


def test_chinese_terms_are_folded() -> None:
    chinese = [variant for variants, _ in read_terms() for variant in variants]
    assert [variant for variant in chinese if fold(variant) != variant] == []


def test_no_variant_is_repeated() -> None:
    chinese = Counter(variant for variants, _ in read_terms() for variant in variants)
    assert [variant for variant, count in chinese.items() if count > 1] == []
    for variants, english in read_terms():
        assert len({variant.casefold() for variant in english}) == len(english), variants


def test_there_are_enough_terms() -> None:
    assert len(read_terms()) >= 250

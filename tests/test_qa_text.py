"""Folding, languages, sentences, words and marks: named cases, then what holds for any text."""

import doctest
import time
import unicodedata
from collections.abc import Callable
from itertools import pairwise
from random import Random

import pytest
from fakes import LONG_LINES, texts
from hypothesis import given
from hypothesis import strategies as st

import qa.language.text
from qa.language.text import (
    detect_language,
    fold,
    is_chinese,
    locate_all,
    split_sentences,
    squash,
    to_script,
    to_simplified,
)
from qa.language.words import content_words, cut, find_matches, stem, terms, tokenize, words
from qa.types import Language


def test_the_examples_in_the_docstrings() -> None:
    assert doctest.testmod(qa.language.text).failed == 0


def test_squash_removes_every_kind_of_white_space() -> None:
    assert squash(" 4\u30000 多\r\n年\t来\x0b\x0c\x1c\x85\u2028\u00a0。") == "40多年来。"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("國家級經濟技術開發區", "国家级经济技术开发区"),
        ("ＣＰＴＰＰ　１８０ＧＷｈ，２４．５％！", "cptpp 180gwh,24.5%!"),
        ("裏面裡面後麵", "里面里面后面"),
        ("發展 頭髮", "发展 头发"),  # two Traditional characters, one Simplified
        ("ﬁve Straße ǅ", "FIVE STRASSE dž"),
        ("Cafe\u0301", "CAFÉ"),
        ("㎞ ½ ①", "km 1\u20442 1"),
    ],
)
def test_two_writings_of_one_text_fold_alike(one: str, other: str) -> None:
    assert fold(one) == fold(other)


def test_folding_keeps_different_words_apart() -> None:
    assert fold("经开区") != fold("开发区")
    assert fold("24.5%") != fold("24.4%")


@pytest.mark.slow
def test_folding_every_character_twice_is_folding_it_once() -> None:
    characters = (chr(code) for code in range(0x110000) if not 0xD800 <= code < 0xE000)
    folded = fold("\n".join(characters))  # on lines of their own, so that none joins another
    assert fold(folded) == folded


@given(st.one_of(st.text(), texts))
def test_folding_twice_is_folding_once(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(texts)
def test_conversion_to_simplified_keeps_every_place(text: str) -> None:
    converted = to_simplified(text)
    assert len(converted) == len(text)
    assert to_simplified(converted) == converted
    assert [a for a, b in zip(text, converted, strict=True) if a.isascii() and a != b] == []


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("国家级经开区有多少家？", Language.SIMPLIFIED),
        ("國家級經開區有多少家？", Language.TRADITIONAL),
        ("How many zones are there?", Language.ENGLISH),
        ("CPTPP 是什么", Language.SIMPLIFIED),
        ("RCEP 與 CPTPP 有何不同？", Language.TRADITIONAL),
        ("What is 经开区?", Language.ENGLISH),
        ("What does 新质生产力 mean?", Language.ENGLISH),
        ("新质生产力 (new quality productive forces) 是什么意思？", Language.SIMPLIFIED),
        ("ＷＨＡＴ　ＩＳ　ＩＴ？", Language.ENGLISH),
        ("DON'T", Language.ENGLISH),
        ("AI", Language.ENGLISH),
        ("开放", Language.SIMPLIFIED),
        ("中文", Language.SIMPLIFIED),  # nothing tells the scripts apart
        ("乾坤", Language.SIMPLIFIED),
        ("此後於何處？", Language.TRADITIONAL),
        ("232？", Language.SIMPLIFIED),
        ("🙂", Language.SIMPLIFIED),
        ("", Language.SIMPLIFIED),
    ],
)
def test_language_and_script_are_detected(text: str, language: Language) -> None:
    assert detect_language(text) is language


@pytest.mark.parametrize(
    ("text", "otherwise", "language"),
    [
        ("2024?", Language.ENGLISH, Language.ENGLISH),
        ("2024？", Language.TRADITIONAL, Language.TRADITIONAL),
        ("CPTPP?", Language.SIMPLIFIED, Language.SIMPLIFIED),
        ("那2024年呢", Language.TRADITIONAL, Language.TRADITIONAL),  # written alike in both
        ("那宁波呢", Language.TRADITIONAL, Language.SIMPLIFIED),
        ("那寧波呢", Language.SIMPLIFIED, Language.TRADITIONAL),
        ("那呢", Language.ENGLISH, Language.SIMPLIFIED),
        ("and Ningbo?", Language.TRADITIONAL, Language.ENGLISH),
    ],
)
def test_what_the_characters_leave_open_is_in_the_other_language(
    text: str, otherwise: Language, language: Language
) -> None:
    assert detect_language(text, otherwise=otherwise) is language


def test_both_scripts_are_chinese() -> None:
    assert [is_chinese(language) for language in Language] == [True, True, False]


@pytest.mark.parametrize(
    "marked",
    [
        "国家级经开区有232家，遍布31个省。|“稳外贸。”吉小枫说。",
        "他问：“好吗？”|张三走了……|后来呢？！|（见附件。）|完",
        "“這是信號。”張召堂認為。|“第二句。”",
        "The U.S. plan has 16 measures.| Mr. Shen said so on May 21, 2025!| It ended.",
        "It cost 3.5 million.| No. 5 is here, e.g. this.| (He left.)| “Done.”| Next",
        "See plan.txt by J. R. Smith et al. in use.| 第二句",
        "什么是 ETDZ？|It is a zone.|\n第三句",
        "第一行|\n|\n第二行|\u3000",
        "占２４．５％！|（见①）",
        "👩‍👩‍👧 zone🙂。|🇨🇳",
        "",
    ],
)
def test_sentences_end_where_they_are_marked(marked: str) -> None:
    text = marked.replace("|", "")
    expected = [sentence.strip() for sentence in marked.split("|") if sentence.strip()]
    assert [text[start:end] for start, end in split_sentences(text)] == expected


@given(texts)
def test_sentences_hold_every_character_once_and_in_order(text: str) -> None:
    spans = split_sentences(text)
    assert "".join(squash(text[start:end]) for start, end in spans) == squash(text)
    assert all(text[start:end] == text[start:end].strip() != "" for start, end in spans)
    assert all("\n" not in text[start:end] for start, end in spans)
    assert spans == sorted(spans)


@given(text=texts, random=st.randoms(use_true_random=False))
def test_spans_of_a_reading_text_are_found_in_the_original(text: str, random: Random) -> None:
    breaks = ["", "", " ", "\n", "\r\n\n", "\u3000"]
    original = "".join(character + random.choice(breaks) for character in text)
    spans = split_sentences(text)
    for (start, end), (first, last) in zip(spans, locate_all(original, text, spans), strict=True):
        assert squash(original[first:last]) == squash(text[start:end])
        assert not original[first].isspace()
        assert not original[last - 1].isspace()


def test_a_span_is_located_by_hand() -> None:
    original = "\r\n40 多年\n\n来，232家。\n"
    reading = "40多年来，232家。"
    assert locate_all(original, reading, [(0, 5), (6, 9)]) == [(2, 10), (11, 14)]
    assert original[2:10] == "40 多年\n\n来"


def test_words_of_both_scripts_and_widths_are_the_same() -> None:
    expected = ["国家", "国家级", "经开区", "有", "232", "家"]
    assert words("国家级经开区有232家") == expected
    assert words("國家級經開區有２３２家") == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Zones' measures, developing", ["zone", "measur", "develop"]),
        ("180GWh", ["180gwh", "180", "gwh"]),
        ("1,234.5 and 24.5%", ["1234.5", "and", "24.5%"]),
        ("3CL 10:30", ["3cl", "3", "cl", "10:30"]),
        ("占18.3％", ["占", "18.3%"]),
        ("16.9万亿", ["16.9", "万亿", "16900000000000"]),
        ("May 21", ["may", "21", "#05-21"]),
        ("🙂 … ——", []),
        ("", []),
    ],
)
def test_words(text: str, expected: list[str]) -> None:
    assert words(text) == expected


@given(texts)
def test_each_word_comes_from_its_place(text: str) -> None:
    tokens = tokenize(text)
    assert all(0 <= start < end <= len(text) for _, start, end in tokens)
    if not any(map(unicodedata.combining, text)):  # which join with the character before
        assert [word for word, _, _ in tokens] == words(text)
    for word, start, end in tokens:
        if "一" <= word[0] <= "龥":
            assert word in fold(text[start:end])


def test_the_index_also_holds_pairs_of_characters_and_the_pinyin_of_names() -> None:
    assert terms("吉小枫说") == ["吉小枫", "说", "吉小", "小枫", "枫说", "jixiaofeng", "xiaofeng"]
    assert terms("張召堂") == ["张召堂", "张召", "召堂", "zhangzhaotang", "zhaotang"]


def test_cutting_keeps_the_longest_words() -> None:
    assert cut("国家级经济技术开发区") == ["国家级", "经济", "技术开发区"]


@given(st.text(alphabet="国家级经济技术开发区的一二人"))
def test_cutting_loses_nothing(text: str) -> None:
    assert "".join(cut(text)) == text


@pytest.mark.parametrize(
    ("question", "content"),
    [
        ("寧波經開區有多少家企業？", {"宁波": True, "企业": False}),
        ("吉小枫说了什么？", {"吉小枫": True}),
        ("What did Mr. Shen say about Suzhou?", {"shen": True, "suzhou": True, "say": False}),
        ("Suzhou in 2024", {"suzhou": False, "2024": False}),  # the first word has a capital anyway
        ("16.9万亿元", {"16900000000000": False}),
        ("的了吗？ what is the of", {}),
        ("", {}),
    ],
)
def test_content_words_and_which_are_names(question: str, content: dict[str, bool]) -> None:
    found = dict(content_words(question))
    assert {word: found.get(word) for word in content} == content
    assert not found.keys() & {"多少", "什么", "了", "的", "what", "did", "is", "the", "of"}
    assert bool(found) == bool(content)


@pytest.mark.parametrize(
    ("text", "language", "written"),
    [
        (
            "发展与头发",
            Language.TRADITIONAL,
            "發展與頭髮",
        ),  # by words: 发 has two Traditional forms
        ("發展與頭髮", Language.SIMPLIFIED, "发展与头发"),
        ("發展與頭髮", Language.TRADITIONAL, "發展與頭髮"),
        ("发展", Language.ENGLISH, "发展"),
        ("The zone", Language.TRADITIONAL, "The zone"),
        ("", Language.TRADITIONAL, ""),
    ],
)
def test_writing_in_a_script(text: str, language: Language, written: str) -> None:
    assert to_script(text, language) == written


def test_stems() -> None:
    # From the published vocabulary of Porter's second English stemmer.
    pairs = {"consigned": "consign", "knightly": "knight", "consistency": "consist"}
    assert {word: stem(word) for word in pairs} == pairs
    assert stem("经开区") == "经开区"


@pytest.mark.parametrize(
    ("marked", "question"),
    [
        ("[国家级经开区]有232家，遍布31个省。", "多少家國家級經開區？"),
        ("[國家級經開區]有232家", "国家级经开区"),
        ("[Zones] opened in [zone] 5", "Which zone?"),
        ("[十六]项措施", "16 measures"),
        ("5月[２１]日", "21 日"),
        ("没有一样的字", "zone 🙂"),
        ("", "国家"),
        ("国家", ""),
    ],
)
def test_words_of_the_question_are_marked(marked: str, question: str) -> None:
    text = marked.replace("[", "").replace("]", "")
    found = "".join(
        "[" * (place in {start for start, _ in find_matches(text, question)})
        + character
        + "]" * (place + 1 in {end for _, end in find_matches(text, question)})
        for place, character in enumerate(text)
    )
    assert found == marked


@given(text=texts, question=texts)
def test_marks_are_apart_and_inside_the_text(text: str, question: str) -> None:
    marks = find_matches(text, question)
    borders = [0, *(border for mark in marks for border in mark), len(text)]
    assert borders == sorted(borders)
    assert all(start < end for start, end in marks)
    assert all(end < start for (_, end), (start, _) in pairwise(marks))


@given(texts)
def test_a_text_marks_all_of_its_own_words(text: str) -> None:
    marks = find_matches(text, text)
    known = set(words(text))
    for word, start, end in tokenize(text):
        if len(word) > 1 and word in known:
            assert any(first <= start < end <= last for first, last in marks)


@pytest.mark.slow
@pytest.mark.parametrize("name", LONG_LINES)
@pytest.mark.parametrize(
    ("function", "length"),
    [
        (detect_language, 100_000),
        (fold, 100_000),
        (split_sentences, 100_000),
        (words, 30_000),
        (lambda text: find_matches(text, text[:99]), 30_000),
    ],
    ids=["language", "fold", "sentences", "words", "matches"],
)
def test_a_very_long_line_takes_no_more_than_its_length(
    name: str, function: Callable[[str], object], length: int
) -> None:
    """Ten times the characters may take thirty times the time; a square would take a hundred."""
    seconds = []
    for text in (LONG_LINES[name][: length // 10], LONG_LINES[name][:length]):
        started = time.perf_counter()
        function(text)
        seconds.append(time.perf_counter() - started)
    assert seconds[1] < 30 * seconds[0] + 1

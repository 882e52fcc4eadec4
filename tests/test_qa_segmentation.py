"""The trie cuts as jieba's own dictionary does."""

import logging
from pathlib import Path

import jieba
import pytest
from fakes import TEXTS
from hypothesis import given, settings
from hypothesis import strategies as st

from qa.index.building import seed_folder
from qa.language.segmentation import is_known, romanise, segment
from qa.language.text import split_sentences, to_simplified

COMMON = bytes(
    byte for row in range(0xB0, 0xD7) for cell in range(0xA1, 0xFF) for byte in (row, cell)
).decode("gb2312")
"""Nearly all of the characters in common use: GB 2312, level 1."""


def tuples(tokenizer: jieba.Tokenizer, text: str) -> list[tuple[str, int, int]]:
    return list(tokenizer.tokenize(text, mode="search"))


@pytest.fixture(scope="module")
def plain() -> jieba.Tokenizer:
    jieba.setLogLevel(logging.WARNING)
    return jieba.Tokenizer()


def sentences() -> list[str]:
    found = []
    for path in sorted(Path(seed_folder()).glob("*.txt")):
        text = to_simplified(path.read_text(encoding="utf-8"))
        found += [text[start:end] for start, end in split_sentences(text)]
    return found


@pytest.mark.slow
def test_the_seeds_are_cut_as_by_plain_jieba(plain: jieba.Tokenizer) -> None:
    assert len(sentences()) > 300
    for sentence in [*sentences(), *TEXTS.values()]:
        assert list(segment(sentence)) == tuples(plain, sentence)


@pytest.mark.slow
@settings(max_examples=300)
@given(st.text(alphabet=COMMON + "〇龘𠀀a1 。", max_size=60))
def test_any_chinese_is_cut_as_by_plain_jieba(plain: jieba.Tokenizer, text: str) -> None:
    assert list(segment(text)) == tuples(plain, text)


def test_search_mode_gives_the_words_inside_a_long_word() -> None:
    assert list(segment("苏州工业园区")) == [
        ("苏州", 0, 2),
        ("工业", 2, 4),
        ("园区", 4, 6),
        ("工业园", 2, 5),
        ("苏州工业园区", 0, 6),
    ]


def test_a_long_run_is_cut_piece_by_piece_with_right_places() -> None:
    text = "国家级经开区" * 300
    tokens = list(segment(text))
    assert all(text[start:end] == word for word, start, end in tokens)
    covered = {place for _, start, end in tokens for place in range(start, end)}
    assert covered == set(range(len(text)))


def test_known_words() -> None:
    assert is_known("开发区")
    assert is_known("宁波")
    assert not is_known("吉小枫")
    assert not is_known("")


@pytest.mark.parametrize(
    ("word", "pinyin"),
    [
        ("吉小枫", "jixiaofeng"),
        ("宁波", "ningbo"),
        ("绿", "lv"),
        ("CPTPP区", "CPTPPqu"),
        ("🙂", "🙂"),
        ("", ""),
    ],
)
def test_pinyin(word: str, pinyin: str) -> None:
    assert romanise(word) == pinyin

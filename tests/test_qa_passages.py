"""Documents become passages: nothing lost, nothing twice, no heading in the middle."""

import time
from pathlib import Path

import pytest
from fakes import LONG_LINES, make_document, texts
from hypothesis import given
from hypothesis import strategies as st

from qa.corpus.files import SourceFile, read_document
from qa.corpus.paragraphs import split_paragraphs
from qa.corpus.passages import MAX_LENGTH, TARGET_LENGTH, split_document, split_into_passages
from qa.corpus.structure import parse
from qa.index.building import seed_folder
from qa.language.text import detect_language, split_sentences, squash
from qa.types import BlockKind, Document, Language, Passage

SEEDS = sorted(seed_folder().glob("*.txt"))


def check(document: Document, passages: list[Passage], *, target: int, longest: int) -> None:
    """What holds for the passages of every document."""
    text = document.text
    assert "".join(squash(passage.text) for passage in passages) == squash(text)
    position = 0
    for passage in passages:
        assert passage.text == passage.text.strip()
        assert position <= passage.start < passage.end
        assert squash(text[passage.start : passage.end]) == squash(passage.text)
        assert passage.id == f"{document.id}:{passage.start}-{passage.end}"
        assert passage.document_id == document.id
        open_to = detect_language(passage.text, otherwise=document.language)
        assert passage.language is open_to
        position = passage.end
    paragraphs, blocks = split_paragraphs(text), parse(text)
    assert len(paragraphs) == len(blocks)
    for passage in passages:
        inside = [p for p in paragraphs if p.start < passage.end and p.end > passage.start]
        assert passage.paragraph == inside[0].number
        # Each line is one paragraph, by which a citation counts the paragraphs of its passage.
        assert len(passage.text.split("\n")) == len(inside)
        is_heading = [blocks[p.number - 1].kind is BlockKind.HEADING for p in inside]
        headings = [
            len(p.text)
            for p, heads in zip(inside, is_heading, strict=True)
            if heads and len(p.text) <= longest
        ]
        assert is_heading == sorted(is_heading, reverse=True)  # headings, then what is below them
        # A heading stays with the text below it, which alone is no longer than the longest.
        room = sum(headings) + len(headings)
        assert len(passage.text) <= room + max(longest, target + len(inside))
        assert sum(headings) <= max(target, longest)


@pytest.mark.parametrize("path", SEEDS, ids=lambda path: path.stem)
def test_the_seeds(path: Path) -> None:
    document = read_document(SourceFile(path, path.name, {}))
    passages = split_into_passages(document)
    check(document, passages, target=TARGET_LENGTH, longest=MAX_LENGTH)
    assert max(len(passage.text) for passage in passages) <= MAX_LENGTH
    starts = {p.start for p in split_paragraphs(document.text)}
    assert {passage.start for passage in passages} <= starts


@given(texts, st.integers(1, 60), st.integers(1, 60))
def test_any_text(text: str, target: int, longest: int) -> None:
    document = make_document(text)
    passages = [
        s.passage for s in split_document(document, target=target, longest=longest, whole=longest)
    ]
    check(document, passages, target=target, longest=longest)


def test_short_paragraphs_join_under_their_heading() -> None:
    document = make_document("# 一\n\n甲。\n\n乙。\n\n# 二\n\n## 二之一\n\n丙。\n\n丁。\n")
    assert [(p.paragraph, p.text) for p in split_into_passages(document)] == [
        (1, "# 一\n甲。\n乙。"),
        (4, "# 二\n## 二之一\n丙。\n丁。"),
    ]


def test_paragraphs_join_up_to_the_target() -> None:
    document = make_document("一二三。\n\n四五六。\n\n七八九。\n\n十一十二十三。\n")
    passages = [s.passage for s in split_document(document, target=8, longest=20)]
    assert [p.text for p in passages] == ["一二三。\n四五六。", "七八九。", "十一十二十三。"]
    assert [p.paragraph for p in passages] == [1, 3, 4]


def test_a_long_paragraph_is_split_into_like_parts_at_sentence_ends() -> None:
    document = make_document("一二三四。五六七八。九十一二。三四五六。")
    passages = [s.passage for s in split_document(document, target=5, longest=14)]
    assert [p.text for p in passages] == ["一二三四。五六七八。", "九十一二。三四五六。"]
    assert [(p.start, p.end, p.paragraph) for p in passages] == [(0, 10, 1), (10, 20, 1)]


def test_a_long_sentence_is_split_at_a_clause_or_else_anywhere() -> None:
    clauses = make_document("一二三四五，六七八九十，一二三四五六七八九十。")
    passages = [s.passage for s in split_document(clauses, target=1, longest=8)]
    assert [p.text for p in passages] == [
        "一二三四五，",
        "六七八九十，",
        "一二三四五六七八",
        "九十。",
    ]
    words = make_document("one two six  three four five six. End")
    assert [p.text for p in [s.passage for s in split_document(words, target=1, longest=12)]] == [
        *("one two six", "three four", "five six.", "End"),
    ]


def test_the_parts_of_one_paragraph_never_share_a_passage() -> None:
    """They would be two lines, and the citation of the second would name the next paragraph."""
    text = "一。" * 100 + "二" * 220 + "。" + "三" * 8 + "。"
    document = make_document(f"头一段。\n{text}\n末一段。")
    paragraphs = split_paragraphs(document.text)
    assert [p.number for p in paragraphs] == [1, 2, 3]
    for passage in split_into_passages(document):
        for start, _ in split_sentences(passage.text):
            number = passage.paragraph + passage.text.count("\n", 0, start)
            first_words = squash(passage.text[start:])[:3]
            assert first_words in squash(paragraphs[number - 1].text)


def test_a_table_of_contents_is_not_one_passage() -> None:
    document = make_document("\n".join(f"# 第{number}章的标题" for number in range(200)))
    assert max(len(p.text) for p in split_into_passages(document)) < 2 * TARGET_LENGTH


@pytest.mark.parametrize("language", list(Language))
def test_a_passage_is_in_its_own_language_or_in_that_of_its_document(language: Language) -> None:
    """A bilingual file is not English, and figures are in the language of what is around them."""
    text = "# 2024\n\n232。\n\n# Two\n\nThe plan has sixteen measures.\n\n# 三\n\n這個開發區發展。"
    figures, english, chinese = split_into_passages(make_document(text, language=language))
    assert figures.language is language
    assert english.language is Language.ENGLISH
    assert chinese.language is Language.TRADITIONAL


@pytest.mark.parametrize("text", ["", " \n\u3000"])
def test_a_blank_document_has_no_passages(text: str) -> None:
    assert split_into_passages(make_document(text)) == []


@pytest.mark.parametrize("name", LONG_LINES)
def test_a_very_long_line_is_split_in_a_moment(name: str) -> None:
    document = make_document(LONG_LINES[name])
    started = time.perf_counter()
    passages = split_into_passages(document)
    assert time.perf_counter() - started < 5
    assert "".join(squash(p.text) for p in passages) == squash(document.text)
    assert all(len(p.text) <= MAX_LENGTH for p in passages)

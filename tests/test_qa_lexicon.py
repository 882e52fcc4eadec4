"""Question words become groups of words of the other language."""

import pytest
from fakes import TEXTS, texts
from hypothesis import given
from hypothesis import strategies as st

from qa.language.words import words
from qa.retrieval.lexicon import Lexicon, pack_members
from qa.types import Group, Language, Member, TermPair

ZONE: TermPair = (
    ("国家级经济技术开发区", "国家级经开区"),
    ("national-level economic and technological development zone", "ETDZ"),
)
OWN = Lexicon([ZONE, (("开发区",), ("development zone", "ETDZ"))])
DICTIONARY = Lexicon()


def members(groups: list[Group]) -> list[set[Member]]:
    return [set(group) for group in groups]


def test_a_dictionary_word_has_its_translations() -> None:
    (group,) = DICTIONARY.bridge("enterprises", Language.ENGLISH)
    assert group[("企业",)] == 1.0
    (group,) = DICTIONARY.bridge("企业", Language.SIMPLIFIED)
    assert {group[("enterpris",)], group[("compani",)]} == {1.0}
    assert all(0 < weight <= 1 for weight in group.values())


def test_a_phrase_goes_before_its_words() -> None:
    enterprise, tax = DICTIONARY.bridge("enterprise income tax", Language.ENGLISH)
    assert ("企业",) in enterprise
    assert ("所得税",) in tax
    assert ("收入",) not in tax


def test_both_scripts_find_the_same() -> None:
    simplified = DICTIONARY.bridge("税收优惠", Language.SIMPLIFIED)
    assert members(simplified) == members(DICTIONARY.bridge("稅收優惠", Language.TRADITIONAL))
    assert any(("taxat",) in group for group in simplified)


def test_stop_words_have_no_group() -> None:
    assert DICTIONARY.bridge("What is the other of it?", Language.ENGLISH) == []


def test_names_and_figures_are_written_alike() -> None:
    groups = DICTIONARY.bridge("ＣＰＴＰＰ的180GWh", Language.SIMPLIFIED)
    assert members(groups)[-4:] == [{("cptpp",)}, {("180gwh",)}, {("180",)}, {("gwh",)}]


def test_english_questions_keep_names_and_figures() -> None:
    question = "Did the AS-206 carry 16.9 trillion beroids on May 21, 2024 under CPTPP?"
    found = {member for group in DICTIONARY.bridge(question, Language.ENGLISH) for member in group}
    wanted = "206 16.9 16900000000000 beroid #05-21 #2024-05 21 2024 cptpp"
    assert {(term,) for term in wanted.split()} <= found


def test_grammar_is_not_translated() -> None:
    groups = DICTIONARY.bridge("谁在哪里被任命的？", Language.SIMPLIFIED)
    assert members(groups) == members(DICTIONARY.bridge("任命", Language.SIMPLIFIED))


def test_a_phrase_that_the_index_does_not_hold_is_taken_apart() -> None:
    whole = DICTIONARY.bridge("test flight", Language.ENGLISH)
    assert len(whole) == 1
    apart = Lexicon(known={"测试", "飞行"}).bridge("test flight", Language.ENGLISH)
    assert [set(group) for group in apart] == [
        {("测试",), ("test",)},
        {("飞行",), ("flight",)},
    ]


def test_a_compound_is_its_parts_where_the_dictionary_has_no_whole() -> None:
    groups = DICTIONARY.bridge("plague-stricken", Language.ENGLISH)
    assert ("鼠疫",) in groups[0]
    assert len(groups) == 2


def test_the_corpus_s_own_terms_are_found_whole() -> None:
    question = "How many National-level Economic and Technological Development Zones in Suzhou?"
    zone, suzhou = OWN.bridge(question, Language.ENGLISH)
    assert set(zone) == {tuple(words(term)) for term in ZONE[0]}
    assert ("苏州",) in suzhou
    (zone,) = OWN.bridge("國家級經開區", Language.TRADITIONAL)
    assert set(zone) == {
        ("nation", "level", "econom", "technolog", "develop", "zone"),  # as an index holds them
        ("etdz",),
    }


def test_what_stands_around_an_own_term_is_looked_up_as_well() -> None:
    first, zone, last = OWN.bridge("苏州国家级经开区企业", Language.SIMPLIFIED)
    assert ("suzhou",) in first
    assert ("etdz",) in zone
    assert ("enterpris",) in last


def test_an_english_term_may_have_several_chinese_ones() -> None:
    (group,) = OWN.bridge("ETDZs", Language.ENGLISH)
    chinese = {tuple(words(term)) for term in (*ZONE[0], "开发区")}
    assert set(group) == chinese | {("etdz",)}


def test_own_terms_go_with_the_dictionary_s() -> None:
    lexicon = Lexicon([(("举措",), ("measure",))])
    (group,) = lexicon.bridge("measures", Language.ENGLISH)
    assert group[("举措",)] == 1.0
    assert ("措施",) in group


@pytest.mark.parametrize("pair", [(("信息技术",), ("IT",)), (("——",), ("dash",))])
def test_a_term_without_content_words_has_no_empty_member(pair: TermPair) -> None:
    lexicon = Lexicon([pair])
    groups = [
        *lexicon.bridge(pair[0][0], Language.SIMPLIFIED),
        *lexicon.bridge(pair[1][0], Language.ENGLISH),
    ]
    assert all(member and all(member) for group in groups for member in group)


@given(
    text=st.one_of(texts, st.sampled_from([*TEXTS.values()])), language=st.sampled_from(Language)
)
def test_any_text_gives_groups_of_weighted_terms(text: str, language: Language) -> None:
    for group in OWN.bridge(text, language):
        assert group
        for member, weight in group.items():
            assert member
            assert all(member)
            assert 0 < weight <= 1


def test_packing_by_hand() -> None:
    packed = pack_members({("企业",): 1.0, ("develop", "zone"): 0.5, ("x",): 0.001})
    assert packed == b"d\xe4\xbc\x81\xe4\xb8\x9a\x00" + b"2develop zone\x00" + b"\x01x"

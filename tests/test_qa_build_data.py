"""The look-up tables: the committed ones can be made again, and a small dictionary by hand."""

import json
from collections import defaultdict
from pathlib import Path

import marisa_trie
import numpy as np
import pytest
from fakes import FakeEmbedder
from hypothesis import given
from hypothesis import strategies as st

from embeddings.centering import load_means
from qa.build_data import (
    Entry,
    _model_1,
    build_lexicon,
    build_means,
    build_pinyin,
    build_words,
)
from qa.language.segmentation import DATA
from qa.retrieval.lexicon import pack_members
from qa.types import Member

pytestmark = pytest.mark.slow


def entry(simplified: str, pinyin: str, *definitions: str) -> Entry:
    return {"simplified": simplified, "pinyin": pinyin, "definitions": list(definitions)}


DICTIONARY = [
    entry("南部", "nan2 bu4", "southern part"),
    entry("南方", "nan2 fang1", "south", "southern China; the South"),
    entry("北部", "bei3 bu4", "northern part"),
    entry("宁波", "Ning2 bo1", "Ningbo city in Zhejiang"),
    entry("绿", "lu:4", "green"),
    entry("行", "xing2", "to walk (literary)"),
    entry("银行", "yin2 hang2", "bank", "CL:家[jia1]"),
    entry("行人", "xing2 ren2", "pedestrian, one who walks"),
    entry("张", "Zhang1", "surname Zhang", "classifier for flat objects"),
    entry("甭", "beng2", "variant of 別|别[bie2]"),
    entry("卡拉OK", "ka3 la1 O K", "karaoke"),
    entry("一长句话", "yi1 chang2 ju4 hua4", "six words tell this long gloss apart"),
]


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tables")
    build_pinyin(DICTIONARY, folder)
    build_lexicon(DICTIONARY, folder)
    return folder


def group(tables: Path, name: str, key: str) -> dict[Member, float]:
    """Read a group with nothing but the format that `pack_members` describes."""
    packed = marisa_trie.BytesTrie().mmap(str(tables / f"{name}.marisa"))[key][0]
    parts = packed.split(b"\0")
    return {tuple(part[1:].decode().split(" ")): part[0] / 100 for part in parts}


def test_the_committed_word_list_is_that_of_the_installed_jieba(tmp_path: Path) -> None:
    build_words(tmp_path)
    assert (tmp_path / "words.marisa").read_bytes() == (DATA / "words.marisa").read_bytes()


def test_pinyin_is_the_commonest_reading(tables: Path) -> None:
    pinyin = marisa_trie.BytesTrie().mmap(str(tables / "pinyin.marisa"))
    found = {character: pinyin[character][0].decode() for character in "南绿行宁张"}
    assert found == {"南": "nan", "绿": "lv", "行": "xing", "宁": "ning", "张": "zhang"}
    assert "卡" not in pinyin  # its entry does not say which syllable is whose


def test_names_are_what_is_written_with_a_capital(tables: Path) -> None:
    names = marisa_trie.Trie().mmap(str(tables / "names.marisa"))
    assert list(names) == ["宁波"]  # a surname alone is a single character


def test_what_a_gloss_states_weighs_all(tables: Path) -> None:
    assert group(tables, "english_chinese", "southern part")[("南部",)] == 1.0
    assert group(tables, "chinese_english", "南部")[("southern", "part")] == 1.0
    assert group(tables, "chinese_english", "南方")[("south",)] == 1.0
    assert group(tables, "english_chinese", "ningbo")[("宁波",)] == 1.0
    assert group(tables, "english_chinese", "bank")[("银行",)] == 1.0


def test_what_several_glosses_teach_weighs_at_most_half(tables: Path) -> None:
    southern = group(tables, "english_chinese", "southern")
    assert southern[("南部",)] == max(southern.values()) == 0.5
    assert ("北部",) not in southern


def test_what_is_no_translation_is_left_out(tables: Path) -> None:
    english_chinese = marisa_trie.BytesTrie().mmap(str(tables / "english_chinese.marisa"))
    chinese_english = marisa_trie.BytesTrie().mmap(str(tables / "chinese_english.marisa"))
    assert not {"surnam", "surnam zhang", "variant", "literari", "cl"} & set(english_chinese.keys())
    assert not {"甭", "卡拉ok", "一长句话"} & set(chinese_english.keys())


def test_groups_are_packed_as_they_are_read(tables: Path) -> None:
    members = {("经开区",): 1.0, ("develop", "zone"): 0.37}
    packed = marisa_trie.BytesTrie([("key", pack_members(members))])
    packed.save(str(tables / "sample.marisa"))
    assert group(tables, "sample", "key") == members


def test_means_are_those_of_the_glosses_and_the_renderings(tmp_path: Path) -> None:
    path = tmp_path / "means.json"
    embedder = FakeEmbedder(dimension=32)
    build_means(DICTIONARY, embedder, path, sample=1)
    means = load_means(embedder.model_id, 32, path)
    assert json.loads(path.read_text())["model"] == embedder.model_id
    assert set(means) == {"zh", "en"}
    assert all(0.1 < np.linalg.norm(mean.passage) < 1 for mean in means.values())


Pairs = list[tuple[tuple[str, ...], tuple[str, ...]]]


def plain_model_1(
    pairs: Pairs,
) -> tuple[dict[tuple[str, str], float], dict[tuple[str, str], float]]:
    """Probabilities and counts of IBM Model 1, Koehn, Statistical Machine Translation, figure 4.3.

    The empty source word is the one that he calls NULL.
    """
    probability: dict[tuple[str, str], float] = defaultdict(lambda: 1.0)
    count: dict[tuple[str, str], float] = {}
    for _ in range(5):
        count = defaultdict(float)
        total: dict[str, float] = defaultdict(float)
        for targets, sources in pairs:
            for target in targets:
                norm = sum(probability[target, source] for source in ("", *sources))
                for source in ("", *sources):
                    share = probability[target, source] / norm
                    count[target, source] += share
                    total[source] += share
        probability = defaultdict(
            float, {link: value / total[link[1]] for link, value in count.items()}
        )
    return probability, count


words = st.sampled_from(["the", "house", "book", "a", "is"])
foreign = st.sampled_from(["das", "haus", "buch", "ein", "ist"])


@given(
    st.lists(
        st.tuples(
            st.lists(words, min_size=1, max_size=4, unique=True).map(tuple),
            st.lists(foreign, min_size=1, max_size=4, unique=True).map(tuple),
        ),
        min_size=1,
        max_size=8,
    )
)
def test_alignment_agrees_with_the_textbook(pairs: Pairs) -> None:
    expected, counts = plain_model_1(pairs)
    found = _model_1(pairs)
    for source, targets in found.items():
        for probability, target in targets:
            assert probability == pytest.approx(expected[target, source], abs=1e-9)
    # Nothing that is likely and frequent is left out.
    for (target, source), probability in expected.items():
        if source and probability > 0.5 and counts[target, source] > 0.31:  # the table's limit .3
            assert target in [word for _, word in found[source]]


def test_alignment_learns_the_textbook_s_example() -> None:
    """Koehn's three sentences: the house, the book, a book."""
    pairs = ["the house|das haus", "the book|das buch", "a book|ein buch"]
    split = [tuple(tuple(side.split()) for side in pair.split("|")) for pair in pairs]
    found = _model_1([(targets, sources) for targets, sources in split])
    best = {source: max(targets)[1] for source, targets in found.items()}
    assert best == {"das": "the", "haus": "house", "buch": "book", "ein": "a"}

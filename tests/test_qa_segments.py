"""A corpus in several parts answers as the same corpus in one; what is removed leaves no trace."""

import json
from collections.abc import Sequence
from dataclasses import fields
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from fakes import FakeEmbedder, same_postings
from hypothesis import example, given
from hypothesis import strategies as st

from qa.assistant import make_question
from qa.index.building import index_paths
from qa.index.disk.manifest import SegmentInfo, read_manifest
from qa.index.disk.merging import MOST, SMALLEST, due, tier
from qa.index.inverted.inverting import build_part, build_postings, merge_parts
from qa.index.inverted.postings import Postings
from qa.index.keeping.library import add_paths, remove
from qa.index.store import Snapshot, read_snapshot
from qa.language.words import terms
from qa.retrieval.hybrid import build_searchers
from qa.types import Group

Corpus = list[list[list[str]]]

words = st.sampled_from("abcdefgh")
corpora: st.SearchStrategy[list[tuple[list[list[str]], bool]]] = st.lists(
    st.tuples(st.lists(st.lists(words, max_size=6), max_size=3), st.booleans()), max_size=12
)
members = st.lists(words, min_size=1, max_size=3, unique=True).map(tuple)
groups_asked = st.lists(
    st.dictionaries(members, st.sampled_from([0.25, 0.33, 0.7, 1.0]), min_size=1, max_size=4),
    max_size=4,
)


def in_parts(
    corpus: Sequence[tuple[list[list[str]], bool]], cuts: Sequence[int]
) -> tuple[Postings, Postings, Postings]:
    """A corpus in parts with some passages removed; these parts merged; and what is left anew."""
    places = sorted({0, len(corpus), *(cut % (len(corpus) + 1) for cut in cuts)})
    stretches = [corpus[a:b] for a, b in pairwise(places)] or [corpus]
    parts = tuple(build_part([passage for passage, _ in stretch]) for stretch in stretches)
    alive = [np.array([alive for _, alive in s], dtype=bool) for s in stretches]
    several = Postings(parts, tuple(None if flags.all() else flags for flags in alive))
    merged = Postings((merge_parts(parts, alive),))
    return several, merged, build_postings([passage for passage, alive in corpus if alive])


@given(corpus=corpora, cuts=st.lists(st.integers(0, 20), max_size=5))
def test_merged_parts_are_as_if_built_at_once(
    corpus: list[tuple[list[list[str]], bool]], cuts: list[int]
) -> None:
    _, merged, anew = in_parts(corpus, cuts)
    assert same_postings(merged, anew)


@example(corpus=[([], True), ([["a"]], True)], cuts=[1], groups=[{("a",): 0.25}])
@given(corpus=corpora, cuts=st.lists(st.integers(0, 20), max_size=5), groups=groups_asked)
def test_parts_score_as_the_whole_to_the_last_bit(
    corpus: list[tuple[list[list[str]], bool]], cuts: list[int], groups: list[Group]
) -> None:
    several, _, anew = in_parts(corpus, cuts)
    assert len(several) == len(anew)
    for name in ("lengths", "norms", "sentence_starts", "owners"):
        np.testing.assert_array_equal(getattr(several, name), getattr(anew, name))
    found, expected = several.score(groups), anew.score(groups)
    np.testing.assert_array_equal(found.bm25, expected.bm25)
    np.testing.assert_array_equal(found.masses, expected.masses)
    for match, other in zip(found.matches, expected.matches, strict=True):
        assert match.idf == other.idf
        np.testing.assert_array_equal(match.passages, other.passages)
        np.testing.assert_array_equal(match.frequencies, other.frequencies)
    rows = np.flatnonzero(np.diff(anew.sentence_starts))
    covered, other_covered = found.coverage(rows.tolist()), expected.coverage(rows.tolist())
    for row in rows.tolist():
        np.testing.assert_array_equal(covered[row], other_covered[row])


@given(corpus=corpora, cuts=st.lists(st.integers(0, 20), max_size=5))
def test_only_terms_that_some_passage_still_holds_are_known(
    corpus: list[tuple[list[list[str]], bool]], cuts: list[int]
) -> None:
    several, _, anew = in_parts(corpus, cuts)
    known = {term for passage, alive in corpus if alive for s in passage for term in s}
    assert {term for term in "abcdefghx" if term in several} == known
    assert {term for term in "abcdefghx" if term in anew} == known
    assert 5 not in several


TEXTS = [
    "国家级经开区有232家。\n\n苏州工业园区设立于1994年。\n",
    "試點共有十六項措施。\n\n蘇州排名第一，寧波排名第二。\n",
    "The pilot zone opened in 1994.\n\nIt has sixteen measures.\n",
    "苏州的外贸增长了百分之十。\n\n天气很好。\n\n措施有十六项。\n",
    "宁波设立于1984年。\n\n宁波在浙江。\n",
    "The zones are in 31 provinces.\n",
    "本办法自2024年1月1日起施行。\n\n第一条 为了规范管理，制定本办法。\n",
]
QUESTIONS = ["苏州工业园区是哪年设立的？", "How many measures are there?", "有多少項措施", "宁波"]


@pytest.fixture
def kept_and_anew(tmp_path: Path) -> tuple[Snapshot, Snapshot]:
    """A library in several segments, one of its documents removed; and one of the same at once."""
    for number, text in enumerate(TEXTS):
        (tmp_path / f"{number}.txt").write_text(text, encoding="utf-8")
        add_paths([tmp_path / f"{number}.txt"], tmp_path / "kept", FakeEmbedder)
    (tmp_path / "removed.txt").write_text("措施措施措施。\n\n苏州。\n", encoding="utf-8")
    add_paths([tmp_path / name for name in ("removed.txt",)], tmp_path / "kept", FakeEmbedder)
    remove(["removed.txt"], tmp_path / "kept")
    paths = [tmp_path / f"{number}.txt" for number in range(len(TEXTS))]
    index_paths(paths, tmp_path / "anew", FakeEmbedder())
    assert len(read_manifest(tmp_path / "kept").segments) > 5
    assert len(read_manifest(tmp_path / "anew").segments) == 1
    return read_snapshot(tmp_path / "kept"), read_snapshot(tmp_path / "anew")


def test_a_library_in_segments_holds_and_scores_what_one_at_once_does(
    kept_and_anew: tuple[Snapshot, Snapshot],
) -> None:
    kept, anew = kept_and_anew
    assert kept.documents == anew.documents
    assert list(kept.passages) == list(anew.passages)
    place = {row.text: number for number, row in enumerate(anew.rows)}
    order = [place[row.text] for row in kept.rows]
    contexts = {text: number for number, text in enumerate(anew.contexts)}
    assert sorted(kept.contexts) == sorted(anew.contexts)
    np.testing.assert_array_equal(np.asarray(kept.vectors), np.asarray(anew.vectors)[order])
    for row in kept.rows:
        other = anew.rows[place[row.text]]
        same = [f.name for f in fields(row) if f.name not in ("context", "passage")]
        assert [getattr(row, name) for name in same] == [getattr(other, name) for name in same]
        assert kept.contexts[row.context] == anew.contexts[other.context]
        assert kept.passages[row.passage] == anew.passages[other.passage]
    for question in QUESTIONS:
        groups: list[Group] = [{(term,): 1.0} for term in terms(question)]
        found, expected = kept.postings.score(groups), anew.postings.score(groups)
        np.testing.assert_array_equal(found.bm25, expected.bm25[order])
        above = [contexts[text] for text in kept.contexts]
        found, expected = kept.context_postings.score(groups), anew.context_postings.score(groups)
        np.testing.assert_array_equal(found.bm25, expected.bm25[above])


@pytest.mark.parametrize("text", QUESTIONS)
def test_a_library_in_segments_answers_as_one_at_once(
    kept_and_anew: tuple[Snapshot, Snapshot], text: str
) -> None:
    question = make_question(text, FakeEmbedder())
    hits = [build_searchers(snapshot).hybrid.search(question, 5) for snapshot in kept_and_anew]
    kept, anew = ([(hit.passage, pytest.approx(hit.score, abs=1e-5)) for hit in h] for h in hits)
    assert [passage for passage, _ in kept] == [passage for passage, _ in anew]
    assert [hit.score for hit in hits[0]] == [score for _, score in anew]


def test_a_context_of_two_segments_counts_once(tmp_path: Path) -> None:
    (tmp_path / "corpus.toml").write_text(
        '[documents."a.txt"]\ntitle = "方案"\n[documents."b.txt"]\ntitle = "方案"\n'
    )
    for name in "ab":
        (tmp_path / f"{name}.txt").write_text(f"文件{name}。\n", encoding="utf-8")
        add_paths([tmp_path / f"{name}.txt"], tmp_path / "index", FakeEmbedder)
    snapshot = read_snapshot(tmp_path / "index")
    assert len(snapshot.context_postings) == len(snapshot.contexts) == 1
    assert [row.context for row in snapshot.rows] == [0, 0]
    assert len(snapshot.context_postings.match({("方案",): 1.0}).passages) == 1


def info(name: str, vectors: int, dead: int = 0) -> SegmentInfo:
    removed = {"gone": dead} if dead else {}
    return SegmentInfo(name, {}, 2, 10, vectors // 2, vectors - vectors // 2, removed)


def test_segments_of_one_size_are_merged_when_they_are_many() -> None:
    small = [info(f"s{number}", SMALLEST) for number in range(MOST)]
    large = [info(f"l{number}", SMALLEST * MOST) for number in range(MOST)]
    assert [tier(n) for n in (0, SMALLEST, SMALLEST + 1, SMALLEST * MOST**2 + 1)] == [0, 0, 1, 3]
    assert due([*small, *large]) == ()
    assert due([*large, *small, info("new", 1)]) == (*(one.name for one in small), "new")


def test_a_segment_of_which_most_is_dead_is_rewritten() -> None:
    assert due([info("half", 100, dead=5), info("other", 10**6)]) == ()
    assert due([info("other", 10**6), info("most", 100, dead=6)]) == ("most",)


def test_only_what_is_alive_is_written_again(tmp_path: Path) -> None:
    names = [f"{number}.txt" for number in range(4)]
    for name in names:
        (tmp_path / name).write_text(f"{name} 的正文。\n", encoding="utf-8")
    index = tmp_path / "index"
    index_paths([tmp_path / name for name in names], index, FakeEmbedder())
    remove(names[:2], index)
    assert len(read_manifest(index).segments[0].removed) == 2
    remove(names[2:3], index)
    (left,) = read_manifest(index).segments
    assert (left.documents, left.removed) == (1, {})
    lines = (index / "segments" / left.name / "documents.jsonl").read_text().splitlines()
    assert [json.loads(line)["source"] for line in lines] == ["3.txt"]

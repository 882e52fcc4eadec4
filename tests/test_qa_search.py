"""Searchers against brute force over the same vectors and words."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from fakes import FakeEmbedder, make_document, texts
from hypothesis import given
from hypothesis import strategies as st

from qa.corpus.passages import split_document
from qa.index.building import make_snapshot
from qa.index.store import Snapshot
from qa.language.text import detect_language, to_simplified
from qa.language.words import terms
from qa.retrieval.dense import DenseScorer
from qa.retrieval.hybrid import OTHER_LANGUAGE_HANDICAP, HybridScorer, Searchers, build_searchers
from qa.retrieval.keyword import KeywordScorer
from qa.retrieval.ranking import RowNumbers, Searcher
from qa.types import Hit, Language, Question

EMBEDDER = FakeEmbedder(dimension=256)

CHINESE = [
    "经开区有232家。苏州排名第一。",
    "工作方案部署16项措施。",
    "天气很好。明天下雨。",
    "苏州工业园区設立于1994年。",
]
ENGLISH = ["The zone opened in May.", "There are sixteen measures. Suzhou ranks first.", "Rain."]
RENDERINGS = {
    "工作方案部署16项措施。": "The plan has 16 measures.",
    "天气很好。": "The weather is fine.",
    "明天下雨。": "It will rain.",
}


def snapshot_of(contents: Sequence[str], *, rendered: bool = False) -> Snapshot:
    documents = [
        make_document(text, f"{number}.txt", language=detect_language(text))
        for number, text in enumerate(contents)
    ]
    passages = [passage for document in documents for passage in split_document(document)]
    renderings = RENDERINGS if rendered else {}
    return make_snapshot(documents, passages, EMBEDDER, renderings=renderings)


def question_of(text: str) -> Question:
    vector = EMBEDDER.embed_queries([to_simplified(text)])[0]
    return Question(text=text, language=detect_language(text), vector=vector)


def closeness(snapshot: Snapshot, question: Question) -> list[float]:
    """Cosine of each passage plus that of its best sentence."""
    found = []
    for _, row in zip(snapshot.passages, snapshot.rows, strict=False):
        context = snapshot.contexts[row.context]
        sentences = [row.text[start:end] for start, end in row.sentences]
        texts = [f"{context}: {text}" for text in (" ".join(sentences), *sentences)]
        vectors = EMBEDDER.embed_passages([*map(to_simplified, texts)])
        cosines = vectors @ question.vector
        found.append(float(cosines[0] + cosines[1:].max()))
    return found


def every(searchers: Searchers) -> list[Searcher]:
    return [searchers.dense, searchers.keyword, searchers.hybrid]


def numbers(snapshot: Snapshot, hits: Sequence[Hit]) -> list[int]:
    return [snapshot.passages.index(hit.passage) for hit in hits]


@pytest.mark.parametrize("text", ["苏州排名第几？", "有多少项措施？", "明天天气怎么样"])
def test_dense_search_agrees_with_brute_force(text: str) -> None:
    snapshot = snapshot_of(CHINESE)
    question = question_of(text)
    hits = build_searchers(snapshot).dense.search(question, 10)
    expected = closeness(snapshot, question)
    found = [expected[number] for number in numbers(snapshot, hits)]
    np.testing.assert_allclose(found, sorted(expected, reverse=True), atol=2e-3)
    # The scores are the same up to where zero lies and how long one is.
    scores = [hit.score for hit in hits]
    assert np.corrcoef(scores, found)[0, 1] == pytest.approx(1, abs=1e-4)  # vectors lie in bytes


def test_dense_search_across_languages_agrees_with_brute_force() -> None:
    snapshot = snapshot_of(ENGLISH)
    question = question_of("哪个zone有多少measures？")
    assert question.language is Language.SIMPLIFIED
    hits = build_searchers(snapshot).dense.search(question, 10)
    expected = closeness(snapshot, question)
    found = [expected[number] for number in numbers(snapshot, hits)]
    np.testing.assert_allclose(found, sorted(expected, reverse=True), atol=1e-5)


@pytest.mark.parametrize("text", ["苏州排名第几？", "十六項措施", "工业园区", "🙂"])
def test_keyword_search_finds_the_passages_that_share_a_word(text: str) -> None:
    snapshot = snapshot_of(CHINESE)
    hits = build_searchers(snapshot).keyword.search(question_of(text), 10)
    asked = set(terms(text))
    sharing = {n for n, p in enumerate(snapshot.passages) if asked & set(terms(p.text))}
    assert set(numbers(snapshot, hits)) == sharing
    assert all(hit.score > 0 for hit in hits)
    assert not hits or hits[0].score == 1  # scores are shares of the best one


def test_the_rarer_word_decides() -> None:
    snapshot = snapshot_of(["苏州经开区。", "苏州开放。", "苏州措施。", "宁波开放。"])
    hits = build_searchers(snapshot).keyword.search(question_of("宁波和苏州"), 10)
    assert numbers(snapshot, hits)[0] == 3


@pytest.mark.parametrize(
    ("question", "first"),
    [
        ("How many measures?", "工作方案部署16项措施。"),
        ("Who ranks first in Suzhou?", "经开区有232家。苏州排名第一。"),
        ("哪年五月开放？", "The zone opened in May."),
    ],
)
def test_a_question_finds_words_of_the_other_language(question: str, first: str) -> None:
    contents = ENGLISH[:1] if detect_language(question) is not Language.ENGLISH else CHINESE
    snapshot = snapshot_of([*contents, "🙂"])
    hits = build_searchers(snapshot).keyword.search(question_of(question), 10)
    assert hits[0].passage.text == first


def test_a_rendering_stands_for_its_passage() -> None:
    snapshot = snapshot_of(CHINESE, rendered=True)
    assert [row.text for row in snapshot.rows[4:]] == [
        "The plan has 16 measures.",
        "The weather is fine. It will rain.",
    ]
    searchers = build_searchers(snapshot)
    for searcher in every(searchers):
        for text in ("The weather is fine. It will rain.", "明天下雨，天气好吗？"):
            found = numbers(snapshot, searcher.search(question_of(text), 10))
            assert found[0] == 2
            assert len(found) == len(set(found))  # and not once more for its rendering


@pytest.mark.parametrize("k", [1, 2, 3, 5])
def test_of_many_equal_passages_the_first_are_given(k: int) -> None:
    """Spaces make them different documents of the same words."""
    contents = [f"苏州措施。{' ' * number}" for number in range(8)]
    documents = [
        replace(make_document(text, f"{n}.txt"), title="") for n, text in enumerate(contents)
    ]
    splits = [split for document in documents for split in split_document(document)]
    snapshot = make_snapshot(documents, splits, EMBEDDER)
    dense, keyword = DenseScorer(snapshot), KeywordScorer(snapshot)
    for scorer in (dense, keyword, HybridScorer(dense, keyword)):
        rows, _ = scorer.rank(question_of("苏州措施"), k)
        assert rows.tolist() == list(range(k))


def test_copies_of_a_document_count_once() -> None:
    snapshot = snapshot_of(["苏州措施。\n", "天气。", "苏州措施。", "苏州措施。 "])
    for searcher in every(build_searchers(snapshot)):
        hits = searcher.search(question_of("苏州措施"), 10)
        assert len({hit.passage.text for hit in hits}) == len(hits)


@pytest.mark.parametrize("text", ["苏州排名第一。", "Suzhou ranks first."])
@pytest.mark.parametrize("asked", ["苏州第几？", "Where does Suzhou rank?", "🙂", "the"])
def test_a_corpus_of_one_passage(text: str, asked: str) -> None:
    searchers = build_searchers(snapshot_of([text]))
    question = question_of(asked)
    for searcher in (searchers.dense, searchers.hybrid):
        assert len(searcher.search(question, 5)) == 1
    assert all(hit.score == 1 for hit in searchers.keyword.search(question, 5))


def test_a_word_that_every_passage_holds_still_counts() -> None:
    snapshot = snapshot_of(["苏州苏州苏州。", "苏州开放。", "苏州措施和天气。"])
    hits = build_searchers(snapshot).keyword.search(question_of("苏州"), 10)
    assert sorted(numbers(snapshot, hits)) == [0, 1, 2]
    assert numbers(snapshot, hits)[0] == 0


MIXED = snapshot_of([*CHINESE, *ENGLISH, "国家级经开区的措施。\n\n# 标题\n\n苏州。"], rendered=True)
SEARCHERS = build_searchers(MIXED)


@given(text=texts.map(lambda text: text[:200]), k=st.integers(1, 12))
def test_what_holds_for_every_search(text: str, k: int) -> None:
    question = question_of(text)
    for searcher in every(SEARCHERS):
        hits = searcher.search(question, k)
        found = numbers(MIXED, hits)
        assert len(found) == len(set(found)) <= k
        scores = [hit.score for hit in hits]
        assert scores == sorted(scores, reverse=True)
        assert np.isfinite(scores).all()
        assert searcher.search(question, 12)[:k] == hits
    for searcher in (SEARCHERS.dense, SEARCHERS.hybrid):
        assert len(searcher.search(question, 100)) == len(MIXED.passages)


def test_hybrid_search_weighs_meaning_and_words() -> None:
    """With the same closeness words decide, and where no word is shared closeness does."""
    snapshot = snapshot_of(CHINESE)
    searchers = build_searchers(snapshot)
    question = question_of("措施有多少项？")
    assert numbers(snapshot, searchers.hybrid.search(question, 1)) == [1]
    silent = question_of("🙂")
    assert searchers.keyword.search(silent, 5) == []
    assert searchers.hybrid.search(silent, 5) == searchers.dense.search(silent, 5)


def test_the_text_in_the_other_language_counts_as_well() -> None:
    snapshot = snapshot_of(CHINESE, rendered=True)
    searchers = build_searchers(snapshot)
    question = question_of("部署多少项措施？")
    alone = HybridScorer(searchers.dense_scorer, searchers.keyword_scorer, second_view_weight=0.0)
    both = HybridScorer(searchers.dense_scorer, searchers.keyword_scorer)
    rows = np.arange(len(snapshot.passages))
    other = snapshot_rows_of_renderings(snapshot)
    first, second = alone.scores(question, rows), alone.scores(question, other)
    mixed = both.scores(question, rows)
    rendered = [snapshot.rows[row].passage for row in other]
    for passage, there in zip(rendered, second, strict=True):
        view = there + OTHER_LANGUAGE_HANDICAP  # which the passage's own text does not have
        expected = 0.7 * first[passage] + 0.3 * view
        assert mixed[passage] == pytest.approx(expected, abs=1e-5)
    plain = sorted(set(rows) - set(rendered))
    np.testing.assert_array_equal(mixed[plain], first[plain])


def snapshot_rows_of_renderings(snapshot: Snapshot) -> RowNumbers:
    return np.arange(len(snapshot.passages), len(snapshot.rows))

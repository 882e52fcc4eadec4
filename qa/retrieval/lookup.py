"""Look-ups: an article by its number is not searched but found, or said not to be there."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from qa.index.store import Snapshot
from qa.language.text import fold, squash
from qa.language.words import content_words, words
from qa.questions.articles import (
    ArticleNumber,
    before_article,
    find_article,
    number_of_label,
    without_article,
)
from qa.retrieval.filters import Filters
from qa.retrieval.naming import DocumentPreference
from qa.types import Document, Filter, Hit, Question, Version

ARTICLES_OF_A_RULE = 3
"""Numbered articles from which a document is one that can be asked for an article."""

AGREEING_HITS = 2

_STATE = "中华人民共和国"
_SHORTEST_TITLE = 3
_OF_ASKING = frozenset(
    "规定 内容 条文 原文 全文 法条 条款 什么 怎么 说 讲 写 关于 具体 "
    "say text content provis read state provid articl whole full word law".split()
)
"""Words that only ask what an article says; with any other the question is about a point of it."""


@dataclass(frozen=True, slots=True)
class FoundArticle:
    """The article that a question asks for by number.

    `passages` are its passages, none where the document has no such article; `last` is the highest
    number that it has. `is_whole`: nothing but the article is asked for.
    """

    document: Document
    number: ArticleNumber
    passages: tuple[int, ...]
    last: int
    is_whole: bool


class ArticleLookup:
    """Finds articles of one snapshot by document and number."""

    def __init__(self, snapshot: Snapshot, documents: DocumentPreference, filters: Filters) -> None:
        self._snapshot = snapshot
        self._filters = filters
        self._preference = documents
        self._numbers = snapshot.document_numbers

    def find(
        self, question: Question, hits: Sequence[Hit], *, within: Filter | None = None
    ) -> FoundArticle | None:
        """The article asked for; None where none is, or where it is not clear of which document.

        That is the document named, or the one of the best hits where it has such an article.
        """
        number = find_article(question.text)
        if number is None:
            return None
        document = self._named(question, number) or self._first(hits, number)
        if document is None or (within and document.id not in self._filters.documents(within)):
            return None
        articles = self._articles[document.id]
        return FoundArticle(
            document=document,
            number=number,
            passages=tuple(articles.get(number, ())),
            last=max(found.number for found in articles),
            is_whole=self._asks_for_all(question, document),
        )

    def _named(self, question: Question, number: ArticleNumber) -> Document | None:
        """The document that a question names; without a name the only one with such an article."""
        asked = before_article(question.text)
        rules = [self._snapshot.documents[self._numbers[one]] for one in self._articles]
        named = {d.id: length for d in rules if (length := _shared_end(asked, _core_title(d)))}
        if named:
            longest = max(named.values())
            return self._best(question, [d for d in rules if named.get(d.id) == longest])
        bonus = self._preference.names(question)
        held = [d for d in rules if bonus[self._numbers[d.id]] > 0]
        if held:
            best = max(bonus[self._numbers[d.id]] for d in held)
            return self._best(question, [d for d in held if bonus[self._numbers[d.id]] == best])
        having = [d for d in rules if number in self._articles[d.id]]
        return having[0] if len(having) == 1 else None

    def _first(self, hits: Sequence[Hit], number: ArticleNumber) -> Document | None:
        """The document of the first hits, where they agree and it has the article."""
        found = {hit.passage.document_id for hit in hits[:AGREEING_HITS]}
        one = next(iter(found), "")
        agreed = len(found) == 1 and number in self._articles.get(one, {})
        return self._snapshot.documents[self._numbers[one]] if agreed else None

    def _best(self, question: Question, documents: list[Document]) -> Document | None:
        """Of several versions the one that is asked for, or in force."""
        bonus = self._preference.naming(question).bonus
        standings = self._snapshot.standings
        return max(
            documents,
            key=lambda d: (
                -len(_core_title(d)),  # 劳动合同法 is not its 实施条例
                float(bonus[self._numbers[d.id]]),
                standings[d.id].version is not Version.SUPERSEDED,
                d.date,
            ),
        )

    def _asks_for_all(self, question: Question, document: Document) -> bool:
        known = {*words(document.title), *_OF_ASKING}
        asked = content_words(without_article(question.text))
        title = squash(fold(document.title))
        return all(
            word in known or word in title or all(part in known for part in words(word))
            for word, _ in asked
        )

    @cached_property
    def _articles(self) -> dict[str, dict[ArticleNumber, list[int]]]:
        """For each document with articles the passages of each of them."""
        found: dict[str, dict[ArticleNumber, list[int]]] = defaultdict(lambda: defaultdict(list))
        for number, passage in enumerate(self._snapshot.passages):
            if passage.label and (article := number_of_label(passage.label)):
                found[passage.document_id][article].append(number)
        return {one: dict(a) for one, a in found.items() if len(a) >= ARTICLES_OF_A_RULE}


def _shared_end(asked: str, title: str) -> int:
    """How much of the end of a text, in characters, a title holds; 0 where that is no name."""
    longest = min(len(asked), len(title))
    ends = range(longest, _SHORTEST_TITLE - 1, -1)
    return next((length for length in ends if asked[-length:] in title), 0)


def _core_title(document: Document) -> str:
    """The name of a law or measure as people use it, folded."""
    title = squash(fold(document.title))
    if "《" in title:
        title = title[title.index("《") + 1 :].split("》")[0]
    title = title.split("(")[0].removeprefix(_STATE)
    return title if len(title) >= _SHORTEST_TITLE else ""

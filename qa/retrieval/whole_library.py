"""A library that an engine holds: what is known of all of it, and the rows that it proposes.

How rare a term is, which documents a question names and what replaces what is kept in memory;
texts, vectors and words are fetched for the rows that may answer.
"""

from collections.abc import Iterable
from dataclasses import replace
from functools import lru_cache

import numpy as np

from embeddings.centering import centre, load_means
from embeddings.types import Embedder
from qa.errors import EngineUnavailableError
from qa.index.engines.candidates import CandidateSnapshot, candidate_snapshot, standings_of
from qa.index.engines.types import Entry, Library, Wanted
from qa.index.inverted.postings import Postings
from qa.index.store import Snapshot
from qa.language.text import is_chinese
from qa.language.words import terms
from qa.retrieval.dense import DenseScorer
from qa.retrieval.filters import Filters
from qa.retrieval.hybrid import Searchers, searchers_of
from qa.retrieval.keyword import KeywordScorer
from qa.retrieval.lexicon import Lexicon
from qa.retrieval.naming import DocumentPreference, NarrowedPreference
from qa.types import Document, Question

CANDIDATES = 200
"""Rows that the engine proposes of each side: twice what the scorers take, as a passage and its
rendering may both be near."""


class WholeLibrary:
    """What is known of a whole library."""

    def __init__(self, library: Library, embedder: Embedder) -> None:
        self.library = library
        self.catalogue = catalogue = library.catalogue
        if catalogue.model_id != embedder.model_id:
            found, used = catalogue.model_id, embedder.model_id
            raise EngineUnavailableError(
                "the engine",
                f"it was made with the model {found}, but this run uses {used}",
                "Push an index of this model: wenzheng push --swap",
            )
        self.snapshot = candidate_snapshot(
            (), catalogue.documents, catalogue, standings_of(catalogue)
        )
        self._lexicon = Lexicon(catalogue.terms, known=catalogue.statistics.holding)
        self._keyword = KeywordScorer(self.snapshot, self._lexicon)
        self._preference = DocumentPreference(self.snapshot, self._keyword)
        self.filters = Filters(self.snapshot)
        self._means = load_means(catalogue.model_id, catalogue.dimension)
        self._text = lru_cache(64)(library.text)

    def document(self, document_id: str) -> Document:
        """A document with its text."""
        return replace(self.snapshot.by_id[document_id], text=self._text(document_id))

    def may_answer(self, entry: Entry, allowed: set[str] | None) -> bool:
        """Whether a row is of a document that is known and, with a filter, left by it."""
        one = entry.passage.document_id
        return one in self.snapshot.by_id and (allowed is None or one in allowed)

    def named(self, question: Question) -> list[str]:
        """The documents that a question names, where these are few."""
        numbers = np.flatnonzero(self._preference.names(question) > 0)[:3]
        return [self.catalogue.documents[number].id for number in numbers.tolist()]

    def proposed(self, question: Question, allowed: set[str] | None) -> list[Entry]:
        """The rows that an engine proposes for a question."""
        chinese = is_chinese(question.language)
        own, other = self._own(question), self._translated(question)
        mean = self._means["zh" if chinese else "en"].query
        return self.library.candidates(
            Wanted(
                vector=centre(question.vector, mean),
                chinese=own if chinese else other,
                english=other if chinese else own,
                documents=allowed,
                count=CANDIDATES,
            )
        )

    def narrowed(self, entries: Iterable[Entry], read: Iterable[str]) -> CandidateSnapshot:
        """The snapshot of some rows; the documents to `read` have their text."""
        entries, with_text = list(entries), set(read)
        ids = sorted({entry.passage.document_id for entry in entries}, key=self._number)
        documents = [
            self.document(one) if one in with_text else self.snapshot.by_id[one] for one in ids
        ]
        standings = {one: self.snapshot.standings[one] for one in ids}
        return candidate_snapshot(entries, documents, self.catalogue, standings)

    def searchers(self, snapshot: Snapshot) -> Searchers:
        """The searchers of some rows, which weigh words and names as the whole has them."""
        statistics = self.catalogue.statistics
        populations = {True: statistics.chinese, False: statistics.english}
        keyword = KeywordScorer(snapshot, self._lexicon, populations)
        dense = DenseScorer(snapshot, self._means)
        numbers = [self._number(document.id) for document in snapshot.documents]
        documents = NarrowedPreference(self._preference, snapshot, np.array(numbers, np.int64))
        return searchers_of(snapshot, dense, keyword, documents)

    def _number(self, document_id: str) -> int:
        return self.snapshot.document_numbers[document_id]

    def _own(self, question: Question) -> dict[str, float]:
        weights: dict[str, float] = {}
        population = self._population(chinese=is_chinese(question.language))
        for term in terms(question.text):
            weights[term] = weights.get(term, 0.0) + self._weight(term, population)
        return weights

    def _translated(self, question: Question) -> dict[str, float]:
        weights: dict[str, float] = {}
        population = self._population(chinese=not is_chinese(question.language))
        if population:
            for group in self._lexicon.bridge(question.text, question.language):
                for member, sure in group.items():
                    for term in member:
                        weight = sure * self._weight(term, population) / len(member)
                        weights[term] = max(weight, weights.get(term, 0.0))
        return weights

    def _population(self, *, chinese: bool) -> int:
        statistics = self.catalogue.statistics
        return statistics.chinese if chinese else statistics.english

    def _weight(self, term: str, population: int) -> float:
        holding = self.catalogue.statistics.holding.get(term, 0)
        return Postings(()).idf(holding, population) if holding else 0.0

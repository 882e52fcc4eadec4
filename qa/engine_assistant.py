"""Answers from a library that lies elsewhere: its engine proposes passages, the rest happens here.

For each question the rows that the engine proposes become a small snapshot, and an ordinary
`Assistant` answers from it. What has to be known of the whole library (how rare a term is, which
documents a question names, what replaces what) is kept in memory; texts, vectors and words are not.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import numpy as np

from embeddings.centering import centre, load_means
from embeddings.types import Embedder, Reader
from qa.assistant import (
    DEFAULT_TOP_K,
    HITS_READ,
    Assistant,
    load_embedder,
    load_reader,
    make_question,
    make_readings,
)
from qa.corpus.readers.extracted import Page
from qa.corpus.versions import Standing
from qa.deadline import Deadline
from qa.errors import EngineEmptyError, EngineUnavailableError
from qa.index.engines.candidates import CandidateSnapshot, candidate_snapshot, standings_of
from qa.index.engines.types import Engine, Entry, Library, Wanted
from qa.index.inverted.postings import Postings
from qa.index.renderings import Rendering, renderings_of
from qa.index.store import Snapshot
from qa.language.text import is_chinese
from qa.language.words import terms
from qa.questions.articles import find_article
from qa.questions.followups import read_conversation
from qa.retrieval.dense import DenseScorer
from qa.retrieval.filters import Filters
from qa.retrieval.hybrid import Searchers, searchers_of
from qa.retrieval.keyword import KeywordScorer
from qa.retrieval.lexicon import Lexicon
from qa.retrieval.naming import DocumentPreference, NarrowedPreference
from qa.settings import Settings
from qa.types import Answer, Citation, Document, Filter, Hit, Message, Question

CANDIDATES = 200
"""Rows that the engine proposes of each side: twice what the scorers take, as a passage and its
rendering may both be near."""

AROUND = 20
"""Passages before and behind a hit that are read with it, for lists and series."""

WHOLE = 1_000
"""Passages of the first document that are read, for what is looked up in it."""


class EngineAssistant(Assistant):
    """Answers questions from an engine; threads may share it."""

    def __init__(self, engine: Engine, embedder: Embedder, *, reader: Reader) -> None:
        self._engine = engine
        self._embedder = embedder
        self._reader = reader
        self._whole = _Whole(engine.library(), embedder)

    # Of the whole library: what the services show of it.

    @property
    def documents(self) -> tuple[Document, ...]:  # type: ignore[override]
        """All documents, without their texts."""
        return self._known().catalogue.documents

    @property
    def passage_count(self) -> int:  # type: ignore[override]
        """How many passages there are."""
        return self._known().catalogue.statistics.passages

    @property
    def standings(self) -> Mapping[str, Standing]:
        """Which documents are in force, superseded or copies, by id."""
        return self._known().snapshot.standings

    def document(self, document_id: str) -> Document:
        """Return one document; KeyError where the id is not one of ours."""
        return self._known().document(document_id)

    def original(self, document: Document) -> Path | None:  # noqa: ARG002
        """None: originals stay where the library was made."""
        return None

    def pages(self, document: Document) -> tuple[Page, ...]:  # noqa: ARG002
        """No pages: originals stay where the library was made."""
        return ()

    def renderings(self, document_id: str) -> tuple[Rendering, ...]:
        """Return the English of a document's sentences, in order."""
        whole = self._known()
        entries = whole.library.around({document_id: (0, WHOLE)})
        return renderings_of(document_id, whole.narrowed(entries, {document_id}))

    def reopen(self, folder: Path) -> Assistant:  # noqa: ARG002
        """Return this assistant, which looks for a new content by itself."""
        return self

    def ask(
        self,
        messages: Sequence[Message],
        *,
        top_k: int = DEFAULT_TOP_K,
        within: Filter | None = None,
        found: Callable[[Sequence[Hit]], None] | None = None,
        deadline: Deadline | None = None,
    ) -> Answer:
        """Answer as `Assistant.ask` does; raises EngineUnavailableError too."""
        deadline = deadline or Deadline()
        questions = make_readings(read_conversation(messages), self._embedder, deadline)
        assistant = self._narrowed(questions, within, max(top_k, HITS_READ))
        return assistant.ask(messages, top_k=top_k, found=found, deadline=deadline)

    def search(
        self, text: str, *, top_k: int = DEFAULT_TOP_K, within: Filter | None = None
    ) -> list[Hit]:
        """Return the passages closest to a question, best first; none is read for an answer."""
        question = make_question(text, self._embedder)
        assistant = self._narrowed([question], within, top_k)
        return assistant.search(text, top_k=top_k)

    def sentences(
        self, text: str, k: int = 10, *, within: Filter | None = None
    ) -> tuple[Citation, ...]:
        """Return the k sentences that match a question best."""
        question = make_question(text, self._embedder)
        assistant = self._narrowed([question], within, HITS_READ)
        return assistant.sentences(text, k)

    def _known(self) -> "_Whole":
        """The whole as it is now: what is known of it is made anew where the content is another."""
        library = self._engine.library()
        if library is not self._whole.library:
            self._whole = _Whole(library, self._embedder)
        return self._whole

    def _narrowed(
        self, questions: Sequence[Question], within: Filter | None, count: int
    ) -> Assistant:
        """An assistant of the rows that may answer."""
        whole = self._known()
        try:
            return self._assistant(whole, questions, within, count)
        except EngineEmptyError:  # what was asked has been taken away since
            return self._assistant(self._known(), questions, within, count)

    def _assistant(
        self, whole: "_Whole", questions: Sequence[Question], within: Filter | None, count: int
    ) -> Assistant:
        allowed = whole.filters.left(within)
        entries = {entry.key: entry for q in questions for entry in whole.proposed(q, allowed)}
        entries = {key: e for key, e in entries.items() if whole.may_answer(e, allowed)}
        found = list(entries.values())
        snapshot = whole.narrowed(found, ())
        searchers = whole.searchers(snapshot)
        hits = [hit for q in questions for hit in searchers.hybrid.search(q, count)]
        named = {one for q in questions if find_article(q.text) for one in whole.named(q)}
        read = [*dict.fromkeys(hit.passage.document_id for hit in hits), *named]
        places = _places(hits, found, named)
        entries |= {
            entry.key: entry
            for entry in whole.library.around(places)
            if whole.may_answer(entry, allowed)
        }
        snapshot = whole.narrowed(entries.values(), read)
        searchers = whole.searchers(snapshot)
        return Assistant(snapshot, self._embedder, searchers=searchers, reader=self._reader)


class _Whole:
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


def _places(
    hits: Sequence[Hit], entries: Sequence[Entry], named: Iterable[str]
) -> dict[str, tuple[int, int]]:
    """Which passages are read beside the hits: from the head of their documents to behind them."""
    numbers = {entry.passage.id: entry.number for entry in entries}
    places: dict[str, tuple[int, int]] = dict.fromkeys(named, (0, WHOLE))
    for hit in hits:
        number = numbers[hit.passage.id]
        first, last = places.get(hit.passage.document_id, (number, number))
        span = max(0, min(first, number - AROUND)), max(last, number + AROUND)
        places[hit.passage.document_id] = span
    for hit in hits[:1]:
        places[hit.passage.document_id] = (0, max(WHOLE, places[hit.passage.document_id][1]))
    return places


def open_engine_assistant(settings: Settings) -> EngineAssistant:
    """Open the engine that is set. Raises EngineUnavailableError and ModelUnavailableError."""
    engine = open_engine(settings)
    embedder = load_embedder(settings.model)
    return EngineAssistant(engine, embedder, reader=load_reader(embedder))


def open_engine(settings: Settings) -> Engine:
    """Connect to the engine that is set. Raises EngineUnavailableError."""
    from qa.index.engines.milvus import MilvusEngine

    return MilvusEngine(settings.engine, token=settings.engine_token)

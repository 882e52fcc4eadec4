"""Answers from a library that lies elsewhere: its engine proposes passages, the rest happens here.

For each question the rows that the engine proposes become a small snapshot, and an ordinary
`Assistant` answers from it. What has to be known of the whole library (how rare a term is, which
documents a question names, what replaces what) is kept in memory; texts, vectors and words are not.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from embeddings.types import Embedder, Reader
from qa.assistant import (
    DEFAULT_TOP_K,
    HITS_READ,
    Assistant,
    load_embedder,
    load_reader,
    make_question,
    read_turn,
)
from qa.corpus.readers.extracted import Page
from qa.corpus.versions import Standing
from qa.deadline import Deadline
from qa.errors import EngineEmptyError
from qa.index.engines.types import Engine, Entry
from qa.index.renderings import Rendering, renderings_of
from qa.questions.articles import find_article
from qa.retrieval.whole_library import WholeLibrary
from qa.settings import Settings
from qa.types import Answer, Citation, Document, Filter, Hit, Message, Question

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
        self._whole = WholeLibrary(engine.library(), embedder)

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
        asked = read_turn(messages, self._embedder, deadline or Deadline())
        assistant = self._narrowed(asked.readings, within, max(top_k, HITS_READ))
        return assistant.answer(asked, top_k=top_k, found=found)

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

    def _known(self) -> WholeLibrary:
        """The whole as it is now: what is known of it is made anew where the content is another."""
        library = self._engine.library()
        if library is not self._whole.library:
            self._whole = WholeLibrary(library, self._embedder)
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
        self, whole: WholeLibrary, questions: Sequence[Question], within: Filter | None, count: int
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

"""Where everything is wired: a question comes in, a cited answer goes out."""

import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from embeddings.onnx_encoder import OnnxEncoder
from embeddings.types import Embedder, ModelLoadError, Reader
from qa.answers.composing import Answerer
from qa.answers.related import RelatedQuestions
from qa.answers.turns import Found, TurnReadings
from qa.corpus.readers.extracted import Page
from qa.corpus.versions import Standing
from qa.deadline import Deadline
from qa.errors import ModelUnavailableError
from qa.index import store
from qa.index.renderings import Rendering, renderings_of
from qa.index.store import Snapshot
from qa.language.text import detect_language, to_simplified
from qa.questions.articles import find_article
from qa.questions.asking import is_greeting
from qa.questions.checking import check_question
from qa.questions.followups import Conversation, read_conversation
from qa.retrieval.hybrid import Searchers, build_searchers
from qa.retrieval.lookup import FoundArticle
from qa.settings import Settings
from qa.types import (
    Answer,
    Citation,
    Document,
    Filter,
    Hit,
    Language,
    Message,
    Question,
    Timings,
)

if TYPE_CHECKING:
    from qa.index.building import IndexProgress

DEFAULT_TOP_K = 5

HITS_READ = 12
"""Passages found for the answer, whatever number of them is asked for."""


@dataclass(frozen=True, slots=True)
class Turn:
    """The last question of a conversation in its readings, with when that was begun and done, in
    seconds of the performance counter."""

    conversation: Conversation
    readings: list[Question]
    started: float
    embedded: float


class Assistant:
    """Answers questions from one snapshot; immutable, so threads may share it."""

    def __init__(
        self,
        snapshot: Snapshot,
        embedder: Embedder,
        *,
        searchers: Searchers | None = None,
        reader: Reader,
    ) -> None:
        self._reader = reader
        self.documents = snapshot.documents
        self.passage_count = len(snapshot.passages)
        self._snapshot = snapshot
        self._embedder = embedder
        self._searchers = searchers or build_searchers(snapshot)
        self._answerer = Answerer(snapshot, self._searchers, reader)
        self._turns = TurnReadings(self._answerer, self._searchers.documents)
        self._related = RelatedQuestions(snapshot, reader)

    def ask(
        self,
        messages: Sequence[Message],
        *,
        top_k: int = DEFAULT_TOP_K,
        within: Filter | None = None,
        found: Callable[[Sequence[Hit]], None] | None = None,
        deadline: Deadline | None = None,
    ) -> Answer:
        """Answer the last user message, in its conversation, from the documents of a filter.

        Raises InvalidQuestionError, NothingMatchesError where the filter leaves none, and at the
        next step after its deadline OverdueError.

        `found` gets the hits before the answer is composed; what it raises ends the work.
        """
        asked = read_turn(messages, self._embedder, deadline or Deadline())
        return self.answer(asked, top_k=top_k, within=within, found=found)

    def answer(
        self,
        asked: Turn,
        *,
        top_k: int = DEFAULT_TOP_K,
        within: Filter | None = None,
        found: Callable[[Sequence[Hit]], None] | None = None,
    ) -> Answer:
        """Answer a turn as `ask` does, which reads it before."""
        conversation, count = asked.conversation, max(top_k, HITS_READ)
        typed, started, embedded = conversation.typed, asked.started, asked.embedded
        readings = [self._search(question, typed, count, within) for question in asked.readings]
        kept = self._turns.kept(readings, stands_alone=conversation.stands_alone)
        question, hits = kept.question, kept.hits
        searched = time.perf_counter()
        if found is not None:
            found(hits[:top_k])
        composed = self._answerer.compose(question, hits, article=kept.article)
        question.deadline.check()
        related = self._related.near(
            hits, question.language, without=question.text, citations=composed.citations
        )
        finished = time.perf_counter()
        return Answer(
            question=typed,
            resolved_question=question.text,
            language=question.language,
            answer_language=composed.language(question.language),
            status=composed.status,
            short_answer=composed.short_answer,
            text=composed.text,
            confidence=composed.confidence,
            citations=composed.citations,
            coverage=composed.coverage,
            hits=tuple(hits[:top_k]),
            related=related,
            timings_ms=Timings(
                embed=_milliseconds(started, embedded),
                search=_milliseconds(embedded, searched),
                answer=_milliseconds(searched, finished),
                total=_milliseconds(started, finished),
            ),
        )

    def _search(self, question: Question, typed: str, count: int, within: Filter | None) -> Found:
        """What the documents have for a reading; the article that it asks for is first."""
        question.deadline.check()
        if is_greeting(question.text):
            return Found(question, [])
        hits = self._searchers.hybrid.search(question, count, within=within)
        if question.text.endswith(typed) and not find_article(typed):
            return Found(question, hits)  # an article of the question before is not asked for
        article = self._searchers.articles.find(question, hits, within=within)
        return Found(question, self._with_article(article, hits) if article else hits, article)

    def _with_article(self, article: FoundArticle, hits: Sequence[Hit]) -> list[Hit]:
        """The hits with the passages of an article before them."""
        passages = [self._snapshot.passages[number] for number in article.passages]
        found = {passage.id for passage in passages}
        score = hits[0].score if hits else 0.0
        rest = [hit for hit in hits if hit.passage.id not in found]
        return [*(Hit(passage, score) for passage in passages), *rest]

    def search(
        self, text: str, *, top_k: int = DEFAULT_TOP_K, within: Filter | None = None
    ) -> list[Hit]:
        """Return the passages closest to a question, best first; none is read for an answer.

        Raises InvalidQuestionError, and NothingMatchesError where the filter leaves none.
        """
        question = make_question(text, self._embedder)
        return list(self._search(question, question.text, top_k, within).hits[:top_k])

    def sentences(
        self, text: str, k: int = 10, *, within: Filter | None = None
    ) -> tuple[Citation, ...]:
        """Return the k sentences that match a question best. Raises InvalidQuestionError."""
        question = make_question(text, self._embedder)
        hits = self._searchers.hybrid.search(question, HITS_READ, within=within)
        return tuple(self._answerer.sentences(question, hits, k))

    @property
    def embedder(self) -> Embedder:
        """The model that questions are embedded with, and so whatever joins the library."""
        return self._embedder

    @property
    def standings(self) -> Mapping[str, Standing]:
        """Which documents are in force, superseded or copies, by id."""
        return self._snapshot.standings

    def document(self, document_id: str) -> Document:
        """Return one document; KeyError where the id is not one of ours."""
        return self._snapshot.by_id[document_id]

    def original(self, document: Document) -> Path | None:
        """The file that a document was read from, where the library has it."""
        originals = self._snapshot.originals
        return originals.path(document) if originals else None

    def pages(self, document: Document) -> tuple[Page, ...]:
        """The pages of a document's original; none where it has no pages."""
        originals = self._snapshot.originals
        layout = originals.layout(document) if originals else None
        return layout.pages if layout else ()

    def reopen(self, folder: Path) -> "Assistant":
        """Return an assistant of a folder's current snapshot with the model of this one.

        Raises the errors of `store.read_snapshot`.
        """
        snapshot = store.read_snapshot(folder, model_id=self._embedder.model_id)
        return Assistant(snapshot, self._embedder, reader=self._reader)

    def renderings(self, document_id: str) -> tuple[Rendering, ...]:
        """Return the English of a document's sentences, in order."""
        return renderings_of(document_id, self._snapshot)


def open_assistant(
    settings: Settings,
    *,
    progress: "IndexProgress | None" = None,
    build_if_missing: bool = False,
) -> Assistant:
    """Load the model and the index; with `build_if_missing` the seeds are indexed first.

    Raises ModelUnavailableError and the errors of `store.read_snapshot`.
    """
    folder = settings.index_folder
    # Model and index take as long as each other to load, and neither needs the other for it.
    with ThreadPoolExecutor(1) as other:
        loading = other.submit(load_embedder, settings.model)
        if build_if_missing and not store.exists(folder):
            from qa.index.building import (
                index_paths,  # what an index needs to be made, not to be read
            )

            index_paths([], folder, loading.result(), progress=progress)
        snapshot = store.read_snapshot(folder)
        searchers = build_searchers(snapshot)
        embedder = loading.result()
    store.check_model(folder, snapshot, embedder.model_id)
    return Assistant(snapshot, embedder, searchers=searchers, reader=load_reader(embedder))


def load_embedder(model: str = "") -> Embedder:
    """Load the bundled model ("") or any sentence-transformers model by name or folder."""
    try:
        if not model:
            return OnnxEncoder()
        from embeddings.sentence_transformer import SentenceTransformerEmbedder  # torch: seconds

        return SentenceTransformerEmbedder(model)
    except ModelLoadError as error:
        raise ModelUnavailableError(str(error)) from error


def load_reader(embedder: Embedder) -> Reader:
    """Load the bundled reader, on what of the bundled encoder is loaded."""
    from embeddings.onnx_reader import OnnxReader  # only who answers reads

    try:
        return OnnxReader(encoder=embedder if isinstance(embedder, OnnxEncoder) else None)
    except ModelLoadError as error:
        raise ModelUnavailableError(str(error)) from error


def make_question(text: str, embedder: Embedder, *, language: Language | None = None) -> Question:
    """Check and embed a question, in the language it is in. Raises InvalidQuestionError.

    A follow-up brings its language along: its resolved form may hold words of the other one.
    """
    text = check_question(text)
    vector = embedder.embed_queries([to_simplified(text)])[0]
    return Question(text=text, language=language or detect_language(text), vector=vector)


def read_turn(messages: Sequence[Message], embedder: Embedder, deadline: Deadline) -> Turn:
    """Read the last question of a conversation and embed its readings, as typed first."""
    started = time.perf_counter()
    deadline.check()
    conversation = read_conversation(messages)
    readings = [
        replace(
            make_question(text, embedder, language=conversation.language),
            deadline=deadline,
            # Not where the reading is another question altogether: 那宁波呢？
            turn=conversation.typed if text.endswith(conversation.typed) else "",
        )
        for text in conversation.readings
    ]
    return Turn(conversation, readings, started, time.perf_counter())


def _milliseconds(start: float, end: float) -> float:
    return round((end - start) * 1000, 2)

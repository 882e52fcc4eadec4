"""Where everything is wired: a question comes in, a cited answer goes out."""

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from embeddings.onnx_encoder import OnnxEncoder
from embeddings.types import Embedder, ModelLoadError
from qa import store
from qa.answering import Answerer
from qa.errors import InvalidQuestionError, ModelUnavailableError
from qa.questions import check_question
from qa.reading import Rendering, renderings_of
from qa.search import Searchers, build_searchers
from qa.settings import Settings
from qa.store import Snapshot
from qa.text import detect_language, to_simplified
from qa.types import Answer, Document, Message, Question, Timings

if TYPE_CHECKING:
    from qa.indexing import IndexProgress

DEFAULT_TOP_K = 5


class Assistant:
    """Answers questions from one snapshot; immutable, so threads may share it."""

    def __init__(
        self, snapshot: Snapshot, embedder: Embedder, *, searchers: Searchers | None = None
    ) -> None:
        self.documents = snapshot.documents
        self._snapshot = snapshot
        self._by_id = {document.id: document for document in snapshot.documents}
        self._embedder = embedder
        self._searchers = searchers or build_searchers(snapshot)
        self._answerer = Answerer(
            snapshot, self._searchers.dense_scorer, self._searchers.keyword_scorer
        )

    def ask(self, messages: Sequence[Message], *, top_k: int = DEFAULT_TOP_K) -> Answer:
        """Answer the last user message. Raises InvalidQuestionError."""
        started = time.perf_counter()
        question = make_question(_last_user_message(messages), self._embedder)
        embedded = time.perf_counter()
        hits = self._searchers.hybrid.search(question, top_k)
        searched = time.perf_counter()
        composed = self._answerer.compose(question, hits)
        finished = time.perf_counter()
        return Answer(
            question=question.text,
            language=question.language,
            status=composed.status,
            text=composed.text,
            confidence=composed.confidence,
            citations=composed.citations,
            hits=tuple(hits),
            timings_ms=Timings(
                embed=_milliseconds(started, embedded),
                search=_milliseconds(embedded, searched),
                answer=_milliseconds(searched, finished),
                total=_milliseconds(started, finished),
            ),
        )

    def document(self, document_id: str) -> Document:
        """Return one document; KeyError where the id is not one of ours."""
        return self._by_id[document_id]

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
            from qa.indexing import index_paths  # what an index needs to be made, not to be read

            index_paths([], folder, loading.result(), progress=progress)
        snapshot = store.read_snapshot(folder)
        searchers = build_searchers(snapshot)
        embedder = loading.result()
    store.check_model(folder, snapshot, embedder.model_id)
    return Assistant(snapshot, embedder, searchers=searchers)


def load_embedder(model: str = "") -> Embedder:
    """Load the bundled model ("") or any sentence-transformers model by name or folder."""
    try:
        if not model:
            return OnnxEncoder()
        from embeddings.sentence_transformer import SentenceTransformerEmbedder  # torch: seconds

        return SentenceTransformerEmbedder(model)
    except ModelLoadError as error:
        raise ModelUnavailableError(str(error)) from error


def make_question(text: str, embedder: Embedder) -> Question:
    """Check and embed a question. Raises InvalidQuestionError."""
    text = check_question(text)
    vector = embedder.embed_queries([to_simplified(text)])[0]
    return Question(text=text, language=detect_language(text), vector=vector)


def _last_user_message(messages: Sequence[Message]) -> str:
    for message in reversed(messages):
        if message.role == "user":
            return message.content
    raise InvalidQuestionError("There is no user message, so there is no question.")


def _milliseconds(start: float, end: float) -> float:
    return round((end - start) * 1000, 2)

"""A library that lies in Milvus: https://milvus.io, or a file of Milvus Lite.

NAME                        an alias of the collection that is asked
NAME_a, NAME_b              rows; one is asked, the other is filled to take its place
NAME_a_other, NAME_b_other  documents, the numbers of terms, and last of all what is whole
"""

import logging
from collections.abc import Mapping, Sequence
from threading import Lock
from time import monotonic

from qa.errors import EngineEmptyError, EngineUnavailableError
from qa.index.engines.candidates import statistics_of
from qa.index.engines.collection import (
    ASK_SECONDS,
    MOST,
    WRITE_SECONDS,
    Collection,
    mapped,
)
from qa.index.engines.entities import entry_of, question_words, quoted, text_key
from qa.index.engines.types import Catalogue, Entry, Progress, Wanted, key_of
from qa.index.store import Snapshot
from qa.settings import shown_address

NAME = "wenzheng"

CHECK_SECONDS = 1.0
"""How long may pass before a question looks whether another content has taken the place."""

NAMED_DOCUMENTS = 5_000
"""Documents that an expression names; of more all are searched and others are left out later."""


class MilvusEngine:
    """Holds a library in Milvus; satisfies `Engine`."""

    def __init__(self, uri: str, *, token: str = "", name: str = NAME) -> None:
        self._where = shown_address(uri)
        try:
            from pymilvus import MilvusClient
        except ModuleNotFoundError as error:
            remedy = "Install it with: pip install 'wenzheng[milvus]'"
            raise EngineUnavailableError(self._where, "pymilvus is missing", remedy) from error
        # They write each failure to the terminal with its traceback, and we map them all.
        for noisy in map(logging.getLogger, ("pymilvus", "grpc._server")):
            noisy.handlers, noisy.propagate = [logging.NullHandler()], False
        self._name = name
        self._lock = Lock()
        self._library: MilvusLibrary | None = None
        self._checked = 0.0
        with mapped(self._where):
            self._client = MilvusClient(uri, token=token, timeout=ASK_SECONDS)

    def library(self) -> "MilvusLibrary":
        """Return what is asked now. Raises EngineEmptyError or EngineUnavailableError."""
        with self._lock:
            if self._library is None or monotonic() - self._checked >= CHECK_SECONDS:
                self._library = self._current(self._library)
                self._checked = monotonic()
            return self._library

    def push(self, snapshot: Snapshot, *, swap: bool, progress: Progress | None = None) -> int:
        """Make the engine hold what a snapshot does; return how many documents were sent."""
        current = self._asked()
        into = current or self._beside(current)
        target = Collection(self._client, into, self._where)
        if current and (swap or not target.is_for(snapshot.model_id, snapshot.dimension)):
            into = self._beside(current)
            target = Collection(self._client, into, self._where)
        target.prepare(snapshot.model_id, snapshot.dimension)
        statistics = statistics_of(snapshot)
        sent = target.put(snapshot, statistics, progress)
        gone = target.digests().keys() - {document.id for document in snapshot.documents}
        target.remove(sorted(gone))
        target.finish(snapshot, statistics)
        if into != current:
            self._point_at(into, is_new=current is None)
        return sent

    def upsert(self, snapshot: Snapshot) -> int:
        """Add the documents of a snapshot, or put them in place; return how many were sent."""
        library = self._current(None)
        target = Collection(self._client, library.collection, self._where)
        ids = [document.id for document in snapshot.documents]
        before = library.around(dict.fromkeys(ids, (0, MOST)))
        sent = target.put(snapshot, library.catalogue.statistics)
        after = library.around(dict.fromkeys(ids, (0, MOST)))
        statistics = library.catalogue.statistics.changed(before, -1).changed(after, 1)
        target.finish(library.catalogue, statistics)
        self._library = None
        return sent

    def remove(self, document_ids: Sequence[str]) -> None:
        """Take documents out."""
        library = self._current(None)
        rows = library.around(dict.fromkeys(document_ids, (0, MOST)))
        target = Collection(self._client, library.collection, self._where)
        target.remove(document_ids)
        target.finish(library.catalogue, library.catalogue.statistics.changed(rows, -1))
        self._library = None

    def close(self) -> None:
        """Let go of the connection."""
        self._client.close()

    def _asked(self) -> str | None:
        """The collection that is asked, None where there is none yet."""
        try:
            with mapped(self._where):
                found = self._client.describe_alias(self._name, timeout=ASK_SECONDS)
                return str(found["collection_name"])
        except EngineEmptyError:
            return None

    def _beside(self, current: str | None) -> str:
        first, second = f"{self._name}_a", f"{self._name}_b"
        return second if current == first else first

    def _point_at(self, collection: str, *, is_new: bool) -> None:
        """Have questions asked of a collection from now on, in one step."""
        with mapped(self._where):
            point = self._client.create_alias if is_new else self._client.alter_alias
            point(collection, self._name, timeout=WRITE_SECONDS)
        self._library = None

    def _current(self, known: "MilvusLibrary | None") -> "MilvusLibrary":
        collection = self._asked()
        if collection is None:
            raise EngineEmptyError(self._where)
        read = Collection(self._client, collection, self._where)
        if known and known.collection == collection and known.version == read.state()["version"]:
            return known
        read.load()
        return MilvusLibrary(read, read.catalogue())


class MilvusLibrary:
    """One collection as it is asked; satisfies `Library`."""

    def __init__(self, collection: "Collection", catalogue: Catalogue) -> None:
        self._collection = collection
        self.collection = collection.name
        self.catalogue = catalogue
        self.version = catalogue.version

    def candidates(self, wanted: Wanted) -> list[Entry]:
        """Return the best `count` rows by vector, and by the terms of each language, together."""
        from pymilvus import AnnSearchRequest, RRFRanker

        within = ""
        if wanted.documents is not None and len(wanted.documents) <= NAMED_DOCUMENTS:
            within = f"document in {quoted(sorted(wanted.documents))}"
        searches = [
            AnnSearchRequest(
                [wanted.vector.tolist()],
                "vector",
                {"metric_type": "IP", "params": {"ef": 2 * wanted.count}},
                limit=wanted.count,
                expr=within or None,
            )
        ]
        for weights, flag in ((wanted.chinese, "true"), (wanted.english, "false")):
            if words := question_words(weights):
                language = f"chinese == {flag}"
                expression = f"{language} and {within}" if within else language
                searches.append(
                    AnnSearchRequest(
                        [words], "words", {"metric_type": "IP"}, wanted.count, expr=expression
                    )
                )
        with mapped(self._collection.where):
            (found,) = self._collection.client.hybrid_search(
                self._collection.name,
                searches,
                RRFRanker(),
                limit=len(searches) * wanted.count,
                output_fields=["body"],
                timeout=ASK_SECONDS,
            )
        entries = [entry_of(one["entity"]["body"]) for one in found]
        if not self.catalogue.statistics.renderings:
            return entries
        return [*entries, *self._other_views(entries)]

    def around(self, places: Mapping[str, tuple[int, int]]) -> list[Entry]:
        """Return the rows of the passages from the first to the last number, by document."""
        parts = [
            f"(document in {quoted([one])} and number >= {first} and number <= {last})"
            for one, (first, last) in places.items()
        ]
        if not parts:
            return []
        found = self._collection.query(self._collection.name, " or ".join(parts), ["body"])
        return [entry_of(one["body"]) for one in found]

    def text(self, document_id: str) -> str:
        """Return the text of a document; KeyError where there is none of that id."""
        for record in self._collection.records([text_key(document_id)]):
            return "".join(record["body"])
        raise KeyError(document_id)

    def _other_views(self, entries: Sequence[Entry]) -> list[Entry]:
        """The renderings of passages and the passages of renderings that were not found."""
        there = {entry.key for entry in entries}
        keys = {
            key_of(entry.passage.document_id, entry.number, not entry.row.is_rendering)
            for entry in entries
        } - there
        with mapped(self._collection.where):
            found = self._collection.client.get(
                self._collection.name, sorted(keys), output_fields=["body"], timeout=ASK_SECONDS
            )
        return [entry_of(one["body"]) for one in found]

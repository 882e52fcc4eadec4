"""A collection of Milvus: made, filled with documents, and read.

Rows are written before the record of their document, and that before what is known of the whole, so
what a killed push leaves is done again and never taken for whole.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import uuid4

from embeddings.centering import load_means
from qa.errors import EngineEmptyError, EngineUnavailableError
from qa.index.engines.candidates import entries_of, rows_by_document
from qa.index.engines.entities import (
    PIECE_BYTES,
    PIECES,
    Entity,
    Record,
    digest_of,
    document_of,
    document_records,
    quoted,
    row_entity,
    statistics_records,
)
from qa.index.engines.types import Catalogue, Progress, Statistics
from qa.index.store import Snapshot

if TYPE_CHECKING:
    from pymilvus import CollectionSchema, MilvusClient

SCHEMA = 1
"""Version of the entities; a collection of another version is filled again."""

ASK_SECONDS = 10.0
WRITE_SECONDS = 120.0

MOST = 16_384
"""Entities in an answer: Milvus gives no more."""

_TOGETHER = 200  # entities in a request: 4 MB where each takes 20 KB, of 64 that Milvus takes
_NO_SUCH_COLLECTION = 100
_STATE = "state"

One = TypeVar("One")


class Collection:
    """The rows of one content of the engine, and what lies beside them."""

    def __init__(self, client: "MilvusClient", name: str, where: str) -> None:
        self.client = client
        self.name = name
        self.where = where
        self._other = f"{name}_other"

    def is_for(self, model_id: str, dimension: int) -> bool:
        """Whether it is there, and was made for the vectors of a model by this version."""
        made = {"model": model_id, "dimension": dimension, "schema": SCHEMA}
        with mapped(self.where):
            if not self.client.has_collection(self._other, timeout=WRITE_SECONDS):
                return False
            self.load()
            return any(json.loads(one["body"][0]) == made for one in self.records(["made"]))

    def prepare(self, model_id: str, dimension: int) -> None:
        """Make what is to be filled, where it is not there as it should be."""
        if self.is_for(model_id, dimension):
            return
        with mapped(self.where):
            for name in (self.name, self._other):
                self.client.drop_collection(name, timeout=WRITE_SECONDS)
            _create_rows(self.client, self.name, dimension)
            _create_records(self.client, self._other)
        made = {"model": model_id, "dimension": dimension, "schema": SCHEMA}
        self._write([Record("made", "made", json.dumps(made))])

    def load(self) -> None:
        """Have the collections in the memory of the engine, where they can be asked."""
        with mapped(self.where):
            for name in (self.name, self._other):
                self.client.load_collection(name, timeout=WRITE_SECONDS)

    def put(
        self, snapshot: Snapshot, statistics: Statistics, progress: Progress | None = None
    ) -> int:
        """Send the documents that are not there as they are in a snapshot."""
        means = load_means(snapshot.model_id, snapshot.dimension)
        there, sent = self.digests(), 0
        for number, rows in enumerate(rows_by_document(snapshot)[: len(snapshot.documents)]):
            document = snapshot.documents[number]
            copy_of = snapshot.standings[document.id].copies_of
            if there.get(document.id) != digest_of(document, copy_of):
                entries = entries_of(snapshot, rows)
                for batch in _batches(entries):
                    entities = [row_entity(one, document, means, statistics) for one in batch]
                    with mapped(self.where):
                        self.client.upsert(self.name, entities, timeout=WRITE_SECONDS)
                if document.id in there:
                    self._remove_others(document.id, {entry.key for entry in entries})
                for record in document_records(document, copy_of):
                    self._write([record])
                sent += 1
            if progress is not None:
                progress("documents", number + 1, len(snapshot.documents))
        return sent

    def remove(self, document_ids: Sequence[str]) -> None:
        """Take documents out: first what says that they are there."""
        for batch in _batches(document_ids):
            keys = [f"{kind}-{one}" for kind in ("document", "text") for one in batch]
            with mapped(self.where):
                self.client.delete(self._other, ids=keys, timeout=WRITE_SECONDS)
                within = f"document in {quoted(batch)}"
                self.client.delete(self.name, filter=within, timeout=WRITE_SECONDS)

    def _remove_others(self, document_id: str, kept: set[str]) -> None:
        """Take out the rows that a document no longer has."""
        found = self.query(self.name, f"document in {quoted([document_id])}", ["key"])
        if gone := sorted({one["key"] for one in found} - kept):
            with mapped(self.where):
                self.client.delete(self.name, ids=gone, timeout=WRITE_SECONDS)

    def finish(self, known: Snapshot | Catalogue, statistics: Statistics) -> None:
        """Write what is known of the whole, and last that it is another content than before."""
        records = statistics_records(statistics)
        for record in records:
            self._write([record])
        state = {
            "version": uuid4().hex,
            "model": known.model_id,
            "dimension": known.dimension,
            "terms": known.terms,
            "parts": [record.key for record in records],
            "chinese": statistics.chinese,
            "english": statistics.english,
            "length": statistics.length,
            "renderings": statistics.renderings,
        }
        self._write([Record(_STATE, "state", json.dumps(state, ensure_ascii=False))])
        with mapped(self.where):
            for name in (self.name, self._other):
                self.client.flush(name, timeout=WRITE_SECONDS)

    def state(self) -> dict[str, Any]:
        """What `finish` wrote. Raises EngineEmptyError where nothing was finished."""
        for record in self.records([_STATE]):
            found: dict[str, Any] = json.loads("".join(record["body"]))
            return found
        raise EngineEmptyError(self.where)

    def catalogue(self) -> Catalogue:
        """Read what is known of the whole."""
        state = self.state()
        parts = set(state["parts"])
        holding: dict[str, int] = {}
        for record in self._all("terms"):
            if record["key"] in parts:  # another push may have left more
                holding |= json.loads("".join(record["body"]))
        found = [document_of("".join(one["body"])) for one in self._all("document")]
        found.sort(key=lambda pair: (pair[0].source, pair[0].id))
        return Catalogue(
            version=state["version"],
            model_id=state["model"],
            dimension=state["dimension"],
            documents=tuple(document for document, _ in found),
            copies={document.id: copy_of for document, copy_of in found if copy_of},
            terms=tuple((tuple(zh), tuple(en)) for zh, en in state["terms"]),
            statistics=Statistics(
                holding=holding,
                chinese=state["chinese"],
                english=state["english"],
                length=state["length"],
                renderings=state["renderings"],
            ),
        )

    def digests(self) -> dict[str, str]:
        """The documents that are there whole, by id."""
        found = self._all("document", ["key", "digest"])
        return {one["key"].removeprefix("document-"): one["digest"] for one in found}

    def query(self, name: str, expression: str, fields: Sequence[str]) -> list[Entity]:
        """The entities that fit, as many as an answer holds."""
        with mapped(self.where):
            found: list[Entity] = self.client.query(
                name,
                filter=expression,
                output_fields=list(fields),
                limit=MOST,
                timeout=ASK_SECONDS,
            )
            return found

    def records(self, keys: Sequence[str]) -> list[Entity]:
        """The records of some keys that are there."""
        with mapped(self.where):
            found: list[Entity] = self.client.get(
                self._other,
                list(keys),
                output_fields=["key", "body"],
                timeout=ASK_SECONDS,
                consistency_level="Strong",
            )
            return found

    def _all(self, kind: str, fields: Sequence[str] = ("key", "body")) -> Iterator[Entity]:
        """All the records of a kind, however many."""
        with mapped(self.where):
            found = self.client.query_iterator(
                self._other,
                batch_size=_TOGETHER if "body" in fields else MOST,
                filter=f'kind == "{kind}"',
                output_fields=list(fields),
                timeout=WRITE_SECONDS,
                consistency_level="Strong",
            )
            try:
                while batch := found.next():
                    yield from batch
            finally:
                found.close()

    def _write(self, records: Sequence[Record]) -> None:
        with mapped(self.where):
            entities = [record.entity() for record in records]
            self.client.upsert(self._other, entities, timeout=WRITE_SECONDS)


@contextmanager
def mapped(where: str) -> Iterator[None]:
    """Raise the errors of Milvus as our own."""
    import grpc
    from pymilvus.exceptions import MilvusException

    try:
        yield
    except MilvusException as error:
        if error.code == _NO_SUCH_COLLECTION:
            raise EngineEmptyError(where) from error
        raise EngineUnavailableError(where, str(error.message)) from error
    except grpc.RpcError as error:
        raise EngineUnavailableError(where, type(error).__name__) from error


def _create_rows(client: "MilvusClient", name: str, dimension: int) -> None:
    from pymilvus import DataType

    schema = client.create_schema(auto_id=False, enable_dynamic_field=False)
    schema.add_field("key", DataType.VARCHAR, is_primary=True, max_length=128)
    schema.add_field("document", DataType.VARCHAR, max_length=64)
    schema.add_field("number", DataType.INT64)
    schema.add_field("chinese", DataType.BOOL)
    schema.add_field("publisher", DataType.VARCHAR, max_length=1024)
    schema.add_field("date", DataType.VARCHAR, max_length=32)
    schema.add_field("language", DataType.VARCHAR, max_length=16)
    schema.add_field("vector", DataType.FLOAT_VECTOR, dim=dimension)
    schema.add_field("words", DataType.SPARSE_FLOAT_VECTOR)
    _add_body(schema)
    indexes = client.prepare_index_params()
    indexes.add_index(
        "vector",
        index_type="HNSW",
        metric_type="IP",
        params={"M": 16, "efConstruction": 200},
    )
    indexes.add_index("words", index_type="SPARSE_INVERTED_INDEX", metric_type="IP")
    indexes.add_index("document", index_type="INVERTED")
    client.create_collection(name, schema=schema, index_params=indexes, timeout=WRITE_SECONDS)


def _create_records(client: "MilvusClient", name: str) -> None:
    from pymilvus import DataType

    schema = client.create_schema(auto_id=False, enable_dynamic_field=False)
    schema.add_field("key", DataType.VARCHAR, is_primary=True, max_length=128)
    schema.add_field("kind", DataType.VARCHAR, max_length=16)
    schema.add_field("digest", DataType.VARCHAR, max_length=64)
    schema.add_field("vector", DataType.FLOAT_VECTOR, dim=2)
    _add_body(schema)
    indexes = client.prepare_index_params()
    indexes.add_index("vector", index_type="FLAT", metric_type="IP")
    indexes.add_index("kind", index_type="INVERTED")
    client.create_collection(name, schema=schema, index_params=indexes, timeout=WRITE_SECONDS)


def _add_body(schema: "CollectionSchema") -> None:
    from pymilvus import DataType

    schema.add_field(
        "body",
        DataType.ARRAY,
        element_type=DataType.VARCHAR,
        max_capacity=PIECES,
        max_length=PIECE_BYTES,
        mmap_enabled=True,  # only what is found is read
    )


def _batches(values: Iterable[One]) -> Iterator[list[One]]:
    whole = iter(values)
    while batch := list(islice(whole, _TOGETHER)):
        yield batch

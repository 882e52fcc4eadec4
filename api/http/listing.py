"""What a library holds, as it is looked through: documents that fit, and how many of each kind."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from api.http.filter_schema import Value
from api.http.schemas import DocumentSummary, document_summary
from qa.assistant import Assistant
from qa.corpus.versions import Standing
from qa.language.text import fold
from qa.types import Document, Language, Version

MOST_LISTED = 1_000
MAX_VALUES = 20
MAX_QUERY_LENGTH = 200

_ISSUERS = "、"
"""Parts the names of those who issued a document together."""

Year = Annotated[str, StringConstraints(pattern=r"^\d{4}$")]


class ListingQuery(BaseModel):
    """Which documents are listed, by default all; values of one kind are alternatives."""

    model_config = ConfigDict(extra="ignore")

    q: Annotated[
        str,
        Field(
            max_length=MAX_QUERY_LENGTH,
            description="words that title, number, publisher or name hold, in either script",
        ),
    ] = ""
    publisher: Annotated[list[Value], Field(max_length=MAX_VALUES)] = []
    year: Annotated[list[Year], Field(max_length=MAX_VALUES)] = []
    language: Annotated[list[Language], Field(max_length=len(Language))] = []
    current: Annotated[bool, Field(description="leave out what has been replaced")] = False
    limit: Annotated[int, Field(ge=1, le=MOST_LISTED)] = MOST_LISTED
    offset: Annotated[int, Field(ge=0, le=10_000_000)] = 0


class FacetValue(BaseModel):
    """A value, and how many documents of those listed otherwise have it."""

    value: str
    count: int


class Facets(BaseModel):
    """What a listing can be narrowed to: the most frequent publishers, the latest years first."""

    publishers: list[FacetValue]
    years: list[FacetValue]
    languages: list[FacetValue]
    superseded: Annotated[int, Field(description="how many `current` leaves out")]


class LibraryOut(BaseModel):
    """A part of the documents that fit, the latest first."""

    total: Annotated[int, Field(description="how many fit")]
    documents: list[DocumentSummary]
    facets: Facets


@dataclass(frozen=True, slots=True)
class _Held:
    """A document by what it can be looked for."""

    document: Document
    standing: Standing

    def has(self, words: Iterable[str]) -> bool:
        found = self.document
        said = fold(" ".join((found.title, found.number, found.publisher, found.source)))
        return all(word in said for word in words)

    @property
    def publishers(self) -> Sequence[str]:
        return [name for name in self.document.publisher.split(_ISSUERS) if name]

    @property
    def years(self) -> Sequence[str]:
        return [self.document.date[:4]] if self.document.date else []

    @property
    def is_superseded(self) -> bool:
        return self.standing.version is Version.SUPERSEDED


_Test = Callable[[_Held], bool]


def list_documents(assistant: Assistant, query: ListingQuery) -> tuple[list[DocumentSummary], int]:
    """Return the documents that fit, in the order of the library, and how many there are."""
    fitting = _fitting(_held(assistant), _tests(query).values())
    return [_summary(one) for one in _page(fitting, query)], len(fitting)


def look_through(assistant: Assistant, query: ListingQuery) -> LibraryOut:
    """Return the documents that fit, the latest first, and what they can be narrowed to."""
    held, tests = _held(assistant), _tests(query)

    def others(kind: str) -> list[_Held]:
        return _fitting(held, [test for name, test in tests.items() if name != kind])

    listed = sorted(_fitting(held, tests.values()), key=lambda one: one.document.title)
    listed.sort(key=lambda one: one.document.date, reverse=True)
    years = _counted(year for one in others("year") for year in one.years)
    return LibraryOut(
        total=len(listed),
        documents=[_summary(one) for one in _page(listed, query)],
        facets=Facets(
            publishers=_counted(name for one in others("publisher") for name in one.publishers),
            years=sorted(years, key=lambda found: found.value, reverse=True),
            languages=_counted(one.document.language for one in others("language")),
            superseded=sum(one.is_superseded for one in others("current")),
        ),
    )


def _held(assistant: Assistant) -> list[_Held]:
    standings = assistant.standings
    return [_Held(document, standings[document.id]) for document in assistant.documents]


def _tests(query: ListingQuery) -> Mapping[str, _Test]:
    """What a document must pass, by the kind of what is asked."""
    words, publishers = fold(query.q).split(), {fold(name) for name in query.publisher}
    tests: dict[str, _Test] = {}
    if words:
        tests["q"] = lambda one: one.has(words)
    if publishers:
        tests["publisher"] = lambda one: any(fold(name) in publishers for name in one.publishers)
    if query.year:
        tests["year"] = lambda one: any(year in query.year for year in one.years)
    if query.language:
        tests["language"] = lambda one: one.document.language in query.language
    if query.current:
        tests["current"] = lambda one: not one.is_superseded
    return tests


def _fitting(held: Sequence[_Held], tests: Iterable[_Test]) -> list[_Held]:
    kept = list(held)
    for test in tests:
        kept = [one for one in kept if test(one)]
    return kept


def _page(fitting: Sequence[_Held], query: ListingQuery) -> Sequence[_Held]:
    return fitting[query.offset : query.offset + query.limit]


def _counted(values: Iterable[str]) -> list[FacetValue]:
    found = Counter(values)
    return [FacetValue(value=value, count=count) for value, count in found.most_common()]


def _summary(one: _Held) -> DocumentSummary:
    return document_summary(one.document, one.standing)

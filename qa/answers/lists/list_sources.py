"""The lists that a snapshot holds: in one sentence, over many, and those about one plan."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

from qa.answers.lists.chinese_lists import find_chinese
from qa.answers.lists.english_lists import find_english
from qa.answers.lists.enumerations import Count, Enumeration, find_counts
from qa.answers.lists.series import find_series
from qa.index.store import Snapshot
from qa.language.text import Span, is_chinese
from qa.language.words import words
from qa.types import Language

PASSAGES_AROUND = 4
"""Passages before and after one through which a series may run."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """Sentence `number` of a row."""

    row: int
    number: int


@dataclass(frozen=True, slots=True)
class Item:
    """One listed thing: a span of a sentence."""

    sentence: Sentence
    span: Span


@dataclass(frozen=True, slots=True)
class Listed:
    """A list as the documents have it.

    `label` stands beside the items and says what they are, `context` before them and may say it;
    `places` are the sentences by which it is found.
    """

    items: tuple[Item, ...]
    label: str
    count: Count | None
    context: str
    places: tuple[Sentence, ...]


class ListSources:
    """Finds the lists of one snapshot; immutable, but it remembers what it has read."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self._rows = snapshot.rows
        # All sentences about a plan are read for each question about it.
        self.enumerations = lru_cache(maxsize=4096)(self._enumerations)

    def text(self, sentence: Sentence) -> str:
        """The words of a sentence."""
        row = self._rows[sentence.row]
        return row.text[slice(*row.sentences[sentence.number])]

    def following(self, sentence: Sentence) -> Sentence | None:
        """The next sentence of the row."""
        last = sentence.number + 1 == len(self._rows[sentence.row].sentences)
        return None if last else Sentence(sentence.row, sentence.number + 1)

    def in_sentence(self, sentence: Sentence, context: str = "") -> Iterator[Listed]:
        """The lists of one sentence; `context` is the text before it."""
        text = self.text(sentence)
        for listed in self.enumerations(sentence):
            items = tuple(Item(sentence, span) for span in listed.items)
            before = context + text[: listed.items[0][0]]
            yield Listed(items, listed.label, listed.count, before, (sentence,))

    def _enumerations(self, sentence: Sentence) -> list[Enumeration]:
        """The enumerations of a sentence; one of a rendering must have as many as its original."""
        text, row = self.text(sentence), self._rows[sentence.row]
        if is_chinese(row.language):
            return find_chinese(text)
        found = find_english(text)
        if not row.is_rendering:
            return found
        original = int(self._snapshot.own_rows[row.passage])
        theirs = self.enumerations(Sentence(original, sentence.number))
        lengths = {len(listed.items) for listed in theirs}
        return [listed for listed in found if len(listed.items) in lengths]

    def series_around(self, sentence: Sentence) -> Iterator[Listed]:
        """The series that a sentence leads to or belongs to."""
        around = self._around(sentence)
        for series in find_series([self.text(one) for one in around]):
            members = tuple(around[member.sentence] for member in series.members)
            places = (around[series.head_sentence], *members)
            if sentence in places:
                items = tuple(
                    Item(one, member.span)
                    for one, member in zip(members, series.members, strict=True)
                )
                count = next(iter([*find_counts(series.head)][::-1]), None)
                yield Listed(items, series.head, count, "", places)

    def _around(self, sentence: Sentence) -> list[Sentence]:
        """The sentences before and after one in its document."""
        row, passages = self._rows[sentence.row], self._snapshot.passages
        first, last = row.passage - PASSAGES_AROUND, row.passage + PASSAGES_AROUND
        found = []
        for passage in range(max(0, first), min(last + 1, len(passages))):
            own = int(self._snapshot.own_rows[passage])
            number = self._renderings.get((passage, row.language)) if row.is_rendering else own
            if number is not None and (
                passages[passage].document_id == passages[row.passage].document_id
            ):
                found += [Sentence(number, i) for i in range(len(self._rows[number].sentences))]
        return found

    @cached_property
    def _renderings(self) -> dict[tuple[int, Language], int]:
        rows = enumerate(self._rows)
        return {(row.passage, row.language): i for i, row in rows if row.is_rendering}

    def about(self, bearer: str, like: Sentence) -> Sequence[Sentence]:
        """The sentences that mention a plan, in the language of the sentence `like`."""
        postings = self._snapshot.postings
        ((found, _),) = postings.match({tuple(words(bearer)): 1.0}).members
        language = is_chinese(self._rows[like.row].language)
        return [
            Sentence(int(row), int(sentence - postings.sentence_starts[row]))
            for sentence, row in zip(found, postings.owners[found], strict=True)
            if is_chinese(self._rows[row].language) == language
        ]

"""Lists for questions that ask for one: the items that the documents name, none left out.

The list is the enumeration or the series that is called what the question asks for, in or beside
one of its best sentences. Where the documents state a number of things and list them nowhere
together, what they name of them here and there is gathered.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

from qa.chinese_lists import find_chinese
from qa.english_lists import find_english
from qa.enumerations import Count, Enumeration, find_counts
from qa.gathering import asks_of_all, find_bearer, find_named, stated_count, without_repeats
from qa.list_questions import SHORT_LABEL, AskedList, asked_list, fits
from qa.series import find_series
from qa.store import Snapshot
from qa.text import Span, fold, is_chinese, to_script, words
from qa.types import Coverage, Language

WITHIN = 0.35
"""How much worse than the best sentence one that holds or leads to a list may score."""

PASSAGES_AROUND = 4
"""Passages before and after one through which a series may run."""

FIT_SHARE = 0.5
"""What a list that fits in name and number weighs beside the score of its sentence."""


@dataclass(frozen=True, slots=True)
class Place:
    """Sentence `number` of a row, with how well it answers."""

    row: int
    number: int
    score: float = 0.0


@dataclass(frozen=True, slots=True)
class Item:
    """One listed thing: a span of a sentence."""

    row: int
    number: int
    span: Span


@dataclass(frozen=True, slots=True)
class FoundList:
    """Items in the order of the documents; `stated` is how many there are said to be."""

    items: tuple[Item, ...]
    stated: Count | None = None

    @property
    def coverage(self) -> Coverage | None:
        """How many of how many; None where the documents state no number."""
        return Coverage(len(self.items), self.stated.number) if self.stated else None


@dataclass(frozen=True, slots=True)
class _Option:
    found: FoundList
    value: float


class ListFinder:
    """Finds the lists of one snapshot."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self._rows = snapshot.rows
        # Each kind of question looks at a sentence, and so do those about one plan.
        self._enumerations = lru_cache(maxsize=4096)(self._find_enumerations)

    def find(self, question: str, places: Sequence[Place]) -> FoundList | None:
        """Return the list that a question asks for; `places` are its best sentences in order.

        None where it asks for none, or where no list near those sentences is called so.
        """
        asked = asked_list(question)
        if asked is None or not places:
            return None
        near = [place for place in places if place.score >= places[0].score - WITHIN]
        options = [*self._inline(asked, near), *self._series(asked, near)]
        if options and asked.number:
            return max(options, key=lambda option: option.value).found
        # Where no number is asked for, all that a plan has come before one list of some of it.
        gathered = self._gather(asked, near)
        if gathered or not options:
            return gathered
        return max(options, key=lambda option: option.value).found

    def text(self, item: Item) -> str:
        """The words of an item as they stand in the row."""
        return self._sentence(item.row, item.number)[slice(*item.span)]

    def _sentence(self, row: int, number: int) -> str:
        return self._rows[row].text[slice(*self._rows[row].sentences[number])]

    def _inline(self, asked: AskedList, near: Sequence[Place]) -> Iterator[_Option]:
        known = {(place.row, place.number) for place in near}
        for place in near:
            before = self._sentence(place.row, place.number - 1) if place.number else ""
            for listed in self._enumerations(place.row, place.number):
                yield from self._option(asked, place, listed, before)
            following = Place(place.row, place.number + 1, place.score)
            is_last = following.number == len(self._rows[place.row].sentences)
            if not is_last and (following.row, following.number) not in known:
                text = self._sentence(place.row, place.number)
                for listed in self._enumerations(following.row, following.number):
                    if len(listed.label) <= SHORT_LABEL:  # it goes on: "具体表现为：……"
                        yield from self._option(asked, following, listed, text)

    def _find_enumerations(self, row: int, number: int) -> list[Enumeration]:
        """The enumerations of a sentence; one of a rendering must have as many as its original."""
        text = self._sentence(row, number)
        original = self._rows[row].passage
        if is_chinese(self._rows[row].language):
            return find_chinese(text)
        if original == row:
            return find_english(text)
        numbers = {len(listed.items) for listed in find_chinese(self._sentence(original, number))}
        return [listed for listed in find_english(text) if len(listed.items) in numbers]

    def _option(
        self, asked: AskedList, place: Place, listed: Enumeration, context: str
    ) -> Iterator[_Option]:
        items = tuple(Item(place.row, place.number, span) for span in listed.items)
        yield from self._judged(asked, items, listed, context, place.score)

    def _judged(
        self,
        asked: AskedList,
        items: tuple[Item, ...],
        listed: Enumeration,
        context: str,
        score: float,
    ) -> Iterator[_Option]:
        kept = tuple(item for item in items if not self._is_excluded(asked, item))
        # With some left out, the number that is stated counts others than those.
        stated = listed.count if len(kept) == len(items) else None
        texts = [self.text(item) for item in kept]
        number = stated.number if stated else None
        if fit := fits(asked, texts, listed.label, number, context):
            yield _Option(FoundList(kept, stated), score + FIT_SHARE * fit)

    def _is_excluded(self, asked: AskedList, item: Item) -> bool:
        """Whether the question leaves an item out: "besides …"."""
        if not asked.excluded:
            return False
        found = set(words(fold(self.text(item))))
        return 3 * len(found & asked.excluded) >= len(found)

    def _series(self, asked: AskedList, near: Sequence[Place]) -> Iterator[_Option]:
        """Series that a good sentence leads to or belongs to."""
        scores = {(place.row, place.number): place.score for place in near}
        done: set[tuple[int, int]] = set()
        for place in near:
            around = self._around(place)
            for series in find_series([self._sentence(*at) for at in around]):
                touched = [
                    around[series.head_sentence],
                    *(around[m.sentence] for m in series.members),
                ]
                score = max((scores[at] for at in touched if at in scores), default=None)
                if score is None or touched[1] in done:
                    continue
                done.add(touched[1])
                items = tuple(Item(*around[m.sentence], m.span) for m in series.members)
                counts = list(find_counts(series.head))
                listed = Enumeration((), series.head, counts[-1] if counts else None)
                yield from self._judged(asked, items, listed, "", score)

    def _around(self, place: Place) -> list[tuple[int, int]]:
        """The sentences before and after one in its document, each as row and number."""
        row = self._rows[place.row]
        is_own = place.row == row.passage
        document = self._snapshot.passages[row.passage].document_id
        found = []
        for passage in range(row.passage - PASSAGES_AROUND, row.passage + PASSAGES_AROUND + 1):
            if 0 <= passage < len(self._snapshot.passages):
                number = passage if is_own else self._rendering(passage, row.language)
                if number is not None and self._snapshot.passages[passage].document_id == document:
                    found += [(number, i) for i in range(len(self._rows[number].sentences))]
        return found

    def _rendering(self, passage: int, language: Language) -> int | None:
        return self._renderings.get((passage, language))

    @cached_property
    def _renderings(self) -> dict[tuple[int, Language], int]:
        own = len(self._snapshot.passages)
        return {(row.passage, row.language): i for i, row in enumerate(self._rows) if i >= own}

    def _gather(self, asked: AskedList, near: Sequence[Place]) -> FoundList | None:
        """What all sentences about the same plan name of the things whose number one states."""
        bearers = [find_bearer(self._sentence(place.row, place.number)) for place in near]
        for bearer in dict.fromkeys(filter(None, bearers)):
            sentences = self._about(bearer, near[0].row)
            for row, number in sentences:
                text = self._sentence(row, number)
                count = stated_count(text, asked)
                if (
                    count
                    and find_bearer(text) == bearer
                    and (asked.number or asks_of_all(asked, text, bearer))
                ):
                    named = [item for at in sentences for item in self._named(asked, *at)]
                    others = self._enumerations(row, number)
                    taken = [text[slice(*span)] for listed in others for span in listed.items]
                    kept = without_repeats([self.text(item) for item in named], taken=taken)
                    if 0 < len(kept) <= count.number:
                        return FoundList(tuple(named[i] for i in kept), count)
        return None

    def _about(self, bearer: str, like: int) -> list[tuple[int, int]]:
        """The sentences that mention a plan, in the language of the row `like`."""
        postings = self._snapshot.postings
        found = postings.score([{tuple(words(bearer)): 1.0}]).matches[0].sentences
        language = is_chinese(self._rows[like].language)
        return [
            (row, int(sentence - postings.sentence_starts[row]))
            for sentence, row in zip(found, postings.owners[found], strict=True)
            if is_chinese(self._rows[row].language) == language
        ]

    def _named(self, asked: AskedList, row: int, number: int) -> Iterator[Item]:
        text = self._sentence(row, number)
        last = number + 1 == len(self._rows[row].sentences)
        following = "" if last else self._sentence(row, number + 1)
        for span in find_named(text, following, self._enumerations(row, number), asked):
            yield Item(row, number, span)


_PARTIAL = {
    Language.SIMPLIFIED: "文件称共有{stated}{measure}，其中点到的有以下{found}{measure}：",
    Language.TRADITIONAL: "文件稱共有{stated}{measure}，其中點到的有以下{found}{measure}：",
    Language.ENGLISH: "The documents state {stated} and name {found} of them:",
}


def list_text(items: Sequence[tuple[str, int]], stated: Count | None, language: Language) -> str:
    """Write a list, an item and its mark a line; where items are missing a first line says so.

    >>> print(list_text([("土地", 1), ("人才", 1)], None, Language.SIMPLIFIED))
    - 土地 [1]
    - 人才 [1]
    """
    lines = [f"- {text} [{index}]" for text, index in items]
    if stated and len(items) < stated.number:
        measure = to_script(stated.measure or "项", language)
        lead = _PARTIAL[language].format(stated=stated.number, found=len(items), measure=measure)
        lines.insert(0, lead)
    return "\n".join(lines)

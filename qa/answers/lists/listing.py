"""Lists for questions that ask for one: the items that the documents name, none left out.

The list is the enumeration or the series that is called what the question asks for, in or beside
one of its best sentences. Where the documents state a number of things and list them nowhere
together, what they name of them here and there is gathered.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from qa.answers.lists.enumerations import Count
from qa.answers.lists.gathering import (
    asks_of_all,
    find_bearer,
    find_named,
    stated_count,
    without_repeats,
)
from qa.answers.lists.list_questions import AskedList, asked_list, fits, is_leading
from qa.answers.lists.list_sources import Item, Listed, ListSources, Sentence
from qa.index.store import Snapshot
from qa.language.text import fold, to_script
from qa.language.words import words
from qa.questions.asking import Kind, holds
from qa.types import Coverage, Language

WITHIN = 0.35
"""How much worse than the best sentence one that holds or leads to a list may score. Of 62 gold
lists, nothing refused, .2, .35, .5 and 1 give 59, 61, 60 and 59 complete; without lists 47."""

BEHIND = 0.2
"""How much less a list is worth in the sentence behind one that answers; 0 to .4 are level."""

FIT_SHARE = 0.5
"""What a list that fits in name and number weighs beside the score of its sentence; of .2, .5
and .8 the first loses a list."""

_PARTIAL = {
    Language.SIMPLIFIED: "文件称共有{stated}{measure}，其中点到的有以下{found}{measure}：",
    Language.TRADITIONAL: "文件稱共有{stated}{measure}，其中點到的有以下{found}{measure}：",
    Language.ENGLISH: "The documents state {stated} and name {found} of them:",
}


@dataclass(frozen=True, slots=True)
class Place:
    """A sentence that may answer, and how well it does."""

    sentence: Sentence
    score: float


@dataclass(frozen=True, slots=True)
class FoundList:
    """Items in the order of the documents; `stated` is how many there are said to be.

    `fit` says how well they are what was asked for in name and number, 0 to 1.
    """

    items: tuple[Item, ...]
    stated: Count | None
    fit: float

    @property
    def coverage(self) -> Coverage | None:
        """How many of how many; None where the documents state no number."""
        return Coverage(len(self.items), self.stated.number) if self.stated else None

    @property
    def is_partial(self) -> bool:
        """Whether the documents state more than they name."""
        return self.stated is not None and len(self.items) < self.stated.number


class ListFinder:
    """Finds the lists of one snapshot that questions ask for."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._sources = ListSources(snapshot)

    def find(self, question: str, places: Sequence[Place]) -> FoundList | None:
        """Return the list that a question asks for; `places` are its best sentences in order.

        None where it asks for none, or where no list near those sentences is called so.
        """
        asked = asked_list(question)
        if asked is None or not places:
            return None
        near = [place for place in places if place.score >= places[0].score - WITHIN]
        # Where no number is asked for, all that a plan has come before one list of some of it.
        best = self._best(asked, near)
        if best and asked.number:
            return best
        return self._gather(asked, near) or best

    def text(self, item: Item) -> str:
        """The words of an item as they stand in the row."""
        return self._sources.text(item.sentence)[slice(*item.span)]

    def _best(self, asked: AskedList, near: Sequence[Place]) -> FoundList | None:
        value, best = (
            max((self._value_as_sentence(asked, place) for place in near), default=0.0),
            None,
        )
        for score, listed in self._near(near):
            kept = tuple(item for item in listed.items if not self._is_excluded(asked, item))
            # With some left out, the number that is stated counts others than those.
            stated = listed.count if len(kept) == len(listed.items) else None
            texts = [self.text(item) for item in kept]
            number = stated.number if stated else None
            fit = fits(asked, texts, listed.label, number, listed.context)
            if fit and score + FIT_SHARE * fit > value:
                value, best = score + FIT_SHARE * fit, FoundList(kept, stated, fit)
        return best

    def _value_as_sentence(self, asked: AskedList, place: Place) -> float:
        """What a sentence is worth that lists what is asked for, so that no list was read in it."""
        text = self._sources.text(place.sentence)
        if any(True for _ in self._sources.in_sentence(place.sentence)) or not holds(
            Kind.LIST, text
        ):
            return 0.0
        share = 0.25 if asked.number else 0.5  # whether the number fits is not known
        return place.score + FIT_SHARE * asked.names(text) * share

    def _near(self, near: Sequence[Place]) -> Iterator[tuple[float, Listed]]:
        """The lists that good sentences hold, lead to, or belong to, each with a score."""
        known = {place.sentence for place in near}
        for place in near:
            sentence = place.sentence
            before = ""
            if sentence.number:
                before = self._sources.text(Sentence(sentence.row, sentence.number - 1))
            for listed in self._sources.in_sentence(sentence, before):
                yield place.score, listed
            following = self._sources.following(sentence)
            if following and following not in known:
                for listed in self._sources.in_sentence(following, self._sources.text(sentence)):
                    # It may go on to say what they are: "具体表现为：……"
                    yield place.score - (0 if is_leading(listed.label) else BEHIND), listed
            for listed in self._sources.series_around(sentence):
                yield place.score, listed

    def _is_excluded(self, asked: AskedList, item: Item) -> bool:
        """Whether the question leaves an item out: "besides …"."""
        found = set(words(fold(self.text(item))))
        return bool(asked.excluded) and 3 * len(found & asked.excluded) >= len(found)

    def _gather(self, asked: AskedList, near: Sequence[Place]) -> FoundList | None:
        """What all sentences about the same plan name of the things whose number one states."""
        bearers = [find_bearer(self._sources.text(place.sentence)) for place in near]
        for bearer in dict.fromkeys(filter(None, bearers)):
            sentences = self._sources.about(bearer, near[0].sentence)
            for sentence in sentences:
                text = self._sources.text(sentence)
                count = stated_count(text, asked)
                if not count or find_bearer(text) != bearer:
                    continue
                if asked.number or asks_of_all(asked, text, bearer):
                    others = [
                        item for one in self._sources.in_sentence(sentence) for item in one.items
                    ]
                    named = [item for one in sentences for item in self._named(asked, one)]
                    kept = without_repeats(
                        [self.text(item) for item in named],
                        taken=[self.text(item) for item in others],
                    )
                    if 0 < len(kept) <= count.number:
                        return FoundList(tuple(named[i] for i in kept), count, 1.0)
        return None

    def _named(self, asked: AskedList, sentence: Sentence) -> Iterator[Item]:
        following = self._sources.following(sentence)
        spans = find_named(
            self._sources.text(sentence),
            self._sources.text(following) if following else "",
            self._sources.enumerations(sentence),
            asked,
        )
        return (Item(sentence, span) for span in spans)


def list_text(items: Sequence[tuple[str, int]], found: FoundList, language: Language) -> str:
    """Write a list, an item and its mark a line; where items are missing a first line says so."""
    lines = [f"- {text} [{index}]" for text, index in items]
    if found.stated and found.is_partial:
        measure = to_script(found.stated.measure or "项", language)
        lead = _PARTIAL[language].format(
            stated=found.stated.number, found=len(items), measure=measure
        )
        lines.insert(0, lead)
    return "\n".join(lines)

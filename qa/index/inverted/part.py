"""An inverted index as it lies in one segment, and that index within the whole."""

from bisect import bisect_left
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from qa.index.inverted.rising import Counts, Numbers, places_in, runs, sums_of
from qa.types import Member

Found = tuple[Numbers, Numbers, Counts]
"""The sentences that hold a member, the passages, and how often each of these does."""


@dataclass(frozen=True, slots=True, eq=False)
class PostingsPart:
    """For each term the sentences that hold it, and how often; and the same for passages.

    `vocabulary` is sorted. Term t's postings are `sentences[starts[t]:starts[t + 1]]` (int32,
    rising) and the same slice of `frequencies` (uint8); by passage `passages` and
    `passage_frequencies` with `passage_starts`. `sentence_starts` (passages + 1) are each
    passage's first sentence, `lengths` (passages,) how many terms it has.
    """

    vocabulary: tuple[str, ...]
    starts: NDArray[np.int64]
    sentences: Numbers
    frequencies: Counts
    passage_starts: NDArray[np.int64]
    passages: Numbers
    passage_frequencies: Counts
    sentence_starts: NDArray[np.int64]
    lengths: Numbers

    def number_of(self, term: str) -> int | None:
        """The term's place in the vocabulary."""
        place = bisect_left(self.vocabulary, term)
        found = place < len(self.vocabulary) and self.vocabulary[place] == term
        return place if found else None

    def passages_of(self, number: int) -> slice:
        """Where the postings by passage of a term lie."""
        return slice(int(self.passage_starts[number]), int(self.passage_starts[number + 1]))

    def find(self, member: Member) -> Found | None:
        """Find a member by the part's own numbers; None where a term of it is unknown."""
        numbers = [number for term in member if (number := self.number_of(term)) is not None]
        if len(numbers) < len(member):
            return None
        start, end = self.starts[numbers[0]], self.starts[numbers[0] + 1]
        sentences = self.sentences[start:end]
        if len(member) == 1:
            stretch = self.passages_of(numbers[0])
            return sentences, self.passages[stretch], self.passage_frequencies[stretch]
        counts = self.frequencies[start:end]
        for number in numbers[1:]:
            others = self.sentences[self.starts[number] : self.starts[number + 1]]
            shared = places_in(sentences, others)
            sentences, counts = sentences[shared], counts[shared]
        owners = self.sentence_starts.searchsorted(sentences, side="right") - 1
        passages, begins = runs(owners.astype(np.int32))
        return sentences, passages, sums_of(counts, begins)


@dataclass(frozen=True, slots=True, eq=False)
class PlacedPart:
    """A part within the whole: the number that each of its passages and sentences has there.

    Without `passages` and `sentences` all of them are alive, and one adds `first` and
    `first_sentence`.
    """

    part: PostingsPart
    first: int
    first_sentence: int
    passages: Numbers | None = None
    sentences: Numbers | None = None

    def find(self, member: Member) -> Found | None:
        """Find a member by the numbers of the whole."""
        found = self.part.find(member)
        if found is None:
            return None
        sentences, passages, counts = found
        if self.passages is None or self.sentences is None:
            if not self.first:
                return found
            first, sentence = np.int32(self.first), np.int32(self.first_sentence)
            return sentences + sentence, passages + first, counts
        sentences, passages = self.sentences[sentences], self.passages[passages]
        alive = passages >= 0
        return sentences[sentences >= 0], passages[alive], counts[alive]

    def holds(self, term: str) -> bool:
        """Whether a passage that is alive holds a term."""
        number = self.part.number_of(term)
        if number is None or self.passages is None:
            return number is not None
        return bool((self.passages[self.part.passages[self.part.passages_of(number)]] >= 0).any())

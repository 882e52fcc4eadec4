"""Cuts a passage into what a model takes at once, as it was trained.

The reader takes `<s> query: question </s> heading </s> sentences </s>`: at most 72, 40 and 230
tokens, of a question the last; the encoder `<s> passage: heading sentences </s>`: 40 and 440. A
longer passage goes in windows of whole sentences; a sentence longer than a window is cut.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from embeddings.types import FloatMatrix, ReadPassage

if TYPE_CHECKING:
    from tokenizers import Tokenizer

QUERY_PREFIX, PASSAGE_PREFIX = "query: ", "passage: "  # the models were trained with these
PREFIX_TOKENS = 3  # of "query: "
QUESTION_TOKENS, HEADING_TOKENS = 72, 40
READ_TOKENS, EMBEDDED_TOKENS = 230, 440

# 512 pieces of at most 16 characters, twice over: what is behind is not seen (but for runs of
# thousands of spaces), and a text of any length costs the same.
MAX_CHARACTERS = 16_384
BEGIN, END = 0, 2  # <s> and </s>, in the table that the encoder's vocabulary was pruned to

_IDEOGRAPH = re.compile("[\u4e00-\u9fff]")

Integers = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Window:
    """What is read at once: a prompt, and the tokens of some sentences of a passage.

    ids: all token ids; those of the sentences begin at `first`
    numbers: for each token of the sentences the number of its sentence, ascending
    bounds: shape (tokens, 2), start and end of each token as code points within its sentence
    """

    passage: int
    ids: Integers
    first: int
    numbers: Integers
    bounds: Integers

    def sentences(self) -> Integers:
        """Return the numbers of the sentences that are in it, ascending."""
        return np.unique(self.numbers)

    def averages(self) -> FloatMatrix:
        """Return a row for each sentence, 1/n at its n tokens; one row of zeros if there is none.

        Shape (sentences, len(ids)): its product with the tokens' vectors are the sentences' means.
        """
        found, counts = np.unique(self.numbers, return_counts=True)
        rows = np.zeros((max(1, len(found)), len(self.ids)), dtype=np.float32)
        inside = rows[:, self.first : self.first + len(self.numbers)]
        for row, (number, count) in enumerate(zip(found, counts, strict=True)):
            inside[row, self.numbers == number] = 1 / count
        return rows


def windows_to_read(
    tokenizer: "Tokenizer", question: str, passages: Sequence[ReadPassage]
) -> Iterator[Window]:
    """Yield at least one window of each passage, for the reader."""
    query = _ids(tokenizer, QUERY_PREFIX + question)
    if len(query) > QUESTION_TOKENS:  # the end counts: there stands the question of a follow-up
        query = query[:PREFIX_TOKENS] + query[PREFIX_TOKENS - QUESTION_TOKENS :]
    for place, passage in enumerate(passages):
        heading = _ids(tokenizer, passage.heading)[:HEADING_TOKENS]
        prompt = [BEGIN, *query, END, *heading, *([END] if heading else [])]
        yield from _windows(tokenizer, place, prompt, passage.sentences, READ_TOKENS)


def windows_to_embed(tokenizer: "Tokenizer", place: int, passage: ReadPassage) -> Iterator[Window]:
    """Yield at least one window of a passage, for the encoder."""
    heading = _ids(tokenizer, passage.heading)[:HEADING_TOKENS]
    prompt = [BEGIN, *_ids(tokenizer, PASSAGE_PREFIX), *heading]
    yield from _windows(tokenizer, place, prompt, passage.sentences, EMBEDDED_TOKENS)


def _windows(
    tokenizer: "Tokenizer", place: int, prompt: list[int], sentences: Sequence[str], most: int
) -> Iterator[Window]:
    ids, numbers, bounds = _tokens(tokenizer, sentences)
    for start, end in _cuts(numbers, most):
        yield Window(
            passage=place,
            ids=np.array([*prompt, *ids[start:end], END]),
            first=len(prompt),
            numbers=numbers[start:end],
            bounds=bounds[start:end],
        )


def _ids(tokenizer: "Tokenizer", text: str) -> list[int]:
    ids: list[int] = tokenizer.encode(text[:MAX_CHARACTERS], add_special_tokens=False).ids
    return ids


def _tokens(
    tokenizer: "Tokenizer", sentences: Sequence[str]
) -> tuple[list[int], Integers, Integers]:
    """Return the ids of the joined sentences, and each token's sentence and bounds in it."""
    joined = "".join(sentences)
    chinese = len(_IDEOGRAPH.findall(joined[:MAX_CHARACTERS])) * 3 > len(joined[:MAX_CHARACTERS])
    gap = "" if chinese else " "
    lengths = np.array([len(sentence) for sentence in sentences], dtype=np.int64)
    starts = np.cumsum(lengths + len(gap)) - lengths - len(gap)
    encoding = tokenizer.encode(gap.join(sentences)[:MAX_CHARACTERS], add_special_tokens=False)
    offsets = np.array(encoding.offsets, dtype=np.int64).reshape(-1, 2)
    # A piece may reach over the end of a sentence ("。("): it belongs where its middle is.
    numbers = np.searchsorted(starts, offsets.mean(axis=1), side="right") - 1
    bounds = np.clip(offsets - starts[numbers][:, None], 0, lengths[numbers][:, None])
    return encoding.ids, numbers, bounds


def _cuts(numbers: Integers, most: int) -> Iterator[tuple[int, int]]:
    """Yield start and end of windows that hold as many whole sentences as fit."""
    start, count = 0, len(numbers)
    while (end := start + most) < count:
        if numbers[end] != numbers[start]:
            end = int(np.searchsorted(numbers, numbers[end]))  # where the cut sentence begins
        yield start, end
        start = end
    # The last reaches back as far as it can: a rest alone is read worse (sentence accuracy on
    # the DRCD-dev passages longer than a window: .84 instead of .76).
    back = max(0, count - most)
    if back and numbers[back] == numbers[back - 1]:
        back = int(np.searchsorted(numbers, numbers[back], side="right"))
    yield min(start, back), count

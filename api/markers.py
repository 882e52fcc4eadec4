"""The marks [n] of an answer, told from those that a document happens to have itself."""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from qa.answers.citing import said
from qa.types import Answer

# Between white space: a document may hold [1] too, but there it mostly follows a word.
_MARKER = re.compile(r"(?<![^\s\]])\[(\d+)\](?=[\s\[]|$)")

_LIKE_A_MARKER = re.compile(r"\[(\d+)\]")


@dataclass(frozen=True, slots=True)
class Marker:
    """The place of one `[index]` in an answer; `text[start:end]` is the marker."""

    index: int
    start: int
    end: int


def find_markers(text: str, indices: Collection[int], quoted: Collection[str] = ()) -> list[Marker]:
    """Return the markers of these citations, in order; none is within what is quoted.

    >>> find_markers("It opened[2] in 1994. [1]", {1, 2})
    [Marker(index=1, start=22, end=25)]
    >>> find_markers("See [1] there. [2]", {1, 2}, ["See [1] there."])
    [Marker(index=2, start=15, end=18)]
    """
    own = [span for words in quoted if "[" in words for span in _occurrences(words, text)]
    return [
        Marker(int(match[1]), *match.span())
        for match in _MARKER.finditer(text)
        if int(match[1]) in indices and not any(start <= match.start() < end for start, end in own)
    ]


def markers_of(answer: Answer) -> list[Marker]:
    """Return the markers of an answer."""
    indices = {citation.index for citation in answer.citations}
    return find_markers(answer.text, indices, quoted_in(answer))


def quoted_in(answer: Answer) -> list[str]:
    """What an answer takes from its documents, as it stands in it, without marks."""
    quoted = [answer.short_answer]
    for citation in answer.citations:
        mark = f" [{citation.index}]"
        quoted += [said(citation, answer.language).removesuffix(mark), citation.title]
    return quoted


def unmistakable(text: str, markers: Sequence[Marker]) -> str:
    """Give what only looks like a marker other brackets, one for one.

    >>> unmistakable("See [1] there. [2]", [Marker(2, 15, 18)])
    'See ［1］ there. [2]'
    """
    places = {marker.start for marker in markers}
    return _LIKE_A_MARKER.sub(
        lambda match: match[0] if match.start() in places else f"［{match[1]}］", text
    )


def sentences(text: str, markers: Sequence[Marker]) -> Iterator[tuple[str, list[int]]]:
    """Yield the pieces of an answer, each up to its markers, with the citations they name.

    >>> text = "One. [1] Two. [2][1]"
    >>> list(sentences(text, find_markers(text, {1, 2})))
    [('One. [1]', [1]), (' Two. [2][1]', [2, 1])]
    """
    start, named, places = 0, list[int](), {marker.start for marker in markers}
    for marker in markers:
        named.append(marker.index)
        if marker.end not in places:
            yield text[start : marker.end], named
            start, named = marker.end, []
    if start < len(text):
        yield text[start:], named


def _occurrences(words: str, text: str) -> Iterator[tuple[int, int]]:
    at = text.find(words)
    while at >= 0:
        yield at, at + len(words)
        at = text.find(words, at + len(words))

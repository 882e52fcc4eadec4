"""The bridge between the languages: a question's words as groups of words of the other language.

Each question term becomes one synonym group that scores as a single term (Pirkola's structured
queries, SIGIR 1998). Translations come from CC-CEDICT (CC BY-SA 4.0) as compiled by
`qa.build_data`, and from the terms that a corpus brings itself.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache

import marisa_trie

from qa.keyword import Group, Member
from qa.segmentation import DATA
from qa.text import ENGLISH_STOP_WORDS, cut, fold, is_chinese, stem, words
from qa.types import Language

TermPair = tuple[tuple[str, ...], tuple[str, ...]]
"""Chinese and English variants of one term of a corpus."""

MAX_PHRASE = 3
"""Words; the longest English phrase that is looked up as one."""

_ENGLISH_WORD = re.compile(r"[a-z0-9][a-z0-9.'’-]*[a-z0-9]|[a-z0-9]")
_CHINESE_RUN = re.compile(r"[\u3400-\u9fff]+")
_LATIN_RUN = re.compile(r"[a-z0-9][a-z0-9.%]*")
_SEPARATOR = b"\0"
_STEPS = 100  # weights are kept in hundredths


@cache
def _table(name: str) -> marisa_trie.BytesTrie:
    return marisa_trie.BytesTrie().mmap(str(DATA / f"{name}.marisa"))


def pack_members(members: Mapping[Member, float]) -> bytes:
    """Write a group as bytes: for each member its weight in hundredths, then its terms."""
    return _SEPARATOR.join(
        bytes([max(1, round(weight * _STEPS))]) + " ".join(member).encode()
        for member, weight in members.items()
    )


def _unpack(packed: bytes) -> dict[Member, float]:
    return {
        tuple(entry[1:].decode().split(" ")): entry[0] / _STEPS
        for entry in packed.split(_SEPARATOR)
    }


def _look_up(table: str, key: str) -> dict[Member, float]:
    trie = _table(table)
    return _unpack(trie[key][0]) if key in trie else {}


class Lexicon:
    """Translates question terms; `terms` are the corpus's own, as (Chinese, English) variants."""

    def __init__(self, terms: Sequence[TermPair] = ()) -> None:
        self._chinese_of: dict[str, dict[Member, float]] = {}
        self._english_of: dict[str, dict[Member, float]] = {}
        for chinese, english in terms:
            # A term of stop words alone ("IT") has nothing to be found by.
            own_chinese = {m: 1.0 for word in chinese if (m := tuple(words(word)))}
            own_english = {m: 1.0 for phrase in english if (m := tuple(_stems(phrase)))}
            for phrase in own_english:
                self._chinese_of.setdefault(" ".join(phrase), {}).update(own_chinese)
            for word in chinese:
                self._english_of.setdefault(fold(word), {}).update(own_english)
        self._longest = max([MAX_PHRASE, *(key.count(" ") + 1 for key in self._chinese_of)])

    def bridge(self, text: str, language: Language) -> list[Group]:
        """Return one group of the other language's terms for each term that has any."""
        groups = self._from_chinese(text) if is_chinese(language) else self._from_english(text)
        return [group for group in groups if group]

    def _from_english(self, text: str) -> Iterator[Group]:
        """Phrases before words, the longest first."""
        stems = _stems(text)
        start = 0
        while start < len(stems):
            for length in range(min(self._longest, len(stems) - start), 0, -1):
                key = " ".join(stems[start : start + length])
                own = self._chinese_of.get(key, {})
                if (
                    length == 1
                    or own
                    or (length <= MAX_PHRASE and key in _table("english_chinese"))
                ):
                    yield {**_look_up("english_chinese", key), **own}
                    start += length
                    break

    def _from_chinese(self, text: str) -> Iterator[Group]:
        for run in _CHINESE_RUN.findall(fold(text)):
            for piece in self._own_terms(run):
                if piece in self._english_of:
                    yield self._english_of[piece]
                    continue
                for word in cut(piece):
                    group = _look_up("chinese_english", word)
                    parts = [part for part in words(word) if part != word]
                    yield group
                    if not group:
                        yield from (_look_up("chinese_english", part) for part in parts)
        # Names and figures are written alike.
        for run in _LATIN_RUN.findall(fold(text)):
            for word in words(run):
                yield {(word,): 1.0}

    def _own_terms(self, run: str) -> Iterator[str]:
        """Cut a run of characters around the longest terms of the corpus."""
        start = last = 0
        while start < len(run):
            ends = range(len(run), start + 1, -1)
            end = next((end for end in ends if run[start:end] in self._english_of), 0)
            if end:
                if last < start:
                    yield run[last:start]
                yield run[start:end]
                start = last = end
            else:
                start += 1
        if last < len(run):
            yield run[last:]


def _stems(text: str) -> list[str]:
    found = _ENGLISH_WORD.findall(fold(text))
    return [stem(word) for word in found if word not in ENGLISH_STOP_WORDS]

"""The bridge between the languages: a question's words as groups of words of the other language.

Each question term becomes one synonym group that scores as a single term (Pirkola's structured
queries, SIGIR 1998). Translations come from CC-CEDICT (CC BY-SA 4.0) as compiled by
`qa.build_data`, and from the terms that a corpus brings itself.
"""

import re
from collections.abc import Container, Iterator, Mapping, Sequence
from functools import cache

import marisa_trie

from qa.language.quantities import find_quantities
from qa.language.segmentation import DATA, opened
from qa.language.text import fold, is_chinese
from qa.language.words import CHINESE_STOP_WORDS, ENGLISH_STOP_WORDS, cut, stem, words
from qa.types import Group, Language, Member, TermPair

MAX_PHRASE = 3
"""Words; the longest English phrase that is looked up as one."""

_ENGLISH_WORD = re.compile(r"[a-z0-9][a-z0-9.'’-]*[a-z0-9]|[a-z0-9]")
_CHINESE_RUN = re.compile(r"[\u3400-\u9fff]+")
_LATIN_RUN = re.compile(r"[a-z0-9][a-z0-9.%]*")
_FIGURE = re.compile(r"\d")
_UNTRANSLATED = CHINESE_STOP_WORDS | frozenset(
    "的了是在被和与及或也都就还又很最更把将从向对于为以由因而且但并其之这那哪谁何么呢吗吧啊有没不无非个位名"
    "次种些项条家支只所该此某各每我你他她它们着过到给让使会能要可多少几第上下里中内外前后时年月日一地得来去"
    "叫做等如请问"
)
"""Words of grammar and measure: to translate them finds anything (zh → en .902 → .916 without).
Within Chinese they are kept, where their frequency tells what they are worth."""

_SEPARATOR = b"\0"
_STEPS = 100  # weights are kept in hundredths


@cache
def _table(name: str) -> marisa_trie.BytesTrie:
    return opened(marisa_trie.BytesTrie(), DATA / f"{name}.marisa")


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
    """Translates question terms into those that an index may hold.

    `terms` are the corpus's own, as (Chinese, English) variants. `known` are the index's terms:
    a phrase is taken apart where the index holds no translation of the whole (None: it does).
    """

    def __init__(
        self, terms: Sequence[TermPair] = (), *, known: Container[str] | None = None
    ) -> None:
        self._known = known
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
        self._longest_own = max(map(len, self._english_of), default=0)
        self._longest = max([MAX_PHRASE, *(key.count(" ") + 1 for key in self._chinese_of)])

    def bridge(self, text: str, language: Language) -> list[Group]:
        """Return one group of the other language's terms for each term that has any."""
        folded = fold(text)
        groups = self._from_chinese(folded) if is_chinese(language) else self._from_english(folded)
        figures: list[Group] = [{(token,): 1.0} for token, _, _ in find_quantities(folded)]
        return [*filter(None, groups), *figures]

    def translate(self, term: str, language: Language) -> Group:
        """Return the other language's terms for one index term, itself where it may stand there."""
        if is_chinese(language):
            own = self._english_of.get(term, {})
            return {**self._translate(term), **own}
        return {**self._chinese_for(term), (term,): 1.0}

    def _from_english(self, folded: str) -> Iterator[Group]:
        """Phrases before words, the longest first."""
        stems = _stems(folded)
        start = 0
        while start < len(stems):
            if _FIGURE.search(stems[start]):
                yield from _as_it_stands(stems[start])
                start += 1
                continue
            for length in range(min(self._longest, len(stems) - start), 0, -1):
                key = " ".join(stems[start : start + length])
                group = self._chinese_for(key)
                if length == 1:  # Latin names and acronyms stand in Chinese text as they are
                    yield {**group, (key,): 1.0}
                elif group:
                    yield group
                if group or length == 1:
                    start += length
                    break

    def _from_chinese(self, folded: str) -> Iterator[Group]:
        for run in _CHINESE_RUN.findall(folded):
            for piece in self._own_terms(run):
                if piece in self._english_of:
                    yield self._english_of[piece]
                    continue
                for word in cut(piece):
                    if word in _UNTRANSLATED:
                        continue
                    group = self._translate(word)
                    yield group
                    if not group:
                        parts = [part for part in words(word) if part not in (word, *_UNTRANSLATED)]
                        yield from map(self._translate, parts)
        for run in _LATIN_RUN.findall(folded):
            yield from _as_it_stands(run)

    def _chinese_for(self, key: str) -> Group:
        """Chinese terms for the stems of an English word or phrase."""
        own = self._chinese_of.get(key, {})
        return self._held({**_look_up("english_chinese", key), **own})

    def _translate(self, word: str) -> Group:
        return self._held(_look_up("chinese_english", word))

    def _held(self, group: Group) -> Group:
        """The members of which the index holds every term."""
        if self._known is None:
            return group
        known = self._known
        return {member: w for member, w in group.items() if all(term in known for term in member)}

    def _own_terms(self, run: str) -> Iterator[str]:
        """Cut a run of characters around the longest terms of the corpus."""
        start = last = 0
        while start < len(run):
            ends = range(min(len(run), start + self._longest_own), start + 1, -1)
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


def _as_it_stands(run: str) -> Iterator[Group]:
    """Names and figures are written alike in both languages."""
    for word in words(run):
        if word not in ENGLISH_STOP_WORDS:
            yield {(word,): 1.0}


def _stems(text: str) -> list[str]:
    found = _ENGLISH_WORD.findall(fold(text))
    return [stem(part) for word in found for part in _parts(word) if part not in ENGLISH_STOP_WORDS]


def _parts(word: str) -> list[str]:
    """A compound (first-class) as the dictionary has it, else its parts."""
    if "-" not in word or _FIGURE.search(word) or stem(word) in _table("english_chinese"):
        return [word]
    return [part for part in word.split("-") if part]

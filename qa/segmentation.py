"""Chinese word segmentation by jieba, with its dictionary memory-mapped instead of parsed.

jieba reads a 5 MB word list into a dictionary of half a million prefixes, which takes 0.7 s at
every start. The same entries as a MARISA trie (Yata 2011) take 2 MB, open in 0.1 ms and give
the same words. `python -m qa.build_data` writes the trie from the installed jieba.
"""

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import jieba
import marisa_trie

DATA = Path(__file__).parent / "data"
"""Compiled look-up tables, made by `python -m qa.build_data`."""

_LONGEST_RUN = 500
"""Characters cut at once: jieba's guessing of unknown words takes the square of their number."""

FREQUENCY_FORMAT = "<i"
TOTAL_KEY = " total"  # no dictionary word holds a space


class _TrieFrequencies:
    """The part of `dict` that jieba's graph search asks of its frequency table."""

    def __init__(self, path: Path) -> None:
        self._trie = marisa_trie.RecordTrie(FREQUENCY_FORMAT)
        self._trie.mmap(str(path))

    def __contains__(self, word: str) -> bool:
        return word in self._trie

    def __getitem__(self, word: str) -> int:
        frequency: int = self._trie[word][0][0]
        return frequency

    def get(self, word: str, default: int = 0) -> int:
        return self[word] if word in self._trie else default


@cache
def _tokenizer() -> jieba.Tokenizer:
    tokenizer = jieba.Tokenizer()
    frequencies = _TrieFrequencies(DATA / "words.marisa")
    tokenizer.FREQ = frequencies
    tokenizer.total = frequencies[TOTAL_KEY]
    tokenizer.initialized = True
    return tokenizer


@cache
def _pinyin() -> marisa_trie.BytesTrie:
    return marisa_trie.BytesTrie().mmap(str(DATA / "pinyin.marisa"))


@cache
def _names() -> marisa_trie.Trie:
    return marisa_trie.Trie().mmap(str(DATA / "names.marisa"))


@cache
def _verbs() -> marisa_trie.Trie:
    return marisa_trie.Trie().mmap(str(DATA / "verbs.marisa"))


def segment(text: str) -> Iterator[tuple[str, int, int]]:
    """Yield (word, start, end) as jieba's search mode cuts: long words and the words inside them.

    `text` is Simplified Chinese; start and end are offsets into it.
    """
    for first in range(0, len(text), _LONGEST_RUN):
        run = text[first : first + _LONGEST_RUN]
        for word, start, end in _tokenizer().tokenize(run, mode="search"):
            yield word, first + start, first + end


def is_known(word: str) -> bool:
    """Whether jieba's dictionary has the word; names it does not have are guessed (HMM)."""
    return bool(_tokenizer().FREQ.get(word))


def is_name(word: str) -> bool:
    """Whether the word is a proper name by CC-CEDICT: a place, a person, a company."""
    return word in _names()


def is_verb(word: str) -> bool:
    """Whether the word is a common verb, and no noun, by jieba's dictionary."""
    return word in _verbs()


def romanise(word: str) -> str:
    """Write Chinese characters in pinyin without tones: 吉小枫 -> jixiaofeng."""
    pinyin = _pinyin()
    return "".join(pinyin[char][0].decode() if char in pinyin else char for char in word)

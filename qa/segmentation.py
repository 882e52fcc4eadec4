"""Chinese word segmentation by jieba, with its dictionary memory-mapped instead of parsed.

jieba reads a 5 MB word list into a dictionary of half a million prefixes, which takes 0.7 s at
every start. The same entries as a MARISA trie (Yata 2011) take 2 MB, open in 0.1 ms and give
the same words. `python -m qa.segmentation` writes the trie again from the installed jieba.
"""

import logging
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import jieba
import marisa_trie

DICTIONARY = Path(__file__).with_name("dictionary.marisa")

_FREQUENCY_FORMAT = "<i"
_TOTAL_KEY = " total"  # no dictionary word holds a space


class _TrieFrequencies:
    """The part of `dict` that jieba's graph search asks of its frequency table."""

    def __init__(self, path: Path) -> None:
        self._trie = marisa_trie.RecordTrie(_FREQUENCY_FORMAT)
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
    frequencies = _TrieFrequencies(DICTIONARY)
    tokenizer.FREQ = frequencies
    tokenizer.total = frequencies[_TOTAL_KEY]
    tokenizer.initialized = True
    return tokenizer


def segment(text: str) -> Iterator[tuple[str, int, int]]:
    """Yield (word, start, end) as jieba's search mode cuts: long words and the words inside them.

    `text` is Simplified Chinese; start and end are offsets into it.
    """
    yield from _tokenizer().tokenize(text, mode="search")


def compile_dictionary(path: Path) -> None:
    """Write the installed jieba's dictionary as a trie; takes about 2 s."""
    jieba.setLogLevel(logging.WARNING)
    tokenizer = jieba.Tokenizer()
    frequencies, total = tokenizer.gen_pfdict(tokenizer.get_dict_file())
    entries = [(word, (count,)) for word, count in frequencies.items()]
    marisa_trie.RecordTrie(_FREQUENCY_FORMAT, [*entries, (_TOTAL_KEY, (total,))]).save(str(path))


if __name__ == "__main__":
    compile_dictionary(DICTIONARY)

"""Keeps the pieces of a multilingual Unigram tokenizer that Chinese and English text use.

Four fifths of the vocabulary of multilingual-e5-small serve other languages, and the vocabulary
is four fifths of the model. Chinese and English text is segmented as before, but for rare words
(0.2 % more pieces over XQuAD).
"""

import json
import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tokenizers import Tokenizer

ENGLISH_WORDS = 120_000
UPPER_CASE_WORDS = 30_000  # upper case is rarer: headings and abbreviations
GLUED_WORDS = 50_000  # words that follow a bracket or a Chinese character without a space
SPECIAL_PIECES = 4  # <s> <pad> </s> <unk>, which keep their ids 0 to 3

# Ideographs with their extensions and compatibility forms, CJK punctuation, full-width forms.
_CJK = re.compile(
    "[\u3000-\u303f\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff]"
)
# One letter of the Latin, Greek and Cyrillic scripts, a radical, kana or bopomofo.
_LETTER = re.compile("[\u0000-\u052f\u1e00-\u1fff\u2e80-\u31ff]")
_SPACE = "▁"


def pieces_to_keep(tokenizer: "Tokenizer", english_words: Iterable[str]) -> list[int]:
    """Return the ids of the pieces that Chinese and English text needs, in ascending order."""
    keep = set(range(SPECIAL_PIECES))
    keep.update(row for piece, row in tokenizer.get_vocab().items() if _is_universal(piece))
    for encoding in tokenizer.encode_batch(list(english_words), add_special_tokens=False):
        keep.update(encoding.ids)
    return sorted(keep)


def _is_universal(piece: str) -> bool:
    """Tell whether a piece is Chinese, holds no letter (numbers, signs), or is a single letter."""
    bare = piece.removeprefix(_SPACE)
    return (
        _CJK.search(bare) is not None
        or not any(character.isalpha() for character in bare)
        or _LETTER.fullmatch(bare) is not None
    )


def common_english_words() -> Iterator[str]:
    """Yield the commonest English words in the forms that text shows them in."""
    from wordfreq import top_n_list

    words = top_n_list("en", ENGLISH_WORDS)
    yield from words
    yield from (word.capitalize() for word in words)
    yield from (word.upper() for word in words[:UPPER_CASE_WORDS])
    yield from (f"({word}" for word in words[:GLUED_WORDS])
    yield from (f"({word.capitalize()}" for word in words[:GLUED_WORDS])


def prune_tokenizer(tokenizer: "Tokenizer", keep: list[int]) -> "Tokenizer":
    """Return a tokenizer whose piece i is piece `keep[i]` of the given one."""
    from tokenizers import Tokenizer

    # The library offers no way to change a vocabulary: its own serial form does.
    description = json.loads(tokenizer.to_str())
    new_ids = {old: new for new, old in enumerate(keep)}
    vocabulary = description["model"]["vocab"]
    description["model"]["vocab"] = [vocabulary[old] for old in keep]
    description["added_tokens"] = [
        {**token, "id": new_ids[token["id"]]}
        for token in description["added_tokens"]
        if token["id"] in new_ids
    ]
    return Tokenizer.from_str(json.dumps(description, ensure_ascii=False))

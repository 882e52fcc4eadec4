"""Code points of a PDF become characters: the usual ones, where fonts name others for them."""

import unicodedata
from functools import cache

import numpy as np
from numpy.typing import NDArray

SOFT_HYPHEN = "\u00ad"
"""A hyphen at the end of a line, of which it is not known whether the word has it."""

HYPHENS = (0x02, 0xAD, 0xFFFE)  # what pdfium gives for a hyphen that it takes for a line's end
_BULLETS = dict.fromkeys((0xF06C, 0xF06E, 0xF075, 0xF0A7, 0xF0B7, 0xF0D8, 0xF0FC, 0xF09F), "•")
"""What Word takes from the fonts Symbol and Wingdings for the marks of its lists."""

_COMPATIBLE = ((0x2E80, 0x2FDF), (0xF900, 0xFAFF), (0xFB00, 0xFB06), (0x2F800, 0x2FA1F))
"""Radicals, compatibility ideographs and ligatures: fonts name them where the usual is meant."""


def characters_of(codes: list[int]) -> tuple[str, NDArray[np.intp]]:
    """Text, and how many characters of it each code point has become."""
    parts = [_character(code) for code in codes]
    return "".join(parts), np.array([len(part) for part in parts], np.intp)


@cache
def _character(code: int) -> str:
    if code in HYPHENS:
        return SOFT_HYPHEN
    if code in _BULLETS:
        return _BULLETS[code]
    if code > 0x10FFFF or 0xD800 <= code < 0xE000:
        return "\ufffd"
    character = chr(code)
    if any(first <= code <= last for first, last in _COMPATIBLE):
        return unicodedata.normalize("NFKC", character)
    return "" if unicodedata.category(character) in ("Cc", "Cf") else character

"""Characters that were read in the other script than that of their page are put right.

Seen alone, 别 and 別 are nearly one to the recogniser; it is unsure of them then.
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import replace

from qa.corpus.readers.scan.lines import Piece
from qa.language.text import detect_language, to_script, to_simplified
from qa.types import Language

_UNSURE = 0.95
"""Confidence that a character in the other script has where it stands there is more: 0.99 in the
few words tried; 別 read for 别 had 0.71."""

_STANDARDS = {Language.SIMPLIFIED: "gb2312", Language.TRADITIONAL: "big5"}


def in_one_script(pieces: Sequence[Piece]) -> list[Piece]:
    """The pieces of a page with such characters as its script has."""
    language = detect_language("".join(piece.text for piece in pieces))
    standard = _STANDARDS.get(language)
    if standard is None:
        return [replace(piece, text=_unmarked(piece)) for piece in pieces]
    return [replace(piece, text=_corrected(piece, language, standard)) for piece in pieces]


def _corrected(piece: Piece, language: Language, standard: str) -> str:
    found = list(piece.text)
    for number, character in enumerate(found):
        if piece.confidences[number] < _UNSURE and not character.encode(standard, "ignore"):
            is_simplified = language is Language.SIMPLIFIED
            own = to_simplified(character) if is_simplified else to_script(character, language)
            if len(own) == 1 and own.encode(standard, "ignore"):
                found[number] = own
    return "".join(found)


def _unmarked(piece: Piece) -> str:
    """English without the accents that are read into it: é of which the recogniser is unsure."""
    pairs = zip(piece.text, piece.confidences, strict=True)
    return "".join(
        unicodedata.normalize("NFD", character)[0] if confidence < _UNSURE else character
        for character, confidence in pairs
    )

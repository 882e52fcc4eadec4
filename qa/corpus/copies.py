"""Copies of one document in a library: the same figures and nearly the same paragraphs."""

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from qa.language.text import fold
from qa.types import Document

NEAR_COPY = 0.9
"""Share of the paragraphs of two copies that are equal: a heading or a line may be missing."""

_MAX_ALIKE = 20  # documents that share a paragraph and are no copies: a form, a preamble
_NOT_LETTERS = re.compile(r"[^0-9a-z\u3400-\u4dbf\u4e00-\u9fff]")
_FIGURE = re.compile(r"\d+|[〇○零一二三四五六七八九十百千万两]+")


def letters_of(text: str) -> str:
    """Return the letters and digits, folded: white space, punctuation and script do not count."""
    return _NOT_LETTERS.sub("", fold(text))


def find_copies(documents: Sequence[Document]) -> dict[str, str]:
    """Return for each copy, by id, the document that counts: the one of which most is known.

    Copies hold the same figures and nearly the same paragraphs, whatever the script.
    """
    groups: dict[str, list[Document]] = defaultdict(list)
    for document in {document.id: document for document in documents}.values():
        groups[document.figures or figures_of(document.text)].append(document)
    copies: dict[str, str] = {}
    for group in groups.values():
        if len(group) > 1:
            copies.update(_copies_among(group))
    return copies


def _copies_among(group: Iterable[Document]) -> Iterator[tuple[str, str]]:
    """Compare each document with those that hold all its text or one of its longest paragraphs."""
    kept: dict[str, list[tuple[Document, frozenset[str]]]] = defaultdict(list)
    for document in sorted(group, key=_precedence):
        paragraphs = frozenset(filter(None, map(letters_of, document.text.split("\n"))))
        longest = sorted(paragraphs, key=lambda paragraph: (-len(paragraph), paragraph))[:3]
        whole = "whole text: " + letters_of(document.text)  # line wraps may differ
        same = next((other for other, _ in kept[whole]), None) or next(
            (
                other
                for paragraph in longest
                for other, held in kept[paragraph]
                if _is_near(document, paragraphs, other, held)
            ),
            None,
        )
        if same:
            yield document.id, same.id
            continue
        for key in (whole, *longest):
            if len(kept[key]) < _MAX_ALIKE:
                kept[key].append((document, paragraphs))


def _is_near(
    document: Document, paragraphs: frozenset[str], other: Document, held: frozenset[str]
) -> bool:
    one, two = letters_of(document.title), letters_of(other.title)
    named_alike = one in two or two in one
    return named_alike and len(paragraphs & held) >= NEAR_COPY * len(paragraphs | held)


def _precedence(document: Document) -> tuple[int, str, str]:
    known = (document.number, document.publisher, document.issued, document.effective)
    return -sum(map(bool, known)), document.source, document.id


def figures_of(text: str) -> str:
    """A hash of the figures of a text, wherever they stand; full-width digits are digits."""
    found = (f.lstrip("0０") for f in _FIGURE.findall(text))
    figures = sorted(f if f.isascii() or not f.isdecimal() else str(int(f)) for f in found)
    return hashlib.blake2b(" ".join(figures).encode(), digest_size=8).hexdigest()

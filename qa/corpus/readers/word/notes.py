"""Footnotes and endnotes of a Word file.

A note is read behind the first sentence that ends after the reference to it, as "[1] …": so it
stays under its heading, parts no list, and the sentence that refers to it is left as it is.
"""

from collections.abc import Sequence

from qa.corpus.readers.word.formats import format_number
from qa.corpus.readers.word.lines import clean, ends_sentence, join
from qa.corpus.readers.word.package import Element, Package
from qa.corpus.readers.word.runs import Runs
from qa.corpus.readers.word.styles import Style, Styles, W

_FORMATS = {"footnote": "decimal", "endnote": "lowerRoman"}
"""How the notes of a kind are numbered where the file does not say."""


class Notes:
    """The notes of one document, and those that still have to be read."""

    def __init__(self, package: Package, styles: Styles) -> None:
        self._styles = styles
        self._elements: dict[tuple[str, str], Element] = {}
        self._counts = dict.fromkeys(_FORMATS, 0)
        self._waiting: list[str] = []
        for kind in _FORMATS:
            root = package.related(f"{kind}s")
            for element in root if root is not None else ():
                if element.tag == W + kind:
                    self._elements[kind, str(element.get(f"{W}id", ""))] = element

    def refer(self, references: Sequence[tuple[str, str]]) -> None:
        """Take up the notes that a paragraph refers to, by kind and identifier."""
        for reference in references:
            element = self._elements.pop(reference, None)
            if element is None:
                continue
            kind = reference[0]
            self._counts[kind] += 1
            runs = Runs(element, self._styles)
            texts = [clean(runs.read(part, Style()).text) for part in element.iter(f"{W}p")]
            text = join([text.replace("\n", " ") for text in texts if text])
            if text:
                number = format_number(self._counts[kind], _FORMATS[kind])
                self._waiting.append(f"[{number}] {text}")

    def behind(self, text: str, *, own: int) -> list[str]:
        """The notes to be read behind a line, of which the last ones are its own.

        Behind an item that ends with a semicolon only these are: the others belong to the list.
        """
        if not ends_sentence(text) or (text[-1] in "；;" and len(self._waiting) > own):
            return []
        return self.rest()

    def rest(self, *, but: int = 0) -> list[str]:
        """The notes that wait, which then no longer do; the last ones may be left waiting."""
        end = max(0, len(self._waiting) - but)
        found, self._waiting = self._waiting[:end], self._waiting[end:]
        return found

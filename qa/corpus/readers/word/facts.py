"""The title of a Word file, where the file itself says it better than its first lines do."""

import re
from collections.abc import Sequence

from qa.corpus.imprint.issuers import is_organisation
from qa.corpus.readers.word.lines import Line, clean, ends_sentence
from qa.corpus.readers.word.package import Element

_HEAD_LINES = 12
"""Lines in which the title stands that the properties of a file give."""

_NOTICE_LINES = 8
"""Lines of a notice that a document has been passed, which stands before that document."""

_SHORTEST = 4
"""Characters of a title; "公告" and "2024" are none."""

_DC_TITLE = "{http://purl.org/dc/elements/1.1/}title"
_WORK = re.compile(r"《([^《》]{4,80})》")
_GENRE = re.compile(r"(?:.{0,40}\s)?(?:公告|通告|公报|公報|令)$")
_NOT_LETTER = re.compile(r"[\W_]+")


def find_title(properties: Element | None, lines: Sequence[Line]) -> str:
    """The title that the properties give, or that of a document behind the notice of it.

    The properties often keep the title of the file that this one was made from, and Word puts
    the first line there: only a title that is a whole line of the document's beginning counts.
    """
    stated = properties.findtext(_DC_TITLE) if properties is not None else None
    title = clean(stated or "").replace("\n", " ")
    wanted = _letters(title)
    head = [_letters(line.text) for line in lines[:_HEAD_LINES]]
    if len(wanted) >= _SHORTEST and wanted in head and not is_organisation(title):
        return title
    return _announced(lines)


def _announced(lines: Sequence[Line]) -> str:
    """The title of a document that follows its notice: 公告 / 《甲办法》已于……通过 / 甲办法."""
    for number, line in enumerate(lines[:_NOTICE_LINES]):
        if ends_sentence(line.text):
            works = [_letters(found) for found in _WORK.findall(line.text[:400])]
            behind = lines[number + 1 : number + 1 + _HEAD_LINES]
            titles = (x.text for x in behind if x.level and not ends_sentence(x.text))
            return next((t for t in titles if any(_letters(t).endswith(w) for w in works)), "")
        if not (is_organisation(line.text) or _GENRE.match(line.text)):
            return ""
    return ""


def _letters(text: str) -> str:
    """A text without gaps and marks, in small letters."""
    return _NOT_LETTER.sub("", text).lower()

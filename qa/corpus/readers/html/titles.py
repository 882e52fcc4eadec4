"""The title of a web page among its lines: where the text says what the page's head names."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import accumulate

from qa.corpus.imprint.issuers import is_organisation
from qa.corpus.imprint.numbers import find_number
from qa.corpus.readers.html.facts import is_attribute
from qa.corpus.readers.html.lines import Line
from qa.corpus.readers.html.main import BESIDE_LINE
from qa.language.dates import find_dates

_TITLE_LINES = 4
"""Lines in which one title is set at most."""

_HEAD_LINES = 12
"""Lines of letterhead, number, decree and its signature before the title of what it promulgates."""

_ABOVE_TITLE = 3
"""Lines above the title within the text, letterhead and number; else the page's stands first."""

_SHORT = 40
_LARGE = 15.0
"""Points of type in which a page without <h1> sets its title; text has 10 to 14."""

_SHORTEST = 4  # characters of a title
_SITE = re.compile(r"\s?[_|｜]\s?|\s[-–—]{1,2}\s|--")
_BAR = re.compile(r"\s?[_|｜]\s?")
_SITE_NAME = re.compile(r"(?:网|网站|門戶|门户|首页|平台|Home|Homepage|Untitled)$|^无标题")
_LAST_DASH = re.compile(r"[-–—][^-–—]{2,30}$")
_MARKS = re.compile(r"^(?:[【\[][^】\]]{1,8}[】\]]|[（(](?:转载|转发|图解|转)[）)])\s?")


def title_names(facts: Mapping[str, str], page_title: str) -> list[str]:
    """Return what may be the title, the likeliest first: the page's often has the site's behind."""
    names = [facts.get("title", ""), *_BAR.split(page_title), page_title, *_SITE.split(page_title)]
    names.append(_LAST_DASH.sub("", page_title))
    return [name for name in dict.fromkeys(names) if _may_be_title(name)]


def with_title(own: Sequence[Line], before: Sequence[Line], names: Sequence[str]) -> list[Line]:
    """Return the text's lines with its title marked, which may stand before them."""
    wanted = {_letters(name) for name in names}
    lines = list(_marked(own, wanted))
    first = next((n for n, line in enumerate(lines[:_HEAD_LINES]) if line.level == 1), None)
    if first is not None and first <= _ABOVE_TITLE and _is_head(lines[:first]):
        return lines
    titles = (n for n in reversed(range(len(before))) if _letters(before[n].text) in wanted)
    place = next(titles, None)
    if place is None and first is None:
        headed = (n for n in reversed(range(len(before))) if _is_heading(before[n]))
        place = next(headed, None)
    if place is None:
        return lines
    between = [line for line in before[place + 1 :] if _belongs_to_title(line)]
    return [replace(before[place], level=1), *between, *lines]


def _marked(own: Sequence[Line], wanted: set[str]) -> Iterator[Line]:
    """The lines, with the title as one heading of the first level wherever it stands."""
    number = 0
    while number < len(own):
        count = _lines_of_title(own[number : number + _TITLE_LINES], wanted)
        if count:
            text = "".join(line.text for line in own[number : number + count])
            yield replace(own[number], text=text, level=1)
        else:
            yield own[number]
        number += max(1, count)


def _lines_of_title(lines: Sequence[Line], wanted: set[str]) -> int:
    """How many of the lines together are the title, 0 where they are not."""
    if lines[0].is_row:
        return 0
    whole = accumulate(_letters(line.text) for line in lines)
    return next((count for count, text in enumerate(whole, 1) if text in wanted), 0)


def _is_head(lines: Sequence[Line]) -> bool:
    return all(len(line.text) <= _SHORT for line in lines)


def _may_be_title(name: str) -> bool:
    """Whether a name is long enough and not that of a site or of who runs it."""
    return len(_letters(name)) >= _SHORTEST and not (
        _SITE_NAME.search(name) or is_organisation(name)
    )


def _is_heading(line: Line) -> bool:
    is_large = line.level == 1 or (line.is_centred and line.size >= _LARGE)
    return is_large and _may_be_title(line.text) and not BESIDE_LINE.fullmatch(line.text)


def _belongs_to_title(line: Line) -> bool:
    """Whether a line between a title and its text is the number, or tells who passed it when."""
    text = line.text
    if is_attribute(text) or BESIDE_LINE.fullmatch(text) or 2 * line.linked > len(text):
        return False
    number = find_number(text)
    note = text[0] in "（(" and text[-1] in "）)" and find_dates(text)
    return bool(note) or (bool(number) and 2 * len(number) >= len(text))


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, _MARKS.sub("", text.strip()))).casefold()

"""Titles and headings that only the look of a Word file gives away; a typed contents goes."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby

from qa.corpus.imprint.issuers import is_organisation
from qa.corpus.labels import read_label
from qa.corpus.readers.word.lines import (
    CONTENTS,
    GOES_ON,
    Line,
    ends_sentence,
    join,
    key,
    may_be_heading,
)
from qa.corpus.readers.word.tables import as_row, name_columns

_TITLE_LENGTH = 60
"""Characters of one line of a title; in Latin letters it may have twice as many."""

_ROWS_OF_TWO = 3
"""Lines that make a table of two columns; two lines may as well be two signatures."""

_GENRE = re.compile(r"(?:公告|通告|通知|公报|公報|函|令|命令|决定|新闻稿)$")

_LETTERHEAD = re.compile(r".{2,40}文件$")

_NAMES_NOTHING = re.compile(r"[（(〔\[].*|.*[号號]|[\W\d_〇○零一二三四五六七八九十年月日]*")
"""Lines of a cover or a letterhead that are no title: （试行）, a document's number, a date."""

_MOST_CONTENTS = 400
"""Entries of a table of contents; 民法典 has 130."""


def arrange(lines: Sequence[Line]) -> list[Line]:
    """Put titles together, mark those that only their look gives away, drop a typed contents."""
    return _with_columns(_without_contents(_marked(_joined_titles(lines))))


def _body_size(lines: Sequence[Line]) -> int:
    sizes: Counter[int] = Counter()
    for line in lines:
        if not line.is_row and not line.level:
            sizes[line.size] += len(line.text)
    return sizes.most_common(1)[0][0] if sizes else 0


def _joined_titles(lines: Sequence[Line]) -> list[Line]:
    """Join the centred lines of one title, and a centred line in brackets that was broken."""
    body = _body_size(lines)
    joined: list[Line] = []
    for line in lines:
        above = joined[-1] if joined else Line("")
        if _is_cut(above, line):
            joined[-1] = replace(above, text=join([above.text, line.text]))
        elif _goes_on(above, line, body):
            apart = is_organisation(above.text) and (
                is_organisation(line.text) or _GENRE.match(line.text)
            )
            text = f"{above.text} {line.text}" if apart else join([above.text, line.text])
            joined[-1] = replace(above, text=text)
        else:
            joined.append(line)
    return joined


def _is_cut(above: Line, line: Line) -> bool:
    """Whether a line of text was broken behind a comma, and is no item of a list."""
    return (
        above.text.endswith(GOES_ON)
        and line.follows
        and not (above.is_row or line.is_row or above.level or line.level)
        and not read_label(line.text)[0]
    )


def _goes_on(above: Line, line: Line, body: int) -> bool:
    alike = above.size == line.size and above.level == line.level and above.centred == line.centred
    if not (alike and line.centred and line.follows) or above.is_row or line.is_row:
        return False
    if len(above.text) + len(line.text) > 2 * _TITLE_LENGTH or _LETTERHEAD.match(above.text):
        return False
    if above.text.count("（") > above.text.count("）"):
        return True
    is_large = line.size > body or line.level == 1
    return is_large and not read_label(line.text)[0] and not read_label(above.text)[0]


def _marked(lines: Sequence[Line]) -> list[Line]:
    """Mark what is set larger than the text as headings, where it has the form of one.

    Centred lines are titles; others rank by size, unless the file marks its headings itself.
    """
    body = _body_size(lines)
    has_styles = sum(line.level > 0 for line in lines) > 1
    large = sorted({x.size for x in lines if not x.centred and _is_large(x, body)}, reverse=True)
    marked = []
    for line in lines:
        level = line.level
        if _is_large(line, body) and (line.centred or not has_styles):
            level = 1 if line.centred else min(large.index(line.size) + 2, 6)
        marked.append(replace(line, level=level))
    return marked


def _is_large(line: Line, body: int) -> bool:
    """Whether a line without a number is set larger than the text and names something."""
    return (
        line.size > body > 0
        and not line.is_row
        and not line.level
        and may_be_heading(line.text)
        and len(line.text) <= _TITLE_LENGTH * (1 + line.text.isascii())
        and not read_label(line.text)[0]
        and not _LETTERHEAD.match(line.text)
        and not _GENRE.fullmatch(line.text.split(" ")[-1])
        and not is_organisation(line.text)
        and not _NAMES_NOTHING.fullmatch(line.text)
    )


def _without_contents(lines: Sequence[Line]) -> list[Line]:
    """Drop a table of contents that was typed: its entries come again, as headings."""
    keys = [key(line.text) for line in lines]
    first = next((i for i, text in enumerate(keys[:-2]) if text in CONTENTS), -1)
    if first < 0:
        return list(lines)
    try:
        text = keys.index(keys[first + 1], first + 2, first + 2 + _MOST_CONTENTS)
    except ValueError:
        return list(lines)
    later = set(keys[text:])
    end = first + 1
    while end < text and keys[end] in later:
        end += 1
    return [*lines[:first], *lines[end:]] if end - first > 2 else list(lines)


def _with_columns(lines: Sequence[Line]) -> list[Line]:
    """Make tables of lines that stand in the same columns below one another."""
    found: list[Line] = []
    for _, group in groupby(enumerate(lines), lambda entry: _columns(entry[1]) or -entry[0] - 1):
        alike = [line for _, line in group]
        width = _columns(alike[0])
        if width and len(alike) >= (_ROWS_OF_TWO if width == 2 else 2):
            rows = [list(line.cells) for line in alike]
            if name_columns(rows[:1], rows[1:]):
                rows.insert(1, ["---"] * width)
            found += [Line(as_row(row), is_row=True, follows=n > 0) for n, row in enumerate(rows)]
        else:
            found += alike
    return found


def _columns(line: Line) -> int:
    """In how many columns a line stands; 0 for a heading, an item, or a form to be filled in."""
    is_text = line.is_row or line.level or read_label(line.text)[0]
    is_form = any(cell.endswith(("：", ":")) for cell in line.cells)
    return 0 if is_text or is_form or ends_sentence(line.text) else len(line.cells)

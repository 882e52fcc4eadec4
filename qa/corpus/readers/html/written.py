"""The lines of a page's own text are written in the form of `qa.corpus.readers.extracted`."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from statistics import median

from qa.corpus.imprint.issuers import is_organisation
from qa.corpus.imprint.numbers import find_number
from qa.corpus.labels import read_label
from qa.corpus.paragraphs import ARTICLE
from qa.corpus.readers.html.lines import Line
from qa.language.dates import find_dates

_LARGE = 1.15
"""How much larger than the usual type that of a title in the text is: 小二 (18) than 三号 (16)."""

_TITLE_LENGTH = 60
_NO_TITLE_END = tuple("。；：，、！？;:,令号號")
_TITLE_ENDS = ("办法", "规定", "细则", "方案", "通知", "条例", "意见", "公告", "表")
_NO_TITLE_START = tuple("（([【附《")
_STATED = {"publisher": "发文机关", "number": "发文字号", "issued": "成文日期"}


def written(lines: Sequence[Line]) -> str:
    """Return lines as text: a blank line between them, but for the rows of one table."""
    pieces: list[str] = []
    previous: Line | None = None
    for line in lines:
        together = previous and previous.is_row and line.is_row
        if previous:
            same = together and previous.element is line.element
            pieces.append("\n" if same else "\n\n")
        mark = "#" * line.level + " " if line.level else ""
        pieces.append(mark + line.text)
        previous = line
    return "".join(pieces) + "\n" * bool(pieces)


def with_large_titles(lines: Sequence[Line]) -> list[Line]:
    """Mark lines that only their size and place make titles, as of what a notice issues."""
    sizes = [line.size for line in lines if line.size and len(line.text) > _TITLE_LENGTH]
    usual = median(sizes) if sizes else 0.0
    marked: list[Line] = []
    for line in lines:
        if not (usual and line.size >= _LARGE * usual and _may_be_title(line)):
            marked.append(line)
        elif marked and _goes_on(marked[-1], line):
            marked[-1] = replace(marked[-1], text=marked[-1].text + line.text)
        else:
            marked.append(replace(line, level=1))
    return marked


def with_stated(lines: Sequence[Line], told: Mapping[str, str]) -> list[Line]:
    """Add what a table beside the text says of the document, where the text does not say it."""
    letters = _letters("".join(line.text for line in lines))
    added = list(_unsaid(lines, told, letters))
    titled = next((n for n, line in enumerate(lines) if line.level == 1), -1)
    if not lines:
        return []
    return [*lines[: titled + 1], *added, *lines[titled + 1 :]]


def _unsaid(lines: Sequence[Line], told: Mapping[str, str], letters: str) -> Iterator[Line]:
    for name, label in _STATED.items():
        value = told.get(name, "")
        if not value or _letters(value) in letters:
            continue
        if name == "number" and not find_number(value):
            continue
        if name == "issued":
            dates = {mention.iso for line in lines for mention in find_dates(line.text)}
            if dates.issuperset(mention.iso for mention in find_dates(value)):
                continue
        yield Line(f"{label}：{value}", lines[0].element)


def _may_be_title(line: Line) -> bool:
    text = line.text
    return (
        line.is_centred
        and not (line.level or line.is_row)
        and len(text) <= _TITLE_LENGTH
        and not (text.endswith(_NO_TITLE_END) or text.startswith(_NO_TITLE_START))
        and not (read_label(text)[0] or ARTICLE.match(text) or is_organisation(text))
        and not (find_number(text) or find_dates(text))
    )


def _goes_on(title: Line, line: Line) -> bool:
    """Whether a title that was marked for its size alone goes on in the next line."""
    return (
        title.level == 1
        and title.size == line.size
        and title.is_centred
        and len(title.text) + len(line.text) <= _TITLE_LENGTH
        and not title.text.endswith(
            ("办法", "规定", "细则", "方案", "通知", "条例", "意见", "公告")
        )
    )


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, text))

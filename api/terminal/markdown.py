"""Answers as Markdown, to keep or to send; what documents say is never read as marks."""

from collections.abc import Iterator, Sequence

from api.citing import FindDocument, heading_words, page_words, paragraph_words, version_words
from api.labels import LABELS
from api.terminal.leading import has_words, led
from api.terminal.verdict import verdict_words
from api.terminal.visible import visible
from qa.types import Answer, Citation

_MARKS = str.maketrans({mark: f"\\{mark}" for mark in "\\`*_<>[]#|~$&!"})
_ITEM = "- "


def as_markdown(answers: Sequence[Answer], find_document: FindDocument) -> str:
    """Return questions, answers and sources; `find_document` maps an id to its document."""
    return "\n\n".join(_answer(answer, find_document) for answer in answers) + "\n"


def _answer(answer: Answer, find_document: FindDocument) -> str:
    parts = [
        f"## {_plain(answer.resolved_question or answer.question)}",
        *_paragraphs(answer),
        *(f"*{words}*" for words in [" · ".join(verdict_words(answer))] if words),
    ]
    if answer.citations:
        sources = "\n".join(_source(c, answer, find_document) for c in answer.citations)
        parts += [f"**{LABELS[answer.language].sources}**", sources]
    return "\n\n".join(parts)


def _paragraphs(answer: Answer) -> Iterator[str]:
    """The lines of an answer, the short answer in bold, items as a list."""
    items: list[str] = []
    said, deciding = led(answer)
    for number, line in enumerate(visible(said).split("\n")):
        if line.startswith(_ITEM):
            items.append(f"- {_plain(line[len(_ITEM) :])}")
            continue
        if items:
            yield "\n".join(items)
            items = []
        if number == 0 and 0 < deciding <= len(line):
            yield f"**{_plain(line[:deciding])}** {_plain(line[deciding:])}"
        elif line:
            yield _plain(line)
    if items:
        yield "\n".join(items)


def _source(citation: Citation, answer: Answer, find_document: FindDocument) -> str:
    known = (
        citation.title or citation.source,
        *heading_words(citation),
        citation.publisher,
        citation.date,
        paragraph_words(citation, answer.language),
        page_words(citation, answer.language),
        version_words(citation, answer.language, find_document),
    )
    where = " · ".join(filter(None, known))
    line = f"- {_plain(f'[{citation.index}] {where}')}"
    if has_words(answer, citation.cited_text):
        return line
    return f"{line}\n\n  > {_plain(citation.cited_text)}"


def _plain(text: str) -> str:
    """A text on one line in which nothing is a mark."""
    return " ".join(visible(text).split()).translate(_MARKS)

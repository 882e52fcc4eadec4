"""A document becomes passages: paragraphs under one heading, short ones joined, long ones split."""

from collections.abc import Iterator

from qa.corpus.paragraphs import Paragraph, split_paragraphs
from qa.language.text import Span, locate_all, split_sentences
from qa.types import Document, Passage

TARGET_LENGTH = 240
"""Characters up to which neighbouring paragraphs of a section join. See benchmarks/passages.md."""

MAX_LENGTH = 420
"""Characters at which a paragraph is split at a sentence end. See benchmarks/passages.md."""

_CLAUSE_MARKS = "；;，,、 "


def split_into_passages(
    document: Document, *, target: int = TARGET_LENGTH, longest: int = MAX_LENGTH
) -> list[Passage]:
    """Return the passages of a document in order.

    Together they hold every character that is not white space exactly once. A heading begins
    the first passage of its section, so no passage crosses one.
    """
    return [
        _passage(document, group)
        for section in _sections(split_paragraphs(document.text))
        for group in _join_short(
            [piece for paragraph in section for piece in _pieces(document, paragraph, longest)],
            target,
        )
    ]


def _sections(paragraphs: list[Paragraph]) -> Iterator[list[Paragraph]]:
    section: list[Paragraph] = []
    for paragraph in paragraphs:
        if paragraph.is_heading and section and not section[-1].is_heading:
            yield section
            section = []
        section.append(paragraph)
    if section:
        yield section


def _pieces(document: Document, paragraph: Paragraph, longest: int) -> list[Paragraph]:
    """Split a paragraph that is too long at sentence ends; others are returned as they are."""
    if len(paragraph.text) <= longest:
        return [paragraph]
    spans = list(_balanced(paragraph.text, longest))
    places = locate_all(document.text[paragraph.start : paragraph.end], paragraph.text, spans)
    return [
        Paragraph(
            number=paragraph.number,
            start=paragraph.start + start,
            end=paragraph.start + end,
            text=paragraph.text[first:last],
            is_heading=False,
        )
        for (first, last), (start, end) in zip(spans, places, strict=True)
    ]


def _balanced(text: str, longest: int) -> Iterator[Span]:
    """Spans of about equal length of whole sentences, none longer than `longest`."""
    aim = len(text) / -(-len(text) // longest)  # so that no short rest is left over
    first, last = 0, 0
    for start, end in _short_sentences(text, longest):
        if last > first and (end - first > longest or last - first >= aim):
            yield first, last
            first = start
        last = end
    yield first, last


def _short_sentences(text: str, longest: int) -> Iterator[Span]:
    for first, end in split_sentences(text):
        start = first
        while end - start > longest:
            marks = [text.rfind(m, start + longest // 2, start + longest) for m in _CLAUSE_MARKS]
            cut = max(marks) + 1 or start + longest
            yield start, start + len(text[start:cut].rstrip())
            start = cut
            while text[start].isspace():
                start += 1
        yield start, end


def _join_short(pieces: list[Paragraph], target: int) -> Iterator[list[Paragraph]]:
    group: list[Paragraph] = []
    length = 0
    for piece in pieces:
        if group and _ends(group[-1], piece, fits=length + len(piece.text) <= target):
            yield group
            group, length = [], 0
        group.append(piece)
        length += len(piece.text)
    yield group


def _ends(before: Paragraph, piece: Paragraph, *, fits: bool) -> bool:
    """Whether a passage ends between two pieces; a heading stays with the text below it."""
    if before.number == piece.number:
        return True  # lines of a passage are paragraphs, by which citations count
    return not fits and (piece.is_heading or not before.is_heading)


def _passage(document: Document, group: list[Paragraph]) -> Passage:
    start, end = group[0].start, group[-1].end
    return Passage(
        id=f"{document.id}:{start}-{end}",
        document_id=document.id,
        paragraph=group[0].number,
        start=start,
        end=end,
        text="\n".join(piece.text for piece in group),
        language=document.language,
    )

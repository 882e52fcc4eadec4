"""A document becomes passages that know their place: articles whole, items with their lead-in,
rows with their heads; prose under one heading, short paragraphs joined, long ones split."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from qa.corpus.edges import announces
from qa.corpus.structure import parse
from qa.corpus.tables import cells, is_separator, read_row
from qa.language.text import Span, detect_language, locate_all, split_sentences
from qa.types import Block, BlockKind, Document, Passage, Sentence

TARGET_LENGTH = 240
"""Characters up to which neighbouring paragraphs of a section join. See benchmarks/passages.md."""

MAX_LENGTH = 420
"""Characters at which a paragraph is split at a sentence end. See benchmarks/passages.md."""

WHOLE_LENGTH = 700
"""Characters up to which an article, a list with its lead-in or a table stays one passage: what the
encoder reads in one window of 512 tokens."""

_CLAUSE_MARKS = "；;，,、 "
_MARKS = "#*_ "
_PROSE = (BlockKind.PARAGRAPH, BlockKind.ARTICLE, BlockKind.ITEM)


@dataclass(frozen=True, slots=True)
class Split:
    """A passage and its sentences, in order; together they hold all its characters."""

    passage: Passage
    sentences: tuple[Sentence, ...]


@dataclass(frozen=True, slots=True)
class _Piece:
    """A block, or a part of a long one, with the number of its paragraph from 1."""

    number: int
    block: Block


def split_document(
    document: Document,
    *,
    target: int = TARGET_LENGTH,
    longest: int = MAX_LENGTH,
    whole: int = WHOLE_LENGTH,
) -> list[Split]:
    """Return the passages of a document in order.

    Together they hold every character that is not white space exactly once. A heading begins
    the first passage of its section, so no passage crosses one.
    """
    blocks = parse(document.text, wrapped=document.is_wrapped)
    splitter = _Splitter(document, blocks, target=target, longest=longest, whole=whole)
    return [splitter.passage(group) for group in splitter.groups()]


def split_into_passages(document: Document) -> list[Passage]:
    """Return the passages of `split_document` alone."""
    return [split.passage for split in split_document(document)]


def prose(passage: Passage) -> Split:
    """A passage made elsewhere, all of whose sentences are prose."""
    return Split(
        passage,
        tuple(
            Sentence(start, end, BlockKind.PARAGRAPH, passage.text[start:end])
            for start, end in split_sentences(passage.text)
        ),
    )


class _Splitter:
    def __init__(
        self, document: Document, blocks: Sequence[Block], *, target: int, longest: int, whole: int
    ) -> None:
        self._document = document
        self._blocks = blocks
        self._target = target
        self._longest = longest
        self._whole = whole
        self._numbers = {block.start: number for number, block in enumerate(blocks, start=1)}

    def groups(self) -> Iterator[list[_Piece]]:
        """The pieces of each passage."""
        group: list[_Piece] = []
        closed = False  # what is whole takes in no neighbour
        for unit in self._units():
            pieces = [piece for block in unit for piece in self._pieces(block)]
            if group and not self._joins(group, unit, pieces, closed=closed):
                yield from self._closed(group)
                group, closed = [], False
            closed = closed or unit[0].kind is BlockKind.ARTICLE
            group += pieces
        if group:
            yield from self._closed(group)

    def _joins(
        self,
        group: Sequence[_Piece],
        unit: Sequence[Block],
        pieces: Sequence[_Piece],
        *,
        closed: bool,
    ) -> bool:
        """Whether a unit goes into the passage before it."""
        if unit[0].kind is BlockKind.SIGNATURE:
            return True
        fits = _length(group) + _length(pieces) <= self._target
        if _are_headings(group):
            return fits or unit[0].kind is not BlockKind.HEADING
        if closed or unit[0].kind in (BlockKind.HEADING, BlockKind.ARTICLE):
            return False
        return fits

    def _closed(self, group: list[_Piece]) -> Iterator[list[_Piece]]:
        """A group as it is, or in parts where it is too long."""
        most = self._whole if _holds_together(group) else self._longest
        if _length(group) <= most and len({piece.number for piece in group}) == len(group):
            yield group
            return
        part: list[_Piece] = []
        for piece in group:
            # Lines of a passage are paragraphs, by which citations count.
            is_same = bool(part) and part[-1].number == piece.number
            is_full = _length([*part, piece]) > self._longest and not _are_headings(part)
            if part and (is_same or is_full):
                yield part
                part = []
            part.append(piece)
        yield part

    def _units(self) -> Iterator[list[Block]]:
        """Blocks that belong together: an article, a lead-in with its items, a table."""
        unit: list[Block] = []
        first = 0
        for number, block in enumerate(self._blocks):
            if unit and not self._belongs(number, first, unit[-1]):
                yield unit
                unit = []
            if not unit:
                first = number
            unit.append(block)
        if unit:
            yield unit

    def _belongs(self, number: int, first: int, before: Block) -> bool:
        """Whether a block goes on what began with block `first`."""
        block, head = self._blocks[number], self._blocks[first]
        if block.kind in (BlockKind.HEADING, BlockKind.ARTICLE, BlockKind.SIGNATURE):
            return block.kind is before.kind is BlockKind.SIGNATURE
        if head.kind is BlockKind.ARTICLE:
            return first in self._above(number)
        if block.kind is BlockKind.ROW:
            return before.kind in (BlockKind.ROW, BlockKind.HEADER)
        if block.kind is BlockKind.HEADER:
            return before.kind is BlockKind.HEADER or announces(before.text)
        return block.kind is BlockKind.ITEM and first in self._above(number)

    def _above(self, number: int) -> list[int]:
        """The numbers of the blocks that a block stands under, the nearest first."""
        found = []
        parent = self._blocks[number].parent
        while parent >= 0 and parent not in found:
            found.append(parent)
            parent = self._blocks[parent].parent
        return found

    def _pieces(self, block: Block) -> list[_Piece]:
        """Split a block that is too long at sentence ends; others are returned as they are."""
        number = self._numbers[block.start]
        if len(block.text) <= self._longest or block.kind in (BlockKind.ROW, BlockKind.HEADER):
            return [_Piece(number, block)]
        spans = list(_balanced(block.text, self._longest))
        original = self._document.text[block.start : block.end]
        places = locate_all(original, block.text, spans)
        return [
            _Piece(
                number,
                replace(
                    block,
                    start=block.start + start,
                    end=block.start + end,
                    text=block.text[first:last],
                ),
            )
            for (first, last), (start, end) in zip(spans, places, strict=True)
        ]

    def passage(self, group: Sequence[_Piece]) -> Split:
        """Make the passage of a group of pieces."""
        start, end = group[0].block.start, group[-1].block.end
        text = "\n".join(piece.block.text for piece in group)
        path, label = self._place(group)
        passage = Passage(
            id=f"{self._document.id}:{start}-{end}",
            document_id=self._document.id,
            paragraph=group[0].number,
            start=start,
            end=end,
            text=text,
            language=detect_language(text, otherwise=self._document.language),
            path=path,
            label=label,
        )
        return Split(passage, tuple(self._sentences(group)))

    def _place(self, group: Sequence[_Piece]) -> tuple[tuple[str, ...], str]:
        """The headings and lead-ins above a group, and the label of the article it is of."""
        first = next((p for p in group if p.block.kind is not BlockKind.HEADING), group[-1])
        path: list[str] = []
        label = first.block.label if first.block.kind is BlockKind.ARTICLE else ""
        for above in reversed(self._above(first.number - 1)):
            block = self._blocks[above]
            if block.kind is BlockKind.HEADING:
                path.append(plain(block.text))
            elif block.kind is BlockKind.ARTICLE:
                label = block.label
            if announces(block.text) and block.start < group[0].block.start:
                path.append(block.text)
        return tuple(path), label

    def _sentences(self, group: Sequence[_Piece]) -> Iterator[Sentence]:
        """The sentences of a passage, each with what it is and under which lead-in."""
        offset, number, leads = 0, 0, dict[int, int]()
        for piece in group:
            block = piece.block
            lead = leads.get(block.parent, -1)
            spans = [(0, len(block.text))]
            if block.kind in _PROSE:
                spans = split_sentences(block.text)
            for start, end in spans:
                kind = block.kind
                if (start, end) == spans[-1] and announces(block.text):
                    kind = BlockKind.LEAD if kind in _PROSE else kind
                    leads[piece.number - 1] = number
                yield Sentence(
                    offset + start, offset + end, kind, self._reading(block, start, end), lead
                )
                number += 1
            offset += len(block.text) + 1

    def _reading(self, block: Block, start: int, end: int) -> str:
        """What a sentence is matched by: a row has the heads of its columns."""
        if block.kind is BlockKind.ROW:
            heads = self._blocks[block.parent] if block.parent >= 0 else None
            header = cells(heads.text) if heads and heads.kind is BlockKind.HEADER else []
            return read_row(header, cells(block.text)) or block.text
        return block.text[start:end]


def plain(heading: str) -> str:
    """A heading without Markdown's marks."""
    return heading.strip(_MARKS)


def _are_headings(group: Sequence[_Piece]) -> bool:
    return all(piece.block.kind is BlockKind.HEADING for piece in group)


def _holds_together(group: Sequence[_Piece]) -> bool:
    kinds = {piece.block.kind for piece in group}
    return bool(kinds & {BlockKind.ARTICLE, BlockKind.ITEM, BlockKind.ROW})


def _length(group: Sequence[_Piece]) -> int:
    return sum(len(piece.block.text) for piece in group if not is_separator(piece.block.text))


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

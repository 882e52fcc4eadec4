"""Questions that documents suggest by their articles, headings and tables: drafts to correct.

They ask in the document's own words, as nobody does who has not read it, and never for what it does
not say. A person makes them good, so each has `"draft": true` until then.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, zip_longest
from typing import TypeVar

from qa.corpus.structure import parse
from qa.corpus.tables import cells
from qa.language.text import fold
from qa.types import ANSWERING, Block, BlockKind, Document, Language

DRAFT = "draft"
"""The key of a line that nobody has corrected yet."""

_ARTICLE = {
    Language.SIMPLIFIED: "《{title}》{label}是怎么规定的？",
    Language.TRADITIONAL: "《{title}》{label}是怎麼規定的？",
    Language.ENGLISH: 'What does {label} of "{title}" say?',
}
_HEADING = {
    Language.SIMPLIFIED: "《{title}》对“{heading}”是怎么说的？",
    Language.TRADITIONAL: "《{title}》對「{heading}」是怎麼說的？",
    Language.ENGLISH: 'What does "{title}" say about "{heading}"?',
}
_CELL = {
    Language.SIMPLIFIED: "《{title}》中，{row}的“{column}”是多少？",
    Language.TRADITIONAL: "《{title}》中，{row}的「{column}」是多少？",
    Language.ENGLISH: 'In "{title}", what is "{column}" for {row}?',
}
_FORMAL = frozenset(
    fold(word)
    for word in ("总则 附则 目录 前言 附件 附录 正文 contents general introduction annex").split()
)
"""Headings that name no subject."""

_ASKED = re.compile(r"(?:问|問|答|Q|Question)\s?\d{0,3}\s?[:：.、]\s?")
_LONGEST_HEADING = 60
Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Draft:
    """A question, the words of the document that answer it, and what a right answer must say."""

    kind: str
    language: Language
    source: str
    question: str
    evidence: str
    answer_all: tuple[str, ...] = ()

    def record(self, number: int) -> Mapping[str, object]:
        """The draft as a line of a gold file."""
        return {
            "id": f"draft-{number:03}",
            "lang": self.language,
            "kind": self.kind,
            "question": self.question,
            "file": self.source,
            "evidence": [self.evidence],
            "answer_all": list(self.answer_all),
            "must_not": [],
            "unanswerable": False,
            DRAFT: True,
        }


def draft_questions(documents: Sequence[Document], count: int) -> list[Draft]:
    """Return at most so many drafts, of each document and each kind of place about as many."""
    if not documents:
        return []
    each = -(-count // len(documents))
    drafts = [_of_document(document, each, turn) for turn, document in enumerate(documents)]
    return list(_by_turns(drafts))[:count]


def _of_document(document: Document, count: int, turn: int) -> list[Draft]:
    """Drafts of each kind by turns; `turn` says which kind is first."""
    blocks = parse(document.text, wrapped=document.is_wrapped)
    kinds = (_asked(document, blocks), _rows(document, blocks), _articles(document, blocks))
    found = [list(drafts) for drafts in (*kinds, _headings(document, blocks))]
    found = [drafts for drafts in found if drafts]
    first = turn % len(found) if found else 0
    found = found[first:] + found[:first]
    return list(_by_turns([_spread(drafts, count) for drafts in found]))[:count]


def _asked(document: Document, blocks: Sequence[Block]) -> Iterator[Draft]:
    """The questions that a document asks itself, above its answers."""
    for number, block in enumerate(blocks):
        words = _words(block)
        evidence = _below(blocks, number)
        if block.kind is BlockKind.HEADING and words.endswith(("？", "?")) and evidence:
            asked = _ASKED.sub("", words, count=1)
            yield Draft("question", document.language, document.source, asked, evidence)


def _rows(document: Document, blocks: Sequence[Block]) -> Iterator[Draft]:
    for number, block in enumerate(blocks):
        if block.kind is not BlockKind.ROW or block.parent < 0:
            continue
        heads, row = cells(blocks[block.parent].text), cells(block.text)
        columns = [
            place
            for place in range(1, min(len(heads), len(row)))
            if heads[place] and any(map(str.isdigit, row[place]))
        ]
        if columns and row[0]:
            column = columns[number % len(columns)]
            question = _CELL[document.language].format(
                title=_title(document), row=row[0], column=heads[column]
            )
            yield Draft(
                "table_cell",
                document.language,
                document.source,
                question,
                block.text,
                (row[column],),
            )


def _articles(document: Document, blocks: Sequence[Block]) -> Iterator[Draft]:
    for block in blocks:
        if block.kind is BlockKind.ARTICLE and block.label:
            question = _ARTICLE[document.language].format(title=_title(document), label=block.label)
            yield Draft("article", document.language, document.source, question, block.text)


def _headings(document: Document, blocks: Sequence[Block]) -> Iterator[Draft]:
    for number, block in enumerate(blocks):
        words = _words(block)
        is_subject = (
            block.kind is BlockKind.HEADING
            and 1 < len(words) <= _LONGEST_HEADING
            and fold(words) not in _FORMAL
            and not words.endswith(("？", "?"))
        )
        evidence = _below(blocks, number) if is_subject else ""
        if evidence:
            question = _HEADING[document.language].format(title=_title(document), heading=words)
            yield Draft("heading", document.language, document.source, question, evidence)


def _below(blocks: Sequence[Block], number: int) -> str:
    """The first text that stands right under a heading, "" where none does."""
    for block in blocks[number + 1 :]:
        if block.kind is BlockKind.HEADING:
            return ""
        if block.parent == number and block.kind in ANSWERING:
            return block.text
    return ""


def _words(block: Block) -> str:
    """The words of a heading, without its mark and number."""
    words = block.text.lstrip("#").strip().strip("*").strip()
    return words.removeprefix(block.label).strip() if block.label else words


def _title(document: Document) -> str:
    return (document.title or document.source).removeprefix("《").removesuffix("》")


def _spread(items: Sequence[Item], count: int) -> Sequence[Item]:
    """So many items at equal distances; all where there are no more."""
    if len(items) <= count:
        return items
    return [items[number * len(items) // count] for number in range(count)]


def _by_turns(lists: Iterable[Sequence[Item]]) -> Iterator[Item]:
    """One item of each list, then the next of each."""
    turns = chain.from_iterable(zip_longest(*lists))
    return (item for item in turns if item is not None)

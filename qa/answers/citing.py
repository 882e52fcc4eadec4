"""The exact place behind a sentence, and the sentence as the asker reads it."""

import re
from collections.abc import Sequence

from qa.answers import short
from qa.answers.reading import Candidate
from qa.index.store import Snapshot
from qa.language.text import Span, is_chinese, locate_all, to_script
from qa.types import BlockKind, Citation, Language

INTRODUCTION = {
    Language.SIMPLIFIED: "文件原文为英文：",
    Language.TRADITIONAL: "文件原文為英文：",
    Language.ENGLISH: "The documents say, in Chinese: ",
}


_BULLET = re.compile(r"^[-*+•·●■▪◆]\s+|^#{1,6}\s+")

SURE_OF_PAGE = 0.8
"""Confidence of a picture's text below which it may be wrong. See benchmarks/files.md."""


class Citer:
    """Cites the sentences of one snapshot. A citation is made here and nowhere else."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot

    def cite(
        self, row_number: int, number: int, index: int, chosen: Candidate | None = None
    ) -> Citation:
        """Cite sentence `number` of a row as the one marked `[index]`; the reader marks words."""
        row = self._snapshot.rows[row_number]
        passage = self._snapshot.passages[row.passage]
        document = self._snapshot.by_id[passage.document_id]
        span = row.places[number]
        reading = row.sentence(number)
        standing = self._snapshot.standings[document.id]
        cited = passage.text[slice(*span)]
        original = document.text[passage.start : passage.end]
        ((start, end),) = locate_all(original, passage.text, [span])
        start, end = passage.start + start, passage.start + end
        originals = self._snapshot.originals
        boxes = originals.boxes(document, start, end) if originals else ()
        return Citation(
            index=index,
            document_id=document.id,
            title=document.title,
            publisher=document.publisher,
            date=document.date,
            source=document.source,
            paragraph=passage.paragraph + passage.text.count("\n", 0, span[0]),
            start_char=start,
            end_char=end,
            cited_text=cited,
            language=passage.language,
            label=passage.label,
            path=passage.path,
            reading=reading if row.kinds[number] is BlockKind.ROW else "",
            version=standing.version,
            replaced_by=standing.replaced_by,
            translation=reading if row.is_rendering else "",
            answer_spans=self._decisive(row.passage, number, cited, chosen),
            page=boxes[0].page if boxes else 0,
            boxes=boxes,
            doubtful=any(box.confidence < SURE_OF_PAGE for box in boxes),
        )

    def _decisive(
        self, passage: int, number: int, cited: str, chosen: Candidate | None
    ) -> tuple[Span, ...]:
        """The place in a cited sentence of the words that decide, where the reader is sure."""
        if chosen is None or chosen.own_span.score < short.SURE:
            return ()
        own = self._snapshot.rows[int(self._snapshot.own_rows[passage])]
        start, end = own.sentences[number]
        words = own.text[start:end][chosen.own_span.start : chosen.own_span.end]
        # A row is read with the heads of its columns, and cited without.
        at = chosen.own_span.start if own.text[start:end] == cited else cited.find(words)
        return ((at, at + len(words)),) if words and at >= 0 else ()


def is_readable(citation: Citation, asked: Language) -> bool:
    """Whether the asker gets it in their language: by a rendering, or in the other script."""
    return bool(citation.translation) or is_chinese(citation.language) == is_chinese(asked)


def introduction(citations: Sequence[Citation], asked: Language) -> str:
    """What tells the asker that the answer is in another language, for want of a rendering."""
    return "" if all(is_readable(c, asked) for c in citations) else INTRODUCTION[asked]


def said(citation: Citation, language: Language, *, row: str = "") -> str:
    """A sentence in the asker's language and script as far as it can be, with its mark.

    `row` is what is told of a table row. Bullets and Markdown's marks are left out.
    """
    original = row or citation.reading or citation.cited_text
    text = _BULLET.sub("", citation.translation or to_script(original, language))
    return f"{text.replace('**', '')} [{citation.index}]"

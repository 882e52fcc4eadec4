"""Answers that are looked up: an article by its number, what a document says of itself."""

import re
from collections.abc import Iterator, Sequence

from qa.index.store import Snapshot
from qa.language.dates import find_dates
from qa.language.text import fold, squash
from qa.questions.articles import find_article
from qa.questions.imprint import Imprint, asked_imprint
from qa.retrieval.lookup import FoundArticle
from qa.types import ANSWERING, IMPRINT, BlockKind, Document, Hit, Language, Question

Place = tuple[int, int]
"""A row and the number of a sentence of it."""

MAX_SENTENCES = 12
"""Of an article that is given as a whole; the longest of a thousand articles of laws have more."""

_NO_ARTICLE = {
    Language.SIMPLIFIED: "《{title}》共{last}条，没有第{number}条。",
    Language.TRADITIONAL: "《{title}》共{last}條，沒有第{number}條。",
    Language.ENGLISH: "“{title}” has {last} articles; there is no Article {number}.",
}
_TERM = re.compile(r"有效期|有效至|期满|试行期|until|valid|expir|in force", re.IGNORECASE)
_BEGINS = re.compile(
    r"施行|生效|实施|执行|起效|effective|in force|into force|takes? effect", re.IGNORECASE
)


class Lookups:
    """Finds the sentences of one snapshot that answer a look-up."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot

    def article(self, found: FoundArticle) -> list[Place]:
        """The sentences of an article."""
        rows = self._snapshot.rows
        places = []
        for passage in found.passages:
            row = int(self._snapshot.own_rows[passage])
            kinds = rows[row].kinds
            places += [
                (row, number)
                for number, kind in enumerate(kinds)
                if kind in ANSWERING or kind is BlockKind.LEAD
            ]
        return places[:MAX_SENTENCES]

    def imprint(self, question: Question, hits: Sequence[Hit]) -> list[Place]:
        """The sentences in which the first hit's document says what is asked of it itself."""
        asked = asked_imprint(question.asks)
        if not asked or not hits or find_article(question.text):
            return []
        document = self._snapshot.by_id[hits[0].passage.document_id]
        sentences = list(self._sentences(document))
        found = [place for field in asked for place in self._saying(field, document, sentences)]
        return list(dict.fromkeys(found))

    def _sentences(self, document: Document) -> Iterator[tuple[Place, BlockKind, str]]:
        for number in self._snapshot.passages_of(document.id).tolist():
            row_number = int(self._snapshot.own_rows[number])
            row = self._snapshot.rows[row_number]
            for index, (span, kind) in enumerate(zip(row.sentences, row.kinds, strict=True)):
                yield (row_number, index), kind, row.text[slice(*span)]

    def _saying(
        self, field: Imprint, document: Document, sentences: list[tuple[Place, BlockKind, str]]
    ) -> list[Place]:
        """The sentence that says one thing of a document, at most one."""
        value: str = getattr(document, field.value)
        if not value:
            return []
        fitting = [
            (self._rank(field, kind, text), place)
            for place, kind, text in sentences
            if kind is not BlockKind.TITLE and _says(field, value, text)
        ]
        return [min(fitting)[1]] if fitting else []

    def _rank(self, field: Imprint, kind: BlockKind, text: str) -> tuple[bool, bool]:
        """Smaller is better: the imprint for who and when, a sentence for what is in force."""
        if field in (Imprint.EFFECTIVE, Imprint.EXPIRES):
            words = _BEGINS if field is Imprint.EFFECTIVE else _TERM
            return not words.search(text), kind not in ANSWERING
        if field is Imprint.PUBLISHER:
            return kind is not BlockKind.SIGNATURE, kind not in IMPRINT
        return kind not in IMPRINT, ":" not in fold(text)


def no_article(question: Question, found: FoundArticle) -> str:
    """What is said where a document has no such article."""
    return _NO_ARTICLE[question.language].format(
        title=name_of(found.document.title), last=found.last, number=found.number
    )


def name_of(title: str) -> str:
    """The name of a measure in the title of the notice that issues it, without 《》."""
    return title.partition("《")[2].partition("》")[0] or title


def _says(field: Imprint, value: str, text: str) -> bool:
    """Whether a sentence gives the value of a field."""
    if field is Imprint.NUMBER:
        return squash(fold(value)) in squash(fold(text))
    if field is Imprint.PUBLISHER:
        first = re.split(r"[、,，;；]", value)[0]
        return squash(fold(first)) in squash(fold(text))
    if field is Imprint.EXPIRES and _TERM.search(text):
        return True
    return any(mention.iso == value for mention in find_dates(text))

"""Which documents a question names: by a city, a law, an issuer, a year in their titles.

Among look-alikes (one measure in six cities, a report over three years) the words of a passage
decide nothing; the name of its document does.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import PurePath

import numpy as np
from numpy.typing import NDArray

from embeddings.types import FloatVector
from qa.index.store import Snapshot
from qa.language.names import Name, find_names, find_years, is_capitalised, is_place
from qa.language.segmentation import is_name
from qa.language.text import HAN_CHARACTER, fold, is_chinese
from qa.language.words import stem, terms
from qa.questions.asking import asks_for_earlier
from qa.questions.imprint import asked_imprint
from qa.retrieval.keyword import KeywordScorer
from qa.retrieval.lexicon import Lexicon
from qa.retrieval.ranking import RowNumbers
from qa.types import Document, Language, Question, Version

NAME_WEIGHT = 2.0
YEAR_WEIGHT = 0.5
"""In standard deviations of the dense score, see benchmarks/libraries.md: of .5 to 3 and .25 to 1
level on four libraries of look-alike documents (right document first .78 without, .84 with names,
.85 with years)."""

SUPERSEDED_HANDICAP = 1.0
"""What a document that another has replaced stays behind, unless its year or an earlier rule is
asked for."""

IMPRINT_HANDICAP = 2.0
"""What a passage without any sentence that could answer (a title, a signature) stays behind; its
few words are those of every question about the document."""

COMMONEST = 0.5
"""Share of the documents that hold a name, above which it tells none of them apart."""

MOST_NAMES = 64
"""Names of a question that count, the last ones where it has more: 18 are the most in a thousand
questions of people, and each is looked for in the titles of all documents."""

Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Naming:
    """How far each document is the one that a question names; shape (documents,).

    `parts` are the documents of each thing that is asked about side by side ("苏州和佛山",
    "2023年和2024年"), none where the question asks about one.
    """

    bonus: FloatVector
    parts: tuple[Flags, ...] = ()


@dataclass(frozen=True, slots=True)
class AskedName:
    """A name that a question has, and the numbers of the documents that hold it."""

    name: Name
    holding: frozenset[int]


class DocumentPreference:
    """Which documents a question is about: those it names, of a year, in force.

    `of_rows` has shape (rows,): the number of each row's document.
    """

    def __init__(self, snapshot: Snapshot, keyword: KeywordScorer) -> None:
        self._names = DocumentNames(snapshot.documents, keyword)
        self._superseded = [
            (number, find_years(f"{document.title} {document.source} {document.date}"))
            for number, document in enumerate(snapshot.documents)
            if snapshot.standings[document.id].version is Version.SUPERSEDED
        ]
        self.of_rows = snapshot.columns.of_rows
        self._is_imprint = snapshot.columns.imprints

    def handicap(self, question: Question, rows: RowNumbers) -> FloatVector:
        """What rows stay behind that are only titles, headings, numbers and signatures."""
        if asked_imprint(question.asks):
            return np.zeros(len(rows), dtype=np.float32)
        return np.float32(IMPRINT_HANDICAP) * self._is_imprint[rows]

    def names(self, question: Question) -> FloatVector:
        """How far each document has the names, and the years, that the question has."""
        return self._names.naming(question).bonus

    def absent(self, question: Question, row: int, text: str) -> tuple[str, ...]:
        """The names of a question that neither a row's text nor its document has.

        Those count that tell documents apart: places, and what other documents are named by. Where
        one of them is there, the row may answer for that one.
        """
        return self.absent_of(question, int(self.of_rows[row]), text)

    def absent_of(self, question: Question, document: int, text: str) -> tuple[str, ...]:
        """The names that neither a text nor the document that it is of has."""
        return self._names.absent(question, document, text)

    def naming(self, question: Question) -> Naming:
        """What the question names; documents that were replaced are held back."""
        naming = self._names.naming(question)
        if asks_for_earlier(question.asks):
            return naming
        asked, bonus = find_years(question.text), naming.bonus.copy()
        for number, years in self._superseded:
            if not years & asked:
                bonus[number] -= SUPERSEDED_HANDICAP
        return Naming(bonus, naming.parts)


class NarrowedPreference(DocumentPreference):
    """What a whole library tells of some of its documents, which are all that a snapshot holds."""

    def __init__(
        self, whole: DocumentPreference, snapshot: Snapshot, numbers: NDArray[np.int64]
    ) -> None:
        self._whole = whole
        self._numbers = numbers
        self.of_rows = snapshot.columns.of_rows
        self._is_imprint = snapshot.columns.imprints

    def names(self, question: Question) -> FloatVector:
        """How far each document has the names, and the years, that the question has."""
        found: FloatVector = self._whole.names(question)[self._numbers]
        return found

    def absent(self, question: Question, row: int, text: str) -> tuple[str, ...]:
        """The names of a question that neither a row's text nor its document has."""
        document = int(self._numbers[self.of_rows[row]])
        return self._whole.absent_of(question, document, text)

    def naming(self, question: Question) -> Naming:
        """What the question names, as far as it is here."""
        naming = self._whole.naming(question)
        parts = tuple(part[self._numbers] for part in naming.parts)
        return Naming(naming.bonus[self._numbers], parts)


class DocumentNames:
    """The names and years in the titles of documents."""

    def __init__(self, documents: Sequence[Document], keyword: KeywordScorer) -> None:
        self._documents = documents
        self._keyword = keyword
        # Search, look-up and answer ask for the same question one after the other.
        self._asked = lru_cache(maxsize=16)(self._names_in)
        self._naming = lru_cache(maxsize=8)(self._compare)

    def naming(self, question: Question) -> Naming:
        """Compare a question with the names of all documents; the last few are remembered."""
        return self._naming(question.text, question.language)

    def absent(self, question: Question, document: int, text: str) -> tuple[str, ...]:
        """The names that tell documents apart, where a document and a text of it have none."""
        text = re.sub(r"\s+", "", fold(text))
        absent = []
        for asked in self._asked(question.text, question.language):
            word, holding = asked.name.word, asked.holding
            if document in holding or any(form in text for form in asked.name.forms if form):
                if holding or is_place(word):
                    return ()
            elif holding or is_place(word):
                absent.append(word)
        return tuple(absent)

    def _compare(self, text: str, language: Language) -> Naming:
        if not self._documents:
            return Naming(np.zeros(0, dtype=np.float32))
        found = [asked.holding for asked in self._asked(text, language) if asked.holding]
        bonus = np.zeros(len(self._documents), dtype=np.float32)
        if found:
            flags = np.array([self._flags(numbers) for numbers in found])
            rarity = np.log(len(self._documents) / flags.sum(axis=1) + 1)
            held = rarity @ flags
            bonus += NAME_WEIGHT * held / held.max()
        else:
            flags = np.zeros((0, len(self._documents)), dtype=bool)
        years = find_years(text)
        bonus += YEAR_WEIGHT * self._years(years)
        bonus.flags.writeable = False  # it is remembered
        return Naming(bonus, tuple(self._parts(flags, sorted(years))))

    def _names_in(self, text: str, language: Language) -> tuple[AskedName, ...]:
        """The names of a question, also in the other language, and the documents that hold them."""
        lexicon, found = self._keyword.lexicon, list[Name]()
        for name in map(self._as_titles_have_it, find_names(text)[-MOST_NAMES:]):
            translated = [m for f in name.forms for m in _translations(f, language, lexicon)]
            forms = {" ".join(m) for m in translated if not any(map(str.isdecimal, m))}
            is_latin = not HAN_CHARACTER.search(name.word)
            others = {form for form in forms if HAN_CHARACTER.search(form)}
            if (
                not is_latin
                or is_capitalised(name.word, text)
                or not others
                or any(map(is_name, others))
            ):
                found.append(Name(name.word, name.forms | forms))
        return tuple(AskedName(name, self._held(name)) for name in found)

    def _as_titles_have_it(self, name: Name) -> Name:
        """A place without a character before it that is none of its name: 上岚江市 is 岚江市."""
        if not is_place(name.word) or any(map(self._holding, name.forms)):
            return name
        shorter = (name.word[start:] for start in (1, 2))
        named = (found for word in shorter if is_place(word) for found in find_names(word))
        return next((one for one in named if self._held(one)), name)

    def _held(self, name: Name) -> frozenset[int]:
        """The documents that hold a name; none where it is in too many."""
        found = frozenset(number for form in name.forms for number in self._holding(form))
        return found if len(found) <= COMMONEST * len(self._documents) else frozenset()

    def _holding(self, form: str) -> frozenset[int]:
        if not HAN_CHARACTER.search(form):
            return self._index.get(form, frozenset())
        pairs = [form[i : i + 2] for i in range(len(form) - 1)]
        found = [self._index.get(pair, frozenset()) for pair in pairs] or [frozenset()]
        return frozenset(n for n in frozenset.intersection(*found) if form in self._titles[n])

    def _flags(self, numbers: frozenset[int]) -> Flags:
        flags = np.zeros(len(self._documents), dtype=bool)
        flags[list(numbers)] = True
        return flags

    def _years(self, asked: frozenset[str]) -> FloatVector:
        """1 for a document of an asked year, -1 for one whose title has another, else 0."""
        fits = np.zeros(len(self._documents), dtype=np.float32)
        if asked:
            for number, years in self._years_of:
                fits[number] = 1 if years & asked else -1
            for number, years in self._dated:
                fits[number] = 1 if years & asked else 0
        return fits

    def _parts(self, names: NDArray[np.bool_], asked: Sequence[str]) -> Iterator[Flags]:
        """The documents of each name, or of each year, where no document has two of them."""
        distinct = list({flags.tobytes(): flags for flags in names}.values())
        if len(distinct) > 1 and np.sum(distinct, axis=0).max() == 1:
            yield from distinct
            return
        named = np.sum(names, axis=0) if len(names) else np.ones(len(self._documents))
        most = named == named.max()
        of_year = [
            self._flags(frozenset(n for n, y in self._years_of if year in y)) for year in asked
        ]
        by_year = [flags & most for flags in of_year if (flags & most).any()]
        if len(by_year) > 1:
            yield from by_year

    @cached_property
    def _titles(self) -> list[str]:
        return [re.sub(r"\s+", "", fold(_title(document))) for document in self._documents]

    @cached_property
    def _years_of(self) -> list[tuple[int, frozenset[str]]]:
        """The years in the titles of those documents that have some there."""
        found = [find_years(_title(document)) for document in self._documents]
        return [(number, years) for number, years in enumerate(found) if years]

    @cached_property
    def _dated(self) -> list[tuple[int, frozenset[str]]]:
        """The years in which those documents were issued whose titles name none."""
        titled = {number for number, _ in self._years_of}
        return [
            (number, find_years(document.date))
            for number, document in enumerate(self._documents)
            if number not in titled and document.date
        ]

    @cached_property
    def _index(self) -> dict[str, frozenset[int]]:
        """The documents whose title holds each word, pair of characters or romanised name."""
        holding: dict[str, set[int]] = {}
        for number, document in enumerate(self._documents):
            title = _title(document)
            forms = {form for name in find_names(title) for form in name.forms}
            for term in {*terms(title), *forms}:
                holding.setdefault(term, set()).add(number)
        return {term: frozenset(numbers) for term, numbers in holding.items()}


def _title(document: Document) -> str:
    """All that names a document."""
    stem_of_file = PurePath(document.source).stem
    return "\n".join([document.title, stem_of_file, document.publisher, document.number])


def _translations(form: str, language: Language, lexicon: Lexicon) -> list[tuple[str, ...]]:
    if is_chinese(language) and HAN_CHARACTER.search(form):
        return list(lexicon.translate(form, Language.SIMPLIFIED))
    return list(lexicon.translate(stem(form), Language.ENGLISH))

"""The questions of a library: a folder with its documents in `docs/` and `gold.jsonl`.

A line of `gold.jsonl` is one JSON object; other keys than these are passed over:

    {"id": "…", "lang": "zh-Hans|zh-Hant|en", "kind": "…", "question": "…",
     "file": "<name in docs>" or ["…"], "evidence": "<verbatim up to white space>" or ["…"],
     "answer_all": ["…"], "must_not": ["…"], "unanswerable": false}

An answer is right that says everything in `answer_all` (`a|b` is said by either) and nothing in
`must_not`; both may be left out. Unanswerable questions have no evidence.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from eval.questions import InputFileError, Place, find_places, read_lines, read_object
from qa.types import Document, Language

GOLD_FILE = "gold.jsonl"
DOCUMENTS_FOLDER = "docs"


@dataclass(frozen=True, slots=True)
class LibraryQuestion:
    """A question with where its answer is and what that says; `where` is its file and line.

    Each member of `answer_all` is a choice of words of which an answer says one.
    """

    id: str
    language: Language
    kind: str
    question: str
    files: tuple[str, ...]
    evidence: tuple[str, ...]
    answer_all: tuple[tuple[str, ...], ...]
    must_not: tuple[str, ...]
    answerable: bool
    where: str


@dataclass(frozen=True, slots=True)
class Library:
    """A folder of documents and its questions."""

    name: str
    documents: Path
    questions: tuple[LibraryQuestion, ...]


def read_library(folder: Path) -> Library:
    """Read a library's questions; InputFileError says what is missing or wrong and where."""
    documents, gold = folder / DOCUMENTS_FOLDER, folder / GOLD_FILE
    if not documents.is_dir():
        raise InputFileError(folder, f"not a library: it has no folder {DOCUMENTS_FOLDER}/")
    if not gold.is_file():
        raise InputFileError(folder, f"not a library: it has no {GOLD_FILE}")
    questions = tuple(parse_question(line, where) for line, where in read_lines(gold))
    if not questions:
        raise InputFileError(gold, "no questions")
    check_ids(questions)
    return Library(folder.resolve().name, documents, questions)


def check_ids(questions: Iterable[LibraryQuestion]) -> None:
    """Raise InputFileError where two questions have the same id."""
    seen: dict[str, str] = {}
    for question in questions:
        if question.id in seen:
            earlier = seen[question.id]
            raise InputFileError(question.where, f"id {question.id!r} is also used at {earlier}")
        seen[question.id] = question.where


def parse_question(line: str, where: str) -> LibraryQuestion:
    """Read one line of a gold file; `where` stands in front of the message of an error."""
    question = make_question(read_object(line, where), where)
    if question.answerable and not (question.files and question.evidence):
        raise InputFileError(where, "an answerable question needs a file and evidence")
    return question


def make_question(record: Mapping[str, object], where: str) -> LibraryQuestion:
    """Return the question of a record, which may be without evidence. Raises InputFileError."""
    return LibraryQuestion(
        id=_text(record, "id", where),
        language=_language(record, where),
        kind=_text(record, "kind", where),
        question=_text(record, "question", where),
        files=_texts(record, "file", where),
        evidence=_texts(record, "evidence", where),
        answer_all=tuple(
            tuple(filter(str.strip, said.split("|")))
            for said in _texts(record, "answer_all", where)
        ),
        must_not=_texts(record, "must_not", where),
        answerable=not record.get("unanswerable", False),
        where=where,
    )


def _text(record: Mapping[str, object], key: str, where: str) -> str:
    value = record.get(key)
    if not isinstance(value, str) or not value.strip():
        raise InputFileError(where, f"{key} must be a text that is not blank")
    return value


def _texts(record: Mapping[str, object], key: str, where: str) -> tuple[str, ...]:
    """The texts under a key, one or a list of them; blank ones and a missing key are none."""
    value = record.get(key) or []
    values = [value] if isinstance(value, str) else value
    if not isinstance(values, list) or not all(isinstance(text, str) for text in values):
        raise InputFileError(where, f"{key} must be a text or a list of texts")
    return tuple(text for text in values if text.strip())


def _language(record: Mapping[str, object], where: str) -> Language:
    value = _text(record, "lang", where)
    if value not in list(Language):
        raise InputFileError(where, f"lang {value!r} is not one of {', '.join(Language)}")
    return Language(value)


def locate(
    question: LibraryQuestion, documents: Iterable[Document]
) -> tuple[tuple[Place, ...], ...]:
    """Find each evidence in the question's files; what they do not hold has no place.

    Raises InputFileError where one of the files is not among the documents.
    """
    by_source = {document.source: document for document in documents}
    if missing := [name for name in question.files if name not in by_source]:
        raise InputFileError(question.where, f"no document {', '.join(missing)} was indexed")
    return tuple(
        tuple(place for name in question.files for place in find_places(by_source[name], evidence))
        for evidence in question.evidence
    )

"""Gold question-answer pairs: reading them, and finding their evidence in the documents.

A gold file holds one JSON object a line, with exactly these keys:

    {"id": "…", "language": "zh-Hans|zh-Hant|en", "kind": "…", "question": "…",
     "evidence": [{"source": "<file name>", "text": "<verbatim up to white space>"}],
     "answers": ["…"], "items": ["…"], "stated": n, "note": "…"}

`items`, `stated` and `note` may be left out. Any one of `answers` makes an answer right; `items`
are all that must be listed, worded as in the answer's language, and kind `list` has some; `stated`
is how many the documents say there are, which may be more than they name. Kind `unanswerable`
has no evidence and no answers.
The folder may also hold `conversations.jsonl`, see `eval.conversations`.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from qa.errors import WenzhengError
from qa.language.text import squash
from qa.types import Document, Language

UNANSWERABLE = "unanswerable"
LIST = "list"

CONVERSATIONS_FILE = "conversations.jsonl"

_KEYS = {"id", "language", "kind", "question", "evidence", "answers", "items", "stated", "note"}
_OPTIONAL_KEYS = {"items", "stated", "note"}


class InputFileError(WenzhengError):
    """A file of questions is missing or not in its format; says where and why."""

    def __init__(self, where: str | Path, reason: str) -> None:
        super().__init__(f"{where}: {reason}")
        self.where = str(where)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Evidence:
    """Words of one source file that answer the question."""

    source: str
    text: str


@dataclass(frozen=True, slots=True)
class GoldPair:
    """A question with what a right answer says and cites; `where` is its file and line.

    `stated` is the number of items that the documents state, 0 where they state none.
    """

    id: str
    language: Language
    kind: str
    question: str
    evidence: tuple[Evidence, ...]
    answers: tuple[str, ...]
    items: tuple[str, ...]
    note: str
    where: str
    stated: int = 0

    @property
    def answerable(self) -> bool:
        """Whether the documents answer the question."""
        return self.kind != UNANSWERABLE


@dataclass(frozen=True, slots=True)
class Place:
    """A span of code points of one document's original text, the end excluded."""

    document_id: str
    start: int
    end: int


def load_gold(folder: Path) -> list[GoldPair]:
    """Read every `*.jsonl` of the folder, in order of name; InputFileError names file and line."""
    paths = [path for path in sorted(folder.glob("*.jsonl")) if path.name != CONVERSATIONS_FILE]
    pairs = [pair for path in paths for pair in _read_pairs(path)]
    if not pairs:
        raise InputFileError(folder, "no gold pairs (*.jsonl) here")
    seen: dict[str, str] = {}
    for pair in pairs:
        if pair.id in seen:
            raise InputFileError(pair.where, f"id {pair.id!r} is also used at {seen[pair.id]}")
        seen[pair.id] = pair.where
    return pairs


def _read_pairs(path: Path) -> Iterator[GoldPair]:
    for line, where in read_lines(path):
        yield parse_pair(line, where)


def read_lines(path: Path) -> Iterator[tuple[str, str]]:
    """Yield the lines of a file that are not blank, each with its place for error messages."""
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except UnicodeDecodeError as error:
        raise InputFileError(path, f"not UTF-8 ({error.reason})") from error
    for number, line in enumerate(lines, start=1):
        if line.strip():
            yield line, f"{path}:{number}"


def read_object(line: str, where: str) -> Mapping[str, object]:
    """Read one JSON object; `where` stands in front of the message of an error."""
    try:
        record: object = json.loads(line)
    except json.JSONDecodeError as error:
        raise InputFileError(where, f"not JSON ({error})") from error
    if not isinstance(record, dict):
        raise InputFileError(where, "not a JSON object")
    return record


def parse_pair(line: str, where: str) -> GoldPair:
    """Read one line of a gold file; `where` stands in front of the message of an error."""
    return make_pair(read_object(line, where), where)


def make_pair(record: Mapping[str, object], where: str) -> GoldPair:
    """Check the keys and values of a gold pair; `where` is as above."""
    if wrong := (_KEYS - _OPTIONAL_KEYS - record.keys()) | (record.keys() - _KEYS):
        raise InputFileError(where, f"missing or unknown keys: {', '.join(sorted(wrong))}")
    pair = GoldPair(
        id=_text(record, "id", where),
        language=_language(record, where),
        kind=_text(record, "kind", where),
        question=_text(record, "question", where),
        evidence=_evidence(record["evidence"], where),
        answers=_texts(record, "answers", where),
        items=_texts(record, "items", where),
        note=str(record.get("note", "")),
        where=where,
        stated=_number(record, "stated", where),
    )
    _check(pair)
    return pair


def _check(pair: GoldPair) -> None:
    promised = bool(pair.evidence), bool(pair.answers or pair.items)
    if pair.answerable and not all(promised):
        raise InputFileError(pair.where, "an answerable pair needs evidence, and answers or items")
    if not pair.answerable and any(promised):
        raise InputFileError(pair.where, "an unanswerable pair has no evidence and no answers")
    if pair.kind == LIST and not pair.items:
        raise InputFileError(pair.where, "a pair of kind list needs items")
    if pair.stated and pair.stated < len(pair.items):
        raise InputFileError(pair.where, "stated is less than the number of items")


def _text(record: Mapping[str, object], key: str, where: str) -> str:
    value = record.get(key)
    if not isinstance(value, str) or not value.strip():
        raise InputFileError(where, f"{key} must be a text that is not blank")
    return value


def _number(record: Mapping[str, object], key: str, where: str) -> int:
    value = record.get(key, 0)
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise InputFileError(where, f"{key} must be a whole number")
    return value


def _texts(record: Mapping[str, object], key: str, where: str) -> tuple[str, ...]:
    values = record.get(key, [])
    if not isinstance(values, list):
        raise InputFileError(where, f"{key} must be a list of texts")
    return tuple(_text({key: value}, key, where) for value in values)


def _language(record: Mapping[str, object], where: str) -> Language:
    value = _text(record, "language", where)
    if value not in list(Language):
        raise InputFileError(where, f"language {value!r} is not one of {', '.join(Language)}")
    return Language(value)


def _evidence(values: object, where: str) -> tuple[Evidence, ...]:
    if not isinstance(values, list) or not all(isinstance(value, dict) for value in values):
        raise InputFileError(where, "evidence must be a list of objects with source and text")
    return tuple(
        Evidence(_text(value, "source", where), _text(value, "text", where)) for value in values
    )


def find_places(document: Document, quote: str) -> tuple[Place, ...]:
    """Return every place where the document holds the quote, compared without white space.

    A document that reads `232 家` holds the quote `232家`.
    """
    positions = [i for i, character in enumerate(document.text) if not character.isspace()]
    text, wanted = squash(document.text), squash(quote)
    places: list[Place] = []
    found = text.find(wanted) if wanted else -1
    while found >= 0:
        end = positions[found + len(wanted) - 1] + 1
        places.append(Place(document.id, positions[found], end))
        found = text.find(wanted, found + 1)
    return tuple(places)


def locate_evidence(pair: GoldPair, documents: Iterable[Document]) -> tuple[tuple[Place, ...], ...]:
    """Find each evidence of the pair; evidence that a document says twice has two places."""
    by_source = {document.source: document for document in documents}
    located: list[tuple[Place, ...]] = []
    for evidence in pair.evidence:
        if evidence.source not in by_source:
            raise InputFileError(pair.where, f"no document {evidence.source} in the index")
        places = find_places(by_source[evidence.source], evidence.text)
        if not places:
            raise InputFileError(
                pair.where, f"{evidence.source} does not hold the evidence {evidence.text!r}"
            )
        located.append(places)
    return tuple(located)

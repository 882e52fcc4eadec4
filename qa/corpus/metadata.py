"""What is known of a document: title, number, issuer, dates, language.

Sources, the first that tells wins: what corpus.toml says of the file, what the file says of itself
(its properties, front matter as YAML lines between `---`, HTML comments), the text, a date in the
file's name.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from qa.corpus.imprint.heads import Head, head_lines, read_head
from qa.corpus.imprint.issuers import issuer_in_text, issuer_of, list_names
from qa.corpus.imprint.issuing import Signature, first_issue_date, issue_date, read_signature
from qa.corpus.imprint.lines import FIELDS, Line, lines_of
from qa.corpus.imprint.numbers import find_number
from qa.corpus.imprint.validity import read_validity
from qa.errors import DocumentError
from qa.language.dates import find_dates, parse_date
from qa.language.text import detect_language
from qa.types import Block, BlockKind, Language

_CORPUS_FILE = "corpus.toml"
_TITLE_LENGTH = 200
_FIRST_LINE_LENGTH = 80
_FRONT_MATTER_LINES = 60
_COMMENT_LENGTH = 500
_DATES = ("issued", "effective", "expires")
_KEY = re.compile(r"(?P<key>[A-Za-z\u4e00-\u9fff][\w -]{0,30}?)\s?[:：]\s*(?P<value>.*)")


@dataclass(frozen=True, slots=True)
class Metadata:
    """What is known of a document; what is unknown is empty, dates are ISO 8601."""

    language: Language
    title: str = ""
    number: str = ""
    publisher: str = ""
    issued: str = ""
    effective: str = ""
    expires: str = ""
    replaces: tuple[str, ...] = ()


def read_metadata(
    text: str,
    blocks: Sequence[Block],
    *,
    file_name: str,
    described: Mapping[str, str],
    stated: Mapping[str, str] | None = None,
    path: Path | None = None,
) -> Metadata:
    """Gather what is known of a document.

    `described` are the keys of its entry in corpus.toml, `stated` the same of what the file says
    beside its text. Raises DocumentError where that gives a
    date that is none, an end before the beginning, or an unknown language.
    """
    path = path or Path(file_name)
    told = _described(described, path)
    front_matter, text_itself = _split_front_matter(text)
    of_file = _front_matter(list((stated or {}).items()))
    known = {**of_file, **_front_matter([*front_matter, *_comments(text)]), **told}
    read = _read_text(lines_of(text_itself), blocks, file_name, known)
    fields = {**read, **known}
    if _is_before(fields["expires"], fields["effective"]):
        if "expires" in told:
            ends = f"expires on {told['expires']}, before it takes effect on {fields['effective']}"
            raise DocumentError(
                path, f"{_CORPUS_FILE} says that it {ends}; correct one of the dates"
            )
        fields["expires"] = ""
    return Metadata(
        language=Language(fields.get("language") or detect_language(text)),
        title=fields["title"] or Path(file_name).stem,
        number=fields["number"],
        publisher=fields["publisher"],
        issued=fields["issued"],
        effective=fields["effective"],
        expires=fields["expires"],
        replaces=_names(fields["replaces"]),
    )


def _read_text(
    lines: Sequence[Line], blocks: Sequence[Block], file_name: str, known: Mapping[str, str]
) -> dict[str, str]:
    """The fields that the text itself gives; what is known of it already helps to read it."""
    head = read_head(lines)
    signed = (block.text.strip() for block in blocks if block.kind is BlockKind.SIGNATURE)
    signature = read_signature(lines, frozenset(signed))
    title = known.get("title") or _title(head, lines, blocks)
    number = known.get("number") or _number(head)
    issued = known.get("issued") or issue_date(head, lines, signature.date, file_name)
    validity = read_validity(
        [line.text for line in lines],
        head=len(head_lines(lines)),
        title=title,
        number=number,
        issued=issued,
        made="" if "issued" in known else first_issue_date(head),
    )
    if issued > validity.published > "":  # by then it had been printed
        issued = validity.published
    return {
        "title": title,
        "number": number,
        "publisher": _publisher(head, lines, signature, title),
        "issued": issued,
        "effective": validity.effective or _labelled_date(head, "effective"),
        "expires": validity.expires or _labelled_date(head, "expires"),
        "replaces": "; ".join(validity.replaces),
    }


def _title(head: Head, lines: Sequence[Line], blocks: Sequence[Block]) -> str:
    """The title; without one the first line, where it is short."""
    titles = (block.text.strip("# *") for block in blocks if block.kind is BlockKind.TITLE)
    first = next((line.text for line in lines[:1] if len(line.text) <= _FIRST_LINE_LENGTH), "")
    return (head.title or " ".join(titles) or first)[:_TITLE_LENGTH]


def _number(head: Head) -> str:
    """The document's number; where the lines under the title give several, that of the last."""
    label = head.label("number")
    labelled = label and (find_number(label) or label.split()[0].rstrip("）)，,；;"))
    enacted = [number for note in head.notes if (number := find_number(note))]
    own = [number for number in head.own_numbers if number not in enacted]
    others = [number for number in head.numbers if number not in enacted]
    found = [*own, labelled, *others, find_number(head.title), *reversed(enacted)]
    return next((number for number in found if number), "")


def _publisher(head: Head, lines: Sequence[Line], signature: Signature, title: str) -> str:
    label = head.label("publisher")
    return (
        issuer_of(label, head.above, signature.issuers, title, [*head.notes, *head.own_numbers])
        or list_names(head.below)
        or head.label("source")
        or issuer_in_text(lines)
    )


def _labelled_date(head: Head, name: str) -> str:
    return next((mention.iso for mention in find_dates(head.label(name)[:200])), "")


def _is_before(end: str, start: str) -> bool:
    """Whether one date lies before another; 2024-05 and 2024 leave it open."""
    length = min(len(end), len(start))
    return end[:length] < start[:length]


def _described(described: Mapping[str, str], path: Path) -> dict[str, str]:
    """The fields of corpus.toml, its dates in ISO form."""
    stated: dict[str, str] = {}
    for key, value in described.items():
        name = FIELDS.get(key.casefold(), key)
        if name in _DATES and value.strip() and not parse_date(value):
            wrong = f'{_CORPUS_FILE} gives the date "{value}" for "{key}"'
            raise DocumentError(path, f"{wrong}; write 2024-08-01, 2024-08 or 2024")
        stated[name] = parse_date(value) if name in _DATES else value.strip()
    language = stated.get("language", "")
    if language and language not in set(Language):
        languages = ", ".join(Language)
        wrong = f'{_CORPUS_FILE} gives the language "{language}"'
        raise DocumentError(path, f"{wrong}; known are {languages}")
    return {name: value for name, value in stated.items() if value}


def _front_matter(pairs: Sequence[tuple[str, str]]) -> dict[str, str]:
    """The fields among keys and values; what is no date or language counts as not said."""
    known: dict[str, str] = {}
    for key, value in pairs:
        name = FIELDS.get(key.strip().casefold(), "")
        plain = parse_date(value) if name in _DATES else value.strip().strip("\"'")
        if name and plain and (name != "language" or plain in set(Language)):
            known.setdefault(name, plain)
    return known


def _split_front_matter(text: str) -> tuple[list[tuple[str, str]], str]:
    """Keys and values of YAML lines between `---` at the very beginning, and the text below."""
    text = text.lstrip("\ufeff")
    lines = text.split("\n", _FRONT_MATTER_LINES)
    if lines[0].strip() != "---":
        return [], text
    end = next((n for n, line in enumerate(lines[1:-1], 1) if line.strip() == "---"), 0)
    within = [line.strip() for line in lines[1:end] if line.strip()]
    if not within or not all(_KEY.fullmatch(line) or line[0] in "-#" for line in within):
        return [], text
    return list(_pairs(within)), "\n".join(lines[end + 1 :])


def _pairs(lines: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Keys and values; the items of a list, a line each, become one value."""
    key, values = "", list[str]()
    for line in [*lines, "end:"]:
        if found := _KEY.fullmatch(line):
            yield key, "; ".join(values)
            key, values = found["key"], [found["value"]] if found["value"].strip() else []
        elif line.startswith("- "):
            values.append(line[2:].strip().strip("\"'"))


def _comments(text: str) -> Iterator[tuple[str, str]]:
    """Keys and values in HTML comments: `<!-- issued: 2024-08-01 -->`."""
    position = 0
    while (start := text.find("<!--", position)) >= 0 and (end := text.find("-->", start)) >= 0:
        position = end + 3
        if end - start <= _COMMENT_LENGTH:
            for line in text[start + 4 : end].splitlines():
                if found := _KEY.fullmatch(line.strip()):
                    yield found["key"], found["value"]


def _names(value: str) -> tuple[str, ...]:
    """The titles and numbers of a field: apart by semicolons, or a list as TOML writes it."""
    if value.startswith("[") and value.endswith("]"):
        quoted = re.findall(r"'([^']{1,300})'|\"([^\"]{1,300})\"", value)
        return tuple(first or second for first, second in quoted)
    names = (name.strip().strip("《》") for name in re.split("[;；]", value))
    return tuple(name for name in names if name)

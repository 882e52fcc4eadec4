"""Reads SQuAD-format files: paragraphs with their titles, and questions.

Question i of one file belongs to the paragraph of question i of the other, so questions in one
language can be asked of the same paragraphs in another (XQuAD). Only titles, paragraphs, questions
and their order count; the answers in the files are not looked at. A title that ends with the number
of an article (民法典第五十四条) is the title of the law, and the number is the paragraph's label.
"""

import json
import re
from dataclasses import dataclass, replace
from pathlib import Path

from eval.questions import InputFileError

_ARTICLE = re.compile(r"第[〇零一二三四五六七八九十百千两\d]+[条條](?:之[一二三四五六七八九十]+)?$")


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A text, the title of what it is from, and its number there ("第五十四条"), if given."""

    text: str
    title: str = ""
    label: str = ""


@dataclass(frozen=True, slots=True)
class SquadFile:
    """What a file holds, in its order.

    `paragraph_of[i]` is the paragraph of question i and `article_of[i]` the number of its article.
    """

    paragraphs: tuple[Paragraph, ...]
    questions: tuple[str, ...]
    paragraph_of: tuple[Paragraph, ...]
    article_of: tuple[int, ...]


def read_squad(path: Path) -> SquadFile:
    """Read a file; InputFileError says what is wrong and where."""
    try:
        record: object = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputFileError(path, error.strerror or str(error)) from error
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        raise InputFileError(path, f"not JSON ({error})") from error
    paragraphs: list[Paragraph] = []
    questions: list[str] = []
    paragraph_of: list[Paragraph] = []
    article_of: list[int] = []
    for a, article in enumerate(_list(record, "data", str(path))):
        at_article = f"{path}: data[{a}]"
        title, label = _title(article)
        for p, paragraph in enumerate(_list(article, "paragraphs", at_article)):
            at = f"{at_article}.paragraphs[{p}]"
            paragraphs.append(Paragraph(_text(paragraph, "context", at), title, label))
            for q, question in enumerate(_list(paragraph, "qas", at)):
                # CMRC 2018 holds blank questions; they keep their place and find nothing.
                questions.append(_text(question, "question", f"{at}.qas[{q}]", blank=True))
                paragraph_of.append(paragraphs[-1])
                article_of.append(a)
    if not questions:
        raise InputFileError(path, "no questions")
    return SquadFile(tuple(paragraphs), tuple(questions), tuple(paragraph_of), tuple(article_of))


def _list(record: object, key: str, where: str) -> list[object]:
    value = record.get(key) if isinstance(record, dict) else None
    if not isinstance(value, list):
        raise InputFileError(where, f"not SQuAD format: no list {key!r}")
    return value


def _text(record: object, key: str, where: str, *, blank: bool = False) -> str:
    value = record.get(key) if isinstance(record, dict) else None
    if not isinstance(value, str) or not (blank or value.strip()):
        raise InputFileError(where, f"not SQuAD format: no text {key!r}")
    return value


def _title(article: object) -> tuple[str, str]:
    """The title and the number of an article that it may end with; both are "" where none is."""
    given = article.get("title") if isinstance(article, dict) else None
    title = given.replace("_", " ").strip() if isinstance(given, str) else ""
    number = _ARTICLE.search(title)
    return (title[: number.start()].strip(), number[0]) if number else (title, "")


def without_titles(squad: SquadFile) -> SquadFile:
    """Return the file as if it gave no titles."""
    return replace(
        squad,
        paragraphs=tuple(Paragraph(paragraph.text) for paragraph in squad.paragraphs),
        paragraph_of=tuple(Paragraph(paragraph.text) for paragraph in squad.paragraph_of),
    )


def pair_files(passages: Path, questions: Path) -> SquadFile:
    """Return the paragraphs of one file with the questions of the other."""
    theirs, asked = _read_both(passages, questions)
    return replace(theirs, questions=asked.questions)


def mix_files(first: Path, second: Path) -> SquadFile:
    """Return a corpus of both languages, each question in the language its paragraph is not in.

    The files are translations of one another: every other article is taken from the first file,
    the rest from the second.
    """
    files = _read_both(first, second)
    taken = [article % 2 for article in files[0].article_of]
    paragraph_of = [files[side].paragraph_of[i] for i, side in enumerate(taken)]
    return SquadFile(
        paragraphs=tuple(dict.fromkeys(paragraph_of)),
        questions=tuple(files[1 - side].questions[i] for i, side in enumerate(taken)),
        paragraph_of=tuple(paragraph_of),
        article_of=files[0].article_of,
    )


def _read_both(passages: Path, questions: Path) -> tuple[SquadFile, SquadFile]:
    theirs, asked = read_squad(passages), read_squad(questions)
    if len(theirs.questions) != len(asked.questions):
        raise InputFileError(
            questions,
            f"{len(asked.questions)} questions, but {passages} has {len(theirs.questions)}: "
            "question i of one must belong to question i of the other",
        )
    return theirs, asked

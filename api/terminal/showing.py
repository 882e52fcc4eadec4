"""The command `show`: what is known of a document, its outline, or one of its articles."""

import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.labels import LIST_LABELS, terminal_language
from api.terminal.listing import Listed, as_json, read_list, version_words
from api.terminal.options import IndexOption, JsonOption, complete_documents
from api.terminal.progress import bring_up_to_date
from api.terminal.running import EXIT_WRONG_USE, complain, some_of
from api.terminal.settings import read_settings
from api.terminal.visible import steerless, visible
from qa.errors import DocumentNotFoundError
from qa.types import Block, BlockKind, Language

if TYPE_CHECKING:
    from qa.types import Document

_EPILOG = """\b
Examples:
  wenzheng show notice.md
  wenzheng show "创业补贴办法" 第六条
  wenzheng show "rules*" "Article 6" --json
  wenzheng show notice.md --text

Exit status: 0 done, 2 wrong use or no such document or article, 1 anything else.
"""

_OUTLINE_CHARACTERS = 60
_INDENT = "  "


@dataclass(frozen=True, slots=True)
class _Labels:
    number: str
    issued: str
    effective: str
    expires: str
    outline: str


_LABELS = {
    Language.SIMPLIFIED: _Labels("文号", "发布", "施行", "有效期至", "提纲"),
    Language.TRADITIONAL: _Labels("文號", "發布", "施行", "有效期至", "綱要"),
    Language.ENGLISH: _Labels("Number", "Issued", "In force from", "Until", "Outline"),
}


def add_show_command(app: typer.Typer) -> None:
    """Add the command to `wenzheng`."""
    app.command("show", epilog=_EPILOG)(show_document)


def show_document(
    name: Annotated[str, typer.Argument(metavar="DOCUMENT", autocompletion=complete_documents)],
    label: Annotated[str | None, typer.Argument(metavar="ARTICLE")] = None,
    *,
    text: Annotated[bool, typer.Option("--text", help="Write its whole text instead.")] = False,
    index: IndexOption = None,
    json: JsonOption = False,
) -> None:
    """Show what is known of a document and its outline, or one of its articles.

    DOCUMENT is a name as `wenzheng list` shows it, a title or a part of one, a pattern (* and ?
    stand for any) or an id. ARTICLE is the number or title of an article, a chapter or a heading:
    第六条, "Article 6", 6, 附则.
    """
    settings = read_settings(index=index)
    bring_up_to_date(settings)
    folder = settings.index_folder
    one = find_document(read_list(folder), name, folder)
    blocks = blocks_of(one.document)
    if label is not None:
        _write_part(one, blocks, label, json=json)
    elif text:
        typer.echo(visible(one.document.text))
    elif json:
        outline = [_block_json(blocks[number]) for number, _ in _outline(blocks)]
        _write_json({**as_json(one), "outline": outline})
    else:
        _write_document(one, blocks, terminal_language(os.environ))


def find_document(listed: Sequence[Listed], name: str, folder: Path) -> Listed:
    """The one document of a name. Raises DocumentNotFoundError, or typer.Exit where several fit."""
    from qa.language.text import fold

    wanted = fold(name)
    ways: tuple[Callable[[Listed], bool], ...] = (
        lambda one: name in (one.entry.source, one.entry.id),
        lambda one: fnmatchcase(one.entry.source, name),
        lambda one: fold(one.document.title) == wanted,
        lambda one: wanted in fold(one.document.title),
    )
    fitting = next((found for way in ways if (found := [o for o in listed if way(o)])), [])
    if not fitting:
        raise DocumentNotFoundError(folder, name, [one.entry.source for one in listed])
    if len(fitting) > 1:
        names = some_of([one.entry.source for one in fitting], 10)
        complain(f'"{name}" fits {len(fitting)} documents ({names}). Give the name of one.')
        raise typer.Exit(EXIT_WRONG_USE)
    return fitting[0]


def blocks_of(document: "Document") -> list[Block]:
    """The blocks of a document, as it was parsed when it was read."""
    from qa.corpus.structure import parse

    return parse(document.text, wrapped=document.is_wrapped)


def find_part(blocks: Sequence[Block], label: str) -> list[int]:
    """The numbers of the block of that label or heading, and of all that stands under it."""
    from qa.language.text import fold, squash
    from qa.questions.articles import ArticleNumber, number_of_label

    wanted = squash(fold(label))
    if not wanted:
        return []
    number = ArticleNumber(int(wanted)) if wanted.isdecimal() else number_of_label(label)

    def is_labelled(block: Block) -> bool:
        return bool(block.label) and squash(fold(block.label)) == wanted

    def is_numbered(block: Block) -> bool:
        is_article = block.kind is BlockKind.ARTICLE and number is not None
        return is_article and number_of_label(block.label) == number

    def is_headed(block: Block) -> bool:
        words = squash(fold(_heading(block)))
        return block.kind is BlockKind.HEADING and wanted in (
            words,
            words.removeprefix(squash(fold(block.label))),
        )

    def has_words(block: Block) -> bool:
        return block.kind is BlockKind.HEADING and wanted in squash(fold(block.text))

    for way in (is_numbered, is_labelled, is_headed, has_words):
        first = next((n for n, block in enumerate(blocks) if way(block)), None)
        if first is not None:
            return [first, *_under(blocks, first)]
    return []


def _under(blocks: Sequence[Block], top: int) -> Iterator[int]:
    """What stands under a block, however deep; a head of columns comes with its rows."""
    within = {top}
    for number in range(top + 1, len(blocks)):
        if blocks[number].parent in within:
            within.add(number)
            yield number


def _outline(blocks: Sequence[Block]) -> Iterator[tuple[int, int]]:
    """The numbers of headings and of articles that begin, each with its depth."""
    depths: dict[int, int] = {}
    for number, block in enumerate(blocks):
        begins = block.kind is BlockKind.HEADING or (
            block.kind is BlockKind.ARTICLE and bool(block.label)
        )
        if begins:
            depths[number] = depths.get(block.parent, -1) + 1
            yield number, depths[number]


def _heading(block: Block) -> str:
    return block.text.lstrip("#").strip().strip("*").strip()


def _write_part(one: Listed, blocks: Sequence[Block], label: str, *, json: bool) -> None:
    numbers = find_part(blocks, label)
    if not numbers:
        labels = [blocks[n].label or _heading(blocks[n]) for n, _ in _outline(blocks)]
        there = f"It has {some_of(labels, 10)}." if labels else "It has no articles or headings."
        complain(f'{one.entry.source} has no "{label}". {there}')
        raise typer.Exit(EXIT_WRONG_USE)
    part = [blocks[number] for number in numbers]
    if json:
        _write_json({"name": one.entry.source, "blocks": [_block_json(b) for b in part]})
        return
    typer.echo(visible("\n".join(block.text for block in part)))


def _write_document(one: Listed, blocks: Sequence[Block], language: Language) -> None:
    words, more, document = LIST_LABELS[language], _LABELS[language], one.document
    version = version_words(one.standing.version, expired=one.standing.expired, language=language)
    known = {
        words.title: document.title,
        words.publisher: document.publisher,
        more.number: document.number,
        more.issued: document.issued,
        more.effective: document.effective,
        more.expires: document.expires,
        words.version: version,
        words.passages: str(one.entry.passages),
        words.name: one.entry.source,
        "id": document.id,
    }
    lines = [f"{label}: {' '.join(value.split())}" for label, value in known.items() if value]
    outline = [f"{_INDENT * depth}{_start(blocks[number])}" for number, depth in _outline(blocks)]
    if outline:
        lines += ["", f"{more.outline}:", *outline]
    typer.echo(visible("\n".join(lines)))


def _start(block: Block) -> str:
    text = " ".join(_heading(block).split())
    return text if len(text) <= _OUTLINE_CHARACTERS else f"{text[:_OUTLINE_CHARACTERS]}…"


def _block_json(block: Block) -> Mapping[str, object]:
    return {
        "kind": block.kind,
        "level": block.level,
        "label": block.label,
        "text": block.text,
        "start_char": block.start,
        "end_char": block.end,
    }


def _write_json(content: Mapping[str, object]) -> None:
    indent = 2 if sys.stdout.isatty() else None
    typer.echo(steerless(json.dumps(content, ensure_ascii=False, indent=indent)))

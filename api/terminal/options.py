"""Options that several commands share."""

from pathlib import Path
from typing import Annotated

import typer

from api import REQUESTS_PER_MINUTE, program_version
from api.filtering import DATE_FORMS, read_date
from qa.errors import WenzhengError
from qa.types import Language


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"wenzheng {program_version()}")
        raise typer.Exit


def _checked_date(text: str | None) -> str | None:
    if text is None:
        return None
    try:
        return read_date(text)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error


def complete_documents(begun: str) -> list[str]:
    """The names of documents of the usual index that begin so, for the shell."""
    from api.terminal.settings import read_settings
    from qa.index.keeping.library import list_documents

    try:
        entries = list_documents(read_settings().index_folder)
    except (WenzhengError, OSError):
        return []  # at a Tab nobody reads a complaint
    return [entry.source for entry in entries if entry.source.startswith(begun)]


IndexOption = Annotated[
    Path | None,
    typer.Option("--index", metavar="FOLDER", help="Folder of the index. [env: WENZHENG_INDEX]"),
]
ModelOption = Annotated[
    str | None,
    typer.Option(
        "--model",
        metavar="MODEL",
        help="A sentence-transformers model, by name or folder, in place of the bundled one. "
        "[env: WENZHENG_MODEL]",
    ),
]
EngineOption = Annotated[
    str | None,
    typer.Option(
        "--engine",
        metavar="ADDRESS",
        help="Where the library lies that `wenzheng push` put there: http://HOST:19530 of Milvus, "
        "or a file *.db of Milvus Lite. [env: WENZHENG_ENGINE, WENZHENG_ENGINE_TOKEN]",
    ),
]
VersionOption = Annotated[
    bool,
    typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version."),
]
YesOption = Annotated[bool, typer.Option("--yes", "-y", help="Go on without asking.")]
OriginalsOption = Annotated[
    bool,
    typer.Option(
        "--originals/--no-originals",
        help="Keep a copy of PDF, Word and other files beside the index, to show their pages.",
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Write JSON.")]

InOption = Annotated[
    list[str] | None,
    typer.Option(
        "--in",
        metavar="PATTERN",
        help="Only documents of this name, title or id; * and ? stand for any. Repeatable.",
    ),
]
PublisherOption = Annotated[
    list[str] | None,
    typer.Option(
        "--publisher", metavar="TEXT", help="Only of a publisher whose name has this. Repeatable."
    ),
]
SinceOption = Annotated[
    str | None,
    typer.Option(
        "--since", metavar="DATE", callback=_checked_date, help=f"Only from then on: {DATE_FORMS}."
    ),
]
UntilOption = Annotated[
    str | None,
    typer.Option(
        "--until", metavar="DATE", callback=_checked_date, help="Only up to then, included."
    ),
]
LanguageOption = Annotated[
    list[Language] | None,
    typer.Option("--language", help="Only documents in this language. Repeatable."),
]
CurrentOption = Annotated[
    bool, typer.Option("--current", help="Leave out documents that others have replaced.")
]

HostOption = Annotated[str, typer.Option("--host", help="Address to listen on.")]
PortOption = Annotated[int, typer.Option("--port", min=0, max=65535, help="0 takes a free one.")]
WithoutTokenOption = Annotated[
    bool,
    typer.Option(
        "--without-token", help="Let anyone who reaches the address ask, without WENZHENG_TOKEN."
    ),
]
RateLimitOption = Annotated[
    int | None,
    typer.Option(
        "--rate-limit",
        metavar="N",
        min=0,
        help=f"Questions a minute and client; 0: no limit. [default: {REQUESTS_PER_MINUTE}]",
    ),
]
UploadsOption = Annotated[
    bool | None,
    typer.Option(
        "--uploads/--no-uploads",
        help="Let those who may ask also add files to the library and remove documents. By "
        "default on this machine and with WENZHENG_TOKEN, not with --without-token.",
        show_default=False,
    ),
]

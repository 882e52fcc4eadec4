"""Options that several commands share."""

from pathlib import Path
from typing import Annotated

import typer

from api import program_version


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"wenzheng {program_version()}")
        raise typer.Exit


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
VersionOption = Annotated[
    bool,
    typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version."),
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
    int,
    typer.Option(
        "--rate-limit", metavar="N", min=0, help="Questions a minute and client; 0: no limit."
    ),
]

"""The command `push`, which puts a library into Milvus."""

from typing import Annotated

import typer

from api.terminal.options import EngineOption, IndexOption
from api.terminal.progress import bring_up_to_date, indexing_progress
from api.terminal.settings import read_settings
from qa.errors import SettingsError

PUSH_EPILOG = """\b
Examples:
  wenzheng push --engine http://milvus:19530
  wenzheng push --engine library.db --index FOLDER
  WENZHENG_ENGINE_TOKEN=... wenzheng push --engine https://milvus.example --swap

Exit status: 0 done, 2 wrong use, 1 anything else.
"""


def push(
    *,
    engine: EngineOption = None,
    index: IndexOption = None,
    swap: Annotated[
        bool,
        typer.Option(
            "--swap",
            help="Fill a second collection, and have it asked in place of the first once it is "
            "whole. Takes twice the room.",
        ),
    ] = False,
) -> None:
    """Make a library in Milvus hold what the index does: new documents are sent, others removed.

    What is there already is not sent again, so a push that was broken off goes on.
    """
    from qa.engine_assistant import open_engine
    from qa.index.store import read_snapshot

    settings = read_settings(index=index, engine=engine)
    if not settings.engine:
        raise SettingsError("push", "where to is not said; use --engine or WENZHENG_ENGINE")
    bring_up_to_date(settings)
    snapshot = read_snapshot(settings.index_folder)
    target = open_engine(settings)
    try:
        with indexing_progress() as progress:
            sent = target.push(snapshot, swap=swap, progress=progress)
    finally:
        target.close()
    typer.echo(f"Documents {len(snapshot.documents)}, sent {sent}")

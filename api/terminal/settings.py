"""The settings of this run, and the command `settings`, which says where each comes from."""

import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path

import typer

from api.terminal.options import IndexOption, JsonOption, ModelOption
from api.terminal.visible import steerless, visible
from qa.settings import SETTINGS, Settings, Value, settings_files, shown_address

_EPILOG = """\b
Examples:
  wenzheng settings
  wenzheng settings --json --index FOLDER

What can be set in wenzheng.toml:
  index = "FOLDER"
  library = "FOLDER"                 what `wenzheng sync` keeps the index up with
  model = "NAME"
  engine = "ADDRESS"                 of Milvus; only in your folder of settings
  [limits]                           of `wenzheng serve` and `wenzheng mcp`
  questions_per_minute = 600
  questions_waiting = 64
  answer_seconds = 15
  threads = 4

Exit status: 0 done, 2 wrong use, 1 anything else.
"""


def add_settings_command(app: typer.Typer) -> None:
    """Add the command to `wenzheng`."""
    app.command("settings", epilog=_EPILOG)(show_settings)


def read_settings(
    *,
    index: Path | None = None,
    model: str | None = None,
    engine: str | None = None,
    questions_per_minute: int | None = None,
) -> Settings:
    """Read the settings of this process; what is given are its flags. Raises SettingsError."""
    return Settings.read(
        os.environ,
        files=settings_files(),
        index=index,
        model=model,
        engine=engine,
        questions_per_minute=questions_per_minute,
    )


def show_settings(
    *, index: IndexOption = None, model: ModelOption = None, json: JsonOption = False
) -> None:
    """Show the settings and where each comes from.

    Options go before WENZHENG_* variables, those before wenzheng.toml in the current folder, and
    that before wenzheng.toml in your folder of settings.
    """
    settings = read_settings(index=index, model=model)
    values = _values(settings)
    if json:
        _write_json(settings, values)
        return
    width = max(map(len, values))
    lines = [
        f"{key:{width}}  {values[key]}  ({origin})" for key, origin in settings.origins.items()
    ]
    files = [
        f"{'read' if file.path.is_file() else 'not there'}: {file.path}"
        for file in settings_files()
    ]
    typer.echo(visible("\n".join([*lines, "", *files])))


def _values(settings: Settings) -> Mapping[str, Value]:
    """The value of each setting, defaults too."""
    from api.http.service import ServiceSettings

    limits, default = settings.limits, ServiceSettings()
    stated: dict[str, tuple[Value | None, Value]] = {
        "index": (settings.index_folder, ""),
        "library": (settings.library, "–"),
        "model": (settings.model or None, "the bundled one"),
        "engine": (shown_address(settings.engine) or None, "–"),
        "limits.questions_per_minute": (limits.questions_per_minute, default.requests_per_minute),
        "limits.questions_waiting": (limits.questions_waiting, default.max_waiting),
        "limits.answer_seconds": (limits.answer_seconds, default.answer_seconds),
        "limits.threads": (limits.threads, "one a processor"),
    }
    return {
        setting.key: otherwise if value is None else value
        for setting in SETTINGS
        for value, otherwise in [stated[setting.key]]
    }


def _write_json(settings: Settings, values: Mapping[str, Value]) -> None:
    content = {
        key: {
            "value": value if isinstance(value, int | float) else str(value),
            "from": settings.origins[key],
        }
        for key, value in values.items()
    }
    indent = 2 if sys.stdout.isatty() else None
    typer.echo(steerless(json.dumps(content, ensure_ascii=False, indent=indent)))

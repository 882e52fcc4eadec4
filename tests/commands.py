"""The console scripts, run in this process or in one of their own."""

import io
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from api.cli import ask_command, main

COMMANDS = {"ask": ask_command, "wenzheng": main}


@dataclass(frozen=True)
class Outcome:
    """What a command left behind."""

    status: object
    out: str
    err: str


Run = Callable[..., Outcome]


class Typed(io.TextIOWrapper):
    """Standard input; `is_terminal` says whether a person types it."""

    def __init__(self, content: bytes, *, is_terminal: bool) -> None:
        super().__init__(io.BytesIO(content), encoding="utf-8")
        self._is_terminal = is_terminal

    def isatty(self) -> bool:
        return self._is_terminal


def runner(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Return what runs a console script in this process."""

    def call(
        program: str, *arguments: str, stdin: bytes = b"", is_terminal: bool = False
    ) -> Outcome:
        monkeypatch.setattr(sys, "argv", [program, *arguments])
        with Typed(stdin, is_terminal=is_terminal) as stream:
            monkeypatch.setattr(sys, "stdin", stream)
            with pytest.raises(SystemExit) as ended:
                COMMANDS[program]()
        captured = capsys.readouterr()
        return Outcome(ended.value.code, captured.out, captured.err)

    return call


def process(program: str, *arguments: str) -> list[str]:
    """The command line that runs a console script in a new process."""
    function = COMMANDS[program].__name__
    start = f"import sys; sys.argv[0] = '{program}'; from api.cli import {function} as f; f()"
    return [sys.executable, "-c", start, *arguments]


def use_own_folders(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep a test from the index, the settings, the history and the language of whoever runs it."""
    for name in [name for name in os.environ if name.startswith("WENZHENG_")]:
        monkeypatch.delenv(name)
    variables = "FORCE_COLOR NO_COLOR COLUMNS LC_ALL LC_MESSAGES LANG"
    for name in variables.split():
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_DATA_HOME", str(folder / "data"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(folder / "config"))
    monkeypatch.setenv("XDG_STATE_HOME", str(folder / "state"))

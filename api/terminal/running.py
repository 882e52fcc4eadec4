"""Runs a command as a well-behaved process: streams, error messages, exit status.

Exit status: 0 answered or done, 3 the documents do not say, 2 wrong use, 1 anything else; Typer
adds 130 for Ctrl-C.
"""

import io
import sys
from collections.abc import Sequence

import typer

from api.terminal.visible import visible
from qa.errors import (
    DocumentNotFoundError,
    InvalidQuestionError,
    NothingMatchesError,
    SettingsError,
    WenzhengError,
)

EXIT_FAILURE = 1
EXIT_WRONG_USE = 2
EXIT_NO_ANSWER = 3

_LONGEST_INPUT = 100_000
"""Characters read from standard input: far more than a question may have."""


def run(app: typer.Typer, arguments: Sequence[str]) -> None:
    """Run a command; an error is a line on standard error, never a traceback."""
    _make_streams_tolerant()
    try:
        app(list(arguments))
    except (
        DocumentNotFoundError,
        InvalidQuestionError,
        NothingMatchesError,
        SettingsError,
    ) as error:
        complain(str(error))
        sys.exit(EXIT_WRONG_USE)
    except WenzhengError as error:
        complain(str(error))
        sys.exit(EXIT_FAILURE)
    except OSError as error:
        known = error.filename and error.strerror
        complain(f"{error.filename}: {error.strerror}" if known else str(error))
        sys.exit(EXIT_FAILURE)


def complain(message: str) -> None:
    """Write an error message for a person."""
    typer.echo(f"Error: {visible(message)}", err=True)


def confirm(statement: str, *, yes: bool, remedy: str) -> None:
    """Go on only with --yes, or where a person at a terminal says so.

    `statement` says what would be done, `remedy` what to do where nobody can be asked. Raises
    typer.Exit or typer.Abort.
    """
    if yes:
        return
    if sys.stdin is None or not sys.stdin.isatty():
        complain(f"{statement} {remedy}")
        raise typer.Exit(EXIT_WRONG_USE)
    typer.confirm(visible(f"{statement} Go on?"), abort=True, err=True)


def some_of(names: Sequence[str], shown: int = 3) -> str:
    """Return the first few names and how many more there are.

    >>> some_of(["a", "b", "c", "d", "e"])
    'a, b, c and 2 more'
    """
    more = len(names) - shown
    return ", ".join(names[:shown]) + (f" and {more} more" if more > 0 else "")


def read_question(words: Sequence[str]) -> str | None:
    """Return the question, None where a person at a terminal is to type some."""
    if words:
        return " ".join(words)
    if sys.stdin is None:  # closed by whoever started the process
        return ""
    return None if sys.stdin.isatty() else sys.stdin.read(_LONGEST_INPUT)


def _make_streams_tolerant() -> None:
    """Escape what an encoding cannot hold, instead of ending; pipes carry UTF-8."""
    if isinstance(sys.stdin, io.TextIOWrapper):
        sys.stdin.reconfigure(errors="surrogateescape")  # the check of the question tells
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            encoding = stream.encoding if stream.isatty() else "utf-8"
            stream.reconfigure(encoding=encoding, errors="backslashreplace")

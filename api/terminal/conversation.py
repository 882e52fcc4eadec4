"""Questions typed one after another at a terminal, each asked with the turns before it."""

import contextlib
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import platformdirs

from api.citing import FindDocument
from api.labels import terminal_language
from api.terminal.markdown import as_markdown
from api.terminal.spoken import (
    CLEARED,
    CONVERSATION_HELP,
    SAVED,
    Command,
    command_of,
    save_target,
)
from api.terminal.visible import visible
from qa.errors import InvalidQuestionError, WenzhengError
from qa.types import Answer, Filter, Message

if TYPE_CHECKING:
    from qa.assistant import Assistant

_HISTORY_LINES = 1000
_PROMPT = "> "
_ANY_QUESTION = "?"


class SaveError(WenzhengError):
    """Answers cannot be saved so; says why and what to do."""


def converse(
    assistant: "Assistant",
    *,
    top_k: int,
    within: Filter | None = None,
    show: Callable[[Answer], None],
    complain: Callable[[str], None],
) -> None:
    """Answer typed questions until `exit` or the end of input (Ctrl-D); Ctrl-C drops the line.

    Raises NothingMatchesError, before anything is typed, where the filter leaves no document.
    """
    if within is not None:
        assistant.sentences(_ANY_QUESTION, k=1, within=within)
    language = terminal_language(os.environ)
    answers: list[Answer] = []
    with _line_history():
        for typed in _typed_lines():
            command, target = command_of(typed), save_target(typed)
            if command is Command.EXIT:
                return
            if command is Command.HELP:
                sys.stdout.write(f"{CONVERSATION_HELP[language]}\n")
                continue
            if command is Command.CLEAR:
                answers.clear()
                _clear_screen()
                sys.stdout.write(f"{CLEARED[language]}\n")
                continue
            try:
                if target is not None:
                    _save(target, answers, assistant.document)
                    sys.stdout.write(f"{SAVED[language].format(visible(str(target)))}\n")
                    continue
                messages = [*_turns(answers), Message("user", typed)]
                answer = assistant.ask(messages, top_k=top_k, within=within)
            except (InvalidQuestionError, SaveError) as error:
                complain(str(error))
                continue
            show(answer)
            sys.stdout.write("\n")
            answers.append(answer)


def _turns(answers: Sequence[Answer]) -> Iterator[Message]:
    for answer in answers:
        yield Message("user", answer.question)
        yield Message("assistant", answer.text)


def _save(path: Path, answers: Sequence[Answer], find_document: FindDocument) -> None:
    """Write the answers to a new file. Raises SaveError."""
    if not answers:
        raise SaveError("There is no answer to save yet. Ask something first.")
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(as_markdown(answers, find_document))
    except FileExistsError as error:
        raise SaveError(f"{path} exists, and is left as it is. Choose another name.") from error
    except OSError as error:
        reason = error.strerror or str(error)
        raise SaveError(f"{path}: {reason}. Choose another place.") from error


def _clear_screen() -> None:
    if sys.stdout.isatty():
        from rich.console import Console

        Console().clear()


def _typed_lines() -> Iterator[str]:
    while True:
        try:
            line = input(_PROMPT if sys.stdout.isatty() else "")
        except KeyboardInterrupt:
            sys.stdout.write("\n")
            continue
        except EOFError:
            sys.stdout.write("\n")
            return
        if line.strip():
            yield line


@contextlib.contextmanager
def _line_history() -> Iterator[None]:
    """Keep typed questions between runs where the terminal library and the disk allow it."""
    try:
        import readline
    except ImportError:
        yield
        return
    path = platformdirs.user_state_path("wenzheng") / "history"
    readline.set_history_length(_HISTORY_LINES)
    with contextlib.suppress(OSError):
        readline.read_history_file(path)
    try:
        yield
    finally:
        with contextlib.suppress(OSError):
            path.parent.mkdir(parents=True, exist_ok=True)
            readline.write_history_file(path)

"""Questions typed one after another at a terminal, each asked with the turns before it."""

import contextlib
import sys
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import platformdirs

from qa.errors import InvalidQuestionError
from qa.types import Answer, Filter, Message

if TYPE_CHECKING:
    from qa.assistant import Assistant

_HISTORY_LINES = 1000
_PROMPT = "> "
_ANY_QUESTION = "?"


def converse(
    assistant: "Assistant",
    *,
    top_k: int,
    within: Filter | None = None,
    show: Callable[[Answer], None],
    complain: Callable[[str], None],
) -> None:
    """Answer typed questions until the end of input (Ctrl-D); Ctrl-C drops the line.

    Raises NothingMatchesError, before anything is typed, where the filter leaves no document.
    """
    if within is not None:
        assistant.sentences(_ANY_QUESTION, k=1, within=within)
    turns: list[Message] = []
    with _line_history():
        for question in _typed_lines():
            asked = Message("user", question)
            try:
                answer = assistant.ask([*turns, asked], top_k=top_k, within=within)
            except InvalidQuestionError as error:
                complain(str(error))
                continue
            show(answer)
            sys.stdout.write("\n")
            turns += [asked, Message("assistant", answer.text)]


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

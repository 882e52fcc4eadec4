"""The commands `ask` and `wenzheng`; those that keep the index are in `api.terminal.library`.

What only some commands need is imported inside them: `ask` answers from cold in about a second.
"""

import os
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import typer

from api import DEFAULT_TOP_K, MAX_TOP_K
from api.filtering import make_filter
from api.server import mcp, serve
from api.terminal.conversation import converse
from api.terminal.library import add_library_commands
from api.terminal.listing import add_list_command
from api.terminal.options import (
    CurrentOption,
    IndexOption,
    InOption,
    JsonOption,
    LanguageOption,
    ModelOption,
    PublisherOption,
    SinceOption,
    UntilOption,
    VersionOption,
)
from api.terminal.progress import open_assistant
from api.terminal.running import EXIT_NO_ANSWER, complain, read_question, run
from api.terminal.visible import steerless
from qa.settings import Settings
from qa.types import Answer, Message, Status

if TYPE_CHECKING:
    from qa.assistant import Assistant

_ASK_HELP = """Answer a question from the documents, with exact citations.

Without QUESTION it is read from standard input; at a terminal a conversation begins
(Ctrl-D ends it).
"""

_ASK_EPILOG = """\b
Examples:
  ask "国家级经开区有多少家？"
  ask "How many national development zones are there?" --top-k 10 --json
  echo "國家級經開區有多少家？" | ask --index FOLDER
  ask "补贴标准是什么？" --in "苏州*" --since 2024-05 --current

Exit status: 0 answered, 3 the documents do not say, 2 wrong use, 1 anything else.
"""

_EPILOG = """\b
Examples:
  wenzheng ask "国家级经开区有多少家？"
  wenzheng add documents/ notes.md
  wenzheng list
  wenzheng serve --port 8080
"""

_ask_app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)
_app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)


@_ask_app.command(help=_ASK_HELP, epilog=_ASK_EPILOG)
@_app.command(help=_ASK_HELP, epilog=_ASK_EPILOG)
def ask(  # noqa: PLR0913 (each is an option)
    question: Annotated[list[str] | None, typer.Argument(metavar="QUESTION")] = None,
    *,
    within: InOption = None,
    publisher: PublisherOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    language: LanguageOption = None,
    current: CurrentOption = False,
    json: JsonOption = False,
    top_k: Annotated[
        int, typer.Option("--top-k", "-k", min=1, max=MAX_TOP_K, help="How many passages to find.")
    ] = DEFAULT_TOP_K,
    index: IndexOption = None,
    model: ModelOption = None,
    verbose: Annotated[bool, typer.Option("--verbose", help="Add scores and timings.")] = False,
    _version: VersionOption = False,
) -> None:
    """Answer a question from the documents, with exact citations."""
    from qa.questions.checking import check_question

    asked_of = make_filter(
        documents=within,
        publishers=publisher,
        since=since,
        until=until,
        languages=language,
        current_only=current,
    )
    settings = Settings.read(os.environ, index=index, model=model)
    text = read_question(question or [])
    if text is not None:
        check_question(text)  # before anything is loaded or indexed for it
    assistant = open_assistant(settings, build_if_missing=settings.index_is_default)
    show = _json_writer(assistant) if json else _page_writer(assistant, verbose=verbose)
    if text is None:
        print("Ask about the documents; Ctrl-D ends. 请提问；按 Ctrl-D 结束。", file=sys.stderr)
        converse(assistant, top_k=top_k, within=asked_of, show=show, complain=complain)
        return
    answer = assistant.ask([Message("user", text)], top_k=top_k, within=asked_of)
    show(answer)
    if answer.status is Status.NO_ANSWER:
        raise typer.Exit(EXIT_NO_ANSWER)


add_library_commands(_app)
add_list_command(_app)
_app.command()(serve)
_app.command()(mcp)


@_app.callback(
    invoke_without_command=True,
    help="Wenzheng 问政: cited answers from policy documents in Chinese and English.",
    epilog=_EPILOG,
)
def _overview(context: typer.Context, *, _version: VersionOption = False) -> None:
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())


def main() -> None:
    """Run `wenzheng` with the arguments of the process."""
    run(_app)


def ask_command() -> None:
    """Run `ask` with the arguments of the process."""
    run(_ask_app)


def _json_writer(assistant: "Assistant") -> Callable[[Answer], None]:
    from api.http.schemas import answer_json

    def write(answer: Answer) -> None:
        indent = 2 if sys.stdout.isatty() else None
        text = answer_json(answer, assistant.document).model_dump_json(indent=indent)
        print(steerless(text), flush=True)

    return write


def _page_writer(assistant: "Assistant", *, verbose: bool) -> Callable[[Answer], None]:
    from api.terminal.answers import answer_printer

    return answer_printer(assistant.document, verbose=verbose)

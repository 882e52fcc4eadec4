"""The commands `ask` and `wenzheng`; those that keep the index are in `api.terminal.library`.

What only some commands need is imported inside them: `ask` answers from cold in about a second.
"""

import sys
from collections.abc import Callable, Sequence
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, Annotated

import typer

from api import DEFAULT_TOP_K, MAX_TOP_K
from api.filtering import make_filter
from api.server import mcp, serve
from api.terminal.conversation import converse
from api.terminal.exporting import add_export_command
from api.terminal.library import add_library_commands
from api.terminal.listing import add_list_command
from api.terminal.options import (
    CurrentOption,
    EngineOption,
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
from api.terminal.pushing import PUSH_EPILOG, push
from api.terminal.running import EXIT_NO_ANSWER, complain, read_question, run
from api.terminal.settings import add_settings_command, read_settings
from api.terminal.showing import add_show_command
from api.terminal.spoken import Command, command_of, refuse_command, with_words_last
from api.terminal.visible import steerless
from qa.types import Answer, Message, Status

if TYPE_CHECKING:
    from qa.assistant import Assistant

_ASK_HELP = """Answer a question from the documents, with exact citations.

Without QUESTION it is read from standard input; at a terminal a conversation begins
(`help` says what it takes, `exit` ends it).
"""

_ASK_EPILOG = """\b
Examples:
  ask "国家级经开区有多少家？"
  ask "How many national development zones are there?" --top-k 10 --json
  echo "國家級經開區有多少家？" | ask --index FOLDER
  ask "补贴标准是什么？" --in "苏州*" --since 2024-05 --current
  ask --install-completion           Tab completes options in your shell

Exit status: 0 answered, 3 the documents do not say, 2 wrong use, 1 anything else.
"""

_EPILOG = """\b
Examples:
  wenzheng ask "国家级经开区有多少家？"
  wenzheng add documents/ notes.md
  wenzheng list
  wenzheng show notice.md 第六条
  wenzheng serve --port 8080
  wenzheng --install-completion      Tab completes commands in your shell
"""

_SERVE_EPILOG = """\b
Examples:
  wenzheng serve
  wenzheng serve --port 8080 --index FOLDER
  WENZHENG_TOKEN=... wenzheng serve --host 0.0.0.0

Exit status: 130 ended by Ctrl-C, 2 wrong use, 1 anything else.
"""

_MCP_EPILOG = """\b
Examples:
  wenzheng mcp
  wenzheng mcp --http --port 8001

Exit status: 0 done, 130 ended by Ctrl-C, 2 wrong use, 1 anything else.
"""

_GREETING = "Ask about the documents; help, exit. 请提问；help 帮助，exit 退出。"

COMMANDS_GROUP = "wenzheng.commands"
"""Entry points of commands that other packages have: a function of the arguments that returns the
exit status."""

_ask_app = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False)
_app = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False)


@_ask_app.command(help=_ASK_HELP, epilog=_ASK_EPILOG)
@_app.command(help=_ASK_HELP, epilog=_ASK_EPILOG)
def ask(  # noqa: PLR0913 (each is an option)
    context: typer.Context,
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
    engine: EngineOption = None,
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
    settings = read_settings(index=index, model=model, engine=engine)
    text = read_question(question or [])
    if text is not None:  # before anything is loaded or indexed for it
        check_question(text)
        refuse_command(text)
        if command_of(text) is Command.HELP and not json:
            typer.echo(context.get_help())
            return
    assistant = open_assistant(settings, build_if_missing=settings.index_is_default)
    show = _json_writer(assistant) if json else _page_writer(assistant, verbose=verbose)
    if text is None:
        print(_GREETING, file=sys.stderr)
        converse(assistant, top_k=top_k, within=asked_of, show=show, complain=complain)
        return
    answer = assistant.ask([Message("user", text)], top_k=top_k, within=asked_of)
    show(answer)
    if answer.status is Status.NO_ANSWER:
        raise typer.Exit(EXIT_NO_ANSWER)


add_library_commands(_app)
add_list_command(_app)
add_show_command(_app)
add_export_command(_app)
add_settings_command(_app)
_app.command(epilog=PUSH_EPILOG)(push)
_app.command(epilog=_SERVE_EPILOG)(serve)
_app.command(epilog=_MCP_EPILOG)(mcp)


@_app.command(
    "eval",
    add_help_option=False,
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True},
)
def evaluate(context: typer.Context) -> None:
    """Measure answers with questions of your own: `init` drafts them, `run` asks them."""
    raise typer.Exit(_command("eval")(context.args))


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
    arguments = sys.argv[1:]
    if arguments[:1] == ["ask"]:
        arguments = ["ask", *_without_guessing(arguments[1:])]
    run(_app, arguments)


def ask_command() -> None:
    """Run `ask` with the arguments of the process."""
    run(_ask_app, _without_guessing(sys.argv[1:]))


def _without_guessing(arguments: Sequence[str]) -> list[str]:
    """The arguments of `ask`, so that a question such as -10℃ is not taken for an option."""
    options = typer.main.get_command(_ask_app).params
    valued = {name for option in options if option.nargs == 1 for name in option.opts}
    flags = {
        name for option in options if getattr(option, "is_flag", False) for name in option.opts
    }
    return with_words_last(arguments, valued - flags)


def _command(name: str) -> Callable[[Sequence[str]], int]:
    """A command of another package, by its entry point: no import of ours leads there."""
    found = entry_points(group=COMMANDS_GROUP, name=name)
    if not found:
        raise OSError(f"The command {name} is not installed; install wenzheng again.")
    command: Callable[[Sequence[str]], int] = next(iter(found)).load()
    return command


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

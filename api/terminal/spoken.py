"""Words that are for the program and no question: help, clear, exit; `save FILE.md`; -10℃, which is
a question, though it looks like an option."""

import unicodedata
from collections.abc import Collection, Sequence
from enum import StrEnum
from pathlib import Path

from qa.errors import InvalidQuestionError
from qa.types import Language


class Command(StrEnum):
    """What a single word may ask of a conversation."""

    HELP = "help"
    CLEAR = "clear"
    EXIT = "exit"


_WORDS = {
    **dict.fromkeys(("help", "?", "帮助", "幫助", "説明", "說明"), Command.HELP),
    **dict.fromkeys(("clear", "清空", "清屏"), Command.CLEAR),
    **dict.fromkeys(("exit", "quit", "退出", "離開", "离开"), Command.EXIT),
}
_AROUND = " \t./:!。"  # /help and :quit are what other programs want
_SAVE = "save "
_LONGEST = 20

CONVERSATION_HELP = {
    Language.SIMPLIFIED: """\
直接提问，或就上一个问题追问（“那宁波呢？”）。
  clear          清空：不再接着前面的问题
  save 文件.md   把到此为止的问答存为 Markdown
  help、?        帮助
  exit、quit     退出（Ctrl-D 亦可）""",
    Language.TRADITIONAL: """\
直接提問，或就上一個問題追問（「那寧波呢？」）。
  clear          清空：不再接著前面的問題
  save 檔案.md   把到此為止的問答存為 Markdown
  help、?        說明
  exit、quit     離開（Ctrl-D 亦可）""",
    Language.ENGLISH: """\
Ask about the documents, or follow up on the question before ("And in 2024?").
  clear          begin anew: what was asked before is forgotten
  save FILE.md   write the answers so far as Markdown
  help, ?        this help
  exit, quit     leave (as Ctrl-D does)""",
}
CLEARED = {
    Language.SIMPLIFIED: "已清空，重新开始。",
    Language.TRADITIONAL: "已清空，重新開始。",
    Language.ENGLISH: "Begun anew.",
}
SAVED = {
    Language.SIMPLIFIED: "已存为 {}",
    Language.TRADITIONAL: "已存為 {}",
    Language.ENGLISH: "Saved as {}",
}


def command_of(text: str) -> Command | None:
    """The command that a text is, None where it is a question.

    >>> command_of("Quit"), command_of("？"), command_of("help me with the subsidy")
    (<Command.EXIT: 'exit'>, <Command.HELP: 'help'>, None)
    """
    if len(text) > _LONGEST:
        return None
    return _WORDS.get(unicodedata.normalize("NFKC", text).strip(_AROUND).casefold())


def save_target(text: str) -> Path | None:
    """The file of `save FILE.md`, None for any other text."""
    text = text.strip()
    name = text[len(_SAVE) :].strip().strip("'\"")
    is_save = text[: len(_SAVE)].casefold() == _SAVE and name.casefold().endswith(".md")
    return Path(name).expanduser() if is_save else None


def refuse_command(text: str) -> None:
    """Raise InvalidQuestionError where a text is a word of conversations, of which there is none.

    A request for help is answered elsewhere.
    """
    if command_of(text) in (Command.CLEAR, Command.EXIT):
        word = text.strip()
        raise InvalidQuestionError(
            f'The question "{word}" is a word of conversations; type ask alone to begin one.'
        )


def with_words_last(arguments: Sequence[str], valued: Collection[str]) -> list[str]:
    """Put words that begin with a minus, but are no option, where none is expected: behind `--`.

    `valued` are the options that take a value. All other words go there too, in their order.

    >>> with_words_last(["-10℃", "以下", "--json", "-k", "3"], {"-k"})
    ['--json', '-k', '3', '--', '-10℃', '以下']
    """
    options: list[str] = []
    words: list[str] = []
    rest = iter(arguments)
    for argument in rest:
        if argument == "--":
            words.extend(rest)
        elif _is_option(argument):
            options.append(argument)
            if argument in valued:
                options.extend(next(([value] for value in rest), []))
        else:
            words.append(argument)
    if not any(word.startswith("-") for word in words):
        return list(arguments)
    return [*options, "--", *words]


def _is_option(argument: str) -> bool:
    """Whether a word is an option: those begin with a letter of ASCII behind one or two -."""
    name = argument.removeprefix("-").removeprefix("-")
    return argument.startswith("-") and name[:1].isascii() and name[:1].isalpha()

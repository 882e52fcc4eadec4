"""The commands `ask` and `wenzheng`: output, exit status, and what goes wrong."""

import io
import json
import os
import pty
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from http.client import HTTPConnection
from pathlib import Path

import pytest
from commands import Run, process, runner, use_own_folders
from fastapi.testclient import TestClient

from api.http.app import create_app
from api.server import open_port, reserve_port
from api.terminal.conversation import converse
from qa.assistant import Assistant, open_assistant
from qa.errors import InvalidQuestionError
from qa.settings import Settings
from qa.types import Answer, Filter, Language, Message, Status, Timings

ROOT = Path(__file__).parents[1]
TEXT = "试点共有十六项措施。\n\n苏州排名第一。\n\nThe pilot zone opened in 1994.\n"
QUESTION = "试点共有多少项措施？"
UNANSWERED = "Who won the 1966 world cup?"


@pytest.fixture(autouse=True)
def own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    use_own_folders(tmp_path, monkeypatch)


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    return runner(monkeypatch, capsys)


@pytest.fixture(scope="module")
def documents(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("documents")
    (folder / "plan.txt").write_text(TEXT, encoding="utf-8")
    (folder / "other.txt").write_text("国家级经开区有232家。\n\n天气很好。\n", encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def index(documents: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A small index that tests only read."""
    folder = tmp_path_factory.mktemp("index")
    command = process("wenzheng", "index", str(documents), "--index", str(folder))
    subprocess.run(command, check=True, capture_output=True, cwd=ROOT)
    return str(folder)


@pytest.fixture(scope="module")
def assistant(index: str) -> Assistant:
    return open_assistant(Settings.read({}, index=Path(index)))


def test_ask_prints_the_answer_and_its_source(run: Run, index: str) -> None:
    outcome = run("ask", QUESTION, "--index", index)
    assert (outcome.status, outcome.err) == (0, "")
    assert re.match(r"(?s).*试点共有十六项措施。 \[1\]\n.+\n\n来源\n\[1\] ", outcome.out)


def test_the_index_can_be_named_by_the_environment(
    run: Run, index: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WENZHENG_INDEX", index)
    assert run("wenzheng", "ask", QUESTION).status == 0


def test_status_3_says_that_the_documents_do_not(run: Run, index: str) -> None:
    outcome = run("ask", UNANSWERED, "--index", index)
    assert outcome.status == 3
    assert re.match(r"The documents do not say\..*\n\nClosest passages\n- ", outcome.out)


def test_json_is_the_object_of_the_http_service(run: Run, index: str, assistant: Assistant) -> None:
    outcome = run("ask", QUESTION, "--json", "-k", "2", "--index", index)
    body = {"messages": [{"role": "user", "content": QUESTION}], "top_k": 2}
    served = TestClient(create_app(assistant)).post("/chat", json=body).json()
    printed = json.loads(outcome.out)
    assert list(printed) == list(served)
    assert list(printed.pop("timings_ms")) == list(served.pop("timings_ms"))
    assert printed == served
    assert len(printed["passages"]) == 2


def test_json_keeps_status_3(run: Run, index: str) -> None:
    outcome = run("ask", UNANSWERED, "--json", "--index", index)
    assert (outcome.status, json.loads(outcome.out)["status"]) == (3, "no_answer")


def test_json_cannot_steer_a_terminal(run: Run, tmp_path: Path) -> None:
    (tmp_path / "odd.txt").write_text("\x9b31m试点共有十六项措施。\x7f\n", encoding="utf-8")
    index = str(tmp_path / "index")
    assert run("wenzheng", "index", str(tmp_path / "odd.txt"), "--index", index).status == 0
    out = run("ask", QUESTION, "--json", "--index", index).out
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f]", out)
    assert "\x9b31m" in json.loads(out)["passages"][0]["text"]


def test_words_make_one_question(run: Run, index: str) -> None:
    out = run("ask", "pilot", "zone", "--json", "--index", index, "opened").out
    assert json.loads(out)["question"] == "pilot zone opened"


def test_standard_input_is_one_question(run: Run, index: str) -> None:
    typed = "\n试点共有\n多少项措施？\n\n".encode()
    out = run("ask", "--json", "--index", index, stdin=typed).out
    assert json.loads(out)["question"] == "试点共有\n多少项措施？"


def test_verbose_adds_scores_and_timings(run: Run, index: str) -> None:
    plain = run("ask", QUESTION, "--index", index).out
    verbose = run("ask", QUESTION, "--index", index, "--verbose").out
    assert re.fullmatch(
        r"\n检索到的段落\n( \d +\d\.\d{3}  \w+\.txt · 第 \d 段\n)+"
        r"置信度 [\d.]+\n用时（毫秒）：.+\n",
        verbose.removeprefix(plain),
    )


@pytest.mark.parametrize(
    ("arguments", "stdin"),
    [
        ([""], b""),
        ([" \u3000"], b""),
        ([], b""),
        ([], b"\n \n"),
        (["问" * 2001], b""),
        ([], b"q" * 200_000),
        (["a\x1b[31mb"], b""),
        (["\udcff"], b""),
        ([], "国家".encode("gb18030")),
    ],
)
def test_a_bad_question_is_wrong_use(
    run: Run, index: str, arguments: Sequence[str], stdin: bytes
) -> None:
    outcome = run("ask", *arguments, "--index", index, stdin=stdin)
    assert (outcome.status, outcome.out) == (2, "")
    assert re.fullmatch(r"Error: The question .*\n", outcome.err)


@pytest.mark.parametrize(
    "arguments",
    [
        ["ask", "q", "--top-k", "0"],
        ["ask", "q", "-k", "51"],
        ["ask", "q", "-k", "five"],
        ["ask", "q", "--bogus"],
        ["wenzheng", "bogus"],
        ["wenzheng", "serve", "--port", "65536"],
        ["wenzheng", "index", "--bogus"],
    ],
)
def test_a_bad_option_is_wrong_use(run: Run, arguments: Sequence[str]) -> None:
    outcome = run(*arguments)
    assert (outcome.status, outcome.out) == (2, "")
    assert "Usage: " in outcome.err
    assert "Error: " in outcome.err


def test_a_stated_folder_without_an_index_is_an_error(run: Run, tmp_path: Path) -> None:
    outcome = run("ask", QUESTION, "--index", str(tmp_path / "none"))
    assert (outcome.status, outcome.out) == (1, "")
    assert re.fullmatch(r"Error: No index in \S+none\. .*wenzheng index.*\n", outcome.err)
    assert not (tmp_path / "none").exists()


def test_a_damaged_index_is_an_error(run: Run, documents: Path, tmp_path: Path) -> None:
    index = tmp_path / "index"
    run("wenzheng", "index", str(documents / "plan.txt"), "--index", str(index))
    next(index.rglob("passages.jsonl")).write_text("{}")
    outcome = run("ask", QUESTION, "--index", str(index))
    assert (outcome.status, outcome.out) == (1, "")
    assert re.fullmatch(r"Error: The index in \S+ is damaged .*wenzheng index.*\n", outcome.err)


def test_the_mcp_server_without_its_extra_says_how_to_get_it(
    run: Run, index: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(sys.modules, "api.http.mcp", raising=False)
    monkeypatch.setitem(sys.modules, "mcp", None)  # as if it were not installed
    monkeypatch.setitem(sys.modules, "mcp.server", None)
    outcome = run("wenzheng", "mcp", "--index", index)
    assert (outcome.status, outcome.out) == (1, "")
    assert outcome.err == (
        "Error: The MCP server needs the extra mcp: pip install 'wenzheng[mcp]'\n"
    )


@pytest.mark.slow
def test_an_unknown_model_is_an_error(run: Run, index: str, tmp_path: Path) -> None:
    outcome = run("ask", QUESTION, "--index", index, "--model", str(tmp_path / "no-model"))
    assert (outcome.status, outcome.out) == (1, "")
    assert re.fullmatch(r"Error: .*no-model.*\n", outcome.err)


def test_index_reports_what_it_read_and_skipped(run: Run, tmp_path: Path) -> None:
    (tmp_path / "good.txt").write_text(TEXT, encoding="utf-8")
    (tmp_path / "empty.txt").write_text("")
    paths = [str(tmp_path), str(tmp_path / "missing.txt")]
    outcome = run("wenzheng", "index", *paths, "--index", str(tmp_path / "index"))
    assert outcome.status == 0
    first, folder, *skipped = outcome.out.splitlines()
    assert first.startswith("Documents 1, passages ")
    assert folder == f"Index: {tmp_path / 'index'}"
    assert sorted(re.findall(r"(\w+\.txt): .+", "\n".join(skipped))) == [
        "empty.txt",
        "missing.txt",
    ]


def test_indexing_again_embeds_nothing_and_add_keeps_documents(run: Run, tmp_path: Path) -> None:
    for name, text in (("a", "试点有十六项措施。"), ("b", "苏州排名第一。")):
        (tmp_path / f"{name}.txt").write_text(text, encoding="utf-8")
    arguments = ["--index", str(tmp_path / "index")]
    run("wenzheng", "index", str(tmp_path / "a.txt"), *arguments)
    again = run("wenzheng", "index", str(tmp_path / "a.txt"), *arguments).out
    assert re.search(r"embedded 0, reused [12],", again)
    added = run("wenzheng", "index", str(tmp_path / "b.txt"), "--add", *arguments).out
    assert added.startswith("Documents 2,")
    replaced = run("wenzheng", "index", str(tmp_path / "b.txt"), "--yes", *arguments).out
    assert "Removed: a.txt\n" in replaced


def test_nothing_to_index_is_an_error_and_keeps_the_index(
    run: Run, documents: Path, tmp_path: Path
) -> None:
    index = str(tmp_path / "index")
    run("wenzheng", "index", str(documents / "plan.txt"), "--index", index)
    (tmp_path / "empty").mkdir()
    (tmp_path / "binary.txt").write_bytes(bytes(range(256)) * 4)
    names = ["empty", "binary.txt", "missing"]
    paths = [str(tmp_path / name) for name in names]
    outcome = run("wenzheng", "index", *paths, "--yes", "--index", index)
    assert (outcome.status, outcome.out) == (1, "")
    error = next(line for line in outcome.err.splitlines() if line.startswith("Error: "))
    assert all(path in error for path in paths)
    assert run("ask", QUESTION, "--index", index).status == 0


def test_a_folder_that_cannot_be_written_is_an_error(run: Run, documents: Path) -> None:
    file = documents / "plan.txt"
    outcome = run("wenzheng", "index", str(file), "--index", str(file / "index"))
    assert (outcome.status, outcome.out) == (1, "")
    assert outcome.err.splitlines()[-1].startswith(f"Error: {file}")


def test_a_port_in_use_is_an_error(run: Run, index: str) -> None:
    with reserve_port("127.0.0.1", 0) as taken:
        open_port(taken)
        port = str(taken.getsockname()[1])
        outcome = run("wenzheng", "serve", "--port", port, "--index", index)
    assert (outcome.status, outcome.out) == (1, "")
    assert re.fullmatch(rf"Error: .*port {port} .*--port\.\n", outcome.err)


@pytest.mark.parametrize("program", ["ask", "wenzheng"])
def test_version(run: Run, program: str) -> None:
    outcome = run(program, "--version")
    assert outcome.status == 0
    assert re.fullmatch(r"wenzheng \S+\n", outcome.out)


@pytest.mark.parametrize("arguments", [["ask", "--help"], ["wenzheng"], ["wenzheng", "--help"]])
def test_help_has_examples_and_lines_that_fit(run: Run, arguments: Sequence[str]) -> None:
    outcome = run(*arguments)
    assert outcome.status == 0
    assert 'ask "国家级经开区有多少家？"' in outcome.out
    assert max(map(len, outcome.out.splitlines())) <= 80


def test_colour_is_for_those_who_want_it(
    run: Run, index: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "\x1b" not in run("ask", QUESTION, "--index", index).out
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert "\x1b[1;36m[1]" in run("ask", QUESTION, "--index", index).out
    monkeypatch.setenv("NO_COLOR", "1")
    assert not re.search(r"\x1b\[[\d;]*3\d", run("ask", QUESTION, "--index", index).out)


def test_a_terminal_sees_a_progress_bar(
    run: Run, documents: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("FORCE_COLOR", "1")
    arguments = [str(documents / "plan.txt"), "--index", str(tmp_path / "index")]
    outcome = run("wenzheng", "index", *arguments)
    assert re.search(r"Embedding.*━.*(\d+)/\1", outcome.err)
    assert "\x1b" not in outcome.out


class RecordingAssistant(Assistant):
    """Answers every question but `bad` with `yes`, and keeps what it was asked."""

    def __init__(self) -> None:
        self.asked: list[list[str]] = []

    def ask(
        self,
        messages: Sequence[Message],
        *,
        top_k: int = 5,
        within: Filter | None = None,
        found: object = None,
        deadline: object = None,
    ) -> Answer:
        self.asked.append([f"{message.role}: {message.content}" for message in messages])
        if messages[-1].content == "bad":
            raise InvalidQuestionError("that is bad")
        return Answer(
            question=messages[-1].content,
            language=Language.ENGLISH,
            status=Status.NO_ANSWER,
            text="yes",
            confidence=0.0,
            citations=(),
            hits=(),
            timings_ms=Timings(embed=0, search=0, answer=0, total=0),
        )


def test_a_conversation_sends_the_turns_before(monkeypatch: pytest.MonkeyPatch) -> None:
    assistant = RecordingAssistant()
    shown: list[str] = []
    complaints: list[str] = []
    monkeypatch.setattr(sys, "stdin", io.StringIO("first\n\n  \nbad\nsecond\n"))
    converse(
        assistant,
        top_k=3,
        show=lambda answer: shown.append(answer.question),
        complain=complaints.append,
    )
    assert assistant.asked == [
        ["user: first"],
        ["user: first", "assistant: yes", "user: bad"],
        ["user: first", "assistant: yes", "user: second"],
    ]
    assert (shown, complaints) == (["first", "second"], ["that is bad"])


def converse_with(monkeypatch: pytest.MonkeyPatch, typed: str) -> tuple[list[str], list[str]]:
    """Type lines into a conversation; returns the last message of each question, and complaints."""
    assistant, complaints = RecordingAssistant(), list[str]()
    monkeypatch.setattr(sys, "stdin", io.StringIO(typed))
    converse(assistant, top_k=3, show=lambda _answer: None, complain=complaints.append)
    return [" | ".join(messages) for messages in assistant.asked], complaints


@pytest.mark.parametrize("word", ["exit", "quit", "退出", "/exit"])
def test_a_word_ends_a_conversation(monkeypatch: pytest.MonkeyPatch, word: str) -> None:
    asked, _ = converse_with(monkeypatch, f"first\n{word}\nsecond\n")
    assert asked == ["user: first"]


@pytest.mark.parametrize("word", ["clear", "清空"])
def test_a_word_begins_a_conversation_anew(monkeypatch: pytest.MonkeyPatch, word: str) -> None:
    asked, _ = converse_with(monkeypatch, f"first\n{word}\nsecond\nthird\n")
    assert asked == ["user: first", "user: second", "user: second | assistant: yes | user: third"]


def test_help_in_a_conversation_asks_no_document_and_speaks_the_terminal_s_language(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for locale, word in (
        ("zh_CN.UTF-8", "退出"),
        ("zh_TW.UTF-8", "離開"),
        ("en_GB.UTF-8", "leave"),
    ):
        monkeypatch.setenv("LANG", locale)
        assert converse_with(monkeypatch, "help\n?\n")[0] == []
        assert capsys.readouterr().out.count(word) == 2


def test_the_answers_of_a_conversation_are_saved_once(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = tmp_path / "some answers.md"
    typed = f"save {path}\nfirst\nsecond\nsave {path}\nsave {path}\nsave {tmp_path}/no/a.md\n"
    _, complaints = converse_with(monkeypatch, typed)
    assert path.read_text(encoding="utf-8") == "## first\n\nyes\n\n## second\n\nyes\n"
    nothing, exists, nowhere = complaints
    assert nothing == "There is no answer to save yet. Ask something first."
    assert exists == f"{path} exists, and is left as it is. Choose another name."
    assert nowhere.startswith(f"{tmp_path}/no/a.md: ")


@pytest.mark.parametrize("word", ["help", "?", "？", "帮助"])
def test_a_word_for_help_alone_shows_the_help(run: Run, tmp_path: Path, word: str) -> None:
    outcome = run("ask", word, "--index", str(tmp_path / "none"))
    assert (outcome.status, outcome.err) == (0, "")
    assert outcome.out.startswith("Usage: ")
    assert run("ask", "--index", str(tmp_path / "none"), stdin=word.encode()).out == outcome.out


@pytest.mark.parametrize("word", ["exit", "quit", "clear", "退出"])
@pytest.mark.parametrize("options", [[], ["--json"]])
def test_a_word_of_conversations_alone_is_wrong_use(
    run: Run, tmp_path: Path, word: str, options: list[str]
) -> None:
    outcome = run("ask", word, "--index", str(tmp_path / "none"), *options)
    assert (outcome.status, outcome.out) == (2, "")
    assert outcome.err == (
        f'Error: The question "{word}" is a word of conversations; type ask alone to begin one.\n'
    )


@pytest.mark.parametrize("program", [["ask"], ["wenzheng", "ask"]])
@pytest.mark.parametrize("words", [["-10℃以下停课吗？"], ["--", "-10℃以下停课吗？"]])
def test_a_question_that_begins_with_a_minus_is_no_option(
    run: Run, index: str, program: list[str], words: list[str]
) -> None:
    outcome = run(*program, "--json", "--index", index, *words)
    assert json.loads(outcome.out)["question"] == "-10℃以下停课吗？"


def test_settings_say_where_each_comes_from(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "wenzheng.toml").write_text("library = 'docs'\n[limits]\nthreads = 3\n")
    monkeypatch.setenv("WENZHENG_MODEL", "some/model")
    shown = run("wenzheng", "settings", "--index", "here")
    assert (shown.status, shown.err) == (0, "")
    lines = [" ".join(line.split()) for line in shown.out.splitlines()]
    file = tmp_path / "wenzheng.toml"
    assert "index here (--index)" in lines
    assert f"library {tmp_path / 'docs'} ({file})" in lines
    assert "model some/model (WENZHENG_MODEL)" in lines
    assert "limits.questions_per_minute 600 (default)" in lines
    assert f"limits.threads 3 ({file})" in lines
    assert f"read: {file}" in lines
    as_json = json.loads(run("wenzheng", "settings", "--json").out)
    assert as_json["limits.threads"] == {"value": 3, "from": str(file)}


@pytest.mark.parametrize("command", [["ask", "q"], ["wenzheng", "list"], ["wenzheng", "serve"]])
def test_a_setting_that_is_none_is_wrong_use(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: list[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "wenzheng.toml").write_text("indx = 'a'\n")
    outcome = run(*command)
    assert (outcome.status, outcome.out) == (2, "")
    assert re.match(r"Error: \S+wenzheng\.toml: indx is no setting; write index, or ", outcome.err)


def test_the_index_can_be_named_by_a_file(
    run: Run, index: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = tmp_path / "config" / "wenzheng" / "wenzheng.toml"
    own.parent.mkdir(parents=True)
    own.write_text(f"index = '{index}'\n")
    assert run("ask", QUESTION).status == 0
    monkeypatch.chdir(tmp_path)
    (tmp_path / "wenzheng.toml").write_text("index = 'none'\n")
    assert "No index in" in run("ask", QUESTION).err


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "offered"),
    [
        ("wenzheng se", {"settings", "serve"}),
        ("wenzheng ask --top", {"--top-k"}),
        ("wenzheng show p", {"plan.txt"}),
    ],
)
def test_a_shell_completes_commands_options_and_documents(
    index: str, words: str, offered: set[str]
) -> None:
    asking = {"_WENZHENG_COMPLETE": "complete_bash", "COMP_WORDS": words}
    place = {"COMP_CWORD": str(words.count(" ")), "WENZHENG_INDEX": index}
    done = subprocess.run(
        process("wenzheng"),
        cwd=ROOT,
        env={**os.environ, **asking, **place},
        capture_output=True,
        text=True,
        check=False,
    )
    assert set(done.stdout.split()) == offered


def test_eval_is_a_command_that_takes_its_own_options(run: Run, tmp_path: Path) -> None:
    gold = str(tmp_path / "none.jsonl")
    outcome = run("wenzheng", "eval", "run", "--gold", gold)
    assert outcome.status == 2
    assert f"{gold}: no such file; begin one with: wenzheng eval init" in outcome.err
    helped = run("wenzheng", "eval", "--help")
    assert helped.status == 0
    assert helped.out.startswith("usage: wenzheng eval ")
    assert run("wenzheng", "eval").out == helped.out


def read_until(screen: int, text: str) -> str:
    """Return what a terminal shows up to a text that must appear within 20 s of silence."""
    seen = b""
    while text not in seen.decode(errors="ignore"):
        ready, _, _ = select.select([screen], [], [], 20)
        assert ready, seen.decode(errors="replace")
        seen += os.read(screen, 4096)
    return seen.decode(errors="ignore")


@pytest.mark.slow
def test_a_conversation_at_a_terminal(index: str, tmp_path: Path) -> None:
    screen, terminal = pty.openpty()
    command = process("ask", "--index", index)
    with subprocess.Popen(
        command, cwd=ROOT, stdin=terminal, stdout=terminal, stderr=terminal
    ) as child:
        os.close(terminal)
        try:
            read_until(screen, "> ")
            os.write(screen, f"{QUESTION}\n".encode())
            assert "十六项" in read_until(screen, "\n> ")
            os.write(screen, b"half a line")
            read_until(screen, "half a line")
            time.sleep(0.5)  # Python overlooks a signal between two waits for a key
            child.send_signal(signal.SIGINT)  # Ctrl-C drops the line
            read_until(screen, "\n> ")
            os.write(screen, b"\x04")  # Ctrl-D
            assert child.wait(20) == 0
        finally:
            child.kill()
            os.close(screen)
    history = (tmp_path / "state" / "wenzheng" / "history").read_text(encoding="utf-8")
    assert history.splitlines() == [QUESTION]


@pytest.mark.slow
def test_a_question_loads_neither_torch_nor_the_http_service(index: str) -> None:
    command = process("ask", QUESTION, "--index", index)
    command[2] = (
        "import atexit, sys; atexit.register(lambda: sys.stderr.write(' '.join(sys.modules)));"
        + command[2]
    )
    loaded = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=True
    ).stderr.split()
    assert "qa.assistant" in loaded
    assert not {"torch", "transformers", "fastapi", "uvicorn", "scipy"} & set(loaded)


@pytest.mark.slow
@pytest.mark.parametrize("options", [[], ["--json"]])
def test_a_reader_that_goes_away_is_no_failure_to_report(
    index: str, options: Sequence[str]
) -> None:
    command = process("ask", QUESTION, *options, "--index", index)
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as child:
        assert child.stdout
        assert child.stderr
        child.stdout.close()
        assert (child.wait(30), child.stderr.read()) == (1, b"")


@pytest.mark.slow
def test_a_pipe_gets_plain_utf_8_whatever_the_locale(index: str) -> None:
    environment = {**os.environ, "PYTHONIOENCODING": "ascii", "TERM": "xterm-256color"}
    command = process("ask", QUESTION, "--index", index)
    out = subprocess.run(command, cwd=ROOT, capture_output=True, check=True, env=environment).stdout
    assert "十六项措施" in out.decode()
    assert b"\x1b" not in out


@pytest.mark.slow
def test_the_first_question_indexes_the_seeds(tmp_path: Path) -> None:
    command = process("ask", "国家级经开区有多少家？", "--json")
    first = subprocess.run(command, cwd=ROOT, capture_output=True, check=True, text=True)
    assert "Indexing: embedding" in first.stderr
    assert json.loads(first.stdout)["citations"][0]["source"].endswith(".txt")
    assert (tmp_path / "data" / "wenzheng" / "index" / "CURRENT").is_file()
    second = subprocess.run(command, cwd=ROOT, capture_output=True, check=True, text=True)
    assert second.stderr == ""
    assert json.loads(second.stdout)["answer"] == json.loads(first.stdout)["answer"]


@pytest.mark.slow
def test_ctrl_c_while_indexing_leaves_no_traceback_and_no_index(tmp_path: Path) -> None:
    command = process("wenzheng", "index", "--index", str(tmp_path / "index"))
    with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True) as child:
        assert child.stderr
        while "embedding" not in child.stderr.readline():
            pass
        child.send_signal(signal.SIGINT)
        assert (child.wait(30), child.stderr.read()) == (130, "")
    assert not (tmp_path / "index" / "CURRENT").exists()


@pytest.fixture
def service(index: str) -> Iterator[tuple[subprocess.Popen[str], HTTPConnection]]:
    """`wenzheng serve` in a process of its own, and a connection to it."""
    command = process("wenzheng", "serve", "--port", "0", "--index", index)
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout
        found = re.search(r"http://([\d.]+):(\d+)", child.stdout.readline())
        assert found
        connection = HTTPConnection(found[1], int(found[2]), timeout=30)
        yield child, connection
        connection.close()
        child.kill()


@pytest.mark.slow
def test_serve_answers_refuses_and_ends_at_ctrl_c(
    service: tuple[subprocess.Popen[str], HTTPConnection],
) -> None:
    child, connection = service
    headers = {"Content-Type": "application/json"}

    def post(body: bytes | Iterator[bytes]) -> tuple[int, dict[str, object]]:
        connection.request("POST", "/chat", body, headers, encode_chunked=True)
        response = connection.getresponse()
        return response.status, json.loads(response.read())

    question = json.dumps({"messages": [{"role": "user", "content": QUESTION}]}).encode()
    status, answer = post(question)
    assert (status, answer["question"]) == (200, QUESTION)
    assert post(b"{")[0] == 422
    for _ in range(3):
        assert post(b" " * 5_000_000)[0] == 413
    headers["Transfer-Encoding"] = "chunked"
    assert post(iter([b" " * 60_000] * 50))[0] == 413
    assert post(iter([question]))[0] == 200
    child.send_signal(signal.SIGINT)
    assert child.wait(30) == 130


@pytest.mark.slow
def test_serve_keeps_the_limits_of_a_file(index: str, tmp_path: Path) -> None:
    (tmp_path / "wenzheng.toml").write_text("[limits]\nquestions_per_minute = 1\n")
    command = process("wenzheng", "serve", "--port", "0", "--index", index)
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, text=True) as child:
        try:
            assert child.stdout
            found = re.search(r"http://([\d.]+):(\d+)", child.stdout.readline())
            assert found
            statuses = []
            for _ in range(2):
                connection = HTTPConnection(found[1], int(found[2]), timeout=30)
                body = json.dumps({"messages": [{"role": "user", "content": QUESTION}]})
                connection.request("POST", "/chat", body, {"Content-Type": "application/json"})
                statuses.append(connection.getresponse().status)
                connection.close()
            assert statuses == [200, 429]
        finally:
            child.kill()


@pytest.mark.slow
def test_serve_refuses_a_declared_size_without_waiting_for_the_body(
    service: tuple[subprocess.Popen[str], HTTPConnection],
) -> None:
    _, connection = service
    connection.putrequest("POST", "/chat")
    connection.putheader("Content-Length", "100000000")
    connection.endheaders()
    response = connection.getresponse()
    assert response.status == 413
    assert "65536 bytes" in json.loads(response.read())["detail"]

"""What a reader sees: layout, line breaks, marks, and text that is not trusted."""

import io
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from api.citing import version_words
from api.terminal.answers import AnswerPrinter
from api.terminal.markdown import as_markdown
from api.terminal.spoken import Command, command_of, save_target, with_words_last
from api.terminal.verdict import verdict_words
from api.terminal.visible import visible
from api.terminal.wrapping import wrap
from qa.types import (
    Answer,
    Citation,
    Coverage,
    Document,
    Hit,
    Language,
    Passage,
    Status,
    Timings,
    Version,
)

DOCUMENT = Document(
    id="d1",
    title="试点方案",
    publisher="新华社",
    issued="2025-07-14",
    language=Language.SIMPLIFIED,
    source="plan.txt",
    text="试点共有十六项措施。",
)
PASSAGE = Passage(
    id="p1",
    document_id="d1",
    paragraph=7,
    start=0,
    end=10,
    text=DOCUMENT.text,
    language=Language.SIMPLIFIED,
)
CITATION = Citation(
    index=1,
    document_id="d1",
    title=DOCUMENT.title,
    publisher=DOCUMENT.publisher,
    date=DOCUMENT.date,
    source=DOCUMENT.source,
    paragraph=7,
    start_char=0,
    end_char=10,
    cited_text=DOCUMENT.text,
    language=Language.SIMPLIFIED,
)
ANSWER = Answer(
    question="试点有多少项措施？",
    language=Language.SIMPLIFIED,
    status=Status.GROUNDED,
    text="试点共有十六项措施。 [1]",
    confidence=0.8345,
    citations=(CITATION,),
    hits=(Hit(PASSAGE, 0.71234),),
    timings_ms=Timings(embed=17.25, search=1.4, answer=2.0, total=20.65),
)
LED = replace(ANSWER, short_answer="16项", text=f"16项 [1]\n{ANSWER.text}", confidence=0.9)
RENDERED = replace(ANSWER, text="There are sixteen. [1]")
"""Answers in other words than its source, which is quoted."""

LIST = replace(
    ANSWER,
    status=Status.PARTIAL,
    text="试点共有16项措施，包括： [1]\n- 试点 [1]\n- 措施 [1]",
    coverage=Coverage(2, 16),
)
NO_ANSWER = replace(
    ANSWER,
    language=Language.ENGLISH,
    status=Status.NO_ANSWER,
    text="The documents do not say.",
    citations=(),
)
ESCAPE_SEQUENCE = re.compile(r"\x1b\[[\d;]*m")


def printed(
    answer: Answer,
    *,
    document: Document = DOCUMENT,
    verbose: bool = False,
    terminal_width: int | None = None,
) -> str:
    """Return what is written, to a colour terminal of that width or to a pipe."""
    console = Console(
        file=io.StringIO(),
        force_terminal=terminal_width is not None,
        color_system="standard" if terminal_width else None,
        width=terminal_width or 80,
        markup=False,
        emoji=False,
        highlight=False,
    )
    AnswerPrinter(console, lambda _id: document, verbose=verbose).print(answer)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_an_answer_comes_first_and_then_its_sources() -> None:
    assert printed(ANSWER) == (
        "试点共有十六项措施。 [1]\n"
        "比较有把握\n"
        "\n"
        "来源\n"
        "[1] 试点方案\n"
        "    新华社 · 2025-07-14 · 第 7 段\n"
    )


def test_a_source_is_quoted_where_the_answer_does_not_say_it_word_for_word() -> None:
    wrapped = replace(CITATION, cited_text="试点共有十六\n项措施。")
    assert printed(replace(ANSWER, citations=(wrapped,))) == printed(ANSWER)
    for text in ("試點共有十六項措施。 [1]", "There are sixteen measures. [1]"):
        assert printed(replace(ANSWER, text=text)).endswith("第 7 段\n    试点共有十六项措施。\n")


@pytest.mark.parametrize("end", ["。", "", "！"])
def test_a_short_answer_that_is_the_sentence_is_said_once(end: str) -> None:
    sentence = ANSWER.text.replace("。", end)
    twice = replace(
        ANSWER, short_answer="试点共有十六项措施", text=f"试点共有十六项措施 [1]\n{sentence}"
    )
    assert printed(twice) == printed(replace(ANSWER, text=sentence))
    first = printed(twice, terminal_width=80).split("\n")[0]
    assert first == f"\x1b[1m试点共有十六项措施{end}\x1b[0m \x1b[1;36m[1]\x1b[0m"
    more = replace(twice, text=f"{twice.text} 天气很好。 [1]")
    assert printed(more).split("\n")[0] == f"{sentence} 天气很好。 [1]"


def test_a_short_answer_of_other_words_stands_above_the_sentence() -> None:
    half = replace(ANSWER, short_answer="十六项措施", text=f"十六项措施 [1]\n{ANSWER.text}")
    assert printed(half).split("\n")[:2] == ["十六项措施 [1]", ANSWER.text]


def test_the_short_answer_stands_first_and_bold() -> None:
    evidence = printed(ANSWER).replace("比较有把握", "文件中有明确依据")
    assert printed(LED) == f"16项 [1]\n{evidence}"
    first, second, *_, sure = printed(LED, terminal_width=80).split("\n\n")[0].split("\n")
    assert first == "\x1b[1m16项\x1b[0m \x1b[1;36m[1]\x1b[0m"
    assert second == "试点共有十六项措施。 \x1b[1;36m[1]\x1b[0m"
    assert sure == "\x1b[2m文件中有明确依据\x1b[0m"


@pytest.mark.parametrize(
    ("confidence", "words"),
    [
        (1.0, ("文件中有明确依据", "文件中有明確依據", "Well supported by the documents")),
        (0.85, ("文件中有明确依据", "文件中有明確依據", "Well supported by the documents")),
        (0.84, ("比较有把握", "比較有把握", "Fairly sure")),
        (0.6, ("比较有把握", "比較有把握", "Fairly sure")),
        (0.59, ("把握不大，请核对原文", "把握不大，請核對原文", "Not very sure: check the source")),
    ],
)
def test_how_sure_an_answer_is_is_told_in_words(confidence: float, words: Sequence[str]) -> None:
    for language, told in zip(Language, words, strict=True):
        answer = replace(LED, confidence=confidence, language=language)
        assert verdict_words(answer) == [told]
        assert printed(answer).split("\n\n")[0].endswith(f"[1]\n{told}")


def test_an_answer_that_says_no_is_not_said_to_be_sure() -> None:
    assert verdict_words(NO_ANSWER) == []


def test_a_follow_up_is_shown_as_it_was_understood() -> None:
    follow_up = replace(ANSWER, question="有多少项？", resolved_question="试点有多少项措施？")
    assert printed(follow_up) == "理解为：试点有多少项措施？\n" + printed(ANSWER)
    same = replace(ANSWER, resolved_question=ANSWER.question)
    assert printed(same) == printed(ANSWER)


def test_matches_are_marked_by_the_question_as_it_was_understood() -> None:
    follow_up = replace(RENDERED, question="那呢？", resolved_question="试点呢？")
    assert "\x1b[1;31m试点\x1b[0m" in printed(follow_up, terminal_width=60)


def test_unknown_metadata_is_left_out() -> None:
    bare = replace(CITATION, title="", publisher="", date="")
    assert "[1] plan.txt\n    第 7 段\n" in printed(replace(ANSWER, citations=(bare,)))


NEWER = replace(DOCUMENT, id="d2", title="试点方案（修订）", issued="2026-01-02")


def source_lines(citation: Citation, **changes: object) -> list[str]:
    """What is printed of a source, where the newer document is of the changed title or date."""
    newer = replace(NEWER, **changes)  # type: ignore[arg-type]
    shown = printed(replace(RENDERED, citations=(citation,)), document=newer)
    return shown.split("来源\n")[1].splitlines()


def test_a_source_says_under_which_headings_and_article_it_stands() -> None:
    placed = replace(CITATION, label="第六条", path=("第二章 补贴标准", "第一节"))
    assert source_lines(placed) == [
        "[1] 试点方案 · 第二章 补贴标准 · 第一节 · 第六条",
        "    新华社 · 2025-07-14",
        "    试点共有十六项措施。",
    ]
    assert source_lines(replace(CITATION, path=("第二章",)))[:2] == [
        "[1] 试点方案 · 第二章",
        "    新华社 · 2025-07-14 · 第 7 段",
    ]


def test_a_source_says_whether_it_is_in_force_and_what_replaced_it() -> None:
    current = replace(CITATION, version=Version.CURRENT)
    old = replace(CITATION, version=Version.SUPERSEDED, replaced_by="d2")
    known = "    新华社 · 2025-07-14 · 第 7 段"
    assert source_lines(current)[1] == f"{known} · 现行"
    assert source_lines(old)[1] == f"{known} · 已被《试点方案（修订）》代替"
    assert source_lines(old, title="《试点方案（修订）》")[1] == source_lines(old)[1]
    assert source_lines(old, title="试点方案")[1] == f"{known} · 已被《试点方案》（2026-01-02）代替"
    assert source_lines(old, title="")[1] == f"{known} · 已被《plan.txt》代替"


def test_what_replaced_a_source_may_be_unknown() -> None:
    def missing(document_id: str) -> Document:
        raise KeyError(document_id)

    old = replace(CITATION, version=Version.SUPERSEDED, replaced_by="gone")
    for language, words in (
        (Language.SIMPLIFIED, "已废止"),
        (Language.TRADITIONAL, "已廢止"),
        (Language.ENGLISH, "superseded"),
    ):
        assert version_words(old, language, missing) == words
    assert version_words(CITATION, Language.ENGLISH, missing) == ""


def test_a_table_row_is_shown_as_it_stands_and_with_the_heads_of_its_columns() -> None:
    row = replace(CITATION, cited_text="| 甲 | 500 |", reading="项目：甲；金额：500元")
    assert source_lines(row)[2:] == ["    | 甲 | 500 |", "    项目：甲；金额：500元"]


def test_a_row_that_the_answer_tells_with_its_heads_is_not_told_so_again() -> None:
    row = replace(CITATION, cited_text="| 甲 | 500 |", reading="项目：甲；金额：500元")
    told = replace(ANSWER, text="项目：甲；金额：500元 [1]", citations=(row,))
    assert printed(told).endswith("第 7 段\n    | 甲 | 500 |\n")


def test_the_closest_passages_are_named_by_their_article() -> None:
    article = replace(PASSAGE, label="第六条")
    assert "\n- 试点方案 · 第六条\n" in printed(replace(NO_ANSWER, hits=(Hit(article, 0.7),)))


def test_a_partial_answer_says_so_in_the_asker_s_script() -> None:
    partial = replace(ANSWER, status=Status.PARTIAL, language=Language.TRADITIONAL)
    assert printed(partial).startswith(
        "试点共有十六项措施。 [1]\n文件只回答了這個問題的一部分 · 比較有把握\n\n來源\n"
    )


def test_a_list_has_an_item_a_line_and_says_once_that_it_is_cut() -> None:
    lines = printed(LIST).split("\n")
    assert lines[:3] == ["试点共有16项措施，包括： [1]", "- 试点 [1]", "- 措施 [1]"]
    assert lines[3] == "共 16 项，文件列出了其中 2 项 · 比较有把握"
    assert verdict_words(replace(LIST, coverage=Coverage(16, 16))) == [
        "完整：16 项均已列出",
        "比较有把握",
    ]


def test_an_item_that_takes_two_lines_is_indented() -> None:
    long = replace(ANSWER, text="- 一二三四五六 [1]")
    shown = ESCAPE_SEQUENCE.sub("", printed(long, terminal_width=12))
    assert shown.split("\n")[:2] == ["- 一二三四五", "  六 [1]"]


def test_no_answer_shows_the_closest_passages() -> None:
    long = replace(PASSAGE, text="一" * 119 + "\n二三")
    assert printed(replace(NO_ANSWER, hits=(Hit(PASSAGE, 0.7), Hit(long, 0.5)))) == (
        "The documents do not say.\n"
        "\n"
        "Closest passages\n"
        "- 试点方案 · paragraph 7\n"
        "  试点共有十六项措施。\n"
        "- 试点方案 · paragraph 7\n"
        f"  {'一' * 119} …\n"
    )


def test_no_answer_shows_three_passages_at_most() -> None:
    assert printed(replace(NO_ANSWER, hits=(Hit(PASSAGE, 0.7),) * 5)).count("\n- ") == 3


def test_no_answer_from_an_index_without_passages() -> None:
    assert printed(replace(NO_ANSWER, hits=())) == "The documents do not say.\n"


def test_verbose_adds_scores_and_timings() -> None:
    added = printed(ANSWER, verbose=True).removeprefix(printed(ANSWER))
    assert added == (
        "\n"
        "检索到的段落\n"
        " 1   0.712  plan.txt · 第 7 段\n"
        "置信度 0.83\n"
        "用时（毫秒）：向量 17.2，检索 1.4，作答 2.0，合计 20.6\n"
    )


def test_a_terminal_marks_the_question_s_words_in_the_quotation() -> None:
    source = printed(RENDERED, terminal_width=80).split("来源")[1]
    marked = re.findall(r"\x1b\[1;31m(.+?)\x1b\[0m", source)
    assert "措施" in "".join(marked)
    assert "十六" not in "".join(marked)


@pytest.mark.parametrize("width", [12, 40, 200])
@pytest.mark.parametrize("answer", [ANSWER, LED, LIST, NO_ANSWER])
def test_a_terminal_shows_the_words_of_a_pipe(answer: Answer, width: int) -> None:
    shown = ESCAPE_SEQUENCE.sub("", printed(answer, terminal_width=width))
    assert "".join(shown.split()) == "".join(printed(answer).split())
    assert max(map(cell_len, shown.split("\n"))) <= width


def test_a_pipe_gets_long_lines_whole() -> None:
    long = "很长的一句话，" * 100 + "完。"
    assert f"    {long}\n" in printed(
        replace(ANSWER, citations=(replace(CITATION, cited_text=long),))
    )


UNTRUSTED = "[bold red]a[/] :smile: \x1b[2J\x1b]0;title\x07 b\x9b31mc \u202eevil"
UNTRUSTED_SHOWN = "[bold red]a[/] :smile: ␛[2J␛]0;title␇ b\ufffd31mc \ufffdevil"


@pytest.mark.parametrize("terminal_width", [None, 200])
def test_documents_cannot_steer_the_terminal(terminal_width: int | None) -> None:
    citation = replace(
        CITATION,
        title=UNTRUSTED,
        publisher=UNTRUSTED,
        date=UNTRUSTED,
        cited_text=f"{UNTRUSTED}!",
        label=UNTRUSTED,
        path=(UNTRUSTED,),
        reading=f"{UNTRUSTED}?",
        version=Version.SUPERSEDED,
        replaced_by="d1",
    )
    hostile = replace(DOCUMENT, title=UNTRUSTED, source=UNTRUSTED)
    text = f"{UNTRUSTED} [1]\n- {UNTRUSTED} [1]"
    answered = replace(ANSWER, short_answer=UNTRUSTED, text=text, citations=(citation,))
    refused = replace(NO_ANSWER, hits=(Hit(replace(PASSAGE, text=UNTRUSTED), 0.5),))
    for answer, times in ((answered, 11), (refused, 3)):
        shown = printed(answer, document=hostile, verbose=True, terminal_width=terminal_width)
        plain = ESCAPE_SEQUENCE.sub("", shown)
        assert plain.count(UNTRUSTED_SHOWN) == times
        assert not [c for c in plain if unicodedata.category(c) in ("Cc", "Cs") and c != "\n"]


@given(st.text(st.characters()))
def test_visible_text_keeps_its_length_and_cannot_steer(text: str) -> None:
    shown = visible(text)
    assert len(shown) == len(text)
    assert not [c for c in shown if unicodedata.category(c) in ("Cc", "Cs") and c != "\n"]
    assert not [c for c in shown if unicodedata.bidirectional(c) in ("RLO", "LRO", "RLE", "RLI")]
    assert visible(shown) == shown


@pytest.mark.parametrize("text", ["深圳 CPTPP 條例（2025）。", "", "😀é\n二", "ＣＰＴＰＰ"])
def test_ordinary_text_is_shown_as_it_is(text: str) -> None:
    assert visible(text) == text


WRAPPED = {
    "chinese breaks anywhere": ("一二三四五六", 4, ["一二", "三四", "五六"]),
    "a comma stays with its character": ("一二，三", 4, ["一", "二，", "三"]),
    "so does an ASCII comma": ("一二,三", 4, ["一", "二,", "三"]),
    "an opening quote goes with what follows": ("一“二三”", 4, ["一", "“二", "三”"]),
    "english breaks at spaces": ("open to trade", 7, ["open to", "trade"]),
    "a word wider than the line is cut": ("abcdefgh", 3, ["abc", "def", "gh"]),
    "a marker stays with its sentence": ("一二。 [1] 三", 9, ["一", "二。 [1]", "三"]),
    "mixed text fills the line": ("一 [1] 二三四", 9, ["一 [1] 二", "三四"]),
    "line ends stay": ("一\n\n二", 9, ["一", "", "二"]),
    "nothing": ("", 9, [""]),
}


@pytest.mark.parametrize(("text", "width", "lines"), WRAPPED.values(), ids=WRAPPED.keys())
def test_lines_end_where_a_reader_expects(text: str, width: int, lines: list[str]) -> None:
    assert [line.plain for line in wrap(Text(text), width)] == lines


PRINTABLE = st.text(st.sampled_from("一二，。（）“” ab1.,\n[]") | st.characters())


@given(PRINTABLE, st.integers(2, 30))
def test_wrapping_keeps_every_character_and_the_width(text: str, width: int) -> None:
    text = visible(text)
    lines = [line.plain for line in wrap(Text(text), width)]
    assert "".join("".join(lines).split()) == "".join(text.split())
    assert max(map(cell_len, lines)) <= width


def test_wrapping_keeps_styles_on_their_words() -> None:
    text = Text("一二三四五六")
    text.stylize("bold", 1, 5)
    styled = [line.plain[span.start : span.end] for line in wrap(text, 4) for span in line.spans]
    assert styled == ["二", "三四", "五"]


def test_answers_as_markdown_have_question_answer_and_sources() -> None:
    other = replace(RENDERED, question="And?", language=Language.ENGLISH)
    assert as_markdown([LED, other], lambda _id: DOCUMENT) == (
        "## 试点有多少项措施？\n\n**16项** \\[1\\]\n\n试点共有十六项措施。 \\[1\\]\n\n"
        "*文件中有明确依据*\n\n**来源**\n\n"
        "- \\[1\\] 试点方案 · 新华社 · 2025-07-14 · 第 7 段\n\n"
        "## And?\n\nThere are sixteen. \\[1\\]\n\n*Fairly sure*\n\n**Sources**\n\n"
        "- \\[1\\] 试点方案 · 新华社 · 2025-07-14 · paragraph 7\n\n  > 试点共有十六项措施。\n"
    )


def test_a_list_stays_a_list_in_markdown_and_a_no_has_no_sources() -> None:
    listed = as_markdown([LIST], lambda _id: DOCUMENT)
    assert "包括： \\[1\\]\n\n- 试点 \\[1\\]\n- 措施 \\[1\\]\n\n*共 16 项" in listed
    refused = as_markdown([NO_ANSWER], lambda _id: DOCUMENT)
    assert refused == "## 试点有多少项措施？\n\nThe documents do not say.\n"


def test_what_a_document_says_is_no_markdown() -> None:
    hostile = "[a](http://b) <script> **c** `d` # e | ~f~\n\n# g\n![h](i)"
    citation = replace(CITATION, title=hostile, cited_text=f"{hostile}.")
    answer = replace(ANSWER, text=f"{hostile} [1]", citations=(citation,))
    written = as_markdown([answer], lambda _id: DOCUMENT)
    assert not re.findall(r"(?<!\\)[\[\]<`|~!]", written)
    assert [line for line in written.split("\n") if line.startswith("#")] == [
        "## 试点有多少项措施？"
    ]


COMMANDS = {
    "help": Command.HELP,
    " HELP ": Command.HELP,
    "？": Command.HELP,
    "/help": Command.HELP,
    "帮助": Command.HELP,
    "說明": Command.HELP,
    "Clear.": Command.CLEAR,
    "清空": Command.CLEAR,
    "exit": Command.EXIT,
    ":quit": Command.EXIT,
    "ｑｕｉｔ": Command.EXIT,
    "退出": Command.EXIT,
    "": None,
    "help me": None,
    "退出机制是什么？": None,
    "exit tax": None,
    "q" * 100_000: None,
}


@pytest.mark.parametrize(("text", "command"), COMMANDS.items(), ids=range(len(COMMANDS)))
def test_single_words_are_commands_and_questions_are_not(
    text: str, command: Command | None
) -> None:
    assert command_of(text) is command


def test_only_a_markdown_file_is_saved_to() -> None:
    assert save_target(" save 'answers one.md' ") == Path("answers one.md")
    assert save_target("Save a.MD") == Path("a.MD")
    assert save_target("save the environment") is None
    assert save_target("a.md") is None


WORDS = {
    "nothing to mend": (["q", "--json", "-k", "3"], ["q", "--json", "-k", "3"]),
    "a minus before a number": (["-10℃", "--json"], ["--json", "--", "-10℃"]),
    "words keep their order": (["a", "-1", "b", "-k", "3"], ["-k", "3", "--", "a", "-1", "b"]),
    "a minus before Chinese": (["-以下"], ["--", "-以下"]),
    "two of them": (["--10"], ["--", "--10"]),
    "a letter is an option": (["-x", "--bogus"], ["-x", "--bogus"]),
    "a value may look so": (["--in", "-1*", "q"], ["--in", "-1*", "q"]),
    "behind -- all are words": (
        ["-k", "3", "--", "--json", "-1"],
        ["-k", "3", "--", "--json", "-1"],
    ),
    "a value that is missing": (["-1", "-k"], ["-k", "--", "-1"]),
    "nothing": ([], []),
}


@pytest.mark.parametrize(("given", "mended"), WORDS.values(), ids=WORDS.keys())
def test_a_question_may_begin_with_a_minus(given: list[str], mended: list[str]) -> None:
    assert with_words_last(given, {"-k", "--in"}) == mended

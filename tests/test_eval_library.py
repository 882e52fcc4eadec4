import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fakes import make_document
from rich.console import Console

from eval.__main__ import main
from eval.judging import Outcome
from eval.library.conversation_report import failed_turns_text, turn_table, turns_record
from eval.library.conversations import read_conversations, run_conversations, summarize_turns
from eval.library.gold import Library, LibraryQuestion, locate, parse_question, read_library
from eval.library.judging import LibraryResult, says
from eval.library.report import failures_text, library_tables, lost_text, to_json
from eval.library.running import LibraryReport, run_library, summarize
from eval.questions import InputFileError
from qa.types import Answer, Citation, Document, Hit, Language, Message, Passage, Status, Timings

RULES = """青山市设备补贴办法

第一条 按设备投资额的
12%给予补贴，单个项目最高800万元。

第二条 申请人应当在6月30日前申报。逾期不予受理。

第三条 本办法由市经信局解释。

青山市经信局
2025年3月1日
"""
PRICES = """绿水市供热价格

| 用户 | 价格 |
|---|---|
| 居民 | 24元 |
| 商业 | 39元 |

申请人应当在6月30日前申报。
"""
DOCUMENTS = {
    "rules.txt": make_document(RULES, "rules.txt"),
    "prices.md": make_document(PRICES, "prices.md"),
}
GOOD: dict[str, Any] = {
    "id": "1",
    "lang": "zh-Hans",
    "kind": "figure",
    "question": "补贴多少？",
    "file": "rules.txt",
    "evidence": "按设备投资额的12%给予补贴，单个项目最高800万元。",
    "answer_all": ["12%", "800万|8,000,000"],
    "must_not": ["18%"],
    "unanswerable": False,
    "why": "a key that is passed over",
}


def question(**changes: object) -> LibraryQuestion:
    return parse_question(json.dumps({**GOOD, **changes}), "gold.jsonl:1")


def place(words: str, source: str) -> tuple[Document, int, int]:
    document = DOCUMENTS[source]
    start = document.text.index(words)
    return document, start, start + len(words)


def hit(words: str, source: str = "rules.txt") -> Hit:
    document, start, end = place(words, source)
    passage = Passage(
        f"{source}:{start}", document.id, 1, start, end, words, document.language, label="第一条"
    )
    return Hit(passage, 1.0)


def quote(words: str, source: str = "rules.txt") -> Citation:
    document, start, end = place(words, source)
    return Citation(1, document.id, "", "", "", source, 1, start, end, words, Language.SIMPLIFIED)


def answer(
    text: str, hits: Sequence[Hit] = (), cited: Sequence[Citation] = (), confidence: float = 0.9
) -> Answer:
    """An answer; no text is a refusal."""
    return Answer(
        question="",
        language=Language.SIMPLIFIED,
        status=Status.GROUNDED if text else Status.NO_ANSWER,
        text=text or "文件没有说。",
        confidence=confidence,
        citations=tuple(cited),
        hits=tuple(hits),
        timings_ms=Timings(0, 0, 0, 5),
    )


class CannedAssistant:
    """Gives every question the same answer and sentences, and remembers how it was asked."""

    def __init__(self, given: Answer, sentences: Sequence[Citation] = ()) -> None:
        self._answer = given
        self._sentences = tuple(sentences)
        self.asked: list[tuple[str, int]] = []

    def ask(self, messages: Sequence[Message], *, top_k: int = 5) -> Answer:
        self.asked.append((messages[-1].content, top_k))
        return self._answer

    def sentences(self, text: str, k: int = 10) -> tuple[Citation, ...]:
        self.asked.append((text, k))
        return self._sentences


def ask(asked: LibraryQuestion, given: Answer, sentences: Sequence[Citation] = ()) -> LibraryResult:
    library = Library("small", Path(), (asked,))
    assistant = CannedAssistant(given, sentences)
    (result,) = run_library(assistant, library, list(DOCUMENTS.values()))
    assert set(assistant.asked) == {(asked.question, 12), (asked.question, 10)}
    return result


FIRST = "按设备投资额的\n12%给予补贴，单个项目最高800万元。"
SECOND = "申请人应当在6月30日前申报。逾期不予受理。"


def test_everything_found_and_said() -> None:
    result = ask(question(), answer("补贴12%，最高800万元。", [hit(FIRST)]), [quote(FIRST)])
    assert result.outcome is Outcome.RIGHT
    assert (result.held_at, result.said_at, result.lost) == ((1,), (1,), ())
    assert result.scores == {
        **dict.fromkeys(("document@1", "evidence@3", "evidence@5", "evidence@12"), 1.0),
        **dict.fromkeys(("any evidence@3", "sentence@10", "any sentence@10"), 1.0),
        "any sentence@1": 1.0,
        "right": 1.0,
        "refused wrongly": 0.0,
        "cites heading": 0.0,
    }


@pytest.mark.parametrize(
    ("before", "held"), [(0, {3, 5, 12}), (2, {3, 5, 12}), (3, {5, 12}), (5, {12}), (12, set())]
)
def test_evidence_counts_within_the_first_passages(before: int, held: set[int]) -> None:
    others = [hit("第三条 本办法由市经信局解释。")] * before
    scores = ask(question(), answer("12%", [*others, hit(FIRST)])).scores
    assert {k for k in (3, 5, 12) if scores[f"evidence@{k}"]} == held
    assert scores["document@1"] == 1.0


def test_passages_hold_evidence_together() -> None:
    """Each has half of the evidence; a passage of 90 % of it is as good as all."""
    parts = [hit("按设备投资额的\n12%给予补贴，"), hit("单个项目最高800万元")]
    result = ask(question(), answer("12%", parts), [quote("12%给予补贴，单个项目最高800万元")])
    assert result.held_at == (2,)
    assert result.said_at == (1,)  # 19 of 26 characters


def test_every_evidence_must_be_found_but_for_any() -> None:
    asked = question(evidence=[FIRST, SECOND])
    result = ask(asked, answer("12%", [hit(SECOND)]), [quote("逾期不予受理。"), quote(FIRST)])
    assert (result.held_at, result.said_at) == ((0, 1), (2, 0))
    found = {name for name, score in result.scores.items() if score and "@" in name}
    assert found == {"document@1", "any evidence@3", "any sentence@10"}


def test_the_same_words_in_another_file_are_no_evidence() -> None:
    asked = question(evidence="申请人应当在6月30日前申报。")
    result = ask(asked, answer("12%", [hit("申请人应当在6月30日前申报。", "prices.md")]))
    assert result.held_at == (0,)
    assert result.scores["document@1"] == 0.0


def test_table_rows_are_counted_apart() -> None:
    row = "| 居民 | 24元 |"
    asked = question(file=["prices.md", "rules.txt"], evidence=[row, FIRST])
    result = ask(asked, answer("24元", [hit(row, "prices.md")]))
    assert result.scores["rows@3"] == 1.0
    assert result.scores["evidence@3"] == 0.0
    assert "rows@3" not in ask(question(), answer("12%")).scores


def test_several_files_must_all_be_among_the_first_five() -> None:
    asked = question(file=["prices.md", "rules.txt"])
    one, other = hit(FIRST), hit("绿水市供热价格", "prices.md")
    assert ask(asked, answer("12%", [one] * 4 + [other])).scores["documents@5"] == 1.0
    assert ask(asked, answer("12%", [one] * 5 + [other])).scores["documents@5"] == 0.0
    assert ask(asked, answer("12%", [one])).scores["document@1"] == 1.0
    assert ask(asked, answer("12%")).scores["document@1"] == 0.0


@pytest.mark.parametrize(
    ("text", "outcome"),
    [
        ("补贴１２％，最高８００萬元。[1]", Outcome.RIGHT),
        ("12%, at most 8000000 yuan", Outcome.RIGHT),
        ("补贴12%。", Outcome.WRONG),
        ("补贴112%，最高800万元。", Outcome.WRONG),
        ("补贴12%，最高800万元，技改18%。", Outcome.WRONG),
        ("", Outcome.REFUSED_WRONGLY),
    ],
)
def test_a_right_answer_says_all_and_nothing_else(text: str, outcome: Outcome) -> None:
    result = ask(question(), answer(text))
    assert result.outcome is outcome
    assert result.scores["right"] == (outcome is Outcome.RIGHT)
    assert result.scores["refused wrongly"] == (not text)


@pytest.mark.parametrize(
    ("said", "wanted", "expected"),
    [
        ("8,000,000 yuan", "8000000", True),
        ("8000000 yuan", "8,000,000", True),
        ("8,000,000 yuan", "8000", False),
        ("1, 2, 345 and 12,34", "1234", False),
    ],
)
def test_commas_within_a_number_do_not_count(said: str, wanted: str, expected: bool) -> None:
    assert says(said, wanted) is expected


def test_a_refusal_of_what_is_not_said_is_right() -> None:
    asked = question(unanswerable=True, evidence="", answer_all=[])
    refused, invented = ask(asked, answer("")), ask(asked, answer("12%"))
    assert (refused.outcome, invented.outcome) == (Outcome.REFUSED_RIGHTLY, Outcome.INVENTED)
    assert refused.scores == {"refused rightly": 1.0}
    assert invented.scores == {"refused rightly": 0.0, "cites heading": 0.0}


def test_citing_a_title_is_noticed_unless_it_is_the_evidence() -> None:
    title = quote("青山市设备补贴办法")
    asked = question(evidence="青山市设备补贴办法")
    assert ask(question(), answer("12%", cited=[title])).scores["cites heading"] == 1.0
    assert ask(asked, answer("12%", cited=[title])).scores["cites heading"] == 0.0


def test_evidence_that_is_not_in_its_file_is_lost() -> None:
    asked = question(evidence=[FIRST, "补贴……800万元"])
    result = ask(asked, answer("12%", [hit(FIRST)]))
    assert result.lost == ("补贴……800万元",)
    assert result.scores["evidence@12"] == 0.0
    assert "small 1: the evidence is not in its file: 补贴……800万元" in str(
        lost_text([report([result])])
    )


def report(results: Sequence[LibraryResult], name: str = "small") -> LibraryReport:
    sources = {document.id: source for source, document in DOCUMENTS.items()}
    return LibraryReport(name, "fake", 7, sources, tuple(results))


def some_results() -> list[LibraryResult]:
    english = question(id="2", lang="en", question="How much?", kind="double")
    nowhere = question(id="3", unanswerable=True, evidence=[], answer_all=[])
    return [
        ask(question(), answer("12%，800万", [hit(FIRST)]), [quote(FIRST)]),
        ask(english, answer("", [hit("| 居民 | 24元 |", "prices.md")], confidence=0.2)),
        ask(nowhere, answer("", confidence=0.1)),
    ]


def test_figures_are_summed_up_by_language_and_kind() -> None:
    summaries = {summary.name: summary for summary in summarize(some_results())}
    assert list(summaries) == ["all", "en", "zh-Hans", "kind double", "kind figure"]
    assert summaries["all"].questions == 3
    assert summaries["all"].intervals["evidence@3"].value == 0.5
    assert summaries["all"].intervals["evidence@3"].questions == 2
    assert summaries["all"].intervals["refused rightly"].value == 1.0
    assert summaries["all"].confidence_auroc == 1.0
    assert summaries["en"].confidence_auroc is None
    assert summaries["en"].intervals["right"].value == 0.0


def test_the_tables_show_every_library_and_all_together() -> None:
    console = Console(width=200, record=True, file=None)
    reports = [report(some_results(), "one"), report(some_results()[1:], "two")]
    with console.capture() as captured:
        for table in library_tables(reports):
            console.print(table)
    shown = captured.get()
    assert "5 questions, 14 passages" in shown
    assert "Each library" in shown
    for words in ("one", "two", "zh-Hans", "evidence@12", "confidence auroc", "double"):
        assert words in shown
    assert len(list(library_tables(reports[:1]))) == 2


def test_failures_are_shown_with_what_was_found_instead() -> None:
    shown = str(failures_text(report(some_results())))
    assert shown.count("fails") == 1
    assert "2  How much?" in shown
    assert "fails document@1, evidence@3, sentence@10; refused, but the documents say" in shown
    assert "in  rules.txt" in shown
    assert "passages –, sentences –: 按设备投资额的12%给予补贴" in shown
    assert "1.  prices.md 第一条: | 居民 | 24元 |" in shown


def test_the_json_has_everything_per_question() -> None:
    record = json.loads(to_json([report(some_results())]))
    assert record.keys() == {"model", "together", "libraries", "conversations"}
    (library,) = record["libraries"]
    assert library["summaries"] == record["together"]
    first = library["questions"][0]
    assert first["evidence"] == [
        {"text": GOOD["evidence"], "passages": 1, "sentences": 1, "lost": False}
    ]
    assert first["outcome"] == "right"
    assert first["hits"][0]["source"] == "rules.txt"
    assert first["sentences"][0]["cited_text"] == FIRST
    assert first["latency_ms"] == 5


def write_library(folder: Path, *records: dict[str, Any]) -> Path:
    (folder / "docs").mkdir(parents=True)
    for name, document in DOCUMENTS.items():
        (folder / "docs" / name).write_text(document.text, encoding="utf-8")
    lines = [json.dumps(record, ensure_ascii=False) for record in records or (GOOD,)]
    (folder / "gold.jsonl").write_text("\n".join(lines) + "\n\n", encoding="utf-8")
    return folder


def test_a_library_is_read_with_its_places(tmp_path: Path) -> None:
    rows = {
        **GOOD,
        "id": "2",
        "evidence": ["| 居民 | 24元 |\n| 商业 | 39元 |"],
        "file": ["prices.md"],
    }
    library = read_library(write_library(tmp_path / "town", GOOD, rows))
    assert library.name == "town"
    assert [asked.id for asked in library.questions] == ["1", "2"]
    assert library.questions[0].answer_all == (("12%",), ("800万", "8,000,000"))
    for asked in library.questions:
        ((found,),) = locate(asked, DOCUMENTS.values())
        text = DOCUMENTS[asked.files[0]].text[found.start : found.end]
        assert "".join(text.split()) == "".join(asked.evidence[0].split())


BAD_LINES = [
    ("{", "not JSON"),
    ("[]", "not a JSON object"),
    (json.dumps({**GOOD, "lang": "fr"}), "lang 'fr' is not one of"),
    (json.dumps({**GOOD, "question": " "}), "question must be a text"),
    (json.dumps({**GOOD, "evidence": 3}), "evidence must be a text or a list of texts"),
    (json.dumps({**GOOD, "evidence": []}), "an answerable question needs a file and evidence"),
    (json.dumps({**GOOD, "file": ""}), "an answerable question needs a file and evidence"),
    (json.dumps(GOOD), "id '1' is also used at"),
]


@pytest.mark.parametrize(("line", "reason"), BAD_LINES)
def test_a_bad_line_is_named(tmp_path: Path, line: str, reason: str) -> None:
    folder = write_library(tmp_path / "town")
    gold = folder / "gold.jsonl"
    gold.write_text(f"{json.dumps(GOOD)}\n{line}\n", encoding="utf-8")
    with pytest.raises(InputFileError) as caught:
        read_library(folder)
    assert str(caught.value).startswith(f"{gold}:2: ")
    assert reason in str(caught.value)


def test_what_is_no_library_ends_with_status_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    empty, no_gold = tmp_path / "empty", write_library(tmp_path / "no-gold")
    empty.mkdir()
    (no_gold / "gold.jsonl").unlink()
    blank = write_library(tmp_path / "blank")
    (blank / "gold.jsonl").write_text("\n", encoding="utf-8")
    for folder, reason in [
        (tmp_path / "missing", "it has no folder docs/"),
        (empty, "it has no folder docs/"),
        (no_gold, "it has no gold.jsonl"),
        (blank, "no questions"),
    ]:
        assert main(["library", str(folder)]) == 2
        error = capsys.readouterr().err
        assert str(folder) in error
        assert reason in error


def test_a_gold_file_that_is_not_there_is_named() -> None:
    with pytest.raises(InputFileError, match=r"gold.jsonl:1: no document gone.txt was indexed"):
        locate(question(file=["rules.txt", "gone.txt"]), DOCUMENTS.values())


def test_sentences_that_run_over_a_gap_do_not_count_its_white_space() -> None:
    result = ask(question(evidence="补贴，\n\n单个"), replace(answer("12%"), hits=(hit(FIRST),)))
    assert result.held_at == (1,)


TALK: dict[str, Any] = {
    "id": "t1",
    "lang": "zh-Hans",
    "turns": [
        {"question": "补贴多少？", "file": "rules.txt", "answer_all": ["12%"], "evidence": FIRST},
        {"question": "何时申报？", "file": "rules.txt", "answer_all": ["6月30日"]},
        {"question": "谁获奖了？", "unanswerable": True},
    ],
}


def write_talks(folder: Path, *talks: object, name: str = "talks.jsonl") -> Path:
    folder.mkdir(exist_ok=True)
    lines = [json.dumps(talk, ensure_ascii=False) for talk in talks]
    (folder / name).write_text("\n".join(lines), encoding="utf-8")
    return folder


class TalkingAssistant(CannedAssistant):
    """Answers each question with the text under it, and remembers the whole conversations."""

    def __init__(self, texts: dict[str, str]) -> None:
        super().__init__(answer(""))
        self._texts = texts
        self.conversations: list[list[str]] = []

    def ask(self, messages: Sequence[Message], *, top_k: int = 5) -> Answer:
        self.conversations.append([message.content for message in messages])
        return answer(self._texts[messages[-1].content])


def talk(others: dict[str, str] | None = None) -> TalkingAssistant:
    known = {"补贴多少？": "补贴12%。", "何时申报？": "6月30日前。", "谁获奖了？": ""}
    return TalkingAssistant(known | (others or {}))


@pytest.mark.parametrize("name", ["talks.jsonl", "conversations.jsonl"])
def test_conversations_are_read(tmp_path: Path, name: str) -> None:
    (read,) = read_conversations(write_talks(tmp_path, TALK, name=name))
    assert [turn.id for turn in read.turns] == ["t1-1", "t1-2", "t1-3"]
    assert {turn.language for turn in read.turns} == {Language.SIMPLIFIED}
    assert [turn.answerable for turn in read.turns] == [True, True, False]
    assert read.turns[1].answer_all == (("6月30日",),)
    assert read_conversations(tmp_path / "none") == ()


@pytest.mark.parametrize(
    ("talks", "reason"),
    [
        (["no object"], "1: not a JSON object"),
        ([{**TALK, "id": " "}], "1: a conversation needs an id"),
        ([{**TALK, "turns": []}], "1: turns must be a list of objects"),
        ([{**TALK, "turns": ["补贴？"]}], "1: turns must be a list of objects"),
        ([{**TALK, "turns": [{"question": ""}]}], "1: question must be a text"),
        ([{**TALK, "lang": "fr"}], "1: lang 'fr' is not one of"),
        ([TALK, TALK], "2: id 't1' is used twice"),
    ],
)
def test_a_bad_conversation_is_named(tmp_path: Path, talks: list[object], reason: str) -> None:
    with pytest.raises(InputFileError, match=f"talks.jsonl:{reason}"):
        read_conversations(write_talks(tmp_path, *talks))


def test_every_turn_is_asked_after_the_assistants_own_answers(tmp_path: Path) -> None:
    assistant = talk()
    count: list[int] = []
    results = run_conversations(
        assistant,
        read_conversations(write_talks(tmp_path, TALK)),
        on_answer=lambda: count.append(1),
    )
    first, second = ["补贴多少？"], ["补贴多少？", "补贴12%。", "何时申报？"]
    assert assistant.conversations == [first, second, [*second, "6月30日前。", "谁获奖了？"]]
    assert len(count) == 3
    assert [result.is_follow_up for result in results] == [False, True, True]
    assert [result.outcome for result in results] == [
        Outcome.RIGHT,
        Outcome.RIGHT,
        Outcome.REFUSED_RIGHTLY,
    ]


def test_turns_are_summed_up_with_and_without_the_first(tmp_path: Path) -> None:
    talks = read_conversations(write_talks(tmp_path, TALK, {**TALK, "id": "t2", "lang": "zh-Hant"}))
    results = run_conversations(talk({"何时申报？": "不知道。", "谁获奖了？": "张三。"}), talks[:1])
    results += run_conversations(talk(), talks[1:])
    summaries = {summary.name: summary for summary in summarize_turns(results)}
    assert list(summaries) == [
        *("all turns", "follow-ups", "follow-ups, zh-Hans", "follow-ups, zh-Hant")
    ]
    everything, follow_ups = summaries["all turns"], summaries["follow-ups"]
    assert (everything.right.value, everything.right.questions) == (4 / 6, 6)
    assert (follow_ups.right.value, follow_ups.right.questions) == (2 / 4, 4)
    assert follow_ups.right.low <= 2 / 4 <= follow_ups.right.high
    assert follow_ups.answered is not None
    assert (follow_ups.answered.value, follow_ups.answered.questions) == (1 / 2, 2)
    assert follow_ups.refused is not None
    assert follow_ups.refused.value == 1 / 2
    first = summarize_turns(results[:1])
    assert [summary.name for summary in first] == ["all turns"]
    assert first[0].refused is None
    assert summarize_turns([]) == []


def test_the_report_shows_the_turns(tmp_path: Path) -> None:
    talks = read_conversations(write_talks(tmp_path, TALK))
    results = run_conversations(talk({"何时申报？": "不知道。"}), talks)
    record = json.loads(json.dumps(turns_record(results)))
    assert [summary["name"] for summary in record["summaries"][:2]] == ["all turns", "follow-ups"]
    assert record["summaries"][0]["right"]["value"] == pytest.approx(2 / 3)
    assert [turn["outcome"] for turn in record["turns"]] == ["right", "wrong", "rightly refused"]
    table = turn_table({"one": results, "other": results})
    names = [str(name) for name in table.columns[0].cells]
    assert names == [
        *("all turns", "follow-ups", "follow-ups, zh-Hans"),
        *("follow-ups of one", "follow-ups of other"),
    ]
    assert turn_table({"one": results}).row_count == 3
    assert "t1-2  何时申报？" in failed_turns_text(results).plain
    assert "t1-1" not in failed_turns_text(results).plain


@pytest.mark.slow
def test_the_command_measures_a_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = write_talks(write_library(tmp_path / "town"), TALK)
    written = tmp_path / "out" / "report.json"
    arguments = ["library", str(folder), "--index", str(tmp_path / "index"), "--show-failures"]
    assert main([*arguments, "--json", str(written)]) == 0
    shown = capsys.readouterr().out
    assert "1 questions" in shown
    record = json.loads(written.read_text(encoding="utf-8"))
    (asked,) = record["libraries"][0]["questions"]
    assert asked["scores"]["document@1"] == 1.0
    assert asked["scores"]["evidence@3"] == 1.0
    assert asked["sentences"]
    assert "follow-ups" in shown
    assert len(record["libraries"][0]["conversations"]["turns"]) == 3
    assert record["conversations"]["summaries"][1]["right"]["questions"] == 2
    (index,) = (tmp_path / "index").iterdir()
    assert index.name.startswith("town-")

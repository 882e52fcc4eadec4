import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from eval.__main__ import main
from eval.judging import Outcome, Result
from eval.questions import Evidence, GoldPair, InputFileError
from eval.runner import TOP_K, run, summarize
from qa.assistant import load_embedder
from qa.index.building import index_paths
from qa.types import (
    Answer,
    Citation,
    Coverage,
    Document,
    Hit,
    Language,
    Message,
    Passage,
    Status,
    Timings,
)

TEXT = "目前已有 23\n2家经开区。\n苏州在江苏。\n宁波在浙江。\n大连在辽宁。\n"
LINES = {"zones": (0, 14), "suzhou": (15, 21), "ningbo": (22, 28), "dalian": (29, 35)}
DOCUMENT = Document(id="d", title="", language=Language.SIMPLIFIED, source="a.txt", text=TEXT)
PASSAGES = {
    name: Passage(name, "d", number, start, end, TEXT[start:end], Language.SIMPLIFIED)
    for number, (name, (start, end)) in enumerate(LINES.items(), start=1)
}


class CannedAssistant:
    """Gives each question the answer that was prepared for it, and remembers what was asked."""

    def __init__(self, answers: dict[str, Answer]) -> None:
        self._answers = answers
        self.asked: list[tuple[str, int]] = []

    def ask(self, messages: Sequence[Message], *, top_k: int = 5) -> Answer:
        self.asked.append((messages[-1].content, top_k))
        return self._answers[messages[-1].content]


def pair(identifier: str, evidence: Sequence[str] = (), **more: object) -> GoldPair:
    fields: dict[str, object] = {
        "id": identifier,
        "language": Language.SIMPLIFIED,
        "kind": "number" if evidence else "unanswerable",
        "question": f"{identifier}?",
        "evidence": tuple(Evidence("a.txt", text) for text in evidence),
        "answers": (),
        "items": (),
        "note": "",
        "where": "gold.jsonl:1",
        **more,
    }
    return GoldPair(**fields)  # type: ignore[arg-type]


def answer(
    text: str, cited: Sequence[str] = (), found: Sequence[str] = (), confidence: float = 0.9
) -> Answer:
    """An answer that cites and finds lines of the document by name; no text is a refusal."""
    return Answer(
        question="",
        language=Language.SIMPLIFIED,
        status=Status.GROUNDED if text else Status.NO_ANSWER,
        text=text or "文件没有说。",
        confidence=confidence,
        citations=tuple(citation(index, name) for index, name in enumerate(cited, start=1)),
        hits=tuple(Hit(PASSAGES[name], 1.0) for name in found),
        timings_ms=Timings(0, 0, 0, 0),
    )


def citation(index: int, name: str) -> Citation:
    start, end = LINES[name]
    return Citation(
        index, "d", "", "", "", "a.txt", 1, start, end, TEXT[start:end], Language.SIMPLIFIED
    )


def ask_one(question: GoldPair, given: Answer) -> Result:
    assistant = CannedAssistant({question.question: given})
    documents, passages = [DOCUMENT], list(PASSAGES.values())
    return run(assistant, [question], documents=documents, passages=passages)[0]


ZONES = pair("zones", ["已有232家经开区"], answers=("232家", "232个"))
CITIES = pair("cities", ["苏州在江苏", "宁波在浙江"], kind="list", items=("苏州", "宁波", "大连"))
EITHER = pair("either", ["苏州在江苏", "宁波在浙江"], answers=("江苏", "浙江"))
NOWHERE = pair("nowhere")


def test_a_right_answer() -> None:
    result = ask_one(ZONES, answer("有232家。[1]", ["zones"], ["zones", "suzhou"]))
    assert result.outcome is Outcome.RIGHT
    assert result.first_relevant == 1
    assert result.supported == (True,)
    assert set(result.scores.values()) == {1.0}


def test_a_wrong_answer_with_one_right_citation() -> None:
    result = ask_one(ZONES, answer("有23家。[1][2]", ["suzhou", "zones"], ["suzhou", "zones"]))
    assert result.outcome is Outcome.WRONG
    assert result.first_relevant == 2
    assert result.supported == (False, True)
    assert result.scores["hit@1"] == 0
    assert result.scores["mrr"] == 0.5
    assert result.scores["answer_contains"] == 0
    assert result.scores["citation_precision"] == 0.5
    assert result.scores["citation_recall"] == 1
    assert result.scores["decision"] == 1


def test_a_wrong_refusal_has_no_citation_precision_and_no_recall() -> None:
    result = ask_one(ZONES, answer("", found=["zones"]))
    assert result.outcome is Outcome.REFUSED_WRONGLY
    assert result.scores["hit@1"] == 1  # the ranking is judged all the same
    assert "citation_precision" not in result.scores
    assert result.scores["citation_recall"] == 0
    assert result.scores["decision"] == 0


def test_the_words_of_a_refusal_are_no_answer() -> None:
    question = pair("said", ["苏州在江苏"], answers=("文件",))
    assert ask_one(question, answer("")).scores["answer_contains"] == 0


@pytest.mark.parametrize(
    ("given", "outcome", "decision"),
    [(answer(""), Outcome.REFUSED_RIGHTLY, 1), (answer("有", ["zones"]), Outcome.INVENTED, 0)],
)
def test_an_unanswerable_question_is_judged_by_its_refusal_only(
    given: Answer, outcome: Outcome, decision: float
) -> None:
    result = ask_one(NOWHERE, given)
    assert result.outcome is outcome
    assert result.scores == {"decision": decision}
    assert result.first_relevant == 0


def test_a_list_is_judged_by_its_items_and_each_of_its_evidence() -> None:
    result = ask_one(CITIES, answer("苏州在江苏。[1] 大连在辽宁。[2]", ["suzhou", "dalian"]))
    assert result.outcome is Outcome.INCOMPLETE
    assert result.scores["items_found"] == pytest.approx(2 / 3)
    assert result.scores["citation_precision"] == 0.5
    assert result.scores["citation_recall"] == 0.5
    assert "answer_contains" not in result.scores


def test_a_list_counts_what_the_answer_names_not_what_it_cites() -> None:
    given = answer("- 苏州 [1]\n- 大连 [2]", ["suzhou", "ningbo", "dalian"])
    assert ask_one(CITIES, given).scores["items_found"] == pytest.approx(2 / 3)
    assert ask_one(CITIES, given).scores["lists_complete"] == 0


def test_the_lines_of_a_list_are_judged_one_by_one() -> None:
    given = answer("共有三个：\n- 苏州 [1]\n- 南京 [1]\n- 宁波 [2]", ["suzhou", "ningbo"])
    assert ask_one(CITIES, given).scores["items_right"] == pytest.approx(2 / 3)
    assert "items_right" not in ask_one(CITIES, answer("苏州、宁波、大连 [1]", ["suzhou"])).scores


@pytest.mark.parametrize(
    ("stated", "status", "coverage", "complete"),
    [
        (0, Status.GROUNDED, None, 1),
        (3, Status.GROUNDED, None, 1),  # all are there, so there is nothing to own up to
        (5, Status.PARTIAL, Coverage(3, 5), 1),
        (5, Status.GROUNDED, Coverage(3, 5), 0),
        (5, Status.PARTIAL, Coverage(3, 4), 0),
        (5, Status.PARTIAL, None, 0),
    ],
)
def test_a_list_that_the_documents_cut_must_say_so(
    stated: int, status: Status, coverage: Coverage | None, complete: float
) -> None:
    text = "- 苏州 [1]\n- 宁波 [1]\n- 大连 [2]"
    given = replace(answer(text, ["suzhou", "dalian"]), status=status, coverage=coverage)
    result = ask_one(replace(CITIES, stated=stated), given)
    assert result.scores["items_found"] == 1
    assert result.scores["lists_complete"] == complete
    assert (result.outcome is Outcome.RIGHT) == bool(complete)


def test_elsewhere_one_evidence_is_enough() -> None:
    assert ask_one(EITHER, answer("江苏。[1]", ["suzhou"])).scores["citation_recall"] == 1


def test_all_relevant_passages_count_in_ndcg_also_those_not_found() -> None:
    found_one = ask_one(EITHER, answer("江苏", ["suzhou"], ["suzhou", "dalian"]))
    found_both = ask_one(EITHER, answer("江苏", ["suzhou"], ["suzhou", "ningbo"]))
    assert found_one.scores["ndcg@10"] < found_both.scores["ndcg@10"] == 1


def test_every_question_is_asked_in_order_and_reported() -> None:
    asked = [ZONES, NOWHERE]
    assistant = CannedAssistant({question.question: answer("") for question in asked})
    reported: list[int] = []
    results = run(
        assistant,
        asked,
        documents=[DOCUMENT],
        passages=list(PASSAGES.values()),
        on_answer=lambda: reported.append(1),
    )
    assert [result.pair.id for result in results] == ["zones", "nowhere"]
    # The first one twice: latency is that of a warm assistant.
    assert assistant.asked == [("zones?", TOP_K), ("zones?", TOP_K), ("nowhere?", TOP_K)]
    assert len(reported) == 2
    assert run(assistant, [], documents=[DOCUMENT], passages=[]) == []


def test_evidence_that_does_not_fit_fails_before_anything_is_asked() -> None:
    assistant = CannedAssistant({})
    with pytest.raises(InputFileError, match=r"gold\.jsonl:1: a\.txt does not hold"):
        run(assistant, [pair("bad", ["没有这句"])], documents=[DOCUMENT], passages=[])
    assert assistant.asked == []


def test_the_summary_worked_by_hand() -> None:
    english = pair("english", ["大连在辽宁"], answers=("辽宁",), language=Language.ENGLISH)
    results = [
        ask_one(ZONES, answer("有232家", ["zones"], ["zones"], confidence=0.9)),
        ask_one(english, answer("", found=["suzhou", "dalian"], confidence=0.2)),
        ask_one(NOWHERE, answer("", confidence=0.3)),
    ]
    everything, *rest = summarize(results)
    assert [(s.name, s.questions) for s in rest] == [
        ("en", 1),
        ("zh-Hans", 2),
        ("kind number", 2),
        ("kind unanswerable", 1),
    ]
    values = {name: interval.value for name, interval in everything.intervals.items()}
    assert values["hit@1"] == 0.5
    assert values["mrr"] == 0.75
    assert values["answer_contains"] == 0.5
    assert values["decision"] == pytest.approx(2 / 3)
    assert values["refusal_precision"] == 0.5
    assert values["refusal_recall"] == 1
    assert everything.intervals["hit@1"].questions == 2
    assert everything.confidence_auroc == 0.5  # above one of the two answerable ones
    assert rest[0].confidence_auroc is None
    assert "refusal_recall" not in rest[0].intervals
    assert rest[3].intervals.keys() >= {"decision", "refusal_recall"}
    assert "hit@1" not in rest[3].intervals
    latencies = sorted(result.latency_ms for result in results)
    assert everything.latency_p50_ms == pytest.approx(latencies[1])


def gold_line(given: GoldPair) -> str:
    evidence = [{"source": e.source, "text": e.text} for e in given.evidence]
    return json.dumps(
        {
            "id": given.id,
            "language": given.language,
            "kind": given.kind,
            "question": given.question,
            "evidence": evidence,
            "answers": given.answers,
        }
    )


@pytest.mark.slow
def test_the_command_from_gold_to_report_and_comparison(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source, gold, index = tmp_path / "a.txt", tmp_path / "gold", tmp_path / "index"
    source.write_text(TEXT, encoding="utf-8")
    index_paths([source], index, load_embedder())
    gold.mkdir()
    asked = [pair("zones", ["232家"], question="有多少家经开区？", answers=("232家",)), NOWHERE]
    gold.joinpath("a.jsonl").write_text("\n".join(map(gold_line, asked)), encoding="utf-8")
    json_path, html_path = tmp_path / "out" / "r.json", tmp_path / "out" / "r.html"
    command = ["--gold", str(gold), "--index", str(index), "--html", str(html_path)]

    assert main([*command, "--json", str(json_path)]) == 0
    record = json.loads(json_path.read_text(encoding="utf-8"))
    assert [question["id"] for question in record["questions"]] == ["zones", "nowhere"]
    assert record["questions"][0]["scores"]["hit@1"] == 1
    assert record["summaries"][0]["metrics"]["hit@1"]["questions"] == 1
    assert "有多少家经开区？" in html_path.read_text(encoding="utf-8")
    assert "hit@1" in capsys.readouterr().out

    again = [*command, "--json", str(tmp_path / "again.json"), "--compare", str(json_path)]
    assert main(again) == 0
    assert "0 worse, 0 mixed, 0 better, 2 unchanged" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("options", "status", "reason"),
    [
        (["--gold", "nowhere"], 2, "nowhere: no gold pairs"),
        (["--compare", "nowhere.json"], 2, "nowhere.json: no baseline here"),
        (["--index", "nowhere"], 1, "No index in nowhere"),
        (["--index", "nowhere", "--save-baseline"], 2, "baseline.json: it is that of the project"),
        (["--gold", "nowhere", "--save-baseline"], 2, "baseline.json: it is that of the project"),
    ],
)
def test_what_is_missing_is_named(
    options: list[str], status: int, reason: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(options) == status
    output = capsys.readouterr()
    assert reason in output.err
    assert output.out == ""


def test_help_shows_examples(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["--help"])
    assert caught.value.code == 0
    assert "python -m eval squad --passages" in capsys.readouterr().out

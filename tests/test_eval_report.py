import base64
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from rich.console import Console

from eval.baseline import compare, read_baseline, write_baseline
from eval.judging import Result
from eval.metrics import RANKING_METRICS
from eval.questions import Evidence, GoldPair, InputFileError
from eval.report import Report, comparison_text, kind_table, language_table, to_html, to_json
from eval.runner import summarize
from qa.types import Answer, Citation, Language, Status, Timings

ATTACK = "<script>alert(1)</script>\"' onload=x [red]&amp;"
CITATION = Citation(
    1, "d", ATTACK, ATTACK, "", ATTACK, 1, 3, 9, ATTACK + "苏州😀", Language.TRADITIONAL
)


def result(
    identifier: str, scores: Mapping[str, float], *, answerable: bool = True, text: str = "是"
) -> Result:
    pair = GoldPair(
        id=identifier,
        language=Language.SIMPLIFIED if answerable else Language.ENGLISH,
        kind="number" if answerable else "unanswerable",
        question=f"{identifier}{text}",
        evidence=(Evidence("a.txt", text),) if answerable else (),
        answers=(text,) if answerable else (),
        items=(),
        note=text,
        where="",
    )
    answer = Answer(
        question=pair.question,
        language=Language.SIMPLIFIED,
        status=Status.GROUNDED if answerable else Status.NO_ANSWER,
        text=text,
        confidence=0.8 if answerable else 0.1,
        citations=(CITATION,) if answerable else (),
        hits=(),
        timings_ms=Timings(0, 0, 0, 0),
    )
    return Result(pair, answer, 1.5, 1, (True,) if answerable else (), scores)


def report(text: str = "是") -> Report:
    results = [
        result("a", {**dict.fromkeys(RANKING_METRICS, 1.0), "decision": 1.0}, text=text),
        result("b", {**dict.fromkeys(RANKING_METRICS, 0.0), "decision": 1.0}, text=text),
        result("c", {"decision": 1.0}, answerable=False, text=text),
    ]
    return Report(model=text, passages=7, results=results, summaries=summarize(results))


class Page(HTMLParser):
    """Collects what a browser would run or load, and the text it would show."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.text = ""
        self.scripts: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]

    def handle_data(self, data: str) -> None:
        if self.tags[-1:] == ["script"]:
            self.scripts.append(data)
        self.text += data


def test_text_from_outside_is_escaped() -> None:
    page = Page(to_html(report(ATTACK)))
    assert page.tags.count("script") == 1  # the page's own
    assert not [name for name, _ in page.attributes if name.startswith("on")]
    for shown in (ATTACK + "苏州😀", "a" + ATTACK):
        assert shown in page.text


def test_the_page_loads_nothing_and_allows_its_own_script_only() -> None:
    page = Page(to_html(report()))
    assert not {"link", "img", "iframe", "object", "base", "form"} & set(page.tags)
    assert not [name for name, _ in page.attributes if name == "src"]
    links = [value for name, value in page.attributes if name in ("href", "xlink:href")]
    assert all(link.startswith("#") for link in links)
    (policy,) = [value for name, value in page.attributes if value.startswith("default-src")]
    digest = hashlib.sha256(page.scripts[0].encode()).digest()
    assert "default-src 'none'" in policy
    assert f"'sha256-{base64.b64encode(digest).decode()}'" in policy


def test_ids_of_the_page_are_unique_and_the_plots_refer_to_them() -> None:
    html = to_html(report())
    ids = re.findall(r'\bid="([^"]+)"', html)
    used = re.findall(r'(?:href="#|url\(#)([^")]+)', html)
    assert html.count("<svg") == 4
    assert len(ids) == len(set(ids))
    assert set(used) <= set(ids)


@pytest.mark.slow
def test_the_same_results_give_the_same_page() -> None:
    assert to_html(report()) == to_html(report())


@pytest.mark.slow
def test_a_report_without_answerable_or_unanswerable_questions_is_still_written() -> None:
    for kept in (report().results[:2], report().results[2:]):
        part = Report("m", 1, kept, summarize(kept))
        assert to_html(part).count("<tr data-language") == len(kept)
        assert json.loads(to_json(part))["summaries"][0]["confidence_auroc"] is None


def test_the_json_holds_every_figure_and_question() -> None:
    given = report(ATTACK)
    record = json.loads(to_json(given))
    assert record.keys() == {"model", "passages", "summaries", "questions", "follow_ups"}
    names = [summary["name"] for summary in record["summaries"]]
    assert names == ["all", "en", "zh-Hans", "kind number", "kind unanswerable"]
    assert record["summaries"][0]["metrics"]["hit@1"]["value"] == 0.5
    assert record["summaries"][0]["confidence_auroc"] == 1
    first = record["questions"][0]
    assert first["citations"] == [
        {
            "source": ATTACK,
            "start_char": 3,
            "end_char": 9,
            "cited_text": ATTACK + "苏州😀",
            "supported": True,
        }
    ]
    assert first["scores"] == given.results[0].scores
    assert first["outcome"] == given.results[0].outcome


def shown(*parts: object) -> str:
    console = Console(width=80, color_system=None)
    with console.capture() as capture:
        console.print(*parts)
    return capture.get()


def test_the_tables_fit_80_columns_and_show_what_is_not_known_as_a_dash() -> None:
    given = report()
    english, chinese = given.by_language[1], given.by_language[2]
    languages = [*given.by_language, replace(chinese, name="zh-Hant")]
    full = Report("m", 1, given.results, [*languages, *given.by_kind])
    text = shown(language_table(full), kind_table(full))
    (hits,) = [line.split() for line in text.splitlines() if line.strip().startswith("hit@1 ")]
    assert hits == ["hit@1", "0.500", ".00–1.0", "–", *["0.500", ".00–1.0"] * 2]
    assert english.name in text
    assert "citation_precision" in text
    assert "…" not in text


def test_a_baseline_equals_the_run_it_was_made_from(tmp_path: Path) -> None:
    path = tmp_path / "baseline.json"
    thirds = [result("a", {"mrr": 1 / 3, "hit@1": 0.0}), result("b", {"decision": 1.0})]
    scored = [one.scored for one in thirds]
    write_baseline(path, "model", scored)
    written = path.read_bytes()
    write_baseline(path, "model", scored)
    same = compare(read_baseline(path), scored)
    assert path.read_bytes() == written
    assert (same.changes, same.added, same.removed, same.unchanged) == ((), (), (), 2)


def test_the_report_serves_as_a_baseline(tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    path.write_text(to_json(report()), encoding="utf-8")
    scored = [one.scored for one in report().results]
    assert compare(read_baseline(path), scored).unchanged == 3


def test_what_got_better_and_worse_is_said(tmp_path: Path) -> None:
    path = tmp_path / "baseline.json"
    write_baseline(
        path,
        "model",
        [
            result("rose", {"mrr": 0.5, "hit@1": 0.0}).scored,
            result("fell", {"mrr": 1.0}).scored,
            result("moved", {"mrr": 1.0, "answer_contains": 0.0}).scored,
            result("same", {"mrr": 1.0}).scored,
            result("gone", {"mrr": 1.0}).scored,
        ],
    )
    comparison = compare(
        read_baseline(path),
        [
            result("rose", {"mrr": 1.0, "hit@1": 1.0}).scored,
            result("fell", {"mrr": 0.25}).scored,
            result("moved", {"mrr": 0.5, "answer_contains": 1.0}).scored,
            result("same", {"mrr": 1.0, "items_found": 1.0}).scored,
            result("new", {"mrr": 1.0}).scored,
        ],
    )
    assert [change.id for change in comparison.having("better")] == ["rose"]
    assert [change.id for change in comparison.having("worse")] == ["fell"]
    assert [change.id for change in comparison.having("mixed")] == ["moved"]
    assert (comparison.added, comparison.removed) == (("new",), ("gone",))
    text = comparison_text(comparison).plain
    assert "mrr 0.5 → 1, hit@1 0 → 1" in text
    assert "mrr 1 → 0.25" in text
    assert "wrong → right" in text  # what became of `moved`
    assert text.endswith("1 worse, 1 mixed, 1 better, 1 unchanged, 1 new, 1 gone.")


@pytest.mark.parametrize(
    "content",
    [
        b"\xff",
        b"{",
        b"[]",
        b'{"questions": 3}',
        b'{"questions": [{"id": "a"}]}',
        b'{"questions": [{"id": "a", "outcome": "right", "scores": {"mrr": "1"}}]}',
    ],
)
def test_a_file_that_is_no_baseline_is_named(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "baseline.json"
    path.write_bytes(content)
    with pytest.raises(InputFileError, match=re.escape(str(path))):
        read_baseline(path)

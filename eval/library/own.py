"""The commands `init` and `run`: questions of one's own, about an index that is there."""

import argparse
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from eval.baseline import compare, read_baseline, write_baseline
from eval.library.drafting import DRAFT, draft_questions
from eval.library.gold import Library, LibraryQuestion, check_ids, parse_question
from eval.library.report import failures_text, library_tables, lost_text, to_json
from eval.library.running import LibraryReport, measure_library
from eval.questions import InputFileError, read_lines, read_object
from eval.report import comparison_text
from eval.terminal import make_console, show_progress
from qa.assistant import Assistant, load_embedder, load_reader
from qa.index import store
from qa.settings import Settings, settings_files

DEFAULT_GOLD = Path("gold.jsonl")
DEFAULT_COUNT = 30

_TEMPLATE = (
    '{"id": "001", "lang": "zh-Hans", "kind": "figure", "question": "…？", '
    '"file": "NAME as wenzheng list shows it", "evidence": ["…"], "answer_all": ["500|五百"], '
    '"must_not": ["300"], "unanswerable": false, "draft": true}\n'
    '{"id": "002", "lang": "en", "kind": "near miss", "question": "…?", "file": [], '
    '"evidence": [], "answer_all": [], "must_not": [], "unanswerable": true, "draft": true}\n'
)
_TO_DO = """\
Make each line a question as people ask it, and take out "draft": true.
  answer_all    what a right answer must say; "500|五百" is said by either
  must_not      what only a wrong one says
  evidence      the words of the document that answer, as they stand in it
Add questions that the documents do not answer ("unanswerable": true, without file and evidence),
best of all near misses. Then: wenzheng eval run --gold {}"""


@dataclass(frozen=True, slots=True)
class OwnGold:
    """The questions of a gold file; `drafts` of its lines were left out."""

    questions: tuple[LibraryQuestion, ...]
    drafts: int


def add_init_options(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `init`."""
    _add_shared(parser)
    parser.add_argument(
        "--count",
        type=int,
        default=DEFAULT_COUNT,
        metavar="N",
        help=f"how many drafts at most (default: {DEFAULT_COUNT})",
    )
    parser.add_argument(
        "--empty", action="store_true", help="write two lines to fill, and draw nothing"
    )


def add_run_options(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `run`."""
    _add_shared(parser)
    add = parser.add_argument
    add("--model", help="a sentence-transformers name or folder (default: as wenzheng ask)")
    add("--drafts", action="store_true", help="ask lines that are still drafts too")
    add("--json", type=Path, metavar="FILE", help="write everything as JSON")
    add("--show-failures", action="store_true", help="print what was found instead")
    for name, words in (
        ("--compare", "say what differs from an earlier run"),
        ("--save-baseline", "keep this run for --compare"),
    ):
        add(
            name,
            type=Path,
            nargs="?",
            const=Path(),
            metavar="FILE",
            help=f"{words} (default: beside the gold file, GOLD.baseline.json)",
        )


def _add_shared(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--gold",
        type=Path,
        default=DEFAULT_GOLD,
        metavar="FILE",
        help=f"the file of questions (default: {DEFAULT_GOLD})",
    )
    parser.add_argument(
        "--index", type=Path, metavar="DIR", help="the index to ask (default: as wenzheng ask)"
    )


def run_init_command(options: argparse.Namespace) -> None:
    """Write a new gold file. Raises InputFileError where there is one already."""
    gold: Path = options.gold
    if gold.exists():
        raise InputFileError(gold, "it exists, and is left as it is; choose another with --gold")
    if options.count < 1:
        raise InputFileError("--count", "must be 1 or more")
    text, lines = _TEMPLATE, 2
    if not options.empty:
        settings = Settings.read(os.environ, files=settings_files(), index=options.index)
        snapshot = store.read_snapshot(settings.index_folder)
        drafts = draft_questions(snapshot.documents, options.count)
        if not drafts:
            reason = "its documents have no articles, headings or tables; use --empty"
            raise InputFileError(settings.index_folder, reason)
        records = (draft.record(number) for number, draft in enumerate(drafts, start=1))
        text = "".join(f"{json.dumps(record, ensure_ascii=False)}\n" for record in records)
        lines = len(drafts)
    gold.parent.mkdir(parents=True, exist_ok=True)
    with gold.open("x", encoding="utf-8") as file:
        file.write(text)
    console = make_console()
    console.print(f"Wrote {lines} drafts to {gold}", markup=False, soft_wrap=True)
    console.print(_TO_DO.format(gold), markup=False, soft_wrap=True, highlight=False)


def run_run_command(options: argparse.Namespace, *, project_baseline: Path) -> None:
    """Ask the questions and print the figures. Raises InputFileError."""
    gold: Path = options.gold
    found = read_own_gold(gold, with_drafts=options.drafts)
    target = _beside(options.save_baseline, gold)
    if target and target.resolve() == project_baseline.resolve():
        raise InputFileError(target, "it is that of the project's own questions; choose another")
    earlier = _beside(options.compare, gold)
    baseline = read_baseline(earlier) if earlier else None
    settings = Settings.read(
        os.environ, files=settings_files(), index=options.index, model=options.model
    )
    report = _measure(gold, found.questions, settings)
    console = make_console()
    for table in library_tables([report]):
        console.print(table)
    console.print(lost_text([report]), soft_wrap=True, end="")
    if found.drafts:
        left = f"Drafts not asked: {found.drafts}; see --drafts"
        console.print(left, markup=False, highlight=False)
    if options.show_failures:
        console.print(failures_text(report), soft_wrap=True, end="")
    scored = [result.scored for result in report.results]
    if baseline is not None:
        console.print(comparison_text(compare(baseline, scored)), soft_wrap=True)
    if options.json:
        options.json.write_text(to_json([report]), encoding="utf-8")
        console.print(f"Wrote {options.json}", markup=False, soft_wrap=True)
    if target:
        write_baseline(target, report.model, scored)
        console.print(f"Wrote {target}", markup=False, soft_wrap=True)


def read_own_gold(path: Path, *, with_drafts: bool) -> OwnGold:
    """Read a gold file; InputFileError says what is missing or wrong and where."""
    if not path.is_file():
        raise InputFileError(path, "no such file; begin one with: wenzheng eval init")
    questions: list[LibraryQuestion] = []
    drafts = 0
    for line, where in read_lines(path):
        if read_object(line, where).get(DRAFT) is True and not with_drafts:
            drafts += 1
        else:
            questions.append(parse_question(line, where))
    if not questions:
        reason = f'all {drafts} questions are drafts; correct them and take out "draft": true'
        raise InputFileError(path, reason if drafts else "no questions")
    check_ids(questions)
    return OwnGold(tuple(questions), drafts)


def _measure(gold: Path, questions: Sequence[LibraryQuestion], settings: Settings) -> LibraryReport:
    folder = settings.index_folder
    embedder = load_embedder(settings.model)
    snapshot = store.read_snapshot(folder, model_id=embedder.model_id)
    assistant = Assistant(snapshot, embedder, reader=load_reader(embedder))
    asked = iter(range(1, len(questions) + 1))
    with show_progress() as advance:
        return measure_library(
            assistant,
            snapshot,
            Library(gold.stem, folder, tuple(questions)),
            on_answer=lambda: advance("asking", next(asked), len(questions)),
        )


def _beside(path: Path | None, gold: Path) -> Path | None:
    """The file of a baseline: that which was named, or one beside the questions."""
    if path is None:
        return None
    return gold.with_suffix(".baseline.json") if path == Path() else path

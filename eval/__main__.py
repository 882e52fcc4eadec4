"""Command line of the evaluation: `python -m eval`, which is `wenzheng eval` too."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import platformdirs

from eval.baseline import compare, read_baseline, write_baseline
from eval.conversation_report import follow_up_table
from eval.conversations import load_conversations, run_conversations
from eval.library.command import add_library_options, run_library_command
from eval.library.own import (
    add_init_options,
    add_run_options,
    run_init_command,
    run_run_command,
)
from eval.questions import InputFileError, load_gold
from eval.report import Report, comparison_text, kind_table, language_table, to_html, to_json
from eval.runner import run, summarize
from eval.squad import run_squad, squad_json, squad_table
from eval.squad_files import mix_files, pair_files, without_titles
from eval.terminal import make_console, show_progress
from qa.assistant import Assistant, load_embedder, load_reader
from qa.errors import InvalidQuestionError, SettingsError, WenzhengError
from qa.index import store
from qa.index.building import IndexProgress, index_paths
from qa.index.store import Snapshot

_HERE = Path(__file__).resolve().parent
_GOLD = _HERE / "gold"
_BASELINE = _HERE / "baseline.json"
_REPORT = Path("eval/report")

_EPILOG = """\
examples:
  python -m eval                          ask the gold questions, write eval/report/
  python -m eval --compare                and say what got better or worse
  python -m eval --save-baseline          and keep this run for --compare
  python -m eval --index ~/my-index --gold ~/my-gold
  python -m eval squad --passages xquad.zh.json --questions xquad.en.json --json
  python -m eval squad --mixed xquad.zh.json xquad.en.json
  python -m eval library policies --show-failures
  wenzheng eval init --gold my.jsonl      draft questions about what the index holds
  wenzheng eval run --gold my.jsonl       ask them, once they are corrected

exit status: 0 done, 2 wrong use or input, 1 anything else
"""


def command(arguments: Sequence[str]) -> int:
    """Run `wenzheng eval`, which without arguments shows its help, and return its exit status."""
    return main(arguments or ["--help"], program="wenzheng eval")


def main(arguments: Sequence[str] | None = None, *, program: str = "python -m eval") -> int:
    """Run a command line and return its exit status."""
    parser = _parser(program)
    options = parser.parse_args(arguments)
    try:
        if options.command == "init":
            run_init_command(options)
        elif options.command == "run":
            run_run_command(options, project_baseline=_BASELINE)
        elif options.command == "squad":
            _run_squad(options)
        elif options.command == "library":
            run_library_command(options)
        else:
            _run_gold(options)
    except (InputFileError, InvalidQuestionError, SettingsError) as error:
        return _fail(str(error), 2)
    except (WenzhengError, OSError) as error:
        return _fail(str(error), 1)
    except ModuleNotFoundError as error:
        return _fail(f"{error.name} is not installed: pip install 'wenzheng[eval]'", 1)
    return 0


def _fail(message: str, status: int) -> int:
    print(f"error: {message}", file=sys.stderr)
    return status


def _parser(program: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=program,
        description="Measure how well questions about the documents are answered.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("--gold", type=Path, default=_GOLD, metavar="DIR", help="folder of gold pairs (*.jsonl)")
    add("--index", type=Path, metavar="DIR", help="index to ask (default: one of the seeds)")
    add("--model", default="", help="a sentence-transformers name or folder (default: bundled)")
    add("--json", type=Path, default=_REPORT / "report.json", metavar="FILE", help="JSON report")
    add("--html", type=Path, default=_REPORT / "report.html", metavar="FILE", help="HTML report")
    add(
        "--compare",
        type=Path,
        nargs="?",
        const=_BASELINE,
        metavar="FILE",
        help="say what differs from an earlier run (default: eval/baseline.json)",
    )
    add(
        "--save-baseline",
        type=Path,
        nargs="?",
        const=_BASELINE,
        metavar="FILE",
        help="keep this run (default: as eval/baseline.json, where nothing else is asked)",
    )
    commands = parser.add_subparsers(dest="command", metavar="init|run|library|squad")
    init = commands.add_parser(
        "init",
        help="begin a gold file of your own: drafts that the index suggests",
        description="Write a gold file with questions that articles, headings and tables of the "
        "index suggest. They are drafts: correct them, then ask them with `run`.",
    )
    add_init_options(init)
    own = commands.add_parser(
        "run",
        help="ask the questions of a gold file of your own",
        description="Ask the questions of a gold file and say how many are found, answered "
        "rightly, and refused rightly.",
    )
    add_run_options(own)
    squad = commands.add_parser(
        "squad",
        help="measure the searchers on SQuAD-format files",
        description="Search the paragraphs of one file for the questions of another; question i "
        "of both belong together.",
    )
    squad.add_argument("--passages", type=Path, metavar="FILE")
    squad.add_argument("--questions", type=Path, metavar="FILE")
    squad.add_argument(
        "--mixed",
        type=Path,
        nargs=2,
        metavar=("A", "B"),
        help="instead: every other article from A, the rest from B, asked in the other language",
    )
    squad.add_argument("--json", dest="as_json", action="store_true", help="print JSON only")
    squad.add_argument("--limit", type=_positive, metavar="N", help="ask the first N questions")
    squad.add_argument(
        "--titles",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="index the paragraphs with the titles that the files give them",
    )
    squad.add_argument("--model", default="", help="as above")
    library = commands.add_parser(
        "library",
        help="measure retrieval and answers on folders with docs/ and gold.jsonl",
        description="Ask the questions of libraries of their documents: are the document, the "
        "evidence and its sentences found, is the answer right, or the refusal?",
    )
    add_library_options(library)
    return parser


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number above 0")
    return int(text)


def _run_gold(options: argparse.Namespace) -> None:
    target: Path | None = options.save_baseline
    if target and target.resolve() == _BASELINE and (options.index or options.gold != _GOLD):
        reason = "it is that of the project's own questions and index; name another file"
        raise InputFileError(target, reason)
    pairs = load_gold(options.gold)
    conversations = load_conversations(options.gold)
    # Read before it may be written, and before minutes are spent on questions.
    baseline = read_baseline(options.compare) if options.compare else None
    with show_progress() as advance:
        snapshot, assistant = _open(options.index, options.model, advance)
        asked = iter(range(1, len(pairs) + 1))
        results = run(
            assistant,
            pairs,
            documents=snapshot.documents,
            passages=snapshot.passages,
            on_answer=lambda: advance("asking", next(asked), len(pairs)),
        )
        turns = 2 * sum(len(conversation.turns) - 1 for conversation in conversations)
        followed = iter(range(1, turns + 1))
        follow_ups = run_conversations(
            assistant,
            conversations,
            documents=snapshot.documents,
            passages=snapshot.passages,
            on_answer=lambda: advance("following up", next(followed), turns),
        )
    report = Report(
        snapshot.model_id, len(snapshot.passages), results, summarize(results), follow_ups
    )
    console = make_console()
    console.print(language_table(report), kind_table(report))
    if follow_ups:
        console.print(follow_up_table(follow_ups))
    if baseline is not None:
        scored = [result.scored for result in results]
        console.print(comparison_text(compare(baseline, scored)), soft_wrap=True)
    for path, write in ((options.json, to_json), (options.html, to_html)):
        _write(path, write(report))
        console.print(f"Wrote {path}", markup=False, soft_wrap=True)
    if target:
        write_baseline(target, report.model, [result.scored for result in results])
        console.print(f"Wrote {target}", markup=False, soft_wrap=True)


def _open(index: Path | None, model: str, progress: IndexProgress) -> tuple[Snapshot, Assistant]:
    embedder = load_embedder(model)
    folder = index
    if folder is None:
        # Always made anew, so that it is what this version of the code makes of the seeds; in a
        # cache, so that texts are embedded once.
        folder = platformdirs.user_cache_path("wenzheng") / "eval-index"
        index_paths([], folder, embedder, progress=progress)
    snapshot = store.read_snapshot(folder, model_id=embedder.model_id)
    return snapshot, Assistant(snapshot, embedder, reader=load_reader(embedder))


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def _run_squad(options: argparse.Namespace) -> None:
    if options.mixed:
        squad = mix_files(*options.mixed)
    elif options.passages and options.questions:
        squad = pair_files(options.passages, options.questions)
    else:
        raise InputFileError("squad", "give --passages and --questions, or --mixed A B")
    if not options.titles:
        squad = without_titles(squad)
    with show_progress() as advance:
        report = run_squad(
            squad, load_embedder(options.model), limit=options.limit, progress=advance
        )
    if options.as_json:
        print(squad_json(report))
    else:
        make_console().print(squad_table(report))


if __name__ == "__main__":
    sys.exit(main())

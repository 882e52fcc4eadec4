"""Measures what reading files loses: `python benchmarks/files.py FOLDER [--formats …] [--ask]`.

Each text document of FOLDER/docs is written as PDF, DOCX, HTML, XLSX and scan (`files_written`,
`files_office`), read back, and compared with the text itself (`files_compared`; files.md explains
the figures). What was read stands in OUT/<format>/texts, what is wrong in failures.txt there.
`--ask` asks the questions of FOLDER/gold.jsonl of each format's library; `--large` times a PDF of
500 pages. A format whose program is not installed is left out.
"""

import argparse
import importlib.util
import os
import shutil
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from files_asked import ask_all, texts_in
from files_compared import Comparison, compare
from files_office import print_office, write_sheet, write_word
from files_written import Source, print_pdf, scan, source_of, write_site

from eval.metrics import ratio_interval, show_interval
from qa.corpus.files import FileRead, SourceFile, read_file
from qa.corpus.readers.extracted import Limits
from qa.corpus.readers.process import ReaderProcess
from qa.errors import DocumentError

FORMATS = {
    "pdf": ".pdf",
    "pdf-columns": ".pdf",
    "pdf-office": ".pdf",
    "docx": ".docx",
    "docx-numbered": ".docx",
    "html": ".html",
    "html-plain": ".html",
    "xlsx": ".xlsx",
    "scan": ".pdf",
}
FIGURES = (
    "blocks whole|rows whole|order|headings|articles|title|number|publisher|issued|effective"
    "|expires|lost|added|characters"
).split("|")
PAGES = 500  # of the large file
_PATIENT = Limits(seconds=600, page_seconds=300)  # so that a busy machine loses no page


@dataclass
class Measured:
    """A format's files: what was read, how it compares, and what that took."""

    reads: dict[str, FileRead]
    compared: list[Comparison]
    errors: list[str]
    seconds: float
    memory: float


@contextmanager
def chromium() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        named = [shutil.which(name) for name in ("chromium", "chromium-browser", "google-chrome")]
        program = next(filter(None, [*named, playwright.chromium.executable_path]))
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield browser
        browser.close()


def can_write(name: str) -> bool:
    missing = {
        "pdf-office": not shutil.which("soffice"),
        "scan": not importlib.util.find_spec("rapidocr"),
    }
    if missing.get(name):
        print(f"{name}: left out, its program is not installed")
    return not missing.get(name)


def write(browser: Any, name: str, sources: Sequence[Source], folder: Path) -> None:
    """Write the documents in a format; sheets of those that have tables."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for source in sources:
        path = folder / f"{source.name}{FORMATS[name]}"
        if name in ("pdf", "pdf-columns"):
            print_pdf(browser, [source], path, columns=name == "pdf-columns")
        elif name == "scan":
            print_pdf(browser, [source], path, columns=False)
            scan(path, path)
        elif name == "pdf-office":
            write_word(source, path.with_suffix(".docx"), is_numbered=False)
        elif path.suffix == ".docx":
            write_word(source, path, is_numbered=name == "docx-numbered")
        elif path.suffix == ".html":
            write_site(source, path, is_plain=name == "html-plain")
        elif any(part.cells for part in source.parts):
            write_sheet(source, path)
    if name == "pdf-office":
        words = sorted(folder.glob("*.docx"))
        print_office(words, folder)
        for path in words:
            path.unlink()


def measure(name: str, folder: Path, texts: Mapping[str, FileRead]) -> Measured:
    """Read a format's files, one after another in one process, and compare each with its text."""
    found = Measured({}, [], [], 0.0, 0.0)
    kept = folder.parent / "texts"
    shutil.rmtree(kept, ignore_errors=True)
    kept.mkdir()
    failures = []
    with ReaderProcess(_PATIENT) as process:
        for path in sorted(folder.glob(f"*{FORMATS[name]}")):
            started = time.perf_counter()
            try:
                read = read_file(SourceFile(path, path.name, {}), process)
            except DocumentError as error:
                found.errors.append(str(error))
                continue
            found.seconds += time.perf_counter() - started
            compared = compare(texts[path.stem], read, with_characters=name == "scan")
            found.reads[path.stem] = read
            found.compared.append(compared)
            failures += [f"{path.stem[:12]}: {failure}" for failure in compared.failures]
            (kept / f"{path.stem}.txt").write_text(read.document.text, encoding="utf-8")
        found.memory = peak_memory()
    lines = [f"not read: {error}" for error in found.errors] + failures
    (folder.parent / "failures.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return found


def peak_memory() -> float:
    """The most that a reader of this process has held, in MB; 0 where the system does not tell."""
    peaks = [0.0]
    for status in Path("/proc").glob("[0-9]*/status"):
        try:
            fields = dict(line.split(":", 1) for line in status.read_text().splitlines())
            command = status.with_name("cmdline").read_text()
        except OSError:  # it has ended meanwhile
            continue
        if "qa.corpus.readers" in command and int(fields["PPid"]) == os.getpid():
            peaks.append(int(fields["VmHWM"].split()[0]) / 1024)
    return max(peaks)


def report(measured: Mapping[str, Measured]) -> str:
    """A table with a column a format, figures with their 95 % intervals over the documents."""
    rows = [["", *measured], ["---", *["---"] * len(measured)]]
    counts = [f"{len(m.reads)} ({len(m.errors)})" for m in measured.values()]
    rows.append(["documents (not read)", *counts])
    for figure in FIGURES:
        row = [figure]
        for each in measured.values():
            shares = [c.counts[figure] for c in each.compared if figure in c.counts]
            if not shares:
                row.append("–")
                continue
            right, of = (list(side) for side in zip(*shares, strict=True))
            row.append(f"{show_interval(ratio_interval(right, of))} n={sum(of):.0f}")
        rows.append(row)
    hundreds = [sum(c.pages for c in m.compared) / 100 or 1.0 for m in measured.values()]
    paces = [m.seconds / h for m, h in zip(measured.values(), hundreds, strict=True)]
    rows.append(["s / 100 pages", *[f"{pace:.1f}" for pace in paces]])
    rows.append(["peak MB", *[f"{m.memory:.0f}" for m in measured.values()]])
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def time_large(sources: Sequence[Source], path: Path) -> None:
    """Read a PDF of 500 pages, made of the documents over and over."""
    import pypdfium2

    whole = pypdfium2.PdfDocument.new()
    with chromium() as browser:
        while len(whole) < PAGES:
            print_pdf(browser, sources, path, columns=False)
            with pypdfium2.PdfDocument(path.read_bytes()) as printed:
                whole.import_pages(printed, list(range(min(len(printed), PAGES - len(whole)))))
    whole.save(path)
    with ReaderProcess() as process:
        started = time.perf_counter()
        found = process.read(path)
        seconds = time.perf_counter() - started
        memory = peak_memory()
    print(
        f"{PAGES} pages, {path.stat().st_size / 1e6:.1f} MB, {len(found.text)} characters: "
        f"{seconds:.1f} s, peak memory {memory:.0f} MB"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, metavar="FOLDER")
    parser.add_argument("--formats", nargs="+", choices=FORMATS, default=list(FORMATS))
    parser.add_argument("--output", type=Path, metavar="DIR", default=Path("build/files"))
    parser.add_argument("--scans", type=int, default=3, help="documents of each script to scan")
    parser.add_argument("--ask", action="store_true")
    parser.add_argument("--large", action="store_true", help="only time a large PDF")
    parser.add_argument("--keep", action="store_true", help="read the files of an earlier run")
    options = parser.parse_args()
    texts, sources = {}, []
    for path in texts_in(options.folder):
        read = read_file(
            SourceFile(path, path.name, {}), ReaderProcess()
        )  # which text never starts
        texts[path.stem] = read
        document = read.document
        sources.append(source_of(path.stem, document.text, document.title, document.language))
    options.output.mkdir(parents=True, exist_ok=True)
    if options.large:
        time_large(sources, options.output / "large.pdf")
        return
    by_script = Counter[str]()
    scanned = []
    for source in sources:
        by_script[source.lang] += 1
        if by_script[source.lang] <= options.scans:
            scanned.append(source)
    measured = {}
    for name in filter(can_write, options.formats):
        folder = options.output / name / "docs"
        if not options.keep or not folder.is_dir():
            with chromium() as browser:
                write(browser, name, scanned if name == "scan" else sources, folder)
        measured[name] = measure(name, folder, texts)
        print(f"{name}: {len(measured[name].reads)} read", flush=True)
    print(report(measured))
    if options.ask:
        reads = {name: each.reads for name, each in measured.items()}
        ask_all(options.folder, options.output, reads)


if __name__ == "__main__":
    main()

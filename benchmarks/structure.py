"""Measures how whole the passages of laws are: `python benchmarks/structure.py FOLDER…`.

The folders hold laws in Markdown, named `title(YYYY-MM-DD).md`. What they ought to become is read
off their lines by rules of this file's own: an article begins with a line `第三条 …` and runs to
the next article or heading; an item `（一）` belongs to the line above the first of its items. An
article is whole where one passage holds it and nothing else but headings above it; one that is too
long for a passage, where the passages that hold it hold nothing else. An item is whole where its
passage, or the path of that, has its lead-in too.
"""

import argparse
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from qa.corpus import passages as product
from qa.corpus.files import find_files, read_document
from qa.corpus.passages import split_into_passages
from qa.errors import DocumentError
from qa.language.text import squash
from qa.types import Document, Passage

LONGEST = int(getattr(product, "WHOLE_LENGTH", product.MAX_LENGTH))
SHOWN = 40

NUMERAL = "[〇零一二三四五六七八九十百千]+"
ARTICLE = re.compile(rf"第{NUMERAL}条(?:之{NUMERAL})?(?=[ \u3000])")
HEADING = re.compile(rf"#|第{NUMERAL}[编章节](?=[ \u3000]|$)")
ITEM = re.compile(rf"[（(]({NUMERAL})[）)]")
FILE_DATE = re.compile(r"\((\d{4}-\d{2}-\d{2})\)$")


@dataclass(frozen=True)
class Line:
    """A line that is not blank; `end` is behind its last character."""

    start: int
    end: int
    text: str


@dataclass(frozen=True)
class Finding:
    """One thing that ought to be so, and what is so where it is not."""

    figure: str
    where: str
    is_right: bool
    seen: str = ""


def lines_of(text: str) -> list[Line]:
    lines, start = [], 0
    for raw in text.splitlines(keepends=True):
        stripped = raw.strip()
        if stripped:
            first = start + raw.index(stripped)
            lines.append(Line(first, first + len(stripped), stripped))
        start += len(raw)
    return lines


def articles_of(lines: Sequence[Line]) -> Iterator[list[Line]]:
    article: list[Line] = []
    for line in lines:
        begins = ARTICLE.match(line.text)
        if article and (begins or HEADING.match(line.text)):
            yield article
            article = []
        if begins or article:
            article.append(line)
    if article:
        yield article


def items_of(lines: Sequence[Line]) -> Iterator[tuple[Line, Line]]:
    """Each item with the line that leads in to it and to those before it."""
    lead: Line | None = None
    for above, line in zip([None, *lines], lines, strict=False):
        if ARTICLE.match(line.text) or HEADING.match(line.text):
            lead = None
        item = ITEM.match(line.text)
        if item and item[1] == "一":
            lead = above
        if item and lead:
            yield lead, line


def findings(document: Document, passages: Sequence[Passage]) -> Iterator[Finding]:
    lines = lines_of(document.text)
    yield from _described(document, lines)
    for article in articles_of(lines):
        yield _article(document, article, passages, lines)
    for lead, item in items_of(lines):
        holding = [p for p in passages if p.start <= item.start < p.end]
        said = squash("".join(text for p in holding for text in (*p.path, p.text)))
        wanted = squash(lead.text.lstrip("# "))
        where = f"{document.source}: {item.text[:SHOWN]}"
        yield Finding("items with their lead-in", where, wanted in said, lead.text[-SHOWN:])


def _described(document: Document, lines: Sequence[Line]) -> Iterator[Finding]:
    title = next((line.text.lstrip("# ") for line in lines if line.text.startswith("# ")), "")
    yield Finding("titles", document.source, document.title == title, document.title)
    if date := FILE_DATE.search(Path(document.source).stem):
        is_right = document.date == date[1]
        yield Finding("dates", document.source, is_right, document.date or "no date")


def _article(
    document: Document, article: Sequence[Line], passages: Sequence[Passage], lines: Sequence[Line]
) -> Finding:
    start, end = article[0].start, article[-1].end
    headings = {line.start for line in lines if HEADING.match(line.text)}
    held = [p for p in passages if p.start < end and start < p.end]
    others = [
        line.text
        for passage in held
        for line in lines
        if passage.start < line.end and line.start < passage.end
        if not start <= line.start < end
        if not (line.start in headings and line.start < start)
    ]
    length = sum(len(line.text) for line in article)
    is_long = length > LONGEST
    number = article[0].text.split(maxsplit=1)[0]
    seen = f"{len(held)} passages, {length} characters"
    if others:
        seen += f", with {others[0][:SHOWN]}"
    return Finding(
        "long articles" if is_long else "articles",
        f"{document.source}: {number}",
        not others and (is_long or len(held) == 1),
        seen,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", type=Path, nargs="+", metavar="FOLDER")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON only")
    options = parser.parse_args()
    files, errors = find_files(options.folders)
    found: list[Finding] = []
    for file in files:
        try:
            document = read_document(file)
        except DocumentError as unreadable:
            errors.append(unreadable)
            continue
        found += findings(document, split_into_passages(document))
    by_figure: dict[str, list[Finding]] = {}
    for finding in found:
        by_figure.setdefault(finding.figure, []).append(finding)
    counts = {name: (sum(f.is_right for f in fs), len(fs)) for name, fs in by_figure.items()}
    if options.json:
        figures = {name: {"right": right, "of": n} for name, (right, n) in counts.items()}
        failures = [[f.figure, f.where, f.seen] for f in found if not f.is_right]
        print(json.dumps({"figures": figures, "failures": failures}, ensure_ascii=False))
        return
    for finding in found:
        if not finding.is_right:
            print(f"{finding.figure}: {finding.where} ({finding.seen})")
    for error in errors:
        print(f"not read: {error}")
    print("\n| figure | right | of | share |\n|---|---|---|---|")
    for name, (right, n) in counts.items():
        print(f"| {name} | {right} | {n} | {right / n:.4f} |")


if __name__ == "__main__":
    main()

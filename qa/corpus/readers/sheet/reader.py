"""Spreadsheets and CSV files become text: of each sheet its titles, its tables and its notes.

Hidden sheets are read, for anyone can show them; those that only a program can show are not.
Formulas stand as what they gave when the file was saved, and nothing outside of it is asked.
"""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import python_calamine as calamine

from qa.corpus.decoding import decode
from qa.corpus.imprint.issuers import is_organisation
from qa.corpus.readers.extracted import Extracted, Limits, Progress, UnreadableError
from qa.corpus.readers.office_package import SPREADSHEET, damaged, repacked, unpack
from qa.corpus.readers.sheet.heads import Cell
from qa.corpus.readers.sheet.numbers import Value, shown
from qa.corpus.readers.sheet.styles import Look, Style, look_at, read_styles, sheet_parts
from qa.corpus.readers.sheet.tables import Grid, grid_lines, one_line
from qa.errors import DocumentError

_PARTS = ("xl/worksheets/", "xl/workbook.xml", "xl/sharedStrings.xml", "xl/styles.xml")
_UNNAMED = re.compile(r"(?:Sheet|工作表|Feuil|Tabelle|シート)\s?\d{0,4}$", re.IGNORECASE)
_ESCAPE = re.compile(r"_x([0-9A-Fa-f]{4})_")
_CONTROL = dict.fromkeys((*range(9), *range(14, 32), 127))
_FORMULA = re.compile(r"=\"([^\"]*+)\"$")
_DELIMITERS = ",;\t|"
_SAMPLE = 100
"""Rows of a CSV file that tell its delimiter."""

_LEAST = 4
"""Characters that a cell takes in a row: a bar, a letter and two spaces."""

_PLAIN = Style()

_TITLE_LENGTH = 90
_NO_TITLE = re.compile(r"附[件表录]|.{0,40}[。；：:]|.{0,4}单位|.{1,4}$")
"""What stands above a title or below it."""


def read(path: Path, limits: Limits, progress: Progress) -> Extracted:
    """Read a spreadsheet (.xlsx) or a CSV file. Raises UnreadableError."""
    if path.suffix.lower() == ".csv":
        return _extracted({"": _csv_grid(path, limits)}, limits, ())
    grids: dict[str, Grid] = {}
    warnings: list[str] = []
    for name, grid, done, whole in _sheets(path, limits, warnings):
        if any(map(any, grid.rows)):
            grids[name] = grid
        progress(done, whole)
    return _extracted(grids, limits, warnings)


def _extracted(
    grids: Mapping[str, Grid], limits: Limits, warnings: "list[str] | tuple[()]"
) -> Extracted:
    """The text of grids by the names of their sheets."""
    written: list[str] = []
    length = 0
    for name, grid in grids.items():
        if name and not (len(grids) == 1 and _UNNAMED.match(name)):
            written += [f"## {name}", ""]
        for line in grid_lines(grid):
            length += len(line) + 1
            if length > limits.characters:
                raise _too_large(limits)
            if line or (written and written[-1]):
                written.append(line)
    if not written:
        raise UnreadableError("it holds no text: all of its cells are empty")
    title = _title(next(iter(grids.values()))) if len(grids) == 1 else ""
    facts = {"title": title} if title else {}
    return Extracted("\n".join(written).strip() + "\n", facts, None, tuple(warnings))


def _title(grid: Grid) -> str:
    """The line above the table that names it."""
    for line in grid_lines(Grid(grid.rows[:12], grid.spans)):
        if line.startswith("|"):
            break
        if line and len(line) <= _TITLE_LENGTH and not _NO_TITLE.match(line):
            return "" if is_organisation(line) else line  # the title goes on in the next row
    return ""


def _too_large(limits: Limits) -> UnreadableError:
    most = f"{limits.characters:,} characters"
    return UnreadableError(f"its cells would take more than {most}; split it into several files")


def _sheets(
    path: Path, limits: Limits, warnings: list[str]
) -> Iterator[tuple[str, Grid, int, int]]:
    """The sheets that can be read, with their names and how many are done of how many."""
    unpacked = unpack(path, SPREADSHEET, limits)
    parts = {
        name: content
        for name, content in unpacked.items()
        if name.startswith(_PARTS) or name.endswith((".rels", "[Content_Types].xml"))
    }
    places, styles = sheet_parts(parts), read_styles(parts.get("xl/styles.xml", b""))
    looks = _looks(parts, places, styles, limits)
    try:
        with calamine.load_workbook(repacked(parts)) as book:
            whole = len(book.sheets_metadata)
            for done, sheet in enumerate(book.sheets_metadata, start=1):
                if sheet.name not in looks:
                    continue
                if sheet.visible == calamine.SheetVisibleEnum.VeryHidden:
                    warnings.append(f'the sheet "{sheet.name}" is hidden by a program; not read')
                    continue
                grid = _grid(book.get_sheet_by_name(sheet.name), looks[sheet.name], limits)
                yield sheet.name, grid, done, whole
    except calamine.PasswordError as error:
        raise UnreadableError("protected with a password; open it and save it without") from error
    except (calamine.CalamineError, ValueError, OverflowError) as error:
        raise damaged(SPREADSHEET, str(error).split("\n")[0][:200]) from error


def _looks(
    parts: Mapping[str, bytes], places: Mapping[str, str], styles: list[Style], limits: Limits
) -> dict[str, Look]:
    """How the sheets of cells look, by name. Raises UnreadableError where one is too large."""
    looks: dict[str, Look] = {}
    for name, place in places.items():
        if place not in parts or not place.startswith("xl/worksheets/"):
            continue  # a sheet that is a diagram
        look = look_at(parts[place], styles, most=limits.characters // _LEAST)
        if look.cells > limits.characters // _LEAST:
            raise _too_large(limits)
        if look.rows * look.columns > limits.characters // _LEAST:
            size = f"{look.rows:,} rows and {look.columns:,} columns"
            raise UnreadableError(
                f'the sheet "{name}" spans {size}; delete the cells that lie far from the others'
            )
        looks[name] = look
    return looks


def _grid(sheet: calamine.CalamineSheet, look: Look, limits: Limits) -> Grid:
    rows: list[list[str]] = []
    strong: set[int] = set()
    top, left = sheet.start or (0, 0)
    for number, values in enumerate(sheet.to_python(), start=top):
        row = [""] * (left + len(values))
        styles = look.styles.get(number, {})
        plain = 0
        for column, value in enumerate(values, start=left):
            if value != "":
                style = styles.get(column, _PLAIN)
                row[column] = _cell(value, style.code)
                plain += not style.strong
        if not plain and any(row):
            strong.add(number - top)
        rows.append(row)
    return Grid(rows, _spans(sheet, top, rows, limits), strong)


def _spans(
    sheet: calamine.CalamineSheet, top: int, rows: list[list[str]], limits: Limits
) -> dict[Cell, Cell]:
    """The merged cells that lie within the rows, as far as those can hold them."""
    spans: dict[Cell, Cell] = {}
    width = max(map(len, rows), default=0)
    left = limits.characters
    for (row, column), (last_row, last_column) in sheet.merged_cell_ranges or ():
        high = min(last_row - top, len(rows) - 1) - (row - top) + 1
        wide = min(last_column, width - 1) - column + 1
        left -= max(0, high) * max(0, wide)
        if left < 0:
            break
        if row >= top and high * wide > 1 and high > 0:
            spans[row - top, column] = (high, wide)
    return spans


def _cell(value: Value, code: str) -> str:
    text = value if isinstance(value, str) else shown(value, code)
    if "_x" in text:
        text = _ESCAPE.sub(lambda found: chr(int(found[1], 16)), text)
    return one_line(text.translate(_CONTROL))


def _csv_grid(path: Path, limits: Limits) -> Grid:
    try:
        text = decode(path, path.read_bytes()).lstrip("\ufeff")
    except DocumentError as error:
        raise UnreadableError(f"{error.reason}; save it as CSV in UTF-8") from error
    if text[:200].lstrip().lower().startswith(("<html", "<!doctype", "<table", "<?xml")):
        raise UnreadableError("a web page, not a CSV file; name it .html")
    delimiter = ""
    if (first := text[:10].split("\n")[0].strip().lower()).startswith("sep=") and len(first) == 5:
        delimiter, text = first[4], text[text.index("\n") + 1 :] if "\n" in text else ""
    csv.field_size_limit(limits.characters)
    # A quotation mark without its other half would take in the rest of the file.
    quoted = text.count('"') % 2 == 0
    delimiter = delimiter or _delimiter(text, quoted=quoted)
    rows: list[list[str]] = []
    cells = 0
    for row in _csv_rows(text, delimiter, quoted=quoted):
        cells += len(row)
        if cells > limits.characters // 2:
            raise _too_large(limits)
        rows.append([_csv_cell(cell) for cell in row])
    width = max(map(len, rows), default=0)
    if len(rows) * width > limits.characters:
        raise _too_large(limits)
    return Grid([row + [""] * (width - len(row)) for row in rows])


def _csv_rows(text: str, delimiter: str, *, quoted: bool) -> Iterator[list[str]]:
    quoting: Final = csv.QUOTE_MINIMAL if quoted else csv.QUOTE_NONE
    lines = io.StringIO(text, newline="")
    try:
        yield from csv.reader(lines, delimiter=delimiter, quoting=quoting)
    except csv.Error as error:
        raise UnreadableError(f"no CSV file ({error}); save it as CSV in UTF-8") from error


def _csv_cell(text: str) -> str:
    text = text.strip()
    if found := _FORMULA.match(text):
        text = found[1]
    return one_line(text.strip('"').translate(_CONTROL))


def _delimiter(text: str, *, quoted: bool) -> str:
    """What parts the cells: that with which most rows have as many of them, more than one."""

    def agreement(delimiter: str) -> tuple[float, int]:
        sample = _csv_rows(text, delimiter, quoted=quoted)
        widths = Counter(len(row) for _, row in zip(range(_SAMPLE), sample, strict=False) if row)
        wide = [(count * width, width) for width, count in widths.items() if width > 1]
        return max(wide, default=(0, 0))

    return max(_DELIMITERS, key=agreement)

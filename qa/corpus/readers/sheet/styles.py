"""What a spreadsheet's cells look like, as far as it tells what they mean, and where they stand.

The values themselves are read by calamine, which gives neither how numbers are shown nor which
rows are set off, and takes memory for the whole rectangle that two far cells span.
"""

import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from lxml import etree

from qa.corpus.readers.office_package import SPREADSHEET, damaged
from qa.corpus.readers.sheet.numbers import BUILT_IN

_GENERAL = 0  # the number of the format that is none
_DEFAULT_FILLS = 2  # every file begins with these: none, and one that is reserved
_COLUMNS = 16_384  # of a sheet, ECMA-376
_ROWS = 1_048_576
_START = 200  # bytes, in which every other letter of UTF-16 is a zero

_TAG = re.compile(rb"<(?:\w{1,20}:)?(?P<name>row|c)(?=[\s/>])(?P<attributes>[^>]*+)>")
_PLACE = re.compile(rb"\sr\s?=\s?[\"'](?P<column>[A-Z]{0,3})(?P<row>\d{0,7})[\"']")
_STYLE = re.compile(rb"\ss\s?=\s?[\"'](?P<number>\d{1,6})[\"']")


@dataclass(frozen=True, slots=True)
class Style:
    """How a cell is shown: the code of its number format, and whether bold or on a colour."""

    code: str = ""
    strong: bool = False


_PLAIN = Style()


@dataclass(slots=True)
class Look:
    """The cells of a sheet that hold something: how many, how far, and how they are shown.

    styles: by row and then column, of cells that have one worth knowing
    """

    cells: int = 0
    rows: int = 0
    columns: int = 0
    styles: dict[int, dict[int, Style]] = field(default_factory=dict)


def parse(content: bytes, name: str) -> etree._Element:
    """The XML of a part. Raises UnreadableError where it is damaged."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        return etree.fromstring(content, parser)
    except etree.XMLSyntaxError as error:
        raise damaged(SPREADSHEET, f"{name}: {error.msg}") from error


def sheet_parts(parts: Mapping[str, bytes]) -> dict[str, str]:
    """The names of the sheets, in order, and the part that each is in. Raises UnreadableError."""
    targets: dict[str, str] = {}
    if relations := parts.get("xl/_rels/workbook.xml.rels"):
        for relation in parse(relations, "its list of sheets"):
            target = str(relation.get("Target", "")).replace("\\", "/")
            targets[str(relation.get("Id", ""))] = posixpath.normpath(
                posixpath.join("/xl", target)
            ).lstrip("/")
    found: dict[str, str] = {}
    for element in parse(parts.get("xl/workbook.xml", b""), "the workbook").iter("{*}sheet"):
        relation_id = next((v for k, v in element.attrib.items() if str(k).endswith("}id")), "")
        found[str(element.get("name", ""))] = targets.get(str(relation_id), "")
    return found


def read_styles(content: bytes) -> list[Style]:
    """The styles that cells refer to by number. Raises UnreadableError."""
    if not content:
        return []
    root = parse(content, "its styles")
    codes = dict(BUILT_IN)
    for element in root.iter("{*}numFmt"):
        codes[_int(element.get("numFmtId"))] = str(element.get("formatCode", ""))
    fonts = [
        any(bold.get("val", "1") not in ("0", "false") for bold in font.iterfind("{*}b"))
        for font in root.iterfind("{*}fonts/{*}font")
    ]
    bold = {number for number, is_bold in enumerate(fonts) if is_bold}
    found = []
    for element in root.iterfind("{*}cellXfs/{*}xf"):
        code = codes.get(_int(element.get("numFmtId")), "")
        is_filled = _int(element.get("fillId")) >= _DEFAULT_FILLS
        found.append(Style(code, is_filled or _int(element.get("fontId")) in bold))
    return found


def look_at(content: bytes, styles: list[Style], *, most: int) -> Look:
    """Where the cells of a sheet stand; stops where there are more than so many.

    Its XML is only scanned, which is faster than parsing it; calamine sees whether it is sound.
    Raises UnreadableError where it is in no encoding that can be.
    """
    if b"\0" in content[:_START]:
        raise damaged(SPREADSHEET, "a sheet that is not in UTF-8")
    look = Look()
    for row, column, style in _cells(content):
        look.cells += 1
        look.rows, look.columns = max(look.rows, row + 1), max(look.columns, column + 1)
        if look.cells > most:
            break
        if style < len(styles) and styles[style] != _PLAIN:
            look.styles.setdefault(row, {})[column] = styles[style]
    return look


def _cells(content: bytes) -> Iterator[tuple[int, int, int]]:
    """Row, column and style of the cells that hold something, in the order of the file."""
    row, column = -1, -1
    for found in _TAG.finditer(content):
        attributes = found["attributes"]
        place, style = _PLACE.search(attributes), _STYLE.search(attributes)
        if found["name"] == b"row":
            row, column = int(place["row"]) - 1 if place and place["row"] else row + 1, -1
            continue
        column = _column(place["column"]) if place and place["column"] else column + 1
        is_empty = attributes.endswith(b"/")
        if not is_empty and 0 <= row < _ROWS and column < _COLUMNS:
            yield row, column, int(style["number"]) if style else _GENERAL


@lru_cache(maxsize=_COLUMNS)
def _column(letters: bytes) -> int:
    """The column that letters like AB name, from 0."""
    number = 0
    for letter in letters:
        number = number * 26 + letter - ord("A") + 1
    return number - 1


def _int(text: object, otherwise: int = 0) -> int:
    return (
        int(str(text))
        if text is not None and str(text).isascii() and str(text).isdigit()
        else (otherwise)
    )

"""Tables in text: Markdown, tab-separated, or columns aligned by spaces.

A row is read with the heads of its columns: "用户类别：工业；按面积计费（元/平方米·月）：6.10".
"""

import re
from collections.abc import Sequence
from dataclasses import replace

from qa.types import Block, BlockKind

MAX_COLUMNS = 60
"""A line with more cells is data, not a table to read aloud."""

_SEPARATOR = re.compile(r"(?=[^-]*+-)[\s:|-]++")
_COLUMNS = re.compile(r"\t| {3,}")
_UNIT = re.compile(r"[（(]?\s?(?:计量)?(?:单位|單位|Unit)\s?[:：].{1,30}$")
_FIGURE = re.compile(r"[£$¥€+\-−–<>≤≥约約]?\s?\d[\d,.]*\s?(?:[%％‰]|[^\d\s年].{0,5})?$")
_YEAR = re.compile(r"(?:19|20)\d\d(?:\s?年.{0,4}|[-–/]\d{2,4})?$")


def cells(text: str) -> list[str]:
    """The cells of a table row in any of the three forms, [] where the text is none.

    >>> cells("| 工业 | 6.10 |"), cells("工业\\t6.10"), cells("无表格。")
    (['工业', '6.10'], ['工业', '6.10'], [])
    """
    if len(text) > 1 and text[0] == text[-1] == "|":
        found = text[1:-1].replace("\\|", "\0").split("|")
        return [cell.replace("\0", "|").strip() for cell in found][:MAX_COLUMNS]
    if "\t" in text or "   " in text:
        found = [cell.strip() for cell in _COLUMNS.split(text)]
        found = found if "\t" in text else [cell for cell in found if cell]
        return found[:MAX_COLUMNS] if len(found) > 1 else []
    return []


def is_separator(text: str) -> bool:
    """Whether a line only separates a Markdown table's head from its rows."""
    return "-" in text and "|" in text and bool(_SEPARATOR.fullmatch(text))


def read_row(header: Sequence[str], row: Sequence[str]) -> str:
    """A row with the heads of its columns; cells beyond the heads, or empty, have none.

    >>> read_row(["档次", "比例"], ["一档", "6%"])
    '档次：一档；比例：6%'
    """
    if not header and len(row) == 2:
        return f"{row[0]}：{row[1]}"
    heads = [*header, *[""] * (len(row) - len(header))]
    return "；".join(
        f"{head}：{cell}" if head and head != cell else cell
        for head, cell in zip(heads, row, strict=False)
        if cell
    )


def find_tables(text: str, blocks: Sequence[Block]) -> list[Block]:
    """Mark the rows of tables and their heads; a row's parent is the number of its head.

    Rows between bars are one table as long as no blank line of the text parts them.
    """
    marked = list(blocks)
    first = 0
    while first < len(blocks):
        last = first
        while last < len(blocks) and _is_row(blocks[last]):
            last += 1
            if last < len(blocks) and _is_parted(text, blocks[last - 1], blocks[last]):
                break
        if last - first >= 2:
            _mark_table(marked, first, last)
        first = max(last, first + 1)
    return marked


def _is_row(block: Block) -> bool:
    return block.kind is not BlockKind.NOTE and (
        bool(cells(block.text)) or is_separator(block.text)
    )


def _is_parted(text: str, row: Block, following: Block) -> bool:
    is_barred = row.text.startswith("|") and following.text.startswith("|")
    return is_barred and text.count("\n", row.end, following.start) > 1


def _mark_table(blocks: list[Block], first: int, last: int) -> None:
    """Mark the blocks from first up to last as one table."""
    lines = [cells(block.text) for block in blocks[first:last]]
    separator = next((i for i in range(1, len(lines)) if is_separator(blocks[first + i].text)), 0)
    heads = separator if separator else int(_has_header(lines))
    for number in range(first, last):
        is_head = number - first < heads or is_separator(blocks[number].text)
        kind = BlockKind.HEADER if is_head else BlockKind.ROW
        parent = first if heads and not is_head else -1
        blocks[number] = replace(blocks[number], kind=kind, level=0, label="", parent=parent)
    if first and _UNIT.match(blocks[first - 1].text):
        blocks[first - 1] = replace(blocks[first - 1], kind=BlockKind.HEADER, level=0, label="")


def _has_header(lines: Sequence[Sequence[str]]) -> bool:
    """Whether the first line names the columns: it has fewer figures than the lines below."""
    head, below = lines[0], lines[1:]
    usual = sorted(_figures(line) for line in below)[len(below) // 2]
    return _figures(head) == 0 and (usual > 0 or (len(below) > 1 and len(head) > 2))


def _figures(line: Sequence[str]) -> int:
    return sum(bool(_FIGURE.match(cell)) and not _YEAR.match(cell) for cell in line)

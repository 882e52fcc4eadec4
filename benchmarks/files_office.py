"""Writes text documents as DOCX, XLSX and LibreOffice's PDF, for `files.py`."""

import html
import re
import shutil
import subprocess
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import docx
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import nsdecls, qn
from files_written import Part, Source, runs_of

from qa.types import BlockKind

_WIDE = 4  # columns that a paragraph of a sheet runs over
_NUMBER = re.compile(r"\d+|[一二三四五六七八九十百零]+")
_UNITS = "零一二三四五六七八九"
_TENS = [*(f"{u}十" for u in ["", *_UNITS[2:]])]
_CHINESE = ["", *_UNITS[1:], *(f"{ten}{unit}" for ten in _TENS for unit in ["", *_UNITS[1:]])]


def write_word(source: Source, path: Path, *, is_numbered: bool) -> None:
    """A DOCX with styles and tables; where `is_numbered`, 第一条, 一、 and 1. are automatic."""
    made = docx.Document()
    made.styles["Normal"].element.get_or_add_rPr().get_or_add_rFonts().set(
        qn("w:eastAsia"), "Noto Serif CJK SC"
    )
    numbering = _Numbering(made.part.numbering_part.element) if is_numbered else None
    made.sections[0].header.paragraphs[0].text = source.title
    foot = made.sections[0].footer.paragraphs[0]
    foot.alignment = WD_ALIGN_PARAGRAPH.CENTER
    field = OxmlElement("w:fldSimple")
    field.set(qn("w:instr"), "PAGE")
    foot._p.append(field)
    foot.add_run().text = ""
    for is_table, parts in runs_of(source):
        if is_table:
            width = max(len(part.cells) for part in parts)
            table = made.add_table(len(parts), width, style="Table Grid")
            for row, part in zip(table.rows, parts, strict=True):
                for cell, text in zip(row.cells, part.cells, strict=False):
                    cell.text = text
            continue
        part = parts[0]
        is_bullet = part.text.startswith(("- ", "• ", "* "))
        style = {BlockKind.TITLE: "Title", BlockKind.HEADING: f"Heading {min(part.depth, 9)}"}
        named = "List Bullet" if is_bullet else style.get(part.kind, "Normal")
        paragraph = made.add_paragraph(style=named)
        text = part.text[2:] if is_bullet else part.text
        if numbering and not is_bullet:
            text = numbering.take(paragraph, part)
        paragraph.add_run(text)
        if part.kind is BlockKind.SIGNATURE:
            paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    made.save(str(path))


class _Numbering:
    """Lists in numbering.xml: one definition a form of label, an instance wherever it restarts."""

    def __init__(self, root: Any) -> None:
        self._root = root
        self._forms: dict[str, int] = {}
        self._open: dict[str, tuple[int, int]] = {}  # by form: the instance, its last number
        self._last = 500

    def take(self, paragraph: Any, part: Part) -> str:
        """Number a paragraph as its label says; return its text without the label."""
        label = part.label + "." * part.text.startswith(f"{part.label}.")
        numbers = _NUMBER.findall(label)
        if len(numbers) != 1 or not part.text.startswith(label):
            return part.text
        is_chinese = not numbers[0].isdigit()
        if is_chinese and numbers[0] not in _CHINESE:
            return part.text
        value = _CHINESE.index(numbers[0]) if is_chinese else int(numbers[0])
        form = label.replace(numbers[0], "%1") + "c" * is_chinese
        instance, last = self._open.get(form, (0, 0))
        if value != last + 1 or value == 1:
            instance = self._instance(form, value)
        self._open[form] = (instance, value)
        properties = paragraph._p.get_or_add_pPr().get_or_add_numPr()
        properties.get_or_add_ilvl().val, properties.get_or_add_numId().val = 0, instance
        return part.text.removeprefix(label).lstrip()

    def _instance(self, form: str, start: int) -> int:
        if form not in self._forms:
            self._forms[form] = self._next()
            kind = "chineseCountingThousand" if form.endswith("c") else "decimal"
            shown = html.escape(form.removesuffix("c"), quote=True)
            first = self._root.find(qn("w:num"))
            first.addprevious(
                parse_xml(
                    f'<w:abstractNum {nsdecls("w")} w:abstractNumId="{self._forms[form]}">'
                    f'<w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="{kind}"/>'
                    f'<w:suff w:val="space"/><w:lvlText w:val="{shown}"/></w:lvl></w:abstractNum>'
                )
            )
        number = self._next()
        self._root.append(
            parse_xml(
                f'<w:num {nsdecls("w")} w:numId="{number}">'
                f'<w:abstractNumId w:val="{self._forms[form]}"/><w:lvlOverride w:ilvl="0">'
                f'<w:startOverride w:val="{start}"/></w:lvlOverride></w:num>'
            )
        )
        return number

    def _next(self) -> int:
        self._last += 1
        return self._last


def print_office(words: Sequence[Path], folder: Path) -> None:
    """Print DOCX files as PDF by LibreOffice, all in one run."""
    soffice = shutil.which("soffice")
    profile = f"-env:UserInstallation=file://{folder.resolve()}/profile"
    command = [str(soffice), profile, "--headless", "--convert-to", "pdf", "--outdir", str(folder)]
    subprocess.run([*command, *map(str, words)], check=True, capture_output=True)  # noqa: S603
    shutil.rmtree(folder / "profile", ignore_errors=True)


def write_sheet(source: Source, path: Path) -> None:
    """A sheet: paragraphs in merged rows, tables as they are, numbers as numbers."""
    rows: list[str] = []
    merged: list[str] = []
    for part in source.parts:
        number = len(rows) + 1
        if not part.cells:
            merged.append(f'<mergeCell ref="A{number}:{chr(64 + _WIDE)}{number}"/>')
        found = "".join(
            _cell(f"{chr(65 + column)}{number}", cell)
            for column, cell in enumerate(part.cells or (part.text,))
        )
        rows.append(f'<row r="{number}">{found}</row>')
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006"
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    sheet = "xl/worksheets/sheet1.xml"
    head = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
    files = {
        "[Content_Types].xml": f'<Types xmlns="{package}/content-types"><Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{kind}.sheet.main+xml"/>'
        f'<Override PartName="/{sheet}" ContentType="{kind}.worksheet+xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{package}/relationships"><Relationship Id="r1" '
        f'Type="{office}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{office}"><sheets>'
        '<sheet name="Sheet1" sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}/relationships">'
        f'<Relationship Id="r1" Type="{office}/worksheet" Target="/{sheet}"/></Relationships>',
        sheet: f'<worksheet xmlns="{main}"><sheetData>{"".join(rows)}</sheetData>'
        f'<mergeCells count="{len(merged)}">{"".join(merged)}</mergeCells></worksheet>',
    }
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package_file:
        for name, content in files.items():
            package_file.writestr(name, head + content)


def _cell(place: str, text: str) -> str:
    if re.fullmatch(r"[1-9]\d{0,8}", text):
        return f'<c r="{place}"><v>{text}</v></c>'
    return f'<c r="{place}" t="inlineStr"><is><t>{html.escape(text)}</t></is></c>'

"""A spreadsheet reads as people see it: numbers as shown, heads joined, notes beside its tables."""

import io
import random
import zipfile
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from qa.corpus.metadata import read_metadata
from qa.corpus.readers.extracted import Extracted, Limits, UnreadableError
from qa.corpus.readers.sheet.numbers import shown
from qa.corpus.readers.sheet.reader import read
from qa.corpus.readers.sheet.tables import Grid, grid_lines
from qa.corpus.structure import parse
from qa.corpus.tables import cells
from qa.types import BlockKind


def extract(path: Path, limits: Limits | None = None) -> Extracted:
    return read(path, limits or Limits(), lambda _done, _whole: None)


def book(path: Path, fill: Callable[[xlsxwriter.Workbook], None]) -> Path:
    with xlsxwriter.Workbook(path) as workbook:
        fill(workbook)
    return path


def standards(workbook: xlsxwriter.Workbook) -> None:
    """A title over the table, a unit, heads in two rows, sections, merged cells, a note."""
    sheet = workbook.add_worksheet("Sheet1")
    sheet.merge_range("A1:E1", "青澜市困难群众补贴标准表")
    sheet.write("E2", "单位：元/人·月")
    sheet.merge_range("A3:A4", "序号")
    sheet.merge_range("B3:B4", "对象\n类别")
    sheet.merge_range("C3:D3", "补贴")
    sheet.merge_range("E3:E4", "执行日期")
    sheet.write_row("C4", ["甲类", "乙类"])
    sheet.merge_range("A5:E5", "一、低保家庭")
    sheet.write_row("A6", [1, "重度残疾", 500.0, 400.5])
    sheet.write_datetime("E6", datetime(2024, 5, 1), workbook.add_format({"num_format": 14}))
    sheet.merge_range("B6:B7", "重度残疾")
    sheet.write("A7", 2)
    sheet.write_row("C7", [300, 200])
    sheet.merge_range("A8:E8", "二、低收入家庭")
    sheet.write_row("A9", [3, "轻度残疾"])
    sheet.merge_range("C9:D9", 150)
    sheet.merge_range("A11:E11", "注：甲类指城镇户籍。")


STANDARDS = """\
青澜市困难群众补贴标准表

单位：元/人·月

一、低保家庭

| 序号 | 对象类别 | 补贴 甲类 | 补贴 乙类 | 执行日期 |
| --- | --- | --- | --- | --- |
| 1 | 重度残疾 | 500 | 400.5 | 2024-05-01 |
| 2 | 重度残疾 | 300 | 200 |  |

二、低收入家庭

| 序号 | 对象类别 | 补贴 甲类 | 补贴 乙类 | 执行日期 |
| --- | --- | --- | --- | --- |
| 3 | 轻度残疾 | 150 | 150 |  |

注：甲类指城镇户籍。
"""


def test_a_table_of_standards(tmp_path: Path) -> None:
    found = extract(book(tmp_path / "a.xlsx", standards))
    assert found.text == STANDARDS
    assert found.facts == {"title": "青澜市困难群众补贴标准表"}
    blocks = parse(found.text)
    assert blocks[0].kind is BlockKind.TITLE
    rows = [block for block in blocks if block.kind is BlockKind.ROW]
    assert len(rows) == 3
    assert all(cells(blocks[row.parent].text)[2] == "补贴 甲类" for row in rows)


@pytest.mark.parametrize(
    ("value", "code", "expected"),
    [  # what Excel and LibreOffice show
        (0.15, "0%", "15%"),
        (0.155, "0.0%", "15.5%"),
        (1234.5, "#,##0.00", "1,234.50"),
        (-1234.5, "#,##0.00", "-1,234.50"),
        (-3, "#,##0_);(#,##0)", "(3)"),
        (0, '#,##0;-#,##0;"-"', "-"),
        (12, "000000", "000012"),
        (1234.5, "[$¥-804]#,##0.00", "¥1,234.50"),
        (1_250_000, '0.00,,"百万"', "1.25百万"),
        (2.5, "0", "3"),
        (7, '"第"0"名"', "第7名"),
        (12.5, 'General"元"', "12.5元"),
        (5.0, "", "5"),
        (3.0000000004, "", "3"),
        (0.1 + 0.2, "", "0.3"),
        (13800138000.0, "", "13800138000"),
        (0.5, "# ?/?", "0.5"),  # fractions are left as they are
        (1e300, '0.00"元"', f"{Decimal('1e300'):f}"),
        (float("nan"), "0.00", ""),
        (True, "", "TRUE"),
        (date(2024, 5, 1), 'yyyy"年"m"月"', "2024年5月"),
        (date(2024, 5, 1), "yyyy-mm", "2024-05"),
        (date(2024, 5, 1), 'm"月"d"日"', "5月1日"),
        (datetime(2024, 5, 1, 9, 30), "", "2024-05-01 09:30"),
        (datetime(2024, 5, 1, 9, 30), "yyyy-mm-dd", "2024-05-01"),
    ],
)
def test_values_as_shown(value: float, code: str, expected: str) -> None:
    assert shown(value, code) == expected


@given(st.floats(-1e14, 1e14), st.integers(0, 6))
def test_decimals_are_pythons(value: float, decimals: int) -> None:
    code = "0." + "0" * decimals if decimals else "0"
    assert abs(float(shown(value, code)) - value) <= 0.5000001 * 10**-decimals + abs(value) * 1e-15


@given(st.floats(allow_nan=False), st.text('0#?.,%"_*[];\\E/元$-<>=General', max_size=30))
def test_no_format_breaks_a_number(value: float, code: str) -> None:
    assert "\n" not in shown(value, code)


def test_sheets_have_their_names_and_hidden_ones_are_told(tmp_path: Path) -> None:
    def fill(workbook: xlsxwriter.Workbook) -> None:
        bold = workbook.add_format({"bold": True})
        for name in ("2024年", "Sheet2", "隐藏", "深藏", "空"):
            sheet = workbook.add_worksheet(name)
            if name != "空":
                sheet.write_row(0, 0, ["事项", "部门"], bold)
                sheet.write_row(1, 0, [f"{name}低保", "民政局|科"])
        workbook.get_worksheet_by_name("隐藏").hide()
        workbook.get_worksheet_by_name("深藏").very_hidden()
        workbook.add_chartsheet("图")

    found = extract(book(tmp_path / "a.xlsx", fill))
    assert found.text.startswith(
        "## 2024年\n\n| 事项 | 部门 |\n| --- | --- |\n| 2024年低保 | 民政局\\|科 |\n\n## Sheet2\n"
    )
    assert "## 隐藏" in found.text
    assert "深藏低保" not in found.text
    assert "空" not in found.text
    assert found.warnings == ('the sheet "深藏" is hidden by a program; not read',)


def test_formulas_errors_and_control_characters(tmp_path: Path) -> None:
    def fill(workbook: xlsxwriter.Workbook) -> None:
        sheet = workbook.add_worksheet("Sheet1")
        sheet.write_row(0, 0, ["名称", "数额", "比例"])
        sheet.write_row(1, 0, ["甲_x000D_\n乙"])
        sheet.write_formula(1, 1, "=1+2", None, 3)
        sheet.write_formula(1, 2, "=1/0", None, "#DIV/0!")
        sheet.write_row(2, 0, ["00123", 4, 0.5])

    found = extract(book(tmp_path / "a.xlsx", fill))
    assert "| 甲 乙 | 3 |  |\n| 00123 | 4 | 0.5 |" in found.text


def lines(*rows: str, headed: bool | None = None) -> list[str]:
    grid = Grid([row.split(",") for row in rows], headed=headed)
    return [line for line in grid_lines(grid) if line]


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        pytest.param(["项目,补贴,,备注", ",城镇,农村,", "高龄,100,80,按月", "失能,200,160,"],
                     "| 项目 | 补贴 城镇 | 补贴 农村 | 备注 |", id="two rows of heads, not merged"),
        pytest.param(["指标,2022年,2023", "人数,12,13"], "| 指标 | 2022年 | 2023 |", id="years"),
        pytest.param(["甲,1", "乙,2"], "| 甲 | 1 |", id="no heads"),
        pytest.param(["单位：,甲局,", "指标,上年,本年", "人数,12,13"], "单位：甲局", id="fields"),
        pytest.param(["第一段。,", "第二段。,"], "第一段。", id="prose"),
        pytest.param(["电话,0123"], "电话：0123", id="one row"),
    ],
)  # fmt: skip
def test_first_lines(rows: list[str], expected: str) -> None:
    assert lines(*rows)[0] == expected


def test_a_title_of_two_rows_is_read_off_the_head(tmp_path: Path) -> None:
    def fill(workbook: xlsxwriter.Workbook) -> None:
        sheet = workbook.add_worksheet()
        head = ["甲市发展和改革委员会", "关于供热价格的通知", "甲发改〔2024〕3号"]
        sheet.write_column(0, 0, head)
        sheet.write_row(3, 0, ["档次", "标准"])
        sheet.write_row(4, 0, ["一档", 100])

    found = extract(book(tmp_path / "a.xlsx", fill))
    assert "title" not in found.facts
    blocks = parse(found.text, wrapped=False)
    known = read_metadata(found.text, blocks, file_name="a", described={})
    assert known.title == "甲市发展和改革委员会关于供热价格的通知"


def test_an_empty_row_parts_tables_and_the_heads_go_on() -> None:
    found = lines("项目,金额,比例", "甲,1,2", ",,", "乙,3,4", ",,", "另,一,表", "丙,5,6")
    assert [line for line in found if "---" not in line] == [
        "| 项目 | 金额 | 比例 |", "| 甲 | 1 | 2 |", "| 项目 | 金额 | 比例 |", "| 乙 | 3 | 4 |",
        "| 另 | 一 | 表 |", "| 丙 | 5 | 6 |",
    ]  # fmt: skip


def test_wide_tables_are_cut_and_each_part_has_the_first_column() -> None:
    heads = ["名称", *(f"列{n}" for n in range(150))]
    found = lines(",".join(heads), ",".join(["甲", *map(str, range(150))]))
    rows = [cells(line) for line in found]
    assert max(map(len, rows)) <= 60
    assert [row[0] for row in rows] == ["名称", "---", "甲"] * 3
    assert [cell for row in rows if row[0] == "甲" for cell in row[1:]] == list(
        map(str, range(150))
    )


@given(st.lists(st.lists(st.sampled_from(["", "甲", "乙|", "1.5", "单位：元"]), min_size=4,
                         max_size=4), max_size=12))  # fmt: skip
def test_no_cell_is_lost(rows: list[list[str]]) -> None:
    text = "\n".join(grid_lines(Grid(rows)))
    for row in rows:
        assert all(cell.replace("|", "\\|") in text or cell in text for cell in row)


TABLE = '类别,标准,"备注"\r\n一档,15%,"含\r\n护理"\r\n二档,8%,""\r\n'
READ = "| 类别 | 标准 | 备注 |\n| --- | --- | --- |\n| 一档 | 15% | 含 护理 |\n| 二档 | 8% |  |\n"


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
def test_csv(tmp_path: Path, encoding: str, delimiter: str) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(TABLE.replace(",", delimiter).encode(encoding))
    assert extract(path).text == READ


def test_csv_in_big5_with_its_delimiter_named_and_a_lone_quote(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    rows = "".join(f'臺北市政府社會局,補助標準"{n},辦理\r\n' for n in range(3))
    path.write_bytes(("sep=,\r\n機關,說明,方式\r\n" + rows).encode("big5"))
    found = extract(path).text
    assert found.startswith("| 機關 | 說明 | 方式 |\n")
    assert found.count("臺北市政府社會局") == 3


def repack(path: Path, change: Callable[[str, bytes], bytes]) -> None:
    """Change the parts of a packed file."""
    with zipfile.ZipFile(io.BytesIO(path.read_bytes())) as old:
        parts = {name: old.read(name) for name in old.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for name, content in parts.items():
            new.writestr(name, change(name, content))


OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("a.xlsx", b"", "empty"),
        ("a.xlsx", b"PK\x03\x04" + b"x" * 99, "cut off or broken"),
        ("a.xlsx", b"a,b\n1,2", "not a spreadsheet"),
        ("a.xlsx", OLE + "EncryptedPackage".encode("utf-16-le"), "password"),
        ("a.xlsx", OLE + "Workbook".encode("utf-16-le"), "old binary format.*save it as .xlsx"),
        ("a.csv", b" \n", "empty"),
        ("a.csv", b"PK\x03\x04\0\0\0\0" + bytes(range(256)), "not text|binary"),
        ("a.csv", b"<html><table>", "web page"),
        ("a.csv", b",,\n,,\n", "no text"),
    ],
)
def test_what_cannot_be_read(tmp_path: Path, name: str, content: bytes, why: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(UnreadableError, match=why):
        extract(path)


def test_hostile_spreadsheets(tmp_path: Path) -> None:
    path = book(tmp_path / "a.xlsx", standards)
    whole = path.read_bytes()

    def refused(why: str, limits: Limits | None = None) -> None:
        with pytest.raises(UnreadableError, match=why):
            extract(path, limits)
        path.write_bytes(whole)

    refused("more than 0; split", Limits(unpacked=1000))
    refused("more than 50 characters", Limits(characters=50))
    repack(path, lambda name, old: b"\0" * (9 << 20) if "sheet1" in name else old)
    refused("bomb")
    entities = b'<!DOCTYPE w [<!ENTITY a "b">]>'
    repack(path, lambda _, old: old.replace(b"?>", b"?>" + entities, 1))
    refused("DTD")
    repack(path, lambda _, old: old.replace(b'r="E6"', b'r="XFD1048576"').replace(
        b'<row r="6"', b'<row r="1048576"'))  # fmt: skip
    refused("lie far from the others")
    repack(path, lambda name, old: old.decode().encode("utf-16") if "sheet1" in name else old)
    refused("UTF-8")
    path.write_bytes(whole[: len(whole) // 2])
    refused("cut off")
    renamed = io.BytesIO()
    with zipfile.ZipFile(renamed, "w") as archive:
        archive.writestr("word/document.xml", "<a/>")
    path.write_bytes(renamed.getvalue())
    refused("name it .docx")


def test_random_damage_ends_in_text_or_an_error(tmp_path: Path) -> None:
    path = book(tmp_path / "a.xlsx", standards)
    whole, chance = path.read_bytes(), random.Random(0)  # noqa: S311

    def damage(_: str, content: bytes) -> bytes:
        if not content or chance.random() < 0.6:
            return content
        place = chance.randrange(len(content))
        return content[:place] + bytes([chance.randrange(1, 256)]) + content[place + 1 :]

    outcomes = set()
    for _ in range(60):
        path.write_bytes(whole)
        repack(path, damage)
        try:
            outcomes.add(bool(extract(path).text))
        except UnreadableError as error:
            outcomes.add(";" in str(error) or ":" in str(error))
    assert outcomes == {True}

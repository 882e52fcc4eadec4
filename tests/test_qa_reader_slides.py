"""A presentation reads slide by slide, its boxes as people go through them."""

import io
import random
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree
from pptx import Presentation
from pptx.chart.data import CategoryChartData
from pptx.enum.chart import XL_CHART_TYPE
from pptx.shapes.shapetree import _BaseGroupShapes as Shapes
from pptx.util import Inches, Pt

from qa.corpus.readers.extracted import Extracted, Limits, UnreadableError
from qa.corpus.readers.slides.order import Box, reading_order
from qa.corpus.readers.slides.reader import read
from qa.corpus.readers.slides.text import A, paragraphs
from qa.corpus.structure import parse

TITLE_SLIDE, CONTENT, COMPARISON, TITLE_ONLY, BLANK = 0, 1, 4, 5, 6


def extract(path: Path, limits: Limits | None = None) -> Extracted:
    return read(path, limits or Limits(), lambda _done, _whole: None)


def box(shapes: Shapes, left: float, top: float, text: str, size: int = 0) -> None:
    frame = shapes.add_textbox(Inches(left), Inches(top), Inches(3), Inches(1)).text_frame
    frame.text = text
    if size:
        frame.paragraphs[0].runs[0].font.size = Pt(size)


def deck(path: Path) -> Path:
    slides = Presentation()
    layouts = slides.slide_layouts
    first = slides.slides.add_slide(layouts[TITLE_SLIDE])
    first.placeholders[0].text_frame.text = "青澜市技改补贴\v政策解读"
    first.placeholders[1].text_frame.text = "青澜市工业和信息化局\n2025年5月8日"

    content = slides.slides.add_slide(layouts[CONTENT])
    content.placeholders[0].text_frame.text = "一、支持对象"
    frame = content.placeholders[1].text_frame
    frame.text = "注册在青澜市的企业"
    for level, text in ((1, "规上企业"), (0, "（一）有固定场所"), (0, "第三条 应当守信")):
        paragraph = frame.add_paragraph()
        paragraph.text, paragraph.level = text, level
    notes = content.notes_slide.notes_text_frame
    assert notes
    notes.text = "讲三分钟。\nEnglish as well."

    tabled = slides.slides.add_slide(layouts[TITLE_ONLY])
    tabled.placeholders[0].text_frame.text = "二、补贴标准"
    rows = ["类别,补贴,,备注", ",甲类,乙类,", "一档,15%,10%,上限|100万"]
    table = tabled.shapes.add_table(3, 4, Inches(1), Inches(2), Inches(8), Inches(2)).table
    for number, row in enumerate(rows):
        for column, text in enumerate(row.split(",")):
            table.cell(number, column).text = text
    for start, end in (((0, 0), (1, 0)), ((0, 1), (0, 2)), ((0, 3), (1, 3))):
        table.cell(*start).merge(table.cell(*end))

    boxes = slides.slides.add_slide(layouts[BLANK])
    for left, top, text in ((5, 4, "丁"), (1, 4, "丙"), (5, 2, "乙"), (1, 2, "甲")):
        box(boxes.shapes, left, top, text, 16)
    box(boxes.shapes, 1, 0.3, "申报流程", 32)

    compared = slides.slides.add_slide(layouts[COMPARISON])
    for number, text in enumerate(("比较", "左头", "左文", "右头", "右文")):
        compared.placeholders[number].text_frame.text = text

    hidden = slides.slides.add_slide(layouts[CONTENT])
    hidden.placeholders[0].text_frame.text = "不给人看"
    hidden.element.set("show", "0")

    grouped = slides.slides.add_slide(layouts[TITLE_ONLY])
    grouped.placeholders[0].text_frame.text = "组"
    group = grouped.shapes.add_group_shape()
    for left, top, text in ((5, 3, "右"), (1, 3, "左"), (1, 5, "下")):
        box(group.shapes, left, top, text)
    data = CategoryChartData()  # type: ignore[no-untyped-call]
    data.categories = ["图中"]
    data.add_series("数", (1,))  # type: ignore[no-untyped-call]
    grouped.shapes.add_chart(XL_CHART_TYPE.PIE, Inches(1), Inches(6), Inches(1), Inches(1), data)
    for slide in slides.slides:
        box(slide.shapes, 8, 7, "青澜工信")  # on every slide
    slides.save(str(path))
    return path


DECK = """\
## 青澜市技改补贴政策解读

青澜市工业和信息化局

2025年5月8日

## 一、支持对象

- 注册在青澜市的企业

- 规上企业

（一）有固定场所

第三条 应当守信

备注：讲三分钟。

Notes: English as well.

## 二、补贴标准

| 类别 | 补贴 甲类 | 补贴 乙类 | 备注 |
| --- | --- | --- | --- |
| 一档 | 15% | 10% | 上限\\|100万 |

## 申报流程

甲

乙

丙

丁

## 比较

左头

- 左文

右头

- 右文

## 组

左

右

下
"""


def test_a_presentation(tmp_path: Path) -> None:
    found = extract(deck(tmp_path / "a.pptx"))
    assert found.text == DECK
    assert found.warnings == ("hidden slides were not read: 6", "charts were not read: 1")
    labels = [block.label for block in parse(found.text) if block.label]
    assert labels == ["一、", "-", "-", "（一）", "第三条", "二、", "-", "-"]


def body(*content: str) -> etree._Element:
    inner = "".join(f"<a:p>{paragraph}</a:p>" for paragraph in content)
    return etree.fromstring(f'<b xmlns:a="{A[1:-1]}"><a:lstStyle/>{inner}</b>')


def numbered(kind: str, text: str, level: int = 0) -> str:
    properties = f'<a:pPr lvl="{level}"><a:buAutoNum type="{kind}"/></a:pPr>'
    return f"{properties}<a:r><a:t>{text}</a:t></a:r>"


@pytest.mark.parametrize(
    ("kind", "third"),
    [
        ("arabicPeriod", "3. 丙"),
        ("arabicParenBoth", "(3) 丙"),
        ("alphaLcParenR", "c) 丙"),
        ("romanUcPeriod", "III. 丙"),
        ("circleNumDbPlain", "③丙"),
        ("ea1ChsPeriod", "三、丙"),
    ],
)
def test_numbers_that_the_program_counts(kind: str, third: str) -> None:
    deeper = numbered(kind, "里", level=1)
    found = paragraphs(
        body(numbered(kind, "甲"), numbered(kind, "乙"), deeper, numbered(kind, "丙"))
    )
    assert found[-1] == third
    assert found[2].endswith("里")
    assert found[2] != found[1].replace("乙", "里")


def test_breaks_bullets_and_page_numbers() -> None:
    run = "<a:r><a:t>{}</a:t></a:r>".format
    page = '<a:fld type="slidenum" id="x"><a:t>7</a:t></a:fld>'
    assert paragraphs(
        body(
            run("一句话在中") + "<a:br/>" + run("间断开。") + "<a:br/>" + run("又一句。"),
            run("● 要点"),
            run("第") + page,
            page,
        )
    ) == ["一句话在中间断开。", "又一句。", "- 要点", "第"]


@given(st.lists(st.tuples(*[st.integers(0, 10)] * 4), max_size=12))
def test_every_box_is_read_once(found: list[tuple[int, int, int, int]]) -> None:
    boxes = [Box(left, top, left + width, top + high) for left, top, width, high in found]
    assert sorted(reading_order(boxes)) == list(range(len(boxes)))


@given(st.permutations(range(6)))
def test_a_grid_of_boxes_is_read_by_rows(order: list[int]) -> None:
    inch = 914_400
    grid = [Box(c * 3 * inch, r * 2 * inch, (c * 3 + 2) * inch, (r * 2 + 1) * inch)
            for r in range(2) for c in range(3)]  # fmt: skip
    found = reading_order([grid[number] for number in order])
    assert [order[number] for number in found] == list(range(6))


def test_a_card_is_read_before_the_next() -> None:
    inch = 914_400
    heads = [Box(c * 3 * inch, 0, (c * 3 + 2) * inch, inch) for c in range(2)]
    texts = [Box(c * 3 * inch, inch, (c * 3 + 2) * inch, 3 * inch) for c in range(2)]
    assert reading_order([*heads, *texts]) == [0, 2, 1, 3]


DIAGRAM = """<d:dataModel xmlns:d="http://schemas.openxmlformats.org/drawingml/2006/diagram"
 xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"><d:ptLst>
<d:pt modelId="0" type="doc"/>{points}<d:pt modelId="9" type="pres"/></d:ptLst>
<d:cxnLst>{links}</d:cxnLst></d:dataModel>"""


def test_a_diagram_is_read_in_its_order(tmp_path: Path) -> None:
    path = tmp_path / "a.pptx"
    slides = Presentation()
    slide = slides.slides.add_slide(slides.slide_layouts[TITLE_ONLY])
    slide.placeholders[0].text_frame.text = "流程"
    texts = {"1": "审核", "2": "申报", "3": "网上"}
    points = "".join(
        f'<d:pt modelId="{n}"><d:t><a:p><a:r><a:t>{text}</a:t></a:r></a:p></d:t></d:pt>'
        for n, text in texts.items()
    )
    links = "".join(
        f'<d:cxn srcId="{above}" destId="{below}" srcOrd="{order}"/>'
        for above, below, order in (("0", "1", 1), ("0", "2", 0), ("2", "3", 0))
    )
    slides.save(str(path))
    relation = (
        '<Relationship Id="rIdD" Target="../diagrams/data1.xml" Type="http://schemas.'
        'openxmlformats.org/officeDocument/2006/relationships/diagramData"/></Relationships>'
    )
    frame = (
        '<p:graphicFrame><p:nvGraphicFramePr><p:cNvPr id="9" name="d"/><p:cNvGraphicFramePr/>'
        '<p:nvPr/></p:nvGraphicFramePr><p:xfrm><a:off x="0" y="0"/><a:ext cx="1" cy="1"/></p:xfrm>'
        '<a:graphic><a:graphicData uri="http://schemas.openxmlformats.org/drawingml/2006/diagram">'
        '<d:relIds xmlns:d="http://schemas.openxmlformats.org/drawingml/2006/diagram" r:dm="rIdD"/>'
        "</a:graphicData></a:graphic></p:graphicFrame></p:spTree>"
    )

    def change(name: str, content: bytes) -> bytes:
        if name.endswith("slide1.xml.rels"):
            return content.replace(b"</Relationships>", relation.encode())
        return content.replace(b"</p:spTree>", frame.encode()) if "slide1.xml" in name else content

    model = DIAGRAM.format(points=points, links=links).encode()
    repack(path, change, {"ppt/diagrams/data1.xml": model})
    assert extract(path).text == "## 流程\n\n- 申报\n\n- 网上\n\n- 审核\n"


def repack(
    path: Path, change: Callable[[str, bytes], bytes], added: dict[str, bytes] | None = None
) -> None:
    """Change the parts of a packed file."""
    with zipfile.ZipFile(io.BytesIO(path.read_bytes())) as old:
        parts = {name: change(name, old.read(name)) for name in old.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for name, content in (parts | (added or {})).items():
            new.writestr(name, content)


OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "empty"),
        (b"PK\x03\x04" + b"x" * 99, "cut off or broken"),
        (b"%PDF-1.7", "not a presentation"),
        (OLE + "EncryptedPackage".encode("utf-16-le"), "password"),
        (OLE + "PowerPoint Document".encode("utf-16-le"), "old binary format.*save it as .pptx"),
    ],
)
def test_what_cannot_be_read(tmp_path: Path, content: bytes, why: str) -> None:
    path = tmp_path / "a.pptx"
    path.write_bytes(content)
    with pytest.raises(UnreadableError, match=why):
        extract(path)


def test_hostile_presentations(tmp_path: Path) -> None:
    path = deck(tmp_path / "a.pptx")
    whole = path.read_bytes()

    def refused(why: str, limits: Limits | None = None) -> None:
        with pytest.raises(UnreadableError, match=why):
            extract(path, limits)
        path.write_bytes(whole)

    refused("more than 3 slides", Limits(pages=3))
    refused("more than 50 characters", Limits(characters=50))
    repack(path, lambda name, old: b"\0" * (9 << 20) if "slide1.xml" in name else old)
    refused("bomb")
    repack(path, lambda _, old: old.replace(b"?>", b'?><!DOCTYPE w [<!ENTITY a "b">]>', 1))
    refused("DTD")
    groups = b"<p:grpSp>" * 5000 + b"</p:grpSp>" * 5000
    repack(path, lambda _, old: old.replace(b"</p:spTree>", groups + b"</p:spTree>"))
    refused("damaged")
    repack(path, lambda _, old: old.replace(b"<a:t>", b"<a:q>").replace(b"</a:t>", b"</a:q>"))
    refused("no text")
    Presentation().save(str(path))
    refused("no text")
    path.write_bytes(whole[: len(whole) // 2])
    refused("cut off")


def test_random_damage_ends_in_text_or_an_error(tmp_path: Path) -> None:
    path = deck(tmp_path / "a.pptx")
    whole, chance = path.read_bytes(), random.Random(0)  # noqa: S311

    def damage(name: str, content: bytes) -> bytes:
        if not content or not name.startswith("ppt/slides/") or chance.random() < 0.8:
            return content
        place = chance.randrange(len(content))
        return content[:place] + bytes([chance.randrange(1, 256)]) + content[place + 1 :]

    outcomes = set()
    for _ in range(20):
        path.write_bytes(whole)
        repack(path, damage)
        try:
            outcomes.add("##" in extract(path).text)
        except UnreadableError as error:
            outcomes.add("damaged" in str(error))
    assert outcomes == {True}

import html
import importlib.util
import random
import struct
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c
import pytest
from browsing import chromium
from numpy.typing import NDArray
from playwright.sync_api import Page

from qa.corpus.readers.extracted import Extracted, Limits, UnreadableError
from qa.corpus.readers.pdf.frames import frame_of
from qa.corpus.readers.pdf.glyphs import read_glyphs
from qa.corpus.readers.pdf.margins import PageText
from qa.corpus.readers.pdf.pictures import is_picture, read_picture
from qa.corpus.readers.pdf.reader import read, render
from qa.corpus.structure import parse
from qa.types import BlockKind

QUIET: Callable[[int, int], None] = lambda *_: None  # noqa: E731

OFFICIAL = """@page{size:A4;margin:37mm 26mm 35mm 28mm}
body{font:16pt/28pt 'Noto Serif CJK SC';text-align:justify;margin:0}
p{margin:0;text-indent:2em} p.flush,td,th{text-indent:0} p.right{text-align:right}
h1{font:bold 22pt/36pt 'Noto Sans CJK SC';text-align:center;margin:12pt 0}
.red{color:#e00;font-size:30pt;line-height:50pt;text-align:center;text-indent:0}
.middle{text-align:center;text-indent:0}
table{border-collapse:collapse;width:100%} td,th{border:1px solid black;font-size:12pt}
.top{border-top:1px solid;border-bottom:1px solid}"""
WEB = """@page{size:A4;margin:20mm} body{font:11pt/1.6 'DejaVu Sans','Noto Sans CJK SC';margin:0}
p{margin:.8em 0} h1{font-size:22pt} h2{font-size:15pt}"""
FOOTER = (
    '<div style="font-size:9pt;width:100%;text-align:center">— <b class=pageNumber></b> —</div>'
)

LONG = (
    "申请补贴的企业应当在项目竣工验收之日起三十个工作日内，通过市政务服务平台提交申请表、项目备案文件、"
    "设备购置合同、发票和付款凭证，并对材料的真实性、完整性和合法性负责；逾期未提交的，视为自动放弃，"
    "主管部门不再受理，但因不可抗力等正当理由不能按期提交的除外。"
)
ENGLISH = (
    "The Authority may extend the period once, by at most thirty days, where the applicant shows "
    "that circumstances beyond its control made an earlier application impracticable, and shall "
    "publish the reasons for every extension that it has granted on its website in five days."
)


@pytest.fixture(scope="module")
def browser_page() -> Iterator[Page]:
    with chromium() as browser:
        yield browser.new_page()


@pytest.fixture
def printed(browser_page: Page, tmp_path: Path) -> Callable[..., Path]:
    """Prints HTML as a browser does."""

    def print_it(body: str, style: str = OFFICIAL, *, footer: str = "", head: str = "") -> Path:
        path = tmp_path / "printed.pdf"
        browser_page.set_content(f"<meta charset=utf-8><style>{style}</style>{body}")
        browser_page.pdf(
            path=path,
            prefer_css_page_size=True,
            print_background=True,
            display_header_footer=bool(footer or head),
            header_template=head or "<i></i>",
            footer_template=footer or "<i></i>",
        )
        return path

    return print_it


def paragraphs(found: Extracted) -> list[str]:
    return [part for part in found.text.split("\n\n") if part]


def file_of(
    tmp_path: Path, *contents: str, page: str = "", objects: Sequence[bytes] = (), info: str = ""
) -> Path:
    """A PDF with a page for each content stream, written by hand; `page` is put in each page."""
    font = "/Font << /F 3 0 R /B 4 0 R >>"
    bodies = [b"<< /Type /Catalog /Pages 2 0 R >>", b""]
    bodies += [
        f"<< /Type /Font /Subtype /Type1 /BaseFont /{name} /Encoding /WinAnsiEncoding >>".encode()
        for name in ("Helvetica", "Helvetica-Bold")
    ]
    bodies += objects
    pages = []
    for content in contents:
        pages.append(len(bodies) + 1)
        bodies.append(
            f"<< /Type /Page /Parent 2 0 R /Contents {len(bodies) + 2} 0 R "
            f"/Resources << {font} /XObject << /I 5 0 R >> >> "
            f"{page or '/MediaBox [0 0 595 842]'} >>".encode()
        )
        packed = zlib.compress(content.encode("latin-1"))
        head = f"<< /Length {len(packed)} /Filter /FlateDecode >>\nstream\n".encode()
        bodies.append(head + packed + b"\nendstream")
    kids = " ".join(f"{number} 0 R" for number in pages)
    bodies[1] = f"<< /Type /Pages /Count {len(pages)} /Kids [{kids}] >>".encode()
    if info:
        bodies.append(f"<< /Title ({info}) >>".encode())
    file, offsets = b"%PDF-1.7\n", []
    for number, body in enumerate(bodies, start=1):
        offsets.append(len(file))
        file += f"{number} 0 obj\n".encode() + body + b"\nendobj\n"
    start = len(file)
    table = "".join(f"{offset:010} 00000 n \n" for offset in offsets)
    file += f"xref\n0 {len(bodies) + 1}\n0000000000 65535 f \n{table}".encode()
    more = f"/Info {len(bodies)} 0 R" if info else ""
    file += f"trailer << /Size {len(bodies) + 1} /Root 1 0 R {more} >>\n".encode()
    path = tmp_path / "made.pdf"
    path.write_bytes(file + f"startxref\n{start}\n%%EOF".encode())
    return path


def text_at(x: float, y: float, text: str, *, size: float = 12, font: str = "F") -> str:
    return f"BT /{font} {size} Tf {x} {y} Td ({text}) Tj ET\n"


def column(x: float, y: float, lines: Sequence[str], *, size: float = 10) -> list[str]:
    return [text_at(x, y - 12 * number, line, size=size) for number, line in enumerate(lines)]


# --- the place of characters


def text_under(path: Path, found: Extracted, start: int, end: int) -> str:
    """What pdfium finds in the boxes of characters, line by line."""
    assert found.layout is not None
    document = pdfium.PdfDocument(path)
    pieces: list[tuple[int, list[float]]] = []
    for number in range(start, end):
        page = int(found.layout.page_of[number])
        left, top, right, bottom = found.layout.boxes[number].tolist()
        if page < 0:
            continue
        if pieces and pieces[-1][0] == page and _along(pieces[-1][1], left, top):
            box = pieces[-1][1]
            box[:] = [min(box[0], left), min(box[1], top), max(box[2], right), max(box[3], bottom)]
        else:
            pieces.append((page, [left, top, right, bottom]))
    text = ""
    for page, (left, top, right, bottom) in pieces:
        opened = document[page]
        corners = [_in_file(opened, x, y) for x, y in ((left, top), (right, bottom))]
        xs, ys = sorted(x for x, _ in corners), sorted(y for _, y in corners)
        text += opened.get_textpage().get_text_bounded(xs[0], ys[0], xs[1], ys[1])
    return text


def _along(box: Sequence[float], left: float, top: float) -> bool:
    """Whether a character stands in the line of a box, across or down the page."""
    return abs(box[1] - top) < 3 or abs(box[0] - left) < 3


def _in_file(page: pdfium.PdfPage, x: float, y: float) -> tuple[float, float]:
    """A point of the page as shown, in the coordinates of the file: pdfium's own conversion."""
    wide, high = page.get_size()
    found = pdfium_c.c_double(), pdfium_c.c_double()
    pdfium_c.FPDF_DeviceToPage(
        page, 0, 0, round(wide * 100), round(high * 100), 0, round(x * 100), round(y * 100), *found
    )
    return found[0].value, found[1].value


def squeezed(text: str) -> str:
    return "".join(text.split())


def test_boxes_hold_the_characters_that_they_belong_to(printed: Callable[..., Path]) -> None:
    body = "".join(f"<p>第{n}条　{LONG}</p>" for n in "一二三四五六") + f"<p>{ENGLISH}</p>"
    path = printed(f"<h1>补贴办法</h1>{body}", footer=FOOTER)
    found = read(path, Limits(), QUIET)
    for sentence in (
        "主管部门不再受理，但因不可抗力",
        "通过市政务服务平台提交申请表",
        "circumstances beyond",
    ):
        start = found.text.index(sentence)
        assert squeezed(sentence) in squeezed(text_under(path, found, start, start + len(sentence)))


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_boxes_are_those_of_the_page_as_shown(tmp_path: Path, turn: int) -> None:
    lines = "".join(column(150, 500, ["Applications close on Monday.", "Late ones are refused."]))
    path = file_of(
        tmp_path, lines, page=f"/MediaBox [0 0 700 900] /CropBox [100 60 600 860] /Rotate {turn}"
    )
    found = read(path, Limits(), QUIET)
    assert found.layout is not None
    page = found.layout.pages[0]
    assert (page.width, page.height) == ((500, 800) if turn % 180 == 0 else (800, 500))
    for sentence in ("Applications close on Monday.", "Late ones are refused."):
        start = found.text.index(sentence)
        end = start + len(sentence)
        assert squeezed(text_under(path, found, start, end)) == squeezed(sentence)
        boxes = found.layout.boxes[start:end]
        assert (boxes >= 0).all()
        assert (boxes[:, [0, 2]] <= page.width).all()
        assert (boxes[:, [1, 3]] <= page.height).all()


def test_what_is_on_no_page_has_no_place(printed: Callable[..., Path]) -> None:
    path = printed("<h1>标题在此</h1><table><tr><td>甲<td>一<tr><td>乙<td>二</table>")
    found = read(path, Limits(), QUIET)
    assert found.layout is not None
    assert len(found.layout.page_of) == len(found.layout.boxes) == len(found.text)
    for character, page, box in zip(
        found.text, found.layout.page_of, found.layout.boxes, strict=True
    ):
        if character in "|#\n":
            assert page == -1
            assert not box.any()
        elif not character.isspace():
            assert page == 0
            assert box[2] > box[0]
            assert box[3] > box[1]


# --- paragraphs


@pytest.mark.parametrize("style", [OFFICIAL, WEB], ids=["indents", "gaps"])
def test_paragraphs_are_whole_over_lines_and_pages(
    printed: Callable[..., Path], style: str
) -> None:
    written = [f"{LONG[:n]}{'甲乙丙丁戊己庚辛壬癸' * (n % 4)}。" for n in range(11, 100, 4)]
    path = printed("".join(f"<p>{text}</p>" for text in written), style, footer=FOOTER)
    found = read(path, Limits(), QUIET)
    assert found.layout is not None
    assert len(found.layout.pages) > 1
    assert paragraphs(found) == written


def test_english_is_joined_with_spaces_and_without_hyphens(printed: Callable[..., Path]) -> None:
    style = "@page{size:90mm 200mm;margin:10mm} body{font:10pt/13pt serif} p{margin:5pt 0}"
    may_break = ENGLISH
    for word in ("extend", "shows", "circumstances", "impracticable", "granted", "website"):
        may_break = may_break.replace(word, "&shy;".join(word))
    path = printed(f"<p>{may_break}<p>{may_break}", style)
    raw = pdfium.PdfDocument(path)[0].get_textpage().get_text_range()
    assert "\ufffe" in raw or "‐\r" in raw  # words are broken, or the test shows nothing
    assert paragraphs(read(path, Limits(), QUIET)) == [ENGLISH, ENGLISH]


def test_a_hyphen_of_the_word_itself_stays(tmp_path: Path) -> None:
    lines = column(
        60,
        700,
        [
            "A plan for the well-being of all people and a long-",
            "term budget for it that the whole council has adopt-",
            "ed. Each term begins in May, and a long one in April",
            "of the year, as has been said in the plan before it.",
        ],
    )
    text = read(file_of(tmp_path, "".join(lines)), Limits(), QUIET).text
    assert "long-term budget" in text
    assert "has adopted. Each" in text
    assert "\n" not in text


def test_items_and_articles_are_parted(printed: Callable[..., Path]) -> None:
    written = [
        "第一条　为了规范补贴资金管理，制定本办法。",
        "第二条　有下列情形之一的，不予补贴：",
        "（一）被列入严重失信主体名单的；",
        "（二）设备为关联企业之间转让，或者同一设备已经享受其他市级补贴，以及用于出租、转售的；",
        "1.第一项所称名单以公布为准",
        "2.第二项所称设备以合同为准",
    ]
    path = printed("".join(f"<p>{text}</p>" for text in written))
    found = read(path, Limits(), QUIET)
    assert [squeezed(text) for text in paragraphs(found)] == list(map(squeezed, written))
    kinds = [block.kind for block in parse(found.text)]
    assert kinds[:4] == [BlockKind.ARTICLE, BlockKind.ARTICLE, BlockKind.ITEM, BlockKind.ITEM]


def test_raised_figures_are_told_from_the_text(tmp_path: Path) -> None:
    content = text_at(60, 700, "An area of 338 km") + text_at(155, 705, "2", size=7)
    content += text_at(160, 700, " was leased.")
    assert "km² was" in read(file_of(tmp_path, content), Limits(), QUIET).text


def test_footnotes_follow_the_paragraph_that_runs_past_them(tmp_path: Path) -> None:
    body = [f"Line {n} of a long paragraph that goes on and on without any stop" for n in "abcdef"]
    first = [*column(60, 300, body, size=11), text_at(60, 100, "1 See the annex.", size=7)]
    rest = "and at last it comes to the end that was so long awaited, so that is that."
    path = file_of(tmp_path, "".join(first), "".join(column(60, 780, [rest], size=11)))
    text = read(path, Limits(), QUIET).text
    assert text.endswith(f"{rest}\n\n1 See the annex.")
    assert f"any stop {rest}" in text


COLUMNS = f"{OFFICIAL} body{{columns:2;font:10pt/15pt 'Noto Serif CJK SC'}}"


def test_a_line_over_both_columns_does_not_widen_them(printed: Callable[..., Path]) -> None:
    style = f"{COLUMNS} .over{{column-span:all;text-align:justify}}"
    written = [f"{LONG[:n]}。" for n in range(30, 120, 7)]
    body = "".join(f"<p>{text}</p>" for text in written)
    path = printed(f"<p class=over>{LONG[:100]}</p>{body}", style)
    assert paragraphs(read(path, Limits(), QUIET))[1:] == written


def test_numbered_headings_end_the_full_line_above(printed: Callable[..., Path]) -> None:
    full = "本项目由市政务服务中心牵头负责，各县区按期报送材料和"
    style = f"{OFFICIAL} h2{{font:16pt 'Noto Sans CJK SC';margin:12pt 0}}"
    body = f"<p class=flush>{full}</p><h2>一、申报条件</h2><p>{LONG}</p><p>{LONG}</p>"
    found = paragraphs(read(printed(body, style), Limits(), QUIET))
    assert found == [full, "一、申报条件", LONG, LONG]


def test_a_word_at_the_margin_is_no_field(printed: Callable[..., Path]) -> None:
    line, rest = "第一类：户籍和房产一致；第二类：有房产没有户籍的；", "第三类：随迁子女。"
    found = paragraphs(read(printed(f"<p>{line}{rest}</p>" * 4), Limits(), QUIET))
    assert found == [line + rest] * 4


@pytest.mark.parametrize("side", ["center", "right"])
def test_lines_set_in_the_middle_or_at_the_right_go_on(
    printed: Callable[..., Path], side: str
) -> None:
    written = "某市发展和改革委员会、某市财政局和某市人力资源社会保障局"
    body = f"<p>{LONG}</p><p style='text-align:{side}'>{written}</p>"
    assert paragraphs(read(printed(body), Limits(), QUIET)) == [LONG, written]


def test_a_line_at_the_indent_begins_a_paragraph(printed: Callable[..., Path]) -> None:
    full = "某市经济观察二〇二四年十一月十四日特约撰稿顾先言文"
    found = read(printed(f"<p>{LONG}</p><p>{full}</p><p>{LONG}</p>"), Limits(), QUIET)
    assert paragraphs(found) == [LONG, full, LONG]


def test_the_last_lines_of_a_document_have_its_margins(tmp_path: Path) -> None:
    body = [f"Line {n} of a long paragraph that goes on until its very end." for n in "abcdef"]
    last = [f"Office {n}, Quay House" for n in range(1, 6)]
    spread = [text_at(60, 780 - 16 * n, line, size=10) for n, line in enumerate(last)]
    path = file_of(tmp_path, "".join(column(60, 700, body * 3)), "".join(spread))
    assert paragraphs(read(path, Limits(), QUIET))[-5:] == last


def test_a_quotation_mark_is_not_parted_from_what_it_follows(
    printed: Callable[..., Path],
) -> None:
    lines = ["公司总经理周敏华告诉了到场采访的各位媒体的记", "者：“以前我们要找客户。”"]
    body = f"<p class=flush>{'<br>'.join(lines)}</p>" + f"<p class=flush>{LONG}</p>"
    style = f"{OFFICIAL} p{{margin:10pt 0}} body{{width:404pt}}"
    found = paragraphs(read(printed(body, style), Limits(), QUIET))
    assert found == ["".join(lines), LONG]


def test_marks_of_items_that_are_drawn_are_read(printed: Callable[..., Path]) -> None:
    items = ["营业执照复印件", f"设备清单：{LONG}", "审计报告"]
    body = "".join(f"<li>{item}" for item in items)
    path = printed(f"<p>{LONG}</p><ul>{body}</ul><p>{LONG}</p>")
    found = read(path, Limits(), QUIET)
    assert paragraphs(found) == [LONG, *(f"• {item}" for item in items), LONG]
    start = found.text.index("•")
    assert found.layout is not None
    left, _, right, _ = found.layout.boxes[start].tolist()
    assert 0 < right - left < 16
    assert right < found.layout.boxes[start + 2, 0]


def test_what_another_font_draws_last_stands_in_its_line(tmp_path: Path) -> None:
    content = "BT /F 12 Tf 60 700 Td [(The) -2600 (Act applies.)] TJ ET\n"
    content += text_at(85, 700, "New", font="B")
    assert read(file_of(tmp_path, content), Limits(), QUIET).text == "The New Act applies."


def test_a_full_width_space_before_a_figure_stays(printed: Callable[..., Path]) -> None:
    written = "青澜日报　2024年11月11日　记者 陆"
    text = read(printed(f"<p>{written}</p><p>{LONG}</p>"), Limits(), QUIET).text
    assert text.startswith("青澜日报　2024年11月11日　记者")


# --- order


def prose(number: int) -> list[str]:
    return [f"line {number}{n:02} of prose that fills its whole column" for n in range(12)]


def test_columns_that_the_stream_mixes_up_are_read_one_by_one(tmp_path: Path) -> None:
    rows = zip(column(50, 700, prose(1)), column(310, 700, prose(2)), strict=True)
    path = file_of(tmp_path, "".join(left + right for left, right in rows))
    assert read(path, Limits(), QUIET).text.split() == " ".join(prose(1) + prose(2)).split()


def test_the_order_of_the_stream_is_kept(tmp_path: Path) -> None:
    path = file_of(tmp_path, "".join(column(50, 700, prose(1)) + column(310, 700, prose(2))))
    assert read(path, Limits(), QUIET).text.split() == " ".join(prose(1) + prose(2)).split()


def test_what_the_stream_has_first_but_stands_below_comes_last(tmp_path: Path) -> None:
    box = text_at(50, 200, "Issued by the Office of Works.", size=10)
    path = file_of(tmp_path, box + "".join(column(50, 700, prose(1))))
    assert read(path, Limits(), QUIET).text.endswith("\n\nIssued by the Office of Works.")


# --- edges of pages


def test_running_heads_and_page_numbers_are_left_out(printed: Callable[..., Path]) -> None:
    head = '<div style="font-size:8pt;width:100%;text-align:right">某市规范性文件选编</div>'
    written = [f"第{n}款。{LONG}" for n in range(1, 16)]
    path = printed("".join(f"<p>{text}</p>" for text in written), head=head, footer=FOOTER)
    assert paragraphs(read(path, Limits(), QUIET)) == written


def test_a_head_that_repeats_the_title_is_left_out(tmp_path: Path) -> None:
    content = text_at(60, 800, "Rules for Grants in the City", size=11)
    content += text_at(60, 750, "Rules for Grants", size=20) + text_at(
        60, 725, "in the City", size=20
    )
    content += "".join(column(60, 680, ["The fee is 20 pounds for each", "vehicle."], size=11))
    assert read(file_of(tmp_path, content), Limits(), QUIET).text == (
        "# Rules for Grants in the City\n\nThe fee is 20 pounds for each vehicle."
    )


@pytest.mark.parametrize("mark", ["- 3 -", "3", "3/12", "Page 3 of 12", "iv"])
def test_a_lone_page_number_is_left_out(tmp_path: Path, mark: str) -> None:
    content = "".join(column(60, 700, ["All of it is text, and", "there is 1 number in it."]))
    path = file_of(tmp_path, content + text_at(290, 30, mark, size=9))
    text = read(path, Limits(), QUIET).text
    assert text == "All of it is text, and there is 1 number in it."


def test_a_browsers_own_lines_are_left_out(tmp_path: Path) -> None:
    content = text_at(20, 820, "7/24/2026, 3:30 PM", size=8)
    content += "".join(column(60, 700, ["The fee is 20 pounds for each", "vehicle and each day."]))
    content += text_at(20, 15, "https://example.org/a/b.html    1/1", size=8)
    assert read(file_of(tmp_path, content), Limits(), QUIET).text == (
        "The fee is 20 pounds for each vehicle and each day."
    )


def test_a_table_of_contents_is_left_out(tmp_path: Path) -> None:
    listed = [f"{n}. Part {'.' * 40} {n}" for n in range(1, 6)]
    content = column(60, 700, ["Contents", *listed]) + column(60, 500, ["The text begins here."])
    assert read(file_of(tmp_path, "".join(content)), Limits(), QUIET).text == (
        "The text begins here."
    )


# --- headings


def test_head_and_signature_of_an_official_document(printed: Callable[..., Path]) -> None:
    path = printed(
        "<p class=red>某市人民政府文件</p><p class=middle>某政发〔2025〕3号</p>"
        "<h1>某市人民政府关于印发工业企业技术改造设备补贴办法的通知</h1>"
        f"<p class=flush>各县（市、区）人民政府：</p><p>{LONG}</p><p>一、总体要求</p><p>{LONG}</p>"
        "<p class=right>某市人民政府</p><p class=right>2025年3月10日</p>"
    )
    found = read(path, Limits(), QUIET)
    assert paragraphs(found) == [
        "某市人民政府文件",
        "某政发〔2025〕3号",
        "# 某市人民政府关于印发工业企业技术改造设备补贴办法的通知",
        "各县（市、区）人民政府：",
        LONG,
        "一、总体要求",
        LONG,
        "某市人民政府",
        "2025年3月10日",
    ]
    kinds = [block.kind.value for block in parse(found.text)]
    assert kinds[:4] == ["note", "number", "title", "addressee"]
    assert kinds[-2:] == ["signature", "signature"]


def test_headings_are_told_by_size_and_weight(printed: Callable[..., Path]) -> None:
    path = printed(
        f"<h1>Clean Equipment Grant</h1><h2>Who can apply</h2><p>{ENGLISH}</p>"
        f"<p><b>Farms</b></p><p>{ENGLISH}</p><h2>How to apply</h2><p>{ENGLISH}</p>",
        WEB,
    )
    marked = [text for text in paragraphs(read(path, Limits(), QUIET)) if text != ENGLISH]
    assert marked == [
        "# Clean Equipment Grant",
        "## Who can apply",
        "### Farms",
        "## How to apply",
    ]


@pytest.mark.parametrize(
    ("given", "taken"),
    [
        ("Grant Guide 2025", "Grant Guide 2025"),
        ("Grant Guide 2025 | City Council", "Grant Guide 2025"),
        ("Microsoft Word - Grant Guide 2025", ""),
        ("grant.pdf", ""),
        ("Another title", ""),
    ],
)
def test_the_title_of_the_file_is_taken_where_it_stands_on_page_one(
    tmp_path: Path, given: str, taken: str
) -> None:
    content = text_at(60, 700, "Grant Guide 2025", size=20) + text_at(60, 650, "It is open.")
    found = read(file_of(tmp_path, content, info=given), Limits(), QUIET)
    assert found.facts.get("title", "") == taken


# --- tables


def rows_of(text: str) -> list[list[str]]:
    return [
        [cell.strip() for cell in line[1:-1].split(" |")] if " | " in line else [line]
        for line in text.split("\n")
        if line.startswith("|")
    ]


def table(rows: Sequence[Sequence[str]], attributes: str = "") -> str:
    cells = [[f"<td>{html.escape(cell)}" for cell in row] for row in rows]
    return f"<table {attributes}>" + "".join("<tr>" + "".join(row) for row in cells) + "</table>"


def test_a_ruled_table_becomes_rows(printed: Callable[..., Path]) -> None:
    wrapped = "市经济和信息化局会同第三方专业机构和所在地的镇（街道）经济发展办公室"
    path = printed(
        f"<p>{LONG}</p>"
        + table(
            [
                ["步骤", "时间", "责任单位"],
                ["网上填报", "3月3日至3月28日", "企业"],
                [
                    "现场核查",
                    "4月底前",
                    wrapped,
                ],
            ]
        )
        + f"<p>{LONG}</p>"
    )
    text = read(path, Limits(), QUIET).text
    assert text == (
        f"{LONG}\n\n"
        "| 步骤 | 时间 | 责任单位 |\n"
        "| 网上填报 | 3月3日至3月28日 | 企业 |\n"
        f"| 现场核查 | 4月底前 | {wrapped} |\n\n"
        f"{LONG}"
    )


def test_cells_over_rows_and_columns(printed: Callable[..., Path]) -> None:
    path = printed(
        "<table><tr><td rowspan=2>档次<td colspan=2>补贴比例<tr><td>城区<td>县区"
        "<tr><td rowspan=2>一档<td>6%<td>8%<tr><td>7%<td>9%</table>"
    )
    assert read(path, Limits(), QUIET).text.split("\n") == [
        "| 档次 | 补贴比例城区 | 补贴比例县区 |",
        "| --- | --- | --- |",
        "| 一档 | 6% | 8% |",
        "| 一档 | 7% | 9% |",
    ]


def test_a_table_goes_on_over_pages(printed: Callable[..., Path]) -> None:
    rows = [["序号", "项目"], *([str(n), f"第{n}类设备购置"] for n in range(1, 60))]
    body = table(rows).replace("<tr>", "<thead><tr>", 1).replace("项目", "项目</thead>", 1)
    found = read(printed(body, footer=FOOTER), Limits(), QUIET)
    assert found.layout is not None
    assert len(found.layout.pages) > 1
    assert found.text.split("\n") == [f"| {a} | {b} |" for a, b in rows]


def test_a_row_that_a_column_cuts_is_whole(printed: Callable[..., Path]) -> None:
    style = f"{COLUMNS} body{{column-fill:auto;height:216pt;orphans:1;widows:1}}"
    style += "td{font-size:10pt;line-height:15pt}"
    rows = [
        [f"{n}号航线自市区经二号大桥至{n}号岛码头后返回市区", f"{n}元五角"]
        for n in "一二三四五六七"
    ]
    text = read(printed(f"<p>甲<br>乙</p>{table(rows)}", style), Limits(), QUIET).text
    assert text[text.index("|") :].split("\n") == [f"| {a} | {b} |" for a, b in rows]


def test_a_table_that_sticks_out_takes_no_letters(tmp_path: Path) -> None:
    rules = "".join(f"60 {y} m 322 {y} l S\n" for y in (640, 680, 720))
    rules += "".join(f"{x} 640 m {x} 720 l S\n" for x in (60, 190, 322))
    cells = [(70, 700, "Export"), (200, 700, "119"), (70, 655, "Import"), (200, 655, "128")]
    content = rules + "".join(text_at(*cell) for cell in cells)
    beside = ["before arrival it pays", "per unit and is fined"]
    content += "".join(text_at(316, y, line) for y, line in zip((690, 660), beside, strict=True))
    text = read(file_of(tmp_path, content), Limits(), QUIET).text
    assert "| Export | 119 |\n| Import | 128 |" in text
    assert all(line in text for line in beside)


def test_a_table_between_lines(printed: Callable[..., Path]) -> None:
    style = OFFICIAL.replace("border:1px solid black", "border:0;border-bottom:1px solid")
    rows = [["航线", "平日", "假日"], ["青屿", "18.6元", "27.4元"], ["石鼓岛", "16.2元", "23.5元"]]
    text = read(printed(table(rows, "class=top"), style), Limits(), QUIET).text
    assert [line for line in text.split("\n") if "---" not in line] == [
        f"| {' | '.join(row)} |" for row in rows
    ]


def test_cells_that_only_align_are_a_table_where_they_are_figures(tmp_path: Path) -> None:
    names, figures = ["Year", "2022", "2023", "2024"], ["Ships", "310", "322", "345"]
    rows = zip(column(60, 700, names), column(260, 700, figures), strict=True)
    text = read(file_of(tmp_path, "".join(a + b for a, b in rows)), Limits(), QUIET).text
    assert text.split("\n") == [f"| {a} | {b} |" for a, b in zip(names, figures, strict=True)]


def test_a_bar_in_a_cell_is_escaped(printed: Callable[..., Path]) -> None:
    path = printed(table([["甲|乙", "一"], ["丙", "二"]]))
    assert read(path, Limits(), QUIET).text.split("\n")[0] == "| 甲\\|乙 | 一 |"


# --- pictures


def picture() -> bytes:
    """A white picture of two by two pixels."""
    head = b"<< /Type /XObject /Subtype /Image /Width 2 /Height 2 /ColorSpace /DeviceGray"
    return head + b" /BitsPerComponent 8 /Length 4 >>\nstream\n\xff\xff\xff\xff\nendstream"


FILL = "q 595 0 0 842 0 0 cm /I Do Q\n"
HAS_SCAN = importlib.util.find_spec("rapidocr") is not None


@pytest.mark.skipif(HAS_SCAN, reason="pages that are pictures are read here")
def test_without_a_recogniser_pictures_are_named(tmp_path: Path) -> None:
    with pytest.raises(UnreadableError, match=r"pictures; install wenzheng\[scan\]"):
        read(file_of(tmp_path, FILL, objects=[picture()]), Limits(), QUIET)
    path = file_of(tmp_path, text_at(60, 700, "Some text."), FILL, FILL, objects=[picture()])
    found = read(path, Limits(), QUIET)
    assert found.text == "Some text."
    assert [warning for warning in found.warnings if "pages 2, 3 are pictures" in warning]


def test_pages_are_pictures_where_their_characters_mean_nothing(tmp_path: Path) -> None:
    nameless = [  # a font that only numbers its characters
        b"<< /Type /Font /Subtype /Type0 /BaseFont /ABCDEF+X /Encoding /Identity-H"
        b" /DescendantFonts [7 0 R] >>",
        b"<< /Type /Font /Subtype /CIDFontType2 /BaseFont /ABCDEF+X /DW 1000 /CIDSystemInfo"
        b" << /Registry (Adobe) /Ordering (Identity) /Supplement 0 >> /FontDescriptor 8 0 R >>",
        b"<< /Type /FontDescriptor /FontName /ABCDEF+X /Flags 4 /FontBBox [0 -200 1000 900]"
        b" /ItalicAngle 0 /Ascent 900 /Descent -200 /CapHeight 700 /StemV 80 >>",
    ]
    content = "BT /G 12 Tf 60 700 Td <0102030405060708090A0B0C0D0E0F10111213141516> Tj ET"
    path = file_of(tmp_path, content, "Some text.", objects=[picture(), *nameless])
    path.write_bytes(path.read_bytes().replace(b"/Font << /F 3 0 R", b"/Font << /G 6 0 R"))
    opened = pdfium.PdfDocument(path)[0]
    frame = frame_of(opened)
    glyphs = read_glyphs(opened.get_textpage(), frame)
    assert is_picture(opened, len(glyphs.text), glyphs.strange)
    plain = pdfium.PdfDocument(file_of(tmp_path, text_at(60, 700, "Some text.")))[0]
    glyphs = read_glyphs(plain.get_textpage(), frame_of(plain))
    assert not is_picture(plain, len(glyphs.text), glyphs.strange)


@dataclass
class Scanned:
    """What a recogniser gives of a line, or of a page with its lines."""

    text: str = ""
    confidence: float = 0.0
    boxes: NDArray[np.float32] = field(default_factory=lambda: np.zeros((0, 4), np.float32))
    lines: list["Scanned"] = field(default_factory=list)
    angle: float = 0.0


def scanned(text: str, left: float, top: float, confidence: float) -> Scanned:
    """A line of square characters of 28 pixels."""
    lefts = left + 28 * np.arange(len(text))
    boxes = np.stack([lefts, np.full_like(lefts, top), lefts + 28, np.full_like(lefts, top + 28)])
    return Scanned(text, confidence, boxes.T.astype(np.float32))


def test_lines_read_from_a_picture_have_their_place_in_points(tmp_path: Path) -> None:
    seen: list[NDArray[np.uint8]] = []

    def reader(image: NDArray[np.uint8], limits: Limits) -> Any:
        assert image.shape[0] * image.shape[1] <= limits.pixels * 1.02
        seen.append(image)
        first, second = scanned("甲乙丙丁", 200, 400, 0.9), scanned("戊己", 200, 440, 0.6)
        return Scanned(lines=[first, second])

    document = pdfium.PdfDocument(file_of(tmp_path, FILL, objects=[picture()]))
    page = PageText(0, 842, [])
    read_picture(document[0], page, Limits(), reader)
    assert seen[0].shape == (2339, 1653, 3)  # A4 at 200 dpi
    assert [line.text for line in page.lines] == ["甲乙丙丁", "戊己"]
    assert page.confidence == pytest.approx((4 * 0.9 + 2 * 0.6) / 6)
    expected = np.array([200 + 28, 400, 200 + 56, 428]) * 72 / 200
    assert page.lines[0].boxes[1] == pytest.approx(expected, abs=0.05)
    read_picture(document[0], page, Limits(pixels=10_000), reader)
    assert len(seen) == 2


@pytest.mark.slow
def test_a_page_that_is_a_picture_is_read(printed: Callable[..., Path], tmp_path: Path) -> None:
    pytest.importorskip("rapidocr")
    style = "@page{size:100mm 60mm;margin:10mm} body{font:14pt/22pt 'Noto Serif CJK SC';margin:0}"
    drawn = pdfium.PdfDocument(printed(LONG[:40], style))[0].render(scale=3, grayscale=True)
    packed = zlib.compress(np.ascontiguousarray(drawn.to_numpy()).tobytes())
    size = f"/Width {drawn.width} /Height {drawn.height} /Length {len(packed)}"
    kind = "/Type /XObject /Subtype /Image /ColorSpace /DeviceGray /BitsPerComponent 8"
    head = f"<< {kind} {size} /Filter /FlateDecode >>\nstream\n"
    image = head.encode() + packed + b"\nendstream"
    calls: list[tuple[int, int]] = []
    place = "q 283 0 0 170 0 0 cm /I Do Q"
    path = file_of(
        tmp_path,
        place,
        text_at(60, 70, "Some text."),
        objects=[image],
        page="/MediaBox [0 0 283 170]",
    )
    found = read(path, Limits(), lambda *done: calls.append(done))
    assert calls == [(1, 1)]
    assert LONG[:12] in squeezed(found.text)
    assert found.layout is not None
    assert found.layout.pages[0].confidence < 1
    assert found.layout.pages[1].confidence == 1
    assert found.layout.page_of[found.text.index(LONG[:4])] == 0


def test_a_page_is_drawn_as_png(tmp_path: Path) -> None:
    path = file_of(tmp_path, "1 0 0 rg 0 0 595 842 re f", page="/MediaBox [0 0 200 100]")
    drawn = render(path, 0, 300)
    assert drawn.startswith(b"\x89PNG\r\n\x1a\n")
    assert struct.unpack(">II", drawn[16:24]) == (300, 150)
    start = drawn.index(b"IDAT")
    length = struct.unpack(">I", drawn[start - 4 : start])[0]
    pixels = zlib.decompress(drawn[start + 4 : start + 4 + length])
    assert pixels[:4] == b"\0\xff\0\0"
    assert len(pixels) == 150 * (1 + 3 * 300)
    with pytest.raises(UnreadableError, match="no page 2"):
        render(path, 1, 300)


# --- hostile files


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "empty"),
        (b"PK\x03\x04 a packed file", "no PDF"),
        (b"<html>not found</html>", "no PDF"),
        (b"%PDF-1.7\n", "damaged"),
        (b"%PDF-1.7\n" + b"\0" * 5000, "damaged"),
    ],
)
def test_what_is_no_pdf_is_refused(tmp_path: Path, content: bytes, why: str) -> None:
    path = tmp_path / "file.pdf"
    path.write_bytes(content)
    with pytest.raises(UnreadableError, match=why):
        read(path, Limits(), QUIET)


def test_a_page_without_anything_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnreadableError, match="no text"):
        read(file_of(tmp_path, ""), Limits(), QUIET)


def test_a_password_is_asked_for(tmp_path: Path) -> None:
    path = file_of(tmp_path, text_at(60, 700, "Some text."))
    content = path.read_bytes()
    locked = (
        b"<< /Filter /Standard /V 1 /R 2 /P -4 /O <" + b"41" * 32 + b"> /U <" + b"42" * 32 + b"> >>"
    )
    ids = b"/ID [<00> <00>] /Encrypt " + locked
    path.write_bytes(content.replace(b"trailer <<", b"trailer << " + ids))
    with pytest.raises(UnreadableError, match="password"):
        read(path, Limits(), QUIET)


def test_too_much_is_refused(tmp_path: Path) -> None:
    path = file_of(tmp_path, *[text_at(60, 700, "Some text.")] * 4)
    with pytest.raises(UnreadableError, match="4 pages"):
        read(path, Limits(pages=3), QUIET)
    with pytest.raises(UnreadableError, match="25 characters"):
        read(path, Limits(characters=25), QUIET)
    assert len(paragraphs(read(path, Limits(pages=4, characters=40), QUIET))) == 4


def test_damaged_files_are_read_or_refused(tmp_path: Path) -> None:
    content = text_at(60, 700, "Some text.") + "60 600 200 40 re S 60 620 m 260 620 l S "
    content += text_at(70, 625, "a") + text_at(170, 605, "b") + "160 600 m 160 640 l S\n"
    path = file_of(tmp_path, content, content, objects=[picture()])
    whole = path.read_bytes()
    chance = random.Random(7)  # noqa: S311
    for _ in range(150):
        damaged = bytearray(whole[: chance.randrange(len(whole) // 3, len(whole))])
        if chance.random() < 0.7:
            damaged = bytearray(whole)
        for _ in range(chance.randrange(1, 12)):
            damaged[chance.randrange(8, len(damaged))] = chance.randrange(256)
        path.write_bytes(damaged)
        try:
            found = read(path, Limits(pixels=10_000), QUIET)
        except UnreadableError:
            continue
        assert found.layout is not None
        assert len(found.layout.page_of) == len(found.text)

import io
import random
import re
import struct
import zipfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from xml.sax.saxutils import escape

import docx
import pytest
from docx.document import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.shared import Pt
from hypothesis import given, settings
from hypothesis import strategies as st

from qa.corpus.readers.extracted import Extracted, Limits, UnreadableError
from qa.corpus.readers.process import ReaderProcess
from qa.corpus.readers.word.formats import format_number
from qa.corpus.readers.word.lines import clean, split_breaks
from qa.corpus.readers.word.reader import read
from qa.corpus.structure import parse
from qa.types import BlockKind

_MAIN = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006"
_NAMES = (
    f'xmlns:w="{_MAIN}" xmlns:r="{_OFFICE}/relationships" xmlns:m="{_OFFICE}/math" '
    'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" '
    'xmlns:v="urn:schemas-microsoft-com:vml" '
    'xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape"'
)
_TYPES = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="xml" ContentType="application/xml"/>'
    '<Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-'
    'officedocument.wordprocessingml.document.main+xml"/></Types>'
)
_RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"


def _relations(**targets: str) -> str:
    entries = "".join(
        f'<Relationship Id="{kind}" Type="{_OFFICE}/relationships/{kind}" Target="{target}"/>'
        for kind, target in targets.items()
    )
    return f'<Relationships xmlns="{_RELATIONS}">{entries}</Relationships>'


def _members(body: str, **parts: str) -> dict[str, str]:
    """The members of a Word file; parts are the children of styles, numbering, footnotes."""
    tags = {"styles": "styles", "numbering": "numbering"}
    return {
        "[Content_Types].xml": _TYPES,
        "_rels/.rels": _relations(officeDocument="word/document.xml"),
        "word/_rels/document.xml.rels": _relations(**{name: f"{name}.xml" for name in parts}),
        "word/document.xml": f"<w:document {_NAMES}><w:body>{body}</w:body></w:document>",
        **{
            f"word/{name}.xml": f"<w:{tags.get(name, name)} {_NAMES}>{inside}</w:{name}>"
            for name, inside in parts.items()
        },
    }


def _packed(members: Mapping[str, str | bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return file.getvalue()


def _read_bytes(folder: Path, raw: bytes, limits: Limits | None = None) -> Extracted:
    path = folder / "a.docx"
    path.write_bytes(raw)
    return read(path, limits or Limits(), lambda _done, _whole: None)


def _saved(document: Document) -> bytes:
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


def _lines(folder: Path, body: str, **parts: str) -> list[str]:
    text = _read_bytes(folder, _packed(_members(body, **parts))).text
    assert "\n\n\n" not in text
    assert text == text.strip()
    return [line for line in text.split("\n") if line]


def _p(text: str, properties: str = "", run: str = "") -> str:
    run = f"<w:rPr>{run}</w:rPr>" if run else ""
    body = f'<w:r>{run}<w:t xml:space="preserve">{escape(text)}</w:t></w:r>'
    return f"<w:p><w:pPr>{properties}</w:pPr>{body}</w:p>"


def _numbered(text: str, level: int = 0, number: int = 1) -> str:
    place = f'<w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="{number}"/></w:numPr>'
    return _p(text, place)


def _level(place: int, format_: str, text: str, more: str = "", start: int = 1) -> str:
    return (
        f'<w:lvl w:ilvl="{place}"><w:start w:val="{start}"/><w:numFmt w:val="{format_}"/>'
        f'{more}<w:lvlText w:val="{text}"/></w:lvl>'
    )


def _list(number: int, *levels: str, more: str = "") -> str:
    return f'<w:abstractNum w:abstractNumId="{number}">{more}{"".join(levels)}</w:abstractNum>'


def _use(number: int, abstract: int, more: str = "") -> str:
    return f'<w:num w:numId="{number}"><w:abstractNumId w:val="{abstract}"/>{more}</w:num>'


def _style(name: str, title: str, more: str = "", based_on: str = "") -> str:
    based = f'<w:basedOn w:val="{based_on}"/>' if based_on else ""
    names = f'<w:name w:val="{title}"/>{based}{more}'
    return f'<w:style w:type="paragraph" w:styleId="{name}">{names}</w:style>'


def _styled(text: str, style: str) -> str:
    return _p(text, f'<w:pStyle w:val="{style}"/>')


def _cell(text: str, properties: str = "") -> str:
    return f"<w:tc><w:tcPr>{properties}</w:tcPr>{_p(text)}</w:tc>"


def _table(*rows: str) -> str:
    return f"<w:tbl><w:tblPr/>{''.join(f'<w:tr>{row}</w:tr>' for row in rows)}</w:tbl>"


class TestNumberFormats:
    @pytest.mark.parametrize(
        ("format_", "numbers", "written"),
        [
            ("decimal", (1, 12), "1 12"),
            ("decimalZero", (1, 12), "01 12"),
            ("lowerLetter", (1, 26, 27, 54), "a z aa bbb"),  # ECMA-376: the letter is repeated
            ("upperRoman", (4, 9, 1994), "IV IX MCMXCIV"),
            ("chineseCounting", (1, 10, 11, 20, 99), "一 十 十一 二十 九十九"),
            (
                "chineseCountingThousand",
                (10, 100, 101, 110, 115),
                "十 一百 一百零一 一百一十 一百一十五",
            ),
            ("chineseCountingThousand", (1001, 1020, 10001), "一千零一 一千零二十 一万零一"),
            ("taiwaneseCountingThousand", (12, 10000), "十二 一萬"),
            ("chineseLegalSimplified", (1, 12, 105), "壹 壹拾贰 壹佰零伍"),
            ("japaneseCounting", (1, 10, 21, 101, 110), "一 十 二十一 百一 百十"),
            ("ideographTraditional", (1, 2, 10, 11), "甲 乙 癸 11"),
            ("ideographZodiac", (1, 12), "子 亥"),
            ("ideographDigital", (10, 21), "一〇 二一"),
            ("decimalEnclosedCircle", (1, 20, 50, 51), "① ⑳ ㊿ 51"),
            ("decimalFullWidth", (12,), "１２"),
            ("ordinal", (1, 2, 3, 11, 22), "1st 2nd 3rd 11th 22nd"),
            ("cardinalText", (1, 21, 300), "One Twenty-one Three hundred"),
            ("ordinalText", (1, 12, 20, 23), "First Twelfth Twentieth Twenty-third"),
            ("nobodyKnowsThis", (7,), "7"),
            ("none", (7,), ""),
        ],
    )
    def test_writes_as_word_does(
        self, format_: str, numbers: tuple[int, ...], written: str
    ) -> None:
        assert " ".join(format_number(number, format_) for number in numbers) == written

    @given(st.integers(1, 99_999))
    def test_chinese_numbers_can_be_read_back(self, number: int) -> None:
        assert _value_of(format_number(number, "chineseCountingThousand")) == number

    @given(st.integers(-(2**40), 2**40), st.sampled_from(["upperRoman", "lowerLetter", "hex"]))
    def test_any_number_is_short(self, number: int, format_: str) -> None:
        assert 0 < len(format_number(number, format_)) <= 60


def _value_of(text: str) -> int:
    total, group, digit = 0, 0, 0
    for char in text:
        if char in "零一二三四五六七八九":
            digit = "零一二三四五六七八九".index(char)
        elif char == "万":
            total, group, digit = (group + digit) * 10_000, 0, 0
        else:
            group += (digit or 1) * {"十": 10, "百": 100, "千": 1000}[char]
            digit = 0
    return total + group + digit


class TestNumbering:
    LAW = _list(
        0,
        _level(0, "chineseCountingThousand", "第%1章", '<w:suff w:val="space"/>'),
        _level(1, "chineseCountingThousand", "第%2条", '<w:lvlRestart w:val="0"/>'),
        _level(2, "chineseCounting", "（%3）", '<w:suff w:val="nothing"/>'),
        _level(3, "decimal", "%4."),
        _level(4, "decimalEnclosedCircle", "%5", '<w:suff w:val="nothing"/>'),
    ) + _use(1, 0)

    def test_a_law_counts_chapters_articles_and_items(self, tmp_path: Path) -> None:
        body = (
            _numbered("总则")
            + _numbered("为了规范补贴，制定本办法。", 1)
            + _numbered("申请人应当：", 1)
            + _numbered("成年；", 2)
            + _numbered("有住所。", 2)
            + _numbered("罚则")
            + _numbered("有下列情形的，处罚：", 1)
            + _numbered("虚报；", 2)
            + _numbered("2024年后虚报。", 3)
            + _numbered("其他。", 4)
        )
        assert _lines(tmp_path, body, numbering=self.LAW) == [
            "第一章 总则",
            "第一条 为了规范补贴，制定本办法。",
            "第二条 申请人应当：",
            "（一）成年；",
            "（二）有住所。",
            "第二章 罚则",
            "第三条 有下列情形的，处罚：",  # articles go on through the chapters
            "（一）虚报；",
            "1. 2024年后虚报。",
            "① 其他。",
        ]

    def test_outlines_show_the_numbers_above(self, tmp_path: Path) -> None:
        levels = [
            _level(0, "upperRoman", "%1."),
            _level(1, "decimal", "%1.%2", "<w:isLgl/>"),
            _level(2, "lowerLetter", "%3)", '<w:lvlRestart w:val="1"/>'),
        ]
        body = "".join(_numbered("x", level) for level in (0, 0, 1, 2, 2, 1, 2, 0, 1, 2))
        assert _lines(tmp_path, body, numbering=_list(0, *levels) + _use(1, 0)) == (
            "I. x|II. x|2.1 x|a) x|b) x|2.2 x|c) x|III. x|3.1 x|a) x".split("|")
        )

    def test_uses_of_one_list_go_on_unless_they_start_anew(self, tmp_path: Path) -> None:
        anew = '<w:lvlOverride w:ilvl="0"><w:startOverride w:val="5"/></w:lvlOverride>'
        other = f'<w:lvlOverride w:ilvl="0">{_level(0, "upperLetter", "%1.")}</w:lvlOverride>'
        numbering = (
            _list(0, _level(0, "decimal", "%1.", start=3))
            + _use(1, 0) + _use(2, 0) + _use(3, 0, anew) + _use(4, 0, other)
        )  # fmt: skip
        body = "".join(_numbered("x", number=number) for number in (1, 2, 3, 3, 1, 4))
        assert _lines(tmp_path, body, numbering=numbering) == (
            "3. x|4. x|5. x|6. x|7. x|H. x".split("|")
        )

    def test_styles_number_also_those_based_on_them(self, tmp_path: Path) -> None:
        styles = (
            _style("H1", "heading 1", '<w:pPr><w:numPr><w:numId w:val="1"/></w:numPr></w:pPr>')
            + _style("H2", "heading 2", '<w:pPr><w:numPr><w:numId w:val="1"/></w:numPr></w:pPr>')
            + _style("Mine", "Mine", based_on="H2")
            + _style("Off", "Off", '<w:pPr><w:numPr><w:numId w:val="0"/></w:numPr></w:pPr>', "H2")
        )
        levels = [
            _level(0, "japaneseCounting", "%1、", '<w:pStyle w:val="H1"/>'),
            _level(1, "decimal", "%1.%2", '<w:isLgl/><w:pStyle w:val="H2"/>'),
        ]
        body = "".join(_styled(text, text) for text in ("H1", "H2", "Mine", "Off", "H1", "Mine"))
        assert _lines(tmp_path, body, styles=styles, numbering=_list(0, *levels) + _use(1, 0)) == [
            "# 一、H1", "## 1.1 H2", "## 1.2 Mine", "## Off", "# 二、H1", "## 2.1 Mine",
        ]  # fmt: skip

    def test_list_styles_bullets_and_paragraphs_without_text(self, tmp_path: Path) -> None:
        styles = (
            '<w:style w:type="numbering" w:styleId="L"><w:name w:val="L"/><w:pPr><w:numPr>'
            '<w:numId w:val="2"/></w:numPr></w:pPr></w:style>'
        )
        numbering = (
            _list(0, more='<w:numStyleLink w:val="L"/>')
            + _list(1, _level(0, "decimal", "%1)"), _level(1, "bullet", "\uf0b7"))
            + _use(1, 0) + _use(2, 1)
        )  # fmt: skip
        body = _numbered("a") + _numbered("") + _numbered("b", 1) + _numbered("c")
        assert _lines(tmp_path, body, styles=styles, numbering=numbering) == (
            "1) a|- b|3) c".split("|")
        )

    def test_unknown_lists_and_absurd_values_number_nothing(self, tmp_path: Path) -> None:
        odd = _list(0, _level(77, "decimal", "%1."), _level(0, "decimal", "%9%1", start=10**9))
        body = _numbered("a", 99) + _numbered("b", number=9) + _numbered("c", -3)
        lines = _lines(tmp_path, body, numbering=odd + _use(1, 0))
        assert lines[:2] == ["a", "b"]
        assert lines[2].endswith("c")


class TestText:
    def test_changes_are_accepted(self, tmp_path: Path) -> None:
        body = (
            "<w:p><w:r><w:t>补贴</w:t></w:r><w:del><w:r><w:delText>一千</w:delText></w:r></w:del>"
            "<w:ins><w:r><w:t>两千</w:t></w:r></w:ins><w:r><w:t>元。</w:t></w:r></w:p>"
            "<w:p><w:pPr><w:rPr><w:moveFrom/></w:rPr></w:pPr>"
            "<w:moveFrom><w:r><w:t>移动。</w:t></w:r></w:moveFrom></w:p>"
            "<w:p><w:pPr><w:rPr><w:del/></w:rPr></w:pPr><w:r><w:t>合并</w:t></w:r></w:p>"
            "<w:p><w:r><w:t>一段。</w:t></w:r></w:p>"
            "<w:moveTo><w:p><w:moveTo><w:r><w:t>移动。</w:t></w:r></w:moveTo></w:p></w:moveTo>"
        )
        assert _lines(tmp_path, body) == ["补贴两千元。", "合并一段。", "移动。"]

    def test_hidden_text_is_dropped(self, tmp_path: Path) -> None:
        styles = (
            _style("H", "H", "<w:rPr><w:vanish/></w:rPr>")
            + '<w:style w:type="character" w:styleId="C"><w:rPr><w:vanish/></w:rPr></w:style>'
        )
        body = (
            _styled("藏", "H")
            + _p("藏", run='<w:rStyle w:val="C"/>')
            + _p("藏", run="<w:vanish/>")
            + _p("见", run='<w:vanish w:val="0"/>')
        )
        assert _lines(tmp_path, body, styles=styles) == ["见"]

    def test_fields_give_their_results(self, tmp_path: Path) -> None:
        def mark(kind: str) -> str:
            return f'<w:r><w:fldChar w:fldCharType="{kind}"/></w:r>'

        def code(text: str) -> str:
            return f"<w:r><w:instrText>{text}</w:instrText></w:r>"

        def shown(text: str) -> str:
            return f"<w:r><w:t>{text}</w:t></w:r>"

        circled = "eq \\o\\ac(○,3)"
        nested = mark("begin") + code("PAGEREF x") + mark("separate") + shown("3") + mark("end")
        body = (
            f"<w:p>{shown('目　录')}</w:p>"
            f"<w:p>{mark('begin')}{code('TOC')}{mark('separate')}{shown('总则')}{nested}</w:p>"
            f"<w:p>{shown('罚则')}{nested}</w:p><w:p>{mark('end')}</w:p>"
            f"<w:p>{shown('见')}{mark('begin')}{code('REF a')}{shown('code')}{mark('separate')}"
            f"{shown('第三条')}{mark('end')}{shown('。')}</w:p>"
            f"<w:p>{mark('begin')}{code(circled)}{mark('end')}{shown('其他。')}</w:p>"
            f'<w:p><w:fldSimple w:instr="DATE">{shown("2024年")}</w:fldSimple></w:p>'
            f"<w:p>{mark('begin')}{code('TOC')}{mark('separate')}{shown('没有结束。')}</w:p>"
            f"<w:p>{shown('还在。')}</w:p>"
        )
        assert _lines(tmp_path, body) == [
            "见第三条。", "③其他。", "2024年", "没有结束。", "还在。",
        ]  # fmt: skip

    def test_tables_of_contents_are_left_out(self, tmp_path: Path) -> None:
        control = (
            "<w:sdt><w:sdtPr><w:docPartObj><w:docPartGallery w:val='Table of Contents'/>"
            f"</w:docPartObj></w:sdtPr><w:sdtContent>{_p('目录')}{_p('总则 1')}"
            "</w:sdtContent></w:sdt>"
        )
        by_style = _p("目录") + _styled("罚则 2", "T1")
        typed = "".join(map(_p, ["目　　录", "第一章　总则", "第二章　罚则 …… 3"]))
        text = "".join(map(_p, ["第一章　总　　则", "正文。", "第二章　罚则", "处罚。"]))
        lines = _lines(tmp_path, control + by_style + typed + text, styles=_style("T1", "toc 1"))
        assert lines == ["第一章　总则", "正文。", "第二章　罚则", "处罚。"]

    def test_boxes_and_controls_come_once(self, tmp_path: Path) -> None:
        inside = f"<w:txbxContent>{_p('框中。')}</w:txbxContent>"
        body = (
            "<w:p><w:r><w:t>前</w:t></w:r><w:r><mc:AlternateContent>"
            f'<mc:Choice Requires="wps"><w:drawing><wps:txbx>{inside}</wps:txbx></w:drawing>'
            f"</mc:Choice><mc:Fallback><w:pict><v:textbox>{inside}</v:textbox></w:pict>"
            "</mc:Fallback></mc:AlternateContent></w:r><w:r><w:t>后。</w:t></w:r></w:p>"
            f"<w:sdt><w:sdtContent>{_p('控件。')}</w:sdtContent></w:sdt>"
            f"<w:sdt><w:sdtPr><w:showingPlcHdr/></w:sdtPr><w:sdtContent>{_p('单击此处')}"
            "</w:sdtContent></w:sdt>"
        )
        assert _lines(tmp_path, body) == ["前后。", "框中。", "控件。"]

    def test_breaks_join_headings_and_part_whole_lines(self, tmp_path: Path) -> None:
        def broken(*texts: str) -> str:
            inside = "<w:br/>".join(f"<w:t>{text}</w:t>" for text in texts)
            return f"<w:r>{inside}</w:r>"

        heading = f'<w:p><w:pPr><w:outlineLvl w:val="1"/></w:pPr>{broken("补贴", "标准")}</w:p>'
        long = "企业应当在每年三月三十一日以前向所在地的主管"
        body = (
            heading
            + f"<w:p>{broken(long, '部门提交申请。', '（一）成年。')}</w:p>"
            + f"<w:p>{broken('甲市财政局', '2024年5月1日')}</w:p>"
        )
        assert _lines(tmp_path, body) == [
            "## 补贴标准", f"{long}部门提交申请。", "（一）成年。", "甲市财政局", "2024年5月1日",
        ]  # fmt: skip

    @pytest.mark.parametrize(
        ("raw", "read_as"),
        [
            ("第一章　总　　则", "第一章　总则"),
            ("文号：甲〔2024〕5号    日期：5月1日", "文号：甲〔2024〕5号　日期：5月1日"),
            ("One.  Two", "One. Two"),
            ("最 高 人 民 法 院", "最高人民法院"),
            ("王  伟    李  明", "王伟　李明"),
            ("男 女", "男 女"),
            ("法　发〔1994〕 21 号", "法发〔1994〕21号"),
            ("补\u00ad贴\u200b标\ufeff准\t如下", "补贴标准　如下"),
            ("\uf06c 条件", "- 条件"),
            ("👩\u200d🔧 emoji", "👩\u200d🔧 emoji"),
            ("", ""),
        ],
    )
    def test_unseen_characters_and_gaps(self, raw: str, read_as: str) -> None:
        assert clean(raw) == read_as

    @given(st.text(st.sampled_from("总则 　\n\t1a。，\u00ad\u200d\uf0b7〔〕号"), max_size=80))
    def test_cleaning_twice_changes_nothing_more(self, text: str) -> None:
        once = clean(text)
        assert [clean(line) for line in split_breaks(once)] == split_breaks(once)

    def test_hostile_lines_are_read_in_time(self) -> None:
        for line in ("字 " * 100_000, " " * 200_000 + "a", "字" * 200_000, ". " * 100_000):
            clean(line)
            split_breaks(line)

    def test_formulas_symbols_and_raised_digits(self, tmp_path: Path) -> None:
        body = (
            "<w:p><w:r><w:t>100m</w:t></w:r><w:r><w:rPr><w:vertAlign w:val='superscript'/></w:rPr>"
            "<w:t>2</w:t></w:r><w:r><w:sym w:font='Wingdings' w:char='F0FE'/></w:r>"
            "<m:oMath><m:f><m:num><m:r><m:t>a+b</m:t></m:r></m:num><m:den><m:r><m:t>2</m:t></m:r>"
            "</m:den></m:f></m:oMath></w:p>"
        )
        assert _lines(tmp_path, body) == ["100m²☑(a+b)/2"]

    def test_notes_stand_behind_the_sentence(self, tmp_path: Path) -> None:
        def refer(number: int, kind: str = "footnote") -> str:
            return f'<w:r><w:{kind}Reference w:id="{number}"/></w:r>'

        notes = "".join(
            f'<w:footnote w:id="{number}">{_p(text)}</w:footnote>'
            for number, text in ((0, ""), (1, "指法人。"), (2, "指成年人。"), (3, "没人提到。"))
        )
        ends = f'<w:endnote w:id="1">{_p("见附件。")}</w:endnote>'
        body = (
            f"<w:p><w:r><w:t>企业</w:t></w:r>{refer(1)}<w:r><w:t>可以申请。</w:t></w:r></w:p>"
            f"<w:p><w:r><w:t>条件如下：</w:t></w:r>{refer(2)}</w:p>"
            f"{_p('（一）成年；')}{_p('（二）有住所。')}"
            f"<w:p><w:pPr><w:outlineLvl w:val='0'/></w:pPr><w:r><w:t>附则</w:t></w:r>"
            f"{refer(1, 'endnote')}</w:p>"
        )
        assert _lines(tmp_path, body, footnotes=notes, endnotes=ends) == [
            "企业可以申请。 [1] 指法人。",
            "条件如下：",
            "（一）成年；",
            "（二）有住所。 [2] 指成年人。",
            "# 附则",
            "[i] 见附件。",
        ]


class TestHeadings:
    def test_styles_and_outline_levels(self, tmp_path: Path) -> None:
        document = docx.Document()
        document.add_paragraph("甲市补贴办法", style="Title")
        document.add_heading("总则", 1)
        document.add_heading("适用范围", 2)
        document.add_paragraph("适用于本市企业。", style="Heading 2")
        document.add_paragraph("正文。")
        text = _read_bytes(tmp_path, _saved(document)).text
        assert text.split("\n\n") == [
            "# 甲市补贴办法", "# 总则", "## 适用范围", "适用于本市企业。", "正文。",
        ]  # fmt: skip

    def test_a_title_that_only_its_size_gives_away(self, tmp_path: Path) -> None:
        document = docx.Document()
        for text, size in (
            ("甲市人民政府文件", 40), ("甲政发〔2024〕5号", 16), ("", 0),
            ("甲市人民政府关于印发", 22), ("《补贴办法》的通知", 22), ("", 0), ("2024年5月", 22),
        ):  # fmt: skip
            paragraph = document.add_paragraph()
            paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
            if text:
                paragraph.add_run(text).font.size = Pt(size)
        document.add_paragraph().add_run(
            "现将《补贴办法》印发给你们，请遵照执行。" * 3
        ).font.size = Pt(16)
        text = _read_bytes(tmp_path, _saved(document)).text
        assert text.split("\n\n")[:4] == [
            "甲市人民政府文件", "甲政发〔2024〕5号", "# 甲市人民政府关于印发《补贴办法》的通知",
            "2024年5月",
        ]  # fmt: skip

    @pytest.mark.parametrize(
        ("stated", "title"),
        [("甲市补贴办法", "甲市补贴办法"), ("新建文档", ""), ("甲市财政局", ""), ("公告", "")],
    )
    def test_a_stated_title_counts_where_it_is_one(
        self, tmp_path: Path, stated: str, title: str
    ) -> None:
        document = docx.Document()
        document.core_properties.title = stated
        for text in ("甲市财政局", "公告", "甲市补贴办法", "第一条 为了补贴，制定本办法。"):
            document.add_paragraph(text)
        facts = _read_bytes(tmp_path, _saved(document)).facts
        assert facts.get("title", "") == title


class TestTables:
    def test_merged_cells_are_repeated(self, tmp_path: Path) -> None:
        down, goes_on = '<w:vMerge w:val="restart"/>', "<w:vMerge/>"
        two = '<w:gridSpan w:val="2"/>'
        body = _table(
            _cell("补贴标准表", '<w:gridSpan w:val="3"/>'),
            _cell("类别", down) + _cell("标准", two),
            _cell("", goes_on) + _cell("一档") + _cell("二档"),
            _cell("企业", down) + _cell("5万元") + _cell("3|2万元"),
            _cell("", goes_on) + _cell("另行确定", two),
            _cell("注：含税。", '<w:gridSpan w:val="3"/>'),
        )
        assert _lines(tmp_path, body) == [
            "补贴标准表",
            "| 类别 | 标准 一档 | 标准 二档 |",
            "| --- | --- | --- |",
            "| 企业 | 5万元 | 3\\|2万元 |",
            "| 企业 | 另行确定 | 另行确定 |",
            "注：含税。",
        ]

    def test_marked_heads_deleted_rows_and_empty_columns(self, tmp_path: Path) -> None:
        head = "<w:trPr><w:tblHeader/></w:trPr>"
        gone = "<w:trPr><w:del/></w:trPr>"
        body = _table(
            head + _cell("2023") + _cell("") + _cell("2024"),
            _cell("1") + _cell("") + _cell("2"),
            gone + _cell("9") + _cell("") + _cell("9"),
        )
        assert _lines(tmp_path, body) == ["| 2023 | 2024 |", "| --- | --- |", "| 1 | 2 |"]

    def test_layout_tables_are_text(self, tmp_path: Path) -> None:
        inner = _table(_cell("项目") + _cell("金额"), _cell("甲") + _cell("1元"))
        one = f"<w:tbl><w:tr><w:tc>{_p('第一段。')}{_p('第二段。')}{inner}</w:tc></w:tr></w:tbl>"
        row = _table(_cell("2024年5月1日") + _cell("甲发〔2024〕5号"))
        assert _lines(tmp_path, one + row) == [
            "第一段。", "第二段。", "| 项目 | 金额 |", "| --- | --- |", "| 甲 | 1元 |",
            "2024年5月1日", "甲发〔2024〕5号",
        ]  # fmt: skip

    def test_nested_tables_and_numbers_in_cells(self, tmp_path: Path) -> None:
        inner = _table(_cell("档次") + _cell("比例"), _cell("一档") + _cell("6%"))
        numbered = f"<w:tc>{_numbered('')}</w:tc>"
        body = _table(
            _cell("序") + _cell("内容"),
            numbered + f"<w:tc>{_p('标准')}{inner}<w:p/></w:tc>",
            numbered + _cell("无"),
        )
        numbering = _list(0, _level(0, "decimal", "%1")) + _use(1, 0)
        assert _lines(tmp_path, body, numbering=numbering) == [
            "| 序 | 内容 |", "| --- | --- |", "| 1 | 标准 档次：一档；比例：6% |", "| 2 | 无 |",
        ]  # fmt: skip

    def test_columns_that_were_made_with_tabs(self, tmp_path: Path) -> None:
        texts = ["航線\t平日\t假日", "中環—青嶼\t18.6元\t27.4元", "中環—南灣\t\t20.9元    29.8元"]
        signed = ["甲方：\t乙方：", "代表：\t代表：", "日期：\t日期："]
        body = "".join(_p(text) for text in [*texts, "以上。", *signed])
        assert _lines(tmp_path, body) == [
            "| 航線 | 平日 | 假日 |", "| --- | --- | --- |", "| 中環—青嶼 | 18.6元 | 27.4元 |",
            "| 中環—南灣 | 20.9元 | 29.8元 |", "以上。",
            "甲方：　乙方：", "代表：　代表：", "日期：　日期：",
        ]  # fmt: skip

    @pytest.mark.parametrize(
        ("first", "is_head"),
        [
            (("名称", "20 ft", "40 ft"), True),
            (("2023年", "2024年", "2025年"), True),
            (("甲", "1.5", "2.5"), False),
            (("企业应当提交申请。", "是", "否"), False),
        ],
    )
    def test_the_first_row_is_a_head_if_it_looks_like_one(
        self, tmp_path: Path, first: tuple[str, str, str], is_head: bool
    ) -> None:
        rows = [first, ("5", "1.5", "2.5"), ("6", "3", "4")]
        lines = _lines(tmp_path, _table(*["".join(map(_cell, row)) for row in rows]))
        assert ("---" in lines[1]) == is_head

    def test_a_table_as_python_docx_writes_it(self, tmp_path: Path) -> None:
        cells = [["项目", "标准", "期限"], ["工业", "6.10元", "1年"], ["商业", "7.20元", "2年"]]
        document = docx.Document()
        table = document.add_table(len(cells), 3)
        for row, texts in zip(table.rows, cells, strict=True):
            for cell, text in zip(row.cells, texts, strict=True):
                cell.text = text
        document.save(str(tmp_path / "a.docx"))
        blocks = parse(
            _read_bytes(tmp_path, (tmp_path / "a.docx").read_bytes()).text, wrapped=False
        )
        assert [block.kind for block in blocks] == [*[BlockKind.HEADER] * 2, *[BlockKind.ROW] * 2]


def _good() -> bytes:
    return _packed(_members("".join(_p(f"第{n}条 内容。") for n in range(50))))


def _ole(stream: str) -> bytes:
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504) + stream.encode("utf-16-le")


_BOMB = {"word/document.xml": f"<w:document {_NAMES}>" + " " * 20_000_000 + "</w:document>"}
_SHEET = _TYPES.replace("wordprocessingml", "spreadsheetml")
_LAUGHS = '<!DOCTYPE w [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>'
_OUTSIDE = '<!DOCTYPE w [<!ENTITY a SYSTEM "file:///etc/passwd">]>'


_TEXT = f"<w:document {_NAMES}><w:body>{_p('文本。')}</w:body></w:document>"


def _with(changed: Mapping[str, str]) -> bytes:
    return _packed({**_members(_p("文本。")), **changed})


_ELEMENTS = (
    "p r t tbl tr tc sdt sdtContent pPr rPr numPr numId ilvl fldChar instrText sym ruby txbxContent"
    " tcPr gridSpan vMerge br outlineLvl pStyle ins del pict num abstractNum lvl style basedOn"
).split()
_VALUES = st.sampled_from(["", "0", "1", "-7", "99999999999", "begin", "end", "字"])
_MARKUP = st.recursive(
    st.just("x"),
    lambda inside: st.builds(
        lambda name, said, parts: (
            f'<w:{name} w:val="{said}" w:fldCharType="{said}">{"".join(parts)}</w:{name}>'
        ),
        st.sampled_from(_ELEMENTS),
        _VALUES,
        st.lists(inside, max_size=4),
    ),
    max_leaves=30,
)
"""Elements in places where they do not belong, with values that they do not have."""


class TestHostileFiles:
    @pytest.mark.parametrize(
        ("raw", "reason"),
        [
            (b"", "empty"),
            (bytes(1000), "empty"),
            (b"\x00\x01garbage", "not a Word file"),
            (b"%PDF-1.7", "PDF"),
            (b"{\\rtf1}", "Rich Text"),
            (b"<html>", "web page"),
            (_good()[:-200], "damaged"),
            (_good()[:40], "damaged"),
            (_ole("EncryptedPackage"), "password"),
            (_ole("WordDocument"), r"\.doc\)"),
            (_ole("Workbook"), "old Office"),
            (_packed({"a.txt": "x"}), "without a Word document"),
            (_packed({"mimetype": "application/vnd.oasis.opendocument.text"}), "OpenDocument"),
            (_with({"word/document.xml": _TEXT[:-20]}), "damaged"),
            (_with({"_rels/.rels": _relations(officeDocument="xl/x")}), "without a Word"),
            (_with({"[Content_Types].xml": _SHEET}), "xlsx"),
            (_with({"word/document.xml": _LAUGHS + _TEXT}), "DTD"),
            (_with({"word/document.xml": _OUTSIDE + _TEXT}), "DTD"),
            (_with(_BOMB), "bomb"),
            (_packed({f"{n}": "" for n in range(10_001)}), "parts"),
            (_packed(_members(_p(" "))), "no text"),
            (_packed({**_members("<w:p/>"), "word/media/a.png": "x"}), "pictures"),
            (_packed({**_members(""), "word/document.xml": f"<w:document {_NAMES}/>"}), "no body"),
        ],
    )  # fmt: skip
    def test_are_refused_with_the_reason(self, tmp_path: Path, raw: bytes, reason: str) -> None:
        with pytest.raises(UnreadableError, match=reason):
            _read_bytes(tmp_path, raw)

    def test_limits_of_size_are_kept(self, tmp_path: Path) -> None:
        with pytest.raises(UnreadableError, match="too much text"):
            _read_bytes(tmp_path, _good(), Limits(characters=100))
        with pytest.raises(UnreadableError, match="unpacked"):
            _read_bytes(tmp_path, _good(), Limits(unpacked=2_000))

    def test_a_package_may_lie_about_its_sizes(self, tmp_path: Path) -> None:
        raw = bytearray(_packed(_members(_p("字" * 100_000))))
        entry = raw.rfind(b"PK\x01\x02")
        while entry >= 0:  # say of every member that it has 10 bytes
            raw[entry + 24 : entry + 28] = struct.pack("<I", 10)
            entry = raw.rfind(b"PK\x01\x02", 0, entry)
        with pytest.raises(UnreadableError, match="damaged"):
            _read_bytes(tmp_path, bytes(raw))

    def test_encrypted_members_ask_for_the_password(self, tmp_path: Path) -> None:
        raw = bytearray(_good())
        for found in re.finditer(rb"PK\x01\x02", bytes(raw)):
            raw[found.start() + 8] |= 1
        with pytest.raises(UnreadableError, match="password"):
            _read_bytes(tmp_path, bytes(raw))

    def test_macros_and_links_are_left_alone(self, tmp_path: Path) -> None:
        members: dict[str, str] = _members(_p("文本。"))
        link = f'<Relationship Id="x" Type="{_OFFICE}/relationships/styles" '
        link += 'Target="http://localhost:1/styles.xml" TargetMode="External"/>'
        members["word/_rels/document.xml.rels"] = (
            f'<Relationships xmlns="{_RELATIONS}">{link}</Relationships>'
        )
        members["word/vbaProject.bin"] = "x"
        found = _read_bytes(tmp_path, _packed(members))
        assert found.text == "文本。"
        assert found.warnings == ["its macros were left alone"]

    def test_styles_and_spans_that_never_end(self, tmp_path: Path) -> None:
        styles = _style("A", "A", based_on="B") + _style("B", "B", based_on="A")
        body = _styled("一。", "A") + _table(
            *[_cell("a", '<w:gridSpan w:val="999999999"/>') + _cell("b")] * 2
        )
        assert _lines(tmp_path, body, styles=styles)[0] == "一。"

    @pytest.mark.parametrize(("depth", "is_read"), [(20, True), (80, True), (500, False)])
    def test_deep_nesting(self, tmp_path: Path, depth: int, is_read: bool) -> None:
        table, changes = _p("底。"), _p("文。")
        for _ in range(depth):
            table = f"<w:tbl><w:tr><w:tc>{table}</w:tc><w:tc/></w:tr><w:tr><w:tc/></w:tr></w:tbl>"
            changes = f"<w:ins>{changes}</w:ins>"
        for body in (table, changes):
            if is_read:
                assert _lines(tmp_path, body)[0] in ("底。", "文。")
            else:
                with pytest.raises(UnreadableError, match="damaged"):
                    _lines(tmp_path, body)

    def test_strict_files_are_read_like_others(self, tmp_path: Path) -> None:
        strict = {
            name: text.replace(_MAIN, "http://purl.oclc.org/ooxml/wordprocessingml/main").replace(
                _OFFICE, "http://purl.oclc.org/ooxml/officeDocument"
            )
            for name, text in _members(_p("文本。")).items()
        }
        assert _read_bytes(tmp_path, _packed(strict)).text == "文本。"

    @settings(max_examples=200, deadline=None)
    @given(st.randoms(use_true_random=False), st.integers(1, 30))
    def test_mutations_never_crash(
        self, tmp_path_factory: pytest.TempPathFactory, source: random.Random, count: int
    ) -> None:
        raw = bytearray(_good())
        for _ in range(count):
            raw[source.randrange(len(raw))] = source.randrange(256)
        with suppress(UnreadableError):
            _read_bytes(tmp_path_factory.getbasetemp(), bytes(raw))

    @settings(max_examples=200, deadline=None)
    @given(_MARKUP, _MARKUP, _MARKUP)
    def test_shuffled_markup_never_crashes(
        self, tmp_path_factory: pytest.TempPathFactory, body: str, styles: str, other: str
    ) -> None:
        raw = _packed(_members(body, styles=styles, numbering=other, footnotes=other))
        with suppress(UnreadableError):
            _read_bytes(tmp_path_factory.getbasetemp(), raw)


def test_it_is_read_in_a_process_of_its_own(tmp_path: Path) -> None:
    path = tmp_path / "a.docx"
    path.write_bytes(_packed(_members(_p("文本。"))))
    with ReaderProcess() as process:
        assert process.read(path).text == "文本。"

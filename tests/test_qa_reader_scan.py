import io
import math
import random
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

pytest.importorskip("rapidocr", reason="reading pictures needs wenzheng[scan]")

from qa.corpus.readers.extracted import Limits, UnreadableError
from qa.corpus.readers.scan.lines import ScannedLine, ScannedPage, turned
from qa.corpus.readers.scan.pictures import pictures
from qa.corpus.readers.scan.reader import read, read_page, render
from qa.corpus.readers.scan.rows import rows_of_pages
from qa.corpus.readers.scan.text import write
from qa.corpus.structure import parse
from qa.types import BlockKind

_FONT = Path("/usr/share/fonts/opentype/noto/NotoSerifCJK-Regular.ttc")
_SIZE = 29  # 14 points at 150 dpi
_PITCH = 50
needs_font = pytest.mark.skipif(not _FONT.exists(), reason=f"no Chinese font at {_FONT}")
QUIET: Callable[[int, int], None] = lambda *_: None  # noqa: E731


def drawn(lines: Sequence[tuple[int, str]], *, traditional: bool = False) -> Image.Image:
    """A page with lines at their indents, below one another."""
    image = Image.new("RGB", (1000, 120 + _PITCH * len(lines)), (250, 249, 246))
    pen = ImageDraw.Draw(image)
    font = ImageFont.truetype(_FONT, _SIZE, index=3 if traditional else 2)
    for number, (indent, text) in enumerate(lines):
        pen.text((60 + indent, 60 + _PITCH * number), text, font=font, fill=(20, 20, 20))
    return image


def latin(text: str, size: int = 32) -> Image.Image:
    """A small page in Pillow's own font."""
    image = Image.new("RGB", (700, 160), "white")
    ImageDraw.Draw(image).text((40, 60), text, font=ImageFont.load_default(size), fill="black")
    return image


def text_of(image: Image.Image) -> list[str]:
    return [line.text for line in read_page(np.asarray(image), Limits()).lines]


def line(left: float, top: float, text: str, *, size: float = 30.0) -> ScannedLine:
    """A line as it is found, all characters square; `~` is a gap of four."""
    boxes, kept = [], ""
    for character in text:
        width = 4 * size if character == "~" else size
        boxes.append([left, top, left + width, top + size])
        kept += " " if character == "~" else character
        left += width
    return ScannedLine(kept, 1.0, np.array(boxes, dtype=np.float32))


def composed(*pages: Sequence[ScannedLine]) -> str:
    scanned = [ScannedPage(list(lines)) for lines in pages]
    rows = rows_of_pages(scanned, [1700] * len(pages), [1.0] * len(pages))
    return write(rows)[0]


class TestPage:
    @needs_font
    @pytest.mark.slow
    @pytest.mark.parametrize(
        ("lines", "traditional"),
        [
            (["第一条　申请人应当在三十日内提交材料。", "补贴标准为12%，最高800万元；"], False),
            (
                ["四、補助標準如下：申請書、計畫書、報價單。", "本府得撤銷補助並追繳全部款項。"],
                True,
            ),
            (
                ["Sole traders may apply, but not twice.", "Calls close at noon on 31 January."],
                False,
            ),
        ],
    )
    def test_reads_each_script_with_its_spaces(self, lines: list[str], traditional: bool) -> None:
        found = text_of(drawn([(0, text) for text in lines], traditional=traditional))
        assert found == [text.replace("\u3000", " ") for text in lines]

    @needs_font
    @pytest.mark.slow
    @pytest.mark.parametrize("quarters", range(4))
    def test_boxes_are_those_of_the_picture_as_given(self, quarters: int) -> None:
        upright = drawn([(0, "本办法自公布之日起施行，"), (0, "由市财政局负责解释。")])
        upright = upright.rotate(0.7, Image.Resampling.BICUBIC, fillcolor=(250, 249, 246))
        image = np.ascontiguousarray(np.rot90(np.asarray(upright), quarters))
        page = read_page(image, Limits())
        assert [line.text for line in page.lines] == [
            "本办法自公布之日起施行，",
            "由市财政局负责解释。",
        ]
        whole = image.min(axis=2) < 128
        for line in page.lines:
            assert len(line.boxes) == len(line.text)
            for left, top, right, bottom in line.boxes[:-1].round().astype(int):
                assert whole[top:bottom, left:right].mean() > 0.05
        turn = (page.angle + quarters * math.pi / 2 + math.pi) % (2 * math.pi) - math.pi
        assert math.degrees(turn) == pytest.approx(-0.7, abs=0.5)

    @needs_font
    @pytest.mark.slow
    def test_columns_are_read_one_after_the_other(self) -> None:
        left = "左栏的文字一行接一行地往下写下去"
        right = "右栏的内容要等左栏全部读完再读它"
        image = Image.new("RGB", (1200, 520), "white")
        pen, font = ImageDraw.Draw(image), ImageFont.truetype(_FONT, _SIZE, index=2)
        for number in range(8):
            pen.text((60, 40 + _PITCH * number), left, font=font, fill="black")
            pen.text((640, 40 + _PITCH * number), right, font=font, fill="black")
        assert text_of(image) == [left] * 8 + [right] * 8

    @pytest.mark.slow
    def test_a_page_without_writing_has_no_lines(self) -> None:
        assert text_of(Image.new("RGB", (300, 200), "white")) == []
        assert text_of(Image.new("RGB", (1, 1))) == []
        assert text_of(Image.new("RGB", (4000, 9))) == []

    def test_a_page_of_too_many_pixels_is_refused(self) -> None:
        with pytest.raises(UnreadableError, match="pixels"):
            read_page(np.zeros((200, 200, 3), dtype=np.uint8), Limits(pixels=39_999))

    @pytest.mark.slow
    def test_a_page_that_takes_too_long_is_given_up(self) -> None:
        with pytest.raises(UnreadableError, match="time"):
            read_page(np.asarray(latin("Too late")), Limits(page_seconds=0.0))


@pytest.mark.parametrize("angle", [0.0, 0.02, math.pi / 2 + 0.02, math.pi, -math.pi / 2])
def test_turning_back_gives_the_same_boxes(angle: float) -> None:
    boxes = np.array([[10, 20, 40, 50], [300, 20, 320, 60]], dtype=np.float32)
    assert turned(turned(boxes, angle), -angle) == pytest.approx(boxes, abs=0.01)


class TestText:
    def test_lines_become_paragraphs(self) -> None:
        text = composed(
            [
                line(390, 100, "补贴办法", size=45),
                line(160, 200, "第一条 为了鼓励企业更新设备并且提高效率，"),
                line(100, 250, "制定本办法，适用于本市行政区域内的全部企业。"),
                line(160, 300, "第二条 申请人应当同时符合下列条件："),
                line(160, 350, "（一）在本市注册；"),
                line(160, 400, "（二）按照本办法第六条规定提交了下列材料和"),
                line(100, 450, "第八条规定的证明。"),
                line(520, 550, "市财政局"),
                line(370, 1600, "— 1 —", size=24),
            ]
        )
        assert text.split("\n\n") == [
            "# 补贴办法",
            "第一条 为了鼓励企业更新设备并且提高效率，制定本办法，适用于本市行政区域内的全部企业。",
            "第二条 申请人应当同时符合下列条件：",
            "（一）在本市注册；",
            "（二）按照本办法第六条规定提交了下列材料和第八条规定的证明。",
            "市财政局",
            "",
        ]
        kinds = [block.kind for block in parse(text)]
        assert kinds[:2] == [BlockKind.TITLE, BlockKind.ARTICLE]
        assert kinds[3:5] == [BlockKind.ITEM, BlockKind.ITEM]

    def test_a_paragraph_goes_on_on_the_next_page(self) -> None:
        head = "某市财政局文件汇编第册"
        text = composed(
            [line(100, 40, head), line(160, 100, "这一段文字写到这一页的末尾还没有结束")],
            [line(100, 40, head), line(100, 100, "到了下一页才写完。"), line(160, 150, "新段。")],
            [line(100, 40, head), line(160, 100, "又是另外的一段文字写在第三页上面了。")],
        )
        assert text.split("\n\n")[:2] == [
            "这一段文字写到这一页的末尾还没有结束到了下一页才写完。",
            "新段。",
        ]
        assert head not in text

    def test_a_signature_that_stands_alone_on_the_last_page(self) -> None:
        full = "本通知自发布之日起施行，由发展改革委负责解释。"
        lines = [line(100, 100 + 50 * number, full) for number in range(9)]
        text = composed(
            lines, [line(560, 100, "某市发展和改革委员会"), line(620, 150, "2024年9月12日")]
        )
        assert text.split("\n\n")[-3:] == ["某市发展和改革委员会", "2024年9月12日", ""]

    def test_cells_below_one_another_are_a_table(self) -> None:
        text = composed(
            [
                line(100, 100, "各类设备的补贴标准列在下面的表里，请对照查看。"),
                line(100, 200, "类别~门槛~比例"),
                line(100, 250, "机床~百万~两成"),
                line(100, 300, "锅炉~千万~三|成"),
                line(100, 400, "以上标准自公布之日起施行，以前的标准同时废止。"),
            ]
        )
        assert text.split("\n\n")[1].split("\n") == [
            "| 类别 | 门槛 | 比例 |",
            "| --- | --- | --- |",
            "| 机床 | 百万 | 两成 |",
            r"| 锅炉 | 千万 | 三\|成 |",
        ]

    def test_articles_with_a_gap_are_no_table(self) -> None:
        text = composed(
            [line(100, 100 + 50 * n, f"第{'一二三四'[n]}条~内容内容") for n in range(4)]
        )
        assert "|" not in text

    def test_every_character_has_its_place(self) -> None:
        lines = [line(160, 100, "甲乙丙，丁。"), line(100, 200, "类~一"), line(100, 250, "型~二")]
        rows = rows_of_pages([ScannedPage(lines)], [1700], [0.5])
        text, pages, boxes = write(rows)
        places = {c: b for item in lines for c, b in zip(item.text, item.boxes, strict=True)}
        assert len(text) == len(pages) == len(boxes)
        for character, page, box in zip(text, pages, boxes, strict=True):
            if character.isalnum():
                assert page == 0
                assert box == pytest.approx(places[character] / 2)


class TestRead:
    @needs_font
    @pytest.mark.slow
    def test_a_ruled_table_with_wrapped_and_spanning_cells(self, tmp_path: Path) -> None:
        image = Image.new("RGB", (1000, 420), "white")
        pen, font = ImageDraw.Draw(image), ImageFont.truetype(_FONT, _SIZE, index=2)
        boxes = [
            (60, 60, 300, 140, "类别"),
            (300, 60, 620, 140, "补贴\n标准"),
            (620, 60, 940, 140, "上限"),
            (60, 140, 300, 300, "节能"),
            (300, 140, 620, 220, "投资额12%"),
            (620, 140, 940, 220, "800万元"),
            (300, 220, 620, 300, "投资额15%"),
            (620, 220, 940, 300, "9"),
        ]
        for left, top, right, bottom, text in boxes:
            pen.rectangle((left, top, right, bottom), outline="black", width=2)
            middle = ((left + right) / 2, (top + bottom) / 2)
            pen.text(middle, text, font=font, fill="black", anchor="mm", spacing=2)
        image.save(tmp_path / "t.png")
        found = read(tmp_path / "t.png", Limits(), QUIET)
        assert (
            found.text.split()
            == (
                "| 类别 | 补贴标准 | 上限 | | --- | --- | --- | | 节能 | 投资额12% | 800万元 |"
                " | 节能 | 投资额15% | 9 |"
            ).split()
        )

    @pytest.mark.slow
    def test_pages_of_a_tiff(self, tmp_path: Path) -> None:
        path = tmp_path / "p.tif"
        first, blank, last = latin("First page"), Image.new("RGB", (700, 160)), latin("Last page")
        first.save(path, save_all=True, append_images=[blank, last], dpi=(100, 100))
        done: list[tuple[int, int]] = []
        found = read(path, Limits(), lambda *numbers: done.append(numbers))
        assert found.text.split("\n\n")[:2] == ["First page", "Last page"]
        assert done == [(1, 3), (2, 3), (3, 3)]
        assert found.layout is not None
        for page in found.layout.pages:
            assert (page.width, page.height) == pytest.approx((504, 115.2))
        assert set(found.layout.page_of[: len("First page")]) == {0}
        assert found.layout.page_of[found.text.index("Last")] == 2
        left, top, right, bottom = found.layout.boxes[found.text.index("F")]
        assert 20 < left < right < 50
        assert 40 < top < bottom < 80
        assert found.layout.pages[0].confidence > 0.9

    def test_nothing_to_read(self, tmp_path: Path) -> None:
        Image.new("L", (300, 200), 255).save(tmp_path / "blank.png")
        with pytest.raises(UnreadableError, match="no writing"):
            read(tmp_path / "blank.png", Limits(), QUIET)


class TestPictures:
    @pytest.mark.parametrize(
        ("mode", "suffix"),
        [
            ("1", "png"),
            ("L", "png"),
            ("P", "png"),
            ("RGBA", "png"),
            ("LA", "png"),
            ("CMYK", "jpg"),
            ("CMYK", "tif"),
            ("YCbCr", "jpg"),
            ("I;16", "png"),
            ("I;16", "tif"),
            ("F", "tif"),
        ],
    )
    def test_every_mode_shows_the_same(self, mode: str, suffix: str, tmp_path: Path) -> None:
        plain = latin("Hello")
        path = tmp_path / f"x.{suffix}"
        if mode in ("I;16", "F"):
            grey = np.asarray(plain.convert("L"))
            kind = np.uint16 if mode == "I;16" else np.float32
            Image.fromarray((grey.astype(np.uint32) * 257).astype(kind)).save(path)
        else:
            plain.convert(mode).save(path)
        (picture, whole), *others = pictures(path, Limits())
        assert (whole, others) == (1, [])
        assert picture.image.mode == "RGB"
        assert np.abs(pixels(picture.image) - pixels(plain)).mean() < 4

    def test_what_is_transparent_is_paper(self, tmp_path: Path) -> None:
        ink = Image.eval(latin("Hello").convert("L"), lambda value: 255 - value)
        black = Image.new("L", ink.size)
        Image.merge("LA", (black, ink)).save(tmp_path / "x.png")
        (picture, _), *_ = pictures(tmp_path / "x.png", Limits())
        assert np.abs(pixels(picture.image) - pixels(latin("Hello"))).mean() < 1

    @pytest.mark.parametrize("suffix", ["jpg", "png", "tif"])
    def test_a_picture_taken_sideways_is_upright(self, suffix: str, tmp_path: Path) -> None:
        plain = latin("Hello")
        exif = Image.Exif()
        exif[274] = 6  # turned by 90 degrees, counterclockwise
        plain.rotate(90, expand=True).save(tmp_path / f"x.{suffix}", exif=exif)
        (picture, _), *_ = pictures(tmp_path / f"x.{suffix}", Limits())
        assert np.abs(pixels(picture.image) - pixels(plain)).mean() < 3

    def test_the_pixels_of_a_fax_become_square(self, tmp_path: Path) -> None:
        Image.new("1", (1700, 1100), 1).save(tmp_path / "x.tif", dpi=(200, 100))
        (picture, _), *_ = pictures(tmp_path / "x.tif", Limits())
        assert (picture.image.size, picture.dpi) == ((1700, 2200), 200)

    @pytest.mark.parametrize("dpi", [None, (72, 72), (1, 1)])
    def test_what_says_no_resolution_has_the_usual_one(
        self, dpi: tuple[int, int] | None, tmp_path: Path
    ) -> None:
        options = {"dpi": dpi} if dpi else {}
        latin("Hello").save(tmp_path / "x.png", "PNG", **options)
        (picture, _), *_ = pictures(tmp_path / "x.png", Limits())
        assert picture.dpi == 150

    def test_a_preview_is_no_page(self, tmp_path: Path) -> None:
        small = Image.new("L", (70, 16))
        small.encoderinfo = {"tiffinfo": {254: 1}}
        latin("Hello").save(tmp_path / "x.tif", save_all=True, append_images=[small])
        assert len(list(pictures(tmp_path / "x.tif", Limits()))) == 1

    @pytest.mark.parametrize("width", [1, 350, 1400])
    def test_rendering(self, width: int, tmp_path: Path) -> None:
        latin("Hello").save(tmp_path / "x.jpg")
        picture = Image.open(io.BytesIO(render(tmp_path / "x.jpg", 0, width)))
        assert (picture.format, picture.width) == ("PNG", width)
        assert picture.height == max(1, round(160 * width / 700))
        with pytest.raises(UnreadableError, match="no page 2"):
            render(tmp_path / "x.jpg", 1, width)

    def test_a_tall_picture_is_not_rendered_without_bound(self, tmp_path: Path) -> None:
        Image.new("L", (1, 5000)).save(tmp_path / "x.png")
        picture = Image.open(io.BytesIO(render(tmp_path / "x.png", 0, 5000)))
        assert picture.width * picture.height < Limits().pixels * 1.1


class TestHostile:
    @pytest.mark.parametrize(
        "content", [b"", b"hello", b"%PDF-1.7\n", b"GIF89a\x01\x00\x01\x00", b"\x89PNG\r\n\x1a\n"]
    )
    @pytest.mark.parametrize("suffix", ["png", "jpg", "tiff"])
    def test_what_is_no_picture(self, content: bytes, suffix: str, tmp_path: Path) -> None:
        (tmp_path / f"x.{suffix}").write_bytes(content)
        with pytest.raises(UnreadableError):
            read(tmp_path / f"x.{suffix}", Limits(), QUIET)

    @pytest.mark.parametrize("suffix", ["png", "jpg", "tif"])
    def test_what_is_cut_off(self, suffix: str, tmp_path: Path) -> None:
        path = tmp_path / f"x.{suffix}"
        latin("Hello").save(path)
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
        with pytest.raises(UnreadableError, match=r"damaged|not a PNG"):
            read(path, Limits(), QUIET)

    @pytest.mark.parametrize("side", [7_000, 20_000])
    def test_bombs(self, side: int, tmp_path: Path) -> None:
        Image.new("1", (side, side)).save(tmp_path / "x.png")
        with pytest.raises(UnreadableError, match="pixels"):
            read(tmp_path / "x.png", Limits(), QUIET)

    def test_too_many_pages(self, tmp_path: Path) -> None:
        one = Image.new("1", (8, 8))
        one.save(tmp_path / "x.tif", save_all=True, append_images=[one] * 3)
        assert len(list(pictures(tmp_path / "x.tif", Limits(pages=4)))) == 4
        with pytest.raises(UnreadableError, match="more than 3 pages"):
            list(pictures(tmp_path / "x.tif", Limits(pages=3)))

    @pytest.mark.parametrize("suffix", ["png", "jpg", "tif"])
    def test_mutations_are_read_or_refused(self, suffix: str, tmp_path: Path) -> None:
        path = tmp_path / f"x.{suffix}"
        latin("Hello").resize((175, 40)).save(path)
        whole, chance = path.read_bytes(), random.Random(1)  # noqa: S311
        for _ in range(150):
            found = bytearray(whole)
            for _ in range(chance.randrange(1, 8)):
                found[chance.randrange(len(found))] = chance.randrange(256)
            path.write_bytes(found)
            try:
                assert all(page.image.mode == "RGB" for page, _ in pictures(path, Limits()))
            except UnreadableError:
                continue


def pixels(image: Image.Image) -> NDArray[np.float64]:
    return np.asarray(image.convert("L"), dtype=np.float64)

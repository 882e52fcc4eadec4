"""The characters of a page of a PDF: which they are, how large, how bold, and where they stand.

White space is no character here: what stands between two of them is told by `Glyphs.spaces`.
"""

import ctypes
import math
import unicodedata
from collections import Counter
from dataclasses import dataclass

import numpy as np
import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c
from numpy.typing import NDArray

from qa.corpus.readers.pdf.characters import HYPHENS, characters_of
from qa.corpus.readers.pdf.frames import Frame, turned

_BOLD_NAMES = (
    *(b"bold", b"black", b"heavy", b"simhei", b"stheiti", b"sourcehansanscn-b", b"fzxbs"),
    *(b"xiaobiaosong", "黑体".encode(), "黑体".encode("gbk"), "小标宋".encode()),
)
_FORCE_BOLD = 1 << 18  # PDF 32000-1:2008, table 123
_STROKED = 2  # text render mode: filled and stroked, as bold type is imitated
_SLANT = math.radians(5)
"""How far a line may lean. What leans more is a watermark."""

NO_SPACE, GUESSED_SPACE, SPACE = 0, 1, 2


@dataclass(frozen=True, slots=True)
class _Style:
    size: float
    bold: bool
    red: bool
    angle: float
    unmapped: bool


@dataclass(frozen=True, slots=True, eq=False)
class Glyphs:
    """The characters of a page in the order of its stream, white space left out.

    boxes: (n, 4) left, top, right, bottom in points on the page as it is shown
    upright: the same, on the page turned so that the text runs to the right
    baselines: (n,) of the upright page; sizes: (n,) in points
    spaces: (n,) whether white space stands before it: none, guessed by pdfium, or the file's own
    strange: the share of characters that stand for nothing
    size: width and height of the upright page
    """

    text: str
    boxes: NDArray[np.float32]
    upright: NDArray[np.float32]
    baselines: NDArray[np.float32]
    sizes: NDArray[np.float32]
    bold: NDArray[np.bool_]
    red: NDArray[np.bool_]
    spaces: NDArray[np.uint8]
    strange: float
    size: tuple[float, float]

    def taken(self, chosen: NDArray[np.bool_] | NDArray[np.intp] | slice) -> "Glyphs":
        """Only the characters chosen."""
        if isinstance(chosen, slice):
            text = self.text[chosen]
        else:
            numbers = np.flatnonzero(chosen) if chosen.dtype == np.bool_ else chosen
            text = "".join(self.text[number] for number in numbers.tolist())
        return Glyphs(
            text,
            self.boxes[chosen],
            self.upright[chosen],
            self.baselines[chosen],
            self.sizes[chosen],
            self.bold[chosen],
            self.red[chosen],
            self.spaces[chosen],
            self.strange,
            self.size,
        )


def read_glyphs(textpage: pdfium.PdfTextPage, frame: Frame) -> Glyphs:
    """Read the characters of a page; those that lean are left out."""
    codes, numbers, spaces = _codes(textpage.raw, textpage.count_chars())
    styles = _styles(textpage.raw, numbers)
    boxes, origins = _places(textpage.raw, numbers)
    shown = frame.shown(boxes)
    quarters, level = _directions(styles, frame.turn)
    main = int(np.bincount(quarters[level], minlength=4).argmax()) if level.any() else 0
    upright = turned(shown, main, frame.size)
    dots = np.repeat(origins, 2, axis=0).reshape(-1, 4)
    baselines = turned(frame.shown(dots), main, frame.size)[:, 3]
    text, repeats = characters_of(codes)
    glyphs = Glyphs(
        text,
        _split(shown, repeats),
        _split(upright, repeats),
        np.repeat(baselines, repeats),
        np.repeat(np.array([style.size for style in styles], np.float32), repeats),
        np.repeat(np.array([style.bold for style in styles], np.bool_), repeats),
        np.repeat(np.array([style.red for style in styles], np.bool_), repeats),
        _first_only(np.array(spaces, np.uint8), repeats),
        _strange(text, [style.unmapped for style in styles]),
        frame.size[::-1] if main % 2 else frame.size,
    )
    keep = np.repeat(level & (quarters == main), repeats)
    return glyphs if keep.all() else glyphs.taken(keep)


def _codes(page: object, count: int) -> tuple[list[int], list[int], list[int]]:
    """The code points that are not white space, their numbers, and what stands before each."""
    codes: list[int] = []
    numbers: list[int] = []
    spaces: list[int] = []
    space = NO_SPACE
    high = 0  # the first half of a surrogate pair: on Windows pdfium's characters are UTF-16
    for number in range(count):
        code = pdfium_c.FPDFText_GetUnicode(page, number)
        if code not in HYPHENS and (code <= 0x20 or chr(min(code, 0x10FFFF)).isspace()):
            if code not in (0x0A, 0x0D):  # a new line tells nothing: it also stands beside km²
                guessed = pdfium_c.FPDFText_IsGenerated(page, number) == 1 or code == 0
                space = max(space, GUESSED_SPACE if guessed else SPACE)
            continue
        if 0xD800 <= code < 0xDC00:
            high = code
            continue
        if 0xDC00 <= code < 0xE000:
            code = 0x10000 + ((high - 0xD800) << 10) + code - 0xDC00 if high else 0xFFFD
        high = 0
        codes.append(code)
        numbers.append(number)
        spaces.append(space)
        space = NO_SPACE
    return codes, numbers, spaces


def _places(page: object, numbers: list[int]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(n, 4) boxes of left, bottom, right, top, and (n, 2) origins on the baseline."""
    rect, x, y = pdfium_c.FS_RECTF(), ctypes.c_double(), ctypes.c_double()
    boxes, origins = bytearray(), bytearray()
    for number in numbers:
        pdfium_c.FPDFText_GetLooseCharBox(page, number, rect)
        pdfium_c.FPDFText_GetCharOrigin(page, number, x, y)
        boxes += rect
        origins += x
        origins += y
    sides = np.frombuffer(boxes, np.float32).reshape(-1, 4).astype(np.float64)
    left, right = np.minimum(sides[:, 0], sides[:, 2]), np.maximum(sides[:, 0], sides[:, 2])
    bottom, top = np.minimum(sides[:, 1], sides[:, 3]), np.maximum(sides[:, 1], sides[:, 3])
    return (
        np.stack((left, bottom, right, top), axis=1),
        np.frombuffer(origins, np.float64).reshape(-1, 2),
    )


def _styles(page: object, numbers: list[int]) -> list[_Style]:
    """The style of each character; those of one text object share it."""
    styles: list[_Style] = []
    known: dict[int, _Style] = {}
    for number in numbers:
        handle = pdfium_c.FPDFText_GetTextObject(page, number)
        address = ctypes.addressof(handle.contents) if handle else 0
        style = known.get(address)
        if style is None:
            style = known[address] = _style(page, number, handle)
        styles.append(style)
    return styles


def _style(page: object, number: int, handle: object) -> _Style:
    matrix, flags = pdfium_c.FS_MATRIX(), ctypes.c_int()
    name = ctypes.create_string_buffer(128)
    pdfium_c.FPDFText_GetMatrix(page, number, matrix)
    pdfium_c.FPDFText_GetFontInfo(page, number, name, len(name), flags)
    size = pdfium_c.FPDFText_GetFontSize(page, number) * math.hypot(matrix.c, matrix.d)
    red, green, blue, alpha = (ctypes.c_uint() for _ in range(4))
    pdfium_c.FPDFText_GetFillColor(page, number, red, green, blue, alpha)
    stroked = bool(handle) and pdfium_c.FPDFTextObj_GetTextRenderMode(handle) == _STROKED
    # Browsers draw what they imitate in bold as a font of drawings, which has no name.
    named = not name.value or any(part in name.value.lower() for part in _BOLD_NAMES)
    return _Style(
        size=abs(size) or 1.0,
        bold=named or stroked or bool(flags.value & _FORCE_BOLD),
        red=red.value > 150 and max(green.value, blue.value) < 90,
        angle=math.atan2(matrix.b, matrix.a),
        unmapped=pdfium_c.FPDFText_HasUnicodeMapError(page, number) == 1,
    )


def _directions(styles: list[_Style], turn: int) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
    """The quarter to which each character runs as shown, and whether it runs along one."""
    angles = np.array([style.angle for style in styles]) - turn * math.pi / 2
    quarters = np.rint(angles / (math.pi / 2))
    level = np.abs(angles - quarters * math.pi / 2) <= _SLANT
    return (quarters.astype(np.intp) % 4), level


def _strange(text: str, unmapped: list[bool]) -> float:
    """The share of characters that are unknown or private, or of fonts that do not name them."""
    counts = Counter(text)
    strange = sum(
        count
        for char, count in counts.items()
        if char == "\ufffd" or unicodedata.category(char) == "Co"
    )
    return max(strange, sum(unmapped)) / max(len(text), len(unmapped), 1)


def _split(boxes: NDArray[np.float32], repeats: NDArray[np.intp]) -> NDArray[np.float32]:
    """Give the letters of a ligature a part of its box each."""
    many = np.repeat(boxes, repeats, axis=0)
    if len(many) == len(boxes):
        return many
    count = np.repeat(repeats, repeats)
    place = np.arange(len(many)) - np.repeat(np.cumsum(repeats) - repeats, repeats)
    width = (many[:, 2] - many[:, 0]) / count
    many[:, 0] += (width * place).astype(np.float32)
    many[:, 2] = many[:, 0] + width
    return many


def _first_only(spaces: NDArray[np.uint8], repeats: NDArray[np.intp]) -> NDArray[np.uint8]:
    many = np.repeat(spaces, repeats)
    first = np.zeros(len(many), np.bool_)
    starts = (np.cumsum(repeats) - repeats)[repeats > 0]
    first[starts] = True
    return np.where(first, many, NO_SPACE).astype(np.uint8)

"""The pages of a picture file as they are meant to be seen: upright, in RGB, with square pixels."""

import struct
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from qa.corpus.readers.extracted import Limits, UnreadableError

_FORMATS = ("PNG", "JPEG", "TIFF")
_REDUCED = 1  # bit of the tag NewSubfileType, TIFF 6.0: a preview of another page
_SUBFILE_TYPE = 254

_USUAL_DPI = 150.0
"""Taken where a file says nothing, or what no scanner does."""

_DPI = (75.0, 2400.0)
"""What scanners do; 72 is written by programs that do not know, and by all telephones."""

_SQUARE = 1.05
"""How much the two resolutions may differ. Those of a fax, 204 by 98, do by more."""

_BROKEN = (SyntaxError, ValueError, EOFError, struct.error, zlib.error)
"""What Pillow raises for broken files, beside OSError without a number."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A page: an RGB image, and its resolution both ways."""

    image: Image.Image
    dpi: float


def pictures(path: Path, limits: Limits) -> Iterator[tuple[Picture, int]]:
    """The pages of a file, each with how many there are, one after another.

    Raises UnreadableError.
    """
    with _reported():
        opened = Image.open(path, formats=_FORMATS)
    with opened as file:
        with _reported():
            numbers = _pages(file, limits)
        for number in numbers:
            with _reported():
                file.seek(number)
                _check(file.size, limits)
                file.load()
                picture = _picture(file, limits)
            yield picture, len(numbers)


@contextmanager
def _reported() -> Iterator[None]:
    """Say of what is wrong with a file what to do about it."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # sizes are checked here; tags may be broken
            yield
    except UnidentifiedImageError:
        raise UnreadableError("not a PNG, JPEG or TIFF picture; save it as PNG") from None
    except Image.DecompressionBombError:
        raise UnreadableError("a picture of far too many pixels; scan it at 300 dpi") from None
    except _BROKEN as error:
        raise UnreadableError(f"a damaged picture ({error}); save or scan it again") from error
    except OSError as error:
        if error.errno is not None:
            raise
        raise UnreadableError(f"a damaged picture ({error}); save or scan it again") from error


def _pages(file: Image.Image, limits: Limits) -> list[int]:
    """The numbers of the frames that are pages: all of a TIFF but previews."""
    if file.format != "TIFF":
        return [0]
    numbers: list[int] = []
    frame = 0
    while True:
        if frame > limits.pages:
            raise UnreadableError(f"it has more than {limits.pages} pages; split it")
        try:
            file.seek(frame)
        except EOFError:
            return numbers or [0]
        tags = getattr(file, "tag_v2", {})
        if not int(tags.get(_SUBFILE_TYPE, 0)) & _REDUCED:
            numbers.append(frame)
        frame += 1


def _check(size: tuple[int, int], limits: Limits) -> None:
    if size[0] * size[1] > limits.pixels:
        most = limits.pixels // 1_000_000
        raise UnreadableError(f"a picture of over {most} million pixels; scan it at 300 dpi")


def _picture(file: Image.Image, limits: Limits) -> Picture:
    across, down = _resolutions(file)
    before = file.size
    upright = ImageOps.exif_transpose(file)
    if upright.size != before:
        across, down = down, across
    image = _in_rgb(upright)
    if max(across, down) > _SQUARE * min(across, down):
        finer = max(across, down)
        size = (round(image.width * finer / across), round(image.height * finer / down))
        _check(size, limits)
        return Picture(image.resize(size), finer)
    return Picture(image, across)


def _resolutions(file: Image.Image) -> tuple[float, float]:
    found = file.info.get("dpi")
    try:
        across, down = (float(value) for value in found or ())
    except (TypeError, ValueError, ZeroDivisionError):
        return _USUAL_DPI, _USUAL_DPI
    if not all(_DPI[0] <= value <= _DPI[1] for value in (across, down)):
        return _USUAL_DPI, _USUAL_DPI
    return across, down


def _in_rgb(image: Image.Image) -> Image.Image:
    """The picture in RGB, on white where it is transparent."""
    if image.mode.startswith(("I", "F")):
        image = _in_grey(image)
    if image.mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in image.info:
        shown = image.convert("RGBA")
        paper = Image.new("RGBA", shown.size, "white")
        return Image.alpha_composite(paper, shown).convert("RGB")
    return image.convert("RGB")


def _in_grey(image: Image.Image) -> Image.Image:
    """A picture of more than 8 bits in 8: by its range, since files do not say what white is."""
    values = np.nan_to_num(np.asarray(image, dtype=np.float32))
    darkest, lightest = float(values.min()), float(values.max())
    scale = 255.0 / (lightest - darkest) if lightest > darkest else 0.0
    return Image.fromarray(((values - darkest) * scale).astype(np.uint8))

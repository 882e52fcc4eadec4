"""How a page of a PDF is shown: what is cut off it, how it is turned, where boxes come to lie."""

from dataclasses import dataclass

import numpy as np
import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Frame:
    """How a page is shown: what is cut off it, and its turn in quarters, clockwise."""

    left: float
    bottom: float
    right: float
    top: float
    turn: int

    @property
    def size(self) -> tuple[float, float]:
        """Width and height in points, as shown."""
        wide, high = self.right - self.left, self.top - self.bottom
        return (high, wide) if self.turn % 2 else (wide, high)

    def shown(self, boxes: NDArray[np.float64]) -> NDArray[np.float32]:
        """Boxes (n, 4) of left, bottom, right, top as the file has them, as shown."""
        left, bottom = boxes[:, 0] - self.left, boxes[:, 1] - self.bottom
        right, top = boxes[:, 2] - self.left, boxes[:, 3] - self.bottom
        wide, high = self.right - self.left, self.top - self.bottom
        turned = (
            (left, high - top, right, high - bottom),
            (bottom, left, top, right),
            (wide - right, bottom, wide - left, top),
            (high - top, wide - right, high - bottom, wide - left),
        )[self.turn]
        return np.stack(turned, axis=1).astype(np.float32)


def frame_of(page: pdfium.PdfPage) -> Frame:
    """How a page is shown."""
    box = pdfium_c.FS_RECTF()
    pdfium_c.FPDF_GetPageBoundingBox(page, box)
    return Frame(box.left, box.bottom, box.right, box.top, pdfium_c.FPDFPage_GetRotation(page) % 4)


def turned(
    boxes: NDArray[np.float32], quarters: int, size: tuple[float, float]
) -> NDArray[np.float32]:
    """Boxes as shown, turned so that what ran `quarters` anticlockwise runs to the right."""
    wide, high = size
    left, top, right, bottom = boxes.T
    sides = (
        (left, top, right, bottom),
        (high - bottom, left, high - top, right),
        (wide - right, high - bottom, wide - left, high - top),
        (top, wide - right, bottom, wide - left),
    )[quarters % 4]
    return np.stack(sides, axis=1)

"""Signs of a Word file that are no plain text: symbol fonts, and formulas on one line."""

import re

from qa.corpus.readers.word.package import Element
from qa.corpus.readers.word.styles import W

M = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
"""The name space of formulas."""

_SYMBOLS = {
    "wingdings": {
        0x6C: "●", 0x6E: "■", 0x6F: "□", 0x71: "□", 0x72: "□", 0x75: "◆", 0x78: "☒", 0xA1: "○",
        0xA8: "□", 0xD8: "➢", 0xE0: "→", 0xE8: "→", 0xFB: "✗", 0xFC: "✓", 0xFD: "☒", 0xFE: "☑",
    },
    "wingdings 2": {
        0x4F: "✗", 0x50: "✓", 0x51: "☒", 0x52: "☑", 0x53: "☒", 0x54: "☒", 0x96: "●", 0xA3: "□",
    },
    "symbol": {
        0xA3: "≤", 0xB0: "°", 0xB1: "±", 0xB3: "≥", 0xB4: "×", 0xB7: "·", 0xB8: "÷", 0xB9: "≠",
        0xBB: "≈", 0xD7: "·", 0xE5: "∑",
    },
}  # fmt: skip
"""What the characters of symbol fonts look like that forms and formulas are written with."""


def symbol(element: Element) -> str:
    """A character of a symbol font, "" where nobody would read it."""
    code = str(element.get(f"{W}char", "")).strip()
    if not re.fullmatch(r"[0-9A-Fa-f]{1,6}", code):
        return ""
    number = int(code, 16)
    font = str(element.get(f"{W}font", "")).lower()
    if font in _SYMBOLS:
        return _SYMBOLS[font].get(number & 0xFF, "")
    return chr(number) if 0x20 < number < 0xD800 else ""


def formula(element: Element) -> str:
    """A formula on one line: a fraction as (a)/(b), a power as a^b."""
    parts = []
    for inner in element:
        tag = str(inner.tag).removeprefix(M)
        if tag in ("f", "sSup", "sSub"):
            first, second = (formula(part) for part in (*inner.findall("*")[-2:],))
            parts.append(_joined(tag, first, second))
        elif tag == "t":
            parts.append(inner.text or "")
        elif inner.tag == f"{W}r":
            parts += [text.text or "" for text in inner.iter(f"{W}t")]
        elif not tag.endswith("Pr"):
            parts.append(formula(inner))
    return "".join(parts)


def _joined(tag: str, first: str, second: str) -> str:
    if tag == "f":
        whole = (
            part if len(part) < 2 or part.isalnum() else f"({part})" for part in (first, second)
        )
        return "/".join(whole)
    return f"{first}{'^' if tag == 'sSup' else '_'}{second}"

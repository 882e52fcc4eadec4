"""The text of a shape on a slide: its paragraphs, and the bullets and numbers before them."""

import re
from collections.abc import Sequence
from typing import TypeAlias

from lxml import etree

from qa.corpus.readers.sheet.tables import one_line

Element: TypeAlias = etree._Element

A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
P = "{http://schemas.openxmlformats.org/presentationml/2006/main}"

_LEVELS = 9  # of a text body, ECMA-376
_OWN_BULLET = re.compile(r"[•●■▪◆·‣➢✓◦○□»–—-]\s{0,4}(?=\S)")
_NUMBERED = re.compile(
    r"(?:\d{1,3}|[一二三四五六七八九十]{1,3})[.、．）)](?!\d)|[①-⑳]|[（(](?:\d{1,2}|[一二三四五六七八九十]{1,3})[）)]"
    r"|第[\d〇一二三四五六七八九十百]{1,6}[条章节编]"
)
_ENDS = "。！？；：.!?;:"
_WIDE = re.compile(r"[\u3000-\u9fff\uff00-\uffef]")
_TENS = "十"
_CHINESE = "〇一二三四五六七八九"
_CIRCLED = 20  # ① to ⑳
_FORMS = (("ParenBoth", "({})"), ("ParenR", "{})"), ("Period", "{}."), ("Plain", "{}"))


def paragraphs(body: Element, inherited: Sequence[Element] = ()) -> list[str]:
    """The paragraphs of a text body, items with what stands before them.

    inherited: the lists of levels that its placeholder takes over, the nearest first.
    """
    styles = [style for style in (body.find(f"{A}lstStyle"), *inherited) if style is not None]
    counts: dict[int, tuple[str, int]] = {}
    found: list[str] = []
    for paragraph in body.iterfind(f"{A}p"):
        lines = _lines(paragraph)
        if not lines:
            continue
        properties = paragraph.find(f"{A}pPr")
        level = _int(properties.get("lvl") if properties is not None else None)
        mark = _mark(_bullet(properties, styles, level), level, counts)
        if own := _OWN_BULLET.match(lines[0]):
            mark, lines[0] = mark or "- ", lines[0][own.end() :]
        if mark == "- " and _NUMBERED.match(lines[0]):
            mark = ""
        found.append(mark + lines[0])
        found += lines[1:]
    return found


def cell_text(body: Element) -> str:
    """All of a text body as one line, its paragraphs apart."""
    return " ".join(line for paragraph in body.iterfind(f"{A}p") for line in _lines(paragraph))


def title_text(body: Element) -> str:
    """All of a text body as one line, its breaks undone."""
    found = ""
    for paragraph in body.iterfind(f"{A}p"):
        for line in _lines(paragraph):
            found = joined(found, line)
    return found


def joined(before: str, behind: str) -> str:
    """Two pieces of one line: a space between them, none between Chinese characters."""
    if not before or not behind:
        return before + behind
    glued = _WIDE.match(before[-1]) and _WIDE.match(behind[0])
    return before + ("" if glued else " ") + behind


def _lines(paragraph: Element) -> list[str]:
    """The text of a paragraph: one line, but for breaks at the end of a sentence."""
    pieces = [""]
    for element in paragraph.iter(f"{A}t", f"{A}br", "{*}t"):
        if element.tag == f"{A}br":
            pieces.append("")
        elif not _is_page_number(element):
            pieces[-1] += element.text or ""
    lines: list[str] = []
    for piece in filter(None, map(one_line, re.split("[\v\n]", "\n".join(pieces)))):
        runs_on = lines and lines[-1][-1] not in _ENDS and not _NUMBERED.match(piece)
        if runs_on:
            lines[-1] = joined(lines[-1], piece)
        else:
            lines.append(piece)
    return lines


def _is_page_number(text: Element) -> bool:
    field = text.getparent()
    return field is not None and field.tag == f"{A}fld" and field.get("type") == "slidenum"


def _bullet(properties: Element | None, styles: Sequence[Element], level: int) -> Element | None:
    """What says which bullet a paragraph has: itself, else the nearest list that does."""
    levels = (style.find(f"{A}lvl{min(level + 1, _LEVELS)}pPr") for style in styles)
    for element in (properties, *levels):
        for child in element if element is not None else ():
            if child.tag in (f"{A}buNone", f"{A}buChar", f"{A}buBlip", f"{A}buAutoNum"):
                return child
    return None


def _mark(bullet: Element | None, level: int, counts: dict[int, tuple[str, int]]) -> str:
    """The bullet or number of a paragraph; `counts` are those of the levels before it."""
    for deeper in [known for known in counts if known > level]:
        del counts[deeper]
    if bullet is None or bullet.tag == f"{A}buNone":
        counts.pop(level, None)
        return ""
    if bullet.tag != f"{A}buAutoNum":
        counts.pop(level, None)
        return "- "
    kind = str(bullet.get("type", ""))
    start = _int(bullet.get("startAt"), 1)
    before, number = counts.get(level, ("", start - 1))
    number = number + 1 if before == kind else start
    counts[level] = (kind, number)
    return _number(kind, number)


def _number(kind: str, number: int) -> str:
    """A number as its kind writes it: arabicPeriod is 1., ea1ChsPeriod 一、."""
    if kind.startswith("ea1") and number < 100:
        tens, ones = divmod(number, 10)
        text = (
            (_CHINESE[tens] if tens > 1 else "") + _TENS * (tens > 0) + _CHINESE[ones] * (ones > 0)
        )
        return f"{text}、"
    if kind.startswith("circleNum") and 0 < number <= _CIRCLED:
        return chr(ord("①") + number - 1)
    text = str(number)
    if kind.startswith("alpha") and 0 < number <= 26:
        text = chr(ord("a") + number - 1)
        text = text.upper() if kind.startswith("alphaUc") else text
    elif kind.startswith("roman"):
        text = _roman(number)
        text = text.upper() if kind.startswith("romanUc") else text
    form = next((form for ending, form in _FORMS if kind.endswith(ending)), "{}.")
    return form.format(text) + " "


def _roman(number: int) -> str:
    ones = ("", "i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix")
    return ("x" * (number // 10) + ones[number % 10]) if 0 < number < 40 else str(number)


def _int(text: object, otherwise: int = 0) -> int:
    """A number in an attribute: at most so long that it is one."""
    shown = str(text)[:6] if text is not None else ""
    return int(shown) if shown.isascii() and shown.isdigit() else otherwise

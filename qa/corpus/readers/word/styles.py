"""The styles of a Word file, each with what it takes over from those it is based on."""

import re
from dataclasses import dataclass, replace

from qa.corpus.readers.word.package import Element

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
"""The name space of nearly all that stands in a document."""

BODY_LEVEL = 9
"""The outline level of text."""

_DEPTH = 30
"""Styles that one may be based on in turn; Word allows 11."""

_HEADING = re.compile(r"(?:heading|标题|標題)\s?([1-9])$", re.IGNORECASE)
_TITLE = re.compile(r"title$|标题$|標題$", re.IGNORECASE)
_CONTENTS = re.compile(r"(?:toc|目录|目錄|table of figures|index)\s?(?:\d|heading|标题)?$", re.I)


def value(parent: Element | None, *names: str) -> str:
    """The w:val of a descendant, by the names on the way to it; "" where there is none."""
    for name in names:
        parent = parent.find(W + name) if parent is not None else None
    return str(parent.get(f"{W}val", "")) if parent is not None else ""


def integer(text: str) -> int | None:
    """The number that an attribute gives, None where it is none or no sensible one."""
    digits = text.removeprefix("-")
    return int(text) if digits.isascii() and digits.isdigit() and len(digits) < 10 else None


def is_on(parent: Element | None, name: str) -> bool | None:
    """Whether a switch such as w:vanish is on; None where nothing is said of it."""
    element = parent.find(W + name) if parent is not None else None
    if element is None:
        return None
    return str(element.get(f"{W}val", "true")).lower() not in ("0", "false", "off")


@dataclass(frozen=True, slots=True)
class Style:
    """What a style says of a paragraph or of characters; None where it says nothing.

    outline: 0 for the highest heading, `BODY_LEVEL` for text
    list, level: the list that numbers it, and the level there
    numbers: the style that said so, itself or one that it is based on
    size: in half points
    """

    name: str = ""
    outline: int | None = None
    list: str = ""
    level: int | None = None
    numbers: str = ""
    size: int | None = None
    centred: bool | None = None
    hidden: bool | None = None

    @property
    def is_title(self) -> bool:
        """Whether it is that of the document's title."""
        return bool(_TITLE.match(self.name))

    @property
    def is_contents(self) -> bool:
        """Whether it is that of a table of contents."""
        return bool(_CONTENTS.match(self.name))


def formatting(properties: Element | None, run: Element | None) -> Style:
    """What the properties of a paragraph (w:pPr) and of its characters (w:rPr) say themselves."""
    alignment = value(properties, "jc")
    return Style(
        outline=integer(value(properties, "outlineLvl")),
        list=value(properties, "numPr", "numId"),
        level=integer(value(properties, "numPr", "ilvl")),
        size=integer(value(run, "sz")),
        centred=alignment == "center" if alignment else None,
        hidden=is_on(run, "vanish"),
    )


class Styles:
    """The styles of one document; default: the identifier of that of most paragraphs."""

    def __init__(self, root: Element | None) -> None:
        self._elements: dict[str, Element] = {}
        self._known: dict[str, Style] = {}
        self.default = ""
        self._base = Style(name="")
        for element in root if root is not None else ():
            if element.tag == f"{W}docDefaults":
                run = element.find(f"{W}rPrDefault/{W}rPr")
                self._base = formatting(element.find(f"{W}pPrDefault/{W}pPr"), run)
            elif element.tag == f"{W}style":
                name = str(element.get(f"{W}styleId", ""))
                self._elements[name] = element
                is_default = str(element.get(f"{W}default", "")) in ("1", "true", "on")
                if is_default and element.get(f"{W}type") == "paragraph":
                    self.default = name

    def paragraph(self, name: str) -> Style:
        """The style of a paragraph by its identifier; the usual one where it has none."""
        return self.named(name or self.default)

    def named(self, name: str) -> Style:
        """A style by its identifier."""
        if name not in self._known:
            self._known[name] = self._resolve(name)
        return self._known[name]

    def parent(self, name: str) -> str:
        """The identifier of the style that one is based on."""
        return value(self._elements.get(name), "basedOn")

    def _resolve(self, name: str) -> Style:
        chain = [name]
        while (above := self.parent(chain[-1])) and above not in chain and len(chain) < _DEPTH:
            chain.append(above)
        style = self._base
        for identifier in reversed(chain):
            style = self._inherit(style, identifier)
        return style

    def _inherit(self, base: Style, name: str) -> Style:
        """A style on top of what it is based on."""
        element = self._elements.get(name)
        if element is None:
            return replace(base, name=name, outline=_outline(name, base.outline))
        own = formatting(element.find(f"{W}pPr"), element.find(f"{W}rPr"))
        called = value(element, "name") or name
        heading = _outline(called, base.outline) if own.outline is None else own.outline
        return replace(
            overlaid(base, own),
            name=called,
            outline=heading,
            numbers=name if own.list else base.numbers,
        )


def overlaid(below: Style, above: Style) -> Style:
    """What is said above, and where nothing is, what is said below."""
    return replace(
        below,
        outline=below.outline if above.outline is None else above.outline,
        list=above.list or below.list,
        level=below.level if above.level is None else above.level,
        size=below.size if above.size is None else above.size,
        centred=below.centred if above.centred is None else above.centred,
        hidden=below.hidden if above.hidden is None else above.hidden,
    )


def _outline(name: str, inherited: int | None) -> int | None:
    found = _HEADING.match(name)
    return int(found[1]) - 1 if found else inherited

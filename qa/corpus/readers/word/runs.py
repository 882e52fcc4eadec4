"""The text of one paragraph of a Word file, as it reads once all changes are accepted.

Kept are insertions, results of fields, content controls and the base of a ruby; dropped are
deletions, hidden text, codes of fields, comments and tables of contents.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from qa.corpus.readers.word.formats import format_number
from qa.corpus.readers.word.package import Element
from qa.corpus.readers.word.signs import M, formula, symbol
from qa.corpus.readers.word.styles import Style, Styles, W, integer, is_on, value

MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"

DROPPED = frozenset({f"{W}del", f"{W}moveFrom"})
"""What a tracked change has taken away."""

_INSIDE = frozenset(
    W + name for name in "ins moveTo hyperlink smartTag customXml dir bdo sdtContent".split()
)
_SIGNS = {
    f"{W}tab": "\t", f"{W}ptab": "\t", f"{W}br": "\n", f"{W}cr": "\n", f"{W}noBreakHyphen": "-",
}  # fmt: skip
_RAISED = str.maketrans("0123456789+-−", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻")
_CONTENTS_FIELD = re.compile(r"\s*(?:TOC|INDEX|TOA)\b")
_CIRCLED = re.compile(
    r"\s{0,4}eq\s{1,4}\\o\s{0,2}\\ac\s{0,2}\([○〇]\s{0,2}[,，;]\s{0,2}(.{1,4})\)", re.IGNORECASE
)
"""The code of a character in a circle."""


_NO_STYLE = Style()


@dataclass(slots=True)
class Content:
    """A paragraph as it is read.

    text: with \\n for its line breaks
    notes: the kind (footnote, endnote) and the identifier of each note it refers to
    boxes: the contents of the text boxes that hang on it
    sizes: characters by their size in half points
    objects: embedded objects and diagrams, which are not read
    """

    text: str = ""
    notes: list[tuple[str, str]] = field(default_factory=list)
    boxes: list[Element] = field(default_factory=list)
    sizes: Counter[int] = field(default_factory=Counter)
    objects: int = 0


@dataclass(slots=True)
class _Field:
    """A field that is open: its code, and whether its result has begun."""

    code: str = ""
    has_result: bool = False
    is_closed: bool = True

    @property
    def is_contents(self) -> bool:
        return self.is_closed and bool(_CONTENTS_FIELD.match(self.code))


class Runs:
    """Reads the paragraphs of one story in their order; fields reach over several."""

    def __init__(self, story: Element, styles: Styles) -> None:
        self._styles = styles
        self._fields: list[_Field] = []
        self._closed = _closed_fields(story)

    @property
    def in_contents(self) -> bool:
        """Whether the place reached is in a table of contents."""
        return any(open_.is_contents for open_ in self._fields)

    def read(self, paragraph: Element, style: Style) -> Content:
        """Read the next paragraph."""
        content = Content()
        content.text = "".join(self._inline(paragraph, style, content))
        self._fields = [open_ for open_ in self._fields if open_.has_result]
        return content

    def _inline(self, parent: Element, style: Style, content: Content) -> Iterator[str]:
        for element in parent:
            tag = element.tag
            if tag == f"{W}r":
                yield from self._run(element, style, content)
            elif tag in _INSIDE:
                yield from self._inline(element, style, content)
            elif tag == f"{W}sdt":
                yield from self._control(element, style, content)
            elif tag == f"{W}fldSimple":
                if not _CONTENTS_FIELD.match(str(element.get(f"{W}instr", ""))):
                    yield from self._inline(element, style, content)
            elif tag == f"{MC}AlternateContent":
                branch = chosen(element)
                if branch is not None:
                    yield from self._inline(branch, style, content)
            elif tag in (f"{M}oMath", f"{M}oMathPara"):
                yield self._shown(formula(element))

    def _control(self, element: Element, style: Style, content: Content) -> Iterator[str]:
        """A content control, unless it only asks to be filled in."""
        inside = element.find(f"{W}sdtContent")
        if inside is not None and not is_on(element.find(f"{W}sdtPr"), "showingPlcHdr"):
            yield from self._inline(inside, style, content)

    def _run(self, run: Element, style: Style, content: Content) -> Iterator[str]:
        properties = run.find(f"{W}rPr")
        named = value(properties, "rStyle")
        character = self._styles.named(named) if named else _NO_STYLE
        hidden = is_on(properties, "vanish")
        if hidden is None:
            hidden = style.hidden if character.hidden is None else character.hidden
        size = integer(value(properties, "sz")) or character.size or style.size or 0
        raised = value(properties, "vertAlign") == "superscript"
        for element in run:
            if element is properties:
                continue
            text = self._sign(element, style, content, hidden=bool(hidden))
            if text and raised and len(text) <= 3:
                text = text.translate(_RAISED)
            if text and not hidden:
                text = self._shown(text)
                content.sizes[size] += len(text.strip())
                yield text

    def _shown(self, text: str) -> str:
        """The text, unless it is the code of a field or a table of contents."""
        is_code = any(not open_.has_result for open_ in self._fields)
        return "" if is_code or self.in_contents else text

    def _sign(self, element: Element, style: Style, content: Content, *, hidden: bool) -> str:
        """The text of one element of a run; what else it brings goes into `content`."""
        tag = element.tag
        text = ""
        if tag == f"{W}t":
            text = element.text or ""
        elif tag in _SIGNS:
            text = _SIGNS[tag]
        elif tag == f"{W}fldChar":
            text = self._field(element)
        elif tag == f"{W}instrText":
            if self._fields and not self._fields[-1].has_result:
                self._fields[-1].code += element.text or ""
        elif tag == f"{W}sym":
            text = symbol(element)
        elif tag == f"{W}ruby":
            base = element.find(f"{W}rubyBase")
            text = "".join(self._inline(base, style, content)) if base is not None else ""
        elif tag in (f"{W}footnoteReference", f"{W}endnoteReference") and not hidden:
            kind = str(tag).removeprefix(W).removesuffix("Reference")
            content.notes.append((kind, str(element.get(f"{W}id", ""))))
        elif not hidden:
            self._drawing(element, content)
        return text

    def _field(self, element: Element) -> str:
        """Open or close a field; a number in a circle is one that has a code but no result."""
        kind = element.get(f"{W}fldCharType")
        if kind == "begin":
            self._fields.append(_Field(is_closed=element in self._closed))
        elif kind == "separate" and self._fields:
            self._fields[-1].has_result = True
        elif kind == "end" and self._fields:
            ended = self._fields.pop()
            circled = _CIRCLED.match(ended.code[:60])
            if circled and not ended.has_result:
                number = integer(circled[1].strip())
                return format_number(number, "decimalEnclosedCircle") if number else circled[1]
        return ""

    def _drawing(self, element: Element, content: Content) -> None:
        """Note the text boxes in a drawing, and what in it cannot be read."""
        waiting = [element]
        while waiting:
            inner = waiting.pop()
            if inner.tag == f"{MC}AlternateContent":
                branch = chosen(inner)
                waiting += [branch] if branch is not None else []
            elif inner.tag == f"{W}txbxContent":
                content.boxes.append(inner)
            elif str(inner.tag).endswith(("}OLEObject", "}chart", "/diagram}relIds")):
                content.objects += 1
            else:
                waiting += reversed(inner)


def chosen(alternate: Element) -> Element | None:
    """The one branch of an mc:AlternateContent that is read: the newest, where it has text."""
    branches = [branch for branch in alternate if branch.tag in (f"{MC}Choice", f"{MC}Fallback")]
    texts = ((branch, next(branch.iter(f"{W}t", f"{W}p"), None)) for branch in branches)
    with_text = (branch for branch, text in texts if text is not None)
    return next(with_text, branches[0] if branches else None)


def _closed_fields(story: Element) -> set[Element]:
    """The beginnings of fields that have an end: another would swallow all that follows."""
    closed: set[Element] = set()
    open_: list[Element] = []
    for mark in story.iter(f"{W}fldChar"):
        kind = mark.get(f"{W}fldCharType")
        if kind == "begin":
            open_.append(mark)
        elif kind == "end" and open_:
            closed.add(open_.pop())
    return closed

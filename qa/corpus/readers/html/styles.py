"""What the style of an element says: whether it is shown, how large, and raised characters."""

import re

from lxml.html import HtmlElement

_DECLARATION = re.compile(r"([\w-]{1,40})\s{0,4}:\s{0,4}([^;]{1,80})")
_STYLE_LENGTH = 2_000
"""Characters of a style attribute that are looked at; longer ones hold pictures."""

_UNSEEN_CLASSES = frozenset(
    "hidden d-none sr-only sr-only-focusable visually-hidden visuallyhidden govuk-visually-hidden"
    " screen-reader-text screenreader u-hidden is-hidden offscreen print-only".split()
)
_SIZE = re.compile(r"(\d{1,3}(?:\.\d{1,3})?)\s?(pt|px)")
_POINTS = {"pt": 1.0, "px": 0.75}
_FONT_SIZES = {"5": 18.0, "6": 24.0, "7": 36.0}  # of <font size>; the usual one is 3, 12 points
_SIZE_DEPTH = 4
"""Elements around a text in which its size is looked for: font in strong in span in p."""

_SUPERSCRIPTS = str.maketrans("0123456789+-−()", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁽⁾")
_SUBSCRIPTS = str.maketrans("0123456789+-−()", "₀₁₂₃₄₅₆₇₈₉₊₋₋₍₎")
_RAISED = re.compile(r"[\d+\-−()]{1,6}")


def style_of(element: HtmlElement) -> dict[str, str]:
    """The declarations of an element's own style, in small letters."""
    style = element.get("style")
    if not style:
        return {}
    return dict(_DECLARATION.findall(style[:_STYLE_LENGTH].lower()))


def is_hidden(element: HtmlElement) -> bool:
    """Whether an element says that it is not shown."""
    if element.tag in ("html", "body"):
        return False  # a program shows it once it has loaded
    if element.get("hidden") is not None:
        return True
    if not _UNSEEN_CLASSES.isdisjoint((element.get("class") or "").lower().split()):
        return True
    if element.tag == "dialog" and element.get("open") is None:
        return True
    style = style_of(element)
    return (
        style.get("display", "").startswith("none")
        or style.get("visibility", "").startswith("hidden")
        or style.get("mso-hide", "").startswith("all")
    )


def type_size(element: HtmlElement) -> float:
    """The size of an element's type in points, 0 where neither it nor what is around it says it."""
    for _ in range(_SIZE_DEPTH):
        style = style_of(element)
        found = _SIZE.search(style.get("font-size") or style.get("font", ""))
        if found:
            return float(found[1]) * _POINTS[found[2]]
        if element.tag == "font" and element.get("size", "") in _FONT_SIZES:
            return _FONT_SIZES[element.get("size", "")]
        parent = element.getparent()
        if parent is None:
            break
        element = parent
    return 0.0


def is_centred(element: HtmlElement) -> bool:
    """Whether an element or what is closely around it is set in the middle of the line."""
    for _ in range(_SIZE_DEPTH):
        align = style_of(element).get("text-align") or (element.get("align") or "").lower()
        if align:
            return bool(align.startswith("center"))
        parent = element.getparent()
        if parent is None or element.tag in ("p", "div"):
            break
        element = parent
    return bool(element.tag == "center")


def raised(text: str, tag: str) -> str:
    """Figures of <sup> and <sub> as characters of their own: m², CO₂; other text stays.

    >>> raised("2", "sup"), raised("2", "sub"), raised("th", "sup")
    ('²', '₂', 'th')
    """
    if not _RAISED.fullmatch(text.strip()):
        return text
    return text.strip().translate(_SUPERSCRIPTS if tag == "sup" else _SUBSCRIPTS)

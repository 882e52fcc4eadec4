"""The words of a diagram (SmartArt) on a slide, each under what it belongs to."""

from collections.abc import Iterator

from lxml import etree
from pptx.opc.package import Part

from qa.corpus.readers.slides.text import Element, cell_text

_DIAGRAM = "{http://schemas.openxmlformats.org/drawingml/2006/diagram}"
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_WORDS = ("node", "asst", "")  # the kinds of points that people write in


def diagram_lines(frame: Element, part: Part) -> Iterator[str]:
    """The words of a frame's diagram as items; nothing where it is none."""
    for reference in frame.iter(f"{_DIAGRAM}relIds"):
        name = str(reference.get(f"{_RELATION}dm", ""))
        if name in part.rels and not part.rels[name].is_external:
            parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
            root = etree.fromstring(part.related_part(name).blob, parser)
            for line in _words(root):
                yield f"- {line}"
                yield ""


def _words(root: Element) -> Iterator[str]:
    points = {str(point.get("modelId")): point for point in root.iter(f"{_DIAGRAM}pt")}
    below: dict[str, list[tuple[int, str]]] = {}
    for link in root.iter(f"{_DIAGRAM}cxn"):
        if link.get("type", "parOf") == "parOf":
            place = str(link.get("srcOrd", "0"))[:6]
            order = int(place) if place.isascii() and place.isdigit() else 0
            below.setdefault(str(link.get("srcId")), []).append((order, str(link.get("destId"))))
    waiting = [name for name, point in reversed(points.items()) if point.get("type") == "doc"]
    seen: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name in seen or name not in points:
            continue
        seen.add(name)
        body = points[name].find(f"{_DIAGRAM}t")
        if (
            points[name].get("type", "") in _WORDS
            and body is not None
            and (text := cell_text(body))
        ):
            yield text
        waiting += [child for _, child in sorted(below.get(name, ()), reverse=True)]

"""Saved web pages become text: the page's own, without what stands around it on the site."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from lxml import etree
from lxml.html import HtmlElement, HTMLParser, document_fromstring

from qa.corpus.decoding import decode
from qa.corpus.imprint.numbers import find_number
from qa.corpus.metadata import Metadata, read_metadata
from qa.corpus.readers.extracted import Extracted, Limits, Progress, UnreadableError
from qa.corpus.readers.html.breaks import tidy
from qa.corpus.readers.html.facts import (
    date_of,
    is_attribute,
    labelled,
    labelled_facts,
    meta_facts,
    source_of,
)
from qa.corpus.readers.html.lines import Line, read_lines
from qa.corpus.readers.html.main import own_lines
from qa.corpus.readers.html.tables import table_lines
from qa.corpus.readers.html.titles import title_names, with_title
from qa.corpus.readers.html.written import with_large_titles, with_stated, written
from qa.corpus.structure import parse
from qa.errors import DocumentError

_OTHERS = {
    b"%PDF-": "a PDF file; name it .pdf",
    b"PK\x03\x04": "a packed file; name it by its program: .docx, .xlsx, .pptx",
    b"\xd0\xcf\x11\xe0": "a file of an older Office program; save it as .docx",
    b"{\\rtf": "an RTF file; save it as .docx",
    b"\x89PNG": "a picture; name it .png",
    b"GIF8": "a picture; save it as .png",
    b"\xff\xd8\xff": "a picture; name it .jpg",
}
"""How files begin that are not HTML, whatever their names say."""

_MHTML = re.compile(rb"(?:From:|MIME-Version:|Content-Type:\s?multipart/related)", re.IGNORECASE)
_DECLARED = re.compile(rb"charset\s{0,3}=\s{0,3}[\"']?([\w-]{3,20})", re.IGNORECASE)
_DECLARED_WITHIN = 4_096  # bytes; HTML asks for 1024
_CODECS = {"gb2312": "gb18030", "gbk": "gb18030", "x-gbk": "gb18030", "big5": "big5hkscs"}
_TAG = re.compile(r"<[a-zA-Z!/?]")
_DATA_URL = re.compile(r"data:[\w/+.-]{0,60}(?:;[\w=-]{1,40}){0,4},[A-Za-z0-9+/=%]*+")
_INLINE = re.compile(
    r"</?(?:font|span|b|strong|i|em|u|big|small|o:p|st1:\w{1,20})\b[^<>]{0,1000}>", re.IGNORECASE
)
_TOO_DEEP = "Excessive depth"

_FEW = 20
"""Letters; a page with fewer is a shell that a program fills, or asks who one is."""

_ASKS = re.compile(
    r"登录|登陆|验证码|captcha|verify you are|enable javascript|just a moment|access denied"
    r"|sign in|log in",
    re.IGNORECASE,
)
_ASKS_LENGTH = 300  # characters of a page that only asks
_SAVE = "save the page after it has loaded, or as PDF"
_HEAD_LINES = 16
"""Lines in which what a page says of itself stands before the text."""


def read(path: Path, limits: Limits, progress: Progress) -> Extracted:
    """Read a web page. Raises UnreadableError."""
    text = _decoded(path, path.read_bytes())
    root = _parsed(_DATA_URL.sub("data:,", text))
    lines = read_lines(root, table_lines)
    if sum(len(line.text) for line in lines) > limits.characters:
        raise UnreadableError(f"it has more than {limits.characters} characters; split it")
    title = tidy(root.findtext(".//title") or "")
    own, start = own_lines(lines)
    _refuse_empty(root, own)
    told = meta_facts(root)
    head = [line for line in own[:_HEAD_LINES] if labelled(line.text)]
    told |= labelled_facts([*lines[:start], *head])
    beside = [line for line in head if is_attribute(line.text)]
    names = title_names(told, title)
    own = [line for line in own if not any(line is other for other in beside)]
    own = with_large_titles(with_title(own, lines[:start], names))
    own = with_stated(own, told)
    text = written(own)
    known = read_metadata(text, parse(text, wrapped=False), file_name="", described={})
    named = "" if any(line.level == 1 for line in own) else next(iter(names), "")
    progress(1, 1)
    return Extracted(text, _facts(told, named, known))


def _decoded(path: Path, raw: bytes) -> str:
    """The text of a file, by its marks, as UTF-8, as it declares, or guessed."""
    for start, what in _OTHERS.items():
        if raw.startswith(start):
            raise UnreadableError(f"it is no web page but {what}")
    if _MHTML.match(raw):
        raise UnreadableError("it is an MHTML archive; save the page as HTML only, or as PDF")
    declared = _DECLARED.search(raw[:_DECLARED_WITHIN])
    name = declared[1].decode("ascii").lower() if declared else ""
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = _as_declared(raw, _CODECS.get(name, name))
    try:
        text = text if text and "\0" not in text else decode(path, raw)
    except DocumentError as error:
        raise UnreadableError(f"{error.reason}; save the page again") from error
    if not _TAG.search(text):
        raise UnreadableError("it has no HTML in it; name it .txt")
    return text


def _as_declared(raw: bytes, name: str) -> str:
    """The text in the encoding of that name, "" where it is not in it."""
    try:
        return raw.decode(name)
    except (LookupError, UnicodeDecodeError):
        return ""


def _parsed(text: str) -> HtmlElement:
    """The tree of a page; where tags that were never closed make it too deep, without these."""
    root, problem = _tree(text)
    if _TOO_DEEP in problem:
        root, problem = _tree(_INLINE.sub("", text))
    if root is None:
        raise UnreadableError(f"it holds no text; {_SAVE}")
    if "limit" in problem or _TOO_DEEP in problem:
        raise UnreadableError("its HTML is nested too deeply or too large; print it as PDF")
    if (frames := root.find(".//frameset")) is not None:
        pages = [frame.get("src") or "" for frame in frames.iter("frame")]
        shown = ", ".join(page[:80] for page in pages[:4] if page)
        raise UnreadableError(f"it only frames other pages ({shown}); save these")
    return root


def _tree(text: str) -> tuple[HtmlElement | None, str]:
    """The tree of a page, and what of its limits the parser has met."""
    parser = HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, huge_tree=False)
    try:
        root = document_fromstring(text.encode("utf-8", "replace"), parser=parser)
    except etree.ParserError:  # nothing in it but comments
        root = None
    limits = (entry.message for entry in parser.error_log if "LIMIT" in entry.type_name)
    return root, " ".join(limits)


def _refuse_empty(root: HtmlElement, own: Sequence[Line]) -> None:
    text = "".join(line.text for line in own)
    letters = sum(map(str.isalnum, text))
    if letters < _FEW and root.find(".//iframe") is not None:
        raise UnreadableError("its text stands in a frame; open the frame alone and save it")
    asks = root.find(".//input[@type='password']") is not None or _ASKS.search(text)
    if letters < _FEW or (asks and len(text) <= _ASKS_LENGTH):
        what = "it only asks to log in or to wait" if asks else "it holds no text"
        raise UnreadableError(f"{what}; {_SAVE}")


def _facts(told: Mapping[str, str], title: str, known: Metadata) -> dict[str, str]:
    """What the page says beside its text; of what the text itself says, only what labels correct.

    The day on which it was put on the site is its date only where the text has none.
    """
    number = find_number(told.get("number", ""))
    facts = {
        "title": title,
        "number": number,
        "publisher": told.get("publisher", "") if not known.publisher else "",
        "issued": date_of(told.get("issued", "")),
        "effective": date_of(told.get("effective", "")),
        "expires": date_of(told.get("expires", "")),
    }
    if not (facts["publisher"] or known.publisher):
        facts["publisher"] = source_of(told)
    if not (facts["issued"] or known.issued):
        facts["issued"] = date_of(told.get("published", ""))
    return {name: value for name, value in facts.items() if value}

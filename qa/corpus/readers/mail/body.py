"""The text of a mail: which of its parts it is, and its lines without their wraps and quote marks.

What a mail quotes stays, since the question is often there; its marks (`> `) go, for they stand in
the middle of sentences whose lines they part.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from email.message import EmailMessage, Message
from pathlib import Path

from lxml import etree
from lxml.html import HTMLParser, document_fromstring

from qa.corpus.decoding import LOST, decode
from qa.corpus.readers.extracted import UnreadableError
from qa.corpus.readers.html.lines import read_lines
from qa.corpus.readers.html.tables import table_lines
from qa.corpus.readers.html.written import written
from qa.corpus.readers.mail.wraps import margin_of, unwrap
from qa.corpus.tables import cells
from qa.errors import DocumentError

MAX_PARTS = 2_000
"""Parts of a mail. One with 200 pictures in it has some 400."""

_CODECS = {"gb2312": "gb18030", "gbk": "gb18030", "big5": "big5hkscs", "unicode-1-1-utf-7": "utf-7"}
"""The encodings that programs name, and the larger ones that they mean."""

_NO_TEXT = re.compile(r"\[cid:[^\]\n]{1,200}\]|<mailto:[^>\n]{1,300}>")
_TOO_DEEP = "Excessive depth"  # what libxml2 says where tags are more than 2,048 deep
_SIGNATURE_MARK = "--"
_ENCRYPTED = ("multipart/encrypted", "application/pkcs7-mime", "application/x-pkcs7-mime")


@dataclass(slots=True)
class Body:
    """The text of a mail, and the names of what hangs on it."""

    texts: list[str] = field(default_factory=list)
    attached: list[str] = field(default_factory=list)


def read_body(message: EmailMessage) -> Body:
    """The text of a mail. Raises UnreadableError where it is encrypted or has too many parts."""
    body = Body()
    waiting: list[Message] = [message]
    seen = 0
    while waiting:
        part = waiting.pop()
        seen += 1
        if seen > MAX_PARTS:
            raise UnreadableError(f"it has more than {MAX_PARTS:,} parts; save them one by one")
        kind = part.get_content_type()
        if kind in _ENCRYPTED:
            raise UnreadableError("an encrypted mail; open it in the mail program and print it")
        if kind == "message/rfc822" and part is not message:
            body.attached.append(_name(part))
        elif part.is_multipart():
            waiting += reversed(_chosen(part))
        elif _is_text(part):
            body.texts.append(_text(part))
        elif part.get_filename() or part.get_content_disposition() == "attachment":
            body.attached.append(_name(part))
    return body


def _chosen(part: Message) -> list[Message]:
    """The parts of a part that are to be read, in order."""
    inner = [one for one in part.get_payload() if isinstance(one, Message)]
    kind = part.get_content_type()
    if kind == "multipart/alternative":
        return _best(inner)
    if kind == "multipart/signed":
        return inner[:1]
    return inner


def _best(inner: list[Message]) -> list[Message]:
    """Of several forms of one text the plain one, unless there is nothing in it."""
    for part in inner:
        if part.get_content_type() == "text/plain" and _text(part).strip():
            return [part]
    readable = [part for part in inner if part.is_multipart() or _is_text(part)]
    others = [part for part in inner if part.get_filename()]
    return [*(readable[-1:] or inner[-1:]), *(part for part in others if part not in readable)]


def _is_text(part: Message) -> bool:
    return (
        part.get_content_type() in ("text/plain", "text/html")
        and part.get_content_disposition() != "attachment"
        and not part.get_filename()
    )


def _name(part: Message) -> str:
    if name := part.get_filename():
        return " ".join(name.split())[:120]
    inner = part.get_payload()
    if isinstance(inner, list) and inner and isinstance(inner[0], Message):
        return "a mail"
    return part.get_content_type()[:120]


def _text(part: Message) -> str:
    """A part's paragraphs in the form of `qa.corpus.readers.extracted`."""
    raw = part.get_payload(decode=True)
    content = _decoded(raw if isinstance(raw, bytes) else b"", part.get_content_charset() or "")
    if part.get_content_type() == "text/html":
        return _html_text(content)
    is_flowed = str(part.get_param("format", "")).lower() == "flowed"
    joint = "" if str(part.get_param("delsp", "")).lower() == "yes" else " "
    return plain_text(content, joint=joint if is_flowed else None)


def _decoded(raw: bytes, charset: str) -> str:
    """The text of a part in the encoding that it says, or else is found to have."""
    charset = _CODECS.get(charset.lower(), charset)
    try:
        text = raw.decode(charset or "ascii")
    except (LookupError, UnicodeError):
        try:
            text = decode(Path(), raw) if raw.strip() else ""
        except DocumentError:
            text = raw.decode("utf-8", "replace")
    return text.replace("\0", LOST)


def _html_text(content: str) -> str:
    parser = HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, huge_tree=True)
    try:
        root = document_fromstring(content.encode("utf-8", "replace"), parser=parser)
    except etree.ParserError:  # nothing in it but comments
        return ""
    if any(_TOO_DEEP in entry.message for entry in parser.error_log):
        raise UnreadableError("its HTML is nested too deeply; open the mail and print it as .pdf")
    lines = read_lines(root, table_lines)
    below = [replace(line, level=min(6, line.level + 2)) if line.level else line for line in lines]
    return written(below)


def plain_text(content: str, *, joint: str | None = None) -> str:
    """The paragraphs of plain text without the marks of what it quotes.

    joint: what stands in the place of soft breaks where the text has such (RFC 3676)

    >>> plain_text("> 请问何时截止？\\n\\n六月三十日。")
    '请问何时截止？\\n\\n六月三十日。\\n'
    """
    found: list[str] = []
    quotations = list(_quotations(_NO_TEXT.sub("", content)))
    margins = {
        depth: margin_of([line for other, lines in quotations if other == depth for line in lines])
        for depth in {depth for depth, _ in quotations}
    }
    for depth, lines in quotations:
        if joint is None:
            found += unwrap(lines, margins[depth])
        else:
            found += filter(None, map(str.strip, _flowed(lines, joint)))
    pieces: list[str] = []
    for number, text in enumerate(found):
        follows_row = number > 0 and cells(text) and cells(found[number - 1])
        pieces += [("\n" if follows_row else "\n\n") if number else "", text]
    return "".join(pieces) + "\n" * bool(pieces)


def _quotations(content: str) -> Iterator[tuple[int, list[str]]]:
    """Lines one below another that are quoted as often, how often, and without their marks."""
    lines: list[str] = []
    before = 0
    for raw in content.splitlines():
        depth, line = _unquoted(raw)
        if line.rstrip() == _SIGNATURE_MARK:
            line = ""
        if depth != before and lines:
            yield before, lines
            lines = []
        lines.append(line)
        before = depth
    if lines:
        yield before, lines


def _unquoted(line: str) -> tuple[int, str]:
    """How often a line is quoted, and the line without the marks."""
    depth = 0
    if line.startswith(">From "):  # what mailboxes do to lines that begin with From
        return depth, line[1:]
    while line.startswith(">"):
        depth += 1
        line = line[1:]
        if line.startswith((" >", " ")):
            line = line[1:]
    return depth, line


def _flowed(lines: list[str], joint: str) -> Iterator[str]:
    """Lines with their soft breaks, a space at the end, undone."""
    begun: list[str] = []
    for line in lines:
        line = line.removeprefix(" ")  # noqa: PLW2901
        if line.endswith(" ") and line.strip():
            begun.append(line[:-1] + joint)
        else:
            yield "".join([*begun, line])
            begun = []
    yield "".join(begun)

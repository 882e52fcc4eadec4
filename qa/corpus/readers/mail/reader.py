"""Mails become text: the subject as title, who wrote to whom and when, and what they wrote.

Of several forms of one text the plain one is read. What a mail quotes and its signature are kept.
What hangs on it is not read but named.
"""

import re
from collections.abc import Iterator
from datetime import datetime
from email import policy
from email.errors import MessageError
from email.header import decode_header
from email.message import EmailMessage
from email.parser import BytesParser
from email.utils import parsedate_to_datetime
from pathlib import Path

from qa.corpus.readers.extracted import Extracted, Limits, Progress, UnreadableError
from qa.corpus.readers.mail.body import read_body
from qa.language.text import detect_language, is_chinese

_NAMES = {"from": "发件人", "to": "收件人", "cc": "抄送", "date": "日期"}
_HEADERS = frozenset(
    "from to subject date received message-id mime-version content-type return-path".split()
)
_LEAST_HEADERS = 2
"""Of those above; every mail has more, and a text may begin with one line like it."""

_LINE_LENGTH = 2_000
"""Characters; a header that is longer lists hundreds of people, and the rest is left out."""

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_OTHERS = {
    _OLE: "a mail of Outlook (.msg); open it there and save it as .eml, or as .pdf",
    b"PK\x03\x04": "a packed file; name it by its program: .docx, .xlsx, .pptx, or unpack it",
    b"%PDF": "a PDF file; name it .pdf",
    b"<": "a web page; name it .html",
}
_DAMAGED = (MessageError, ValueError, LookupError, TypeError, AttributeError, AssertionError)
"""What the standard library raises at headers that are broken in ways it does not foresee."""


def read(path: Path, limits: Limits, progress: Progress) -> Extracted:
    """Read a mail (.eml). Raises UnreadableError."""
    raw = path.read_bytes().removeprefix(b"\xef\xbb\xbf").lstrip()
    if not raw:
        raise UnreadableError("the file is empty; save the mail once more")
    for start, what in _OTHERS.items():
        if raw.startswith(start):
            raise UnreadableError(f"not a mail but {what}")
    try:
        message = BytesParser(EmailMessage, policy=policy.default).parsebytes(raw)
        headers = _headers(message)
        body = read_body(message)
    except RecursionError as error:
        raise UnreadableError("a mail in a mail, too often; save the innermost") from error
    except _DAMAGED as error:
        why = f"{type(error).__name__}: {error}"[:120]
        raise UnreadableError(f"a damaged mail ({why}); save it once more, or as .pdf") from error
    text = "\n\n".join(part.strip() for part in body.texts if part.strip())
    if not text and not headers.get("subject"):
        raise UnreadableError("it holds no text; save what hangs on it and add that")
    if len(text) > limits.characters:
        raise UnreadableError(f"it has more than {limits.characters:,} characters; split it")
    moment = _moment(headers.get("date", ""))
    lines = list(_head(headers, moment, text))
    progress(1, 1)
    facts = {"title": headers.get("subject", ""), "issued": f"{moment:%Y-%m-%d}" if moment else ""}
    attached = (f"not read, since it is attached: {name}" for name in body.attached)
    return Extracted(
        "\n\n".join([*lines, text]).strip() + "\n",
        {key: value for key, value in facts.items() if value},
        None,
        tuple(attached),
    )


def _head(headers: dict[str, str], moment: datetime | None, text: str) -> Iterator[str]:
    """The subject, and who wrote to whom and when."""
    subject = headers.get("subject", "")
    if subject:
        yield f"# {subject}"
    chinese = is_chinese(detect_language(f"{subject}\n{text[:_LINE_LENGTH]}"))
    for name, label in _NAMES.items():
        value = f"{moment:%Y-%m-%d %H:%M}" if name == "date" and moment else headers.get(name, "")
        if value:
            yield f"{label}：{value}" if chinese else f"{name.capitalize()}: {value}"


def _headers(message: EmailMessage) -> dict[str, str]:
    """The first header of each name, decoded. Raises UnreadableError where it is no mail."""
    found: dict[str, str] = {}
    for name, value in message.raw_items():
        if name.lower() not in found:
            found[name.lower()] = _decoded_header(str(value)[: 4 * _LINE_LENGTH])[:_LINE_LENGTH]
    if len(_HEADERS & set(found)) < _LEAST_HEADERS:
        raise UnreadableError("not a mail; name it .txt if it is a text")
    return found


def _decoded_header(value: str) -> str:
    """A header as people see it: encoded words decoded, or bytes that never should be there."""
    raw = value.encode("utf-8", "surrogateescape")
    try:
        value = raw.decode("utf-8")
    except UnicodeDecodeError:
        value = raw.decode("gb18030", "replace")
    try:
        pieces = decode_header(re.sub(r"\r?\n\s", " ", value)) if "=?" in value else [(value, None)]
    except MessageError:
        pieces = [(value, None)]
    return " ".join("".join(map(_piece, *zip(*pieces, strict=True))).split())


def _piece(content: bytes | str, charset: str | None) -> str:
    if isinstance(content, str):
        return content
    if charset is None:
        return content.decode("raw-unicode-escape", "replace")
    name = "gb18030" if charset.lower() in ("gb2312", "gbk") else charset
    try:
        return content.decode(name, "replace")
    except LookupError:
        return content.decode("utf-8", "replace")


def _moment(value: str) -> datetime | None:
    """When a mail was sent, by the sender's clock."""
    try:
        return parsedate_to_datetime(value)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None

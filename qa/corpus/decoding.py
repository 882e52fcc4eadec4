"""Bytes become text with nothing removed, whatever encoding they are in."""

import codecs
from collections.abc import Iterable, Iterator
from pathlib import Path

from qa.errors import DocumentError

LOST = "\ufffd"
"""What stands for characters that cannot be read."""

_LEGACY_ENCODINGS = ["gb18030", "big5", "utf_16_le", "utf_16_be"]
_BYTE_ORDER_MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}


def decode(path: Path, raw: bytes) -> str:
    """Decode a file. Where few of its bytes are damaged, `LOST` stands for these.

    Raises DocumentError where it is empty or no text.
    """
    if not raw.strip():
        raise DocumentError(path, "the file is empty")
    text = _marked(path, raw)
    if text is None:
        text = next((found for found in _attempts(raw) if found is not None), None)
    if text is None:
        raise DocumentError(path, "not text in UTF-8, UTF-16, GB18030 or Big5")
    if not text.strip():
        raise DocumentError(path, "the file is empty")
    controls = sum(char < " " and char not in "\t\n\r\f\x0b" for char in text)
    if "\0" in text or controls * 100 > len(text):
        raise DocumentError(path, "a binary file, not text")
    return text


def _marked(path: Path, raw: bytes) -> str | None:
    """Decode what says its encoding, or is valid UTF-8; None where it must be guessed."""
    for mark, encoding in _BYTE_ORDER_MARKS.items():
        if raw.startswith(mark):
            try:
                return raw.decode(encoding)
            except UnicodeDecodeError as error:
                if repaired := _repaired(raw.decode(encoding, "replace")):
                    return repaired
                raise DocumentError(path, f"damaged {encoding} text ({error.reason})") from error
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        return None
    return None if "\0" in text else text


def _attempts(raw: bytes) -> Iterator[str | None]:
    """What the bytes may be that do not say it, the likeliest first."""
    yield _repaired(raw.decode("utf-8", "replace"))
    yield _guessed(raw)
    yield _repaired("\n".join(map(_read_line, raw.split(b"\n"))))
    yield _repaired(raw.decode("big5", "replace"))
    yield _repaired(raw.decode("utf-8", "replace"), each=1, least=0)


def _guessed(raw: bytes) -> str | None:
    """Decode text in one of the older encodings."""
    import charset_normalizer  # few files need it

    best = charset_normalizer.from_bytes(raw, cp_isolation=_LEGACY_ENCODINGS).best()
    return raw.decode(best.encoding) if best else None


def _repaired(text: str, *, each: int = 3, least: int = 10) -> str | None:
    """Take a text of which few bytes are damaged; None where they are many.

    One byte makes up to three characters unreadable. The encoding is told by characters beyond
    ASCII: at least so many for each damaged place, and nine in ten of a common character set.
    """
    text = text.replace("\0", LOST)
    lost = text.count(LOST)
    beyond = [character for character in text if character > "\x7f" and character != LOST]
    if lost > each * max(1, len(text) // 1000) or 10 * _common(beyond) < 9 * len(beyond):
        return None
    return text if len(beyond) >= least * -(-lost // each) else None


def _read_line(line: bytes) -> str:
    """Read a line of GB18030; in a damaged one as few characters as can be are lost.

    A byte that is lost makes the next ones pair wrongly, mostly to rare characters. So of all ways
    to read the line the one is taken that is cheapest: a rare character costs 3, a lost one 4.
    """
    try:
        return line.decode("gb18030")
    except UnicodeDecodeError:
        pass
    best: list[tuple[int, int, str]] = [
        (0, 0, "")
    ]  # for each place: cost, where from, what is read
    for end, byte in enumerate(line, start=1):
        is_ascii = byte < 0x80
        cost = best[end - 1][0] + (0 if is_ascii else 4)
        ways = [(cost, end - 1, chr(byte) if is_ascii else LOST)]
        if pair := _pair(line[max(0, end - 2) : end]):
            ways.append((best[end - 2][0] + (0 if _common(pair) else 3), end - 2, pair))
        best.append(min(ways))
    read, place = [], len(line)
    while place:
        _, place, character = best[place]
        read.append(character)
    return "".join(reversed(read))


def _pair(raw: bytes) -> str:
    """The character that two bytes are, or nothing."""
    try:
        text = raw.decode("gb18030")
    except UnicodeDecodeError:
        return ""
    return text if len(raw) == 2 and len(text) == 1 else ""


def _common(characters: Iterable[str]) -> int:
    """How many of the characters one of the national standards has in common use."""
    text = "".join(characters)
    return max(len(text.encode(name, "ignore").decode(name)) for name in ("gb2312", "big5"))

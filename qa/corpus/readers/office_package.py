"""The parts of a spreadsheet or presentation: a ZIP archive of XML, unpacked within bounds.

What tells a ZIP archive, and bounds how far a part may swell, holds for Word files too.

Only what is checked here is given to the libraries that read it: they may trust an archive's own
word on how large its parts are.
"""

import io
import lzma
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from qa.corpus.readers.extracted import Limits, UnreadableError

MAX_MEMBERS = 20_000
"""Parts of a package. A presentation of 500 slides with notes and pictures has some 4,000."""

MAX_RATIO = 400
"""How many bytes of XML one packed byte may become. A sheet of 100,000 equal rows, the most
regular there is, is packed 1 : 60, a table of 50,000 equal rows in Word 1 : 150 to 1 : 240; zeros
are packed 1 : 1,030."""

RATIO_COUNTS_FROM = 8 * 2**20
"""Bytes; a smaller part may be packed as well as it likes."""

ZIP, OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
EMPTY_ZIP = b"PK\x05\x06"
_XML = (".xml", ".rels")
_TEXT_HEAD = 1024
BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    NotImplementedError,  # a packing that nobody uses
    OverflowError,
    ValueError,
    OSError,  # a seek to before the file
)


@dataclass(frozen=True, slots=True)
class Kind:
    """A sort of package: what it is called, its ending, and the folder that its parts are in."""

    name: str
    suffix: str
    folder: str
    old: str  # the stream that its old binary files have


SPREADSHEET = Kind("a spreadsheet", ".xlsx", "xl/", "Workbook")
PRESENTATION = Kind("a presentation", ".pptx", "ppt/", "PowerPoint Document")
_DOCUMENT = Kind("a Word file", ".docx", "word/", "WordDocument")
_KINDS = (SPREADSHEET, PRESENTATION, _DOCUMENT)


def unpack(path: Path, kind: Kind, limits: Limits) -> Mapping[str, bytes]:
    """The parts of a file by name, in the order of the archive.

    Raises UnreadableError where it is none of this kind, or no harmless one.
    """
    _check_head(path, kind)
    try:
        with zipfile.ZipFile(path) as archive:
            members = _members(archive, kind, limits)
            return {name: _read(archive, member, kind) for name, member in members.items()}
    except BROKEN as error:
        raise UnreadableError(_damaged(kind, "its archive is cut off or broken")) from error


def repacked(parts: Mapping[str, bytes]) -> io.BytesIO:
    """An archive of these parts that is what it says it is."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name, content in parts.items():
            archive.writestr(zipfile.ZipInfo(name), content)
    buffer.seek(0)
    return buffer


def damaged(kind: Kind, why: str) -> UnreadableError:
    """The error of a file whose parts do not fit together."""
    return UnreadableError(_damaged(kind, why))


def _damaged(kind: Kind, why: str) -> str:
    return (
        f"a damaged file ({why}); open it in the program that wrote it, let that repair it, "
        f"and save it anew as {kind.suffix}"
    )


def _check_head(path: Path, kind: Kind) -> None:
    """Refuse what is no ZIP archive, and say what it is."""
    with path.open("rb") as file:
        head = file.read(512)
        if head.startswith(OLE):
            file.seek(0)
            raise UnreadableError(_ole(file.read(), kind))
    if not head.strip(b"\0 \r\n\t"):
        raise UnreadableError("the file is empty; get it once more")
    if not head.startswith((ZIP, EMPTY_ZIP)):
        wrote = "open it in the program that wrote it"
        raise UnreadableError(f"not {kind.name}; {wrote} and save it as {kind.suffix}")


def _ole(content: bytes, kind: Kind) -> str:
    """What an OLE container is: with a password a packed file becomes a stream of one."""
    if "EncryptedPackage".encode("utf-16-le") in content:
        return "protected with a password; open it and save it without"
    for other in _KINDS:
        if other.old.encode("utf-16-le") in content:
            old = f"{other.name} in the old binary format"
            return f"{old}; open it in Office or WPS and save it as {other.suffix}"
    return f"not {kind.name} but a file of an old Office program; save it as {kind.suffix}"


def _members(archive: zipfile.ZipFile, kind: Kind, limits: Limits) -> dict[str, zipfile.ZipInfo]:
    """The parts to unpack by name, none of them too large. Raises UnreadableError."""
    listed = archive.infolist()
    if len(listed) > MAX_MEMBERS:
        raise UnreadableError(f"it has {len(listed):,} parts, more than {MAX_MEMBERS:,}; split it")
    unpacked = sum(member.file_size for member in listed)
    for member in listed:
        if swells(member):
            size = member.file_size >> 20
            raise UnreadableError(f"a ZIP bomb: a part of it would become {size:,} MiB")
    if unpacked > limits.unpacked:
        most = limits.unpacked >> 20
        raise UnreadableError(f"unpacked it has {unpacked >> 20:,} MiB, more than {most}; split it")
    found = {member.filename.replace("\\", "/").lstrip("/"): member for member in listed}
    found = {name: member for name, member in found.items() if not name.endswith("/")}
    if not any(name.startswith(kind.folder) for name in found):
        raise UnreadableError(_what_else(found, kind))
    return found


def swells(member: zipfile.ZipInfo) -> bool:
    """Whether a part would become far larger than any that was written by hand or program."""
    return member.file_size > max(RATIO_COUNTS_FROM, MAX_RATIO * member.compress_size)


def _what_else(names: Mapping[str, object], kind: Kind) -> str:
    for other in _KINDS:
        if any(name.startswith(other.folder) for name in names):
            return f"not {kind.name} but {other.name}; name it {other.suffix}"
    if "mimetype" in names:
        return f"an OpenDocument file; open it and save it as {kind.suffix}"
    return f"an archive that is not {kind.name}; put the files in it here one by one"


def _read(archive: zipfile.ZipFile, member: zipfile.ZipInfo, kind: Kind) -> bytes:
    """A part, unpacked. Raises UnreadableError where it is locked or has a DTD."""
    if member.flag_bits & 1:
        raise UnreadableError("protected with a password; open it and save it without")
    content = archive.read(member)
    if member.filename.lower().endswith(_XML) and b"<!DOCTYPE" in content[:_TEXT_HEAD]:
        raise UnreadableError(
            f"{member.filename} has a DTD, which {kind.name} never has; do not trust this file"
        )
    return content

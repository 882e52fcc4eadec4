"""The parts of a Word file: a ZIP archive of XML, opened so that a hostile one does no harm.

Nothing that a file points to outside of itself is ever looked at.
"""

import zipfile
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import TypeAlias

from lxml import etree

from qa.corpus.readers.extracted import Limits, UnreadableError
from qa.corpus.readers.office_package import BROKEN, EMPTY_ZIP, OLE, ZIP, swells

Element: TypeAlias = etree._Element

MAX_MEMBERS = 10_000
"""Parts of a package. A thesis with a thousand pictures has some 1,100."""

_OTHERS = {
    b"{\\rtf": "a Rich Text file; open it in Word and save it as .docx",
    b"%PDF": "a PDF file; name it .pdf",
    b"\x89PNG": "a picture; name it .png",
    b"\xff\xd8\xff": "a picture; name it .jpg",
    b"<!doctype html": "a web page; name it .html",
    b"<html": "a web page; name it .html",
    b"<?xml": "an XML file; open it in Word and save it as .docx",
}
"""How other files begin, in lower case, that are met under the name of a Word file."""

_STRICT = (
    (
        b"http://purl.oclc.org/ooxml/wordprocessingml/main",
        b"http://schemas.openxmlformats.org/wordprocessingml/2006/main",
    ),
    (
        b"http://purl.oclc.org/ooxml/officeDocument/relationships",
        b"http://schemas.openxmlformats.org/officeDocument/2006/relationships",
    ),
    (
        b"http://purl.oclc.org/ooxml/officeDocument/math",
        b"http://schemas.openxmlformats.org/officeDocument/2006/math",
    ),
)
"""The names in a "Strict Open XML Document", and those that everybody else writes."""

_DAMAGED = "a damaged file ({}); open it in Word, let Word repair it, and save it anew"
_PROTECTED = "protected with a password; open it in Word and save it without"


class Package:
    """The parts of one file, by name; to be closed."""

    def __init__(self, path: Path, limits: Limits) -> None:
        """Open a file. Raises UnreadableError where it is none of Word, or no harmless one."""
        _check_kind(path)
        try:
            self._archive = zipfile.ZipFile(path)
        except BROKEN as error:
            raise UnreadableError(_DAMAGED.format("its archive is cut off or broken")) from error
        members = self._archive.infolist()
        _check_sizes(members, limits)
        self._members = {m.filename.replace("\\", "/").strip("/").lower(): m for m in members}
        self._main = self._find_main()
        self._relations = self._read_relations(self._main)

    def __enter__(self) -> "Package":
        return self

    def __exit__(self, *_: object) -> None:
        self._archive.close()

    @property
    def has_macros(self) -> bool:
        """Whether it holds programs."""
        return any(name.endswith("vbaproject.bin") for name in self._members)

    @property
    def has_pictures(self) -> bool:
        """Whether it holds pictures."""
        return any("/media/" in name for name in self._members)

    def main(self) -> Element:
        """The document itself. Raises UnreadableError."""
        return self._parse(self._main)

    def related(self, kind: str) -> Element | None:
        """The part of a kind (styles, numbering, footnotes) that the document has, if it does.

        Raises UnreadableError where it is damaged.
        """
        name = self._relations.get(kind, "")
        return self._parse(name) if name in self._members else None

    def properties(self) -> Element | None:
        """Title, author and so on, where they can be read."""
        name = self._read_relations("").get("core-properties", "docprops/core.xml")
        try:
            return self._parse(name) if name in self._members else None
        except UnreadableError:
            return None

    def _find_main(self) -> str:
        name = self._read_relations("").get("officeDocument", "word/document.xml")
        if name not in self._members:
            raise UnreadableError(self._what_else())
        types = self._parse("[content_types].xml") if "[content_types].xml" in self._members else ()
        kinds = {
            str(entry.get("PartName", "")).strip("/").lower(): str(entry.get("ContentType", ""))
            for entry in types
        }
        for application, ending in (("spreadsheetml", ".xlsx"), ("presentationml", ".pptx")):
            if application in kinds.get(name, "") or name.startswith(("xl/", "ppt/")):
                raise UnreadableError(f"not a Word file; name it as what it is ({ending})")
        return name

    def _what_else(self) -> str:
        if "mimetype" in self._members:
            return "an OpenDocument file, not one of Word; save it as .docx"
        return "an archive without a Word document; put the files in it here one by one"

    def _read_relations(self, name: str) -> Mapping[str, str]:
        """What a part points to inside the file, by kind; the first of each kind."""
        place = PurePosixPath(name)
        own = str(place.parent / "_rels" / f"{place.name}.rels") if name else "_rels/.rels"
        found: dict[str, str] = {}
        for relation in self._parse(own) if own in self._members else ():
            if relation.get("TargetMode") == "External":
                continue
            kind = str(relation.get("Type", "")).rsplit("/", 1)[-1]
            target = str(relation.get("Target", "")).replace("\\", "/")
            base = [] if target.startswith("/") else list(place.parent.parts)
            for step in target.lower().split("/"):
                if step == "..":
                    base = base[:-1]
                elif step not in ("", "."):
                    base.append(step)
            found.setdefault(kind, "/".join(base))
        return found

    def _parse(self, name: str) -> Element:
        """The XML of a part. Raises UnreadableError where it is damaged or has a DTD."""
        member = self._members[name]
        if member.flag_bits & 1:
            raise UnreadableError(_PROTECTED)
        if swells(member):
            raise UnreadableError(f"a ZIP bomb: {name} would become {member.file_size >> 20} MiB")
        try:
            raw = self._archive.read(member)
        except BROKEN as error:
            raise UnreadableError(_DAMAGED.format(f"{name} cannot be unpacked")) from error
        for strict, usual in _STRICT:
            raw = raw.replace(strict, usual)
        parser = etree.XMLParser(
            resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True,
            remove_pis=True, huge_tree=False,
        )  # fmt: skip
        try:
            root: Element = etree.fromstring(raw, parser)
        except etree.XMLSyntaxError as error:
            raise UnreadableError(_DAMAGED.format(f"{name}: {error.msg}")) from error
        if root.getroottree().docinfo.internalDTD is not None:
            raise UnreadableError(f"{name} has a DTD, which Word never writes; do not trust it")
        return root


def _check_kind(path: Path) -> None:
    """Refuse what is no ZIP archive, and say what it is."""
    with path.open("rb") as file:
        head = file.read(512)
        if head.startswith(OLE):
            # A password makes of a .docx an OLE container with the packed file as one stream.
            file.seek(0)
            names = file.read(2**20) + file.read()[-(2**20) :]
            raise UnreadableError(_ole(names))
    if not head.strip(b"\0 \r\n\t"):
        raise UnreadableError("the file is empty; get it once more")
    if head.startswith((ZIP, EMPTY_ZIP)):
        return
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    kind = next((is_ for start, is_ in _OTHERS.items() if text.startswith(start.lower())), "")
    raise UnreadableError(kind or "not a Word file; open it in what wrote it and save it as .docx")


def _ole(content: bytes) -> str:
    if "EncryptedPackage".encode("utf-16-le") in content:
        return _PROTECTED
    if "WordDocument".encode("utf-16-le") in content:
        return "an old Word file (.doc); open it in Word and save it as .docx"
    return "a file of an old Office program; save it as .docx, .xlsx or .pptx"


def _check_sizes(members: list[zipfile.ZipInfo], limits: Limits) -> None:
    if len(members) > MAX_MEMBERS:
        raise UnreadableError(f"it has {len(members):,} parts, more than {MAX_MEMBERS:,}; split it")
    unpacked = sum(member.file_size for member in members)
    if unpacked > limits.unpacked:
        most = limits.unpacked >> 20
        raise UnreadableError(f"unpacked it has {unpacked >> 20:,} MiB, more than {most}; split it")

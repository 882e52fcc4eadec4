"""Which module reads which files, by how their names end, and what the others can be saved as."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Format:
    """The module that reads a format, and its media type."""

    module: str
    media_type: str


_OFFICE = "application/vnd.openxmlformats-officedocument"
FORMATS = {
    ".pdf": Format("pdf.reader", "application/pdf"),
    ".docx": Format("word.reader", f"{_OFFICE}.wordprocessingml.document"),
    ".html": Format("html.reader", "text/html"),
    ".htm": Format("html.reader", "text/html"),
    ".xlsx": Format("sheet.reader", f"{_OFFICE}.spreadsheetml.sheet"),
    ".csv": Format("sheet.reader", "text/csv"),
    ".pptx": Format("slides.reader", f"{_OFFICE}.presentationml.presentation"),
    ".eml": Format("mail.reader", "message/rfc822"),
    ".png": Format("scan.reader", "image/png"),
    ".jpg": Format("scan.reader", "image/jpeg"),
    ".jpeg": Format("scan.reader", "image/jpeg"),
    ".tif": Format("scan.reader", "image/tiff"),
    ".tiff": Format("scan.reader", "image/tiff"),
}

SAVE_AS = {
    ".doc": ".docx",
    ".docm": ".docx",
    ".dot": ".docx",
    ".rtf": ".docx",
    ".odt": ".docx",
    ".wps": ".docx or .pdf",
    ".xls": ".xlsx",
    ".xlsm": ".xlsx",
    ".ods": ".xlsx",
    ".et": ".xlsx",
    ".ppt": ".pptx",
    ".pptm": ".pptx",
    ".odp": ".pptx",
    ".dps": ".pptx",
    ".ofd": ".pdf",
    ".ceb": ".pdf",
    ".caj": ".pdf",
    ".epub": ".html",
    ".mht": ".html",
    ".mhtml": ".html",
    ".msg": ".eml",
    ".zip": "the files in it",
    ".rar": "the files in it",
    ".7z": "the files in it",
}
"""Older or rarer formats, and what the programs that write them can save instead."""

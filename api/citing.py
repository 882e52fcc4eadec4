"""Where a citation stands in its document, and whether that is in force, in words."""

from collections.abc import Callable

from api.labels import LABELS
from qa.types import Citation, Document, Language, Passage, Version

FindDocument = Callable[[str], Document]
"""Maps an id to its document; KeyError where there is none."""


def heading_words(place: Citation | Passage) -> list[str]:
    """Return the headings above a place and its own numbering: ["第二章 补贴标准", "第六条"]."""
    return [*place.path, *filter(None, [place.label])]


def paragraph_words(place: Citation | Passage, language: Language) -> str:
    """Return the number of a place's paragraph, "" where its own numbering says where it is."""
    return "" if place.label else LABELS[language].paragraph.format(place.paragraph)


def page_words(citation: Citation, language: Language) -> str:
    """Return the page of the original, and that it was read from a picture where that is unsure."""
    labels = LABELS[language]
    page = labels.page.format(citation.page) if citation.page else ""
    return " · ".join(filter(None, [page, labels.doubtful if citation.doubtful else ""]))


def version_words(citation: Citation, language: Language, find_document: FindDocument) -> str:
    """Return whether the cited document is in force or what replaced it, "" if not known."""
    labels = LABELS[language]
    if citation.version is Version.CURRENT:
        return labels.current
    if citation.version is not Version.SUPERSEDED:
        return ""
    try:
        successor = find_document(citation.replaced_by)
    except KeyError:
        return labels.superseded
    date = ""
    if successor.date and successor.title == citation.title:  # else the title tells them apart
        date = (" ({})" if language is Language.ENGLISH else "（{}）").format(successor.date)
    title = (successor.title or successor.source).removeprefix("《").removesuffix("》")
    return labels.superseded_by.format(title=title, date=date)

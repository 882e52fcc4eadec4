"""Which documents a question is put to, as commands and requests say it."""

from collections.abc import Sequence

from qa.language.dates import parse_date
from qa.types import Filter, Language

MAX_VALUES = 100
MAX_VALUE_LENGTH = 300
"""What a request may name of each kind, and how long each may be."""

DATE_FORMS = "2024, 2024-05, 2024-05-01 or 2024年5月"


def read_date(text: str) -> str:
    """Return a date in the form of ISO 8601. Raises ValueError, which says how to write one.

    >>> read_date("2024年5月")
    '2024-05'
    """
    found = parse_date(text)
    if not found:
        raise ValueError(f"not a date; write it as {DATE_FORMS}")
    return found


def make_filter(
    *,
    documents: Sequence[str] | None = None,
    publishers: Sequence[str] | None = None,
    since: str | None = None,
    until: str | None = None,
    languages: Sequence[Language] | None = None,
    current_only: bool = False,
) -> Filter | None:
    """Return a filter, None where nothing is asked of the documents."""
    made = Filter(
        documents=tuple(documents or ()),
        publishers=tuple(publishers or ()),
        since=since or "",
        until=until or "",
        languages=tuple(languages or ()),
        current_only=current_only,
    )
    return None if made == Filter() else made

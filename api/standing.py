"""Which documents of an assistant are in force; found out once for each, when first asked."""

from collections.abc import Mapping
from datetime import date
from weakref import WeakKeyDictionary

from qa.assistant import Assistant
from qa.corpus.versions import Standing, find_versions

_FOUND: WeakKeyDictionary[Assistant, Mapping[str, Standing]] = WeakKeyDictionary()


def standings_of(assistant: Assistant) -> Mapping[str, Standing]:
    """Return the standing of each document, by id, as of the day of the first call."""
    found = _FOUND.get(assistant)
    if found is None:
        found = find_versions(assistant.documents, date.today().isoformat())
        _FOUND[assistant] = found
    return found

"""The command line and the HTTP service: thin callers of `qa`."""

from importlib.metadata import PackageNotFoundError, version

DEFAULT_TOP_K = 5
MAX_TOP_K = 50
"""How many passages an answer may come with."""

REQUESTS_PER_MINUTE = 600
"""How many questions a client of a service may ask, where nothing else is said."""


def program_version() -> str:
    """Return the version of the installed distribution, `unknown` in a bare source tree."""
    try:
        return version("wenzheng")
    except PackageNotFoundError:
        return "unknown"

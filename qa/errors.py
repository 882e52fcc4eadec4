"""What can go wrong, as one tree. Every message names the cause and the remedy.

    WenzhengError
    ├── DocumentError           a file cannot be read as a document (path, reason)
    ├── DocumentNotFoundError   the library holds no document of that name
    ├── EngineUnavailableError  a library that lies in Milvus cannot be reached (where, reason)
    ├── EngineEmptyError        nothing lies there yet; says which command puts it there
    ├── IndexNotFoundError      no index in that folder; says which command builds it
    ├── IndexDamagedError       an index that does not match its own manifest
    ├── IndexMismatchError      an index of another model or schema (expected, found)
    ├── ModelUnavailableError   the embedding model cannot be loaded
    ├── NothingMatchesError     a filter leaves no document; says which values there are
    ├── OverdueError            nobody waits for the answer any more, so the work on it ends
    ├── SettingsError           a setting is unknown or cannot be so (exit status 2)
    └── InvalidQuestionError    the question cannot be asked (HTTP 422, exit status 2)

"The documents do not say" is an `Answer`, not an error.
"""

from collections.abc import Sequence
from pathlib import Path


class WenzhengError(Exception):
    """Base of every error this project raises on purpose."""


class DocumentError(WenzhengError):
    """A file cannot be read as a document."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path = path
        self.reason = reason


class DocumentNotFoundError(WenzhengError):
    """The library holds no document of a name."""

    SHOWN = 10

    def __init__(self, folder: Path, name: str, known: Sequence[str]) -> None:
        shown = ", ".join(sorted(known)[: self.SHOWN])
        more = f" and {len(known) - self.SHOWN} more" if len(known) > self.SHOWN else ""
        held = f"It holds {shown}{more}" if known else "It is empty"
        super().__init__(
            f'The index in {folder} has no document "{name}". {held}; '
            f"see: wenzheng list --index {folder}"
        )
        self.folder = folder
        self.name = name


class EngineUnavailableError(WenzhengError):
    """What holds the library does not answer, or refuses (HTTP 503)."""

    def __init__(
        self,
        where: str,
        reason: str,
        remedy: str = "See that it runs and that WENZHENG_ENGINE_TOKEN is right, then try again.",
    ) -> None:
        super().__init__(f"The library in {where} cannot be used ({reason}). {remedy}")
        self.where = where
        self.reason = reason


class EngineEmptyError(EngineUnavailableError):
    """No library lies there, or none that is whole."""

    def __init__(self, where: str) -> None:
        super().__init__(
            where, "nothing lies there", f"Put one there with: wenzheng push --engine {where}"
        )


class IndexNotFoundError(WenzhengError):
    """There is no index in the folder."""

    def __init__(self, folder: Path) -> None:
        super().__init__(
            f"No index in {folder}. Build one with: wenzheng index --index {folder} [PATH...]"
        )
        self.folder = folder


class IndexDamagedError(WenzhengError):
    """The files of an index do not match its manifest."""

    def __init__(self, folder: Path, reason: str) -> None:
        super().__init__(
            f"The index in {folder} is damaged ({reason}). "
            f"Build it again with: wenzheng index --index {folder} [PATH...]"
        )
        self.folder = folder
        self.reason = reason


class IndexMismatchError(WenzhengError):
    """The index was built by another model or another version of this program."""

    def __init__(self, folder: Path, *, expected: str, found: str) -> None:
        super().__init__(
            f"The index in {folder} was built with {found}, but this run uses {expected}. "
            f"Build it again with: wenzheng index --index {folder} [PATH...]"
        )
        self.folder = folder
        self.expected = expected
        self.found = found


class ModelUnavailableError(WenzhengError):
    """The embedding model cannot be loaded (wraps `embeddings.types.ModelLoadError`)."""


class NothingMatchesError(WenzhengError):
    """A filter leaves no document (HTTP 422, exit status 2); `known` are some of its values."""

    def __init__(self, what: str, asked: str, known: Sequence[str]) -> None:
        there = "; ".join(known) or "none"
        super().__init__(f"No document has the {what} {asked}. There are: {there}")
        self.what = what
        self.known = tuple(known)


class SettingsError(WenzhengError):
    """A setting is unknown or has a value that it cannot have; `where` is a file or variable."""

    def __init__(self, where: Path | str, reason: str) -> None:
        super().__init__(f"{where}: {reason}.")
        self.where = str(where)


class InvalidQuestionError(WenzhengError):
    """The question is empty, too long, or holds characters that are not text."""


class OverdueError(WenzhengError):
    """Nobody waits for an answer any more: its time is over, or who asked has gone."""

    def __init__(self) -> None:
        super().__init__("The question took longer than it may; ask it again, or a shorter one.")

"""What can go wrong, as one tree. Every message names the cause and the remedy.

    WenzhengError
    ├── DocumentError           a file cannot be read as a document (path, reason)
    ├── IndexNotFoundError      no index in that folder; says which command builds it
    ├── IndexDamagedError       an index that does not match its own manifest
    ├── IndexMismatchError      an index of another model or schema (expected, found)
    ├── ModelUnavailableError   the embedding model cannot be loaded
    └── InvalidQuestionError    the question cannot be asked (HTTP 422, exit status 2)

"The documents do not say" is an `Answer`, not an error.
"""

from pathlib import Path


class WenzhengError(Exception):
    """Base of every error this project raises on purpose."""


class DocumentError(WenzhengError):
    """A file cannot be read as a document."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path = path
        self.reason = reason


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


class InvalidQuestionError(WenzhengError):
    """The question is empty, too long, or holds characters that are not text."""

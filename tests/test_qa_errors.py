"""Every error is one of ours, and its message says what to do."""

import inspect
from pathlib import Path

import pytest

import qa.errors
from qa.errors import (
    DocumentError,
    IndexDamagedError,
    IndexMismatchError,
    IndexNotFoundError,
    WenzhengError,
)

FOLDER = Path("some/index")


def test_the_tree_in_the_docstring_is_the_tree() -> None:
    classes = [member for _, member in inspect.getmembers(qa.errors, inspect.isclass)]
    ours = {cls.__name__ for cls in classes if issubclass(cls, WenzhengError)}
    drawn = {line.split()[1] for line in str(qa.errors.__doc__).splitlines() if "── " in line}
    assert ours - {"WenzhengError"} == drawn


@pytest.mark.parametrize(
    "error",
    [
        IndexNotFoundError(FOLDER),
        IndexDamagedError(FOLDER, "a reason"),
        IndexMismatchError(FOLDER, expected="a", found="b"),
    ],
)
def test_an_index_error_names_the_command_that_mends_it(error: WenzhengError) -> None:
    assert f"wenzheng index --index {FOLDER} [PATH...]" in str(error)


def test_a_document_error_names_the_file() -> None:
    assert str(DocumentError(Path("a/b.txt"), "is empty")) == "a/b.txt: is empty"

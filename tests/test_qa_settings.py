"""Flags go before the environment, and that before the defaults."""

from pathlib import Path

import platformdirs

from qa.settings import Settings

DEFAULT = platformdirs.user_data_path("wenzheng") / "index"


def test_defaults() -> None:
    assert Settings.read({}) == Settings(index_folder=DEFAULT, index_is_default=True, model="")


def test_the_environment_goes_before_the_defaults() -> None:
    environ = {"WENZHENG_INDEX": "~/there", "WENZHENG_MODEL": "some/model"}
    assert Settings.read(environ) == Settings(
        index_folder=Path.home() / "there", index_is_default=False, model="some/model"
    )


def test_flags_go_before_the_environment() -> None:
    environ = {"WENZHENG_INDEX": "there", "WENZHENG_MODEL": "some/model"}
    assert Settings.read(environ, index=Path("here"), model="") == Settings(
        index_folder=Path("here"), index_is_default=False, model=""
    )


def test_empty_variables_count_as_unset() -> None:
    environ = {"WENZHENG_INDEX": "", "WENZHENG_MODEL": ""}
    assert Settings.read(environ) == Settings.read({})

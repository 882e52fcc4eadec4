"""Flags go before the environment, that before files, and those before the defaults."""

from pathlib import Path

import platformdirs
import pytest

from qa.errors import SettingsError
from qa.settings import (
    SETTINGS,
    ServiceLimits,
    Settings,
    SettingsFile,
    settings_files,
)

DEFAULT = platformdirs.user_data_path("wenzheng") / "index"
WHOLE = """index = "index"
library = "~/policies"
model = "some/model"
engine = "http://milvus:19530"

[limits]
questions_per_minute = 30
questions_waiting = 0
answer_seconds = 2.5
threads = 4
"""


def written(folder: Path, text: str, *, is_own: bool = True) -> SettingsFile:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "wenzheng.toml"
    path.write_bytes(text.encode())
    return SettingsFile(path, is_own=is_own)


def test_defaults() -> None:
    settings = Settings.read({})
    assert settings == Settings(index_folder=DEFAULT, index_is_default=True, model="")
    assert set(settings.origins.values()) == {"default"}


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
    environ = {"WENZHENG_INDEX": "", "WENZHENG_MODEL": "", "WENZHENG_THREADS": ""}
    assert Settings.read(environ) == Settings.read({})


def test_a_file_sets_everything_and_its_folders_are_beside_it(tmp_path: Path) -> None:
    file = written(tmp_path, WHOLE)
    settings = Settings.read({}, files=[file])
    assert settings == Settings(
        index_folder=tmp_path / "index",
        index_is_default=False,
        model="some/model",
        library=Path.home() / "policies",
        engine="http://milvus:19530",
        limits=ServiceLimits(30, 0, 2.5, 4),
    )
    assert settings.origins == dict.fromkeys((one.key for one in SETTINGS), str(file.path))


def test_each_value_says_which_of_the_places_it_comes_from(tmp_path: Path) -> None:
    here = written(tmp_path / "here", 'index = "a"\nlibrary = "b"\n[limits]\nthreads = 1\n')
    own = written(tmp_path / "own", 'index = "c"\nmodel = "d"\n[limits]\nthreads = 2\n')
    environ = {"WENZHENG_THREADS": "3", "WENZHENG_MODEL": "e"}
    settings = Settings.read(environ, files=[here, own], model="f", questions_per_minute=9)
    assert settings.index_folder == tmp_path / "here" / "a"
    assert (settings.model, settings.limits) == ("f", ServiceLimits(9, None, None, 3))
    assert settings.origins == {
        "index": str(here.path),
        "library": str(here.path),
        "model": "--model",
        "engine": "default",
        "limits.questions_per_minute": "--rate-limit",
        "limits.questions_waiting": "default",
        "limits.answer_seconds": "default",
        "limits.threads": "WENZHENG_THREADS",
    }


def test_a_file_that_is_not_there_sets_nothing(tmp_path: Path) -> None:
    files = [SettingsFile(tmp_path / "none.toml"), SettingsFile(tmp_path / "none" / "none.toml")]
    assert Settings.read({}, files=files) == Settings.read({})


def test_a_byte_order_mark_is_no_part_of_a_key(tmp_path: Path) -> None:
    file = written(tmp_path, "\ufeffmodel = 'a'\n")
    assert Settings.read({}, files=[file]).model == "a"


@pytest.mark.parametrize(
    ("text", "key", "remedy"),
    [
        ("indx = 'a'", "indx", "write index"),
        ("theads = 3", "theads", "write limits.threads"),
        ("token = 'secret'", "token", "take it out (there are index, library, model,"),
        ("[limits]\nthread = 3", "limits.thread", "write limits.threads"),
        ("[server]\nport = 3", "server", "take it out"),
        ("limits = 3", "limits", "write [limits]"),
        ("index = 3", "index", "must be a folder, as a text, not 3; correct it"),
        ("index = ''", "index", "must be a folder"),
        ("model = ['a']", "model", "must be the name or folder of a model"),
        ("[limits]\nthreads = -1", "limits.threads", "must be a whole number, 0 or more, not -1"),
        ("[limits]\nthreads = true", "limits.threads", "must be a whole number"),
        ("[limits]\nanswer_seconds = 0", "limits.answer_seconds", "must be a number above 0"),
        ("[limits]\nanswer_seconds = inf", "limits.answer_seconds", "must be a number above 0"),
        ("index = a", "line 1", "correct that line"),
        ('index = "C:\\Users\\a"', "not TOML", "write paths with / or between"),
    ],
)
def test_what_is_wrong_in_a_file_is_named_with_its_remedy(
    tmp_path: Path, text: str, key: str, remedy: str
) -> None:
    file = written(tmp_path, text)
    with pytest.raises(SettingsError) as caught:
        Settings.read({}, files=[file], index=Path("whatever"))
    message = str(caught.value)
    assert message.startswith(f"{file.path}: ")
    assert key in message
    assert remedy in message


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    other = tmp_path / "wenzheng.toml"
    other.write_bytes("model = '模型'".encode("gb18030"))
    with pytest.raises(SettingsError, match="not in UTF-8; save it as UTF-8"):
        Settings.read({}, files=[SettingsFile(other)])
    with pytest.raises(SettingsError, match="cannot be read"):
        Settings.read({}, files=[SettingsFile(tmp_path)])


@pytest.mark.parametrize("text", ["many", "-1", "1.5", "1e3"])
def test_a_variable_that_is_no_number_is_named(text: str) -> None:
    with pytest.raises(SettingsError, match="WENZHENG_THREADS: must be a whole number"):
        Settings.read({"WENZHENG_THREADS": text})


@pytest.mark.parametrize("model", ["/models/e5", "./e5", "../e5", "~/e5"])
def test_a_folder_of_documents_cannot_name_a_model_whose_files_may_be_run(
    tmp_path: Path, model: str
) -> None:
    found = written(tmp_path / "found", f"model = {model!r}", is_own=False)
    with pytest.raises(SettingsError, match=r"model is a folder, which only you may name"):
        Settings.read({}, files=[found])
    own = written(tmp_path / "own", f"model = {model!r}")
    assert Settings.read({}, files=[own]).model == str(Path(model).expanduser())


def test_a_model_that_lies_here_is_a_folder_by_whatever_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    found = written(tmp_path, "model = 'some/model'", is_own=False)
    assert Settings.read({}, files=[found]).model == "some/model"
    (tmp_path / "some" / "model").mkdir(parents=True)
    with pytest.raises(SettingsError, match="is a folder"):
        Settings.read({}, files=[found])


def test_the_file_here_goes_before_one_s_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    own = platformdirs.user_config_path("wenzheng") / "wenzheng.toml"
    assert settings_files() == (
        SettingsFile(tmp_path / "wenzheng.toml", is_own=False),
        SettingsFile(own),
    )
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    if platformdirs.user_config_path() == tmp_path:  # where that variable counts
        (tmp_path / "wenzheng").mkdir()
        monkeypatch.chdir(tmp_path / "wenzheng")
        assert [file.is_own for file in settings_files()] == [True]

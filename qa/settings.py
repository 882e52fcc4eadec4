"""What can be set, read once at the entry points: flags, WENZHENG_*, wenzheng.toml, defaults.

    index = "~/policies/index"      # a folder is relative to that of the file
    library = "~/policies"          # what `wenzheng sync` keeps the index up with
    model = "intfloat/multilingual-e5-base"
    engine = "http://milvus:19530"  # where a library lies that one machine does not hold

    [limits]                        # of `wenzheng serve` and `wenzheng mcp`
    questions_per_minute = 600      # of one client; 0: no limit
    questions_waiting = 64
    answer_seconds = 15
    threads = 4                     # 0: one a processor

The file of the current folder goes before that in the user's folder of settings. A key is also a
variable: `limits.threads` is WENZHENG_THREADS. A new one needs a row in SETTINGS and a field.
"""

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from enum import StrEnum
from pathlib import Path
from urllib.parse import urlsplit

import platformdirs

from qa.errors import SettingsError

FILE_NAME = "wenzheng.toml"
DEFAULT_ORIGIN = "default"
ENGINE_TOKEN = "WENZHENG_ENGINE_TOKEN"  # noqa: S105 (the name of a variable)

Value = str | int | float | Path


class Kind(StrEnum):
    """What a setting may be; the words stand in messages."""

    FOLDER = "a folder, as a text"
    MODEL = "the name or folder of a model, as a text"
    ENGINE = "the address of Milvus or a file *.db, as a text"
    COUNT = "a whole number, 0 or more"
    SECONDS = "a number above 0"


@dataclass(frozen=True, slots=True)
class Setting:
    """Something that can be set, by its key in a file; `limits.` is a table."""

    key: str
    kind: Kind

    @property
    def variable(self) -> str:
        """The environment variable that sets it."""
        return f"WENZHENG_{self.key.rpartition('.')[2].upper()}"


SETTINGS = (
    Setting("index", Kind.FOLDER),
    Setting("library", Kind.FOLDER),
    Setting("model", Kind.MODEL),
    Setting("engine", Kind.ENGINE),
    Setting("limits.questions_per_minute", Kind.COUNT),
    Setting("limits.questions_waiting", Kind.COUNT),
    Setting("limits.answer_seconds", Kind.SECONDS),
    Setting("limits.threads", Kind.COUNT),
)
_BY_KEY = {setting.key: setting for setting in SETTINGS}
_TABLES = {setting.key.partition(".")[0] for setting in SETTINGS if "." in setting.key}


@dataclass(frozen=True, slots=True)
class SettingsFile:
    """A file of settings, which need not exist.

    To load a model from a folder may run what lies there, and an engine is sent questions and a
    token, so a file that comes with a folder of documents (`is_own` false) must name neither.
    """

    path: Path
    is_own: bool = True


@dataclass(frozen=True, slots=True)
class ServiceLimits:
    """How much a service takes on; None is its own default."""

    questions_per_minute: int | None = None
    questions_waiting: int | None = None
    answer_seconds: float | None = None
    threads: int | None = None


@dataclass(frozen=True, slots=True)
class Settings:
    """Where the index is and which model embeds; `model` "" is the bundled one.

    With an `engine` the library lies there; its token is a variable alone (WENZHENG_ENGINE_TOKEN),
    as a file would be shown and copied. `origins` says of each key where its value comes from: a
    flag, a variable, a file, or nowhere.
    """

    index_folder: Path
    index_is_default: bool
    model: str
    library: Path | None = None
    engine: str = ""
    engine_token: str = field(default="", repr=False)
    limits: ServiceLimits = ServiceLimits()
    origins: Mapping[str, str] = field(default_factory=dict, compare=False)

    @classmethod
    def read(
        cls,
        environ: Mapping[str, str],
        *,
        files: Sequence[SettingsFile] = (),
        index: Path | None = None,
        model: str | None = None,
        engine: str | None = None,
        questions_per_minute: int | None = None,
    ) -> "Settings":
        """Take the flags where given, else WENZHENG_*, else the files in order, else defaults.

        Raises SettingsError, also for what another place overrides.
        """
        stated: dict[str, tuple[Value, str]] = {}
        for file in reversed(files):
            stated |= {key: (value, str(file.path)) for key, value in _read_file(file)}
        for setting in SETTINGS:
            if text := environ.get(setting.variable):
                stated[setting.key] = (_from_variable(setting, text), setting.variable)
        flags = {
            "index": ("--index", index),
            "model": ("--model", model),
            "engine": ("--engine", engine),
            "limits.questions_per_minute": ("--rate-limit", questions_per_minute),
        }
        stated |= {key: (value, flag) for key, (flag, value) in flags.items() if value is not None}

        values = {key: value for key, (value, _) in stated.items()}
        return cls(
            index_folder=_folder(values.get("index"))
            or platformdirs.user_data_path("wenzheng") / "index",
            index_is_default=_folder(values.get("index")) is None,
            model=str(values.get("model", "")),
            library=_folder(values.get("library")),
            engine=str(values.get("engine", "")),
            engine_token=environ.get(ENGINE_TOKEN, "").strip(),
            limits=ServiceLimits(
                questions_per_minute=_count(values.get("limits.questions_per_minute")),
                questions_waiting=_count(values.get("limits.questions_waiting")),
                answer_seconds=_seconds(values.get("limits.answer_seconds")),
                threads=_count(values.get("limits.threads")),
            ),
            origins={
                setting.key: stated[setting.key][1] if setting.key in stated else DEFAULT_ORIGIN
                for setting in SETTINGS
            },
        )


def settings_files() -> tuple[SettingsFile, ...]:
    """The files that are looked for, the first of them the one that goes before the other."""
    own = SettingsFile(platformdirs.user_config_path("wenzheng") / FILE_NAME)
    try:
        here = Path.cwd() / FILE_NAME
    except FileNotFoundError:  # somebody has deleted the current folder
        return (own,)
    return (own,) if here == own.path else (SettingsFile(here, is_own=False), own)


def _folder(value: Value | None) -> Path | None:
    return Path(value).expanduser() if value and isinstance(value, str | Path) else None


def _count(value: Value | None) -> int | None:
    return value if isinstance(value, int) else None


def _seconds(value: Value | None) -> float | None:
    return float(value) if isinstance(value, int | float) else None


def _read_file(file: SettingsFile) -> Iterator[tuple[str, Value]]:
    """The keys that a file sets, with their values. Raises SettingsError."""
    for key, value in _flat(file.path, _parsed(file.path)):
        setting = _BY_KEY.get(key)
        if setting is None:
            raise SettingsError(file.path, f"{key} is no setting; {_instead(key)}")
        if not _fits(setting.kind, value):
            reason = f"{key} must be {setting.kind}, not {value!r}; correct it or take it out"
            raise SettingsError(file.path, reason)
        yield key, _from_file(setting, value, file)


def _parsed(path: Path) -> Mapping[str, object]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except UnicodeDecodeError as error:
        raise SettingsError(path, "it is not in UTF-8; save it as UTF-8") from error
    except OSError as error:
        reason = f"it cannot be read ({error.strerror}); mend that or take it away"
        raise SettingsError(path, reason) from error
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        paths = "; write paths with / or between '…'" if "\\" in text else ""
        reason = f"it is not TOML ({error}); correct that line{paths}"
        raise SettingsError(path, reason) from error


def _flat(path: Path, table: Mapping[str, object]) -> Iterator[tuple[str, object]]:
    """The keys of a file, those of a table behind its name."""
    for key, value in table.items():
        if isinstance(value, Mapping) and key in _TABLES:
            yield from ((f"{key}.{inner}", one) for inner, one in value.items())
        elif key in _TABLES:
            raise SettingsError(path, f"{key} must be a table; write [{key}] and its keys below")
        else:
            yield key, value


def _instead(key: str) -> str:
    """What to write in place of a key that is none."""
    names = {name.rpartition(".")[2]: name for name in _BY_KEY}
    close = get_close_matches(key.rpartition(".")[2], names, n=1)
    meant = f"write {names[close[0]]}, or " if close else ""
    return f"{meant}take it out (there are {', '.join(_BY_KEY)})"


def _fits(kind: Kind, value: object) -> bool:
    if isinstance(value, bool):
        return False
    if kind is Kind.COUNT:
        return isinstance(value, int) and value >= 0
    if kind is Kind.SECONDS:
        return isinstance(value, int | float) and 0 < value < float("inf")
    return isinstance(value, str) and bool(value.strip()) and "\0" not in value


def _from_file(setting: Setting, value: object, file: SettingsFile) -> Value:
    if setting.kind is Kind.FOLDER:
        return file.path.parent / Path(str(value)).expanduser()
    if setting.kind is Kind.MODEL:
        model = Path(str(value)).expanduser()
        is_folder = model.is_absolute() or str(value)[:1] in "~." or model.exists()
        if is_folder and not file.is_own:
            raise SettingsError(
                file.path,
                f"{setting.key} is a folder, which only you may name, as its files may be run; "
                f"use --model, {setting.variable} or {settings_files()[-1].path}",
            )
        return str(model) if is_folder else str(value)
    if setting.kind is Kind.ENGINE:
        if not file.is_own:
            raise SettingsError(
                file.path,
                f"{setting.key} is sent questions and a token, so only you may name it; "
                f"use --engine, {setting.variable} or {settings_files()[-1].path}",
            )
        is_address = "://" in str(value)
        return str(value) if is_address else str(file.path.parent / Path(str(value)).expanduser())
    return value if isinstance(value, int | float) else str(value)


def _from_variable(setting: Setting, text: str) -> Value:
    if setting.kind not in (Kind.COUNT, Kind.SECONDS):
        return text
    try:
        value = int(text) if setting.kind is Kind.COUNT else float(text)
    except ValueError:
        value = -1
    if not _fits(setting.kind, value):
        reason = f"must be {setting.kind}, not {text!r}; correct it or unset it"
        raise SettingsError(setting.variable, reason)
    return value


def shown_address(uri: str) -> str:
    """An address without the password in it.

    >>> shown_address("https://root:secret@milvus.example:19530/library")
    'https://milvus.example:19530/library'
    """
    parts = urlsplit(uri)
    if "@" not in parts.netloc:
        return uri
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()

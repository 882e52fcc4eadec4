"""What can be set, read once at the entry points: flags, then WENZHENG_*, then defaults."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import platformdirs


@dataclass(frozen=True, slots=True)
class Settings:
    """Where the index is and which model embeds; `model` "" is the bundled one."""

    index_folder: Path
    index_is_default: bool
    model: str

    @classmethod
    def read(
        cls, environ: Mapping[str, str], *, index: Path | None = None, model: str | None = None
    ) -> "Settings":
        """Take the flags where given, else WENZHENG_INDEX and WENZHENG_MODEL, else defaults."""
        stated = index or environ.get("WENZHENG_INDEX")
        default = platformdirs.user_data_path("wenzheng") / "index"
        return cls(
            index_folder=Path(stated).expanduser() if stated else default,
            index_is_default=not stated,
            model=model if model is not None else environ.get("WENZHENG_MODEL", ""),
        )

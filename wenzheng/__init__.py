"""The commands `ask` and `wenzheng`, and the one name that an installation takes.

Installed, the packages lie in this folder, since a program of somebody else may well have an `api`
or `eval` of its own. Our commands have a process to themselves, where this folder goes first.
"""

import sys
from pathlib import Path


def ask() -> None:
    """Run `ask` with the arguments of the process."""
    _find_packages()
    from api.cli import ask_command

    ask_command()


def main() -> None:
    """Run `wenzheng` with the arguments of the process."""
    _find_packages()
    from api.cli import main as command

    command()


def _find_packages() -> None:
    """Have imports find the packages; in the repository they lie beside this one."""
    here = Path(__file__).parent
    if (here / "qa").is_dir():
        sys.path.insert(0, str(here))

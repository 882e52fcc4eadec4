"""What is written of documents is for the user who writes it: others may share the machine."""

import os
import stat
from pathlib import Path

import pytest
from fakes import FakeEmbedder

from qa.index.building import index_paths
from qa.index.keeping.library import add_paths

pytestmark = pytest.mark.skipif(os.name != "posix", reason="modes are POSIX's")


def test_nobody_else_can_read_an_index(tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        (tmp_path / "one.txt").write_text("试点共有十六项措施。\n", encoding="utf-8")
        (tmp_path / "two.html").write_text("<h1>办法</h1><p>每户补贴2000元。</p>", encoding="utf-8")
        index = tmp_path / "index"
        index_paths([tmp_path / "one.txt"], index, FakeEmbedder())
        add_paths([tmp_path / "two.html"], index, FakeEmbedder)
        assert os.umask(0o022) == 0o022  # and what else is written is as before
    finally:
        os.umask(before)
    for path in (index, *index.rglob("*")):
        mode = stat.S_IMODE(path.stat().st_mode)
        assert mode == (0o700 if path.is_dir() else 0o600), path

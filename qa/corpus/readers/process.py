"""Reads files in a process of its own, which can be killed, and has no more memory than it may.

A file that hangs, crashes or floods its reader is reported and never stops the others.
"""

import json
import os
import queue
import subprocess
import sys
import threading
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from qa.corpus.readers.extracted import (
    Extracted,
    Layout,
    Limits,
    Page,
    Progress,
    UnreadableError,
)

_FILES_EACH = 200
"""Files that one process reads, before a fresh one gives back what libraries have leaked."""

_MAX_LINE = 256 * 2**20
_ERRORS_KEPT = 4_096
_SHOWN = 200


@dataclass(frozen=True, slots=True)
class _Said:
    """A line that the process has said, with the bytes behind it."""

    message: dict[str, Any]
    blocks: tuple[bytes, ...] = ()


class ReaderProcess:
    """Reads one file after another; to be closed. Not for several threads at once.

    The process is started with the first file and, where one has ended it, with the next.
    """

    def __init__(self, limits: Limits | None = None) -> None:
        self._limits = limits or Limits()
        self._child: _Child | None = None
        self._left = 0

    def __enter__(self) -> "ReaderProcess":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the process."""
        if self._child:
            self._child.close()
        self._child = None

    def read(self, path: Path, progress: Progress | None = None) -> Extracted:
        """Read a file. Raises UnreadableError; what went wrong in another file has no effect."""
        found = self._ask({"path": _hex(path)}, progress)
        return _extracted(found)

    def render(self, path: Path, number: int, width: int) -> bytes:
        """Return a page, numbered from 0, as PNG of a width in pixels. Raises UnreadableError."""
        return self._ask({"path": _hex(path), "number": number, "width": width}, None).blocks[0]

    def _ask(self, request: dict[str, Any], progress: Progress | None) -> _Said:
        if self._child is None or self._left == 0:
            self.close()
            self._child, self._left = _Child(), _FILES_EACH
        self._left -= 1
        try:
            return self._answered(self._child, request, progress)
        except _EndedError:
            why = self._child.last_words()
            self.close()
            memory = self._limits.memory >> 20
            large = f"its reader has crashed: a damaged file, or one that needs over {memory} MiB"
            reason = (
                large
                if _is_of_memory(why)
                else f"a damaged file, at which its reader stopped ({why})"
            )
            raise UnreadableError(reason) from None

    def _answered(
        self, child: "_Child", request: dict[str, Any], progress: Progress | None
    ) -> _Said:
        child.ask(request | {"limits": asdict(self._limits)})
        deadline = time.monotonic() + self._limits.seconds
        while True:
            said = child.answer(deadline - time.monotonic())
            if said is None:
                self.close()
                seconds = round(self._limits.seconds)
                raise UnreadableError(f"reading it took longer than {seconds} seconds; split it")
            message = said.message
            if "done" in message:
                deadline = time.monotonic() + self._limits.page_seconds
                if progress:
                    progress(int(message["done"]), int(message["whole"]))
            elif "error" in message:
                raise UnreadableError(str(message["error"]))
            else:
                return said


class _EndedError(Exception):
    """The process has ended before it answered."""


class _Child:
    """The running process, with a thread for what it says and one for what it complains of."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "qa.corpus.readers"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        )
        self._said: queue.Queue[_Said | None] = queue.Queue()
        self._errors = b""
        self._threads = [
            threading.Thread(target=self._listen, daemon=True),
            threading.Thread(target=self._keep_errors, daemon=True),
        ]
        for thread in self._threads:
            thread.start()

    def ask(self, request: dict[str, Any]) -> None:
        """Send a request. Raises _EndedError."""
        if self._process.stdin:
            try:
                self._process.stdin.write(json.dumps(request).encode() + b"\n")
                self._process.stdin.flush()
            except OSError as error:
                raise _EndedError from error

    def answer(self, seconds: float) -> _Said | None:
        """What it says next, None where it says nothing for so long. Raises _EndedError."""
        try:
            said = self._said.get(timeout=max(0.0, seconds))
        except queue.Empty:
            return None
        if said is None:
            raise _EndedError
        return said

    def last_words(self) -> str:
        """The last line of its complaints: of a traceback, the error."""
        self._process.wait()
        self._threads[1].join()
        lines = self._errors.decode(errors="replace").split("\n")
        return next((line.strip() for line in reversed(lines) if line.strip()), "")[:_SHOWN]

    def close(self) -> None:
        self._process.kill()
        self._process.wait()
        for thread in self._threads:
            thread.join()
        for pipe in (self._process.stdin, self._process.stdout, self._process.stderr):
            if pipe:
                pipe.close()

    def _listen(self) -> None:
        pipe = self._process.stdout
        while pipe and (line := pipe.readline(_MAX_LINE)):
            try:
                message = json.loads(line)
            except ValueError:
                break
            blocks = tuple(pipe.read(size) for size in message.get("blocks", ()))
            self._said.put(_Said(message, blocks))
        self._said.put(None)

    def _keep_errors(self) -> None:
        pipe = self._process.stderr
        while pipe and (line := pipe.readline(_ERRORS_KEPT)):
            self._errors = (self._errors + line)[-_ERRORS_KEPT:]


def _hex(path: Path) -> str:
    """A path as it can be sent: its bytes need not be text."""
    return os.fsencode(path.resolve()).hex()


def _is_of_memory(why: str) -> bool:
    return not why or "MemoryError" in why or "bad_alloc" in why


def _extracted(said: _Said) -> Extracted:
    message, layout = said.message, None
    if message["pages"] is not None:
        layout = Layout(
            pages=tuple(Page(**page) for page in message["pages"]),
            page_of=np.frombuffer(said.blocks[0], dtype="<i4"),
            boxes=np.frombuffer(said.blocks[1], dtype="<f4").reshape(-1, 4),
        )
    return Extracted(message["text"], message["facts"], layout, message["warnings"])

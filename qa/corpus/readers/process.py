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
from typing import IO, Any

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
_STDERR_KEPT = 4_096


@dataclass(frozen=True, slots=True)
class _Said:
    """A line that the process has said, with the bytes behind it; None where it has ended."""

    message: dict[str, Any] | None
    page_of: bytes = b""
    boxes: bytes = b""


class ReaderProcess:
    """Reads one file after another; to be closed. Not for several threads at once."""

    def __init__(self, limits: Limits | None = None) -> None:
        self._limits = limits or Limits()
        self._process: subprocess.Popen[bytes] | None = None
        self._said: queue.Queue[_Said] = queue.Queue()
        self._threads: list[threading.Thread] = []
        self._errors = b""
        self._left = 0

    def __enter__(self) -> "ReaderProcess":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the process."""
        if self._process:
            self._process.kill()
            self._process.wait()
            for thread in self._threads:
                thread.join()
            for pipe in (self._process.stdin, self._process.stdout, self._process.stderr):
                if pipe:
                    pipe.close()
        self._process = None

    def read(self, path: Path, progress: Progress | None = None) -> Extracted:
        """Read a file. Raises UnreadableError; what went wrong in another file has no effect."""
        process = self._started()
        request = {"path": os.fsencode(path.resolve()).hex(), "limits": asdict(self._limits)}
        assert process.stdin is not None
        try:
            process.stdin.write(json.dumps(request).encode() + b"\n")
            process.stdin.flush()
        except OSError as error:
            self.close()
            raise UnreadableError(f"its reader cannot be started ({error})") from error
        deadline = time.monotonic() + self._limits.seconds
        while True:
            try:
                said = self._said.get(timeout=max(0.0, deadline - time.monotonic()))
            except queue.Empty:
                self.close()
                seconds = round(self._limits.seconds)
                raise UnreadableError(
                    f"reading it took longer than {seconds} seconds; split it"
                ) from None
            message = said.message
            if message is None:
                raise UnreadableError(self._why_it_ended())
            if "done" in message:
                deadline = time.monotonic() + self._limits.page_seconds
                if progress:
                    progress(int(message["done"]), int(message["whole"]))
            elif "error" in message:
                raise UnreadableError(str(message["error"]))
            else:
                return _extracted(message, said)

    def _started(self) -> subprocess.Popen[bytes]:
        if self._left == 0 or self._process is None or self._process.poll() is not None:
            self.close()
            self._left, self._errors, self._said = _FILES_EACH, b"", queue.Queue()
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", "qa.corpus.readers"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            )
            assert self._process.stdout is not None
            assert self._process.stderr is not None
            self._threads = [
                threading.Thread(target=self._listen, args=(self._process.stdout, self._said)),
                threading.Thread(target=self._keep_errors, args=(self._process.stderr,)),
            ]
            for thread in self._threads:
                thread.daemon = True
                thread.start()
        self._left -= 1
        return self._process

    def _listen(self, pipe: IO[bytes], said: "queue.Queue[_Said]") -> None:
        while line := pipe.readline(_MAX_LINE):
            try:
                message = json.loads(line)
            except ValueError:
                break
            count = message["characters"] if message.get("pages") else 0
            said.put(_Said(message, pipe.read(4 * count), pipe.read(16 * count)))
        said.put(_Said(None))

    def _keep_errors(self, pipe: IO[bytes]) -> None:
        while block := pipe.read1(_STDERR_KEPT):  # type: ignore[attr-defined]
            self._errors = (self._errors + block)[-_STDERR_KEPT:]

    def _why_it_ended(self) -> str:
        """The last line of a traceback, or that it was too much."""
        assert self._process is not None
        self._process.wait()
        self._threads[1].join()
        lines = self._errors.decode(errors="replace").split("\n")
        last = next((line.strip() for line in reversed(lines) if line.strip()), "")
        self.close()
        if "MemoryError" in last or "bad_alloc" in last or not last:
            memory = self._limits.memory >> 20
            return f"its reader has crashed: a damaged file, or one that needs over {memory} MiB"
        return f"a damaged file ({last[:200]})"


def _extracted(message: dict[str, Any], said: _Said) -> Extracted:
    layout = None
    if message["pages"] is not None:
        layout = Layout(
            pages=tuple(Page(**page) for page in message["pages"]),
            page_of=np.frombuffer(said.page_of, dtype="<i4"),
            boxes=np.frombuffer(said.boxes, dtype="<f4").reshape(-1, 4),
        )
    return Extracted(message["text"], message["facts"], layout, message["warnings"])

"""Files that come over HTTP: kept beside the index, then taken into the library by batches.

One thread writes, so that the event loop never waits for the library's lock, and questions go on.
"""

import asyncio
import hashlib
import logging
import secrets
import threading
import time
from collections import deque
from collections.abc import AsyncIterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from api.http.desk import Desk
from api.http.line import BusyError
from api.http.names import FileNameError, free_name, safe_name
from qa.corpus.files import MAX_BYTES
from qa.errors import WenzhengError
from qa.index.keeping.library import add_paths, list_documents, remove
from qa.index.keeping.reports import IndexReport

__all__ = ["Batch", "FileNameError", "LibraryKeeper", "TooLargeError", "Upload"]

UPLOADS = "uploads"
"""The folder in that of the index: one place to back up, and the one that a container may write."""

MAX_UNDER_WAY = 100
"""Files that wait or are read: what is dropped at once, and at most 6 GB of a disk."""

_BATCH = 16
"""Files that are taken in at once: the first can be asked about while the others are read."""

_REMEMBERED = 200
_BLOCK = 2**20
_WAITING = ".waiting"
_SECONDS_TO_SHOW = 10.0
"""How long a change may take to be asked about: the index is looked at every second."""

_FAILED = "The service failed; see its log."

_log = logging.getLogger("wenzheng.library")

State = Literal["waiting", "reading", "done", "failed"]


class TooLargeError(Exception):
    """A file has more bytes than are read."""


class _ClosingError(Exception):
    """Ends a batch: the service ends. The library stays as it was."""


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that was sent, by the name that it is kept under, and what has become of it."""

    id: str
    name: str
    state: State = "waiting"
    detail: str = ""
    document_id: str = ""


@dataclass(frozen=True, slots=True)
class Batch:
    """How far the files are that are being read: "reading", "scanning" or "embedding"."""

    stage: str
    done: int
    total: int


class LibraryKeeper:
    """Takes files into the library that a desk answers from, and documents out of it."""

    def __init__(self, desk: Desk, index_folder: Path) -> None:
        self._desk = desk
        self._index = index_folder
        self._folder = index_folder / UPLOADS
        self._lock = threading.Lock()
        self._uploads: dict[str, Upload] = {}
        self._waiting: deque[str] = deque()
        self._batch: Batch | None = None
        self._is_closing = False
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="library")

    def resume(self) -> None:
        """Take up the files that a service that was killed had not taken in."""
        for mark in sorted((self._folder / _WAITING).glob("*")):
            if (self._folder / mark.name).is_file():
                self._enqueue(Upload(secrets.token_hex(8), mark.name))
            else:
                mark.unlink(missing_ok=True)

    def uploads(self) -> tuple[Sequence[Upload], Batch | None]:
        """What was sent lately, in order, and how far the files are that are being read."""
        with self._lock:
            return tuple(self._uploads.values()), self._batch

    async def receive(self, name: str, pieces: AsyncIterator[bytes]) -> Upload:
        """Keep a file and put it into the line.

        Raises FileNameError, TooLargeError, BusyError where the line is full, and OSError.
        """
        name = safe_name(name)
        with self._lock:
            if len(self._waiting) >= MAX_UNDER_WAY:
                raise BusyError("Too many files wait to be read; send it again in a moment.")
        arriving = self._folder / f".{secrets.token_hex(8)}"
        try:
            digest = await self._write(arriving, pieces)
            return await asyncio.to_thread(self._accept, arriving, name, digest)
        finally:
            arriving.unlink(missing_ok=True)

    def removing(self, document_id: str) -> "Future[tuple[str, ...]]":
        """Have a document taken out; its names come when it no longer answers.

        A file that was sent here is deleted, any other stays. Raises DocumentNotFoundError.
        """
        return self._pool.submit(self._remove, document_id)

    def close(self) -> None:
        """End what is under way; files that wait are taken in by the next service."""
        self._is_closing = True
        self._pool.shutdown(cancel_futures=True)

    async def _write(self, path: Path, pieces: AsyncIterator[bytes]) -> str:
        digest, held, size = hashlib.sha256(), bytearray(), 0
        await asyncio.to_thread(path.parent.mkdir, parents=True, exist_ok=True)
        with await asyncio.to_thread(path.open, "wb") as file:

            def put() -> None:
                digest.update(held)
                file.write(held)
                held.clear()

            async for piece in pieces:
                size += len(piece)
                if size > MAX_BYTES:
                    raise TooLargeError
                held += piece
                if len(held) >= _BLOCK:
                    await asyncio.to_thread(put)
            await asyncio.to_thread(put)
        return digest.hexdigest()

    def _accept(self, arriving: Path, name: str, digest: str) -> Upload:
        with self._lock:
            name, is_there = free_name(self._folder, name, digest)
            upload = Upload(secrets.token_hex(8), name)
            if is_there and (known := self._document_at(self._folder / name)):
                upload = replace(upload, state="done", document_id=known)
                self._remember(upload)
                return upload
            (self._folder / _WAITING).mkdir(exist_ok=True)
            (self._folder / _WAITING / name).touch()
            arriving.replace(self._folder / name)
        self._enqueue(upload)
        return upload

    def _enqueue(self, upload: Upload) -> None:
        with self._lock:
            self._remember(upload)
            self._waiting.append(upload.id)
        self._pool.submit(self._take_in).add_done_callback(_told)

    def _remember(self, upload: Upload) -> None:
        self._uploads[upload.id] = upload
        ended = [one.id for one in self._uploads.values() if one.state in ("done", "failed")]
        for old in ended[: max(0, len(self._uploads) - _REMEMBERED)]:
            del self._uploads[old]

    def _take_in(self) -> None:
        """Read the files at the head of the line; called for each of them, so most find none."""
        with self._lock:
            count = min(_BATCH, len(self._waiting))
            batch = [self._uploads[self._waiting.popleft()] for _ in range(count)]
            for upload in batch:
                self._uploads[upload.id] = replace(upload, state="reading")
            self._batch = Batch("reading", 0, len(batch)) if batch else None
        if not batch:
            return
        paths = [self._folder / upload.name for upload in batch]
        try:
            embedder = self._desk.assistant.embedder
            report = add_paths(paths, self._index, lambda: embedder, progress=self._progress)
            self._conclude(batch, report)
        except _ClosingError:
            return
        except (WenzhengError, OSError) as error:
            for upload in batch:
                self._end(replace(upload, state="failed", detail=str(error)))
        finally:
            with self._lock:
                self._batch = None
                for upload in batch:
                    if self._uploads[upload.id].state == "reading" and not self._is_closing:
                        self._uploads[upload.id] = replace(upload, state="failed", detail=_FAILED)

    def _conclude(self, batch: Sequence[Upload], report: IndexReport) -> None:
        refused = {error.path: error.reason for error in report.skipped}
        warned = {error.path: error.reason for error in report.warnings}
        found = {entry.path: entry.id for entry in list_documents(self._index)}
        for upload in batch:
            path = (self._folder / upload.name).resolve()
            document_id = found.get(str(path), "")
            if document_id:
                self._until(document_id, is_there=True)
                detail = warned.get(path, "")
                self._end(replace(upload, state="done", detail=detail, document_id=document_id))
            else:
                path.unlink(missing_ok=True)
                reason = refused.get(path, "it holds no text")
                self._end(replace(upload, state="failed", detail=reason))

    def _end(self, upload: Upload) -> None:
        (self._folder / _WAITING / upload.name).unlink(missing_ok=True)
        with self._lock:
            self._uploads[upload.id] = upload

    def _progress(self, stage: str, done: int, total: int) -> None:
        if self._is_closing:
            raise _ClosingError
        self._batch = Batch(stage, done, total)

    def _remove(self, document_id: str) -> tuple[str, ...]:
        paths = [
            Path(entry.path)
            for entry in list_documents(self._index)
            if entry.id == document_id and entry.path
        ]
        names = remove([document_id], self._index)
        for path in paths:
            if path.parent == self._folder.resolve():
                path.unlink(missing_ok=True)
        self._until(document_id, is_there=False)
        return names

    def _document_at(self, path: Path) -> str:
        entries = list_documents(self._index)
        return next((one.id for one in entries if one.path == str(path.resolve())), "")

    def _until(self, document_id: str, *, is_there: bool) -> None:
        """Wait until the desk answers from a document, or no longer does."""
        deadline = time.monotonic() + _SECONDS_TO_SHOW
        while not self._is_closing and time.monotonic() < deadline:
            documents = self._desk.assistant.documents
            if any(document.id == document_id for document in documents) == is_there:
                return
            time.sleep(0.1)


def _told(done: "Future[None]") -> None:
    """Write to the log what nobody waits for."""
    if not done.cancelled() and (error := done.exception()):
        _log.error("files not taken in", exc_info=error)

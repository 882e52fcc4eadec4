"""The original of a document: the file as it was indexed, and its pages as pictures."""

import threading
from functools import lru_cache
from pathlib import Path
from typing import Annotated
from urllib.parse import quote

from fastapi import FastAPI, HTTPException, Query, Response
from fastapi import Path as InPath
from starlette.responses import FileResponse

from api.http.desk import Desk
from api.http.schemas import Failure
from qa.corpus.readers.extracted import UnreadableError
from qa.corpus.readers.process import ReaderProcess
from qa.types import Document

PAGE_WIDTH, MAX_WIDTH = 1_000, 2_000
"""Pixels: a page fills half a wide screen, and all of one with twice the resolution."""

_HELD = 24
"""Pictures of pages that are held: 100 to 300 KB each."""

_KEPT_SECONDS = 3_600  # a browser need not ask for a page again: an id never gets another text


class PagePictures:
    """Draws pages, one at a time, in a process that a hostile file can only end."""

    def __init__(self) -> None:
        self._process = ReaderProcess()
        self._lock = threading.Lock()
        self._draw = lru_cache(_HELD)(self._draw_anew)

    def picture(self, path: Path, number: int, width: int) -> bytes:
        """Return a page, numbered from 0, as PNG. Raises UnreadableError."""
        with self._lock:
            return self._draw(path, number, width)

    def close(self) -> None:
        """End the process."""
        with self._lock:
            self._process.close()

    def _draw_anew(self, path: Path, number: int, width: int) -> bytes:
        return self._process.render(path, number, width)


def add_original_routes(app: FastAPI, desk: Desk, pictures: PagePictures) -> None:
    """Add `/documents/{id}/original` and `/documents/{id}/pages/{n}.png`."""
    responses: dict[int | str, dict[str, object]] = {404: {"model": Failure}}

    @app.get(
        "/documents/{document_id}/original",
        response_class=FileResponse,
        responses={**responses, 200: {"content": {"application/octet-stream": {}}}},
    )
    def original(document_id: str) -> Response:
        """Return the file that a document was read from, to be saved."""
        document, path = _original(desk, document_id)
        name = quote(Path(document.source).name, safe="")
        return FileResponse(
            path,
            media_type=document.media_type,
            # Never shown in place: it may be a page with scripts of its own.
            headers={"Content-Disposition": f"attachment; filename*=UTF-8''{name}"},
        )

    @app.get(
        "/documents/{document_id}/pages/{number}.png",
        response_class=Response,
        responses={**responses, 200: {"content": {"image/png": {}}}},
    )
    def page(
        document_id: str,
        number: Annotated[int, InPath(ge=1, description="from 1")],
        width: Annotated[int, Query(ge=100, le=MAX_WIDTH, description="in pixels")] = PAGE_WIDTH,
    ) -> Response:
        """Return a page of the original as a picture."""
        document, path = _original(desk, document_id)
        if number > len(desk.assistant.pages(document)):
            raise HTTPException(404, "The document has no such page.")
        try:
            picture = pictures.picture(path, number - 1, width)
        except UnreadableError as error:
            raise HTTPException(404, f"This page cannot be shown: {error}") from error
        headers = {"Cache-Control": f"private, max-age={_KEPT_SECONDS}"}
        return Response(picture, media_type="image/png", headers=headers)


def _original(desk: Desk, document_id: str) -> tuple[Document, Path]:
    """The document of an id and its file. Raises HTTPException."""
    try:
        document = desk.assistant.document(document_id)
    except KeyError as error:
        raise HTTPException(404, "No document has this id; see GET /documents.") from error
    path = desk.assistant.original(document)
    if path is None:
        raise HTTPException(404, "The library keeps no original of this document.")
    return document, path

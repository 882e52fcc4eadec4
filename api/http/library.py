"""The library over HTTP: what it holds, the outline of a document, files to come, documents to go.

Who may write is settled when the service starts; a page of another origin never may.
"""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from typing import Annotated, Literal
from urllib.parse import urlsplit

from fastapi import FastAPI, HTTPException, Query, Request, Response
from pydantic import BaseModel, Field, TypeAdapter

from api.http.desk import Desk
from api.http.keeping import FileNameError, LibraryKeeper, TooLargeError, Upload
from api.http.listing import (
    MAX_QUERY_LENGTH,
    LibraryOut,
    ListingQuery,
    list_documents,
    look_through,
)
from api.http.schemas import DocumentSummary, Failure, InvalidRequest
from qa.corpus.edges import MARKDOWN
from qa.corpus.files import MAX_BYTES, SUFFIXES
from qa.corpus.structure import parse
from qa.errors import DocumentNotFoundError
from qa.types import Block, BlockKind

UPLOAD_PATH = "/documents"
IDLE_SECONDS = 30.0
"""How long a file that is being sent may bring nothing."""

_TOTAL = "X-Total-Count"
_OUTLINE = (BlockKind.TITLE, BlockKind.HEADING, BlockKind.ARTICLE)
_OUTLINE_LENGTH = 80
_MOST_IN_OUTLINE = 3_000
_NO_WRITING = (
    "This service takes no files. It does when started as `wenzheng serve` on this machine, "
    "with WENZHENG_TOKEN set, or with --uploads."
)
_TOO_LARGE = f"The file is over {MAX_BYTES // 2**20} MiB."


class OutlineItem(BaseModel):
    """A title, heading or article; `text[start_char:end_char]` of the document."""

    kind: Literal["title", "heading", "article"]
    depth: Annotated[int, Field(description="from 0; headings above it")]
    text: Annotated[str, Field(description="its words, the first of a long article")]
    start_char: int
    end_char: int


class UploadOut(BaseModel):
    """A file that was sent and what has become of it; `detail` says what failed or was lost."""

    id: str
    name: str
    state: Literal["waiting", "reading", "done", "failed"]
    detail: str
    document_id: Annotated[str, Field(description="once it is `done`")]


class BatchOut(BaseModel):
    """How far the files are that are being read."""

    stage: Annotated[str, Field(description="reading, scanning (pictures) or embedding")]
    done: int
    total: int


class LibraryState(BaseModel):
    """What may be sent, and what is becoming of what was."""

    writable: bool
    max_bytes: int
    formats: list[str]
    batch: BatchOut | None
    uploads: list[UploadOut]


class Removed(BaseModel):
    """The names of documents that no longer answer."""

    removed: list[str]


def add_library_routes(app: FastAPI, desk: Desk, keeper: LibraryKeeper | None) -> None:
    """Add the routes; without a keeper nothing can be sent or removed."""
    _add_reading(app, desk, keeper)
    _add_outline(app, desk)
    _add_writing(app, keeper)


def _add_reading(app: FastAPI, desk: Desk, keeper: LibraryKeeper | None) -> None:
    summaries = TypeAdapter(list[DocumentSummary])
    unchanged: dict[int | str, dict[str, object]] = {304: {"description": "As the ETag says"}}

    # A plain `def` runs in a worker thread, so a large corpus does not hold up other requests.
    @app.get("/documents", response_model=list[DocumentSummary], responses=unchanged)
    def documents(request: Request, query: Annotated[ListingQuery, Query()]) -> Response:
        """List the documents that answers come from; `X-Total-Count` says how many fit."""
        listed, total = list_documents(desk.assistant, query)
        return _tagged(request, summaries.dump_json(listed), {_TOTAL: str(total)})

    @app.get("/library", response_model=LibraryOut, responses=unchanged)
    def library(request: Request, query: Annotated[ListingQuery, Query()]) -> Response:
        """Look through the documents, the latest first, with what they can be narrowed to."""
        return _tagged(request, look_through(desk.assistant, query).model_dump_json().encode(), {})

    @app.get("/library/state")
    async def state() -> LibraryState:
        """Say whether files may be sent, and how far those are that were."""
        uploads, batch = keeper.uploads() if keeper else ((), None)
        return LibraryState(
            writable=keeper is not None,
            max_bytes=MAX_BYTES,
            formats=list(SUFFIXES),
            batch=BatchOut(stage=batch.stage, done=batch.done, total=batch.total)
            if batch
            else None,
            uploads=[_upload(upload) for upload in uploads],
        )


def _add_outline(app: FastAPI, desk: Desk) -> None:
    @app.get("/documents/{document_id}/outline", responses={404: {"model": Failure}})
    def outline(document_id: str) -> list[OutlineItem]:
        """Return the title, headings and articles of a document, in order."""
        try:
            document = desk.assistant.document(document_id)
        except KeyError as error:
            raise HTTPException(404, "No document has this id; see GET /documents.") from error
        blocks = parse(document.text, wrapped=document.is_wrapped)
        listed = [block for block in blocks if block.kind in _OUTLINE]
        return [_item(block, _depth(block, blocks)) for block in listed[:_MOST_IN_OUTLINE]]


def _add_writing(app: FastAPI, keeper: LibraryKeeper | None) -> None:
    refused: dict[int | str, dict[str, object]] = {
        403: {"model": Failure, "description": "The service, or this origin, may not write"}
    }
    busy: dict[int | str, dict[str, object]] = {
        status: {"model": Failure} for status in (429, 503, 507)
    }
    file_body = {
        "requestBody": {
            "required": True,
            "content": {
                "application/octet-stream": {"schema": {"type": "string", "format": "binary"}}
            },
        }
    }

    @app.post(
        UPLOAD_PATH,
        status_code=202,
        responses={**refused, **busy, 415: {"model": Failure}, 422: {"model": InvalidRequest}},
        openapi_extra=file_body,
    )
    async def upload(
        request: Request,
        name: Annotated[str, Query(min_length=1, max_length=MAX_QUERY_LENGTH * 5)],
    ) -> UploadOut:
        """Take a file, sent as it is, into the library; GET /library/state says how far it is."""
        writer = _writer(request, keeper)
        declared = request.headers.get("content-length", "")
        if declared.isdigit() and int(declared[:20]) > MAX_BYTES:
            raise HTTPException(413, _TOO_LARGE, {"Connection": "close"})
        try:
            return _upload(await writer.receive(name, _pieces(request)))
        except FileNameError as error:
            raise HTTPException(415, str(error)) from error
        except TooLargeError as error:
            raise HTTPException(413, _TOO_LARGE, {"Connection": "close"}) from error
        except TimeoutError as error:
            detail = f"Nothing of the file came for {IDLE_SECONDS:g} seconds."
            raise HTTPException(408, detail, {"Connection": "close"}) from error
        except OSError as error:
            reason = error.strerror or str(error)
            raise HTTPException(507, f"The file cannot be kept: {reason}") from error

    @app.delete("/documents/{document_id}", responses={**refused, 404: {"model": Failure}})
    async def remove(request: Request, document_id: str) -> Removed:
        """Take a document out of the library; a file that was not sent here stays where it is."""
        writer = _writer(request, keeper)
        try:
            names = await asyncio.wrap_future(writer.removing(document_id))
        except DocumentNotFoundError as error:
            raise HTTPException(404, "No document has this id; see GET /documents.") from error
        return Removed(removed=list(names))


def _writer(request: Request, keeper: LibraryKeeper | None) -> LibraryKeeper:
    """The keeper. Raises HTTPException where this service or this page may not write."""
    origin = request.headers.get("origin")
    # Any page can send a file to this machine's services; browsers say which one it was.
    if origin is not None and urlsplit(origin).netloc != request.headers.get("host"):
        raise HTTPException(403, "A page of another origin may not change the library.")
    if keeper is None:
        raise HTTPException(403, _NO_WRITING)
    return keeper


async def _pieces(request: Request) -> AsyncIterator[bytes]:
    """The body as it comes. Raises TimeoutError and ClientDisconnect."""
    stream = request.stream()
    while True:
        try:
            async with asyncio.timeout(IDLE_SECONDS):
                piece = await anext(stream)
        except StopAsyncIteration:
            return
        yield piece


def _tagged(request: Request, body: bytes, headers: dict[str, str]) -> Response:
    """JSON with an ETag, or the word that the client has it already."""
    tag = f'"{hashlib.sha256(body).hexdigest()[:24]}"'
    headers = {**headers, "ETag": tag}
    known = request.headers.get("if-none-match", "")
    if tag in (one.strip().removeprefix("W/") for one in known.split(",")):
        return Response(status_code=304, headers=headers)
    return Response(body, media_type="application/json", headers=headers)


def _upload(upload: Upload) -> UploadOut:
    return UploadOut(
        id=upload.id,
        name=upload.name,
        state=upload.state,
        detail=upload.detail,
        document_id=upload.document_id,
    )


def _depth(block: Block, blocks: list[Block]) -> int:
    depth, parent = 0, block.parent
    while parent >= 0:
        depth, parent = depth + 1, blocks[parent].parent
    return depth


def _item(block: Block, depth: int) -> OutlineItem:
    words = MARKDOWN.sub("", block.text, count=1)
    shown = f"{words[:_OUTLINE_LENGTH].rstrip()}…" if len(words) > _OUTLINE_LENGTH else words
    kind: Literal["title", "heading", "article"] = "heading"
    if block.kind is not BlockKind.HEADING:
        kind = "title" if block.kind is BlockKind.TITLE else "article"
    return OutlineItem(
        kind=kind, depth=depth, text=shown, start_char=block.start, end_char=block.end
    )

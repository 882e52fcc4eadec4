"""The HTTP service: `POST /chat`, `GET /documents`, `GET /documents/{id}`, `GET /health`."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

from fastapi import FastAPI, HTTPException, Request
from fastapi.responses import FileResponse, StreamingResponse
from fastapi.staticfiles import StaticFiles

from api import program_version
from api.limits import MAX_BODY_BYTES, BodyLimit
from api.refusals import add_error_handlers, question_error
from api.schemas import (
    AnswerOut,
    ChatRequest,
    DocumentOut,
    DocumentSummary,
    Failure,
    Health,
    InvalidRequest,
    answer_json,
    document_json,
    document_summary,
)
from qa.assistant import Assistant
from qa.errors import InvalidQuestionError

_PAGE = Path(__file__).parent / "page"
_PAGE_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
    "connect-src 'self'; img-src 'self' data:; manifest-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'",
    "Vary": "Accept",  # /documents/{id} is the page or JSON
}


def create_app(assistant: Assistant) -> FastAPI:
    """Return the service that answers with this assistant."""
    app = FastAPI(
        title="Wenzheng 问政",
        version=program_version(),
        summary="Answers policy questions from documents, with exact citations",
        # Their pages load scripts from the internet, which an offline machine cannot.
        docs_url=None,
        redoc_url=None,
    )
    app.add_middleware(BodyLimit, max_bytes=MAX_BODY_BYTES)
    add_error_handlers(app)
    _add_chat(app, assistant)
    _add_documents(app, assistant)
    _add_page(app)
    return app


def _add_page(app: FastAPI) -> None:
    app.mount("/page", StaticFiles(directory=_PAGE))

    @app.get("/", include_in_schema=False)
    async def page() -> FileResponse:
        return FileResponse(_PAGE / "index.html", headers=_PAGE_HEADERS)


def _add_chat(app: FastAPI, assistant: Assistant) -> None:
    # A plain `def` runs in a worker thread, so encoding never blocks other requests.
    @app.post(
        "/chat",
        response_model=AnswerOut,
        responses={413: {"model": Failure}, 422: {"model": InvalidRequest}},
    )
    def chat(request: ChatRequest) -> AnswerOut | StreamingResponse:
        """Answer the last user message from the documents, with citations."""
        try:
            answer = assistant.ask(request.turns(), top_k=request.top_k)
        except InvalidQuestionError as error:
            raise HTTPException(422, [question_error(request, error).model_dump()]) from error
        answer_out = answer_json(answer, assistant.document)
        if request.stream:
            return StreamingResponse(_events(answer_out), media_type="text/event-stream")
        return answer_out


def _events(answer: AnswerOut) -> Iterator[str]:
    whole = answer.model_dump(mode="json")
    yield _event("status", {"stage": "searching"})
    yield _event("passages", {"passages": whole["passages"]})
    citations = {f"[{citation['index']}]": citation for citation in whole["citations"]}
    for text in re.findall(r".*?\[\d+\](?: |$)|.+$", answer.answer, re.DOTALL):
        if citation := citations.get(text.split()[-1]):
            yield _event("citation", citation)
        yield _event("delta", {"text": text})
    yield _event("done", whole)


def _event(name: str, data: object) -> str:
    return f"event: {name}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n"


def _add_documents(app: FastAPI, assistant: Assistant) -> None:
    summaries = [document_summary(document) for document in assistant.documents]

    @app.get("/documents")
    async def documents() -> list[DocumentSummary]:
        """List the documents that answers come from."""
        return summaries

    @app.get(
        "/documents/{document_id}", response_model=DocumentOut, responses={404: {"model": Failure}}
    )
    def document(document_id: str, request: Request) -> DocumentOut | FileResponse:
        """Return a document with its text, to which citations' offsets refer."""
        if "text/html" in request.headers.get("accept", ""):
            return FileResponse(_PAGE / "index.html", headers=_PAGE_HEADERS)
        try:
            renderings = assistant.renderings(document_id)
            return document_json(assistant.document(document_id), renderings)
        except KeyError as error:
            raise HTTPException(404, "No document has this id; see GET /documents.") from error

    @app.get("/health")
    async def health() -> Health:
        """Say that the service is up and its documents are loaded."""
        return Health(version=app.version, documents=len(summaries))

"""The HTTP service: `POST /chat`, the documents, the chat page, and what its keepers ask."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import FastAPI, HTTPException, Request, Response
from starlette.responses import FileResponse, PlainTextResponse
from starlette.staticfiles import StaticFiles

from api import program_version
from api.http.bodies import Bodies, tagged
from api.http.desk import Asking, Desk, Index, attended
from api.http.keeping import LibraryKeeper
from api.http.library import add_library_routes
from api.http.observing import METRICS_TYPE, Metrics
from api.http.openai_chat import add_openai_routes
from api.http.openai_responses import add_response_routes
from api.http.originals import PagePictures, add_original_routes
from api.http.refusals import add_error_handlers, filter_error, question_error, unprocessable
from api.http.schemas import (
    AnswerOut,
    ChatRequest,
    DocumentOut,
    Failure,
    Health,
    InvalidRequest,
    Readiness,
    answer_json,
    document_json,
)
from api.http.service import SECURITY_HEADERS, ServiceSettings, open_desk, protect, readiness_of
from api.http.streaming import STREAM_DOC, Responses, stream_chat
from qa.assistant import Assistant
from qa.errors import InvalidQuestionError, NothingMatchesError
from qa.questions.checking import check_question
from qa.types import Answer, Document

PAGE = Path(__file__).parents[1] / "page"

_ANY_ROUTE = (400, 401, 408, 413, 500)


def create_app(
    assistant: Assistant,
    settings: ServiceSettings | None = None,
    *,
    index: Index | None = None,
    page: Path = PAGE,
) -> FastAPI:
    """Return the service that answers with this assistant.

    Where `index` says what it was read from, a new snapshot is taken up while requests go on.
    """
    settings = settings or ServiceSettings()
    metrics = Metrics()
    desk, pictures = open_desk(assistant, settings, metrics), PagePictures()
    keeper = LibraryKeeper(desk, index.folder) if index and settings.uploads else None
    app = FastAPI(
        title="Wenzheng 问政",
        version=program_version(),
        summary="Answers policy questions from documents, with exact citations",
        # Their pages load scripts from the internet, which an offline machine cannot.
        docs_url=None,
        redoc_url=None,
        lifespan=lambda _: _lifespan(desk, index, pictures, keeper),
        responses={status: {"model": Failure} for status in _ANY_ROUTE},
    )
    protect(app, settings, desk, metrics)
    add_error_handlers(app, headers=SECURITY_HEADERS)
    _add_chat(app, desk)
    add_openai_routes(app, desk)
    add_response_routes(app, desk)
    add_library_routes(app, desk, keeper)
    _add_documents(app, desk, page / "index.html")
    add_original_routes(app, desk, pictures)
    _add_keeping(app, desk, metrics)
    app.mount("/page", StaticFiles(directory=page, check_dir=False))
    return app


@asynccontextmanager
async def _lifespan(
    desk: Desk, index: Index | None, pictures: PagePictures, keeper: LibraryKeeper | None
) -> AsyncIterator[None]:
    async with attended(desk, index):
        if keeper:
            await asyncio.to_thread(keeper.resume)
        yield
        if keeper:
            await asyncio.to_thread(keeper.close)
    await asyncio.to_thread(pictures.close)


def _add_chat(app: FastAPI, desk: Desk) -> None:
    responses: Responses = {status: {"model": Failure} for status in (429, 503)}
    responses |= {200: STREAM_DOC, 422: {"model": InvalidRequest}}

    @app.post("/chat", response_model=AnswerOut, responses=responses)
    async def chat(request: Request, asked: ChatRequest) -> Response:
        """Answer the last user message from the documents, with citations."""
        asking = Asking(asked.turns(), asked.top_k, asked.within())
        try:
            check_question(asked.question())
            if asked.stream:
                return await stream_chat(desk, asking, request.receive)
            job = desk.submit(asking, _answer_body)
            return Response(await job.result_for(request.receive), media_type="application/json")
        except InvalidQuestionError as error:
            return unprocessable([question_error(asked, error)])
        except NothingMatchesError as error:
            return unprocessable([filter_error(error)])


def _answer_body(answer: Answer, assistant: Assistant) -> bytes:
    return answer_json(answer, assistant.document).model_dump_json().encode()


def _add_documents(app: FastAPI, desk: Desk, page: Path) -> None:
    not_found = {"model": Failure, "content": {"text/html": {}}}
    bodies = Bodies()

    @app.get("/", include_in_schema=False)
    @app.get("/conversations/{_id}", include_in_schema=False)
    async def chat_page() -> FileResponse:
        return FileResponse(page)

    # A plain `def` runs in a worker thread, so a large corpus does not hold up other requests.
    @app.get(
        "/documents/{document_id}",
        response_model=DocumentOut,
        responses={
            200: {"content": {"text/html": {}}},
            304: {"description": "As the ETag says"},
            404: not_found,
        },
    )
    def document(document_id: str, request: Request) -> Response:
        """Return a document with its text, to which offsets refer; to a browser, its page."""
        for_browser = "text/html" in request.headers.get("accept", "")
        try:
            assistant = desk.assistant
            found = assistant.document(document_id)
        except KeyError as error:
            if not for_browser:
                raise HTTPException(404, "No document has this id; see GET /documents.") from error
            return FileResponse(page, 404, headers={"Vary": "Accept"})
        if for_browser:
            return FileResponse(page, headers={"Vary": "Accept"})
        body = bodies.get(found.id, assistant, lambda: _document_body(found, assistant))
        return tagged(request, body, {"Vary": "Accept"})


def _document_body(document: Document, assistant: Assistant) -> bytes:
    standing = assistant.standings[document.id]
    renderings, pages = assistant.renderings(document.id), assistant.pages(document)
    has_original = assistant.original(document) is not None
    shown = document_json(document, standing, renderings, pages, has_original=has_original)
    return shown.model_dump_json().encode()


def _add_keeping(app: FastAPI, desk: Desk, metrics: Metrics) -> None:
    @app.get("/health")
    async def health() -> Health:
        """Say that the service is up and its documents are loaded."""
        return Health(version=app.version, documents=len(desk.assistant.documents))

    @app.get("/ready", responses={503: {"model": Readiness}})
    async def ready(response: Response) -> Readiness:
        """Say whether the next question would be taken."""
        readiness, response.status_code = readiness_of(desk)
        return readiness

    @app.get("/metrics", response_class=PlainTextResponse)
    def read_metrics() -> Response:
        """Return figures as Prometheus reads them."""
        return Response(metrics.text(), media_type=METRICS_TYPE)

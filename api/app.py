"""The HTTP service: `POST /chat`, `GET /documents`, `GET /documents/{id}`, `GET /health`."""

from fastapi import FastAPI, HTTPException

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
    return app


def _add_chat(app: FastAPI, assistant: Assistant) -> None:
    # A plain `def` runs in a worker thread, so encoding never blocks other requests.
    @app.post("/chat", responses={413: {"model": Failure}, 422: {"model": InvalidRequest}})
    def chat(request: ChatRequest) -> AnswerOut:
        """Answer the last user message from the documents, with citations."""
        try:
            answer = assistant.ask(request.turns(), top_k=request.top_k)
        except InvalidQuestionError as error:
            raise HTTPException(422, [question_error(request, error).model_dump()]) from error
        return answer_json(answer, assistant.document)


def _add_documents(app: FastAPI, assistant: Assistant) -> None:
    summaries = [document_summary(document) for document in assistant.documents]

    @app.get("/documents")
    async def documents() -> list[DocumentSummary]:
        """List the documents that answers come from."""
        return summaries

    @app.get("/documents/{document_id}", responses={404: {"model": Failure}})
    async def document(document_id: str) -> DocumentOut:
        """Return a document with its text, to which citations' offsets refer."""
        try:
            return document_json(assistant.document(document_id))
        except KeyError as error:
            raise HTTPException(404, "No document has this id; see GET /documents.") from error

    @app.get("/health")
    async def health() -> Health:
        """Say that the service is up and its documents are loaded."""
        return Health(version=app.version, documents=len(summaries))

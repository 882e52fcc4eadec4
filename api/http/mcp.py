"""The Model Context Protocol: tools to ask, search and list, the documents as resources.

Needs the extra `mcp`.
"""

from collections.abc import Callable, Sequence
from typing import Annotated, Literal, TypeVar

from mcp.server import MCPServer
from mcp.server.mcpserver.exceptions import ResourceNotFoundError, ToolError
from mcp_types import Resource, ToolAnnotations
from pydantic import BaseModel, ConfigDict, Field
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from api import DEFAULT_TOP_K, MAX_TOP_K, program_version
from api.filtering import make_filter
from api.http.desk import Asking, Desk, Index, Job, attended
from api.http.filter_schema import CurrentOnly, Documents, Publishers, Since, Until
from api.http.limits import MAX_BODY_BYTES
from api.http.line import BusyError
from api.http.listing import MAX_QUERY_LENGTH, ListingQuery, look_through
from api.http.observing import METRICS_TYPE, Metrics
from api.http.schemas import (
    MAX_MESSAGES,
    AnswerOut,
    DocumentSummary,
    Health,
    PassageOut,
    answer_json,
    passages_json,
)
from api.http.service import ServiceSettings, open_desk, protect, readiness_of
from api.http.texts import UnicodeText
from qa.assistant import Assistant
from qa.errors import InvalidQuestionError, NothingMatchesError
from qa.questions.checking import MAX_QUESTION_LENGTH
from qa.types import Language, Message

MAX_LISTED = 1000
"""Documents listed as resources; any other can be read by its id, as citations give it."""

_INSTRUCTIONS = (
    "Answers questions about policy documents in Simplified Chinese, Traditional Chinese or "
    "English. `short_answer` are the words that decide; `answer` begins with them and goes on in "
    "sentences of the documents, each with the place where it stands. The status no_answer means "
    "that the documents do not say; do not fill that in. A question is read by itself, so name its "
    "subject, or give the turns before as `history`."
)

T = TypeVar("T")

Question = Annotated[
    str, Field(min_length=1, max_length=MAX_QUESTION_LENGTH, description="In Chinese or English")
]
Words = Annotated[
    str,
    Field(max_length=MAX_QUERY_LENGTH, description="that title, number, publisher or name hold"),
]
Languages = Annotated[list[Language], Field(max_length=len(Language))]
TopK = Annotated[int, Field(ge=1, le=MAX_TOP_K, description="How many passages to find")]


class Turn(BaseModel):
    """One turn of the conversation before."""

    model_config = ConfigDict(strict=True)

    role: Literal["user", "assistant"]
    content: UnicodeText


History = Annotated[
    Sequence[Turn],
    Field(max_length=MAX_MESSAGES, description="The turns before, which a follow-up refers to"),
]


class DocumentsOut(BaseModel):
    """A part of the documents that fit."""

    total: Annotated[int, Field(description="how many fit")]
    documents: list[DocumentSummary]


class DocumentServer(MCPServer[None]):
    """Lists the documents of the moment: a new index brings others."""

    def __init__(self, desk: Desk, index: Index | None) -> None:
        super().__init__(
            "wenzheng",
            title="Wenzheng 问政",
            instructions=_INSTRUCTIONS,
            version=program_version(),
            log_level="WARNING",
            lifespan=lambda _: attended(desk, index),
        )
        self._desk = desk

    async def list_resources(self) -> list[Resource]:
        """Return the documents as resources."""
        return [
            Resource(
                uri=f"wenzheng://documents/{document.id}",
                name=document.source,
                title=document.title or document.source,
                description=" · ".join(filter(None, [document.publisher, document.date])) or None,
                mime_type="text/plain",
            )
            for document in self._desk.assistant.documents[:MAX_LISTED]
        ]


def create_mcp(desk: Desk, index: Index | None = None) -> DocumentServer:
    """Return the server that answers at this desk, and takes up new snapshots of its index."""
    server = DocumentServer(desk, index)
    read_only = ToolAnnotations(read_only_hint=True, open_world_hint=False)

    @server.tool(title="Ask the documents", annotations=read_only)
    async def ask(  # noqa: PLR0913 (each is an argument of the tool)
        *,
        question: Question,
        history: History = (),
        top_k: TopK = DEFAULT_TOP_K,
        documents: Documents | None = None,
        publishers: Publishers | None = None,
        since: Since = "",
        until: Until = "",
        languages: Languages | None = None,
        current_only: CurrentOnly = False,
    ) -> AnswerOut:
        """Answer a question from the policy documents: what decides it, then cited sentences."""
        within = make_filter(
            documents=documents,
            publishers=publishers,
            since=since,
            until=until,
            languages=languages,
            current_only=current_only,
        )
        turns = [Message(turn.role, turn.content) for turn in history]
        asking = Asking([*turns, Message("user", question)], top_k, within)
        return await _told(
            lambda: desk.submit(asking, lambda answer, by: answer_json(answer, by.document))
        )

    @server.tool(title="Search the documents", annotations=read_only)
    async def search_passages(  # noqa: PLR0913 (each is an argument of the tool)
        *,
        query: Question,
        top_k: TopK = DEFAULT_TOP_K,
        documents: Documents | None = None,
        publishers: Publishers | None = None,
        since: Since = "",
        until: Until = "",
        languages: Languages | None = None,
        current_only: CurrentOnly = False,
    ) -> list[PassageOut]:
        """Find the passages of the policy documents that are closest to a query, best first."""
        within = make_filter(
            documents=documents,
            publishers=publishers,
            since=since,
            until=until,
            languages=languages,
            current_only=current_only,
        )

        def search(by: Assistant) -> list[PassageOut]:
            hits = by.search(query, top_k=top_k, within=within)
            return passages_json(hits, by.document)

        return await _told(lambda: desk.look_up(search))

    @server.tool(title="List the documents", annotations=read_only)
    async def list_documents(
        *,
        words: Words = "",
        languages: Languages | None = None,
        current_only: CurrentOnly = False,
        limit: Annotated[int, Field(ge=1, le=MAX_LISTED)] = 50,
        offset: Annotated[int, Field(ge=0, le=10_000_000)] = 0,
    ) -> DocumentsOut:
        """List the policy documents, the latest first: title, issuer, number, dates, validity."""
        query = ListingQuery(
            q=words, language=languages or [], current=current_only, limit=limit, offset=offset
        )
        found = await _told(lambda: desk.look_up(lambda by: look_through(by, query)))
        return DocumentsOut(total=found.total, documents=found.documents)

    @server.resource("wenzheng://documents/{document_id}", title="Document", mime_type="text/plain")
    def document(document_id: str) -> str:
        """Return the text of a document, to which the offsets of citations refer."""
        try:
            return desk.assistant.document(document_id).text
        except KeyError as error:
            raise ResourceNotFoundError("No document has this id; list the resources.") from error

    return server


def run_stdio(assistant: Assistant, index: Index | None) -> None:
    """Serve whoever started this process, over its standard streams, until these close."""
    create_mcp(Desk(assistant), index).run("stdio")


def create_mcp_app(
    assistant: Assistant, settings: ServiceSettings, *, host: str, index: Index | None
) -> Starlette:
    """Return the HTTP service (streamable HTTP at /mcp), guarded as the other one is."""
    metrics = Metrics()
    desk = open_desk(assistant, settings, metrics)
    app = create_mcp(desk, index).streamable_http_app(
        # Nothing is kept between requests, so any of them may meet a restarted server.
        stateless_http=True,
        json_response=True,
        host=host,
        max_request_body_size=MAX_BODY_BYTES,
    )
    app.routes.extend(_watching(desk, metrics))
    protect(app, settings, desk, metrics)
    return app


def _watching(desk: Desk, metrics: Metrics) -> list[Route]:
    """What keepers ask, as at the other service."""

    async def health(_request: Request) -> JSONResponse:
        documents = len(desk.assistant.documents)
        return JSONResponse(Health(version=program_version(), documents=documents).model_dump())

    async def ready(_request: Request) -> JSONResponse:
        readiness, status = readiness_of(desk)
        return JSONResponse(readiness.model_dump(), status)

    async def figures(_request: Request) -> Response:
        return Response(metrics.text(), media_type=METRICS_TYPE)

    return [Route("/health", health), Route("/ready", ready), Route("/metrics", figures)]


async def _told(begin: Callable[[], Job[T]]) -> T:
    """The result of a job. Raises ToolError, which says to the client what is wrong."""
    try:
        return await begin().result()
    except (BusyError, InvalidQuestionError, NothingMatchesError) as error:
        raise ToolError(str(error)) from error

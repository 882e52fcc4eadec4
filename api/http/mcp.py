"""The Model Context Protocol: tools `ask` and `search_passages`, the documents as resources.

Needs the extra `mcp`.
"""

from collections.abc import Callable
from typing import Annotated, TypeVar

from mcp.server import MCPServer
from mcp.server.mcpserver.exceptions import ResourceNotFoundError, ToolError
from mcp_types import Resource, ToolAnnotations
from pydantic import Field
from starlette.applications import Starlette

from api import DEFAULT_TOP_K, MAX_TOP_K, program_version
from api.filtering import make_filter
from api.http.desk import Asking, BusyError, Desk, Index, attended
from api.http.filter_schema import CurrentOnly, Documents, Publishers, Since, Until
from api.http.limits import MAX_BODY_BYTES
from api.http.observing import Metrics
from api.http.schemas import AnswerOut, PassageOut, answer_json, passages_json
from api.http.service import ServiceSettings, open_desk, protect
from qa.assistant import Assistant
from qa.errors import InvalidQuestionError, NothingMatchesError
from qa.questions.checking import MAX_QUESTION_LENGTH
from qa.types import Answer, Filter, Message

MAX_LISTED = 1000
"""Documents listed as resources; any other can be read by its id, as citations give it."""

_INSTRUCTIONS = (
    "Answers questions about policy documents in Simplified Chinese, Traditional Chinese or "
    "English. `short_answer` are the words that decide; `answer` begins with them and goes on in "
    "sentences of the documents, each with the place where it stands. The status no_answer means "
    "that the documents do not say; do not fill that in. Every question is read by itself, so name "
    "its subject."
)

T = TypeVar("T")

Question = Annotated[
    str, Field(min_length=1, max_length=MAX_QUESTION_LENGTH, description="In Chinese or English")
]
TopK = Annotated[int, Field(ge=1, le=MAX_TOP_K, description="How many passages to find")]


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
    async def ask(
        question: Question,
        top_k: TopK = DEFAULT_TOP_K,
        documents: Documents | None = None,
        publishers: Publishers | None = None,
        since: Since = "",
        until: Until = "",
        current_only: CurrentOnly = False,
    ) -> AnswerOut:
        """Answer a question from the policy documents: what decides it, then cited sentences."""
        within = make_filter(
            documents=documents,
            publishers=publishers,
            since=since,
            until=until,
            current_only=current_only,
        )
        asking = _asking(question, top_k, within)
        return await _at(desk, asking, lambda a, by: answer_json(a, by.document))

    @server.tool(title="Search the documents", annotations=read_only)
    async def search_passages(query: Question, top_k: TopK = DEFAULT_TOP_K) -> list[PassageOut]:
        """Find the passages of the policy documents that are closest to a query, best first."""
        asking = _asking(query, top_k)
        return await _at(desk, asking, lambda a, by: passages_json(a.hits, by.document))

    @server.resource("wenzheng://documents/{document_id}", title="Document", mime_type="text/plain")
    def document(document_id: str) -> str:
        """Return the text of a document, to which the offsets of citations refer."""
        try:
            return desk.assistant.document(document_id).text
        except KeyError as error:
            raise ResourceNotFoundError("No document has this id; list the resources.") from error

    return server


def run_stdio(assistant: Assistant, index: Index) -> None:
    """Serve whoever started this process, over its standard streams, until these close."""
    create_mcp(Desk(assistant), index).run("stdio")


def create_mcp_app(
    assistant: Assistant, settings: ServiceSettings, *, host: str, index: Index
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
    protect(app, settings, desk, metrics)
    return app


def _asking(question: str, top_k: int, within: Filter | None = None) -> Asking:
    return Asking([Message("user", question)], top_k, within)


async def _at(desk: Desk, asking: Asking, show: Callable[[Answer, Assistant], T]) -> T:
    try:
        return await desk.submit(asking, show).result()
    except (BusyError, InvalidQuestionError, NothingMatchesError) as error:
        raise ToolError(str(error)) from error

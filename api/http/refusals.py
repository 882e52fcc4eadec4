"""How a request is refused: JSON with a `detail`, which never echoes what was sent.

Under /v1 the same reasons come in the shape that OpenAI's clients read.
"""

import logging
from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import JSONResponse, Response
from starlette.routing import Match, Route
from starlette.types import Scope

from api.http.line import TOO_BUSY, BusyError
from api.http.observing import REQUEST_ID
from api.http.schemas import ChatRequest, ErrorItem, Failure, InvalidRequest
from qa.errors import EngineUnavailableError, InvalidQuestionError, NothingMatchesError

_RETRY_SECONDS = 1
_CLIENT_CLOSED_REQUEST = 499  # nobody reads it; logs and figures show it (as nginx has it)
_FAILED = "The service failed; see its log."
_NO_LIBRARY = "The library cannot be reached; ask again in a while."

_log = logging.getLogger("wenzheng.refusals")


class OpenAIFailure(BaseModel):
    """What is wrong, as OpenAI says it."""

    message: str
    type: str
    param: str | None = None
    code: str | None = None


class OpenAIError(BaseModel):
    """Why a request under /v1 is refused."""

    error: OpenAIFailure


def refusal(
    path: str, status: int, detail: str, *, headers: Mapping[str, str] | None = None
) -> JSONResponse:
    """Return a refusal in the shape of the path."""
    return JSONResponse(refusal_body(path, status, detail).model_dump(), status, headers)


def too_busy(path: str, detail: str = TOO_BUSY) -> JSONResponse:
    """Return the refusal that asks to come again (503)."""
    return refusal(path, 503, detail, headers={"Retry-After": str(_RETRY_SECONDS)})


def refusal_body(
    path: str, status: int, detail: str, *, param: str | None = None
) -> Failure | OpenAIError:
    """Return what a refusal says."""
    if not path.startswith("/v1/"):
        return Failure(detail=detail)
    kind = {401: "authentication_error", 429: "rate_limit_error"}.get(
        status, "server_error" if status >= 500 else "invalid_request_error"
    )
    return OpenAIError(error=OpenAIFailure(message=detail, type=kind, param=param))


def explain(error: BaseException) -> str:
    """Return what a client may know of an error."""
    known = isinstance(error, BusyError | InvalidQuestionError | NothingMatchesError)
    return str(error) if known else _FAILED


def question_error(request: ChatRequest, error: InvalidQuestionError) -> ErrorItem:
    """Return what is wrong with the question, naming the message that holds it."""
    last = max(i for i, message in enumerate(request.messages) if message.role == "user")
    return ErrorItem(
        loc=["body", "messages", last, "content"], msg=str(error), type="invalid_question"
    )


def filter_error(error: NothingMatchesError) -> ErrorItem:
    """Return what is wrong with a filter, and which values it could have."""
    return ErrorItem(loc=["body", "filter"], msg=str(error), type="nothing_matches")


def add_error_handlers(app: FastAPI, *, headers: Mapping[str, str]) -> None:
    """Make every error of the service JSON; `headers` are what each response has."""

    @app.exception_handler(RequestValidationError)
    async def invalid_request(request: Request, error: RequestValidationError) -> JSONResponse:
        items = [_error_item(item) for item in error.errors()]
        if "json" not in request.headers.get("content-type", ""):
            message = "Send JSON with the header Content-Type: application/json"
            items = [ErrorItem(loc=["header", "content-type"], msg=message, type="not_json")]
        return _invalid(request.url.path, items)

    @app.exception_handler(HTTPException)
    async def http_error(request: Request, error: HTTPException) -> JSONResponse:
        if error.status_code == 400:
            # FastAPI's status for a body that cannot be decoded; to its sender it is bad JSON.
            item = ErrorItem(loc=["body"], msg="The body is not JSON text", type="json_invalid")
            return _invalid(request.url.path, [item])
        path, headers = request.url.path, error.headers
        if error.status_code == 405:
            headers = {"Allow": ", ".join(_allowed(app, request.scope))}
        return refusal(path, error.status_code, error.detail, headers=headers)

    @app.exception_handler(BusyError)
    async def busy(request: Request, error: BusyError) -> JSONResponse:
        return too_busy(request.url.path, str(error))

    @app.exception_handler(EngineUnavailableError)
    async def no_library(request: Request, error: EngineUnavailableError) -> JSONResponse:
        _log.warning("engine unavailable", extra={"fields": {"reason": str(error)}})
        return refusal(request.url.path, 503, _NO_LIBRARY)

    @app.exception_handler(ClientDisconnect)
    async def gone(_request: Request, _error: ClientDisconnect) -> Response:
        return Response(status_code=_CLIENT_CLOSED_REQUEST)

    @app.exception_handler(Exception)
    async def failure(request: Request, _error: Exception) -> JSONResponse:
        # Starlette raises the error again after this answer, so the log has its traceback; and
        # it answers outside of the middleware, which would have added the headers.
        added = {**headers, "X-Request-ID": REQUEST_ID.get()}
        return refusal(request.url.path, 500, _FAILED, headers=added)


def _allowed(app: FastAPI, scope: Scope) -> list[str]:
    """The methods of all routes of a path: Starlette names those of the first."""
    found = {
        method
        for route in app.routes
        if isinstance(route, Route) and route.matches(scope)[0] is not Match.NONE
        for method in route.methods or ()
    }
    return sorted(found | ({"HEAD"} if "GET" in found else set()))


def unprocessable(items: Sequence[ErrorItem]) -> JSONResponse:
    """Return what is wrong with a request (422)."""
    return JSONResponse(InvalidRequest(detail=list(items)).model_dump(), 422)


def _error_item(error: Mapping[str, Any]) -> ErrorItem:
    # Without `input` and `ctx`: they echo the request, which need not even be valid Unicode.
    message = error["msg"].removeprefix("Value error, ")  # our own words, which pydantic marks so
    return ErrorItem(loc=list(error["loc"]), msg=message, type=error["type"])


def _invalid(path: str, items: Sequence[ErrorItem]) -> JSONResponse:
    if not path.startswith("/v1/"):
        return unprocessable(items)
    param = ".".join(str(part) for part in items[0].loc[1:]) or None
    body = refusal_body(path, 400, items[0].msg, param=param)
    return JSONResponse(body.model_dump(), 400)

"""How a request is refused: JSON with a `detail`, which never echoes what was sent."""

from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse

from api.schemas import ChatRequest, ErrorItem, Failure, InvalidRequest
from qa.errors import InvalidQuestionError


def question_error(request: ChatRequest, error: InvalidQuestionError) -> ErrorItem:
    """Return what is wrong with the question, naming the message that holds it."""
    last = max(i for i, message in enumerate(request.messages) if message.role == "user")
    return ErrorItem(
        loc=["body", "messages", last, "content"], msg=str(error), type="invalid_question"
    )


def add_error_handlers(app: FastAPI) -> None:
    """Make every error of the service a JSON object with a `detail`."""

    @app.exception_handler(RequestValidationError)
    async def invalid_request(request: Request, error: RequestValidationError) -> JSONResponse:
        items = [_error_item(item) for item in error.errors()]
        if "json" not in request.headers.get("content-type", ""):
            message = "Send JSON with the header Content-Type: application/json"
            items = [ErrorItem(loc=["header", "content-type"], msg=message, type="not_json")]
        return _unprocessable(items)

    @app.exception_handler(HTTPException)
    async def http_error(_request: Request, error: HTTPException) -> JSONResponse:
        if error.status_code == 400:
            # FastAPI's status for a body that cannot be decoded; to its sender it is bad JSON.
            item = ErrorItem(loc=["body"], msg="The body is not JSON text", type="json_invalid")
            return _unprocessable([item])
        return JSONResponse({"detail": error.detail}, error.status_code, headers=error.headers)

    @app.exception_handler(Exception)
    async def failure(_request: Request, _error: Exception) -> JSONResponse:
        # Starlette raises the error again after this answer, so the log has its traceback.
        return JSONResponse(Failure(detail="The service failed; see its log.").model_dump(), 500)


def _error_item(error: Mapping[str, Any]) -> ErrorItem:
    # Without `input` and `ctx`: they echo the request, which need not even be valid Unicode.
    return ErrorItem(loc=list(error["loc"]), msg=error["msg"], type=error["type"])


def _unprocessable(items: list[ErrorItem]) -> JSONResponse:
    return JSONResponse(InvalidRequest(detail=items).model_dump(), 422)

"""What the service tells its keepers: JSON logs, request ids, Prometheus metrics.

Questions and answers are in neither, unless the logs are asked for questions.
"""

import json
import logging
import queue
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from datetime import UTC, datetime
from logging.handlers import QueueHandler, QueueListener
from typing import TextIO
from uuid import uuid4

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from qa.types import Answer

METRICS_TYPE = CONTENT_TYPE_LATEST
REQUEST_ID = ContextVar("request_id", default="")

_SANE_REQUEST_ID = re.compile(r"[\w.:/+=-]{1,64}", re.ASCII)
_NOT_ON_A_LINE = re.compile("[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
"""What JSON may hold as it is, though some readers end a line there, or a terminal obeys it."""

_METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
_LINES_KEPT = 10_000  # while whoever reads the log does not
_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15)

_log = logging.getLogger("wenzheng.http")


class Metrics:
    """The figures of one service, in a registry of their own."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "wenzheng_requests",
            "Requests by route and status",
            ["method", "route", "status"],
            registry=self._registry,
        )
        self._request_seconds = self._histogram("request", "Seconds to answer a request", "route")
        self._stage_seconds = self._histogram("stage", "Seconds per stage of an answer", "stage")
        self._answers = Counter(
            "wenzheng_answers",
            "Answers by the asker's language and status; no_answer is a refusal",
            ["language", "status"],
            registry=self._registry,
        )
        ProcessCollector(registry=self._registry)

    def gauge(self, name: str, help_text: str, value: Callable[[], float]) -> None:
        """Add a figure that is read whenever the metrics are."""
        gauge = Gauge(f"wenzheng_{name}", help_text, registry=self._registry)
        gauge.set_function(value)

    def answered(self, answer: Answer) -> None:
        """Count an answer and its stages."""
        self._answers.labels(answer.language, answer.status).inc()
        took = answer.timings_ms
        for stage, spent in (
            ("embed", took.embed),
            ("search", took.search),
            ("answer", took.answer),
        ):
            self._stage_seconds.labels(stage).observe(spent / 1000)

    def requested(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count a request."""
        known = method if method in _METHODS else "other"  # or anyone could add labels
        self._requests.labels(known, route, status).inc()
        self._request_seconds.labels(route).observe(seconds)

    def text(self) -> bytes:
        """Return the figures as Prometheus reads them."""
        return generate_latest(self._registry)

    def _histogram(self, name: str, help_text: str, label: str) -> Histogram:
        return Histogram(
            f"wenzheng_{name}_seconds",
            help_text,
            [label],
            registry=self._registry,
            buckets=_SECONDS,
        )


class Observation:
    """ASGI middleware: a request id, `headers` on every response, one line in the log, figures."""

    def __init__(self, app: ASGIApp, *, metrics: Metrics, headers: dict[str, str]) -> None:
        self._app = app
        self._metrics = metrics
        self._headers = headers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and watch what becomes of it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = _request_id(scope)
        REQUEST_ID.set(request_id)
        started, status = time.perf_counter(), 500

        async def watched(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                added = MutableHeaders(scope=message)
                added["x-request-id"] = request_id
                added.setdefault("cache-control", "no-cache")  # a new version shows at once
                for name, value in self._headers.items():
                    added[name] = value
            await send(message)

        try:
            await self._app(scope, receive, watched)
        finally:
            seconds = time.perf_counter() - started
            route = getattr(scope.get("route"), "path", "none")  # never the path: ids are endless
            self._metrics.requested(scope["method"], route, status, seconds)
            fields = {
                "method": scope["method"],
                "route": route,
                "status": status,
                "ms": round(seconds * 1000, 1),
            }
            _log.info("request", extra={"fields": fields})


def answer_logger(*, log_questions: bool) -> Callable[[Answer], None]:
    """Return what writes an answer's figures to the log, with the question only if asked for."""
    log = logging.getLogger("wenzheng.answers")

    def write(answer: Answer) -> None:
        fields: dict[str, object] = {
            "language": answer.language,
            "status": answer.status,
            "confidence": round(answer.confidence, 4),
            "citations": len(answer.citations),
            "ms": answer.timings_ms.total,
        }
        if log_questions:
            fields["question"] = answer.question
        log.info("answer", extra={"fields": fields})

    return write


class JsonFormatter(logging.Formatter):
    """A log record as one line of JSON; `extra={"fields": …}` adds to it."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        entry: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": record.getMessage(),
            "request_id": REQUEST_ID.get(),
            **getattr(record, "fields", {}),
        }
        if record.exc_info:
            entry["exception"] = self.formatException(record.exc_info)
        line = json.dumps(entry, ensure_ascii=False, default=str)
        return _NOT_ON_A_LINE.sub(lambda match: f"\\u{ord(match.group()):04x}", line)


class LeavingOut(QueueHandler):
    """Puts records into the queue as JSON; those that do not fit are left out."""

    def enqueue(self, record: logging.LogRecord) -> None:
        """Add a record where there is room."""
        with suppress(queue.Full):
            self.queue.put_nowait(record)


@contextmanager
def logging_as_json(stream: TextIO) -> Iterator[None]:
    """Send our records, and the warnings of others, to a stream as JSON.

    A thread writes them: a terminal that is stopped, or a full pipe, must not stop the service.
    """
    lines: queue.Queue[logging.LogRecord] = queue.Queue(_LINES_KEPT)
    handler = LeavingOut(lines)
    handler.setFormatter(JsonFormatter())
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    logging.getLogger("wenzheng").setLevel(logging.INFO)
    writer = QueueListener(lines, logging.StreamHandler(stream))
    writer.start()
    try:
        yield
    finally:
        writer.stop()


def _request_id(scope: Scope) -> str:
    for name, value in scope["headers"]:
        if name == b"x-request-id" and _SANE_REQUEST_ID.fullmatch(value.decode("latin-1")):
            return str(value.decode("latin-1"))
    return uuid4().hex

"""What the HTTP services share: their settings, the guards before them, the desk behind them."""

import ipaddress
import secrets
from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Mapping
from dataclasses import dataclass, replace

from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

from api import REQUESTS_PER_MINUTE
from api.http.desk import ANSWER_SECONDS, MAX_WAITING, Desk
from api.http.limits import BodyLimit, ClientName, HeadAsGet, RateLimit, Turnstile
from api.http.line import CLIENT
from api.http.observing import Metrics, Observation, answer_logger
from api.http.refusals import refusal
from api.http.schemas import Readiness
from qa.assistant import Assistant
from qa.types import Answer

SHORTEST_TOKEN = 16
OPEN_PATHS = ("/health", "/ready")
"""Answered without the token: whoever watches over the service need not know it."""

SECURITY_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
        "img-src 'self' data:; manifest-src 'self'; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-cache",  # after an upgrade no old module meets a new one
    "Referrer-Policy": "no-referrer",
}

UPLOADS = ("POST", "/documents")
"""The request whose route bounds its own body: a file."""

_LOOPBACK_NAMES = ("localhost", "127.0.0.1", "[::1]", "::1")
_CHALLENGES = ('Basic realm="Wenzheng", charset="UTF-8"', "Bearer")


class ExposureError(OSError):
    """Serving beyond this machine without saying who may ask."""


@dataclass(frozen=True, slots=True)
class ServiceSettings:
    """Who may ask, how often, and what is kept of it.

    `hosts` are the names that the service answers to; `threads` 0 means one a processor; with
    `uploads` whoever may ask may also send files and remove documents.
    """

    token: str = ""
    requests_per_minute: int = REQUESTS_PER_MINUTE
    allowed_origins: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ("*",)
    log_questions: bool = False
    threads: int = 0
    max_waiting: int = MAX_WAITING
    answer_seconds: float = ANSWER_SECONDS
    uploads: bool = False


def exposed(
    settings: ServiceSettings, environ: Mapping[str, str], *, host: str, without_token: bool
) -> ServiceSettings:
    """Add WENZHENG_TOKEN and the names to answer to; raise ExposureError where a door is open."""
    token = environ.get("WENZHENG_TOKEN", "").strip()
    if token and len(token) < SHORTEST_TOKEN:
        raise ExposureError(f"WENZHENG_TOKEN must have at least {SHORTEST_TOKEN} characters.")
    inside = _is_loopback(host)
    if not inside and not token and not without_token:
        raise ExposureError(
            f"Serving on {host} lets other machines ask. Set WENZHENG_TOKEN, which they must "
            "send as Authorization: Bearer, or add --without-token to let anyone ask."
        )
    # Else any page in this machine's browser could give its own name our address and read the
    # documents as if they were its own ("DNS rebinding").
    closed = inside and not token and not without_token
    return replace(settings, token=token, hosts=_LOOPBACK_NAMES if closed else ("*",))


def open_desk(assistant: Assistant, settings: ServiceSettings, metrics: Metrics) -> Desk:
    """Return a desk whose answers are counted and logged."""
    log = answer_logger(log_questions=settings.log_questions)

    def answered(answer: Answer) -> None:
        metrics.answered(answer)
        log(answer)

    desk = Desk(
        assistant,
        answered=answered,
        threads=settings.threads,
        max_waiting=settings.max_waiting,
        seconds=settings.answer_seconds,
    )
    metrics.gauge("questions_under_way", "Questions waiting or answered", lambda: desk.under_way)
    metrics.gauge("documents", "Documents indexed", lambda: len(desk.assistant.documents))
    metrics.gauge("passages", "Passages indexed", lambda: desk.assistant.passage_count)
    return desk


def readiness_of(desk: Desk) -> tuple[Readiness, int]:
    """Return whether a question of somebody new would be taken, and the status that says so."""
    is_busy = desk.turns_away("")
    return (Readiness(status="busy"), 503) if is_busy else (Readiness(status="ready"), 200)


def protect(app: Starlette, settings: ServiceSettings, desk: Desk, metrics: Metrics) -> None:
    """Put the guards before an app; the last one added sees a request first."""
    app.add_middleware(HeadAsGet)
    app.add_middleware(BodyLimit, streamed=UPLOADS)
    app.add_middleware(Turnstile, is_full=lambda: desk.turns_away(CLIENT.get()))
    if settings.token:
        app.add_middleware(TokenGuard, token=settings.token)
    app.add_middleware(RateLimit, per_minute=settings.requests_per_minute)
    app.add_middleware(ClientName)
    if settings.allowed_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=settings.allowed_origins,
            allow_methods=["GET", "POST"],
            allow_headers=["Authorization", "Content-Type"],
        )
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=settings.hosts, www_redirect=False)
    app.add_middleware(Observation, metrics=metrics, headers=SECURITY_HEADERS)


class TokenGuard:
    """ASGI middleware: answers 401 to requests without the token.

    It may come as `Authorization: Bearer TOKEN`, or as the password of `Basic`, which browsers
    ask for by themselves.
    """

    def __init__(self, app: ASGIApp, *, token: str) -> None:
        self._app = app
        self._token = token.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on if it has the token."""
        if scope["type"] == "http" and scope["path"] not in OPEN_PATHS:
            given = _given_token(Headers(scope=scope).get("authorization", ""))
            if not secrets.compare_digest(given, self._token):
                detail = "Send the service's token as Authorization: Bearer TOKEN."
                response = refusal(scope["path"], 401, detail)
                for challenge in _CHALLENGES:  # on lines of their own: Chromium splits none
                    response.headers.append("WWW-Authenticate", challenge)
                await response(scope, receive, send)
                return
        await self._app(scope, receive, send)


def _given_token(authorization: str) -> bytes:
    scheme, _, value = authorization.partition(" ")
    if scheme.lower() == "bearer":
        return value.strip().encode("latin-1")  # as Headers decoded it
    if scheme.lower() == "basic":
        try:
            return b64decode(value, validate=True).partition(b":")[2]
        except (Base64Error, ValueError):
            return b""
    return b""


def _is_loopback(host: str) -> bool:
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False

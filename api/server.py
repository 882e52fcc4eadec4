"""The commands `serve` and `mcp`: the services, run by uvicorn.

What only a running service needs is imported inside: `ask` imports this module too.
"""

import os
import socket
import sys
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from ipaddress import ip_network
from typing import TYPE_CHECKING, Annotated

import typer

from api.terminal.options import (
    EngineOption,
    HostOption,
    IndexOption,
    ModelOption,
    PortOption,
    RateLimitOption,
    UploadsOption,
    WithoutTokenOption,
)
from api.terminal.progress import open_assistant
from api.terminal.settings import read_settings
from qa.settings import Settings

if TYPE_CHECKING:
    from starlette.applications import Starlette

    from api.http.desk import Index
    from api.http.service import ServiceSettings
    from qa.assistant import Assistant

SECONDS_TO_FINISH = 20
"""How long requests under way may take once the service is told to end: more than an answer."""

_MAX_CONNECTIONS = 1000

ProxyOption = Annotated[
    list[str] | None,
    typer.Option(
        "--proxy",
        metavar="ADDRESS",
        help="Believe this proxy (an address, or a network as 10.0.0.0/24) who asks: what it adds "
        "to X-Forwarded-For counts. Repeatable.",
    ),
]


def serve(  # noqa: PLR0913 (each is an option)
    *,
    host: HostOption = "127.0.0.1",
    port: PortOption = 8000,
    index: IndexOption = None,
    model: ModelOption = None,
    engine: EngineOption = None,
    without_token: WithoutTokenOption = False,
    rate_limit: RateLimitOption = None,
    proxy: ProxyOption = None,
    allow_origin: Annotated[
        list[str] | None,
        typer.Option(metavar="ORIGIN", help="Let pages of this origin ask (CORS). Repeatable."),
    ] = None,
    log_questions: Annotated[
        bool, typer.Option("--log-questions", help="Write questions to the log too.")
    ] = False,
    uploads: UploadsOption = None,
) -> None:
    """Serve the chat page and the HTTP API (POST /chat, POST /v1/chat/completions, …).

    Beyond this machine (--host) requests need the token in WENZHENG_TOKEN. Files that are dropped
    on the page are kept in the folder `uploads` of the index (--no-uploads: none are taken).
    """
    from api.http.app import create_app
    from api.http.service import exposed

    settings = read_settings(
        index=index, model=model, engine=engine, questions_per_minute=rate_limit
    )
    service = exposed(
        replace(
            _service_settings(settings),
            allowed_origins=tuple(allow_origin or ()),
            log_questions=log_questions,
        ),
        os.environ,
        host=host,
        without_token=without_token,
    )
    anyone_asks = without_token and not service.token
    service = replace(service, uploads=not anyone_asks if uploads is None else uploads)
    proxies = read_proxies(proxy or ())
    with closing(reserve_port(host, port)) as reserved:
        assistant, watched = _open_watched(settings)
        app = create_app(assistant, service, index=watched)
        typer.echo(f"Answering at {open_port(reserved)} (Ctrl-C ends)")
        run_server(app, reserved, proxies=proxies)


def mcp(  # noqa: PLR0913 (each is an option)
    *,
    http: Annotated[bool, typer.Option("--http", help="Serve streamable HTTP at /mcp.")] = False,
    host: HostOption = "127.0.0.1",
    port: PortOption = 8001,
    index: IndexOption = None,
    model: ModelOption = None,
    engine: EngineOption = None,
    without_token: WithoutTokenOption = False,
    rate_limit: RateLimitOption = None,
    proxy: ProxyOption = None,
) -> None:
    """Serve agents over the Model Context Protocol: standard streams, or HTTP with --http."""
    try:
        from api.http.mcp import create_mcp_app, run_stdio
    except ModuleNotFoundError as error:
        message = "The MCP server needs the extra mcp: pip install 'wenzheng[mcp]'"
        raise OSError(message) from error
    from api.http.service import exposed

    settings = read_settings(
        index=index, model=model, engine=engine, questions_per_minute=rate_limit
    )
    if not http:
        run_stdio(*_open_watched(settings))
        return
    asked = _service_settings(settings)
    service = exposed(asked, os.environ, host=host, without_token=without_token)
    proxies = read_proxies(proxy or ())
    with closing(reserve_port(host, port)) as reserved:
        assistant, watched = _open_watched(settings)
        app = create_mcp_app(assistant, service, host=host, index=watched)
        typer.echo(f"Answering at {open_port(reserved)}/mcp (Ctrl-C ends)")
        run_server(app, reserved, proxies=proxies)


def reserve_port(host: str, port: int) -> socket.socket:
    """Take an address without answering on it yet; the OSError says what to do instead."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        family, kind, protocol, _, address = found
        # With the protocol named, asyncio turns Nagle's algorithm off: 40 ms a response less.
        reserved = socket.socket(family, kind, protocol)
    except (OSError, UnicodeError) as error:
        raise OSError(f"The host {host} is not known; leave --host out for 127.0.0.1.") from error
    try:
        if os.name == "posix":  # elsewhere the option would share a port that is in use
            reserved.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        reserved.bind(address)
    except OSError as error:
        reserved.close()
        reason = (error.strerror or str(error)).lower()
        message = f"Cannot serve on {host} port {port} ({reason}); choose another with --port."
        raise OSError(message) from error
    return reserved


def open_port(reserved: socket.socket) -> str:
    """Let clients connect and return the address for a browser; they wait until `run_server`."""
    reserved.listen()
    host, port = reserved.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def read_proxies(stated: Sequence[str]) -> list[str]:
    """Return the addresses and networks of proxies. Raises BadParameter for what is neither.

    Anyone can send X-Forwarded-For: without a proxy to believe, it counts for nothing.
    """
    for text in stated:
        try:
            ip_network(text)
        except ValueError as error:
            message = f"--proxy {text} is not an address or network, as 10.0.0.7 or 10.0.0.0/24."
            raise typer.BadParameter(message) from error
    return list(stated)


def run_server(app: "Starlette", listening: socket.socket, *, proxies: Sequence[str] = ()) -> None:
    """Answer requests until SIGINT or SIGTERM, then finish those under way."""
    import uvicorn

    from api.http.connections import PunctualProtocol
    from api.http.observing import logging_as_json

    # The event loop shares the interpreter with the threads that answer, and each of its system
    # calls may cost it one such interval: 5 ms by default.
    sys.setswitchinterval(0.0005)
    config = uvicorn.Config(
        app,
        http=PunctualProtocol,
        ws="none",
        log_config=None,
        access_log=False,
        limit_concurrency=_MAX_CONNECTIONS,
        server_header=False,
        proxy_headers=bool(proxies),
        forwarded_allow_ips=list(proxies),
        timeout_graceful_shutdown=SECONDS_TO_FINISH,
    )
    with logging_as_json(sys.stderr):
        uvicorn.Server(config).run(sockets=[listening])


def _service_settings(settings: Settings) -> "ServiceSettings":
    """The limits that are set; the others are the service's own."""
    from api.http.service import ServiceSettings

    limits, own = settings.limits, ServiceSettings()
    minute, waiting = limits.questions_per_minute, limits.questions_waiting
    return ServiceSettings(
        requests_per_minute=own.requests_per_minute if minute is None else minute,
        max_waiting=own.max_waiting if waiting is None else waiting,
        answer_seconds=limits.answer_seconds or own.answer_seconds,
        threads=limits.threads or own.threads,
    )


def _open_watched(settings: Settings) -> "tuple[Assistant, Index | None]":
    """Open the assistant of a service, with the name of what it was read from.

    One of an engine looks itself for what takes the place of its library.
    """
    from api.http.desk import Index, settle, warm_up
    from qa.index import store

    folder = settings.index_folder
    # Read before: a snapshot swapped in while this one loads has another name, and is taken up.
    name = store.current_name(folder) if store.exists(folder) else ""
    assistant = open_assistant(settings, build_if_missing=True)
    warm_up(assistant)
    settle()
    return assistant, None if settings.engine else Index(folder, name)

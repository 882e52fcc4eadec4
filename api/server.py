"""Runs the HTTP service with uvicorn."""

import os
import socket

import uvicorn
from fastapi import FastAPI

_SECONDS_TO_FINISH = 5
"""How long requests under way may take once the service is told to end."""


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


def run_server(app: FastAPI, listening: socket.socket) -> None:
    """Answer requests until SIGINT or SIGTERM, then finish those under way."""
    config = uvicorn.Config(
        app, log_level="warning", timeout_graceful_shutdown=_SECONDS_TO_FINISH, lifespan="off"
    )
    uvicorn.Server(config).run(sockets=[listening])

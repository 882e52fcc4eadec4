"""Real services on loopback: in a thread of this process, or `wenzheng` in one of its own."""

import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path

import uvicorn
from starlette.applications import Starlette

from api.http.connections import PunctualProtocol
from api.server import open_port, reserve_port

ROOT = Path(__file__).parents[1]
START = "import sys; sys.argv[0] = 'wenzheng'; from api.cli import main; main()"


@contextmanager
def served(app: Starlette, *, http: type[PunctualProtocol] = PunctualProtocol) -> Iterator[str]:
    """The address of an app that uvicorn serves from a thread."""
    config = uvicorn.Config(app, http=http, log_config=None, timeout_graceful_shutdown=5)
    server = uvicorn.Server(config)
    with closing(reserve_port("127.0.0.1", 0)) as reserved:
        address = open_port(reserved)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [reserved]})
        thread.start()
        try:
            while not server.started:
                assert thread.is_alive()
                time.sleep(0.01)
            yield address
        finally:
            server.should_exit = True
            thread.join(20)
            assert not thread.is_alive()


def start(*arguments: str, **variables: str) -> "subprocess.Popen[str]":
    """Start `wenzheng` with these arguments."""
    command = [sys.executable, "-c", START, *arguments]
    environment: Mapping[str, str] = {**os.environ, **variables}
    pipe = subprocess.PIPE
    return subprocess.Popen(command, cwd=ROOT, env=environment, stdout=pipe, stderr=pipe, text=True)


@contextmanager
def process(*arguments: str, **variables: str) -> Iterator["tuple[subprocess.Popen[str], str]"]:
    """A running `wenzheng serve` or `mcp`, and its address."""
    with start(*arguments, **variables) as child:
        try:
            assert child.stdout
            found = re.search(r"http://\S+", child.stdout.readline())
            assert found, child.stderr.read() if child.stderr else ""
            yield child, found[0]
        finally:
            child.kill()

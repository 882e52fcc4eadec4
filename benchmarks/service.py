"""Loads a running service: `python benchmarks/service.py [--seconds 60]` writes service.md.

With --json it prints the figures instead. `wenzheng serve` with the seeds runs in a process of its
own, the clients (http.client, which costs little) in threads of this one, on the same processors.
"""

import argparse
import json
import multiprocessing
import os
import platform
import statistics
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass, field
from http.client import HTTPConnection
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Event
from pathlib import Path

QUESTIONS = (
    "国家级经开区有多少家？",
    "國家級經開區有多少家？",
    "How many national development zones are there?",
    "When was Suzhou Industrial Park established?",
    "2024年国家级经开区的地区生产总值是多少？",
    "Who won the 1966 world cup?",
)
CLIENTS = 16
CROWD = 200
ROOT = Path(__file__).parents[1]
START = "import sys; sys.argv[0] = 'wenzheng'; from api.cli import main; main()"


@dataclass
class Outcome:
    """What some clients got: statuses, and the seconds of each answer."""

    statuses: Counter[int] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)

    def milliseconds(self, share: float) -> float:
        ordered = sorted(self.seconds)
        return 1000 * ordered[min(int(share * len(ordered)), len(ordered) - 1)]


@contextmanager
def service(index: str) -> Iterator[tuple[str, int]]:
    options = ["serve", "--port", "0", "--rate-limit", "0", "--index", index]
    command = [sys.executable, "-c", START, *options]
    pipe, null = subprocess.PIPE, subprocess.DEVNULL
    with subprocess.Popen(  # noqa: S603
        command, cwd=ROOT, stdout=pipe, stderr=null, text=True
    ) as child:
        address = (child.stdout or sys.stdin).readline().split()[2]
        host, _, port = address.removeprefix("http://").rpartition(":")
        yield host, int(port)
        child.terminate()


def ask(connection: HTTPConnection, number: int, *, stream: bool = False) -> tuple[int, float]:
    """Return the status and the seconds to the last byte, of a stream to the first."""
    question = {"role": "user", "content": QUESTIONS[number % len(QUESTIONS)]}
    body = json.dumps({"messages": [question], "stream": stream})
    started = time.perf_counter()
    connection.request("POST", "/chat", body, {"Content-Type": "application/json"})
    response = connection.getresponse()
    if stream:
        response.read(1)
        took = time.perf_counter() - started
        response.read()
        return response.status, took
    response.read()
    return response.status, time.perf_counter() - started


def in_turn(place: tuple[str, int], count: int, *, stream: bool = False) -> Outcome:
    outcome = Outcome()
    with closing(HTTPConnection(*place, timeout=60)) as connection:
        for number in range(count):
            status, seconds = ask(connection, number, stream=stream)
            outcome.statuses[status] += 1
            outcome.seconds.append(seconds)
    return outcome


def together(place: tuple[str, int], clients: int, more: Callable[[], bool]) -> Outcome:
    """Let clients ask one question after another as long as there is to be more."""
    outcome, lock, start = Outcome(), threading.Lock(), threading.Barrier(clients)

    def client(number: int) -> None:
        with closing(HTTPConnection(*place, timeout=60)) as connection:
            connection.connect()
            start.wait()
            while True:
                status, seconds = ask(connection, number)
                with lock:
                    outcome.statuses[status] += 1
                    outcome.seconds.append(seconds)
                if not more():
                    return
                number += 1

    threads = [threading.Thread(target=client, args=(number,)) for number in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcome


def health(place: tuple[str, int], until: Event, took: "Queue[list[float]]") -> None:
    """Ask /health every 10 ms, from a process that has nothing else to do."""
    seconds = []
    with closing(HTTPConnection(*place, timeout=60)) as connection:
        while not until.is_set():
            started = time.perf_counter()
            connection.request("GET", "/health")
            connection.getresponse().read()
            seconds.append(time.perf_counter() - started)
            time.sleep(0.01)
    took.put(seconds)


def megabytes(place: tuple[str, int]) -> float:
    with closing(HTTPConnection(*place, timeout=60)) as connection:
        connection.request("GET", "/metrics")
        for line in connection.getresponse().read().decode().splitlines():
            if line.startswith("process_resident_memory_bytes"):
                return float(line.split()[1]) / 2**20
    raise SystemExit("The service does not tell its memory.")


def crowd(place: tuple[str, int]) -> tuple[Outcome, list[float]]:
    apart = multiprocessing.get_context("spawn")
    done, took = apart.Event(), apart.Queue()
    watching = apart.Process(target=health, args=(place, done, took))
    watching.start()
    time.sleep(1)
    outcome = together(place, CROWD, lambda: False)
    done.set()
    seconds = took.get()
    watching.join()
    return outcome, seconds


@dataclass(frozen=True)
class Figures:
    """What is measured; times in milliseconds, memory in MB."""

    alone: float
    alone_late: float
    first_byte: float
    answers: int
    failures: int
    together: float
    together_late: float
    memory_before: float
    memory_after: float
    crowd_answered: int
    crowd_turned_away: int
    crowd_slowest: float
    health: float
    health_slowest: float


def measure(place: tuple[str, int], seconds: float) -> Figures:
    in_turn(place, 50)
    alone, first = in_turn(place, 300), in_turn(place, 300, stream=True)
    end = time.monotonic() + seconds / 6
    together(place, CLIENTS, lambda: time.monotonic() < end)  # to the size it stays at
    before, end = megabytes(place), time.monotonic() + seconds
    load = together(place, CLIENTS, lambda: time.monotonic() < end)
    after = megabytes(place)
    crowded, watched = crowd(place)
    return Figures(
        alone=alone.milliseconds(0.5),
        alone_late=alone.milliseconds(0.95),
        first_byte=first.milliseconds(0.5),
        answers=load.statuses[200],
        failures=sum(load.statuses.values()) - load.statuses[200],
        together=load.milliseconds(0.5),
        together_late=load.milliseconds(0.95),
        memory_before=before,
        memory_after=after,
        crowd_answered=crowded.statuses[200],
        crowd_turned_away=crowded.statuses[503],
        crowd_slowest=crowded.milliseconds(1),
        health=1000 * statistics.median(watched),
        health_slowest=1000 * max(watched),
    )


def table(found: Figures, seconds: float) -> str:
    times = found.together_late / found.alone
    rows = {
        "one client: median, 95th percentile": f"{found.alone:.1f} ms, {found.alone_late:.1f} ms",
        "first byte of a streamed answer: median": f"{found.first_byte:.1f} ms",
        f"{CLIENTS} clients for {seconds:.0f} s: answers, failures": (
            f"{found.answers:,} ({found.answers / seconds:.0f} a second), {found.failures}"
        ),
        "… median, 95th percentile": (
            f"{found.together:.0f} ms, {found.together_late:.0f} ms "
            f"({times:.1f} x the median of one client)"
        ),
        "… memory before, after": f"{found.memory_before:.0f} MB, {found.memory_after:.0f} MB",
        f"{CROWD} clients at once: answered, turned away (503), anything else": (
            f"{found.crowd_answered}, {found.crowd_turned_away}, "
            f"{CROWD - found.crowd_answered - found.crowd_turned_away}"
        ),
        "… the last of them waited": f"{found.crowd_slowest:.0f} ms",
        "… `/health` meanwhile: median, slowest": (
            f"{found.health:.0f} ms, {found.health_slowest:.0f} ms"
        ),
    }
    return "\n".join(f"| {name} | {value} |" for name, value in rows.items())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--index", default=os.environ.get("WENZHENG_INDEX", ""))
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    if not options.index:
        parser.error("name an index of the seeds with --index or WENZHENG_INDEX")
    with service(options.index) as place:
        found = measure(place, options.seconds)
    if options.json:
        print(json.dumps(asdict(found)))
        return
    page = (
        "# The service under load\n\n"
        f"`python benchmarks/service.py --seconds {options.seconds:.0f}` on {os.cpu_count()} "
        f"processors ({platform.machine()}), which the clients share; Python "
        f"{platform.python_version()}, the bundled model, the seeds.\n\n"
        f"| | |\n|---|---|\n{table(found, options.seconds)}\n"
    )
    Path(__file__).with_suffix(".md").write_text(page, encoding="utf-8")
    print(page)


if __name__ == "__main__":
    main()

"""A real service and a real browser for the tests of the page."""

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Literal, Self

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import (
    Browser,
    BrowserContext,
    Locator,
    Page,
    Playwright,
    sync_playwright,
)

PROGRAM = Path(sys.executable).with_name("wenzheng")


class Service:
    """`wenzheng serve` in a process of its own, which can be killed and started again."""

    def __init__(self, index: Path, *options: str) -> None:
        self._index = index
        self._options = options
        self._port = 0
        self._process: subprocess.Popen[str] | None = None
        self.address = ""

    def start(self) -> Self:
        """Serve, on the port of the first time."""
        command = [str(PROGRAM), "serve", "--index", str(self._index), "--port", str(self._port)]
        command += self._options
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout
        found = re.search(r"http://\S+:(\d+)", self._process.stdout.readline())
        assert found
        self.address, self._port = found[0], int(found[1])
        return self

    def kill(self) -> None:
        """End the process as a crash would."""
        if self._process:
            self._process.kill()
            self._process.communicate()
            self._process = None


@contextmanager
def serving(index: Path, *options: str) -> Iterator[Service]:
    """A service over an index while the block lasts."""
    service = Service(index, *options).start()
    try:
        yield service
    finally:
        service.kill()


@contextmanager
def chromium() -> Iterator[Browser]:
    """A browser while the block lasts; the test is skipped where there is none."""
    with sync_playwright() as playwright:
        found = launch(playwright)
        if found is None:
            pytest.skip("no Chromium here; apt-get install chromium fonts-noto-cjk")
        yield found
        found.close()


def launch(playwright: Playwright) -> Browser | None:
    """Start the system's Chromium, or Playwright's own; None where there is neither."""
    found = [shutil.which(name) for name in ("chromium", "chromium-browser", "google-chrome")]
    program = next(filter(None, [*found, playwright.chromium.executable_path]))
    if not Path(program).exists():
        return None
    return playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])


class Visitor:
    """Opens the page as different people do, and notes what the browser complains of."""

    def __init__(self, browser: Browser, address: str) -> None:
        self._browser = browser
        self._contexts: list[BrowserContext] = []
        self.address = address
        self.problems: list[str] = []
        self.may_fail: Sequence[str] = ()
        """What complaints may say in a test that brings them about."""

    def visit(
        self,
        path: str = "/",
        *,
        locale: str = "en-US",
        width: int = 1440,
        scheme: Literal["light", "dark"] = "light",
        timezone: str | None = None,
    ) -> Page:
        """Open a path of the service in a fresh profile."""
        context = self._browser.new_context(
            locale=locale,
            viewport={"width": width, "height": 800},
            color_scheme=scheme,
            reduced_motion="reduce",
            timezone_id=timezone,
            permissions=["clipboard-read", "clipboard-write"],
        )
        context.set_default_timeout(15_000)
        self._contexts.append(context)
        return self.open_tab(context, path)

    def open_tab(self, context: BrowserContext, path: str = "/") -> Page:
        """Open a path of the service in a profile."""
        page = context.new_page()
        page.on("console", lambda message: self._note(message.type, message.text))
        page.on("pageerror", lambda error: self._note("error", str(error)))
        page.on("request", lambda request: self._note_request(request.url))
        page.goto(self.address + path)
        return page

    def close(self) -> None:
        """Close every profile."""
        for context in self._contexts:
            context.close()

    def _note(self, kind: str, text: str) -> None:
        if kind in ("error", "warning") and not any(part in text for part in self.may_fail):
            self.problems.append(text)

    def _note_request(self, url: str) -> None:
        if not url.startswith((self.address, "data:", "blob:")):
            self.problems.append(f"a request to {url}")


def ask(page: Page, question: str) -> Locator:
    """Ask as a reader does; return the turn once it is whole."""
    page.locator("#question").fill(question)
    page.locator("#question").press("Enter")
    turn = page.locator(".turn").last
    turn.locator(":scope[aria-busy=false] .text").wait_for()
    return turn


def open_source(page: Page, turn: Locator) -> Locator:
    """Press the first [n] of an answer; return the marked words."""
    turn.locator(".mark").first.click()
    marked = page.locator("#source mark")
    marked.wait_for()
    return marked


def assert_accessible(page: Page) -> None:
    """Nothing on the page breaks a rule of WCAG 2.2 AA that can be checked."""
    found = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]})
    assert len(found.response["passes"]) > 10  # it did look
    rules = [
        (one["id"], [node["target"] for node in one["nodes"]])
        for one in found.response["violations"]
    ]
    assert rules == []


def overflow(page: Page) -> int:
    """Pixels that the page is wider than the window."""
    width: int = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    return width

"""Takes the pictures of the page for the README, from a real service over the bundled documents.

    python docs/page_pictures.py [FOLDER]

It needs the extra `test` and a Chromium (`apt-get install chromium fonts-noto-cjk`).
"""

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

PROGRAM = Path(sys.executable).with_name("wenzheng")
COLOURS = 256
"""In the palette of a picture: as good as all of them for text, at a third of the size."""


@dataclass(frozen=True)
class Picture:
    """One view of the page: who looks, and what they asked and opened."""

    name: str
    locale: str
    width: int
    height: int
    questions: tuple[str, ...] = ()
    scheme: Literal["light", "dark"] = "light"
    opens_source: bool = False


PICTURES = [
    Picture("page-start", "en", 1440, 900),
    Picture("page-source", "zh-CN", 1440, 900, ("国家级经开区目前有多少家？",), opens_source=True),
    Picture(
        "page-dark",
        "en",
        1440,
        900,
        ("When was Suzhou Industrial Park established?",),
        scheme="dark",
        opens_source=True,
    ),
    Picture("page-phone", "zh-TW", 360, 740, ("蘇州工業園區是哪一年設立的？",)),
]


@contextmanager
def service() -> Iterator[str]:
    """Serve the bundled documents at the address that is yielded."""
    with tempfile.TemporaryDirectory() as index:
        command = [str(PROGRAM), "serve", "--port", "0", "--index", index]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
            line = child.stdout.readline() if child.stdout else ""
            yield line.split()[2]  # Answering at http://… (Ctrl-C ends)
            child.terminate()


def take(picture: Picture, browser: Browser, address: str, folder: Path) -> None:
    """Write one picture as a PNG with a palette."""
    context = browser.new_context(
        locale=picture.locale,
        color_scheme=picture.scheme,
        viewport={"width": picture.width, "height": picture.height},
        reduced_motion="reduce",
    )
    page = context.new_page()
    page.goto(address)
    page.locator("#documents li").first.wait_for()
    for question in picture.questions:
        ask(page, question)
    if picture.opens_source:
        page.locator(".mark").first.click()
        page.locator("#source mark").wait_for()
        page.locator("#question").evaluate("field => field.focus({ preventScroll: true })")
    path = folder / f"{picture.name}.png"
    page.screenshot(path=path)
    context.close()
    with Image.open(path) as image:
        image.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE).save(path, optimize=True)


def ask(page: Page, question: str) -> None:
    """Ask as a reader does, and wait for the whole answer."""
    page.locator("#question").fill(question)
    page.keyboard.press("Enter")
    page.locator(".turn").last.locator(".sources").wait_for()


def main() -> None:
    """Take every picture."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent
    chromium = shutil.which("chromium")
    with service() as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for picture in PICTURES:
            take(picture, browser, address, folder)
        browser.close()


if __name__ == "__main__":
    main()

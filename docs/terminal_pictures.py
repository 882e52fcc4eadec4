"""Draws the pictures of the README: what `ask` really prints, as SVG.

    python docs/terminal_pictures.py

Each run asks again, over an index of its own, so the pictures show the program as it is.
"""

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from html import escape
from pathlib import Path

from rich.cells import cell_len
from rich.console import Console
from rich.style import Style
from rich.terminal_theme import SVG_EXPORT_THEME
from rich.text import Text

PICTURES = {
    "ask-zh": ["国家级经开区目前有多少家？", "设在开发区的企业，所得税税率是多少？"],
    "ask-en": ["When was Suzhou Industrial Park established?"],
}

PROGRAMS = Path(sys.executable).parent
COLUMNS = 88
_MARGIN, _COLUMN, _ROW, _FONT_SIZE, _WIDE_FONT_SIZE = 16, 9, 22, 15, 17
# No web font: a page that shows the picture would block it, and each system has one of these.
_FONTS = "DejaVu Sans Mono, Menlo, Consolas, Noto Sans CJK SC, PingFang SC, Microsoft YaHei"
# Each wide character is placed by itself: only so do columns hold in every viewer.
_PIECE = re.compile("[\u2e80-\uffef]| +|[^ \u2e80-\uffef]+")


def draw(lines: Iterable[Text]) -> str:
    """Return a picture of a terminal with these lines."""
    pieces = [piece for row, line in enumerate(lines, start=1) for piece in _line(line, row)]
    rows = max(row for row, _ in pieces)
    width = 2 * _MARGIN + COLUMNS * _COLUMN
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} '
            f'{rows * _ROW + 2 * _MARGIN}" font-family="{_FONTS}, monospace" '
            f'font-size="{_FONT_SIZE}">',
            f'<rect width="100%" height="100%" rx="8" fill="{_hex(None)}"/>',
            *(element for _, element in pieces),
            "</svg>\n",
        ]
    )


def _line(line: Text, row: int) -> Iterator[tuple[int, str]]:
    x = _MARGIN
    for segment in line.render(Console()):
        for piece in _PIECE.findall(segment.text):
            if not piece.isspace():
                style = _attributes(segment.style or Style.null())
                size = f' font-size="{_WIDE_FONT_SIZE}"' if cell_len(piece[0]) > 1 else ""
                place = f'x="{x}" y="{_MARGIN + row * _ROW - 6}"'
                yield row, f"<text {place}{size} {style}>{escape(piece)}</text>"
            x += cell_len(piece) * _COLUMN


def _attributes(style: Style) -> str:
    weight = ' font-weight="bold"' if style.bold else ""
    opacity = ' opacity="0.65"' if style.dim else ""
    return f'fill="{_hex(style)}"{weight}{opacity}'


def _hex(style: Style | None) -> str:
    """Return the colour of text in this style, without one that of the background."""
    theme = SVG_EXPORT_THEME
    if style is None:
        return theme.background_color.hex
    return style.color.get_truecolor(theme).hex if style.color else theme.foreground_color.hex


def session(questions: Iterable[str], index: str) -> Iterator[Text]:
    """Yield the lines of a terminal where the questions are asked one after the other."""
    for number, question in enumerate(questions):
        if number:
            yield Text()
        yield Text.assemble((f'$ ask "{question}"', "bold green"))
        yield from Text.from_ansi(ask(question, index)).split("\n", allow_blank=True)


def ask(question: str, index: str) -> str:
    """Return what `ask` writes to a terminal, colours and all."""
    terminal = {"COLUMNS": str(COLUMNS), "FORCE_COLOR": "1", "TERM": "xterm-256color"}
    done = subprocess.run(
        [PROGRAMS / "ask", question, "--index", index],
        env={**os.environ, **terminal},
        capture_output=True,
        check=False,  # 3 says that the documents do not say
    )
    if done.returncode not in (0, 3):
        raise SystemExit(done.stderr.decode())
    return done.stdout.decode().rstrip("\n")


def main() -> None:
    """Write every picture."""
    with tempfile.TemporaryDirectory() as index:
        subprocess.run([PROGRAMS / "wenzheng", "index", "--index", index], check=True)
        for name, questions in PICTURES.items():
            picture = Path(__file__).with_name(f"{name}.svg")
            picture.write_text(draw(session(questions, index)), encoding="utf-8")


if __name__ == "__main__":
    main()

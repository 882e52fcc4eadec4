"""An answer as a reader sees it: the short answer, what supports it, how sure it is, its sources.

Documents are not trusted: their text is never read as markup, and characters that would steer
the terminal are shown as symbols.
"""

import re
from collections.abc import Callable

from rich.console import Console
from rich.text import Text

from api.citing import FindDocument, heading_words, page_words, paragraph_words, version_words
from api.labels import LABELS
from api.markers import find_markers, quoted_in, unmistakable
from api.terminal.leading import has_words, led
from api.terminal.verdict import verdict_words
from api.terminal.visible import visible
from api.terminal.wrapping import wrap
from qa.language.words import find_matches
from qa.types import Answer, Citation, Hit

CLOSEST_PASSAGES = 3
"""How many passages are shown where the documents do not say."""

_EXCERPT_CHARACTERS = 120

_ITEM = "- "

_SHORT_ANSWER_STYLE = "bold"
_MARKER_STYLE = "bold cyan"
_MATCH_STYLE = "bold red"  # as Chinese search engines mark matches; readable on black and white
_HEADING_STYLE = "bold"
_NOTE_STYLE = "dim"


def answer_printer(find_document: FindDocument, *, verbose: bool) -> Callable[[Answer], None]:
    """Return what writes answers to standard output."""
    console = Console(markup=False, emoji=False, highlight=False)
    return AnswerPrinter(console, find_document, verbose=verbose).print


class AnswerPrinter:
    """Writes answers to a console; `find_document` maps an id to its document."""

    def __init__(
        self,
        console: Console,
        find_document: FindDocument,
        *,
        verbose: bool = False,
    ) -> None:
        self._console = console
        self._find_document = find_document
        self._verbose = verbose

    def print(self, answer: Answer) -> None:
        """Write the answer, its sources or the closest passages, and the details if asked."""
        labels = LABELS[answer.language]
        if _asked(answer) != answer.question:
            self._lines(Text(labels.understood.format(visible(_asked(answer))), style=_NOTE_STYLE))
        self._answer(answer)
        if words := verdict_words(answer):
            self._lines(Text(" · ".join(words), style=_NOTE_STYLE))
        if answer.citations:
            self._heading(labels.sources)
            for citation in answer.citations:
                self._citation(answer, citation)
        elif answer.hits:
            self._heading(labels.closest_passages)
            for hit in answer.hits[:CLOSEST_PASSAGES]:
                self._closest_passage(answer, hit)
        if self._verbose:
            self._details(answer)

    def _answer(self, answer: Answer) -> None:
        said, deciding = led(answer)
        markers = find_markers(said, {c.index for c in answer.citations}, quoted_in(answer))
        text = Text(visible(unmistakable(said, markers)))
        text.stylize(_SHORT_ANSWER_STYLE, 0, deciding)
        for marker in markers:
            text.stylize(_MARKER_STYLE, marker.start, marker.end)
        for line in text.split("\n", allow_blank=True):
            if line.plain.startswith(_ITEM):
                self._lines(line[len(_ITEM) :], indent=len(_ITEM), lead=line[: len(_ITEM)])
            else:
                self._lines(line)

    def _citation(self, answer: Answer, citation: Citation) -> None:
        marker = Text(f"[{citation.index}] ", style=_MARKER_STYLE)
        where = " · ".join([citation.title or citation.source, *heading_words(citation)])
        self._lines(Text(visible(where)), indent=len(marker), lead=marker)
        known = (
            citation.publisher,
            citation.date,
            paragraph_words(citation, answer.language),
            page_words(citation, answer.language),
            version_words(citation, answer.language, self._find_document),
        )
        self._note(" · ".join(filter(None, known)))
        if not has_words(answer, citation.cited_text):
            self._lines(self._marked(citation.cited_text, _asked(answer)), indent=4)
        if citation.reading and not has_words(answer, citation.reading):
            self._note(citation.reading)
        if citation.translation:
            self._note(LABELS[answer.language].translated)

    def _closest_passage(self, answer: Answer, hit: Hit) -> None:
        document = self._find_document(hit.passage.document_id)
        place = hit.passage.label or paragraph_words(hit.passage, answer.language)
        title = visible(f"{document.title or document.source} · {place}")
        self._lines(Text(title, style=_NOTE_STYLE), indent=2, lead=Text("- ", style=_NOTE_STYLE))
        self._lines(self._marked(_excerpt(hit.passage.text), _asked(answer)), indent=2)

    def _details(self, answer: Answer) -> None:
        labels = LABELS[answer.language]
        self._heading(labels.found_passages)
        for rank, hit in enumerate(answer.hits, start=1):
            source = visible(self._find_document(hit.passage.document_id).source)
            place = labels.paragraph.format(hit.passage.paragraph)
            self._lines(Text(f"{rank:2} {hit.score:7.3f}  {source} · {place}"))
        took = answer.timings_ms
        self._lines(Text(labels.confidence.format(answer.confidence)))
        self._lines(Text(labels.timings.format(took.embed, took.search, took.answer, took.total)))

    def _marked(self, text: str, question: str) -> Text:
        marked = Text(visible(text))
        if self._console.is_terminal:  # elsewhere the marks would not show
            for start, end in find_matches(text, question):
                marked.stylize(_MATCH_STYLE, start, end)
        return marked

    def _note(self, text: str) -> None:
        self._lines(Text(visible(text), style=_NOTE_STYLE), indent=4)

    def _heading(self, label: str) -> None:
        self._lines(Text(f"\n{label}", style=_HEADING_STYLE))

    def _lines(self, text: Text, *, indent: int = 0, lead: Text | None = None) -> None:
        """Write a text line by line, the first after `lead`; only a terminal has a width."""
        is_terminal = self._console.is_terminal
        lines = wrap(text, self._console.width - indent) if is_terminal else text.split("\n")
        for line in lines:
            margin = lead or Text(" " * indent)
            self._console.print(Text.assemble(margin, line), soft_wrap=True)
            lead = None


def _asked(answer: Answer) -> str:
    return answer.resolved_question or answer.question


def _excerpt(text: str) -> str:
    """Return the start of a text on one line."""
    line = re.sub(r"\s+", " ", text).strip()
    return line if len(line) <= _EXCERPT_CHARACTERS else line[:_EXCERPT_CHARACTERS] + "…"

"""Questions that an asker may go on with: the headings near the answer, where they are answered."""

import re
from collections.abc import Callable, Sequence
from functools import lru_cache

from qa.corpus.passages import plain
from qa.index.store import Snapshot
from qa.language.text import is_chinese, to_script
from qa.types import Hit, Language

MAX_RELATED = 3

_ABOUT = {
    Language.SIMPLIFIED: "关于“{}”，文件怎么说？",
    Language.TRADITIONAL: "關於「{}」，文件怎麼說？",
    Language.ENGLISH: "What do the documents say about “{}”?",
}
_LONGEST_HEADING = 60
_SENTENCE_END = re.compile(r"[。！？!?:：;；…”]$|\d")


class RelatedQuestions:
    """Makes questions of headings; `is_answered` says whether one has an answer."""

    def __init__(self, snapshot: Snapshot, is_answered: Callable[[str, Language], bool]) -> None:
        self._snapshot = snapshot
        self._numbers = {passage.id: number for number, passage in enumerate(snapshot.passages)}
        self._row_of = snapshot.views.row_of
        self._is_answered = is_answered
        self._question = lru_cache(maxsize=4096)(self._checked)

    def near(self, hits: Sequence[Hit], language: Language, *, without: str) -> tuple[str, ...]:
        """Up to three questions from the headings of the hits; `without` is not repeated."""
        chosen: list[str] = []
        for hit in hits:  # one by one: each heading that is new has to be asked
            question = self._question(self._numbers[hit.passage.id], language)
            if question and question not in (without, *chosen):
                chosen.append(question)
            if len(chosen) == MAX_RELATED:
                break
        return tuple(chosen)

    def _checked(self, passage: int, language: Language) -> str:
        """The question about a passage's heading, or "" without a heading or an answer."""
        heading = self._heading(passage, language)
        question = _ABOUT[language].format(heading) if heading else ""
        return question if question and self._is_answered(question, language) else ""

    def _heading(self, passage: int, language: Language) -> str:
        row = self._snapshot.rows[int(self._row_of[is_chinese(language)][passage])]
        first, below, _ = self._snapshot.passages[passage].text.partition("\n")
        is_heading = below and len(first) <= _LONGEST_HEADING and not _SENTENCE_END.search(first)
        if not is_heading or is_chinese(row.language) != is_chinese(language):
            return ""
        return to_script(plain(row.text[slice(*row.sentences[0])]), language)

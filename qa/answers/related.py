"""Questions that an asker may go on with: those that the documents found ask and answer."""

from collections.abc import Sequence

from qa.corpus.passages import plain
from qa.index.store import Snapshot
from qa.language.text import is_chinese, to_script
from qa.types import BlockKind, Hit, Language

MAX_RELATED = 3
_LONGEST = 80


class RelatedQuestions:
    """Finds the questions of one snapshot ("问：收多少钱？") that stand above an answer."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self._row_of = snapshot.views.row_of

    def near(self, hits: Sequence[Hit], language: Language, *, without: str) -> tuple[str, ...]:
        """Up to three questions of the passages found; `without` is not repeated."""
        found = [self._question(self._snapshot.numbers[hit.passage.id], language) for hit in hits]
        return tuple(dict.fromkeys(q for q in found if q and q != without))[:MAX_RELATED]

    def _question(self, passage: int, language: Language) -> str:
        row = self._snapshot.rows[int(self._row_of[is_chinese(language)][passage])]
        if is_chinese(row.language) != is_chinese(language) or len(row.sentences) < 2:
            return ""
        first = plain(row.sentence(0))
        asks = first.endswith(("？", "?")) and len(first) <= _LONGEST
        return to_script(first, language) if asks and row.kinds[0] is BlockKind.HEADING else ""

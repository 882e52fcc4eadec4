"""What the reader makes of the best passages: which sentences answer, or that none does."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from embeddings.types import Reader, Reading, ReadPassage, Span
from qa.index.store import Snapshot
from qa.language.text import is_chinese
from qa.questions.imprint import asked_imprint
from qa.retrieval.keyword import KeywordScorer
from qa.types import ANSWERING, IMPRINT, BlockKind, Hit, Passage, Question

FEWEST_READ, MOST_READ = 3, 12
REACH = 1.75
"""Standard deviations of the search's score behind the best within which a passage is read, each in
some 8 ms. Of five passages, of 1.5, 1.75 and 2 answers right .69, .709, .725 and .727 on three
libraries, 5, 5, 6 and 7 passages in the mean."""

SEARCH_SHARE = 3.0
"""What a standard deviation of the search's score counts beside the reader's logits: of 1, 2 and 3
answers right .69, .70 and .72 on libraries that the reader was not trained on."""

MATCH_SHARE = 4.0
"""What a sentence that holds all words of the question counts beside the reader's logits. Of 0 and
4 the best sentence answers .755 and .766 on the same: the name of a row tells it from others."""

READ_TWICE = 3
"""Of as many passages as this, those that are read to answer best, another language is read too."""

UNREAD = Span(0, 0, 0, -1e4)
"""The span of a sentence that the reader has not seen."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """Sentence `number` of a row that may answer, with what speaks for it.

    `document` is the id of its document. `reading` is the reader's logit that it answers, `belongs`
    that it is part of the answer, `search` the score of its passage, and `score` what they are
    ordered by: `reading`, the search, and the words it has of the question. `span` are the deciding
    words of the sentence as the row has it, `own_span` those of the original where the row is a
    rendering.
    """

    document: str
    row: int
    number: int
    kind: BlockKind
    score: float
    reading: float
    belongs: float
    search: float
    span: Span
    own_span: Span

    @property
    def place(self) -> tuple[int, int]:
        """The row and the number of the sentence in it."""
        return self.row, self.number


class SentenceReader:
    """Reads the rows of one snapshot; remembers the last questions."""

    def __init__(self, snapshot: Snapshot, keyword: KeywordScorer, reader: Reader) -> None:
        self._snapshot = snapshot
        self._keyword = keyword
        self._reader = reader
        self._read = lru_cache(maxsize=16)(self._read_rows)

    def candidates(
        self, question: Question, hits: Sequence[Hit], *, part: str = ""
    ) -> list[Candidate]:
        """The sentences of hits, the best of a search first, that may answer; best first.

        With `part`, those that may answer that part of the question.
        """
        question.deadline.check()
        kinds = ANSWERING | IMPRINT if asked_imprint(question.asks) else ANSWERING
        rows = [self.row_of(question, hit.passage) for hit in hits]
        found = dict(self._read(part or question.text, tuple(rows)))
        second = self._snapshot.views.second
        best = sorted(rows, key=lambda row: -found[row].sentence_scores.max(initial=UNREAD.score))
        if seconds := [int(second[row]) for row in best[:READ_TWICE] if second[row] >= 0]:
            found |= self._read(part or question.text, tuple(seconds))
        coverage = self._keyword.keyword_scores(question).coverage(rows)
        candidates = []
        for hit, row in zip(hits, rows, strict=True):
            searched = SEARCH_SHARE * (hit.score - hits[0].score)
            own = found[row]
            other = found.get(int(second[row]), own)
            spans = own.spans
            if self._snapshot.rows[row].is_rendering:
                spans = (UNREAD,) * len(spans) if other is own else other.spans
            for number, kind in enumerate(self._snapshot.rows[row].kinds):
                if kind not in kinds:
                    continue
                reading = float(own.sentence_scores[number] + other.sentence_scores[number]) / 2
                candidates.append(
                    Candidate(
                        document=hit.passage.document_id,
                        row=row,
                        number=number,
                        kind=kind,
                        score=reading + searched + MATCH_SHARE * float(coverage[row][number]),
                        reading=reading,
                        belongs=float(own.belongs[number] + other.belongs[number]) / 2,
                        search=hit.score,
                        span=own.spans[number],
                        own_span=spans[number],
                    )
                )
        return sorted(candidates, key=lambda candidate: -candidate.score)

    def row_of(self, question: Question, passage: Passage) -> int:
        """The row that stands for a passage in a question's language."""
        row_of = self._snapshot.views.row_of[is_chinese(question.language)]
        return int(row_of[self._snapshot.number_of(passage)])

    def _read_rows(self, text: str, rows: tuple[int, ...]) -> Mapping[int, Reading]:
        found = self._reader.read(text, [passage_of(self._snapshot, row) for row in rows])
        return dict(zip(rows, found, strict=True))


def worth_reading(hits: Sequence[Hit]) -> list[Hit]:
    """Those of hits, best first, that may hold the answer."""
    return [
        hit
        for number, hit in enumerate(hits[:MOST_READ])
        if number < FEWEST_READ or hit.score >= hits[0].score - REACH
    ]


def passage_of(snapshot: Snapshot, number: int) -> ReadPassage:
    """A row under the title of its document and its own heading, as the reader learnt them."""
    row = snapshot.rows[number]
    passage = snapshot.passages[row.passage]
    title = snapshot.by_id[passage.document_id].title
    heading = "" if row.is_rendering else heading_of(passage, title)
    sentences = tuple(row.text[start:end] for start, end in row.sentences)
    return ReadPassage(heading, sentences)


def heading_of(passage: Passage, title: str) -> str:
    """What stands above a passage where it is read: the document's title, its own heading."""
    return " ".join([title, *passage.path[-1:]])

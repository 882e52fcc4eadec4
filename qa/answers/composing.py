"""Hits become an answer: what decides it, the sentences that say so, or an honest no."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from embeddings.types import Reader
from qa.answers import short
from qa.answers.choosing import PART, Group, choose, counted_through, grouped, of_sides, once
from qa.answers.citing import Citer, introduction, is_readable, said
from qa.answers.confidence import read_probability
from qa.answers.lists import stated
from qa.answers.lookups import Lookups, no_article
from qa.answers.reading import Candidate, SentenceReader, worth_reading
from qa.answers.refusals import HELP, NO_ANSWER, THANKS, refusal
from qa.answers.superlatives import extreme
from qa.index.store import Snapshot
from qa.language.names import find_years
from qa.language.text import fold, to_script
from qa.questions.asking import is_greeting, is_thanks
from qa.questions.imprint import asks_for_document
from qa.questions.parts import parts as parts_of
from qa.retrieval.hybrid import Searchers
from qa.retrieval.lookup import FoundArticle
from qa.types import BlockKind, Citation, Coverage, Document, Hit, Language, Question, Status

READ_THRESHOLD = 0.45
"""Confidence below which the answer is no. Of .4, .45 and .5 answers right .763, .754 and .745 on
three libraries that the reader was not trained on, with .07, .08 and .08 of the answerable
questions refused and .87, .88 and .88 of the others (benchmarks/libraries.md)."""

NEAR = 0.03
"""Confidence above which a no says what the nearest passage has instead: that of 1994 on the World
Cup is none (.00), that of other figures for the year that is asked about is (.05 and more)."""

OTHER_YEARS = 2.0
"""Logits that a passage loses that names years, but none that is asked about. On libraries that the
reader was not trained on, of 0, 1, 2 and 3 near misses refused .72, .73, .73 and .73 where .08 of
the answers are, with as many right; the reader sees most of them itself."""

BELOW = 0.2
"""The most that an answer about another place, law or issuer than the one asked about counts."""


@dataclass(frozen=True, slots=True)
class Composed:
    """What an answer says, with how sure it is (0 to 1)."""

    status: Status
    text: str
    confidence: float
    citations: tuple[Citation, ...] = ()
    coverage: Coverage | None = None
    short_answer: str = ""

    def language(self, asked: Language) -> Language:
        """The language that most of the answer is in: the asker's as far as it could be."""
        foreign = [c.language for c in self.citations if not is_readable(c, asked)]
        return foreign[0] if 2 * len(foreign) > len(self.citations) else asked


class Answerer:
    """Chooses and cites the sentences of one snapshot."""

    def __init__(self, snapshot: Snapshot, searchers: Searchers, reader: Reader) -> None:
        self._snapshot = snapshot
        self._preference = searchers.documents
        self._reader = SentenceReader(snapshot, searchers.keyword_scorer, reader)
        self._citer = Citer(snapshot)
        self._lookups = Lookups(snapshot)

    def compose(
        self, question: Question, hits: Sequence[Hit], *, article: FoundArticle | None = None
    ) -> Composed:
        """Answer from the best hits; the status is `no_answer` below the threshold.

        An article that was asked for by number is the first of the hits.
        """
        if given := self._without_reading(question, article):
            return given
        near = worth_reading(hits)
        read = self._read(question, near)
        if not read:
            return Composed(Status.NO_ANSWER, NO_ANSWER[question.language], 0.0)
        absent = {row: self._absent(question, row) for row in {c.row for c in read}}
        if article:  # it may stand in several passages; other laws have one of that number too
            own = self._snapshot.columns.passages
            read = [c for c in read if own[c.row] in article.passages] or read
        # What is of the place asked about goes before what is of another.
        candidates = [c for c in read if not absent[c.row]] or read
        best = candidates[0]
        confidence = sureness(candidates)
        asked = parts_of(question.asks)
        parts = self._parts(question, near, asked)
        if parts:  # each may be answered elsewhere, and none by what answers all
            confidence = max(confidence, min(sureness(found) for found in parts))
        looked_up = self._lookups.imprint(question, hits)
        if looked_up or article:
            confidence = max(confidence, READ_THRESHOLD)
        if absent[best.row]:
            confidence = min(confidence, BELOW)
        if confidence < READ_THRESHOLD:
            nearest = self._text(best.row) if confidence > NEAR else ""
            return Composed(
                Status.NO_ANSWER, refusal(question, nearest, absent[best.row]), confidence
            )
        if looked_up:
            return self._quoted(question, looked_up, confidence)
        return self._answered(question, candidates, parts, confidence)

    def reading_score(self, question: Question, hits: Sequence[Hit]) -> float:
        """How sure it is, 0 to 1, that the best three hits answer a question."""
        candidates = self._read(question, hits[:3])
        return sureness(candidates) if candidates else 0.0

    def sentences(self, question: Question, hits: Sequence[Hit], k: int) -> list[Citation]:
        """The k sentences of the hits that answer the question best, best first."""
        best = self._reader.candidates(question, hits)[:k]
        return [self._citer.cite(c.row, c.number, index) for index, c in enumerate(best, 1)]

    def _absent(self, question: Question, row: int) -> tuple[str, ...]:
        """The names of the question that neither a row nor its document has."""
        return self._preference.absent(question, row, self._text(row))

    def _read(self, question: Question, hits: Sequence[Hit], *, part: str = "") -> list[Candidate]:
        """The sentences that may answer, best first; what is of other years counts less."""
        found = self._reader.candidates(question, hits, part=part)
        asked = find_years(question.text)
        if not asked:
            return found
        given = {row: find_years(self._text(row)) for row in {c.row for c in found}}
        weighed = [
            replace(c, score=c.score - OTHER_YEARS, reading=c.reading - OTHER_YEARS)
            if given[c.row] and not asked & given[c.row]
            else c
            for c in found
        ]
        return sorted(weighed, key=lambda candidate: -candidate.score)

    def _text(self, row: int) -> str:
        """A passage with what stands above it, in all its languages."""
        rows, second = self._snapshot.rows, int(self._snapshot.views.second[row])
        views = [rows[view].text for view in (row, second) if view >= 0]
        return "\n".join([self._snapshot.contexts[rows[row].context], *views])

    def _without_reading(self, question: Question, article: FoundArticle | None) -> Composed | None:
        """What needs no choice of sentences: a greeting, or an article that is asked for whole."""
        if is_greeting(question.text):
            reply = THANKS if is_thanks(question.text) else HELP
            return Composed(Status.NO_ANSWER, reply[question.language], 0.0)
        if article and not article.passages:
            return Composed(Status.NO_ANSWER, no_article(question, article), 0.0)
        if article and article.is_whole:
            return self._quoted(question, self._lookups.article(article), 1.0)
        return None

    def _quoted(
        self, question: Question, places: Sequence[tuple[int, int]], confidence: float
    ) -> Composed:
        """The sentences at some places, each with its mark."""
        citations = [
            self._citer.cite(row, number, index) for index, (row, number) in enumerate(places, 1)
        ]
        sentences = [said(citation, question.language) for citation in citations]
        text = introduction(citations, question.language) + " ".join(sentences)
        return Composed(Status.GROUNDED, text, confidence, tuple(citations))

    def _answered(
        self,
        question: Question,
        candidates: Sequence[Candidate],
        asked: Sequence[Sequence[Candidate]],
        confidence: float,
    ) -> Composed:
        """The short answer, and the sentences that belong to it.

        `asked` are the candidates for each part of a question of several.
        """
        language, documents = question.language, self._snapshot.documents
        sides = [
            {documents[number].id for number in flags.nonzero()[0]}
            for flags in self._preference.naming(question).parts
        ]
        first = (
            next((c for c in found if c.document == candidates[0].document), None)
            for found in asked
        )
        parts = [c for c in first if c and c.reading >= PART]
        if compared := extreme(question.asks, candidates, self._snapshot):
            others = [c for c in candidates if c.row != compared[0].row]
            candidates = [*compared, *others]
        chosen = choose(candidates, sides, parts)
        if not compared:
            chosen = self._of_named_rows(question.asks, chosen)
        chosen = self._said_once([*compared, *chosen])
        if counted := counted_through(chosen[0], candidates, self._snapshot):
            chosen = once([*counted, *chosen])
        groups = grouped(chosen, self._snapshot.rows)
        by_place = {c.place: c for c in chosen}
        citations: dict[tuple[int, int], Citation] = {}
        told = [self._part(group, by_place, citations, question) for group in groups]
        quoted = [self._document(group.row) for group in groups]
        if len({document.id for document in quoted}) > 1:
            told = [
                part if document is last else f"{to_script(document.title, language)}\n{part}"
                for document, last, part in zip(quoted, [None, *quoted], told, strict=False)
            ]
        cited = tuple(citations.values())
        lead = introduction(cited, language)
        text = f"{lead.strip()}\n" if lead and len(told) > 1 else lead
        text += "\n".join(told)
        deciding = parts if asked else of_sides(chosen, sides) or chosen[:1]
        answer, giving = "", list[Candidate]()
        if compared and not asked:
            answer, giving = self._first_cell(compared[0], language), compared[:1]
        elif len(parts) == len(asked):  # half an answer does not lead
            answer, giving = self._short(question, deciding, groups)
        if answer:
            marks = dict.fromkeys(f"[{citations[c.place].index}]" for c in giving)
            text = f"{answer} {''.join(marks)}\n{text}"
        coverage = self._coverage(groups)
        partial = coverage is not None and coverage.found < coverage.stated
        status = Status.PARTIAL if partial else Status.GROUNDED
        return Composed(status, text, confidence, cited, coverage, answer)

    def _coverage(self, groups: Sequence[Group]) -> Coverage | None:
        """How many items of how many, where the answer is one list that says how many it has."""
        if len(groups) > 1 or groups[0].lead < 0 or len(groups[0].numbers) < 2:
            return None
        row = self._snapshot.rows[groups[0].row]
        number = stated(row.sentence(groups[0].lead))
        found = len(groups[0].numbers)
        return Coverage(found, number) if number >= found else None

    def _said_once(self, chosen: Sequence[Candidate]) -> list[Candidate]:
        """Without what another document of the same title, a copy or a version, says too."""
        said: dict[tuple[str, str], str] = {}
        kept = []
        for candidate in once(chosen):
            title = self._document(candidate.row).title
            words = self._snapshot.rows[candidate.row].sentence(candidate.number)
            first = said.setdefault((fold(title), fold(words)), candidate.document)
            if first == candidate.document:
                kept.append(candidate)
        return kept

    def _of_named_rows(self, asks: str, chosen: Sequence[Candidate]) -> list[Candidate]:
        """Without the rows of a table that the question names less than the best of it."""
        named: dict[tuple[int, int], int] = {}
        best: dict[int, int] = {}
        for candidate in chosen:
            if candidate.kind is BlockKind.ROW:
                row = self._snapshot.rows[candidate.row].sentence(candidate.number)
                named[candidate.place] = short.named_as(asks, row)
                best.setdefault(candidate.row, named[candidate.place])
        return [c for c in chosen if c.place not in named or named[c.place] >= best[c.row]]

    def _part(
        self,
        group: Group,
        candidates: dict[tuple[int, int], Candidate],
        citations: dict[tuple[int, int], Citation],
        question: Question,
    ) -> str:
        """The sentences of a group with their marks; `citations` gets what they cite."""
        kinds = self._snapshot.rows[group.row].kinds
        is_list = group.lead >= 0 or (
            len(group.numbers) > 1 and all(kinds[n] is BlockKind.ITEM for n in group.numbers)
        )
        lines = []
        for number in ([group.lead] if group.lead >= 0 else []) + list(group.numbers):
            chosen = candidates.get((group.row, number))
            citation = self._citer.cite(group.row, number, len(citations) + 1, chosen)
            citations[group.row, number] = citation
            row = citation.reading
            if chosen and row:
                row = short.asked_cells(question.asks, chosen.span, row)
            words = said(citation, question.language, row=row)
            lines.append(f"- {words}" if is_list and number != group.lead else words)
        is_table = kinds[group.numbers[0]] is BlockKind.ROW
        return ("\n" if is_list or is_table else " ").join(lines)

    def _short(
        self, question: Question, deciding: list[Candidate], groups: Sequence[Group]
    ) -> tuple[str, list[Candidate]]:
        """The short answer, of each part that is asked its own, and the sentences that give it.

        "" where none is sure.
        """
        language, first = question.language, deciding[0]
        if asks_for_document(question.asks):
            return to_script(short.name_of(self._document(first.row)), language), deciding[:1]
        words = [self._words(candidate, question.asks, language) for candidate in deciding]
        is_list = groups[0].lead >= 0 and len(groups[0].numbers) > 1
        if is_list or not all(words):
            return "", []
        return short.BETWEEN[language].join(dict.fromkeys(words)), deciding

    def _parts(
        self, question: Question, hits: Sequence[Hit], asked: Sequence[str]
    ) -> list[list[Candidate]]:
        """The sentences that may answer each part of a question of several, best first."""
        if len(asked) < 2:
            return []
        return [self._read(question, hits, part=part) for part in asked]

    def _words(self, candidate: Candidate, asks: str, language: Language) -> str:
        """The deciding words of a sentence, or "" where they are not sure."""
        row = self._snapshot.rows[candidate.row]
        return short.deciding_words(
            candidate.span,
            row.sentence(candidate.number),
            language,
            source=self._document(candidate.row).language,
            row_asked=asks if row.kinds[candidate.number] is BlockKind.ROW else "",
        )

    def _first_cell(self, candidate: Candidate, language: Language) -> str:
        """What a table row is about."""
        row = self._snapshot.rows[candidate.row]
        return to_script(short.row_name(row.sentence(candidate.number)), language)

    def _document(self, row: int) -> Document:
        passage = self._snapshot.passages[self._snapshot.rows[row].passage]
        return self._snapshot.by_id[passage.document_id]


def sureness(candidates: Sequence[Candidate]) -> float:
    """How sure it is that one of some candidates, best first, answers, 0 to 1."""
    logit = float(np.logaddexp.reduce([c.reading for c in candidates]))
    return read_probability(logit, candidates[0].search)

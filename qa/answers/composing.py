"""Hits become an answer: the sentences that say it, each with its citation, or an honest no."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from embeddings.types import FloatVector, Reader
from qa.answers import reading
from qa.answers.citing import Citer, introduction, is_readable, said
from qa.answers.confidence import Features, probability, read_probability
from qa.answers.evidence import EvidenceReader
from qa.answers.lists.list_sources import Sentence
from qa.answers.lists.listing import FoundList, ListFinder, Place, list_text
from qa.answers.lookups import Lookups, no_article
from qa.answers.reading import SentenceReader
from qa.answers.refusals import GREETING, NO_ANSWER, Nearest, refusal
from qa.index.store import Snapshot
from qa.language.text import to_script
from qa.questions.asking import Kind, asked_kind, holds, is_greeting
from qa.questions.demands import describes_person
from qa.questions.imprint import asked_imprint
from qa.retrieval.dense import DenseScorer
from qa.retrieval.hybrid import SECOND_VIEW_WEIGHT
from qa.retrieval.keyword import KeywordScorer
from qa.retrieval.lookup import FoundArticle
from qa.retrieval.naming import DocumentPreference
from qa.types import (
    ANSWERING,
    IMPRINT,
    Citation,
    Coverage,
    Hit,
    Language,
    Question,
    Status,
)

PASSAGES_READ = 3
"""Best passages whose sentences may answer."""

MAX_SENTENCES = 3

SINGLE_LEAD = 1.0
"""What the lead over the second passage counts as where there is only one."""

DENSE_SHARE = 0.2
"""A standard deviation of closeness counts as much as this share of the question covered. Of
1/3, 1/5, 1/8 and 1/12, best or level on all bench sets (sentence choice, see benchmarks)."""

KIND_BONUS = 0.1
"""For a sentence that holds the kind of thing asked for (.84 -> .842 on XQuAD-dev en)."""

POST_BONUS = 0.5
"""For the sentence that puts a post beside the person asked about: it outweighs any that only
name the person, of which there are many more."""

MARGIN = 0.2
"""Sentences this close to the best one are given too: 1.2 to 1.4 sentences an answer, and the
answer holds the gold span in .89 instead of .84 (XQuAD-dev en, gold passage given)."""

THRESHOLD = 0.25
"""Confidence below which the answer is no; benchmarks/confidence.md says what it trades."""

READ_THRESHOLD = 0.4
"""The same where the reader has read. In libraries that it was not fitted on .16 of the answerable
questions lie below it and .6 of the others (benchmarks/libraries.md)."""

BELOW = 0.2
"""The most that an answer about another place, law or issuer than the one asked about counts."""

LIST_FIT = 0.8
"""How well a list must fit the question to be given at any confidence, as a post beside the name
asked about is: no unanswerable gold question finds either."""


@dataclass(frozen=True, slots=True)
class Composed:
    """What an answer says, with how sure it is (0 to 1)."""

    status: Status
    text: str
    confidence: float
    citations: tuple[Citation, ...]
    coverage: Coverage | None = None

    def language(self, asked: Language) -> Language:
        """The language that most of the answer is in: the asker's as far as it could be."""
        foreign = [c.language for c in self.citations if not is_readable(c, asked)]
        return foreign[0] if 2 * len(foreign) > len(self.citations) else asked


@dataclass(frozen=True, slots=True)
class Candidate:
    """Sentence `number` of a row that may answer, with what speaks for it.

    `reading` is the reader's logit, where one reads; then the order is by that and by the search.
    """

    row: int
    number: int
    score: float
    closeness: float
    coverage: float
    reading: float = 0.0


class Answerer:
    """Chooses and cites the sentences of one snapshot."""

    def __init__(
        self,
        snapshot: Snapshot,
        dense: DenseScorer,
        keyword: KeywordScorer,
        documents: DocumentPreference | None = None,
        reader: Reader | None = None,
    ) -> None:
        self._reader = SentenceReader(snapshot, reader) if reader else None
        self._preference = documents or DocumentPreference(snapshot, keyword)
        self._snapshot = snapshot
        self._dense = dense
        self._keyword = keyword
        self._evidence = EvidenceReader(snapshot, keyword)
        self._lists = ListFinder(snapshot)
        self._numbers = {passage.id: number for number, passage in enumerate(snapshot.passages)}
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
        candidates = self.candidates(question, hits)
        if not candidates:
            return Composed(Status.NO_ANSWER, NO_ANSWER[question.language], 0.0, ())
        absent = {row: self._absent(question, row) for row in {c.row for c in candidates}}
        # What is of the place asked about goes before what is of another.
        candidates = [c for c in candidates if not absent[c.row]] or candidates
        best = candidates[0]
        features = self.features(question, hits, best)
        confidence = self._confidence(question, best, candidates, features)
        places = [Place(Sentence(c.row, c.number), c.score) for c in candidates]
        found = self._found_list(question, places)
        nearest_words = self._evidence.texts(best.row, best.number)
        looked_up = self._lookups.imprint(question, hits)
        certain = (found and found.fit >= LIST_FIT) or describes_person(question, nearest_words)
        threshold = READ_THRESHOLD if self._reader else THRESHOLD
        if certain or looked_up or article:
            confidence = max(confidence, threshold)
        if confidence < threshold or absent[best.row]:
            nearest = Nearest(
                self._evidence.texts(best.row),
                features.lacking,
                absent[best.row] or self._unsaid_names(question, best.row),
            )
            confidence = min(confidence, BELOW) if absent[best.row] else confidence
            return Composed(Status.NO_ANSWER, refusal(question, nearest), confidence, ())
        if looked_up:
            return self._quoted(question, looked_up, confidence)
        if found:
            return self._listed(question, found, confidence)
        chosen = [(c.row, c.number) for c in self.choose(candidates)]
        return self._quoted(question, chosen, confidence)

    def _unsaid_names(self, question: Question, row: int) -> tuple[str, ...]:
        """The proper names of the question of which a passage does not speak."""
        names = self._evidence.absent_names(question, row)
        return tuple(name for name in names if not self._preference.is_named(row, name))

    def _confidence(
        self,
        question: Question,
        best: Candidate,
        candidates: Sequence[Candidate],
        features: Features,
    ) -> float:
        """How sure it is that the question is answered: by what was read, else by what matches."""
        if self._reader:
            logits = [candidate.reading for candidate in candidates]
            return read_probability(float(np.logaddexp.reduce(logits)))
        across = bool(self._dense.are_across(question, np.array([best.row]))[0])
        return probability(features, across=across)

    def _absent(self, question: Question, row: int) -> tuple[str, ...]:
        """The names of the question that neither a row nor its document has."""
        return self._preference.absent(question, row, self._evidence.texts(row))

    def _without_reading(self, question: Question, article: FoundArticle | None) -> Composed | None:
        """What needs no choice of sentences: a greeting, or an article that is asked for whole."""
        if is_greeting(question.text):
            return Composed(Status.NO_ANSWER, GREETING[question.language], 0.0, ())
        if article and not article.passages:
            return Composed(Status.NO_ANSWER, no_article(question, article), 0.0, ())
        if article and article.is_whole:
            return self._quoted(question, self._lookups.article(article), 1.0)
        return None

    def _quoted(
        self, question: Question, places: Sequence[tuple[int, int]], confidence: float
    ) -> Composed:
        """The sentences at some places, each with its mark."""
        citations = [
            self._citer.cite(question, row, number, index)
            for index, (row, number) in enumerate(places, 1)
        ]
        sentences = [said(citation, question.language) for citation in citations]
        text = introduction(citations, question.language) + " ".join(sentences)
        return Composed(Status.GROUNDED, text, confidence, tuple(citations))

    def candidates(
        self, question: Question, hits: Sequence[Hit], *, passages: int = 0
    ) -> list[Candidate]:
        """The sentences of the best hits that may answer, best first; of `passages` hits."""
        kind = asked_kind(question.text)
        usual = reading.PASSAGES_READ if self._reader else PASSAGES_READ
        read = hits if kind is Kind.POST and not self._reader else hits[: passages or usual]
        numbers = [self._row(question, hit) for hit in read]
        kinds = ANSWERING | IMPRINT if asked_imprint(question.text) else ANSWERING
        candidates = []
        readings = self._read(question, numbers)
        sentences = self._sentences(question, numbers)
        for hit, number, (closeness, coverage) in zip(read, numbers, sentences, strict=True):
            row = self._snapshot.rows[number]
            behind = (hits[0].score - hit.score) * DENSE_SHARE
            for index, span in enumerate(row.sentences):
                if row.kinds[index] not in kinds:
                    continue
                fits = holds(kind, row.text[slice(*span)])
                near, covered = float(closeness[index]), float(coverage[index])
                score = DENSE_SHARE * near + covered + KIND_BONUS * fits - behind
                if kind is Kind.POST and describes_person(
                    question, self._evidence.texts(number, index)
                ):
                    score += POST_BONUS
                logit = 0.0
                if number in readings:
                    logit = float(readings[number][index])
                    searched = reading.SEARCH_SHARE * (hit.score - hits[0].score)
                    score = logit + searched + reading.MATCH_SHARE * score
                candidates.append(Candidate(number, index, score, near, covered, logit))
        return sorted(candidates, key=lambda candidate: -candidate.score)

    def _read(self, question: Question, rows: Sequence[int]) -> dict[int, FloatVector]:
        """The reader's logits of the sentences of rows, read in both their languages."""
        if not self._reader:
            return {}
        seconds = self._dense.second_view(np.array(rows, dtype=np.int64)).tolist()
        found = self._reader.read(question, [*rows, *(row for row in seconds if row >= 0)])
        return {
            row: found[row].sentence_scores
            if second < 0
            else (found[row].sentence_scores + found[second].sentence_scores) / np.float32(2)
            for row, second in zip(rows, seconds, strict=True)
        }

    def sentences(self, question: Question, hits: Sequence[Hit], k: int) -> list[Citation]:
        """The k sentences of the hits that match the question best, best first."""
        best = self.candidates(question, hits, passages=len(hits))[:k]
        return [
            self._citer.cite(question, c.row, c.number, index) for index, c in enumerate(best, 1)
        ]

    def _found_list(self, question: Question, places: Sequence[Place]) -> FoundList | None:
        """The list that is asked for, unless headings or lead-ins are what it would give."""
        found = self._lists.find(question.text, places)
        if found is None:
            return None
        rows = self._snapshot.rows
        kinds = {rows[item.sentence.row].kinds[item.sentence.number] for item in found.items}
        return found if kinds <= ANSWERING else None

    def choose(self, candidates: Sequence[Candidate]) -> Sequence[Candidate]:
        """Those that answer, of candidates best first: the best, and what comes close to it."""
        margin = reading.MARGIN if self._reader else MARGIN
        near = [c for c in candidates if c.score >= candidates[0].score - margin]
        return near[:MAX_SENTENCES]

    def _sentences(
        self, question: Question, rows: Sequence[int]
    ) -> Iterator[tuple[FloatVector, FloatVector]]:
        """Closeness and coverage of each sentence of the rows, read in both their languages."""
        seconds = self._dense.second_view(np.array(rows, dtype=np.int64)).tolist()
        views = [*rows, *(second for second in seconds if second >= 0)]
        coverages = self._keyword.keyword_scores(question).coverage(views)
        for row, second in zip(rows, seconds, strict=True):
            closeness, coverage = self._dense.sentence_scores(question, row), coverages[row]
            if second >= 0:
                near = self._dense.sentence_scores(question, second)
                closeness = closeness + SECOND_VIEW_WEIGHT * (near - closeness)
                coverage = coverage + SECOND_VIEW_WEIGHT * (coverages[second] - coverage)
            yield closeness, coverage

    def features(self, question: Question, hits: Sequence[Hit], best: Candidate) -> Features:
        """What the confidence is computed from."""
        return Features(
            sentence=best.closeness,
            passage=self._dense.score_of(question, best.row),
            coverage=best.coverage,
            lead=hits[0].score - hits[1].score if len(hits) > 1 else SINGLE_LEAD,
            lacking=self._evidence.lacking(question, best.row, best.number),
        )

    def _row(self, question: Question, hit: Hit) -> int:
        """The row that stands for a passage in a question's language."""
        return self._dense.row_of(question, self._numbers[hit.passage.id])

    def _listed(self, question: Question, found: FoundList, confidence: float) -> Composed:
        """Give every item of a list, each with the mark of the sentence that names it."""
        cited = list(dict.fromkeys(item.sentence for item in found.items))
        citations = [
            self._citer.cite(question, at.row, at.number, index)
            for index, at in enumerate(cited, 1)
        ]
        items = [
            (to_script(self._lists.text(item), question.language), cited.index(item.sentence) + 1)
            for item in found.items
        ]
        return Composed(
            Status.PARTIAL if found.is_partial else Status.GROUNDED,
            list_text(items, found, question.language),
            confidence,
            tuple(citations),
            found.coverage,
        )

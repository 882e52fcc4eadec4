"""What of a question a sentence and its passage hold, and what of it they lack.

A passage about the right thing may still not say what was asked: it gives another year, speaks
of another place, counts something else. A passage that has a rendering is read in both languages:
a word that one text lacks may stand in the other.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from embeddings.types import FloatMatrix, FloatVector
from qa.index.store import Snapshot, chinese_rows
from qa.language.text import is_chinese
from qa.language.words import content_words
from qa.questions import demands
from qa.retrieval.keyword import KeywordScorer
from qa.types import Group, Question


@dataclass(frozen=True, slots=True)
class Lacking:
    """What a sentence and its passage do not have of what a question names; 0 is nothing.

    in_sentence, in_passage: share of the content words' idf mass, 0 to 1. names, figures: how many
    of the proper names, and of the numbers and dates, the passage lacks. year: a year asked about
    is not in the passage. other_year: the sentence has another year instead. counted, attribute:
    the thing counted or the property asked for is not beside the sentence. person: one is asked
    for and none named. deputy: the sentence has the deputy only. topic: the question has a single
    content word or none, so that any passage holds all of it.
    """

    in_sentence: float
    in_passage: float
    names: float
    figures: float
    year: float
    other_year: float
    counted: float
    attribute: float
    person: float
    deputy: float
    topic: float


@dataclass(frozen=True, slots=True, eq=False)
class Presence:
    """How far the sentences of a passage hold the content words of a question.

    words: each with whether it is a proper name. idf: shape (words,). held: shape
    (words, sentences), 0 to 1. figures: which words are numbers or dates.
    """

    words: tuple[tuple[str, bool], ...]
    idf: FloatVector
    held: FloatMatrix
    figures: NDArray[np.bool_]


class EvidenceReader:
    """Compares questions with the passages of one snapshot, in both languages."""

    def __init__(self, snapshot: Snapshot, keyword: KeywordScorer) -> None:
        self._rows = snapshot.rows
        self._contexts = snapshot.contexts
        self._postings = snapshot.postings
        self._keyword = keyword
        self._second = snapshot.views.second
        self._chinese: list[bool] = chinese_rows(snapshot.rows).tolist()
        self._population = Counter(self._chinese)
        # A refusal asks for the names of what has been read for the confidence.
        self.presence = lru_cache(maxsize=16)(self._presence)

    def _presence(self, question: Question, row: int) -> Presence:
        """Look for each content word in each sentence of a row."""
        words = tuple(content_words(question.text))
        idf, held = self._held(question, [word for word, _ in words], row)
        figures = np.array([w[0].isdigit() or w[0] == "#" for w, _ in words], dtype=bool)
        return Presence(words, idf, held, figures)

    def lacking(self, question: Question, row: int, sentence: int) -> Lacking:
        """Say what sentence number `sentence` of a row, and its passage, lack of a question."""
        presence = self.presence(question, row)
        mass = max(float(presence.idf.sum()), 1e-9)
        absent = 1 - presence.held.max(axis=1, initial=0.0)
        names = np.array([is_name for _, is_name in presence.words], dtype=bool)
        said, passage = self.texts(row, sentence), self.texts(row)
        asked, given, others = map(demands.years, (question.text, passage, said))
        return Lacking(
            in_sentence=float(presence.idf @ (1 - presence.held[:, sentence])) / mass,
            in_passage=float(presence.idf @ absent) / mass,
            names=float(absent[names].sum()),
            figures=float(absent[presence.figures].sum()),
            year=float(bool(asked) and not asked & given),
            other_year=float(bool(asked) and bool(others) and not asked & others),
            counted=self._counted(question, row, sentence),
            attribute=self._beside(question, demands.attribute(question), row, sentence),
            person=float(demands.lacks_person(question, said)),
            deputy=float(demands.has_deputy_only(question, said)),
            topic=float(len(presence.words) <= 1),
        )

    def absent_names(self, question: Question, row: int) -> tuple[str, ...]:
        """The proper names of the question, folded, that a row does not hold in either language."""
        presence = self.presence(question, row)
        found = presence.held.max(axis=1, initial=0.0)
        return tuple(
            word
            for (word, is_name), held in zip(presence.words, found, strict=True)
            if is_name and held < 0.5
        )

    def texts(self, row: int, sentence: int | None = None) -> str:
        """A passage with what stands above it, or a sentence of it, in all its languages."""
        views = [self._rows[view] for view in (row, int(self._second[row])) if view >= 0]
        if sentence is None:
            above = self._contexts[self._rows[row].context]
            return "\n".join([above, *(view.text for view in views)])
        return "\n".join(view.text[slice(*view.sentences[sentence])] for view in views)

    def _counted(self, question: Question, row: int, sentence: int) -> float:
        thing = demands.counted_thing(question)
        counted = demands.is_counted(thing, self.texts(row, sentence)) if thing else True
        return self._beside(question, thing, row, sentence) if counted is None else 1.0 - counted

    def _beside(self, question: Question, word: str, row: int, sentence: int) -> float:
        """How far a word is missing in a sentence and its neighbours."""
        if not word:
            return 0.0
        _, held = self._held(question, [word], row)
        return 1.0 - float(held[0, max(0, sentence - 1) : sentence + 2].max())

    def _held(
        self, question: Question, words: Sequence[str], row: int
    ) -> tuple[FloatVector, FloatMatrix]:
        """Words' idf, and how far each sentence holds them or their like in the other language."""
        idf = np.zeros(len(words), dtype=np.float32)
        held = np.zeros((len(words), len(self._rows[row].sentences)), dtype=np.float32)
        for view in (row, int(self._second[row])):
            if view < 0:
                continue
            within = self._chinese[view] == is_chinese(question.language)
            groups: list[Group] = [
                {(word,): 1.0} if within else self._translate(question, word) for word in words
            ]
            known = [number for number, group in enumerate(groups) if group]
            population = self._population[self._chinese[view]]
            if not known:
                continue
            asked = [groups[number] for number in known]
            found, there = self._keyword.held(asked, population, np.array([view]))
            held[known] = np.maximum(held[known], found)
            idf[known] = there if within else np.where(idf[known] > 0, idf[known], there)
        idf[idf == 0] = self._postings.idf(0, self._population[self._chinese[row]])
        return idf, held

    def _translate(self, question: Question, word: str) -> Group:
        return self._keyword.lexicon.translate(word, question.language)

"""How sure an answer is, in words; the page says the same (api/page/answer.js)."""

from api.labels import LABELS
from qa.types import Answer, Status

SURE = 0.85
FAIRLY_SURE = 0.6
"""Confidence from which an answer is called so; below, the reader is told to check the source."""


def verdict_words(answer: Answer) -> list[str]:
    """Return how much of the question is answered, where that is told, and how sure it is.

    Nothing is said of an answer that says no.
    """
    labels = LABELS[answer.language]
    if answer.status is Status.NO_ANSWER:
        return []
    words = []
    coverage = answer.coverage
    if coverage and coverage.stated > 0:
        label = labels.coverage if coverage.found < coverage.stated else labels.coverage_all
        words.append(label.format(found=coverage.found, stated=coverage.stated))
    elif answer.status is Status.PARTIAL:
        words.append(labels.partial)
    if answer.confidence >= SURE:
        return [*words, labels.sure]
    return [*words, labels.fairly_sure if answer.confidence >= FAIRLY_SURE else labels.unsure]

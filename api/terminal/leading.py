"""What of an answer is said once: a short answer that is the sentence itself does not stand above
it, and a source does not quote again what the answer has said word for word."""

import re

from qa.language.text import squash
from qa.types import Answer

_MARK = re.compile(r"\s?\[\d{1,3}\]")
_ENDS = "。.！!；;，,"


def led(answer: Answer) -> tuple[str, int]:
    """The text of an answer, and how many of its first characters decide it.

    Those are the short answer, or the sentence that says no more than that.
    """
    short, text = answer.short_answer, answer.text
    if not short or not text.startswith(short):
        return text, 0
    lead, _, rest = text.partition("\n")
    mark = _MARK.search(rest)
    if mark and _MARK.sub("", lead) == short and _bare(rest[: mark.start()]) == _bare(short):
        return rest, mark.start()
    return text, len(short)


def has_words(answer: Answer, words: str) -> bool:
    """Whether an answer has some words as they stand, white space and its marks aside."""
    return squash(words) in squash(_MARK.sub("", answer.text))


def _bare(sentence: str) -> str:
    return squash(sentence).rstrip(_ENDS)

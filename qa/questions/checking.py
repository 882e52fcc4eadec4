"""What may be asked: a check that needs neither model nor index."""

import unicodedata

from qa.errors import InvalidQuestionError

MAX_QUESTION_LENGTH = 2_000
"""Characters; longer input is a document, not a question."""


def check_question(text: str) -> str:
    """Return a question without white space around it. Raises InvalidQuestionError."""
    text = text.strip()
    if not text:
        raise InvalidQuestionError("The question is empty. Type what you want to know.")
    if len(text) > MAX_QUESTION_LENGTH:
        raise InvalidQuestionError(
            f"The question has {len(text):,} characters; at most {MAX_QUESTION_LENGTH:,} are read."
        )
    for character in text:
        category = unicodedata.category(character)
        if category == "Cs" or (category == "Cc" and character not in "\t\n\r"):
            raise InvalidQuestionError(
                f"The question holds U+{ord(character):04X}, which is not text. Remove it."
            )
    return text

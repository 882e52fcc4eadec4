"""Text in requests."""

from typing import Annotated

from pydantic import AfterValidator


def check_unicode(text: str) -> str:
    """Return a text as it is. Raises ValueError for half of a surrogate pair, as JSON can spell."""
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise ValueError("the text holds a lone surrogate, which is not a character")
    return text


UnicodeText = Annotated[str, AfterValidator(check_unicode)]

"""Text in requests."""

from typing import Annotated

from pydantic import AfterValidator


def _is_unicode(text: str) -> str:
    """JSON can spell half of a surrogate pair, which no encoder takes."""
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise ValueError("the text holds a lone surrogate, which is not a character")
    return text


UnicodeText = Annotated[str, AfterValidator(_is_unicode)]

"""Text of documents and messages made safe to show at a terminal."""

import re

_DIRECTION_MARKS = [0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)]
_UNSHOWABLE = [*range(0x80, 0xA0), *range(0xD800, 0xE000), *_DIRECTION_MARKS]

_OBEYED = re.compile("[\x7f-\x9f]")

_SYMBOLS: dict[int, str] = {
    **dict.fromkeys(_UNSHOWABLE, "\ufffd"),
    **{code: chr(0x2400 + code) for code in range(0x20)},  # ESC becomes ␛
    0x7F: "␡",
    **{ord(line_end): "\n" for line_end in "\n\x85\u2028\u2029"},
    ord("\t"): " ",
}


def visible(text: str) -> str:
    r"""Replace what could steer a terminal or reorder its text by a symbol, one for one.

    >>> visible("\x1b[31mred")
    '␛[31mred'
    """
    return text.translate(_SYMBOLS)


def steerless(json: str) -> str:
    r"""Escape in JSON what it leaves as it is though some terminals obey it.

    >>> steerless('"\x9b31mred"')
    '"\\u009b31mred"'
    """
    return _OBEYED.sub(lambda match: f"\\u{ord(match.group()):04x}", json)

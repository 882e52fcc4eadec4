"""Characters, scripts and sentences: what comparing, marking and citing need to know of text.

Folding (NFKC, Simplified, case) is for comparing only; what is shown is always the original.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import accumulate, pairwise

import opencc

from qa.types import Language

Span = tuple[int, int]
"""Start and end offsets into a text, the end excluded."""


HAN = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0002fa1f"
HAN_RUN = re.compile(f"[{HAN}]+")
HAN_CHARACTER = re.compile(f"[{HAN}]")
_LATIN_WORD = re.compile(r"(?<![A-Z])[A-Z]*+[a-z][A-Za-z]*(?:['’][a-z]+)?")


_LAST_COMMON = {"gb2312": b"\xd7\xf9", "big5": b"\xc6\x7e"}  # behind are the rare characters

_TERMINATORS = "。｡！？!?…"
_CLOSERS = "”’」』）)】》〉\"'"
_SENTENCE_END = re.compile(
    rf"[{_TERMINATORS}]+[{_CLOSERS}]*|[.．][{_CLOSERS}]*(?=\s+[\"“‘'(\[]?[A-Z0-9{HAN}]|\s*$)|\n+"
)
# After a quotation, "said so-and-so" belongs to what was said.
_ATTRIBUTION = re.compile(
    r"[^。！？!?\n“「]{1,40}?(?:说|說|表示|指出|介绍|介紹|认为|認為|道|强调|強調)[。.]"
)
_ABBREVIATION = re.compile(
    r"\b(?:Mr|Mrs|Ms|Dr|Prof|St|No|Nos|vs|etc|Inc|Ltd|Co|Corp|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sep"
    r"|Sept|Oct|Nov|Dec|Fig|Vol|e\.g|i\.e|[A-Z])\.$"
)
_ITEM_NUMBER = re.compile(r"\s{0,9}(?:\d{1,3}|[A-Za-z]|[ivxIVX]{1,4})[.．]$")  # "1. 甲"
_PIECE = 512
"""Characters whose marks are put in order at once."""

_BEGINS = re.compile(r"[\x00-\u02ff\u3000-\u3029\u3400-\u4dbf\u4e00-\u9fff]")
"""Characters that never join with one before: Latin letters, spaces, Chinese."""

_ABBREVIATION_REACH = 5  # characters before the full stop: the longest and what \b looks at


def squash(text: str) -> str:
    """Remove all white space: the form in which a citation equals its source."""
    return "".join(text.split())


@cache
def _simplified_table() -> dict[int, str]:
    """Map each Traditional character to its Simplified form (OpenCC t2s, character by character).

    Context is ignored on purpose: one character always folds to the same one, so offsets
    survive and the same word folds alike in every sentence.
    """
    characters = [chr(code) for code in range(0x3400, 0xA000)]  # all but the rarest
    converted = opencc.OpenCC("t2s").convert("\n".join(characters)).split("\n")
    table = {ord(old): new for old, new in zip(characters, converted, strict=True) if old != new}
    return {code: new.translate(table) for code, new in table.items()}


@cache
def _traditional_only() -> frozenset[str]:
    """Characters that tell Traditional; 乾 does not, for Simplified text has it too (乾坤)."""
    return frozenset(c for c in map(chr, _simplified_table()) if not _is_common(c, "gb2312"))


@cache
def _simplified_only() -> frozenset[str]:
    """Characters that tell Simplified; 同 and 里 do not, for Traditional text has them too."""
    return frozenset(c for c in _simplified_table().values() if not _is_common(c, "big5"))


def _is_common(character: str, encoding: str) -> bool:
    """Whether a national standard lists a character among those in common use."""
    return b"" < character.encode(encoding, "ignore") <= _LAST_COMMON[encoding]


def to_simplified(text: str) -> str:
    """Replace Traditional characters by Simplified ones, one for one."""
    return text.translate(_simplified_table())


@cache
def _converter(language: Language) -> opencc.OpenCC:
    return opencc.OpenCC("t2s" if language is Language.SIMPLIFIED else "s2tw")


def to_script(text: str, language: Language) -> str:
    """Write Chinese text in the script of a language, word by word (OpenCC); English stays.

    Text that is in that script already is returned as it is.
    """
    if language is Language.ENGLISH or detect_language(text) in (language, Language.ENGLISH):
        return text
    converted: str = _converter(language).convert(text)
    return converted


def fold(text: str) -> str:
    """Make two writings of one text equal: NFKC, Simplified characters, no case.

    >>> fold("ＣＰＴＰＰ 經濟") == fold("cptpp 经济")
    True
    """
    return compatible(to_simplified(compatible(text)).casefold())


def compatible(text: str) -> str:
    """Return the NFKC form of a text, in time that grows with its length.

    Marks upon one letter are put in order, which takes the square of their number; so a long text
    goes in pieces, which begin at characters that join with none before.
    """
    if len(text) <= _PIECE:
        return unicodedata.normalize("NFKC", text)
    pieces, start = [], 0
    while start < len(text):
        begins = _BEGINS.search(text, start + _PIECE, start + 2 * _PIECE)
        end = begins.start() if begins else start + 2 * _PIECE
        pieces.append(unicodedata.normalize("NFKC", text[start:end]))
        start = end
    return "".join(pieces)


def detect_language(text: str, *, otherwise: Language | None = None) -> Language:
    """Tell English, Simplified and Traditional Chinese apart by their characters.

    A sentence that mixes both languages is English where it has more words with small
    letters than half its Han characters, so `CPTPP 是什么` is Chinese and
    `What is 经开区?` is English. What the characters leave open (`2024?`, `那呢`) is in the
    language `otherwise`.
    """
    text = compatible(text)  # full-width letters are letters
    han = len(HAN_CHARACTER.findall(text))
    words = len(_LATIN_WORD.findall(text))
    if 2 * words > han:
        return Language.ENGLISH
    if not han and otherwise:
        return otherwise
    if not han and re.search("[A-Za-z]", text):
        return Language.ENGLISH
    traditional = sum(character in _traditional_only() for character in text)
    simplified = sum(character in _simplified_only() for character in text)
    if otherwise is Language.TRADITIONAL and traditional == simplified:
        return otherwise
    return Language.TRADITIONAL if traditional > simplified else Language.SIMPLIFIED


def is_chinese(language: Language) -> bool:
    """Whether the language is Chinese in either script."""
    return language is not Language.ENGLISH


def split_sentences(text: str) -> list[Span]:
    """Return the spans of the sentences; together they hold every character but white space.

    A sentence ends after its closing quotes and brackets, at a line end, or, for a full stop,
    before a space and a capital. `“…。”张三说。` stays one sentence.
    """
    return [
        trimmed
        for start, end in pairwise([0, *_sentence_ends(text), len(text)])
        if (trimmed := _trim(text, start, end))[0] < trimmed[1]
    ]


def _sentence_ends(text: str) -> Iterator[int]:
    position = sentence = 0
    while match := _SENTENCE_END.search(text, position):
        position = match.end()
        before = text[max(0, match.start() - _ABBREVIATION_REACH) : match.start() + 1]
        if match.group()[0] in ".．" and (
            _ABBREVIATION.search(before) or _ITEM_NUMBER.match(text, sentence, match.start() + 1)
        ):
            continue
        if match.group()[-1] in _CLOSERS:
            attribution = _ATTRIBUTION.match(text, position)
            position = attribution.end() if attribution else position
        sentence = position
        yield position


def _trim(text: str, start: int, end: int) -> Span:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end


def locate_all(original: str, reading: str, spans: Sequence[Span]) -> list[Span]:
    """Map spans of the reading text to the original text that it was made from.

    Both hold the same characters but for white space, so places are found by counting the
    characters that are not white space. Every span must hold one.
    """
    before = [0, *accumulate(not character.isspace() for character in reading)]
    places = [index for index, character in enumerate(original) if not character.isspace()]
    return [(places[before[start]], places[before[end] - 1] + 1) for start, end in spans]

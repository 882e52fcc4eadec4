"""How paragraphs begin and end, as far as their words tell: numbers, fields, sentence ends."""

import re

from qa.corpus.readers.pdf.lines import Line, is_wide

_NO_START = frozenset("，。、；：？！）》」』“”‘’】〕％…,.;:?!)]}%")
"""What a line may not begin with: it is set with the character before it."""

_NO_END = frozenset("“‘「『（《〈【〔［([")
"""What a line may not end with: it is set with the character behind it."""

SENTENCE_END = re.compile(
    r"[。！？!?…；;][”’」』）)】》\"']{0,3}[⁰¹²³⁴⁵⁶⁷⁸⁹]{0,3}$|[^\d\s]\.[”’)\"']{0,3}[⁰¹²³⁴⁵⁶⁷⁸⁹]{0,3}$|[:：]$"
)
_NUMERAL = "[〇零一二三四五六七八九十百千\\d]{1,8}"
STRONG_START = re.compile(
    rf"第\s?{_NUMERAL}\s?(?:[编編部章节節条條款]|部分)(?:之{_NUMERAL})?(?:\s|$)"
    r"|[一二三四五六七八九十]{1,3}、|[（(]\s?[一二三四五六七八九十]{1,3}\s?[）)]"
    r"|[问問答Qq]\s?\d{0,3}[：:]|[•·●■▪◆○□➢✓◦]\s?\S|[-*–]\s\S|附\s?[件录錄]\s?\d{0,2}\s?[:：]?$"
)
WEAK_START = re.compile(
    r"\d{1,3}[.、．]\s?(?!\d)\S|\d{1,2}(?:\.\d{1,2}){1,3}\.?\s|[（(][1-9]\d{0,2}[）)]|\d{1,3}[)）]"
    r"|[①-⑳]|[（(][a-zA-Z][）)](?!\w)|[a-zA-Z][).]\s|[（(][ivx]{1,4}[）)]|[ivx]{1,4}[).]\s"
    r"|(?:Article|Section|Chapter|Part|Annex|ARTICLE|SECTION|CHAPTER|PART|ANNEX)\s[\dIVX]{1,5}\b"
    r"|§\s?\d"
)
ALONE = re.compile(
    r"[〇○零一二三四五六七八九\d]{4}\s?年[一二三四五六七八九十\d\s]{1,4}月[一二三四五六七八九十\d\s]{1,5}日"
    r"|[^\s，。；]{0,24}[〔［\[]\s?(?:19|20)\d\d\s?[〕］\]]\s?第?\s?\d{1,5}\s?[号號期]"
)
"""Dates and document numbers, which have lines of their own."""

_FIELD = re.compile(r"[\u4e00-\u9fff]{2,8}[：:]|[A-Z][A-Za-z]{0,12}(?: [A-Za-z]{1,12}){0,3}:\s")
_COUNTED = re.compile(r"(?P<before>[（(]?)(?P<count>\d{1,3}|[a-z])(?P<after>[.、．)）])")


def opens_next(first: Line, line: Line) -> bool:
    """Whether a line has the next number after its paragraph's."""
    own, other = _COUNTED.match(first.text), _COUNTED.match(line.text)
    if not own or not other or (own["before"], own["after"]) != (other["before"], other["after"]):
        return False
    one, two = own["count"], other["count"]
    if one.isdigit() and two.isdigit():
        return int(two) == int(one) + 1
    return not one.isdigit() and not two.isdigit() and ord(two) == ord(one) + 1


def are_fields(first: Line, line: Line) -> bool:
    """Whether both lines begin with the name of a field."""
    return bool(_FIELD.match(first.text) and _FIELD.match(line.text))


def is_broken_word(before: Line, line: Line) -> bool:
    """Whether a word goes on behind a hyphen."""
    return before.text[-1] in "-‐\u00ad" and before.text[-2:-1].isalpha() and line.text[0].islower()


def begins_lower(line: Line) -> bool:
    """Whether a line begins within a sentence, by its first letter."""
    return line.text.lstrip("“‘\"'(")[:1].islower()


def is_numbered(text: str) -> bool:
    """Whether a text begins with the number or mark of a paragraph or item."""
    return bool(STRONG_START.match(text) or WEAK_START.match(text))


def first_unit(line: Line) -> float:
    """The width of what of a line cannot be parted: a word, or a character with what follows."""
    text = line.text
    end = 1
    if not is_wide(text[0]):
        while end < len(text) and text[end] != " " and not is_wide(text[end]):
            end += 1
    while end < len(text) and (text[end] in _NO_START or text[end - 1] in _NO_END):
        end += 1
    return float(line.upright[end - 1, 2]) - line.left

"""Document numbers in a text: 国发〔2024〕12号, 府經字第1140018655號, Tariff Notice No. 4/2025."""

import re

from qa.language.text import fold

_HAN = r"\u4e00-\u9fff"
_NO = r"[号號]"
_CHINESE = re.compile(
    rf"[{_HAN}]{{0,14}}\s?[（(〔\[［【﹝]\s?(?:19|20)\d{{2}}\s?[）)〕\]］】﹞]\s?第?\s?\d{{1,5}}\s?(?:{_NO}|期)"
    rf"|[{_HAN}]{{2,14}}(?:19|20)\d{{2}}年第\d{{1,5}}{_NO}"
    rf"|[{_HAN}]{{1,12}}字第\s?\d{{4,12}}[A-Z]?\s?{_NO}"
    rf"|第\d{{1,4}}/(?:19|20)\d{{2}}{_NO}(?:[{_HAN}]{{0,14}}?(?:批示|行政法規|行政法规|法律|行政命令))?"
    rf"|[{_HAN}、]{{0,40}}令\s?(?:(?:19|20)\d{{2}}\s?年)?第?\s?\d{{1,4}}\s?{_NO}|[{_HAN}、]{{0,40}}第\s?\d{{1,4}}\s?{_NO}令"
    rf"|[（(][{_HAN}]{{2,5}}[届屆][)）]第\s?\d{{1,3}}\s?{_NO}"
)
_BEFORE = re.compile(  # words that lead to a number and are no part of it
    r".*(?:根据|根據|依据|依據|按照|参照|现将|現將|贯彻|落实|废止|廢止|修订|印发|发布|执行|日以?)"
    "|[和及与與原按见見由即经另，、]"
)
_MIXED = re.compile(r"〔\s?(\d{4})\s?[^〕\d\s]|[^〔\d\s]\s?(\d{4})\s?〕")
"""Brackets of two kinds, as a scan is read: 〔2024]."""

_CODE = r"[A-Z][A-Z0-9]{0,9}(?:[-/][A-Z0-9]{1,9}){1,5}"
_KIND = (
    "notice|circular|order|ordinance|by-law|bylaw|regulation|decree|guide|form|sheet|procedure"
    "|wording|directive|bulletin|resolution|memorandum|ln|instruction|document|doc|ref|reference"
    "|library|act"
)
_LEADING = "supersedes|replaces|amending|amends|repeals|this|the|see|under|of|and"
_ENGLISH = re.compile(
    rf"\b(?i:{_KIND})\b[.:]?\s?(?:(?i:no|number)\b[.:]?\s?)?(?P<code>{_CODE})\b"
    rf"|(?:\b(?!(?i:{_LEADING})\s)[A-Z][\w-]{{1,15}}\s){{0,3}}\b(?i:{_KIND})\s(?:\[\d{{4}}\]\s)?(?:"
    r"(?i:no)\.?\s?(?:[A-Z]{2,6}\s)?\d{1,5}(?:[-/]\d{1,4}|\s(?i:of)\s\d{4})?"
    r"|(?:[A-Z]{2,6}\s)?\d{1,4}(?:[-/]\d{1,4}|\s(?i:of)\s\d{4}))\b"
    r"|\b(?i:nos?)\.?\s(?P<series>[A-Z]{2,6}\s\d{1,4}/\d{2,4})\b"
    r"|\b(?:CP|Cm|Cmd|Cmnd)\.?\s?\d{1,4}\b"
    r"|(?:\b(?!No\b)[A-Z][a-z]{1,6}\s){1,4}\[\d{4}\]\s\d{1,4}\b"
)
_BARE = re.compile(rf"\b{_CODE}\b")
_KEY = re.compile(r"[^0-9a-z\u4e00-\u9fff/-]")


def find_number(text: str) -> str:
    """Return the first document number in a text, "" where it has none.

    >>> find_number("根据国发〔2024〕12号文"), find_number("Tariff Notice No. 4/2025 applies")
    ('国发〔2024〕12号', 'Tariff Notice No. 4/2025')
    """
    return next(iter(find_numbers(text)), "")


def find_numbers(text: str, *, codes: bool = False) -> list[str]:
    """Return the document numbers in a text, in order; with `codes` also those of no named kind."""
    found = {match.start(): _without_lead(match.group()) for match in _CHINESE.finditer(text)}
    for match in _ENGLISH.finditer(text):
        number = match["code"] or match["series"] or match.group()
        if any(character.isdigit() for character in number):
            found[match.start()] = number.strip()
    for match in _BARE.finditer(text) if codes else ():
        if any(c.isdigit() for c in match.group()) and match.group() not in found.values():
            found[match.start()] = match.group()
    return [found[start] for start in sorted(found) if found[start]]


def number_key(number: str) -> str:
    """Return the form in which two writings of one number are equal; "" for a number of no series.

    What names the kind alone (`Notice`, `Circular`) is dropped where letters name the series.

    >>> number_key("国发（2024）12号") == number_key("国发〔2024〕 12 号")
    True
    >>> number_key("Circular CWD 5/2024") == number_key("No. CWD 5/2024")
    True
    """
    folded = fold(number)
    if code := _BARE.search(number):
        return fold(code.group())
    series = re.search(r"[A-Z]{2,6}\s\d{1,4}/\d{2,4}", number)
    return _KEY.sub("", fold(series.group()) if series else folded)


def _without_lead(number: str) -> str:
    number = number.strip()
    lead = _BEFORE.match(number)
    number = number[lead.end() :].strip() if lead else number
    return _MIXED.sub(r"〔\1\2〕", number)

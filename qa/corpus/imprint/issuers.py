"""Organisations: whether a line names one, and which issued a document."""

import re
from collections.abc import Sequence

from qa.corpus.imprint.lines import Line, segments_of
from qa.language.text import HAN_CHARACTER

_LONGEST = 120
_ENDS = (
    "局|委员会|委員會|特別行政區|特别行政区|政府|厅|廳|部|办公室|辦公室|处|處|院|会|會|公司|中心|署|大学|大學"
    "|学校|學校|医院|銀行|银行|司|办|所|站|院区|院區|调查队|支队|大队|基金|集团|集團|组|組|科|本部"
)
_HAN = r"\u4e00-\u9fff"
_CHINESE = re.compile(rf"[{_HAN}（）()·×、\s]{{1,60}}(?:{_ENDS})(?:[（(][{_HAN}]{{1,6}}[)）])?")
_NOT_CHINESE = re.compile("关于|關於|《|年度|通知|办法|召开|各|及其|，|。")
_ENGLISH = re.compile(
    r"\b(?:council|department|authority|agency|office|university|board|society|government|ministry"
    r"|commission|committee|company|plc|ltd|limited|bureau|state of|county|city of|republic of"
    r"|port of|directorate|school|institute|division|branch|association|team|trust|bank|college"
    r"|administration|services|corporation|parliament|zone|commissioner)\b",
    re.IGNORECASE,
)
ENGLISH_TITLE = re.compile(
    r"\b(?:notice|report|guide|guidelines|rules|regulations|terms|policy|act|bylaw|by-law|ordinance"
    r"|review|schedule|minutes|plan|scheme|grants?|support|program|programme|summary|circular"
    r"|wording|release|questions|for)\b",
    re.IGNORECASE,
)
"""Words of an English title, which no name of an organisation holds."""

_SMALL = frozenset("of and the for to in on by a an & -".split())
_MADE = re.compile(r"\s*(?:编印|編印|编制|編製|編制|编|編|製|制|印)(?:[（(][^（()）]{0,20}[)）])?$")
_WHOLE = re.compile("(?:局|委员会|委員會|政府|厅|廳|部|公司|大学|大學)$")
_IN_TITLE = re.compile(
    rf"(?P<issuer>[{_HAN}\s、（）]{{2,80}}?(?:{_ENDS}))\s{{0,2}}"
    rf"(?:关于|關於|印发|(?<=有限公司)(?=[{_HAN}])|(?=(?:19|20|1)\d{{2}}年))"
)
_DECREE = re.compile(
    rf"(?:\d{{1,2}}\s?日)?(?P<issuer>[{_HAN}、]{{2,40}}?)"
    r"(?:令\s?第|令\s?\d{4}年第|第?\d{0,4}号令|公告公布|发布$|令$)"
)
_SESSION = re.compile(
    # The place begins behind the day (日) on which it met.
    r"(?P<place>[\u4e00-\u65e4\u65e6-\u9fff]{2,10}?(?:省|市|县|州|自治区))?第[一二三四五六七八九十]{1,3}届"
    r"(?P<all>(?:全国)?人民代表大会)(?P<standing>常务委员会)?第.{1,5}次会议"
    r"|(?P<court>最高人民法院|最高人民检察院)"
)
_PAPER = re.compile(rf"《([{_HAN}]{{2,12}}(?:报|報|周刊|週刊|网|網))》")
_ALIAS = re.compile(rf"([{_HAN}]{{3,20}})（以下[簡简][稱称]本(?:府|局|處|处|院|部|會|会|行)）")
_PREPARED = re.compile(
    r"\b(?:prepared|published|issued|produced)\sby\s(?:the\s)?(?P<name>[A-Z][\w&' -]{2,70})"
    r"|\bpresented\sto\sParliament\sby\s(?:the\s)?(?P<minister>.{4,80}?)\sby\s(?i:command)\sof\b",
    re.IGNORECASE,
)
BYLINE = re.compile(r"记者|記者|撰稿|通讯员|通訊員|作者")
"""What tells the line of a newspaper's writer."""

SIGNER = re.compile(
    rf"[{_HAN}]{{0,30}}(?:检察长|主\s?席|总\s?理|主\s?任|[部局署行院会省市州县区]\s?长)"
    rf"[\s：:]{{1,3}}[{_HAN}·]{{1,12}}(?:\s[{_HAN}])?$"
)
"""Who signs a decree: 市　长：某某."""


def is_organisation(text: str) -> bool:
    """Whether a text is the name of one or more organisations and nothing else."""
    text = text.strip(" ,，")
    if len(text) > _LONGEST:
        return False
    if HAN_CHARACTER.search(text):
        whole = _CHINESE.fullmatch(text) and not _NOT_CHINESE.search(text)
        parts = re.split(r"[\s、]+", text)
        return bool(whole) and all(_CHINESE.fullmatch(part) or len(part) < 8 for part in parts)
    return (
        bool(_ENGLISH.search(text))
        and not ENGLISH_TITLE.search(_ENGLISH.sub("", text))
        and not re.search(r"\d|[.!?:]$", text)
        and all(map(_is_name_word, text.split()))
    )


def organisations_of(text: str) -> list[str]:
    """Return the organisations that a line names, each for itself."""
    segments = [_MADE.sub("", segment) for segment in segments_of(text)]
    named = [segment for segment in segments if is_organisation(segment)]
    return [name for segment in named for name in _apart(segment)]


def issuer_of(
    label: str, above: Sequence[str], signers: Sequence[str], title: str, notes: Sequence[str]
) -> str:
    """Return who issued a document: labelled, above its title, signed, in the title or decreed."""
    if label:
        pieces = label.split()
        whole = HAN_CHARACTER.search(label) and all(_WHOLE.search(piece) for piece in pieces)
        return ("、" if whole else " ").join(pieces)
    if above and not set(above) <= set(signers):
        return list_names(above)
    return list_names(signers or _in_title(title) or _enacting(notes))


def issuer_in_text(lines: Sequence[Line]) -> str:
    """Return a name in running text: 某府（以下簡稱本府）, a paper's byline, `prepared by …`."""
    for line in [*lines[:8], *lines[-3:]]:
        text = line.text[:400]
        for pattern in (_ALIAS, _PAPER):
            if found := pattern.search(text):
                return found[1]
        if prepared := _PREPARED.search(text):
            return (prepared["name"] or prepared["minister"]).strip()
        first = next(iter(segments_of(text)), "")
        if BYLINE.search(text) and len(first) <= 14:
            return first.strip("（(").removesuffix("讯")
    return ""


def list_names(names: Sequence[str]) -> str:
    """Join names as their language does."""
    separator = "、" if any(HAN_CHARACTER.search(name) for name in names) else ", "
    # One body by its full name and by its usual one is one.
    return separator.join({name.removeprefix("中华人民共和国"): name for name in names}.values())


def _is_name_word(word: str) -> bool:
    return word[0].isupper() or word.lower() in _SMALL or not word[0].isalpha()


def _apart(names: str) -> list[str]:
    """Chinese names that stand side by side, each for itself."""
    return re.split(r"[\s、×]+", names.strip()) if HAN_CHARACTER.search(names) else [names]


def _in_title(title: str) -> list[str]:
    found = _IN_TITLE.match(title)
    return _apart(found["issuer"]) if found else []


def _enacting(notes: Sequence[str]) -> list[str]:
    """The last that issued it by decree, else the body that passed it."""
    decrees = [found["issuer"] for note in notes for found in [_DECREE.search(note)] if found]
    if decrees:
        return [decrees[-1].strip("、")]
    for note in reversed(notes):
        if session := _SESSION.search(note):
            parts = (session["place"], session["all"], session["standing"])
            return [session["court"] or "".join(part or "" for part in parts)]
    return []

"""What a document says of its own validity: since when, until when, and what it replaces."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from qa.corpus.imprint.numbers import find_numbers
from qa.language.dates import DateMention, find_dates, last_day, shift
from qa.language.text import HAN_CHARACTER, fold

_SENTENCE = re.compile(r"[。；;！？!?]|\.(?=\s+[A-Z])")
_FORCE = "施行|實施|实施|试行|試行|执行|執行|生效|适用|適用"
_FROM = re.compile(r"(?:自|由|从|從|于|於|^|[，,（(\s])\s?$")
_STARTS = re.compile(rf"\s?(?:零[时時])?\s?起?\s?(?:正式)?\s?(?:{_FORCE})")
_OWN = re.compile(
    "本(?!市|县|縣|区|區|省|局|府|院|署|會|会|地|级|人|年|月|行|公司|部|处|處|单位|辖|校|店|站)"
    "[\u4e00-\u9fff（）()]{1,14}|新标准|新標準"
)
_SINCE_ISSUE = re.compile(
    rf"(?:自|从)?(?:本[\u4e00-\u9fff]{{2,8}})?(?:公布|发布|發布|印发|颁布)(?:之)?日起?(?:{_FORCE})|自?即日起?(?:{_FORCE})"
)
_AFTER_ISSUE = re.compile(
    rf"公布[後后](?P<count>[一二三四五六七八九十\d]{{1,2}})[個个]月(?:{_FORCE})"
)
_UNTIL = re.compile(r"(?:有效期限?|有效|施行|执行|試行|试行)?\s?(?:截?至|到)\s?$")
_LASTS = re.compile(
    r"(?:^|[，,、\s])(?:本[\u4e00-\u9fff]{1,8}的?)?(?:有效期[限间間]?|试行期[限]?|試行期[限]?|试行|試行|有效)"
    r"[为為是]?\s?(?P<count>[\d一二三四五六七八九十两兩]{1,3})\s?(?P<unit>年|[个個]月)"
)
_ARTICLE = re.compile(
    r"第[一二三四五六七八九十百\d]{1,5}[条條]\s*|[（(]?[一二三四五六七八九十\d]{1,3}[、.）)]\s*"
)
_FORMAL = re.compile(f"解释|解釋|印发|公布|发布|發布|{_FORCE}")
_ENGLISH_OWN = re.compile(r"\b(?:this|these)\s[A-Za-z-]{3,20}", re.IGNORECASE)
_ENGLISH_LEAD = re.compile(r"effective|in force|supersedes|commenc|valid", re.IGNORECASE)
_ENGLISH_FROM = re.compile(
    r"(?P<force>effective(?:\sdate)?|in force|into (?:force|effect|operation)|takes? effect"
    r"|commenc\w{2,5})"
    r"[\s:*]{0,4}(?:from|on|as of|since|as from)?[\s\d:*]{0,10}(?:on\s)?$"
    r"|(?P<applies>appl(?:y|ies)|(?:start|begin)\w{0,5} or renew\w{0,4})"
    r"\s(?:from|on or after|as from|as of)\s$"
    r"|^supersedes .{2,40}from\s$",
    re.IGNORECASE,
)
_ENGLISH_UNTIL = re.compile(
    r"(?:until|\bto|through|expires?(?: on)?|ends?(?: on)?|valid to|up to(?: and including)?)\s$",
    re.IGNORECASE,
)
_ENGLISH_LASTS = re.compile(
    r"\b(?:valid|in force|effective) for (?:a period of )?(?P<count>\d{1,2}|[a-z]{3,6})"
    r"\s(?P<unit>years?|months?)",
    re.IGNORECASE,
)
_REACH = 120  # characters in which what a date is about stands
_WORDS = "zero one two three four five six seven eight nine ten eleven twelve".split()
_COUNTS = dict(zip("零一二三四五六七八九", range(10), strict=True)) | {"两": 2, "兩": 2, "十": 10}

_ENDS = re.compile("废止|廢止|停止执行|停止執行|停止施行|停止适用|停止適用|失效")
_TAKES_PLACE = re.compile(
    r"取代|代替|替代"
    r"|\b(?:replac(?:es|ing)|supersed(?:es|ing)|repeals|revokes|cancels|takes? the place of)[:\s]",
    re.IGNORECASE,
)
_IS_ENDED = re.compile(
    r"\b(?:is|are|was|were)(?:\shereby)?\s(?:withdrawn|repealed|superseded|revoked|cancelled|replaced)\b",
    re.IGNORECASE,
)
_NAMED = re.compile("《([^《》]{2,80}(?:〈[^〈〉]{2,60}〉[^《》]{0,40})?)》")
_BARE = re.compile(r"\s*(?:[自从現现原均即于也亦\d]|同[时時]|一并|一併|予以|$)")
_FORCE_DATE = re.compile(f"起?(?:{_FORCE})$")
_ABOUT = re.compile(
    "解读|解讀|问答|問答|常见问题|常見問題|懒人|懶人|新闻|新聞|报道|指南|紀錄|纪要"
    "|press release|faq|questions",
    re.IGNORECASE,
)
_LISTED = re.compile(r"(?:下列|以下|如下).{0,30}[：:]$")


@dataclass(frozen=True, slots=True)
class Validity:
    """Since when and until when (ISO dates), and the titles and numbers of what it ends.

    published: when it was published, where it has force since that day and says which that is
    """

    effective: str = ""
    expires: str = ""
    replaces: tuple[str, ...] = ()
    published: str = ""


def read_validity(
    lines: Sequence[str], *, head: int, title: str, number: str, issued: str, made: str = ""
) -> Validity:
    """Read the sentences in which a document speaks of itself; `head` is how many lines lead it.

    `made` is when it was first issued, where that is not `issued`: an amended law is in force
    since then. What contradicts itself stays empty.
    """
    reading = _Reading(title, made or issued)
    about = bool(_ABOUT.search(title))
    replaced: list[str] = []
    for index, line in enumerate(lines):
        parts = [part for part in _SENTENCE.split(line) if part.strip()]
        for part in parts:
            reading.read(part.strip(), in_head=index < head or _stands_for_head(line))
            if not about:
                replaced.extend(_replaced(part, title, number))
        if not about and parts and _ENDS.search(line) and _LISTED.search(line):
            replaced.extend(_listed(lines[index + 1 : index + 40]))
    effective = "" if reading.partial else reading.effective
    expires = reading.expires
    start = effective or issued
    if not expires and reading.lasts and start:
        expires = last_day(start, months=reading.lasts)
    if expires and start and expires < start[: len(expires)]:
        expires = ""
    return Validity(effective, expires, tuple(dict.fromkeys(replaced)), reading.published)


def _stands_for_head(line: str) -> bool:
    """Taiwan's announcements say what they are in a line 主旨."""
    return "".join(line[:8].split()).startswith("主旨")


class _Reading:
    """The first statement of each kind wins; of the text's own, those with 本 before the others."""

    def __init__(self, title: str, made: str) -> None:
        self.effective = self.expires = self.published = ""
        self.lasts = 0  # months
        self.partial = False  # parts have force since different days
        self._title = fold(title)
        self._made = made
        self._rank = 0
        self._computed = False  # from when it was issued

    def read(self, sentence: str, *, in_head: bool) -> None:
        chinese = bool(HAN_CHARACTER.search(sentence))
        mentions = find_dates(sentence) if re.search(r"年|\d{4}", sentence) else []
        if chinese:
            self._chinese(sentence, mentions, in_head=in_head)
        elif mentions or "for" in sentence:
            self._english(sentence, mentions, in_head=in_head)

    def _chinese(self, sentence: str, mentions: Sequence[DateMention], *, in_head: bool) -> None:
        starts = False
        for mention in mentions:
            before = sentence[max(0, mention.start - _REACH) : mention.start]
            after = sentence[mention.end : mention.end + _REACH]
            if not (_STARTS.match(after) and _FROM.search(before)):
                continue
            rank = self._own(before, in_head=in_head)
            if rank and re.search("其[餘余]", after):
                self.partial = True
            if rank > self._rank:
                self.effective, self._rank = mention.iso, rank
            starts = starts or rank > 0
        own = bool(_OWN.search(sentence))
        if own and self._rank < 2 and self._made:
            self._since_issue(sentence)
            starts = starts or bool(_SINCE_ISSUE.search(sentence))
        elif own and self._rank == 2 and _SINCE_ISSUE.search(sentence) and not self._computed:
            self.published = self.effective
        elif in_head and not self._rank and _SINCE_ISSUE.search(sentence) and "公告" in sentence:
            self.effective, self._rank = self._made, 1
        if starts or own or sentence.startswith("有效期"):
            self._chinese_end(sentence, mentions, starts=starts)

    def _since_issue(self, sentence: str) -> None:
        if later := _AFTER_ISSUE.search(sentence):
            self.effective = shift(self._made, months=_count(later["count"]))
            self._rank = 2
        elif _SINCE_ISSUE.search(sentence) and not self.partial:
            self.effective, self._rank, self._computed = self._made, 2, True

    def _chinese_end(self, sentence: str, mentions: Sequence[DateMention], *, starts: bool) -> None:
        for mention in mentions:
            before = sentence[max(0, mention.start - _REACH) : mention.start]
            after = sentence[mention.end : mention.end + 4]
            until = _UNTIL.search(before)
            named = until and (until.group().startswith("有效") or after.lstrip().startswith("止"))
            clause = before[max(before.rfind("，"), before.rfind("、"), before.rfind("起")) + 1 :]
            plain = clause[: until.start() - len(before)] if until else ""
            if (
                named
                and not self.expires
                and (starts or _OWN.match(plain) or not plain.strip("的有效期限"))
            ):
                self.expires = mention.iso
        lasts = _LASTS.search(sentence)
        if lasts and not self.lasts and (starts or _is_own_clause(sentence, lasts.start())):
            self.lasts = _count(lasts["count"]) * (12 if lasts["unit"] == "年" else 1)

    def _own(self, before: str, *, in_head: bool) -> int:
        """How surely what has force since a date is this document: 3 it says 本, 0 is another."""
        if _OWN.search(before):
            return 3
        if named := _NAMED.search(before):
            return 2 if fold(named[1]) in self._title and not _ABOUT.search(self._title) else 0
        subject = before.rstrip("自由从從于於 ").strip("，,（( ")
        bare = before.rstrip("自由从從于於 ")
        if not subject or (in_head and (len(subject) < 40 or bare[-1:] in "，,（( ")):
            return 2
        return 1 if re.search("公告|修正", subject[:12]) else 0

    def _english(self, sentence: str, mentions: Sequence[DateMention], *, in_head: bool) -> None:
        own = bool(_ENGLISH_OWN.search(sentence) or _ENGLISH_LEAD.match(sentence))
        starts = False
        for mention in mentions:
            before = sentence[max(0, mention.start - _REACH) : mention.start]
            found = _ENGLISH_FROM.search(before)
            if found and (own or in_head):
                rank = 3 if own and found["force"] else 2
                if rank > self._rank:
                    self.effective, self._rank = mention.iso, rank
                starts = True
            elif (starts or own) and _ENGLISH_UNTIL.search(before) and not self.expires:
                self.expires = mention.iso if starts or "valid" in sentence else self.expires
        lasts = _ENGLISH_LASTS.search(sentence)
        if lasts and (own or in_head) and not self.lasts:
            self.lasts = _count(lasts["count"]) * (12 if lasts["unit"].startswith("y") else 1)


def _is_own_clause(sentence: str, start: int) -> bool:
    """Whether a term is the document's: 本办法有效期五年, 本办法由市科技局解释，有效期五年."""
    before = _ARTICLE.sub("", sentence[:start]).strip()
    return not before or (bool(_OWN.match(before)) and bool(_FORMAL.search(before)))


def _count(text: str) -> int:
    if text.isdecimal():
        return int(text)
    if text.lower() in _WORDS:
        return _WORDS.index(text.lower())
    total = 0
    for character in text:
        if character not in _COUNTS:
            return 0
        total = max(total, 1) * 10 if character == "十" else total + _COUNTS[character]
    return total


def _replaced(sentence: str, title: str, number: str) -> Iterator[str]:
    """The titles and numbers that a sentence ends, those of the document itself left out."""
    for name in _ended(sentence):
        if fold(name) not in (fold(title), fold(number)):
            yield name


def _ended(sentence: str) -> Iterator[str]:
    if verb := _TAKES_PLACE.search(sentence):
        yield from _citations(re.split(r"[，,]", sentence[verb.end() :])[0], codes=True)
    elif verb := _IS_ENDED.search(sentence):
        yield from _citations(sentence[: verb.start()], codes=True)
    elif verb := _ENDS.search(sentence):
        clauses = re.split("[，,]", sentence[: verb.start()])
        cited: list[str] = []
        for clause in reversed(clauses):
            names = list(_citations(clause))
            if _FORCE_DATE.search(clause.rstrip()) or (not names and cited):
                break
            if not names and not (clause is clauses[-1] and _BARE.match(clause)):
                break
            cited[:0] = names
        yield from cited or _citations(sentence[verb.end() : verb.end() + 60])


def _citations(text: str, *, codes: bool = False) -> Iterator[str]:
    """Titles in 《》 and numbers, in order; a number inside of a title belongs to it."""
    position = 0
    for named in _NAMED.finditer(text):
        yield from find_numbers(text[position : named.start()], codes=codes)
        yield named[1]
        position = named.end()
    yield from find_numbers(text[position:], codes=codes)


def _listed(lines: Sequence[str]) -> Iterator[str]:
    for line in lines:
        cited = list(_citations(line))
        if not cited:
            return
        yield from cited

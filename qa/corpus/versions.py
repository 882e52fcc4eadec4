"""Which documents of a library are one measure: what replaces what, and which are copies.

Only what the documents tell is said: the same name with a later date, or a sentence that ends the
other by title or number. Documents about a year, a meeting or an event do not replace one another.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from qa.corpus.copies import find_copies, letters_of
from qa.corpus.imprint.numbers import find_numbers, number_key
from qa.types import Document, Version

NEAR_COPY = 0.9
"""Share of the paragraphs of two copies that are equal: a heading or a line may be missing."""

_ANNOUNCED = re.compile(
    r"(?:印发|发布|公布|颁布|頒布|發布|訂定|订定)(?:关于)?[《「〈](?P<name>[^《》「」〈〉]{2,100})[》」〉]"
    r"|(?:关于|關於)(?:印发|發布|发布|颁布)(?P<plain>[^《》]{4,100}?)的(?:通知|公告|通告)$"
)
_ISSUER = re.compile(
    r"^.{2,80}?(?:局|委员会|委員會|政府|办公室|辦公室|厅|廳|部|院)[\s　]{0,2}(?=关于|關於)"
)
_ABOUT = re.compile("^(?:关于|關於)")
_MARK = re.compile(
    r"[（(【\[]\s?(?:[^（()）]{0,12}(?:修订|修訂|修正|版|全文|施行|生效|适用|適用|edition|version|revised|final)"
    r"[^（()）]{0,8}|试行|試行|暂行|(?:19|20)\d{2}年?)\s?[)）】\]]|(?:19|20)\d{2}年?(?:修订版?|修訂版?|修正版?|版)"
    r"|\bversion \d{1,2}(?:\.\d{1,2})?|\b(?:19|20)\d{2} edition|试行|試行|暂行",
    re.IGNORECASE,
)
_MARK_YEAR = re.compile(r"(?:19|20)\d{2}")
_OF_A_YEAR = re.compile(
    r"(?:19|20)\d{2}|1\d{2}(?:年|学年|學年)|[二一][〇○零九][〇○零一二三四五六七八九]{2}年?"
)
_OF_AN_EVENT = re.compile(
    "报告|報告|公报|公報|总结|總結|年报|年報|纪要|紀要|紀錄|会议|會議|新闻|新聞|报道|名单|名單|预算|決算|决算|公示|招标|中标"
    "|季度|月份|月报|周报|第.{1,5}[期批次]|草案|征求意见|徵求意見|送审|解读|解讀"
    r"|\b(?:report|review|minutes|press|news|budget|accounts|agenda|draft|consultation|amend\w*)\b",
    re.IGNORECASE,
)
_AMENDS = re.compile("修改|修正案|部分條文|部分条文|补充|補充|废止|廢止")
_PLACE = re.compile(r"^.{2,10}?(?:特别行政区|特別行政區|自治区|自治州|省|市|县|縣|州|盟)")
_STATE = re.compile("国务院|國務院|全国人民代表大会|最高人民|中共中央|中央军事委员会|行政院|立法院")
_STATE_NAME = re.compile("^中华人民共和国")
_WORDS = re.compile(r"[^0-9a-z\u3400-\u4dbf\u4e00-\u9fff]")
_FIGURE = re.compile(r"\d+|[〇○零一二三四五六七八九十百千万两]+")
_OF_ANY_ISSUER = re.compile("^第|^令|notice|circular|order|ordinance|by-?law|guide|form")
_ISSUERS = re.compile("[、,，]")
_SHORT_NAME = 4
_MOST_ALIKE = 20  # documents of one title: more have a title that names none of them
_LONG_NAME = 6  # 车船税暂行条例: a shorter name may be anyone's
_MAX_ALIKE = 20  # documents that share a paragraph and are no copies


@dataclass(frozen=True, slots=True)
class Standing:
    """What a library tells of a document; other documents are named by id.

    `replaced_by` is what counts in its place, at the end of the chain. `replaces` is what it ended
    itself, the oldest first. `copies_of` is the copy that counts. `expired` needs to know the day.
    """

    version: Version = Version.UNKNOWN
    replaced_by: str = ""
    replaces: tuple[str, ...] = ()
    copies_of: str = ""
    expired: bool = False


def find_versions(documents: Sequence[Document], today: str = "") -> dict[str, Standing]:
    """Return the standing of each document, by id.

    With `today` (an ISO date) a document that is not yet in force replaces none, and one whose
    term has ended is `expired` and never current.
    """
    copies = find_copies(documents)
    counted = [document for document in _by_id(documents).values() if document.id not in copies]
    successors = _successors([d for d in counted if not _is_future(d, today)])
    ends = _ends(successors)
    ended: dict[str, list[str]] = defaultdict(list)
    for document in sorted(counted, key=lambda document: (_date(document), document.source)):
        if ends.get(document.id):
            ended[successors[document.id]].append(document.id)
    standings = {
        document.id: Standing(
            version=_version(document, ends, ended, today),
            replaced_by=ends.get(document.id, ""),
            replaces=tuple(ended.get(document.id, ())),
            expired=_is_expired(document, today),
        )
        for document in counted
    }
    for copy, original in copies.items():
        standings[copy] = replace(standings[original], copies_of=original)
    return standings


def measure_name(title: str) -> str:
    """Return the name of a measure without what tells its versions apart; "" where it has none.

    The notice that issues a measure bears its name; a yearly report has none, for the next does not
    replace it.

    >>> measure_name("甲市财政局关于印发《甲市补贴办法（试行）》的通知")
    '甲市补贴办法'
    >>> measure_name("甲市補貼辦法（2024年修訂）")
    '甲市补贴办法'
    >>> measure_name("甲市2024年度工作报告")
    ''
    """
    announced = _ANNOUNCED.search(title)
    name = (announced["name"] or announced["plain"]) if announced else _ISSUER.sub("", title)
    name = _MARK.sub("", _ABOUT.sub("", name))
    if _OF_A_YEAR.search(name) or _OF_AN_EVENT.search(name) or _AMENDS.search(title):
        return ""
    key = letters_of(name)
    return key if len(key) >= _SHORT_NAME else ""


def _successors(documents: Sequence[Document]) -> dict[str, str]:
    """For each document that is replaced the one that replaced it: the first that did."""
    successors: dict[str, str] = {}
    for old, new in _stated(sorted(documents, key=_date)):
        successors.setdefault(old, new)
    for versions in _same_measure(documents).values():
        dated = sorted(versions, key=_date)
        for before, after in pairwise(dated):
            if _is_later(_date(after), _date(before)):
                successors.setdefault(before.id, after.id)
    return successors


def _stated(documents: Sequence[Document]) -> Iterator[tuple[str, str]]:
    """Pairs (old, new) of which the new one says so, by title or number."""
    by_number: dict[str, list[Document]] = defaultdict(list)
    by_name: dict[str, list[Document]] = defaultdict(list)
    for document in documents:
        by_number[number_key(document.number)].append(document)
        for name in _names(document.title):
            by_name[name].append(document)
    for new in documents:
        for title, number in _citations(new.replaces):
            numbered = by_number.get(number, []) if number else []
            for old in numbered[:_MOST_ALIKE]:
                if _is_series(number) or _same_issuer(old, new):
                    yield from _pair(old, new)
            found = {name for old in numbered for name in _names(old.title)}
            for name in sorted(_names(title) - _names(new.title) - found):
                yield from _named(by_name.get(name, []), new, name, number)


def _citations(cited: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Titles, each with the number behind it: 《甲办法》（甲政〔2020〕1号）; one may be empty."""
    numbers = [number_key(name) if _is_number(name) else "" for name in cited]
    for position, (name, number) in enumerate(zip(cited, numbers, strict=True)):
        following = numbers[position + 1] if position + 1 < len(cited) else ""
        if not number:
            yield name, following
        elif not position or numbers[position - 1]:
            yield "", number


def _is_number(name: str) -> bool:
    found = find_numbers(name, codes=True)
    return bool(found) and number_key(found[0]) == number_key(name)


def _named(
    documents: Sequence[Document], new: Document, name: str, number: str
) -> Iterator[tuple[str, str]]:
    """Pairs of documents cited by title: those of the same place that bear no other number."""
    if len(documents) > _MOST_ALIKE:
        return
    alone = len(documents) == 1 and len(name) >= _LONG_NAME
    for old in documents:
        contradicted = number and old.number and number_key(old.number) != number
        if not contradicted and _same_place(old, new, alone=alone):
            yield from _pair(old, new)


def _pair(old: Document, new: Document) -> Iterator[tuple[str, str]]:
    if old.id != new.id and not _is_later(_date(old), _date(new)):
        yield old.id, new.id


def _names(title: str) -> set[str]:
    return {measure_name(title), letters_of(_ISSUER.sub("", title))} - {""}


def _same_measure(documents: Sequence[Document]) -> Mapping[tuple[str, str], list[Document]]:
    groups: dict[tuple[str, str], list[Document]] = defaultdict(list)
    for document in documents:
        name = measure_name(document.title)
        place = _place(document)
        if name and place and _date(document):
            groups[name, place].append(document)
    return groups


def _place(document: Document) -> str:
    """Whose a measure is: of the place its name begins with, else of its first issuer."""
    name = measure_name(document.title)
    if _STATE_NAME.match(name) or _STATE.search(document.publisher):
        return "国"
    found = _PLACE.match(name)
    return found.group() if found else letters_of(_ISSUERS.split(document.publisher)[0])


def _same_place(one: Document, two: Document, *, alone: bool) -> bool:
    """Whether both are of one place; where that is unknown of one, a name found once may do."""
    places = {place for document in (one, two) if (place := _town(document))}
    both = _town(one) and _town(two)
    return _same_issuer(one, two) or (len(places) == 1 if both else alone)


def _town(document: Document) -> str:
    for text in (letters_of(_ISSUER.sub("", document.title)), letters_of(document.publisher)):
        if found := _PLACE.match(text):
            return found.group()
    return "国" if _STATE.search(document.publisher) else ""


def _same_issuer(one: Document, two: Document) -> bool:
    issuers = [set(map(letters_of, _ISSUERS.split(document.publisher))) for document in (one, two)]
    return bool((issuers[0] & issuers[1]) - {""})


def _is_series(key: str) -> bool:
    """Whether a number says whose it is: 国发202412号 does, 第746号令 and notice no. 3 do not."""
    return bool(re.match("[a-z\u4e00-\u9fff]{2,}", key)) and not _OF_ANY_ISSUER.search(key)


def _date(document: Document) -> str:
    """When it was issued, else the year that marks the version in its title."""
    if document.date:
        return document.date
    marks = "".join(_MARK.findall(document.title))
    found = _MARK_YEAR.search(marks)
    return found.group() if found else ""


def _is_later(one: str, two: str) -> bool:
    """Whether a date lies behind another; 2024-05 and 2024 leave it open."""
    length = min(len(one), len(two))
    return length > 0 and one[:length] > two[:length]


def _is_future(document: Document, today: str) -> bool:
    return bool(today) and _is_later(document.effective or document.issued, today)


def _is_expired(document: Document, today: str) -> bool:
    return bool(today and document.expires) and _is_later(today, document.expires)


def _ends(successors: Mapping[str, str]) -> dict[str, str]:
    """The end of each chain of replacements, by where it begins; "" for what is in a circle."""
    ends: dict[str, str] = {}
    for start in successors:
        path: dict[str, None] = {}  # an ordered set
        current = start
        while current in successors and current not in ends and current not in path:
            path[current] = None
            current = successors[current]
        ends.update(dict.fromkeys(path, ends.get(current) or current))
        if current in path:
            nodes = list(path)
            ends.update(dict.fromkeys(nodes[nodes.index(current) :], ""))
    return ends


def _version(
    document: Document,
    ends: Mapping[str, str],
    ended: Mapping[str, Sequence[str]],
    today: str,
) -> Version:
    if ends.get(document.id):
        return Version.SUPERSEDED
    if document.id in ended and not _is_expired(document, today):
        return Version.CURRENT
    return Version.UNKNOWN


def _by_id(documents: Sequence[Document]) -> dict[str, Document]:
    return {document.id: document for document in documents}

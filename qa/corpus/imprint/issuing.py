"""When a document was issued and who signed it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from qa.corpus.imprint.heads import Head, head_lines
from qa.corpus.imprint.issuers import is_organisation, organisations_of
from qa.corpus.imprint.lines import Line, read_label, segments_of
from qa.language.dates import find_dates, parse_date

_REPUBLIC = 1911
_TAIL_LINES = 12
_SIGNERS = 6  # lines of organisations above the date
_LONGEST_SIGNATURE = 60

_ENACTED = re.compile("公布|发布|發布|通过|通過|修订|修訂|修正|批准|訂定|订定|函|令|讯|编|印")
_ISSUED = re.compile("公布|发布|發布")
_REVISED = re.compile("修订|修訂")
_IN_FORCE = re.compile(r"[\s起]{0,3}(?:施行|实施|實施|生效|适用|適用|起)")
_BEFORE_FORCE = re.compile(
    r"(?:effective|in force|from|(?<!embargoed )until|through|renewing on or after|starting)"
    r"[\w\s:,]{0,30}$",
    re.IGNORECASE,
)
_PRINTED = re.compile(
    r"印发|印發|印製|发布|發布|修订|修訂|编印|編印"
    r"|\b(?:published|issued|dated|printed|approved|adopted|updated)\b",
    re.IGNORECASE,
)
_COPIED = re.compile(r"印\s?[发發]\s*$")
"""The last line of an official document: by whom and when it was printed, below who signs it."""

_NOT_SIGNED = re.compile(r"施行|废止|廢止|^第.{1,6}[条條]")
_PAPER = re.compile(r"《[\u4e00-\u9fff]{2,12}》")
_PLACE = re.compile(r"[A-Z][\w .]{1,30}, ")
_VERSION_DATE = re.compile(r"[（(](?P<date>\d{4}-\d{2}-\d{2})[)）]")
_NAME_DIGITS = re.compile(
    r"(?<!\d)(?:(?P<day>(?:19|20)\d{6})|(?P<republic>1\d{2})(?P<rest>\d{4}))(?!\d)"
)


@dataclass(frozen=True, slots=True)
class Signature:
    """Who signs a document, and when."""

    issuers: tuple[str, ...] = ()
    date: str = ""


def read_signature(lines: Sequence[Line], signed: frozenset[str] = frozenset()) -> Signature:
    """Return the last signature of a text: organisations, and below them a date.

    `signed` are lines that are known to belong to one.
    """
    head = len(head_lines(lines))
    tail = max(head, len(lines) - _TAIL_LINES)
    signature = Signature(tuple(_organisations_above(lines, len(lines))))
    for number, line in enumerate(lines):
        if len(line.text) > _LONGEST_SIGNATURE or not find_dates(line.text):
            continue
        copied = (signature.issuers or signature.date) and _COPIED.search(line.text)
        if copied or any(read_label(segment)[0] for segment in segments_of(line.text)):
            continue
        above = _organisations_above(lines, number)
        stands = bool(above) or line.text in signed
        if date := _signing_date(line.text, in_tail=number >= tail, stands=stands):
            signature = Signature(tuple(above or organisations_of(line.text)), date)
    return signature


def issue_date(head: Head, lines: Sequence[Line], signed: str, file_name: str) -> str:
    """Return when the document was issued: as labelled, signed, told under the title or named.

    Of several dates under the title and one in brackets in the file's name the latest is that of
    the version.
    """
    if labelled := _labelled(head):
        return signed if signed in labelled else max(labelled)
    if signed:
        return signed
    version = _VERSION_DATE.search(file_name)
    enacted = [date for date, _ in _enacted(head.notes)]
    if version and parse_date(version["date"]):
        enacted.append(version["date"])
    if enacted:
        return max(enacted)
    return next(iter(head.dates), "") or _date_in_head(lines) or _date_in_name(file_name)


def first_issue_date(head: Head) -> str:
    """Return when the text in force was first issued, "" where no other date than the last is told.

    `第689号修订` revises the whole, which begins anew; 《关于修改…的决定》修订 changes parts.
    """
    enacted = _enacted(head.notes)
    whole = [date for date, what in enacted if _REVISED.search(what) and "《" not in what]
    issued = [date for date, what in enacted if _ISSUED.search(what)]
    several = [date for date, _ in enacted] if len(enacted) > 1 else []
    return min(_labelled(head) or whole[-1:] or issued or several, default="")


def _labelled(head: Head) -> list[str]:
    values = head.labels.get("issued", ())
    return [mention.iso for value in values for mention in find_dates(value[:200])[:1]]


def _signing_date(text: str, *, in_tail: bool, stands: bool) -> str:
    if not (in_tail or stands):
        return ""
    if date := parse_date(text.strip("（()） ")):
        return date
    mentions = [m for m in find_dates(text) if "-" in m.iso] if in_tail else []
    if len(mentions) != 1 or _NOT_SIGNED.search(text):
        return ""
    before, after = text[: mentions[0].start], text[mentions[0].end :]
    placed = _PLACE.fullmatch(before) and not after.strip()
    printed = _PRINTED.search(text) and not _BEFORE_FORCE.search(before)
    beside = is_organisation(next(iter(segments_of(before)), ""))
    return mentions[0].iso if placed or printed or beside or _PAPER.search(before) else ""


def _organisations_above(lines: Sequence[Line], number: int) -> list[str]:
    found: list[str] = []
    for line in reversed(lines[max(0, number - _SIGNERS) : number]):
        if not is_organisation(line.text):
            break
        found[:0] = organisations_of(line.text)
    return found


def _enacted(notes: Sequence[str]) -> list[tuple[str, str]]:
    """The dates on which it was passed, issued or amended, each with what is said of it."""
    found: list[tuple[str, str]] = []
    for note in notes:
        mentions = find_dates(note)
        ends = [*(mention.start for mention in mentions[1:]), len(note)]
        for mention, end in zip(mentions, ends, strict=False):
            what = note[mention.end : end]
            if _ENACTED.search(what) and not _IN_FORCE.match(what):
                found.append((mention.iso, what))
    return found


def _date_in_head(lines: Sequence[Line]) -> str:
    """The first date in the head, to the month at least, that is not the beginning of its force."""
    for line in head_lines(lines):
        for mention in find_dates(line.text):
            before, after = line.text[: mention.start], line.text[mention.end :]
            in_force = _IN_FORCE.match(after) or _BEFORE_FORCE.search(before[-60:])
            if not in_force and "-" in mention.iso:
                return mention.iso
    return ""


def _date_in_name(file_name: str) -> str:
    """A date in a file's name: 20250618, 2025-06-18, 1140318 of the Republic."""
    for found in _NAME_DIGITS.finditer(file_name):
        digits = found["day"] or f"{int(found['republic']) + _REPUBLIC}{found['rest']}"
        if date := parse_date(digits):
            return date
    return next((m.iso for m in find_dates(file_name) if "-" in m.iso), "")

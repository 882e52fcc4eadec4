"""What documents name here and there of things whose number they state: 16项政策措施.

The things are those of a plan, law or notice, their *bearer*, which stands beside the number. A
sentence that mentions the bearer names some of them where it lists things that are called so, or
where the bearer puts forward something in quotes: 工作方案提出“…”.
"""

import re
from collections.abc import Iterator, Sequence

from qa.answers.lists.enumerations import Count, Enumeration, find_counts
from qa.answers.lists.list_questions import AskedList
from qa.language.text import Span, fold, squash, to_simplified
from qa.language.words import content_words

_KINDS = "方案|计划|规划|意见|通知|办法|条例|纲要|规定|决定|协定|章程"
_TITLE = re.compile(r"《(?P<title>[^《》]{2,80})》")
_CHINESE_BEARER = re.compile(rf"[\u4e00-\u9fff]{{2}}(?:{_KINDS})(?!措施|举措)")
_ENGLISH_BEARER = re.compile(
    r"\b(?:[A-Z][\w-]{1,40}+ ){1,2}?(?:Plan|Programme|Program|Scheme|Strategy|Opinions|Guidelines|"
    r"Rules|Regulations?|Notice|Act|Law|Agreement|Measures|Report|Charter)\b"
)
_CHINESE_QUOTE = re.compile(
    r"(?:提出|指出|明确|部署|推出|要求|强调)了?(?P<one>“[^“”。]{4,60}”)|"
    r"[将把](?P<two>“[^“”。]{4,60}”)(?:列为|列入|作为|纳入)"
)
_ENGLISH_QUOTE = re.compile(
    r"\b(?:propos(?:es?|ing)|calls? for|puts? forward|lists|sets? out)\b[^“”,.;:]{0,40}"
    r"(?P<one>“[^“”]{8,240}”)"
)
_MEANS = re.compile(r"(?:通过|以|用|运用|利用)$|\b(?:through|by|by means of)(?:\s[^,.;]*)?$")
_BACKWARD = re.compile(
    r"[“\"‘]{0,4}+(?:(?:这|上述|以上)[些几]?|(?:among |all )?(?:these|those|the above) )",
    re.IGNORECASE,
)
_MOST = 0.4
_REACH = 40  # characters at a sentence's start in which it says what the one before listed


def stated_count(text: str, asked: AskedList) -> Count | None:
    """The number that a sentence states of the things asked for."""
    for count in find_counts(text):
        if asked.names(count.noun) and asked.number in (None, count.number):
            return count
    return None


def find_bearer(text: str) -> str:
    """The plan or law that a sentence is about, by the end of its title; "" without one.

    >>> find_bearer("《改革创新工作方案》有16项措施"), find_bearer("the Work Plan has 16 measures")
    ('工作方案', 'Work Plan')
    """
    simplified = to_simplified(text)
    if title := _TITLE.search(simplified):
        return title["title"][-4:]
    found = _CHINESE_BEARER.search(simplified) or _ENGLISH_BEARER.search(text)
    return found.group() if found else ""


def asks_of_all(asked: AskedList, text: str, bearer: str) -> bool:
    """Whether a question without a number asks for all of the bearer's things, not some.

    It does where it says nothing but what stands beside the number.
    """
    about = {word for word, _ in content_words(re.sub(r"“[^”]*”", " ", text))}
    return all(word in about or word in fold(bearer) for word in asked.others)


def find_named(
    text: str, following: str, enumerations: Sequence[Enumeration], asked: AskedList
) -> Iterator[Span]:
    """Yield the spans of a sentence that name things asked for; the `following` one may say so."""
    backward = _BACKWARD.match(following) and asked.names(following[:_REACH])
    for listed in enumerations:
        before = to_simplified(text[: listed.items[0][0]]).rstrip("“‘ ")
        if (backward or asked.names(listed.label)) and not _MEANS.search(before):
            yield from listed.items
    simplified = to_simplified(text)
    for pattern in (_CHINESE_QUOTE, _ENGLISH_QUOTE):
        for match in pattern.finditer(simplified):
            name = "one" if match["one"] else "two"
            start, end = match.span(name)
            yield start + 1, end - 1 - (simplified[end - 2] in ",.;")


def without_repeats(texts: Sequence[str], *, taken: Sequence[str] = ()) -> list[int]:
    """The numbers of the texts that say something new; neither script nor case counts.

    A text that is most of another says the same.
    """
    kept: list[int] = []
    seen = [squash(fold(text)) for text in taken]
    for number, text in enumerate(texts):
        folded = squash(fold(text))
        if not any(_is_repeat(folded, other) for other in seen):
            kept.append(number)
            seen.append(folded)
    return kept


def _is_repeat(one: str, other: str) -> bool:
    shorter, longer = sorted((one, other), key=len)
    return shorter in longer and len(shorter) >= _MOST * len(longer)

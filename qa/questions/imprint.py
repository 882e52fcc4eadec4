"""Questions about a document itself: its number, who issued it and when, how long it holds."""

import re
from enum import StrEnum

from qa.language.text import fold


class Imprint(StrEnum):
    """What a document says of itself, named as the field of `Document`."""

    NUMBER = "number"
    PUBLISHER = "publisher"
    ISSUED = "issued"
    EFFECTIVE = "effective"
    EXPIRES = "expires"


_ISSUE = "(?:发布|印发|公布|颁布|出台|发文|下发)"
_WHEN = "(?:何时|什么时候|哪[一]?[年天日]|几时|几月|多久|日期|时间)"

_WHICH_DOCUMENT = re.compile(
    r"哪一?[份个部篇](?:文件|办法|条例|规定|通知|法规|政策|文章|报告|法)|文件叫什么"
    r"|(?:哪些|什么)(?:文件|办法|条例|规定|通知|法规|政策|文章|报告)(?:里|中|上|提|规定|说|写|讲)"
    r"|\bwhich (?:rules?|report|guide)\b"
    r"|\b(?:which|what) (?:document|notice|regulation|ordinance|law|bylaw)\b"
)

_ASKED = {
    Imprint.NUMBER: re.compile(
        r"文号|字号|发文号|第几号|\breference\b"
        r"|\b(?:document|notice|circular|file|official) (?:number|no)\b"
    ),
    Imprint.PUBLISHER: re.compile(
        rf"(?:谁|哪个|哪些|哪家|什么)(?:部门|单位|机关|机构)?(?:联合)?(?:{_ISSUE}|制定|编印)的?"
        rf"|{_ISSUE}(?:机关|单位|部门|机构)|由(?:谁|哪[个些])[^，。]{{0,8}}{_ISSUE}"
        r"|\bwho (?:issued|published|put out|released|adopted|wrote)\b"
        r"|\b(?:issued|published) by (?:who|which)"
    ),
    Imprint.ISSUED: re.compile(
        rf"{_WHEN}[^，。]{{0,10}}{_ISSUE}|{_ISSUE}[^，。]{{0,6}}{_WHEN}"
        rf"|(?:最近|上次|最后)[^，。]{{0,8}}(?:修订|修正|更新|修改)|{_WHEN}[^，。]{{0,6}}(?:修订|修正|更新)"
        r"|\bwhen (?:was|were) [^?]{0,80}(?:issued|published|released|adopted)\b"
        r"|\bwhen (?:was|were) [^?]{0,80}(?:revised|updated|amended)\b"
        r"|\b(?:last|latest) (?:updated?|revis(?:ed|ion)|amend(?:ed|ment))\b|\bdate of issue\b"
    ),
    Imprint.EFFECTIVE: re.compile(
        rf"{_WHEN}[^，。]{{0,10}}(?:施行|生效|实施|起效|执行)|(?:施行|生效|实施)(?:日期|时间)"
        r"|\b(?:come|came|enter(?:ed)?|go|goes) into (?:force|effect)\b"
        r"|\btakes? effect\b|\beffective date\b"
    ),
    Imprint.EXPIRES: re.compile(
        rf"有效期|有效到|管到|{_WHEN}[^，。]{{0,6}}(?:失效|到期|废止)|(?:失效|到期)(?:日期|时间)"
        r"|\bvalid (?:until|for|till)\b|\bexpir(?:e|es|y)\b"
        r"|\bhow long [^?]{0,80}\b(?:valid|in force)\b"
    ),
}


def asked_imprint(question: str) -> tuple[Imprint, ...]:
    """What a question asks of a document itself; often nothing.

    >>> asked_imprint("这个办法的文号是多少，有效期到哪天？")
    (<Imprint.NUMBER: 'number'>, <Imprint.EXPIRES: 'expires'>)
    """
    folded = fold(question)
    return tuple(field for field, pattern in _ASKED.items() if pattern.search(folded))


def asks_for_document(question: str) -> bool:
    """Whether a question asks in which document something stands."""
    return bool(_WHICH_DOCUMENT.search(fold(question)))

"""What a question asks for, and whether a sentence holds such a thing.

The kinds follow Li and Roth's coarse classes (COLING 2002), told apart by the question words of
both languages; what is not recognised is `Kind.OTHER`, which any sentence may answer.
"""

import re
from enum import StrEnum
from functools import cache

from qa.language.text import fold
from qa.language.words import words
from qa.types import Group


class Kind(StrEnum):
    """The kind of thing that a question asks for."""

    NUMBER = "number"
    DATE = "date"
    PERSON = "person"
    POST = "post"
    PLACE = "place"
    REASON = "reason"
    LIST = "list"
    OTHER = "other"


_DIGIT = r"(?:\d|[一二两三四五六七八九十百千万亿]{1,6}(?=[个家名项条种年月日岁元米公里人次倍分]))"
_ENGLISH_NUMBER = (
    r"\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|hundred|thousand|"
    r"million|billion|trillion|half|third|quarter|double|twice)\b"
)
_MONTH = (
    r"\b(?:january|february|march|april|may|june|july|august|september|october|november|december)\b"
)
_TITLE = (
    r"(?:主任|副主任|局长|副局长|总经理|经理|总裁|会长|副会长|研究员|巡视员|主席|书记|部长|司长|"
    r"记者|编辑|董事长|教授|院长|委员|市长|省长|校长|队长|导演|作家|皇帝|国王|总统|总理)"
)
_SPEECH = r"(?:说|表示|指出|认为|介绍|解释|强调|said|says|say|noted|explained|stressed)"

# Asked first what is told by more: "哪一年" before "哪", "how many" before "how".
_QUESTIONS: list[tuple[Kind, re.Pattern[str]]] = [
    (
        Kind.DATE,
        re.compile(
            r"哪[一]?[年天日月]|几[年月号]|何[时年日月]|什么时[候间]|多久以?前|年份|日期|时间是|"
            r"\b(?:when|(?:what|which) (?:year|date|day|month|century|decade|time))\b"
        ),
    ),
    (
        Kind.NUMBER,
        re.compile(
            r"多[少大高长久远快重厚]|几[个家名项条种次倍位成天分座所岁章大]|百分之几|占比|比重|比例|数量|"
            r"规模有|总[额数]|是几|\b(?:how (?:many|much|long|far|old|often|big|large|high|fast)|"
            r"what (?:percent\w*|proportion|share|number|amount|fraction|rate)|number of|share of|"
            r"percentage of)\b"
        ),
    ),
    (
        Kind.POST,
        re.compile(
            r"什么(?:职[务位]|身[分份]|人物?[，,？?]|人$|官)|职务|职位|任职|头衔|"
            r"\b(?:who is [a-z]|what (?:post|position|job|title|role))"
        ),
    ),
    (
        Kind.PERSON,
        re.compile(
            r"谁|哪[一]?位|哪几位|何人|叫什么名字|的(?:总裁|主任|局长|经理|记者)是|\b(?:who|whom|whose)\b"
        ),
    ),
    (
        Kind.REASON,
        re.compile(r"为什么|为何|为啥|何以|原因|怎么会|凭什么|\bwhy\b|\breasons?\b"),
    ),
    (
        Kind.LIST,
        re.compile(
            r"哪些|哪几|有什么|分别是|包括什么|列[出举]|\bwhat are\b|\blist\b|"
            # From a line's start and the first of each: never a second way to read one text.
            r"(?m:^)(?>.*?\bwhich )(?>.*?s\b).*\b(?:are|do|have)\b"
        ),
    ),
    (
        Kind.PLACE,
        re.compile(
            r"哪[里儿]|哪个(?:城市|国家|地方|省|市|区|地区|州|洲)|何[处地]|什么地方|在哪|位于|"
            r"\bwhere\b|(?:what|which) (?:city|country|place|state|region|province|zone)\b"
        ),
    ),
]

_HOLDS: dict[Kind, re.Pattern[str]] = {
    Kind.NUMBER: re.compile(rf"{_DIGIT}|{_ENGLISH_NUMBER}"),
    Kind.DATE: re.compile(
        rf"\d{{3,4}}\s*年|\d{{1,2}}月|世纪|年代|初|{_MONTH}|\b1\d{{3}}\b|\b20\d\d\b|century|ago|decade"
    ),
    Kind.PERSON: re.compile(
        rf"{_TITLE}|{_SPEECH}|·|\b(?:mr|mrs|dr|president|director|king|queen)\b"
    ),
    Kind.POST: re.compile(
        rf"{_TITLE}|\b(?:president|director|manager|chair\w*|minister|researcher|fellow|official|"
        r"professor|editor|reporter|secretary|member)\b"
    ),
    Kind.PLACE: re.compile(
        r"位于|坐落|[省市县区州国镇岛湖山河]|\b(?:in|at|near|located|north|south|east|west\w*)\b"
    ),
    Kind.REASON: re.compile(
        r"因为|由于|为了|因此|所以|在于|原因|是因|使得|导致|之所以|为此|"
        r"\b(?:because|since|due to|in order to|so that|therefore|as a result|reason|cause\w*)\b"
    ),
    Kind.LIST: re.compile(
        r"、[^、\n]*+、|以及|包括|分别|(?m:^)[^,\n]*+,[^,\n]*+,.*\band\b|首先|其次|"
        r"[;；][^;；\n]*+[;；]"
    ),
}


_POSTS = (
    "主任 副主任 局长 副局长 总经理 经理 总裁 会长 副会长 研究员 副研究员 巡视员 "
    "主席 书记 部长 司长 记者 编辑 董事长 教授 院长 委员 市长 省长 校长 "
    "president director manager chair chairman minister researcher fellow official professor "
    "editor reporter secretary member mayor dean vice deputy"
)


@cache
def expected_terms(kind: Kind) -> Group:
    """Terms that a sentence with an answer of this kind holds, as one group; often none.

    Who somebody is, is said where a post stands beside the name, and the name alone stands
    everywhere else.
    """
    if kind is not Kind.POST:
        return {}
    return {(term,): 1.0 for word in _POSTS.split() for term in words(word)}


def asked_kind(question: str) -> Kind:
    """Return the kind of thing that a question in either language asks for.

    >>> asked_kind("国家级经开区有多少家？"), asked_kind("In which year was it set up?")
    (<Kind.NUMBER: 'number'>, <Kind.DATE: 'date'>)
    """
    folded = fold(question)
    return next((kind for kind, words in _QUESTIONS if words.search(folded)), Kind.OTHER)


_GREETINGS = (
    "good morning",
    "good afternoon",
    "good evening",
    "thank you",
    "very much",
    "so much",
    *"hi hello hey thanks thank there all everyone you".split(),
    *"你好 您好 嗨 哈喽 早上好 下午好 晚上好 谢谢 多谢 在吗 大家 各位 啊 呀".split(),
)
# One at a time, with nothing around it that repeats.
_GREETING = re.compile(rf"{'|'.join(_GREETINGS)}|[\s,.!?;，。！？、~]")


def is_greeting(text: str) -> bool:
    """Whether a message greets or thanks and asks nothing."""
    folded = fold(text)
    return bool(folded) and not _GREETING.sub("", folded)


_EARLIER = re.compile(
    r"原来|原先|以前|从前|旧|老(?:办法|规定|标准|政策|版)|(?:修订|修改|修正|调整|废止|失效|更新)(?:之?前|的)|过去|曾经"
    r"|\b(?:old|previous(?:ly)?|former(?:ly)?|earlier|superseded|repealed|withdrawn|used to"
    r"|before the (?:change|amendment|revision)|until)\b"
)


def asks_for_earlier(question: str) -> bool:
    """Whether a question asks for what was in force before."""
    return bool(_EARLIER.search(fold(question)))


def holds(kind: Kind, sentence: str) -> bool:
    """Whether a sentence could answer a question of that kind; always for `Kind.OTHER`."""
    pattern = _HOLDS.get(kind)
    return pattern is None or bool(pattern.search(fold(sentence)))

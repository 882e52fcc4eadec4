"""Chinese turns: what tells that one follows up on the question before it.

Patterns are written in Simplified; Traditional text is mapped to it character by character, so
that offsets hold for what was typed.
"""

import re
from itertools import islice

from qa.language.segmentation import is_verb
from qa.language.text import to_simplified
from qa.language.words import cut
from qa.questions.followups.chinese_words import (
    ASK,
    ASKS,
    BARE,
    END,
    MEASURE,
    MORE,
    NUMERAL,
    TOPICLESS,
    WHY,
)
from qa.questions.followups.grammar import MOST_ALIKE, REACH, Anaphor, Role
from qa.questions.followups.mentions import find_mentions, is_all_named
from qa.questions.followups.names import CHINESE_HEADS, Sort, head_class

_LONGEST_TURN = 30
"""Characters; a longer turn says what it is about."""

_CONNECTIVE = r"那么|那|还有|以及|再有|另外|至于|而|如果是|要是|换成|换作"
_OPENING = re.compile(rf"(?:请问|好的?|嗯|谢谢|{_CONNECTIVE}|[，,、 ])*")
_DROPPED = re.compile(rf"(?:那么|那(?![里儿边些个家位座所项份款{NUMERAL[1:-1]}])|而|[，, ])*")
_FRAGMENT_END = re.compile(r"(?:的?(?:情况)?(?:呢|又?(?:怎么样|如何|怎样)))\Z")
_YES_NO = re.compile(r"吗|是否|是不是|有没有|能不能|可不可以|会不会|要不要|对不对")
_ORDINAL = re.compile(
    rf"(第{NUMERAL}+|最后一|首){MEASURE}?(?:方面)?(?:呢|又?是(?:什么|哪个|谁|哪家))?"
)

_PERSONAL = re.compile(r"职务|职位|身份|年纪|年龄|多大|任职|毕业|学历|看法|观点|说|认为")
_SHARE = re.compile(r"占(?!地)|比重|比例|份额")


# 有哪几位嘉宾, 谁开发的: a predicate without a subject.
_SUBJECTLESS = re.compile(
    rf"(?:一共|总共|还|都|又){{0,9}}+(?:设?有)(?:{ASKS})(?:(?![在里位于设]).){{1,8}}|(?:是|由){{0,9}}+(?:{ASKS})(?:(?!的).){{1,4}}的"
)

_TOLD_BEFORE = {Role.PERSON: (Sort.PERSON,), Role.THING: (Sort.NAME,), Role.PLACE: (Sort.NAME,)}
_ANAPHORS = [
    (Role.SET, re.compile(r"其中|(?:它|他|她)们(?:当中|之中|中|里)|这些|那些|它们")),
    (
        Role.PERSON,
        re.compile(r"(?<![其吉])[他她]们?(?!人)|此人|[这那该]位(?:专家|官员|学者|嘉宾|负责人)?"),
    ),
    (Role.PLACE, re.compile(r"[那这]里|[那这]儿|那边|当地|[该此][地处]")),
    # "This plan" may be the one that the documents are about, whatever was asked before.
    (
        Role.THING,
        re.compile(
            rf"(?:[这那](?:个|家|座|所|项|款)|[该这那])(?!方案|计划|文件|办法)"
            rf"(?P<head>{CHINESE_HEADS}|区|市|省)|(?:那份|那个|该)(?P<plan>工作方案|方案|计划|文件|办法)"
        ),
    ),
    # 园区怎么落实: a noun alone, where the question before names one.
    (
        Role.THING,
        re.compile(
            r"\A(?P<head>园区|公司|平台|基地|集团|实验室)(?=[的有是在怎如目现什何几多为累])"
        ),
    ),
    (Role.THING, re.compile(r"它|(?<![尤极与])(?P<own>其)(?![中他她它余实次])")),
    (
        Role.MATTER,
        re.compile(
            rf"\A{_OPENING.pattern}(?P<it>这个|那个|这件事|这一点|这点|这句话|这话|这|那|此)"
            r"(?=是|会|对|占|算|意味|说明|相当|包括|有什么|能)|(?<!\w)?(?P<what>[这那]个(?:(?P<notion>概念|说法|做法|模式)|数字|比例|问题))"
        ),
    ),
]


# Limits that keep out questions that say all: of the benchmark's 2,453 Chinese ones (XQuAD, CMRC,
# DRCD) these rules take 26 for a follow-up, most of them rightly ("他用什么…？").
_LONGEST_PREDICATE = 14
_LONGEST_WHY = 8
_ADVERBS = re.compile(
    r"(?:一共|总共|目前|现在|当时|最早|最初|分别|主要|平常|一般|每年|一年|一天|累计|大约|到底|具体|都|还|又|也|能够?|会|可以)*"
)
_VERBS_TOO = frozenset("落户 布局 研发 上线 举办 主办 引进 培育 打造 认证 建设 生产 投资".split())
_NO_PREDICATES = frozenset("有 是 说 讲 认为 没有 算 叫 像".split())
_WITH = frozenset("跟 用 由 被 给 靠 和 与".split())
_ASPECT = re.compile(r"(?:出|到|成|完)?[了过着到出些]|在|于")


def _is_predicate(text: str) -> bool:
    """Whether a text is a question whose subject was said before: 用了什么技术, 怎么解决的."""
    match = ASK.search(text)
    if not match or len(text) > _LONGEST_PREDICATE or re.search(r"[，,。；;：:？?]", text):
        return False
    adverbs = _ADVERBS.match(text)
    start = adverbs.end() if adverbs else 0
    if start < match.start():
        modal = bool(re.search(r"[能会要]够?\Z", text[:start]))
        return _begins_with_verb(text[start : match.start()], modal=modal)
    if WHY.match(match.group()):
        if re.search(r"这么|那么|这样|如此", text):
            return True
        if len(text) > _LONGEST_WHY:
            return False
    tail = cut(text[match.end() :])
    adverbial = re.match(r"为|怎么|怎样|如何|什么时候|何时|哪一?[年天]|几[年月]", match.group())
    return bool(adverbial and tail and _is_verb(tail[0]))


def _begins_with_verb(lead: str, *, modal: bool) -> bool:
    """Whether a verb, with no more than its object's name, is all before the question word."""
    aspect = re.search(rf"(?:{_ASPECT.pattern})\Z", lead)
    words = cut(lead[: aspect.start()] if aspect else lead)
    if not words:
        return False
    if words[0] in _WITH:
        return lead[1:] in ("", "了")
    if words[0] == "占" or (len(words) == 1 and modal):
        return True
    rest = lead[len(words[0]) :]
    named = find_mentions(rest)
    if named and named[0].start == 0:
        rest = rest[named[0].end :]
    verb = _is_verb(words[0]) or rest.endswith("了")
    return verb and bool(re.fullmatch(rf"(?:{_ASPECT.pattern})?", rest))


def _is_verb(word: str) -> bool:
    return (is_verb(word) or word in _VERBS_TOO) and word not in _NO_PREDICATES


class ChineseTurns:
    """Implements `qa.questions.followups.grammar.Turns` for both scripts."""

    def fragment(self, turn: str) -> str:
        """Return what a turn names that has no question of its own, or nothing."""
        text = to_simplified(turn).rstrip(END)
        start = _opening(text)
        connected = bool(re.search(_CONNECTIVE, text[:start]))
        ending = _FRAGMENT_END.search(text, start)
        end = ending.start() if ending else len(text)
        core = turn[start:end].strip("，, 的")
        if not core or len(core) > _LONGEST_TURN or ASK.search(text[start:end]):
            return ""
        if _YES_NO.search(text) or self.ordinal(turn) or BARE.fullmatch(text[start:end]):
            return ""
        if ending:
            return core if connected or text.endswith("呢") else ""
        if text.endswith(("是", "为")):
            return ""
        asked = turn.rstrip().endswith(("?", "？"))
        short = connected or (len(core) <= 8 and " " not in core)
        return core if (asked and short) or is_all_named(core) else ""

    def ordinal(self, turn: str) -> str:
        """Return the ordinal that is all a turn asks for, or nothing."""
        text = to_simplified(turn).rstrip(END)
        match = _ORDINAL.fullmatch(text, _opening(text))
        return turn[match.start(1) : match.end(1)] if match else ""

    def is_bare(self, turn: str) -> bool:
        """Whether a turn is a question word and little else."""
        text = to_simplified(turn).strip(END)
        if not text or len(text) > _LONGEST_TURN:
            return False
        if WHY.search(text) and re.search(r"这么|这样|如此", text):
            return bool(TOPICLESS.fullmatch(text))
        return bool(BARE.fullmatch(text) and (ASK.search(text) or MORE.search(text)))

    def lacks_topic(self, turn: str) -> bool:
        """Whether a turn says what is asked for and not of what."""
        text = to_simplified(turn).strip(END)
        if len(text) > _LONGEST_TURN or not ASK.search(text):
            return False
        text = text[_opening(text) :]
        return bool(
            TOPICLESS.fullmatch(text) or _SUBJECTLESS.fullmatch(text) or _is_predicate(text)
        )

    def anaphors(self, turn: str) -> list[Anaphor]:
        """Find what refers back."""
        text = to_simplified(turn)
        found: list[Anaphor] = []
        for role, pattern in _ANAPHORS:
            for match in islice(pattern.finditer(text, 0, REACH), MOST_ALIKE):
                anaphor = _anaphor(match, role)
                free = all(anaphor.start >= a.end or anaphor.end <= a.start for a in found)
                if free and (role is Role.MATTER or not _is_told(turn, anaphor)):
                    found.append(anaphor)
        return sorted(found, key=lambda anaphor: anaphor.start)

    def is_share(self, turn: str) -> bool:
        """Whether a part of a whole is asked for, and not of what (出货量占全国多少 says it)."""
        text = to_simplified(turn)
        named = re.search(r"[量额值]占|占比?[^占]*[量额值]", text)
        return bool(_SHARE.search(text)) and not named

    def is_degree(self, turn: str) -> bool:
        """Whether it is asked how high something is, or why so high."""
        return bool(
            re.search(r"(?:这么|那么|如此)[高低大小多少快慢长]|多[高大长快]", to_simplified(turn))
        )

    def is_personal(self, turn: str) -> bool:
        """Whether what people have is asked for."""
        return bool(_PERSONAL.search(to_simplified(turn)))

    def add_topic(self, turn: str, topic: str) -> str:
        """Put a topic in front or behind."""
        return topic + self.stand_alone(turn)

    def stand_alone(self, turn: str) -> str:
        """Drop "And" and its like."""
        match = _DROPPED.match(to_simplified(turn))
        return turn[match.end() :] if match else turn


def _opening(text: str) -> int:
    match = _OPENING.match(text)
    return match.end() if match else 0


def _anaphor(match: re.Match[str], role: Role) -> Anaphor:
    groups = match.groupdict()
    part = next((name for name in ("it", "what") if groups.get(name)), 0)
    start, end = match.span(part)
    noun = groups.get("head") or groups.get("plan") or groups.get("notion") or ""
    head = {"区": "zone", "市": "city", "省": "province"}.get(noun) or head_class(noun)
    of_these = role is Role.SET and match.group()[-1] in "中里"
    return Anaphor(
        start, end, role, head, noun, after="中" if of_these else "的" if groups.get("own") else ""
    )


def _is_told(turn: str, anaphor: Anaphor) -> bool:
    """Whether the turn itself says what is referred to, before it refers to it."""
    before = turn[_opening(to_simplified(turn)) : anaphor.start]
    clauses = re.split(r"[，,。？！?；;：:]", before)
    if len(clauses) > 1:
        return bool(re.search(r"\w\w", "".join(clauses[:-1])))
    folded = to_simplified(turn)
    owns = anaphor.after == "的" or folded.startswith("的", anaphor.end)
    if owns and len(re.sub(ASKS, "", to_simplified(before))) > 1:
        return True
    if anaphor.role is Role.SET:
        return bool(before.strip())
    return any(m.sort in _TOLD_BEFORE[anaphor.role] for m in find_mentions(before))

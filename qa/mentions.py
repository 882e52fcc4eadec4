"""What a question names: years, people, countries, and other names with the noun behind them.

Found by CC-CEDICT's names, surnames, quotes, capitals and a list of the nouns that follow a name;
both languages may stand in one text.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache, lru_cache

from qa.segmentation import is_known, is_name, romanise
from qa.text import Token, cut_with_places, to_simplified


class Sort(StrEnum):
    """What a mention names; a `NAME` is a place, an organisation or a thing."""

    YEAR = "year"
    PERSON = "person"
    COUNTRY = "country"
    NAME = "name"


@dataclass(frozen=True, slots=True)
class Mention:
    """A span of a text that names something.

    `head_start` is where the generic noun behind a name begins (`end` where there is none), and
    `head` is that noun's class: `zone` for 经开区 as for "zone".
    """

    start: int
    end: int
    sort: Sort
    head_start: int
    head: str = ""

    def of(self, text: str) -> str:
        """The words of the mention."""
        return text[self.start : self.end]


# Longest first within each class; one class has the nouns of both languages.
HEADS = {
    "zone": "国家级经济技术开发区 经济技术开发区 国家级经开区 高新技术产业开发区 自由贸易试验区 经济特区 "
    "自贸试验区 综合保税区 工业园区 科技园区 产业园区 示范区 开发区 经开区 高新区 保税区 自贸区 "
    "工业园 产业园 科技园 自贸港 片区 新区 特区 园区 zones zone parks park",
    "company": "有限公司 公司 集团 企业 银行 工厂 石化 半导体 电器 company companies firm firms group "
    "corporation bank enterprise enterprises electric petrochemical",
    "institute": "研究院 实验室 大学 学院 协会 委员会 管委会 laboratory lab university institute "
    "association committee",
    "platform": "平台 系统 platform system",
    "plan": "工作方案 行动计划 方案 计划 规划 办法 条例 文件 plan programme program document",
    "city": "城市 city",
    "province": "province",
    "place": "基地 中心 城 港 岛 会议 大会 论坛 base center centre site",
}
_CLASS = {word: kind for kind, words in HEADS.items() for word in words.split()}


def _alternatives(words: list[str]) -> str:
    return "|".join(sorted(words, key=len, reverse=True))


CHINESE_HEADS = _alternatives([word for word in _CLASS if not word.isascii() and len(word) > 1])
ENGLISH_HEADS = _alternatives([word for word in _CLASS if word.isascii()])
# A new name takes over these, but not the nouns that are part of one ("Suzhou Industrial Park").
KEPT_HEADS = frozenset(
    "国家级经济技术开发区 经济技术开发区 国家级经开区 国家级开发区 开发区 经开区 高新区 保税区 zone zones".split()
)
COUNTRIES = frozenset(
    """中国 我国 全国 全球 世界 国内 国外 海外 日本 德国 美国 英国 法国 韩国 印度 越南 新加坡 俄罗斯 欧洲 亚洲
    欧盟 泰国 马来西亚 意大利 澳大利亚 china japan germany america britain france korea india vietnam
    singapore russia europe asia thailand malaysia italy australia""".split()
)
SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩冯邓曹彭曾肖田董潘袁蔡蒋余杜叶程苏魏吕丁沈姚卢姜"
    "崔钟谭陆汪范廖石金韦贾夏付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严武戴莫孔汤吉章安习温习"
)
# Capitals that are no names.
_COMMON = frozenset(
    """gdp fdi etdz etdzs netdz ai it r&d us usd rmb yuan i the a an what which who whom whose when
    where why how is are was were do does did has have had can could will would should may in on at
    of for and or but if so then also ok okay please thanks hello hi it its they their he his she
    her there that this these those january february march april june july august september
    october november december by over we my our you your tell give list name explain describe
    compare show from to under since during after before between within without besides some any
    many most all no not one two about roughly approximately chinese american german japanese
    english""".split()
)

_YEAR = re.compile(
    r"(?<!\d)(?:19|20)\d\d(?!\d)(?:财?年(?![前后来份]))?|去年|今年|前年|明年|上年|现在|目前|如今|"
    r"\b(?:(?:last|this|next) year|today|now|currently)\b",
    re.IGNORECASE,
)
_QUOTED = re.compile(r"[“「『《]([^”」』》]{1,24})[”」』》]")
_CAPITALISED = r"(?:[A-Z][\w.-]*[\w]|[A-Z])(?:(?:\s+|\s+of\s+(?=[A-Z][a-z]))(?:[A-Z][\w.-]*\w|[A-Z]|\d[\d.]*\b))*"
_ENGLISH_NAME = re.compile(_CAPITALISED, re.ASCII)
_ENGLISH_HEAD = re.compile(r"\s+([a-z]+)\b")
_TITLES = frozenset("Mr Mr. Ms Ms. Mrs Mrs. Dr Dr.".split())
_HAN = re.compile(r"[\u3400-\u9fff]+")


@cache
def pinyin_surnames() -> frozenset[str]:
    """Chinese surnames as English writes them, in small letters."""
    return frozenset(map(romanise, SURNAMES))


def head_class(word: str) -> str:
    """The class of a generic noun, or nothing."""
    return _CLASS.get(word.lower(), "")


@lru_cache(maxsize=512)
def find_mentions(text: str) -> tuple[Mention, ...]:
    """Return the mentions of a text in its order; they do not overlap."""
    folded = to_simplified(text)
    found: list[Mention] = []
    for mention in (
        *(Mention(*m.span(), Sort.YEAR, m.end()) for m in _YEAR.finditer(folded)),
        *_quoted(folded),
        *_english(folded),
        *_chinese(folded),
    ):
        if all(mention.end <= other.start or mention.start >= other.end for other in found):
            found.append(mention)
    return tuple(sorted(found, key=lambda mention: mention.start))


def is_all_named(text: str) -> bool:
    """Whether a text holds mentions and nothing else of weight."""
    rest = text
    for mention in reversed(find_mentions(text)):
        rest = rest[: mention.start] + rest[mention.end :]
    small = r"\b(?:in|for|at|from|the|of|and|fiscal|year)\b|[\s,，、的在年]"
    return rest != text and not re.sub(small, "", rest, flags=re.IGNORECASE)


def _quoted(text: str) -> Iterator[Mention]:
    for match in _QUOTED.finditer(text):
        head = next((h for h in _CLASS if text.startswith(h, match.end())), "")
        yield Mention(
            match.start(), match.end() + len(head), Sort.NAME, match.end(), _CLASS.get(head, "")
        )


def _english(text: str) -> Iterator[Mention]:
    for match in _ENGLISH_NAME.finditer(text):
        start, words = match.start(), match.group().split()
        while words and (words[0].lower() in _COMMON or words[0][0].isdigit()):
            start += len(words[0]) + 1
            words = words[1:]
        start += len(text[start : match.end()]) - len(text[start : match.end()].lstrip())
        if not words or start >= match.end() or _only_begins(text, start, match.end(), words):
            continue
        if " ".join(words).lower() in COUNTRIES:
            yield Mention(start, match.end(), Sort.COUNTRY, match.end())
        elif _is_english_person(text, start, words):
            yield Mention(start, match.end(), Sort.PERSON, match.end())
        else:
            behind = _ENGLISH_HEAD.match(text, match.end())
            if behind and head_class(behind[1]):
                yield Mention(
                    start, behind.end(), Sort.NAME, behind.start(1), head_class(behind[1])
                )
            else:
                yield Mention(start, match.end(), Sort.NAME, match.end(), head_class(words[-1]))


def _only_begins(text: str, start: int, end: int, words: Sequence[str]) -> bool:
    """Whether a word has its capital from the place where it stands, at the start of a sentence."""
    first = len(words) == 1 and not re.search(r"[\w,]\s*$", text[:start])
    return (
        first
        and bool(re.match(r"\s+(?!in\b|for\b|from\b|at\b|and\b)[a-z]", text[end:]))
        and not ((behind := _ENGLISH_HEAD.match(text, end)) and head_class(behind[1]))
    )


def _is_english_person(text: str, start: int, words: Sequence[str]) -> bool:
    by_surname = len(words) == 2 and words[0].lower() in pinyin_surnames()
    return words[0] in _TITLES or (by_surname and not head_class(words[1]))


def _chinese(text: str) -> Iterator[Mention]:
    for run in _HAN.finditer(text):
        words = [(w, run.start() + s, run.start() + e) for w, s, e in cut_with_places(run.group())]
        number = 0
        while number < len(words):
            mention, used = _mention_at(words, number)
            if mention:
                yield mention
            number += used


def _mention_at(words: Sequence[Token], number: int) -> tuple[Mention | None, int]:
    """The mention that begins at a word, and how many words to go on."""
    word, start, end = words[number]
    if word in COUNTRIES:
        return Mention(start, end, Sort.COUNTRY, end), 1
    if person := _person_length(words, number):
        end = words[number + person - 1][2]
        return Mention(start, end, Sort.PERSON, end), person
    inside = _name_with_head(word)
    if inside:
        return Mention(start, end, Sort.NAME, end - len(inside), head_class(inside)), 1
    named = is_name(word) and len(word) > 1 and not head_class(word) and word not in _NO_NAMES
    ahead = 4 if named else 3 if _is_strange(word) else 0
    for last in range(number + 1, min(number + ahead, len(words))):
        if head := head_class(words[last][0]):
            stop, first = words[last][2], words[last][1]
            if last + 1 < len(words) and head_class(words[last + 1][0]) == head:
                last, stop = last + 1, words[last + 1][2]
            return Mention(start, stop, Sort.NAME, first, head), last - number + 1
        if len(words[last][0]) < 2 or words[last][0] in _VERBS or words[last][0][0] in "那这哪该":
            break
    if named or (_is_strange(word) and len(word) > 2):
        used = 1
        # 中瑞宏 + 芯: the rest of a name that the dictionary does not have.
        if not named and number + 1 < len(words) and _is_rest(words[number + 1][0]):
            end, used = words[number + 1][2], 2
        return Mention(start, end, Sort.NAME, end), used
    return None, 1


_NO_NAMES = frozenset(
    "资源 美元 东北 和平 太平 大学 人民币 第一".split()
)  # CC-CEDICT has places of that name
_VERBS = frozenset(
    "设立 成立 建设 布局 打造 拥有 推出 占 有 是 参加 没有 哪些 多少 什么 为什么 如何".split()
)
_PARTICLES = frozenset(
    "的了在是有和与及或把被从到对为由占说讲呢吗吧啊里内上下个家都还也又就才不去年月日能会要用等后前着"
)


def _is_strange(word: str) -> bool:
    """Whether the segmenter guessed the word; what it guesses with a particle is no word."""
    return (
        len(word) > 1
        and not is_known(word)
        and not head_class(word)
        and not _PARTICLES & set(word)
        and word[0] not in "多几哪第每各某本该此其"
    )


def _is_rest(word: str) -> bool:
    return len(word) == 1 and word not in _PARTICLES


def _person_length(words: Sequence[Token], number: int) -> int:
    word = words[number][0]
    if len(word) == 2 and word[0] in "小老" and word[1] in SURNAMES and not is_known(word):
        return 1
    if word[0] not in SURNAMES:
        return 0
    if 2 <= len(word) <= 3 and not is_known(word) and not _PARTICLES & set(word):
        return 1
    follows = words[number + 1][0] if number + 1 < len(words) else ""
    if len(word) == 1 and 1 <= len(follows) <= 2 and not _PARTICLES & set(follows):
        return 2 if len(follows) == 2 or number + 2 == len(words) else 0
    return 0


def _name_with_head(word: str) -> str:
    """The generic noun at the end of a word that begins with a name: 苏州工业园区, 宁波市."""
    for length in range(len(word) - 1, 1, -1):
        if is_name(word[:length]) and (head_class(word[length:]) or word[length:] in "省市县区"):
            return word[length:]
    return ""

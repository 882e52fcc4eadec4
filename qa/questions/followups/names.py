"""Names: what a mention of one is, and the nouns, countries and surnames that tell one."""

from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from qa.language.segmentation import romanise


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
    "zone": "国家级经济技术开发区 经济技术开发区 国家级经开区 高新技术产业开发区 自由贸易试验区 "
    "经济特区 自贸试验区 综合保税区 工业园区 科技园区 产业园区 示范区 开发区 经开区 高新区 "
    "保税区 自贸区 工业园 产业园 科技园 自贸港 片区 新区 特区 园区 zones zone parks park",
    "company": "有限公司 公司 集团 企业 银行 工厂 石化 半导体 电器 company companies firm firms "
    "group corporation bank enterprise enterprises electric petrochemical",
    "institute": "研究院 实验室 大学 学院 协会 委员会 管委会 laboratory lab university institute "
    "association committee",
    "platform": "平台 系统 platform system",
    "plan": "工作方案 行动计划 方案 计划 规划 办法 条例 文件 plan programme program document",
    "city": "城市 city",
    "province": "province",
    "place": "基地 中心 城 港 岛 会议 大会 论坛 base center centre site",
}
HEAD_CLASS = {word: kind for kind, words in HEADS.items() for word in words.split()}


def _alternatives(words: list[str]) -> str:
    return "|".join(sorted(words, key=len, reverse=True))


CHINESE_HEADS = _alternatives([word for word in HEAD_CLASS if not word.isascii() and len(word) > 1])
ENGLISH_HEADS = _alternatives([word for word in HEAD_CLASS if word.isascii()])
# A new name takes over these, but not the nouns that are part of one ("Suzhou Industrial Park").
KEPT_HEADS = frozenset(
    """国家级经济技术开发区 经济技术开发区 国家级经开区 国家级开发区 开发区 经开区 高新区
    保税区 zone zones""".split()
)
COUNTRIES = frozenset(
    """中国 我国 全国 全球 世界 国内 国外 海外 日本 德国 美国 英国 法国 韩国 印度 越南
    新加坡 俄罗斯 欧洲 亚洲 欧盟 泰国 马来西亚 意大利 澳大利亚 china japan germany
    america britain france korea india vietnam singapore russia europe asia thailand
    malaysia italy australia""".split()
)
SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩冯邓曹彭曾肖田董潘袁蔡蒋余"
    "杜叶程苏魏吕丁沈姚卢姜崔钟谭陆汪范廖石金韦贾夏付方白邹孟熊秦邱江尹薛闫段雷侯龙史"
    "陶黎贺顾毛郝龚邵万钱严武戴莫孔汤吉章安习温"
)


@cache
def pinyin_surnames() -> frozenset[str]:
    """Chinese surnames as English writes them, in small letters."""
    return frozenset(map(romanise, SURNAMES))


def head_class(word: str) -> str:
    """The class of a generic noun, or nothing."""
    return HEAD_CLASS.get(word.lower(), "")

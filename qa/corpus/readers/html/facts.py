"""What a web page says of its document outside of the text: in <meta>, JSON-LD and label tables.

The fields of <meta> are those that China's rules for government sites ask for (国办发〔2017〕47号:
ArticleTitle, PubDate, ContentSource), Open Graph, Dublin Core and schema.org.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence

from lxml.html import HtmlElement

from qa.corpus.imprint.issuers import is_organisation
from qa.corpus.readers.html.breaks import tidy
from qa.corpus.readers.html.lines import Line
from qa.language.dates import find_dates

_META = {
    "title": ("articletitle", "og:title", "dc.title", "dcterms.title", "twitter:title"),
    "published": (
        "pubdate", "article:published_time", "dc.date.issued", "dcterms.issued", "dc.date",
        "dcterms.date", "datepublished", "publishdate", "publish_date", "publishtime",
        "govuk:first-published-at", "citation_publication_date",
    ),
    "source": (
        "contentsource", "article:publisher", "dc.publisher", "dcterms.publisher", "dc.creator",
        "govuk:primary-publishing-organisation", "publisher", "source",
    ),
    "site": ("sitename", "og:site_name", "application-name"),
}  # fmt: skip
_JSON_LD = {"headline": "title", "datePublished": "published"}
_JSON_LENGTH = 200_000
_JSON_DEPTH = 6
_VALUE_LENGTH = 200
_LABELS = {
    "publisher": "发文机关|發文機關|发文单位|制发机关|发布机关|制定机关|公布机关",
    "number": "发文字号|發文字號|文号|文號|发文文号|文件编号|文件号",
    "issued": "成文日期|发文日期|發文日期|制发日期|生成日期|印发日期|公布日期",
    "effective": "生效日期|实施日期|施行日期|开始实施日期",
    "expires": "失效日期|废止日期|有效期至",
    "published": (
        "发布日期|發布日期|发布时间|發布時間|发表时间|发表日期|发稿时间|更新时间|更新日期"
    ),
    "source": "来源|來源|信息来源|文章来源|稿件来源|供稿单位|发布单位|发布机构|發布機構|信息提供",
    "": (
        "索引号|索引號|主题分类|主题词|主题|分类|体裁分类|组配分类|标题|名称|标题名称|文件状态|有效性|效力状态"
        "|时效性|公开方式|公开范围|公开形式|关键词|关键字|服务对象|栏目|信息索引|统一编号|文种|分享"
        "|浏览次数|浏览量|浏览|访问量|访问次数|点击数|点击量|点击率|点击|阅读次数|阅读量|阅读"
        "|字体|字号|字体大小|浏览字号"
    ),
}
"""The labels beside a text, by field; those of "" only end the value before them."""

_FIELD_OF = {label: field for field, labels in _LABELS.items() for label in labels.split("|")}
_LABEL = re.compile(
    r"[【\[]?(?P<label>" + "|".join(
        r"\s?".join(label) for label in sorted(_FIELD_OF, key=len, reverse=True)
    ) + r"|(?:日期|时间)(?=\s?[：:]\s?\d{4}-\d))\s?[：:]\s?"
)  # fmt: skip
_LABELLED_LENGTH = 300
_NO_SOURCE = re.compile(r"本网|本站|原创|admin|管理员|互联网|网络|未知|无|[-—/]")
_SITE = re.compile(r"(?:官网|(?:官方|门户)?网站|微信公众号)$")
_ATTRIBUTES = frozenset(("published", "source", ""))
_TIME = re.compile(r"(?:19|20)\d\d[-年/.]\d{1,2}[-月/.]\d{1,2}日?\s\d{1,2}:\d{2}")
_AROUND = " \u3000【】[]|；;"


def meta_facts(root: HtmlElement) -> dict[str, str]:
    """Return what the page's head says, by title, published, source and site."""
    told: dict[str, str] = {}
    for element in root.iter("meta"):
        name = element.get("name") or element.get("property") or element.get("itemprop") or ""
        value = tidy((element.get("content") or "")[:_VALUE_LENGTH])
        if value:
            told.setdefault(name.strip().lower(), value)
    facts = {
        field: found
        for field, names in _META.items()
        if (found := next((told[name] for name in names if name in told), ""))
    }
    for name, value in _json_facts(root):
        facts.setdefault(name, value)
    return facts


def labelled_facts(lines: Sequence[Line]) -> dict[str, str]:
    """Return what the labels beside the text say: 发文机关, 成文日期, 发文字号 and so on."""
    facts: dict[str, str] = {}
    for number, line in enumerate(lines):
        following = lines[number + 1].text if number + 1 < len(lines) else ""
        for field, value in labelled(line.text):
            below = "" if value or _LABEL.match(following) else following[:_VALUE_LENGTH]
            said = value or below
            if field and said and not _NO_SOURCE.fullmatch(said):
                facts.setdefault(field, said)
    return facts


def labelled(text: str) -> list[tuple[str, str]]:
    """Return the fields and values of a line that begins with a label, [] for other lines.

    >>> labelled("发布日期：2024-05-06 来源：市民政局 【字体：大 中 小】")
    [('published', '2024-05-06'), ('source', '市民政局'), ('', '大 中 小')]
    """
    text = text.strip("|- ").replace(" | ", " ")
    if len(text) > _LABELLED_LENGTH:
        return []
    if _TIME.match(text):
        text = f"发布时间：{text}"
    found = list(_LABEL.finditer(text))
    if not found or found[0].start():
        return []
    ends = [*(match.start() for match in found[1:]), len(text)]
    return [
        (
            _FIELD_OF.get("".join(match["label"].split()), "published"),
            text[match.end() : end].strip(_AROUND),
        )
        for match, end in zip(found, ends, strict=True)
    ]


def is_attribute(text: str) -> bool:
    """Whether a line only tells of the page: when it was put there, from where, how often read."""
    fields = [field for field, _ in labelled(text)]
    return bool(fields) and _ATTRIBUTES.issuperset(fields)


def date_of(text: str) -> str:
    """The first date in a text, to the day; "" where it has none."""
    text = text.replace("T", " ")[:_VALUE_LENGTH]
    return next((mention.iso for mention in find_dates(text) if mention.iso.count("-") == 2), "")


def source_of(facts: Mapping[str, str]) -> str:
    """Who a page says that its text is from; where it says nothing, the office whose site it is."""
    source = facts.get("source", "")
    if source and not (_NO_SOURCE.fullmatch(source) or "http" in source):
        return _SITE.sub("", source)
    site = _SITE.sub("", facts.get("site", ""))
    return site if is_organisation(site) else ""


def _json_facts(root: HtmlElement) -> Iterator[tuple[str, str]]:
    for element in root.iter("script"):
        if (element.get("type") or "").strip().lower() != "application/ld+json":
            continue
        text = (element.text or "").strip()
        if len(text) > _JSON_LENGTH:
            continue
        try:
            data = json.loads(text)
        except (ValueError, RecursionError):
            continue
        yield from _of_article(data, _JSON_DEPTH)


def _of_article(data: object, depth: int) -> Iterator[tuple[str, str]]:
    """The facts of the first things in JSON-LD that have a headline."""
    if depth and isinstance(data, list):
        for entry in data[:20]:
            yield from _of_article(entry, depth - 1)
    elif depth and isinstance(data, dict):
        if isinstance(data.get("headline"), str):
            for key, name in _JSON_LD.items():
                if isinstance(value := data.get(key), str) and value.strip():
                    yield name, tidy(value[:_VALUE_LENGTH])
        yield from _of_article(data.get("@graph"), depth - 1)

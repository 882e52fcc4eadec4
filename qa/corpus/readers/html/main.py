"""Which lines of a web page are its own text, among menus, prompts, footers and other titles.

What reads like sentences weighs; the innermost element that holds nearly all of the weight is the
page's own. What calls itself a footer or a share bar weighs nothing, unless it holds too much of
the page to be one.
"""

import re
from collections import Counter
from collections.abc import Sequence

from lxml.html import HtmlElement

from qa.corpus.readers.html.facts import is_attribute
from qa.corpus.readers.html.lines import Line, ancestors

_BESIDE_NAMES = frozenset(
    "breadcrumb breadcrumbs bread crumb crumbs curmb curmbs position location weizhi dqwz bottom"
    " fx xgxx fenxiang nav navbar navi navigation topnav"
    " mainnav subnav sidenav menu sidebar side share sharebar sharing bdshare bdsharebuttonbox"
    " social footer foot copyright cookie cookies consent pagination pager pages comment comments"
    " login signin related recommend recommended xgxw xgwz xglj xgyd xgnr hotkey hotkeys searchbox"
    " toolbar tools tool print printer qrcode ewm erweima fontsize setfont fontset skip advert"
    " advertisement ads"
    " popup modal overlay toast tooltip backtop gotop totop newsletter subscribe feedback survey"
    " jiucuo friendlink yqlj beian".split()
)
"""Words in classes and identifiers of what stands beside the text, also in pinyin: 相关新闻."""

_BESIDE_TAGS = frozenset("nav footer aside".split())
_BESIDE_ROLES = frozenset(
    "navigation search banner contentinfo complementary dialog alertdialog menu menubar toolbar"
    " tablist tooltip".split()
)
_LARGEST_BESIDE = 0.5
"""Of the page's weight: what holds more is no bar, whatever it is called."""

_MAIN = frozenset("main article".split())
_MAIN_NAMES = frozenset("zoom zoomcon ucap-content bodylabel trs_editor js_content".split())
"""What editors of Chinese offices' sites call their text (TRS, UCAP, 南方新媒体), and WeChat."""

_MAIN_SHARE = 0.6
"""Of the weight that an element has which says that it is the text."""

_INNER_SHARE = 0.95
"""Of the weight that an inner element has to have; the rest may be prompts without such a name."""

_PROMPT = 40
"""Characters of a prompt beside a text, however short that is."""

_OF_TEXT = frozenset(
    "p h1 h2 h3 h4 h5 h6 ul ol dl li dt dd blockquote pre figure details span b strong a em"
    " i".split()
)
"""What never stands for the whole text, but where it weighs is part of it."""

_FEW = 60
"""A page whose sentences have fewer characters is judged by all its words: lists of notices."""

_SENTENCE = re.compile(r"[，。；：、！？]|[a-z)\]][.,;:](?:\s|$)")
_SENTENCE_LENGTH = 10
_NAME = re.compile(r"[A-Z]?[a-z]+|[A-Z]+")
_BUTTON = "打印|关闭|收藏|分享|纠错|导出|下载|返回|顶部|复制链接"
BESIDE_LINE = re.compile(
    r"(?=您|你|现在|当前|目前|所在)您?你?(?:现在|当前|目前)?(?:所在)?的?(?:当前)?位置是?\s?[：:>].{0,200}"
    r"|首页\s?[>＞»›].{0,200}"
    rf"|[【\[（(]?(?:{_BUTTON})(?:本页|此页|窗口|页面|首页|列表|顶部|上一页)?[】\]）)]?"
    rf"(?:[\s|/]{{0,3}}[【\[（(]?(?:{_BUTTON})(?:本页|此页|窗口|页面)?[】\]）)]?){{0,5}}"
    r"|加入收藏|我要纠错|回到顶部|[【\[（(]?\s?(?:浏览|文章|选择)?(?:字体|字号)(?:大小)?\s?[：:].{0,30}"
    r"|[【\[]?\s?[大中小]\s?[大中小]\s?[大中小]\s?[】\]]?"
    r"|[Aa][⁺⁻+-]?\s?[大中小]?(?:\s?[Aa][⁺⁻+-]?\s?[大中小]?){1,2}"
    r"|(?:本文|文章)?(?:浏览|阅读|点击|访问)(?:次数|量|数|率)?\s?[：:].{0,20}"
    r"|(?:分享|转发)(?:文章)?(?:到|至)?[：:]?(?:微信|微博|朋友圈|QQ空间|\s){0,5}"
    r"|(?:打开微信|微信|用微信|请用微信|手机)?扫一扫.{0,30}"
    r"|(?:上|下)一[篇条页则](?:[：:]\s?.{0,100})?|(?:责任编辑|责编|初审|终审|校对)\s?[：:].{1,24}"
    r"|.{0,60}(?:版权所有|ICP备|公网安备|网站标识码|All [Rr]ights [Rr]eserved).{0,120}"
    r"|(?:©|Copyright\b).{0,120}|(?:技术支持|网站地图|备案号)(?:单位)?[：:].{0,80}"
    r"|(?:Print|Share|Email|Download|Save) this page|Back to (?:top|contents)|Skip to .{0,30}"
    r"|Share(?: on| this)?(?: \w{1,10})?|(?:Accept|Reject|View|Hide) .{0,20}cookies?.{0,10}"
    r"|登\s?录|注\s?册|无障碍.{0,4}|长者助手|EN|English"
)
"""Lines of a page, not of its text, by their words."""

_FOOTER = re.compile(r"版权所有|ICP备|公网安备|网站标识码|All [Rr]ights [Rr]eserved")
_LARGEST_FOOTER = 0.4
"""Of the weight of the page: a footer of 70 characters under a notice of 110."""

_RELATED = re.compile(
    r"[【\[]?(?:相关(?:链接|新闻|阅读|推荐|文章|文件|政策|解读|稿件|内容|信息|资讯)|延伸阅读|扩展阅读"
    r"|推荐阅读|热门推荐|猜你喜欢|友情链接|更多(?:新闻|文章|>>)?|Related .{2,20}|See also|Read more"
    r"|More from .{2,20}|Explore the topic)[】\]]?[：:]?"
)
"""What stands above links to other pages."""

_LINK = re.compile(r"[^：:。]{2,10}[：:]\s?https?://\S{1,300}")
"""A page about this one: 政策解读：https://…."""


def own_lines(lines: Sequence[Line]) -> tuple[list[Line], int]:
    """Return the lines of the page's own text, and the number of the first of them."""
    beside = _beside(lines)
    weights = [0 if skip else _weight(line) for line, skip in zip(lines, beside, strict=True)]
    if sum(weights) < _FEW:
        weights = [
            0 if skip or BESIDE_LINE.fullmatch(line.text) else len(line.text)
            for line, skip in zip(lines, beside, strict=True)
        ]
    root = _innermost(lines, weights)
    inside = [
        number
        for number, line in enumerate(lines)
        if not beside[number]
        and not BESIDE_LINE.fullmatch(line.text)
        and (root is None or any(element is root for element in ancestors(line.element)))
    ]
    return without_related([lines[number] for number in inside]), inside[0] if inside else 0


def without_related(lines: Sequence[Line]) -> list[Line]:
    """Leave out a list of links to other pages at the end."""
    end = len(lines)
    while end and (
        lines[end - 1].linked * 2 > len(lines[end - 1].text) or _LINK.fullmatch(lines[end - 1].text)
    ):
        end -= 1
    for number in range(max(0, end - 1), len(lines)):
        if _RELATED.fullmatch(lines[number].text) or _LINK.fullmatch(lines[number].text):
            return list(lines[:number])
    return list(lines)


def _weight(line: Line) -> int:
    """How many characters speak for a line: those of sentences, rows and items, without links."""
    length = len(line.text) - line.linked
    if length < _SENTENCE_LENGTH or BESIDE_LINE.fullmatch(line.text) or is_attribute(line.text):
        return 0
    return length if line.is_row or _SENTENCE.search(line.text) else 0


def _beside(lines: Sequence[Line]) -> list[bool]:
    """Which lines stand in what says that it is beside the text."""
    known: dict[HtmlElement, HtmlElement | None] = {}
    within = [_outermost_beside(line.element, known) for line in lines]
    weights = [_weight(line) for line in lines]
    masses: Counter[HtmlElement] = Counter()
    for element, weight in zip(within, weights, strict=True):
        if element is not None:
            masses[element] += weight
    most = _LARGEST_BESIDE * sum(weights)
    beside = [element is not None and masses[element] <= most for element in within]
    footers = _footers(lines, weights)
    return [
        skip or (bool(footers) and not footers.isdisjoint(ancestors(line.element)))
        for line, skip in zip(lines, beside, strict=True)
    ]


def _footers(lines: Sequence[Line], weights: Sequence[int]) -> set[HtmlElement]:
    """The elements around what only a site's footer says, as large as a footer may be."""
    said = [line.element for line in lines if not line.is_row and _FOOTER.search(line.text)]
    if not said:
        return set()
    held: Counter[HtmlElement] = Counter()
    for line, weight in zip(lines, weights, strict=True):
        for element in ancestors(line.element):
            held[element] += weight
    most = _LARGEST_FOOTER * sum(weights)
    found: set[HtmlElement] = set()
    for element in said:
        around = [above for above in ancestors(element) if held[above] <= most]
        found.update(around[-1:])
    return found


def _outermost_beside(
    element: HtmlElement, known: dict[HtmlElement, HtmlElement | None]
) -> HtmlElement | None:
    path: list[HtmlElement] = []
    found: HtmlElement | None = None
    for above in ancestors(element):
        if above in known:
            found = known[above]
            break
        path.append(above)
    for below in reversed(path):
        if found is None and _is_beside(below):
            found = below
        known[below] = found
    return found


def _is_beside(element: HtmlElement) -> bool:
    if element.tag in ("html", "body"):
        return False
    if element.tag in _BESIDE_TAGS or (element.get("role") or "").lower() in _BESIDE_ROLES:
        return True
    if (element.get("aria-hidden") or "").lower() == "true":
        return True
    names = f"{element.get('class') or ''} {element.get('id') or ''}"[:300]
    return any(name.lower() in _BESIDE_NAMES for name in _NAME.findall(names))


def _innermost(lines: Sequence[Line], weights: Sequence[int]) -> HtmlElement | None:
    """The innermost element that holds the text, None where nothing weighs."""
    held: Counter[HtmlElement] = Counter()
    inner: dict[HtmlElement, set[HtmlElement]] = {}
    bare: set[HtmlElement] = set()  # elements with text of their own
    for line, weight in zip(lines, weights, strict=True):
        if not weight:
            continue
        bare.add(line.element)
        below: HtmlElement | None = None
        for element in ancestors(line.element):
            held[element] += weight
            children = inner.setdefault(element, set())
            if below is not None:
                children.add(below)
            below = element
    if not held:
        return None
    whole = max(held.values())
    root = next(iter(inner[next(e for e in held if e.getparent() is None)]), None)
    named = [e for e in held if _is_main(e) and held[e] >= _MAIN_SHARE * whole]
    root = min(named, key=lambda element: held[element]) if named else root
    while root is not None and root not in bare:
        heaviest = max(inner[root], key=lambda element: held[element])
        others = inner[root] - {heaviest}
        if heaviest.tag in _OF_TEXT or any(_is_of_text(other, bare) for other in others):
            break
        rest = held[root] - held[heaviest]
        if rest > max(_PROMPT, (1 - _INNER_SHARE) * held[root]) or rest > held[heaviest]:
            break
        root = heaviest
    return root


def _is_of_text(element: HtmlElement, bare: set[HtmlElement]) -> bool:
    """Whether an element that weighs is a part of the text around it; a table is by its rows."""
    return element.tag in _OF_TEXT or (element.tag == "table" and element in bare)


def _is_main(element: HtmlElement) -> bool:
    if element.tag in _MAIN or (element.get("role") or "").lower() == "main":
        return True
    names = f"{element.get('class') or ''} {element.get('id') or ''}".lower().split()
    return element.get("itemprop") == "articleBody" or not _MAIN_NAMES.isdisjoint(names)

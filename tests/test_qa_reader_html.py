"""Web pages are read whole: what the page says, in order, and nothing of the site around it."""

import random
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import html as lxml_html

from qa.corpus.metadata import read_metadata
from qa.corpus.readers.extracted import Extracted, Limits, UnreadableError
from qa.corpus.readers.html.breaks import lines_of, tidy
from qa.corpus.readers.html.main import BESIDE_LINE
from qa.corpus.readers.html.reader import read
from qa.corpus.structure import parse
from qa.types import BlockKind

RULE = (
    "申请人应当在本市依法登记，并在规定的期限内提交下列材料，逾期不予受理；材料不全的，一次告知。"
)


def extract(
    folder: Path, page: str | bytes, *, limits: Limits | None = None, name: str = "a.html"
) -> Extracted:
    path = folder / name
    path.write_bytes(page.encode() if isinstance(page, str) else page)
    return read(path, limits or Limits(), lambda *_: None)


def lines(folder: Path, body: str) -> list[str]:
    """The lines of a page's body that has a text around it, without that text."""
    page = f"<html><body><div><p>{RULE}</p>{body}<p>{RULE}</p></div></body></html>"
    found = [line for line in extract(folder, page).text.split("\n") if line]
    assert (found[0], found[-1]) == (RULE, RULE)
    return found[1:-1]


SITE = """<!doctype html><html><head><meta charset="utf-8">
<title>青澜市民政局关于发放补贴的通知_青澜市人民政府</title>
<meta name="SiteName" content="青澜市人民政府门户网站">
<meta name="ArticleTitle" content="青澜市民政局关于发放补贴的通知">
<meta name="PubDate" content="2025-06-01 10:00"><meta name="ContentSource" content="市民政局">
<script>var a = "脚本里的句子，不是正文。";</script><style>p {{ color: red }}</style></head><body>
<div id="c0" role="dialog"><p>本网站使用Cookie，继续浏览即表示同意。</p><button>同意</button></div>
<div class="{top}"><ul><li><a href="/">首页</a></li><li><a href="/a">政务公开</a></li></ul>
<form><label>搜索</label><input name="q"><select><option>全文</option></select></form>
<a href="/login">登录</a></div>
<div class="{path}">当前位置：<a href="/">首页</a> &gt; <a href="/x">政策文件</a></div>
<div class="{page}"><h1>青澜市民政局关于发放补贴的通知</h1>
<div class="{facts}"><span>发布时间：2025-06-01 10:00</span> <span>来源：市民政局</span>
<span>【字体：<a href="#">大</a> <a href="#">中</a> <a href="#">小</a>】</span></div>
<div class="{text}">{body}</div>
<div class="{share}">分享到：<a href="#">微信</a></div><p>【打印】【关闭】</p>
<div class="{more}"><h3>相关链接</h3><ul><li><a href="/1">关于开展申报工作的通知，2024年</a>
</li></ul></div>
</div>
<div class="{foot}"><p>主办单位：青澜市人民政府办公室，承办单位：大数据中心</p>
<p>版权所有 某ICP备05000001号 网站标识码：3200000001</p>
<p>建议使用较新的浏览器，如有问题请联系我们。</p></div>
<div style="display:none">藏起来的句子，也不是正文。</div></body></html>"""
NAMED = {
    "top": "header",
    "path": "breadcrumb",
    "page": "wrap",
    "facts": "info",
    "text": "article",
    "share": "share-bar",
    "more": "xgxw",
    "foot": "footer",
}
NOTICE = [
    "青民〔2025〕7号",
    "各区民政局：",
    f"一、{RULE}",
    f"（一）{RULE}",
    "青澜市民政局",
    "2025年5月28日",
]


@pytest.mark.parametrize("names", [NAMED, dict.fromkeys(NAMED, "x1")], ids=["named", "nameless"])
def test_site_around_the_text_is_left_out(tmp_path: Path, names: dict[str, str]) -> None:
    body = "".join(f"<p>　　{line}</p>" for line in NOTICE)
    found = extract(tmp_path, SITE.format(body=body, **names))
    assert found.text.split("\n\n") == [
        "# 青澜市民政局关于发放补贴的通知",
        *NOTICE[:-1],
        NOTICE[-1] + "\n",
    ]
    assert dict(found.facts) == {}  # the text says who and when; the site only when it put it there


def test_blocks_and_metadata_of_a_notice(tmp_path: Path) -> None:
    body = "".join(f"<p>{line}</p>" for line in NOTICE)
    found = extract(tmp_path, SITE.format(body=body, **NAMED))
    blocks = parse(found.text, wrapped=False)
    kinds = [block.kind for block in blocks]
    assert kinds[:3] == [BlockKind.TITLE, BlockKind.NUMBER, BlockKind.ADDRESSEE]
    assert kinds[-2:] == [BlockKind.SIGNATURE, BlockKind.SIGNATURE]
    known = read_metadata(found.text, blocks, file_name="a", described={}, stated=found.facts)
    assert (known.number, known.publisher, known.issued) == (
        "青民〔2025〕7号",
        "青澜市民政局",
        "2025-05-28",
    )


def test_site_facts_where_the_text_has_none(tmp_path: Path) -> None:
    site = SITE.replace("青澜市民政局关于发放补贴的通知", "补贴怎么领取")
    found = extract(tmp_path, site.format(body=f"<p>{RULE}</p><p>{RULE}</p>", **NAMED))
    assert found.text.startswith("# 补贴怎么领取\n\n")
    assert dict(found.facts) == {"publisher": "市民政局", "issued": "2025-06-01"}


def test_label_table_beside_the_text(tmp_path: Path) -> None:
    page = f"""<html><head><title>关于补贴的通知 - 中国政府网</title></head><body>
    <table><tr><td><b>索 引 号：</b></td><td>000014349/2025-00001</td>
    <td>主题分类：</td><td>民政</td></tr>
    <tr><td>发文机关：</td><td>甲市民政局</td><td>成文日期：</td><td>2025年03月01日</td></tr>
    <tr><td>标　　题：</td><td colspan=3>关于补贴的通知</td></tr>
    <tr><td>发文字号：</td><td>甲民发〔2025〕3号</td><td>发布日期：</td><td>2025年04月02日</td></tr></table>
    <div id="UCAP-CONTENT"><p>关于补贴的通知</p><p>{RULE}</p><p>{RULE}</p></div></body></html>"""
    found = extract(tmp_path, page)
    assert found.text.split("\n\n")[:4] == [
        "# 关于补贴的通知",
        "发文机关：甲市民政局",
        "发文字号：甲民发〔2025〕3号",
        "成文日期：2025年03月01日",
    ]
    assert (found.facts["number"], found.facts["issued"]) == ("甲民发〔2025〕3号", "2025-03-01")
    assert "索引号" not in found.text
    assert "2025年04月02日" not in found.text


def test_a_list_of_labels_beside_the_text_is_read(tmp_path: Path) -> None:
    page = f"""<html><body><ul><li>文　　号：甲民规〔2021〕9号</li>
    <li>实施日期： 2021年12月06日</li>
    <li>失效日期： 2029年12月06日</li></ul><h1>补贴办法</h1>
    <article><p>{RULE}</p><p>{RULE}</p><p>解读：https://a.example/1.html</p></article></body></html>"""
    found = extract(tmp_path, page)
    assert (found.facts["effective"], found.facts["expires"]) == ("2021-12-06", "2029-12-06")
    assert "https" not in found.text


def test_who_a_site_names_as_its_source_is_called_without_the_site(tmp_path: Path) -> None:
    page = "<html><head>{}</head><body><h1>补贴怎么领取</h1><p>{}</p><p>{}</p></body></html>"
    source = '<meta name=ContentSource content="{}">'
    site = '<meta name=SiteName content="甲市民政局网站">'
    for head, publisher in (
        (source.format("市人社局官网") + site, "市人社局"),
        (source.format("本网") + site, "甲市民政局"),
    ):
        assert extract(tmp_path, page.format(head, RULE, RULE)).facts["publisher"] == publisher


def test_an_entry_of_a_list_of_links_is_no_heading(tmp_path: Path) -> None:
    entries = "".join(f"<li><h4><a href=1>{x}须知</a> 2020-02-06</h4></li>" for x in ("甲", "乙"))
    assert lines(tmp_path, f"<ul>{entries}</ul>") == ["- 甲须知 2020-02-06", "- 乙须知 2020-02-06"]


def test_a_site_behind_a_bar_is_no_part_of_a_title(tmp_path: Path) -> None:
    page = (
        f"<html><head><title>Grant - Questions_Oak Council</title></head><body><p>{RULE}<p>{RULE}"
    )
    assert extract(tmp_path, page).facts["title"] == "Grant - Questions"


def test_what_spans_a_form_stands_once(tmp_path: Path) -> None:
    form = "<table><tr><td>姓名<td>1<td>2<tr><td>意见<td colspan=2>年　月　日</table>"
    assert lines(tmp_path, form)[-1] == "| 意见 | 年　月　日 |  |"


def test_english_page_with_json_ld(tmp_path: Path) -> None:
    text = (
        "Applicants must hold a valid licence. Fees are set out in the schedule below, in pounds."
    )
    page = f"""<html lang=en><head><title>Harbour fees - Port of Northmere</title>
    <script type="application/ld+json">{{"@graph": [{{"@type": "NewsArticle",
    "headline": "Harbour fees", "datePublished": "2024-03-05T09:00:00Z"}}]}}</script></head><body>
    <nav><a href="/">Home</a></nav><main><h1>Harbour fees</h1><h2>Scope</h2><p>{text}</p>
    <p>{text}</p><p><a href="#top">Back to top</a></p></main><footer>All rights reserved</footer>"""
    found = extract(tmp_path, page)
    assert found.text == f"# Harbour fees\n\n## Scope\n\n{text}\n\n{text}\n"
    assert found.facts["issued"] == "2024-03-05"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("<h2>申请<br>条件</h2>", ["## 申请条件"]),
        ("<h3><button>谁可以申请</button></h3>", ["### 谁可以申请"]),
        ("<p><b>第一章　总则</b></p>", ["第一章　总则"]),
        ("<ol start=3><li>甲项<li>乙项</ol>", ["3. 甲项", "4. 乙项"]),
        ("<ol type=a reversed><li>甲项<li>乙项</ol>", ["b. 甲项", "a. 乙项"]),
        ("<ol type=I><li value=4>甲项<li>乙项</ol>", ["IV. 甲项", "V. 乙项"]),
        ('<ol style="list-style-type: cjk-ideographic"><li>甲项</ol>', ["一、甲项"]),
        ("<ol><li>（一）甲项</li></ol>", ["（一）甲项"]),
        ("<ul><li>甲<ol><li>乙<li>丙</ol><li><p>丁</p><p>戊</p></ul>",
         ["- 甲", "1. 乙", "2. 丙", "- 丁", "戊"]),
        ("<dl><dt>受理部门<dd>市民政局<dt>能代办吗？<dd>可以。</dl>",
         ["受理部门：市民政局", "能代办吗？", "可以。"]),
        ("<p>地址：和平路1号<br>电话：12345<br><br>　　附注</p>",
         ["地址：和平路1号", "电话：12345", "附注"]),
        ("<p>面积80 m<sup>2</sup>，CO<sub>2</sub>，<ruby>補<rt>bǔ</rt></ruby>助</p>",
         ["面积80 m²，CO₂，補助"]),
        ("<p>旧<del>一百元</del>标准&nbsp;&nbsp;至&amp; 新标准&#8203;</p>", ["旧标准　至& 新标准"]),
        ("<p>源码在这里\n  换行，a line\n breaks</p>", ["源码在这里换行，a line breaks"]),
        ("<details><summary>问</summary><p>答在此处。</p></details>", ["问", "答在此处。"]),
        ("<p hidden>甲</p><p style='display : none'>乙</p><p class=sr-only>丙</p><p>丁</p>",
         ["丁"]),
        ("<pre>第一行\n第二行</pre>", ["第一行", "第二行"]),
        ("<p>甲<sup><a role=doc-noteref href='#1'>[footnote 1]</a></sup>乙</p>", ["甲乙"]),
        ("<form><label>意见</label><textarea>写</textarea><input value=交></form>", ["意见"]),
    ],
)  # fmt: skip
def test_elements(tmp_path: Path, body: str, expected: list[str]) -> None:
    assert lines(tmp_path, body) == expected


def test_table_with_spans_heads_and_caption(tmp_path: Path) -> None:
    table = """<table><caption>补贴标准</caption>
    <tr><td colspan=4>单位：元</td></tr>
    <tr><td rowspan=2>档次</td><td colspan=2>标准</td><td rowspan=2>备注</td></tr>
    <tr><td>城镇</td><td>农村</td></tr>
    <tr><td rowspan=2>一档</td><td>100</td><td>80</td><td><p>按月</p><p>发放</p></td></tr>
    <tr><td>90</td><td>70</td><td>a|b</td></tr>
    <tr><td colspan=4>注：自2025年起执行。</td></tr></table>"""
    assert lines(tmp_path, table) == [
        "补贴标准",
        "单位：元",
        "| 档次 | 标准 城镇 | 标准 农村 | 备注 |",
        "| --- | --- | --- | --- |",
        "| 一档 | 100 | 80 | 按月 发放 |",
        "| 一档 | 90 | 70 | a\\|b |",
        "注：自2025年起执行。",
    ]


def test_table_that_only_arranges_is_text(tmp_path: Path) -> None:
    page = f"""<table><tr><td><table><tr><td><a href=/a>菜单甲</a></td></tr></table></td>
    <td><h2>一、范围</h2><p>{RULE}</p></td></tr></table>"""
    assert lines(tmp_path, page)[-2:] == ["## 一、范围", RULE]


def test_page_laid_out_with_tables(tmp_path: Path) -> None:
    page = f"""<title>甲县政府网</title><table><tr><td><table>
    <tr><td><a href=a>本县概况</a></td></tr><tr><td><a href=b>政务公开</a></td></tr></table></td>
    <td><table><tr><td align=center><font size=5>关于收费标准的通告</font></td></tr>
    <tr><td>2008-3-5 10:22:00　来源：县物价局　点击：1022</td></tr>
    <tr><td>　　{RULE}<br><br>　　一、{RULE}<br><table><tr><td>项目</td><td>标准</td></tr>
    <tr><td>甲</td><td>12元</td></tr></table>　　　县物价局<br>二〇〇八年三月五日</td></tr></table>
    </td></tr></table>
    <table><tr><td>甲县人民政府主办　版权所有<br>请使用较新的浏览器，谢谢。</td></tr></table>"""
    assert extract(tmp_path, page).text.split("\n\n") == [
        "# 关于收费标准的通告",
        RULE,
        f"一、{RULE}",
        "| 项目 | 标准 |\n| 甲 | 12元 |",
        "县物价局",
        "二〇〇八年三月五日\n",
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "big5", "utf-16"])
def test_encodings(tmp_path: Path, encoding: str) -> None:
    text = "申請人應當在本市登記，並在期限內提交材料，逾期不予受理。" * 3
    declared = "" if encoding.startswith("utf") else f"<meta charset={encoding}>"
    page = f"<html><head>{declared}</head><body><p>{text}</p></body></html>"
    assert extract(tmp_path, page.encode(encoding)).text == f"{text}\n"


def test_wrong_declaration_is_seen_through(tmp_path: Path) -> None:
    page = f"<html><head><meta charset=gb2312></head><body><p>{RULE}</p></body></html>"
    assert extract(tmp_path, page.encode()).text == f"{RULE}\n"


def test_wrapped_lines_are_joined_and_whole_ones_kept() -> None:
    rows = [
        "为了保障公民的合法权益维护社会秩序根",
        "据有关法律的规定结合本市的实际情况，制",
        "定本办法。凡在本市行政区域内从事有关活",
        "动的单位和个人都应当遵守本办法。",
    ]
    assert lines_of("\0".join(rows)) == ["".join(rows)]
    posts = ("主任", "委员", "秘书", "顾问")
    whole = [f"{post}：某某，二〇二五年当选，任期五年。" for post in posts]
    assert lines_of("\0".join(whole)) == whole


@pytest.mark.parametrize(
    ("page", "reason"),
    [
        (b"", "empty"),
        (b"   \n", "no HTML"),
        (b"%PDF-1.7 ...", "PDF"),
        (b"PK\x03\x04....", "packed"),
        (b"From: <Saved by Blink>\nMIME-Version: 1.0\n", "MHTML"),
        ("没有任何标记的文字。".encode(), "no HTML"),
        (b"<html><head></head><body></body></html>", "no text"),
        (b"<!-- only a comment -->", "no text"),
        (b'<html><body><div id="app"></div><script src="/a.js"></script></body></html>', "loaded"),
        (b"<html><frameset cols=20,80><frame src=menu.htm><frame src=main.htm></frameset></html>",
         "menu.htm, main.htm"),
        ("<p>请登录后再查看，谢谢您的配合和理解，祝您生活愉快。<input type=password>".encode(),
         "log in"),
        (b"<body><p>Just a moment... Enable JavaScript and cookies to continue</p>", "log in"),
        (b"<html><body><iframe src=text.html></iframe></body></html>", "frame"),
        (b"\x00\x01\x02\x03" * 400, "text"),
        (b"<html><body>" + b"<div>" * 400 + "文字。".encode() * 20, "nested"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_says_why(tmp_path: Path, page: bytes, reason: str) -> None:
    with pytest.raises(UnreadableError, match=reason):
        extract(tmp_path, page)


def test_more_characters_than_allowed(tmp_path: Path) -> None:
    with pytest.raises(UnreadableError, match="more than 100 characters"):
        extract(tmp_path, f"<body><p>{RULE * 5}</p></body>", limits=Limits(characters=100))


def test_unclosed_inline_tags_lose_nothing(tmp_path: Path) -> None:
    page = "".join(f"<p><font><span>第{number}段，{RULE}" for number in range(400))
    found = extract(tmp_path, f"<html><body>{page}</body></html>")
    assert found.text.count(RULE) == 400


def test_data_urls_and_entities_do_no_harm(tmp_path: Path) -> None:
    entities = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10 if n else "拉"}">' for n in range(10))
    picture = "data:image/png;base64," + "A" * 12_000_000
    page = f'<!DOCTYPE html [{entities}]><body><img src="{picture}"><p>{RULE}&e9;</p></body>'
    assert RULE in extract(tmp_path, page).text


@pytest.mark.parametrize(
    "bomb",
    [
        "<table>" + "<tr><td rowspan=1000 colspan=1000>甲" * 3_000,
        "<table><tr><td>" * 200 + RULE,
        "<ul><li>" * 80 + RULE,
        "<a href=x>" * 20_000 + RULE,
        "<p>" + "发布日期：" * 20_000 + RULE,
        "<p>" + " " * 300_000 + RULE,
        "<p>" + "【打印】" * 20_000 + RULE,
        f"<p style='{'a:' * 100_000}'>{RULE}",
        "<![CDATA[" * 5_000 + f"<p>{RULE}</p>",
    ],
    ids=["spans", "tables", "lists", "links", "labels", "space", "buttons", "style", "cdata"],
)
def test_bombs_are_read_or_refused_in_time(tmp_path: Path, bomb: str) -> None:
    begun = time.monotonic()
    try:
        extract(tmp_path, f"<html><body><p>{RULE}</p>{bomb}</body></html>")
    except UnreadableError as error:
        assert str(error)  # noqa: PT017
    assert time.monotonic() - begun < 5


def test_mutations_are_read_or_refused(tmp_path: Path) -> None:
    body = f"<table><tr><th>甲<th>乙<tr><td>1<td>2</table><ol><li>{RULE}</ol><p>{RULE}</p>"
    page = SITE.format(body=body, **NAMED).encode()
    chance = random.Random(7)  # noqa: S311
    for _ in range(150):
        raw = bytearray(page[: chance.randrange(len(page))] if chance.random() < 0.3 else page)
        for _ in range(chance.randrange(1, 30)):
            raw[chance.randrange(len(raw))] = chance.randrange(256)
        try:
            extract(tmp_path, bytes(raw))
        except UnreadableError as error:
            assert str(error)  # noqa: PT017


WORDS = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cs", "Cc", "Co", "Cf")), min_size=1
)


@settings(max_examples=60, deadline=None)
@given(st.lists(WORDS, min_size=1, max_size=6))
def test_all_words_stay_in_order(
    tmp_path_factory: pytest.TempPathFactory, words: list[str]
) -> None:
    kept = [word for word in map(tidy, words) if word and not BESIDE_LINE.fullmatch(word)]
    body = lxml_html.Element("div")
    for word in [RULE, *kept, RULE]:
        lxml_html.etree.SubElement(body, "p").text = word
    page = lxml_html.tostring(body, encoding="unicode")
    found = extract(tmp_path_factory.mktemp("page"), f"<body>{page}</body>").text
    assert "".join(found.split()) == "".join("".join([RULE, *kept, RULE]).split())


@given(st.text(max_size=80))
def test_tidy_twice_is_tidy_once(text: str) -> None:
    assert tidy(tidy(text)) == tidy(text)

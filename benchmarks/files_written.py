"""Writes text documents as printed PDF, as pages of a site and as scans, for `files.py`.

A text becomes parts (the blocks of `qa.corpus.structure.parse` without the marks of Markdown), and
these a file; `files_office` writes those of offices.
"""

import html
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from qa.corpus.structure import parse
from qa.corpus.tables import cells, is_separator
from qa.language.text import squash
from qa.types import BlockKind

_DPI, _TURN, _NOISE = 150, 0.7, 6.0  # of scans: dots an inch, degrees, grey levels of 255

_MARKS = re.compile(r"^#{1,6} |\*\*|__(?=\S)|^> ")
_STYLE = """
body { font: 16px/1.7 "Noto Serif CJK SC", serif; text-align: justify }
h1 { font-size: 28px; text-align: center } h2, h3, h4, h5 { font: 16px "Noto Sans CJK SC" }
p { margin: 0; text-indent: 2em } p.signature { text-align: right } p.number { text-align: center }
p.plain { text-indent: 0 } :lang(en) p { margin: 8px 0; text-indent: 0 }
:lang(en) :is(h2, h3, h4, h5) { font: bold 19px "DejaVu Sans" }
table { border-collapse: collapse; width: 100%; margin: 8px 0 } td, th { border: 1px solid }
"""
_COLUMNS = """
body { column-count: 2; column-gap: 28px; font-size: 13px } h1, p:has(~ h1) { column-span: all }
"""

_SITE = """<!DOCTYPE html><html lang="{lang}"><head><meta charset="utf-8">
<title>{title}_{site}</title>
<style>.nav li {{ display: inline }}</style><script>var id = 1;</script></head><body>
<div class="top"><a href="/login">{login}</a> | <a href="/en">English</a> | <a href="/m">{app}</a>
<input placeholder="{search}"></div><ul class="nav">{menu}</ul>
<div class="crumbs">{here}<a href="/">{home}</a> &gt; <a href="/a">{part}</a> &gt; {text}</div>
<div class="main"><div class="article"><div class="info"><span>{source}{site}</span>
<span>{views}1024</span> <span>{size}<a>大</a> <a>中</a> <a>小</a></span>
<a href="javascript:print()">{print}</a></div><div class="content" id="zoom">{body}</div>
<div class="share">{share}<a class="weixin">微信</a><a>微博</a><a>QQ</a><a>Facebook</a></div>
<div class="related"><h3>{related}</h3><ul>{links}</ul></div></div></div>
<div class="footer"><p>{about}</p><p>{owner}{site}　ICP12345678　010-12345678</p></div>
</body></html>"""
_WORDS = {
    "zh": """login 登录 app 移动版 search 请输入关键词 here 当前位置： home 首页 part 政务公开
        text 正文 source 来源： views 浏览次数： size 字号： print 打印本页
        share 分享到： related 相关链接
        about 网站地图|联系我们|版权声明 owner 主办单位： site 问政市人民政府门户网站
        menu 首页,市情概览,政务公开,政务服务,互动交流,数据开放
        links 一图读懂本市最新政策措施,市长主持召开常务会议,关于公开征求意见的公告""",
    "en": """login Sign&nbsp;in app App search Search here You&nbsp;are&nbsp;here:&nbsp; home Home
        part Publications text Text source Published&nbsp;by&nbsp; views Views:&nbsp; size Size:
        print Print&nbsp;page share Share&nbsp;on&nbsp; related Related&nbsp;content
        about Sitemap|Contact|Privacy owner Copyright&nbsp; site Northmere&nbsp;Council
        menu Home,About,News,Services,Consultations,Contact
        links Council&nbsp;sets&nbsp;its&nbsp;budget,Bin&nbsp;collections&nbsp;in&nbsp;May""",
}


@dataclass(frozen=True)
class Part:
    """A block as a writer of files types it; a table row has its cells."""

    kind: BlockKind
    text: str
    label: str = ""
    depth: int = 0
    cells: tuple[str, ...] = ()


@dataclass(frozen=True)
class Source:
    """A text document; `depth` of its parts is the rank of its headings from 1."""

    name: str
    title: str
    lang: str
    parts: tuple[Part, ...]


def source_of(name: str, text: str, title: str, lang: str) -> Source:
    parts = []
    blocks = [b for b in parse(text) if not is_separator(b.text) and b.text.strip("-*_— ")]
    blocks = [b for b in blocks if not b.text.startswith("<!--")]
    levels = sorted({b.level for b in blocks if b.kind is BlockKind.HEADING})
    for block in blocks:
        is_table = block.kind in (BlockKind.ROW, BlockKind.HEADER)
        found = tuple(_plain(cell) for cell in cells(block.text)) if is_table else ()
        kind = block.kind
        if kind is BlockKind.TITLE and squash(_plain(block.text)) not in squash(title):
            kind = BlockKind.NUMBER  # a line of the head beside the title
        depth = levels.index(block.level) + 1 if block.kind is BlockKind.HEADING else 0
        parts.append(Part(kind, _plain(block.text), block.label, depth, found))
    return Source(name, title, lang, tuple(parts))


def _plain(text: str) -> str:
    return _MARKS.sub("", text).strip()


def runs_of(source: Source) -> Iterator[tuple[bool, list[Part]]]:
    """Tables whole, and other parts one by one; a title's lines are one part."""
    for key, group in groupby(source.parts, lambda p: (bool(p.cells), p.kind is BlockKind.TITLE)):
        parts = list(group)
        if key[0]:
            yield True, parts
        elif key[1]:
            yield False, [replace(parts[0], text="\n".join(p.text for p in parts))]
        else:
            yield from ((False, [part]) for part in parts)


def _body(source: Source, *, is_plain: bool = False) -> str:
    """The document in HTML; a plain one has bold paragraphs in place of headings."""
    return "\n".join(
        _table(parts) if is_table else _element(parts[0], is_plain)
        for is_table, parts in runs_of(source)
    )


def _element(part: Part, is_plain: bool) -> str:
    text = html.escape(part.text).replace("\n", "<br>")
    if part.kind is BlockKind.TITLE:
        return f"<h1>{text}</h1>" if not is_plain else f'<p class="title" align="center">{text}</p>'
    if part.kind is BlockKind.HEADING:
        depth = min(part.depth + 1, 5)
        return f"<p>　　<strong>{text}</strong></p>" if is_plain else f"<h{depth}>{text}</h{depth}>"
    if text.startswith(("- ", "• ", "* ")):
        return f"<ul><li>{text[2:]}</li></ul>"
    known = part.kind in (BlockKind.SIGNATURE, BlockKind.NUMBER)
    shown = part.kind.value if known else "plain" if part.kind is BlockKind.ADDRESSEE else ""
    return f'<p class="{shown}">{text}</p>' if not is_plain else f"<p>　　{text}</p>"


def _table(parts: Sequence[Part]) -> str:
    rows = []
    for part in parts:
        tag = "th" if part.kind is BlockKind.HEADER else "td"
        row = "".join(f"<{tag}>{html.escape(cell)}</{tag}>" for cell in part.cells)
        rows.append(f"<tr>{row}</tr>")
    return f"<table>{''.join(rows)}</table>"


def write_site(source: Source, path: Path, *, is_plain: bool = False) -> None:
    """A page of a site, with headings or, as most sites have them, bold paragraphs."""
    words = _WORDS["en" if source.lang == "en" else "zh"].split()
    fields = dict(zip(words[::2], words[1::2], strict=True))
    for key in ("menu", "links"):
        fields[key] = "".join(f'<li><a href="/">{w}</a></li>' for w in fields[key].split(","))
    page = _SITE.format(
        lang=source.lang,
        title=html.escape(source.title),
        body=_body(source, is_plain=is_plain),
        **fields,
    )
    path.write_text(page, encoding="utf-8")


def print_pdf(browser: Any, sources: Sequence[Source], path: Path, *, columns: bool) -> None:
    """Print documents, each from a page of its own, with running heads and page numbers."""
    style = _STYLE + _COLUMNS * columns
    bodies = [f'<div style="break-after: page">{_body(source)}</div>' for source in sources[:-1]]
    head = html.escape(sources[-1].title[:40])
    page = browser.new_page()
    page.set_content(
        f'<!DOCTYPE html><html lang="{sources[-1].lang}"><style>{style}</style>'
        f"{''.join([*bodies, _body(sources[-1])])}</html>"
    )
    shown = '<div style="font-size: 10px; width: 100%; text-align: center">{}</div>'
    page.pdf(
        path=path,
        format="A4",
        display_header_footer=True,
        header_template=shown.format(head),
        footer_template=shown.format('— <span class="pageNumber"></span> —'),
        margin={"top": "80px", "bottom": "80px", "left": "90px", "right": "90px"},
    )
    page.close()


def scan(pdf: Path, path: Path) -> None:
    """The pages of a PDF as pictures: turned a little, with light noise."""
    import pypdfium2

    noise = np.random.default_rng(0)
    pictures = []
    for page in pypdfium2.PdfDocument(pdf):
        picture = page.render(scale=_DPI / 72).to_pil().convert("L")
        turned = picture.rotate(_TURN, Image.Resampling.BICUBIC, fillcolor=255)
        grey = np.asarray(turned, dtype=np.float32)
        grey = grey + noise.normal(0, _NOISE, grey.shape).astype(np.float32)
        pictures.append(Image.fromarray(grey.clip(0, 255).astype(np.uint8)))
    pictures[0].save(path, save_all=True, append_images=pictures[1:], resolution=_DPI)

"""Lines without their markup, the segments of a line, and its labelled fields.

A head has several fields to a line, apart by wide spaces or bars:
`发文机关：甲市统计局　文号：甲统〔2024〕3号`, `Northmere Agency | Version 3.1 | October 2024`.
"""

import re
from dataclasses import dataclass

from qa.language.text import HAN_CHARACTER

LABELS = {
    "title": "title|标题|標題|名称|名稱",
    "publisher": (
        "publisher|issuer|issued by|published by|prepared by|source|发文机关|發文機關|发布机关"
        "|發布機關|发布单位|發布單位|公布机关|制定机关|报送单位|编制单位|编制|編製|编印|发布|發布"
        "|來源|来源|实施机关|實施機關|製表|采购人"
    ),
    "number": (
        "number|no|ref|reference|our ref|document no|document|doc|文号|文號|发文字号|發文字號"
        "|公告文號|编号|編號|文件編號|文件编号|项目编号|文件號"
    ),
    "issued": (
        "issued|date|date of issue|date issued|issue date|published|publication date|last updated"
        "|updated|dated|issued on|发布日期|發布日期|公布日期|成文日期|印发日期|發文日期|发文日期"
        "|公告日期|發出日期|更新日期|修正日期|修訂日期|修订日期|发布时间|日期"
    ),
    "effective": (
        "effective|effective date|effective from|date of effect|commencement|in force from"
        "|生效日期|实施日期|實施日期|施行日期"
    ),
    "expires": "expires|expiry|expiry date|valid until|valid to|失效日期|有效期至|有效期限至",
    "replaces": "replaces|supersedes|取代|代替|废止文件|廢止文件",
    "language": "language|lang|语言|語言",
}
"""The labels of each field, as documents and front matter write them."""

FIELDS = {label: name for name, labels in LABELS.items() for label in labels.split("|")}
"""The field of each label."""

_SOURCES = frozenset(("source", "来源", "來源"))
"""The labels of who a text is from, which is not who issued it where the text names that."""

_MARKUP = re.compile(r"^(?:[>\s]{1,8})?(?:#{1,6}\s+)?|[*`]{1,3}|<!--.{0,200}?-->|\[\^\d{1,3}\]:?")
_CHINESE_LABELS = "|".join(label for label in FIELDS if not label.isascii())
_SEGMENT = re.compile(
    r"\s{2,}|[\u3000\t|｜·•×]+|\s[—–-]\s"
    rf"|(?<![：:])\s(?=(?:{_CHINESE_LABELS})\s?[：:]|(?:19|20)\d\d\s?年)"
)
_LABEL = re.compile(
    r"\s*(?P<label>[A-Za-z\u4e00-\u9fff][A-Za-z\u4e00-\u9fff \u3000]{0,20}?)\.?\s?[：:]\s*"
)
_WITHOUT_COLON = re.compile(
    r"(?P<label>文件編號|文件编号|编号|編號|reference|published|issued on|issued|last updated|dated"
    r"|updated|approved by[\w\s]{1,40} on|adopted by[\w\s]{1,40} on|passed|reissued)\s+(?=[\dA-Z])",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Line:
    """A line without markup; `level` is that of a Markdown heading, `gap` follows an empty line."""

    text: str
    level: int = 0
    gap: bool = True


def lines_of(text: str) -> list[Line]:
    """Return the lines of a text that hold words."""
    lines: list[Line] = []
    gap = True
    for raw in text.splitlines():
        stripped = raw.strip()
        cleaned = _MARKUP.sub("", stripped).strip() if stripped else ""
        if not any(character.isalnum() for character in cleaned):
            gap = True
            continue
        lines.append(Line(cleaned, len(stripped) - len(stripped.lstrip("#")), gap))
        gap = False
    return lines


def segments_of(text: str) -> list[str]:
    """Split a line at wide spaces, tabs and bars; a line in brackets also at its commas."""
    if text[:1] in ("（", "(") and text[-1:] in ("）", ")"):
        pieces = [
            part for piece in re.split("[，,；;]", text[1:-1]) for part in _SEGMENT.split(piece)
        ]
    else:
        pieces = _SEGMENT.split(text)
    return [part for piece in pieces if (part := piece.strip(" ,，；;"))]


def read_label(segment: str) -> tuple[str, str]:
    """Return the field and the value of `label: value`; ("", segment) for other text.

    >>> read_label("发 布 日 期：2024年3月1日"), read_label("Published 4 July 2022")
    (('issued', '2024年3月1日'), ('issued', '4 July 2022'))
    """
    text = segment.lstrip("（( ")
    for pattern, otherwise in ((_LABEL, ""), (_WITHOUT_COLON, "issued")):
        if found := pattern.match(text):
            label = found["label"].strip()
            if HAN_CHARACTER.search(label):
                label = "".join(label.split())
            if name := FIELDS.get(label.casefold(), otherwise):
                name = "source" if label.casefold() in _SOURCES else name
                return name, text[found.end() :].strip(" ）)")
    return "", segment

"""The numbers of headings, clauses and items: 第X编/章/节, 一、（一）1.（1）①, I. A. (a), -."""

import re

_LEVELS = (
    # (level, label), the outermost first; 4 is that of a heading without number, 8 and 9 those of
    # 1.1 and 1.1.1
    (
        1,
        re.compile(
            r"第[〇零一二三四五六七八九十百\d]{1,6}[编編部](?:分)?|Part\s[IVX\d]{1,5}\b", re.I
        ),
    ),
    (2, re.compile(r"第[〇零一二三四五六七八九十百\d]{1,6}章|Chapter\s[IVX\d]{1,5}\b", re.I)),
    (3, re.compile(r"第[〇零一二三四五六七八九十百\d]{1,6}[节節]")),
    (5, re.compile(r"[一二三四五六七八九十]{1,3}、|[IVX]{1,5}[.、]\s")),
    (6, re.compile(r"[（(][一二三四五六七八九十]{1,3}[）)]|[A-H][.]\s")),
    (
        7,
        re.compile(
            r"(?:附[件表][:：]\s?)?\d{1,3}[.、．](?!\d)|\d{1,2}(?:\.\d{1,2}){1,3}\.?(?=\s)"
            r"|\d{1,2}[.．](?=(?:19|20)\d\d年|\d\d周岁)"  # 2.2024年, which is no number 2.2024
        ),
    ),
    (10, re.compile(r"[（(]\d{1,3}[）)]|\d{1,3}\)|[（(]?[a-zA-Z][）)](?!\w)|[（(][ivx]{1,4}[）)]")),
    (11, re.compile(r"[①-⑳]|[-*+•·●■▪◆](?=\s)|[•·●■▪◆]")),
    (12, re.compile(r"[a-z][.．、](?=[\u4e00-\u9fff《“])")),
)
DECIMAL = 7
"""The level of 1., which is above 1.1."""

CLAUSE = 5
"""The level of 一、: where it begins a paragraph, that paragraph is as whole as an article."""


def read_label(text: str) -> tuple[int, str]:
    """The level and the number with which a text begins; (0, "") where it has none."""
    for level, pattern in _LEVELS:
        if found := pattern.match(text):
            label = found.group().strip()
            return level + (label.strip(".").count(".") if level == DECIMAL else 0), label
    return 0, ""

"""A mail reads as its subject, who wrote to whom and when, and what they wrote."""

import base64
import random
import textwrap
from email.message import EmailMessage
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.corpus.readers.extracted import Extracted, Limits, UnreadableError
from qa.corpus.readers.mail.body import plain_text
from qa.corpus.readers.mail.reader import read
from qa.corpus.structure import parse
from qa.types import BlockKind

DATE = "Thu, 08 May 2025 09:30:00 +0800"
CHINESE = """\
李四：

申报截止时间为2025年6月30日。
一、材料
（一）申请表；
（二）发票。

王五
-- 
电话：0123-4567

李四 写道：
> 请问申报什么时候截止？我们公司想申请设备补贴，但是不知道截止时间，也
> 不知道需要准备哪些材料，更不知道应当向哪一个部门报送，请予答复，谢谢
> 。
"""  # noqa: W291
HTML = """<html><head><title>x</title><style>p {}</style></head><body><h1>Rates</h1>
<p>The deadline is 30&nbsp;June.</p><table border="1"><tr><th>Tier</th><th>Rate</th></tr>
<tr><td>1</td><td>15%</td></tr><tr><td>2</td><td>8%</td></tr></table></body></html>"""


def extract(tmp_path: Path, raw: bytes | EmailMessage, limits: Limits | None = None) -> Extracted:
    path = tmp_path / "a.eml"
    path.write_bytes(raw if isinstance(raw, bytes) else raw.as_bytes())
    return read(path, limits or Limits(), lambda _done, _whole: None)


def mail(subject: str, sender: str = "王五 <w@q.gov.cn>") -> EmailMessage:
    message = EmailMessage()
    message["Subject"], message["From"] = subject, sender
    message["To"], message["Date"] = "l@x.com", DATE
    return message


def test_a_mail_in_chinese(tmp_path: Path) -> None:
    message = mail("回复：关于2025年技改补贴申报截止时间的说明，请各单位按期报送有关材料的通知")
    message.set_content(CHINESE, charset="gb18030", cte="base64")
    message.add_attachment(b"x", maintype="application", subtype="pdf", filename="申报表.pdf")
    found = extract(tmp_path, message)
    paragraphs = found.text.strip().split("\n\n")
    assert paragraphs[:4] == [
        "# 回复：关于2025年技改补贴申报截止时间的说明，请各单位按期报送有关材料的通知",
        "发件人：王五 <w@q.gov.cn>",
        "收件人：l@x.com",
        "日期：2025-05-08 09:30",
    ]
    assert paragraphs[4:8] == [
        "李四：",
        "申报截止时间为2025年6月30日。",
        "一、材料",
        "（一）申请表；",
    ]
    assert paragraphs[9:12] == ["王五", "电话：0123-4567", "李四 写道："]
    assert paragraphs[12:] == [CHINESE.split("写道：\n> ")[1].replace("\n> ", "").strip()]
    assert found.facts == {"title": paragraphs[0][2:], "issued": "2025-05-08"}
    assert found.warnings == ("not read, since it is attached: 申报表.pdf",)
    assert parse(found.text)[0].kind is BlockKind.TITLE


def test_html_is_read_where_there_is_no_plain_text(tmp_path: Path) -> None:
    message = mail("Deadline", "A <a@b.c>")
    message.set_content(" \n")
    message.add_alternative(HTML, subtype="html")
    text = extract(tmp_path, message).text
    assert text.startswith("# Deadline\n\nFrom: A <a@b.c>\n\nTo: l@x.com\n\nDate: 2025-05-08 09:30")
    assert text.endswith(
        "### Rates\n\nThe deadline is 30 June.\n\n"
        "| Tier | Rate |\n| --- | --- |\n| 1 | 15% |\n| 2 | 8% |\n"
    )
    message = mail("Deadline")
    message.set_content("Plain.")
    message.add_alternative(HTML, subtype="html")
    assert extract(tmp_path, message).text.endswith("\n\nPlain.\n")


def test_all_parts_of_the_text_are_read_and_mails_in_it_named(tmp_path: Path) -> None:
    message = mail("Two parts", "A <a@b.c>")
    message.set_content("First part.")
    message.add_attachment("Second part.", disposition="inline")
    inner = mail("Within")
    inner.set_content("Of another.")
    message.add_attachment(inner)
    found = extract(tmp_path, message)
    assert found.text.endswith("First part.\n\nSecond part.\n")
    assert found.warnings == ("not read, since it is attached: a mail",)


@given(st.integers(60, 78), st.integers(1, 6))
def test_what_a_program_has_wrapped_is_joined(width: int, count: int) -> None:
    words = " ".join(f"word{number}" * (1 + number % 2) for number in range(60))
    paragraphs = [f"Paragraph {number} {words}." for number in range(count)]
    wrapped = "\n\n".join(textwrap.fill(paragraph, width) for paragraph in paragraphs)
    assert plain_text(wrapped).strip().split("\n\n") == paragraphs
    quoted = textwrap.indent(wrapped, "> ", lambda _: True)
    assert plain_text(quoted).strip().split("\n\n") == paragraphs


def test_short_lines_stay_apart() -> None:
    lines = ["关于公布奖补档次的通知", "宁岱工信〔2022〕21号", "王五", "电话：0123-4567"]
    assert plain_text("\n".join(lines)).split("\n\n") == [*lines[:-1], lines[-1] + "\n"]


@pytest.mark.parametrize(
    "subject",
    [
        "关于补贴的通知".encode(),
        "关于补贴的通知".encode("gb18030"),
        b"=?GB2312?B?" + base64.b64encode("关于补贴的通知".encode("gb2312")) + b"?=",
        b"=?utf-8?B?" + base64.b64encode("关于补".encode()) + b"?=\r\n =?utf-8?B?"
        + base64.b64encode("贴的通知".encode()) + b"?=",
    ],
)  # fmt: skip
def test_subjects_in_every_encoding(tmp_path: Path, subject: bytes) -> None:
    raw = b"From: a@b.c\r\nSubject: " + subject + b"\r\n\r\n\xd5\xfe\xb2\xdf\xbd\xe2\xb6\xc1"
    assert extract(tmp_path, raw).facts["title"] == "关于补贴的通知"


def test_flowed_text_has_its_breaks_undone() -> None:
    flowed = "One paragraph \nthat flows.\n\n> Quoted \n> as well.\n-- \nA"
    assert plain_text(
        flowed, joint=" "
    ) == "One paragraph  that flows.\n\nQuoted  as well.\n\nA\n" or (
        plain_text(flowed, joint=" ") == "One paragraph that flows.\n\nQuoted as well.\n\nA\n"
    )


@given(st.lists(st.sampled_from(["> a\n", ">> 乙。\n", "c.\n", "\n", "| 1 | 2 |\n", ">From x\n"])))
def test_no_letter_of_a_quotation_is_lost(lines: list[str]) -> None:
    text = "".join(lines)

    def letters(one: str) -> str:
        return "".join(filter(str.isalnum, one))

    assert letters(plain_text(text)) == letters(text)


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (b"", "empty"),
        (b"From here on it is a text.\nNothing else.", "not a mail"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1...", "Outlook"),
        (b"<html>", "web page"),
        (b"From: a\nTo: b\n\n", "no text"),
        (b"From: a\nTo: b\nContent-Type: application/pkcs7-mime\n\nx", "encrypted"),
        (
            b"From: a\nTo: b\nContent-Type: multipart/encrypted; boundary=x\n\n--x\n\n--x--",
            "encryp",
        ),
    ],
)
def test_what_cannot_be_read(tmp_path: Path, raw: bytes, why: str) -> None:
    with pytest.raises(UnreadableError, match=why):
        extract(tmp_path, raw)


def test_hostile_mails(tmp_path: Path) -> None:
    nested = b"From: a\nTo: b\n"
    for number in range(1000):
        nested += b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (number, number)
    with pytest.raises(UnreadableError, match=r"too often|parts|no text"):
        extract(tmp_path, nested)
    many = b"From: a\nTo: b\nContent-Type: multipart/mixed; boundary=x\n\n" + b"--x\n\na\n" * 2100
    with pytest.raises(UnreadableError, match="parts"):
        extract(tmp_path, many)
    long = b"From: " + b"(" * 50_000 + b"\nTo: b\nSubject: " + b"=?utf-8?q?" * 5_000 + b"\n\nHi."
    assert extract(tmp_path, long).text.endswith("Hi.\n")
    deep = mail("Deep")
    deep.set_content("<div>" * 50_000 + "Far below." + "</div>" * 50_000, subtype="html")
    with pytest.raises(UnreadableError, match="nested too deeply"):
        extract(tmp_path, deep)
    with pytest.raises(UnreadableError, match="more than 3 characters"):
        extract(tmp_path, b"From: a\nTo: b\n\nfour", Limits(characters=3))


def test_random_damage_ends_in_text_or_an_error(tmp_path: Path) -> None:
    message = mail("回复：说明")
    message.set_content(CHINESE)
    message.add_alternative(HTML, subtype="html")
    message.add_attachment(b"x", maintype="image", subtype="png", filename="图.png")
    whole, chance = message.as_bytes(), random.Random(0)  # noqa: S311
    outcomes = set()
    for _ in range(60):
        raw = bytearray(whole)
        for _ in range(chance.choice([1, 5, 40])):
            raw[chance.randrange(len(raw))] = chance.randrange(256)
        try:
            outcomes.add(bool(extract(tmp_path, bytes(raw)).text.strip()))
        except UnreadableError:
            outcomes.add(True)
    assert outcomes == {True}

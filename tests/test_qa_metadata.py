import time
from datetime import date
from pathlib import Path

import pytest
from fakes import TEXTS, texts
from hypothesis import given
from hypothesis import strategies as st

from qa.corpus.imprint.numbers import find_number, find_numbers, number_key
from qa.corpus.metadata import Metadata, read_metadata
from qa.corpus.structure import parse
from qa.errors import DocumentError
from qa.types import Block, BlockKind, Language

NOTICE = """临江市商务局文件

临商规〔2024〕7号

关于印发《临江市夜间经济扶持办法》的通知

各区商务主管部门：
    现将《临江市夜间经济扶持办法》印发给你们，请遵照执行。

第一条　为繁荣夜间消费，制定本办法。
第二条　经营许可证有效期为一年，原许可证同时废止。
第三条　本办法自2024年5月1日起施行，有效期3年。原《临江市夜市管理办法》（临商〔2019〕2号）同时废止。

临江市商务局　临江市财政局
二〇二四年四月十二日
"""
LAW = """# 河流保护条例

2011年3月1日 国务院令第590号公布

2018年9月18日 《国务院关于修改部分行政法规的决定》修订

<!-- INFO END -->

第一条 为了保护河流，制定本条例。

第二条 本条例自公布之日起施行。1985年6月2日国务院发布的《河流管理办法》同时废止。
"""
TAIWAN = """青湖縣政府　公告
發文日期：中華民國113年4月8日
發文字號：青府農字第1130015390號

主旨：公告「青湖縣果樹汰換補助」申請須知，並自即日生效。

公告事項：

一、補助對象：本縣果農。
"""
TARIFF = """# Port of Eastwick — Tariff Notice No. 6/2025

**Issued by:** Finance Department, Eastwick Port Authority
**Date of issue:** 14 February 2025
**Effective:** 00:01 on 1 April 2025 until further notice. Tariff Notice No. 3/2024 is withdrawn.

## 1. Charges

Visitors' permits are valid for two years and expire on 31 December.
"""
RULES = """UPLAND DISTRICT COUNCIL
Parks Office

RULES FOR THE USE OF PITCHES

Ref: UDC/PK/2024/05

1. These Rules come into force on 1 May 2024 and remain valid for three years.
2. The Rules of 2021 (UDC/PK/2021/02) are repealed.

Issued on 8 April 2024
"""
FAQ = """# 《北湾市停车条例》解读

来源：北湾市交通局　　发布日期：2025-02-14

《北湾市停车条例》（北人常〔2024〕3号）自2025年3月1日起施行，原《北湾市停车办法》同时废止。

**问1：能停多久？**
"""


def read(text: str, file_name: str = "a.txt", **described: str) -> Metadata:
    return read_metadata(text, [], file_name=file_name, described=described)


def test_a_notice_tells_who_issued_it_when_and_how_long_it_holds() -> None:
    assert read(NOTICE) == Metadata(
        language=Language.SIMPLIFIED,
        title="关于印发《临江市夜间经济扶持办法》的通知",
        number="临商规〔2024〕7号",
        publisher="临江市商务局、临江市财政局",
        issued="2024-04-12",
        effective="2024-05-01",
        expires="2027-04-30",
        replaces=("临江市夜市管理办法", "临商〔2019〕2号"),
    )


def test_the_date_of_a_law_is_that_of_its_last_version_also_where_only_its_name_tells() -> None:
    law = read(LAW, "河流保护条例(2020-11-29).md")
    assert (law.issued, law.effective) == ("2020-11-29", "2011-03-01")
    assert (law.number, law.publisher) == ("国务院令第590号", "国务院")
    assert law.replaces == ("河流管理办法",)
    assert read(LAW).issued == "2018-09-18"


def test_an_announcement_of_taiwan_is_called_by_its_subject() -> None:
    announcement = read(TAIWAN)
    assert announcement == Metadata(
        language=Language.TRADITIONAL,
        title="公告「青湖縣果樹汰換補助」申請須知",
        number="青府農字第1130015390號",
        publisher="青湖縣政府",
        issued="2024-04-08",
        effective="2024-04-08",
    )


def test_english_labels_and_sentences_are_read() -> None:
    assert read(TARIFF) == Metadata(
        language=Language.ENGLISH,
        title="Port of Eastwick — Tariff Notice No. 6/2025",
        number="Tariff Notice No. 6/2025",
        publisher="Finance Department, Eastwick Port Authority",
        issued="2025-02-14",
        effective="2025-04-01",
        replaces=("Tariff Notice No. 3/2024",),
    )
    assert read(RULES) == Metadata(
        language=Language.ENGLISH,
        title="RULES FOR THE USE OF PITCHES",
        number="UDC/PK/2024/05",
        publisher="UPLAND DISTRICT COUNCIL, Parks Office",
        issued="2024-04-08",
        effective="2024-05-01",
        expires="2027-04-30",
        replaces=("UDC/PK/2021/02",),
    )


def test_who_explains_a_measure_neither_has_its_force_nor_ends_another() -> None:
    explained = read(FAQ)
    assert (explained.title, explained.publisher) == ("《北湾市停车条例》解读", "北湾市交通局")
    assert (explained.effective, explained.replaces) == ("", ())


@pytest.mark.parametrize(
    ("head", "title"),
    [
        ("甲市教育局\n关于调整学费的通知\n\n甲教〔2024〕3号\n", "甲市教育局关于调整学费的通知"),
        ("甲市教育局\n入学政策问答\n（2025年4月21日发布）\n", "甲市教育局入学政策问答"),
        ("甲市教育局\n甲市入学办法\n", "甲市入学办法"),
        ("关于印发《甲公司\n差旅办法》的通知\n", "关于印发《甲公司差旅办法》的通知"),
        ("附件2\n\n甲市一线职工\n补贴方案（试行）\n", "甲市一线职工补贴方案（试行）"),
        ("# 甲市津贴办法\n## （2025年修订）\n", "甲市津贴办法（2025年修订）"),
        ("# 甲市统计局\n# 二零二四年年報\n", "甲市统计局二零二四年年報"),
        ("新聞公報\n\n渡輪票價獲批准\n2025年2月18日\n", "渡輪票價獲批准"),
        ("城中大水\n甲城日报　2024年11月11日　记者 张三\n", "城中大水"),
        (
            "OAK COUNTY COUNCIL\nWaste Office\n\nTERMS OF SERVICE\nFOR 2025\n",
            "TERMS OF SERVICE FOR 2025",
        ),
        ("HARBOUR AUTHORITY\nANNUAL REVIEW 2024\n", "HARBOUR AUTHORITY ANNUAL REVIEW 2024"),
        (
            "# 甲市政府办公室关于印发技改若\n\n# 干措施的通知\n",
            "甲市政府办公室关于印发技改若干措施的通知",
        ),
        (
            "关于印发《甲市设备补贴实\n\n# 施办法》的通知\n",
            "关于印发《甲市设备补贴实施办法》的通知",
        ),
        ("Oak Voucher: Guide for\n\n# Applicants\n", "Oak Voucher: Guide for Applicants"),
        ("# OAK TOWN COUNCIL\n## Ordinance No. 2022-31\n### Dogs in Parks\n", "Dogs in Parks"),
    ],
)
def test_a_title_is_found_among_the_lines_of_a_head(head: str, title: str) -> None:
    assert read(f"{head}\n第一条　正文如下。\n第二条　下文如上。\n").title == title


def test_the_file_name_helps_where_the_text_is_silent() -> None:
    assert read("……", "某办法.txt").title == "某办法"
    assert read("通知正文。", "notice-20250618.txt").issued == "2025-06-18"
    assert read("修正條文。", "修正條文_1140318.md").issued == "2025-03-18"


def test_front_matter_wins_over_the_text_and_the_description_over_both() -> None:
    front = "---\ntitle: 新标题\nissued: 2024年3月2日\nreplaces:\n- 甲办法\n- 乙办法\n---\n"
    found = read(front + NOTICE, title="第三个标题", effective="2025")
    assert found.title == "第三个标题"
    assert (found.issued, found.effective) == ("2024-03-02", "2025")
    assert found.replaces == ("甲办法", "乙办法")
    assert found.number == "临商规〔2024〕7号"
    comment = read("<!-- publisher: 丙市政府 -->\n<!-- INFO END -->\n" + NOTICE)
    assert comment.publisher == "丙市政府"
    assert read("---\n正文。\n---\n").title == "正文。"


@pytest.mark.parametrize(
    "described",
    [
        {"date": "last spring"},
        {"issued": "2024-02-30"},
        {"language": "French"},
        {"effective": "2025-01-01", "expires": "2024-12-31"},
    ],
)
def test_a_wrong_description_is_refused_with_the_file_and_a_remedy(
    described: dict[str, str],
) -> None:
    with pytest.raises(DocumentError, match=r"plans/a\.txt.*corpus\.toml") as error:
        read_metadata(NOTICE, [], file_name="a.txt", described=described, path=Path("plans/a.txt"))
    assert any(word in str(error.value) for word in ("write", "known are", "correct"))


def test_what_contradicts_itself_in_the_text_stays_empty() -> None:
    text = NOTICE.replace("有效期3年", "有效期至2020年12月31日")
    assert read(text).expires == ""
    partly = NOTICE.replace("起施行，", "起施行，其余条文自公布之日起施行，")
    assert read(partly).effective == ""


def test_a_date_that_only_a_signature_block_tells_is_taken_from_it() -> None:
    text = "第1號批示\n\n一、核准附表。\n\n二零二五年四月二十二日\n\n附表\n" + "一元。\n" * 40
    start = text.index("二零")
    block = Block(BlockKind.SIGNATURE, start, start + 11, "二零二五年四月二十二日")
    assert read_metadata(text, [block], file_name="a", described={}).issued == "2025-04-22"


def test_who_decreed_it_stands_behind_the_day() -> None:
    passed = "（2026年1月26日经部务会议审议通过 2026年2月2日农业部令第83号公布）"
    text = f"渔港办法\n\n{passed}\n\n第一条 收费。\n"
    assert (read(text).publisher, read(text).number) == ("农业部", "农业部令第83号")


def test_a_decree_tells_its_number_on_two_lines_and_its_day_above_who_printed_it() -> None:
    passed = "《甲市敬老办法》已经2021年1月8日市政府常务会议通过"
    text = (
        "# 甲市敬老办法\n\n甲市人民政府令\n\n第179号\n\n"
        f"{passed}，现予公布，自2021年5月1日起施行。\n\n市　长：张三\n\n2021年1月29日\n\n"
        "# 甲市敬老办法\n\n第一条 老人免费乘车。\n\n"
        "公开方式：主动公开\n\n甲市人民政府办公厅 2021年2月7日印发\n"
    )
    blocks = parse(text, wrapped=False)
    known = read_metadata(text, blocks, file_name="a", described={})
    assert (known.number, known.publisher) == ("甲市人民政府令第179号", "甲市人民政府")
    assert (known.issued, known.effective) == ("2021-01-29", "2021-05-01")
    assert [block.text for block in blocks if block.kind is BlockKind.HEADING] == ["# 甲市敬老办法"]


def test_a_decree_without_a_title_above_it_is_called_by_what_it_issues() -> None:
    passed = "《甲市焰火规定》已经2023年9月18日市政府会议通过，现予公布，自2023年12月1日起施行。"
    head = f"甲市人民政府令\n第63号\n\n{passed}\n\n市长　张三\n2023年10月9日\n"
    assert read(f"{head}\n甲市焰火规定\n\n第一条 禁放。\n").title == "甲市焰火规定"


def test_a_law_with_a_long_history_still_tells_who_passed_it_and_when() -> None:
    passed = "1993年12月29日第八届全国人民代表大会常务委员会第五次会议通过"
    amended = "　根据2013年12月28日《关于修改〈甲法〉的决定》修正" * 12
    last = "　2023年12月29日第十四届全国人民代表大会常务委员会第七次会议修订"
    law = read(f"# 甲法\n\n（{passed}{amended}{last}）\n\n第一条 甲。\n")
    assert (law.issued, law.publisher) == ("2023-12-29", "全国人民代表大会常务委员会")


def test_the_day_that_the_signature_tells_is_not_when_the_page_was_put_up() -> None:
    signed = "# 甲通知\n\n正文如下。\n\n甲市教育局\n\n2026年7月19日\n\n"
    page = f"{signed}成文日期：2026年07月19日\n\n发布日期：2026年07月23日\n"
    assert read(page).issued == "2026-07-19"


def test_where_a_page_has_its_text_from_is_not_who_issued_it() -> None:
    page = "# 甲市教育局关于入学的通知\n\n2023-02-27 18:43 来源： 新华社\n\n正文如下。\n"
    assert read(page).publisher == "甲市教育局"
    assert read(page.replace("甲市教育局关于", "")).publisher == "新华社"


def test_a_day_of_force_that_is_stated_wins_over_one_that_is_counted() -> None:
    rules = (
        "# 甲规则\n\n（2020年6月15日通过，自2020年7月31日起施行）\n\n"
        "第一条 本规则自公布之日起施行。\n\n抄送：各局。\n\n甲院办公厅 2020年8月3日印发\n"
    )
    assert (read(rules).effective, read(rules).issued) == ("2020-07-31", "2020-07-31")


def test_a_share_that_loses_its_force_ends_no_law() -> None:
    share = "第一条 可以依照《乙法》规定的程序，请求人民法院宣告该股票失效。"
    assert read(f"甲法\n\n{share}\n第二条 《丙法》同时废止。\n").replaces == ("丙法",)


def test_one_body_under_two_names_is_named_once() -> None:
    text = "中华人民共和国最高检察院\n最高检察院\n\n关于累犯的批复\n\n第一条 甲。\n"
    assert read(text).publisher == "最高检察院"


def test_fields_that_stand_close_together_are_told_apart() -> None:
    head = "发文机关：甲市统计局 文号：甲统〔2024〕3号 发布日期：2024年2月20日"
    known = read(f"# 甲通知\n\n{head}\n\n正文如下。\n")
    said = (known.publisher, known.number, known.issued)
    assert said == ("甲市统计局", "甲统〔2024〕3号", "2024-02-20")
    paper = "城中大水\n甲城日报 2024年11月11日 记者 张三\n\n昨日大雨。\n"
    assert read(paper).publisher == "甲城日报"


def test_who_printed_it_below_the_signature_did_not_sign() -> None:
    printed = f"{NOTICE}\n抄送：市总工会。\n\n临江市商务局办公室 2024年4月20日印发\n"
    assert (read(printed).issued, read(printed).publisher) == (
        "2024-04-12",
        "临江市商务局、临江市财政局",
    )


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("根据国发〔2024〕12号文", "国发〔2024〕12号"),
        ("(2024)12号", "(2024)12号"),
        ("中华人民共和国国务院令第746号", "中华人民共和国国务院令第746号"),
        ("第746号令", "第746号令"),
        ("2026年5月27日交通运输部令2026年第10号公布", "交通运输部令2026年第10号"),
        ("府經字第1140018655號函", "府經字第1140018655號"),
        ("第41/2025號行政法規", "第41/2025號行政法規"),
        ("〔2025〕第14期", "〔2025〕第14期"),
        ("Reference: OCC/ECON/2025/08", "OCC/ECON/2025/08"),
        ("see Tariff Notice No. 4/2025.", "Tariff Notice No. 4/2025"),
        ("LN 12 of 2024", "LN 12 of 2024"),
        ("Circular WD 5/2024", "Circular WD 5/2024"),
        ("Form HC/23/A", "HC/23/A"),
        ("增长12号线〔一期〕", ""),
        ("in COVID-19 times", ""),
        ("商服贸函2026年第322号", "商服贸函2026年第322号"),
        ("2004年12月16日以民航总局令第138号公布", "民航总局令第138号"),
        ("presented as CP 1242", "CP 1242"),
        ("岚政办〔2024]12号", "岚政办〔2024〕12号"),
    ],
)
def test_document_numbers_are_found(text: str, number: str) -> None:
    assert find_number(text) == number


def test_writings_of_one_number_have_one_key() -> None:
    assert (
        len({number_key(n) for n in ("国发〔2024〕12号", "国发（2024） 12 号", "國發[2024]12號")})
        == 1
    )
    assert number_key("Circular WD 5/2024") == number_key("No. WD 5/2024")
    assert number_key("Notice No. 3 of 2025") != number_key("Notice No. 3 of 2024")
    assert find_numbers("replaces AB-12", codes=True) == ["AB-12"]


def test_the_language_of_a_document_is_that_of_most_of_it() -> None:
    text = "# 规则\n\n" + "园区向公众开放。" * 9 + "\n\nThe zone opened."
    assert read(text).language is Language.SIMPLIFIED


@given(texts)
def test_any_text_has_a_title_and_dates_of_the_calendar(text: str) -> None:
    found = read(text, "name.txt")
    assert found.title
    assert not found.expires or not found.effective or found.effective <= found.expires + "~"


@given(st.sampled_from(list(TEXTS.values())), st.dates(date(1800, 1, 1), date(2199, 12, 31)))
def test_a_described_date_is_given_back(text: str, day: date) -> None:
    assert read(text, issued=str(day)).issued == str(day)


@pytest.mark.parametrize(
    "unit",
    [
        *(
            "中",
            "2024",
            "（",
            "《甲办法》同时废止，",
            "国发〔2024〕",
            "<!--",
            "#",
            "AB-1/",
            "日期：",
            " ",
        ),
        *("自2024年5月1日起施行，", "市政府\n", "市政府 ", "effective from ", "a: b\n", "January "),
    ],
)
def test_time_grows_with_the_text_alone(unit: str) -> None:
    started = time.perf_counter()
    read(unit * (100_000 // len(unit)))
    assert time.perf_counter() - started < 5

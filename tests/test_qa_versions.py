import time
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.corpus.copies import find_copies
from qa.corpus.versions import Standing, find_versions, measure_name
from qa.types import Document, Language, Version


def document(name: str, title: str, issued: str = "", text: str = "", **known: object) -> Document:
    base = Document(
        id=name,
        title=title,
        language=Language.SIMPLIFIED,
        source=f"{name}.txt",
        text=text or f"{title}第{name}号",
        issued=issued,
    )
    return replace(base, **known)  # type: ignore[arg-type]


def versions(*documents: Document, today: str = "") -> dict[str, Version]:
    return {name: found.version for name, found in find_versions(documents, today).items()}


OLD = document(
    "old", "关于印发《临江市补贴办法（试行）》的通知", "2021-03-01", publisher="临江市财政局"
)
NEW = document("new", "臨江市補貼辦法（2024年修訂）", "2024-03-01", publisher="臨江市政府")


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("临江市财政局关于印发《临江市补贴办法》的通知", "临江市补贴办法"),
        ("关于印发临江市补贴办法的通知", "临江市补贴办法"),
        ("临江市补贴暂行办法", "临江市补贴办法"),
        ("临江市补贴办法（2024年修订）", "临江市补贴办法"),
        ("临江市补贴办法（2025年）", "临江市补贴办法"),
        ("中华人民共和国河流法", "中华人民共和国河流法"),
        ("Terms of Service (2025 edition)", "termsofservice"),
        ("临江市2024年度工作报告", ""),
        ("2024年临江市统计公报", ""),
        ("关于做好2024年补贴发放工作的通知", ""),
        ("临江市2025年申报时间安排", ""),
        ("HARBOUR ANNUAL REVIEW 2024", ""),
        ("二零二三至二四年度年報", ""),
        ("安全委员会第三季度会议纪要", ""),
        ("临江市补贴办法（征求意见稿）", ""),
        ("关于修改《临江市补贴办法》的决定", ""),
        ("通知", ""),
        ("", ""),
    ],
)
def test_a_measure_has_one_name_and_a_yearly_document_none(title: str, name: str) -> None:
    assert measure_name(title) == name


def test_a_later_version_of_one_measure_replaces_the_earlier() -> None:
    found = find_versions([NEW, OLD])
    assert found["old"] == Standing(Version.SUPERSEDED, replaced_by="new")
    assert found["new"] == Standing(Version.CURRENT, replaces=("old",))


def test_of_three_versions_the_last_counts_for_all() -> None:
    middle = document("middle", "临江市补贴办法", "2022-05")
    found = find_versions([NEW, middle, OLD])
    assert [found[name].replaced_by for name in ("old", "middle", "new")] == ["new", "new", ""]
    assert (found["middle"].replaces, found["new"].replaces) == (("old",), ("middle",))


@pytest.mark.parametrize(
    "other",
    [
        document("other", "临江市补贴办法", "2021"),  # as far as told it may be the same day
        document("other", "临江市补贴办法", ""),
        document("other", "海城市补贴办法", "2020-01-01"),
        document("other", "临江市补贴办法实施细则", "2020-01-01"),
        document("other", "关于修改《临江市补贴办法》的决定", "2023-01-01"),
    ],
)
def test_what_is_not_surely_another_version_is_left_alone(other: Document) -> None:
    measure = document("measure", "临江市补贴办法", "2021-06-01")
    assert versions(measure, other) == {"measure": Version.UNKNOWN, "other": Version.UNKNOWN}


def test_measures_of_one_name_by_two_issuers_are_two() -> None:
    first = document("a", "差旅费管理办法", "2020-01-01", publisher="甲公司")
    second = document("b", "差旅费管理办法", "2024-01-01", publisher="乙公司")
    assert set(versions(first, second).values()) == {Version.UNKNOWN}
    assert versions(first, replace(second, publisher="甲公司"))["a"] is Version.SUPERSEDED


def test_yearly_documents_do_not_replace_one_another() -> None:
    reports = [document(str(y), f"临江市{y}年度工作报告", f"{y}-01-15") for y in range(2020, 2025)]
    assert set(versions(*reports).values()) == {Version.UNKNOWN}


def test_a_document_replaces_what_it_names_by_number_or_title() -> None:
    notice = document("notice", "海城市工信局关于公布2022年度奖补档次的通知", "2022-06-20")
    rates = document("rates", "Circular", "2023-11-20", number="No. WD 5/2024")
    measure = document(
        "measure",
        "海城市奖补办法",
        "2024-05-28",
        replaces=("关于公布2022年度奖补档次的通知", "Circular WD 5/2024"),
    )
    found = find_versions([notice, rates, measure])
    assert found["measure"] == Standing(Version.CURRENT, replaces=("notice", "rates"))
    assert found["notice"].replaced_by == found["rates"].replaced_by == "measure"


def test_a_number_settles_which_of_one_title_is_meant() -> None:
    meant = document("meant", "出差管理规定办法", "2016", number="甲财〔2016〕5号")
    other = document("other", "出差管理规定办法", "2016", number="乙财〔2016〕9号")
    new = document("new", "费用办法", "2021", replaces=("出差管理规定办法", "甲财〔2016〕5号"))
    assert versions(meant, other, new) == {
        "meant": Version.SUPERSEDED,
        "other": Version.UNKNOWN,
        "new": Version.CURRENT,
    }
    assert versions(other, new)["other"] is Version.UNKNOWN


def test_a_running_number_counts_within_one_issuer() -> None:
    old = document("old", "Fees", "2021", number="Notice No. 7 of 2021", publisher="East Board")
    new = document("new", "Charges", "2025", replaces=("Notice No. 7 of 2021",))
    assert versions(old, replace(new, publisher="West Board"))["old"] is Version.UNKNOWN
    assert versions(old, replace(new, publisher="East Board"))["old"] is Version.SUPERSEDED


def test_an_earlier_document_does_not_replace_a_later_one_nor_two_each_other() -> None:
    early = document(
        "early", "甲市旧规定办法", "2019", replaces=("乙市新规定办法",), number="一〔2019〕1号"
    )
    late = document("late", "乙市新规定办法", "2024")
    assert set(versions(early, late).values()) == {Version.UNKNOWN}
    first = document("a", "甲", "2020", number="甲字〔2020〕1号", replaces=("甲字〔2020〕2号",))
    second = document("b", "乙", "2020", number="甲字〔2020〕2号", replaces=("甲字〔2020〕1号",))
    assert set(versions(first, second).values()) == {Version.UNKNOWN}


def test_the_day_decides_what_is_in_force_yet_and_what_has_ended() -> None:
    new = replace(NEW, effective="2024-05-01", expires="2027-04-30")
    assert versions(OLD, new, today="2024-04-30")["old"] is Version.UNKNOWN
    assert versions(OLD, new, today="2024-05-01")["old"] is Version.SUPERSEDED
    assert find_versions([OLD, new], "2027-04-30")["new"].version is Version.CURRENT
    ended = find_versions([OLD, new], "2027-05-01")
    assert (ended["new"].version, ended["new"].expired) == (Version.UNKNOWN, True)
    assert ended["old"].version is Version.SUPERSEDED
    assert not find_versions([new])["new"].expired


TEXT = "\n".join(f"第{n}条 本条规定第{n}项补贴为{n}00元，由市财政局发放。" for n in range(1, 21))


def test_copies_count_once_in_any_script_and_layout() -> None:
    full = document("full", "临江市补贴办法", "2024-01-01", TEXT, publisher="临江市")
    wrapped = document("wrapped", "补贴", "", TEXT.replace("，", "，\n  ").replace("。", " "))
    script = document("script", "臨江市補貼辦法", "", TEXT.replace("规", "規").replace("补", "補"))
    corrected = document("corrected", "临江市补贴办法", "", TEXT.replace("市财政局", "财政局", 1))
    other = document("other", "临江市补贴办法", "", TEXT.replace("100元", "150元", 1))
    found = find_versions([wrapped, script, corrected, other, full])
    assert {name: s.copies_of for name, s in found.items() if s.copies_of} == {
        "wrapped": "full",
        "script": "full",
        "corrected": "full",
    }


def test_a_copy_has_the_standing_of_what_it_copies() -> None:
    found = find_versions([OLD, NEW, replace(OLD, id="copy", source="z.txt", publisher="")])
    assert found["copy"] == Standing(Version.SUPERSEDED, replaced_by="new", copies_of="old")


def test_yearly_look_alikes_are_never_copies() -> None:
    reports = [
        document(str(y), "临江市工作报告", "", f"{y}年，完成1186万吨。\n" + "一切平稳。\n" * 30)
        for y in range(2020, 2025)
    ]
    chinese = [replace(reports[0], id=c, text=f"二〇二{c}年\n一切平稳。") for c in "一二三"]
    assert find_copies([*reports, *chinese]) == {}


@given(st.permutations([NEW, OLD, document("middle", "临江市补贴办法", "2022-05")]))
def test_the_order_of_the_files_does_not_matter(documents: list[Document]) -> None:
    assert find_versions(documents) == find_versions([OLD, NEW, documents[0], *documents])


def test_an_empty_library_has_no_versions() -> None:
    assert find_versions([]) == {}


@pytest.mark.parametrize("kind", ["distinct", "one title", "copies", "chain", "stated"])
def test_four_thousand_documents_take_two_seconds(kind: str) -> None:
    documents = []
    for n in range(4000):
        title = f"临{chr(0x4E00 + n)}市补贴办法" if kind == "distinct" else "临江市补贴办法"
        date = f"{1000 + n // 300}-{1 + n % 300 // 28:02}-{1 + n % 28:02}"
        text = TEXT if kind == "copies" else f"{TEXT}\n{n}"
        cited = ("临江市奖补办法",) if kind == "stated" and n % 2 else ()
        title = "临江市奖补办法" if kind == "stated" and n % 2 == 0 else title
        date = "2024" if kind == "one title" else date
        documents.append(document(str(n), title, date, text, replaces=cited))
    started = time.perf_counter()
    find_versions(documents)
    assert time.perf_counter() - started < 6  # 2 s and room for a busy machine

"""Which sentences make an answer: what belongs, both sides, whole lists; and the short answer."""

import doctest
from collections.abc import Sequence
from dataclasses import replace

import pytest
from fakes import FakeEmbedder, FakeReader, make_document

import qa.answers.lists
import qa.answers.short
import qa.answers.superlatives
import qa.questions.parts
from embeddings.types import Reading, ReadPassage, Span
from qa.answers import short
from qa.answers.lists import series, stated
from qa.answers.superlatives import direction
from qa.assistant import Assistant
from qa.corpus.passages import split_document
from qa.index.building import make_snapshot
from qa.language.text import detect_language
from qa.questions.parts import MOST, parts
from qa.types import Answer, Coverage, Document, Language, Message, Status

CONDITIONS = """青澜市夜校补贴办法

第一条 申报夜校补贴应当同时符合下列三项条件：
（一）在本市注册满一年；
（二）有固定的教室；
（三）学员不少于二十人。

第二条 夜校主要面临两方面的困难。一是教室不足。二是师资不稳。

第三条 补贴每年发放一次。
"""
FEES = """青澜市夜校收费表

| 课程 | 学费 | 材料费 |
|---|---|---|
| 书法 | 200元 | 30元 |
| 烘焙 | 300元 | 80元 |
"""


def assistant_of(*documents: Document, reader: FakeReader) -> Assistant:
    passages = [split for document in documents for split in split_document(document)]
    snapshot = make_snapshot(list(documents), passages, FakeEmbedder())
    return Assistant(snapshot, FakeEmbedder(), reader=reader)


def ask(text: str, question: str, reader: FakeReader) -> Answer:
    document = make_document(text, "夜校.md")
    return assistant_of(document, reader=reader).ask([Message("user", question)])


@pytest.mark.parametrize(
    "module", [qa.answers.lists, qa.answers.short, qa.answers.superlatives, qa.questions.parts]
)
def test_the_examples_in_the_docstrings(module: object) -> None:
    assert doctest.testmod(module).failed == 0  # type: ignore[arg-type]


def test_a_list_is_given_whole_under_what_announces_it() -> None:
    # The reader likes two of the three items.
    answer = ask(CONDITIONS, "申报要什么条件？", FakeReader("有固定"))
    assert answer.short_answer == "有固定"
    whole = ask(CONDITIONS, "申报要什么条件？", FakeReader("（"))
    assert whole.text.split("\n")[-4:] == [
        "第一条 申报夜校补贴应当同时符合下列三项条件： [1]",
        "- （一）在本市注册满一年； [2]",
        "- （二）有固定的教室； [3]",
        "- （三）学员不少于二十人。 [4]",
    ]
    assert whole.coverage == Coverage(3, 3)
    assert whole.status is Status.GROUNDED


def test_what_counts_through_is_given_with_the_sentence_before_it() -> None:
    answer = ask(CONDITIONS, "夜校有什么困难？", FakeReader("困难"))
    lines = answer.text.split("\n")
    assert lines[-2:] == ["- 一是教室不足。 [2]", "- 二是师资不稳。 [3]"]
    assert answer.coverage == Coverage(2, 2)


def test_one_item_is_given_without_the_others() -> None:
    answer = ask(CONDITIONS, "学员要多少人？", FakeReader("二十人"))
    lead, item = (citation.cited_text for citation in answer.citations)
    assert lead.endswith("应当同时符合下列三项条件：")
    assert item == "（三）学员不少于二十人。"
    assert answer.short_answer == "二十人"
    assert answer.text.startswith("二十人 [2]\n")
    assert answer.citations[1].answer_spans == ((8, 11),)
    assert answer.coverage is None


def test_of_a_row_the_asked_cell_is_told_and_all_of_it_cited() -> None:
    answer = ask(FEES, "烘焙课学费多少？", FakeReader("300元"))
    assert answer.short_answer == "300元"
    assert answer.text == "300元 [1]\n课程：烘焙；学费：300元 [1]"
    (citation,) = answer.citations
    assert citation.reading == "课程：烘焙；学费：300元；材料费：80元"
    assert [citation.cited_text[slice(*span)] for span in citation.answer_spans] == ["300元"]


def test_values_are_told_in_the_language_of_the_asker() -> None:
    answer = ask(FEES, "How much is the baking course?", FakeReader("300元"))
    assert answer.short_answer == "CNY 300"


def test_a_question_of_yes_or_no_is_answered_by_its_sentence_without_a_verdict() -> None:
    answer = ask(CONDITIONS, "补贴是每年发吗？", FakeReader("每年", yes_no=(0.0, 9.0, 0.0)))
    assert answer.short_answer == "每年"


def test_an_item_comes_with_the_sentence_that_announces_it() -> None:
    penalties = (
        "会计处罚办法\n\n第一条　有下列行为之一的，处二十万元以下的罚款：\n（一）不设账簿的；\n"
        "（二）私设账簿的；\n（三）毁坏凭证的；\n（四）拒绝检查的。\n"
    )
    answer = ask(penalties, "不设账簿罚多少？", FakeReader("不设账簿"))
    cited = [citation.cited_text for citation in answer.citations]
    assert len(cited) == 2
    assert "二十万元" in cited[0]
    assert "不设账簿" in cited[1]
    assert answer.status is Status.GROUNDED  # one item is no part of a list


def test_a_short_answer_is_marked_with_the_sentence_that_gives_it() -> None:
    # All three items are given, in their order; the words are those of the second.
    materials = "夜校申报材料\n\n- 申请表\n- 固定教室证明\n- 身份证\n"
    answer = ask(materials, "教室要交什么证明？", FakeReader("固定教室", others=8.0))
    assert [c.cited_text for c in answer.citations] == ["- 申请表", "- 固定教室证明", "- 身份证"]
    assert answer.text.startswith("固定教室 [2]\n- ")


class HalfReader(FakeReader):
    """Finds nothing where it is asked who."""

    def read(self, question: str, passages: Sequence[ReadPassage]) -> list[Reading]:
        reader = FakeReader("校长") if question.startswith("谁") else FakeReader("每年")
        return reader.read(question, passages)


def test_half_an_answer_does_not_lead() -> None:
    whole = ask(CONDITIONS, "补贴多久发一次？", HalfReader())
    assert whole.short_answer == "每年"
    half = ask(CONDITIONS, "补贴多久发一次，谁来发放？", HalfReader())
    assert half.short_answer == ""
    assert "每年" in half.text


def test_the_document_is_the_answer_where_it_is_asked_for() -> None:
    answer = ask(CONDITIONS, "哪份文件规定了补贴怎么发？", FakeReader("每年"))
    assert answer.short_answer == "Title of 夜校.md"


def test_both_sides_of_a_comparison_stand_under_their_documents() -> None:
    documents = [
        make_document(
            f"{city}夜校补贴办法\n\n第一条 {city}的夜校补贴为{amount}元。\n", f"{city}.txt"
        )
        for city, amount in (("青澜市", "三百"), ("望江市", "五百"), ("临河市", "九百"))
    ]
    assistant = assistant_of(*documents, reader=FakeReader("元"))
    answer = assistant.ask([Message("user", "青澜市和望江市的夜校补贴哪个高？")])
    cited = "".join(citation.cited_text for citation in answer.citations)
    assert "三百元" in cited
    assert "五百元" in cited
    assert {"Title of 青澜市.txt", "Title of 望江市.txt"} <= set(answer.text.split("\n"))


@pytest.mark.parametrize(
    ("sentences", "found"),
    [
        (["其一，快。", "其二，省。"], [(0, 1)]),
        (["“First, we build.", "It takes long.", "Second, we test."], [(0, 2)]),
        (["一是快。", "三是省。"], []),
        (["首先，快。"], []),
        (["第一条 快。", "第二条 省。"], []),
        (["第一，快。", "第二，省。"], [(0, 1)]),
        (["一是甲。", "二是乙。", "一是丙。", "二是丁。", "三是戊。"], [(0, 1), (2, 3, 4)]),
        (["一是甲。", *["说明。"] * 9, "二是乙。"], []),
    ],
)
def test_series(sentences: list[str], found: list[tuple[int, ...]]) -> None:
    assert series(sentences) == found


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("有以下12类：", 12),
        ("面临双重压力。", 2),
        ("有三项条件和五种材料：", 0),
        ("第二项：", 0),
        ("There are three ways:", 3),
        ("申报时：", 0),
    ],
)
def test_how_many_there_are_said_to_be(text: str, number: int) -> None:
    assert stated(text) == number


@pytest.mark.parametrize(
    ("question", "count"),
    [
        ("工本费多少，几天能拿到？", 2),
        ("How much is the fee, and when do I get it?", 2),
        ("周六办吗？要不要预约？", 2),
        ("我在青澜开店，补贴多少？", 1),
        ("What is the fee?", 1),
        ("谁、何时、在哪里？" * 20, 1),
        ("", 1),
    ],
)
def test_parts(question: str, count: int) -> None:
    found = parts(question)
    assert len(found) == count <= MOST


@pytest.mark.parametrize(
    ("question", "span", "told"),
    [
        # What the reader sees.
        ("书法多少钱？", Span(0, 8, 14, 0.0), "课程：书法；学费：200元"),
        ("书法多少钱？", Span(0, 8, 14, -3.0), "课程：书法；学费：200元；材料费：30元"),
        ("哪门课便宜？", Span(0, 0, 5, 0.0), "课程：书法；学费：200元；材料费：30元"),
        # What the question names, whatever the reader sees.
        ("书法的材料费是多少？", Span(0, 8, 14, 0.0), "课程：书法；材料费：30元"),
        ("書法的學費幾錢？", Span(0, 15, 22, -3.0), "课程：书法；学费：200元"),
        ("哪门课的学费是200元？", Span(0, 0, 5, 0.0), "课程：书法；学费：200元；材料费：30元"),
        ("学费和材料费各多少？", Span(0, 8, 14, 0.0), "课程：书法；材料费：30元"),
    ],
)
def test_cells(question: str, span: Span, told: str) -> None:
    assert short.asked_cells(question, span, "课程：书法；学费：200元；材料费：30元") == told


@pytest.mark.parametrize(
    ("cell", "language", "words"),
    [
        ("人数（万人）：3.2", Language.SIMPLIFIED, "3.2万人"),
        ("補貼（元/月）：200", Language.TRADITIONAL, "200元/月"),
        ("面积（平方公里）：12.5", Language.ENGLISH, "12.5 square kilometres"),
        ("Fee (yuan)：20", Language.ENGLISH, "20 yuan"),
        ("Fee (£)：1,200", Language.SIMPLIFIED, "1,200英镑"),
        ("年份（公历）：2024", Language.SIMPLIFIED, "2024"),
        ("费用（元）：免费", Language.SIMPLIFIED, "免费"),
    ],
)
def test_a_figure_has_the_unit_of_its_column(cell: str, language: Language, words: str) -> None:
    row = f"名称：甲；{cell}"
    span = Span(0, len("名称：甲；"), len(row), 0.0)
    source = detect_language(cell)
    assert short.deciding_words(span, row, language, source=source, row_asked="哪个") == words


def test_what_is_not_sure_or_no_shorter_is_no_short_answer() -> None:
    asked = Language.SIMPLIFIED
    for span in (Span(0, 0, 5, -5.0), Span(0, 0, 9, 0.0), Span(0, 0, 0, 0.0)):
        words = short.deciding_words(span, "补贴为每年三百元。", asked, source=asked, row_asked="")
        assert words == ""


def test_paragraphs_that_count_through_are_gathered_from_their_passages() -> None:
    more = "课程安排在工作日晚上，由区里的老师来讲，学员自己带教材。" * 9
    text = (
        f"夜校情况介绍\n\n{more}\n\n张老师说，夜校有三大优势。\n\n首先是便宜。{more}\n\n"
        f"其次是离家近。{more}\n\n再次是老师好。{more}\n\n{more}\n"
    )
    answer = ask(text, "夜校有哪三大优势？", FakeReader("优势"))
    cited = [citation.cited_text for citation in answer.citations]
    assert cited[:3] == ["首先是便宜。", "其次是离家近。", "再次是老师好。"]


def test_a_detail_of_one_paragraph_that_counts_is_no_list() -> None:
    text = (
        "夜校情况介绍\n\n张老师说，夜校办得好。\n\n首先是便宜。\n\n其次是离家近，坐车十分钟。\n\n"
        "再次是老师好。\n"
    )
    answer = ask(text, "坐车要多久？", FakeReader("十分钟"))
    assert [citation.cited_text for citation in answer.citations] == ["其次是离家近，坐车十分钟。"]


@pytest.mark.parametrize(("titles", "told"), [(("条例", "條例"), 1), (("甲条例", "乙条例"), 2)])
def test_what_two_files_of_one_law_say_is_said_once(titles: tuple[str, str], told: int) -> None:
    text = "夜校条例\n\n第三条 夜校每晚七点开课。\n\n第四条 迟到的，处{}元罚款。\n"
    documents = [
        replace(make_document(text.format(fine), f"{fine}.md"), title=title)
        for fine, title in zip((200, 300), titles, strict=True)
    ]
    answer = assistant_of(*documents, reader=FakeReader("七点")).ask(
        [Message("user", "几点开课？")]
    )
    assert [citation.cited_text for citation in answer.citations] == (
        ["第三条 夜校每晚七点开课。"] * told
    )


@pytest.mark.parametrize(
    ("question", "named"),
    [
        ("哪门课的学费最贵？", "烘焙"),
        ("哪门课学费最便宜？", "书法"),
        ("Which course has the lowest fee?", "书法"),
        ("哪個課材料費最低？", "書法"),
    ],
)
def test_figures_tell_which_row_has_the_most_or_the_least(question: str, named: str) -> None:
    answer = ask(FEES, question, FakeReader("元"))
    assert answer.short_answer == named
    assert len(answer.citations) == 1


@pytest.mark.parametrize(
    ("question", "named"),
    [
        ("书法和烘焙，哪门课的学费更贵？", "烘焙"),
        ("书法和烘焙哪门课的材料费低？", "书法"),
        ("Of 书法 and 烘焙, which costs more?", "烘焙"),
    ],
)
def test_two_rows_that_are_named_are_compared(question: str, named: str) -> None:
    answer = ask(FEES, question, FakeReader("元"))
    assert answer.short_answer == named
    assert len(answer.citations) == 2


@pytest.mark.parametrize(
    "question",
    [
        "书法的学费是多少？",
        "烘焙课里哪样最贵？",
        "学费最高多少？",
        "What is it at most?",
        "哪门课比书法更贵？",
    ],
)
def test_no_rows_are_compared_where_it_is_not_asked_which(question: str) -> None:
    answer = ask(FEES, question, FakeReader("元"))
    assert answer.short_answer not in ("书法", "烘焙")


@pytest.mark.parametrize(
    ("question", "rows"), [("书法的学费是多少？", 1), ("几门课的学费各是多少？", 2)]
)
def test_of_a_table_the_rows_that_are_named_are_told(question: str, rows: int) -> None:
    assert len(ask(FEES, question, FakeReader("元")).citations) == rows


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("哪个区的最低工资标准最高？", 1),
        ("最低工资标准是多少？", 0),
        ("Who waits longest?", 1),
        ("Which is the least expensive?", -1),
        ("Which is dearer?", 0),
        ("哪些人更多地使用？", 0),
        ("最多可以借几本？", 0),
    ],
)
def test_directions(question: str, expected: int) -> None:
    assert direction(question) == expected


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("Which is dearer?", 1),
        ("Which has fewer?", -1),
        ("书法和烘焙哪个便宜？", -1),
        ("书法和烘焙哪个的学费多？", 1),
        ("书法和烘焙各多少钱？", 0),
        ("哪个多少钱？", 0),
    ],
)
def test_directions_between_two(question: str, expected: int) -> None:
    assert direction(question, of_two=True) == expected


def test_a_question_of_two_parts_is_answered_where_each_is() -> None:
    class PartReader(FakeReader):
        """Sure of each part alone, and of neither in the whole question."""

        def read(self, question: str, passages: Sequence[ReadPassage]) -> list[Reading]:
            whole = "，" in question
            reader = FakeReader("无此" if whole else "每年" if "多久" in question else "教室")
            return reader.read(question, passages)

    answer = ask(CONDITIONS, "补贴多久发一次，教室有什么要求？", PartReader())
    assert answer.status is not Status.NO_ANSWER
    assert "每年" in answer.text
    assert "教室" in answer.text

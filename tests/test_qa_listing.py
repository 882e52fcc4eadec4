"""Lists: which are read in a text, which one a question asks for, and that none is cut."""

import doctest
from itertools import pairwise

import pytest
from fakes import FakeEmbedder, make_document, texts
from hypothesis import given
from opencc import OpenCC

import qa.answers.lists.enumerations
import qa.answers.lists.gathering
import qa.answers.lists.list_questions
import qa.answers.lists.list_starts
from embeddings.onnx_encoder import OnnxEncoder
from qa.answers.composing import MAX_SENTENCES
from qa.answers.lists.chinese_lists import find_chinese
from qa.answers.lists.english_lists import find_english
from qa.answers.lists.enumerations import Enumeration, find_counts
from qa.answers.lists.list_questions import asked_list
from qa.answers.lists.list_sources import Sentence
from qa.answers.lists.listing import FoundList, ListFinder, Place
from qa.answers.lists.series import find_series
from qa.assistant import Assistant
from qa.corpus.passages import split_document
from qa.index.building import make_snapshot
from qa.index.store import Snapshot
from qa.language.text import Span, detect_language, fold, squash, to_simplified
from qa.types import Answer, Coverage, Language, Message, Status

to_traditional = OpenCC("s2t").convert


@pytest.mark.parametrize(
    "module",
    [
        qa.answers.lists.enumerations,
        qa.answers.lists.gathering,
        qa.answers.lists.list_questions,
        qa.answers.lists.list_starts,
    ],
)
def test_the_examples_in_the_docstrings(module: object) -> None:
    assert doctest.testmod(module).failed == 0  # type: ignore[arg-type]


CHINESE = {
    # name: (sentence, items, stated)
    "quotes": ("学校开设“陶艺”“木工”“篆刻”等三门课程。", "陶艺 木工 篆刻", 3),
    "quotes with commas": ("他读“春”、“夏”和“秋”。", "春 夏 秋", None),
    "number behind": ("渡轮停靠红湾、白沙、青屿、石门4个码头。", "红湾 白沙 青屿 石门", 4),
    "deng": ("果园出产苹果、梨、柿子等水果。", "苹果 梨 柿子", None),
    "deng with a number": ("社团分为棋、琴、画等五个小组。", "棋 琴 画", 5),
    "part of a word": (
        "他教高等数学、平等权利、等级考试等课。",
        "高等数学 平等权利 等级考试",
        None,
    ),
    "fields": ("两校在师资、教材方面合作。", "师资 教材", None),
    "verb before": ("农户改种花生、大豆、油菜等作物。", "花生 大豆 油菜", None),
    "verbs are items": (
        "通过修缮老屋、拓宽巷道、种植花木等办法整治村容。",
        "修缮老屋 拓宽巷道 种植花木",
        None,
    ),
    "colon and commas": ("今年要办三件事：修路，通电，建桥。", "修路 通电 建桥", 3),
    "colon and semicolons": (
        "条例规定如下：门票由馆方定价；老人免票，凭证入馆；学生半价。",
        "门票由馆方定价 老人免票，凭证入馆 学生半价",
        None,
    ),
    "provisions": (
        "规程提出，先清点库存；再核对账目；最后封存。",
        "先清点库存 再核对账目 最后封存",
        None,
    ),
    "one of many": ("湖心岛等12个岛屿禁止登陆。", "湖心岛", 12),
    "a pair": ("水库承担灌溉功能和发电功能两大任务。", "灌溉功能 发电功能", 2),
    "inside quotes": ("推行“快受理、快审核、快发证”等服务。", "快受理 快审核 快发证", None),
    "two lists": (
        "用老方法、老手艺生产花瓶、酒壶、茶盏等器物。",
        "花瓶 酒壶 茶盏",
        None,
    ),
    "last and": ("展品包括瓷器、玉器、漆器以及青铜器等文物。", "瓷器 玉器 漆器 青铜器", None),
    "brackets": (
        "收录《渔歌》（甲本）、《樵唱》（乙本）等曲谱。",
        "《渔歌》（甲本） 《樵唱》（乙本）",
        None,
    ),
}


@pytest.mark.parametrize("name", CHINESE)
def test_enumerations_in_both_chinese_scripts(name: str) -> None:
    text, items, stated = CHINESE[name]
    for written in (text, to_traditional(text)):
        found = [
            (" ".join(to_simplified(written[a:b]) for a, b in listed.items), number_of(listed))
            for listed in find_chinese(written)
        ]
        assert (items, stated) in found


@pytest.mark.parametrize(
    "text",
    [
        "园内有松树19棵、柏树33棵。",
        "今年收成很好，价格也高。",
        "馆内藏书3万册、日均读者400人次。",
        "一个行业、在一家工厂就有百亿产值。",
    ],
)
def test_what_is_no_list_is_none(text: str) -> None:
    assert find_chinese(text) == []


ENGLISH = {
    "such as": ("They grow crops such as rice, wheat and maize.", "rice|wheat|maize", None),
    "last comma": ("It sells tools, including axes, nuts and bolts, and saws.",
                   "axes|nuts and bolts|saws", None),
    "number of": ("Ferries call at the three ports of Elm, Oak and Ash, which are small.",
                  "Elm|Oak|Ash", 3),
    "colon": ("The club has two aims: winning games and having fun.",
              "winning games|having fun", 2),
    "quotes": ("The plan has two parts: “mend the roof” and “paint the door.”",
               "mend the roof|paint the door", 2),
    "gerunds": ("It saves water by measures such as fixing pipes and taps and reusing rain.",
                "fixing pipes and taps|reusing rain", None),
    "and other": ("Beans fail; tomatoes, onions and other vegetables sell well.",
                  "tomatoes|onions", None),
    "one of many": ("The first group of 12 islands, including Skye, was mapped.", "Skye", 12),
    "semicolons": ("The rules require that dogs be led; that bins be shut; and that gates lock.",
                   "dogs be led|bins be shut|gates lock", None),
    "runs on": ("They study subjects such as law and history and passed with honours.",
                "law|history", None),
}  # fmt: skip


@pytest.mark.parametrize("name", ENGLISH)
def test_enumerations_in_english(name: str) -> None:
    text, items, stated = ENGLISH[name]
    found = [
        ("|".join(text[a:b] for a, b in listed.items), number_of(listed))
        for listed in find_english(text)
    ]
    assert (items, stated) in found


def number_of(listed: Enumeration) -> int | None:
    return listed.count.number if listed.count else None


def check_spans(text: str, spans: tuple[Span, ...]) -> None:
    """Items lie in the text in order, do not overlap, and say something."""
    assert all(0 <= start < end <= len(text) for start, end in spans)
    assert all(one[1] <= other[0] for one, other in pairwise(spans))
    assert all(text[start:end].strip() for start, end in spans)


@given(texts)
def test_items_lie_in_the_sentence_and_do_not_overlap(text: str) -> None:
    for listed in (*find_chinese(text), *find_english(text)):
        check_spans(text, listed.items)


@given(texts)
def test_the_script_does_not_matter(text: str) -> None:
    assert find_chinese(text) == find_chinese(to_simplified(text))


@pytest.mark.parametrize(
    "unit", ["甲、", "“甲”", "甲和", "等3个", "a, ", "and ", "“a,” ", "；一是"]
)
def test_long_sentences_take_no_longer_than_they_are(unit: str) -> None:
    text = unit * 1000
    for listed in (*find_chinese(text), *find_english(text)):
        check_spans(text, listed.items)


SERIES = {
    "words": ("首先是水。|水是命脉。|其次，是电。|再次是路。", "水|是电|路"),
    "hands": ("一方面，成本高。|工人少。|另一方面，销路窄。", "成本高|销路窄"),
    "in one sentence": ("要求如下：一是早睡；二是早起；三是晨跑。", "早睡|早起|晨跑"),
    "ordinals": ("第一，选种。|第二，育苗。", "选种|育苗"),
    "headings": ("一、总则|二、分则|三、附则", "总则|分则|附则"),
    "brackets": ("（一）门|（二）窗", "门|窗"),
    "digits": ("1. Boil.|2. Stir.|3. Serve.", "Boil|Stir|Serve"),
    "bullets": ("- 米|- 面", "米|面"),
    "english": ("The first is speed.|It helps.|The second is price.|Finally, taste.",
                "speed|price|taste"),
    "english hands": ("On the one hand, it is cheap.|On the other hand, it is slow.",
                      "it is cheap|it is slow"),
    "a new one": ("第一，甲。|第二，乙。|第一，丙。|第二，丁。", "甲|乙"),
}  # fmt: skip


@pytest.mark.parametrize("name", SERIES)
def test_series_over_sentences(name: str) -> None:
    text, items = SERIES[name]
    sentences = text.split("|")
    series = find_series(sentences)[0]
    found = [sentences[member.sentence][slice(*member.span)] for member in series.members]
    assert "|".join(found) == items


@pytest.mark.parametrize(
    "text", ["第一批学校已开学。|第二，放假。", "1984年建成。|2.5万人。", "首先是水。|水很多。"]
)
def test_what_does_not_count_through_is_no_series(text: str) -> None:
    assert find_series(text.split("|")) == []


@given(texts)
def test_members_lie_in_their_sentences(text: str) -> None:
    sentences = text.split("\n")
    for series in find_series(sentences):
        assert len(series.members) > 1
        for number in {member.sentence for member in series.members}:
            spans = tuple(m.span for m in series.members if m.sentence == number)
            check_spans(sentences[number], spans)


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("部署16项措施", [16]),
        ("四大任務和雙重壓力", [4, 2]),
        ("10余类商品，第3个，2024年，5.2万个，一项", []),
        ("eight cities and more than 10 categories", [8]),
        ("sixteen policy measures in 47 years", [16]),
    ],
)
def test_exact_numbers_of_things(text: str, numbers: list[int]) -> None:
    assert [count.number for count in find_counts(text)] == numbers


@pytest.mark.parametrize(
    ("question", "nouns", "number"),
    [
        ("哪八個城市設有分館？", {"城市"}, 8),
        ("三大优势是什么？", {"优势"}, 3),
        ("计划有哪些举措？", {"举措"}, None),
        ("请列出规划的12项任务。", {"任务"}, 12),
        ("主要困難有哪幾個？", {"困难"}, None),
        ("What are the four task areas?", {"area"}, 4),
        ("In which eight cities is it sold?", {"citi"}, 8),
        ("List the 16 measures of the plan.", {"measur"}, 16),
        ("Name all the islands.", {"island"}, None),
    ],
)
def test_questions_that_ask_for_a_list(question: str, nouns: set[str], number: int | None) -> None:
    asked = asked_list(question)
    assert asked is not None
    assert asked.nouns == nouns
    assert asked.number == number


@pytest.mark.parametrize(
    "question",
    [
        *("一共有多少个城市？", "有几项措施？", "哪个城市最大？", "哪一年建成？", "谁是馆长？", ""),
        *("How many cities are there?", "Which city is it?", "What is the plan?", "Why?", "🙂"),
    ],
)
def test_questions_that_ask_for_none(question: str) -> None:
    assert asked_list(question) is None


@given(texts)
def test_any_question_is_read(text: str) -> None:
    asked = asked_list(text)
    assert asked == asked_list(fold(text))


def snapshot_of(*contents: str) -> Snapshot:
    documents = [
        make_document(text, f"{i}.txt", language=detect_language(text))
        for i, text in enumerate(contents)
    ]
    passages = [passage for document in documents for passage in split_document(document)]
    return make_snapshot(documents, passages, FakeEmbedder())


def find(question: str, *contents: str, best: str = "") -> tuple[list[str], FoundList | None]:
    """The list found where the sentence that holds `best` answers best, and its items."""
    snapshot = snapshot_of(*contents)
    places = [
        Place(Sentence(number, i), float(best in row.text[slice(*span)]))
        for number, row in enumerate(snapshot.rows)
        for i, span in enumerate(row.sentences)
    ]
    finder = ListFinder(snapshot)
    found = finder.find(question, sorted(places, key=lambda place: -place.score))
    return [finder.text(item) for item in found.items] if found else [], found


LAKES = "保护区有四个湖泊。夏季开放镜湖、月湖、天鹅湖等湖泊，配有木船、竹筏、皮艇等船只。"


def test_the_list_that_is_called_as_asked_is_chosen() -> None:
    assert find("开放哪些湖泊？", LAKES, best="开放")[0] == ["镜湖", "月湖", "天鹅湖"]
    assert find("有哪些船只？", LAKES, best="开放")[0] == ["木船", "竹筏", "皮艇"]
    assert find("有哪些帐篷？", LAKES, best="开放") == ([], None)


def test_a_number_that_the_documents_contradict_finds_no_list() -> None:
    text = "展馆设在东城、西城、南城三个城区。"
    assert find("展馆设在哪三个城区？", text, best="展馆")[1]
    assert find("展馆设在哪五个城区？", text, best="展馆")[1] is None


def test_items_that_a_question_leaves_out() -> None:
    text = "合作社种植水稻、莲藕、茭白三种作物。"
    items, found = find("除了水稻，还种植哪两种作物？", text, best="合作社")
    assert items == ["莲藕", "茭白"]
    assert found is not None
    assert found.coverage is None


def test_a_series_over_two_passages_with_its_number() -> None:
    filler = "这一点有许多例子可以说明，例子来自不同的年份和地方，也有人不同意。" * 8
    text = f"工厂面临双重困难。首先是缺水。{filler}\n\n其次是缺电。{filler}\n"
    items, found = find("工厂面临的双重困难是什么？", text, best="双重困难")
    assert items == ["缺水", "缺电"]
    assert found is not None
    assert found.coverage == Coverage(2, 2)
    assert len({item.sentence.row for item in found.items}) == 2


PLAN = (
    "市府公布《古城修缮行动方案》。行动方案从“护”“用”等2方面提出6项举措。\n\n"
    "行动方案提出“修旧如旧”“以用促保”等多项举措。"
)
REPORT = (
    "記者獲悉,行動方案還提出設立修繕基金、培訓匠人等舉措。另一份方案提出“免費停車”。"
    "行動方案將“修舊如舊”列為重點。社区通过张贴海报、发放手册等举措宣传行动方案。\n"
)


@pytest.mark.parametrize(
    "question", ["行动方案的6项举措是哪些？", "行動方案有哪些舉措？", "请列出行动方案的6项措施。"]
)
def test_what_is_named_here_and_there_is_gathered_without_repeats(question: str) -> None:
    items, found = find(question, PLAN, REPORT, best="6项")
    assert items == ["修旧如旧", "以用促保", "設立修繕基金", "培訓匠人"]
    assert found is not None
    assert found.coverage == Coverage(4, 6)
    assert found.is_partial


def test_where_nothing_is_named_there_is_no_list() -> None:
    text = "县里印发《育苗工作规划》，提出9项任务。大家很高兴。"
    assert find("育苗工作规划的9项任务是什么？", text, best="9项")[1] is None


def ask(assistant: Assistant, question: str) -> Answer:
    return assistant.ask([Message("user", question)])


def test_nothing_is_cut_and_items_of_one_sentence_share_a_mark(encoder: OnnxEncoder) -> None:
    names = [f"{a}{b}村" for a in "东西南北中" for b in "山河湖桥门"]
    text = f"这条公交线路经过{'、'.join(names)}25个村庄。线路由县公交公司经营。\n"
    document = make_document(text)
    snapshot = make_snapshot([document], split_document(document), encoder)
    answer = ask(Assistant(snapshot, encoder), "这条公交线路经过哪25个村庄？")
    assert answer.text == "\n".join(f"- {name} [1]" for name in names)
    assert len(names) > MAX_SENTENCES
    assert answer.coverage == Coverage(25, 25)
    assert len(answer.citations) == 1


AREAS = "因地制宜发展新质生产力 提升开放型经济水平 深化管理制度改革 强化要素保障".split()
AREAS_ENGLISH = [
    "developing new quality productive forces in light of local conditions",
    "raising the level of the open economy",
    "deepening reform of the management system",
    "strengthening the guarantee of production factors",
]
CITIES = "北京 天津 上海 广州 青岛 临沂 苏州 杭州".split()
ADVANTAGES = "制度创新优势 产业集聚优势 区域协调与共建能力强".split()


@pytest.mark.parametrize(
    ("question", "items", "coverage"),
    [
        ("工作方案部署的四大关键任务是什么？", AREAS, Coverage(4, 4)),
        ("工作方案的四大關鍵任務是哪些？", AREAS, Coverage(4, 4)),
        ("What are the four key tasks of the Work Plan?", AREAS_ENGLISH, Coverage(4, 4)),
        ("松下在哪8个城市的国家级经开区有布点？", CITIES, Coverage(8, 8)),
        ("松下在哪八個城市的國家級經開區有佈點？", CITIES, Coverage(8, 8)),
        (
            "In which eight cities does Panasonic have operations inside national zones?",
            "Beijing Tianjin Shanghai Guangzhou Qingdao Linyi Suzhou Hangzhou".split(),
            Coverage(8, 8),
        ),
        ("经开区独特的三大优势是什么？", ADVANTAGES, None),
        ("經開區獨特的三大優勢是什麼？", ADVANTAGES, None),
        (
            "What are the three advantages of the zones?",
            [
                "the advantage of institutional innovation",
                "the advantage of industrial agglomeration",
                "a strong capacity for regional coordination and joint development",
            ],
            None,
        ),
    ],
)
def test_lists_of_the_seeds(
    assistant: Assistant, question: str, items: list[str], coverage: Coverage | None
) -> None:
    answer = ask(assistant, question)
    lines = answer.text.split("\n")
    assert [squash(fold(line[2:-4])) for line in lines] == [squash(fold(item)) for item in items]
    assert all(line.startswith("- ") for line in lines)
    assert (answer.status, answer.coverage) == (Status.GROUNDED, coverage)
    assert detect_language(answer.text) is answer.language


@pytest.mark.parametrize(
    ("question", "lead"),
    [
        ("工作方案提出的16项政策措施是哪些？", "文件称共有16项，其中点到的有以下13项："),
        ("工作方案有哪些政策措施？", "文件称共有16项，其中点到的有以下13项："),
        ("請列出工作方案的16項政策措施。", "文件稱共有16項，其中點到的有以下13項："),
        ("List the 16 policy measures of the Work Plan.", "The documents state 16 and name 13"),
    ],
)
def test_measures_that_the_documents_state_and_do_not_all_name(
    assistant: Assistant, question: str, lead: str
) -> None:
    answer = ask(assistant, question)
    first, *lines = answer.text.split("\n")
    assert first.startswith(lead)
    assert (answer.status, answer.coverage) == (Status.PARTIAL, Coverage(13, 16))
    assert len({squash(fold(line)) for line in lines}) == len(lines) == 13
    assert {citation.document_id for citation in answer.citations} == {
        document.id for document in assistant.documents
    }
    for line in lines:
        citation = answer.citations[int(line[:-1].rsplit("[", 1)[1]) - 1]
        document = assistant.document(citation.document_id)
        cited = document.text[citation.start_char : citation.end_char]
        assert squash(cited) == squash(citation.cited_text)
        item = squash(fold(line[2:].rsplit(" [", 1)[0]))
        assert item in squash(fold(citation.translation or citation.cited_text))


def test_what_the_documents_only_count_is_answered_by_the_sentence(assistant: Assistant) -> None:
    answer = ask(assistant, "苏州工业园区的14项举措是什么？")
    assert "14项具体举措" in squash(answer.text)
    assert answer.coverage is None


def test_how_many_is_answered_by_the_sentence(assistant: Assistant) -> None:
    answer = ask(assistant, "工作方案部署了多少项政策措施？")
    assert "16项政策措施" in squash(answer.text)
    assert not answer.text.startswith("- ")
    assert answer.language is Language.SIMPLIFIED

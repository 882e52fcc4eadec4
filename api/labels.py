"""The words of the interface, in the language that the asker writes or the terminal has."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from qa.types import Language


@dataclass(frozen=True, slots=True)
class Labels:
    """Interface words of one language; `{}` is where a number or text goes."""

    understood: str
    sources: str
    closest_passages: str
    paragraph: str
    page: str
    doubtful: str
    sure: str
    fairly_sure: str
    unsure: str
    partial: str
    coverage: str
    coverage_all: str
    confidence: str
    found_passages: str
    timings: str
    translated: str
    current: str
    superseded: str
    superseded_by: str


@dataclass(frozen=True, slots=True)
class ListLabels:
    """The words of a list of documents."""

    title: str
    publisher: str
    date: str
    version: str
    passages: str
    name: str
    expired: str
    copy_of: str
    changed: str
    gone: str


LABELS = {
    Language.SIMPLIFIED: Labels(
        understood="理解为：{}",
        sources="来源",
        closest_passages="最接近的段落",
        paragraph="第 {} 段",
        page="第 {} 页",
        doubtful="由图像识别，请核对原件",
        sure="文件中有明确依据",
        fairly_sure="比较有把握",
        unsure="把握不大，请核对原文",
        partial="文件只回答了这个问题的一部分",
        coverage="共 {stated} 项，文件列出了其中 {found} 项",
        coverage_all="完整：{stated} 项均已列出",
        confidence="置信度 {:.2f}",
        found_passages="检索到的段落",
        timings="用时（毫秒）：向量 {:.1f}，检索 {:.1f}，作答 {:.1f}，合计 {:.1f}",
        translated="答案中的英文为非官方译文。",
        current="现行",
        superseded="已废止",
        superseded_by="已被《{title}》{date}代替",
    ),
    Language.TRADITIONAL: Labels(
        understood="理解為：{}",
        sources="來源",
        closest_passages="最接近的段落",
        paragraph="第 {} 段",
        page="第 {} 頁",
        doubtful="由影像辨識，請核對原件",
        sure="文件中有明確依據",
        fairly_sure="比較有把握",
        unsure="把握不大，請核對原文",
        partial="文件只回答了這個問題的一部分",
        coverage="共 {stated} 項，文件列出了其中 {found} 項",
        coverage_all="完整：{stated} 項均已列出",
        confidence="置信度 {:.2f}",
        found_passages="檢索到的段落",
        timings="用時（毫秒）：向量 {:.1f}，檢索 {:.1f}，作答 {:.1f}，合計 {:.1f}",
        translated="答案中的英文為非官方譯文。",
        current="現行",
        superseded="已廢止",
        superseded_by="已被《{title}》{date}取代",
    ),
    Language.ENGLISH: Labels(
        understood="Asked: {}",
        sources="Sources",
        closest_passages="Closest passages",
        paragraph="paragraph {}",
        page="page {}",
        doubtful="read from a picture: check the original",
        sure="Well supported by the documents",
        fairly_sure="Fairly sure",
        unsure="Not very sure: check the source",
        partial="The documents answer only part of this",
        coverage="The documents name {found} of {stated}",
        coverage_all="Complete: the documents name all {stated}",
        confidence="Confidence {:.2f}",
        found_passages="Passages found",
        timings="Milliseconds taken: embedding {:.1f}, search {:.1f}, answer {:.1f}, total {:.1f}",
        translated="The English in the answer is an unofficial translation of this.",
        current="in force",
        superseded="superseded",
        superseded_by="superseded by {title}{date}",
    ),
}

LIST_LABELS = {
    Language.SIMPLIFIED: ListLabels(
        title="标题",
        publisher="发布机关",
        date="日期",
        version="效力",
        passages="段落",
        name="名称",
        expired="已失效",
        copy_of="与 {} 相同",
        changed="文件已改动",
        gone="文件已不在",
    ),
    Language.TRADITIONAL: ListLabels(
        title="標題",
        publisher="發布機關",
        date="日期",
        version="效力",
        passages="段落",
        name="名稱",
        expired="已失效",
        copy_of="與 {} 相同",
        changed="檔案已改動",
        gone="檔案已不在",
    ),
    Language.ENGLISH: ListLabels(
        title="Title",
        publisher="Publisher",
        date="Date",
        version="Version",
        passages="Passages",
        name="Name",
        expired="expired",
        copy_of="same as {}",
        changed="file has changed",
        gone="file is gone",
    ),
}

_TRADITIONAL = re.compile("zh[-_](?:hant|tw|hk|mo)", re.IGNORECASE)


def terminal_language(environ: Mapping[str, str]) -> Language:
    """Return the language that a terminal's locale asks for; English where it names no Chinese.

    >>> terminal_language({"LANG": "zh_TW.UTF-8"})
    <Language.TRADITIONAL: 'zh-Hant'>
    """
    stated = (environ.get(name) for name in ("LC_ALL", "LC_MESSAGES", "LANG"))
    locale = next(filter(None, stated), "")
    if not locale.lower().startswith("zh"):
        return Language.ENGLISH
    return Language.TRADITIONAL if _TRADITIONAL.match(locale) else Language.SIMPLIFIED

"""The words of the interface, in the language that the asker writes."""

from dataclasses import dataclass

from qa.types import Language


@dataclass(frozen=True, slots=True)
class Labels:
    """Interface words of one language; `{}` is where a number or text goes."""

    understood: str
    sources: str
    closest_passages: str
    paragraph: str
    partial: str
    confidence: str
    found_passages: str
    timings: str
    translated: str


LABELS = {
    Language.SIMPLIFIED: Labels(
        understood="理解为：{}",
        sources="来源",
        closest_passages="最接近的段落",
        paragraph="第 {} 段",
        partial="文件只回答了这个问题的一部分。",
        confidence="置信度 {:.2f}",
        found_passages="检索到的段落",
        timings="用时（毫秒）：向量 {:.1f}，检索 {:.1f}，作答 {:.1f}，合计 {:.1f}",
        translated="答案中的英文为非官方译文。",
    ),
    Language.TRADITIONAL: Labels(
        understood="理解為：{}",
        sources="來源",
        closest_passages="最接近的段落",
        paragraph="第 {} 段",
        partial="文件只回答了這個問題的一部分。",
        confidence="置信度 {:.2f}",
        found_passages="檢索到的段落",
        timings="用時（毫秒）：向量 {:.1f}，檢索 {:.1f}，作答 {:.1f}，合計 {:.1f}",
        translated="答案中的英文為非官方譯文。",
    ),
    Language.ENGLISH: Labels(
        understood="Asked: {}",
        sources="Sources",
        closest_passages="Closest passages",
        paragraph="paragraph {}",
        partial="The documents answer only part of this question.",
        confidence="Confidence {:.2f}",
        found_passages="Passages found",
        timings="Milliseconds taken: embedding {:.1f}, search {:.1f}, answer {:.1f}, total {:.1f}",
        translated="The English in the answer is an unofficial translation of this.",
    ),
}

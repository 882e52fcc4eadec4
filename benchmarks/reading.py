"""How well the reader reads a passage it is given: `python benchmarks/reading.py FOLDER`.

The folder holds SQuAD files (XQuAD's development part in two languages, DRCD). For each question:
whether the best sentence of its paragraph holds the answer, the F1 of the span (of characters, of
words in English), and the paragraph against its neighbour in the article, which does not answer
(AUROC, and the share in which the right one is ahead). Every `--every`th question; 95 % intervals.
"""

import argparse
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from embeddings.onnx_reader import OnnxReader
from embeddings.types import ReadPassage
from eval.metrics import auroc, mean_interval, show_interval
from qa.language.text import split_sentences

EN, ZH, HANT = "xquad-dev.en.json", "xquad-dev.zh.json", "drcd-dev.zh-Hant.json"
PAIRS = [(EN, EN), (ZH, ZH), (EN, ZH), (ZH, EN), (HANT, HANT)]


@dataclass(frozen=True, slots=True)
class Case:
    """A question, its paragraph with the place and the words of the answer, and a neighbour."""

    question: str
    paragraph: str
    start: int
    answer: str
    neighbour: str


def cases(passages: Path, asked: Path) -> Iterator[Case]:
    """The questions of `asked` over the paragraphs of `passages`, which come in the same order."""
    for article, other in zip(*map(_articles, (passages, asked)), strict=True):
        texts = [str(paragraph["context"]) for paragraph in article]
        for number, (paragraph, questions) in enumerate(zip(article, other, strict=True)):
            if len(texts) < 2:
                continue
            neighbour = texts[number + 1 if number + 1 < len(texts) else number - 1]
            for item, question in zip(paragraph["qas"], questions["qas"], strict=True):
                if not str(question["question"]).strip():
                    continue
                answer = item["answers"][0]
                yield Case(
                    question["question"],
                    texts[number],
                    answer["answer_start"],
                    answer["text"],
                    neighbour,
                )


def _articles(file: Path) -> list[Any]:
    data = json.loads(file.read_text(encoding="utf-8"))["data"]
    return [article["paragraphs"] for article in data]


def passage_of(text: str) -> tuple[ReadPassage, list[tuple[int, int]]]:
    """A paragraph as sentences, and their spans."""
    spans = split_sentences(text)
    return ReadPassage("", tuple(text[start:end] for start, end in spans)), spans


def f1(said: str, wanted: str, *, words: bool) -> float:
    """Overlap of two answers as bags of words or characters."""
    one, other = (Counter(text.lower().split() if words else text) for text in (said, wanted))
    same = (one & other).total()
    return 2 * same / (one.total() + other.total()) if same else 0.0


def measure(reader: OnnxReader, chosen: Sequence[Case], *, words: bool) -> str:
    """The figures of some cases as cells of a Markdown table."""
    right, overlaps, given, beside = [], [], [], []
    for case in chosen:
        passage, spans = passage_of(case.paragraph)
        reading, other = reader.read(case.question, [passage, passage_of(case.neighbour)[0]])
        best = int(reading.sentence_scores.argmax())
        right.append(float(spans[best][0] <= case.start < spans[best][1]))
        span = reading.spans[best]
        said = passage.sentences[best][span.start : span.end]
        overlaps.append(f1(said, case.answer, words=words))
        given.append(reading.score)
        beside.append(other.score)
    ahead = [float(one > other) for one, other in zip(given, beside, strict=True)]
    return " | ".join(
        [
            show_interval(mean_interval(right)),
            f"{sum(overlaps) / len(overlaps):.2f}",
            f"{auroc(given, beside):.3f}",
            f"{sum(ahead) / len(ahead):.3f}",
        ]
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--every", type=int, default=4)
    parser.add_argument("--reader", type=Path, help="folder of another reader")
    options = parser.parse_args()
    reader = OnnxReader(options.reader)
    print("| passages, questions | sentence | F1 | AUROC | ahead |\n|---|---|---|---|---|")
    for passages, asked in PAIRS:
        chosen = list(cases(options.folder / passages, options.folder / asked))[:: options.every]
        figures = measure(reader, chosen, words=passages == EN)
        print(f"| {passages}, {asked} | {figures} |", flush=True)


if __name__ == "__main__":
    main()

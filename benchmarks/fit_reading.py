"""Fits the reader's part of qa/answers/confidence.json: `python benchmarks/fit_reading.py FOLDER…`.

The folders are libraries (docs/, gold.jsonl). Answerable questions weigh in all as much as others.
With `--measure FOLDER…` it prints what other libraries are told apart by, and writes nothing. The
libraries of `--elsewhere` are about other subjects: every 16th of their questions, and small talk,
is asked of the others too, to count how many are answered.
"""

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from embeddings.types import Embedder, Reader
from eval.library.gold import read_library
from eval.library.running import index_library
from qa.answers.composing import READ_THRESHOLD
from qa.answers.confidence import COEFFICIENTS_FILE, read_probability
from qa.answers.reading import MOST_READ, SentenceReader, worth_reading
from qa.assistant import load_embedder, load_reader, make_question
from qa.retrieval.hybrid import build_searchers

EVERY = 16
SMALL_TALK = (
    "明天会下雨吗|你几岁了|你喜欢什么颜色|帮我写首诗|2+3=?|how old are you|what's the time|"
    "股票涨了吗|Who is the strongest man alive?|红烧肉怎么做|iPhone多少钱|周杰伦是谁|"
    "Is there life on Mars?|how are you doing today|北京到上海高铁要多久|讲个笑话|I feel sad|"
    "what should I eat tonight|世界上最高的山|翻译一下hello"
)

Example = tuple[float, float, bool]
"""What the reader and the search say of a question's passages, and whether it is answerable."""


def examples(
    folder: Path, foreign: Sequence[str], embedder: Embedder, reader: Reader
) -> tuple[list[Example], list[Example]]:
    """The examples of a library, and of questions about something else that are asked of it."""
    snapshot = index_library(folder, embedder)
    found = build_searchers(snapshot)
    sentences = SentenceReader(snapshot, found.keyword_scorer, reader)

    def example(text: str, answerable: bool) -> Example:
        question = make_question(text, embedder)
        hits = worth_reading(found.hybrid.search(question, MOST_READ))
        candidates = sentences.candidates(question, hits)
        logit = float(np.logaddexp.reduce([candidate.reading for candidate in candidates]))
        return logit, candidates[0].search, answerable

    own = read_library(folder).questions
    return (
        [example(asked.question, asked.answerable) for asked in own],
        [example(text, False) for text in foreign],
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folders", type=Path, nargs="+")
    parser.add_argument("--elsewhere", type=Path, nargs="*", default=[])
    parser.add_argument("--measure", action="store_true")
    options = parser.parse_args()
    embedder = load_embedder()
    reader = load_reader(embedder)
    others = [asked.question for f in options.elsewhere for asked in read_library(f).questions]
    foreign = [*others[::EVERY], *SMALL_TALK.split("|")] if others else []
    pairs = [examples(f, foreign, embedder, reader) for f in options.folders]
    found, elsewhere = ([e for pair in pairs for e in pair[side]] for side in (0, 1))
    answerable = np.array([is_so for _, _, is_so in found])
    if not options.measure:
        logits = np.array([[logit] for logit, _, _ in found])
        fitted = LogisticRegression(class_weight="balanced").fit(logits, answerable)
        stored = json.loads(COEFFICIENTS_FILE.read_text(encoding="utf-8"))
        stored["reading"] = {
            "intercept": round(float(fitted.intercept_[0]), 4),
            "passages": round(float(fitted.coef_[0, 0]), 4),
        }
        COEFFICIENTS_FILE.write_text(json.dumps(stored, indent=2) + "\n", encoding="utf-8")
    sure, other = (
        np.array([read_probability(logit, search) for logit, search, _ in each])
        for each in (found, elsewhere)
    )
    print(
        f"AUROC {roc_auc_score(answerable, sure):.3f}, at {READ_THRESHOLD}: refused wrongly "
        f"{(sure[answerable] < READ_THRESHOLD).mean():.3f}, rightly "
        f"{(sure[~answerable] < READ_THRESHOLD).mean():.3f}"
    )
    if foreign:
        print(f"about something else: {(other >= READ_THRESHOLD).mean():.3f} answered")


if __name__ == "__main__":
    main()

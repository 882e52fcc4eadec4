"""Fits qa/data/confidence.json: `python benchmarks/fit_confidence.py FOLDER` (SQuAD files).

Every question is asked twice: of all paragraphs (answerable) and with its own taken away (not).
Prints the AUROC of a five-fold cross-validation by article, then fits on everything.
"""

import argparse
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import GroupKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from embeddings.types import Embedder
from qa.answering import THRESHOLD, Answerer
from qa.assistant import load_embedder, make_question
from qa.confidence import COEFFICIENTS_FILE, Features
from qa.indexing import make_snapshot
from qa.search import build_searchers
from qa.text import detect_language
from qa.types import Document, Passage

SETS = {
    "within": [
        ("xquad-dev.en.json", "xquad-dev.en.json"),
        ("xquad-dev.zh.json", "xquad-dev.zh.json"),
        ("drcd-dev.zh-Hant.json", "drcd-dev.zh-Hant.json"),
        ("cmrc2018-trial.zh-Hans.json", "cmrc2018-trial.zh-Hans.json"),
    ],
    "across": [
        ("xquad-dev.zh.json", "xquad-dev.en.json"),
        ("xquad-dev.en.json", "xquad-dev.zh.json"),
    ],
}
DEPTH = 6


@dataclass(frozen=True, slots=True)
class Example:
    features: Features
    answerable: bool
    article: str


def read_questions(path: Path) -> list[tuple[str, str, str]]:
    """(question, paragraph, article) in the order of a SQuAD file."""
    data = json.loads(path.read_text(encoding="utf-8"))["data"]
    return [
        (question["question"], paragraph["context"], str(number))
        for number, article in enumerate(data)
        for paragraph in article["paragraphs"]
        for question in paragraph["qas"]
    ]


def examples(passages: Path, questions: Path, embedder: Embedder) -> Iterator[Example]:
    theirs, asked = read_questions(passages), read_questions(questions)
    texts = list(dict.fromkeys(paragraph for _, paragraph, _ in theirs))
    documents = [
        Document(t, "", "", "", detect_language(t), str(i), t) for i, t in enumerate(texts)
    ]
    units = [
        Passage(t, t, 1, 0, len(t), t, d.language) for t, d in zip(texts, documents, strict=True)
    ]
    snapshot = make_snapshot(documents, units, embedder)
    searchers = build_searchers(snapshot)
    answerer = Answerer(snapshot, searchers.dense_scorer, searchers.keyword_scorer)
    for (text, _, _), (_, paragraph, article) in zip(asked, theirs, strict=True):
        if not text.strip():
            continue
        question = make_question(text, embedder)
        hits = searchers.hybrid.search(question, DEPTH)
        without = [hit for hit in hits if hit.passage.text != paragraph]
        for given, answerable in ((hits[: DEPTH - 1], len(without) < len(hits)), (without, False)):
            best = answerer.candidates(question, given)[0]
            yield Example(answerer.features(question, given, best), answerable, article)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    embedder = load_embedder()
    fitted = {}
    for name, pairs in SETS.items():
        parts = [list(examples(folder / p, folder / q, embedder)) for p, q in pairs]
        found = [example for part in parts for example in part]
        names = list(asdict(found[0].features))
        matrix = np.array([list(asdict(e.features).values()) for e in found])
        truth = np.array([e.answerable for e in found])
        model = make_pipeline(StandardScaler(), LogisticRegression(C=1.0, max_iter=1000))
        groups = [e.article for e in found]
        guess = cross_val_predict(
            model, matrix, truth, groups=groups, cv=GroupKFold(5), method="predict_proba"
        )[:, 1]
        start = 0
        for (passages, _), part in zip(pairs, parts, strict=True):
            here = slice(start, start + len(part))
            start += len(part)
            refused = (guess[here] < THRESHOLD)[~truth[here]].mean()
            wrongly = (guess[here] < THRESHOLD)[truth[here]].mean()
            area = roc_auc_score(truth[here], guess[here])
            print(
                f"{name} {passages}: AUROC {area:.3f}, refused {refused:.3f}, wrongly {wrongly:.3f}"
            )
        model.fit(matrix, truth)
        scaler, regression = model.steps[0][1], model.steps[1][1]
        weights = regression.coef_[0] / scaler.scale_
        intercept = regression.intercept_[0] - weights @ scaler.mean_
        fitted[name] = {"intercept": round(float(intercept), 4)} | {
            n: round(float(w), 4) for n, w in zip(names, weights, strict=True)
        }
    COEFFICIENTS_FILE.write_text(json.dumps(fitted, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

"""Fits the reader's part of qa/answers/confidence.json: `python benchmarks/fit_reading.py FOLDER…`.

The folders are libraries (docs/, gold.jsonl). Answerable questions weigh in all as much as others.
With `--measure FOLDER…` it prints what other libraries are told apart by, and writes nothing.
"""

import argparse
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from embeddings.types import Embedder, Reader
from eval.library.gold import read_library
from qa.answers.composing import READ_THRESHOLD
from qa.answers.confidence import COEFFICIENTS_FILE, read_probability
from qa.answers.reading import MOST_READ, SentenceReader, worth_reading
from qa.assistant import load_embedder, load_reader, make_question
from qa.corpus.files import find_files, read_document
from qa.corpus.passages import split_document
from qa.index.building import make_snapshot
from qa.retrieval.hybrid import build_searchers


def examples(folder: Path, embedder: Embedder, reader: Reader) -> Iterator[tuple[float, bool]]:
    """What the reader says of the passages of each question, and whether it is answerable."""
    documents = [read_document(file) for file in find_files([folder / "docs"])[0]]
    splits = [split for document in documents for split in split_document(document)]
    snapshot = make_snapshot(documents, splits, embedder)
    found = build_searchers(snapshot)
    sentences = SentenceReader(snapshot, found.keyword_scorer, reader)
    for asked in read_library(folder).questions:
        question = make_question(asked.question, embedder)
        hits = worth_reading(found.hybrid.search(question, MOST_READ))
        logits = [candidate.reading for candidate in sentences.candidates(question, hits)]
        yield float(np.logaddexp.reduce(logits)), asked.answerable


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", type=Path, nargs="+")
    parser.add_argument("--measure", action="store_true")
    options = parser.parse_args()
    embedder = load_embedder()
    reader = load_reader(embedder)
    found = [example for f in options.folders for example in examples(f, embedder, reader)]
    logits, truth = np.array([one for one, _ in found]), np.array([is_so for _, is_so in found])
    if not options.measure:
        fitted = LogisticRegression(class_weight="balanced").fit(logits[:, np.newaxis], truth)
        stored = json.loads(COEFFICIENTS_FILE.read_text(encoding="utf-8"))
        stored["reading"] = {
            "intercept": round(float(fitted.intercept_[0]), 4),
            "passages": round(float(fitted.coef_[0, 0]), 4),
        }
        COEFFICIENTS_FILE.write_text(json.dumps(stored, indent=2) + "\n", encoding="utf-8")
    sure = np.array([read_probability(one) for one in logits])
    print(
        f"AUROC {roc_auc_score(truth, logits):.3f}, at {READ_THRESHOLD}: refused wrongly "
        f"{(sure[truth] < READ_THRESHOLD).mean():.3f}, rightly "
        f"{(sure[~truth] < READ_THRESHOLD).mean():.3f}"
    )


if __name__ == "__main__":
    main()

"""Fits qa/answers/confidence.json: `python benchmarks/fit_confidence.py FOLDER` (SQuAD files).

`--libraries FOLDER…` adds the questions of libraries of look-alike documents (docs/, gold.jsonl), a
third of which their documents do not answer.

Every question is asked of all paragraphs (answerable) and with its own taken away (not). Near
misses are made of it as well: another year, name, unit or attribute, taken from the other
questions and not in the paragraph (not answerable either). Prints, cross-validated by article,
the AUROC against what was taken away and against the near misses, what the threshold refuses and
the expected calibration error; then fits on everything.
"""

import argparse
import json
import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import GroupKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from embeddings.types import Embedder, FloatMatrix, FloatVector, Progress
from eval.library.gold import read_library
from eval.metrics import calibration_error
from eval.squad import squad_snapshot
from eval.squad_files import SquadFile, pair_files
from qa.answers.composing import THRESHOLD, Answerer
from qa.answers.confidence import COEFFICIENTS_FILE, Features
from qa.assistant import load_embedder, make_question
from qa.corpus.files import find_files, read_document
from qa.corpus.passages import split_document
from qa.index.building import make_snapshot
from qa.language.text import fold, is_chinese, to_simplified
from qa.language.words import content_words, stem
from qa.questions import demands
from qa.retrieval.hybrid import build_searchers
from qa.types import Question

EN, ZH = "xquad-dev.en.json", "xquad-dev.zh.json"
DRCD, CMRC = "drcd-dev.zh-Hant.json", "cmrc2018-trial.zh-Hans.json"
SETS = {
    "within": [(EN, EN), (ZH, ZH), (DRCD, DRCD), (CMRC, CMRC)],
    "across": [(ZH, EN), (EN, ZH)],
}
DEPTH = 5
PARTS = 4
NEAR_WEIGHT = 0.5
"""What a near miss weighs beside a question whose paragraph is gone: made ones are not as asked."""
LIBRARY_WEIGHT = 3.0
"""What a question of a library weighs: it is as people ask, and there are few of them."""
NEAR_MISSES = 0.6  # of those that can be made
NAME = re.compile(r"(?<=[a-z,] )[A-Z][a-z]+(?: [A-Z][a-z]+)*")


@dataclass(frozen=True, slots=True)
class Example:
    """`kind`: answerable, gone (the paragraph was taken away) or near (a near miss)."""

    features: Features
    kind: str
    article: str
    across: bool = False


def parts_of(question: Question) -> dict[str, list[str]]:
    """The words of a question that a near miss may replace, by sort."""
    text = written(question)
    if is_chinese(question.language):
        names = [word for word, is_name in content_words(text) if is_name and word in text]
    else:
        names = NAME.findall(text)
    found = {"year": sorted(demands.years(text)), "name": names}
    for sort, term in (
        ("unit", demands.counted_thing(question)),
        ("attribute", demands.attribute(question)),
    ):
        words = [term] if is_chinese(question.language) else re.findall("[A-Za-z]+", text)
        found[sort] = [w for w in words if term and stem(fold(w)) == term and w in text]
    return found


def written(question: Question) -> str:
    return to_simplified(question.text)


def near_misses(
    question: Question, paragraph: str, pool: dict[str, list[str]], chance: random.Random
) -> Iterator[str]:
    text, there = written(question), fold(paragraph)
    for sort, words in parts_of(question).items():
        if not words or not pool[sort]:
            continue
        word, other = chance.choice(words), chance.choice(pool[sort])
        if fold(other) not in there and other != word and chance.random() < NEAR_MISSES:
            yield text.replace(word, other)


class Remembering:
    """An embedder that embeds each text once: the parts of a corpus share their paragraphs."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self._vectors: dict[str, FloatVector] = {}
        self.model_id, self.dimension = embedder.model_id, embedder.dimension

    def embed_queries(self, texts: Sequence[str]) -> FloatMatrix:
        return self._embedder.embed_queries(texts)

    def embed_passages(
        self, texts: Sequence[str], *, progress: Progress | None = None
    ) -> FloatMatrix:
        new = [text for text in dict.fromkeys(texts) if text not in self._vectors]
        made = self._embedder.embed_passages(new, progress=progress)
        self._vectors.update(zip(new, made, strict=True))
        return np.array([self._vectors[text] for text in texts], dtype=np.float32)


class Part:
    """A corpus without every fourth paragraph."""

    def __init__(self, squad: SquadFile, lacking: int, embedder: Embedder) -> None:
        texts = tuple(dict.fromkeys(squad.paragraphs))
        kept = [text for number, text in enumerate(texts) if number % PARTS != lacking]
        snapshot = squad_snapshot(replace(squad, paragraphs=tuple(kept)), embedder)
        self._searchers = build_searchers(snapshot)
        self._answerer = Answerer(
            snapshot, self._searchers.dense_scorer, self._searchers.keyword_scorer
        )

    def features(self, question: Question) -> Features:
        hits = self._searchers.hybrid.search(question, DEPTH)
        best = self._answerer.candidates(question, hits)[0]
        return self._answerer.features(question, hits, best)


def examples(passages: Path, asked: Path, embedder: Embedder) -> Iterator[Example]:
    squad = pair_files(passages, asked)
    parts = [Part(squad, lacking, embedder) for lacking in range(PARTS)]
    numbers = {text: row for row, text in enumerate(dict.fromkeys(squad.paragraphs))}
    chance = random.Random(0)  # noqa: S311
    questions = [make_question(t, embedder) if t.strip() else None for t in squad.questions]
    pool: dict[str, list[str]] = {"year": [], "name": [], "unit": [], "attribute": []}
    for asking in filter(None, questions):
        for sort, words in parts_of(asking).items():
            pool[sort] += words
    for question, paragraph, article in zip(
        questions, squad.paragraph_of, squad.article_of, strict=True
    ):
        if question is None:
            continue
        lacking = parts[numbers[paragraph] % PARTS]
        having = parts[(numbers[paragraph] + 1) % PARTS]
        where = f"{asked.name} {article}"
        yield Example(having.features(question), "answerable", where)
        yield Example(lacking.features(question), "gone", where)
        for text in near_misses(question, paragraph.text, pool, chance):
            changed = replace(make_question(text, embedder), language=question.language)
            yield Example(having.features(changed), "near", where)


def of_library(folder: Path, embedder: Embedder) -> Iterator[Example]:
    """The questions of a library, asked of its documents."""
    documents = [read_document(file) for file in find_files([folder / "docs"])[0]]
    splits = [split for document in documents for split in split_document(document)]
    snapshot = make_snapshot(documents, splits, embedder)
    searchers = build_searchers(snapshot)
    answerer = Answerer(snapshot, searchers.dense_scorer, searchers.keyword_scorer)
    for asked in read_library(folder).questions:
        question = make_question(asked.question, embedder)
        hits = searchers.hybrid.search(question, DEPTH)
        if candidates := answerer.candidates(question, hits):
            best = candidates[0]
            across = bool(searchers.dense_scorer.are_across(question, np.array([best.row]))[0])
            kind = "answerable" if asked.answerable else "near"
            features = answerer.features(question, hits, best)
            yield Example(features, kind, f"{folder.name} {asked.files[0]}", across)


def report(
    name: str, truth: NDArray[np.bool_], kinds: NDArray[np.str_], guess: FloatMatrix
) -> None:
    """Print the figures of one set, cross-validated."""
    sure = guess[truth]
    areas = [
        f"AUROC {k} {roc_auc_score(truth[m], guess[m]):.3f}"
        for k in ("gone", "near")
        if (m := truth | (kinds == k)).any()
    ]
    refused = [
        f"refused {k} {(guess[kinds == k] < THRESHOLD).mean():.3f}"
        for k in ("gone", "near")
        if (kinds == k).any()
    ]
    bench = kinds != "near"
    error = calibration_error(guess[bench], truth[bench])
    print(
        f"{name}: {', '.join(areas + refused)}, wrongly {(sure < THRESHOLD).mean():.3f}, "
        f"calibration error {error:.3f}",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--libraries", type=Path, nargs="*", default=[])
    options = parser.parse_args()
    folder = options.folder
    embedder = Remembering(load_embedder())
    fitted = {}
    libraries = [example for one in options.libraries for example in of_library(one, embedder)]
    for name, pairs in SETS.items():
        found = [list(examples(folder / p, folder / q, embedder)) for p, q in pairs]
        found.append([one for one in libraries if one.across == (name == "across")])
        every = [example for part in found for example in part]
        names = list(every[0].features.values())
        matrix = np.array([list(example.features.values().values()) for example in every])
        kinds = np.array([example.kind for example in every])
        truth = kinds == "answerable"
        of_libraries = np.arange(len(every)) >= len(every) - len(found[-1])
        weights = np.where((kinds == "near") & ~of_libraries, NEAR_WEIGHT, 1.0)
        weights[of_libraries] *= LIBRARY_WEIGHT
        model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=3000))
        fit = {"logisticregression__sample_weight": weights}
        guess = cross_val_predict(
            model,
            matrix,
            truth,
            groups=[example.article for example in every],
            cv=GroupKFold(5),
            params=fit,
            method="predict_proba",
        )[:, 1]
        start = 0
        for passages, part in zip([*(p for p, _ in pairs), "libraries"], found, strict=True):
            if not part:
                continue
            here = slice(start, start := start + len(part))
            report(f"{name} {passages}", truth[here], kinds[here], guess[here])
        model.fit(matrix, truth, **fit)
        scaler, regression = model.steps[0][1], model.steps[1][1]
        slopes = regression.coef_[0] / scaler.scale_
        intercept = regression.intercept_[0] - slopes @ scaler.mean_
        fitted[name] = {"intercept": round(float(intercept), 4)} | {
            n: round(float(w), 4) for n, w in zip(names, slopes, strict=True)
        }
    COEFFICIENTS_FILE.write_text(json.dumps(fitted, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

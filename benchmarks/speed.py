"""Times search at size: `python benchmarks/speed.py FOLDER [--passages 100000]`.

Passages are the sentences of the SQuAD files in FOLDER, shuffled anew, with random vectors: only
the time means something. Prints the median and 95th percentile without the question's embedding.
"""

import argparse
import random
import statistics
import time
from functools import cache
from pathlib import Path

import numpy as np

from embeddings.types import FloatMatrix
from eval.squad import read_squad
from qa.assistant import load_embedder, make_question
from qa.keyword import build_postings
from qa.search import build_searchers
from qa.store import Row, Snapshot
from qa.text import detect_language, split_sentences, terms
from qa.types import Language, Passage

FILES = ("xquad-dev.en.json", "cmrc2018-trial.zh-Hans.json", "drcd-dev.zh-Hant.json")
SENTENCES = 5
QUESTIONS = 200
DIMENSION = 384


def synthetic(folder: Path, count: int, model_id: str) -> Snapshot:
    """A third of the passages in each of English, Simplified and Traditional."""
    random.seed(0)
    pools = []
    for name in FILES:
        texts = read_squad(folder / name).paragraphs
        pools.append([text[a:b] for text in dict.fromkeys(texts) for a, b in split_sentences(text)])
    terms_of = cache(terms)
    rows, passages, tokens = [], [], []
    for number in range(count):
        pool = pools[number % len(pools)]
        chosen = random.choices(pool, k=SENTENCES)  # noqa: S311
        text = " ".join(chosen)
        language = Language.ENGLISH if number % len(pools) == 0 else Language.SIMPLIFIED
        passages.append(Passage(str(number), "0", 1, 0, len(text), text, language))
        rows.append(Row(number, language, text, tuple((0, len(s)) for s in chosen)))
        tokens.append([terms_of(sentence) for sentence in chosen])
    generator = np.random.default_rng(0)

    def vectors(size: int) -> FloatMatrix:
        made = generator.standard_normal((size, DIMENSION), dtype=np.float32) + np.float32(1.5)
        made /= np.linalg.norm(made, axis=1, keepdims=True)
        return made

    return Snapshot(
        model_id=model_id,
        documents=(),
        passages=tuple(passages),
        rows=tuple(rows),
        vectors=vectors(count),
        sentence_vectors=vectors(count * SENTENCES),
        postings=build_postings(tokens),
        terms=(),
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--passages", type=int, default=100_000)
    options = parser.parse_args()
    embedder = load_embedder()
    searchers = build_searchers(synthetic(options.folder, options.passages, embedder.model_id))
    for name in FILES:
        texts = read_squad(options.folder / name).questions[:QUESTIONS]
        questions = [make_question(text, embedder) for text in texts if text.strip()]
        for kind in ("dense", "keyword", "hybrid"):
            took = []
            for question in questions:
                started = time.perf_counter()
                getattr(searchers, kind).search(question, 5)
                took.append((time.perf_counter() - started) * 1000)
            ordered = sorted(took)
            print(
                f"{options.passages} passages, {detect_language(texts[0])}, {kind}: "
                f"median {statistics.median(took):.1f} ms, "
                f"95th percentile {ordered[int(0.95 * len(ordered))]:.1f} ms"
            )
            searchers.keyword_scorer.forget()


if __name__ == "__main__":
    main()

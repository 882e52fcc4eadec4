"""Times search and answer at size: `python benchmarks/speed.py FOLDER [--passages 100000]`.

Passages are the sentences of the SQuAD files in FOLDER, shuffled anew; a passage's vector is that
of its sentences mixed, with noise. The time is without the question's embedding, and each question
is asked for the first time. With no passages (`--passages 0`) the seeds are asked the gold
questions. Also prints how much of what exact search finds is found by codes.
"""

import argparse
import os
import random
import statistics
import tempfile
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np

from embeddings.centering import load_means
from embeddings.types import Embedder, FloatMatrix
from eval.questions import load_gold
from eval.squad_files import read_squad
from qa.answers.composing import Answerer
from qa.assistant import load_embedder, load_reader, make_question
from qa.index import store
from qa.index.building import index_paths
from qa.index.inverted.inverting import build_postings
from qa.index.rows import Row, columns_of
from qa.index.store import Snapshot
from qa.index.vectors import coded_parts, encode_rows, in_bytes
from qa.language.text import split_sentences, to_simplified
from qa.language.words import terms
from qa.retrieval.hybrid import Searchers, build_searchers
from qa.types import BlockKind, Document, Language, Passage, Question

FILES = {
    "xquad-dev.en.json": Language.ENGLISH,
    "cmrc2018-trial.zh-Hans.json": Language.SIMPLIFIED,
    "drcd-dev.zh-Hant.json": Language.TRADITIONAL,
}
GOLD = Path(__file__).parents[1] / "eval" / "gold"
SENTENCES = 5
QUESTIONS = 200
NOISE = 0.3


def synthetic(folder: Path, count: int, embedder: Embedder) -> Snapshot:
    """A third of the passages in each of English, Simplified and Traditional."""
    random.seed(0)
    pools = [list(dict.fromkeys(_sentences(folder / name))) for name in FILES]
    pool_of = [number % len(pools) for number in range(count)]
    picked = [random.choices(range(len(pools[pool])), k=SENTENCES) for pool in pool_of]  # noqa: S311
    vectors_of = [embedder.embed_passages([*map(to_simplified, pool)]) for pool in pools]
    vectors = np.stack([vectors_of[p][chosen] for p, chosen in zip(pool_of, picked, strict=True)])
    terms_of = cache(terms)
    rows, passages, documents, tokens = [], [], [], []
    for number, (pool, chosen) in enumerate(zip(pool_of, picked, strict=True)):
        sentences = [pools[pool][index] for index in chosen]
        text, language = " ".join(sentences), list(FILES.values())[pool]
        ends = np.cumsum([len(sentence) + 1 for sentence in sentences]) - 1
        spans = tuple((int(e) - len(s), int(e)) for e, s in zip(ends, sentences, strict=True))
        kinds = (BlockKind.PARAGRAPH,) * len(spans)
        rows.append(Row(number, language, text, spans, spans, kinds, 0))
        passages.append(Passage(str(number), str(number), 1, 0, len(text), text, language))
        documents.append(
            Document(id=str(number), title="", language=language, source="", text=text)
        )
        tokens.append([terms_of(sentence) for sentence in sentences])
    return Snapshot(
        model_id=embedder.model_id,
        documents=tuple(documents),
        passages=tuple(passages),
        rows=tuple(rows),
        columns=columns_of(documents, passages, rows),
        vectors=_mixed(vectors),
        sentence_vectors=vectors.reshape(-1, embedder.dimension),
        postings=build_postings(tokens),
        terms=(),
        contexts=("",),
        context_postings=build_postings([[[]]]),
    )


def _sentences(path: Path) -> Sequence[str]:
    texts = dict.fromkeys(paragraph.text for paragraph in read_squad(path).paragraphs)
    return [text[start:end] for text in texts for start, end in split_sentences(text)]


def _mixed(vectors: FloatMatrix) -> FloatMatrix:
    """Uneven means of each passage's sentences, with noise."""
    generator = np.random.default_rng(0)
    count, _, dimension = vectors.shape
    weights = generator.dirichlet(np.full(SENTENCES, 0.5), size=count)
    made: FloatMatrix = np.einsum("ps,psd->pd", weights.astype(np.float32), vectors)
    made += generator.standard_normal(made.shape, dtype=np.float32) * np.float32(
        NOISE / dimension**0.5
    )
    made /= np.linalg.norm(made, axis=1, keepdims=True)
    return made


def report(snapshot: Snapshot, questions: dict[str, list[Question]]) -> None:
    """Print the median and 95th percentile of each searcher and of the answer, by language."""
    searchers = build_searchers(snapshot)
    answerer = Answerer(snapshot, searchers, load_reader(load_embedder()))
    for language, asked in questions.items():
        took: dict[str, list[float]] = defaultdict(list)
        for kind in ("dense", "keyword", "hybrid"):
            searchers.keyword_scorer.forget()
            for question in asked:
                started = time.perf_counter()
                hits = getattr(searchers, kind).search(question, 5)
                searched = time.perf_counter()
                took[kind].append(searched - started)
                if kind == "hybrid":
                    answerer.compose(question, hits)
                    took["answer"].append(time.perf_counter() - searched)
        for kind, seconds in took.items():
            middle, slow = statistics.median(seconds), sorted(seconds)[int(0.95 * len(seconds))]
            print(
                f"{len(snapshot.rows)} rows, {language}, {kind}: median {1000 * middle:.1f} ms, "
                f"95th percentile {1000 * slow:.1f} ms",
                flush=True,
            )


def report_overlap(snapshot: Snapshot, questions: Sequence[Question]) -> None:
    """Print how much of what exact search finds the codes find."""
    exact, coded = build_searchers(replace(snapshot, codes=())), build_searchers(snapshot)

    def found(searchers: Searchers, question: Question, depth: int) -> set[int]:
        return set(searchers.dense_scorer.candidates(question, depth).tolist())

    def hits(searchers: Searchers, question: Question) -> set[str]:
        return {hit.passage.id for hit in searchers.hybrid.search(question, 5)}

    for depth in (5, 100):
        pairs = [(found(exact, q, depth), found(coded, q, depth)) for q in questions]
        share = statistics.mean(len(one & other) / depth for one, other in pairs)
        print(f"nearest {depth} also found by codes: {share:.4f}")
    pairs_of_hits = [(hits(exact, q), hits(coded, q)) for q in questions]
    share = statistics.mean(len(one & other) / 5 for one, other in pairs_of_hits)
    print(f"hybrid's best 5 the same by codes: {share:.4f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--passages", type=int, default=100_000)
    options = parser.parse_args()
    embedder = load_embedder()
    if not options.passages:
        with tempfile.TemporaryDirectory() as folder:
            index_paths([], Path(folder), embedder)
            gold: dict[str, list[Question]] = defaultdict(list)
            for pair in load_gold(GOLD):
                gold[str(pair.language)].append(make_question(pair.question, embedder))
            report(store.read_snapshot(Path(folder)), gold)
        return
    snapshot = synthetic(options.folder, options.passages, embedder)
    chinese, means = snapshot.columns.chinese, load_means(embedder.model_id, embedder.dimension)
    started = time.perf_counter()
    index = encode_rows(in_bytes(snapshot.vectors), chinese, means)
    codes = coded_parts([index], [np.arange(len(snapshot.rows))])
    snapshot = replace(snapshot, codes=codes)
    print(f"codes made in {time.perf_counter() - started:.1f} s")
    asked = {
        str(language): [
            make_question(text, embedder)
            for text in read_squad(options.folder / name).questions[:QUESTIONS]
            if text.strip()
        ]
        for name, language in FILES.items()
    }
    report(snapshot, asked)
    report_overlap(snapshot, [question for some in asked.values() for question in some[:50]])
    print(f"load average {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()

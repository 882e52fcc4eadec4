"""Removes each part of retrieval in turn: `python benchmarks/retrieval.py FOLDER > retrieval.md`.

FOLDER holds SQuAD files (XQuAD, DRCD, CMRC 2018); the table is R@1 and R@5 with 95 % intervals.
"""

import argparse
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np

from embeddings.centering import Means
from eval.squad import SquadFile, mix_files, pair_files, score_searchers, squad_snapshot
from qa.assistant import load_embedder
from qa.keyword import Group
from qa.lexicon import Lexicon
from qa.search import DenseScorer, HybridScorer, KeywordScorer, PassageSearcher, Scorer, Searcher
from qa.store import Snapshot
from qa.types import Language

EN, ZH = "xquad-dev.en.json", "xquad-dev.zh.json"
DRCD, CMRC = "drcd-dev.zh-Hant.json", "cmrc2018-trial.zh-Hans.json"


class NoLexicon(Lexicon):
    """A lexicon that knows no word."""

    def bridge(self, text: str, language: Language) -> list[Group]:  # noqa: ARG002
        return []


def variants(snapshot: Snapshot) -> Mapping[str, Searcher]:
    """The whole, and the whole without one part each."""
    dense, keyword = DenseScorer(snapshot), KeywordScorer(snapshot)
    counts = np.diff(snapshot.postings.sentence_starts)
    whole_only = replace(snapshot, sentence_vectors=np.repeat(snapshot.vectors, counts, axis=0))
    zeros = np.zeros(snapshot.dimension, dtype=np.float32)
    uncentred = DenseScorer(snapshot, {"zh": Means(zeros, zeros), "en": Means(zeros, zeros)})
    scorers: dict[str, Scorer] = {
        "everything": HybridScorer(dense, keyword),
        "without sentence vectors": HybridScorer(DenseScorer(whole_only), keyword),
        "without centring": HybridScorer(uncentred, keyword),
        "without the lexicon": HybridScorer(dense, KeywordScorer(snapshot, NoLexicon())),
        "without BM25": HybridScorer(dense, keyword, bm25_weight=0.0),
        "without coverage": HybridScorer(dense, keyword, coverage_weight=0.0),
        "dense alone": dense,
        "keyword alone": keyword,
    }
    return {name: PassageSearcher(snapshot, scorer) for name, scorer in scorers.items()}


def sets(folder: Path) -> Mapping[str, SquadFile]:
    return {
        "en → en": pair_files(folder / EN, folder / EN),
        "zh → zh": pair_files(folder / ZH, folder / ZH),
        "en → zh": pair_files(folder / ZH, folder / EN),
        "zh → en": pair_files(folder / EN, folder / ZH),
        "mixed, en first": mix_files(folder / EN, folder / ZH),
        "mixed, zh first": mix_files(folder / ZH, folder / EN),
        "DRCD": pair_files(folder / DRCD, folder / DRCD),
        "CMRC": pair_files(folder / CMRC, folder / CMRC),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    embedder = load_embedder()
    for name, squad in sets(parser.parse_args().folder).items():
        report = score_searchers(variants(squad_snapshot(squad, embedder)), squad, embedder)
        print(f"\n### {name} ({report.passages} passages, {report.questions} questions)\n")
        print("| searcher | R@1 | 95 % | R@5 |\n|---|---|---|---|")
        for scores in report.searchers:
            first, fifth = scores.intervals["hit@1"], scores.intervals["hit@5"]
            interval = f"{first.low:.3f}–{first.high:.3f}"
            print(
                f"| {scores.name} | {first.value:.3f} | {interval} | {fifth.value:.3f} |",
                flush=True,
            )


if __name__ == "__main__":
    main()

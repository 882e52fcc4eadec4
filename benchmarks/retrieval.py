"""Removes each part of retrieval in turn: `python benchmarks/retrieval.py FOLDER > retrieval.md`.

FOLDER holds SQuAD files (XQuAD, DRCD, CMRC 2018); the table is R@1 and R@5 with 95 % intervals.
"""

import argparse
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np

from embeddings.centering import Means
from embeddings.types import Embedder
from eval.squad import score_searchers, squad_snapshot
from eval.squad_files import Paragraph, SquadFile, mix_files, pair_files, read_squad
from qa.assistant import load_embedder
from qa.index.store import Snapshot
from qa.language.text import to_script
from qa.retrieval.dense import DenseScorer
from qa.retrieval.hybrid import HybridScorer, PassageSearcher
from qa.retrieval.keyword import KeywordScorer
from qa.retrieval.lexicon import Lexicon
from qa.retrieval.ranking import Scorer, Searcher
from qa.types import Group, Language

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
        "without the second view": HybridScorer(dense, keyword, second_view_weight=0.0),
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
        "zh → zh, half the articles": half(folder / ZH),
        "zh → zh, half the articles, the others there in English": half(folder / ZH, folder / EN),
        "en → en, half the articles": half(folder / EN),
        "en → en, half the articles, the others there in Chinese": half(folder / EN, folder / ZH),
        "DRCD": pair_files(folder / DRCD, folder / DRCD),
        "DRCD, asked in Simplified": asked_in_simplified(folder / DRCD),
        "CMRC": pair_files(folder / CMRC, folder / CMRC),
    }


def half(asked: Path, others: Path | None = None) -> SquadFile:
    """Every other article with its questions; of `others`, the paragraphs of the rest."""
    squad = read_squad(asked)
    taken = [number for number, article in enumerate(squad.article_of) if article % 2 == 0]
    more: list[Paragraph] = []
    if others:
        read = read_squad(others)
        more = [p for p, a in zip(read.paragraph_of, read.article_of, strict=True) if a % 2]
    paragraph_of = [squad.paragraph_of[number] for number in taken]
    return SquadFile(
        paragraphs=tuple(dict.fromkeys([*paragraph_of, *more])),
        questions=tuple(squad.questions[number] for number in taken),
        paragraph_of=tuple(paragraph_of),
        article_of=tuple(squad.article_of[number] for number in taken),
    )


def asked_in_simplified(path: Path) -> SquadFile:
    squad = read_squad(path)
    written = tuple(to_script(text, Language.SIMPLIFIED) for text in squad.questions)
    return replace(squad, questions=written)


def rendered(original: SquadFile, embedder: Embedder, *, rendering: SquadFile) -> Snapshot:
    """The first file's paragraphs, each with that of the other as its rendering."""
    firsts, seconds = (tuple(dict.fromkeys(s.paragraphs)) for s in (original, rendering))
    both = squad_snapshot(replace(original, paragraphs=firsts + seconds), embedder)
    count = len(firsts)
    rows = [*both.rows[:count], *(replace(r, passage=r.passage - count) for r in both.rows[count:])]
    return replace(both, passages=both.passages[:count], rows=tuple(rows))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    embedder = load_embedder()
    folder = parser.parse_args().folder
    runs: list[tuple[str, SquadFile, Callable[[SquadFile, Embedder], Snapshot]]] = [
        (name, squad, squad_snapshot) for name, squad in sets(folder).items()
    ]
    english, chinese = read_squad(folder / EN), read_squad(folder / ZH)
    for name, own, other in (("zh", chinese, english), ("en", english, chinese)):
        index = partial(rendered, rendering=other)
        runs.append((f"{name} → {name}, with renderings", own, index))
    for name, squad, make_index in runs:
        report = score_searchers(variants(make_index(squad, embedder)), squad, embedder)
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

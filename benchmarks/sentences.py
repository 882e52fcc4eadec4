"""How often the answer holds the gold span: `python benchmarks/sentences.py FOLDER` (SQuAD files).

Given the gold passage, and found among all passages; nothing is refused. 95 % intervals.
"""

import argparse
import json
from pathlib import Path

from eval.metrics import mean_interval, show_interval
from eval.squad import squad_snapshot
from eval.squad_files import pair_files
from qa.answers.composing import Answerer
from qa.assistant import load_embedder, make_question
from qa.language.text import squash
from qa.retrieval.hybrid import build_searchers
from qa.types import Hit

EN, ZH = "xquad-dev.en.json", "xquad-dev.zh.json"
DRCD, CMRC = "drcd-dev.zh-Hant.json", "cmrc2018-trial.zh-Hans.json"
PAIRS = [(EN, EN), (ZH, ZH), (ZH, EN), (EN, ZH), (DRCD, DRCD), (CMRC, CMRC)]
DEPTH = 10


def spans_of(path: Path) -> list[list[str]]:
    """The accepted answers of each question of a file, in its order."""
    data = json.loads(path.read_text(encoding="utf-8"))["data"]
    return [
        [answer["text"] for answer in question["answers"]]
        for article in data
        for paragraph in article["paragraphs"]
        for question in paragraph["qas"]
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    embedder = load_embedder()
    print("| asked | gold passage given | found | sentences |\n|---|---|---|---|")
    for passages, asked in PAIRS:
        squad = pair_files(folder / passages, folder / asked)
        snapshot = squad_snapshot(squad, embedder)
        searchers = build_searchers(snapshot)
        answerer = Answerer(snapshot, searchers.dense_scorer, searchers.keyword_scorer)
        passage_of = {passage.text: passage for passage in snapshot.passages}
        given: list[float] = []
        found: list[float] = []
        lengths: list[int] = []
        spans = spans_of(folder / passages)
        for text, paragraph, accepted in zip(
            squad.questions, squad.paragraph_of, spans, strict=True
        ):
            if not text.strip():
                continue
            question = make_question(text, embedder)
            hits = searchers.hybrid.search(question, DEPTH)
            for chosen_from, held in (
                ([Hit(passage_of[paragraph.text], 0.0)], given),
                (hits, found),
            ):
                candidates = answerer.candidates(question, chosen_from)
                chosen = answerer.choose(candidates)
                said = ""
                for c in chosen:
                    row = snapshot.rows[c.row]
                    said += squash(row.text[slice(*row.sentences[c.number])])
                held.append(float(any(squash(span) in said for span in accepted)))
            lengths.append(len(chosen))
        mean = sum(lengths) / len(lengths)
        print(
            f"| {asked} of {passages} | {show_interval(mean_interval(given))} | "
            f"{show_interval(mean_interval(found))} | {mean:.2f} |",
            flush=True,
        )


if __name__ == "__main__":
    main()

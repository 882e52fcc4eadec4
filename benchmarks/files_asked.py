"""Asks the same questions of a library as text and in other formats, for `files.py`."""

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from files_compared import key

from eval.library.gold import read_library
from eval.library.running import run_library
from eval.metrics import mean_interval, show_interval
from qa.assistant import Assistant, load_embedder, load_reader
from qa.corpus.files import TEXT_SUFFIXES, FileRead
from qa.index.building import index_paths
from qa.index.store import read_snapshot


def texts_in(folder: Path) -> list[Path]:
    chosen = folder / "docs" if (folder / "docs").is_dir() else folder
    return sorted(path for path in chosen.iterdir() if path.suffix in TEXT_SUFFIXES)


def ask(folder: Path, embedder: Any) -> list[float]:
    """Whether the answer to each answerable question of a library is right."""
    library = read_library(folder)
    index_paths([library.documents], folder / "index", embedder)
    snapshot = read_snapshot(folder / "index", model_id=embedder.model_id)
    assistant = Assistant(snapshot, embedder, reader=load_reader(embedder))
    results = run_library(assistant, library, snapshot.documents)
    return [result.scores["right"] for result in results if "right" in result.scores]


def make_library(folder: Path, base: Path, reads: Mapping[str, FileRead]) -> int:
    """Complete OUT/<format> with the other documents as text, and with the questions.

    Evidence becomes what the file has in its place; returns how much of it is nowhere in the file.
    """
    (folder / "docs").mkdir(parents=True, exist_ok=True)
    names = {stem: read.document.source for stem, read in reads.items()}
    for path in texts_in(base):
        if path.stem not in reads:
            names[path.stem] = path.name
            shutil.copy(path, folder / "docs")
    lost, lines = 0, []
    for line in (base / "gold.jsonl").read_text(encoding="utf-8").splitlines():
        record = json.loads(line)
        stems = [Path(name).stem for name in _listed(record.get("file"))]
        held = [reads[stem].document.text for stem in stems if stem in reads]
        quotes = _listed(record.get("evidence"))
        places = [next(filter(None, (place(q, text) for text in held)), "") for q in quotes]
        lost += places.count("") if held and len(held) == len(stems) else 0
        record["file"] = [names[stem] for stem in stems]
        record["evidence"] = [new or old for new, old in zip(places, quotes, strict=True)]
        lines.append(json.dumps(record, ensure_ascii=False))
    (folder / "gold.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return lost


def _listed(value: Any) -> list[str]:
    texts = [value] if isinstance(value, str) else value or []
    return [text for text in texts if text.strip()]


def place(quote: str, text: str) -> str:
    """What a text has where it holds a quote, compared without white space and marks."""
    positions = [number for number, character in enumerate(text) if key(character)]
    wanted = key(quote)
    found = key(text).find(wanted) if wanted else -1
    return text[positions[found] : positions[found + len(wanted) - 1] + 1] if found >= 0 else ""


def ask_all(base: Path, out: Path, formats: Mapping[str, Mapping[str, FileRead]]) -> None:
    """Print how often the answers are right, from text and from each format."""
    embedder = load_embedder()
    make_library(out / "text", base, {})
    from_text = ask(out / "text", embedder)
    print(f"right, from text: {show_interval(mean_interval(from_text))}")
    for name, reads in formats.items():
        lost = make_library(out / name, base, reads)
        right = ask(out / name, embedder)
        change = mean_interval([b - a for a, b in zip(from_text, right, strict=True)])
        print(
            f"right, from {name}: {show_interval(mean_interval(right))}, difference "
            f"{change.value:+.3f} ({change.low:+.2f} to {change.high:+.2f}), "
            f"{lost} pieces of evidence lost",
            flush=True,
        )

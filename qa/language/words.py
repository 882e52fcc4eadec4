"""Words: the terms that a text is matched and indexed by, and what a question is about."""

import re
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache

import snowballstemmer

from qa.language.quantities import find_quantities
from qa.language.segmentation import is_known, is_name, romanise, segment
from qa.language.text import HAN, HAN_CHARACTER, HAN_RUN, Span, fold

Token = tuple[str, int, int]
"""A folded word with the span of the original text that it comes from."""

# A run of Han, a number with its separators, or a run of other letters and digits.
_RUN = re.compile(rf"[{HAN}]+|\d++(?:[.,:]\d++){{0,99}}+%?(?![^\W\d_{HAN}])|[^\W_{HAN}]+")
_LETTERS_OR_DIGITS = re.compile(r"[^\W\d_]+|\d+")

ENGLISH_STOP_WORDS = frozenset(
    """a an the of to in on at for by with from and or as is are was were be been being do does did
    has have had what which who whom whose when where why how many much that this these those it
    its their they he she his her there than then into about between during after before not no
    can could would should may might will if but also such some any other one's s t""".split()
)
CHINESE_STOP_WORDS = frozenset(
    """什么 哪个 哪些 哪里 哪儿 哪一 哪年 何时 何地 多少 几个 几家 怎么 怎样 怎么样 如何 为什么 为何
    是否 请问 可以 能够 一个 这个 那个 这些 那些 我们 他们 她们 你们 自己 以及 或者 还是 但是 因为
    所以 如果 关于 对于 根据 按照 目前 现在 已经 一共 总共 有没有 是不是 什么样 哪位 多大 多高 多长
    没有 知道 告诉 具体 到底 究竟 属于 叫做 称为 其中 之间 进行 通过 这样 那样 这份 哪几""".split()
)


@lru_cache(maxsize=65536)
def stem(word: str) -> str:
    """Reduce an English word to its stem (Porter 2); other words stay as they are."""
    stemmed: str = snowballstemmer.stemmer("english").stemWord(word)
    return stemmed


def tokenize(text: str) -> list[Token]:
    """Cut text into the words that are matched, each with its span.

    Chinese words as jieba's search mode cuts them, English words stemmed, numbers whole;
    `180GWh` also gives its parts, and figures and dates come in their common form as well.
    All are folded.
    """
    folded, origin = _fold_with_origin(text)
    return [(word, *_origin(origin, start, end)) for word, start, end in _tokenize(folded)]


def words(text: str) -> list[str]:
    """The words of `tokenize` without their places."""
    return [word for word, _, _ in _tokenize(fold(text))]


def terms(text: str) -> list[str]:
    """What a text is indexed by: its words, pairs of neighbouring characters and romanised names.

    The pairs find what segmentation cut differently (R@1 of XQuAD-dev zh .965 -> .972); names
    that no dictionary has are found by an English reader under their pinyin.
    """
    folded = fold(text)
    found = [word for word, _, _ in _tokenize(folded)]
    pairs = [run[i : i + 2] for run in HAN_RUN.findall(folded) for i in range(len(run) - 1)]
    return [*found, *pairs, *(name for word in found for name in _romanised_names(word))]


def cut(text: str) -> list[str]:
    """Cut folded Chinese text into words that do not overlap: the longest of each place."""
    return [word for word, _, _ in cut_with_places(text)]


@lru_cache(maxsize=128)
def cut_with_places(text: str) -> tuple[Token, ...]:
    """The words of `cut` with their spans."""
    longest: list[Token] = []
    for token in sorted(segment(text), key=lambda token: (token[1], -token[2])):
        if not longest or token[1] >= longest[-1][2]:
            longest.append(token)
    return tuple(longest)


@cache
def function_terms() -> frozenset[str]:
    """The index terms of function and question words, in both languages."""
    return CHINESE_STOP_WORDS | {stem(word) for word in ENGLISH_STOP_WORDS}


def content_words(text: str) -> list[tuple[str, bool]]:
    """The words of a question that say what it is about, and whether each is a proper name.

    Function and question words are left out; words do not overlap.
    """
    found: list[tuple[str, bool]] = []
    folded, origin = _fold_with_origin(text)
    for run in _RUN.finditer(folded):
        word = run.group()
        if HAN_CHARACTER.match(word):
            found.extend(
                (piece, is_name(piece))
                for piece in cut(word)
                if len(piece) > 1 and piece not in CHINESE_STOP_WORDS
            )
        elif word not in ENGLISH_STOP_WORDS:
            # English names have a capital, but so does every first word.
            capital = text[origin[run.start()][0]].isupper() and run.start() > 0
            found.append((stem(word), capital and word.isalpha()))
    found.extend((token, False) for token, _, _ in find_quantities(folded))
    return found


def find_matches(text: str, question: str) -> list[Span]:
    """Spans of `text` that hold a word of the question, joined where they touch."""
    wanted = {word for word in words(question) if len(word) > 1 or not HAN_CHARACTER.match(word)}
    spans: list[Span] = []
    for word, start, end in sorted(tokenize(text), key=lambda token: token[1:]):
        if word not in wanted:
            continue
        if spans and start <= spans[-1][1]:
            spans[-1] = (spans[-1][0], max(end, spans[-1][1]))
        else:
            spans.append((start, end))
    return spans


def _tokenize(folded: str) -> Iterator[Token]:
    for run in _RUN.finditer(folded):
        for word, start, end in _words(run.group()):
            yield word, run.start() + start, run.start() + end
    yield from find_quantities(folded)


def _words(run: str) -> Iterator[Token]:
    if HAN_CHARACTER.match(run):
        yield from segment(run)
        return
    if run[0].isdigit() and not run[-1].isalpha():
        yield run.replace(",", ""), 0, len(run)
        return
    yield stem(run), 0, len(run)
    parts = list(_LETTERS_OR_DIGITS.finditer(run))
    if len(parts) > 1:
        for part in parts:
            yield stem(part.group()), part.start(), part.end()


def _romanised_names(word: str) -> Iterator[str]:
    """The pinyin of a name, and of the given name alone: jixiaofeng, xiaofeng."""
    if 2 <= len(word) <= 4 and HAN_RUN.fullmatch(word) and not is_known(word):
        yield stem(romanise(word))
        if len(word) > 2:
            yield stem(romanise(word[1:]))


def _origin(origin: Sequence[Span], start: int, end: int) -> Span:
    return origin[start][0], origin[end - 1][1]


@lru_cache(maxsize=16384)
def _fold_character(character: str) -> str:
    return fold(character)


def _fold_with_origin(text: str) -> tuple[str, list[Span]]:
    """Fold character by character; origin[i] is the span of `text` that folded[i] comes from."""
    if text.isascii():
        return text.casefold(), [(index, index + 1) for index in range(len(text))]
    pieces: list[str] = []
    origin: list[Span] = []
    for index, character in enumerate(text):
        folded = _fold_character(character)
        pieces.append(folded)
        origin.extend([(index, index + 1)] * len(folded))
    return "".join(pieces), origin

"""Characters, words and sentences: what comparing, marking and citing need to know of text.

Folding (NFKC, Simplified, case) is for comparing only; what is shown is always the original.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from itertools import accumulate, pairwise

import opencc
import snowballstemmer

from qa.quantities import find_quantities
from qa.segmentation import is_known, is_name, romanise, segment
from qa.types import Language

Span = tuple[int, int]
"""Start and end offsets into a text, the end excluded."""

Token = tuple[str, int, int]
"""A folded word with the span of the original text that it comes from."""

_HAN = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0002fa1f"
_HAN_RUN = re.compile(f"[{_HAN}]+")
_HAN_CHARACTER = re.compile(f"[{_HAN}]")
_LATIN_WORD = re.compile(r"(?<![A-Z])[A-Z]*+[a-z][A-Za-z]*(?:['’][a-z]+)?")
# A run of Han, a number with its separators, or a run of other letters and digits.
_RUN = re.compile(rf"[{_HAN}]+|\d++(?:[.,:]\d++)*+%?(?![^\W\d_{_HAN}])|[^\W_{_HAN}]+")
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

_LAST_COMMON = {"gb2312": b"\xd7\xf9", "big5": b"\xc6\x7e"}  # behind are the rare characters

_TERMINATORS = "。！？!?…"
_CLOSERS = "”’」』）)】》〉\"'"
_SENTENCE_END = re.compile(
    rf"[{_TERMINATORS}]+[{_CLOSERS}]*|\.[{_CLOSERS}]*(?=\s+[\"“‘'(\[]?[A-Z0-9{_HAN}]|\s*$)|\n+"
)
# After a quotation, "said so-and-so" belongs to what was said.
_ATTRIBUTION = re.compile(
    r"[^。！？!?\n“「]{1,40}?(?:说|說|表示|指出|介绍|介紹|认为|認為|道|强调|強調)[。.]"
)
_ABBREVIATION = re.compile(
    r"\b(?:Mr|Mrs|Ms|Dr|Prof|St|No|Nos|vs|etc|Inc|Ltd|Co|Corp|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sep"
    r"|Sept|Oct|Nov|Dec|Fig|Vol|e\.g|i\.e|[A-Z])\.$"
)
_ABBREVIATION_REACH = 5  # characters before the full stop: the longest and what \b looks at


def squash(text: str) -> str:
    """Remove all white space: the form in which a citation equals its source."""
    return "".join(text.split())


@cache
def _simplified_table() -> dict[int, str]:
    """Map each Traditional character to its Simplified form (OpenCC t2s, character by character).

    Context is ignored on purpose: one character always folds to the same one, so offsets
    survive and the same word folds alike in every sentence.
    """
    characters = [chr(code) for code in range(0x3400, 0xA000)]  # all but the rarest
    converted = opencc.OpenCC("t2s").convert("\n".join(characters)).split("\n")
    table = {ord(old): new for old, new in zip(characters, converted, strict=True) if old != new}
    return {code: new.translate(table) for code, new in table.items()}


@cache
def _traditional_only() -> frozenset[str]:
    """Characters that tell Traditional; 乾 does not, for Simplified text has it too (乾坤)."""
    return frozenset(c for c in map(chr, _simplified_table()) if not _is_common(c, "gb2312"))


@cache
def _simplified_only() -> frozenset[str]:
    """Characters that tell Simplified; 同 and 里 do not, for Traditional text has them too."""
    return frozenset(c for c in _simplified_table().values() if not _is_common(c, "big5"))


def _is_common(character: str, encoding: str) -> bool:
    """Whether a national standard lists a character among those in common use."""
    return b"" < character.encode(encoding, "ignore") <= _LAST_COMMON[encoding]


def to_simplified(text: str) -> str:
    """Replace Traditional characters by Simplified ones, one for one."""
    return text.translate(_simplified_table())


@cache
def _converter(language: Language) -> opencc.OpenCC:
    return opencc.OpenCC("t2s" if language is Language.SIMPLIFIED else "s2tw")


def to_script(text: str, language: Language) -> str:
    """Write Chinese text in the script of a language, word by word (OpenCC); English stays.

    Text that is in that script already is returned as it is.
    """
    if language is Language.ENGLISH or detect_language(text) in (language, Language.ENGLISH):
        return text
    converted: str = _converter(language).convert(text)
    return converted


def fold(text: str) -> str:
    """Make two writings of one text equal: NFKC, Simplified characters, no case.

    >>> fold("ＣＰＴＰＰ 經濟") == fold("cptpp 经济")
    True
    """
    folded = to_simplified(unicodedata.normalize("NFKC", text)).casefold()
    return unicodedata.normalize("NFKC", folded)


def detect_language(text: str, *, otherwise: Language | None = None) -> Language:
    """Tell English, Simplified and Traditional Chinese apart by their characters.

    A sentence that mixes both languages is English where it has more words with small
    letters than half its Han characters, so `CPTPP 是什么` is Chinese and
    `What is 经开区?` is English. What the characters leave open (`2024?`, `那呢`) is in the
    language `otherwise`.
    """
    text = unicodedata.normalize("NFKC", text)  # full-width letters are letters
    han = len(_HAN_CHARACTER.findall(text))
    words = len(_LATIN_WORD.findall(text))
    if 2 * words > han:
        return Language.ENGLISH
    if not han and otherwise:
        return otherwise
    if not han and re.search("[A-Za-z]", text):
        return Language.ENGLISH
    traditional = sum(character in _traditional_only() for character in text)
    simplified = sum(character in _simplified_only() for character in text)
    if otherwise is Language.TRADITIONAL and traditional == simplified:
        return otherwise
    return Language.TRADITIONAL if traditional > simplified else Language.SIMPLIFIED


def is_chinese(language: Language) -> bool:
    """Whether the language is Chinese in either script."""
    return language is not Language.ENGLISH


def split_sentences(text: str) -> list[Span]:
    """Return the spans of the sentences; together they hold every character but white space.

    A sentence ends after its closing quotes and brackets, at a line end, or, for a full stop,
    before a space and a capital. `“…。”张三说。` stays one sentence.
    """
    return [
        trimmed
        for start, end in pairwise([0, *_sentence_ends(text), len(text)])
        if (trimmed := _trim(text, start, end))[0] < trimmed[1]
    ]


def _sentence_ends(text: str) -> Iterator[int]:
    position = 0
    while match := _SENTENCE_END.search(text, position):
        position = match.end()
        before = text[max(0, match.start() - _ABBREVIATION_REACH) : match.start() + 1]
        if match.group().startswith(".") and _ABBREVIATION.search(before):
            continue
        if match.group()[-1] in _CLOSERS:
            attribution = _ATTRIBUTION.match(text, position)
            position = attribution.end() if attribution else position
        yield position


def _trim(text: str, start: int, end: int) -> Span:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end


def locate_all(original: str, reading: str, spans: Sequence[Span]) -> list[Span]:
    """Map spans of the reading text to the original text that it was made from.

    Both hold the same characters but for white space, so places are found by counting the
    characters that are not white space. Every span must hold one.
    """
    before = [0, *accumulate(not character.isspace() for character in reading)]
    places = [index for index, character in enumerate(original) if not character.isspace()]
    return [(places[before[start]], places[before[end] - 1] + 1) for start, end in spans]


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
    pairs = [run[i : i + 2] for run in _HAN_RUN.findall(folded) for i in range(len(run) - 1)]
    return [*found, *pairs, *(name for word in found for name in _romanised_names(word))]


def cut(text: str) -> list[str]:
    """Cut folded Chinese text into words that do not overlap: the longest of each place."""
    return [word for word, _, _ in cut_with_places(text)]


@lru_cache(maxsize=1024)
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
        if _HAN_CHARACTER.match(word):
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
    wanted = {word for word in words(question) if len(word) > 1 or not _HAN_CHARACTER.match(word)}
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
    if _HAN_CHARACTER.match(run):
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
    if 2 <= len(word) <= 4 and _HAN_RUN.fullmatch(word) and not is_known(word):
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

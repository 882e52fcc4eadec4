"""Chinese names in a text: CC-CEDICT's, words that the segmenter guessed, and surnames."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from qa.language.segmentation import is_known, is_name
from qa.language.words import Token, cut_with_places
from qa.questions.followups.names import COUNTRIES, SURNAMES, Mention, Sort, head_class

_TAIL = re.compile(
    r"(?:(?![的在是有了和与里内])[\u3400-\u9fff]){1,4}?(?:城|会议|大会|论坛|中心|基地|大桥|港|岛|馆)"
    r"(?=[在里内的有是由哪何为聚占]|\Z)"
)
_ADDRESSED = re.compile(rf"(?<![\u3400-\u9fff])[小老][{SURNAMES}]|[{SURNAMES}](?:女士|先生)")
_HAN = re.compile(r"[\u3400-\u9fff]+")


# Words behind a name, or a guessed word, among which its generic noun may stand.
_REACH_OF_NAME = 4
_REACH_OF_GUESS = 3
# CC-CEDICT has places of that name.
_NO_NAMES = frozenset("资源 美元 东北 和平 太平 大学 人民币 第一".split())
_VERBS = frozenset(
    "设立 成立 建设 布局 打造 拥有 推出 占 有 是 参加 没有 哪些 多少 什么 为什么 如何".split()
)
_PARTICLES = frozenset(
    "的了在是有和与及或把被从到对为由占说讲呢吗吧啊里内上下个家都还也又就才不去年月日能会要用等后前着"
)


def find_chinese_names(text: str) -> Iterator[Mention]:
    """Yield the names of Chinese people, places and organisations; text is Simplified."""
    for match in _ADDRESSED.finditer(text):
        yield Mention(*match.span(), Sort.PERSON, match.end())
    for run in _HAN.finditer(text):
        words = [(w, run.start() + s, run.start() + e) for w, s, e in cut_with_places(run.group())]
        number = 0
        while number < len(words):
            mention, used = _mention_at(words, number)
            if mention:
                yield _with_tail(mention, text)
            number += used


def _with_tail(mention: Mention, text: str) -> Mention:
    """A place with what is built there, an office with its meeting: 苏州纳米城, 国务院常务会议."""
    tail = _TAIL.match(text, mention.end)
    if not tail or mention.sort is not Sort.NAME or mention.head:
        return mention
    return replace(mention, end=tail.end(), head_start=tail.end(), head="place")


def _mention_at(words: Sequence[Token], number: int) -> tuple[Mention | None, int]:
    """The mention that begins at a word, and how many words to go on."""
    word, start, end = words[number]
    if word in COUNTRIES:
        return Mention(start, end, Sort.COUNTRY, end), 1
    if person := _person_length(words, number):
        end = words[number + person - 1][2]
        return Mention(start, end, Sort.PERSON, end), person
    inside = _name_with_head(word)
    if inside:
        return Mention(start, end, Sort.NAME, end - len(inside), head_class(inside)), 1
    named = is_name(word) and len(word) > 1 and not head_class(word) and word not in _NO_NAMES
    ahead = _REACH_OF_NAME if named else _REACH_OF_GUESS if _is_strange(word) else 0
    if head := _head_ahead(words, number, ahead):
        first, last = head
        found = words[first]
        return Mention(start, words[last][2], Sort.NAME, found[1], head_class(found[0])), (
            last - number + 1
        )
    if named or (_is_strange(word) and len(word) > 2):
        used = 1
        # 中瑞宏 + 芯: the rest of a name that the dictionary does not have.
        if not named and number + 1 < len(words) and _is_rest(words[number + 1][0]):
            end, used = words[number + 1][2], 2
        return Mention(start, end, Sort.NAME, end), used
    return None, 1


def _head_ahead(words: Sequence[Token], number: int, ahead: int) -> tuple[int, int] | None:
    """The first and the last word of the generic noun that ends a name: 宁波 海伯 [集团]."""
    for first in range(number + 1, min(number + ahead, len(words))):
        word = words[first][0]
        if kind := head_class(word):
            behind = words[first + 1][0] if first + 1 < len(words) else ""
            return first, first + (head_class(behind) == kind)
        if len(word) < 2 or word in _VERBS or word[0] in "那这哪该":
            return None
    return None


def _is_strange(word: str) -> bool:
    """Whether the segmenter guessed the word; what it guesses with a particle is no word."""
    return (
        len(word) > 1
        and not is_known(word)
        and not head_class(word)
        and not _PARTICLES & set(word)
        and word[0] not in "多几哪第每各某本该此其"
    )


def _is_rest(word: str) -> bool:
    return len(word) == 1 and word not in _PARTICLES


def _person_length(words: Sequence[Token], number: int) -> int:
    word = words[number][0]
    if len(word) == 2 and word[0] in "小老" and word[1] in SURNAMES and not is_known(word):
        return 1
    if word[0] not in SURNAMES:
        return 0
    if 2 <= len(word) <= 3 and not is_known(word) and not _PARTICLES & set(word):
        return 1
    follows = words[number + 1][0] if number + 1 < len(words) else ""
    if len(word) == 1 and 1 <= len(follows) <= 2 and not _PARTICLES & set(follows):
        return 2 if len(follows) == 2 or number + 2 == len(words) else 0
    return 0


def _name_with_head(word: str) -> str:
    """The generic noun at the end of a word that begins with a name: 苏州工业园区, 宁波市."""
    for length in range(len(word) - 1, 1, -1):
        if is_name(word[:length]) and (head_class(word[length:]) or word[length:] in "省市县区"):
            return word[length:]
    return ""

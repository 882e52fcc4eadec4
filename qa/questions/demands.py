"""What an answer must say beyond being about the question: a year, a unit, an attribute, a person.

"How many people work in …" is not answered by a number of companies, nor "… in 2022" by a
figure for 2024. Read off the question's form in either language; what is not recognised is not
demanded.
"""

import re
from functools import lru_cache

from qa.language.text import fold, is_chinese, to_simplified
from qa.language.words import CHINESE_STOP_WORDS, ENGLISH_STOP_WORDS, content_words, cut, stem
from qa.questions.asking import Kind, asked_kind
from qa.types import Question

MONEY = "money"

_YEAR = re.compile(r"(?<!\d)(?:1[5-9]|20)\d\d(?!\d)")

_UNITS = "家名人吨元辆公里平方米岁亩万台套座艘架公斤克升瓦度"
_COUNTED = re.compile(r"多少(?:万|亿|千|百)?([\u4e00-\u9fff]{1,6})")
_UNCOUNTED = "个种样条项位次的是"
_PRICE = re.compile(
    r"多少钱|多少元|几块钱|\bhow much money|\bin (?:yuan|dollars|euros)\b|\bprice\b|"
    r"(?m:^)(?>.*?\bhow much (?:does|did|do|is|was)\b).*\b(?:cost|pay|paid|spend|spent|worth)"
)
_COUNTED_ENGLISH = re.compile(
    r"\bhow (?:many|much) ([a-z' -]{1,100}?)(?: (?:did|does|do|is|are|was|were|has|have|had|can|"
    r"will|would|in|on|of|at|by|from|to|for|per)\b|\?|$)"
)
_PLURAL = re.compile(r"[^s]s$|^(?:people|children|men|women)$")
_MONEY_WORD = re.compile(
    r"[元钱块]|yuan|dollar|rmb|usd|[$¥€£]|\b(?:pounds?|euros?|francs?|cents?)\b"
)
_AMOUNT = r"[\d一二三四五六七八九十百千万亿两半几多余%.,]\s*(?:[多余来]\s*)?(?:[万亿千百]\s*)?"

_ATTRIBUTES = [
    re.compile(r"的([\u4e00-\u9fff]{2,6})(?:是|叫)(?:什么|谁|哪|多少)"),
    re.compile(
        r"([\u4e00-\u9fff]{2,10})(?:具体|大概|总共|一共|分别|大约)?(?:是|有|为|达到?|占)?"
        r"(?:多少|多大|多高|百分之几)[?。]?$"
    ),
]
_ATTRIBUTE_ENGLISH = re.compile(
    r"\b(?:what|who|how (?:big|large|high|much)) (?:is|was|were|are) the ([a-z' -]+?)"
    r"(?: (?:of|in|for|at|by|that|to|who|which)\b|\?)"
)

_POST = re.compile(
    r"副?(?:局长|主任|部长|市长|省长|会长|总裁|总经理|书记|主席|院长|校长|司长|处长|秘书长|总统|总理|董事长)"
)
_ENGLISH_POST = (
    r"(?i:president|director|manager|chair\w*|minister|inspector|researcher|fellow|official|"
    r"professor|editor|reporter|secretary|member)"
)
_CAPITALISED = re.compile(r"(?<=[a-z] )[A-Z][A-Za-z-]+(?: [A-Z][A-Za-z-]+)*")
_MOST_NAMES = 8
"""Names of a question of which one may be the person's; each is looked for by itself."""

_NAMED_PERSON = re.compile(
    rf"{_POST.pattern}[\u4e00-\u9fff]{{2,4}}|(?:教授|记者|研究员|先生|女士)[\u4e00-\u9fff]{{2,3}}|"
    r"[\u4e00-\u9fff]·[\u4e00-\u9fff]|[\u4e00-\u9fff]{2,3}(?:说|表示|介绍)|"
    r"\b[A-Z][a-z]+ (?:[A-Z]\. )?[A-Z][a-z]+"
)


def years(text: str) -> frozenset[str]:
    """The years that a text names, as four digits."""
    return frozenset(_YEAR.findall(fold(text)))


def counted_thing(question: Question) -> str:
    """What is to be counted: `MONEY`, a Chinese unit, an index term, or "" where nothing is.

    有多少名员工 -> 名, how many workers does it employ -> worker.
    """
    text = fold(question.text)
    if _PRICE.search(text):
        return MONEY
    if not is_chinese(question.language):
        match = _COUNTED_ENGLISH.search(text)
        words = _content(match[1]) if match else []
        return stem(next((w for w in words if _PLURAL.search(w)), words[-1])) if words else ""
    match = _COUNTED.search(text)
    if not match or match[1][0] in _UNCOUNTED:
        return ""
    if match[1][0] in _UNITS:
        return match[1][0]
    return next((word for word in cut(match[1]) if len(word) > 1), "")


def is_counted(thing: str, sentence: str) -> bool | None:
    """Whether a sentence gives an amount of money or of a Chinese unit; None for other things."""
    text = fold(sentence)
    if thing == MONEY:
        return bool(_MONEY_WORD.search(text))
    if thing in _UNITS:
        return bool(re.search(_AMOUNT + re.escape(thing), text))
    return None


def attribute(question: Question) -> str:
    """The index term of the property asked for: 土地开发强度是多少 -> 强度; "" where none is."""
    text = fold(question.text)
    if not is_chinese(question.language):
        match = _ATTRIBUTE_ENGLISH.search(text)
        nouns = _content(match[1]) if match else []
        return stem(nouns[-1]) if nouns else ""
    match = next((found for form in _ATTRIBUTES if (found := form.search(text))), None)
    nouns = (
        [w for w in cut(match[1]) if len(w) > 1 and w not in CHINESE_STOP_WORDS] if match else []
    )
    return nouns[-1] if nouns else ""


def lacks_person(question: Question, sentence: str) -> bool:
    """Whether a person is asked for and the sentence, in either language, names none."""
    return asked_kind(question.text) is Kind.PERSON and not _NAMED_PERSON.search(sentence)


def has_deputy_only(question: Question, sentence: str) -> bool:
    """Whether the holder of a post is asked for and the sentence has only a deputy (副)."""
    text = fold(sentence)
    return any(
        not post.startswith("副") and f"副{post}" in text and not re.search(f"(?<!副){post}", text)
        for post in set(_POST.findall(fold(question.text)))
    )


def describes_person(question: Question, sentence: str) -> bool:
    """Whether a sentence puts a post beside the person that the question asks about.

    Chinese says the post in front of the name, English on either side of it.
    """
    if asked_kind(question.text) is not Kind.POST:
        return False
    text = to_simplified(sentence)
    for name in _persons(question):
        beside = (
            rf"(?:{_POST.pattern}|巡视员|研究员|教授|记者|委员)\s*{name}",
            rf"\b{_ENGLISH_POST}\b[^.;]{{0,40}}\b{name}|\b{name},[^.;]{{0,80}}\b{_ENGLISH_POST}\b",
        )
        if any(re.search(pattern, text) for pattern in beside):
            return True
    return False


@lru_cache(maxsize=16)
def _persons(question: Question) -> tuple[str, ...]:
    """The names in a question as they stand, Chinese ones in Simplified, as patterns."""
    if is_chinese(question.language):
        words = content_words(to_simplified(question.text))
        names = [word for word, is_name in words if is_name]
    else:
        names = _CAPITALISED.findall(question.text)
    return tuple(re.escape(name) for name in names[:_MOST_NAMES])


def _content(phrase: str) -> list[str]:
    return [word for word in re.findall("[a-z]+", phrase) if word not in ENGLISH_STOP_WORDS]

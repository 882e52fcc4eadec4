"""Chinese questions taken apart and reworked for a follow-up.

Patterns are written in Simplified; Traditional text is mapped to it character by character.
"""

import re
from functools import lru_cache

from qa.language.segmentation import is_verb
from qa.language.text import Span, detect_language, to_script, to_simplified
from qa.language.words import cut, cut_with_places
from qa.questions.followups.chinese_words import (
    ASK,
    END,
    FUNCTION,
    MEASURE,
    NUMERAL,
    STAND_FOR,
    WHY,
)
from qa.questions.followups.mentions import find_mentions
from qa.questions.followups.names import CHINESE_HEADS, Sort, head_class

_HOW_MANY = re.compile(rf"(?:多少|几|哪{NUMERAL}+){MEASURE}")
_HOW_MUCH = re.compile(rf"(?:多少(?:{MEASURE}|亿?元|美元|吨)?|多[大高]|百分之几)\Z")
_LISTED = re.compile(rf"多少{MEASURE}|几{MEASURE}|哪(?:些|几|{NUMERAL}+{MEASURE})")
_SAID = re.compile(r"谁(?:这么)?(?:说|讲)")
_LINKS = re.compile(
    r"(?:是|设有|共有|拥有|有|为|达到|达|占|约|到了|了|已经|一共|总共|总计|共|现在|目前|大约|具体|分别|又|在|于|叫|累计|的|算|用了|要|需要|花了|最早|平常)++"
)
_COUNTER = re.compile(rf"[这那该各每本某]\w?|{NUMERAL}{{1,20}}+{MEASURE}")
_NUMBERED = re.compile(rf"(?<!{NUMERAL}){NUMERAL}++{MEASURE}\Z")
_SUFFIXES = frozenset("型性化式业率额值量")
_ITEM = re.compile(rf"中第{NUMERAL}+个是什么\Z")
_ATTRIBUTE = re.compile(
    r"的\w{0,4}(?:额|值|率|度|积|收入|利润|税|量|比例|比重|规模|人口|总部|总裁|经理|负责人|名称|职务|特点|优势)\Z"
    r"|(?:出货量|产能|年?产值|面积|规模|人口|收入|利润)\Z"
)


class ChineseQuestions:
    """Implements `qa.questions.followups.grammar.Questions` for both scripts."""

    def asks(self, question: str) -> bool:
        """Whether there is a question word."""
        return bool(ASK.search(to_simplified(question)))

    def asked(self, question: str) -> Span | None:
        """Find the noun phrase that is asked about."""
        text, runs = to_simplified(question), _runs(question)
        for start, end in runs:
            # "…的进出口额占全国多少": the share of what.
            if text.startswith("占", end):
                return start, end
            about = text.endswith(("关于", "针对", "面对", "对", "对于"), 0, start)
            if about or text.startswith(("方面", "这块", "这一块"), end):
                return start, end
        match = ASK.search(text)
        if not match or re.match(r"为|怎|如何", match.group()):
            return None
        link = _link(text[: match.start()])
        stop = link.start() if link else match.start()
        behind = [run for run in runs if run[0] == match.end()]
        return next(iter([*behind, *(run for run in runs if run[1] == stop)]), None)

    def counts(self, question: str) -> bool:
        """Whether it is asked how many there are."""
        return bool(_HOW_MANY.search(to_simplified(question)))

    def lists(self, question: str) -> bool:
        """Whether things are counted or listed."""
        return bool(_LISTED.search(to_simplified(question)))

    def whole(self, question: str) -> str:
        """Say what is asked about as a noun phrase."""
        plain = _plain(question)
        text = to_simplified(plain)
        match = ASK.search(text)
        if not match or WHY.match(match.group()):
            return self.topic(question)
        if item := _ITEM.search(text):
            return plain[: item.start()]
        before = plain[: match.start()]
        head = next((end for start, end in _runs(plain) if start == match.end()), match.end())
        noun, rest = plain[match.end() : head], plain[head:].strip("了的，, ")
        if text[: match.start()].endswith("的是"):
            return before[:-1] + (noun or "人")
        link = _link(text[: match.start()])
        lead = before[: link.start()] if link else before
        if noun:
            number = _NUMBERED.search(text[: match.end()], match.start())
            which = number and match.group()[0] == "哪"
            counted = (plain[slice(*number.span())] if number and which else "") + noun
            return f"{lead}{rest}的{counted}" if lead + rest else counted
        if match.group() in ("谁", "哪位", "什么人") and not lead:
            return rest[1:] if rest.startswith("是") else f"{rest}的人"
        return lead or self.topic(question)

    def topic(self, question: str) -> str:
        """Return the subject."""
        text = to_simplified(question)
        match = ASK.search(text)
        if match and (lead := _subject(question[: match.start()])):
            return lead
        runs = _runs(question)
        if not runs:
            return ""
        before = [m for m in find_mentions(question) if m.end == runs[0][0]]
        country = bool(before) and before[0].sort is Sort.COUNTRY
        return question[before[0].start if country else runs[0][0] : runs[0][1]]

    def single(self, question: str) -> str:
        """Return the topic that "it" can stand for."""
        return self.topic(question)

    def share_of(self, whole: str, share: str) -> str:
        """Ask for a share."""
        of = "" if to_simplified(share).startswith("占") else _write("占全国的", whole)
        return f"{whole}{of}{share}是多少？"

    def seeks(self, question: str) -> str:
        """Return the class of thing to be named, or nothing."""
        text = to_simplified(_plain(question))
        if re.search(r"谁|哪一?位|什么人|(?:总裁|经理|局长|主任)叫什么", text):
            return "person"
        heads = rf"哪{NUMERAL}*{MEASURE}?(?:(?!的).){{0,4}}?(?P<head>{CHINESE_HEADS}|厂|外企)"
        match = re.match(heads, text) or re.search(rf"的是{heads}\Z", text)
        return (head_class(match["head"]) or "company") if match else ""

    def ask_again(self, question: str, turn: str) -> str:
        """Ask another question word."""
        plain = _plain(question)
        text, asked = to_simplified(plain), to_simplified(turn)
        match, word = ASK.search(text), ASK.search(asked)
        if WHY.search(asked):
            so = re.search(r"这么(?![做说讲干])\w", asked)
            why = _write("为什么", question) + _statement(plain, so.group() if so else "")
            return question if WHY.search(text) else f"{why}？"
        if _SAID.search(asked):
            return f"{_write('谁说', question)}{_statement(plain, '')}？"
        if not match or not word:
            return f"{plain}，{turn}"
        before, after = plain[: match.start()], plain[match.end() :]
        if _LISTED.match(match.group()) and re.search(rf"哪[些几{NUMERAL[1:-1]}]|分别", asked):
            return f"{before}哪些{after}？"
        if asked.strip(END) == word.group() and text[: match.start()].endswith(("是", "是在")):
            return f"{before.removesuffix('在')}{turn.strip(END)}{after}？"
        return f"{self.whole(question)}{turn}"

    def ask_item(self, listed: str, ordinal: str) -> str:
        """Ask for one item."""
        number = "第一" if ordinal == "首" else ordinal
        return f"{listed}中{number}{_write('个是什么', listed)}？"

    def add_time(self, question: str, words: str) -> str:
        """Put a year in front."""
        return words + question

    def add_name(self, question: str, words: str) -> str:
        """Put a name in front."""
        return f"{words}，{question}"

    def replace_measure(self, question: str, turn: str) -> str:
        """Put the noun of "进出口额是多少" in the place of the question's."""
        plain, other = (_HOW_MUCH.search(to_simplified(_plain(t))) for t in (question, turn))
        old, new = self.asked(question), self.asked(turn)
        if not (plain and other and old and new):
            return ""
        return question[: old[0]] + turn[slice(*new)] + question[old[1] :]

    def of_owner(self, owner: str, noun: str) -> str:
        """Say what belongs to an owner."""
        return f"{owner}的{noun}"

    def ask_about(self, noun: str) -> str:
        """Ask about something."""
        return f"{noun}{_write('怎么样', noun)}？"


def _link(text: str) -> re.Match[str] | None:
    """The linking words that a text ends with."""
    *_, last = (None, *_LINKS.finditer(text))
    return last if last and last.end() == len(text) else None


def _plain(question: str) -> str:
    return re.sub(
        r"^(?:请问|請問|那么?|那麼)(?![里裡儿兒边邊些个個家位])[，,]?", "", question.rstrip(END)
    )


def _write(words: str, like: str) -> str:
    """Write words that the rules bring in the script of the question."""
    return to_script(words, detect_language(like))


def _statement(plain: str, so: str) -> str:
    """The statement that answers a question, with a word that points for what is asked."""
    match = ASK.search(to_simplified(plain))
    if not match:
        return re.sub(r"[吗嗎]\Z", "", plain)
    word = next((s for p, s in STAND_FOR if p.match(match.group())), "")
    return plain[: match.start()] + _write(so or word, plain) + plain[match.end() :]


def _subject(lead: str) -> str:
    """The subject before "is", "in" or a measure, without its year and what is asked of it."""
    text = to_simplified(lead)
    link = _link(text)
    if link and not re.match(r"[是在]|位于", link.group()):
        return ""
    lead = lead[: link.start()] if link else lead
    if owner := _ATTRIBUTE.search(to_simplified(lead)):
        lead = lead[: owner.start()]
    elif not link:
        return ""
    words = cut(to_simplified(lead))
    if len(words) > 1 and len(words[-1]) > 1 and is_verb(words[-1]):
        lead = lead[: -len(words[-1])]
    year = next((m for m in find_mentions(lead) if m.sort is Sort.YEAR), None)
    return lead[year.end :] if year and not year.start else lead


@lru_cache(maxsize=256)
def _runs(question: str) -> tuple[Span, ...]:
    """The runs of content words, in order; names and years end a run and are in none."""
    text = to_simplified(question)
    taken = {place for m in find_mentions(question) for place in range(m.start, m.end)}
    runs: list[Span] = []
    for chunk in re.finditer(r"[\u3400-\u9fff]+|[A-Za-z0-9.&]+", text):
        run = chunk.group()
        words = cut_with_places(run) if not run.isascii() else [(run, 0, len(run))]
        for word, first, last in words:
            start, end = chunk.start() + first, chunk.start() + last
            if runs and runs[-1][1] == start and word in _SUFFIXES:
                runs[-1] = (runs[-1][0], end)
                continue
            if len(word) < 2 or word in FUNCTION or ASK.match(word) or _COUNTER.fullmatch(word):
                continue
            if not taken.isdisjoint(range(start, end)):
                continue
            if runs and runs[-1][1] == start:
                runs[-1] = (runs[-1][0], end)
            else:
                runs.append((start, end))
    return tuple(runs)

"""English questions taken apart and reworked for a follow-up."""

import re

from qa.language.text import Span
from qa.questions.followups.english_words import ASK_WORDS, AUX, END, STOP
from qa.questions.followups.mentions import find_mentions
from qa.questions.followups.names import ENGLISH_HEADS, head_class

_THE = re.compile(r"(?:(?:the|a|an|its|their)\s+)?", re.IGNORECASE)
_COUNT = re.compile(
    r"(?:(?:in|on|for|to|from|at|by|with|under|of)\s+)?(?:roughly\s+)?"
    r"(?P<many>how (?:many|much)|which|what)\s+",
    re.IGNORECASE,
)
_BE = re.compile(r"(?:what|who)(?:['’]s|\s+(?:is|are|was|were))\s+", re.IGNORECASE)
_SHARE = re.compile(
    r"(?:big |large )?(?:a )?(?:share|percentage|proportion|percent|number|amount|fraction|level)"
    r"\s+of\s+",
    re.IGNORECASE,
)
_WHEN = re.compile(rf"(?:when|where|why|how)\s+(?:\w+\s+)?(?:{AUX})\s+", re.IGNORECASE)
_WHEN_ALONE = re.compile(rf"(?:when|where|why|how)\s+(?=(?:{AUX})\b)", re.IGNORECASE)
_PLURAL = re.compile(r"\A(?:\w*[^s\W]s|people|staff|men|women|children)\Z", re.IGNORECASE)
_WHICH = re.compile(
    r"(?:(?:in|at|on|from|for|by|since) )?(?:which|what|whom) ?(?!ones?\b)[\w-]*", re.IGNORECASE
)
_OF = re.compile(rf"\A(of\s++\S.*?)(?<!\s)\s++(?=(?:{AUX})\b)", re.IGNORECASE)
_NAMED_BEHIND = re.compile(
    r"\b(?:in|of|by|under|for|from) (the (?:[\w-]+ ){0,3}?[\w-]+)(?=\s*[?.,]|\Z)"
)
_SOUGHT = re.compile(
    rf"(?:which|what)\s+(?:[\w-]+\s+){{0,4}}?"
    rf"(?P<head>{ENGLISH_HEADS}|maker|official|person|expert)\b(?! (?:{ENGLISH_HEADS})\b)",
    re.IGNORECASE,
)


class EnglishQuestions:
    """Implements `qa.questions.followups.grammar.Questions`."""

    def asks(self, question: str) -> bool:
        """Whether there is a question word."""
        return bool(re.search(rf"\b(?:{'|'.join(ASK_WORDS)})\b", question, re.IGNORECASE))

    def asked(self, question: str) -> Span | None:
        """Find the noun phrase that is asked about."""
        start = _last_sentence(question)
        if be := _BE.match(question, start):
            return _noun(question, be.end())
        if count := _COUNT.match(question, start):
            share = _SHARE.match(question, count.end())
            return _noun(question, (share or count).end(), counted=not share)
        when = _WHEN.match(question, start)
        span = _noun(question, when.end()) if when else None
        # A subject that is a name is no noun phrase to be replaced.
        names = find_mentions(question) if span else ()
        named = any(m.start < span[1] and m.end > span[0] for m in names) if span else False
        return None if named else span

    def counts(self, question: str) -> bool:
        """Whether it is asked how many there are."""
        return bool(re.search(r"\bhow many\b", question, re.IGNORECASE))

    def lists(self, question: str) -> bool:
        """Whether things are counted or listed."""
        pattern = (
            r"\bhow many\b|\b(?:which|what)\s+(?:\w+\s+){0,3}?\w+s\b|\b(?:what|who) (?:are|were)\b"
        )
        return bool(re.search(pattern, question, re.IGNORECASE))

    def whole(self, question: str) -> str:
        """Say what is asked about as a noun phrase."""
        plain = question[_last_sentence(question) :].rstrip(END)
        if be := _BE.match(plain):
            return plain[be.end() :]
        if who := re.match(r"who\s+", plain, re.IGNORECASE):
            return f"the person who {plain[who.end() :]}"
        if count := _COUNT.match(plain):
            return _described(plain, count)
        return self.topic(question)

    def topic(self, question: str) -> str:
        """Return the subject."""
        span = self.asked(question)
        if not span:
            return ""
        noun = question[slice(*span)]
        return f"the {noun}" if re.search(r"\b(?:the|an?)\s+\Z", question[: span[0]]) else noun

    def single(self, question: str) -> str:
        """Return the topic that "it" can stand for."""
        topic = self.topic(question)
        if not topic or not _PLURAL.match(topic.split()[-1]):
            return topic
        named = _NAMED_BEHIND.findall(question)
        return named[-1] if named and not _PLURAL.match(named[-1].split()[-1]) else topic

    def share_of(self, whole: str, share: str) -> str:
        """Ask for a share."""
        return f"What is the {re.sub(r'^the ', '', share)} of {whole}?"

    def seeks(self, question: str) -> str:
        """Return the class of thing to be named, or nothing."""
        plain = question[_last_sentence(question) :]
        if re.match(r"who(?:se|m)?\b(?! (?:is|was|are|were) [A-Z])", plain, re.IGNORECASE):
            named = re.match(r"who (?:is|was) [A-Z]", plain[:1].lower() + plain[1:])
            return "" if named else "person"
        match = _SOUGHT.match(plain)
        if not match:
            return ""
        if match["head"].lower() in ("official", "person", "expert"):
            return "person"
        return head_class(match["head"]) or "company"

    def ask_again(self, question: str, turn: str) -> str:
        """Ask another question word."""
        plain = question[_last_sentence(question) :].rstrip(END)
        asked = re.sub(r"^(?:(?:and|but|so)\b[\s,]*)+", "", turn.strip(), flags=re.IGNORECASE)
        asked = asked.rstrip(END)
        if reworked := _with_other_word(plain, asked) or self._of_what_is_listed(plain, asked):
            return f"{reworked[0].upper()}{reworked[1:]}?"
        return f"{asked[:1].upper()}{asked[1:]}: {_lower(plain)}?"

    def _of_what_is_listed(self, plain: str, asked: str) -> str:
        """ "How many zones are there?" - "Which ones?", "In which cities?"."""
        if _WHICH.fullmatch(asked) and self.lists(plain):
            return f"{asked} are {self.whole(plain)}"
        many = re.match(r"how many\s+", plain, re.IGNORECASE)
        again = re.match(r"which|what|such|for (?:example|instance)", asked, re.IGNORECASE)
        return f"which {plain[many.end() :]}" if many and again else ""

    def ask_item(self, listed: str, ordinal: str) -> str:
        """Ask for one item."""
        return f"What is the {ordinal} of {listed}?"

    def add_time(self, question: str, words: str) -> str:
        """Put a year behind."""
        link = "" if words[0].isalpha() else "in "
        return _behind(question, f"{link}{words}")

    def add_name(self, question: str, words: str) -> str:
        """Put a name behind."""
        return _behind(question, f"in {words}")

    def replace_measure(self, _question: str, _turn: str, /) -> str:
        """English asks "how much" before it says of what, so a turn has a topic of its own."""
        return ""

    def of_owner(self, owner: str, noun: str) -> str:
        """Say what belongs to an owner."""
        return f"{owner}'s {re.sub(r'^the ', '', noun)}"

    def ask_about(self, noun: str) -> str:
        """Ask about something."""
        return f"What about {noun}?"


def _with_other_word(plain: str, asked: str) -> str:
    """A question with another question word, where its grammar lets it take that."""
    word = asked.split(maxsplit=1)[0].lower() if asked else ""
    if word == "why" and re.match("why", plain, re.IGNORECASE):
        return plain
    when = _WHEN_ALONE.match(plain)
    if when and (word in ("why", "when", "where", "how") or _WHICH.fullmatch(asked)):
        return f"{asked} {plain[when.end() :]}"
    be = re.match(r"what (is|are|was|were)\s+", plain, re.IGNORECASE)
    if word == "why" and be:
        return f"why {be[1].lower()} {plain[be.end() :]} like that"
    if word == "why" and re.match(rf"(?:{AUX})\b", plain, re.IGNORECASE):
        return f"why {_lower(plain)}"
    return ""


def _behind(question: str, words: str) -> str:
    plain = question.rstrip(END)
    return f"{plain} {words}{question[len(plain) :] or '?'}"


def _lower(plain: str) -> str:
    """A question in the middle of a sentence: its first word small, except a name."""
    is_name = any(m.start == 0 for m in find_mentions(plain))
    return plain if is_name else plain[:1].lower() + plain[1:]


def _last_sentence(question: str) -> int:
    """Where the last sentence begins: before it stands what the asker says of himself."""
    ends = [m.end() for m in re.finditer(r"[.!?]\s+(?=\S)", question)]
    return ends[-1] if ends else 0


def _noun(question: str, start: int, *, counted: bool = False) -> Span | None:
    """The noun phrase that begins there, without its article and its owner.

    A counted one ends with its first plural.
    """
    article = _THE.match(question, start)
    base = first = end = article.end() if article else start
    for word in re.finditer(r"[\w’'-]+", question[base:]):
        text = word.group()
        if word.start() + base > end + 1 or text.lower() in STOP:
            break
        if not counted and text.lower().endswith("ed") and end > first:
            break
        end = base + word.end()
        if text.endswith(("'s", "’s", "s'", "s’")):
            first = end = end + 1
        elif counted and _PLURAL.match(text):
            break
    return (first, end) if end > first else None


def _described(plain: str, count: re.Match[str]) -> str:
    """Say what is counted or sought: "Which firm makes kits" -> "the firm that makes kits"."""
    sought = _SOUGHT.match(plain, count.start("many"))
    span = _noun(plain, count.end(), counted=True)
    end = sought.end() if sought else span[1] if span else count.end()
    noun, rest = plain[count.end() : end], plain[end:].strip()
    if of := _OF.match(rest):
        noun, rest = f"{noun} {of[1]}", rest[of.end() :]
    there = re.match(r"(?:is|are|was|were) there\b\s*", rest, re.IGNORECASE)
    if there:
        rest = rest[there.end() :]
    elif sought:
        rest = re.sub(r"^(?:do|does|did)\s+", "", rest)
    else:
        rest = re.sub(r"^(?:do|does|did|(?:has|have|had)(?= [A-Z]| the\b))\s+", "", rest)
    link = " " if there else " that "
    return f"the {noun}{link if rest else ''}{rest}".rstrip()

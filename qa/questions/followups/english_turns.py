"""English turns: what tells that one follows up on the question before it."""

import re
from collections.abc import Sequence
from itertools import islice

from qa.questions.followups.english_words import (
    ASK_WORDS,
    AUX,
    END,
    LIGHT,
    MORE,
    RELATIONAL,
    contents,
)
from qa.questions.followups.grammar import MOST_ALIKE, REACH, Anaphor, Role
from qa.questions.followups.mentions import find_mentions, is_all_named
from qa.questions.followups.names import ENGLISH_HEADS, Mention, Sort, head_class

_LONGEST_FRAGMENT = 10
"""Words; what is longer says what it is about."""

_LONGEST_ALONE = 4
"""Words of a fragment that has neither "what about" nor "and" before it."""

_OPENING = re.compile(
    r"(?:(?:and|but|so|ok|okay|then|also|or|now|well|thanks|please)\b[\s,]*)*", re.IGNORECASE
)
_ABOUT = re.compile(
    r"(?:(?:what|how) about|what of|as for|the same (?:question )?for)\s+", re.IGNORECASE
)
_CONNECTIVE = re.compile(r"(?:and|but|also|or|then|so)\b", re.IGNORECASE)
_TRAILING = re.compile(r"(?<!\s)\s++(?:then|though|instead|please|too|as well)\Z", re.IGNORECASE)
_COUNTED = re.compile(
    r"how (?:many|much)\s++(?P<noun>[\w-][\w -]*?)(?:(?<!\s)\s++are there)?", re.IGNORECASE
)
_REFERS = re.compile(r"\b(?:it|they|them|of|that|this|these|those|ones?)\b", re.IGNORECASE)
_VERBAL = re.compile(
    rf"\b(?:{AUX}|i|you|we|me|tell|give|list|show|explain|hello|hi|thanks)\b", re.IGNORECASE
)
_ASKS = re.compile(rf"\b(?:{'|'.join(ASK_WORDS)})\b", re.IGNORECASE)
_ORDINAL = re.compile(
    r"(?:(?:what|how) about |what (?:is|was|are) |what'?s |which is )?"
    r"the (first|second|third|fourth|fifth|sixth|last)(?: one| of them| of these)?",
    re.IGNORECASE,
)
_ARE_THEY = re.compile(r"(?:what|which) (?:ones )?(?:are|were) (?:they|those|these)", re.IGNORECASE)

_IN_WHICH = re.compile(
    r"(?:(?:in|at|on|from|for|by|since)\s+(?:which|what|whom)|which|what)\s+[\w-]+", re.IGNORECASE
)

_THERE = re.compile(
    r"(?<!is )(?<!are )(?<!was )(?<!were )(?<!been )(?<!hello )(?<!hi )\bthere\b"
    r"(?! (?:is|are|was|were|has|have|be)\b)",
    re.IGNORECASE,
)
_EXPLETIVE = re.compile(
    r"\bit (?:take|takes|took|cost|costs)\b.{0,200}\bto\b|"
    r"\b(?:is|was) it (?:true|possible|ok|okay|likely|\w+ (?:to|that|for))\b",
    re.IGNORECASE,
)
_DEGREE = r"\b(?:so|how) (?:high|low|large|big|small|great|much|fast|long)\b(?! of\b)"
_DEGREE_OF_IT = re.compile(rf"(?m:^)(?>.*?{_DEGREE}).*\bit\b|\bit {_DEGREE}", re.IGNORECASE)
_ANAPHORS = [
    (
        Role.SET,
        re.compile(
            r"\b(?:of )?(?:these|those)\b(?!\s+(?:who|that)\b)|\b(?:they|them)\b|"
            r"\b(?P<own>their)\b",
            re.IGNORECASE,
        ),
    ),
    (
        Role.PERSON,
        re.compile(r"\b(?:he|she|him)\b|\b(?P<own>his|her)\b(?=\s+\w)|\bher\b", re.IGNORECASE),
    ),
    # "The zones" and "the plan" may be what the documents are about, whatever was asked before.
    (
        Role.THING,
        re.compile(
            r"\b(?:that|(?!the \w+s\b|(?:the|this) (?:plan|document|program))(?:this|the))\s+"
            rf"(?P<head>{ENGLISH_HEADS})\b"
            r"(?!\s+(?:of|in|for|that|which|who|where|by|the|an?|from|with|at|on|under|\w+ed|known)\b)"
            r"(?P<poss>['’]s)?",
            re.IGNORECASE,
        ),
    ),
    (Role.THING, re.compile(r"\bit\b|\b(?P<own>its)\b", re.IGNORECASE)),
    (
        Role.MATTER,
        re.compile(
            r"(?:\A|\b(?:is|was|does|did|do|has|about|of|for|with|say|said)\s+)(?P<it>that|this)\b"
            r"(?=\s*(?:[?.!]|\Z|(?:is|was|mean|means|happen|happened|so|important|done|the case|"
            r"for|from|in|true|why)\b))",
            re.IGNORECASE,
        ),
    ),
    (Role.PLACE, _THERE),
]
_SUBJECT = re.compile(rf"(?:\A|\b(?:{AUX}))\s*\Z", re.IGNORECASE)
_MOST_BEFORE_OBJECT = 3
"""Content words; behind more, an object is one of them ("households with kids living in them")."""

_CLAUSE = re.compile(
    r"[,;.?!:]|\b(?:and|since|when|if|because|before|after|while|that)\b", re.IGNORECASE
)


class EnglishTurns:
    """Implements `qa.questions.followups.grammar.Turns`."""

    def fragment(self, turn: str) -> str:
        """Return what a turn names that has no question of its own, or nothing."""
        rest, opened = _unopened(turn)
        about = _ABOUT.match(rest)
        core = _TRAILING.sub("", rest[about.end() :] if about else rest)
        if not core or len(core.split()) > _LONGEST_FRAGMENT or self.ordinal(turn):
            return ""
        counted = _COUNTED.fullmatch(core)
        if opened and counted and not (_VERBAL.search(core) or _REFERS.search(counted["noun"])):
            return counted["noun"]
        if _ASKS.search(core) or self.is_bare(turn):
            return ""
        if about:
            return core
        if _VERBAL.search(core):
            return ""
        connected = opened and bool(_CONNECTIVE.match(turn.strip()))
        longest = _LONGEST_FRAGMENT if connected else _LONGEST_ALONE
        short = turn.rstrip().endswith(("?", "？")) and len(core.split()) <= longest
        return core if short or is_all_named(core) else ""

    def ordinal(self, turn: str) -> str:
        """Return the ordinal that is all a turn asks for, or nothing."""
        match = _ORDINAL.fullmatch(_unopened(turn)[0])
        return match[1].lower() if match else ""

    def is_bare(self, turn: str) -> bool:
        """Whether a turn is a question word and little else."""
        rest = _unopened(turn)[0]
        words = re.findall(r"[a-z']+", rest.lower())
        if _ARE_THEY.fullmatch(rest) or _IN_WHICH.fullmatch(rest):
            return True
        asks = any(word in ASK_WORDS or word in MORE for word in words)
        return asks and LIGHT.issuperset(words) and rest.isascii() and not re.search(r"\d", rest)

    def lacks_topic(self, turn: str) -> bool:
        """Whether a turn says what is asked for and not of what."""
        words = re.findall(r"[a-z'-]+", turn.lower())
        asks = bool(words) and bool(_ASKS.search(turn))
        # A word in another script is a name.
        return asks and turn.isascii() and RELATIONAL.issuperset(words)

    def anaphors(self, turn: str) -> list[Anaphor]:
        """Find what refers back."""
        found: list[Anaphor] = []
        taken = [match.span() for match in _EXPLETIVE.finditer(turn)]
        for role, pattern in _ANAPHORS:
            for match in islice(pattern.finditer(turn, 0, REACH), MOST_ALIKE):
                start, end = match.span("it" if match.groupdict().get("it") else 0)
                if any(start < e and end > s for s, e in taken) or _is_told(turn, match, role):
                    continue
                found.append(_anaphor(match, role))
                taken.append((start, end))
        return sorted(found, key=lambda anaphor: anaphor.start)

    def is_share(self, turn: str) -> bool:
        """Whether a part of a whole is asked for."""
        return bool(re.search(r"\b(?:share|percent\w*|proportion)\b", turn, re.IGNORECASE))

    def is_degree(self, turn: str) -> bool:
        """Whether it is asked how high something is, or why so high."""
        return bool(_DEGREE_OF_IT.search(turn))

    def is_personal(self, turn: str) -> bool:
        """Whether what people have is asked for."""
        personal = r"\b(?:post|position|job|role|title|age|old|say|said)\b"
        return bool(re.search(personal, turn, re.IGNORECASE))

    def add_topic(self, turn: str, topic: str) -> str:
        """Put a topic in front or behind."""
        turn = self.stand_alone(turn)
        plain = turn.rstrip(END)
        counted = re.search(r"\bthere\Z|\bhow (?:many|much)\b", plain, re.IGNORECASE)
        return f"{plain} {'in' if counted else 'of'} {topic}{turn[len(plain) :].rstrip()}"

    def stand_alone(self, turn: str) -> str:
        """Drop "And" and its like."""
        match = _OPENING.match(turn)
        rest = turn[match.end() :] if match else turn
        return rest[:1].upper() + rest[1:]


def _unopened(turn: str) -> tuple[str, bool]:
    """A turn without "And" and its like and without its end, and whether it had any."""
    text = turn.strip().rstrip(END)
    match = _OPENING.match(text)
    return (text[match.end() :], match.end() > 0) if match else (text, False)


def _anaphor(match: re.Match[str], role: Role) -> Anaphor:
    groups = match.groupdict()
    noun = groups.get("head") or ""
    before = "of " if match.group().lower().startswith("of ") else ""
    return Anaphor(
        *match.span("it" if groups.get("it") else 0),
        role,
        head_class(noun),
        noun,
        before="in " if role is Role.PLACE else before,
        after="'s" if groups.get("own") or groups.get("poss") else "",
    )


def _is_told(turn: str, match: re.Match[str], role: Role) -> bool:
    """Whether the turn itself says what is referred to, before it refers to it."""
    opening = _OPENING.match(turn)
    before = turn[opening.end() if opening else 0 : match.start()]
    names = [m for m in find_mentions(before) if m.sort is not Sort.YEAR]
    groups = match.groupdict()
    clause = _CLAUSE.search(before)
    if clause and (names or contents(before[: clause.start()])):
        return True
    if groups.get("head"):
        return bool(names) and match.group().lower().startswith("the")
    return (
        (role is Role.PERSON and any(m.sort is Sort.PERSON for m in names))
        or (bool(groups.get("own")) and _owner_is_told(before, named=bool(names)))
        or (not _SUBJECT.search(before) and _object_is_told(before, names, role))
    )


def _owner_is_told(before: str, *, named: bool) -> bool:
    return named or len(contents(before)) > 1 or not _ASKS.search(before)


def _object_is_told(before: str, names: Sequence[Mention], role: Role) -> bool:
    if len(contents(before)) > _MOST_BEFORE_OBJECT:
        return True
    return role is not Role.PLACE and any(m.sort is Sort.NAME for m in names)

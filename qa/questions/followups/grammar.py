"""What resolving a follow-up asks of a language: to read a turn, and to rework a question.

The turn may be in one language and the question before it in the other, so the two are apart.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from qa.language.text import Span

REACH = 300
"""Characters of a turn in which it refers back: behind them it refers to what it says itself."""

MOST_ALIKE = 8
"""Words of one sort that are looked at, of those that may refer back; no question has more."""


class Role(StrEnum):
    """What a pronoun, or what stands for one, refers to."""

    PERSON = "person"
    THING = "thing"
    PLACE = "place"
    SET = "set"  # all that the earlier question counts or lists
    MATTER = "matter"  # what the earlier question says as a whole


@dataclass(frozen=True, slots=True)
class Anaphor:
    """A span of a turn that refers back.

    `before` and `after` go around the words put in its place. "That company" names a class of
    noun, `head` (see `qa.questions.followups.mentions.HEADS`), by the word `noun`.
    """

    start: int
    end: int
    role: Role
    head: str = ""
    noun: str = ""
    before: str = ""
    after: str = ""


class Turns(Protocol):
    """Reads the turns of one language; only the turn itself tells what it lacks."""

    def fragment(self, turn: str) -> str:
        """What a turn without a question of its own names ("And Ningbo?"), else nothing."""
        ...

    def ordinal(self, turn: str) -> str:
        """The ordinal that is all a turn asks for ("the second one?"), else nothing."""
        ...

    def is_bare(self, turn: str) -> bool:
        """Whether a turn holds a question word and nothing to ask it of ("Why?")."""
        ...

    def lacks_topic(self, turn: str) -> bool:
        """Whether all that a turn names belongs to something it does not name."""
        ...

    def anaphors(self, turn: str) -> list[Anaphor]:
        """Where a turn refers to what was said before it."""
        ...

    def is_share(self, turn: str) -> bool:
        """Whether a turn asks what part something, which it does not name, is of a whole."""
        ...

    def is_degree(self, turn: str) -> bool:
        """Whether a turn asks how high something is, or why it is so high."""
        ...

    def is_personal(self, turn: str) -> bool:
        """Whether a turn asks for something that people have, a post or an age."""
        ...

    def add_topic(self, turn: str, topic: str) -> str:
        """Put the topic that a turn lacks into it."""
        ...

    def stand_alone(self, turn: str) -> str:
        """Drop the connective that a turn begins with ("And …")."""
        ...


class Questions(Protocol):
    """Takes the questions of one language apart and reworks them."""

    def asks(self, question: str) -> bool:
        """Whether a question has a question word."""
        ...

    def asked(self, question: str) -> Span | None:
        """The noun phrase that a question counts, measures or asks the nature of."""
        ...

    def counts(self, question: str) -> bool:
        """Whether a question asks how many there are of something countable."""
        ...

    def lists(self, question: str) -> bool:
        """Whether a question counts or lists things."""
        ...

    def whole(self, question: str) -> str:
        """What a question asks about, as a noun phrase: "the zones that Panasonic is in"."""
        ...

    def topic(self, question: str) -> str:
        """The subject of a question that names nothing."""
        ...

    def single(self, question: str) -> str:
        """The topic as "it" can stand for it: one thing, where the language shows number."""
        ...

    def share_of(self, whole: str, share: str) -> str:
        """Ask for the share that something has; `share` is the fragment that names it."""
        ...

    def seeks(self, question: str) -> str:
        """The class of thing that a question wants named (`person`, `company`, …), or nothing."""
        ...

    def ask_again(self, question: str, turn: str) -> str:
        """Ask a bare question word of the earlier question's matter."""
        ...

    def ask_item(self, listed: str, ordinal: str) -> str:
        """Ask for one item of what is listed, a noun phrase."""
        ...

    def add_time(self, question: str, words: str) -> str:
        """Put a year into a question that has none to replace."""
        ...

    def add_name(self, question: str, words: str) -> str:
        """Put a name into a question that has none of its kind to replace."""
        ...

    def replace_measure(self, question: str, turn: str, /) -> str:
        """Ask a turn's "how much is …" in place of the question's, or return nothing."""
        ...

    def of_owner(self, owner: str, noun: str) -> str:
        """What belongs to an owner, as a noun phrase."""
        ...

    def ask_about(self, noun: str) -> str:
        """Ask about something without saying what."""
        ...

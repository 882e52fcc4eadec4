"""The parts of a question that asks several things at once: "多少钱，几天办好？"."""

import re

MOST = 3

_ASKS = re.compile(
    r"[吗嗎呢谁誰哪何]|什么|什麼|多少|几[个天年月日次成家名点种项]|幾|多[久长大高快远]|怎[么麼样]|是否|能否|可否|为啥"
    r"|邊[個度條位隻]|乜|咩|点解|點|(\w)[不唔]\1|有[没冇沒]有|\b(?:what|which|who|whom|whose|when|where|why|how|whether)\b"
    r"|^(?:is|are|was|were|do|does|did|can|could|may|must|should|will|would|has|have)\b",
    re.IGNORECASE,
)
_ENDS = re.compile(r"(?<=[？?；;。])\s*")
_JOINS = re.compile(
    r"[，,]\s*(?:(?:and|but)\s+)?|\s+and\s+(?=what|which|who|when|where|why|how|is|are|does|do|can)",
    re.IGNORECASE,
)
_FEWEST_WORDS, _FEWEST_CHARACTERS = 3, 4


def parts(question: str) -> tuple[str, ...]:
    """The parts that each ask something; what asks nothing goes with the part behind it.

    >>> parts("工本费多少，几天能拿到？"), parts("If I am new, when and where do I register?")
    (('工本费多少', '几天能拿到？'), ('If I am new, when and where do I register?',))
    """
    found: list[str] = []
    before = ""
    for sentence in _ENDS.split(question):
        for piece in _JOINS.split(sentence):
            text = f"{before}，{piece}" if before and not before.isascii() else f"{before} {piece}"
            text = text.strip(" ，")
            if _long_enough(piece) and _ASKS.search(piece):
                found.append(text)
                before = ""
            else:
                before = text
    if before and found:
        found[-1] += f" {before}"
    return tuple(found) if 1 < len(found) <= MOST else (question,)


def _long_enough(piece: str) -> bool:
    return len(piece.split()) >= _FEWEST_WORDS or (
        not piece.isascii() and len(piece) >= _FEWEST_CHARACTERS
    )

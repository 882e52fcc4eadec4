"""A fragment ("And Ningbo?") takes the place of its counterpart in the earlier question.

A year replaces a year, a name a name of its kind, a noun the noun that is asked about.
"""

import re

from qa.language.text import Span, detect_language, to_simplified
from qa.language.words import ENGLISH_STOP_WORDS, stem
from qa.questions.followups.grammar import Questions
from qa.questions.followups.mentions import find_mentions
from qa.questions.followups.names import KEPT_HEADS, Mention, Sort
from qa.types import Language

_OWN = re.compile(r"^(?:(?:its|their|his|her)\s+|(?:[他她它]们?|其)的?)(?=\S)", re.IGNORECASE)
_LEADING = re.compile(
    r"^(?:(?P<preposition>about|in|for|at|from|of|with|by|during|under|among|on|to)\s+)?"
    r"(?:the\s+)?[在的和对對]*",
    re.IGNORECASE,
)
_SMALL = re.compile(
    r"(?:\b(?:in|for|at|from|of|with|by|and|the|fiscal|year)|['’]s?|[的在里裡内內中和年，,、\s]|方面)++",
    re.IGNORECASE,
)
_ONES = re.compile(r"(?<!\s)\s++ones?\Z", re.IGNORECASE)
_LAST_WORD = re.compile(r"(?<![\w-])[\w-]++\Z")
_ZONES = re.compile(
    r"(?:the\s+)?(?:(?:chinese|national(?:-level)?|development|economic and technological)\s+)*"
    r"zones?\b"
    r"|(?:(?:这些|全国)的?)?(?:国家级)?(?:经济技术开发区|经开区|开发区)",
    re.IGNORECASE,
)
# What is measured and not counted.
_MEASURED = re.compile(
    r"(?:额|值|率|度|积|入|润|税|量|比|比重|总部|总裁|经理|负责人|局长|主任|名称)\Z|"
    r"\b(?:area|value|revenue|income|profit|tax|size|gdp|share|output|head\w*|president|name|ceo)\Z",
    re.IGNORECASE,
)
_LONGEST_PHRASE = 20
"""Characters of a Chinese noun phrase."""

_PHRASE_START = re.compile(
    rf".{{0,{_LONGEST_PHRASE}}}(?:[^\u3400-\u9fff]|[的在有了是家个种些各和与及对]|多少|哪些|区[里内]?)",
    re.DOTALL,
)

Edit = tuple[int, int, str]


def substitute(question: str, fragment: str, questions: Questions) -> str:
    """Rework a question for what a fragment names; `questions` is of its language."""
    whose = _OWN.sub("", fragment)
    is_owned, fragment = whose != fragment, whose
    mentions = find_mentions(fragment)
    edits: list[Edit] = []
    added: list[Mention] = []
    for mention in mentions:
        if edit := _replace_mention(question, mention, mention.of(fragment)):
            edits.append(edit)
        else:
            added.append(mention)
    preposition, noun = _noun_of(fragment, mentions)
    if noun:
        edit = _replace_noun(question, noun, preposition, questions, is_owned=is_owned)
        if edit is None or any(edit[0] < end and edit[1] > start for start, end, _ in edits):
            return _ask_of_owner(question, fragment, mentions, questions)
        edits.append(edit)
    reworked = question
    for start, end, words in sorted(edits, reverse=True):
        gap = (
            " " if (reworked[:start] + words).isascii() and reworked[:start][-1:].isalpha() else ""
        )
        reworked = reworked[:start] + gap + words + reworked[end:]
    if questions.asks(question) and not questions.asks(reworked):
        return _ask_of_owner(question, fragment, mentions, questions)
    question = reworked
    for mention in added:
        add = questions.add_time if mention.sort is Sort.YEAR else questions.add_name
        question = add(question, mention.of(fragment))
    return question


def _noun_of(fragment: str, mentions: tuple[Mention, ...]) -> tuple[str, str]:
    """What a fragment names beside names and years, and the preposition in front."""
    noun = fragment
    for mention in reversed(mentions):
        noun = noun[: mention.start] + noun[mention.end :]
    noun = noun.strip()
    leading = _LEADING.match(noun)
    noun = noun[leading.end() :] if leading else noun
    preposition = leading["preposition"] if leading else None
    *_, small = (None, *_SMALL.finditer(noun))
    noun = noun[: small.start()] if small and small.end() == len(noun) else noun
    return preposition or "", noun.strip("，, ")


def _replace_mention(question: str, mention: Mention, words: str) -> Edit | None:
    target = _counterpart(mention, find_mentions(question))
    if not target:
        named = mention.sort is Sort.NAME and mention.head in ("", "zone")
        return _replace_zones(question, mention, words) if named else None
    if mention.sort is Sort.YEAR:
        year = words.rstrip("年")
        behind = question[target.end : target.end + 1]
        chinese = target.of(question).endswith("年") or (behind and not behind.isascii())
        return target.start, target.end, f"{year}年" if chinese and year.isdigit() else year
    kept = question[target.head_start : target.end]
    if not mention.head and to_simplified(kept.lower()) in KEPT_HEADS:
        return target.start, target.end, words + (" " if kept.isascii() else "") + kept
    english = detect_language(question) is Language.ENGLISH
    article = mention.head_start < mention.end and words.isascii() and english
    article = article and not question[: target.start].lower().endswith("the ")
    return target.start, target.end, f"the {words}" if article else words


def _counterpart(mention: Mention, candidates: tuple[Mention, ...]) -> Mention | None:
    same = [c for c in candidates if c.sort is mention.sort]
    if mention.sort is Sort.NAME:
        heads = [c for c in same if mention.head and c.head == mention.head]
        loose = [c for c in same if not (mention.head and c.head)]
        same = heads or loose or same
    if mention.sort is Sort.COUNTRY:
        same = same[-1:]  # "of the world's zones in China": where, rather than which
    return same[0] if same else None


def _replace_zones(question: str, mention: Mention, words: str) -> Edit | None:
    """Where a question is about all zones, a name makes it about one."""
    match = _ZONES.search(to_simplified(question))
    if not match:
        return None
    start, end = match.span()
    if match.group()[-1].isascii():
        return start, end, f"the {words}" if mention.head or " " in words else f"the {words} zone"
    plain = re.sub(r"^(?:这些|這些|全国|全國)?的?(?:国家级|國家級)?", "", question[start:end])
    return start, end, words if mention.head else words + plain


def _replace_noun(
    question: str, noun: str, preposition: str, questions: Questions, *, is_owned: bool
) -> Edit | None:
    asked = questions.asked(question)
    if ones := _ONES.search(noun):
        head = _LAST_WORD.search(question[slice(*asked)]) if asked else None
        return (*asked, f"{noun[: ones.start()]} {head.group()}") if asked and head else None
    alike = shared_head(question, noun) or _parallel(question, noun)
    alike = alike or _governed(question, preposition)
    if alike:
        return *alike, noun
    of_other_sort = _MEASURED.search(to_simplified(noun)) and questions.counts(question)
    if not asked or of_other_sort:
        return None
    owner = is_owned and question[slice(*asked)] == questions.topic(question)
    return None if owner else (*asked, noun)


def _governed(question: str, preposition: str) -> Span | None:
    """What stands behind the same English preposition, up to the next small word."""
    if not preposition:
        return None
    small = "|".join(sorted(ENGLISH_STOP_WORDS))
    behind = rf"\b{preposition}\s+(?:the\s+)?((?:(?!(?:{small})\b)[\w'-]++ ?)++)"
    found = list(re.finditer(behind, question, re.IGNORECASE))
    return (found[-1].start(1), found[-1].start(1) + len(found[-1][1].rstrip())) if found else None


def _parallel(question: str, noun: str) -> Span | None:
    """A phrase that begins alike: "foreign trade" for "foreign investment"."""
    first, *others = noun.split()
    if len(others) != 1 or not noun.isascii():
        return None
    match = re.search(rf"\b{re.escape(first)} [a-z-]+\b", question, re.IGNORECASE)
    return match.span() if match else None


def shared_head(question: str, noun: str) -> Span | None:
    """The noun phrase of a question that ends with the same noun."""
    if noun[-1].isascii():
        return _shared_english_head(question, noun)
    text, wanted = to_simplified(question), to_simplified(noun)[-2:]
    taken = find_mentions(question)
    for match in re.finditer(re.escape(wanted), text):
        end = match.end()
        start = max([end - _LONGEST_PHRASE, 0, *(m.end for m in taken if m.end < end)])
        cut = _PHRASE_START.match(text, start, match.start())
        start = cut.end() if cut else start
        if len(wanted) == 2 and not any(m.start < end and m.end > start for m in taken):
            return start, end
    return None


def _shared_english_head(question: str, noun: str) -> Span | None:
    wanted = stem(noun.rsplit(maxsplit=1)[-1].lower())
    taken = find_mentions(question)
    words = list(re.finditer(r"[\w-]+(?:['’]s)?", question))
    for number, word in enumerate(words):
        if stem(word.group().lower()) != wanted:
            continue
        first = number
        while first and not _ends_phrase(question, words[first - 1], words[first], taken):
            first -= 1
        return words[first].start(), word.end()
    return None


def _ends_phrase(
    question: str, word: re.Match[str], following: re.Match[str], taken: tuple[Mention, ...]
) -> bool:
    return bool(
        word.group().lower() in ENGLISH_STOP_WORDS
        or word.group().endswith(("'s", "’s"))
        or any(m.start <= word.start() < m.end for m in taken)
        or question[word.end() : following.start()].strip()
    )


def _ask_of_owner(
    question: str, fragment: str, mentions: tuple[Mention, ...], questions: Questions
) -> str:
    """Where nothing in the question is of a fragment's kind, ask of what the question is about."""
    names = [m for m in find_mentions(question) if m.sort in (Sort.NAME, Sort.PERSON)]
    alone = all(m.sort is Sort.YEAR for m in mentions)
    owner = names[0].of(question) if names else questions.topic(question)
    owner = owner if alone else ""
    return questions.ask_about(questions.of_owner(owner, fragment) if owner else fragment)

"""How Word writes the numbers of lists: 1, 01, iv, c, 三, 一百零三, 甲, ③, 第3."""

from collections.abc import Callable

_DIGITS = "〇一二三四五六七八九"
_COUNTING = ("零一二三四五六七八九", ("", "十", "百", "千"), ("", "万", "亿"))
_TRADITIONAL = ("零一二三四五六七八九", ("", "十", "百", "千"), ("", "萬", "億"))
_LEGAL = ("零壹贰叁肆伍陆柒捌玖", ("", "拾", "佰", "仟"), ("", "万", "亿"))
_LEGAL_TRADITIONAL = ("零壹貳參肆伍陸柒捌玖", ("", "拾", "佰", "仟"), ("", "萬", "億"))
_JAPANESE = ("〇一二三四五六七八九", ("", "十", "百", "千"), ("", "万", "億"))

_LARGEST = 10**8
"""Numbers from here on are written in digits; Word ends at 32,767."""

_REPEATS = 30
"""How often a letter is repeated at most (z, aa, bb): as often as in Word."""

_ROMAN = (
    (1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"),
    (40, "xl"), (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"),
)  # fmt: skip
_LARGEST_ROMAN = 32_767

_ONES = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
    "fifteen sixteen seventeen eighteen nineteen"
).split()
_TENS = "- - twenty thirty forty fifty sixty seventy eighty ninety".split()
_ORDINALS = {
    "one": "first", "two": "second", "three": "third", "five": "fifth", "eight": "eighth",
    "nine": "ninth", "twelve": "twelfth",
}  # fmt: skip


def format_number(number: int, format_: str) -> str:
    """A number as a w:numFmt writes it; in digits where that is unknown or goes no further.

    >>> [format_number(12, f) for f in ("chineseCounting", "upperRoman", "decimalEnclosedCircle")]
    ['十二', 'XII', '⑫']
    """
    if format_ in ("none", "bullet"):
        return ""
    if number > 0 and format_ in _SETS:
        symbols = _SETS[format_]
        return symbols[number - 1] if number <= len(symbols) else str(number)
    written = _WRITERS.get(format_)
    return written(number) if written and 0 <= number < _LARGEST else str(number)


def _chinese(number: int, system: tuple[str, tuple[str, ...], tuple[str, ...]]) -> str:
    """Count as people do: 十二, 一百零三, 一千二百."""
    digits, units, groups = system
    parts: list[str] = []
    gap = False
    for place in range(len(str(number)) - 1, -1, -1):
        digit = number // 10**place % 10
        if digit:
            parts += [digits[0]] if gap and parts else []
            parts += [digits[digit], units[place % 4]]
        gap = not digit
        if place % 4 == 0 and number // 10**place % 10_000:
            parts.append(groups[place // 4])
    text = "".join(parts) or digits[0]
    return text[1:] if 10 <= number < 20 and digits[1] == "一" else text


def _up_to_a_hundred(number: int) -> str:
    """Counted up to 99, then digit by digit, as in Word's simplest Chinese lists."""
    return _chinese(number, _COUNTING) if number < 100 else _each_digit(number)


def _each_digit(number: int) -> str:
    return "".join(_DIGITS[int(digit)] for digit in str(number))


def _japanese(number: int) -> str:
    """Count without 零, and without 一 before 十, 百 and 千: 百三."""
    text = _chinese(number, _JAPANESE)
    text = text.replace("〇", "") if number else text
    for unit in "十百千":
        text = text.replace(f"一{unit}", unit)
    return text


def _roman(number: int) -> str:
    if not 0 < number <= _LARGEST_ROMAN:
        return str(number)
    text = ""
    for amount, letters in _ROMAN:
        text += letters * (number // amount)
        number %= amount
    return text


def _letters(number: int) -> str:
    """A, b … z, aa, bb … as Word counts: the letter repeated, not the next pair."""
    repeats, letter = divmod(number - 1, 26)
    if not 0 <= repeats < _REPEATS:
        return str(number)
    return chr(ord("a") + letter) * (repeats + 1)


def _ordinal(number: int) -> str:
    teens = number // 10 % 10 == 1
    return f"{number}{'th' if teens else {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th')}"


def _words(number: int) -> str:
    if number >= 1000:
        return str(number)
    hundreds, rest = divmod(number, 100)
    parts = [f"{_ONES[hundreds]} hundred"] if hundreds else []
    if rest >= 20:
        parts.append(_TENS[rest // 10] + (f"-{_ONES[rest % 10]}" if rest % 10 else ""))
    elif rest or not hundreds:
        parts.append(_ONES[rest])
    return " ".join(parts).capitalize()


def _ordinal_words(number: int) -> str:
    text = _words(number)
    start = max(text.rfind(" "), text.rfind("-")) + 1
    last = text[start:].lower()
    if last.isdigit():
        return _ordinal(number)
    ordinal = _ORDINALS.get(last, f"{last[:-1]}ieth" if last.endswith("y") else f"{last}th")
    return (text[:start] + ordinal).capitalize()


_CIRCLES = "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳㉑㉒㉓㉔㉕㉖㉗㉘㉙㉚㉛㉜㉝㉞㉟㊱㊲㊳㊴㊵㊶㊷㊸㊹㊺㊻㊼㊽㊾㊿"
_SETS: dict[str, str] = {
    "decimalEnclosedCircle": _CIRCLES,
    "decimalEnclosedCircleChinese": _CIRCLES,
    "decimalEnclosedFullstop": "⒈⒉⒊⒋⒌⒍⒎⒏⒐⒑⒒⒓⒔⒕⒖⒗⒘⒙⒚⒛",
    "decimalEnclosedParen": "⑴⑵⑶⑷⑸⑹⑺⑻⑼⑽⑾⑿⒀⒁⒂⒃⒄⒅⒆⒇",
    "ideographEnclosedCircle": "㊀㊁㊂㊃㊄㊅㊆㊇㊈㊉",
    "ideographTraditional": "甲乙丙丁戊己庚辛壬癸",
    "ideographZodiac": "子丑寅卯辰巳午未申酉戌亥",
    "ganada": "가나다라마바사아자차카타파하",
    "aiueoFullWidth": "アイウエオカキクケコサシスセソタチツテトナニヌネノ",
}
_FULL_WIDTH = str.maketrans("0123456789", "０１２３４５６７８９")
_WRITERS: dict[str, Callable[[int], str]] = {
    "decimalZero": lambda number: f"{number:02}",
    "decimalFullWidth": lambda number: str(number).translate(_FULL_WIDTH),
    "decimalFullWidth2": lambda number: str(number).translate(_FULL_WIDTH),
    "numberInDash": lambda number: f"- {number} -",
    "hex": lambda number: f"{number:X}",
    "upperRoman": lambda number: _roman(number).upper(),
    "lowerRoman": _roman,
    "upperLetter": lambda number: _letters(number).upper(),
    "lowerLetter": _letters,
    "ordinal": _ordinal,
    "cardinalText": _words,
    "ordinalText": _ordinal_words,
    "chineseCounting": _up_to_a_hundred,
    "taiwaneseCounting": _up_to_a_hundred,
    "chineseCountingThousand": lambda number: _chinese(number, _COUNTING),
    "taiwaneseCountingThousand": lambda number: _chinese(number, _TRADITIONAL),
    "chineseLegalSimplified": lambda number: _chinese(number, _LEGAL),
    "ideographLegalTraditional": lambda number: _chinese(number, _LEGAL_TRADITIONAL),
    "japaneseCounting": _japanese,
    "koreanDigital2": _each_digit,
    "ideographDigital": _each_digit,
    "taiwaneseDigital": _each_digit,
    "japaneseDigitalTenThousand": _each_digit,
}

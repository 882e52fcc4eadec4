"""What a message is about where that is no question of the documents' content."""

import re

from qa.language.text import fold

_GREETINGS = (
    "good morning",
    "good afternoon",
    "good evening",
    "thank you",
    "very much",
    "so much",
    *"hi hello hey thanks thank there all everyone you".split(),
    *"你好 您好 嗨 哈喽 早上好 下午好 晚上好 谢谢 多谢 在吗 大家 各位 啊 呀".split(),
)
# One at a time, with nothing around it that repeats.
_GREETING = re.compile(rf"{'|'.join(_GREETINGS)}|[\s,.!?;，。！？、~]")
_THANKS = re.compile(r"谢|\bthanks?\b")
_HELP = frozenset(
    {
        *("help", "what can you do", "what can i ask", "who are you", "what are you"),
        *("how do i use this", "how does this work"),
        *"帮助 帮忙 你是谁 您是谁 你能做什么 你会什么 怎么用 如何使用 能问什么 可以问什么".split(),
    }
)
_EARLIER = re.compile(
    r"原来|原先|以前|从前|旧|老(?:办法|规定|标准|政策|版)|(?:修订|修改|修正|调整|废止|失效|更新)(?:之?前|的)|过去|曾经"
    r"|\b(?:old|previous(?:ly)?|former(?:ly)?|earlier|superseded|repealed|withdrawn|used to"
    r"|before the (?:change|amendment|revision)|until)\b"
)


def is_greeting(text: str) -> bool:
    """Whether a message greets, thanks or asks for help, and asks nothing of the documents."""
    folded = fold(text)
    return bool(folded) and (
        not _GREETING.sub("", folded) or folded.strip(" ?!.,。？！，") in _HELP
    )


def is_thanks(text: str) -> bool:
    """Whether a greeting is one that thanks."""
    return bool(_THANKS.search(fold(text)))


def asks_for_earlier(question: str) -> bool:
    """Whether a question asks for what was in force before."""
    return bool(_EARLIER.search(fold(question)))

"""The name of a document as people use it."""

import re

LONGEST_NAME = 40
"""Characters; in front of a sentence, a longer title outweighs what the sentence says."""

_WORK = re.compile(r"《([^《》]{4,60})》|「([^「」]{4,60})」")
_ISSUER = re.compile(
    r"^[^《》]{2,60}?(?:局|委员会|委員會|政府|办公室|辦公室|厅|廳|部|院|中心|公司)\s{0,4}(?=关于|關於)"
)
_SUBTITLE = re.compile(r"——|--|\s>\s")


def short_title(title: str) -> str:
    """A title without the issuer before it, the notice around it and the subtitle behind it.

    >>> short_title("甲市财政局关于印发《甲市补贴办法》的通知")
    '甲市补贴办法'
    """
    work = _WORK.search(title)
    name = (work[1] or work[2]) if work else _SUBTITLE.split(title)[0]
    return _ISSUER.sub("", name).strip()[:LONGEST_NAME]

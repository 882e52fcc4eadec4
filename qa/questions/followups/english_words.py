"""English words by what they are to a question: question words, light words, nouns of relation."""

import re

from qa.language.words import ENGLISH_STOP_WORDS

END = "?？.! \n"
ASK_WORDS = "what which who whom whose when where why how".split()
AUX = "do|does|did|is|are|was|were|has|have|had|can|could|will|would|should|may|might|must"

STOP = ENGLISH_STOP_WORDS | frozenset(
    "so inside within across under among over through without per against since account set".split()
)
LIGHT = frozenset(
    """is are was were do does did that this so then and but or in of for at on by to the a an
    exactly please about more else one ones say said says mean done happen happened come tell me us
    there be been has have had you example examples instance such as can could will would should
    these those specifically year years year's day month kind sort not also many much long that's
    what's""".split()
).union(ASK_WORDS)
MORE = frozenset("example examples instance else more such".split())
# Words that belong to something: a question of these alone does not say of what.
RELATIONAL = LIGHT.union(
    """founded established created set up opened started launched issued published released located
    based headquartered headquarters president chairman chairwoman head director manager mayor ceo
    boss leader employees staff workers people population area size output value revenue sales
    income profit turnover tax taxes capacity exports imports trade gdp share percentage proportion
    rank ranking ranked name called post position job role title age old purpose aim aims goal
    goals reason reasons effect effects result results benefit benefits advantage advantages
    problem problems challenge challenges task tasks measure measures requirement requirements
    number total totals amount cost costs price prices fee fees listed companies company
    enterprises firms projects users customers products services main current currently now today
    country national nation world worldwide global globally nationwide increase increased grow grew
    growth rise rose fall fell change changed high big large often far fast from with involved
    responsible charge behind official officials guests host""".split()
)


def contents(text: str) -> list[str]:
    """The words of an English text that are no function words."""
    return [word for word in re.findall(r"[a-z][a-z-]+", text.lower()) if word not in STOP]

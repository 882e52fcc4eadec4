"""Packs: passages with titles, sentences and questions, tokenised once (.npz).

A pack holds ragged arrays: `qi`/`qo` the tokens of the questions, `ti`/`to` of the titles,
`pi`/`po` of the passages with `si`, the sentence of each token; `pt` the title of each passage. A
pack of questions has `qs` (question, yes/no, source, held back, first and number of the right
passages in `pos` with `bits`, first and number of the wrong ones in `neg`), a pack of examples has
`ex` (question, passage, title, sentence that is taken out, span) and `bits`.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from embeddings.building.trained_layers import holding
from embeddings.building.training_data import NEITHER, UNKNOWN, Group, Text
from embeddings.windows import BEGIN, END

UNCLEAN = ("boolq_contrast", "drop_contrast", "quoref_contrast", "qed_nq", "epidemic_policy_qa")
"""Sources in packs whose labels have no licence of their own, or come from a contest."""

WHOLE = ("retrieval_stard_train", "retrieval_lecoqa_train", "qa_boolq_dev", "pubmedqa")
"""Sources that mark a whole passage: they say nothing of which sentences belong to an answer."""


class Pack:
    """The questions or examples of one pack."""

    def __init__(self, file: Path) -> None:
        with np.load(file) as stored:
            self._arrays = {name: stored[name] for name in stored.files}
        missing = {"pi", "po", "si", "pt", "qi", "qo", "ti", "to", "bits"} - set(self._arrays)
        if missing:
            raise ValueError(f"it lacks {', '.join(sorted(missing))}")
        self._asks = "qs" in self._arrays
        if self._asks:
            rows, sources = self._arrays["qs"], self._arrays["srcs"]
            clean = ~np.isin(sources, UNCLEAN)
            self._kept = clean[rows[:, 2]] & (rows[:, 3] == 0)
            own = np.array(
                [
                    name.split("-")[0] in ("ours", "fam", "follow", "moj")
                    for name in sources.tolist()
                ]
            )
            # The project's own questions count twice: they are of its kind.
            self._weights = (self._kept * (1 + own[rows[:, 2]])).astype(float)
            self._weights /= self._weights.sum()
            self._cumulated = np.cumsum(self._weights)
            self._whole = np.isin(sources, WHOLE)

    @property
    def lengths(self) -> NDArray[np.int64]:
        """How many tokens each passage has, without its title."""
        found: NDArray[np.int64] = np.diff(self._arrays["po"]).astype(np.int64)
        return found

    def passage(self, number: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """The tokens of a passage and the number of the sentence of each, from 1."""
        where = slice(*self._arrays["po"][number : number + 2])
        numbers = self._arrays["si"][where].astype(np.int64) + 1
        return self._arrays["pi"][where].astype(np.int64), numbers

    def title(self, passage: int) -> NDArray[np.int64]:
        """The tokens of a passage's title, maybe none."""
        return self._ragged("t", int(self._arrays["pt"][passage]))

    def question(self, number: int) -> NDArray[np.int64]:
        """The tokens of a question with its prefix."""
        return self._ragged("q", number)

    def questions(self) -> Mapping[int, Sequence[int]]:
        """The numbers of the questions that a passage answers, by the number of the passage."""
        a = self._arrays
        if self._asks:
            rows = a["qs"][self._kept]
            asked = [
                (int(passage), question)
                for question, first, count in rows[:, [0, 4, 5]].tolist()
                for passage in a["pos"][first : first + count, 0]
            ]
        else:
            asked = [
                (passage, question) for question, passage in a["ex"][a["bits"] != 0, :2].tolist()
            ]
        found: dict[int, list[int]] = {}
        for passage, question in asked:
            found.setdefault(passage, []).append(question)
        return found

    def group(self, chance: np.random.Generator, *, texts: int) -> Group:
        """Draw a question with right and wrong passages, or one example."""
        return self._question(chance, texts) if self._asks else self._example(chance)

    def _example(self, chance: np.random.Generator) -> Group:
        number = chance.integers(len(self._arrays["ex"]))
        question, passage, title, without, first, last = self._arrays["ex"][number].tolist()
        bits = int(self._arrays["bits"][number])
        text = self._text(question, passage, bits, (first, last), title=title, without=without)
        return Group((text,), UNKNOWN)

    def _question(self, chance: np.random.Generator, texts: int) -> Group:
        a = self._arrays
        number = int(np.searchsorted(self._cumulated, chance.random()))
        question, yes, source, _, right, rights, wrong, wrongs = a["qs"][number].tolist()
        marks = not self._whole[source]
        found = []
        if rights:
            at = right + int(chance.integers(rights))
            passage, first, last = a["pos"][at].tolist()
            bits = int(a["bits"][at])
            found.append(self._text(question, passage, bits, (first, last), marks=marks))
            if bits.bit_count() == 1 and chance.random() < 0.15:
                without = bits.bit_length() - 1
                found.append(self._text(question, passage, 0, (-1, -1), without=without))
        near = a["neg"][wrong : wrong + wrongs].copy()
        chance.shuffle(near)
        found += [
            self._text(question, passage, 0, (-1, -1))
            for passage in near.tolist()[: texts - len(found)]
        ]
        while len(found) < 2:
            passage = int(chance.integers(len(a["pt"])))
            found.append(self._text(question, passage, 0, (-1, -1)))
        return Group(tuple(t for t in found if t.numbers.any()), NEITHER if yes < 0 else yes)

    def _text(
        self,
        question: int,
        passage: int,
        bits: int,
        span: tuple[int, int],
        *,
        title: int = -1,
        without: int = -1,
        marks: bool = True,
    ) -> Text:
        query = self.question(question)
        heading = self.title(passage) if title < 0 else self._ragged("t", title)
        ids, numbers = self.passage(passage)
        if without >= 0:
            kept = numbers != without + 1
            ids, numbers = ids[kept], numbers[kept]
            numbers = np.unique(numbers, return_inverse=True)[1] + 1
        prompt = [BEGIN, *query, END, *heading, *([END] if len(heading) else [])]
        begun, (first, last) = len(prompt), span
        inside = 0 <= first <= last < len(ids)
        return Text(
            ids=np.array([*prompt, *ids, END]),
            numbers=np.concatenate([np.zeros(begun, int), numbers, [0]]),
            answers=tuple(n + 1 for n in range(64) if bits >> n & 1),
            span=(begun + first, begun + last) if inside else (-1, -1),
            marks=marks,
        )

    def _ragged(self, name: str, number: int) -> NDArray[np.int64]:
        start, end = self._arrays[f"{name}o"][number : number + 2]
        found: NDArray[np.int64] = self._arrays[f"{name}i"][start:end].astype(np.int64)
        return found


def read_packs(files: Sequence[Path]) -> list[Pack]:
    """Read packs; raise ModelLoadError for a file that is none."""
    packs = []
    for file in files:
        with holding("passages with questions", file, remedy="Name packs."):
            packs.append(Pack(file))
    return packs

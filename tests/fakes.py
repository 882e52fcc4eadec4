"""Stand-ins that implement the project's protocols, and texts to try things on."""

import threading
import time
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, replace
from itertools import pairwise
from typing import Any

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

from embeddings.types import FloatMatrix, Progress, Reading, ReadPassage, Span
from qa.assistant import Assistant
from qa.corpus.versions import Standing
from qa.deadline import Deadline
from qa.index.inverted.part import PostingsPart
from qa.index.inverted.postings import Postings
from qa.index.rows import Columns
from qa.index.store import Snapshot
from qa.types import (
    Answer,
    Citation,
    Document,
    Filter,
    Hit,
    Language,
    Message,
    Status,
    Timings,
)


class FakeEmbedder:
    """Hashes character pairs into unit vectors: the same text always gives the same vector.

    `embedded` counts the passages embedded. `crash_after` so many it raises
    `EmbeddingCrashError`; `delay` seconds are spent on each.
    """

    def __init__(
        self,
        *,
        dimension: int = 64,
        model_id: str = "fake-pairs",
        crash_after: int | None = None,
        delay: float = 0.0,
    ) -> None:
        self.embedded = 0
        self._dimension = dimension
        self._model_id = model_id
        self._crash_after = crash_after
        self._delay = delay

    @property
    def model_id(self) -> str:
        return self._model_id

    @property
    def dimension(self) -> int:
        return self._dimension

    def embed_queries(self, texts: Sequence[str]) -> FloatMatrix:
        return np.array([self._vector(text) for text in texts], np.float32).reshape(
            len(texts), self._dimension
        )

    def embed_passages(
        self, texts: Sequence[str], *, progress: Progress | None = None
    ) -> FloatMatrix:
        vectors = np.empty((len(texts), self._dimension), dtype=np.float32)
        for row, text in enumerate(texts):
            if self.embedded == self._crash_after:
                raise EmbeddingCrashError
            time.sleep(self._delay)
            vectors[row] = self._vector(text)
            self.embedded += 1
            if progress is not None:
                progress(1)
        return vectors

    def embed_with_sentences(
        self, passages: Sequence[ReadPassage], *, progress: Progress | None = None
    ) -> list[FloatMatrix]:
        found = []
        for heading, sentences in ((p.heading, p.sentences) for p in passages):
            if self.embedded == self._crash_after:
                raise EmbeddingCrashError
            time.sleep(self._delay)
            whole = f"{heading}: {' '.join(sentences)}"
            texts = [whole, *(f"{heading}: {sentence}" for sentence in sentences)]
            found.append(np.array([self._vector(text) for text in texts], np.float32))
            self.embedded += 1
            if progress is not None:
                progress(1)
        return found

    def _vector(self, text: str) -> FloatMatrix:
        counts = np.zeros(self._dimension, dtype=np.float32)
        counts[0] = 1e-3  # no text has length zero
        for pair in pairwise(text.casefold() + " "):
            counts[zlib.crc32("".join(pair).encode()) % self._dimension] += 1
        vector: FloatMatrix = counts / np.linalg.norm(counts)
        return vector


class EmbeddingCrashError(Exception):
    """Raised by a `FakeEmbedder` that was told to crash."""


def make_document(
    text: str, source: str = "plan.txt", *, language: Language = Language.SIMPLIFIED
) -> Document:
    """A document whose id follows from its text, as a real one's does."""
    return Document(
        id=f"{zlib.crc32(text.encode()):08x}",
        title=f"Title of {source}",
        publisher="",
        issued="2025-05-21",
        language=language,
        source=source,
        text=text,
    )


TEXTS = {
    "empty": "",
    "blank": " \t\r\n\u3000\f",
    "simplified": "国家级经开区有232家，遍布31个省。“稳外贸。”吉小枫说。",
    "traditional": "國家級經開區有232家,遍布31個省。“勇當排頭兵。”張召堂說。",
    "english": "The U.S. plan has 16 measures. Mr. Shen said so on May 21, 2025!",
    "mixed": "CPTPP 是什么？What is 经开区 in No. 5 plan",
    "full width": "ＣＰＴＰＰ　有１８０ＧＷｈ，占２４．５％！（见①）",
    "emoji": "👩‍👩‍👧 zone🙂。\u200d🇨🇳",
    "combining": "Cafe\u0301 A\u030a が ǅ ß ﬁ ½ ㎞ ㍿ \u0345",
    "layout": "# 标题\r\n\r\n一行文\n字。\u2028二\x0c三\x85\n- 甲\n- 乙\n",
}

_LONG = 100_000
LONG_LINES = {
    f"{text[:8]!a}": (text * _LONG)[:_LONG]
    for text in (
        *("国家级经开区是主阵地", "國家級。", "二", "一", "龘", "，", "。”", "百分之"),
        *("The zone opened in May. ", "the zone opened ", "a", "A", "A.", ". ", "may "),
        *("1", "1,111", "1.", "1 ", "a1", "2024年", "１", "😀", "“", "#", "- ", " ", "\u0301"),
    )
}
"""Lines of 100,000 characters of every kind, by the ASCII form of what they repeat."""

_FRAGMENTS = [
    *TEXTS.values(),
    *"国國经經区。，、！？“”‘’…：；（）《》\n \r\t\u3000#-.0123５aAzZ%％'\"()½ﬁß😀\u0301\u200b",
    *(
        "\n\n",
        "。\n",
        "第一章",
        "一、",
        "U.S.",
        "Mr. ",
        "16.9万亿",
        "百分之十",
        "5月21日",
        "\u2029",
    ),
]

texts: st.SearchStrategy[str] = st.lists(
    st.one_of(st.sampled_from(_FRAGMENTS), st.text(max_size=4)), max_size=60
).map("".join)
"""Any text, mostly of what steers the reading of documents."""


def same_snapshot(one: Snapshot, other: Snapshot) -> bool:
    """Whether two snapshots, each in one part, hold the same to the last bit."""
    plain = ("model_id", "documents", "terms", "contexts")
    return (
        all(getattr(one, name) == getattr(other, name) for name in plain)
        and list(one.passages) == list(other.passages)
        and list(one.rows) == list(other.rows)
        and all(_same(*columns) for columns in zip(*map(_columns, (one, other)), strict=True))
        and _same(np.asarray(one.vectors), np.asarray(other.vectors))
        and _same(np.asarray(one.sentence_vectors), np.asarray(other.sentence_vectors))
        and same_postings(one.postings, other.postings)
        and same_postings(one.context_postings, other.context_postings)
    )


def same_postings(one: Postings, other: Postings) -> bool:
    """Whether two inverted indexes, each in one part, hold the same to the last bit."""
    (part,), (theirs,) = one.parts, other.parts
    arrays = [field.name for field in fields(PostingsPart) if field.name != "vocabulary"]
    return part.vocabulary == theirs.vocabulary and all(
        _same(getattr(part, name), getattr(theirs, name)) for name in arrays
    )


def _columns(snapshot: Snapshot) -> list[NDArray[Any]]:
    return [getattr(snapshot.columns, field.name) for field in fields(Columns)]


def _same(one: NDArray[Any], other: NDArray[Any]) -> bool:
    return one.dtype == other.dtype and np.array_equal(one, other)


class GatedAssistant(Assistant):
    """Finds nothing and answers `yes`, or what `answer` makes, but only once `gate` is set.

    `started` and `composed` count the questions that came so far; `seconds` are spent on each.
    """

    def __init__(
        self,
        *,
        seconds: float = 0.0,
        error: Exception | None = None,
        answer: Callable[[str], Answer] | None = None,
    ) -> None:
        self.documents = ()
        self.passage_count = 0
        self.gate = threading.Event()
        self.started = 0
        self.composed = 0
        self._seconds = seconds
        self._error = error
        self._answer = answer or make_answer

    @property
    def standings(self) -> Mapping[str, Standing]:
        return {}

    def ask(
        self,
        messages: Sequence[Message],
        *,
        top_k: int = 5,
        within: Filter | None = None,
        found: Callable[[Sequence[Hit]], None] | None = None,
        deadline: Deadline | None = None,
    ) -> Answer:
        self.started += 1
        assert self.gate.wait(30)
        time.sleep(self._seconds)
        if self._error is not None:
            raise self._error
        if found is not None:
            found([])
        self.composed += 1
        return self._answer(messages[-1].content)


def make_answer(question: str, text: str = "yes") -> Answer:
    """An answer without citations."""
    return Answer(
        question=question,
        language=Language.ENGLISH,
        status=Status.NO_ANSWER,
        text=text,
        confidence=0.0,
        citations=(),
        hits=(),
        timings_ms=Timings(embed=0, search=0, answer=0, total=0),
    )


def make_led_answer(question: str) -> Answer:
    """An answer with every part there is: the short one, titles, sentences, a list."""
    first, second = "甲市创业补贴办法", "乙市创业补贴办法（2024）"
    quoted = [
        (first, "每户每月补贴2000元。"),
        (first, "补贴由区里发放。"),
        (second, "申请人提交下列材料："),
        (second, "身份证；"),
        (second, "户口簿。"),
    ]
    citations = [_citation(index, *place) for index, place in enumerate(quoted, start=1)]
    citations[0] = replace(citations[0], answer_spans=((6, 11),))
    said = [f"{citation.cited_text} [{citation.index}]" for citation in citations]
    lines = [
        "每月2000元 [1]",
        *(first, " ".join(said[:2])),
        *(second, said[2], f"- {said[3]}", f"- {said[4]}"),
    ]
    return replace(
        make_answer(question, "\n".join(lines)),
        language=Language.SIMPLIFIED,
        status=Status.GROUNDED,
        short_answer="每月2000元",
        confidence=0.9,
        citations=tuple(citations),
    )


def _citation(index: int, title: str, text: str) -> Citation:
    return Citation(
        index=index,
        document_id=f"{zlib.crc32(title.encode()):08x}",
        title=title,
        publisher="",
        date="2024-03-01",
        source="plan.txt",
        paragraph=1,
        start_char=0,
        end_char=len(text),
        cited_text=text,
        language=Language.SIMPLIFIED,
    )


class FakeReader:
    """Likes the sentences that hold a word of its own, by default any, and finds none elsewhere.

    `read_texts` are the sentences that it was given, in order. Where it likes several equally, all
    belong to the answer; the word is also the short answer. `others` is the logit of the rest,
    `yes_no` what it says to a question of yes or no.
    """

    def __init__(
        self,
        liked: str = "",
        *,
        others: float = -9.0,
        yes_no: tuple[float, float, float] = (0.0, 0.0, 9.0),
    ) -> None:
        self._liked = liked
        self._others = others
        self._yes_no = yes_no
        self.read_texts: list[str] = []
        self.headings: list[str] = []

    @property
    def reader_id(self) -> str:
        return f"fake-{self._liked}"

    def _span(self, number: int, text: str) -> Span:
        start = text.find(self._liked)
        sure = 0.0 if self._liked and start >= 0 else -9.0
        return Span(number, max(0, start), max(0, start) + len(self._liked), sure)

    def read(self, question: str, passages: Sequence[ReadPassage]) -> list[Reading]:
        found = []
        for passage in passages:
            self.read_texts += passage.sentences
            self.headings.append(passage.heading)
            scores = [9.0 if self._liked in text else self._others for text in passage.sentences]
            spans = tuple(map(self._span, range(len(scores)), passage.sentences))
            logits = np.array(scores, dtype=np.float32)
            found.append(Reading(logits, logits - 9, 0.0, spans, self._yes_no))
        return found

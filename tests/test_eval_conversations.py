"""Conversations: reading them, asking follow-ups both ways, and what the difference is."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from eval.conversation_report import follow_up_record, follow_up_table
from eval.conversations import (
    FollowUp,
    is_correct,
    load_conversations,
    run_conversations,
    summarize_follow_ups,
)
from eval.judging import Outcome
from eval.questions import InputFileError
from qa.types import Answer, Document, Hit, Language, Message, Passage, Status, Timings

TEXT = "苏州设立于1994年。\n宁波设立于1984年。\n"
DOCUMENT = Document(id="d", title="", language=Language.SIMPLIFIED, source="a.txt", text=TEXT)
PASSAGES = [
    Passage("suzhou", "d", 1, 0, 11, TEXT[:11], Language.SIMPLIFIED),
    Passage("ningbo", "d", 2, 12, 23, TEXT[12:23], Language.SIMPLIFIED),
]
GOLD = Path(__file__).parents[1] / "eval" / "gold"


def turn(identifier: str, question: str, answer: str = "", **more: object) -> dict[str, object]:
    line = next((line for line in TEXT.splitlines() if answer and answer in line), "")
    return {
        "id": identifier,
        "language": "zh-Hans",
        "kind": "date" if answer else "unanswerable",
        "question": question,
        "evidence": [{"source": "a.txt", "text": line}] if answer else [],
        "answers": [answer] if answer else [],
        **more,
    }


FIRST = turn("c-1", "苏州是哪一年设立的？", "1994年")
SECOND = turn("c-2", "宁波呢？", "1984年", full="宁波是哪一年设立的？")
THIRD = turn("c-3", "青岛呢？", full="青岛是哪一年设立的？")
NEW = turn("c-4", "谁写了《红楼梦》？", full="谁写了《红楼梦》？")


def write(folder: Path, *conversations: object) -> Path:
    lines = [json.dumps(conversation, ensure_ascii=False) for conversation in conversations]
    (folder / "conversations.jsonl").write_text("\n".join(lines), encoding="utf-8")
    return folder


class Listener:
    """Answers what it has in full, and of the follow-ups those in `understood`; else refuses."""

    def __init__(self, *understood: str) -> None:
        self._understood = understood
        self.asked: list[list[Message]] = []

    def ask(self, messages: Sequence[Message], *, top_k: int = 5) -> Answer:
        self.asked.append(list(messages))
        question = messages[-1].content
        found = [p for p in PASSAGES if p.text[:2] in question]
        is_clear = question.endswith("设立的？") or question in self._understood
        said = found[0].text if found and is_clear else ""
        return Answer(
            question=question,
            language=Language.SIMPLIFIED,
            status=Status.PARTIAL if said else Status.NO_ANSWER,
            text=said or "文件没有说。",
            confidence=0.5,
            citations=(),
            hits=tuple(Hit(passage, 1.0) for passage in (found if is_clear else PASSAGES)),
            timings_ms=Timings(0, 0, 0, 0),
            resolved_question=question,
        )


def follow(folder: Path, assistant: Listener) -> list[FollowUp]:
    conversations = load_conversations(
        write(folder, {"id": "c", "turns": [FIRST, SECOND, THIRD, NEW]})
    )
    return run_conversations(assistant, conversations, documents=[DOCUMENT], passages=PASSAGES)


def test_a_folder_without_conversations_has_none(tmp_path: Path) -> None:
    assert load_conversations(tmp_path) == []


def test_the_gold_conversations_can_be_read() -> None:
    conversations = load_conversations(GOLD)
    assert len(conversations) == len((GOLD / "conversations.jsonl").read_text().splitlines())


@pytest.mark.parametrize(
    ("conversation", "reason"),
    [
        ([FIRST, SECOND], "not a JSON object"),
        ({"id": "c", "turns": [FIRST]}, "two or more turns"),
        ({"id": "c", "turns": [FIRST, SECOND], "more": 1}, "has an id and"),
        ({"id": "c", "turns": [FIRST, "宁波呢？"]}, "must be a JSON object"),
        ({"id": "c", "turns": [SECOND, THIRD]}, "needs `full`"),
        ({"id": "c", "turns": [FIRST, FIRST]}, "needs `full`"),
        ({"id": "c", "turns": [FIRST, {**SECOND, "answers": []}]}, "needs evidence, and answers"),
        ({"id": "c", "turns": [FIRST, SECOND, SECOND]}, "'c-2' is used twice"),
    ],
)
def test_what_is_wrong_with_a_file_is_said(
    tmp_path: Path, conversation: object, reason: str
) -> None:
    with pytest.raises(InputFileError, match=reason):
        load_conversations(write(tmp_path, conversation))


def test_a_follow_up_is_asked_with_the_turns_and_answers_before_it(tmp_path: Path) -> None:
    assistant = Listener()
    follow(tmp_path, assistant)
    said = [Message("user", str(FIRST["question"])), Message("assistant", TEXT[:11])]
    assert [*said, Message("user", "宁波呢？")] in assistant.asked
    refused = [Message("user", "宁波呢？"), Message("assistant", "文件没有说。")]
    assert [*said, *refused, Message("user", "青岛呢？")] in assistant.asked
    assert [Message("user", "宁波是哪一年设立的？")] in assistant.asked


def test_both_ways_are_judged_by_the_same_gold(tmp_path: Path) -> None:
    second, third, new = follow(tmp_path, Listener())
    assert second.in_context.outcome is Outcome.REFUSED_WRONGLY
    assert second.in_full.outcome is Outcome.RIGHT
    assert third.in_context.outcome is third.in_full.outcome is Outcome.REFUSED_RIGHTLY
    assert [f.opens_topic for f in (second, third, new)] == [False, False, True]
    understood = follow(tmp_path, Listener("宁波呢？"))
    assert [is_correct(f.in_context) for f in understood] == [True, True, True]


def test_the_difference_is_that_of_the_shares(tmp_path: Path) -> None:
    summaries = {s.name: s for s in summarize_follow_ups(follow(tmp_path, Listener()))}
    everything = summaries["all, correct"]
    assert everything.in_context.value == pytest.approx(2 / 3)
    assert everything.in_full.value == 1
    assert everything.difference.value == pytest.approx(-1 / 3)
    assert everything.difference.low < everything.difference.value < everything.difference.high
    assert summaries["new topic, correct"].difference.value == 0
    assert summaries["answerable, correct"].in_context.value == 0
    # Without the name in front both passages were found, and the wrong one first.
    assert summaries["answerable, hit@1"].in_context.value == 0
    assert summaries["answerable, hit@1"].in_full.value == 1


def test_no_follow_ups_give_no_figures() -> None:
    assert summarize_follow_ups([]) == []


def test_the_report_shows_each_turn_and_the_figures(tmp_path: Path) -> None:
    follow_ups = follow(tmp_path, Listener())
    record = json.loads(json.dumps(follow_up_record(follow_ups)))
    assert record["turns"][0] == {
        "id": "c-2",
        "question": "宁波呢？",
        "resolved": "宁波呢？",
        "full": "宁波是哪一年设立的？",
        "in_context": "refused, but the documents say",
        "in_full": "right",
    }
    assert record["summaries"][0]["difference"]["value"] == pytest.approx(-1 / 3)
    table = follow_up_table(follow_ups)
    assert table.row_count == len(record["summaries"])
    assert str(next(iter(table.columns[4].cells))).startswith("-0.333")

"""What passages hold and lack of a question, by hand."""

import numpy as np
import pytest
from fakes import FakeEmbedder, make_document

from qa.answers.evidence import EvidenceReader, Lacking
from qa.corpus.passages import split_document
from qa.index.building import make_snapshot
from qa.language.text import detect_language
from qa.retrieval.hybrid import build_searchers
from qa.types import Question

PLAIN = "宁波经开区的土地开发强度超过39%。2024年有64家企业。"
OTHER = "Suzhou Industrial Park ranks first."
RENDERINGS = {
    "宁波经开区的土地开发强度超过39%。": "Land development intensity in Ningbo is above 39%.",
    "2024年有64家企业。": "There were 64 companies in 2024.",
}


def reader(*, rendered: bool) -> EvidenceReader:
    documents = [
        make_document(text, f"{n}.txt", language=detect_language(text))
        for n, text in enumerate((PLAIN, OTHER))
    ]
    passages = [passage for document in documents for passage in split_document(document)]
    snapshot = make_snapshot(
        documents, passages, FakeEmbedder(), renderings=RENDERINGS if rendered else {}
    )
    return EvidenceReader(snapshot, build_searchers(snapshot).keyword_scorer)


def lacking(text: str, *, sentence: int = 0, rendered: bool = False) -> Lacking:
    question = Question(text, detect_language(text), np.zeros(1, dtype=np.float32))
    return reader(rendered=rendered).lacking(question, 0, sentence)


def test_nothing_lacks_where_all_is_said() -> None:
    found = lacking("宁波经开区的土地开发强度是多少？")
    assert (found.in_sentence, found.in_passage, found.names, found.attribute) == (0, 0, 0, 0)


def test_another_place_lacks_its_name() -> None:
    found = lacking("青島經開區的土地開發強度是多少？")
    assert found.names == 1
    assert 0 < found.in_passage < 1
    assert lacking("What is the land development intensity of Qingdao?", rendered=True).names == 1


@pytest.mark.parametrize(("year", "absent"), [("2024", 0), ("2022", 1)])
def test_another_year_is_told(year: str, absent: float) -> None:
    found = lacking(f"{year}年有多少家企业？", sentence=1)
    assert (found.year, found.other_year) == (absent, absent)


def test_what_is_counted_must_stand_there() -> None:
    assert lacking("2024年有多少家企业？", sentence=1).counted == 0
    assert lacking("2024年有多少名员工？", sentence=1).counted == 1


def test_a_word_may_stand_in_either_language() -> None:
    alone = lacking("How many enterprises were there in 2024?", sentence=1)
    both = lacking("How many enterprises were there in 2024?", sentence=1, rendered=True)
    assert both.in_sentence <= alone.in_sentence
    assert both.figures == 0


def test_a_question_of_one_word_says_little() -> None:
    assert lacking("强度？").topic == 1
    assert lacking("").topic == 1

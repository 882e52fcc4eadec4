"""Windows of a passage against the text that they were cut from."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from embeddings.onnx_encoder import OnnxEncoder
from embeddings.types import ReadPassage
from embeddings.windows import READ_TOKENS, Window, windows_to_read

BEGIN, END = "<s>", "</s>"


def _cut(
    encoder: OnnxEncoder, sentences: tuple[str, ...], question: str = "谁", heading: str = ""
) -> list[Window]:
    return list(windows_to_read(encoder.tokenizer, question, [ReadPassage(heading, sentences)]))


def _tokens(encoder: OnnxEncoder, window: Window) -> list[str]:
    return [encoder.tokenizer.id_to_token(int(row)) or "" for row in window.ids]


def test_the_form_is_that_of_the_training(encoder: OnnxEncoder) -> None:
    (window,) = _cut(encoder, ("第一句。", "第二句。"), "谁来？", "办法 第六条")
    text = "".join(_tokens(encoder, window)).replace("▁", " ")
    assert text == f"{BEGIN} query: 谁来?{END} 办法 第六条{END} 第一句。第二句。{END}"
    assert window.numbers.tolist() == sorted(window.numbers.tolist())
    assert set(window.numbers.tolist()) == {0, 1}


def test_without_a_heading_its_end_mark_is_left_out(encoder: OnnxEncoder) -> None:
    (window,) = _cut(encoder, ("甲。",))
    assert _tokens(encoder, window).count(END) == 2


def test_a_space_stands_between_english_sentences_only(encoder: OnnxEncoder) -> None:
    (english,) = _cut(encoder, ("It ends.", "It begins."))
    (chinese,) = _cut(encoder, ("到此为止。", "由此开始。"))
    assert "".join(_tokens(encoder, english)).endswith(f"▁It▁ends.▁It▁begins.{END}")
    assert "".join(_tokens(encoder, chinese)).endswith(f"▁到此为止。由此开始。{END}")


def test_question_heading_and_window_are_cut_as_in_training(encoder: OnnxEncoder) -> None:
    window, *_ = _cut(encoder, ("香港" * 3_000,), "多少" * 3_000, "标题" * 3_000)
    first, second = (place for place, row in enumerate(window.ids[:-1]) if row == 2)
    assert (first, second - first, window.first) == (1 + 72, 1 + 40, 1 + 72 + 1 + 40 + 1)
    assert len(window.numbers) == READ_TOKENS
    assert len(window.ids) <= 512


@pytest.mark.parametrize("count", [1, 40, 200])
def test_windows_are_whole_sentences_and_leave_none_out(encoder: OnnxEncoder, count: int) -> None:
    sentences = tuple(f"第{number}条规定，申请人应当提交材料。" for number in range(count))
    whole = encoder.tokenizer.encode("".join(sentences), add_special_tokens=False)
    windows = _cut(encoder, sentences)
    assert np.unique(np.concatenate([w.numbers for w in windows])).tolist() == list(range(count))
    for window in windows:
        assert len(window.numbers) <= READ_TOKENS
        for number in window.sentences():  # every token of the sentence is here
            starts = window.bounds[window.numbers == number]
            assert starts[0, 0] == 0
            assert starts[-1, 1] == len(sentences[number])
    assert len(whole.ids) <= sum(len(window.numbers) for window in windows)
    if len(windows) > 1:  # the last one is as full as the others
        assert len(windows[-1].numbers) > READ_TOKENS - 30


@settings(max_examples=60)
@given(st.lists(st.text(max_size=30), max_size=30))
def test_tokens_lie_within_their_sentences(encoder: OnnxEncoder, texts: list[str]) -> None:
    texts = [text.encode(errors="ignore").decode() for text in texts]
    for window in _cut(encoder, tuple(texts)):
        assert (np.diff(window.numbers) >= 0).all()
        for number, (start, end) in zip(window.numbers, window.bounds, strict=True):
            assert 0 <= start <= end <= len(texts[number])


def test_each_row_of_averages_is_a_mean_over_one_sentence(encoder: OnnxEncoder) -> None:
    (window,) = _cut(encoder, ("It ends here.", "", "It begins."))
    rows = window.averages()
    assert rows.shape == (2, len(window.ids))
    np.testing.assert_allclose(rows.sum(axis=1), 1, rtol=1e-6)
    for row, number in zip(rows, window.sentences(), strict=True):
        places = window.first + np.flatnonzero(window.numbers == number)
        assert np.flatnonzero(row).tolist() == places.tolist()
        assert len(set(row[places].tolist())) == 1


def test_no_sentences_give_one_row_of_zeros(encoder: OnnxEncoder) -> None:
    (window,) = _cut(encoder, ())
    assert window.averages().tolist() == [[0.0] * len(window.ids)]

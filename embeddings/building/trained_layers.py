"""Trained layers on the word table of a bundled encoder: what reader and encoder are made from."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, cast

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from torch import Tensor

from embeddings.onnx_encoder import MODEL_FILE
from embeddings.types import FloatMatrix

if TYPE_CHECKING:
    from transformers import BertModel
    from transformers.models.bert.modeling_bert import BertLayer

HEADS = 12

Weights = Mapping[str, Tensor]


def read_weights(file: Path) -> Weights:
    """Return the tensors of an .npz in fp32."""
    with np.load(file) as stored:
        return {name: torch.from_numpy(stored[name].astype(np.float32)) for name in stored.files}


def bert_of(weights: Weights, encoder: Path) -> "BertModel":
    """Return a fp32 BERT with the trained layers on the encoder's word table."""
    from transformers import BertConfig, BertModel

    words, places, norm = read_tables(encoder)
    layers = 1 + max(int(name.split(".")[1]) for name in weights if name.startswith("layers."))
    config = BertConfig(
        vocab_size=len(words),
        hidden_size=words.shape[1],
        num_hidden_layers=layers,
        num_attention_heads=HEADS,
        intermediate_size=len(weights["layers.0.f1.bias"]),
        max_position_embeddings=len(places),
        layer_norm_eps=1e-12,
    )
    bert = BertModel(config, add_pooling_layer=False).eval().requires_grad_(False)
    tables = bert.embeddings
    tables.word_embeddings.weight.copy_(torch.from_numpy(words))
    tables.position_embeddings.weight.copy_(torch.from_numpy(places))
    tables.token_type_embeddings.weight.zero_()  # it is in the places already
    tables.LayerNorm.load_state_dict(norm)
    for number, layer in enumerate(bert.encoder.layer):
        _fill(layer, weights, f"layers.{number}")
    return cast("BertModel", bert)


def _fill(layer: "BertLayer", weights: Weights, name: str) -> None:
    attention, merge = layer.attention.self, layer.attention.output
    for target, part in (
        (merge.dense, "o"),
        (merge.LayerNorm, "n1"),
        (layer.intermediate.dense, "f1"),
        (layer.output.dense, "f2"),
        (layer.output.LayerNorm, "n2"),
    ):
        target.load_state_dict(state_of(weights, f"{name}.{part}"))
    together = state_of(weights, f"{name}.qkv")
    for place, target in enumerate((attention.query, attention.key, attention.value)):
        target.load_state_dict({key: value.chunk(3)[place] for key, value in together.items()})


def state_of(weights: Weights, name: str) -> dict[str, Tensor]:
    """Return the weight and bias of one linear map or norm."""
    return {part: weights[f"{name}.{part}"] for part in ("weight", "bias")}


def read_tables(encoder: Path) -> tuple[FloatMatrix, FloatMatrix, dict[str, Tensor]]:
    """Return the word vectors, the position vectors and the norm of the bundled encoder."""
    graph = onnx.load(encoder / MODEL_FILE).graph
    arrays = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
    zero, scale = arrays["words_zero_point"], arrays["words_scale"]
    words = (arrays["words_quantized"].astype(np.float32) - np.float32(zero)) * scale
    norm = {part: torch.tensor(arrays[f"norm.{part}"]) for part in ("weight", "bias")}
    return words.astype(np.float32), np.array(arrays["places"]), norm

"""Trained layers on the word table of a bundled encoder: what reader and encoder are made from.

`Transformer` trains them, with padded batches; `bert_of` makes of them what is exported.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, cast
from zipfile import BadZipFile

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from torch import Tensor, nn
from torch.nn import functional

from embeddings.building.training_data import PAD
from embeddings.onnx_encoder import MODEL_FILE
from embeddings.types import FloatMatrix, ModelLoadError

if TYPE_CHECKING:
    from transformers import BertModel
    from transformers.models.bert.modeling_bert import BertLayer

HEADS = 12
PARTS = 6
"""Into as many parts a batch's texts are sorted by length."""

ROUNDED = 32
"""Lengths are rounded up to this: a GPU is slow with each new one."""

Weights = Mapping[str, Tensor]


def read_weights(file: Path) -> Weights:
    """Return the tensors of an .npz in fp32."""
    with np.load(file) as stored:
        return {name: torch.from_numpy(stored[name].astype(np.float32)) for name in stored.files}


@contextmanager
def holding(
    what: str, file: Path, *, remedy: str = "Give the .npz that training wrote."
) -> Iterator[None]:
    """Turn what a file or folder of another kind raises into ModelLoadError."""
    try:
        yield
    except (OSError, ValueError, KeyError, RuntimeError, BadZipFile) as error:
        raise ModelLoadError(
            f"{file} does not hold {what} ({type(error).__name__}: {error}). {remedy}"
        ) from error


def count_layers(weights: Weights) -> int:
    """Return how many layers the weights are of."""
    return 1 + max(int(name.split(".")[1]) for name in weights if name.startswith("layers."))


class Layer(nn.Module):
    """One post-norm transformer layer, named as the weights are."""

    def __init__(self, size: int, wide: int) -> None:
        super().__init__()
        self.qkv, self.o = nn.Linear(size, 3 * size), nn.Linear(size, size)
        self.f1, self.f2 = nn.Linear(size, wide), nn.Linear(wide, size)
        self.n1, self.n2 = (nn.LayerNorm(size, eps=1e-12) for _ in range(2))

    def forward(self, x: Tensor, mask: Tensor, drop: float) -> Tensor:
        """Return what comes out of x, shape (texts, length, size)."""
        texts, length, size = x.shape
        parts = self.qkv(x).view(texts, length, 3, HEADS, size // HEADS).permute(2, 0, 3, 1, 4)
        query, key, value = parts
        met = functional.scaled_dot_product_attention(query, key, value, attn_mask=mask)
        met = self.o(met.transpose(1, 2).reshape(texts, length, size))
        x = self.n1(x + functional.dropout(met, drop))
        return self.n2(x + functional.dropout(self.f2(functional.gelu(self.f1(x))), drop))  # type: ignore[no-any-return]


class Transformer(nn.Module):
    """Layers that learn, as many as the weights have, on the encoder's word table, which stays."""

    def __init__(self, weights: Weights, encoder: Path) -> None:
        super().__init__()
        words, places, norm = read_tables(encoder)
        self.size = words.shape[1]
        self.register_buffer("words", torch.from_numpy(words), persistent=False)
        self.register_buffer("places", torch.from_numpy(places), persistent=False)
        self.register_buffer("scale", norm["weight"], persistent=False)
        self.register_buffer("shift", norm["bias"], persistent=False)
        wide = len(weights["layers.0.f1.bias"])
        self.layers = nn.ModuleList(Layer(self.size, wide) for _ in range(count_layers(weights)))

    def read(self, ids: Tensor, drop: float = 0.0) -> Tensor:
        """The vectors of all tokens. Texts of similar length go together, to save padding."""
        lengths = (ids != PAD).sum(1)
        parts = lengths.argsort().chunk(PARTS)
        read = []
        for part in parts:
            length = min(ids.shape[1], -(-int(lengths[part].max()) // ROUNDED) * ROUNDED)
            own = ids[part, :length]
            x = self.words[own] + self.places[:length]  # type: ignore[index]
            x = functional.dropout(self._normed(x), drop)
            mask = (own != PAD)[:, None, None, :]
            for layer in self.layers:
                x = layer(x, mask, drop)
            read.append(functional.pad(x.float(), (0, 0, 0, ids.shape[1] - length)))
        return torch.cat(read)[torch.cat(parts).argsort()]

    def _normed(self, x: Tensor) -> Tensor:
        return functional.layer_norm(x, x.shape[-1:], self.scale, self.shift, 1e-12)  # type: ignore[arg-type]


def sentence_means(x: Tensor, numbers: Tensor, sentences: int) -> tuple[Tensor, Tensor]:
    """Return the means over the tokens of each sentence, and whether it has any.

    x: (texts, length, size); numbers: (texts, length), each token's sentence from 1, 0 for none
    Gives (texts, sentences, size) and (texts, sentences).
    """
    inside = functional.one_hot(numbers, sentences + 1)[..., 1:].to(x.dtype)
    counts = inside.sum(1)
    return inside.transpose(1, 2) @ x / counts.clamp(min=1)[..., None], counts > 0


def bert_of(weights: Weights, encoder: Path) -> "BertModel":
    """Return a fp32 BERT with the trained layers on the encoder's word table."""
    from transformers import BertConfig, BertModel

    words, places, norm = read_tables(encoder)
    config = BertConfig(
        vocab_size=len(words),
        hidden_size=words.shape[1],
        num_hidden_layers=count_layers(weights),
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


def layers_of(bert: "BertModel") -> Weights:
    """Return the layers of a BERT as training names them; `bert_of` makes one of them again."""
    found: dict[str, Tensor] = {}
    for number, layer in enumerate(bert.encoder.layer):
        three = [part.state_dict() for part in _attending(layer)]
        parts = {name: part.state_dict() for name, part in _parts(layer).items()}
        parts["qkv"] = {kind: torch.cat([each[kind] for each in three]) for kind in three[0]}
        for name, state in parts.items():
            found |= {f"layers.{number}.{name}.{kind}": value for kind, value in state.items()}
    return found


def keep_layers(weights: Weights, numbers: Sequence[int]) -> Weights:
    """Return weights with the layers of some numbers alone, in the order of these.

    A pruned model begins with those that it misses least, a student of half as many layers with
    every second one (Sajjad et al., Computer Speech & Language 2023). Raise ValueError for a number
    that no layer has.
    """
    if not set(numbers) <= set(range(count_layers(weights))):
        raise ValueError(f"its layers are 0 to {count_layers(weights) - 1}, not all of {numbers}")
    found = {name: value for name, value in weights.items() if not name.startswith("layers.")}
    for place, number in enumerate(numbers):
        begins = f"layers.{number}."
        for name, value in weights.items():
            if name.startswith(begins):
                found[f"layers.{place}.{name.removeprefix(begins)}"] = value
    return found


def _fill(layer: "BertLayer", weights: Weights, name: str) -> None:
    for own, part in _parts(layer).items():
        part.load_state_dict(state_of(weights, f"{name}.{own}"))
    together = state_of(weights, f"{name}.qkv")
    for place, part in enumerate(_attending(layer)):
        part.load_state_dict({kind: value.chunk(3)[place] for kind, value in together.items()})


def _attending(layer: "BertLayer") -> tuple[nn.Module, nn.Module, nn.Module]:
    """Query, key and value, which training keeps in one matrix."""
    attention = layer.attention.self
    return attention.query, attention.key, attention.value


def _parts(layer: "BertLayer") -> dict[str, nn.Module]:
    """The other parts of a layer, by the names that training gives them."""
    merge = layer.attention.output
    return {
        "o": merge.dense,
        "n1": merge.LayerNorm,
        "f1": layer.intermediate.dense,
        "f2": layer.output.dense,
        "n2": layer.output.LayerNorm,
    }


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

"""Writes a BERT encoder as an int8 ONNX graph that embeds one text at a time, and parts of it.

One text at a time needs no mask and no padding, is faster on a processor than a padded batch,
and a vector never depends on the texts beside it: int8 products share one scale per matrix.

Two exact rewritings of the matrix products come before quantisation, because a few activations
are fifty times larger than the rest and would leave the others no bits:
- a channel that is large in every token is divided by a constant that its weights are
  multiplied by (SmoothQuant, Xiao et al. 2023, alpha 0.5);
- a token that is large (`<s>` and `</s>` in the middle layers) is divided by its own maximum,
  and its product multiplied by it.
Without them 1 - cosine to fp32 is five times as large (see the model card).
"""

from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, cast

import onnx
import torch
from onnxruntime import GraphOptimizationLevel, InferenceSession, SessionOptions
from onnxruntime.quantization import QuantType, quantize_dynamic
from torch import Tensor, nn

if TYPE_CHECKING:
    from transformers import BertModel
    from transformers.models.bert.modeling_bert import BertLayer

Maxima = dict[nn.Module, Tensor]
"""The largest |input| per channel of a matrix product."""

Shapes = tuple[dict[int, Any], ...]
"""The dimensions of each input that vary."""

EXPORT_PACKAGES = ("numpy", "onnx", "onnxruntime", "tokenizers", "torch", "transformers")
"""What decides the bytes that an export of trained weights writes."""

OPSET = 20  # the first with Gelu as one operation
INPUTS, OUTPUTS = ("input_ids", "parts"), ("vectors",)


class Product(nn.Module):
    """`x @ weight + bias`; with `maxima`, large channels of x are evened out first."""

    def __init__(self, weight: Tensor, bias: Tensor, maxima: Tensor | None = None) -> None:
        super().__init__()
        self.weight, self.bias = weight.T, bias
        self.shrink: Tensor | None = None
        if maxima is not None:
            # A power of two: exact, and so the same on every machine.
            grow = (maxima / self.weight.abs().amax(1)).sqrt().log2().round().exp2()
            self.weight = self.weight * grow[:, None]
            self.shrink = 1 / grow

    def forward(self, x: Tensor) -> Tensor:
        """Compute the product."""
        return self._even(x) @ self.weight + self.bias

    def by_row(self, x: Tensor) -> Tensor:
        """Compute the same with every row of x scaled to a maximum of 1."""
        x = self._even(x)
        top = x.abs().amax(-1, keepdim=True)
        return (x / top) @ self.weight * top + self.bias

    def _even(self, x: Tensor) -> Tensor:
        return x if self.shrink is None else x * self.shrink


class EncoderLayer(nn.Module):
    """One transformer layer over the tokens of one text, shape (length, hidden)."""

    def __init__(self, layer: "BertLayer", maxima: Maxima) -> None:
        super().__init__()
        attention = layer.attention.self
        query, key, value = attention.query, attention.key, attention.value
        self.heads: int = attention.num_attention_heads
        self.size: int = attention.attention_head_size
        scale = self.size**-0.5
        self.attend = Product(
            torch.cat([query.weight * scale, key.weight, value.weight]),
            torch.cat([query.bias * scale, key.bias, value.bias]),
            maxima[query],
        )
        merge, widen, narrow = layer.attention.output, layer.intermediate, layer.output
        self.merge = Product(merge.dense.weight, merge.dense.bias)
        self.widen = Product(widen.dense.weight, widen.dense.bias, maxima[widen.dense])
        self.narrow = Product(narrow.dense.weight, narrow.dense.bias)
        self.attention_norm, self.norm = merge.LayerNorm, narrow.LayerNorm

    def forward(self, x: Tensor) -> Tensor:
        """Return the tokens after attention and both dense products."""
        heads = self.attend(x).reshape(-1, 3 * self.heads, self.size).transpose(0, 1)
        query, key, value = heads.split(self.heads)
        context = (query @ key.transpose(1, 2)).softmax(-1) @ value
        merged = context.transpose(0, 1).reshape(-1, self.heads * self.size)
        x = self.attention_norm(x + self.merge(merged))
        inner = nn.functional.gelu(self.widen.by_row(x))
        result: Tensor = self.norm(x + self.narrow.by_row(inner))
        return result


class _Encoder(nn.Module):
    """Token ids of one text to the unit vectors of its parts, which are means over their tokens.

    input_ids: (length,); parts: (parts, length), each row 1/n at the n tokens of a part
    Gives (parts, hidden).
    """

    def __init__(self, bert: "BertModel", maxima: Maxima) -> None:
        super().__init__()
        tables = bert.embeddings
        self.words: Tensor = tables.word_embeddings.weight
        self.places = tables.position_embeddings.weight + tables.token_type_embeddings.weight[0]
        self.norm = tables.LayerNorm
        self.layers = nn.Sequential(*(EncoderLayer(layer, maxima) for layer in bert.encoder.layer))

    def forward(self, input_ids: Tensor, parts: Tensor) -> Tensor:
        words = nn.functional.embedding(input_ids, self.words)
        tokens = self.layers(self.norm(words + self.places[: input_ids.shape[0]]))
        return nn.functional.normalize(parts @ tokens, dim=1)


def export_int8(bert: "BertModel", calibration: Iterable[list[int]], file: Path) -> None:
    """Write the encoder to `file` and its weights to `file`.data, which is mapped, not read.

    `calibration` are token ids of ordinary texts. Neither file may be there before.
    """
    bert = bert.eval().requires_grad_(False)
    encoder = _Encoder(bert, channel_maxima(bert, calibration)).eval()
    positions = len(encoder.places)
    length = torch.export.Dim("length", min=2, max=positions)
    parts = torch.export.Dim("parts", min=1, max=positions)
    write_int8(
        encoder,
        (torch.arange(4), torch.full((3, 4), 0.25)),
        file,
        names=(INPUTS, OUTPUTS),
        dynamic_shapes=({0: length}, {0: parts, 1: length}),
    )


def write_int8(
    module: nn.Module,
    example: tuple[Tensor, ...],
    file: Path,
    *,
    names: tuple[tuple[str, ...], tuple[str, ...]],
    dynamic_shapes: Shapes,
) -> None:
    """Trace the module with the example, quantise its products, and write it to `file`.

    `names` are those of the inputs and of the outputs.
    """
    with TemporaryDirectory() as folder:
        full, int8, fused = (Path(folder, name) for name in ("full", "int8", "fused"))
        onnx.save(_trace(module, example, names, dynamic_shapes), full)
        # reduce_range: 7-bit weights, since the sums of 8-bit ones overflow on processors
        # without VNNI, which costs four points of cross-language retrieval.
        quantize_dynamic(
            full, int8, weight_type=QuantType.QInt8, per_channel=True, reduce_range=True
        )
        _fuse(int8, fused)
        onnx.save(onnx.load(fused), file, save_as_external_data=True, location=f"{file.name}.data")


def channel_maxima(bert: "BertModel", calibration: Iterable[list[int]]) -> Maxima:
    """Watch the products that follow a norm, two in each layer, while the texts pass through."""
    maxima: Maxima = {}

    def note(module: nn.Module, inputs: tuple[Tensor, ...]) -> None:
        seen = inputs[0].abs().amax((0, 1))
        maxima[module] = torch.maximum(maxima[module], seen) if module in maxima else seen

    handles = [
        module.register_forward_pre_hook(note)
        for layer in bert.encoder.layer
        for module in (layer.attention.self.query, layer.intermediate.dense)
    ]
    for ids in calibration:
        bert(input_ids=torch.tensor([ids]))
    for handle in handles:
        handle.remove()
    return maxima


def _trace(
    module: nn.Module,
    example: tuple[Tensor, ...],
    names: tuple[tuple[str, ...], tuple[str, ...]],
    dynamic_shapes: Shapes,
) -> onnx.ModelProto:
    """Return the fp32 graph, without the notes of the exporter that make no two builds alike."""
    inputs, outputs = names
    program = torch.onnx.export(
        module,
        example,
        input_names=list(inputs),
        output_names=list(outputs),
        dynamic_shapes=dynamic_shapes,
        opset_version=OPSET,
        dynamo=True,
        verbose=False,
    )
    model = cast("torch.onnx.ONNXProgram", program).model_proto
    for node in model.graph.node:
        del node.metadata_props[:]
        node.doc_string = ""
    for value in (*model.graph.input, *model.graph.output, *model.graph.initializer):
        del value.metadata_props[:]
    del model.graph.value_info[:]
    del model.graph.metadata_props[:]
    return model


def _fuse(source: Path, target: Path) -> None:
    """Fuse operations once, here, instead of at every start."""
    options = SessionOptions()
    options.graph_optimization_level = GraphOptimizationLevel.ORT_ENABLE_EXTENDED
    options.optimized_model_filepath = str(target)
    options.log_severity_level = 3  # it warns that a model optimised for one machine may not suit
    InferenceSession(source, options, providers=["CPUExecutionProvider"])

"""Makes the bundled reader from trained weights, on the embedding table of the bundled encoder.

    weights (.npz)           layers and heads as they were trained
      + model.onnx.data      word table, positions and norm of the bundled encoder
      -> reader.onnx, reader.onnx.data, reader.json

The table is not written again: reader.json says where in model.onnx.data it stands, and the graph
takes the tokens' rows as its input. Needs the extra `build`.
"""

from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import onnx
import torch
from onnx import numpy_helper
from torch import Tensor, nn

from embeddings.building.build_model import Report, calibration_texts, put_in_place
from embeddings.building.export_onnx import (
    EXPORT_PACKAGES,
    EncoderLayer,
    Maxima,
    channel_maxima,
    write_int8,
)
from embeddings.building.trained_layers import Weights, bert_of, holding, read_weights, state_of
from embeddings.model_files import load_tokenizer, write_description
from embeddings.onnx_encoder import BUNDLED_MODEL, MODEL_FILE, TOKENIZER_FILE, read_description
from embeddings.onnx_reader import (
    INPUTS,
    OUTPUTS,
    READER_DESCRIPTION,
    READER_FILE,
    READER_FILES,
)
from embeddings.types import ReadPassage
from embeddings.windows import windows_to_read

if TYPE_CHECKING:
    from transformers import BertModel


class ReaderModule(nn.Module):
    """A transformer over the tokens of one text, with a head for each thing that is read.

    tokens: (length, hidden), word and position vectors summed, before the norm
    sentences: (sentences, length), each row the mean over one sentence: 1/n at its n tokens
    Gives logits: sentences (sentences, 2): that one answers, that it belongs to the answer; none
    (1,), span (length, 2), and no, yes, neither (3,).
    """

    def __init__(self, bert: "BertModel", weights: Weights, maxima: Maxima) -> None:
        super().__init__()
        self.norm = bert.embeddings.LayerNorm
        self.layers = nn.Sequential(*(EncoderLayer(layer, maxima) for layer in bert.encoder.layer))
        self.meet, self.judge = (_linear(weights, f"sent.{number}") for number in (0, 2))
        self.none, self.span, self.yes_no = (_linear(weights, n) for n in ("null", "span", "yn"))

    def forward(self, tokens: Tensor, sentences: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Return the logits in the order of OUTPUTS."""
        x = self.layers(self.norm(tokens))
        means, first = sentences @ x, x[:1]
        pairs = torch.cat([means, first.expand_as(means)], 1)
        logits = self.judge(nn.functional.gelu(self.meet(pairs)))
        return logits, self.none(first)[0], self.span(x), self.yes_no(first)[0]


def build_reader(
    weights_file: Path, output: Path, *, encoder: Path = BUNDLED_MODEL, report: Report
) -> str:
    """Write the reader to the folder `output` and return its id; `encoder` has the word table."""
    report(f"Reading {weights_file.name} and the word table of {encoder}")
    with holding("the weights of a reader", weights_file):
        weights = read_weights(weights_file)
        bert = bert_of(weights, encoder)
    report("Watching the activations of ordinary text")
    maxima = channel_maxima(bert, calibration_inputs(encoder))
    report("Exporting")
    module = ReaderModule(bert, weights, maxima).eval().requires_grad_(False)
    with TemporaryDirectory() as folder:
        _export(module, Path(folder, READER_FILE), positions=bert.config.max_position_embeddings)
        put_in_place(Path(folder), output, READER_FILES)
    layers = len(bert.encoder.layer)
    return write_description(
        output / READER_DESCRIPTION,
        READER_FILES,
        name=f"wenzheng-reader-{layers}-int8",
        fields={"encoder": read_description(encoder).id, "table": _table_place(encoder)},
        packages=EXPORT_PACKAGES,
    )


def _export(module: ReaderModule, file: Path, *, positions: int) -> None:
    """Write the int8 graph for texts of up to `positions` tokens."""
    length = torch.export.Dim("length", min=2, max=positions)
    sentences = torch.export.Dim("sentences", min=1, max=positions)
    example = torch.ones(4, module.norm.weight.shape[0]), torch.full((3, 4), 0.25)
    write_int8(
        module,
        example,
        file,
        names=(INPUTS, OUTPUTS),
        dynamic_shapes=({0: length}, {0: sentences, 1: length}),
    )


def _linear(weights: Weights, name: str) -> nn.Linear:
    state = state_of(weights, name)
    outputs, inputs = state["weight"].shape
    linear = nn.Linear(inputs, outputs)
    linear.load_state_dict(state)
    return linear


def _table_place(encoder: Path) -> dict[str, object]:
    """Return where in the encoder's weights the word and position vectors stand."""
    graph = onnx.load(encoder / MODEL_FILE, load_external_data=False).graph
    tensors = {tensor.name: tensor for tensor in graph.initializer}

    def place(name: str) -> dict[str, int]:
        outside = {entry.key: entry.value for entry in tensors[name].external_data}
        return {"offset": int(outside["offset"]), "rows": tensors[name].dims[0]}

    def number(name: str) -> float:
        return numpy_helper.to_array(tensors[name]).item()  # type: ignore[no-any-return]

    return {
        "words": place("words_quantized"),
        "places": place("places"),
        "hidden": tensors["places"].dims[1],
        "scale": number("words_scale"),
        "zero_point": number("words_zero_point"),
    }


def calibration_inputs(encoder: Path) -> list[list[int]]:
    """Return the commonest words of both languages as token ids in the reader's form."""
    tokenizer = load_tokenizer(encoder / TOKENIZER_FILE)
    texts = list(calibration_texts())
    return [
        window.ids.tolist()
        for question, text in pairwise(texts)
        for window in windows_to_read(tokenizer, question, [ReadPassage("", (text, question))])
    ]

"""Makes the bundled encoder from trained weights, on the word table of the model it learnt from.

    weights (.npz)                    layers as `train-encoder` wrote them
      + model.onnx, tokenizer.json    of `build`, or of the encoder that is bundled
      -> model.onnx, model.onnx.data, tokenizer.json, model.json

Needs the extra `build`.
"""

import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

from embeddings.building.build_model import Report, calibration_texts, put_in_place
from embeddings.building.export_onnx import EXPORT_PACKAGES, export_int8
from embeddings.building.trained_layers import bert_of, holding, read_weights
from embeddings.model_files import load_tokenizer, write_description
from embeddings.onnx_encoder import (
    BUNDLED_MODEL,
    DESCRIPTION_FILE,
    MODEL_FILE,
    MODEL_FILES,
    TOKENIZER_FILE,
)
from embeddings.windows import PASSAGE_PREFIX


def build_encoder(
    weights_file: Path, output: Path, *, table: Path = BUNDLED_MODEL, report: Report
) -> str:
    """Write the encoder to the folder `output` and return its id; `table` has the word table."""
    report(f"Reading {weights_file.name} and the word table of {table}")
    with holding("the weights of an encoder", weights_file):
        bert = bert_of(read_weights(weights_file), table)
    report("Exporting")
    tokenizer = load_tokenizer(table / TOKENIZER_FILE)
    texts = tokenizer.encode_batch([PASSAGE_PREFIX + text for text in calibration_texts()])
    layers, dimension = len(bert.encoder.layer), bert.config.hidden_size
    with TemporaryDirectory() as folder:
        shutil.copyfile(table / TOKENIZER_FILE, Path(folder, TOKENIZER_FILE))
        export_int8(bert, [encoding.ids for encoding in texts], Path(folder, MODEL_FILE))
        put_in_place(Path(folder), output, MODEL_FILES)
    return write_description(
        output / DESCRIPTION_FILE,
        MODEL_FILES,
        name=f"wenzheng-encoder-{layers}-int8",
        fields={"dimension": dimension},
        packages=EXPORT_PACKAGES,
    )

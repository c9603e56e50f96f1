"""A small transformer with random weights, in a folder as Hugging Face has them."""

from __future__ import annotations

import contextlib
import io
from pathlib import Path

import torch

SIZE, LAYERS, POSITIONS = 16, 2, 12
_MARKS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"]
VOCABULARY = [*_MARKS, *"abcdefgh", *(f"##{c}" for c in "abcdefghs"), ".", "the", "cat", "서울"]


def tokenizer_json(longest: int = POSITIONS) -> str:
    """Returns a fast tokenizer, as a model file holds it."""
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

    words = {symbol: i for i, symbol in enumerate(VOCABULARY)}
    made = Tokenizer(models.WordPiece(words, unk_token="[UNK]", max_input_chars_per_word=300))
    made.normalizer = normalizers.BertNormalizer(strip_accents=False)
    made.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    marks = [(mark, words[mark]) for mark in ("[CLS]", "[SEP]")]
    made.post_processor = processors.TemplateProcessing("[CLS] $A [SEP]", special_tokens=marks)
    made.enable_truncation(longest)
    return str(made.to_str())


def write(folder: Path, kind: str = "bert", *, tokenizer: bool = True) -> Path:
    """Writes a transformer of two layers that reads 12 subwords at a time.

    Args:
        kind: "bert", "roberta", "distilbert", "albert" …
        tokenizer: with its own.
    """
    import transformers
    from tokenizers import Tokenizer

    torch.manual_seed(5)
    config = transformers.AutoConfig.for_model(
        kind,
        vocab_size=len(VOCABULARY),
        hidden_size=SIZE,
        embedding_size=SIZE,
        num_hidden_layers=LAYERS,
        num_attention_heads=2,
        intermediate_size=20,
        hidden_dim=20,
        initializer_range=0.3,
        pad_token_id=1 if kind == "roberta" else 0,
        max_position_embeddings=POSITIONS + (2 if kind == "roberta" else 0),
    )
    with contextlib.redirect_stderr(io.StringIO()):  # bars
        transformers.AutoModel.from_config(config).save_pretrained(folder)
    if tokenizer:
        fast = Tokenizer.from_str(tokenizer_json(99))
        fast.enable_padding(length=99)
        marks = dict(zip(("pad_token", "unk_token", "cls_token", "sep_token"), _MARKS, strict=True))
        transformers.PreTrainedTokenizerFast(tokenizer_object=fast, **marks).save_pretrained(folder)
    return folder

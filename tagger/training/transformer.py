"""Before training: reads a Hugging Face transformer; keeps what a frozen one gives.

Needs the extra `transformers`.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from corpora.errors import TaggerError
from tagger.context.transformer import Encode, Transformer, TransformerVectors
from tagger.export.transformer import transformer_graph
from tagger.network.transformer import (
    ATTENTION,
    TokenTransformer,
    TunedVectors,
    make_transformer,
    without_pooler,
)
from tagger.runtime.numpy_engine import Array

_LONGEST = 512  # subwords read at a time, where a transformer could read more
_EXPECTED = "an encoder such as BERT, with config.json, tokenizer.json and model.safetensors"


class TransformerError(TaggerError):
    """A transformer is missing, broken, or of a kind that cannot be used."""


def read_transformer(
    source: str, layers: int, pooling: str, device: str = "cpu"
) -> tuple[Transformer, TokenTransformer]:
    """Reads a transformer, and makes the torch module of it.

    Its weights are rounded to half precision, as those of a model are.

    Args:
        source: a folder, or a name on the Hugging Face hub.
        layers: how many of its last hidden layers are averaged.
        pooling: see `ModelConfig.transformer_pooling`.
        device: that the module is put on.

    Raises:
        TransformerError: it cannot be read, or not be used.
    """
    model, tokenizer = _loaded(source)
    config = json.loads(model.config.to_json_string(use_diff=False))
    # a place on this machine is nobody's business
    config["_name_or_path"] = Path(source).resolve().name if Path(source).exists() else source
    most = 1 + int(model.config.num_hidden_layers)  # its embeddings are the lowest one
    if layers > most:
        found = f"{most} layers, with its embeddings"
        raise TransformerError(source, found, f"the {layers} that shall be averaged")
    fast = tokenizer.backend_tokenizer
    fast.no_padding()
    fast.enable_truncation(_longest(model, tokenizer))
    read = Transformer(
        config=json.dumps(config, sort_keys=True),
        tokenizer=fast.to_str(),
        weights={
            name: _rounded(values.detach().float().numpy())
            for name, values in without_pooler(model).named_parameters()
        },
    )
    made = make_transformer(read, layers, pooling)
    try:
        read = dataclasses.replace(read, graph=transformer_graph(made.states))
    except ValueError as error:
        raise TransformerError(source, str(error), _EXPECTED) from error
    return read, made.to(device)


def _loaded(source: str) -> tuple[Any, Any]:
    """Returns the model and the tokenizer, each of `transformers`."""
    from transformers import AutoConfig, AutoModel, AutoTokenizer

    is_here = Path(source).exists()
    if is_here and not (Path(source) / "config.json").is_file():
        raise TransformerError(source, "no config.json in it", _EXPECTED)
    if not is_here and (source.count("/") > 1 or source[:1] in ("/", ".", "~") or os.sep == source[-1:]):
        raise TransformerError(source, "no such folder", "a folder, or a name on the Hugging Face hub")
    options: dict[str, Any] = {"local_files_only": is_here}
    with _readable(source):
        config = AutoConfig.from_pretrained(source, **options)
    if config.is_encoder_decoder:
        raise TransformerError(source, "an encoder with a decoder", _EXPECTED)
    with _readable(source):
        # bytes that begin a token are known by the space before them
        tokenizer = AutoTokenizer.from_pretrained(source, add_prefix_space=True, **options)
    files = [Path(source) / name for name in tokenizer.vocab_files_names.values()]
    if not tokenizer.is_fast or (is_here and not any(file.is_file() for file in files)):
        raise TransformerError(source, "no fast tokenizer", "one, as in tokenizer.json")
    if tokenizer.vocab_size > config.vocab_size:
        found = f"a tokenizer of {tokenizer.vocab_size} subwords"
        raise TransformerError(source, found, f"{config.vocab_size} at most, as config.json has it")
    with _readable(source):
        model, found = AutoModel.from_pretrained(
            source,
            config=config,
            attn_implementation=ATTENTION,
            output_loading_info=True,
            use_safetensors=True,  # others are pickles, which are programs
            **options,
        )
    missing = sorted(name for name in found["missing_keys"] if not name.startswith("pooler."))
    if missing:
        raise TransformerError(source, f"no weights of {missing[0]}", "all weights of the transformer")
    return model.eval(), tokenizer


@contextmanager
def _readable(source: str) -> Iterator[None]:
    """Says of which transformer something cannot be read, and keeps bars from the screen.

    Raises:
        TransformerError: it cannot.
    """
    from transformers.utils import logging

    level = logging.get_verbosity()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        yield
    except Exception as error:  # of any kind, from the pages of any transformer
        message = next(iter(str(error).strip().splitlines()), type(error).__name__)
        raise TransformerError(source, f"what cannot be read ({message})", _EXPECTED) from error
    finally:
        logging.set_verbosity(level)
        logging.enable_progress_bar()


def _longest(model: Any, tokenizer: Any) -> int:
    """Returns how many subwords a transformer reads at a time, its own marks included."""
    positions = getattr(model.config, "max_position_embeddings", _LONGEST)
    # the RoBERTa family counts them from the id of padding on
    skipped = getattr(getattr(model, "embeddings", None), "padding_idx", None)
    usable = positions if skipped is None else positions - skipped - 1
    return int(min(_LONGEST, tokenizer.model_max_length, usable))


def _rounded(array: Array) -> Array:
    with np.errstate(over="ignore"):
        halves = array.astype(np.float16)
    return halves if np.isfinite(halves).all() else array


def training_part(made: TokenTransformer, output: int, use: str, tokens: int) -> TransformerVectors:
    """Returns a transformer as a part of the context of tokens, for training.

    Args:
        output: see `ModelConfig.transformer_output`.
        use: see `TrainingConfig.transformer`.
        tokens: see `KeptVectors`.
    """
    if use == "fine-tuned":
        return TunedVectors(made, output)
    return TransformerVectors(KeptVectors(made.encode, made.width, tokens), made.width, output)


class KeptVectors:
    """Gives the vectors of sentences, each computed when it first comes, then kept on disk.

    In half precision, in a file that is mapped into memory, so that neither time nor memory
    grows with epochs.

    Args:
        encode: computes them.
        width: numbers in a vector.
        tokens: of all sentences that will come.
    """

    def __init__(self, encode: Encode, width: int, tokens: int) -> None:
        self._encode = encode
        with tempfile.TemporaryFile() as file:
            self._kept = np.memmap(file, np.float16, "w+", shape=(max(tokens, 1), width))
        self._rows: dict[bytes, int] = {}
        self._next = 0

    def __call__(self, sentences: Sequence[Sequence[str]]) -> Array:
        """Returns float32, (B, T, width)."""
        keys = [_key(tokens) for tokens in sentences]
        new = {key: tokens for key, tokens in zip(keys, sentences, strict=True) if key not in self._rows}
        if new:
            self._keep(new)
        longest = max(map(len, sentences))
        vectors = np.zeros((len(sentences), longest, self._kept.shape[1]), dtype=np.float32)
        for row, key, tokens in zip(vectors, keys, sentences, strict=True):
            first = self._rows[key]
            row[: len(tokens)] = self._kept[first : first + len(tokens)]
        return vectors

    def _keep(self, new: dict[bytes, Sequence[str]]) -> None:
        for (key, tokens), vectors in zip(new.items(), self._encode(list(new.values())), strict=True):
            self._rows[key] = self._next
            self._kept[self._next : self._next + len(tokens)] = vectors[: len(tokens)]
            self._next += len(tokens)


def _key(tokens: Sequence[str]) -> bytes:
    text = repr(list(tokens)).encode("utf-8", "surrogatepass")
    return hashlib.blake2b(text, digest_size=16).digest()

"""A model whose weights are set by hand: known words have known tags, on any machine.

Only words are looked at, one after another: the vector of a word is one-hot, the cell
an Elman cell without memory, and the output scores the word's own tag 5, others 0.
"""

from __future__ import annotations

import math
from pathlib import Path

import torch

from tagger import bundle
from tagger.bundle import Bundle
from tagger.config import Config, ModelConfig
from tagger.export.graphs import form_graph, sentence_graph
from tagger.layers import TagLayer
from tagger.network.embeddings import Sizes
from tagger.network.model import Network

WORDS = {
    "ada": ("PROPN", "B-PER"),
    "lovelace": ("PROPN", "E-PER"),
    "lived": ("VERB", "O"),
    "in": ("ADP", "O"),
    "london": ("PROPN", "S-LOC"),
    ".": ("PUNCT", "O"),
}
UNKNOWN = ("X", "O")
LAYERS = (
    TagLayer("UPOS", "softmax", ("PROPN", "VERB", "ADP", "PUNCT", "X")),
    TagLayer(
        "ner",
        "crf",
        ("O", *(f"{p}-{label}" for label in ("LOC", "PER") for p in "BIES")),
        "IOB2",
    ),
)
_SCORE = 5.0


def make_bundle() -> Bundle:
    """Makes the model."""
    size = len(WORDS) + 2  # and padding, and the unknown word
    config = Config(
        model=ModelConfig(
            word_size=size,
            character_encoder="none",
            affix_size=0,
            shape_size=0,
            projection=0,
            cell="elman",
            hidden_size=size,
            bidirectional=False,
        )
    )
    strings = [list(layer.symbols) for layer in LAYERS]
    network = Network(config.model, Sizes(size, 2, 2), LAYERS, strings)
    tags = [("X", "O"), UNKNOWN, *WORDS.values()]
    with torch.no_grad():
        for name, parameter in network.named_parameters():
            parameter.zero_()
            if name.endswith(("table.weight", "weight_ih_l0")):
                parameter.copy_(torch.eye(size))
            elif name.endswith("output.weight"):
                layer = int(name.split(".")[1])
                for word, row in enumerate(tags):
                    tag = LAYERS[layer].symbols.index(row[layer])
                    parameter[tag, word] = _SCORE / math.tanh(1)
    weights = network.weights()
    return Bundle(
        config=config,
        layers=LAYERS,
        words=tuple(WORDS),
        characters=(),
        shapes=(),
        weights=weights,
        form_graph=form_graph(config.model, weights),
        sentence_graph=sentence_graph(config.model, weights, len(LAYERS)),
        training_forms=("Ada", "Lovelace", "lived", "in", "London", "."),
        scores={"dev": {"UPOS": {"f1": 0.5, "accuracy": 0.5}, "ner": {"f1": 0.25, "accuracy": 0.75}}},
        provenance={
            "corpus": "starter:english",
            "files": {"train": {"name": "train.conll", "sha256": "0123456789abcdef" * 4}},
            "sentences": 1000,
            "tokens": 20000,
            "seed": 1,
            "command": "tagger train starter:english",
            "versions": {"rnn-tagger": "0.1.0", "python": "3.11.7"},
        },
    )


def write(path: Path) -> Path:
    """Writes the model to a file."""
    bundle.save(make_bundle(), path)
    return path

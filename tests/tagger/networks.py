"""Small networks with random weights, for tests that compare engines."""

from __future__ import annotations

import dataclasses

import pytest
import torch

from corpora import Sentence
from tagger.bundle import Bundle
from tagger.config import Config, ModelConfig
from tagger.context.sources import NO_SOURCES, ContextSources
from tagger.export.exporter import export
from tagger.features import FormIndexer
from tagger.layers import TagLayer, make_layer
from tagger.network.cells import runs_in_bfloat16
from tagger.network.embeddings import Sizes
from tagger.network.ensemble import Networks, make_networks
from tagger.network.model import Network
from tagger.vocabulary import Vocabulary

SMALL = {
    "word_size": 6,
    "character_size": 5,
    "character_output": 4,
    "affix_size": 3,
    "affix_buckets": 50,
    "shape_size": 3,
    "projection": 8,
    "hidden_size": 7,
}

SENTENCES = [
    ["The", "cat", "sat", "."],
    ["서울", "is", "", "12-3", "#tag"],
    ["x" * 300],
    ["Ünïcode", "👍🏽", "\u200b", " ", "cat", "cat", "unseen", "A", "B", "C"],
]

needs_bfloat16 = pytest.mark.skipif(
    not runs_in_bfloat16("cpu"), reason="torch has no LSTM in bfloat16 on this processor"
)
# the same with columns: known values, unknown ones, one that depends on the place alone
IN_COLUMNS = [
    Sentence(tokens, {"a b": [f"{len(token) % 4}" for token in tokens], "UPOS": ["NOUN"] * len(tokens)})
    for tokens in SENTENCES
]
SOURCES = {
    "a column": ContextSources({"a b": ("1", "3", "0")}),
    "columns": ContextSources({"a b": ("1", "3", "0"), "UPOS": ("VERB", "NOUN")}),
    "gazetteers": ContextSources(gazetteers={"LOC": ("서울", "The Cat"), "X": ("A B", "A B C")}),
    "columns and gazetteers": ContextSources({"UPOS": ("VERB", "NOUN")}, {"LOC": ("cat sat .", "12-3")}),
}

FORMS = {"A": 1, "The": 2, "cat": 3}

LAYERS = {
    "softmax": make_layer("UPOS", "softmax", {"NOUN": 3, "VERB": 2, "X": 1}, None),
    "crf": make_layer("ner", "crf", {"O": 9, "B-PER": 2, "I-PER": 1, "B-LOC": 1}, "IOB2"),
    "sigmoid": make_layer("FEATS", "sigmoid", {"_": 4, "Case=Nom|Number=Sing": 2, "Case=Acc": 1}, None),
}


def strings(layer: TagLayer) -> list[str]:
    return ["_", "Case=Acc", "Case=Nom|Number=Sing"] if layer.head == "sigmoid" else list(layer.symbols)


def make_network(
    heads: tuple[str, ...] = ("crf",),
    sources: ContextSources = NO_SOURCES,
    threads: int = 1,
    **settings: object,
) -> tuple[Networks, FormIndexer, Config]:
    """Makes a network whose weights are all random, and its indexer."""
    torch.manual_seed(7)
    config = Config(model=ModelConfig(**(SMALL | settings)))  # type: ignore[arg-type]
    words = Vocabulary(["the", "cat", "00-0", "서울"])
    characters = Vocabulary([*"abcdeftsT.\x02\x03서"])
    shapes = Vocabulary(["xx", "Xxx", "."])
    static = Vocabulary(["cat", "the", "A"])
    layers = [LAYERS[head] for head in heads]
    sizes = Sizes(len(words), len(characters), len(shapes), len(static))
    tags = [strings(layer) for layer in layers]
    context = sources.parts(config.model)
    network = make_networks(
        lambda: Network(config.model, sizes, layers, tags, context=context),
        config.model.members,
        threads,
    )
    for name, parameter in network.named_parameters():
        if "bias" in name or "transitions" in name:
            torch.nn.init.normal_(parameter)
    if config.model.static_size:
        vectors = torch.randn(3, config.model.static_size).numpy()
        for member in network.networks:
            member.forms.fill_static(vectors)
    return network.eval(), FormIndexer(config.model, words, characters, shapes, static), config


def make_bundle(
    heads: tuple[str, ...] = ("crf",), sources: ContextSources = NO_SOURCES, **settings: object
) -> Bundle:
    """Makes a bundle of such a network."""
    network, indexer, config = make_network(heads, sources, **settings)
    return dataclasses.replace(
        export(network, indexer, [LAYERS[head] for head in heads], config, SENTENCES, FORMS, sources),
        scores={"dev": {"ner": {"f1": 0.5, "accuracy": 0.75}}},
        provenance={
            "corpus": "none",
            "sentences": 1,
            "tokens": 2,
            "command": "",
            "files": {},
            "versions": {},
        },
    )

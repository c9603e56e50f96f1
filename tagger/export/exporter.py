"""Network → bundle: weights, graphs and vocabularies, compared before they are used."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch

from tagger.bundle import Bundle, BundleError
from tagger.config import Config
from tagger.export.graphs import form_graph, sentence_graph
from tagger.features import FormIndexer
from tagger.layers import TagLayer
from tagger.network.model import Network, NetworkEngine
from tagger.runtime.onnx_engine import INT8_CELLS, OnnxEngine

_TOLERANCE = 1e-4  # of emissions, relative to the largest one
_CHECKED_SENTENCES = 50


def export(
    network: Network,
    indexer: FormIndexer,
    layers: Sequence[TagLayer],
    config: Config,
    sample: Sequence[Sequence[str]],
) -> Bundle:
    """Turns a network into a bundle, and compares the scores of both.

    Its tables of vectors are rounded to half precision, which costs no score and halves
    most of the file.

    Args:
        network: on the CPU.
        sample: sentences without an empty one; the first 50 are compared.

    Raises:
        BundleError: the graphs do not score as the network does.
    """
    _round_tables(network)
    weights = network.weights()
    has_int8 = config.model.cell in INT8_CELLS
    bundle = Bundle(
        config=config,
        layers=tuple(layers),
        words=indexer.words.symbols,
        characters=indexer.characters.symbols,
        shapes=indexer.shapes.symbols,
        weights=weights,
        form_graph=form_graph(config.model, weights),
        sentence_graph=sentence_graph(config.model, weights, len(layers)),
        int8_graph=sentence_graph(config.model, weights, len(layers), "int8") if has_int8 else b"",
    )
    checked = sample[:_CHECKED_SENTENCES]
    exported = OnnxEngine(
        config.model.cell, bundle.indexer(), weights, bundle.form_graph, bundle.sentence_graph
    )
    expected = NetworkEngine(network, indexer).emissions(checked)
    for ours, theirs in zip(expected, exported.emissions(checked), strict=True):
        for i, tokens in enumerate(checked):
            a, b = ours[i, : len(tokens)], theirs[i, : len(tokens)]
            distance = float(np.abs(a - b).max())
            if not distance <= _TOLERANCE * max(1.0, float(np.abs(a).max())):
                raise BundleError("export", f"scores that differ by {distance:.1e}", "equal ones")
    return bundle


def _round_tables(network: Network) -> None:
    """Rounds the tables to what float16 holds, where it holds their largest number."""
    largest = float(np.finfo(np.float16).max)
    with torch.no_grad():
        for name, values in network.named_parameters():
            if name.endswith("table.weight") and float(values.abs().max()) < largest:
                values.copy_(values.half().float())

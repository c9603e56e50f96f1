"""Network → bundle: weights, graphs and vocabularies, compared before they are used."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from tagger.bundle import Bundle, BundleError, narrow
from tagger.config import Config, ModelConfig
from tagger.context.sources import NO_SOURCES, ContextSources
from tagger.export.graphs import Weights, form_graph, sentence_graph
from tagger.features import FormIndexer
from tagger.layers import TagLayer
from tagger.network.embeddings import FormTensors
from tagger.network.engine import NetworkEngine
from tagger.network.ensemble import Networks
from tagger.network.model import LANGUAGE_MODEL
from tagger.network.transformer import TUNED_PREFIX
from tagger.runtime.form_table import FormTable
from tagger.runtime.numpy_engine import heads, prefixes, within
from tagger.runtime.onnx_engine import INT8_CELLS, OnnxEngine

Array = NDArray[np.float32]

_TOLERANCE = 1e-4  # of emissions, relative to the largest one
_CHECKED_SENTENCES = 50
_MOST_KNOWN = 4096  # forms whose vectors are stored
_OFTEN = 2  # that a form must have occurred for it
_FORMS_AT_ONCE = 1024


def export(
    network: Networks,
    indexer: FormIndexer,
    layers: Sequence[TagLayer],
    config: Config,
    sample: Sequence[Sequence[str]],
    forms: Mapping[str, int],
    context: ContextSources = NO_SOURCES,
) -> Bundle:
    """Turns a network into a bundle, and compares the scores of both.

    Its weights are rounded to half precision, which costs no score and halves the file.

    Args:
        network: on the CPU.
        sample: sentences without an empty one; the first 50 are compared, in some context.
        forms: that training saw → how often. The vectors of those that came twice or
            more, at most 4,096, are stored.
        context: of tokens.

    Raises:
        BundleError: the graphs do not score as the network does.
    """
    _round_weights(network)
    weights = network.weights()
    if tuned := within(weights, TUNED_PREFIX):
        assert context.transformer is not None
        halves = {name: narrow(array) for name, array in tuned.items()}
        transformer = dataclasses.replace(context.transformer, weights=halves)
        context = dataclasses.replace(context, transformer=transformer)
        weights = {name: w for name, w in weights.items() if not name.startswith(TUNED_PREFIX)}
    has_int8 = config.model.cell in INT8_CELLS
    bundle = Bundle(
        config=config,
        layers=tuple(layers),
        words=indexer.words.symbols,
        characters=indexer.characters.symbols,
        shapes=indexer.shapes.symbols,
        static=indexer.static.symbols,
        context=context,
        weights=weights,
        form_graph=form_graph(config.model, weights),
        sentence_graph=sentence_graph(config.model, weights, len(layers)),
        int8_graph=sentence_graph(config.model, weights, len(layers), "int8") if has_int8 else b"",
    )
    checked = sample[:_CHECKED_SENTENCES]
    exported = OnnxEngine(
        config.model.cell, bundle.indexer(), weights, bundle.form_graph, bundle.sentence_graph
    )
    vectors = _some_context(network, checked)
    expected = NetworkEngine(network, indexer).emissions(checked, vectors)
    for ours, theirs in zip(expected, exported.emissions(checked, vectors), strict=True):
        for i, tokens in enumerate(checked):
            a, b = ours[i, : len(tokens)], theirs[i, : len(tokens)]
            distance = float(np.abs(a - b).max())
            if not distance <= _TOLERANCE * max(1.0, float(np.abs(a).max())):
                raise BundleError("export", f"scores that differ by {distance:.1e}", "equal ones")
    by_frequency = sorted(forms, key=lambda form: (-forms[form], form))
    known = [form for form in by_frequency[:_MOST_KNOWN] if forms[form] >= _OFTEN]
    return dataclasses.replace(
        bundle,
        training_forms=tuple(by_frequency),
        form_table=form_table(network, indexer, known) if known else None,
    )


def as_engine(
    weights: Weights, indexer: FormIndexer, config: ModelConfig, number: int, threads: int = 0
) -> OnnxEngine:
    """Returns the default engine with the weights that a network has while it learns.

    Args:
        weights: of the network.
        number: of its heads, the first ones, that the engine has; what else only helps in
            training is left out.
    """
    beside = [
        prefix + part
        for prefix in prefixes(weights)
        for part in (LANGUAGE_MODEL, *_heads_from(number, within(weights, prefix)))
    ]
    kept = {name: array for name, array in weights.items() if not name.startswith(tuple(beside))}
    return OnnxEngine(
        config.cell,
        indexer,
        kept,
        form_graph(config, kept),
        sentence_graph(config, kept, number),
        threads,
    )


def _heads_from(first: int, network: Weights) -> list[str]:
    return [f"heads.{i}." for i in range(first, len(heads(network)))]


def form_table(network: Networks, indexer: FormIndexer, forms: Sequence[str]) -> FormTable:
    """Computes the vectors of forms, and rounds them to what float16 holds."""
    parts = []
    network.eval()
    with torch.inference_mode():
        for start in range(0, len(forms), _FORMS_AT_ONCE):
            batch = indexer.index(forms[start : start + _FORMS_AT_ONCE])
            parts.append(network.form_vectors(FormTensors.from_batch(batch)))
    return FormTable(tuple(forms), _rounded(torch.cat(parts)).numpy())


def _some_context(network: Networks, sentences: Sequence[Sequence[str]]) -> Array | None:
    """Returns random context vectors, (batch, time, size): graphs get them from outside."""
    size = sum(member.context.output_size for member in network.networks)
    if not size:
        return None
    shape = (len(sentences), max(map(len, sentences)), size)
    return np.random.default_rng(0).standard_normal(shape, np.float32)


def _round_weights(network: Networks) -> None:
    with torch.no_grad():
        for values in network.parameters():
            values.copy_(_rounded(values))


def _rounded(values: Tensor) -> Tensor:
    """Returns numbers as float16 holds them, or as they are where it holds not even the largest."""
    halves = values.half().float()
    return halves if bool(torch.isfinite(halves).all()) else values

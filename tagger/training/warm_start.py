"""Goes on from a model that is there: its settings, its symbols and its weights.

Symbols of the new corpus are added behind those of the model, so that rows of tables keep
their places; what is new begins with random weights, as in any training.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from corpora import CorpusError
from tagger.bundle import Bundle
from tagger.context.sources import ContextSources
from tagger.layers import EMPTY_SYMBOLS, TagLayer, make_layer
from tagger.network.ensemble import Networks
from tagger.network.model import LANGUAGE_MODEL, Network
from tagger.network.transformer import TUNED_PREFIX
from tagger.runtime.numpy_engine import prefixes, within
from tagger.training.survey import Survey
from tagger.vocabulary import Vocabulary

_HEADS = "heads."


def extended(known: Sequence[str], found: Vocabulary) -> Vocabulary:
    """Returns the symbols of a model, and those of a corpus that it lacks."""
    names = Vocabulary(known)
    return Vocabulary([*known, *(symbol for symbol in found.symbols if symbol not in names)])


def extended_context(known: ContextSources, found: ContextSources) -> ContextSources:
    """Returns what a model knows of its context, and the values of a corpus that it lacks."""
    columns = {
        name: extended(values, Vocabulary(found.columns[name])).symbols
        for name, values in known.columns.items()
    }
    return dataclasses.replace(known, columns=columns)


def with_tags_of(base: Bundle, layers: Sequence[TagLayer], train: Survey) -> list[TagLayer]:
    """Returns the layers of a corpus with the tags that the model has there as well.

    Raises:
        CorpusError: a layer holds spans in one of the two only.
    """
    known = {layer.name: layer for layer in base.layers}
    made = []
    for layer in layers:
        old = known.get(layer.name)
        if old is None:
            made.append(layer)
            continue
        if (old.scheme is None) != (layer.scheme is None):
            kinds = ["tags" if one.scheme is None else "spans" for one in (layer, old)]
            place = f"layer {layer.name}"
            raise CorpusError(place, kinds[0], f"{kinds[1]}, as in {base.source or 'the model'}")
        counts = dict.fromkeys(old.symbols, 0) | dict(train.layers[layer.name].counts)
        made.append(make_layer(layer.name, old.head, counts, layer.scheme, _empty_tag(old, counts)))
    return made


def _empty_tag(old: TagLayer, counts: Mapping[str, int]) -> str:
    """Returns what a sigmoid layer writes for no label: as before, or the corpus's own symbol."""
    if old.empty in counts:
        return old.empty
    return next((s for s in EMPTY_SYMBOLS if s in counts and s not in old.symbols), old.empty)


def take_weights(network: Networks, layers: Sequence[TagLayer], base: Bundle) -> None:
    """Copies the weights of a model into a network of the same settings.

    Args:
        layers: of the network, in order; each takes the rows of the tags that the model's
            layer of that name has.
    """
    for member, prefix in zip(network.networks, prefixes(base.weights), strict=True):
        _take_weights(member, layers, base, within(base.weights, prefix))


def _take_weights(
    network: Network,
    layers: Sequence[TagLayer],
    base: Bundle,
    known: Mapping[str, NDArray[np.floating]],
) -> None:
    weights = network.state_dict()
    old_layers = [layer.name for layer in base.layers]
    with torch.no_grad():
        for name, values in weights.items():
            if name.startswith((LANGUAGE_MODEL, TUNED_PREFIX)):
                continue  # which no model file has; which it was made with
            if not name.startswith(_HEADS):
                old = _tensor(known[name])
                values[: len(old)] = old  # a table may have grown
                continue
            number, _, rest = name.removeprefix(_HEADS).partition(".")
            layer = layers[int(number)]
            if layer.name not in old_layers:
                continue
            position = old_layers.index(layer.name)
            before = base.layers[position]
            pairs = [
                (layer.symbols.index(symbol), row)
                for row, symbol in enumerate(before.symbols)
                if symbol in layer.symbols
            ]
            old = _tensor(known[f"{_HEADS}{position}.{rest}"])
            if rest == "transitions":  # their edge is the last row and column
                pairs.append((len(layer.symbols), len(before.symbols)))
                to, origin = (torch.tensor(side) for side in zip(*pairs, strict=True))
                values[to[:, None], to] = old[origin[:, None], origin]
            else:
                to, origin = (torch.tensor(side) for side in zip(*pairs, strict=True))
                values[to] = old[origin]


def _tensor(array: NDArray[np.floating]) -> torch.Tensor:
    return torch.from_numpy(array.astype(np.float32))

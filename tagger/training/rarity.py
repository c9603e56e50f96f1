"""How much a mistake weighs where classes of tags are rare. Knows no torch."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from corpora import schemes
from tagger.layers import TagLayer

_LARGEST = 10.0  # weight, and 1 / _LARGEST the smallest: one odd tag must not outweigh a corpus


def rare_weights(layer: TagLayer, counts: Mapping[str, int], power: float) -> list[float]:
    """Returns the weight of each symbol of a layer: (mean frequency / frequency) ** power.

    The tags of a span count as one, its label, for the inside of a span is rare only because
    spans are short. What does not occur has the weight 1.

    >>> layer = TagLayer("UPOS", "softmax", ("NOUN", "X"))
    >>> rare_weights(layer, {"NOUN": 30, "X": 10}, 1.0)
    [0.6666666666666666, 2.0]

    Args:
        counts: tag of the corpus → how often it occurs.
        power: 0 (all weigh 1) to 1.

    Returns:
        Numbers from 0.1 to 10.
    """
    frequencies: Counter[str] = Counter()
    for tag, number in counts.items():
        for name in layer.labels_of(tag) if layer.head == "sigmoid" else [_class(layer, tag)]:
            frequencies[name] += number
    mean = sum(frequencies.values()) / max(1, len(frequencies))
    found = [frequencies[_class(layer, symbol)] for symbol in layer.symbols]
    return [_bounded((mean / n) ** power) if n else 1.0 for n in found]


def _class(layer: TagLayer, tag: str) -> str:
    return schemes.split_tag(tag)[1] if layer.scheme else tag


def _bounded(weight: float) -> float:
    return min(_LARGEST, max(1.0 / _LARGEST, weight))

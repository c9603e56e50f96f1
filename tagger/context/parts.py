"""Sentences → context vectors: what a token brings to the network beside its form.

The context of a token is made of parts, joined in their order. A part reads sentences, and
makes vectors of what it read with weights that are learned in training; in a model file
their names begin with "context." and the part's name. `tagger.network.context` has the
same parts in torch. Knows no engine: these get ready vectors.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from corpora import Sentence
from tagger.runtime.numpy_engine import CONTEXT_PREFIX, Array, Weights, prefixes, within

Read = NDArray[Any]  # what a part reads of sentences: ids or numbers


class Part(Protocol):
    """One kind of context.

    Attributes:
        name: that its weights go by, without a dot.
        size: numbers in its vectors.
        layers: of tags that it reads.
    """

    @property
    def name(self) -> str:
        """See the attributes."""
        ...

    @property
    def size(self) -> int:
        """See the attributes."""
        ...

    @property
    def layers(self) -> Sequence[str]:
        """See the attributes."""
        ...

    def read(self, sentences: Sequence[Sentence]) -> Read:
        """Returns what B sentences of T tokens at most bring: (B, T, …), padded with 0.

        Raises:
            CorpusError: a sentence lacks what the part needs.
        """
        ...

    def vectors(self, read: Read, weights: Weights) -> Array:
        """Returns float32, (B, T, size).

        Args:
            read: what `read` gave.
            weights: of this part, names without "context." and its own name.
        """
        ...


class Context:
    """Gives the tokens of sentences their context vectors.

    Args:
        parts: in the network's order; none: there are no such vectors.
        weights: of a model file.

    Attributes:
        layers: of tags that some part reads.

    Raises:
        KeyError, ValueError: the weights do not fit the parts.
    """

    def __init__(self, parts: Sequence[Part] = (), weights: Weights | None = None) -> None:
        self._parts = parts
        self.layers = tuple(dict.fromkeys(name for part in parts for name in part.layers))
        self._networks = [  # of each the weights of each part
            [within(weights or {}, f"{prefix}{CONTEXT_PREFIX}{part.name}.") for part in parts]
            for prefix in prefixes(weights or {})
        ]
        for network in self._networks:
            for part, own in zip(parts, network, strict=True):
                found = part.vectors(part.read([Sentence([])]), own).shape
                if found != (1, 0, part.size):
                    raise ValueError(f"{found[2]} numbers of {part.name}, not {part.size}")

    def __call__(self, sentences: Sequence[Sentence]) -> Array | None:
        """Returns float32, (batch, time, size), or None where there are no parts; of an
        ensemble the members' vectors side by side.

        Raises:
            CorpusError: a sentence lacks what a part needs.
        """
        if not self._parts:
            return None
        read = [part.read(sentences) for part in self._parts]
        vectors = [
            part.vectors(found, own)
            for network in self._networks
            for part, found, own in zip(self._parts, read, network, strict=True)
        ]
        return np.concatenate(vectors, axis=2)


def longest(sentences: Sequence[Sentence]) -> int:
    """Returns T, the tokens of the longest of some sentences."""
    return max(map(len, sentences))

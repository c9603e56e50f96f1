"""Pairs of neighbouring words as context: each token with the one before it, and the one after it.

Pairs are hashed, so that nothing has to be known of them. Where tokens are characters, these are
the character bigrams that taggers of Chinese and Korean have long used (Chen et al. 2015).
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise, starmap

import numpy as np
from numpy.typing import NDArray

from corpora import Sentence
from tagger.context.parts import Read, longest
from tagger.features import fold
from tagger.runtime.numpy_engine import Array, Weights, looked_up
from tagger.vocabulary import UNKNOWN

_EDGE = ""  # stands beside the first and the last token
_REMEMBERED = 100_000  # words that are not folded again

_folded = lru_cache(_REMEMBERED)(fold)


class Pairs:
    """See `tagger.context.parts.Part`.

    Args:
        buckets: rows that pairs are hashed into.
        width: numbers in the vector of each pair.
    """

    name = "pairs"
    layers = ()

    def __init__(self, buckets: int, width: int) -> None:
        self.buckets = buckets
        self.width = width
        self.size = 2 * width

    def read(self, sentences: Sequence[Sentence]) -> NDArray[np.int64]:
        """See `Part`; hash buckets, (B, T, 2): of the pair that ends with a token, and of the one
        that begins with it."""
        ids = np.zeros((len(sentences), longest(sentences), 2), dtype=np.int64)
        for row, sentence in zip(ids, sentences, strict=True):
            words = [_EDGE, *map(_folded, sentence.tokens), _EDGE]
            found = list(starmap(self._bucket, pairwise(words)))
            row[: len(sentence), 0], row[: len(sentence), 1] = found[:-1], found[1:]
        return ids

    def vectors(self, read: Read, weights: Weights) -> Array:
        """See `Part`."""
        return looked_up(weights["table.weight"], read).reshape(*read.shape[:2], self.size)

    def _bucket(self, first: str, second: str) -> int:
        value = zlib.crc32(f"{first}\0{second}".encode(errors="surrogatepass"))
        return UNKNOWN + value % (self.buckets - UNKNOWN)

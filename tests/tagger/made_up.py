"""An engine and layers that nobody trained, for tests of what goes on around them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from corpora import schemes
from tagger.layers import TagLayer, make_layer
from tagger.pipeline import Tagger


class MadeUpEngine:
    """An engine whose scores are random but depend on the form alone; it keeps its batches."""

    workers = 1

    def __init__(self, layers: Sequence[TagLayer], *, crf: bool = False) -> None:
        self.batches: list[list[list[str]]] = []
        self._layers = layers
        self._crf = crf

    def emissions(
        self, sentences: Sequence[Sequence[str]], context: np.ndarray | None = None
    ) -> list[np.ndarray]:
        self.batches.append([list(sentence) for sentence in sentences])
        longest = max(map(len, sentences))
        scores = []
        for layer in self._layers:
            padded = np.full((len(sentences), longest, len(layer.symbols)), 99, dtype=np.float32)
            for row, sentence in zip(padded, sentences, strict=True):
                for i, form in enumerate(sentence):
                    seed = [ord(c) for c in f"{layer.name}{form}"]
                    row[i] = np.random.default_rng(seed).normal(scale=2, size=len(layer.symbols))
            scores.append(padded)
        return scores

    def begin(
        self, sentences: Sequence[Sequence[str]], context: np.ndarray | None = None
    ) -> Callable[[], list[np.ndarray]]:
        return lambda: self.emissions(sentences)

    def transitions(self) -> list[np.ndarray | None]:
        return [self._of(layer) if self._crf else None for layer in self._layers]

    def _of(self, layer: TagLayer) -> np.ndarray:
        size = len(layer.symbols) + 1
        return np.random.default_rng(size).normal(size=(size, size)).astype(np.float32)


UPOS = TagLayer("UPOS", "softmax", ("NOUN", "VERB", "X"))
NER = {s: make_layer("ner", "crf", {"O": 2, "B-A": 1, "B-B": 1}, s) for s in schemes.SCHEMES}
FEATS = TagLayer("FEATS", "sigmoid", ("a", "b", "c"))


def made_up(*layers: TagLayer, crf: bool = False) -> Tagger:
    return Tagger(layers, MadeUpEngine(layers, crf=crf))

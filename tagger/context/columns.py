"""Other columns of the corpus as context: a vector for each known value of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from corpora import CorpusError, Sentence
from tagger.context.parts import Read, longest
from tagger.runtime.numpy_engine import Array, Weights, looked_up
from tagger.vocabulary import Vocabulary


class Columns:
    """See `tagger.context.parts.Part`.

    Args:
        values: layer of tags → its known values. Others are one unknown value.
        width: numbers in the vector of each value.
    """

    name = "columns"

    def __init__(self, values: Mapping[str, Sequence[str]], width: int) -> None:
        self._vocabularies = {layer: Vocabulary(known) for layer, known in values.items()}
        self.layers = tuple(values)
        self.width = width
        self.size = width * len(values)

    @property
    def counts(self) -> list[int]:
        """How many ids each column has."""
        return [len(vocabulary) for vocabulary in self._vocabularies.values()]

    def read(self, sentences: Sequence[Sentence]) -> NDArray[np.int64]:
        """See `Part`; ids, (B, T, columns)."""
        shape = (len(sentences), longest(sentences), len(self._vocabularies))
        ids = np.zeros(shape, dtype=np.int64)
        for row, sentence in zip(ids, sentences, strict=True):
            if sentence.tokens:
                for i, (layer, vocabulary) in enumerate(self._vocabularies.items()):
                    tags = column(sentence, layer)
                    row[: len(tags), i] = [vocabulary[tag] for tag in tags]
        return ids

    def vectors(self, read: Read, weights: Weights) -> Array:
        """See `Part`."""
        tables = [weights[f"tables.{i}.weight"] for i in range(len(self._vocabularies))]
        return np.concatenate([looked_up(table, read[..., i]) for i, table in enumerate(tables)], axis=2)


def column(sentence: Sentence, layer: str) -> list[str]:
    """Returns a layer of a sentence.

    Raises:
        CorpusError: the sentence does not have it.
    """
    if layer not in sentence.tags:
        found = f"the layers {', '.join(sentence.tags)}" if sentence.tags else "tokens without layers"
        expected = f"the layer {layer}, which the model reads beside each token"
        raise CorpusError(sentence.place(), found, expected)
    return sentence.tags[layer]

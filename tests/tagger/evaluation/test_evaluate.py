"""Tagging anew and scoring: what comes out is that of scoring alone."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest

import tagger
from corpora import CorpusError, Sentence
from tagger.evaluation.evaluate import evaluate
from tagger.evaluation.scores import score_layer
from tagger.layers import TagLayer
from tagger.pipeline import Tagger

TRUTH = [
    Sentence(
        ["Ada", "Lovelace", "lived"], {"UPOS": ["PROPN", "X", "VERB"], "ner": ["B-PER", "I-PER", "O"]}
    ),
    Sentence([], {"UPOS": [], "ner": []}),
    Sentence(["London", "slept"], {"UPOS": ["PROPN", "X"], "ner": ["B-PER", "O"]}),
]


class LengthEngine:
    """An engine for which the first tag is the best one of what is one token long."""

    workers = 1

    def __init__(self, layers: Sequence[TagLayer]) -> None:
        self._sizes = [len(layer.symbols) for layer in layers]

    def emissions(
        self, sentences: Sequence[Sequence[str]], context: np.ndarray | None = None
    ) -> list[np.ndarray]:
        best = np.array([len(sentence) > 1 for sentence in sentences]).astype(int)
        longest = max(map(len, sentences))
        one_hot = [np.eye(size, dtype=np.float32)[best] for size in self._sizes]
        return [np.repeat(scores[:, None], longest, axis=1) for scores in one_hot]

    def begin(
        self, sentences: Sequence[Sequence[str]], context: np.ndarray | None = None
    ) -> Callable[[], list[np.ndarray]]:
        return lambda: self.emissions(sentences)

    def transitions(self) -> list[np.ndarray | None]:
        return [None for _ in self._sizes]


def test_layers_are_scored_one_by_one(handmade: Path) -> None:
    loaded = tagger.load(handmade)
    found = evaluate(loaded, TRUTH, {"Ada"})
    tagged = list(loaded.tag_sentences(TRUTH))
    assert found == {layer.name: score_layer(layer, TRUTH, tagged, {"Ada"}) for layer in loaded.layers}
    assert list(found) == ["UPOS", "ner"]
    assert (found["UPOS"].main, found["UPOS"].accuracy_seen, found["UPOS"].accuracy_unseen) == (
        0.8,
        1,
        0.75,
    )
    assert (found["ner"].main, found["ner"].accuracy) == (0.5, 0.8)
    assert evaluate(loaded, TRUTH)["UPOS"].accuracy_seen is None
    assert [sentence.tags["ner"] for sentence in TRUTH] == [["B-PER", "I-PER", "O"], [], ["B-PER", "O"]]


def test_a_sentence_without_tokens_may_begin_a_document(handmade: Path) -> None:
    """It has no score, yet what follows it is of another document."""
    layers = tagger.load(handmade).layers
    reader = Tagger(layers, LengthEngine(layers), neighbours=5)
    first, second = (Sentence([form], {"UPOS": ["PROPN"], "ner": ["O"]}) for form in "ab")
    for mark, accuracy in ((True, 1), (False, 0)):
        truth = [first, Sentence([], new_document=mark), second]
        assert evaluate(reader, truth)["UPOS"].accuracy == accuracy


def test_a_layer_that_is_not_there(handmade: Path) -> None:
    sentences = [*TRUTH, Sentence(["a"], {"UPOS": ["X"]}, source="f", line=3)]
    with pytest.raises(CorpusError) as caught:
        evaluate(tagger.load(handmade), sentences)
    assert str(caught.value) == "f:3: found UPOS, expected the layer ner"
    assert list(evaluate(tagger.load(handmade), sentences, layers=["UPOS"])) == ["UPOS"]

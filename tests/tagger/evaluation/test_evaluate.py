"""Tagging anew and scoring: what comes out is that of scoring alone."""

from pathlib import Path

import pytest

import tagger
from corpora import CorpusError, Sentence
from tagger.evaluation.evaluate import evaluate
from tagger.evaluation.scores import score_layer

TRUTH = [
    Sentence(
        ["Ada", "Lovelace", "lived"], {"UPOS": ["PROPN", "X", "VERB"], "ner": ["B-PER", "I-PER", "O"]}
    ),
    Sentence([], {"UPOS": [], "ner": []}),
    Sentence(["London", "slept"], {"UPOS": ["PROPN", "X"], "ner": ["B-PER", "O"]}),
]


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


def test_a_layer_that_is_not_there(handmade: Path) -> None:
    sentences = [*TRUTH, Sentence(["a"], {"UPOS": ["X"]}, source="f", line=3)]
    with pytest.raises(CorpusError) as caught:
        evaluate(tagger.load(handmade), sentences)
    assert str(caught.value) == "f:3: found UPOS, expected the layer ner"
    assert list(evaluate(tagger.load(handmade), sentences, layers=["UPOS"])) == ["UPOS"]

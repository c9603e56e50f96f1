"""Scores → tags, spans and confidences, held against enumeration of all sequences."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpora import schemes
from tagger.layers import TagLayer

from .made_up import FEATS, NER, UPOS, MadeUpEngine, made_up

small = st.lists(st.sampled_from(["a", "b", "c", "d", "e"]), min_size=1, max_size=3)


@settings(max_examples=30)
@given(sentence=small, scheme=st.sampled_from(schemes.SCHEMES), crf=st.booleans())
def test_best_tags_and_confidences_are_those_of_enumeration(
    sentence: list[str], scheme: str, crf: bool
) -> None:
    layer = NER[scheme]
    (tagged,) = made_up(layer, crf=crf).tag_tokens([sentence])
    engine = MadeUpEngine([layer], crf=crf)
    emissions = engine.emissions([sentence])[0][0].astype(float)
    transitions = engine._of(layer) if crf else np.zeros((len(layer.symbols) + 1,) * 2)
    allowed = layer.transition_mask()
    weights = {}
    for path in itertools.product(range(len(layer.symbols)), repeat=len(sentence)):
        steps = list(itertools.pairwise([-1, *path, -1]))
        if all(allowed[step] for step in steps):
            score = sum(float(transitions[step]) for step in steps)
            score += sum(float(emissions[t, tag]) for t, tag in enumerate(path))
            weights[path] = math.exp(score)
    total = sum(weights.values())
    best = max(weights, key=weights.__getitem__)
    assert tagged.tags["ner"] == layer.to_tags([layer.symbols[i] for i in best])
    assert schemes.violations(tagged.tags["ner"], scheme) == []
    written = {path: layer.to_tags([layer.symbols[i] for i in path]) for path in weights}
    for t, found in enumerate(tagged.confidences["ner"]):
        expected = sum(w for path, w in weights.items() if written[path][t] == tagged.tags["ner"][t])
        assert found == pytest.approx(expected / total, abs=1e-5)
    for span in tagged.spans["ner"]:
        inside = best[span.start : span.end]
        expected = sum(w for path, w in weights.items() if path[span.start : span.end] == inside)
        assert span.confidence == pytest.approx(expected / total, abs=1e-5)


@given(sentence=small)
def test_confidence_of_a_softmax(sentence: list[str]) -> None:
    (tagged,) = made_up(UPOS).tag_tokens([sentence])
    scores = MadeUpEngine([UPOS]).emissions([sentence])[0][0].astype(float)
    for t, row in enumerate(scores):
        assert tagged.tags["UPOS"][t] == UPOS.symbols[int(row.argmax())]
        assert tagged.confidences["UPOS"][t] == pytest.approx(np.exp(row).max() / np.exp(row).sum())


@given(sentence=small)
def test_confidence_of_yes_and_no(sentence: list[str]) -> None:
    (tagged,) = made_up(FEATS).tag_tokens([sentence])
    scores = MadeUpEngine([FEATS]).emissions([sentence])[0][0].astype(float)
    for t, row in enumerate(scores):
        yes = 1 / (1 + np.exp(-row))
        held = "|".join(label for label, p in zip("abc", yes, strict=True) if p > 0.5)
        assert tagged.tags["FEATS"][t] == (held or "_")
        assert tagged.confidences["FEATS"][t] == pytest.approx(np.maximum(yes, 1 - yes).prod())
    assert tagged.spans == {}


@pytest.mark.parametrize("layer", [UPOS, NER["IOB1"], FEATS], ids=lambda layer: layer.head)
def test_without_confidences_the_tags_are_the_same(layer: TagLayer) -> None:
    sentences = [["a", "b"], [], ["c", "d", "e"]]
    sure = made_up(layer).tag_tokens(sentences)
    plain = made_up(layer).tag_tokens(sentences, confidence=False)
    assert [s.tags for s in sure] == [s.tags for s in plain]
    assert [s.confidences for s in plain] == [{}, {}, {}]
    assert [len(s.confidences[layer.name]) for s in sure] == [2, 0, 3]
    assert all(span.confidence is None for s in plain for spans in s.spans.values() for span in spans)

"""Pairs of words: which are alike, and that all engines see the same."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from corpora import Sentence
from tagger.context.pairs import Pairs
from tagger.context.sources import NO_SOURCES
from tagger.export.exporter import export
from tagger.network.context import PairEmbedding
from tagger.network.engine import NetworkEngine
from tagger.pipeline import Tagger
from tagger.runtime.numpy_engine import NumpyEngine
from tagger.runtime.onnx_engine import OnnxEngine
from tagger.vocabulary import UNKNOWN

from ..networks import FORMS, LAYERS, SENTENCES, make_bundle, make_network

PLAIN = [Sentence(tokens) for tokens in SENTENCES]


def test_the_pair_that_ends_with_a_token_begins_with_the_one_before() -> None:
    ids = Pairs(2**20, 4).read([Sentence(["a", "b", "a", "b"]), Sentence(["b"]), Sentence([])])
    assert ids.shape == (3, 4, 2)
    np.testing.assert_array_equal(ids[0, 1:, 0], ids[0, :-1, 1])
    assert ids[0, 0, 1] == ids[0, 2, 1] != ids[0, 1, 1]  # a b, a b, b a
    assert ids[0, 0, 0] != ids[1, 0, 0]  # edge a, edge b
    assert ids[0, 3, 1] == ids[1, 0, 1]  # b edge
    assert not ids[1, 1:].any()
    assert not ids[2].any()


def test_words_count_not_forms() -> None:
    pairs = Pairs(2**20, 4)
    found = pairs.read([Sentence(["May", "2021"]), Sentence(["may", "1999"])])
    np.testing.assert_array_equal(found[0], found[1])


@pytest.mark.parametrize("buckets", [16, 17])
def test_ids_stay_within_their_buckets(buckets: int) -> None:
    ids = Pairs(buckets, 1).read([Sentence([chr(c) for c in range(500)])])
    assert ids.min() == UNKNOWN
    assert ids.max() == buckets - 1


@pytest.mark.parametrize("members", [1, 2])
def test_engines_agree(members: int) -> None:
    network, indexer, config = make_network(("crf",), pair_size=3, pair_buckets=40, members=members)
    bundle = export(network, indexer, [LAYERS["crf"]], config, SENTENCES, FORMS)
    (part,) = NO_SOURCES.parts(config.model)
    context = bundle.context_vectors()(PLAIN)
    assert context is not None
    with torch.inference_mode():
        read = [torch.from_numpy(part.read(PLAIN))]
        made = [member.context(read) for member in network.networks]
    np.testing.assert_allclose(context, np.concatenate(made, axis=2), rtol=0, atol=1e-6)
    engines = [
        NetworkEngine(network, indexer),
        NumpyEngine(config.model, indexer, bundle.weights),
        OnnxEngine("lstm", indexer, bundle.weights, bundle.form_graph, bundle.sentence_graph, 1),
    ]
    expected, *others = [engine.emissions(SENTENCES, context)[0] for engine in engines]
    for found in others:
        for i, tokens in enumerate(SENTENCES):
            ours, theirs = found[i, : len(tokens)], expected[i, : len(tokens)]
            np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-4)


def test_batches_do_not_matter() -> None:
    tagger = Tagger.from_bundle(make_bundle(("crf",), pair_size=3), precision="float32")
    together = list(tagger.tag_sentences(PLAIN))
    alone = [next(tagger.tag_sentences([sentence])) for sentence in PLAIN]
    for ours, theirs in zip(alone, together, strict=True):
        assert ours.tags == theirs.tags
        np.testing.assert_allclose(ours.confidences["ner"], theirs.confidences["ner"], atol=1e-4)


def test_training_hides_whole_pairs_and_keeps_their_expected_value() -> None:
    torch.manual_seed(2)
    module = PairEmbedding(50, 4, dropout=0.25)
    ids = torch.randint(UNKNOWN, 50, (30, 40, 2))
    whole = module.eval()(ids).unflatten(2, (2, 4))
    found = module.train()(ids).unflatten(2, (2, 4))
    hidden = (found == 0).all(dim=3)
    assert 0.2 < hidden.float().mean() < 0.3
    torch.testing.assert_close(found[~hidden], whole[~hidden] / 0.75)

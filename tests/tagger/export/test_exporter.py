"""An export is compared with its network, and holds nothing twice."""

from __future__ import annotations

import pytest
import torch

from tagger.bundle import BundleError
from tagger.export.exporter import export
from tagger.pipeline import Tagger

from ..networks import LAYERS, SENTENCES, make_network


def test_export_scores_as_the_network() -> None:
    network, indexer, config = make_network(("crf", "softmax"))
    bundle = export(network, indexer, [LAYERS["crf"], LAYERS["softmax"]], config, SENTENCES)
    tagged = Tagger.from_bundle(bundle).tag_tokens(SENTENCES)
    assert [list(s.tags) for s in tagged] == [["ner", "UPOS"]] * len(SENTENCES)
    assert set(bundle.weights) == set(network.state_dict())


def test_graphs_hold_no_weights() -> None:
    network, indexer, config = make_network(hidden_size=64, word_size=200)
    bundle = export(network, indexer, [LAYERS["crf"]], config, SENTENCES)
    assert len(bundle.form_graph) + len(bundle.sentence_graph) < 10_000


def test_export_that_differs_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    network, indexer, config = make_network()
    weights = network.weights()
    with torch.no_grad():
        network.heads[0].output.bias += 0.01  # type: ignore[union-attr, operator]
    monkeypatch.setattr(network, "weights", lambda: weights)
    with pytest.raises(BundleError, match=r"scores that differ by 1\.0e-02"):
        export(network, indexer, [LAYERS["crf"]], config, SENTENCES)

"""An export is compared with its network, and holds nothing twice."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from tagger.bundle import BundleError
from tagger.export.exporter import export
from tagger.network.embeddings import FormTensors
from tagger.pipeline import Tagger

from ..networks import FORMS, LAYERS, SENTENCES, make_network


def test_export_scores_as_the_network() -> None:
    network, indexer, config = make_network(("crf", "softmax"))
    bundle = export(network, indexer, [LAYERS["crf"], LAYERS["softmax"]], config, SENTENCES, FORMS)
    tagged = Tagger.from_bundle(bundle).tag_tokens(SENTENCES)
    assert [list(s.tags) for s in tagged] == [["ner", "UPOS"]] * len(SENTENCES)
    assert set(bundle.weights) == set(network.state_dict())


def test_graphs_hold_no_weights() -> None:
    network, indexer, config = make_network(hidden_size=64, word_size=200)
    bundle = export(network, indexer, [LAYERS["crf"]], config, SENTENCES, FORMS)
    assert len(bundle.form_graph) + len(bundle.sentence_graph) < 10_000


def test_export_that_differs_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    network, indexer, config = make_network()
    weights = network.weights()
    with torch.no_grad():
        network.heads[0].output.bias += 0.01  # type: ignore[union-attr, operator]
    monkeypatch.setattr(network, "weights", lambda: weights)
    with pytest.raises(BundleError, match=r"scores that differ by 1\.0e-02"):
        export(network, indexer, [LAYERS["crf"]], config, SENTENCES, FORMS)


def test_vectors_of_frequent_forms_are_stored() -> None:
    network, indexer, config = make_network()
    bundle = export(
        network, indexer, [LAYERS["crf"]], config, SENTENCES, {"b": 1, "a": 2, "c": 9, "Z": 2}
    )
    assert bundle.training_forms == ("c", "Z", "a", "b")
    assert bundle.form_table is not None
    assert bundle.form_table.forms == ("c", "Z", "a")
    with torch.inference_mode():
        expected = network.forms(FormTensors.from_batch(indexer.index(["c", "Z", "a"]))).numpy()
    np.testing.assert_array_equal(bundle.form_table.vectors, expected.astype(np.float16))


def test_forms_that_came_once_are_not_stored() -> None:
    network, indexer, config = make_network()
    bundle = export(network, indexer, [LAYERS["crf"]], config, SENTENCES, {"a": 1})
    assert bundle.form_table is None


def test_weights_are_what_half_precision_holds_but_large_ones() -> None:
    network, indexer, config = make_network()
    large = 70_001.0
    with torch.no_grad():
        network.heads[0].output.weight[0, 0] = large  # type: ignore[union-attr, operator, index]
    weights = export(network, indexer, [LAYERS["crf"]], config, SENTENCES, FORMS).weights
    assert weights["heads.0.output.weight"][0, 0] == large
    for name in weights.keys() - {"heads.0.output.weight"}:
        np.testing.assert_array_equal(weights[name], weights[name].astype(np.float16))


def test_vectors_that_half_precision_cannot_hold_stay_whole() -> None:
    network, indexer, config = make_network()
    with torch.no_grad():
        network.forms.projection.bias.fill_(70_001.0)  # type: ignore[union-attr]
    bundle = export(network, indexer, [LAYERS["crf"]], config, SENTENCES, FORMS)
    assert bundle.form_table is not None
    assert np.isfinite(bundle.form_table.vectors).all()
    assert bundle.form_table.vectors.max() > np.finfo(np.float16).max

"""NumPy == torch == ONNX, and neither padding nor batch make-up changes anything."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np
import onnx
import pytest

from tagger.export.exporter import export
from tagger.network.engine import NetworkEngine
from tagger.runtime.engine import Engine
from tagger.runtime.form_table import FormTable
from tagger.runtime.numpy_engine import NumpyEngine
from tagger.runtime.onnx_engine import OnnxEngine

from ..networks import FORMS, LAYERS, SENTENCES, make_bundle, make_network

TOLERANCE = 1e-4

FEATURES = {
    "all, CNN": {},
    "all, LSTM": {"character_encoder": "lstm"},
    "no projection": {"projection": 0},
    "words": {"character_encoder": "none", "affix_size": 0, "shape_size": 0},
    "static vectors": {"static_size": 5},
    "static vectors alone": {
        "static_size": 5,
        "word_size": 0,
        "character_encoder": "none",
        "affix_size": 0,
        "shape_size": 0,
    },
    "letters of Hangul": {"jamo": True},
    "affixes of letters": {"jamo_affixes": True},
    "CNN": {"word_size": 0, "affix_size": 0, "shape_size": 0, "projection": 0},
    "LSTM": {"character_encoder": "lstm", "word_size": 0, "affix_size": 0, "shape_size": 0},
    "affixes": {"word_size": 0, "character_encoder": "none", "shape_size": 0, "affix_length": 2},
    "shape": {"word_size": 0, "character_encoder": "none", "affix_size": 0},
}
NETWORKS = {
    **{
        f"{cell}, {layers} layer(s), {'both ways' if both else 'one way'}": {
            "cell": cell,
            "layers": layers,
            "bidirectional": both,
        }
        for cell, layers, both in itertools.product(("elman", "gru", "lstm"), (1, 2), (True, False))
    },
    **{
        f"{kind}, {layers} layer(s) of {hidden}": {
            "connections": kind,
            "layers": layers,
            "hidden_size": hidden,  # 4 each way: as wide as the input of the first layer
        }
        for kind, layers, hidden in itertools.product(("residual", "highway"), (1, 2), (4, 7))
    },
    "normalised, both ways": {"layer_norm": True, "layers": 2, "cell": "elman"},
    "normalised, one way": {"layer_norm": True, "bidirectional": False},
    "normalised highway": {"layer_norm": True, "connections": "highway", "layers": 2},
    "residual, one way": {"connections": "residual", "layers": 3, "bidirectional": False},
    "highway, one way": {"connections": "highway", "layers": 3, "bidirectional": False, "cell": "gru"},
    **FEATURES,
    "three members": {"members": 3, "layers": 2},
    "two members, highway": {"members": 2, "layers": 2, "connections": "highway", "layer_norm": True},
    "two members, one way, no projection": {"members": 2, "bidirectional": False, "projection": 0},
    "two members, LSTM over characters": {"members": 2, "cell": "gru", "character_encoder": "lstm"},
}
HEADS = (*((head,) for head in LAYERS), tuple(LAYERS))


def engines(heads: tuple[str, ...], **settings: object) -> dict[str, Engine]:
    network, indexer, config = make_network(heads, **settings)
    # which rounds the weights of the network too
    bundle = export(network, indexer, [LAYERS[head] for head in heads], config, SENTENCES, FORMS)
    return {
        "torch": NetworkEngine(network, indexer),
        "numpy": NumpyEngine(config.model, indexer, bundle.weights),
        "onnx": OnnxEngine(
            config.model.cell, indexer, bundle.weights, bundle.form_graph, bundle.sentence_graph, 1
        ),
    }


def scores(engine: Engine, batch: Sequence[Sequence[str]]) -> list[list[np.ndarray]]:
    """Returns for each layer and sentence its own scores, padding cut off."""
    return [
        [layer[i, : len(tokens)] for i, tokens in enumerate(batch)] for layer in engine.emissions(batch)
    ]


def assert_close(a: list[list[np.ndarray]], b: list[list[np.ndarray]]) -> None:
    for ours, theirs in zip(a, b, strict=True):
        for x, y in zip(ours, theirs, strict=True):
            assert x.shape == y.shape
            np.testing.assert_allclose(x, y, rtol=0, atol=TOLERANCE)


@pytest.mark.parametrize("settings", NETWORKS.values(), ids=NETWORKS)
def test_engines_agree(settings: dict[str, object]) -> None:
    made = engines(("crf",), **settings)
    expected = scores(made["torch"], SENTENCES)
    assert max(np.abs(x).max() for x in expected[0]) > 0.1
    assert_close(scores(made["numpy"], SENTENCES), expected)
    assert_close(scores(made["onnx"], SENTENCES), expected)


@pytest.mark.parametrize("both", [True, False])
@pytest.mark.parametrize(
    "settings",
    [{}, {"connections": "residual"}, {"connections": "highway"}, {"layer_norm": True}],
    ids=str,
)
def test_int8_does_the_same_but_for_its_cells(settings: dict[str, object], both: bool) -> None:
    bundle = make_bundle(layers=2, bidirectional=both, **settings)
    plain, reduced = (
        [node.op_type for node in onnx.load_from_string(graph).graph.node]
        for graph in (bundle.sentence_graph, bundle.int8_graph)
    )
    assert reduced == [{"LSTM": "DynamicQuantizeLSTM"}.get(name, name) for name in plain]
    made = [
        OnnxEngine("lstm", bundle.indexer(), bundle.weights, bundle.form_graph, graph, 1, precision)
        for graph, precision in ((bundle.sentence_graph, "float32"), (bundle.int8_graph, "int8"))
    ]
    expected, found = (np.concatenate(scores(engine, SENTENCES)[0]) for engine in made)
    assert 0 < np.abs(found - expected).max() < 0.5


@pytest.mark.parametrize("heads", HEADS, ids="+".join)
def test_engines_agree_on_heads(heads: tuple[str, ...]) -> None:
    made = engines(heads)
    expected = scores(made["torch"], SENTENCES)
    for name in ("numpy", "onnx"):
        assert_close(scores(made[name], SENTENCES), expected)
        for ours, theirs in zip(made[name].transitions(), made["torch"].transitions(), strict=True):
            assert (ours is None) == (theirs is None)
            if ours is not None and theirs is not None:
                np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize("engine", ["torch", "numpy", "onnx"])
@pytest.mark.parametrize("settings", NETWORKS.values(), ids=NETWORKS)
def test_batch_does_not_matter(settings: dict[str, object], engine: str) -> None:
    """A sentence scores the same alone, in company, in any order and place."""
    made = engines(("crf",), **settings)[engine]
    together = scores(made, SENTENCES)
    backwards = [layer[::-1] for layer in scores(made, SENTENCES[::-1])]
    assert_close(backwards, together)
    alone = [scores(made, [sentence])[0][0] for sentence in SENTENCES]
    assert_close([alone], together)


def test_engines_agree_on_known_forms() -> None:
    """Vectors of the model's table, in half precision, take the place of computed ones."""
    bundle = make_bundle()
    assert bundle.form_table is not None
    model, graphs = bundle.config.model, (bundle.form_graph, bundle.sentence_graph)
    marked = FormTable(bundle.form_table.forms, bundle.form_table.vectors + 9)
    found: dict[str, list[list[list[np.ndarray]]]] = {"numpy": [], "onnx": []}
    for table in (None, bundle.form_table, marked):
        made = {
            "numpy": NumpyEngine(model, bundle.indexer(), bundle.weights, table),
            "onnx": OnnxEngine(model.cell, bundle.indexer(), bundle.weights, *graphs, 1, table=table),
        }
        for name, engine in made.items():
            found[name].append(scores(engine, SENTENCES))
    for ours, theirs in zip(*found.values(), strict=True):
        assert_close(ours, theirs)
    computed, stored, others = found["onnx"]
    for i, tokens in enumerate(SENTENCES):
        np.testing.assert_allclose(stored[0][i], computed[0][i], rtol=0, atol=5e-3)
        is_known = not bundle.form_table.rows().keys().isdisjoint(tokens)
        assert (np.abs(others[0][i] - computed[0][i]).max() > 0.1) == is_known


def test_table_of_forms_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """When the table of forms overflows it is emptied, and scores stay what they were."""
    monkeypatch.setattr("tagger.runtime.onnx_engine._TABLE_ROWS", 12)
    monkeypatch.setattr("tagger.runtime.onnx_engine._FIRST_ROWS", 2)
    monkeypatch.setattr("tagger.runtime.onnx_engine._FORMS_AT_ONCE", 3)
    bundle = make_bundle(("softmax",))
    made: dict[str, Engine] = {
        "numpy": NumpyEngine(bundle.config.model, bundle.indexer(), bundle.weights, bundle.form_table),
        "onnx": OnnxEngine(
            bundle.config.model.cell,
            bundle.indexer(),
            bundle.weights,
            bundle.form_graph,
            bundle.sentence_graph,
            1,
            table=bundle.form_table,
        ),
    }
    for batch in ([[f"w{i}", f"v{i}", "cat"]] for i in range(20)):
        assert_close(scores(made["onnx"], batch), scores(made["numpy"], batch))
        rows = made["onnx"]._rows  # type: ignore[attr-defined]
        assert len(rows) <= 12
        assert {"cat": 1, "The": 2}.items() <= rows.items()

"""Weights of rare tags, by head and by hand."""

from __future__ import annotations

import pytest

from tagger.layers import TagLayer, make_layer
from tagger.training.rarity import rare_weights

POS = {"a": 80, "b": 20, "c": 20}
SPANS = {"O": 84, "B-X": 20, "I-X": 10, "B-Y": 6}
LABELS = {"_": 50, "a|b": 8, "b": 4}


@pytest.mark.parametrize(
    ("layer", "counts", "power", "expected"),
    [
        (make_layer("x", "softmax", POS, None), POS, 1.0, {"a": 0.5, "b": 2, "c": 2}),
        (make_layer("x", "crf", POS, None), POS, 0.5, {"a": 0.5**0.5, "b": 2**0.5, "c": 2**0.5}),
        (make_layer("x", "softmax", POS, None), POS, 0.0, {"a": 1, "b": 1, "c": 1}),
        (
            make_layer("x", "crf", SPANS, "IOB2"),
            SPANS,
            1.0,
            {"O": 40 / 84}
            | {f"{prefix}-X": 40 / 30 for prefix in "BIES"}
            | {f"{prefix}-Y": 40 / 6 for prefix in "BIES"},
        ),
        (make_layer("x", "sigmoid", LABELS, None), LABELS, 1.0, {"a": 10 / 8, "b": 10 / 12}),
        (
            TagLayer("x", "softmax", ("a", "b", "c", "d")),
            {"a": 10**6, "b": 1, "c": 10**5},
            1.0,
            {"a": 1_100_001 / 3e6, "b": 10, "c": 1_100_001 / 3e5, "d": 1},
        ),
        (
            TagLayer("x", "softmax", tuple("abcdefghijklmnopqrstuvwxyz")),
            dict.fromkeys("bcdefghijklmnopqrstuvwxyz", 1) | {"a": 10**6},
            1.0,
            dict.fromkeys("bcdefghijklmnopqrstuvwxyz", 10) | {"a": 0.1},
        ),
    ],
    ids=["softmax", "crf", "off", "spans", "sigmoid", "one unseen, one capped", "frequent"],
)
def test_weights(
    layer: TagLayer, counts: dict[str, int], power: float, expected: dict[str, float]
) -> None:
    found = dict(zip(layer.symbols, rare_weights(layer, counts, power), strict=True))
    assert found == pytest.approx(expected)

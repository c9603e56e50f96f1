"""Graphs of transformers: none of their weights is lost, and what cannot be written shows."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import onnx
import pytest
import torch
from torch import Tensor, nn

from tagger.export.transformer import transformer_graph
from tagger.network.transformer import HiddenStates


class Alike(nn.Module):
    """Two equal weights, and perhaps one without use or a branch that a trace does not see."""

    def __init__(self, kind: str) -> None:
        super().__init__()
        self.config = SimpleNamespace(hidden_size=2)
        self.a, self.b = nn.Parameter(torch.ones(2)), nn.Parameter(torch.ones(2))
        self.kind = kind
        if kind == "unused":
            self.c = nn.Parameter(torch.ones(2))

    def forward(self, input_ids: Tensor, attention_mask: Tensor, **options: bool) -> SimpleNamespace:
        vectors = (input_ids * attention_mask)[:, :, None].float() * self.a + self.b
        if self.kind == "branch" and input_ids.shape[1] != 7:
            vectors = vectors * 2
        if self.kind == "broken":
            raise RuntimeError("no such thing\nof any kind")
        return SimpleNamespace(hidden_states=(vectors,))


def test_equal_weights_stay_two() -> None:
    states = HiddenStates(Alike("plain"), 1)
    graph = onnx.load_from_string(transformer_graph(states))
    outside = onnx.TensorProto.EXTERNAL
    named = [t.name for t in graph.graph.initializer if t.data_location == outside]
    assert named == ["model.a", "model.b"]
    np.testing.assert_array_equal(states.model.a.detach(), [1, 1])


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        ("unused", r"^no graph of it \(weights without use: model.c\)$"),
        ("branch", "^a graph whose vectors differ by "),
        ("broken", r"^no graph of it \(no such thing\)$"),
    ],
)
def test_what_cannot_be_written(kind: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        transformer_graph(HiddenStates(Alike(kind), 1))

"""The moving average of weights: what it holds, and that it comes and goes."""

from __future__ import annotations

import pytest
import torch

from tagger.config import TrainingConfig
from tagger.training.trainer import Average, make_optimizer

from ..networks import make_network


def test_average_is_that_of_its_equation() -> None:
    network, _, _ = make_network()
    average = Average(network, 0.75)
    weight = network.heads[0].output.bias  # type: ignore[union-attr]
    assert isinstance(weight, torch.Tensor)
    values = []
    for step in range(6):
        with torch.no_grad():
            weight.fill_(float(2**step))
        average.step()
        with average.in_place():
            values.append(float(weight[0].detach()))
        assert float(weight[0].detach()) == 2**step
    expected = [1.0]
    for step in range(1, 6):
        share = max(0.25, 1 / (1 + step))
        expected.append((1 - share) * expected[-1] + share * 2**step)
    assert values == pytest.approx(expected)


def test_matrices_alone_are_decayed() -> None:
    network, _, _ = make_network(layer_norm=True)
    config = TrainingConfig(weight_decay=0.5)
    decayed = {
        id(parameter)
        for group in make_optimizer(network, config).param_groups
        if group["weight_decay"]
        for parameter in group["params"]
    }
    names = {name for name, parameter in network.named_parameters() if id(parameter) in decayed}
    ways = [f"encoder.layers.0.{way}_to_{end}" for way, end in (("left", "right"), ("right", "left"))]
    assert names == {
        "forms.parts.characters.convolution.weight",
        "forms.projection.weight",
        *(f"{way}.weight_{kind}_l0" for way in ways for kind in ("ih", "hh")),
        "heads.0.output.weight",
    }


def test_no_average_is_the_weights_themselves() -> None:
    network, _, _ = make_network()
    average = Average(network, 0.0)
    before = network.weights()
    average.step()
    with average.in_place():
        assert all((before[name] == array).all() for name, array in network.weights().items())

"""The moving average of weights: what it holds, and that it comes and goes."""

from __future__ import annotations

import pytest
import torch

from tagger.training.trainer import Average

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


def test_no_average_is_the_weights_themselves() -> None:
    network, _, _ = make_network()
    average = Average(network, 0.0)
    before = network.weights()
    average.step()
    with average.in_place():
        assert all((before[name] == array).all() for name, array in network.weights().items())

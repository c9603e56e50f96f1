"""The recurrent encoder: bfloat16 in training alone, and of LSTM cells alone."""

from __future__ import annotations

import pytest
import torch

from tagger.network.cells import Connection, RecurrentEncoder

from ..networks import needs_bfloat16

LENGTHS = torch.tensor([5, 3, 1])


def encoders(cell: str) -> tuple[RecurrentEncoder, RecurrentEncoder]:
    """Returns two encoders of the same weights, one of which may use bfloat16."""
    torch.manual_seed(3)
    plain = RecurrentEncoder(cell, 6, 8)
    reduced = RecurrentEncoder(cell, 6, 8, bfloat16=True)
    reduced.load_state_dict(plain.state_dict())
    return plain, reduced


@pytest.mark.parametrize("cell", ["elman", "gru", pytest.param("lstm", marks=needs_bfloat16)])
def test_bfloat16_is_for_training_lstms(cell: str) -> None:
    plain, reduced = encoders(cell)
    x = torch.randn(3, 5, 6)
    for mode in (True, False):
        expected, found = plain.train(mode)(x, LENGTHS), reduced.train(mode)(x, LENGTHS)
        assert found.dtype == torch.float32
        torch.testing.assert_close(found, expected, rtol=0, atol=0.02)
        assert torch.equal(found, expected) == (not mode or cell != "lstm")


@pytest.mark.parametrize("kind", ["residual", "highway"])
@pytest.mark.parametrize("size", [6, 8])
def test_connection_hands_on_inputs_and_states(kind: str, size: int) -> None:
    """Open gates give states, shut ones inputs, which a linear map brings to their width."""
    torch.manual_seed(3)
    connection = Connection(kind, size, 8, dropout=0.9).eval()
    x, states = torch.randn(3, 5, size), torch.randn(3, 5, 8)
    assert (connection.carry is None) == (size == 8)
    carried = x if connection.carry is None else connection.carry(x)
    if connection.gate is None:
        torch.testing.assert_close(connection(x, states), carried + states)
        return
    for bias, expected in ((50.0, states), (-50.0, carried), (0.0, (carried + states) / 2)):
        torch.nn.init.zeros_(connection.gate.weight)
        torch.nn.init.constant_(connection.gate.bias, bias)
        torch.testing.assert_close(connection(x, states), expected)


@pytest.mark.parametrize("kind", ["residual", "highway"])
def test_dropout_leaves_inputs_whole(kind: str) -> None:
    connection = Connection(kind, 8, 8, dropout=0.5)
    x = torch.randn(3, 5, 8)
    states = torch.full((3, 5, 8), 1e6)
    found = connection(x, states)
    lost = found.abs() < 100
    assert 0 < lost.float().mean() < 1
    if kind == "residual":
        assert torch.equal(found[lost], x[lost])


def test_normalised_states_have_mean_0_and_deviation_1() -> None:
    connection = Connection("residual", 8, 8, dropout=0.0, layer_norm=True)
    x, states = torch.randn(3, 5, 8), 7 * torch.randn(3, 5, 8) + 9
    found = connection(x, states) - x
    torch.testing.assert_close(found.mean(dim=2), torch.zeros(3, 5), rtol=0, atol=1e-5)
    torch.testing.assert_close(found.std(dim=2, correction=0), torch.ones(3, 5), rtol=0, atol=1e-4)


@needs_bfloat16
def test_gradients_of_bfloat16_are_near_and_in_float32() -> None:
    gradients = []
    for encoder in encoders("lstm"):
        torch.manual_seed(4)
        (encoder(torch.randn(3, 5, 6), LENGTHS) ** 2).sum().backward()
        gradients.append({name: p.grad for name, p in encoder.named_parameters()})
    for name, expected in gradients[0].items():
        found = gradients[1][name]
        assert expected is not None
        assert found is not None
        assert found.dtype == torch.float32
        assert (found - expected).norm() < 0.02 * expected.norm()

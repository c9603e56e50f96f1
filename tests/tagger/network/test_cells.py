"""The recurrent encoder: bfloat16 in training alone, and of LSTM cells alone."""

from __future__ import annotations

import pytest
import torch

from tagger.network.cells import RecurrentEncoder

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

"""Dropout: what is lost, what it becomes, and when nothing is."""

import pytest
import torch

from tagger.network.dropout import Dropout, LockedDropout, WordDropout

RATES = [0.05, 0.33, 0.5, 0.9]


@pytest.mark.parametrize("rate", RATES)
def test_dropout_keeps_the_expected_value(rate: float) -> None:
    torch.manual_seed(1)
    dropped = Dropout(rate)(torch.ones(200, 500))
    assert set(dropped.unique().tolist()) == {0.0, torch.tensor(1.0).div(1 - rate).item()}
    assert (dropped == 0).float().mean().item() == pytest.approx(rate, abs=0.01)
    assert dropped.mean().item() == pytest.approx(1.0, rel=0.03)


@pytest.mark.parametrize("rate", RATES)
def test_locked_dropout_is_one_mask_for_all_steps(rate: float) -> None:
    torch.manual_seed(1)
    dropped = LockedDropout(rate)(torch.ones(300, 4, 100))
    assert (dropped == dropped[:, :1]).all()
    assert (dropped[:, 0] == 0).float().mean().item() == pytest.approx(rate, abs=0.02)
    assert not (dropped[0] == dropped[1]).all()


@pytest.mark.parametrize("kind", [Dropout, LockedDropout])
def test_gradient_is_the_mask(kind: type[Dropout]) -> None:
    torch.manual_seed(1)
    vectors = torch.full((3, 5, 7), 2.0, requires_grad=True)
    dropped = kind(0.5)(vectors)
    dropped.sum().backward()
    assert vectors.grad is not None
    assert torch.equal(vectors.grad * 2, dropped)


@pytest.mark.parametrize("rate", RATES)
def test_word_dropout_takes_whole_tokens(rate: float) -> None:
    torch.manual_seed(1)
    vectors = torch.randn(100, 50, 4)
    dropped = WordDropout(rate)(vectors)
    lost = (dropped == 0).all(dim=2)
    assert lost.float().mean().item() == pytest.approx(rate, abs=0.02)
    assert torch.equal(dropped[~lost], vectors[~lost])


@pytest.mark.parametrize("kind", [Dropout, LockedDropout, WordDropout])
def test_nothing_is_lost_outside_training(kind: type[Dropout]) -> None:
    vectors = torch.randn(2, 3, 4)
    assert kind(0.5).eval()(vectors) is vectors
    assert kind(0.0)(vectors) is vectors

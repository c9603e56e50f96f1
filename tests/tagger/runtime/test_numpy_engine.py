"""The cells written out: against torch's, and against the equation, step by step."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from tagger.network.cells import CELLS as TORCH_CELLS
from tagger.runtime.numpy_engine import CELLS, elman, recurrent, reverse, sigmoid


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("shape", [(5, 3), (2, 5, 3), (1, 1, 3)], ids=str)
def test_cell_is_torchs(cell: str, shape: tuple[int, ...]) -> None:
    torch.manual_seed(1)
    module = TORCH_CELLS[cell](3, 4, batch_first=True)
    x = torch.randn(shape)
    expected = module(x)[0].detach().numpy()
    weights = [p.detach().numpy() for p in module.parameters()]
    found = CELLS[cell](x.numpy(), *weights)
    assert found.shape == (*shape[:-1], 4)
    np.testing.assert_allclose(found, expected, atol=1e-6)


def test_elman_is_its_equation() -> None:
    random = np.random.default_rng(0)
    x, W_x, W_h = random.normal(size=(6, 3)), random.normal(size=(4, 3)), random.normal(size=(4, 4))
    b = random.normal(size=4)
    h = np.zeros(4)
    for t, state in enumerate(elman(x, W_x, W_h, b, np.zeros(4))):
        h = np.tanh(W_x @ x[t] + W_h @ h + b)
        np.testing.assert_allclose(state, h, rtol=1e-12)


def test_elman_takes_a_sequence_or_a_batch() -> None:
    random = np.random.default_rng(0)
    x, W_x, W_h = (
        random.normal(size=(2, 6, 3)),
        random.normal(size=(4, 3)),
        random.normal(size=(4, 4)),
    )
    b = np.ones(4)
    batch = elman(x, W_x, W_h, b, b)
    for i in range(2):
        np.testing.assert_allclose(batch[i], elman(x[i], W_x, W_h, b, b), rtol=1e-12)


def test_backward_cell_starts_at_the_true_last_step() -> None:
    random = np.random.default_rng(0)
    weights = {
        f"{way}.{name}": random.normal(size=size).astype(np.float32)
        for way in ("left_to_right", "right_to_left")
        for name, size in (
            ("weight_ih_l0", (4, 3)),
            ("weight_hh_l0", (4, 4)),
            ("bias_ih_l0", 4),
            ("bias_hh_l0", 4),
        )
    }
    x = random.normal(size=(1, 3, 3)).astype(np.float32)
    padded = np.concatenate([x, np.full((1, 2, 3), 9, np.float32)], axis=1)
    short = recurrent(elman, x, np.array([3]), weights)
    long = recurrent(elman, padded, np.array([3]), weights)
    np.testing.assert_allclose(long[:, :3], short, rtol=1e-6)
    assert not np.allclose(recurrent(elman, padded, np.array([5]), weights)[:, :3, 4:], short[:, :, 4:])


def test_reverse_twice_is_nothing() -> None:
    x = np.arange(24, dtype=np.float32).reshape(2, 4, 3)
    lengths = np.array([4, 2])
    turned = reverse(x, lengths)
    assert turned[1, 0].tolist() == x[1, 1].tolist()
    assert turned[1, 2:].tolist() == x[1, 2:].tolist()
    np.testing.assert_array_equal(reverse(turned, lengths), x)


def test_sigmoid_does_not_overflow() -> None:
    with np.errstate(all="raise"):
        found = sigmoid(np.array([-1e4, 0, 1e4], dtype=np.float32))
    assert found.tolist() == [0.0, 0.5, 1.0]

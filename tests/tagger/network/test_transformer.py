"""A transformer as a part of the network."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import torch

from corpora import Sentence
from tagger.config import ModelConfig
from tagger.context.parts import Context
from tagger.context.transformer import Transformer, TransformerVectors
from tagger.network.context import ContextEncoder
from tagger.network.transformer import TUNED_PREFIX, TunedVectors, make_transformer
from tagger.training.transformer import read_transformer

from ..tiny_transformer import SIZE, write

SENTENCES = [Sentence(["The", "cats", "", "a" * 40]), Sentence(["cab"]), Sentence([])]


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Transformer:
    return read_transformer(str(write(tmp_path_factory.mktemp("transformer"))), 1, "mean")[0]


@pytest.mark.parametrize("tuned", [False, True])
@pytest.mark.parametrize("output", [0, 3])
def test_torch_and_numpy_agree(tiny: Transformer, tuned: bool, output: int) -> None:
    made = make_transformer(tiny, 2, "max")
    part = TunedVectors(made, output) if tuned else TransformerVectors(made.encode, SIZE, output)
    encoder = ContextEncoder([part], ModelConfig())
    assert encoder.output_size == (output or SIZE)
    weights = {f"context.{name}": w.numpy() for name, w in encoder.state_dict().items()}
    assert any(name.startswith(TUNED_PREFIX) for name in weights) == tuned
    vectors = Context([part], weights)(SENTENCES)
    with torch.inference_mode():
        expected = encoder.eval()([torch.from_numpy(part.read(SENTENCES))])
    assert vectors is not None
    assert expected is not None
    assert vectors.shape == (3, 4, encoder.output_size)
    np.testing.assert_allclose(vectors, expected.numpy(), rtol=0, atol=1e-6)


@pytest.mark.parametrize("pooling", ["first", "last", "mean", "max"])
def test_tuned_weights_have_gradients(tiny: Transformer, pooling: str) -> None:
    part = TunedVectors(make_transformer(tiny, 1, pooling), 3)
    encoder = ContextEncoder([part], ModelConfig(dropout=0.0)).train()
    part.vectors(part.read(SENTENCES), {"map.weight": np.ones((3, SIZE)), "map.bias": np.ones(3)})
    assert part.transformer.training, "scoring in between leaves it learning"
    vectors = encoder([torch.from_numpy(part.read(SENTENCES))])
    assert vectors is not None
    vectors.square().sum().backward()
    without = [name for name, w in encoder.named_parameters() if w.grad is None or not w.grad.any()]
    assert [name for name in without if "key.bias" not in name] == []  # which softmax takes no note of


def test_weights_that_do_not_fit(tiny: Transformer) -> None:
    some = dict(list(tiny.weights.items())[1:])
    with pytest.raises(ValueError, match=r"^\d+ weights for \d+$"):
        make_transformer(dataclasses.replace(tiny, weights=some), 1, "mean")

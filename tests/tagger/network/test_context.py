"""What training does with the context of tokens, and tagging does not."""

from __future__ import annotations

import torch

from tagger.network.context import ColumnEmbeddings
from tagger.vocabulary import UNKNOWN


def test_values_are_now_and_then_unknown_in_training() -> None:
    torch.manual_seed(1)
    module = ColumnEmbeddings([4], 2, 0.0)
    ids = torch.full((10, 1000, 1), 3)
    ids[:, 900:] = 0
    unknown = module.tables[0].weight[UNKNOWN]
    vectors = module.train()(ids)
    forgotten = (vectors == unknown).all(dim=2)
    assert 0.005 < forgotten[:, :900].float().mean() < 0.02
    assert not vectors[:, 900:].any()  # padding stays
    assert not (module.eval()(ids) == unknown).all(dim=2).any()


def test_dropout_in_training() -> None:
    torch.manual_seed(1)
    module = ColumnEmbeddings([4, 4], 8, 0.5)
    ids = torch.full((2, 50, 2), 2)
    assert module(ids).shape == (2, 50, 16)
    assert 0.4 < (module(ids) == 0).float().mean() < 0.6
    assert (module.eval()(ids) != 0).all()

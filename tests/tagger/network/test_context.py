"""What training does with the context of tokens, and tagging does not."""

from __future__ import annotations

import torch

from tagger.context.gazetteers import BEGIN, END, INSIDE, PLACES, SINGLE
from tagger.network.context import ColumnEmbeddings, GazetteerMatches
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


def test_matches_are_now_and_then_not_shown_in_training() -> None:
    """Each goes or stays as a whole, and with what begins at the same token."""
    torch.manual_seed(1)
    bits = torch.zeros(1, 3000, 1, 2, PLACES)
    for i, place in enumerate((BEGIN, INSIDE, END)):
        bits[0, i::6, 0, :, place] = 1  # three tokens, and the same in small letters
    bits[0, 3::6, 0, 1, SINGLE] = 1  # then one in small letters, then two tokens of none
    module = GazetteerMatches(1, 2 * PLACES, 0.3, 0.0)
    torch.nn.init.eye_(module.projection.weight)
    shown = module.train()(bits.flatten(2)).reshape(500, 6, 2, PLACES)
    whole = bits.reshape(500, 6, 2, PLACES)
    long, single = (shown[:, a:b].flatten(1).sum(dim=1) for a, b in ((0, 3), (3, 4)))
    assert set(long.tolist()) == {0, 6}
    assert set(single.tolist()) == {0, 1}
    for count, most in ((long, 6), (single, 1)):
        assert 0.6 < (count == most).float().mean() < 0.8
    assert not shown[whole == 0].any()
    torch.testing.assert_close(module.eval()(bits.flatten(2)).reshape(whole.shape), whole)

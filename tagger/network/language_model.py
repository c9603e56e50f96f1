"""A language model that is learned beside the tags: from each state, the word next to it.

It makes the recurrent layer look at more than tags ask for (Rei 2017), and is never part
of a model file.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from tagger.network.dropout import LockedDropout
from tagger.vocabulary import PADDING, UNKNOWN

_MOST_WORDS = 7500  # that are told apart (Rei 2017), and two ids more
_SIZE = 50  # of what lies between states and words (Rei 2017)
# Groups of words by frequency; a softmax over all at once takes four times as long.
_CUTOFFS = (500, 2000)
_EDGE = PADDING  # stands for the word beyond either end of a sentence


class LanguageModel(nn.Module):
    """p(word beside a token | state) = softmax(W tanh(V state)), for each way its own.

    The softmax is an adaptive one (Grave et al. 2017), for which the ids of words have to
    run from the frequent to the rare.

    Args:
        hidden_size: numbers in a state, each way.
        ways: 2 where sentences are read both ways, else 1.
        words: ids in the vocabulary; all but the first 7,502 count as the unknown word.
        dropout: rate, of states.
    """

    def __init__(self, hidden_size: int, ways: int, words: int, dropout: float) -> None:
        super().__init__()
        self.words = min(words, _MOST_WORDS + UNKNOWN + 1)
        cutoffs = [cutoff for cutoff in _CUTOFFS if cutoff < self.words] or [self.words // 2]
        self.dropout = LockedDropout(dropout)
        self.hidden = nn.ModuleList(nn.Linear(hidden_size, _SIZE) for _ in range(ways))
        self.output = nn.ModuleList(
            nn.AdaptiveLogSoftmaxWithLoss(_SIZE, self.words, cutoffs, div_value=2.0) for _ in range(ways)
        )

    def loss(self, states: Sequence[Tensor], words: Tensor, mask: Tensor) -> Tensor:
        """Returns the summed negative log-likelihood of the words beside the tokens.

        Args:
            states: of cells that read from left to right and, perhaps, from right to left,
                (batch, time, hidden_size) each. Of what lies ahead they should not have seen
                the word next to them; where they have, in pairs of characters, in a match of a
                list of names or in a transformer's vectors, less is left to be learned.
            words: (batch, time) ids.
            mask: bool, (batch, time), True on real tokens.
        """
        losses = []
        each_way = zip(states, self.hidden, self.output, neighbours(words, mask), strict=False)
        for read, hidden, output, targets in each_way:
            known = targets.where(targets < self.words, UNKNOWN)
            vectors = torch.tanh(hidden(self.dropout(read)[mask]))
            losses.append(-output(vectors, known[mask]).output.sum())
        return torch.stack(losses).sum()


def neighbours(words: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
    """Returns for each token the word after it, and the one before it: (batch, time) each.

    Args:
        words: (batch, time) ids.
        mask: bool, (batch, time), True on real tokens.
    """
    inside = words.where(mask, _EDGE)
    return F.pad(inside[:, 1:], (0, 1), value=_EDGE), F.pad(inside[:, :-1], (1, 0), value=_EDGE)
